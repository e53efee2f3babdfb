"""What changed between two versions of a layer, row by row and value by value."""

from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import shapely

from geo_integration.schema import Layer
from geo_integration.store.contract import Diff

_LABELS = ("title", "name", "kept_title", "commune_name")
_CHANGE = ("label", "change", "column", "old", "new")


def compare(name: str, layer: Layer, before: tuple[str, pd.DataFrame], after: tuple[str, pd.DataFrame]) -> Diff:
    """Compare two tables of ``layer``, each given with the id of its snapshot. Rows are matched by key.

    Null equals null; a geometry is changed when its WKB is, by however little.
    """
    old, new = _keyed(layer, before[1]), _keyed(layer, after[1])
    removed, added = old.index.difference(new.index), new.index.difference(old.index)
    common = old.index.intersection(new.index)
    values = _changed_values(old.loc[common], new.loc[common])
    rows = [_whole(old, removed, "removed"), _whole(new, added, "added"), values]
    changed = values.index.nunique()
    return Diff(
        layer=name,
        before=before[0],
        after=after[0],
        added=len(added),
        removed=len(removed),
        changed=changed,
        unchanged=len(common) - changed,
        table=_assembled(layer, rows),
    )


def _keyed(layer: Layer, table: pd.DataFrame) -> pd.DataFrame:
    """Index by key; geometries become WKB, which can be compared."""
    plain = pd.DataFrame(table.to_wkb()) if isinstance(table, gpd.GeoDataFrame) else table
    label = next((column for column in _LABELS if column in plain.columns and column not in layer.key), None)
    labels = plain[label] if label else pd.Series(index=plain.index, dtype="str")
    return plain.assign(label=labels.astype("str")).set_index(list(layer.key))


def _whole(table: pd.DataFrame, index: "pd.Index[Any]", change: str) -> pd.DataFrame:
    """One row for each row that came or went."""
    return table.loc[index, ["label"]].assign(change=change, column=None, old=None, new=None)


def _changed_values(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """One row for each value that is not what it was."""
    found = []
    for column in new.columns.drop("label"):
        was, now = old[column], new[column]
        same = (was == now).fillna(value=False).astype(bool) | (was.isna() & now.isna())
        row = new.loc[~same, ["label"]].assign(change="changed", column=column)
        found.append(row.assign(old=_text(was[~same]), new=_text(now[~same])))
    return pd.concat(found)


def _text(values: "pd.Series[Any]") -> "pd.Series[str]":
    """Write values as text; null stays null, a geometry becomes WKT."""
    if values.name == "geometry":
        wkt = shapely.to_wkt(shapely.from_wkb(values.to_numpy()), rounding_precision=-1)
        return pd.Series(wkt, index=values.index, dtype="str")
    text = pa.Array.from_pandas(values).cast(pa.string()).to_pandas()
    return pd.Series(text.to_numpy(), index=values.index, dtype="str")


def _assembled(layer: Layer, rows: list[pd.DataFrame]) -> pd.DataFrame:
    """Put the rows in one table of text, sorted by key, then in the layer's order of columns."""
    table = pd.concat([part.reset_index() for part in rows], ignore_index=True)
    table["column"] = pd.Categorical(table["column"], categories=list(layer.names))
    table = table.sort_values([*layer.key, "column"], kind="stable")
    return table[[*layer.key, *_CHANGE]].astype("str").reset_index(drop=True)
