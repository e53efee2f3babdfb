"""Territorial contracts (CTAIR, CTAI, CAI): our own table of references, or a user's list."""

import re
from pathlib import Path
from typing import Any

from geo_integration.layers import CTAI
from geo_integration.schema import SEPARATOR
from geo_integration.sources import fields, fields_french
from geo_integration.sources.cells import SYNTHETIC_NAMES, Cells, View
from geo_integration.sources.fields import BadValueError
from geo_integration.sources.imports import Import, ProblemLog
from geo_integration.sources.plain import (
    COMMUNE_NAMES,
    Resolver,
    Shaped,
    imported,
    open_table,
    resolve_communes,
    shape_rows,
    unique_by,
)
from geo_integration.sources.rows import Cell, TableRows

COLUMNS = {
    "commune_code": tuple(COMMUNE_NAMES),
    "name": ("name", "printed_name", "nom", "signataire", "collectivité", "commune", "commune_name"),
    "kind": ("kind", "type", "type de contrat", "contrat"),
    "signed_year": ("signed_year", "year_from", "année de signature", "signature", "date de signature", "année"),
    "signed_at_latest": ("year_to",),
    "end_year": ("end_year", "année de fin", "fin", "date de fin", "échéance"),
    "axes": ("axes", "axe"),
    "signatories": ("signatories", "signataires"),
    "document": ("document",),
    "section": ("section",),
    "source": ("source",),
    "synthetic": SYNTHETIC_NAMES,
}
REQUIRED = ("commune_code", "kind")
KINDS = ("CTAIR", "CTAI", "CAI")
_FIRST_YEAR = 2015


def read(path: Path, *, resolve: Resolver | None = None) -> Import:
    """Read a table of contracts, one row per contract and commune (any table format).

    Parameters
    ----------
    path : columns commune code and kind (CTAIR, CTAI or CAI); name, years, axes, signatories, source where
        there are any. ``data/reference/ctai_contracts.csv`` is one; its ``year_from`` and ``year_to``
        bound the signature.
    resolve : commune codes of any year → current ones; the project's territories by default.

    Returns
    -------
    The ``ctai`` layer.
    """
    log = ProblemLog(path.name)
    table, view = open_table(path, log, COLUMNS, REQUIRED)
    return build(path, table, view, log, source="ctai", resolve=resolve)


def build(
    path: Path, table: TableRows, view: View, log: ProblemLog, *, source: str, resolve: Resolver | None = None
) -> Import:
    """Build the layer from rows seen through a view (usual column names, or a mapping file)."""

    def shape(cells: Cells) -> dict[str, Any]:
        return _shape(cells, log, path.name)

    rows = resolve_communes(shape_rows(view(iter(table)), shape), log, resolve)
    kept = unique_by([_identified(row) for row in rows], log, "contract_id")
    return imported(path, CTAI, (row.fields for row in kept), log, source=source, read=table.read)


def _shape(cells: Cells, log: ProblemLog, file: str) -> dict[str, Any]:
    code = cells.need("commune_code", fields_french.commune_code)
    stated = [cells.text("document"), cells.text("section")]
    return {
        "commune_code": code,
        "name": cells.text("name") or code,
        "kind": cells.need("kind", _kind),
        "signed_year": _signed(cells, log),
        "end_year": cells.get("end_year", _year),
        "axes": SEPARATOR.join(cells.get("axes", fields.items) or ()) or None,
        "signatories": ", ".join(re.split(r"\s*[|;]\s*", cells.text("signatories") or "")) or None,
        "source": cells.text("source") or ", ".join(part for part in stated if part) or file,
        "synthetic": bool(cells.get("synthetic", fields.boolean)),
    }


def _kind(value: Cell) -> str:
    kind = fields.text(value).upper().replace(".", "")
    if kind not in KINDS:
        raise BadValueError(f"type de contrat inconnu ; acceptés : {', '.join(KINDS)}")
    return kind


def _year(value: Cell) -> int:
    found = fields.year(value)
    if found < _FIRST_YEAR:
        raise BadValueError(f"année avant {_FIRST_YEAR}")
    return found


def _signed(cells: Cells, log: ProblemLog) -> int | None:
    first, last = cells.get("signed_year", _year), cells.get("signed_at_latest", _year)
    if first and last and first != last:
        log.repair(
            cells.where,
            cells.label("signed_year"),
            f"{first}-{last}",
            f"signé entre {first} et {last} : {first} retenu",
        )
    return first


def _identified(row: Shaped) -> Shaped:
    values = row.fields
    values["contract_id"] = f"{values['kind']}:{values['commune_code']}:{values['signed_year'] or ''}".rstrip(":")
    return row
