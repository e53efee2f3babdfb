"""Fit the speeds of the outline network on INSEE's metric-OSRM times in Gironde, and report the error.

Run from the root of the project, with the shared data beside it::

    uv run python benchmarks/calibrate_outline.py

Half of the 1,250 pairs, chosen by a hash of their numbers, fits the parameters; the other half is only
measured. The tables it prints are those of ``docs/outline.md``.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

import numpy as np
import pandas as pd
from pyproj import Transformer
from scipy.optimize import minimize
from scipy.sparse.csgraph import dijkstra

from geo_integration.settings import settings
from geo_integration.travel.outline import OutlineNetwork, OutlineParameters
from geo_integration.travel.pairs import leg_minutes
from geo_integration.travel.reach import iter_reach
from geo_integration.travel.snapping import LEGAL_PROJECTION, Booleans, Floats

PAIRS = Path(__file__).resolve().parents[2] / "shared" / "data" / "references" / "osrm_gironde"
MARGIN_DEGREES = 0.6
LITERATURE_DETOUR = 1.3
CLASSES = ((0, 10), (10, 20), (20, 30), (30, 45), (45, 60), (60, 90), (90, 200))
STARTS = ((75.0, 65.0, 3.0, 0.1), (85.0, 60.0, 2.0, 0.15), (75.0, 75.0, 2.0, 0.05))
"""Main speed, local speed without its detour, overhead, urban slowing."""


@dataclass(frozen=True)
class Fit:
    """Parameters, and the error that they leave on the fitting half."""

    found: Sequence[float]
    error: float


def main() -> int:
    """Fit, measure, print; return the exit code."""
    if not PAIRS.is_dir():
        print(f"paires de référence absentes : {PAIRS.name} (dossier ../shared/data/references)", file=sys.stderr)
        return 2
    pairs = read_pairs(PAIRS)
    fitting = pairs["fits"].to_numpy()
    nodes, edges = clipped_network(pairs)
    models = {
        "two-speed outline (shipped)": fitted_outline(pairs, nodes, edges),
        "network distance, one speed": fitted_single_speed(pairs, nodes, edges),
        "straight line x 1.3, one speed": fitted_straight_line(pairs),
    }
    print("\n| model | half | pairs | median abs. error | p90 | mean | bias | median under 45 min | p90 | bias |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, minutes in models.items():
        for half, chosen in (("fit", fitting), ("held out", ~fitting)):
            print(f"| {name} | {half} | {error_row(minutes, pairs, chosen)} |")
    residual_classes(models, pairs, ~fitting)
    return 0


def read_pairs(folder: Path) -> pd.DataFrame:
    """Read the pairs: WGS84 ends, OSRM minutes and km, straight km, and whether the pair fits or is held out."""
    table = pd.concat([pd.read_csv(path) for path in sorted(folder.glob("*.csv"))], ignore_index=True)
    to_degrees = Transformer.from_crs(LEGAL_PROJECTION, 4326, always_xy=True)
    for end in ("1", "2"):
        table[f"lon{end}"], table[f"lat{end}"] = to_degrees.transform(table[f"X{end}"], table[f"Y{end}"])
    table["straight_km"] = np.hypot(table["X1"] - table["X2"], table["Y1"] - table["Y2"]) / 1000
    keys = table["id1"].astype(str) + "-" + table["id2"].astype(str)
    table["fits"] = [crc32(key.encode()) % 2 == 0 for key in keys]
    return table


def clipped_network(pairs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the shipped network around the pairs: the same times as the whole, faster."""
    folder = settings().data / "roads"
    nodes, edges = (pd.read_parquet(folder / f"main_roads_{name}.parquet") for name in ("nodes", "edges"))
    near = np.ones(len(nodes), dtype=np.bool_)
    for axis in ("lon", "lat"):
        ends = pairs[[f"{axis}1", f"{axis}2"]].to_numpy()
        near &= nodes[axis].between(ends.min() - MARGIN_DEGREES, ends.max() + MARGIN_DEGREES).to_numpy()
    nodes = nodes[near]
    kept = edges["source"].isin(nodes["node_id"]) & edges["target"].isin(nodes["node_id"])
    return nodes, edges[kept]


def outline_minutes(pairs: pd.DataFrame, network: OutlineNetwork) -> Floats:
    """Return the engine's minutes from each first end to each second end; NaN where there is no way."""
    keys = np.arange(len(pairs)).astype(str)
    sites = pd.DataFrame({"site_id": keys, "lon": pairs["lon1"].to_numpy(), "lat": pairs["lat1"].to_numpy()})
    origins = pd.DataFrame({"commune_code": keys, "lon": pairs["lon2"].to_numpy(), "lat": pairs["lat2"].to_numpy()})
    origins["radius_metres"] = 1.0
    minutes = np.full(len(pairs), np.nan)
    for chunk in iter_reach(sites, origins, network=network, cutoff_minutes=1000, chunk_size=250):
        same = chunk.site_index == chunk.commune_index
        minutes[chunk.site_index[same]] = chunk.out_minutes[same]
    return minutes


def fitted_outline(pairs: pd.DataFrame, nodes: pd.DataFrame, edges: pd.DataFrame) -> Floats:
    """Fit the speeds, the overhead and the urban slowing, then the detour; print them; return all minutes."""

    def parameters(values: Sequence[float]) -> OutlineParameters:
        main, local, overhead, slowing = np.maximum(values, (20, 20, 0, 0))
        return OutlineParameters(
            main_speed_kmh=main, local_speed_kmh=local, detour=1, overhead_minutes=overhead, urban_slowing=slowing
        )

    def minutes(values: Sequence[float], which: pd.DataFrame) -> Floats:
        return outline_minutes(which, OutlineNetwork.from_tables(nodes, edges, parameters=parameters(values)))

    # The error is nearly flat around its minimum: several starts, and the best of them.
    best = min((fit(minutes, start, pairs[pairs["fits"]]) for start in STARTS), key=lambda found: found.error).found
    found = parameters(best)
    network = OutlineNetwork.from_tables(nodes, edges, parameters=found)
    main_km, local_km = path_lengths(pairs[pairs["fits"]], network, nodes, edges)
    # Times depend on local speed over detour only: lengths say what share of it is detour. The median
    # weighted by local length minimises the absolute error in km.
    ratio = (pairs.loc[pairs["fits"], "Dist_km"].to_numpy() - main_km) / np.maximum(local_km, 1e-9)
    order = np.argsort(ratio)
    weight = np.cumsum(local_km[order])
    detour = float(ratio[order][np.searchsorted(weight, weight[-1] / 2)])
    found = replace(found, detour=detour, local_speed_kmh=found.local_speed_kmh * detour / found.detour)
    print(found, f"km by local links: {local_km.sum() / (local_km.sum() + main_km.sum()):.0%}")
    return minutes(best, pairs)


def fitted_single_speed(pairs: pd.DataFrame, nodes: pd.DataFrame, edges: pd.DataFrame) -> Floats:
    """Fit one speed for the shortest way by distance, legs and local links lengthened as usual."""
    network = OutlineNetwork.from_tables(
        nodes,
        edges,
        parameters=OutlineParameters(
            main_speed_kmh=60, local_speed_kmh=60, detour=1.0, overhead_minutes=0, urban_slowing=0
        ),
    )
    return proportional(outline_minutes(pairs, network), pairs, "network distance")


def fitted_straight_line(pairs: pd.DataFrame) -> Floats:
    """Fit one speed for the straight line times the detour of the literature."""
    return proportional(pairs["straight_km"].to_numpy() * LITERATURE_DETOUR, pairs, "straight line x 1.3")


def proportional(kilometres: Floats, pairs: pd.DataFrame, name: str) -> Floats:
    """Return minutes proportional to kilometres, at the speed that fits the fitting half."""
    best = fit(lambda values, which: kilometres[which.index] * 60 / values[0], (60.0,), pairs[pairs["fits"]]).found
    print(f"{name}: {best[0]:.1f} km/h")
    return kilometres * 60 / best[0]


def fit(model: Callable[[Sequence[float], pd.DataFrame], Floats], start: Sequence[float], pairs: pd.DataFrame) -> Fit:
    """Return the parameters of least mean of error / sqrt(minutes) (Nelder and Mead, 1965).

    The root keeps the few short trips, which matter most to a learner, from counting for nothing beside
    long ones, without making them count for everything.
    """
    known = pairs["Dist_min"].to_numpy()

    def error(values: Sequence[float]) -> float:
        return float(np.mean(np.abs(model(values, pairs) - known) / np.sqrt(known)))

    simplex = [list(start)] + [[v * (1.25 if i == j else 1) for j, v in enumerate(start)] for i in range(len(start))]
    options = {"xatol": 0.02, "fatol": 0.002, "maxfev": 160, "initial_simplex": simplex}
    found = minimize(error, start, method="Nelder-Mead", options=options)
    print("fit", [round(float(value), 3) for value in found.x], f"{found.fun:.4f}", flush=True)
    return Fit(found=list(found.x), error=float(found.fun))


def path_lengths(
    pairs: pd.DataFrame, network: OutlineNetwork, nodes: pd.DataFrame, edges: pd.DataFrame
) -> tuple[Floats, Floats]:
    """Return km by main road and straight km by legs and local links of each quickest way."""
    ends = [network.access(pairs[f"lon{end}"].to_numpy(), pairs[f"lat{end}"].to_numpy()) for end in "12"]
    minutes = [leg_minutes(end, network) for end in ends]
    size = network.graph.shape[0]
    metres = _edge_metres(network, nodes, edges)
    lengths = np.zeros((len(pairs), 2))
    for row in range(len(pairs)):
        from_start, before = dijkstra(network.graph, indices=ends[0].nodes[row], return_predecessors=True)
        total = minutes[0][row][:, None] + from_start[:, ends[1].nodes[row]] + minutes[1][row]
        first, last = np.unravel_index(np.argmin(total), total.shape)
        lengths[row, 1] = ends[0].metres[row, first] + ends[1].metres[row, last]
        node = ends[1].nodes[row, last]
        while (previous := before[first, node]) >= 0:
            local, length = metres[min(previous, node) * size + max(previous, node)]
            lengths[row, local] += length
            node = previous
    return lengths[:, 0] / 1000, lengths[:, 1] / 1000


def _edge_metres(network: OutlineNetwork, nodes: pd.DataFrame, edges: pd.DataFrame) -> dict[int, tuple[int, float]]:
    """Return (0 main or 1 local, metres) of the quickest edge between two nodes."""
    size = network.graph.shape[0]
    rows = pd.Series(np.arange(size), index=nodes["node_id"])
    ends = np.sort(np.column_stack([rows[edges["source"]], rows[edges["target"]]]), axis=1)
    local, metres = edges["is_local"].to_numpy(), edges["length_metres"].to_numpy(dtype=np.float64)
    given = network.parameters
    minutes = np.where(local, given.local_minutes(metres), given.main_minutes(metres))
    slowest_first = np.argsort(-minutes, kind="stable")  # of parallel edges, the quickest is written last
    keys = (ends[:, 0] * size + ends[:, 1])[slowest_first].tolist()
    kinds = local[slowest_first].astype(int).tolist()
    return dict(zip(keys, zip(kinds, metres[slowest_first].tolist(), strict=True), strict=True))


def error_row(minutes: Floats, pairs: pd.DataFrame, chosen: Booleans) -> str:
    """Return the cells of one line of the table of errors."""
    known = pairs["Dist_min"].to_numpy()
    short = chosen & (known < 45)  # noqa: PLR2004
    cells = [str(int(chosen.sum()))]
    for which, with_mean in ((chosen, True), (short, False)):
        error = minutes[which] - known[which]
        cells += [f"{np.median(np.abs(error)):.2f}", f"{np.quantile(np.abs(error), 0.9):.1f}"]
        cells += [f"{np.abs(error).mean():.2f}"] if with_mean else []
        cells += [f"{100 * error.sum() / known[which].sum():+.1f} %"]
    return " | ".join(cells)


def residual_classes(models: dict[str, Floats], pairs: pd.DataFrame, chosen: Booleans) -> None:
    """Print the error of each model by class of OSRM minutes, on the pairs held out."""
    known = pairs["Dist_min"].to_numpy()
    names = list(models)
    print("\n| OSRM minutes | pairs | " + " | ".join(f"{name}: median abs. / bias" for name in names) + " |")
    print("|---|---|" + "---|" * len(names))
    for low, high in CLASSES:
        which = chosen & (known >= low) & (known < high)
        cells = []
        for name in names:
            error = models[name][which] - known[which]
            cells.append(f"{np.median(np.abs(error)):.2f} / {100 * error.sum() / known[which].sum():+.1f} %")
        print(f"| {low}-{high} | {int(which.sum())} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    sys.exit(main())
