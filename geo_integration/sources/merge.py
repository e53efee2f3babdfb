"""The same course from two sources: recognised, joined with both sources kept, listed, and undone on demand.

Sources are ranked; each record of a lower source joins at most one record of a higher one. Shared
identifiers decide first; otherwise provider, place and title must all agree. Records of one source are
never joined: the source knows its own courses apart.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import Geod
from rapidfuzz import fuzz, utils

from geo_integration.layers import MERGES, OFFERS, SESSIONS
from geo_integration.schema import SEPARATOR, WGS84
from geo_integration.vocabulary import Kind, LocationQuality

TITLE_CUTOFF = 85.0
PROVIDER_CUTOFF = 85.0
DISTANCE_METRES = 500.0
RANK = ("lheo", "oepre", "data-inclusion", "dian")
"""Sources from the most to the least detailed; others come after, by name."""

_ELLIPSOID = Geod(ellps="GRS80")
_PLACE = (
    "place_name",
    "address",
    "postcode",
    "commune_code",
    "commune_name",
    "departement_code",
    "site_id",
    "location_quality",
    "geometry",
)
_READ = {
    "kind": ("kind", "kind_rule", "kind_confidence"),
    "level_entry": ("level_entry", "level_target", "level_rule", "level_confidence"),
    "schooling": ("schooling", "schooling_rule", "schooling_confidence"),
}
_LISTS = ("sources", "source_records", "alternate_ids", "funders", "formacodes")


@dataclass(frozen=True)
class Merged:
    """Offers and sessions of all sources, and the merges that made them."""

    offers: pd.DataFrame
    sessions: pd.DataFrame
    merges: pd.DataFrame


def merge_id(kept: str, merged: str) -> str:
    """Name a merge by the two records it joins: the same from one import to the next."""
    return hashlib.sha256(f"{kept}\n{merged}".encode()).hexdigest()[:12]


def merge(
    offers: Mapping[str, pd.DataFrame], sessions: Mapping[str, pd.DataFrame], *, undone: Collection[str] = ()
) -> Merged:
    """Join the offers of several sources.

    Parameters
    ----------
    offers, sessions : layers by source name.
    undone : merge identifiers somebody said are two courses; they are listed as undone, not applied.
    """
    order = sorted(offers, key=lambda name: (RANK.index(_family(name)) if _family(name) in RANK else len(RANK), name))
    links: list[dict[str, object]] = []
    for position, name in enumerate(order):
        higher = [offers[other] for other in order[:position] if len(offers[other])]
        if higher and len(offers[name]):
            links += _links(pd.concat(higher, ignore_index=True), offers[name], set(undone))
    everything = pd.concat([offers[name] for name in order], ignore_index=True) if order else OFFERS.empty()
    root = _roots([(str(link["merged_record"]), str(link["kept_record"])) for link in links if not link["undone"]])
    joined = _join(everything, root)
    of_all = pd.concat([sessions[name] for name in order], ignore_index=True) if order else SESSIONS.empty()
    merges = pd.DataFrame(links) if links else MERGES.empty()
    return Merged(OFFERS.conform(joined), _sessions(of_all, root), MERGES.conform(merges))


def _family(name: str) -> str:
    """Return the format a source name starts with: ``lheo-picardie`` is of the family ``lheo``."""
    return next((rank for rank in RANK if name == rank or name.startswith(f"{rank}-")), name)


def _links(higher: pd.DataFrame, lower: pd.DataFrame, undone: set[str]) -> list[dict[str, object]]:
    """Find, for each record of a lower source, the record of a higher one that is the same course."""
    by_id = _index(higher)
    by_commune = {code: group for code, group in higher.groupby("commune_code")}  # noqa: C416 -- keys typed by use
    links = []
    for row in lower.itertuples():
        record = str(row.offer_id)
        found = _by_id(row, by_id, higher) or _by_likeness(row, by_commune.get(row.commune_code))
        if found is None:
            continue
        position, rule, score, metres = found
        kept = higher.loc[position]
        identifier = merge_id(str(kept["offer_id"]), record)
        links.append(
            {
                "merge_id": identifier,
                "kept_record": kept["offer_id"],
                "merged_record": record,
                "rule": rule,
                "score": score,
                "distance_metres": metres,
                "kept_title": kept["title"],
                "merged_title": row.title,
                "undone": identifier in undone,
            }
        )
    return links


def _identifiers(row: object) -> list[str]:
    own = str(row.offer_id).partition(":")[2]  # type: ignore[attr-defined]
    others = row.alternate_ids  # type: ignore[attr-defined]
    return [own, *(others.split(SEPARATOR) if isinstance(others, str) else [])]


def _index(higher: pd.DataFrame) -> dict[str, list[int]]:
    """Map every identifier to the rows that carry it."""
    index: dict[str, list[int]] = {}
    for row in higher.itertuples():
        for identifier in _identifiers(row):
            index.setdefault(identifier, []).append(int(row.Index))  # type: ignore[call-overload]
    return index


type Found = tuple[int, str, float, float]


def _by_id(row: object, index: dict[str, list[int]], higher: pd.DataFrame) -> Found | None:
    """Recognise by a shared identifier; one that several courses share (a defect) needs the titles to agree."""
    candidates = sorted({position for name in _identifiers(row) for position in index.get(name, [])})
    if not candidates:
        return None
    titles = higher["title"].loc[candidates]
    scores = [_likeness(row.title, title) for title in titles]  # type: ignore[attr-defined]
    best = int(np.argmax(scores))
    if len(candidates) > 1 and scores[best] < TITLE_CUTOFF:
        return None
    position = candidates[best]
    return position, "identifiant commun", scores[best], _metres(row, higher.loc[position])


def _by_likeness(row: object, candidates: pd.DataFrame | None) -> Found | None:
    """Recognise by provider, place and title together; the likest wins, then the first."""
    if candidates is None or not isinstance(row.provider_name, str):  # type: ignore[attr-defined]
        return None
    best: Found | None = None
    for other in candidates.itertuples():
        metres = _metres(row, other)
        if not _compatible(row, other) or metres > DISTANCE_METRES:
            continue
        score = _likeness(row.title, other.title)  # type: ignore[attr-defined]
        if score >= TITLE_CUTOFF and (best is None or score > best[2]):
            best = (int(other.Index), "organisme, lieu et intitulé", score, metres)  # type: ignore[call-overload]
    return best


def _compatible(one: object, other: object) -> bool:
    """Say whether provider, kind, and the numbers in the titles (groups, levels, sessions) allow one course."""
    kinds = {one.kind, other.kind}  # type: ignore[attr-defined]
    if len(kinds - {Kind.UNKNOWN.value}) > 1:
        return False
    if _numbers(one.title) != _numbers(other.title):  # type: ignore[attr-defined]
        return False
    providers = (one.provider_name, other.provider_name)  # type: ignore[attr-defined]
    if not all(isinstance(name, str) for name in providers):
        return False
    return fuzz.token_sort_ratio(*providers, processor=utils.default_process) >= PROVIDER_CUTOFF


def _numbers(title: str) -> frozenset[str]:
    words = utils.default_process(title).split()
    return frozenset(word for word in words if any(character.isdigit() for character in word))


def _likeness(one: str, other: str) -> float:
    return float(fuzz.token_sort_ratio(one, other, processor=utils.default_process))


def _metres(one: object, other: object) -> float:
    """Return the geodesic distance of two places, NaN unless both are located better than the mairie."""
    precise = {LocationQuality.POINT.value, LocationQuality.POINT_ONLY.value, LocationQuality.ADDRESS.value}
    places = [(o.location_quality, o.geometry) for o in (one, other)]  # type: ignore[attr-defined]
    if any(quality not in precise or point is None or point.is_empty for quality, point in places):
        return float("nan")
    (_, one_point), (_, other_point) = places
    _, _, metres = _ELLIPSOID.inv(one_point.x, one_point.y, other_point.x, other_point.y)
    return float(round(metres, 1))


def _roots(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the record each merged record ends up in, through chains of merges."""
    parent = dict(pairs)
    roots = {}
    for record, above in parent.items():
        top = above
        while top in parent:
            top = parent[top]
        roots[record] = top
    return roots


def _join(offers: pd.DataFrame, root: Mapping[str, str]) -> pd.DataFrame:
    """Fold merged rows into the row they join; the rest of the table passes untouched."""
    top = offers["offer_id"].map(root).fillna(offers["offer_id"])
    shared = top.duplicated(keep=False)
    if not shared.any():
        return offers
    rows = [_fold(group) for _, group in offers[shared].groupby(top[shared], sort=True)]
    folded = gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=WGS84)
    return pd.concat([offers[~shared], folded[offers.columns]], ignore_index=True)


def _fold(group: pd.DataFrame) -> "pd.Series[object]":
    """Join rows, best source first: its values win, what it leaves empty comes from the next."""
    kept = group.iloc[0].astype(object).copy()
    quality = list(LocationQuality)
    for _, other in group.iloc[1:].iterrows():
        if quality.index(LocationQuality(other["location_quality"])) < quality.index(
            LocationQuality(kept["location_quality"])
        ):
            kept[list(_PLACE)] = other[list(_PLACE)]
        for read, columns in _READ.items():
            if kept[read] == "unknown" and other[read] != "unknown":
                kept[list(columns)] = other[list(columns)]
        empty = [name for name in kept.index if name not in _PLACE and pd.isna(kept[name]) and pd.notna(other[name])]
        kept[empty] = other[empty]
        for name in _LISTS:
            kept[name] = _union(kept[name], other[name])
        kept["synthetic"] = bool(kept["synthetic"]) or bool(other["synthetic"])
    return kept


def _union(one: object, other: object) -> str | None:
    cells = [cell for cell in (one, other) if isinstance(cell, str)]
    return SEPARATOR.join(dict.fromkeys(item for cell in cells for item in cell.split(SEPARATOR))) or None


def _sessions(sessions: pd.DataFrame, root: Mapping[str, str]) -> pd.DataFrame:
    """Move sessions to the offer kept; the same dates told twice for one offer count once."""
    own = sessions["offer_id"]
    moved = sessions.assign(offer_id=own.map(root).fillna(own), _joined=own.isin(list(root)))
    moved = moved.sort_values(["_joined", "session_id"], kind="stable")
    told_twice = moved["_joined"] & moved.duplicated(["offer_id", "start_date", "end_date"])
    return SESSIONS.conform(moved[~told_twice])
