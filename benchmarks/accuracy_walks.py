"""Walking beside OSRM's times around Compiègne station, on streets made of OSRM's own routes."""

import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely
from accuracy_streets import error_cells
from osmium.osm import mutable
from pages import markdown_table
from peers import Floats

from geo_integration.travel.streets.build import build
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.travel.streets.router import NO_PATH, open_router, pair_milliseconds
from geo_integration.travel.streets.snap import snap
from geo_integration.vocabulary import Mode

COMPIEGNE = Path(__file__).resolve().parents[2] / "shared" / "data" / "osm" / "compiegne_lille_riate" / "Compiegne.gpkg"
DECIMALS = 5
"""About a metre: what the routes' coordinates were rounded to."""
OUTLINE_DETOUR, OUTLINE_KMH = 1.3, 4.5
"""The walk where no streets are loaded: a straight line lengthened, at the speed of the foot profile."""


def section(cache: Path) -> str:
    """Measure and return the section."""
    del cache
    routes, trips = (gpd.read_file(COMPIEGNE, layer=layer) for layer in ("routes", "trip"))
    walks = pd.concat([routes, trips], ignore_index=True)
    lines = walks.geometry.to_numpy()
    known = walks["duration"].to_numpy(dtype=np.float64)
    with tempfile.TemporaryDirectory() as folder:
        extract = Path(folder) / "compiegne.osm.pbf"
        write_ways(lines, extract)
        network = build(extract, mode=Mode.FOOT, area="compiegne", country="FR")
    starts = shapely.get_coordinates(shapely.get_point(lines, 0))
    ends = shapely.get_coordinates(shapely.get_point(lines, -1))
    ours = minutes_between(network, starts, ends)
    straight = straight_metres(starts, ends)
    at_speed = walks["distance"].to_numpy(dtype=np.float64) * 60 / OUTLINE_KMH
    outline = straight * OUTLINE_DETOUR * 0.06 / OUTLINE_KMH
    head = ["walk", "pairs", "median, min", "p90", "bias", "worst"]
    rows = []
    for name, minutes in (
        ("our foot profile on OSRM's streets", ours),
        (f"OSRM's own metres at {OUTLINE_KMH} km/h", at_speed),
        (f"outline: straight line x {OUTLINE_DETOUR} at {OUTLINE_KMH} km/h", outline),
    ):
        worst = minutes[np.argmax(np.abs(minutes - known))] - known[np.argmax(np.abs(minutes - known))]
        rows.append([name, *error_cells(minutes, known), f"{worst:+.1f} min"])
    speeds = walks["distance"].to_numpy() * 60 / known
    detours = walks["distance"].to_numpy() * 1000 / straight
    text = INTRODUCTION.format(
        routes=len(routes),
        trips=len(trips),
        slow=speeds.min(),
        middle=np.median(speeds),
        fast=speeds.max(),
        low=np.median(detours),
        high=np.quantile(detours, 0.9),
    )
    return "\n\n".join([text, markdown_table(head, rows), isochrone_check(network, starts[0])])


def write_ways(lines: Floats, path: Path) -> None:
    """Write lines as footways that meet wherever they share a point."""
    numbers: dict[tuple[float, float], int] = {}
    ways = []
    for line in lines:
        points = [tuple(point) for point in np.round(shapely.get_coordinates(line), DECIMALS).tolist()]
        refs = [numbers.setdefault(point, len(numbers) + 1) for point in points]
        ways.append([ref for ref, before in zip(refs, [0, *refs], strict=False) if ref != before])
    writer = osmium.SimpleWriter(str(path))
    for point, number in numbers.items():
        writer.add_node(mutable.Node(id=number, version=1, location=point))
    for number, refs in enumerate(ways):
        writer.add_way(mutable.Way(id=number + 1, version=1, nodes=refs, tags={"highway": "footway"}))
    writer.close()


def minutes_between(network: RoadNetwork, starts: Floats, ends: Floats) -> Floats:
    """Return minutes of each pair."""
    table = pair_milliseconds(
        open_router(network), snap(network, starts[:, 0], starts[:, 1]), snap(network, ends[:, 0], ends[:, 1])
    )
    found = np.diagonal(table)
    return np.where(found == NO_PATH, np.nan, found / 60_000)


def straight_metres(starts: Floats, ends: Floats) -> Floats:
    """Return the straight-line distance of each pair."""
    first, last = (gpd.GeoSeries(shapely.points(points), crs=4326).to_crs(2154) for points in (starts, ends))
    return np.asarray(first.distance(last))


def isochrone_check(network: RoadNetwork, station: Floats) -> str:
    """Compare our minutes to every corner of these streets with the isochrone band it lies in."""
    isochrones = gpd.read_file(COMPIEGNE, layer="isos").to_crs(4326)
    corners = np.unique(np.column_stack([network.lon, network.lat]), axis=0)
    minutes = minutes_between(network, np.repeat(station[None], len(corners), axis=0), corners)
    inside = gpd.sjoin(
        gpd.GeoDataFrame({"minutes": minutes}, geometry=shapely.points(corners), crs=4326),
        isochrones[["isomin", "isomax", "geometry"]],
        predicate="within",
    )
    beyond = np.maximum(inside["minutes"] - inside["isomax"], 0) + np.maximum(inside["isomin"] - inside["minutes"], 0)
    return (
        f"Of the {len(inside):,} junctions of these streets that lie in one of the {len(isochrones)} isochrone bands "
        f"of 5 min,\nour minutes from the station fall in the band for {(beyond == 0).mean():.0%}, and within 1 min of "
        f"it for {(beyond <= 1).mean():.0%} (the bands are drawn by interpolating a grid of OSRM's times)."
    )


INTRODUCTION = """## Walking around Compiègne station

{routes} routes from the station and {trips} legs of a round, by OSRM (2025, the foot server of OpenStreetMap's German
association; {slow:.2f} to {fast:.2f} km/h, median {middle:.2f}; {low:.2f} times the straight line in the median,
{high:.2f} at p90). There is no street extract of Compiègne here, but the routes come with their lines: written as
footways (corners rounded to a metre, as in the file), they make a small network on which our engine routes the same
pairs. This **checks speed, lengths, building, joining and search; not which streets exist or may be walked**, since
these are OSRM's choice. Wanted: a median of at most 1 min."""
