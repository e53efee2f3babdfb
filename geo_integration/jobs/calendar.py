"""Coverage month by month, end to end: when somebody from each commune could begin a course."""

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from geo_integration.coverage.calendar import Calendar, NextStart, by_month, calendar
from geo_integration.coverage.fit.judgement import fitting_sessions
from geo_integration.coverage.openings import openings, span
from geo_integration.coverage.ways import Ways
from geo_integration.errors import MissingDataError
from geo_integration.exports.result import Beside, Result
from geo_integration.jobs.by_timetable import by_timetable, default_slot, meetings
from geo_integration.jobs.calendar_words import (
    BOUNDS,
    DAYS_NOTE,
    FROM_COVERAGE,
    HOLIDAYS_NOTE,
    METHOD,
    MONTHS_HEADINGS,
    NEED_COLUMNS,
    OVERSEAS_NOTE,
    RECRUITMENT_NOTE,
    START_CLASS,
    TIMETABLE_NOTE,
    colourings,
    figures,
    headings,
    month_column,
    month_text,
    span_text,
    start_classes,
)
from geo_integration.jobs.counting import UNKNOWN_NEED
from geo_integration.jobs.ground import Progress
from geo_integration.jobs.outputs import describe
from geo_integration.jobs.request import Request
from geo_integration.jobs.school_terms import SOURCE, school_terms, zone_of_departement
from geo_integration.jobs.studied import Studied, study
from geo_integration.jobs.travelled import Origins
from geo_integration.schema import WGS84
from geo_integration.store import Store
from geo_integration.vocabulary import EntryMode, Kind, Modality, Mode, OfferStatus, Recruitment

MONTHS = 12


@dataclass(frozen=True)
class Dated:
    """The calendar and what it was made from.

    Attributes
    ----------
    calendar : the answer, in the order of the communes of the coverage table.
    sessions : those that may fit, one row each, in the order its session ids refer to.
    """

    calendar: Calendar
    sessions: pd.DataFrame


def compute(store: Store, request: Request, *, months: int = MONTHS, progress: Progress | None = None) -> Result:
    """Say, commune by commune, in which months a course can be begun, and when the next one begins.

    Parameters
    ----------
    store, request : the question. ``starts_by`` of the learner is left aside: the calendar says when.
    months : how many, the month of ``as_of`` included, 1 to 36.
    progress : told what is being done.

    Raises
    ------
    OptionError
        ``months`` outside 1 to 36; and what :func:`geo_integration.jobs.studied.study` raises.
    """
    span(request.as_of, months)  # refused before anything is computed
    studied = study(store, request, progress=progress)
    dated = date_all(studied, months=months, progress=progress)
    table = _table(studied, dated)
    counts = by_month(dated.calendar, studied.coverage["need"])
    names = dated.calendar.months
    shown = counts.assign(month=counts["month"].map(month_text))
    meta = describe(studied, title="Quand peut-on commencer un cours ?", method=METHOD, notes=_notes(request, dated))
    meta["sources"] = [*meta["sources"], SOURCE]
    meta["bounds"] = [*BOUNDS, UNKNOWN_NEED]
    return Result(
        name="calendar",
        key="commune_code",
        table=table,
        headings=headings(names),
        meta=meta,
        colourings=colourings(table, names),
        figures=figures(table, counts),
        beside={"mois": Beside(f"Mois par mois, {span_text(request.as_of, names)}", shown, MONTHS_HEADINGS)},
        called="commune_name",
    )


def date_all(studied: Studied, *, months: int, progress: Progress | None = None) -> Dated:
    """Compute the calendar on one ground."""
    request = studied.request
    sessions = _sessions(studied)
    asked = replace(request.profile, starts_by=None)
    judged = fitting_sessions(studied.offers, sessions, asked, as_of=request.as_of)
    kept = judged["may_fit"].to_numpy(dtype=bool)
    sessions, fits = sessions[kept].reset_index(drop=True), judged["fits"].to_numpy(dtype=bool)[kept]
    offers = studied.offers.set_index("offer_id")
    sessions["kind"] = sessions["offer_id"].map(offers["kind"])
    sessions["zone"] = sessions["offer_id"].map(offers["departement_code"]).map(zone_of_departement())
    ways, place = _timed(studied, sessions, progress)
    found = calendar(
        ways,
        sessions["session_id"],
        openings(
            sessions,
            as_of=request.as_of,
            months=months,
            terms=school_terms(),
            silence_is_open=asked.silence_is_open,
        ),
        places=pd.Index(ways.places).get_indexer(pd.Index(place)).astype(np.int32),
        fits=fits,
        may_fit=np.ones(len(sessions), dtype=np.bool_),
        cutoff_minutes=request.minutes,
        reported=studied.coverage["departement_code"]
        .isin(list(studied.loaded.reported(request.kind.value)))
        .to_numpy(dtype=bool),
    )
    return Dated(found, sessions)


def _sessions(studied: Studied) -> pd.DataFrame:
    """Return the sessions of courses one travels to; an offer without any has one of which nothing is known."""
    offers, sessions = studied.offers, studied.sessions
    elsewhere = offers["modality"].eq(Modality.REMOTE.value) | offers["site_id"].isna()
    placed = offers.loc[~elsewhere, "offer_id"]
    stated = sessions[sessions["offer_id"].isin(placed)]
    silent = sorted(set(placed) - set(stated["offer_id"]))
    unsaid = pd.DataFrame({"session_id": silent, "offer_id": silent}, dtype="str").assign(
        recruitment=Recruitment.UNKNOWN.value, entry_mode=EntryMode.UNKNOWN.value, synthetic=False
    )
    unsaid = unsaid.reindex(columns=stated.columns).astype(stated.dtypes.to_dict())
    return pd.concat([stated, unsaid], ignore_index=True).sort_values(
        ["offer_id", "session_id"], kind="stable", ignore_index=True
    )


def _timed(studied: Studied, sessions: pd.DataFrame, progress: Progress | None) -> tuple[Ways, "pd.Series[str]"]:
    """Return the ways to the place of every session, and that place; those of the day asked about may be fewer."""
    request = studied.request
    if request.means.mode is not Mode.TRANSIT:
        return studied.ways, sessions["offer_id"].map(studied.offers.set_index("offer_id")["site_id"])
    # Each session as an offer of its own, and all of them counted: also those that only begin later.
    held = sessions["offer_id"].map(studied.offers.set_index("offer_id")["site_id"])
    points = studied.offers.set_index("offer_id").geometry.reindex(sessions["offer_id"]).to_numpy()
    communes = studied.offers.set_index("offer_id")["commune_code"].reindex(sessions["offer_id"]).to_numpy()
    alone = gpd.GeoDataFrame(
        {"offer_id": sessions["session_id"], "site_id": held, "commune_code": communes}, geometry=points, crs=WGS84
    )
    every = pd.Series(OfferStatus.FULL.value, index=sessions["session_id"], dtype="str")
    own = sessions.assign(offer_id=sessions["session_id"])
    origins = Origins.of_communes(studied.communes)
    found = by_timetable(origins, alone, own, every, request, progress=progress, keep_ways=True)
    supposed = default_slot(request.means)
    places = meetings(alone, own, every, as_of=request.as_of, supposed=supposed).offers.set_index("offer_id")["site_id"]
    if found.ways is None:
        raise MissingDataError("les trajets n'ont pas été gardés", where="calendrier")
    return found.ways, sessions["session_id"].map(places)


def _table(studied: Studied, dated: Dated) -> gpd.GeoDataFrame:
    """Return one row per commune: the next start, the courses named, the months, the need."""
    found, coverage = dated.calendar, studied.polygons()
    table = coverage[list(FROM_COVERAGE)].copy()
    offers = studied.offers.set_index("offer_id")
    offer_of = dated.sessions.set_index("session_id")["offer_id"]
    for name in ("next_start", "next_start_date", "next_start_minutes", "may_start_date"):
        table[name] = found.table[name].to_numpy()
    for name, session in (("next_offer", "next_start_session_id"), ("may_offer", "may_start_session_id")):
        offer = found.table[session].map(offer_of)
        table[f"{name}_id"] = offer.to_numpy()
        table[f"{name}_title"] = offer.map(offers["title"]).to_numpy()
        table[f"{name}_commune_name"] = offer.map(offers["commune_name"]).to_numpy()
    for name in ("months_low", "months_high", "meeting_low", "meeting_high"):
        table[name] = found.table[name].to_numpy()
    table[START_CLASS] = _classes(found)
    for number, month in enumerate(found.months):
        table[month_column(month)] = pd.Series(found.states[:, number], index=table.index, dtype="str")
    for name in NEED_COLUMNS:
        table[name] = coverage[name]
    table = table[list(headings(found.months))]
    return gpd.GeoDataFrame(table, geometry=coverage.geometry.array, crs=coverage.crs)


def _classes(found: Calendar) -> "pd.Series[str]":
    """Return the class of the map of each commune: the months of a later start, else what is said of it."""
    month = found.table["next_start_date"].str.slice(0, 7).map(start_classes(found.months))
    later = found.table["next_start"].eq(NextStart.LATER.value)
    return month.where(later, found.table["next_start"])


def _notes(request: Request, dated: Dated) -> list[str]:
    # Only OEPRE stops in school holidays; whoever asks for another kind alone need not read about them.
    oepre = Kind.OEPRE in request.profile.kinds or Kind.OEPRE.value in set(dated.sessions["kind"])
    notes = [HOLIDAYS_NOTE, *((OVERSEAS_NOTE,) if oepre else ()), RECRUITMENT_NOTE, DAYS_NOTE]
    if request.means.mode is Mode.TRANSIT:
        notes.append(TIMETABLE_NOTE)
    return notes
