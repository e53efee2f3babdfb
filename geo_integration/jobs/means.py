"""How people travel, as a user puts it; and which engine answers. Never two engines in one table."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.coverage.gaps import ReachPairs
from geo_integration.errors import NetworkUnavailableError, OptionError
from geo_integration.exports import Source
from geo_integration.jobs.networks import OSRM_NETWORK, open_network
from geo_integration.settings import settings
from geo_integration.travel.outline import OutlineNetwork
from geo_integration.travel.pairs import ReachChunk
from geo_integration.travel.reach import iter_reach, not_routable
from geo_integration.travel.straight import SPEED_KMH, iter_straight
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.travel.streets.osrm_server import OsrmServer
from geo_integration.travel.streets.reach import iter_street_reach, street_not_routable
from geo_integration.travel.transit.class_hours import DEFAULT_DAY, DEFAULT_END, DEFAULT_START
from geo_integration.vocabulary import Engine, Mode

type Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""

FASTEST_STREET_KMH = 130.0
"""Nobody is farther from a place, in a straight line, than this speed allows."""

_WHOLE = 0.995
"""Share of an area that counts as all of it."""

_METRES_PER_DEGREE = 110_000
"""Of latitude, at the least."""


@dataclass(frozen=True)
class Means:
    """How people travel.

    Attributes
    ----------
    mode : car, bike, foot or transit.
    network : name of a street network that was built, or ``osrm``; without it, times are outlined. For transit,
        the network people walk on.
    folder : where networks and timetables are; that of the settings by default.
    feeds : names of timetables; all that were added by default.
    week_of : a day of the week whose timetables are asked (transit).
    weekday, class_start, class_end : class hours where a source states none (transit): ``mon`` to ``sun``, HH:MM.
    latest_return : HH:MM after which nobody is still on the way home (transit); 23:59 by default, up to 30:00.
    """

    mode: Mode = Mode.CAR
    network: str | None = None
    folder: Path | None = None
    feeds: tuple[str, ...] | None = None
    week_of: date | None = None
    weekday: str = DEFAULT_DAY
    class_start: str = DEFAULT_START
    class_end: str = DEFAULT_END
    latest_return: str = "23:59"

    @property
    def networks(self) -> Path:
        """Return where networks and timetables are."""
        return settings().networks if self.folder is None else self.folder

    @property
    def engine(self) -> Engine:
        """Return what computes the minutes."""
        if self.mode is Mode.TRANSIT:
            return Engine.TIMETABLE if self.network else Engine.TIMETABLE_OUTLINE
        if self.network is None:
            return Engine.OUTLINE
        return Engine.OSRM if self.network == OSRM_NETWORK else Engine.STREETS


@dataclass(frozen=True)
class Timed:
    """Minutes between places and communes, not computed until they are asked for.

    Attributes
    ----------
    chunks : the reach table.
    unreached : codes of the origins that have no network.
    sources : what the minutes come from, to cite.
    notes : what a reader must know of them, in French.
    """

    chunks: Iterator[ReachChunk]
    unreached: frozenset[str]
    sources: tuple[Source, ...]
    notes: tuple[str, ...] = ()


def street_network(means: Means) -> RoadNetwork:
    """Open the network a user names; NetworkUnavailableError says how to build it."""
    if means.network is None:
        raise NetworkUnavailableError(
            f"il faut un réseau de rues pour le mode « {means.mode.label.lower()} »",
            where="--network",
            way_out="geo-integration network build --area NOM --osm FICHIER, puis --network NOM",
        )
    if means.network == OSRM_NETWORK:
        raise OptionError(
            "le serveur OSRM ne donne que des temps entre communes et lieux de cours",
            where="--network osrm",
            way_out="donner un réseau de rues construit (voir network list)",
        )
    mode = Mode.FOOT if means.mode is Mode.TRANSIT else means.mode
    return open_network(means.network, mode, means.networks)


def osrm_server() -> OsrmServer:
    """Return the OSRM-compatible server of the settings."""
    url = settings().osrm_url
    if not url:
        raise OptionError(
            "aucun serveur OSRM n'est réglé",
            where="--network osrm",
            way_out="donner son adresse : GEO_INTEGRATION_OSRM_URL=http://…",
        )
    return OsrmServer(url)


def timed(
    means: Means,
    positions: pd.DataFrame,
    origins: pd.DataFrame,
    *,
    minutes: float,
    progress: Callable[[int, int], None] | None = None,
) -> Timed:
    """Time the ways between places and origins by car, bike or on foot.

    Parameters
    ----------
    means : not transit, which times class hours (:mod:`geo_integration.jobs.timetables`).
    positions : ``site_id``, ``lon``, ``lat``, ``commune_code``.
    origins : ``commune_code``, ``lon``, ``lat``, ``radius_metres``.
    minutes : longest trip looked for.
    progress : called with the number of places done and of places in all.
    """
    engine = means.engine
    if engine is Engine.STREETS:
        return _by_streets(street_network(means), positions, origins, minutes, progress)
    if engine is Engine.OSRM:
        return _by_server(means, positions, origins, minutes, progress)
    if means.mode in SPEED_KMH:
        chunks = iter_straight(positions, origins, mode=means.mode, cutoff_minutes=minutes, progress=progress)
        return Timed(chunks, frozenset(), (), (STRAIGHT_NOTE,))
    network = OutlineNetwork.load()
    chunks = iter_reach(
        positions, origins, network=network, cutoff_minutes=minutes, mode=means.mode.value, progress=progress
    )
    unreached = not_routable(positions, origins, network=network).communes["commune_code"]
    return Timed(chunks, frozenset(unreached), (OUTLINE_SOURCE,), (OUTLINE_NOTE,))


def _by_streets(
    network: RoadNetwork,
    positions: pd.DataFrame,
    origins: pd.DataFrame,
    minutes: float,
    progress: Callable[[int, int], None] | None,
) -> Timed:
    chunks = iter_street_reach(positions, origins, network=network, cutoff_minutes=minutes, progress=progress)
    missing = street_not_routable(positions, origins, network=network)
    notes = (*street_notes(network), *unjoined_note(missing.sites))
    return Timed(chunks, frozenset(missing.communes["commune_code"]), (network_source(network),), notes)


def _by_server(
    means: Means,
    positions: pd.DataFrame,
    origins: pd.DataFrame,
    minutes: float,
    progress: Callable[[int, int], None] | None,
) -> Timed:
    server = osrm_server()
    found = server.reach(positions, origins, mode=means.mode, cutoff_minutes=minutes, progress=progress)
    source: Source = {"name": "Serveur OSRM réglé par l'exploitant", "publisher": "© les contributeurs d'OpenStreetMap"}
    notes = (OSRM_NOTE, *unjoined_note(found.not_routable.sites))
    return Timed(iter(found.chunks), frozenset(found.unreached), (source,), notes)


def unjoined_note(sites: pd.DataFrame) -> tuple[str, ...]:
    """Say which places of courses no street is near: they are not far, their minutes are not known."""
    if sites.empty:
        return ()
    named = " ; ".join(sites["site_id"].head(3)) + (" ; …" if len(sites) > 3 else "")  # noqa: PLR2004
    note = (
        f"{len(sites)} lieu(x) de cours sans rue proche sur ce réseau ({named}) : le trajet n'y est pas connu, et une "
        "commune « trop loin » peut en être voisine. Un réseau plus large les joindrait."
    )
    return (note,)


def network_source(network: RoadNetwork) -> Source:
    """Return a street network as a source to cite."""
    meta = network.meta
    return {
        "name": f"Rues ({network.mode.label.lower()}), réseau « {network.area} »",
        "publisher": "© les contributeurs d'OpenStreetMap",
        "date": str(meta["extract_date"] or "inconnue")[:10],
        "licence": "ODbL 1.0",
        "note": f"extrait {meta['extract']}, empreinte {str(meta['extract_sha256'])[:12]}",
    }


def street_notes(network: RoadNetwork) -> tuple[str, ...]:
    """Return what a reader must know of minutes on streets."""
    notes = [STREETS_NOTE]
    covered = float(network.meta.get("covered_share", 1.0))
    if covered < _WHOLE:
        notes.append(
            f"L'extrait ne couvre que {covered:.0%} de la zone et de sa marge : près du bord, des trajets peuvent être "
            "plus courts en vrai, ou manquer."
        )
    if network.meta["country"] != "FR":
        notes.append(f"Limites de vitesse par défaut : celles du pays « {network.meta['country']} ».")
    return tuple(notes)


def farthest_metres(means: Means, minutes: float) -> float:
    """Return how far, in a straight line, nobody gets in so many minutes."""
    if means.engine is Engine.OUTLINE and means.mode is Mode.CAR:
        speeds = OutlineNetwork.load().parameters
        speed = max(speeds.main_speed_kmh, speeds.local_speed_kmh / speeds.detour)
    else:
        speed = SPEED_KMH.get(means.mode, FASTEST_STREET_KMH)
        speed *= 1.0 if means.engine is Engine.OUTLINE else 2.0  # profiles may be quicker: never cut what is near
    return minutes / 60 * 1000 * speed


def within_reach(positions: pd.DataFrame, origins: pd.DataFrame, *, metres: float) -> npt.NDArray[np.bool_]:
    """Say which places are near enough to the origins to matter: the rest need no search."""
    south, north = origins["lat"].min(), origins["lat"].max()
    degrees = metres / _METRES_PER_DEGREE
    wide = degrees / max(np.cos(np.radians(max(abs(south), abs(north)) + degrees)), 0.1)
    west, east = origins["lon"].min(), origins["lon"].max()
    inside = positions["lon"].between(west - wide, east + wide) & positions["lat"].between(
        south - degrees, north + degrees
    )
    return inside.to_numpy()


def as_pairs(chunks: Iterable[ReachChunk], rows: npt.NDArray[np.int32]) -> Iterator[ReachPairs]:
    """Turn chunks into pairs of the table of communes; ``rows`` holds each origin's row in it."""
    for chunk in chunks:
        yield ReachPairs(chunk.site_index, rows[chunk.commune_index], chunk.out_minutes, chunk.back_minutes)


OUTLINE_SOURCE: Source = {
    "name": "Routes principales",
    "publisher": "© les contributeurs d'OpenStreetMap",
    "date": "2024-04",
    "licence": "ODbL 1.0",
}
OUTLINE_NOTE = (
    "Temps en voiture estimés sur un réseau simplifié (routes principales d'OpenStreetMap, deux vitesses, même durée "
    "à l'aller et au retour, sans embouteillage) : voir docs/outline.md pour l'erreur mesurée. Trop courts "
    "en montagne et dans les très grandes villes. Ils ne disent rien des "
    "transports en commun ni des personnes sans permis."
)
STRAIGHT_NOTE = (
    "Temps estimés à vol d'oiseau, allongé de 30 % (à pied 4,5 km/h, à vélo 15 km/h) : une rivière, une voie ferrée ou "
    "une autoroute à contourner ne sont pas vues. Charger un réseau de rues pour des temps réels."
)
STREETS_NOTE = (
    "Temps calculés rue par rue (OpenStreetMap), aller et retour, sans embouteillage : voir docs/accuracy.md pour "
    "l'écart mesuré avec d'autres calculateurs."
)
OSRM_NOTE = "Temps donnés par le serveur OSRM réglé par l'exploitant : ses vitesses sont les siennes."
