"""All of France in one command: time and peak memory of ``gaps``, from 1 to 13 régions.

``uv run python benchmarks/gaps_france.py`` makes 10,000 synthetic sites at mairies drawn by population (seeded), as a
table imported through a mapping, then runs the real command in a process of its own for 1, 2, 5 and 13 régions and
for ``france``, and prints a Markdown table. Sites stay 10,000 throughout: those out of reach are left out by the job.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from geo_integration import territories

SITES = 10_000
SEED = 20261122
METROPOLE = ("32", "28", "44", "11", "24", "27", "52", "53", "75", "76", "84", "93", "94")
MAPPING = """layer: offers
source: banc
synthetic: true
columns:
  record_id: id
  title: intitulé
  commune_code: commune
  longitude: lon
  latitude: lat
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sites", type=int, default=SITES)
    arguments.add_argument("--regions", default="1,2,5,13,france")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _write_sites(root, chosen.sites)
        command = ["import", "table", root / "sites.csv", "--mapping", root / "banc.yaml", "--store", root / "store"]
        seconds, megabytes, _ = _run(*command)
        print(f"import of {chosen.sites} sites: {seconds:.1f} s, {megabytes:.0f} MB\n")
        print("| territory | communes | seconds | peak MB |\n|---|---:|---:|---:|")
        for size in chosen.regions.split(","):
            territory = "france" if size == "france" else ",".join(f"R{code}" for code in METROPOLE[: int(size)])
            out = root / f"gaps-{size}.csv"
            seconds, megabytes, _ = _run(
                "gaps", "--territory", territory, "--as-of", "2026-10-01", "--out", out, "--store", root / "store"
            )
            communes = len(territories.select(territory).commune_codes)
            label = size if size == "france" else f"{size} région(s)"
            print(f"| {label} | {communes} | {seconds:.1f} | {megabytes:.0f} |", flush=True)


def _write_sites(root: Path, count: int) -> None:
    """Draw communes by population, a third of the courses alphabétisation, each within a kilometre of its mairie."""
    random = np.random.default_rng(SEED)
    communes = territories.communes(geometry=False).dropna(subset=["mairie_lon", "population"])
    weight = communes["population"].to_numpy(dtype=float)
    rows = communes.iloc[random.choice(len(communes), count, p=weight / weight.sum())]
    shift = random.normal(0, 0.003, (count, 2))
    with (root / "sites.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(["id", "intitulé", "commune", "lon", "lat"])
        for number, row in enumerate(rows.itertuples()):
            title = "Alphabétisation" if number % 3 == 0 else "Français langue étrangère A1"
            lon, lat = row.mairie_lon + shift[number, 0], row.mairie_lat + shift[number, 1]
            writer.writerow([number, title, row.code, f"{lon:.5f}", f"{lat:.5f}"])
    (root / "banc.yaml").write_text(MAPPING, encoding="utf-8")


def _run(*words: str | Path) -> tuple[float, float, str]:
    """Run one command in a process of its own; return seconds, peak memory in MB, and what it printed."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", "from geo_integration.cli import main; main()", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in {0, 1}:
        print(said)
        sys.exit(f"the command failed: {' '.join(map(str, words))}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024, said


if __name__ == "__main__":
    main()
