"""Offers and sessions in plain fields, made once per version of the store."""

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo_integration.coverage.fit.texts import read_cost
from geo_integration.exports.values import cells
from geo_integration.schema import SEPARATOR
from geo_integration.travel.transit.class_hours import WEEKDAYS
from geo_integration.vocabulary import EntryMode, Fit, Kind, Level, LocationQuality, Modality, Recruitment, Term

type Card = Mapping[str, Any]

_PLAIN = (
    "offer_id",
    "title",
    "provider_name",
    "place_name",
    "address",
    "postcode",
    "commune_code",
    "commune_name",
    "departement_code",
    "site_id",
    "phone",
    "email",
    "url",
    "cost_text",
    "conditions",
    "registration",
    "programme",
    "updated_on",
    "synthetic",
)
_LISTS = ("level_entry", "level_target", "audience_exclusive", "audience_priority", "sources")
_TERMS: Mapping[str, type[Term]] = {"kind": Kind, "modality": Modality, "location_quality": LocationQuality}
_OF_SESSION = (
    "session_id",
    "start_date",
    "end_date",
    "start_time",
    "end_time",
    "schedule_text",
    "weekly_hours",
    "total_hours",
    "places_available",
    "registration_start",
    "registration_end",
)
_DAYS = dict(zip(WEEKDAYS, ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"), strict=True))
_FREE = {Fit.FITS: True, Fit.DOES_NOT_FIT: False}


def offer_cards(offers: gpd.GeoDataFrame) -> list[Card]:
    """Return one card per offer, in the order of the table; None where a source says nothing."""
    points = offers.geometry.to_numpy()
    lon, lat = shapely.get_x(points), shapely.get_y(points)
    rows = _rows(offers, (*_PLAIN, *_LISTS, *_TERMS))
    return [_card(row, x, y) for row, x, y in zip(rows, lon.tolist(), lat.tolist(), strict=True)]


def session_cards(sessions: pd.DataFrame) -> list[Card]:
    """Return one card per session, in the order of the table."""
    return [_session(row) for row in _rows(sessions, (*_OF_SESSION, "days", "recruitment", "entry_mode"))]


def sessions_of(offers: pd.DataFrame, sessions: pd.DataFrame) -> list[npt.NDArray[np.intp]]:
    """Return the rows of each offer's sessions, soonest first, those without a date last."""
    at = pd.Index(offers["offer_id"]).get_indexer(pd.Index(sessions["offer_id"]))
    start = sessions["start_date"].fillna("9999").to_numpy(dtype=object)
    order = sorted(np.flatnonzero(at >= 0).tolist(), key=lambda row: (start[row], row))
    found: list[list[int]] = [[] for _ in range(len(offers))]
    for row in order:
        found[at[row]].append(row)
    return [np.array(rows, dtype=np.intp) for rows in found]


def _rows(table: pd.DataFrame, names: Sequence[str]) -> list[dict[str, Any]]:
    columns = [cells(table[name]) if name in table else [None] * len(table) for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _card(row: dict[str, Any], lon: float, lat: float) -> Card:
    card = {name: row[name] for name in _PLAIN}
    card |= {name: _split(row[name]) for name in _LISTS}
    for name, terms in _TERMS.items():
        card[name], card[f"{name}_label"] = row[name], _label(terms, row[name])
    card["level_label"] = ", ".join(_label(Level, one) or one for one in card["level_entry"]) or None
    card["free_of_charge"] = _FREE.get(read_cost(row["cost_text"])[0]) if row["cost_text"] else None
    known = lon == lon  # noqa: PLR0124 -- NaN is not itself
    card["lon"], card["lat"] = (round(lon, 5), round(lat, 5)) if known else (None, None)
    return card


def _session(row: dict[str, Any]) -> Card:
    days = _split(row["days"])
    return {
        **{name: row[name] for name in _OF_SESSION},
        "days": days,
        "days_label": ", ".join(_DAYS.get(day, day) for day in days) or None,
        "recruitment": row["recruitment"],
        "recruitment_label": _label(Recruitment, row["recruitment"]),
        "entry_mode": row["entry_mode"],
        "entry_mode_label": _label(EntryMode, row["entry_mode"]),
    }


def _split(text: str | None) -> list[str]:
    return [] if text is None else str(text).split(SEPARATOR)


def _label(terms: type[Term], code: str | None) -> str | None:
    return next((member.label for member in terms if member.value == code), None)
