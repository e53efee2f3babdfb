"""Values only a list of funded actions has: which programme pays, a period in one cell, a commune written anyhow."""

import re
from functools import cache
from typing import Any

import pandas as pd

from geo_integration import territories
from geo_integration.schema import SEPARATOR
from geo_integration.sources import fields, fields_french
from geo_integration.sources.cells import Cells
from geo_integration.sources.fields import BadValueError, Repaired
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.plain import Resolver
from geo_integration.sources.rows import Cell, normalise

_DATE = r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d{2}-\d{2}"
_OTHER_PROGRAMME = re.compile(r"\b(bop|programme|p)? ?(1(?!04)\d{2}|2\d{2}|3\d{2})\b")


def funded_by_bop104(value: Cell) -> bool:
    """Say whether a cell of a « BOP 104 » or « programme » column says that BOP 104 pays.

    « oui », an amount above zero, « BOP 104 », « 104 - action 12 » say so; « non », 0, « BOP 147 » say the contrary.
    """
    try:
        return fields.boolean(value)
    except BadValueError:
        pass
    plain = normalise(fields.text(value))
    if re.search(r"(?<!\d)104(?!\d)", plain):
        return True
    if _OTHER_PROGRAMME.fullmatch(plain):
        return False
    try:
        return fields.number(value) > 0
    except BadValueError:
        raise BadValueError("ni oui, ni non, ni un montant, ni un programme") from None


def period(value: Cell) -> tuple[str, str] | Repaired[tuple[str, str]]:
    """Return first and last day from « du 01/09/2026 au 30/06/2027 », « 01/09/2026 - 30/06/2027 » or a year."""
    raw = fields.text(value)
    if re.fullmatch(r"(19|20)\d{2}", raw):
        return Repaired((f"{raw}-01-01", f"{raw}-12-31"), "année seule : comptée du 1er janvier au 31 décembre")
    found = re.findall(_DATE, raw)
    if len(found) != 2:  # noqa: PLR2004 -- a period has two ends
        raise BadValueError("période illisible (attendu « du JJ/MM/AAAA au JJ/MM/AAAA » ou une année)")
    start, end = (_plain(fields.date(one)) for one in found)
    if end < start:
        raise BadValueError(f"période impossible : fin ({end}) avant le début ({start})")
    return start, end


def _plain(value: str | Repaired[str]) -> str:
    return value.value if isinstance(value, Repaired) else value


def commune_of(cells: Cells, log: ProblemLog, resolve: Resolver | None = None) -> dict[str, Any]:
    """Return ``commune_code``, ``commune_name``, ``departement_code`` of a row, null where they cannot be known.

    A stated INSEE code decides, and one nobody knows gives the row up (RejectedRowError). Without it: postcode and
    name, else a name that one commune of France has, else a postcode that one commune has. Never a guess.
    """
    code = _stated(cells, resolve) if cells.raw("commune_code") is not None else _named(cells, log)
    if code is None:
        return {"commune_code": None, "commune_name": None, "departement_code": None}
    told = _communes().get(code)
    return {
        "commune_code": code,
        "commune_name": told[0] if told else None,
        "departement_code": told[1] if told else None,
    }


def _stated(cells: Cells, resolve: Resolver | None) -> str:
    stated = cells.need("commune_code", fields_french.commune_code)
    found = (resolve or territories.resolve_many)(pd.Series([stated], dtype="str")).iloc[0]
    if pd.isna(found):
        cells.refuse("commune_code", "code commune inconnu du COG")
    return str(found)


def _named(cells: Cells, log: ProblemLog) -> str | None:
    postcode, name = cells.raw("postcode"), cells.text("commune_name")
    if found := re.fullmatch(r"(\d{5})\s+(.+)|(.+?)\s*\((\d{5})\)", name or ""):
        postcode, name = found[1] or found[4], found[2] or found[3]
    known = _postcode(postcode)
    if name and not name.isdecimal():
        code = _by_name(known, name)
        if code is None:
            cells.drop("commune_name", f"commune non reconnue avec certitude{f' ({known})' if known else ''}")
        elif known is None:
            log.repair(
                cells.where, cells.label("commune_name"), name, "nom seul, porté par une seule commune de France"
            )
        return code
    if name:
        cells.drop("commune_name", "code INSEE ou code postal ? écrire le nom de la commune")
    only = _communes_of_postcode().get(known or "", ())
    if len(only) == 1:
        log.repair(cells.where, cells.label("postcode"), known, "code postal seul, d'une seule commune")
        return only[0]
    return None


def _postcode(value: Cell) -> str | None:
    if value is None:
        return None
    try:
        return _plain(fields_french.postcode(value))
    except BadValueError:
        return None  # noted where the postcode itself is read


def _by_name(postcode: str | None, name: str) -> str | None:
    if postcode:
        return territories.resolve_by_postcode_and_name(postcode, name)
    found = _communes_of_name().get(territories.normalise(name), ())
    return found[0] if len(found) == 1 else None


@cache
def _communes() -> dict[str, tuple[str, str]]:
    table = territories.communes(["code", "name", "departement_code"], geometry=False)
    return {code: (name, departement) for code, name, departement in table.itertuples(index=False, name=None)}


@cache
def _communes_of_name() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for code, (name, _) in _communes().items():
        key = territories.normalise(name)
        found[key] = (*found.get(key, ()), code)
    return found


@cache
def _communes_of_postcode() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    table = territories.communes(["code", "postcodes"], geometry=False)
    for code, postcodes in table.itertuples(index=False, name=None):
        for postcode in filter(None, str(postcodes).split(SEPARATOR)):
            found[postcode] = (*found.get(postcode, ()), code)
    return found
