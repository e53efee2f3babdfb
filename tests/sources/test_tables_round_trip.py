"""Any table of texts, written as CSV or as a workbook in any way, is read back equal."""

import csv
import io
from pathlib import Path

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_samples import write_xlsx

from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.rows import clean
from geo_integration.sources.tables import read_rows

TEXTS = st.text(st.characters(codec="cp1252", exclude_categories=["Cc"], include_characters="\n"), max_size=12)
TABLES = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(TEXTS, min_size=width, max_size=width), min_size=1, max_size=6)
)
RELAXED = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def expected(table: list[list[str]], columns: list[str]) -> list[dict]:
    cleaned = [[clean(cell) for cell in row] for row in table]
    return [dict(zip(columns, row, strict=True)) for row in cleaned if any(cell is not None for cell in row)]


@RELAXED
@given(
    table=TABLES,
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    separator=st.sampled_from(";,\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_any_csv_is_read_back(
    tmp_path: Path, table: list[list[str]], encoding: str, separator: str, quoting: int, end: str
) -> None:
    columns = [f"colonne_{chr(97 + n)}é" for n in range(len(table[0]))]
    stream = io.StringIO()
    csv.writer(stream, delimiter=separator, quoting=quoting, lineterminator=end).writerows([columns, *table])
    path = tmp_path / "a.csv"
    path.write_bytes(stream.getvalue().encode(encoding))
    log = ProblemLog(path.name)
    found = [dict(row.cells) for row in read_rows(path, log=log, expected=columns)]
    if encoding == "cp1252":  # which single-byte encoding it is can only be guessed: shapes must hold
        assert [len(row) for row in found] == [len(row) for row in expected(table, columns)]
    else:
        assert found == expected(table, columns)
        assert not log.problems


PRINTABLE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn"]), max_size=12)


@RELAXED
@given(
    table=st.lists(st.lists(PRINTABLE, min_size=3, max_size=3), min_size=1, max_size=5),
    kind=st.sampled_from(["xlsx", "ods"]),
)
def test_any_workbook_is_read_back(tmp_path: Path, table: list[list[str]], kind: str) -> None:
    columns = ["première", "deuxième", "troisième"]
    frame = pd.DataFrame(table, columns=columns, dtype=object)
    if kind == "xlsx":
        frame = frame.map(lambda text: "'" + text if text.startswith("=") else text)  # else it is a formula
        write_xlsx(tmp_path / "a.xlsx", [columns, *frame.to_numpy().tolist()])
    else:
        frame.to_excel(tmp_path / "a.ods", index=False, engine="odf")
    path = tmp_path / f"a.{kind}"
    found = [dict(row.cells) for row in read_rows(path, log=ProblemLog(path.name))]
    wanted = expected(frame.to_numpy().tolist(), columns)
    if kind == "ods":  # ODF writes runs of blanks as one
        wanted, read = ([{k: " ".join(str(v).split()) for k, v in r.items()} for r in t] for t in (wanted, found))
        assert read == wanted
    else:
        assert found == wanted
