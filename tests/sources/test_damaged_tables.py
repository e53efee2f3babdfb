"""Mutated CSV and XLSX files: no traceback, no good row lost or changed, every damaged row reported."""

import dataclasses
import random
import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from table_samples import write_xlsx

from geo_integration.errors import GeoIntegrationError
from geo_integration.settings import settings
from geo_integration.sources.dian import iter_offers
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.records import RawOffer

HEADER = ["ID formation", "Intitulé", "Début", "Fin", "Adresse", "Code Postal", "Ville", "Organisme formateur"]
ROWS = [
    [
        f"14_AF_{n}",
        f"Français à l'école « {n} »",
        "05/01/2026",
        "30/06/2026",
        f"{n} rue Neuve\nbât. B" if n % 5 == 0 else "MJC",
        f"{62000 + n}",
        "Béthune; centre" if n % 7 == 0 else "Arras",
        'Centre "Jean"' if n % 4 == 0 else "AFP2i",
    ]
    for n in range(1, 25)
]


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if re.search(r'[;"\n]', cell) else cell


def lines(rows: list[list[str]]) -> list[str]:
    return [";".join(map(quoted, row)) for row in rows]


Damage = Callable[[str, random.Random], str]
DAMAGES: dict[str, Damage] = {
    "cell cut off": lambda line, _: line.rpartition(";")[0],
    "cell too many": lambda line, _: line + ";de trop",
    "half a line": lambda line, rng: line[: rng.randint(9, max(10, line.rfind(";") - 1))].replace('"', ""),
    "quote opened": lambda line, _: line.replace(";", ';"', 1),
    "quote inside": lambda line, _: line.replace(";", ';"x"y', 1),
    "NUL": lambda line, rng: line[: (k := rng.randint(0, 8))] + "\0" + line[k:],
    "broken bytes": lambda line, rng: line[: (k := rng.randint(0, 8))] + "\udcff" + line[k:],
    "long cell": lambda line, _: line.replace("14_AF", "x" * (settings().max_cell_characters + 5)),
    "impossible date": lambda line, _: line.replace("05/01/2026", "35/01/2026"),
    "bad postcode": lambda line, _: line.replace(";62", ";ABC62"),
    "no title": lambda line, _: re.sub(r";Français[^;]*;", ";;", line),
    "no identifier": lambda line, _: re.sub(r"^14_AF_\d+", "", line),
}


def read(path: Path) -> tuple[dict[str, RawOffer], ProblemLog]:
    log = ProblemLog(path.name)
    offers = {offer.record_id: dataclasses.replace(offer, where="") for offer in iter_offers(path, log)}
    return offers, log


@pytest.fixture
def good(tmp_path: Path) -> dict[str, RawOffer]:
    path = tmp_path / "good.csv"
    path.write_text("\n".join(lines([HEADER, *ROWS])), encoding="utf-8")
    offers, log = read(path)
    assert len(offers) == len(ROWS)
    assert not log.problems
    return offers


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_csv(tmp_path: Path, good: dict[str, RawOffer], name: str, seed: int) -> None:
    rng = random.Random(f"{name} {seed}")  # noqa: S311 -- a test's dice
    written = lines([HEADER, *ROWS])
    hit = sorted(rng.sample(range(2, len(written)), rng.randint(1, 4)))
    for n in hit:
        written[n] = DAMAGES[name](written[n], rng)
    starts = [1 + sum(line.count("\n") + 1 for line in written[:n]) for n in range(len(written))]
    path = tmp_path / "bad.csv"
    path.write_bytes("\n".join(written).encode("utf-8", "surrogateescape"))
    offers, log = read(path)
    untouched = {ROWS[n - 1][0] for n in range(1, len(written)) if n not in hit}
    assert {i: offers[i] for i in untouched if i in offers} == {i: good[i] for i in untouched}
    reported = {p.where for p in log.problems}
    assert {f"ligne {starts[n]}" for n in hit} <= reported


@pytest.mark.parametrize("seed", range(40))
def test_random_bytes_in_a_csv(tmp_path: Path, good: dict[str, RawOffer], seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 -- a test's dice
    written = [line.encode() for line in lines([HEADER, *ROWS])]
    hit = rng.sample(range(2, len(written)), 3)
    for n in hit:
        line = bytearray(written[n])
        for _ in range(rng.randint(1, 4)):
            line[rng.randrange(len(line))] = rng.randrange(256)
        written[n] = bytes(line)
    path = tmp_path / "bad.csv"
    path.write_bytes(b"\n".join(written))
    offers, _ = read(path)
    untouched = {ROWS[n - 1][0] for n in range(1, len(written)) if n not in hit}
    assert {i: offers[i] for i in untouched if i in offers} == {i: good[i] for i in untouched}


@pytest.mark.parametrize("seed", range(40))
def test_any_garbage_is_read_or_refused(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 -- a test's dice
    content = bytearray("\n".join(lines([HEADER, *ROWS])).encode(rng.choice(["utf-8", "cp1252", "utf-16"])))
    for _ in range(rng.randint(1, 200)):
        content[rng.randrange(len(content))] = rng.randrange(256)
    path = tmp_path / "bad.csv"
    path.write_bytes(content[: rng.randrange(len(content))])
    try:
        read(path)
    except GeoIntegrationError as error:
        assert error.way_out  # noqa: PT017 -- both outcomes are right


GARBAGE = [None, True, 12.5, -1, "#N/A", "=1/0", "x" * 30_000, "2026-02-31", "😀", "\u202e", 1e300]


@pytest.mark.parametrize("seed", range(40))
def test_damaged_workbook(tmp_path: Path, good: dict[str, RawOffer], seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 -- a test's dice
    path = write_xlsx(tmp_path / "bad.xlsx", [HEADER, *ROWS])
    book = openpyxl.load_workbook(path)
    hit = rng.sample(range(2, len(ROWS) + 2), 4)
    for row in hit:
        book.active.cell(row, rng.randint(3, 6)).value = rng.choice(GARBAGE)
        book.active.cell(row, rng.choice([1, 2])).value = None
    book.active.cell(hit[0], 30).value = "note en marge"
    book.save(path)
    offers, log = read(path)
    untouched = {ROWS[row - 2][0] for row in range(2, len(ROWS) + 2) if row not in hit}
    assert {i: offers[i] for i in untouched if i in offers} == {i: good[i] for i in untouched}
    assert {f"feuille Feuille, ligne {row}" for row in hit} <= {p.where for p in log.problems}


@pytest.mark.parametrize("seed", range(40))
def test_damaged_workbook_bytes(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 -- a test's dice
    path = write_xlsx(tmp_path / "bad.xlsx", [HEADER, *ROWS])
    content = bytearray(path.read_bytes())
    for _ in range(rng.randint(1, 20)):
        content[rng.randrange(len(content))] = rng.randrange(256)
    path.write_bytes(content[: rng.choice([len(content), rng.randrange(1, len(content))])])
    try:
        read(path)
    except GeoIntegrationError as error:
        assert error.way_out  # noqa: PT017 -- both outcomes are right
