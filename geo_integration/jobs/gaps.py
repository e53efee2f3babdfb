"""From the layers of the store to the coverage of a territory: reach, fit, gaps, need, roll-ups."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo_integration import territories
from geo_integration.coverage.fit import fit
from geo_integration.coverage.gaps import Nearest, Question, ReachPairs, coverage_table, nearest, site_offers
from geo_integration.coverage.need import NeedModel, attach, need
from geo_integration.coverage.rollup import rollups
from geo_integration.disclosure import release, release_beside
from geo_integration.errors import MissingDataError
from geo_integration.jobs.model import need_model
from geo_integration.layers import COVERAGE, LAYERS
from geo_integration.schema import WGS84
from geo_integration.store import Store
from geo_integration.travel.outline import OutlineNetwork
from geo_integration.travel.reach import ReachChunk, iter_reach, not_routable
from geo_integration.vocabulary import HousingKind, Kind, Level, Mode, OfferStatus, TerritoryLevel, Viewer

HORIZON_MINUTES = 90.0
"""How far a nearest course is looked for when the cutoff is shorter; beyond, minutes are null."""

_METRES_PER_DEGREE = 110_000
"""Of latitude, at the least."""

type Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True)
class Request:
    """A question as a user puts it."""

    territory: str
    kind: Kind
    minutes: float
    as_of: date
    level: Level | None = None
    mode: Mode = Mode.CAR
    viewer: Viewer = Viewer.OPERATOR
    share: float | None = None
    """Part of the people counted who need this kind of course; the shipped one by default."""

    def question(self) -> Question:
        """Return the part of it that coverage understands."""
        return Question(self.kind, self.minutes, self.as_of, self.level, self.mode)


@dataclass(frozen=True)
class Gaps:
    """The answer: what the viewer may see, ready for any face."""

    request: Request
    selection: territories.Selection
    coverage: gpd.GeoDataFrame
    """Columns of ``layers.COVERAGE`` and the commune's polygon, by commune code."""
    rollups: dict[TerritoryLevel, pd.DataFrame]
    model: NeedModel
    offers: gpd.GeoDataFrame
    """All offers, with ``fit``: what each is to who asks."""
    others: dict[str, pd.DataFrame]
    """The layers beside: ctai, housing, schools, where the store has them."""


def compute(store: Store, request: Request, *, progress: Progress | None = None) -> Gaps:
    """Answer a question from what the store holds now.

    Raises MissingDataError when no offers were ever imported, UnknownTerritoryError and OptionError for
    a request that cannot be understood.
    """
    selection = territories.select(request.territory)
    have = set(store.layers())
    if "offers" not in have:
        raise MissingDataError(
            "aucune offre dans l'entrepôt",
            where=store.location,
            way_out="importer une source (geo-integration import lheo FICHIER) ou lancer geo-integration demo",
        )
    layers = store.read_together([name for name in _USED if name in have])
    offers = layers["offers"]
    status = fit(offers, layers["sessions"], kind=request.kind, level=request.level, as_of=request.as_of)
    communes = chosen(selection)
    near, sites, routable = _nearest(communes, offers, status, request, progress)
    table = coverage_table(
        communes,
        near,
        sites,
        offers,
        request.question(),
        reported_departements=reported(store, request.kind),
        routable=routable,
    )
    model = need_model(request.kind, share=request.share)
    needs = need(territories.communes(geometry=False), model, **_people(store, layers))
    table = attach(table, needs)
    table["synthetic"] = _made_up(layers)
    table["withheld"] = False
    table = COVERAGE.conform(table)
    names = {level: _names(level) for level in _NAMED}
    sums = rollups(table, names)
    released = release(table, request.viewer)
    polygons = communes.set_index("code").geometry.reindex(released["commune_code"])
    return Gaps(
        request,
        selection,
        gpd.GeoDataFrame(released, geometry=polygons.to_numpy(), crs=WGS84),
        {level: release(frame, request.viewer, level=level) for level, frame in sums.items()},
        model,
        offers.assign(fit=offers["offer_id"].map(status)),
        release_beside(
            {name: layers[name] for name in ("ctai", "housing", "schools") if name in layers}, request.viewer
        ),
    )


def _nearest(
    communes: gpd.GeoDataFrame,
    offers: gpd.GeoDataFrame,
    status: "pd.Series[str]",
    request: Request,
    progress: Progress | None,
) -> tuple[dict[OfferStatus, Nearest], pd.DataFrame, npt.NDArray[np.bool_]]:
    """Return each commune's nearest places, the places they count, and whether the network reaches the commune."""
    network = OutlineNetwork.load()
    origins = origins_of(communes)
    sites = site_offers(status, offers)
    positions = site_positions(sites.index, offers)
    near_enough = within_reach(positions, origins, metres=farthest_metres(network, _horizon(request)))
    sites, positions = sites[near_enough], positions[near_enough].reset_index(drop=True)
    chunks = iter_reach(
        positions,
        origins,
        network=network,
        cutoff_minutes=_horizon(request),
        mode=request.mode.value,
        progress=telling(progress),
    )
    near = nearest(_pairs(chunks, origins.index.to_numpy(dtype=np.int32)), sites, len(communes))
    unreached = not_routable(positions, origins, network=network).communes["commune_code"]
    reached = communes["code"].isin(set(origins["commune_code"]) - set(unreached))
    return near, sites, reached.to_numpy()


_USED = ("offers", "sessions", "bpi", "housing", "ctai", "schools")
_NAMED = (TerritoryLevel.REGION, TerritoryLevel.DEPARTEMENT, TerritoryLevel.ARRONDISSEMENT, TerritoryLevel.EPCI)


def chosen(selection: territories.Selection) -> gpd.GeoDataFrame:
    """Return the communes of a selection, by code."""
    communes = territories.communes()
    return communes[communes["code"].isin(selection.commune_codes)].sort_values("code").reset_index(drop=True)


def origins_of(communes: pd.DataFrame) -> pd.DataFrame:
    """Return the communes that have a mairie as places to leave from, and how wide they are; the index is kept.

    Those of the overseas collectivities have none in the territories: nothing can be computed for them.
    """
    communes = communes[communes["mairie_lon"].notna() & communes["radius_metres"].gt(0)]
    return pd.DataFrame(
        {
            "commune_code": communes["code"],
            "lon": communes["mairie_lon"],
            "lat": communes["mairie_lat"],
            "radius_metres": communes["radius_metres"],
            "departement_code": communes["departement_code"],
        }
    )


def site_positions(site_ids: "pd.Index[str]", offers: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return ``site_id``, ``lon``, ``lat`` and the ``commune_code`` of each place, in the order given."""
    first = offers.dropna(subset=["site_id"]).drop_duplicates("site_id").set_index("site_id").loc[site_ids]
    points = first.geometry.to_numpy()
    return pd.DataFrame(
        {
            "site_id": first.index,
            "lon": shapely.get_x(points),
            "lat": shapely.get_y(points),
            "commune_code": first["commune_code"].to_numpy(),
        }
    )


def farthest_metres(network: OutlineNetwork, minutes: float) -> float:
    """Return how far, in a straight line, nobody on this network gets in so many minutes."""
    speeds = network.parameters
    return minutes / 60 * 1000 * max(speeds.main_speed_kmh, speeds.local_speed_kmh / speeds.detour)


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


def _horizon(request: Request) -> float:
    return max(HORIZON_MINUTES, request.minutes)


def telling(progress: Progress | None) -> Callable[[int, int], None] | None:
    """Return what the reach table calls after each chunk, from what a face wants to be told."""
    return None if progress is None else lambda done, total: progress("Temps de trajet", done, total)


def _pairs(chunks: Iterable[ReachChunk], rows: npt.NDArray[np.int32]) -> Iterator[ReachPairs]:
    """Turn the chunks of a network on which both ways take as long into pairs with both ways.

    ``rows`` holds, for each origin, its row in the table of communes.
    """
    for chunk in chunks:
        yield ReachPairs(chunk.site_index, rows[chunk.commune_index], chunk.minutes, chunk.minutes)


def reported(store: Store, kind: Kind) -> set[str]:
    """Return the départements where the silence of some source means that there is no course of this kind."""
    sources: Any = store.info("offers").meta["sources"]
    return {code for source in sources if kind.value in (source["kinds"] or [kind.value]) for code in source["covers"]}


class _People(TypedDict):
    bpi: pd.DataFrame | None
    bpi_departements: tuple[str, ...]
    social: "pd.Series[float] | None"


def _people(store: Store, layers: dict[str, pd.DataFrame]) -> _People:
    """Return what is known of where people live: counts, what they cover, and social dwellings."""
    covers = store.info("bpi").covers if "bpi" in layers else ()
    social = _social(layers)
    by_commune = None if social.empty else social.groupby("commune_code")["dwellings"].sum().astype("float64")
    return {"bpi": layers.get("bpi"), "bpi_departements": covers, "social": by_commune}


def _social(layers: dict[str, pd.DataFrame]) -> pd.DataFrame:
    housing = layers.get("housing", LAYERS["housing"].empty())
    return housing[housing["kind"].eq(HousingKind.SOCIAL.value)]


def _made_up(layers: dict[str, pd.DataFrame]) -> bool:
    """Say whether a made-up row can have entered a figure: every cause depends on every offer."""
    tables = [layers[name] for name in ("offers", "sessions", "bpi") if name in layers]
    return any(bool(table["synthetic"].any()) for table in [*tables, _social(layers)])


def _names(level: TerritoryLevel) -> pd.DataFrame:
    tables = {
        TerritoryLevel.REGION: territories.regions,
        TerritoryLevel.DEPARTEMENT: territories.departements,
        TerritoryLevel.ARRONDISSEMENT: territories.arrondissements,
        TerritoryLevel.EPCI: territories.epci,
    }
    return pd.DataFrame(tables[level](geometry=False)[["code", "name", "communes"]])
