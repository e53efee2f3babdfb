"""What a layer is: its columns, their types and closed lists, and the check a table must pass.

Dates are ISO 8601 text and lists are ``;``-joined text, so that a layer means the same in GeoParquet,
GeoPackage and CSV. Geometries are always EPSG:4326.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import geopandas as gpd
import pandas as pd

from geo_integration.errors import LayerError
from geo_integration.vocabulary import Term

if TYPE_CHECKING:
    import pandera.pandas as pa

type ColumnType = Literal["text", "integer", "number", "boolean", "date", "list"]

_DTYPES: dict[str, str] = {
    "text": "str",
    "date": "str",
    "list": "str",
    "integer": "Int64",
    "number": "float64",
    "boolean": "boolean",
}
type TermList = type[Term]

WGS84 = "EPSG:4326"
SEPARATOR = ";"


@dataclass(frozen=True)
class Column:
    """One column: what it holds, in which unit, and what an empty cell means."""

    name: str
    type: ColumnType
    meaning: str
    null: str = ""
    """What null means; empty where null is refused."""
    terms: "TermList | None" = None
    minimum: float | None = None
    maximum: float | None = None

    def checks(self) -> "list[pa.Check]":
        """Return the pandera checks of this column."""
        import pandera.pandas as pa  # noqa: PLC0415 -- half a second that `--help` need not pay

        found: list[pa.Check] = []
        if self.terms is not None:
            accepted = [member.value for member in self.terms]
            one = "(" + "|".join(value.replace(".", r"\.") for value in accepted) + ")"
            pattern = f"{one}({SEPARATOR}{one})*" if self.type == "list" else one
            found.append(pa.Check.str_matches(f"^{pattern}$", error=f"valeurs acceptées : {', '.join(accepted)}"))
        if self.type == "date":
            found.append(pa.Check.str_matches(r"^\d{4}-\d{2}-\d{2}$", error="date AAAA-MM-JJ attendue"))
        if self.minimum is not None:
            found.append(pa.Check.ge(self.minimum, error=f"au moins {self.minimum}"))
        if self.maximum is not None:
            found.append(pa.Check.le(self.maximum, error=f"au plus {self.maximum}"))
        return found


@dataclass(frozen=True)
class Layer:
    """One table of the service and the check it must pass."""

    name: str
    label: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    geometry: Literal["point", "polygon"] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order, geometry last."""
        return (*(c.name for c in self.columns), *(("geometry",) if self.geometry else ()))

    def conform(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return a copy with exactly this layer's columns, types and order, sorted by key, and checked.

        Columns that are absent and may be null are added. Raises LayerError with layer, column, row and
        value for anything else.
        """
        columns = {column.name: self._cast(column, table) for column in self.columns}
        result = pd.DataFrame(columns, index=table.index)
        if self.geometry:
            result = self._with_geometry(result, table)
        result = result.sort_values(list(self.key), kind="stable").reset_index(drop=True)
        self.validate(result)
        return result

    def empty(self) -> pd.DataFrame:
        """Return a table with this layer's columns and no row."""
        table = pd.DataFrame({c.name: pd.Series(dtype=_DTYPES[c.type]) for c in self.columns})
        if self.geometry:
            table = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries([], crs=WGS84), crs=WGS84)
        return table

    def validate(self, table: pd.DataFrame) -> None:
        """Raise LayerError unless the table has this layer's columns, a unique key and allowed values."""
        import pandera.errors  # noqa: PLC0415 -- as above

        try:
            self._schema.validate(pd.DataFrame(table), lazy=True)
        except pandera.errors.SchemaErrors as error:
            case = error.failure_cases.iloc[0]
            self._fail(f"colonne {case['column']}, ligne {case['index']} : {case['failure_case']} ({case['check']})")
        if self.geometry and getattr(table, "crs", None) != WGS84:
            self._fail(f"projection {getattr(table, 'crs', None) or 'absente'} au lieu de {WGS84}")

    @cached_property
    def _schema(self) -> "pa.DataFrameSchema":
        import pandera.pandas as pa  # noqa: PLC0415 -- as above

        columns = {c.name: pa.Column(_DTYPES[c.type], c.checks(), nullable=bool(c.null)) for c in self.columns}
        return pa.DataFrameSchema(columns, unique=list(self.key), strict=False)

    def _cast(self, column: Column, table: pd.DataFrame) -> "pd.Series[Any]":
        if column.name not in table.columns:
            if not column.null and len(table):
                self._fail(f"colonne absente : {column.name}")
            return pd.Series(index=table.index, dtype=_DTYPES[column.type])
        try:
            return table[column.name].astype(pd.api.types.pandas_dtype(_DTYPES[column.type]))
        except (TypeError, ValueError) as error:
            self._fail(f"colonne {column.name} : {error}")

    def _with_geometry(self, result: pd.DataFrame, table: pd.DataFrame) -> gpd.GeoDataFrame:
        if not isinstance(table, gpd.GeoDataFrame):
            self._fail("table sans géométrie")
        if table.crs is None:
            self._fail("géométrie sans projection (CRS)")
        return gpd.GeoDataFrame(result, geometry=table.geometry.to_crs(WGS84).array, crs=WGS84)

    def _fail(self, what: str) -> NoReturn:
        raise LayerError(what, where=f"couche {self.name}", way_out="voir docs/layers.md")
