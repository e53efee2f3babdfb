"""CSV, TSV and other separated texts, gzipped or not, in any encoding: read record by record.

A record that cannot be read costs its own first line only: reading resumes at the next physical line, so
that a quotation mark never closed does not swallow the rest of the file.
"""

import codecs
import csv
import gzip
import re
import zlib
from collections import Counter, deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, TextIO, cast

import charset_normalizer

from geo_integration.errors import InputRefusedError
from geo_integration.settings import settings
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.rows import Record, TableRows, normalise, with_header

MAX_UNPACKED_BYTES = 8_000_000_000
"""Longest gzipped text accepted once unpacked."""

_SEPARATORS = ";,\t|"
_BLOCK = 1 << 20
_SAMPLE_BYTES = 1 << 16
_SAMPLE_LINES = 60
_LINE_CELLS = 40
"""A physical line may be this many times the longest cell."""
_UTF16_NULS = 0.2
_UNREADABLE = "\udc80"
"""Stands for bytes that the encoding does not know; never found in a readable text."""
_FRENCH_ENCODINGS = ["cp1252", "mac_roman", "cp850"]

codecs.register_error("geo_integration.mark", lambda error: (_UNREADABLE, cast("UnicodeDecodeError", error).end))


def read_text(path: Path, log: ProblemLog, expected: Collection[str] = ()) -> TableRows:
    """Read a separated text; encoding and separator are found, and named in ``detail``."""
    encoding = find_encoding(path)
    separator, skipped = _find_separator(path, encoding, expected)
    label = {"\t": "tabulation"}.get(separator, separator)
    return with_header(
        _records(path, encoding, separator, skipped),
        file=path.name,
        kind="text",
        detail=f"{encoding}, séparateur « {label} »",
        log=log,
        expected=expected,
    )


def open_text(path: Path, encoding: str) -> TextIO:
    """Open a text, gzipped or not; unreadable bytes become a mark that :func:`unreadable` finds."""
    with path.open("rb") as stream:
        zipped = stream.read(2) == b"\x1f\x8b"
    errors = "geo_integration.mark"
    if zipped:
        return cast("TextIO", gzip.open(path, "rt", encoding=encoding, errors=errors, newline=""))
    return path.open(encoding=encoding, errors=errors, newline="")


def unreadable(text: str) -> bool:
    """Tell whether the text held bytes that its encoding does not know."""
    return _UNREADABLE in text


def lines_of(path: Path, encoding: str) -> Iterator[str]:
    """Give the physical lines of a text; InputRefusedError when it is damaged or out of all proportion."""
    limit = settings().max_cell_characters * _LINE_CELLS
    size = 0
    try:
        with open_text(path, encoding) as stream:
            while line := stream.readline(limit):
                size += len(line)
                if len(line) == limit or size > MAX_UNPACKED_BYTES:
                    raise InputRefusedError(
                        f"ligne ou fichier démesuré (plus de {limit} caractères sur une ligne)",
                        where=path.name,
                        way_out="vérifier que le fichier est bien un tableau en texte (CSV)",
                    )
                yield line
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(path, error) from error


def find_encoding(path: Path) -> str:
    """Return the encoding of a text: byte order mark, UTF-16, UTF-8, else the likeliest of French ones.

    A text that is UTF-8 but for a few damaged bytes stays UTF-8: its damaged rows are rejected one by one.
    """
    with open_bytes(path) as stream:
        head = stream.read(_SAMPLE_BYTES)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) > _UTF16_NULS * len(head) / 2:
        return "utf-16-le" if odd > even else "utf-16-be"
    return _single_byte_or_utf8(path)


def _single_byte_or_utf8(path: Path) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")(errors="geo_integration.mark")
    good = bad = 0
    sample = bytearray()
    with open_bytes(path) as stream:
        while block := stream.read(_BLOCK):
            text = decoder.decode(block)
            if text.isascii():
                continue
            marks = text.count(_UNREADABLE)
            bad += marks
            good += len(text) - len(text.encode("ascii", "ignore")) - marks
            if marks and len(sample) < _SAMPLE_BYTES:
                sample += b"\n".join(line for line in block.splitlines() if not line.isascii())[:_SAMPLE_BYTES]
    if bad <= good:
        return "utf-8"
    best = charset_normalizer.from_bytes(bytes(sample), cp_isolation=_FRENCH_ENCODINGS).best()
    return best.encoding if best else "cp1252"


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Open a file as bytes, unpacked where it is gzipped; InputRefusedError when it is damaged."""
    with path.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        try:
            yield cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if zipped else raw
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> InputRefusedError:
    return InputRefusedError(
        f"fichier endommagé ou illisible ({error})", where=path.name, way_out="le télécharger de nouveau"
    )


def _find_separator(path: Path, encoding: str, expected: Collection[str]) -> tuple[str, int]:
    """Return the separator, and how many lines to skip (Excel's ``sep=;``)."""
    lines = list(islice(lines_of(path, encoding), _SAMPLE_LINES))
    if lines and (stated := re.fullmatch(r'"?sep=(.)"?', lines[0].strip())):
        return stated[1], 1
    wanted = {normalise(name) for name in expected}
    scores = {s: _separator_score(lines, s, wanted) for s in _SEPARATORS}
    best = max(_SEPARATORS, key=lambda s: scores[s])
    return best if scores[best][0] or scores[best][1] > 0 else ";", 0


def _separator_score(lines: list[str], separator: str, wanted: set[str]) -> tuple[int, float, float]:
    """Rate a separator: expected names found in one record; how early and how steadily it makes columns."""
    try:
        records = [r for r in csv.reader(lines, delimiter=separator) if any(r)]
    except csv.Error:
        return 0, 0.0, 0.0
    hits = max((len(wanted & {normalise(c) for c in r}) for r in records), default=0)
    widths = Counter(len(r) for r in records if len(r) > 1)
    if not widths:
        return hits, 0.0, 0.0
    width, count = widths.most_common(1)[0]
    first = next(i for i, r in enumerate(records) if len(r) > 1)
    return hits, 1 / (1 + first) + count / len(records), width


class _Lines:
    """Physical lines with their number; lines can be given back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._back: deque[str] = deque()
        self.number = 0

    def take(self) -> str | None:
        line = self._back.popleft() if self._back else next(self._lines, None)
        if line is not None:
            self.number += 1
        return line

    def give_back(self, lines: list[str]) -> None:
        self._back.extendleft(reversed(lines))
        self.number -= len(lines)


def _records(path: Path, encoding: str, separator: str, skipped: int) -> Iterator[Record]:
    lines = _Lines(lines_of(path, encoding))
    for _ in range(skipped):
        lines.take()
    # csv has one limit for the whole process: it is only ever raised; cells are checked in rows.py
    csv.field_size_limit(max(csv.field_size_limit(), settings().max_cell_characters))
    width = steady = 0
    while True:
        start = lines.number + 1
        taken: list[str] = []
        cells, fault = _one_record(lines, separator, taken)
        if not taken:
            return
        text = "".join(taken)
        if not fault and steady > 1 and len(taken) > 1 and len(cells) != width:
            fault = "guillemet ouvert et jamais refermé, ou ligne coupée"
        if fault:
            lines.give_back(taken[1:])
        elif "\0" in text:
            fault = "caractère nul dans la ligne"
        elif unreadable(text):
            fault = f"octets illisibles en {encoding}"
        if not fault and len(cells) > 1 and steady <= 1:  # two records of one width in a row settle it
            width, steady = len(cells), steady + 1 if len(cells) == width else 1
        yield Record(f"ligne {start}", [c.replace(_UNREADABLE, "\ufffd") for c in cells], fault)


def _one_record(lines: _Lines, separator: str, taken: list[str]) -> tuple[list[str], str]:
    """Read one record; ``taken`` receives the physical lines it used."""
    limit = settings().max_cell_characters

    def feed() -> Iterator[str]:
        size = 0
        while (line := lines.take()) is not None:
            taken.append(line)
            size += len(line) if len(taken) > 1 else 0
            if size > limit:
                return  # a quotation mark still open after that many characters was never closed
            yield line

    try:
        return next(csv.reader(feed(), delimiter=separator, strict=True), []), ""
    except csv.Error as error:
        return [], f"guillemets mal placés ou jamais refermés ({error})"
