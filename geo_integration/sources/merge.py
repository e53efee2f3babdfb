"""The same course from two sources: recognised, joined with both sources kept, listed, and undone on demand.

Sources are ranked; each record of a lower source joins at most one record of a higher one. Shared
identifiers decide first; otherwise provider, place and title must all agree. Records of one source are
never joined: the source knows its own courses apart.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import Geod
from rapidfuzz import fuzz, utils

from geo_integration.layers import MERGES, OFFERS, SESSIONS
from geo_integration.schema import SEPARATOR, WGS84
from geo_integration.sources.records import SYNTHETIC_MARK
from geo_integration.text import fold
from geo_integration.vocabulary import Kind, LocationQuality, Modality

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
    of_all = pd.concat([sessions[name] for name in order], ignore_index=True) if order else SESSIONS.empty()
    starts = _starts(of_all)
    for position, name in enumerate(order):
        higher = [offers[other] for other in order[:position] if len(offers[other])]
        if higher and len(offers[name]):
            links += _links(pd.concat(higher, ignore_index=True), offers[name], starts, set(undone))
    everything = pd.concat([offers[name] for name in order], ignore_index=True) if order else OFFERS.empty()
    root = _roots([(str(link["merged_record"]), str(link["kept_record"])) for link in links if not link["undone"]])
    joined = _join(everything, root)
    merges = pd.DataFrame(links) if links else MERGES.empty()
    return Merged(OFFERS.conform(joined), _sessions(of_all, root), MERGES.conform(merges))


def _family(name: str) -> str:
    """Return the format a source name starts with: ``lheo-picardie`` is of the family ``lheo``."""
    return next((rank for rank in RANK if name == rank or name.startswith(f"{rank}-")), name)


@dataclass(frozen=True)
class _Course:
    """What recognises an offer."""

    record: str
    identifiers: tuple[str, ...]
    title: str
    numbers: frozenset[str]
    """Words of the title with a digit (groups, levels, sessions): they must agree."""
    provider: str
    siret: str
    kind: str
    commune: str
    point: shapely.Point | None
    """The place, when it is located better than the mairie."""
    starts: frozenset[str]
    """First days of its sessions: they settle a tie, and never forbid."""


def _courses(offers: pd.DataFrame, starts: Mapping[str, frozenset[str]]) -> list[_Course]:
    precise = {LocationQuality.POINT.value, LocationQuality.POINT_ONLY.value, LocationQuality.ADDRESS.value}
    text = (
        offers[["provider_name", "provider_siret", "commune_code", "alternate_ids"]]
        .astype(object)
        .where(lambda t: t.notna(), "")
    )
    columns = zip(
        offers["offer_id"],
        text["alternate_ids"],
        offers["title"],
        text["provider_name"],
        text["provider_siret"],
        offers["kind"],
        text["commune_code"],
        offers.geometry.where(offers["location_quality"].isin(list(precise)), None),
        strict=True,
    )
    return [
        _Course(
            record,
            (record.partition(":")[2], *(others.split(SEPARATOR) if others else ())),
            _words(title),
            frozenset(word for word in _words(title).split() if any(map(str.isdigit, word))),
            _words(provider),
            siret,
            kind,
            commune,
            point,
            starts.get(record, frozenset()),
        )
        for record, others, title, provider, siret, kind, commune, point in columns
    ]


def _words(text: str) -> str:
    """Return the words of a title or name, without the mark of what is made up: it says nothing of the course."""
    return utils.default_process(re.sub(SYNTHETIC_MARK, "", fold(text)))


def _links(
    higher: pd.DataFrame, lower: pd.DataFrame, starts: Mapping[str, frozenset[str]], undone: set[str]
) -> list[dict[str, object]]:
    """Find, for each record of a lower source, the record of a higher one that is the same course."""
    titles = pd.concat([higher, lower]).set_index("offer_id")["title"]
    by_id: dict[str, list[_Course]] = {}
    by_commune: dict[str, list[_Course]] = {}
    for course in _courses(higher, starts):
        by_commune.setdefault(course.commune, []).append(course)
        for identifier in course.identifiers:
            by_id.setdefault(identifier, []).append(course)
    links: list[dict[str, object]] = []
    for course in _courses(lower, starts):
        found = _by_id(course, by_id) or _by_likeness(course, by_commune.get(course.commune, []))
        if found is None:
            continue
        kept, rule, score = found
        identifier = merge_id(kept.record, course.record)
        links.append(
            {
                "merge_id": identifier,
                "kept_record": kept.record,
                "merged_record": course.record,
                "rule": rule,
                "score": score,
                "distance_metres": _metres(kept, course),
                "kept_title": titles[kept.record],
                "merged_title": titles[course.record],
                "undone": identifier in undone,
            }
        )
    return links


type _Found = tuple[_Course, str, float]


def _by_id(course: _Course, index: dict[str, list[_Course]]) -> _Found | None:
    """Recognise by a shared identifier; one that several courses share (a defect) needs the titles to agree."""
    candidates = {other.record: other for name in course.identifiers for other in index.get(name, [])}
    if not candidates:
        return None
    best, score = _likest(course, candidates.values())
    if len(candidates) > 1 and score < TITLE_CUTOFF:
        return None
    return best, "identifiant commun", score


def _by_likeness(course: _Course, candidates: Sequence[_Course]) -> _Found | None:
    """Recognise by provider, place and title together."""
    possible = [o for o in candidates if _compatible(course, o) and not _metres(course, o) > DISTANCE_METRES]
    if not possible:
        return None
    best, score = _likest(course, possible)
    return (best, "organisme, lieu et intitulé", score) if score >= TITLE_CUTOFF else None


def _likest(course: _Course, candidates: Iterable[_Course]) -> tuple[_Course, float]:
    """Return the candidate with the likest title; of several, one that starts on the same day; else the first."""
    scored = [(float(fuzz.token_sort_ratio(course.title, other.title)), other) for other in candidates]
    score, best = max(scored, key=lambda one: (one[0], bool(one[1].starts & course.starts)))
    return best, score


def _starts(sessions: pd.DataFrame) -> dict[str, frozenset[str]]:
    """Return the first days of the sessions of each offer."""
    dated = sessions.dropna(subset=["start_date"])
    return {str(offer): frozenset(days) for offer, days in dated.groupby("offer_id")["start_date"]}


def _compatible(one: _Course, other: _Course) -> bool:
    """Say whether commune, kind, numbers of the titles and provider allow one course."""
    if not one.commune or one.numbers != other.numbers or len({one.kind, other.kind} - {Kind.UNKNOWN.value}) > 1:
        return False
    if one.siret and other.siret:
        return one.siret == other.siret
    if not (one.provider and other.provider):
        return False
    return fuzz.token_sort_ratio(one.provider, other.provider) >= PROVIDER_CUTOFF


def _metres(one: _Course, other: _Course) -> float:
    """Return the geodesic distance of two places, NaN unless both are located better than the mairie."""
    if one.point is None or other.point is None:
        return float("nan")
    _, _, metres = _ELLIPSOID.inv(one.point.x, one.point.y, other.point.x, other.point.y)
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
    top = offers["offer_id"].map(lambda record: root.get(record, record))
    shared = top.duplicated(keep=False)
    if not shared.any():
        return offers
    together: dict[str, list[dict[str, Any]]] = {}
    for row, record in zip(_rows(offers[shared]), top[shared], strict=True):
        together.setdefault(record, []).append(row)
    rows = [_fold(group) for _, group in sorted(together.items())]
    folded = gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=WGS84)
    joined: pd.DataFrame = pd.concat([offers[~shared], folded[offers.columns]], ignore_index=True)
    return joined


def _rows(offers: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain objects, with None for every null."""
    columns = {str(name): offers[name].astype(object).where(offers[name].notna(), None) for name in offers.columns}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _fold(group: list[dict[str, Any]]) -> dict[str, Any]:
    """Join rows, best source first: its values win, what it leaves empty comes from the next."""
    kept = dict(group[0])
    quality = [member.value for member in LocationQuality]
    for other in group[1:]:
        remote = kept["modality"] == Modality.REMOTE.value
        if not remote and quality.index(other["location_quality"]) < quality.index(kept["location_quality"]):
            kept |= {name: other[name] for name in _PLACE}
        for read, columns in _READ.items():
            if kept[read] == "unknown" and other[read] != "unknown":
                kept |= {name: other[name] for name in columns}
        kept |= {name: other[name] for name in kept if name not in _PLACE and kept[name] is None}
        kept |= {name: _union(kept[name], other[name]) for name in _LISTS}
        kept["synthetic"] = kept["synthetic"] or other["synthetic"]
    return kept


def _union(one: object, other: object) -> str | None:
    cells = [cell for cell in (one, other) if isinstance(cell, str)]
    return SEPARATOR.join(dict.fromkeys(item for cell in cells for item in cell.split(SEPARATOR))) or None


def _sessions(sessions: pd.DataFrame, root: Mapping[str, str]) -> pd.DataFrame:
    """Move sessions to the offer kept; the same dates told twice for one offer count once, each telling the rest."""
    own = sessions["offer_id"]
    moved = sessions.assign(offer_id=own.map(lambda record: root.get(record, record)), _joined=own.isin(list(root)))
    moved = moved.sort_values(["_joined", "session_id"], kind="stable")
    dates = ["offer_id", "start_date", "end_date"]
    dated = moved["start_date"].notna()
    shared = dated & moved.duplicated(dates, keep=False) & moved.groupby("offer_id")["_joined"].transform("any")
    kept = [moved[~shared].drop(columns="_joined")]
    for _, twins in moved[shared].groupby(dates, sort=True, dropna=False):
        rows = _rows(twins)
        first = [row for row in rows if not row["_joined"]] or rows[:1]
        told = [row for row in rows if row not in first]
        kept.append(pd.DataFrame([_filled(row, told) for row in first])[kept[0].columns])
    return SESSIONS.conform(pd.concat(kept, ignore_index=True))


_HOURS = ("days", "start_time", "end_time", "hours_rule")
"""Taken together: hours of one source are never mixed with the days of another, nor with another's rule."""


def _filled(session: dict[str, Any], others: list[dict[str, Any]]) -> dict[str, Any]:
    """Fill what a session does not say with what the same session says elsewhere."""
    told = _hours([session, *others])
    for other in others:
        session |= {n: v for n, v in other.items() if n not in _HOURS and session[n] in {None, "unknown"}}
    return session | told


def _hours(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return days, hours and their rule from the first that states some, else from the first whose words say some."""
    some = [row for row in rows if any(row[name] is not None for name in _HOURS)]
    first = min(some, key=lambda row: row["hours_rule"] is not None, default=rows[0])
    return {name: first[name] for name in _HOURS}
