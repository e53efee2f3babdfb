"""What is asked of a collection: parameters read once, by hand, for this is the hot path.

What a parameter *means* (a bbox, an interval, an expression) is the library's to read: :mod:`geo_integration.features`
refuses a malformed one with the parameter's name. Here is what HTTP adds: repeated, unknown and reserved parameters.
"""

from collections.abc import Collection as Names
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from fastapi import Request

from api.ogc.formats import Format, format_of
from api.ogc.links import Given
from geo_integration.errors import OptionError

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CQL2_TEXT = "cql2-text"
LIMIT = 100
LIMIT_HTML = 25
_MOST_PARAMETERS = 100
_LIGHT = 1000
_DIGITS = 12

PARAMETERS = (
    "limit",
    "offset",
    "bbox",
    "bbox-crs",
    "datetime",
    "crs",
    "filter",
    "filter-lang",
    "filter-crs",
    "f",
)
"""Of a page of items; any other parameter filters on a property."""

RESERVED = frozenset(PARAMETERS)


@dataclass(frozen=True, slots=True)
class Question:
    """One request for items.

    Attributes
    ----------
    given : the parameters as they came, for the links.
    format : ``json`` or ``html``.
    limit, offset : the page; ``limit`` is at most that of the settings, as the standard asks (never an error).
    bbox, datetime, cql2 : as written; None where absent.
    bbox_crs, crs : URIs.
    properties : name → value, of the columns filtered on.
    """

    given: Given
    format: Format
    limit: int = LIMIT
    offset: int = 0
    bbox: str | None = None
    bbox_crs: str = CRS84
    datetime: str | None = None
    crs: str = CRS84
    cql2: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Return what tells two questions apart, their links included."""
        return f"{self.format}\n{self.given!r}"

    @property
    def light(self) -> bool:
        """Say whether the answer is put together in about a millisecond: a page of features as they are kept."""
        return (
            self.format == "json" and self.limit <= _LIGHT and self.crs == CRS84 and not (self.cql2 or self.properties)
        )


def given_of(request: Request) -> Given:
    """Return the parameters of a request in order; OptionError where one comes twice or is not UTF-8."""
    raw = request.scope["query_string"]
    if not raw:
        return ()
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except ValueError as error:
        raise OptionError("paramètres illisibles", where="adresse", way_out="encoder l'adresse en UTF-8") from error
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise OptionError("paramètre donné plus d'une fois", where=twice[:80], way_out="n'en garder qu'un")
    return tuple(pairs)


def only_format(request: Request) -> tuple[Given, Format]:
    """Return the parameters of a document that takes none but ``f``; OptionError for any other."""
    return with_format(request, {"f"})


def with_format(request: Request, known: Names[str]) -> tuple[Given, Format]:
    """Return the parameters of a request, all of them known, and the format asked for; else OptionError."""
    given = given_of(request)
    refuse_unknown([name for name, _ in given], known)
    return given, format_of(dict(given).get("f"), request.headers.get("accept", ""))


def refuse_unknown(names: list[str], known: Names[str]) -> None:
    """Raise OptionError for the first name that is not known, as Part 1 of the standard demands."""
    for name in names:
        if name not in known:
            words = ", ".join(sorted(known))
            raise OptionError(f"paramètre inconnu : {name[:80]}", where=name[:80], way_out=f"l'un de : {words}")


def question_of(request: Request, columns: Names[str], *, most: int) -> Question:
    """Return what is asked of the items of a collection.

    Parameters
    ----------
    columns : columns that may be filtered on.
    most : most features in one page.

    Raises
    ------
    OptionError
        A parameter that is unknown, given twice, or cannot be read; ``where`` is its name.
    """
    given = given_of(request)
    said = dict(given)
    properties = {name: value for name, value in given if name not in RESERVED}
    if properties:
        refuse_unknown(list(properties), RESERVED.union(columns))
    shown = format_of(said.get("f"), request.headers.get("accept", ""))
    _check_filter(said)
    usual = LIMIT_HTML if shown == "html" else LIMIT
    return Question(
        given=given,
        format=shown,
        limit=min(_whole(said, "limit", usual, least=1), most),
        offset=_whole(said, "offset", 0, least=0),
        bbox=said.get("bbox"),
        bbox_crs=said.get("bbox-crs", CRS84),
        datetime=said.get("datetime"),
        crs=said.get("crs", CRS84),
        cql2=said.get("filter"),
        properties=properties,
    )


def _whole(said: Mapping[str, str], name: str, usual: int, *, least: int) -> int:
    text = said.get(name)
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit()) or len(text) > _DIGITS or int(text) < least:
        raise OptionError(
            f"nombre entier attendu, {least} ou plus : {text[:40]!r}", where=name, way_out=f"ex. {name}={usual}"
        )
    return int(text)


def _check_filter(said: Mapping[str, str]) -> None:
    """Refuse a language or a projection of filters that is not served, and either of them without a filter's sense."""
    language = said.get("filter-lang")
    if language not in {None, CQL2_TEXT}:
        raise OptionError(f"langage de filtre inconnu : {language[:40]}", where="filter-lang", way_out=CQL2_TEXT)
    projection = said.get("filter-crs")
    if projection not in {None, CRS84}:
        raise OptionError(
            f"projection de filtre non servie : {projection[:80]}",
            where="filter-crs",
            way_out=f"les géométries d'un filtre se donnent en longitude, latitude : {CRS84}",
        )
