"""Any table as rows: the one door of every reader, whatever the file's format.

The format is read from the file's first bytes, not from its name: exports called ``.xls`` are often CSV.
"""

import zipfile
from collections.abc import Callable, Collection
from pathlib import Path

from geo_integration.errors import InputRefusedError
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.rows import Row, TableRows

__all__ = ["Row", "TableRows", "read_rows"]

_HEAD = 4096
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ACCEPTED = "CSV, TSV, XLSX, XLS, ODS, JSON, JSONL, Parquet, GeoJSON, GeoPackage, Shapefile"


def read_rows(path: Path, *, sheet: str | None = None, log: ProblemLog, expected: Collection[str] = ()) -> TableRows:
    """Open a table and give its rows one at a time, with their position.

    Parameters
    ----------
    path : CSV, TSV or TXT in any encoding (``.gz`` too), XLSX, XLSM, XLS, ODS, JSON, JSONL, Parquet, GeoJSON,
        GeoPackage, Shapefile.
    sheet : sheet of a workbook, layer of a GeoPackage, or name of the list in a JSON object.
    log : receives the rows that cannot be read and the columns put right.
    expected : column names that help to find header and separator; none of them is required.

    Returns
    -------
    The columns and an iterator of rows: ``ligne 12``, ``feuille Offres, ligne 12`` or ``entité 12``.
    Texts are read as a stream, never held whole.

    Raises
    ------
    InputRefusedError : no such file, unknown format, damaged, protected or out of proportion.
    """
    from geo_integration.sources import tables_records, tables_sheet, tables_text  # noqa: PLC0415 -- heavy imports

    readers: dict[str, Callable[[], TableRows]] = {
        "text": lambda: tables_text.read_text(path, log, expected),
        "spreadsheet": lambda: tables_sheet.read_sheet(path, log, sheet, expected),
        "json": lambda: tables_records.read_json(path, log, sheet),
        "jsonl": lambda: tables_records.read_jsonl(path, log),
        "parquet": lambda: tables_records.read_parquet(path, log),
        "geography": lambda: tables_records.read_geography(path, log, sheet),
    }
    return readers[find_format(path)]()


def find_format(path: Path) -> str:
    """Return text, spreadsheet, json, jsonl, parquet or geography; InputRefusedError for anything else."""
    head = _head(path)
    suffixes = [suffix.lower() for suffix in path.suffixes]
    suffix = next((s for s in reversed(suffixes) if s != ".gz"), "")
    if head.startswith(b"PK\x03\x04"):
        return _zipped(path)
    if head.startswith(_OLE):
        return "spreadsheet"
    if b"<ogr" in head.lower():  # whatever its name says, GDAL would open the files and addresses it names
        raise InputRefusedError(
            "source virtuelle : ce fichier en désigne d'autres",
            where=path.name,
            way_out="donner les données elles-mêmes",
        )
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"SQLite format 3") or suffix == ".shp":
        return "geography"
    if head.startswith(b"%PDF") or head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        kind = "PDF" if head.startswith(b"%PDF") else "XML ou HTML"
        raise InputRefusedError(
            f"{kind} : ce n'est pas un tableau", where=path.name, way_out=f"formats acceptés : {_ACCEPTED}"
        )
    return _textual(head, suffix)


def _head(path: Path) -> bytes:
    from geo_integration.sources.tables_text import open_bytes  # noqa: PLC0415 -- as above

    if path.is_dir():
        raise InputRefusedError("c'est un dossier", where=str(path), way_out="donner un fichier")
    try:
        with open_bytes(path) as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        raise InputRefusedError(
            f"lecture impossible ({error.strerror or error})",
            where=str(path),
            way_out="vérifier le chemin et les droits du fichier",
        ) from error
    if not head.strip():
        raise InputRefusedError("fichier vide", where=path.name, way_out="vérifier l'export")
    return head


def _zipped(path: Path) -> str:
    """Tell a workbook from any other archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InputRefusedError(
            f"classeur ou archive endommagé ({error})", where=path.name, way_out="le télécharger de nouveau"
        ) from error
    if "content.xml" in names or any(name.startswith("xl/") for name in names):
        return "spreadsheet"
    raise InputRefusedError(
        "archive ZIP", where=path.name, way_out=f"en extraire le fichier voulu ; formats acceptés : {_ACCEPTED}"
    )


def _textual(head: bytes, suffix: str) -> str:
    start = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t")
    if suffix in {".jsonl", ".ndjson"}:
        return "jsonl"
    if suffix == ".geojson" or (start.startswith(b"{") and b"FeatureCollection" in head):
        return "geography"
    if start.startswith(b"[{") or (start.startswith((b"[", b"{")) and suffix == ".json"):
        return "jsonl" if start.startswith(b"{") and _ends_object_on_line(start) else "json"
    if start.startswith(b'{"'):
        return "jsonl"
    return "text"


def _ends_object_on_line(start: bytes) -> bool:
    first, _, rest = start.partition(b"\n")
    return first.rstrip().endswith(b"}") and rest.lstrip().startswith(b"{")
