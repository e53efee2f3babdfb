"""Which shapes meet an area: candidates by their envelopes (STR-tree), then the shapes themselves."""

import numpy as np
import numpy.typing as npt
import shapely

from geo_integration.features.crs import Geometries

type Positions = npt.NDArray[np.int64]


class Index:
    """Shapes in longitude and latitude, searched by area; safe between threads.

    Parameters
    ----------
    shapes : one per feature, None where it has none; what is touched by an area meets it.
    """

    def __init__(self, shapes: Geometries) -> None:
        self.present = np.asarray(~shapely.is_missing(shapes), dtype=np.bool_)
        self._tree = shapely.STRtree(shapes)
        # GEOS builds the tree at its first query: done here, where one thread alone holds it.
        self._tree.query(shapely.Point(0.0, 0.0))

    def meeting(self, area: shapely.Geometry) -> Positions:
        """Return the positions, in rising order, of the shapes that share at least one point with an area.

        The area is prepared once, and every shape whose envelope meets its own is tested: an envelope that meets the
        area says nothing of the shape inside it. A shape that is missing meets nothing.
        """
        found = self._tree.query(area, predicate="intersects")
        return np.sort(np.asarray(found, dtype=np.int64))
