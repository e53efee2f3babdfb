"""One row of any table → one :class:`RawOffer`: what every table of offers shares."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields as dataclass_fields
from typing import Any

from geo_integration.schema import SEPARATOR
from geo_integration.sources import fields, fields_french
from geo_integration.sources.cells import SYNTHETIC_NAMES, Cells, Parser
from geo_integration.sources.fields import BadValueError
from geo_integration.sources.records import RawOffer, RawSession
from geo_integration.sources.rows import Cell, normalise
from geo_integration.vocabulary import Audience, EntryMode, Kind, Level, Modality, Recruitment, Schooling, Term, term

_MAX_WEEKLY_HOURS = 168
STREET = re.compile(
    r"\b(rue|avenue|av|bd|boulevard|place|pl|chemin|impasse|allee|quai|route|square|cours|lieu dit|cite|zac?|za)\b"
)


def one_term(kind: type[Term]) -> Parser[str]:
    """Return a parser that takes a code or a French label of a closed list and gives its code."""
    known = {normalise(name): term.value for term in kind for name in (term.value, term.label)}

    def parse(value: Cell) -> str:
        code = known.get(normalise(fields.text(value)))
        if code is None:
            raise BadValueError(f"valeur inconnue ; acceptées : {', '.join(term.value for term in kind)}")
        return code

    return parse


def many_terms(kind: type[Term]) -> Parser[str]:
    """Return a parser of several codes or labels, which gives ``;``-joined codes in the list's order."""
    one = one_term(kind)

    def parse(value: Cell) -> str:
        found = {str(one(item)) for item in fields.items(fields.text(value).replace("/", SEPARATOR))}
        return SEPARATOR.join(term.value for term in kind if term.value in found)

    return parse


DECLARED: Mapping[str, Parser[str]] = {
    "kind": one_term(Kind),
    "level_entry": many_terms(Level),
    "level_target": many_terms(Level),
    "schooling": one_term(Schooling),
    "audience_exclusive": many_terms(Audience),
    "audience_priority": many_terms(Audience),
}
"""Terms that a source may state outright, with how they are read."""


def weekly_hours(value: Cell) -> float:
    """Return teaching hours a week, as many as a week holds at most."""
    result = fields.hours(value)
    if result > _MAX_WEEKLY_HOURS:
        raise BadValueError(f"plus de {_MAX_WEEKLY_HOURS} heures par semaine")
    return result


def _enum[T: Term](kind: type[T]) -> Callable[[Cell], T]:
    parse = one_term(kind)
    return lambda value: term(kind, str(parse(value)))


SESSION: Mapping[str, Parser[Any]] = {
    "start_date": fields.date,
    "end_date": fields.date,
    "recruitment": _enum(Recruitment),
    "entry_mode": _enum(EntryMode),
    "places_funded": fields.count,
    "places_available": fields.count,
    "weekly_hours": weekly_hours,
    "total_hours": fields.hours,
    "days": fields_french.days,
    "start_time": fields_french.time_of_day,
    "end_time": fields_french.time_of_day,
    "schedule_text": fields.text,
    "registration_start": fields.date,
    "registration_end": fields.date,
}
OFFER: Mapping[str, Parser[Any]] = {
    "objective": fields.text,
    "content": fields.text,
    "results": fields.text,
    "conditions": fields.text,
    "rhythm": fields.text,
    "formacodes": fields.items,
    "public_codes": fields.items,
    "public_texts": fields.items,
    "programme": fields.record_text,
    "market_reference": fields.record_text,
    "funders": fields.items,
    "modality": _enum(Modality),
    "provider_name": fields.record_text,
    "provider_siret": fields_french.siret,
    "uai": fields_french.uai,
    "place_name": fields.record_text,
    "address": fields.record_text,
    "postcode": fields_french.postcode,
    "commune_name": fields.record_text,
    "commune_code": fields_french.commune_code,
    "phone": fields.phone,
    "email": fields.email,
    "url": fields.url,
    "cost_text": fields.text,
    "registration": fields.text,
    "updated_on": fields.date,
}
FIELDS = (
    "record_id",
    "title",
    "alternate_ids",
    *OFFER,
    "longitude",
    "latitude",
    "times",
    *SESSION,
    *DECLARED,
    "synthetic",
)
"""Every field a column may fill: ``times`` is a pair such as « 9h-11h30 »."""


def raw_offer(cells: Cells, record_id: str, **found: Any) -> RawOffer:  # noqa: ANN401 -- fields of RawOffer
    """Build an offer from the fields its row fills; ``found`` holds what the reader worked out itself.

    The row is rejected (RejectedRowError) when it has no title.
    """
    title = found.pop("title", None) or cells.need("title", fields.record_text)
    values = {name: cells.get(name, parser) for name, parser in OFFER.items() if cells.has(name) and name not in found}
    values = {name: value for name, value in values.items() if value is not None} | found
    if "longitude" not in values:
        values["longitude"], values["latitude"] = point(cells)
    declared = {name: cells.get(name, parser) for name, parser in DECLARED.items() if cells.has(name)}
    if cells.has("synthetic") and cells.get("synthetic", fields.boolean):
        declared["synthetic"] = "true"
    values["declared"] = {k: v for k, v in declared.items() if v} | values.get("declared", {})
    values.setdefault("sessions", sessions(cells, record_id))
    return RawOffer(record_id=record_id, where=cells.where, title=title, **values)


def point(cells: Cells) -> tuple[float | None, float | None]:
    """Return longitude and latitude in France, or two None."""
    longitude, latitude = cells.raw("longitude"), cells.raw("latitude")
    if longitude is None and latitude is None:
        return None, None
    if longitude is None or latitude is None:
        cells.drop("latitude" if longitude is None else "longitude", "coordonnée seule, sans l'autre")
        return None, None
    label, value = "longitude, latitude", f"{longitude}, {latitude}"
    try:
        return cells.kept(label, value, fields_french.coordinates(longitude, latitude))
    except BadValueError as error:
        cells.drop(label, str(error), value)
        return None, None


def sessions(cells: Cells, record_id: str) -> list[RawSession]:
    """Return the session that the row describes, or none when it says nothing of one."""
    values: dict[str, Any] = {name: cells.get(name, parser) for name, parser in SESSION.items() if cells.has(name)}
    times = cells.get("times", fields_french.time_range) if cells.has("times") else None
    if times:
        values["start_time"], values["end_time"] = times
    values = {name: value for name, value in values.items() if value is not None}
    for start, end in (("start_date", "end_date"), ("registration_start", "registration_end")):
        if start in values and end in values and values[end] < values[start]:
            cells.drop(end, f"date de fin ({values[end]}) avant la date de début ({values[start]})")
            del values[end]
    return [RawSession(record_id=f"{record_id}#1", **values)] if values else []


def place(text: str | None) -> dict[str, str]:
    """Tell a street address from the name of a place."""
    if not text:
        return {}
    plain = normalise(text)
    return {"address": text} if plain[:1].isdecimal() or STREET.search(plain) else {"place_name": text}


COLUMNS_OF_ANY_TABLE = {"synthetic": SYNTHETIC_NAMES}
"""Columns that any format may have besides its own."""

_unknown = set(OFFER) - {f.name for f in dataclass_fields(RawOffer)}
_unknown |= set(SESSION) - {f.name for f in dataclass_fields(RawSession)}
if _unknown:  # pragma: no cover -- a slip of the pen, found at import
    raise TypeError(f"champs inconnus : {_unknown}")
