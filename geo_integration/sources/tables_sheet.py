"""XLSX, XLSM, XLS and ODS workbooks, read with calamine; hostile ones are refused before they are opened."""

import re
import zipfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import python_calamine as calamine

from geo_integration.errors import InputRefusedError
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.rows import Record, TableRows, normalise, with_header

MAX_UNPACKED_BYTES = 600_000_000
"""Most bytes a workbook may unpack to: calamine holds a sheet whole."""
MAX_CELLS = 20_000_000
"""Most cells between the first and the last one of a sheet, blanks included."""

_BLOCK = 1 << 20
_OVERLAP = 64
_CELL = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_REPEATED = re.compile(rb'number-(columns|rows)-repeated="(\d+)"[^<>]*office:value-type')
_MAX_REPEATED = 10_000


def read_sheet(path: Path, log: ProblemLog, sheet: str | None = None, expected: Collection[str] = ()) -> TableRows:
    """Read one sheet: the one named, else the first visible one that holds data (others are noted).

    Raises InputRefusedError when the workbook is damaged, protected, out of proportion or lacks the sheet.
    """
    _refuse_bombs(path)
    workbook = _open(path)
    name = _named(workbook, sheet, path) if sheet else _first(workbook, log, path)
    table = _load(workbook, name, path)
    return with_header(
        _records(table, name),
        file=path.name,
        kind="spreadsheet",
        detail=f"feuille {name}",
        log=log,
        expected=expected,
    )


def sheet_names(path: Path) -> tuple[str, ...]:
    """Return the names of the sheets of a workbook."""
    _refuse_bombs(path)
    return tuple(_open(path).sheet_names)


def _open(path: Path) -> Any:  # noqa: ANN401 -- calamine has no usable types for mypy here
    try:
        return calamine.CalamineWorkbook.from_path(path)
    except calamine.PasswordError as error:
        raise InputRefusedError(
            "classeur protégé par un mot de passe", where=path.name, way_out="l'enregistrer sans mot de passe"
        ) from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> InputRefusedError:
    return InputRefusedError(
        f"classeur illisible ({error})",
        where=path.name,
        way_out="l'ouvrir dans un tableur et l'enregistrer de nouveau en XLSX ou en CSV",
    )


def _named(workbook: Any, sheet: str, path: Path) -> str:  # noqa: ANN401 -- as above
    for name in workbook.sheet_names:
        if normalise(name) == normalise(sheet):
            return str(name)
    present = ", ".join(workbook.sheet_names)
    raise InputRefusedError(f"feuille absente : {sheet}", where=path.name, way_out=f"feuilles du classeur : {present}")


def _first(workbook: Any, log: ProblemLog, path: Path) -> str:  # noqa: ANN401 -- as above
    visible = [m.name for m in workbook.sheets_metadata if m.visible == calamine.SheetVisibleEnum.Visible]
    filled = [name for name in visible if _load(workbook, name, path).start is not None]
    if not filled:
        raise InputRefusedError("classeur vide", where=path.name, way_out="vérifier que le bon fichier a été donné")
    for name in filled[1:]:
        log.drop(f"feuille {name}", "", "", f"feuille non lue (lue : {filled[0]}) ; la nommer pour la lire")
    return str(filled[0])


def _load(workbook: Any, name: str, path: Path) -> Any:  # noqa: ANN401 -- as above
    try:
        return workbook.get_sheet_by_name(name)
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise _damaged(path, error) from error


def _records(table: Any, name: str) -> Iterator[Record]:  # noqa: ANN401 -- as above
    if table.start is None:
        return
    for line, cells in enumerate(table.iter_rows(), start=1):
        yield Record(f"feuille {name}, ligne {line}", cells)


def _refuse_bombs(path: Path) -> None:
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_large(archive, path)
            for member in archive.infolist():
                if re.search(r"(worksheets/[^/]+|content)\.xml$", member.filename):
                    _refuse_far_cells(archive, member, path)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise _damaged(path, error) from error


def _refuse_large(archive: zipfile.ZipFile, path: Path) -> None:
    if sum(member.file_size for member in archive.infolist()) > MAX_UNPACKED_BYTES:
        raise _out_of_proportion(path, f"plus de {MAX_UNPACKED_BYTES // 1_000_000} Mo une fois décompressé")


def _refuse_far_cells(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> None:
    """Refuse a sheet whose cells span more than memory: calamine allots every cell in between."""
    last_row = last_column = read = 0
    tail = b""
    with archive.open(member) as stream:
        while block := stream.read(_BLOCK):
            read += len(block)
            if read > MAX_UNPACKED_BYTES:  # the archive lied about the size
                raise _out_of_proportion(path, f"plus de {MAX_UNPACKED_BYTES // 1_000_000} Mo une fois décompressé")
            chunk = tail + block
            tail = chunk[-_OVERLAP:]
            for letters, row in _CELL.findall(chunk):
                last_row = max(last_row, int(row))
                last_column = max(last_column, _column_number(letters))
            if any(int(count) > _MAX_REPEATED for _, count in _REPEATED.findall(chunk)):
                raise _out_of_proportion(path, f"une cellule répétée plus de {_MAX_REPEATED} fois")
    if last_row * last_column > MAX_CELLS:
        raise _out_of_proportion(path, f"des cellules jusqu'à la ligne {last_row} et la colonne {last_column}")


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _out_of_proportion(path: Path, what: str) -> InputRefusedError:
    return InputRefusedError(
        f"classeur démesuré : {what}",
        where=path.name,
        way_out="copier les seules lignes utiles dans un classeur neuf, ou exporter en CSV",
    )
