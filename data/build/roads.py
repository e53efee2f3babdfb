"""Rebuild ``data/roads``: the outline network of metropolitan France.

Run from the root of the project, after ``data.build.territories``::

    uv run --group build python -m data.build.roads

Same packages, same bytes: nothing in the output depends on the machine or the day.
"""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import Transformer

from data.build import road_links as links
from data.build import road_source as source
from geo_integration.travel.snapping import LEGAL_PROJECTION, Edges, Floats, Integers, cut_long_roads

DATA = Path(__file__).resolve().parent.parent
SPACING_METRES = 2_000.0
DEGREE_DECIMALS = 5


def main() -> None:
    """Build and write every file of ``data/roads``."""
    territory = source.read_territory(DATA)
    points, roads = distinct_points(*source.cut(*source.read_main_roads(), territory))
    points, roads = cut_long_roads(points, roads, spacing_metres=SPACING_METRES)
    points, mairies = with_mairies(points, territory)
    rows = {code: row for row, code in enumerate(territory.codes)}
    bridges = np.array([[mairies[rows[code]] for code in ends] for ends in links.BRIDGES])
    local = links.local_links(points, roads, territory, bridges)
    edges = Edges(
        source=np.concatenate([roads.source, local.source]),
        target=np.concatenate([roads.target, local.target]),
        metres=np.concatenate([roads.metres, local.metres]),
        is_local=np.concatenate([roads.is_local, local.is_local]),
    )
    points, edges, component, dropped = reached_by_communes(points, edges, mairies)
    nodes_table, edges_table = tables(points, edges, component, territory)
    out = DATA / "roads"
    out.mkdir(exist_ok=True)
    write(nodes_table, out / "main_roads_nodes.parquet")
    write(edges_table, out / "main_roads_edges.parquet")
    meta = describe(nodes_table, edges_table) | {"nodes_dropped_without_commune": dropped}
    (out / "meta.json").write_text(json.dumps(meta, ensure_ascii=False, indent=2, sort_keys=True) + "\n", "utf-8")
    for path in sorted(out.iterdir()):
        print(f"{path.name:28} {path.stat().st_size / 1e6:6.3f} Mo")


def distinct_points(points: Floats, roads: Edges) -> tuple[Floats, Edges]:
    """Make one node of nodes at exactly the same place (the source rounds to 0.001 degree)."""
    distinct, number = np.unique(points, axis=0, return_inverse=True)
    return distinct, source.renumbered(roads, number.reshape(-1))


def with_mairies(points: Floats, territory: source.Territory) -> tuple[Floats, Integers]:
    """Add the mairies to the points, each place once, and return the point of each mairie too."""
    both = np.vstack([points, territory.mairies])
    _, first, number = np.unique(both, axis=0, return_index=True, return_inverse=True)
    kept = np.sort(first)
    place = np.searchsorted(kept, first[number.reshape(-1)])
    return both[kept], place[len(points) :]


def reached_by_communes(points: Floats, edges: Edges, mairies: Integers) -> tuple[Floats, Edges, Integers, int]:
    """Drop the components that hold no commune of France, and number the others by decreasing size.

    Nodes are put in the order of a Hilbert curve within their component, which packs well.
    """
    size = len(points)
    label = links.components(size, np.column_stack([edges.source, edges.target]))
    sizes = np.bincount(label)
    holds_commune = np.bincount(label[mairies], minlength=len(sizes)) > 0
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[np.lexsort((np.arange(len(sizes)), -sizes, ~holds_commune))] = np.arange(len(sizes))
    component = rank[label]
    along = gpd.GeoSeries.from_xy(points[:, 0], points[:, 1]).hilbert_distance().to_numpy()
    kept = np.lexsort((along, component))[: int(sizes[holds_commune].sum())]
    number = np.full(size, -1, dtype=np.int64)
    number[kept] = np.arange(len(kept))
    return points[kept], source.renumbered(edges, number), component[kept], size - len(kept)


def tables(
    points: Floats, edges: Edges, component: Integers, territory: source.Territory
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the two tables as they ship."""
    lon, lat = Transformer.from_crs(LEGAL_PROJECTION, 4326, always_xy=True).transform(*points.T)
    density = np.zeros(len(points))
    node, commune = shapely.STRtree(territory.outlines).query(shapely.points(points), predicate="intersects")
    density[node] = territory.density[commune]
    nodes_table = pd.DataFrame(
        {
            "node_id": np.arange(len(points), dtype=np.int32),
            "lon": np.round(lon, DEGREE_DECIMALS),
            "lat": np.round(lat, DEGREE_DECIMALS),
            "component": component.astype(np.int32),
            "inhabitants_per_km2": np.round(density).astype(np.int32),
        }
    )
    order = np.lexsort((np.maximum(edges.source, edges.target), np.minimum(edges.source, edges.target), edges.is_local))
    edges_table = pd.DataFrame(
        {
            "source": np.minimum(edges.source, edges.target)[order].astype(np.int32),
            "target": np.maximum(edges.source, edges.target)[order].astype(np.int32),
            "length_metres": np.round(edges.metres[order]).astype(np.float32),
            "is_local": edges.is_local[order],
        }
    )
    return nodes_table, edges_table


def write(table: pd.DataFrame, path: Path) -> None:
    """Write a table as small as Parquet allows, with nothing in it but the table."""
    arrow = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)
    encodings = {
        field.name: "DELTA_BINARY_PACKED" if pa.types.is_integer(field.type) else "BYTE_STREAM_SPLIT"
        for field in arrow.schema
        if not pa.types.is_boolean(field.type)
    }
    pq.write_table(
        arrow, path, compression="zstd", compression_level=19, use_dictionary=False, column_encoding=encodings
    )


def describe(nodes: pd.DataFrame, edges: pd.DataFrame) -> dict[str, object]:
    """Say what the files are and where they come from."""
    sizes = nodes["component"].value_counts().sort_index()
    local = edges["is_local"]
    return {
        "origin": "OpenStreetMap main roads (motorway, trunk, primary), by PyPI scgraph_data 2.0.0, world_highways",
        "origin_date": "2024-04",
        "licence": "ODbL 1.0, © OpenStreetMap contributors",
        "local_links": (
            "is_local: not roads. Gabriel graph of mairies (data/territories) and points of main roads, "
            "on the land of France; length_metres is the straight line"
        ),
        "rebuild": "uv run --group build python -m data.build.roads",
        "method": "docs/outline.md",
        "margin_metres": source.MARGIN_METRES,
        "spacing_metres": SPACING_METRES,
        "longest_local_link_metres": links.LONGEST_METRES,
        "nodes": len(nodes),
        "main_road_edges": int((~local).sum()),
        "main_road_km": round(float(edges.loc[~local, "length_metres"].sum()) / 1000),
        "local_links_count": int(local.sum()),
        "components": len(sizes),
        "component_0": f"mainland, {sizes[0]} nodes",
        "component_1": f"Corsica, {sizes[1]} nodes",
        "other_components": f"islands, {int(sizes[2:].sum())} nodes: local links only, none to the mainland",
    }


if __name__ == "__main__":
    main()
