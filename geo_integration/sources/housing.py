"""Captured dwellings, reception places and social housing by commune; an address never enters the layer."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from geo_integration.layers import HOUSING
from geo_integration.sources import fields, fields_french
from geo_integration.sources.cells import SYNTHETIC_NAMES, Cells, View
from geo_integration.sources.imports import Import, ProblemLog
from geo_integration.sources.offer_rows import STREET, one_term
from geo_integration.sources.plain import (
    COMMUNE_NAMES,
    Resolver,
    Shaped,
    fold,
    imported,
    one_per_key,
    open_table,
    resolve_communes,
    shape_rows,
)
from geo_integration.sources.rows import Cell, TableRows, normalise
from geo_integration.vocabulary import HousingKind

COLUMNS = {
    "commune_code": tuple(COMMUNE_NAMES),
    "kind": ("kind", "type", "dispositif", "nature", "type de logement", "type de place"),
    "dwellings": ("dwellings", "logements", "nb_logements", "nombre de logements", "logements captés", "nb_ls"),
    "places": ("places", "nb_places", "nombre de places", "capacité"),
    "period": ("period", "periode", "période", "année", "annee", "date", "au"),
    "operator": ("operator", "opérateur", "gestionnaire", "organisme", "association"),
    "source": ("source",),
    "synthetic": SYNTHETIC_NAMES,
}
RPLS_DWELLINGS = "nb_ls"
HIDDEN = "adresse d'hébergement jamais conservée"

_ADDRESS = re.compile(r"\b(adresses?|address|rue|voie|lieu dit|longitude|latitude|lon|lat|coordonnees|geometry|geom)\b")
_OTHER_NAMES = {
    "intermediation locative": HousingKind.IML,
    "logement capte": HousingKind.CAPTURED,
    "logements captes": HousingKind.CAPTURED,
    "capte": HousingKind.CAPTURED,
    "captes": HousingKind.CAPTURED,
    "avdl": HousingKind.AVDL,
    "pensions de famille": HousingKind.PENSION,
    "maison relais": HousingKind.PENSION,
    "residence sociale": HousingKind.RESIDENCE,
    "fjt": HousingKind.RESIDENCE,
    "logements sociaux": HousingKind.SOCIAL,
    "rpls": HousingKind.SOCIAL,
}
_COUNTS = ("dwellings", "places")
_known_kind = one_term(HousingKind)


def read(path: Path, *, resolve: Resolver | None = None) -> Import:
    """Read a table of dwellings and places by commune, or the RPLS file of social dwellings.

    Parameters
    ----------
    path : columns commune code, kind, dwellings or places; period, operator and source where there are any.
        The RPLS file is known by its column ``nb_ls``: kind ``social``, period from its name.
    resolve : commune codes of any year → current ones; the project's territories by default.

    Returns
    -------
    The ``housing`` layer. A masked number is null, never 0. Columns of addresses or coordinates are left
    out, and their content is not in the report either.
    """
    log = ProblemLog(path.name)
    table, view = open_table(path, log, COLUMNS, ("commune_code",))
    if normalise(view.columns.get("dwellings", "")) == normalise(RPLS_DWELLINGS):
        view = View({k: v for k, v in view.columns.items() if k != "kind"}, log, _rpls_constants(path))
    return build(path, table, view, log, source="housing", resolve=resolve)


def _rpls_constants(path: Path) -> dict[str, Cell]:
    found = re.search(r"(20\d{2})(-\d{2})?", path.name)
    period = found[0] if found else None
    return {"kind": HousingKind.SOCIAL.value, "period": period, "source": f"RPLS {period or ''}".strip()}


def build(
    path: Path, table: TableRows, view: View, log: ProblemLog, *, source: str, resolve: Resolver | None = None
) -> Import:
    """Build the layer from rows seen through a view (usual column names, or a mapping file)."""
    for column in table.columns:
        if _ADDRESS.search(normalise(column)):
            log.drop("en-tête", column, "", HIDDEN)

    def shape(cells: Cells) -> dict[str, Any]:
        return _shape(cells, log, path.name)

    rows = resolve_communes(shape_rows(view(iter(table)), shape), log, resolve)
    whole = [row for row in rows if row.fields["kind"] == HousingKind.SOCIAL]
    batches = [row for row in rows if row.fields["kind"] != HousingKind.SOCIAL]
    kept = one_per_key(whole, log, key=("commune_code", "period", "source"), counts=_COUNTS) + _batches(batches, log)
    return imported(path, HOUSING, _named(kept, source), log, source=source, read=table.read)


def _shape(cells: Cells, log: ProblemLog, file: str) -> dict[str, Any]:
    values = {
        "commune_code": cells.need("commune_code", fields_french.commune_code),
        "kind": cells.need("kind", _kind),
        **{name: cells.get(name, fields.masked_count) for name in _COUNTS},
        "period": cells.get("period", fields.record_text),
        "operator": _operator(cells, log),
        "source": cells.text("source") or file,
        "synthetic": bool(cells.get("synthetic", fields.boolean)),
    }
    stated = [name for name in _COUNTS if cells.raw(name) is not None]
    if not stated:
        cells.refuse("dwellings", "ni logements ni places")
    if all(values[name] is None and not _masked(cells.raw(name)) for name in stated):
        cells.refuse(stated[0], "nombre illisible ou négatif")
    return values


def _masked(value: Cell) -> bool:
    try:
        return fields.masked_count(value) is None
    except fields.BadValueError:
        return False


def _kind(value: Cell) -> str | fields.Repaired[str]:
    other = _OTHER_NAMES.get(normalise(fields.text(value)))
    return other.value if other else _known_kind(value)


def _operator(cells: Cells, log: ProblemLog) -> str | None:
    """Return who runs it; a text that holds a street address is left out, unseen."""
    text = cells.get("operator", fields.record_text)
    plain = normalise(text or "")
    if STREET.search(plain) and re.search(r"\d", plain):
        log.drop(cells.where, cells.label("operator"), "", HIDDEN)
        return None
    return text


def _batches(rows: Sequence[Shaped], log: ProblemLog) -> list[Shaped]:
    """Add the arrondissements of one commune; other rows of one commune are several batches and stay apart."""
    groups: dict[tuple[Any, ...], list[Shaped]] = {}
    for row in rows:
        key = tuple(row.fields[name] for name in ("commune_code", "kind", "period", "operator", "source"))
        groups.setdefault(key, []).append(row)
    kept: list[Shaped] = []
    for group in groups.values():
        several = len({row.stated_code for row in group}) > 1
        kept += (
            [fold(group, log, [n for n in _COUNTS if any(r.fields[n] is not None for r in group)])]
            if several
            else group
        )
    return kept


def _named(rows: Sequence[Shaped], source: str) -> list[dict[str, Any]]:
    """Give each row an identifier that stays the same when others come or go."""
    seen: Counter[str] = Counter()
    named: list[dict[str, Any]] = []
    for row in rows:
        parts = [str(row.fields[name] or "") for name in ("commune_code", "kind", "period", "operator")]
        identifier = ":".join([source, *parts]).rstrip(":")
        seen[identifier] += 1
        number = f"#{seen[identifier]}" if seen[identifier] > 1 else ""
        named.append(row.fields | {"housing_id": identifier + number})
    return named
