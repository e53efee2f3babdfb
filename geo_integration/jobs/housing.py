"""Housing and language, end to end: each mode searched once, what it reaches, and the communes ranked."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration import territories
from geo_integration.coverage.fit.judgement import fit, fitting_sessions
from geo_integration.coverage.housing import WITHOUT_CAR, ModeWays, Targets, housed, judged, ranked, reached
from geo_integration.errors import (
    DisclosureError,
    GeoIntegrationError,
    MissingDataError,
    NetworkUnavailableError,
    OutsideServiceError,
)
from geo_integration.exports import Source
from geo_integration.exports.result import Result
from geo_integration.jobs.by_timetable import by_timetable, default_slot, meetings
from geo_integration.jobs.ground import Progress
from geo_integration.jobs.housing_result import Answer, result_of
from geo_integration.jobs.request import Request
from geo_integration.jobs.studied import Studied, study
from geo_integration.jobs.timetables import register
from geo_integration.jobs.travelled import Origins, Travelled, by_road
from geo_integration.schema import WGS84
from geo_integration.store import Store
from geo_integration.vocabulary import Kind, Mode, OfferStatus, ViewerRole

_PREFECTURE = "prefecture:"
_NOT_LOADED = (MissingDataError, NetworkUnavailableError, OutsideServiceError)


def compute(
    store: Store, request: Request, *, modes: Collection[Mode] | None = None, progress: Progress | None = None
) -> Result:
    """Say what can be reached without a car from the communes of a territory, and rank them for the next captures.

    Parameters
    ----------
    store : where the layers are; housing is told beside where it was imported.
    request : territory, course, learner, time, day, viewer; its means give network, timetables and class hours, and the
        mode by which need and gaps of the CTAI communes are counted.
    modes : modes to travel by. By default all of them, one without network or timetable being said to be unknown;
        a mode asked for by name raises what its network or timetables raise.
    progress : told what is being done.

    Raises
    ------
    DisclosureError
        For the public: where people are housed is not told.
    MissingDataError
        No offers were ever imported.
    """
    if request.viewer.role is ViewerRole.PUBLIC:
        raise DisclosureError(
            "le lieu d'hébergement des personnes n'est pas montré au public",
            where="--viewer public",
            way_out="choisir le destinataire : administrator, referent:62 ou contractor:ÉTUDE:62",
        )
    studied = study(store, request, progress=progress, keep_ways=False)
    sought = _sought(studied)
    found = [_by_mode(studied, sought, mode, modes, progress) for mode in (*WITHOUT_CAR, Mode.CAR)]
    table = reached(
        studied.communes,
        [one.ways for one in found],
        cutoff_minutes=request.minutes,
        told_course=_told(studied, request.kind),
        told_centre=_told(studied, Kind.CERTIFICATION),
    )
    names = dict(zip(studied.communes["code"], studied.communes["name"], strict=True))
    housing = studied.others.get("housing")
    answer = Answer(
        studied=studied,
        communes=ranked(judged(table)),
        housed=None if housing is None else housed(housing, names),
        reasons={one.ways.mode: one.ways.reason for one in found if one.ways.reason},
        sources=tuple(source for one in found for source in one.sources),
        notes=tuple(dict.fromkeys(note for one in found for note in one.notes)),
    )
    return result_of(answer)


def _told(studied: Studied, kind: Kind) -> npt.NDArray[np.bool_]:
    """Say in which communes the silence of the sources means that there is none of a kind."""
    departements = studied.loaded.reported(kind.value)
    return np.asarray(studied.communes["departement_code"].isin(list(departements)), dtype=np.bool_)


@dataclass(frozen=True)
class _Sought:
    """Everything looked for, as offers: courses, test centres and préfectures (offers of their own)."""

    offers: gpd.GeoDataFrame
    course: "pd.Series[str]"
    centre: "pd.Series[str]"
    prefecture: "pd.Series[str]"
    """Département code by made-up offer."""
    status: "pd.Series[str]"
    """What each is to the search: open where it counts for sure somewhere, unknown, full, else over."""


def _sought(studied: Studied) -> _Sought:
    offers, request = studied.offers, studied.request
    course = studied.status
    centre = fit(offers, studied.sessions, kind=Kind.CERTIFICATION, as_of=request.as_of)
    prefectures = _prefectures(set(studied.communes["departement_code"]))
    status = pd.Series(OfferStatus.OVER.value, index=course.index, dtype="str")
    for one, of in (
        (OfferStatus.FULL, (course,)),
        (OfferStatus.UNKNOWN, (course, centre)),
        (OfferStatus.OPEN, (course, centre)),
    ):
        for told in of:
            status[told.reindex(status.index).eq(one.value)] = one.value
    status = pd.concat([status, pd.Series(OfferStatus.OPEN.value, index=prefectures["offer_id"], dtype="str")])
    every = pd.concat([offers, prefectures], ignore_index=True)
    told_of = prefectures.set_index("offer_id")["departement_code"]
    return _Sought(gpd.GeoDataFrame(every, geometry="geometry", crs=WGS84), course, centre, told_of, status)


def _prefectures(departements: set[str]) -> gpd.GeoDataFrame:
    """Return the mairie of each chef-lieu as a place to go to: where the préfecture stands is not in the data."""
    table = territories.departements(["code", "capital_code"], geometry=False)
    table = table[table["code"].isin(list(departements))]
    communes = territories.communes(["code", "name", "mairie_lon", "mairie_lat"], geometry=False).set_index("code")
    chief = communes.reindex(table["capital_code"])
    placed = chief["mairie_lon"].notna().to_numpy()
    table, chief = table[placed].reset_index(drop=True), chief[placed]
    lon, lat = chief["mairie_lon"].to_numpy(dtype=float), chief["mairie_lat"].to_numpy(dtype=float)
    return gpd.GeoDataFrame(
        {
            "offer_id": [_PREFECTURE + code for code in table["code"]],
            "title": [f"Préfecture ({name})" for name in chief["name"]],
            "site_id": [f"{x:.5f},{y:.5f}" for x, y in zip(lon, lat, strict=True)],
            "commune_code": table["capital_code"],
            "departement_code": table["code"],
        },
        geometry=gpd.points_from_xy(lon, lat),
        crs=WGS84,
    )


@dataclass(frozen=True)
class _Found:
    """What one mode reaches, and what to cite."""

    ways: ModeWays
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()


def _by_mode(
    studied: Studied, sought: _Sought, mode: Mode, modes: Collection[Mode] | None, progress: Progress | None
) -> _Found:
    if modes is not None and mode not in modes:
        return _Found(ModeWays(mode, reason="mode non demandé"))
    try:
        travelled, places = _travel(studied, sought, mode, progress)
    except _NOT_LOADED as error:
        if modes is not None:
            raise
        return _Found(ModeWays(mode, reason=_reason(studied, mode, error)))
    if travelled.ways is None:  # pragma: no cover -- they were asked for
        raise MissingDataError("les trajets n'ont pas été gardés", where=mode.value)
    ways = ModeWays(mode, travelled.ways, _targets(sought, places, travelled.ways.places))
    told = tuple(f"{mode.label} : {note}" for note in travelled.notes)
    return _Found(ways, travelled.sources, told)


def _reason(studied: Studied, mode: Mode, error: GeoIntegrationError) -> str:
    """Say why a mode is not known."""
    if mode is Mode.TRANSIT and register(studied.request.means.networks).list().empty:
        return "aucun horaire chargé"
    return error.what


def _travel(studied: Studied, sought: _Sought, mode: Mode, progress: Progress | None) -> tuple[Travelled, pd.DataFrame]:
    """Search by one mode; return what is found, and the places of each offer (``offer_id``, ``site_id``)."""
    request = replace(studied.request, means=replace(studied.request.means, mode=mode))
    origins = Origins.of_communes(studied.communes)
    offers, status = sought.offers, sought.status
    if mode is not Mode.TRANSIT:
        found = by_road(origins, offers, status, request, progress=progress, keep_ways=True)
        return found, pd.DataFrame(offers[["offer_id", "site_id"]])
    sessions, carries = studied.sessions, _carries(studied, sought)
    found = by_timetable(origins, offers, sessions, status, request, carries=carries, progress=progress, keep_ways=True)
    supposed = default_slot(request.means)
    held = meetings(offers, sessions, status, as_of=request.as_of, supposed=supposed, carries=carries)
    return found, held.offers


def _carries(studied: Studied, sought: _Sought) -> "pd.Series[bool]":
    """Say which sessions may be gone to: those that may fit who asks, and those of a test centre."""
    request, sessions = studied.request, studied.sessions
    carries = fitting_sessions(studied.offers, sessions, request.profile, as_of=request.as_of)["carries"]
    centre = sessions["offer_id"].map(sought.centre).eq(OfferStatus.OPEN.value)
    return pd.Series(carries | centre, index=sessions.index, dtype=bool)


def _targets(sought: _Sought, places: pd.DataFrame, order: tuple[str, ...]) -> Targets:
    """Put what is sought on the places of the ways; a place too far to be searched is on none."""
    position = pd.Series(range(len(order)), index=pd.Index(order, dtype="str"))
    at = places.assign(place=places["site_id"].map(position)).dropna(subset=["place"]).astype({"place": "int64"})

    def held(told: "pd.Series[str]") -> pd.DataFrame:
        its = at.assign(status=at["offer_id"].map(told))
        return its[its["status"].notna()][["place", "offer_id", "status"]].reset_index(drop=True)

    prefecture = at.assign(departement_code=at["offer_id"].map(sought.prefecture))
    prefecture = prefecture[prefecture["departement_code"].notna()]
    return Targets(
        held(sought.course), held(sought.centre), prefecture[["place", "departement_code"]].reset_index(drop=True)
    )
