"""One collection: what it holds, and the features of it that answer a question."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo_integration.errors import OptionError
from geo_integration.features import crs as systems
from geo_integration.features import filters
from geo_integration.features.crs import CRS84
from geo_integration.features.encode import Encoded
from geo_integration.features.expressions import GEOMETRY, matching
from geo_integration.features.packed import Page
from geo_integration.schema import Column

type Positions = npt.NDArray[np.int64]
type JSON = Mapping[str, Any]

_TYPES: Mapping[str, JSON] = {
    "text": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
}


@dataclass(frozen=True, eq=False)
class Collection:
    """Features of one kind, as one viewer may see them. Never changed: safe between threads.

    Attributes
    ----------
    name : in addresses.
    title, description : French.
    key : property that is also the feature's id, in the order of which features come; empty where the id is made
        of several.
    columns : the properties in order; ``meaning`` and ``null`` are French.
    geometry_type : ``Point``, ``MultiPolygon``, or empty where it has none.
    datetime_columns : none; one, a day; or two, the first and the last day.
    snapshots : layer → version it was made from.
    """

    name: str
    title: str
    description: str
    key: str
    columns: tuple[Column, ...]
    geometry_type: str
    datetime_columns: tuple[str, ...]
    snapshots: Mapping[str, str]
    _about: Callable[[], JSON]
    _encoded: Encoded = field(repr=False)

    @property
    def count(self) -> int:
        """How many features there are."""
        return len(self._encoded.ids)

    @property
    def crs(self) -> tuple[str, ...]:
        """URIs of the coordinate systems it is told in."""
        return systems.SERVED

    @property
    def about(self) -> JSON:
        """Sources, dates, method, bounds, and whether anything is estimated, outline or synthetic (plain values)."""
        return self._about()

    @cached_property
    def bbox(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north of all of it; None where nothing has a geometry."""
        bounds = shapely.bounds(self._encoded.shapes).reshape(-1, 4)
        bounds = bounds[np.isfinite(bounds).all(axis=1)]
        if not len(bounds):
            return None
        bounds = np.concatenate((bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)))
        west, south, east, north = (float(value) for value in bounds)
        return west, south, east, north

    @cached_property
    def interval(self) -> tuple[str | None, str | None] | None:
        """First and last day (ISO 8601) of its dates; None for a collection without dates."""
        if not self.datetime_columns:
            return None
        table = self._encoded.table
        first, last = table[self.datetime_columns[0]].dropna(), table[self.datetime_columns[-1]].dropna()
        return (str(first.min()) if len(first) else None), (str(last.max()) if len(last) else None)

    def find(
        self,
        *,
        bbox: filters.BBox | None = None,
        bbox_crs: str = CRS84,
        datetime: str | None = None,
        properties: Mapping[str, str] | None = None,
        cql2: str | None = None,
        limit: int = 100,
        offset: int = 0,
        crs: str = CRS84,
    ) -> Page:
        """Return one page of the features that answer a question, in the order of their ids.

        Parameters
        ----------
        bbox : four or six numbers, or their text: features whose geometry, as published, shares a point with it.
        bbox_crs, crs : URIs of :attr:`crs`, of the bbox and of the answer.
        datetime : a date, an instant or an interval (:func:`filters.period`).
        properties : value by property; a list holds it.
        cql2 : a CQL2 filter in text (:func:`expressions.matching`).
        limit, offset : most features on the page, and how many to pass over.

        Raises
        ------
        OptionError
            ``where`` is the parameter (``bbox``, ``bbox-crs``, ``crs``, ``datetime``, ``filter``, ``limit``,
            ``offset``) or the property that cannot be understood.
        """
        system = systems.known(crs, where="crs")
        _refuse_negative(limit=limit, offset=offset)
        mask = self._mask(datetime, properties or {}, cql2)
        if bbox is not None:
            found = self._encoded.index.meeting(filters.area(bbox, bbox_crs))
            found = found if mask is None else found[mask[found]]
        else:
            systems.known(bbox_crs, where="bbox-crs")
            found = np.arange(self.count, dtype=np.int64) if mask is None else np.flatnonzero(mask)
        shown = found[offset : offset + limit]
        moved = None if system == CRS84 else b",".join(self._moved(shown, system))
        return Page(len(found), len(shown), offset, shown, self._encoded.pieces, moved)

    def one(self, feature_id: str, *, crs: str = CRS84) -> bytes | None:
        """Return one feature; None where there is none of this id; OptionError for an unknown system."""
        system = systems.known(crs, where="crs")
        position = self._encoded.position.get(feature_id)
        if position is None:
            return None
        only = np.asarray([position], dtype=np.int64)
        return b"".join(self._encoded.pieces.slices(only)) if system == CRS84 else self._moved(only, system)[0]

    def queryables(self) -> dict[str, Any]:
        """Return what may be asked of the features, as the properties of a JSON Schema (OGC API - Features, Part 3).

        The caller adds ``$id``.
        """
        properties: dict[str, Any] = {column.name: _queryable(column) for column in self.columns}
        if self.geometry_type:
            kind = "point" if self.geometry_type == "Point" else "multipolygon"
            properties[GEOMETRY] = {
                "title": "Géométrie",
                "x-ogc-role": "primary-geometry",
                "format": f"geometry-{kind}",
            }
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "title": self.title,
            "description": self.description,
            "properties": properties,
            "additionalProperties": False,
        }

    def prepared(self) -> "Collection":
        """Make now what is otherwise made at the first question; return the collection itself."""
        _ = self._encoded.position, self.bbox, self.interval
        return self

    def _mask(
        self, datetime: str | None, properties: Mapping[str, str], cql2: str | None
    ) -> npt.NDArray[np.bool_] | None:
        masks = [self._encoded.columns.equal(name, value) for name, value in properties.items()]
        if datetime is not None:
            masks.append(filters.during(self._encoded.columns, self.datetime_columns, filters.period(datetime)))
        if cql2 is not None:
            masks.append(matching(cql2, self._encoded.columns, self._encoded.index))
        return np.logical_and.reduce(masks) if masks else None

    def _moved(self, positions: Positions, system: str) -> list[bytes]:
        """Return features with their geometry in another system."""
        geometries = shapely.to_geojson(systems.reprojected(self._encoded.shapes[positions], system))
        features = []
        for position, geometry in zip(positions.tolist(), geometries, strict=True):
            before, after = self._encoded.pieces.around_geometry(position)
            features.append(before + (geometry or "null").encode() + after)
        return features

    @property
    def table(self) -> pd.DataFrame:
        """The properties, one row per feature, typed; never to be changed."""
        return self._encoded.table


def _refuse_negative(**numbers: int) -> None:
    for name, number in numbers.items():
        if number < 0:
            raise OptionError(f"{number} est négatif", where=name, way_out="donner 0 ou plus")


def _queryable(column: Column) -> dict[str, Any]:
    """Return the JSON Schema of a property."""
    kind = dict(_TYPES.get(column.type, {"type": "string"}))
    if column.terms is not None:
        kind["enum"] = [member.value for member in column.terms]
    if column.minimum is not None:
        kind["minimum"] = column.minimum
    if column.maximum is not None:
        kind["maximum"] = column.maximum
    if column.type == "list":
        kind = {"type": "array", "items": kind}
    told = ". ".join(part.rstrip(".") for part in (column.meaning, column.null) if part)
    return {"title": column.name, "description": told} | kind
