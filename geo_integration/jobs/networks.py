"""Street networks on disk: building, listing, checking and opening them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd
import shapely

from geo_integration import territories
from geo_integration.errors import GeoIntegrationError, NetworkUnavailableError, OptionError
from geo_integration.jobs.doctor import Finding
from geo_integration.travel.streets.build import build
from geo_integration.travel.streets.network import SUFFIX, RoadNetwork
from geo_integration.travel.streets.osm import Extract, read_osm
from geo_integration.vocabulary import Mode

STREET_MODES = (Mode.CAR, Mode.BIKE, Mode.FOOT)
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_KEPT_OPEN = 6

OSRM_NETWORK = "osrm"
"""Name that stands for the OSRM-compatible server of the settings."""

type Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Wanted:
    """A network to build.

    Attributes
    ----------
    area : name to keep it under.
    osm : OSM extract; or else ``place``.
    place : name of a place to fetch from OpenStreetMap.
    territory : cut to these communes and a margin; all of the extract without it.
    modes : whom it serves; one file each.
    margin_km : streets kept beyond the territory.
    country : whose speed limits apply where none is posted.
    """

    area: str
    osm: Path | None = None
    place: str | None = None
    territory: str | None = None
    modes: Sequence[Mode] = STREET_MODES
    margin_km: float = 10.0
    country: str = "FR"


def construct(wanted: Wanted, folder: Path, *, progress: Progress | None = None) -> list[RoadNetwork]:
    """Build one network per mode, and keep them once all are built: a failure leaves what was there.

    Raises OptionError for a name or options that make no sense, NetworkRefusedError for an extract that cannot
    be used, NetworkUnavailableError where a download is needed and fails.
    """
    if not _SLUG.fullmatch(wanted.area):
        raise OptionError(
            f"« {wanted.area} » ne peut pas nommer un réseau",
            where="--area",
            way_out="lettres minuscules, chiffres, - et _, 40 au plus, par exemple « nord »",
        )
    if wanted.area == OSRM_NETWORK:
        raise OptionError(
            "« osrm » désigne le serveur OSRM réglé", where="--area", way_out="choisir un autre nom de réseau"
        )
    if (wanted.osm is None) == (wanted.place is None):
        raise OptionError("il faut un extrait ou un lieu, et un seul", way_out="--osm FICHIER.osm.pbf, ou --place NOM")
    for mode in wanted.modes:
        if mode not in STREET_MODES:
            raise OptionError(
                f"le mode « {mode.value} » ne se construit pas à partir des rues",
                where="--mode",
                way_out="car, bike ou foot ; les transports en commun viennent de transit add",
            )
    built = []
    extract, margin = _extract(wanted, folder), wanted.margin_km * 1000
    for count, mode in enumerate(wanted.modes):
        if progress is not None:
            progress("Réseaux", count, len(wanted.modes))
        built.append(build(extract, mode=mode, area=wanted.area, margin_metres=margin, country=wanted.country))
    for network in built:
        network.save(file_of(wanted.area, network.mode, folder))
    open_network.cache_clear()
    if progress is not None:
        progress("Réseaux", len(wanted.modes), len(wanted.modes))
    return built


def _extract(wanted: Wanted, folder: Path) -> Extract:
    """Read the extract once for every mode, fetching the place if need be."""
    within, margin = outline(wanted.territory) if wanted.territory else None, wanted.margin_km * 1000
    path = wanted.osm
    if path is None:
        from geo_integration.travel.streets.place import fetch  # noqa: PLC0415 -- seconds that other commands need not pay

        place = fetch(wanted.place or "", folder=folder / "places", margin_metres=margin)
        path, within = place.extract, place.within if within is None else within
    return read_osm(path, within=within, margin_metres=margin)


def outline(territory: str) -> shapely.Geometry:
    """Return the ground of a territory, WGS84."""
    selection = territories.select(territory)
    communes = territories.communes()
    shapes = communes.loc[communes["code"].isin(selection.commune_codes)].geometry.dropna()
    if shapes.empty:
        raise OptionError(
            f"« {territory} » n'a pas de contour connu", where="--territory", way_out="choisir un autre territoire"
        )
    return shapely.union_all(shapes.to_numpy())


def file_of(area: str, mode: Mode, folder: Path) -> Path:
    """Return where a network is kept."""
    return folder / f"{area}.{mode.value}{SUFFIX}"


@lru_cache(maxsize=_KEPT_OPEN)
def open_network(area: str, mode: Mode, folder: Path) -> RoadNetwork:
    """Open a network that was built; NetworkUnavailableError says how to build it, and which there are."""
    path = file_of(area, mode, folder)
    if not path.is_file():
        known = sorted({name for name, _ in _files(folder)})
        there = f" ; réseaux présents : {', '.join(known)}" if known else ""
        raise NetworkUnavailableError(
            f"aucun réseau « {area} » pour le mode « {mode.label.lower()} »{there}",
            where="--network",
            way_out=f"le construire : geo-integration network build --area {area} --mode {mode.value} --osm FICHIER",
        )
    return RoadNetwork.load(path)


def listing(folder: Path) -> pd.DataFrame:
    """Return the networks kept: area, mode, streets, date and hash of the extract."""
    rows: list[dict[str, object]] = []
    for area, path in _files(folder):
        try:
            network = RoadNetwork.load(path)
        except GeoIntegrationError as error:
            rows.append({"réseau": area, "fichier": path.name, "état": error.what})
            continue
        meta = network.meta
        rows.append(
            {
                "réseau": area,
                "mode": network.mode.label,
                "nœuds": network.nodes,
                "tronçons": network.edges,
                "extrait": meta["extract"],
                "date de l'extrait": (meta["extract_date"] or "inconnue")[:10],
                "empreinte": str(meta["extract_sha256"])[:12],
                "pays": meta["country"],
                "Mo": round(path.stat().st_size / 1e6, 1),
                "état": "bon",
            }
        )
    columns = ["réseau", "mode", "nœuds", "tronçons", "extrait", "date de l'extrait", "empreinte", "pays", "Mo", "état"]
    return pd.DataFrame(rows).reindex(columns=columns)


def check(area: str, folder: Path, *, territory: str | None = None) -> list[Finding]:
    """Look a network over: does it open, is it the one its profile would give, does it hold the communes asked for."""
    paths = [path for name, path in _files(folder) if name == area]
    if not paths:
        way_out = f"geo-integration network build --area {area} --osm FICHIER"
        return [Finding(f"réseau {area}", "absent", good=False, way_out=way_out)]
    found: list[Finding] = []
    for path in paths:
        try:
            network = RoadNetwork.load(path)
        except GeoIntegrationError as error:
            found.append(Finding(path.name, error.what, good=False, way_out=error.way_out))
            continue
        found += _examined(network, territory)
    return found


def _examined(network: RoadNetwork, territory: str | None) -> list[Finding]:
    what = f"réseau {network.area}, {network.mode.label.lower()}"
    meta = network.meta
    found = [
        Finding(what, f"{network.nodes} nœuds, {network.edges} tronçons, {network.arcs} arcs"),
        Finding(f"{what} : extrait", f"{meta['extract']} ({meta['extract_date'] or 'date inconnue'})"),
    ]
    found += [
        Finding(f"{what} : {label}", str(meta[key]))
        for key, label in (
            ("restrictions_applied", "interdictions de tourner appliquées"),
            ("restrictions_skipped", "interdictions de tourner non appliquées"),
            ("nodes_dropped_unconnected", "nœuds écartés, sans lien avec le reste"),
        )
        if key in meta
    ]
    if territory:
        found.append(_communes_joined(network, territory, what))
    return found


def _communes_joined(network: RoadNetwork, territory: str, what: str) -> Finding:
    from geo_integration.travel.streets.snap import snap  # noqa: PLC0415 -- only this check needs it

    communes = territories.communes(geometry=False)
    communes = communes[communes["code"].isin(territories.select(territory).commune_codes)]
    snapped = snap(network, communes["mairie_lon"].to_numpy(dtype=float), communes["mairie_lat"].to_numpy(dtype=float))
    missing = communes.loc[~snapped.routable, "name"]
    seen = f"{int(snapped.routable.sum())} communes jointes sur {len(communes)}"
    if missing.empty:
        return Finding(f"{what} : {territory}", seen)
    names = ", ".join(missing.head(5))
    return Finding(
        f"{what} : {territory}",
        f"{seen} ; sans rue proche de la mairie : {names}{'…' if len(missing) > 5 else ''}",  # noqa: PLR2004
        good=False,
        way_out="reconstruire avec un extrait plus large",
    )


def _files(folder: Path) -> list[tuple[str, Path]]:
    """Return area and path of every network file, in order."""
    return sorted((path.name.split(".")[0], path) for path in folder.glob(f"*{SUFFIX}"))
