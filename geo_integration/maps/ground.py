"""What lies under places that have no areas of their own: the outlines of the territories around them."""

import numpy as np
import pandas as pd
import shapely

from geo_integration import territories
from geo_integration.maps.shapes import Geometries, lightened

_MARGIN = 0.12
"""Part of the width and height added all round."""
_LEAST_DEGREES = 0.05
_MOST_COMMUNES = 1_500
"""Above this, only départements are drawn."""
_MOST_VERTICES = 60_000

type Outlines = dict[str, tuple[Geometries, "pd.Series[str]"]]
"""By level, thinnest first: shapes, and the code of the territory each is part of."""


def frame(places: Geometries) -> shapely.Polygon:
    """Return the box around places, with a margin so that no symbol is cut."""
    west, south, east, north = shapely.total_bounds(places)
    across, up = (max(_MARGIN * (high - low), _LEAST_DEGREES) for low, high in ((west, east), (south, north)))
    return shapely.box(west - across, south - up, east + across, north + up)


def outlines_around(box: shapely.Polygon) -> Outlines:
    """Return the outlines to draw in a box: communes, EPCI and départements, or départements alone in a large one."""
    columns = ["code", "epci_code", "departement_code"]
    table = territories.communes(columns)
    near = table.iloc[np.sort(table.sindex.query(box, predicate="intersects"))].reset_index(drop=True)
    if not 0 < len(near) <= _MOST_COMMUNES:
        whole = territories.departements(["code"])
        near = whole.iloc[np.sort(whole.sindex.query(box, predicate="intersects"))].reset_index(drop=True)
        return {"departement": (_light(near), near["code"])} if len(near) else {}
    shapes = _light(near)
    return {
        "commune": (shapes, near["code"]),
        "epci": (shapes, near["epci_code"]),
        "departement": (shapes, near["departement_code"]),
    }


def _light(table: pd.DataFrame) -> Geometries:
    return lightened(np.asarray(table["geometry"].array, dtype=object), most=_MOST_VERTICES)
