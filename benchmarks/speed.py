"""How fast reach tables are made: ours beside OSRM (CH and MLD), Valhalla and cafein's street mode.

``uv run --group bench python benchmarks/speed.py [--quick] [--area region] [--without osrm_ch]``: every engine reads
the same extract and answers the same pairs, one after the other, each in a process of its own on one thread. Figures
are CPU seconds; what counts are the ratios between engines of one run. Writes its section of ``docs/benchmarks.md``.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from accuracy_streets import EXTRACTS, sample_places
from pages import Page, markdown_table
from peers import Floats, PeerFailedError, Run, default_cache, run_measured
from regional_graph import region_communes, regional_streets, write

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
WORKERS = Path(__file__).parent / "speed_workers.py"
ENGINES = {
    "ours": "ours",
    "osrm_ch": "OSRM, CH",
    "osrm_mld": "OSRM, MLD",
    "valhalla": "Valhalla",
    "cafein": "cafein, streets",
}
SITES = 500
SEED = 20_261_122
SPREAD_DEGREES = 0.005
QUICK_DEPARTMENT = "80"


@dataclass(frozen=True)
class Case:
    """An extract and the pairs asked of it: from every origin to every site."""

    name: str
    title: str
    extract: Path
    country: str
    origins: Floats
    sites: Floats

    def save(self, path: Path, cache: Path) -> None:
        """Write what a worker needs."""
        told = {"extract": str(self.extract), "country": self.country, "cache": str(cache)}
        np.savez(path, origins=self.origins, sites=self.sites, told=json.dumps(told))


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="Somme only: a tenth of the région, written nowhere")
    options.add_argument("--area", choices=("region", "porto"), action="append", help="only this one (may be repeated)")
    options.add_argument("--without", choices=ENGINES, action="append", default=[], help="leave an engine out")
    options.add_argument("--cache", type=Path, default=default_cache(), help="where prepared extracts are kept")
    chosen = options.parse_args()
    engines = [name for name in ENGINES if name not in chosen.without]
    page = Page.read(DOCUMENT)
    page.put("streets", INTRODUCTION)
    for area in chosen.area or ("region", "porto"):
        case = regional_case(chosen.cache, quick=chosen.quick) if area == "region" else porto_case(quick=chosen.quick)
        said = report(case, {name: measured(case, name, chosen.cache) for name in engines})
        said += f"\n\n{NOTE}" if area == "region" else ""
        print(said, flush=True)
        page.put(f"streets_{area}", said)
    if not chosen.quick:
        page.write()
    return 0


def regional_case(cache: Path, *, quick: bool) -> Case:
    """Return the made-up région, written if need be, with its mairies and sites drawn near them by population."""
    departments = (QUICK_DEPARTMENT,) if quick else ()
    extract = cache / f"region-{'-'.join(departments) or 'all'}.osm.pbf"
    if not extract.is_file():
        write(regional_streets(departments=departments), extract)
    communes = region_communes(departments)
    origins = communes[["mairie_lon", "mairie_lat"]].to_numpy(dtype=np.float64)
    random = np.random.default_rng(SEED)
    weight = communes["population"].fillna(0).to_numpy(dtype=np.float64)
    rows = random.choice(len(origins), SITES, p=weight / weight.sum())
    sites = origins[rows] + random.uniform(-SPREAD_DEGREES, SPREAD_DEGREES, (SITES, 2))
    title = "A made-up région" if not quick else "A made-up Somme"
    return Case("region", title, extract, "FR", origins, sites)


def porto_case(*, quick: bool) -> Case:
    """Return Porto, with places beside its streets."""
    extract = EXTRACTS / "porto.osm.pbf"
    places = sample_places(extract, 700 if quick else 2_500)
    return Case("porto", "Porto", extract, "PT", places[: -SITES // 2 if quick else -SITES], places[-SITES:])


def measured(case: Case, engine: str, cache: Path) -> dict[str, float] | str:
    """Return the figures of one engine, or why there are none."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case.npz"
        case.save(path, cache)
        try:
            prepared = _worker(engine, "prepare", path)
            asked = _worker(engine, "ask", path)
        except PeerFailedError as error:
            print(error, file=sys.stderr)
            return str(error).splitlines()[-1][:120]
    figures = json.loads(prepared.said.splitlines()[-1]) | json.loads(asked.said.splitlines()[-1])
    # A peer prepares in processes of its own and reports their memory; ours is that of the worker.
    return {"prepare_megabytes": prepared.megabytes} | figures | {"ask_megabytes": asked.megabytes}


def _worker(engine: str, step: str, case: Path) -> Run:
    return run_measured([sys.executable, WORKERS, engine, step, case])


ROWS = {
    "prepare": "preparation",
    "prepare_megabytes": "its peak memory, MB",
    "disk_megabytes": "on disk, MB",
    "open": "opening",
    "out": "table there, one way",
    "back": "table back, one way",
    "both": "table there and back",
    "reach": "reach table there and back, as rows",
    "new_site": "new site, there and back",
    "add_site": "new site, added to the reach table",
    "ask_megabytes": "peak memory of asking, MB",
}


def report(case: Case, figures: dict[str, dict[str, float] | str]) -> str:
    """Return the tables of one case: figures, then ratios."""
    known = {name: found for name, found in figures.items() if isinstance(found, dict)}
    rows = [
        [label, *(_cell(found.get(key), key) for found in known.values())]
        for key, label in ROWS.items()
        if any(key in found for found in known.values())
    ]
    parts = [
        f"### {case.title}: {len(case.origins):,} origins x {len(case.sites):,} sites",
        markdown_table(["CPU seconds (or MB)", *(ENGINES[name] for name in known)], rows),
    ]
    notes = [f"{ENGINES[name]}: {found['note']}" for name, found in known.items() if "note" in found]
    notes += [f"{ENGINES[name]}: not measured ({found})." for name, found in figures.items() if isinstance(found, str)]
    parts += ["\n".join(f"- {note}" for note in notes)] if notes else []
    if "ours" in known and len(known) > 1:
        parts += [
            f"How many times {case.title}'s figures of ours go into theirs (more is better for us):".replace(
                "A made-up", "the made-up"
            )
        ]
        parts.append(ratios(known))
    return "\n\n".join(parts)


RATIOS = (
    ("preparation", "prepare", "prepare"),
    ("table there and back", "both", "both"),
    ("reach table with rows, to their bare table", "reach", "both"),
    ("new site", "new_site", "new_site"),
    ("new site with rows, to their bare times", "add_site", "new_site"),
)
"""What is compared, ours, theirs."""


def ratios(known: dict[str, dict[str, float]]) -> str:
    """Return the table of ratios."""
    ours = known["ours"]
    others = [name for name in known if name != "ours"]
    rows = []
    for label, mine, their in RATIOS:
        cells = [
            f"{known[name][their] / ours[mine]:.1f}x" if their in known[name] and mine in ours else ""
            for name in others
        ]
        rows.append([label, *cells])
    return markdown_table(["", *(ENGINES[name] for name in others)], rows)


def _cell(value: float | None, key: str) -> str:
    if value is None:
        return ""
    if "megabytes" in key:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if value >= 1 else f"{value:.4f}"


INTRODUCTION = """## Streets: reach tables beside other engines

`uv run --group bench python benchmarks/speed.py`: the same extract and the same pairs for every engine, one after the
other, each in a process of its own, on one thread. **CPU seconds, of a machine that does other things too: read the
ratios.** Peers' tables are left as their engine returns them (OSRM's not even read); *rows* are our reach table as the
service keeps it, every pair with minutes there and back. For a new site, our communes are joined to the streets
beforehand; telling OSRM its own (its *hints*) changed nothing. Memory includes Python."""
NOTE = """The région is made up (`benchmarks/regional_graph.py`): real mairies, real main roads, a mesh of the real
neighbourhoods, and invented grids of streets in between. OSRM contracts it more slowly than real streets (204 CPU
seconds for 27,000 invented nodes, about 105 for the 58,000 of Porto): Porto is the fairer measure of preparation."""

if __name__ == "__main__":
    sys.exit(main())
