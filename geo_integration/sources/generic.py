"""Any table, read through a mapping file: a référent's own spreadsheet needs no code."""

from collections import Counter
from collections.abc import Callable, Iterator
from collections.abc import Mapping as MappingType
from dataclasses import replace
from pathlib import Path
from typing import Any

from geo_integration.errors import MappingError
from geo_integration.sources import bpi, ctai, fields, housing, schools
from geo_integration.sources.cells import Cells, accepted
from geo_integration.sources.imports import Import, ProblemLog
from geo_integration.sources.mapping import Mapping, load
from geo_integration.sources.offer_rows import raw_offer
from geo_integration.sources.records import RawOffer
from geo_integration.sources.rows import normalise
from geo_integration.sources.tables import read_rows

__all__ = ["Mapping", "iter_offers", "load", "read_layer"]

_BUILDERS: MappingType[str, Callable[..., Import]] = {
    "schools": schools.build,
    "housing": housing.build,
    "bpi": bpi.build,
    "ctai": ctai.build,
}
_IDENTITY = ("provider_name", "place_name", "commune_code", "commune_name", "title")


def iter_offers(path: Path, log: ProblemLog, mapping: Mapping) -> Iterator[RawOffer]:
    """Give the offers of a table, one per row, through a mapping of layer ``offers``.

    Where the mapping has no ``record_id``, one is made of provider, place, title and first day, so that it stays
    the same from one version of the spreadsheet to the next.

    Raises
    ------
    MappingError : the mapping is of another layer, or names a column that the table lacks.
    InputRefusedError : the table cannot be read.
    """
    _check_layer(mapping, {"offers"})
    table = read_rows(path, sheet=mapping.sheet, log=log, expected=_expected(mapping))
    view = mapping.view(table, log)
    made: Counter[str] = Counter()

    def shape(cells: Cells) -> RawOffer:
        stated = cells.get("record_id", fields.record_text)
        extra: dict[str, Any] = {}
        if alternates := cells.get("alternate_ids", fields.items):
            extra["alternate_ids"] = alternates
        return raw_offer(cells, stated or _made_id(cells, made), **extra)

    for _, offer in accepted(view(iter(table)), shape):
        yield offer


def read_layer(path: Path, mapping: Mapping, **options: Any) -> Import:  # noqa: ANN401 -- resolve, locate
    """Read a table into one of the plain layers (schools, housing, bpi, ctai) through a mapping.

    ``options`` go to the layer's own reader: ``resolve`` (commune codes), ``locate`` (schools).

    Raises
    ------
    MappingError : the mapping is of layer ``offers``, or names a column that the table lacks.
    InputRefusedError : the table cannot be read.
    """
    _check_layer(mapping, set(_BUILDERS))
    log = ProblemLog(path.name)
    table = read_rows(path, sheet=mapping.sheet, log=log, expected=_expected(mapping))
    view = mapping.view(table, log)
    result = _BUILDERS[mapping.layer](path, table, view, log, source=mapping.source, **options)
    return replace(result, covers=mapping.covers, synthetic=result.synthetic or mapping.synthetic)


def _expected(mapping: Mapping) -> list[str]:
    return [name for names in mapping.columns.values() for name in names]


def _check_layer(mapping: Mapping, accepted_layers: set[str]) -> None:
    if mapping.layer not in accepted_layers:
        raise MappingError(
            f"correspondance de la couche {mapping.layer}",
            where=f"{mapping.file}, layer",
            way_out=f"couches acceptées ici : {', '.join(sorted(accepted_layers))}",
        )


def _made_id(cells: Cells, made: Counter[str]) -> str:
    parts = [cells.raw(name) for name in _IDENTITY]
    written = [normalise(fields.text(part)).replace(" ", "_") for part in parts if part is not None]
    base = "-".join([*written, *_first_day(cells)])
    made[base] += 1
    return base if made[base] == 1 else f"{base}#{made[base]}"


def _first_day(cells: Cells) -> list[str]:
    """Return the first day however it is written, nothing when it is blank or bad (noted elsewhere)."""
    try:
        day = fields.date(cells.raw("start_date"))
    except fields.BadValueError:
        return []
    return [str(day.value) if isinstance(day, fields.Repaired) else day]
