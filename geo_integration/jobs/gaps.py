"""From the layers of the store to the coverage of a territory, rolled up: what ``gaps`` and ``map`` show."""

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from geo_integration import territories
from geo_integration.coverage.need import NeedModel
from geo_integration.coverage.rollup import contracts, quarters, rollups
from geo_integration.disclosure import release
from geo_integration.exports import Source
from geo_integration.jobs.ground import Progress
from geo_integration.jobs.request import Request
from geo_integration.jobs.studied import Studied, study
from geo_integration.store import Store
from geo_integration.vocabulary import TerritoryLevel

__all__ = ["Gaps", "Request", "compute", "rolled"]


@dataclass(frozen=True)
class Gaps:
    """The answer: what the viewer may see, ready for any face."""

    studied: Studied
    coverage: gpd.GeoDataFrame
    """Columns of ``layers.COVERAGE`` and the commune's polygon, by commune code."""
    rollups: dict[TerritoryLevel, pd.DataFrame]
    offers: gpd.GeoDataFrame
    """All offers, with ``fit``: what each is to who asks."""

    @property
    def request(self) -> Request:
        """The question."""
        return self.studied.request

    @property
    def selection(self) -> territories.Selection:
        """The territory."""
        return self.studied.selection

    @property
    def model(self) -> NeedModel:
        """What turns people into learners."""
        return self.studied.model

    @property
    def others(self) -> dict[str, pd.DataFrame]:
        """The layers beside that the viewer may see."""
        return self.studied.others

    @property
    def travel_sources(self) -> tuple[Source, ...]:
        """What the minutes come from."""
        return self.studied.travelled.sources

    @property
    def travel_notes(self) -> tuple[str, ...]:
        """What a reader must know of them."""
        return self.studied.travelled.notes


def compute(store: Store, request: Request, *, progress: Progress | None = None) -> Gaps:
    """Answer a question from what the store holds now.

    Raises MissingDataError when no offers were ever imported, UnknownTerritoryError and OptionError for
    a request that cannot be understood.
    """
    return rolled(study(store, request, progress=progress, keep_ways=False))


def rolled(studied: Studied) -> Gaps:
    """Sum what was studied over every level, and let out what the viewer may see."""
    viewer, table = studied.request.viewer, studied.polygons()
    sums = rollups(studied.coverage, {level: _names(level) for level in _NAMED})
    layers = studied.loaded.layers
    if "ctai" in layers:
        sums[TerritoryLevel.CTAI] = contracts(studied.coverage, layers["ctai"])
    if "qpv" in layers:
        quartiers = gpd.GeoDataFrame(layers["qpv"])
        sums[TerritoryLevel.QPV] = quarters(studied.coverage, quartiers, studied.points)
    return Gaps(
        studied,
        gpd.GeoDataFrame(release(table, viewer), geometry=table.geometry.array, crs=table.crs),
        {level: release(frame, viewer, people=studied.people) for level, frame in sums.items()},
        studied.offers.assign(fit=studied.offers["offer_id"].map(studied.status)),
    )


_NAMED = (TerritoryLevel.REGION, TerritoryLevel.DEPARTEMENT, TerritoryLevel.ARRONDISSEMENT, TerritoryLevel.EPCI)


def _names(level: TerritoryLevel) -> pd.DataFrame:
    tables = {
        TerritoryLevel.REGION: territories.regions,
        TerritoryLevel.DEPARTEMENT: territories.departements,
        TerritoryLevel.ARRONDISSEMENT: territories.arrondissements,
        TerritoryLevel.EPCI: territories.epci,
    }
    return pd.DataFrame(tables[level](geometry=False)[["code", "name", "communes"]])
