"""Tables and bytes: layer names, GeoParquet both ways, and a hash of the values themselves."""

import hashlib
import io
import re
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geo_integration.errors import LayerError
from geo_integration.layers import LAYERS
from geo_integration.store.contract import REPORT_COLUMNS

if TYPE_CHECKING:
    from geo_integration.schema import Layer

# Lower case and few signs: the name is a file name on every system.
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9_-]*)?")


def layer_of(name: str) -> "Layer":
    """Return the layer that ``name`` (``offers``, ``offers.lheo``) conforms to; LayerError if none."""
    base = name.partition(".")[0]
    if _NAME.fullmatch(name) is None or base not in LAYERS:
        way_out = f"couches connues : {', '.join(LAYERS)} ; ou l'une d'elles, un point et un nom de source"
        raise LayerError("couche inconnue", where=f"couche {name}", way_out=way_out)
    return LAYERS[base]


def report_table(report: pd.DataFrame | None) -> pd.DataFrame:
    """Return an import report as text columns in a fixed order; empty for None."""
    table = pd.DataFrame(columns=list(REPORT_COLUMNS), dtype="str") if report is None else report.astype("str")
    return table.reset_index(drop=True)


def to_bytes(table: pd.DataFrame) -> bytes:
    """Return ``table`` as GeoParquet (WKB, EPSG:4326), or Parquet where it has no geometry.

    Same table, same bytes, as long as the libraries are the same.
    """
    buffer = io.BytesIO()
    bare = table.copy(deep=False)
    bare.attrs = {}  # would be written, and what a caller noted there is not content
    bare.to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()


def from_bytes(content: bytes, *, geometry: bool) -> pd.DataFrame:
    """Return the table that ``to_bytes`` wrote."""
    buffer = io.BytesIO(content)
    return gpd.read_parquet(buffer) if geometry else pd.read_parquet(buffer)


def content_sha256(table: pd.DataFrame) -> str:
    """Return the hash of the column names, types and values of ``table``.

    Unlike the hash of a file it does not depend on the version of a library, nor on the kind of store:
    two stores that hold the same rows agree on it. Geometries count as little-endian WKB, NaN as null.
    """
    digest = hashlib.sha256(f"{len(table)} rows\n".encode())
    for name, column in arrow(table).items():
        kind, parts = _canonical(column)
        digest.update(f"{name} {kind}\n".encode())
        digest.update(pc.is_null(column).to_numpy(zero_copy_only=False).tobytes())
        for part in parts:
            digest.update(part)
    return digest.hexdigest()


def columns_of(table: pd.DataFrame) -> list[list[str]]:
    """Return the name and the type of every column."""
    return [[str(name), str(dtype)] for name, dtype in table.dtypes.items()]


def arrow(table: pd.DataFrame) -> dict[str, pa.Array]:
    """Return the columns of ``table`` as Arrow sees them: NaN is null, a geometry little-endian WKB."""
    plain = table.to_wkb(byte_order=1) if isinstance(table, gpd.GeoDataFrame) else table
    arrow = pa.Table.from_pandas(pd.DataFrame(plain), preserve_index=False)
    return {name: arrow[name].combine_chunks() for name in arrow.column_names}


def _canonical(column: pa.Array) -> tuple[str, list[bytes]]:
    """Return the kind of a column and its values as bytes, without padding or anything under a null."""
    if pa.types.is_boolean(column.type):
        return "boolean", [column.drop_null().cast(pa.uint8()).to_numpy().tobytes()]
    if pa.types.is_integer(column.type):
        return "integer", [column.drop_null().cast(pa.int64()).to_numpy().astype("<i8").tobytes()]
    if pa.types.is_floating(column.type):
        return "number", [column.drop_null().cast(pa.float64()).to_numpy().astype("<f8").tobytes()]
    values = column.drop_null()
    kind = "bytes" if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type) else "text"
    as_bytes = values.cast(pa.large_string() if kind == "text" else pa.large_binary()).cast(pa.large_binary())
    lengths = pc.binary_length(as_bytes).to_numpy().astype("<i8").tobytes()
    return kind, [lengths, _end_to_end(as_bytes)]


def _end_to_end(values: pa.Array) -> bytes:
    """Return binary values without null, one after the other: Arrow keeps them so, in one buffer."""
    if not len(values):
        return b""
    _, offsets, content = values.buffers()
    first, last = np.frombuffer(offsets, dtype=np.int64)[[values.offset, values.offset + len(values)]]
    return content.slice(int(first), int(last - first)).to_pybytes() if content is not None else b""
