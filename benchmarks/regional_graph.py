"""Write a made-up street network the size of a région, as an .osm.pbf that every engine reads alike.

Street-level OpenStreetMap of Hauts-de-France is not to be had where the benchmarks run, so its size and shape are
imitated: around every real mairie a jittered grid of streets, as large as its population asks for; the real main roads
and the mesh of neighbouring communes of ``data/roads`` between them. The streets are invented: **times on this network
mean nothing**; only how long they take to compute does. Seeded: the same bytes every time.

``uv run python benchmarks/regional_graph.py hdf.osm.pbf [--nodes 400000] [--departments 80]``
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import osmium
import pandas as pd
from numpy.typing import NDArray
from osmium.osm import mutable
from scipy.spatial import cKDTree

from geo_integration import territories
from geo_integration.settings import settings

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

REGION = "32"
JUNCTIONS = 400_000
SEED = 20_261_122
EXPONENT = 0.75
"""Streets grow more slowly than inhabitants: towns are denser than villages."""
FEWEST = 9
SPACING_METRES = (45.0, 130.0)
MISSING = 0.22
"""Share of the grid's streets left out: what is left has the 2.9 streets per junction of French towns, about."""
ONE_WAY = 0.12
SIGNAL_POPULATION = 10_000
SIGNALS = 0.06
BEND_METRES = 450.0
DEGREE_METRES = 111_320.0


@dataclass
class Streets:
    """What is written: points, then ways over them."""

    lon: list[Floats] = field(default_factory=list)
    lat: list[Floats] = field(default_factory=list)
    signals: set[int] = field(default_factory=set)
    ways: list[tuple[list[int], dict[str, str]]] = field(default_factory=list)
    count: int = 0

    def points(self, lon: Floats, lat: Floats) -> Integers:
        """Add points; return their numbers."""
        self.lon.append(lon)
        self.lat.append(lat)
        self.count += len(lon)
        return np.arange(self.count - len(lon), self.count)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("path", type=Path)
    options.add_argument("--nodes", type=int, default=JUNCTIONS, help="junctions for the whole région")
    options.add_argument("--departments", default="", help="only these, for a try: 80")
    chosen = options.parse_args()
    streets = regional_streets(junctions=chosen.nodes, departments=tuple(filter(None, chosen.departments.split(","))))
    write(streets, chosen.path)
    print(f"{streets.count} nodes, {len(streets.ways)} ways, {chosen.path.stat().st_size / 1e6:.1f} MB")


def region_communes(departments: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return the communes of the région, or of some départements: code, population, mairie, radius."""
    found = territories.communes(geometry=False)
    found = found[(found["region_code"] == REGION) & found["mairie_lon"].notna()]
    if departments:
        found = found[found["departement_code"].isin(departments)]
    return found.reset_index(drop=True)


def regional_streets(*, junctions: int = JUNCTIONS, departments: tuple[str, ...] = ()) -> Streets:
    """Invent the streets.

    Parameters
    ----------
    junctions : of the grids, for the whole région; a part of the région gets its share.
    """
    random = np.random.default_rng(SEED)
    whole, communes = region_communes(), region_communes(departments)
    sizes = grid_sizes(whole["population"].fillna(0).to_numpy(dtype=np.float64), junctions)
    sizes = sizes[whole["code"].isin(communes["code"]).to_numpy()]
    streets = Streets()
    hubs = _main_roads(streets, communes, random)
    for row, (hub, size) in enumerate(zip(hubs.tolist(), sizes.tolist(), strict=True)):
        commune = communes.iloc[row]
        _grid(streets, commune, hub=hub, side=size, random=random)
    return streets


def grid_sizes(population: Floats, junctions: int) -> Integers:
    """Return the side of each commune's grid, so that all of them hold about so many junctions."""
    weight = np.maximum(population, 1) ** EXPONENT
    low, high = 0.0, float(junctions)
    for _ in range(60):
        middle = (low + high) / 2
        total = np.maximum(weight * middle, FEWEST).sum()
        low, high = (middle, high) if total < junctions else (low, middle)
    sides: Integers = np.maximum(np.round(np.sqrt(np.maximum(weight * low, FEWEST))), 3).astype(np.int64)
    return sides


def _main_roads(streets: Streets, communes: pd.DataFrame, random: np.random.Generator) -> Integers:
    """Add the main roads and the links between neighbours; return the node at each commune's mairie."""
    folder = settings().data / "roads"
    nodes, edges = (pd.read_parquet(folder / f"main_roads_{name}.parquet") for name in ("nodes", "edges"))
    france = territories.communes(geometry=False)
    france = france[france["mairie_lon"].notna()]
    _, nearest = cKDTree(_flat(france["mairie_lon"], france["mairie_lat"])).query(_flat(nodes["lon"], nodes["lat"]))
    kept = nodes[france["code"].isin(communes["code"]).to_numpy()[nearest]]
    numbers = streets.points(kept["lon"].to_numpy(dtype=np.float64), kept["lat"].to_numpy(dtype=np.float64))
    place = pd.Series(numbers, index=kept["node_id"])
    edges = edges[edges["source"].isin(place.index) & edges["target"].isin(place.index)]
    lon, lat = kept["lon"].to_numpy(), kept["lat"].to_numpy()
    for source, target, local in zip(
        place[edges["source"]].tolist(), place[edges["target"]].tolist(), edges["is_local"].tolist(), strict=True
    ):
        tags = {"highway": "primary", "maxspeed": "80"}
        if local:
            tags = {"highway": "tertiary" if random.random() < 0.6 else "secondary"}  # noqa: PLR2004
        ends = np.array([[lon[source], lat[source]], [lon[target], lat[target]]])
        bends = _bends(ends, random)
        between = streets.points(bends[:, 0], bends[:, 1]).tolist()
        streets.ways.append(([source, *between, target], tags))
    _, hubs = cKDTree(_flat(kept["lon"], kept["lat"])).query(_flat(communes["mairie_lon"], communes["mairie_lat"]))
    return numbers[hubs]


def _bends(ends: Floats, random: np.random.Generator) -> Floats:
    """Return points between two ends, off the straight line, shape (bends, 2)."""
    metres = float(np.hypot(*(_flat(ends[1:, 0], ends[1:, 1]) - _flat(ends[:1, 0], ends[:1, 1]))[0]))
    count = int(metres // BEND_METRES)
    along = np.arange(1, count + 1)[:, None] / (count + 1)
    points: Floats = ends[0] + along * (ends[1] - ends[0])
    return points + random.normal(0, 0.06 * BEND_METRES / DEGREE_METRES, (count, 2))


def _grid(streets: Streets, commune: pd.Series, *, hub: int, side: int, random: np.random.Generator) -> None:
    """Add a commune's streets around its mairie, joined to the main roads at its middle."""
    middle = side // 2
    spacing = np.clip(1.6 * commune["radius_metres"] / side, *SPACING_METRES)
    steps = np.arange(side) - middle
    down, across = np.meshgrid(steps, steps, indexing="ij")
    jitter = random.uniform(-0.25, 0.25, (2, side, side))
    angle = random.uniform(0, np.pi)
    east = ((across + jitter[0]) * np.cos(angle) - (down + jitter[1]) * np.sin(angle)) * spacing / DEGREE_METRES
    north = ((across + jitter[0]) * np.sin(angle) + (down + jitter[1]) * np.cos(angle)) * spacing / DEGREE_METRES
    lat = commune["mairie_lat"] + north
    lon = commune["mairie_lon"] + east / np.cos(np.radians(commune["mairie_lat"]))
    numbers = streets.points(lon.ravel(), lat.ravel()).reshape(side, side)
    streets.ways.append(([hub, int(numbers[middle, middle])], {"highway": "unclassified"}))
    if commune["population"] >= SIGNAL_POPULATION:
        streets.signals.update(numbers[random.random((side, side)) < SIGNALS].tolist())
    for lines in (numbers, numbers.T):
        for row in range(side):
            through = row % 5 == middle % 5
            tags = {"highway": "tertiary", "maxspeed": "50"} if through else {"highway": "residential"}
            if not through and random.random() < ONE_WAY:
                tags["oneway"] = "yes"
            elif not through and random.random() < 0.3:  # noqa: PLR2004
                tags["maxspeed"] = "30"
            missing = (random.random(side - 1) < MISSING) & (not through)
            streets.ways += [(piece, tags) for piece in _pieces(lines[row], missing)]


def _pieces(line: Integers, missing: NDArray[np.bool_]) -> Iterator[list[int]]:
    """Cut a line of junctions where streets are missing."""
    for piece in np.split(line, np.flatnonzero(missing) + 1):
        if len(piece) > 1:
            yield piece.tolist()


def write(streets: Streets, path: Path) -> None:
    """Write the extract, replacing what was there."""
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    lon, lat = np.concatenate(streets.lon), np.concatenate(streets.lat)
    writer = osmium.SimpleWriter(str(path))
    try:
        for number, point in enumerate(zip(lon.tolist(), lat.tolist(), strict=True)):
            tags = {"highway": "traffic_signals"} if number in streets.signals else {}
            writer.add_node(mutable.Node(id=number + 1, version=1, location=point, tags=tags))
        for number, (points, way_tags) in enumerate(streets.ways):
            refs = [point + 1 for point in points]
            writer.add_way(mutable.Way(id=number + 1, version=1, nodes=refs, tags=way_tags))
    finally:
        writer.close()


def _flat(lon: pd.Series | Floats, lat: pd.Series | Floats) -> Floats:
    """Return metres on a plane good enough to tell which of two neighbours is nearer."""
    return np.column_stack([np.asarray(lon) * DEGREE_METRES * np.cos(np.radians(50)), np.asarray(lat) * DEGREE_METRES])


if __name__ == "__main__":
    main()
