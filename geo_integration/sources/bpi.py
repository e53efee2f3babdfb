"""BPI (bénéficiaires de la protection internationale) by commune: figures about people, masked ones kept masked."""

from pathlib import Path
from typing import Any

from geo_integration.layers import BPI
from geo_integration.sources import fields, fields_french
from geo_integration.sources.cells import SYNTHETIC_NAMES, Cells, View
from geo_integration.sources.imports import Import, ProblemLog
from geo_integration.sources.plain import (
    COMMUNE_NAMES,
    Resolver,
    imported,
    one_per_key,
    open_table,
    resolve_communes,
    shape_rows,
)
from geo_integration.sources.rows import TableRows

COLUMNS = {
    "commune_code": tuple(COMMUNE_NAMES),
    "persons": ("persons", "personnes", "bpi", "nombre", "effectif", "nb_bpi", "nombre de bpi", "nombre de personnes"),
    "observed_on": (
        "observed_on",
        "date",
        "date d'observation",
        "au",
        "date_observation",
        "année",
        "period",
        "periode",
    ),
    "source": ("source",),
    "synthetic": SYNTHETIC_NAMES,
}
REQUIRED = ("commune_code", "persons")


def read(path: Path, *, resolve: Resolver | None = None) -> Import:
    """Read a table of BPI by commune (any table format).

    Parameters
    ----------
    path : columns commune code and number; date and source where there are any.
    resolve : commune codes of any year → current ones; the project's territories by default.

    Returns
    -------
    The ``bpi`` layer. A masked number (« <5 », s, nd, ***) is null, never 0; so is a negative or unreadable
    one, and that of a commune whose rows contradict one another (see :func:`plain.one_per_key`).
    """
    log = ProblemLog(path.name)
    table, view = open_table(path, log, COLUMNS, REQUIRED)
    return build(path, table, view, log, source="bpi", resolve=resolve)


def build(
    path: Path, table: TableRows, view: View, log: ProblemLog, *, source: str, resolve: Resolver | None = None
) -> Import:
    """Build the layer from rows seen through a view (usual column names, or a mapping file)."""

    def shape(cells: Cells) -> dict[str, Any]:
        return {
            "commune_code": cells.need("commune_code", fields_french.commune_code),
            "persons": cells.get("persons", fields.masked_count),
            "observed_on": cells.get("observed_on", fields.date_or_year),
            "source": cells.text("source") or path.name,
            "synthetic": bool(cells.get("synthetic", fields.boolean)),
        }

    rows = list(resolve_communes(shape_rows(view(iter(table)), shape), log, resolve))
    kept = {
        row.fields["commune_code"]: row.fields
        for row in one_per_key(rows, log, key=("commune_code",), counts=("persons",))
    }
    for row in rows:  # rows that contradict one another are rejected; their commune is unknown, not empty
        kept.setdefault(row.fields["commune_code"], {**row.fields, "persons": None})
    return imported(path, BPI, kept.values(), log, source=source, read=table.read)
