"""What an analysis leaves: the GeoJSON answer, with all that must be known of it, and the files asked for."""

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from geo_integration.disclosure import Viewer
from geo_integration.exports.meta import Meta
from geo_integration.exports.result import Result
from geo_integration.exports.result_files import write_result
from geo_integration.jobs import outputs, pictures
from geo_integration.jobs.gaps import Gaps
from geo_integration.vocabulary import Engine, NeedBasis
from geo_integration.work.pinned import Pinned, is_public

GEOJSON = "application/geo+json"
MEDIA_TYPES = {
    "csv": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gpkg": "application/geopackage+sqlite3",
    "html": "text/html; charset=utf-8",
}
"""Media type of each file one may ask for; CSV files come together, with their note, in one archive."""

_OPENING = b'{"type":"FeatureCollection",\n'
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""Date of every file of an archive: same answer, same bytes."""
_OUTLINED = frozenset({Engine.OUTLINE.value, Engine.TIMETABLE_OUTLINE.value})
_OBSERVED = frozenset({NeedBasis.OFFICIAL.value, NeedBasis.SYNTHETIC.value})


@dataclass(frozen=True)
class Produced:
    """One output of a process, in a file."""

    name: str
    media_type: str
    path: Path


def about(meta: Meta, table: pd.DataFrame, pinned: Pinned, viewer: Viewer) -> dict[str, Any]:
    """Return what must be known of an answer, as ``api.answers.About``.

    Parameters
    ----------
    meta : of the answer.
    table : its figures; their ``need_basis`` says whether they are estimates.
    pinned : what they were read from.
    viewer : who it is for: the versions of layers about people are told to who loaded them only.
    """
    at = pinned.published_at()
    outline = meta["engine"] in _OUTLINED
    return {
        "sources": [dict(source) for source in meta["sources"]],
        "as_of": meta["as_of"],
        "published_at": at.isoformat() if at is not None else None,
        "snapshots": {
            name: snapshot
            for name, snapshot in sorted(pinned.read_from.items())
            if viewer.sees_everything or is_public(name)
        },
        "method": meta["method"],
        "bounds": list(meta.get("bounds", [])),
        "notes": [*meta["disclaimer"], *meta["notes"]],
        "estimated": outline or _estimated(table),
        "outline": outline,
        "synthetic": meta["synthetic"],
    }


def _estimated(table: pd.DataFrame) -> bool:
    if "need_basis" not in table:
        return False
    said = {part for basis in table["need_basis"].dropna().unique() for part in str(basis).split("+")}
    return bool(said - _OBSERVED)


def of_result(
    result: Result, formats: Sequence[str], *, pinned: Pinned, viewer: Viewer, folder: Path
) -> list[Produced]:
    """Write an answer: ``result``, ``points`` where it has places, and each format asked for."""
    said = about(result.meta, result.table, pinned, viewer)
    first, *points = write_result(result, folder / "result.geojson")
    _tell(first, said)
    produced = [Produced("result", GEOJSON, first), *(Produced("points", GEOJSON, path) for path in points)]
    return produced + _files(formats, lambda name: write_result(result, name), result.name, folder)


def of_gaps(found: Gaps, formats: Sequence[str], *, pinned: Pinned, viewer: Viewer, folder: Path) -> list[Produced]:
    """Write the coverage of a territory, as :func:`of_result`."""

    def write(path: Path) -> list[Path]:
        if path.suffix == ".html":
            pictures.write(found, path, tiles=None)
        else:
            outputs.write(found, path)
        return [path]

    (first,) = write(folder / "result.geojson")
    _tell(first, about(outputs.describe(found.studied), found.coverage, pinned, viewer))
    return [Produced("result", GEOJSON, first), *_files(formats, write, "gaps", folder)]


def _files(formats: Sequence[str], write: Callable[[Path], list[Path]], name: str, folder: Path) -> list[Produced]:
    produced = []
    for wanted in dict.fromkeys(formats):
        paths = write(folder / f"{name}.{wanted}")
        path = _packed(paths, folder / f"{name}-csv.zip") if wanted == "csv" else paths[0]
        produced.append(Produced(wanted, MEDIA_TYPES[wanted], path))
    return produced


def _tell(path: Path, said: dict[str, Any]) -> None:
    """Put what must be known before everything else of a feature collection."""
    content = path.read_bytes()
    if not content.startswith(_OPENING):  # pragma: no cover -- what exports write
        raise ValueError("not a feature collection of ours")
    told = json.dumps(said, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    path.write_bytes(_OPENING + f'"about":{told},\n'.encode() + content[len(_OPENING) :])


def _packed(paths: Sequence[Path], target: Path) -> Path:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            info = zipfile.ZipInfo(path.name, _LONG_AGO)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, path.read_bytes())
    target.write_bytes(buffer.getvalue())
    return target
