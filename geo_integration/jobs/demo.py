"""The demonstration: the shipped, made-up inputs through the whole street, with nothing hidden."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from geo_integration.errors import MissingDataError
from geo_integration.jobs.imports import Format, Imported, ImportOptions, import_file, rebuild
from geo_integration.settings import settings
from geo_integration.store import Store


@dataclass(frozen=True)
class DemoInput:
    """One file of the demonstration."""

    format: Format
    file: str
    synthetic: bool = True
    covers: tuple[str, ...] = ()
    """Départements it covers in full; read from its rows where empty."""


INPUTS = (
    DemoInput(Format.SCHOOLS, "demo/schools_demo.csv"),
    DemoInput(Format.LHEO, "demo/lheo_demo.xml"),
    DemoInput(Format.DATA_INCLUSION, "demo/data_inclusion_demo.jsonl"),
    DemoInput(Format.DIAN, "demo/dian_demo.csv"),
    DemoInput(Format.OEPRE, "demo/oepre_demo.csv"),
    DemoInput(Format.HOUSING, "demo/housing_demo.csv"),
    DemoInput(Format.BPI, "demo/bpi_demo.csv", covers=("02", "59", "60", "62", "80")),
    DemoInput(Format.CTAI, "reference/ctai_contracts.csv", synthetic=False),
)
"""In the order in which they need one another: schools before the OEPRE list that names them."""


def as_of() -> date:
    """Return the day the demonstration takes place."""
    return date.fromisoformat(json.loads(_path("demo/demo.json").read_text(encoding="utf-8"))["as_of"])


def load(store: Store) -> Iterator[tuple[DemoInput, Imported]]:
    """Import the demonstration's files one by one, then join them; the clock is the day it takes place.

    The layers that join all sources are there once the last file has been given.
    """
    now = datetime.combine(as_of(), datetime.min.time(), tzinfo=UTC)
    layers: set[str] = set()
    for one in INPUTS:
        name = f"{one.format.value}-demo" if one.synthetic else None
        options = ImportOptions(name=name, synthetic=one.synthetic, covers=one.covers)
        done = import_file(store, one.format, _path(one.file), options=options, now=now, join=False)
        if one.format is Format.SCHOOLS:  # the OEPRE list needs them joined
            rebuild(store, done.result.tables, now=now)
        layers.update(done.result.tables)
        if one is INPUTS[-1]:
            rebuild(store, layers, now=now)
        yield one, done


def _path(name: str) -> Path:
    path = settings().data / name
    if not path.is_file():
        raise MissingDataError("fichier de démonstration absent", where=str(path), way_out="réinstaller le projet")
    return path
