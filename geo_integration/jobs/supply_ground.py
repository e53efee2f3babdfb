"""Supply and demand of one question: what each place teaches, who shares it, hours within reach."""

from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from geo_integration import territories
from geo_integration.coverage.capacity import offer_capacity, place_capacity
from geo_integration.coverage.decay import Decay
from geo_integration.coverage.fit.judgement import fitting_sessions
from geo_integration.coverage.residual import Residual
from geo_integration.coverage.supply import Supply, merged_ways, supply
from geo_integration.coverage.ways import Ways
from geo_integration.disclosure import threshold_of
from geo_integration.jobs.by_timetable import default_slot, meetings
from geo_integration.jobs.ground import Progress
from geo_integration.jobs.request import Request
from geo_integration.jobs.studied import Studied, study
from geo_integration.schema import WGS84
from geo_integration.store import Store
from geo_integration.travel.pairs import on_sphere
from geo_integration.vocabulary import Mode, NeedBasis

METRES_A_MINUTE = 1000.0
"""60 km/h: how far the learners who share a course are looked for."""

_DECIMALS = 2


@dataclass(frozen=True)
class Supplied:
    """Supply and demand of a question.

    Attributes
    ----------
    studied : the communes asked about.
    around : the same question over the départements whose learners may share its courses.
    ways : ways from the communes around to the places; by timetable to the courses, each by its best class hours.
    units : index as the places of the ways: ``label``, ``commune_name``, geometry.
    capacity : index place, those where something is taught to who asks (``coverage.capacity.place_capacity``).
    supply : hours within reach, of every commune around.
    hours : ``hours_low``, ``hours_high`` of the communes asked about, null where not known (:func:`told_hours`).
    """

    studied: Studied
    around: Studied
    ways: Ways
    units: gpd.GeoDataFrame
    capacity: pd.DataFrame
    supply: Supply
    hours: pd.DataFrame


def supplied(store: Store, request: Request, *, decay: Decay, progress: Progress | None = None) -> Supplied:
    """Compute the hours within reach; OptionError for a catchment beyond the trips looked for."""
    selection = territories.select(request.territory)
    wide = study(store, replace(request, territory=sharing(selection, decay.catchment_minutes)), progress=progress)
    offers, sessions = wide.offers, wide.sessions
    found = fitting_sessions(offers, sessions, request.profile, as_of=request.as_of)
    capacity = offer_capacity(
        offers, sessions, wide.status, as_of=request.as_of, sure=found["carries"], possible=found["may_fit"]
    )
    if request.means.mode is Mode.TRANSIT:
        ways = _ways_to_offers(wide, found["carries"])
        at = pd.DataFrame({"offer_id": offers["offer_id"], "place": offers["offer_id"]})
    else:
        ways = wide.ways
        at = pd.DataFrame({"offer_id": offers["offer_id"], "place": offers["site_id"]})
    by_place = place_capacity(capacity, at)
    by_place = by_place[by_place.index.isin(list(ways.places))]
    reached = supply(ways, by_place, need_of(wide), decay=decay, need_high=masked_need(wide))
    asked = narrowed(wide, request, selection)
    near = _near(ways, set(selection.commune_codes), max(decay.catchment_minutes, request.minutes))
    units = _units(offers, at, by_place[by_place.index.isin(near)])
    return Supplied(asked, wide, ways, units, by_place, reached, told_hours(asked, reached))


def sharing(selection: territories.Selection, catchment_minutes: float) -> str:
    """Return a territory and the départements whose learners may share its courses.

    Those with a mairie within twice the catchment (to a course, and from it to others), at 60 km/h as the crow flies.
    """
    every = territories.communes(["code", "departement_code", "mairie_lon", "mairie_lat"], geometry=False)
    every = every[every["mairie_lon"].notna()]
    points = on_sphere(every["mairie_lon"].to_numpy(), every["mairie_lat"].to_numpy())
    inside = every["code"].isin(selection.commune_codes).to_numpy()
    if not inside.any():
        return selection.code
    farthest, _ = cKDTree(points[inside]).query(points, distance_upper_bound=2 * catchment_minutes * METRES_A_MINUTE)
    return ",".join(sorted({f"dep:{code}" for code in every["departement_code"][np.isfinite(farthest)]}))


def narrowed(wide: Studied, request: Request, selection: territories.Selection) -> Studied:
    """Return the part of a ground that was asked about; its ways are still those of the whole."""
    here = wide.coverage["commune_code"].isin(selection.commune_codes)
    communes = wide.communes["code"].isin(selection.commune_codes)
    return replace(
        wide,
        request=request,
        selection=selection,
        communes=wide.communes[communes].reset_index(drop=True),
        coverage=wide.coverage[here].reset_index(drop=True),
    )


def told_hours(studied: Studied, reached: Supply) -> pd.DataFrame:
    """Return the hours that may be told: null where they are not known.

    Where no source reports, silence proves nothing: no high bound, and no 0. Where the demand is partial, no low bound.
    """
    told = studied.loaded.reported(studied.request.kind.value)
    reported = studied.coverage["departement_code"].isin(list(told)).to_numpy()
    found = reached.communes.loc[studied.coverage["commune_code"]].reset_index(drop=True)
    low = found["hours_low"].mask(found["demand_partial"] | (~reported & found["hours_low"].eq(0)))
    return pd.DataFrame({"hours_low": low, "hours_high": found["hours_high"].where(reported)}).round(_DECIMALS)


def told_residual(studied: Studied, ways: Ways, left: Residual) -> pd.DataFrame:
    """Return the residual need that may be told, by row of the coverage table: null where it is not known.

    Where no source reports, or no network serves, there may be courses with places: no low bound.
    """
    codes = studied.coverage["commune_code"]
    told = studied.loaded.reported(studied.request.kind.value)
    served = pd.Series(ways.routable, index=list(ways.communes)).loc[codes].to_numpy()
    known = studied.coverage["departement_code"].isin(list(told)).to_numpy() & served
    found = left.communes.loc[codes, ["residual_low", "residual_high"]].reset_index(drop=True)
    return found.assign(residual_low=found["residual_low"].where(known))


def silent_near(found: Supplied, decay: Decay) -> list[str]:
    """Return the départements whose courses would be within the catchment of some commune and that no source reports.

    Their names, sorted; none where the hours of no commune are known.
    """
    if found.hours["hours_high"].isna().all():
        return []
    # Half the catchment, doubled there: how far a course may be, not how far those who share it may.
    near = sharing(found.studied.selection, decay.catchment_minutes / 2).removeprefix("dep:").split(",dep:")
    told = found.studied.loaded.reported(found.studied.request.kind.value)
    names = territories.departements(["code", "name"], geometry=False).set_index("code")["name"]
    return [str(names[code]) for code in near if code not in told and code in names.index]


def need_of(studied: Studied) -> "pd.Series[float]":
    """Return the learners this viewer may know of, by commune."""
    return studied.coverage.set_index("commune_code")["need"].astype("float64")


def masked_need(studied: Studied) -> "pd.Series[float]":
    """Return the most learners there can be where the source masked its count; null elsewhere.

    A source masks what is below its threshold. What was withheld from this viewer has no such bound: some of it is
    withheld to protect something smaller.
    """
    coverage = studied.coverage.set_index("commune_code")
    counted = coverage["need_basis"].isin([NeedBasis.OFFICIAL.value, NeedBasis.SYNTHETIC.value])
    masked = coverage["need"].isna() & counted & ~coverage["withheld"].astype(bool)
    infos = studied.loaded.infos
    sources: Any = infos["bpi"].meta["sources"] if "bpi" in infos else []
    most = (threshold_of(meta["source"] for meta in sources) - 1) * (studied.model.share or float("nan"))
    return pd.Series(most, index=coverage.index).where(masked)


def _ways_to_offers(studied: Studied, carries: "pd.Series[bool]") -> Ways:
    """Return ways to courses: by timetable a course is at one place per class hours, and people choose the best."""
    request = studied.request
    found = meetings(
        studied.offers,
        studied.sessions,
        studied.status,
        as_of=request.as_of,
        supposed=default_slot(request.means),
        carries=carries,
    )
    position = {place: at for at, place in enumerate(studied.ways.places)}
    members: dict[str, list[int]] = {}
    for offer, place in zip(found.offers["offer_id"], found.offers["site_id"], strict=True):
        if place in position:
            members.setdefault(offer, []).append(position[place])
    return merged_ways(studied.ways, dict(sorted(members.items())))


def _near(ways: Ways, communes: set[str], minutes: float) -> list[str]:
    """Return the places people of some communes can go to and come home from within a time."""
    asked = np.array([code in communes for code in ways.communes])
    return [ways.places[at] for at in np.unique(ways.place[ways.within(minutes) & asked[ways.commune]])]


def _units(offers: gpd.GeoDataFrame, at: pd.DataFrame, capacity: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return what each place is called and where it is, for those with some capacity."""
    table = offers.assign(place=at["place"].to_numpy())
    table = table[table["place"].isin(list(capacity.index))].sort_values("offer_id")
    first = table.drop_duplicates("place").set_index("place").reindex(capacity.index)
    several = capacity["offers"].gt(1)
    label = first["title"].where(~several, capacity["offers"].astype(str) + " cours, dont : " + first["title"])
    return gpd.GeoDataFrame(
        {"label": label, "commune_name": first["commune_name"]}, geometry=first.geometry.array, crs=WGS84
    )
