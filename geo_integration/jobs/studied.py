"""One question, loaded, fitted, travelled and counted once: what every analysis starts from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from geo_integration import territories
from geo_integration.coverage.fit.judgement import fit, fitting_sessions
from geo_integration.coverage.gaps import coverage_table
from geo_integration.coverage.need import NeedModel, attach, need, people
from geo_integration.coverage.ways import Ways
from geo_integration.disclosure import PersonsClass, release, release_beside, release_people, threshold_of
from geo_integration.errors import MissingDataError
from geo_integration.exports import Source
from geo_integration.jobs.below import by_people
from geo_integration.jobs.by_timetable import by_timetable
from geo_integration.jobs.ground import Progress, chosen
from geo_integration.jobs.loaded import Loaded, load
from geo_integration.jobs.model import need_model
from geo_integration.jobs.request import Request
from geo_integration.jobs.travelled import Origins, Travelled, by_road
from geo_integration.layers import COVERAGE, LAYERS
from geo_integration.schema import WGS84
from geo_integration.store import Store
from geo_integration.vocabulary import HousingKind, Mode


@dataclass(frozen=True)
class Studied:
    """The ground of every analysis. Figures about people are those the viewer may see, and nothing else is kept.

    Attributes
    ----------
    request : the question.
    loaded : the layers it was answered from.
    selection : the territory.
    communes : columns of the territories table and polygons, by code; the order of everything by commune.
    status : what each offer is to who asks (``OfferStatus`` codes by ``offer_id``).
    travelled : each commune's nearest place of each status; its ``places`` say what each place holds.
    coverage : columns of ``layers.COVERAGE``, in the order of ``communes``.
    model : what turns people into learners.
    people : the people by commune that the viewer may know of (:func:`geo_integration.disclosure.release_people`):
        every figure about people here comes from it.
    points : where points or cells of population are loaded, those of the territory with their cause and minutes.
    """

    request: Request
    loaded: Loaded
    selection: territories.Selection
    communes: gpd.GeoDataFrame
    status: "pd.Series[str]"
    travelled: Travelled
    coverage: pd.DataFrame
    model: NeedModel
    people: pd.DataFrame
    points: pd.DataFrame | None = None

    @property
    def offers(self) -> gpd.GeoDataFrame:
        """All offers of the store."""
        offers = self.loaded.layers["offers"]
        return gpd.GeoDataFrame(offers, geometry=offers.geometry.array, crs=WGS84)

    @property
    def sessions(self) -> pd.DataFrame:
        """All their sessions."""
        return self.loaded.layers["sessions"]

    @property
    def places(self) -> pd.DataFrame:
        """Per place (a site; by timetable a site and its class hours), an ``offer_id`` of each status, or null."""
        return self.travelled.places

    @property
    def ways(self) -> Ways:
        """Every way between the communes and the places, in their order; MissingDataError where they were not kept."""
        if self.travelled.ways is None:
            raise MissingDataError("les trajets n'ont pas été gardés", where="study(keep_ways=False)")
        return self.travelled.ways

    @property
    def others(self) -> dict[str, pd.DataFrame]:
        """The layers beside (ctai, housing, schools) that the viewer may see.

        One of which they may see nothing here is absent: an empty one would read as no dwelling.
        """
        viewer = self.request.viewer
        beside = {
            name: self.loaded.layers[name] for name in ("ctai", "housing", "schools") if name in self.loaded.layers
        }
        if not any(viewer.sees(code) for code in self.communes["departement_code"].unique()):
            beside.pop("housing", None)
        return release_beside(beside, viewer)

    @property
    def sources(self) -> list[Source]:
        """Everything to cite."""
        return [*self.loaded.sources(self.request.viewer), *self.travelled.sources, TERRITORIES]

    def polygons(self) -> gpd.GeoDataFrame:
        """Return the coverage table with the commune's polygon."""
        shapes = self.communes.set_index("code").geometry.reindex(self.coverage["commune_code"])
        return gpd.GeoDataFrame(self.coverage, geometry=shapes.to_numpy(), crs=WGS84)


TERRITORIES: Source = {
    "name": "Communes, EPCI, départements (COG 2026), contours simplifiés",
    "publisher": "Insee, IGN",
    "date": "2026",
    "licence": "Licence Ouverte 2.0",
}


def study(store: Store, request: Request, *, progress: Progress | None = None, keep_ways: bool = True) -> Studied:
    """Answer a question from what the store holds now; see :func:`study_layers`."""
    territories.select(request.territory)  # what is unknown is said before anything is read
    return study_layers(load(store), request, progress=progress, keep_ways=keep_ways)


def study_layers(
    loaded: Loaded, request: Request, *, progress: Progress | None = None, keep_ways: bool = True
) -> Studied:
    """Answer a question from some layers: fit, travel, causes, need.

    Parameters
    ----------
    loaded : the layers; a scenario gives others than those of the store.
    request : the question.
    progress : told what is being done.
    keep_ways : keep every pair of the reach table (16 bytes each), not only each commune's nearest.

    Raises
    ------
    UnknownTerritoryError, OptionError
        A request that cannot be understood; and what the means chosen raise.
    """
    selection = territories.select(request.territory)
    layers = loaded.layers
    offers, sessions = layers["offers"], layers["sessions"]
    status = fit(
        offers, sessions, kind=request.kind, level=request.profile.level, as_of=request.as_of, profile=request.profile
    )
    carries = fitting_sessions(offers, sessions, request.profile, as_of=request.as_of)["carries"]
    communes = chosen(selection)

    def travel(origins: Origins, *, keep: bool) -> Travelled:
        if request.means.mode is Mode.TRANSIT:
            return by_timetable(
                origins, offers, sessions, status, request, carries=carries, progress=progress, keep_ways=keep
            )
        return by_road(origins, offers, status, request, progress=progress, keep_ways=keep)

    travelled = travel(Origins.of_communes(communes), keep=keep_ways)
    told = loaded.reported(request.kind.value)
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
    points = None
    if "population_points" in layers:
        table, points = by_people(
            table,
            travelled,
            layers["population_points"],
            communes,
            travel=lambda points: travel(points, keep=False),
            reported=told,
            cutoff_minutes=request.minutes,
        )
    model = need_model(request.kind, share=request.share)
    shown = _people(loaded, model, request)
    table = attach(table, need(shown, model))
    table["withheld"] = table["commune_code"].map(_hidden(shown)).fillna(value=False).astype(bool)
    table["synthetic"] = loaded.synthetic or bool(_social(layers)["synthetic"].any())
    # The second lock: were the first forgotten, no analysis could start from a count this viewer may not see.
    coverage = COVERAGE.conform(release(table, request.viewer))
    return Studied(request, loaded, selection, communes, status, travelled, coverage, model, shown, points)


def _people(loaded: Loaded, model: NeedModel, request: Request) -> pd.DataFrame:
    """Return the people this viewer may know of: they are protected before anything is computed from them."""
    every = territories.communes(geometry=False)
    counted = people(every, model.totals, **_known(loaded))
    counts: Any = loaded.infos["bpi"].meta["sources"] if "bpi" in loaded.infos else []
    threshold = threshold_of(str(meta["source"]) for meta in counts)
    names = territories.epci(geometry=False).set_index("code")["name"]
    return release_people(counted, request.viewer, every, threshold=threshold, epci_names=dict(names))


def _hidden(shown: pd.DataFrame) -> "pd.Series[bool]":
    """Say by commune whether its people are kept from this viewer altogether."""
    return shown.set_index("commune_code")["persons_class"].eq(PersonsClass.WITHHELD.value)


def _known(loaded: Loaded) -> dict[str, Any]:
    """Return what is known of where people live: counts, what they cover, and social dwellings."""
    social = _social(loaded.layers)
    by_commune = None if social.empty else social.groupby("commune_code")["dwellings"].sum().astype("float64")
    return {
        "bpi": loaded.layers.get("bpi"),
        "bpi_departements": loaded.counted_departements,
        "social": by_commune,
    }


def _social(layers: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    housing = layers.get("housing", LAYERS["housing"].empty())
    return housing[housing["kind"].eq(HousingKind.SOCIAL.value)]
