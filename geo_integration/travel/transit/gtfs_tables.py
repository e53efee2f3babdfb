"""One file of a feed as a table of texts, and texts as numbers, hours and dates.

The fast way is pyarrow; a file that is not quite regular (rows too short or too long, blank lines before
the header) goes the slow way, row by row, which knows what to repair and on which line a fault stands.
"""

import csv
import io
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from geo_integration.travel.transit.gtfs_problems import Integers, Log

BLANK = -1
"""An hour or a number that is not given."""
BAD = -2
"""An hour or a number that cannot be read."""

_TIME = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)")
_NUMBER = re.compile(r"\d{1,9}")
_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_BLOCK_BYTES = 1 << 26
_RESAVE = "corriger la ligne, ou demander au transporteur un fichier conforme"


@dataclass(frozen=True)
class Table:
    """A file of a feed: texts only, stripped, "" where nothing is given.

    Attributes
    ----------
    file : name inside the feed.
    frame : the columns asked for, all of them, in the order of the file's rows.
    present : the columns asked for that the file has.
    content : the bytes, to find lines again when there is something to say about them.
    """

    file: str
    frame: pd.DataFrame
    present: frozenset[str]
    content: bytes = b""

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.frame)

    def __getitem__(self, column: str) -> "pd.Series[str]":
        """Return a column."""
        return self.frame[column]

    def lines(self, rows: Integers) -> list[int]:
        """Return the line of the file on which each row begins (the header is usually line 1)."""
        starts: list[int] = []
        reader = csv.reader(io.StringIO(_decoded(self.content)[0], newline=""))
        before = 0
        for record in reader:
            if not _is_blank(record):
                starts.append(before + 1)
            before = reader.line_num
        return [starts[row + 1] if row + 1 < len(starts) else 0 for row in rows]

    def values(self, column: str, rows: Integers) -> list[str]:
        """Return the values of a column at some rows, "" where the column is absent."""
        if column not in self.frame:
            return ["" for _ in rows]
        return [str(value) for value in self.frame[column].to_numpy()[rows]]


def read_table(file: str, content: bytes, *, required: Collection[str], optional: Collection[str], log: Log) -> Table:
    """Read the columns named, whatever the order, the quoting and the end of lines.

    Columns that are required and absent, rows longer than the header and broken quotes are faults, in the log.
    """
    wanted = [*required, *optional]
    empty = Table(file, _empty(wanted), frozenset(), content)
    text, encoding = _decoded(content)
    if encoding != "utf-8":
        log.note("encoding", f"lu en {encoding} : le GTFS doit être en UTF-8", file)
    if "\0" in text:
        log.refuse_file(file, "octets nuls : ce n'est pas un CSV en UTF-8", "l'enregistrer en UTF-8")
        return empty
    header = _header(text)
    if not header:
        log.refuse_file(file, "fichier vide", "demander au transporteur un fichier complet")
        return empty
    if repeated := sorted({name for name in wanted if header.count(name) > 1}):
        log.refuse_file(file, "colonne donnée deux fois", "n'en garder qu'une", column=repeated[0], line=1)
        return empty
    if missing := [name for name in required if name not in header]:
        for name in missing:
            way = f"ajouter la colonne ; celles du fichier : {', '.join(header)}"
            log.refuse_file(file, "colonne obligatoire absente", way, column=name, line=1)
        return empty
    names = [name for name in wanted if name in header]
    frame = _quick(text, header, names) if encoding == "utf-8" else None
    if frame is None:
        frame = _careful(file, text, header, names, log)
    for name in wanted:
        frame[name] = frame[name].str.strip() if name in frame else pd.Series("", index=frame.index, dtype="str")
    return Table(file, frame[wanted], frozenset(names), content)


def _empty(columns: Collection[str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series([], dtype="str") for name in columns})


def no_table(file: str, columns: Collection[str]) -> Table:
    """Return the table of a file that is absent."""
    return Table(file, _empty(columns), frozenset())


def _decoded(content: bytes) -> tuple[str, str]:
    """Return the text and its encoding: UTF-8 as the standard wants, else Windows-1252."""
    try:
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace"), "windows-1252"


def _is_blank(record: list[str]) -> bool:
    return not record or (len(record) == 1 and not record[0].strip())


def _header(text: str) -> list[str]:
    for record in csv.reader(io.StringIO(text, newline="")):
        if not _is_blank(record):
            return [name.strip() for name in record]
    return []


def _quick(text: str, header: list[str], names: list[str]) -> pd.DataFrame | None:
    """Read with pyarrow; None when a row has not as many fields as the header, or anything else is odd."""
    columns = [f"{position}:{name}" for position, name in enumerate(header)]
    chosen = [columns[header.index(name)] for name in names]
    first = text.split("\n", 1)[0]
    if [name.strip() for name in next(csv.reader([first]), [])] != header:
        return None  # blank lines before the header, or a header on two lines
    try:
        table = pacsv.read_csv(
            io.BytesIO(text.encode()),
            read_options=pacsv.ReadOptions(column_names=columns, skip_rows=1, block_size=_BLOCK_BYTES),
            parse_options=pacsv.ParseOptions(newlines_in_values='"' in text),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(chosen, pa.string()), include_columns=chosen, strings_can_be_null=False
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return None
    return pd.DataFrame(
        {name: pd.Series(table[column].to_pandas(), dtype="str") for name, column in zip(names, chosen, strict=True)}
    )


def _careful(file: str, text: str, header: list[str], names: list[str], log: Log) -> pd.DataFrame:
    """Read row by row: short rows are filled with blanks, long ones are faults."""
    rows, starts = _records(file, text, log)
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    # A comma at the end of every row is a habit; on some rows only, fields have shifted.
    habit = len(rows) > 0 and len(set(lengths)) == 1 and not any("".join(row[len(header) :]).strip() for row in rows)
    for row in [] if habit else np.flatnonzero(lengths > len(header)):
        what = f"{lengths[row]} champs au lieu de {len(header)} : une virgule sans guillemets, sans doute"
        log.refuse_file(file, what, _RESAVE, line=starts[row])
    if short := int((lengths < len(header)).sum()):
        log.note("short_rows", "lignes plus courtes que l'en-tête : les derniers champs sont vides", file, short)
    positions = [header.index(name) for name in names]
    kept = [[row[position] if position < len(row) else "" for position in positions] for row in rows]
    return pd.DataFrame(kept, columns=names, dtype="str")


def _records(file: str, text: str, log: Log) -> tuple[list[list[str]], list[int]]:
    """Return the rows under the header that are not blank, and the lines where they begin."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[str]] = []
    starts: list[int] = []
    line = 0
    try:
        for record in reader:
            line, start = reader.line_num, line + 1
            if not _is_blank(record):
                rows.append(record)
                starts.append(start)
    except csv.Error as error:
        log.refuse_file(file, f"CSV illisible ({error})", _RESAVE, line=line + 1)
    return rows[1:], starts[1:]


def seconds(column: "pd.Series[str]") -> Integers:
    """Return the seconds of hours ``HH:MM:SS`` (24 and more allowed), :data:`BLANK` or :data:`BAD`."""
    return _by_unique(column, _seconds)


def whole_numbers(column: "pd.Series[str]", *, blank: int = BLANK) -> Integers:
    """Return numbers of at most nine digits, ``blank`` where nothing is given, or :data:`BAD`."""
    return _by_unique(column, lambda text: _number(text, blank))


def days(column: "pd.Series[str]") -> NDArray[np.datetime64]:
    """Return days written ``YYYYMMDD``; NaT where there is no such day."""
    numbers = _by_unique(column, _day)
    return np.where(numbers < 0, np.datetime64("NaT", "D"), numbers.astype("datetime64[D]"))


def degrees(column: "pd.Series[str]") -> NDArray[np.float64]:
    """Return decimal numbers; NaN where nothing is given, infinite where the text is no number."""
    codes, uniques = pd.factorize(column)
    values = np.array([_degree(str(text)) for text in uniques], dtype=np.float64)
    return values[codes] if len(values) else np.zeros(0)


def _by_unique(column: "pd.Series[str]", read: Callable[[str], int]) -> Integers:
    """Read each distinct text once: a timetable repeats its hours."""
    codes, uniques = pd.factorize(column)
    values = np.array([read(str(text)) for text in uniques], dtype=np.int64)
    return values[codes] if len(values) else np.zeros(0, dtype=np.int64)


def _seconds(text: str) -> int:
    if not text:
        return BLANK
    found = _TIME.fullmatch(text)
    return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3]) if found and text.isascii() else BAD


def _number(text: str, blank: int) -> int:
    if not text:
        return blank
    return int(text) if _NUMBER.fullmatch(text) and text.isascii() else BAD


def _day(text: str) -> int:
    found = _DATE.fullmatch(text)
    if not found or not text.isascii():
        return BAD
    try:
        return (
            int(np.datetime64(f"{found[1]}-{found[2]}-{found[3]}", "D").astype(np.int64)) if found[1] >= "1970" else BAD
        )
    except ValueError:
        return BAD


def _degree(text: str) -> float:
    if not text:
        return float("nan")
    try:
        value = float(text)
    except ValueError:
        return float("inf")
    return value if np.isfinite(value) else float("inf")
