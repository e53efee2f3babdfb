"""How far isochrones are from the reach table's minutes: ours, concave hulls, Valhalla's.

Run from the root of the project, with the shared data beside it::

    uv run --group bench python benchmarks/isochrones.py [--cache FOLDER] [--places 4]

The truth is ours by definition: the minutes of the reach table, at the nodes and at points drawn on the ground. What is
measured is whether a polygon says the same thing as these minutes. Valhalla's own minutes differ (docs/accuracy.md),
so its column tells what a map from it would contradict in our lists, not how good its own map is.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pages import Page, markdown_table

from geo_integration.travel.streets.build import build
from geo_integration.travel.streets.isochrone import OFF_STREET_METRES, isochrones, standing_nodes
from geo_integration.travel.streets.network import SUFFIX, RoadNetwork
from geo_integration.travel.streets.osm import Extract, read_osm
from geo_integration.travel.streets.router import NO_PATH, node_milliseconds, open_router, pair_milliseconds
from geo_integration.travel.streets.snap import leaving, snap
from geo_integration.vocabulary import Mode

try:
    import peers
except ImportError:
    peers = None  # type: ignore[assignment]

ROOT = Path(__file__).resolve().parents[1]
EXTRACTS = ROOT.parent / "shared" / "data" / "osm" / "extracts"
PAGE = ROOT / "docs" / "isochrones.md"
AREAS = {"porto": "PT", "monaco": "MC"}
MINUTES = {Mode.FOOT: (10, 20, 30), Mode.BIKE: (10, 20, 30), Mode.CAR: (5, 10, 20)}
COSTING = {Mode.FOOT: "pedestrian", Mode.BIKE: "bicycle", Mode.CAR: "auto"}
SEED = 20_261_122
POINTS = 20_000
HULL_RATIO = 0.1
"""Of ``shapely.concave_hull``: 0 is the tightest, 1 the convex hull."""

type Booleans = NDArray[np.bool_]
type Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Truth:
    """What the reach table says around one place: positions (lon, lat) and minutes, inf where not reached."""

    nodes: Floats
    node_minutes: Floats
    ground: Floats
    ground_minutes: Floats


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cache", type=Path, default=Path(".bench"))
    options.add_argument("--places", type=int, default=4)
    chosen = options.parse_args()
    errors, speeds = [], []
    for area, country in AREAS.items():
        for network in networks(area, country, chosen.cache):
            valhalla = open_valhalla(area, network.mode, chosen.cache)
            rows, speed = measure(network, chosen.places, valhalla)
            errors += [[area.title(), network.mode.value, *row] for row in rows]
            speeds.append([area.title(), network.mode.value, *speed])
            print(area, network.mode, speed, flush=True)
    page = Page.read(PAGE)
    page.put("error", error_section(errors, chosen.places))
    page.put("speed", speed_section(speeds, chosen.places))
    page.write(order=["error", "speed"])


def networks(area: str, country: str, cache: Path) -> Iterator[RoadNetwork]:
    """Yield the area's networks, built once and kept in the cache."""
    extract: Extract | None = None
    for mode in MINUTES:
        path = cache / f"{area}-{mode.value}{SUFFIX}"
        if not path.is_file():
            extract = extract or read_osm(EXTRACTS / f"{area}.osm.pbf")
            build(extract, mode=mode, area=area.title(), country=country).save(path)
        yield RoadNetwork.load(path)


def open_valhalla(area: str, mode: Mode, cache: Path) -> Callable[[float, float, int], shapely.Geometry] | None:
    """Return what answers Valhalla's isochrone, None where it is not installed."""
    if peers is None:
        return None
    prepared = peers.prepare_valhalla(EXTRACTS / f"{area}.osm.pbf", cache)
    config = json.loads(prepared.path.read_text(encoding="utf-8"))
    actor = peers.valhalla.Actor(config)

    def ask(lon: float, lat: float, minutes: int) -> shapely.Geometry:
        answer = actor.isochrone(
            {
                "locations": [{"lon": lon, "lat": lat}],
                "costing": COSTING[mode],
                "contours": [{"time": minutes}],
                "polygons": True,
                "denoise": 0.0,
            }
        )
        found = answer if isinstance(answer, dict) else json.loads(answer)
        # Its polygons are not always valid.
        return shapely.union_all(shapely.make_valid(gpd.GeoDataFrame.from_features(found).geometry.to_numpy()))

    return ask


def measure(
    network: RoadNetwork, places: int, valhalla: Callable[[float, float, int], shapely.Geometry] | None
) -> tuple[list[list[str]], list[str]]:
    """Return the rows of one network (one per time), and how long maps take."""
    random = np.random.default_rng(SEED)
    standing = np.flatnonzero(standing_nodes(network))
    # Places well inside the extract: times beyond its edge are not known.
    west, east = np.quantile(network.lon[standing], (0.2, 0.8))
    south, north = np.quantile(network.lat[standing], (0.2, 0.8))
    middle = standing[
        (network.lon[standing] > west)
        & (network.lon[standing] < east)
        & (network.lat[standing] > south)
        & (network.lat[standing] < north)
    ]
    at = random.choice(middle, places, replace=False)
    levels = MINUTES[network.mode]
    found: dict[tuple[int, str], list[tuple[float, ...]]] = {}
    seconds = []
    for lon, lat in zip(network.lon[at].tolist(), network.lat[at].tolist(), strict=True):
        for _ in range(2):
            start = time.perf_counter()
            ours = isochrones(network, lon, lat, levels)
            seconds.append(time.perf_counter() - start)
        truth = truth_around(network, lon, lat, float(levels[-1]), ours, random)
        for level, shape in zip(levels, ours.geometry, strict=True):
            reached = shapely.MultiPoint(truth.nodes[truth.node_minutes <= level])
            shapes = {"ours": shape, "hull": shapely.concave_hull(reached, ratio=HULL_RATIO)}
            if valhalla is not None:
                shapes["valhalla"] = valhalla(lon, lat, level)
            for name, polygon in shapes.items():
                found.setdefault((level, name), []).append(compared(truth, level, polygon))
    rows = []
    for level in levels:
        row = [str(level)]
        for name in ("ours", "hull", "valhalla"):
            if (level, name) in found:
                row += [f"{100 * value:.1f} %" for value in np.mean(found[level, name], axis=0)]
            else:
                row += [""] * 5
        rows.append(row)
    return rows, [f"{levels[-1]}", f"{seconds[0]:.1f}", f"{statistics.median(seconds[1::2]):.2f}"]


def truth_around(
    network: RoadNetwork, lon: float, lat: float, minutes: float, ours: gpd.GeoDataFrame, random: np.random.Generator
) -> Truth:
    """Return times at the nodes, and at points drawn evenly on the ground near the streets."""
    place = snap(network, lon, lat)
    limit = 2 * minutes * 60_000
    times = node_milliseconds(network, leaving(network, place), limit_milliseconds=limit) / 60_000
    standing = standing_nodes(network)
    west, south, east, north = ours.total_bounds
    wide, high = (east - west) * 0.2, (north - south) * 0.2
    ground = np.column_stack(
        [random.uniform(west - wide, east + wide, POINTS), random.uniform(south - high, north + high, POINTS)]
    )
    joined = snap(network, ground[:, 0], ground[:, 1], limit_metres=OFF_STREET_METRES[network.mode])
    table = pair_milliseconds(open_router(network, "scipy"), place, joined)[0]
    return Truth(
        np.column_stack([network.lon, network.lat])[standing],
        times[standing],
        ground,
        np.where(table == NO_PATH, np.inf, table / 60_000),
    )


def compared(truth: Truth, level: float, shape: shapely.Geometry) -> tuple[float, ...]:
    """Return nodes missed and wrongly inside, ground missed and wrongly inside, and area over true area."""
    shapely.prepare(shape)
    inside = shapely.intersects_xy(shape, truth.nodes[:, 0], truth.nodes[:, 1])
    within = truth.node_minutes <= level
    ground = shapely.intersects_xy(shape, truth.ground[:, 0], truth.ground[:, 1])
    reached = truth.ground_minutes <= level
    return (
        float((within & ~inside).sum() / within.sum()),
        float((inside & ~within).sum() / inside.sum()),
        float((reached & ~ground).sum() / reached.sum()),
        float((ground & ~reached).sum() / ground.sum()),
        float(ground.sum() / reached.sum()),
    )


def error_section(rows: list[list[str]], places: int) -> str:
    """Return the table of errors, one row per area, mode, time and method."""
    names = ("this", f"concave hull ({HULL_RATIO})", "Valhalla")
    long = [
        [*row[:3], name, *row[3 + 5 * number : 8 + 5 * number]] for row in rows for number, name in enumerate(names)
    ]
    headings = ["area", "mode", "min", "polygon", "nodes missed", "wrongly in", "ground missed", "wrongly in", "area"]
    return f"""## Error

Written by `uv run --group bench python benchmarks/isochrones.py`: means over {places} places per area and mode, drawn
among the nodes (seed {SEED}); {POINTS:,} points of ground each. *Missed*: share of what is within the time and
lies outside the polygon; *wrongly in*: share of what lies in the polygon and is beyond the time, by however little.
*Area*: of the polygon over that of the ground within the time. All points lie in the box of our longest polygon, 20 %
wider on each side; ground farther from a street than the off-street limit counts as beyond. The truth is our reach
table: Valhalla has minutes of its own, so its rows say what its map would contradict in our lists, not whether
it is right. The concave hull is that of the reached nodes.

{markdown_table(headings, long, words=4)}"""


def speed_section(rows: list[list[str]], places: int) -> str:
    """Return the table of times."""
    headings = ["area", "mode", "longest, min", "first map, s", "next maps of the same place, s"]
    return f"""## Time

Seconds for three times at once; the first map of a network also joins cells to streets, which is then kept (median of
{places} places for the last column; a machine of 2 cores shared with other work).

{markdown_table(headings, rows, words=2)}"""


if __name__ == "__main__":
    main()
