"""Read the registry package that the outline network is cut from, and cut it.

``scgraph_data`` is not imported: its module takes 25 seconds to load, and needs an ``scgraph`` older than
the one it asks for. The two lists inside are read as text, in two seconds.
"""

import json
from dataclasses import dataclass
from importlib.metadata import files
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import cKDTree

from geo_integration.travel.snapping import Edges, Floats, Integers, project

PACKAGE = ("scgraph_data", "2.0.0")
MARGIN_METRES = 25_000.0


@dataclass(frozen=True)
class Territory:
    """The communes of metropolitan France, as the network needs them.

    Attributes
    ----------
    codes : INSEE codes, shape (communes,).
    outlines : projected polygons, shape (communes,).
    mairies : projected mairie points, shape (communes, 2).
    density : inhabitants per km², shape (communes,).
    """

    codes: list[str]
    outlines: Floats
    mairies: Floats
    density: Floats


def read_territory(data: Path) -> Territory:
    """Read the communes that ``data.build.territories`` has written, overseas left out."""
    table = gpd.read_parquet(data / "territories" / "communes.parquet")
    table = table[table["code"].lt("97") & table["mairie_lon"].notna()].sort_values("code")
    outlines = shapely.make_valid(table.to_crs(2154).geometry.to_numpy())
    density = (table["population"].fillna(0) / table["area_km2"]).to_numpy(dtype=np.float64)
    mairies = project(table["mairie_lon"].to_numpy(np.float64), table["mairie_lat"].to_numpy(np.float64))
    return Territory(codes=table["code"].tolist(), outlines=outlines, mairies=mairies, density=density)


def read_main_roads() -> tuple[Floats, Edges]:
    """Return the main roads of the world: degrees (lon, lat) and edges with their lengths by road."""
    module = next(file for file in files(PACKAGE[0]) or [] if file.name == "world_highways.py")
    text = {line[:6]: line[6:] for line in module.read_text("utf-8").splitlines() if "=[" in line[:7]}
    degrees = np.array(json.loads(text["nodes="]), dtype=np.float64)[:, ::-1]
    # "{1: 1.233, 2: 0.852}, {0: 1.233}": one dictionary per node, neighbour to kilometres.
    rows = text["graph="].removeprefix("[{").removesuffix("}]").split("}, {")
    source = np.repeat(np.arange(len(rows)), [row.count(":") for row in rows])
    numbers = np.array(", ".join(filter(None, rows)).replace(":", ",").split(","), dtype=np.float64)
    target, metres = numbers[::2].astype(np.int64), numbers[1::2] * 1000
    once = source < target  # every road is listed from both ends; loops lead nowhere
    roads = Edges(
        source=source[once], target=target[once], metres=metres[once], is_local=np.zeros(int(once.sum()), np.bool_)
    )
    return degrees, roads


def cut(degrees: Floats, roads: Edges, territory: Territory) -> tuple[Floats, Edges]:
    """Keep the nodes in France or within the margin, and the roads between them.

    Returns
    -------
    Projected points in metres, and the roads between them.
    """
    lon, lat = degrees.T
    candidates = np.flatnonzero((lon > -6) & (lon < 10.5) & (lat > 41) & (lat < 52))  # noqa: PLR2004
    points = project(lon[candidates], lat[candidates])
    outlines = shapely.simplify(territory.outlines, 500)
    border = cKDTree(shapely.get_coordinates(shapely.segmentize(outlines, 2000)))
    near = border.query(points, distance_upper_bound=MARGIN_METRES)[0] < np.inf
    number = np.full(len(degrees), -1, dtype=np.int64)
    number[candidates[near]] = np.arange(int(near.sum()))
    return points[near], renumbered(roads, number)


def renumbered(edges: Edges, number: Integers) -> Edges:
    """Give edges the new numbers of their nodes and drop those that lost one (number -1)."""
    source, target = number[edges.source], number[edges.target]
    kept = (source >= 0) & (target >= 0)
    return Edges(source=source[kept], target=target[kept], metres=edges.metres[kept], is_local=edges.is_local[kept])
