"""Time and memory of the reach engine from 1 to 13 régions, 10,000 synthetic sites each.

Run from the root of the project::

    uv run python benchmarks/reach_france.py [--minutes 45] [--sites 10000]

Sites are at real mairies of the régions, drawn in proportion to population (seeded). Each size runs in a
process of its own, so that its peak memory is its own. The pairs are counted and folded into the nearest
site of each commune, then dropped: what coverage does with them.
"""

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np
import pandas as pd

from geo_integration.settings import settings
from geo_integration.travel.outline import OutlineNetwork
from geo_integration.travel.reach import iter_reach

SIZES = {
    1: ("32",),
    5: ("32", "28", "11", "44", "84"),
    13: ("11", "24", "27", "28", "32", "44", "52", "53", "75", "76", "84", "93", "94"),
}
"""Number of régions and their codes: Hauts-de-France first."""

SEED = 20_260
SPREAD_DEGREES = 0.005


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=45.0)
    options.add_argument("--sites", type=int, default=10_000)
    options.add_argument("--regions", type=int, choices=sorted(SIZES), help="one size, in this process")
    chosen = options.parse_args()
    if chosen.regions is not None:
        print(json.dumps(measured(chosen.regions, sites=chosen.sites, minutes=chosen.minutes)))
        return
    print(f"{chosen.sites} sites, cutoff {chosen.minutes:g} min\n")
    print("| régions | communes | pairs | communes reached | load s | search s | pairs/s | peak memory MB |")
    print("|---|---|---|---|---|---|---|---|")
    for size in SIZES:
        command = [sys.executable, __file__, "--regions", str(size)]
        command += ["--minutes", str(chosen.minutes), "--sites", str(chosen.sites)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        row = json.loads(done.stdout)
        rate = row["pairs"] / row["search_seconds"]
        print(
            f"| {size} | {row['communes']:,} | {row['pairs']:,} | {row['reached']:,} | {row['load_seconds']:.1f} "
            f"| {row['search_seconds']:.1f} | {rate:,.0f} | {row['peak_megabytes']:.0f} |",
            flush=True,
        )


def measured(regions: int, *, sites: int, minutes: float) -> dict[str, float]:
    """Run one size in this process and return its figures."""
    start = time.perf_counter()
    columns = ["code", "region_code", "population", "mairie_lon", "mairie_lat", "radius_metres"]
    communes = pd.read_parquet(settings().data / "territories" / "communes.parquet", columns=columns)
    communes = communes[communes["region_code"].isin(SIZES[regions]) & communes["mairie_lon"].notna()]
    origins = communes.rename(columns={"code": "commune_code", "mairie_lon": "lon", "mairie_lat": "lat"})
    network = OutlineNetwork.load()
    places = drawn_sites(origins, sites)
    loaded = time.perf_counter()
    nearest = np.full(len(origins), np.inf, dtype=np.float32)
    pairs = 0
    for chunk in iter_reach(places, origins, network=network, cutoff_minutes=minutes):
        np.minimum.at(nearest, chunk.commune_index, chunk.out_minutes)
        pairs += len(chunk.out_minutes)
    return {
        "communes": len(origins),
        "pairs": pairs,
        "reached": int(np.isfinite(nearest).sum()),
        "load_seconds": loaded - start,
        "search_seconds": time.perf_counter() - loaded,
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def drawn_sites(origins: pd.DataFrame, count: int) -> pd.DataFrame:
    """Draw places near mairies in proportion to population: all distinct, as addresses are."""
    random = np.random.default_rng(SEED)
    weights = origins["population"].fillna(0).to_numpy(dtype=np.float64)
    rows = random.choice(len(origins), size=count, p=weights / weights.sum())
    return pd.DataFrame(
        {
            "site_id": [f"synthetic-{number:05}" for number in range(count)],
            "lon": origins["lon"].to_numpy()[rows] + random.uniform(-SPREAD_DEGREES, SPREAD_DEGREES, count),
            "lat": origins["lat"].to_numpy()[rows] + random.uniform(-SPREAD_DEGREES, SPREAD_DEGREES, count),
        }
    )


if __name__ == "__main__":
    main()
