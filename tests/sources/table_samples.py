"""Shared by the tests of tables: the real samples, and short ways to write files and read logs."""

from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from geo_integration.sources.imports import ProblemLog

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def shared(name: str) -> Path:
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"real sample not on this machine: ../shared/data/{name}")
    return path


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def write_xlsx(path: Path, rows: Sequence[Sequence[object]], sheet: str = "Feuille") -> Path:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path


def problems(log: ProblemLog) -> list[tuple[str, str, str, str]]:
    """Outcome, where, field and value of each problem."""
    return [(p.outcome.value, p.where, p.field, p.value) for p in log.problems]


def same(codes: pd.Series) -> pd.Series:
    """Know every commune, as its own current one."""
    return codes
