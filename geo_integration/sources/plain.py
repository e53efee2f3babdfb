"""What the readers of plain layers share: rows in, communes resolved, duplicates settled, an Import out."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from geo_integration.schema import Layer
from geo_integration.sources.cells import Cells, Names, RejectedRowError, View, expected_names, match_columns, require
from geo_integration.sources.imports import Import, ProblemLog, hash_file
from geo_integration.sources.rows import TableRows
from geo_integration.sources.tables import read_rows

type Resolver = Callable[["pd.Series[str]"], "pd.Series[str]"]
"""Commune codes of any year → current ones, null where the COG does not know them."""

PARTED_COMMUNES = frozenset({"75056", "69123", "13055"})
"""Paris, Lyon, Marseille: their total and their arrondissements must not be added together."""


@dataclass(slots=True)
class Shaped:
    """A row on its way to a layer, with where it comes from."""

    cells: Cells
    fields: dict[str, Any]
    stated_code: str = ""


def open_table(
    path: Path, log: ProblemLog, names: Names, required: Sequence[str], sheet: str | None = None
) -> tuple[TableRows, View]:
    """Open a table whose columns are known by their usual names; InputRefusedError when a required one is absent."""
    table = read_rows(path, sheet=sheet, log=log, expected=expected_names(names))
    columns = match_columns(table.columns, names)
    require(columns, required, table, names)
    return table, View(columns, log)


def resolve_communes(rows: Iterable[Shaped], log: ProblemLog, resolve: Resolver | None = None) -> list[Shaped]:
    """Replace each commune code by the current one; rows of unknown communes are rejected."""
    rows = list(rows)
    if not rows:
        return []
    if resolve is None:
        from geo_integration.territories import resolve_many  # noqa: PLC0415 -- reads the territories only when needed

        resolve = resolve_many
    stated = pd.Series([row.fields["commune_code"] for row in rows], dtype="str")
    kept: list[Shaped] = []
    for row, code, current in zip(rows, stated, resolve(stated), strict=True):
        if pd.isna(current):
            log.reject(row.cells.where, row.cells.label("commune_code"), code, "code commune inconnu du COG")
            continue
        row.stated_code, row.fields["commune_code"] = str(code), str(current)
        kept.append(row)
    return kept


def one_per_key(rows: Iterable[Shaped], log: ProblemLog, *, key: Sequence[str], counts: Sequence[str]) -> list[Shaped]:
    """Keep one row per key, for counts that are whole per commune.

    The same row twice is kept once; rows that contradict each other are all rejected: nobody knows which is
    right. Rows of several former communes or arrondissements of one commune are added, masked counts
    making the sum unknown; beside the total of Paris, Lyon or Marseille, those of arrondissements are rejected.
    """
    groups: dict[tuple[Any, ...], list[Shaped]] = defaultdict(list)
    for row in rows:
        groups[tuple(row.fields.get(name) for name in key)].append(row)
    return [fold(left, log, counts) for group in groups.values() if (left := _consistent(group, log))]


def _consistent(group: Sequence[Shaped], log: ProblemLog) -> list[Shaped]:
    by_code: dict[str, list[Shaped]] = defaultdict(list)
    for row in group:
        by_code[row.stated_code].append(row)
    kept: list[Shaped] = []
    for same in by_code.values():
        first, *others = same
        clash = any(row.fields != first.fields for row in others)
        if not clash:
            kept.append(first)
        for row in same if clash else others:
            twin = next(r for r in same if r is not row)
            verb = "contredit" if clash else "répète"
            reason = f"{verb} {twin.cells.where}"  # the counts stay out: they may be about people
            log.reject(row.cells.where, row.cells.label("commune_code"), row.stated_code, reason)
    return _without_parts(kept, log)


def _without_parts(rows: list[Shaped], log: ProblemLog) -> list[Shaped]:
    total = [r for r in rows if r.stated_code == r.fields["commune_code"] and r.stated_code in PARTED_COMMUNES]
    if not total or len(rows) == 1:
        return rows
    for row in rows:
        if row is not total[0]:
            reason = f"arrondissement déjà compté dans le total de la commune ({total[0].cells.where})"
            log.reject(row.cells.where, row.cells.label("commune_code"), row.stated_code, reason)
    return total


def fold(rows: Sequence[Shaped], log: ProblemLog, counts: Sequence[str]) -> Shaped:
    """Add rows of several codes that are one commune today; the addition is noted."""
    first, *others = rows
    if not others:
        return first
    for name in counts:
        parts = [row.fields.get(name) for row in rows]
        first.fields[name] = None if any(part is None for part in parts) else sum(parts)
    first.fields["synthetic"] = any(row.fields.get("synthetic") for row in rows)
    codes = ", ".join(row.stated_code for row in rows)
    reason = f"{len(rows)} lignes additionnées dans la commune {first.fields['commune_code']}"
    log.repair(first.cells.where, first.cells.label("commune_code"), codes, reason)
    return first


def imported(
    path: Path, layer: Layer, rows: Iterable[Mapping[str, Any]], log: ProblemLog, *, source: str, read: int
) -> Import:
    """Check the rows against their layer and pack them with the report."""
    frame = pd.DataFrame(list(rows))
    table = layer.conform(frame) if len(frame) else layer.empty()
    return Import(
        source=source,
        file=path.name,
        sha256=hash_file(path),
        tables={layer.name: table},
        log=log,
        read=read,
        synthetic=bool(len(table)) and bool(table["synthetic"].any()),
    )


def shape_rows(rows: Iterable[Cells], shape: Callable[[Cells], dict[str, Any] | None]) -> Iterable[Shaped]:
    """Shape each row; those that cannot be kept are noted."""
    for cells in rows:
        try:
            values = shape(cells)
        except RejectedRowError as error:
            cells.reject(error)
        else:
            if values is not None:
                yield Shaped(cells, values)


def unique_by(rows: Iterable[Shaped], log: ProblemLog, name: str) -> list[Shaped]:
    """Keep the first row of each identifier; the others are rejected."""
    seen: dict[str, Shaped] = {}
    for row in rows:
        identifier = row.fields[name]
        if identifier in seen:
            reason = f"identifiant déjà lu ({seen[identifier].cells.where})"
            log.reject(row.cells.where, row.cells.label(name), identifier, reason)
        else:
            seen[identifier] = row
    return list(seen.values())


COMMUNE_NAMES: Collection[str] = (
    "commune_code",
    "code_commune",
    "code insee",
    "insee",
    "code commune insee",
    "codgeo",
    "depcom",
    "depcom_arm",
    "insee_com",
    "code_insee_commune",
    "commune insee",
)
"""Names that columns of commune codes usually have."""
