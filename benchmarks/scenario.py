"""What opening one more course costs once a question is loaded, beside the full run, in the same process.

``uv run python benchmarks/scenario.py [--adds 40] [--out FILE]`` asks the demonstration's question (alphabétisation,
Hauts-de-France, by car on the outline network), then opens courses at mairies drawn by population (seeded): median and
95th centile of the nearest places and causes (``add``), of the whole table with need (``add + table``), of closing a
place. Then the same search and fold between the streets of Porto. Seconds of wall clock and of CPU: on a busy machine
the second is the one to compare.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from accuracy_streets import EXTRACTS, sample_places

from geo_integration import territories
from geo_integration.coverage.gaps import holding, nearest
from geo_integration.coverage.scenario.fold import Fold, Searched
from geo_integration.coverage.ways import Ways
from geo_integration.jobs import demo
from geo_integration.jobs.loaded import load
from geo_integration.jobs.means import as_pairs
from geo_integration.jobs.request import Request
from geo_integration.jobs.studied import study_layers
from geo_integration.jobs.what_if import Place, Standing
from geo_integration.store import FolderStore
from geo_integration.travel.streets.build import build
from geo_integration.travel.streets.osm import read_osm
from geo_integration.travel.streets.reach import iter_street_reach
from geo_integration.travel.streets.router import open_router
from geo_integration.vocabulary import Kind, Mode

SEED = 20_261_122
SITES, ORIGINS, HORIZON = 300, 2_000, 90.0


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--adds", type=int, default=40)
    options.add_argument("--out", type=Path, help="write the tables there too")
    chosen = options.parse_args()
    said = [region(chosen.adds)]
    if (EXTRACTS / "porto.osm.pbf").is_file():
        said.append(porto(chosen.adds))
    text = "\n\n".join(said) + "\n"
    print(text)
    if chosen.out is not None:
        chosen.out.write_text(text, encoding="utf-8")


def region(adds: int) -> str:
    """Measure the demonstration's région."""
    with tempfile.TemporaryDirectory() as folder:
        store = FolderStore(Path(folder) / "store")
        for _ in demo.load(store):
            pass
        loaded = load(store)
    request = Request("R32", Kind.ALPHABETISATION, 30.0, demo.as_of())
    study_layers(loaded, request)  # territories and compiled parts are read once per process
    full = [measured(lambda: study_layers(loaded, request)) for _ in range(3)]
    studied = study_layers(loaded, request)
    preparing = [measured(lambda: Standing.of(studied))]
    standing = Standing.of(studied)
    places = drawn(adds)
    standing.add(places[0]).close(standing.courses["site_id"].iloc[:1])  # the ways by commune are sorted once
    rows = {
        "add": [measured(lambda place=place: standing.add(place).cause) for place in places],
        "add + table": [measured(lambda place=place: standing.add(place).coverage) for place in places],
        "close": [
            measured(lambda site=site: standing.close([site]).cause)
            for site in standing.courses["site_id"].drop_duplicates().iloc[:adds]
        ],
    }
    title = (
        f"Région (outline): {len(studied.communes)} communes, {len(standing.sites)} places, "
        f"{len(studied.ways.commune)} ways; loading once {preparing[0][0]:.2f} s"
    )
    return told(title, full, rows)


def drawn(count: int) -> list[Place]:
    """Draw mairies of the région by population."""
    table = territories.communes(geometry=False)
    table = table[table["region_code"].eq("32") & table["mairie_lon"].notna()].fillna({"population": 0})
    weight = table["population"].to_numpy(dtype=float)
    picked = table.iloc[np.random.default_rng(SEED).choice(len(table), count, replace=False, p=weight / weight.sum())]
    return [
        Place(f"scenario:{number}", row.mairie_lon, row.mairie_lat, row.code)
        for number, row in enumerate(picked.itertuples(), start=1)
    ]


def porto(adds: int) -> str:
    """Measure the search and the fold on real streets, between places beside them."""
    extract = EXTRACTS / "porto.osm.pbf"
    network = build(read_osm(extract), mode=Mode.CAR, area="porto", country="PT")
    router = open_router(network)
    places = sample_places(extract, ORIGINS + SITES + adds)
    origins = pd.DataFrame(places[:ORIGINS], columns=["lon", "lat"]).assign(radius_metres=100.0)
    origins.insert(0, "commune_code", [f"o{row}" for row in range(ORIGINS)])
    sites = pd.DataFrame(places[ORIGINS:], columns=["lon", "lat"])
    sites.insert(0, "site_id", [f"s{row:04d}" for row in range(len(sites))])
    today, rows = sites.iloc[:SITES], np.arange(ORIGINS, dtype=np.int32)
    held = pd.DataFrame(dict.fromkeys(("open", "unknown", "full", "other"), today["site_id"])).astype("object")
    held[["unknown", "full", "other"]] = None

    def ways(chosen: pd.DataFrame) -> Ways:
        chunks = iter_street_reach(chosen, origins, network=network, cutoff_minutes=HORIZON, router=router)
        return Ways.of(
            as_pairs(chunks, rows),
            communes=origins["commune_code"],
            places=chosen["site_id"],
            routable=np.ones(ORIGINS, dtype=bool),
            horizon_minutes=HORIZON,
        )

    def whole() -> Fold:
        found = ways(today)
        return Fold.of(found, nearest([found.pairs()], held, ORIGINS))

    fold = whole()
    one_more = pd.concat([held, held.iloc[:1]], ignore_index=True)
    numbers = np.arange(SITES + 1)

    def add(row: int) -> None:
        found = ways(sites.iloc[[row]])
        searched = Searched(found.commune, found.out_minutes, found.back_minutes)
        fold.with_searched([searched]).with_places(numbers, held=holding(held), holds=holding(one_more))

    add(SITES)
    rows_of = {"add": [measured(lambda row=row: add(row)) for row in range(SITES, SITES + adds)]}
    title = f"Porto (streets, {router.name}): {network.nodes} nodes, {ORIGINS} origins, {SITES} places"
    return told(title, [measured(whole) for _ in range(3)], rows_of)


def measured(do: Callable[[], object]) -> tuple[float, float]:
    """Return seconds of wall clock and of CPU."""
    wall, spent = time.perf_counter(), time.process_time()
    do()
    return time.perf_counter() - wall, time.process_time() - spent


def told(title: str, full: list[tuple[float, float]], rows: dict[str, list[tuple[float, float]]]) -> str:
    """Return a Markdown table: milliseconds, and how many times less than the full run (CPU, medians)."""
    whole = np.array(full)
    lines = [f"**{title}**", "", "| | median ms | p95 ms | CPU median ms | CPU p95 ms | full run ÷ this |"]
    lines += ["|---|---:|---:|---:|---:|---:|"]
    for name, times in {"full run": full, **rows}.items():
        wall, spent = np.array(times).T * 1000
        ratio = np.median(whole[:, 1]) * 1000 / np.median(spent)
        figures = [np.median(wall), np.quantile(wall, 0.95), np.median(spent), np.quantile(spent, 0.95)]
        lines.append(f"| {name} | " + " | ".join(f"{value:.0f}" for value in figures) + f" | {ratio:.0f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
