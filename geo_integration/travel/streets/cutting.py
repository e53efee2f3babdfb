"""An extract cut to an area and its margin."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely
from pyproj import CRS, Transformer

from geo_integration.errors import NetworkRefusedError, OptionError
from geo_integration.travel.streets.extract import Extract

MARGIN_METRES = 10_000.0
"""Streets kept around an area: the quickest way between two places of it may leave it."""

COVERED_SHARE = 0.95
"""Part of an area below which an extract is not an extract of it."""

_CHECK_AREA = "vérifier le territoire, ou donner l'extrait OpenStreetMap qui le contient"


def buffered(area: shapely.Geometry, metres: float) -> shapely.Geometry:
    """Return an area and a margin around it, WGS84 degrees; the margin is exact around the area's middle.

    Metres are those of an azimuthal equidistant projection centred on the area, so that it serves anywhere.
    """
    if not isinstance(area, shapely.Polygon | shapely.MultiPolygon) or area.is_empty or not area.is_valid:
        raise OptionError("le territoire n'est pas un polygone valide", way_out="donner un polygone en degrés WGS84")
    west, south, east, north = area.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:  # noqa: PLR2004 -- degrees
        raise OptionError(f"coordonnées hors du globe : {degrees_of(area.bounds)}", way_out="donner des degrés WGS84")
    if not 0 <= metres < 1_000_000:  # noqa: PLR2004 -- beyond, the projection would lie
        raise OptionError(f"marge de {metres} m", way_out="donner une marge de 0 à 1 000 000 m")
    middle = CRS.from_proj4(f"+proj=aeqd +lat_0={(south + north) / 2} +lon_0={(west + east) / 2} +datum=WGS84 +units=m")
    to_metres = Transformer.from_crs(4326, middle, always_xy=True)
    wide = shapely.buffer(shapely.transform(area, to_metres.transform, interleaved=False), metres)
    return shapely.transform(wide, lambda x, y: to_metres.transform(x, y, direction="INVERSE"), interleaved=False)


def cut(
    extract: Extract,
    within: shapely.Geometry,
    margin_metres: float,
    *,
    box: tuple[float, float, float, float],
    path: Path,
) -> Extract:
    """Keep the streets of an area and its margin.

    Parameters
    ----------
    extract : what was read.
    within, margin_metres : the area, a polygon in WGS84 degrees, and what is kept around it.
    box : west, south, east, north of the extract, degrees.
    path : the extract's, for messages.

    Raises
    ------
    OptionError
        The area is not a polygon, or the margin is negative.
    NetworkRefusedError
        The extract does not cover the area, or has no street in it.
    """
    zone = buffered(within, margin_metres)
    share = share_of(within, box)
    if share < COVERED_SHARE:
        raise NetworkRefusedError(
            f"cet extrait ({degrees_of(box)}) ne couvre que {100 * share:.0f} % "
            f"du territoire ({degrees_of(within.bounds)})",
            where=str(path),
            way_out="donner l'extrait OpenStreetMap de ce territoire",
        )
    west, south, east, north = (float(side) for side in within.bounds)
    shapely.prepare(within)
    if not shapely.contains_xy(within, extract.lon, extract.lat).any():
        raise NetworkRefusedError(
            f"aucune rue dans ce territoire ({degrees_of(within.bounds)})", where=str(path), way_out=_CHECK_AREA
        )
    extract = replace(
        extract,
        bounds=(west, south, east, north),
        margin_metres=float(margin_metres),
        covered_share=round(share_of(zone, box), 4),
    )
    return _inside(extract, zone, path)


def _inside(extract: Extract, zone: shapely.Geometry, path: Path) -> Extract:
    """Keep what lies in a zone: a way that leaves it is cut, a way outside is dropped."""
    shapely.prepare(zone)
    inside = shapely.contains_xy(zone, extract.lon, extract.lat)
    renumbered = np.append(np.where(inside, np.cumsum(inside) - 1, -1), -1).astype(np.int32)
    way_nodes = renumbered[extract.way_nodes]
    way_of = np.repeat(np.arange(len(extract.way_ids)), np.diff(extract.way_offsets))
    kept = np.bincount(way_of[way_nodes >= 0], minlength=len(extract.way_ids)) > 1
    if not kept.any():
        raise NetworkRefusedError(
            f"aucune rue dans ce territoire ({degrees_of(extract.bounds)})", where=str(path), way_out=_CHECK_AREA
        )
    offsets = np.zeros(int(kept.sum()) + 1, dtype=np.int64)
    np.cumsum(np.diff(extract.way_offsets)[kept], out=offsets[1:])
    restrictions = [replace(r, via=int(renumbered[r.via])) if r.via >= 0 else r for r in extract.restrictions]
    return replace(
        extract,
        lon=extract.lon[inside],
        lat=extract.lat[inside],
        node_tags=extract.node_tags[inside],
        way_offsets=offsets,
        way_nodes=way_nodes[kept[way_of]],
        way_ids=extract.way_ids[kept],
        way_tags=extract.way_tags[kept],
        way_names=extract.way_names[kept],
        restrictions=tuple(
            new for new, old in zip(restrictions, extract.restrictions, strict=True) if new.via >= 0 or old.via < 0
        ),
    )


def share_of(area: shapely.Geometry, box: tuple[float, float, float, float]) -> float:
    """Return the part of an area that lies in a rectangle, 0 to 1."""
    return float(area.intersection(shapely.box(*box)).area / area.area)


def degrees_of(bounds: tuple[float, ...]) -> str:
    """Write a rectangle: west, south, east, north."""
    return ", ".join(f"{side:.3f}" for side in bounds)
