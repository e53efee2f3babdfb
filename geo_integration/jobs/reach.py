"""The reach table of a territory, computed and published."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from geo_integration import territories
from geo_integration.errors import MissingDataError, OptionError
from geo_integration.jobs.gaps import (
    Progress,
    chosen,
    farthest_metres,
    origins_of,
    site_positions,
    telling,
    within_reach,
)
from geo_integration.store import SnapshotInfo, Store
from geo_integration.travel.outline import OutlineNetwork
from geo_integration.travel.reach import not_routable, reach_table
from geo_integration.vocabulary import Mode


@dataclass(frozen=True)
class Reached:
    """What was computed and published."""

    snapshot: SnapshotInfo
    pairs: int
    sites: int
    communes: int
    not_routable: int


def publish(
    store: Store,
    territory: str,
    *,
    mode: Mode,
    minutes: float,
    now: datetime,
    out: Path | None = None,
    progress: Progress | None = None,
) -> Reached:
    """Compute minutes from every commune of a territory to every place of an offer, and publish them.

    Raises MissingDataError without offers, OptionError for a mode the outline network does not serve or
    an unknown output format.
    """
    if out is not None and out.suffix.lower() not in {".csv", ".parquet"}:
        raise OptionError(f"format « {out.suffix} » inconnu", where="--out", way_out=".csv ou .parquet")
    if "offers" not in store.layers():
        raise MissingDataError("aucune offre dans l'entrepôt", way_out="importer d'abord une source d'offres")
    offers = store.read("offers")
    communes = chosen(territories.select(territory))
    origins = origins_of(communes)
    site_ids = pd.Index(sorted(offers["site_id"].dropna().unique()))
    positions = site_positions(site_ids, offers)
    network = OutlineNetwork.load()
    near_enough = within_reach(positions, origins, metres=farthest_metres(network, minutes))
    positions = positions[near_enough].reset_index(drop=True)
    told = telling(progress)
    table = reach_table(positions, origins, network=network, mode=mode.value, cutoff_minutes=minutes, progress=told)
    info = store.info("offers")
    meta: dict[str, Any] = {
        "offers": info.id,
        "territory": territory,
        "mode": mode.value,
        "cutoff_minutes": minutes,
        "engine": "outline",
        "synthetic": info.synthetic,
        "sources": [{"source": "offers", "snapshot": info.id}],
    }
    snapshot = store.publish({"reach": table}, meta=meta, report=None, now=now)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(out, index=False) if out.suffix.lower() == ".csv" else table.to_parquet(out, index=False)
    missing = len(communes) - len(origins) + len(not_routable(positions, origins, network=network).communes)
    return Reached(snapshot, len(table), len(positions), len(communes), missing)
