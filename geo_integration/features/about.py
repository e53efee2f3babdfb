"""What must be known of a collection before it is used: sources, dates, method, bounds, what is made up."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

import pandas as pd

from geo_integration.exports.meta import Source
from geo_integration.features.declared import Declared
from geo_integration.features.tables import COVERAGE
from geo_integration.jobs.counting import COVERAGE_BOUNDS
from geo_integration.jobs.studied import TERRITORIES
from geo_integration.layers import LAYERS
from geo_integration.store import SnapshotInfo
from geo_integration.vocabulary import Engine, NeedBasis

_OUTLINES = {Engine.OUTLINE.value, Engine.TIMETABLE_OUTLINE.value}
_ESTIMATES = {NeedBasis.ESTIMATE.value, NeedBasis.PROTECTED.value}
_CARRIED = ("sources", "bounds", "notes", "disclaimer")


def about(declared: Declared, table: pd.DataFrame, infos: Mapping[str, SnapshotInfo]) -> dict[str, Any]:
    """Return the fields of ``api.answers.About``, as plain values.

    ``as_of`` is there only where the data have a day of their own.

    Parameters
    ----------
    declared : the collection.
    table : its properties.
    infos : the snapshot of each layer it is made from; none for the territories that ship.
    """
    published = max((info.published_at for info in infos.values()), default=None)
    told = {
        "sources": _unique([*_sources(infos), *([TERRITORIES] if _outlined(declared) else [])]),
        "published_at": None if published is None else published.astimezone(UTC).isoformat(),
        # A version made from what is about people would let a reader check a guess of what they may not see.
        "snapshots": {} if declared.professional else {layer: info.id for layer, info in sorted(infos.items())},
        "method": declared.method,
        "bounds": [],
        "notes": list(declared.notes),
        "estimated": _any_of(table, "need_basis", _ESTIMATES),
        "outline": _any_of(table, "engine", _OUTLINES),
        "synthetic": _any_true(table, "synthetic") or any(info.synthetic for info in infos.values()),
    }
    return told | _of_results(told, infos) if any(layer.startswith(COVERAGE) for layer in infos) else told


def _of_results(told: Mapping[str, Any], infos: Mapping[str, SnapshotInfo]) -> dict[str, Any]:
    """Return what the public results say of themselves; the oldest of their days, where they differ."""
    metas: list[Mapping[str, Any]] = [info.meta for info in infos.values()]
    days = sorted({str(meta["as_of"]) for meta in metas if meta.get("as_of")})
    carried = {name: _unique([one for meta in metas for one in meta.get(name) or ()]) for name in _CARRIED}
    notes = [*told["notes"], *carried["notes"], *carried["disclaimer"]]
    if len(days) > 1:
        notes.append(f"Résultats calculés à plusieurs jours : {', '.join(days)}.")
    methods = _unique([*(str(meta["method"]) for meta in metas if meta.get("method")), told["method"]])
    outlined = any(str(meta.get("engine")) in _OUTLINES or bool(meta.get("outline")) for meta in metas)
    return {
        "sources": _unique([*carried["sources"], *told["sources"]]),
        **({"as_of": days[0]} if days else {}),
        "bounds": carried["bounds"] or list(COVERAGE_BOUNDS),
        "notes": _unique(notes),
        "method": " ".join(methods),
        "outline": told["outline"] or outlined,
    }


def _sources(infos: Mapping[str, SnapshotInfo]) -> list[Source]:
    """Return the files imported, as sources to cite; the fingerprint of one about people is never told."""
    found: list[Source] = []
    for layer, info in infos.items():
        if layer.startswith(COVERAGE):
            continue
        for meta in info.sources:
            if not isinstance(meta, Mapping) or not meta.get("source"):
                continue
            parts = [f"fichier {meta['file']}"] if meta.get("file") and layer != "housing" else []
            parts += ["DONNÉES FICTIVES"] if meta.get("synthetic") else []
            found.append({"name": f"{LAYERS[layer].label} : {meta['source']}", "note": ", ".join(parts)})
    return found


def _outlined(declared: Declared) -> bool:
    return declared.geometry_type != "Point" and declared.name != "qpv"


def _any_of(table: pd.DataFrame, column: str, values: set[str]) -> bool:
    if column not in table:
        return False
    found = table[column].dropna().unique()
    return any(part in values for value in found for part in str(value).split("+"))


def _any_true(table: pd.DataFrame, column: str) -> bool:
    return column in table and bool(table[column].fillna(value=False).any())


def _unique(values: Sequence[Any]) -> list[Any]:
    """Return values in order, each once; sources are mappings, which no set takes."""
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found
