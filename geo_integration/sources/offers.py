"""From raw offers to the ``offers`` and ``sessions`` layers: classify, locate, shape."""

from collections.abc import Iterable, Iterator
from itertools import batched
from typing import Any

import geopandas as gpd
import pandas as pd

from geo_integration.layers import OFFERS, SESSIONS
from geo_integration.schema import SEPARATOR, WGS84
from geo_integration.sources.classify import Classification, classify
from geo_integration.sources.geocode import AddressBase
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.locate import locate
from geo_integration.sources.records import SYNTHETIC_MARK, RawOffer, RawSession
from geo_integration.sources.schedule_words import Hours, read_hours
from geo_integration.vocabulary import Term

_BATCH = 5_000
"""Offers held as objects at once: a large feed passes through without being kept whole."""

_OFFICE_HOURS = ("data-inclusion",)
"""How the names of sources begin whose words say when the office is open (``horaires_accueil``), not the class."""

_COPIED = (
    "title",
    "provider_name",
    "provider_siret",
    "uai",
    "place_name",
    "address",
    "postcode",
    "phone",
    "email",
    "url",
    "programme",
    "market_reference",
    "cost_text",
    "conditions",
    "registration",
    "updated_on",
)
_PLACE = ("where", "commune_code", "postcode", "commune_name", "address", "longitude", "latitude", "modality")


def finish(
    raws: Iterable[RawOffer],
    log: ProblemLog,
    *,
    source: str,
    synthetic: bool = False,
    addresses: AddressBase | None = None,
) -> dict[str, pd.DataFrame]:
    """Turn the offers of one file into layers.

    Parameters
    ----------
    raws : offers as read, in the order of the file; taken in batches, never held whole.
    log : receives every offer left out, with the reason.
    source : name of the source; it prefixes every identifier.
    synthetic : whether the file is made up for the demonstration.
    addresses : an address base for places without a good point.

    Returns
    -------
    ``{"offers": …, "sessions": …}``, conforming to their layers.
    """
    offers: list[pd.DataFrame] = []
    sessions: list[dict[str, Any]] = []
    seen: set[str] = set()
    for batch in batched(raws, _BATCH):
        kept = list(_courses(batch, seen, log))
        if not kept:
            continue
        offers.append(_offers(kept, log, source=source, synthetic=synthetic, addresses=addresses))
        for raw, _ in kept:
            sessions.extend(_session(raw, one, source, log, synthetic=synthetic) for one in raw.sessions)
    table = pd.concat(offers, ignore_index=True) if offers else OFFERS.empty()
    frame = pd.DataFrame(sessions).drop_duplicates("session_id") if sessions else SESSIONS.empty()
    return {"offers": OFFERS.conform(table), "sessions": SESSIONS.conform(frame)}


def _courses(batch: Iterable[RawOffer], seen: set[str], log: ProblemLog) -> Iterator[tuple[RawOffer, Classification]]:
    """Keep what has an identifier, a title and learners; say why the rest is left out."""
    for raw in batch:
        if not raw.record_id or not raw.title.strip():
            missing = "identifiant" if not raw.record_id else "intitulé"
            log.reject(raw.where, missing, raw.title or raw.record_id, f"offre sans {missing}")
            continue
        if raw.record_id in seen:
            log.reject(
                raw.where, "identifiant", raw.record_id, "même identifiant qu'une offre déjà lue dans ce fichier"
            )
            continue
        found = classify(raw)
        if not found.is_course:
            reason = f"n'est pas un cours de français pour apprenants (règle {found.exclusion_rule})"
            log.leave(raw.where, "title", raw.title, reason)
            continue
        seen.add(raw.record_id)
        yield raw, found


def _offers(
    kept: list[tuple[RawOffer, Classification]],
    log: ProblemLog,
    *,
    source: str,
    synthetic: bool,
    addresses: AddressBase | None,
) -> gpd.GeoDataFrame:
    table = pd.DataFrame([_row(raw, found, source) for raw, found in kept])
    places = pd.DataFrame([{name: getattr(raw, name) for name in _PLACE} for raw, _ in kept])
    text = ["where", "commune_code", "postcode", "commune_name", "address", "modality"]
    places[text] = places[text].astype("str")
    places[["longitude", "latitude"]] = places[["longitude", "latitude"]].astype("float64")
    located = locate(places, log, addresses=addresses)
    columns = ["commune_code", "commune_name", "departement_code", "location_quality"]
    table[columns] = located[columns]
    table["site_id"] = site_ids(located["longitude"], located["latitude"])
    told = pd.Series([raw.declared.get("synthetic") == "true" for raw, _ in kept])
    table["synthetic"] = synthetic | told | _says_synthetic(table)
    points = gpd.points_from_xy(located["longitude"], located["latitude"], crs=WGS84)
    placed = gpd.GeoSeries(points, index=table.index).where(located["longitude"].notna().to_numpy(), None)
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(placed, crs=WGS84), crs=WGS84)


def _says_synthetic(table: pd.DataFrame) -> "pd.Series[bool]":
    """Say which rows call themselves made up, whoever imports them."""
    words = table["title"].fillna("") + " " + table["provider_name"].fillna("")
    return words.str.contains(SYNTHETIC_MARK, case=False, regex=True)


def site_ids(longitude: "pd.Series[float]", latitude: "pd.Series[float]") -> "pd.Series[str]":
    """Name places by their position to 5 decimals (about a metre), null where there is none."""
    pairs = zip(longitude, latitude, strict=True)
    names = [f"{x:.5f},{y:.5f}" if pd.notna(x) and pd.notna(y) else None for x, y in pairs]
    return pd.Series(names, index=longitude.index, dtype="str")


def _row(raw: RawOffer, found: Classification, source: str) -> dict[str, Any]:
    record = f"{source}:{raw.record_id}"
    row: dict[str, Any] = {name: getattr(raw, name) or None for name in _COPIED}
    row |= {
        "offer_id": record,
        "sources": source,
        "source_records": record,
        "alternate_ids": _joined(raw.alternate_ids),
        "kind": found.kind.value,
        "kind_rule": found.kind_rule or None,
        "kind_confidence": found.kind_confidence,
        "level_entry": _terms(found.level_entry) or "unknown",
        "level_target": _terms(found.level_target) or "unknown",
        "level_rule": found.level_rule or None,
        "level_confidence": found.level_confidence,
        "schooling": found.schooling.value,
        "schooling_rule": found.schooling_rule or None,
        "schooling_confidence": found.schooling_confidence,
        "audience_exclusive": _terms(found.audience_exclusive),
        "audience_priority": _terms(found.audience_priority),
        "audience_rule": found.audience_rule or None,
        "modality": raw.modality.value,
        "funders": _joined(raw.funders),
        "formacodes": _joined(code.rpartition(":")[2] for code in raw.formacodes),
    }
    return row


def _session(raw: RawOffer, session: RawSession, source: str, log: ProblemLog, *, synthetic: bool) -> dict[str, Any]:
    end = session.end_date
    if end and session.start_date and end < session.start_date:
        log.drop(raw.where, "end_date", end, f"la session {session.record_id} finit avant de commencer : fin écartée")
        end = None
    offer = f"{source}:{raw.record_id}"
    hours = _hours(session, source)
    return {
        "session_id": f"{offer}#{session.record_id}",
        "offer_id": offer,
        "start_date": session.start_date,
        "end_date": end,
        "recruitment": session.recruitment.value,
        "entry_mode": session.entry_mode.value,
        "places_funded": session.places_funded,
        "places_available": session.places_available,
        "weekly_hours": session.weekly_hours,
        "total_hours": session.total_hours,
        "days": _joined(hours.days),
        "start_time": hours.start_time,
        "end_time": hours.end_time,
        "hours_rule": hours.rule,
        "schedule_text": session.schedule_text,
        "registration_start": session.registration_start,
        "registration_end": session.registration_end,
        "synthetic": synthetic,
    }


def _hours(session: RawSession, source: str) -> Hours:
    """Return the days and hours the source states; where it states neither, those its words plainly say."""
    stated = Hours(session.days, session.start_time, session.end_time)
    if stated.stated or source.startswith(_OFFICE_HOURS):
        return stated
    return read_hours(session.schedule_text, session.weekly_hours)


def _terms(terms: Iterable[Term]) -> str | None:
    return SEPARATOR.join(term.value for term in terms) or None


def _joined(values: Iterable[str]) -> str | None:
    """Join a list for one cell; the separator inside a value becomes a comma."""
    cleaned = (value.replace(SEPARATOR, ",").strip() for value in values)
    return SEPARATOR.join(dict.fromkeys(value for value in cleaned if value)) or None
