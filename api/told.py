"""What several routes tell alike: layers a caller may know of, where figures come from, the form asked for."""

import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from fastapi import Request

from api.answers import JSON, About, dumps, etag_of
from api.caller import Caller
from geo_integration.errors import OptionError
from geo_integration.exports import write_csv
from geo_integration.exports.geojson import published
from geo_integration.exports.headings import Heading
from geo_integration.exports.values import cells
from geo_integration.layers import LAYERS
from geo_integration.schema import WGS84
from geo_integration.store import HistoryEntry, SnapshotInfo, Store
from geo_integration.vocabulary import Engine, NeedBasis
from geo_integration.work.pinned import is_public

CSV = "text/csv"
FORMS = {"json": JSON, "csv": CSV}
"""Forms of a table, the default first."""

_OUTLINES = {Engine.OUTLINE.value, Engine.TIMETABLE_OUTLINE.value}
_ESTIMATES = {NeedBasis.ESTIMATE.value, NeedBasis.PROTECTED.value}


def visible(layer: str, caller: Caller) -> bool:
    """Say whether a caller may know the versions of a layer, or of what one source gives of it."""
    return caller.viewer.sees_everything or is_public(layer)


def held(told: Mapping[str, Sequence[HistoryEntry]]) -> str:
    """Return a key of all a store holds at an instant (its ``histories()``), to tell answers apart by.

    A layer about people enters by when and how often it changed: its version is made from its content, and a tag made
    from that would tell whoever guesses a count that the guess is right.
    """
    return "\n".join(_held(layer, history) for layer, history in sorted(told.items()))


def _held(layer: str, history: Sequence[HistoryEntry]) -> str:
    known = history[-1].snapshot if is_public(layer) else ""
    return f"{layer}={known}@{history[-1].at.isoformat()}#{len(history)}"


def tag(store: Store, caller: Caller, *question: str) -> str:
    """Return the entity tag of an answer to a question from what a store holds (a pinned one: held) now."""
    return etag_of(held(store.histories()), caller.key, *question)


def about_layers(
    infos: Mapping[str, SnapshotInfo], caller: Caller, *, as_of: date, method: str, notes: Iterable[str] = ()
) -> About:
    """Return what must be known of an answer read straight from layers."""
    return About(
        sources=[source for layer, info in infos.items() for source in _cited(layer, info, caller)],
        as_of=as_of.isoformat(),
        published_at=newest(infos.values()),
        snapshots=versions(infos, caller),
        method=method,
        notes=list(notes),
        estimated=False,
        outline=False,
        synthetic=any(info.synthetic for info in infos.values()),
    )


def imports_of(info: SnapshotInfo) -> list[Mapping[str, Any]]:
    """Return what a version says of the files it was made from; of itself, where it is what one file gave."""
    metas = (info.meta,) if "file" in info.meta else info.sources
    return [meta for meta in metas if isinstance(meta, Mapping)]


def _cited(layer: str, info: SnapshotInfo, caller: Caller) -> list[dict[str, Any]]:
    """Return the sources of one version; the fingerprint of a file about people goes to who loaded it only."""
    told = visible(layer, caller)
    found = []
    for meta in imports_of(info):
        if "name" in meta:  # a computed layer names its sources already
            found.append(dict(meta))
            continue
        notes = [f"fichier {meta['file']}, empreinte {str(meta['sha256'])[:12]}"] if told else []
        notes += ["DONNÉES FICTIVES"] if meta["synthetic"] else []
        found.append({"name": f"{label_of(layer.partition('.')[0])} : {meta['source']}", "note": ", ".join(notes)})
    return found


def about_of(
    meta: Mapping[str, Any], infos: Mapping[str, SnapshotInfo], caller: Caller, *, bases: Collection[str]
) -> About:
    """Return what must be known of the answer of an analysis.

    Parameters
    ----------
    meta : of the answer (:class:`geo_integration.exports.Meta`, or what a published result says of itself).
    infos : what it was read from.
    bases : where its need comes from (``NeedBasis`` codes).
    """
    outline = meta["engine"] in _OUTLINES
    return About(
        sources=[dict(source) for source in meta["sources"]],
        as_of=meta["as_of"],
        published_at=newest(infos.values()),
        snapshots=versions(infos, caller),
        method=meta["method"],
        bounds=list(meta.get("bounds", [])),
        notes=[*meta["disclaimer"], *meta["notes"]],
        estimated=outline or bool(set(bases) & _ESTIMATES),
        outline=outline,
        synthetic=meta["synthetic"],
    )


def versions(infos: Mapping[str, SnapshotInfo], caller: Caller) -> dict[str, str]:
    """Return layer → version, of the layers a caller may know of."""
    return {name: info.id for name, info in sorted(infos.items()) if visible(name, caller)}


def newest(infos: Iterable[SnapshotInfo]) -> str | None:
    """Return when the latest of some versions was published."""
    return max((info.published_at.isoformat() for info in infos), default=None)


def label_of(layer: str) -> str:
    """Return the French name of a layer; of a source's part of it, with the source."""
    base, _, part = layer.partition(".")
    label = LAYERS[base].label if base in LAYERS else base
    return f"{label} ({part})" if part else label


def form_of(request: Request, said: str | None, forms: Mapping[str, str]) -> str:
    """Return the form asked for: what ``f`` says, else what ``Accept`` names first, else the first of ``forms``.

    Parameters
    ----------
    forms : word of ``f`` → media type, the default first. OptionError for another word; an ``Accept`` that names
        none of them gets the default, as RFC 9110 (12.5.1) allows.
    """
    if said is not None:
        if said not in forms:
            raise OptionError(f"format inconnu : « {said[:40]} »", where="f", way_out=" ou ".join(forms))
        return said
    ranked = sorted(_accepted(request.headers.get("accept", "")), key=lambda one: -one[1])
    by_type = {media: word for word, media in forms.items()}
    return next((by_type[media] for media, weight in ranked if media in by_type and weight > 0), next(iter(forms)))


def _accepted(accept: str) -> list[tuple[str, float]]:
    found = []
    for one in accept[:1_000].split(","):
        media, *parameters = (part.strip().lower() for part in one.split(";"))
        said = next((part.removeprefix("q=") for part in parameters if part.startswith("q=")), "1")
        try:
            found.append((media, float(said)))
        except ValueError:
            found.append((media, 0.0))
    return found


def csv_of(table: pd.DataFrame, headings: Mapping[str, Heading] | None = None) -> bytes:
    """Return a table as French spreadsheets open it (see :func:`geo_integration.exports.write_csv`)."""
    with tempfile.TemporaryDirectory(prefix="geo-integration-") as folder:
        path = Path(folder) / "table.csv"
        write_csv(table, path, headings=headings, order=None)
        return path.read_bytes()


def records(table: pd.DataFrame, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Return the rows of a table as plain values; null where a value is missing, never NaN."""
    names = [str(name) for name in (table.columns if columns is None else columns)]
    rows = zip(*(cells(table[name]) for name in names), strict=True)
    return [dict(zip(names, row, strict=True)) for row in rows]


def collection(table: gpd.GeoDataFrame, key: str, *, about: About, title: str) -> bytes:
    """Return a table as an RFC 7946 feature collection with ``title`` and ``about``, in the order of the rows.

    Geometries are in WGS84, rounded as the files of :mod:`geo_integration.exports` are.
    """
    shapes = shapely.to_geojson(published(np.asarray(table.to_crs(WGS84).geometry.array, dtype=object)))
    rows = records(table, [name for name in table.columns if name != table.geometry.name])
    features = b",\n".join(
        b'{"type":"Feature","id":%s,"geometry":%s,"properties":%s}'
        % (dumps(row[key]), (shape or "null").encode(), dumps(row))
        for row, shape in zip(rows, shapes, strict=True)
    )
    head = b'{"type":"FeatureCollection","title":%s,"about":%s,"features":[\n'
    return head % (dumps(title), about.model_dump_json().encode()) + features + b"\n]}\n"
