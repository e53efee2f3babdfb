"""From the layers of the store to the coverage of a territory: reach, fit, gaps, need, roll-ups."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypedDict

import geopandas as gpd
import pandas as pd

from geo_integration import territories
from geo_integration.coverage.fit import fit
from geo_integration.coverage.gaps import Question, coverage_table
from geo_integration.coverage.need import NeedModel, attach, need
from geo_integration.coverage.rollup import rollups
from geo_integration.disclosure import release, release_beside
from geo_integration.errors import MissingDataError
from geo_integration.exports import Source
from geo_integration.jobs.below import by_people
from geo_integration.jobs.by_timetable import by_timetable
from geo_integration.jobs.ground import Progress, chosen
from geo_integration.jobs.means import Means
from geo_integration.jobs.model import need_model
from geo_integration.jobs.travelled import Origins, Travelled, by_road
from geo_integration.layers import COVERAGE, LAYERS
from geo_integration.schema import WGS84
from geo_integration.store import Store
from geo_integration.vocabulary import HousingKind, Kind, Level, Mode, TerritoryLevel, Viewer

HORIZON_MINUTES = 90.0
"""How far a nearest course is looked for when the cutoff is shorter; beyond, minutes are null."""


@dataclass(frozen=True)
class Request:
    """A question as a user puts it."""

    territory: str
    kind: Kind
    minutes: float
    as_of: date
    level: Level | None = None
    means: Means = field(default_factory=Means)
    """How people travel."""
    viewer: Viewer = Viewer.OPERATOR
    share: float | None = None
    """Part of the people counted who need this kind of course; the shipped one by default."""

    def question(self) -> Question:
        """Return the part of it that coverage understands."""
        return Question(self.kind, self.minutes, self.as_of, self.level, self.means.mode, self.means.engine)

    @property
    def horizon(self) -> float:
        """Return how far a nearest course is looked for, minutes."""
        return max(HORIZON_MINUTES, self.minutes)


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
    travel_sources: tuple[Source, ...] = ()
    """What the minutes come from."""
    travel_notes: tuple[str, ...] = ()
    """What a reader must know of them."""


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
    origins = Origins.of_communes(communes)
    travelled = _travelled(origins, layers, status, request, progress)
    told = reported(store, request.kind)
    table = coverage_table(
        communes,
        travelled.near,
        travelled.places,
        offers,
        request.question(),
        reported_departements=told,
        routable=travelled.routable,
        hours=travelled.hours,
    )
    if "population_points" in layers:
        table = by_people(
            table,
            travelled,
            layers["population_points"],
            communes,
            travel=lambda points: _travelled(points, layers, status, request, progress),
            reported=told,
            cutoff_minutes=request.minutes,
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
        travelled.sources,
        travelled.notes,
    )


def _travelled(
    origins: Origins,
    layers: dict[str, Any],
    status: "pd.Series[str]",
    request: Request,
    progress: Progress | None,
) -> Travelled:
    """Return the nearest places of each origin, by whatever means."""
    offers = layers["offers"]
    if request.means.mode is Mode.TRANSIT:
        return by_timetable(
            origins,
            offers,
            layers["sessions"],
            status,
            means=request.means,
            as_of=request.as_of,
            minutes=request.horizon,
            progress=progress,
        )
    return by_road(origins, offers, status, means=request.means, minutes=request.horizon, progress=progress)


_USED = ("offers", "sessions", "bpi", "housing", "ctai", "schools", "population_points")
_NAMED = (TerritoryLevel.REGION, TerritoryLevel.DEPARTEMENT, TerritoryLevel.ARRONDISSEMENT, TerritoryLevel.EPCI)


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
