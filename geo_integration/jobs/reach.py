"""The reach table of a territory, computed and published."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from geo_integration import territories
from geo_integration.coverage.fit.judgement import fit
from geo_integration.errors import MissingDataError, OptionError
from geo_integration.jobs.by_timetable import Search, default_slot, meetings, near_sites, not_known, slot_text
from geo_integration.jobs.ground import Progress, chosen, site_positions, telling
from geo_integration.jobs.means import Means, farthest_metres, timed, within_reach
from geo_integration.jobs.timetables import days
from geo_integration.jobs.travelled import Origins
from geo_integration.layers import REACH
from geo_integration.store import SnapshotInfo, Store
from geo_integration.travel.pairs import ReachChunk
from geo_integration.travel.transit.there_and_back import TransitChunk
from geo_integration.vocabulary import Kind, Mode, OfferStatus

ANY_HOURS = "any"
"""Class hours of minutes that do not depend on any."""


@dataclass(frozen=True)
class Reached:
    """What was computed and published."""

    snapshot: SnapshotInfo
    pairs: int
    sites: int
    communes: int
    not_routable: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Table:
    """The reach table, and what it lacks."""

    rows: pd.DataFrame
    sites: int
    unreached: list[str]
    notes: tuple[str, ...]


def publish(
    store: Store,
    territory: str,
    *,
    means: Means,
    minutes: float,
    as_of: date,
    now: datetime,
    out: Path | None = None,
    progress: Progress | None = None,
) -> Reached:
    """Compute minutes from every commune of a territory to every place of an offer, and publish them.

    By timetable, to every meeting of every session that is not over on ``as_of``. Raises MissingDataError without
    offers, OptionError for an unknown output format, and what the means chosen raise.
    """
    if out is not None and out.suffix.lower() not in {".csv", ".parquet"}:
        raise OptionError(f"format « {out.suffix} » inconnu", where="--out", way_out=".csv ou .parquet")
    if "offers" not in store.layers():
        raise MissingDataError("aucune offre dans l'entrepôt", way_out="importer d'abord une source d'offres")
    layers = store.read_together(["offers", "sessions"])
    communes = chosen(territories.select(territory))
    origins = Origins.of_communes(communes)
    make = _by_timetable if means.mode is Mode.TRANSIT else _by_road
    found = make(layers, origins, means, minutes, as_of, progress)
    table = REACH.conform(found.rows)
    info = store.info("offers")
    meta: dict[str, Any] = {
        "offers": info.id,
        "territory": territory,
        "mode": means.mode.value,
        "network": means.network,
        "week_of": means.week_of.isoformat() if means.week_of else None,
        "cutoff_minutes": minutes,
        "engine": means.engine.value,
        "not_routable": found.unreached,
        "notes": list(found.notes),
        "synthetic": info.synthetic,
        "sources": [{"source": "offers", "snapshot": info.id}],
    }
    snapshot = store.publish({"reach": table}, meta=meta, report=None, now=now)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(out, index=False) if out.suffix.lower() == ".csv" else table.to_parquet(out, index=False)
    missing = len(communes) - len(origins.table) + len(found.unreached)
    return Reached(snapshot, len(table), found.sites, len(communes), missing, found.notes)


def _by_road(
    layers: dict[str, Any], origins: Origins, means: Means, minutes: float, as_of: date, progress: Progress | None
) -> _Table:
    del as_of  # streets are open every day
    offers = layers["offers"]
    positions = site_positions(pd.Index(sorted(offers["site_id"].dropna().unique())), offers)
    near_enough = within_reach(positions, origins.table, metres=farthest_metres(means, minutes))
    positions = positions[near_enough].reset_index(drop=True)
    found = timed(means, positions, origins.table, minutes=minutes, progress=telling(progress))
    parts = [_rows(chunk, positions, origins, means).assign(class_hours=ANY_HOURS) for chunk in found.chunks]
    return _Table(_stacked(parts), len(positions), sorted(found.unreached), found.notes)


def _by_timetable(
    layers: dict[str, Any], origins: Origins, means: Means, minutes: float, as_of: date, progress: Progress | None
) -> _Table:
    offers, sessions = layers["offers"], layers["sessions"]
    status = fit(offers, sessions, kind=Kind.UNKNOWN, as_of=as_of)
    going = status.where(status.isin([OfferStatus.OVER.value, *_NOWHERE]), OfferStatus.FULL.value)
    found = meetings(offers, sessions, going, as_of=as_of, supposed=default_slot(means))
    with days(means) as opened:
        positions = near_sites(found, offers, origins, minutes)
        search = Search(opened, origins, means, as_of, minutes)
        chunks = search.chunks(positions, found.of_sites, waits=True, progress=telling(progress))
        parts = [_timed_rows(chunk, positions, origins, means) for chunk in chunks]
        unreached, told = not_known(positions, origins.table, opened)
        return _Table(_stacked(parts), len(positions), sorted(unreached), (*search.told(found), *told))


_NOWHERE = (OfferStatus.REMOTE.value, OfferStatus.UNPLACED.value)


def _rows(chunk: ReachChunk, positions: pd.DataFrame, origins: Origins, means: Means) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "site_id": positions["site_id"].to_numpy()[chunk.site_index],
            "commune_code": origins.table["commune_code"].to_numpy()[chunk.commune_index],
            "mode": means.mode.value,
            "out_minutes": chunk.out_minutes,
            "back_minutes": chunk.back_minutes,
            "engine": means.engine.value,
        }
    )


def _timed_rows(chunk: TransitChunk, positions: pd.DataFrame, origins: Origins, means: Means) -> pd.DataFrame:
    return _rows(chunk, positions, origins, means).assign(
        class_hours=slot_text(chunk.slot),
        out_wait_minutes=chunk.out_wait_minutes,
        back_wait_minutes=chunk.back_wait_minutes,
    )


def _stacked(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True) if parts else REACH.empty()
