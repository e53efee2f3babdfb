"""The tables of the collections, from the shipped territories and the layers of the store.

Each is a table of properties whose index holds the ids of the features, and shapes as they are published.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo_integration import territories
from geo_integration.coverage.rollup import rollup
from geo_integration.disclosure import Viewer, release
from geo_integration.exports.geojson import published
from geo_integration.features.crs import Geometries
from geo_integration.vocabulary import Kind, TerritoryLevel

type Layers = Mapping[str, pd.DataFrame]

COVERAGE = "coverage."
"""What the names of the layers of public results begin with; the kind of course follows."""
_NOWHERE = "hors"
"""In the id of a sum over the communes that belong to no territory of a level."""


@dataclass(frozen=True, eq=False)
class Made:
    """A table ready to be told; its index holds the ids, in rising order, each once.

    ``shapes`` are in longitude and latitude, rounded as they are published; None where there is none.
    """

    table: pd.DataFrame
    shapes: Geometries


_TABLES: Mapping[TerritoryLevel, Callable[..., gpd.GeoDataFrame]] = {
    TerritoryLevel.COMMUNE: territories.communes,
    TerritoryLevel.ARRONDISSEMENT: territories.arrondissements,
    TerritoryLevel.EPCI: territories.epci,
    TerritoryLevel.DEPARTEMENT: territories.departements,
    TerritoryLevel.REGION: territories.regions,
}


@cache
def outlines(level: TerritoryLevel) -> "pd.Series[Any]":
    """Return the outlines of a level as they are published, by code; made once, shared by every collection."""
    table = _TABLES[level](["code"])
    shapes = published(np.asarray(table.geometry.array, dtype=object))
    return pd.Series(shapes, index=table["code"].to_numpy(dtype=object), dtype="object")


def territory(level: TerritoryLevel) -> Callable[[Layers], Made]:
    """Return what makes the collection of a level."""

    def make(_: Layers) -> Made:
        table = _TABLES[level](geometry=False)
        return _made(table, table["code"], _shapes_of(level, table["code"]))

    return make


def layer(name: str, key: str) -> Callable[[Layers], Made]:
    """Return what makes the collection of a layer that has its own geometry."""

    def make(layers: Layers) -> Made:
        table = layers[name]
        return _made(table, table[key], _own_shapes(table))

    return make


def by_commune(name: str, key: str) -> Callable[[Layers], Made]:
    """Return what makes the collection of a layer told by commune: each row has the outline of its commune."""

    def make(layers: Layers) -> Made:
        table = layers[name].copy()
        communes = territories.communes(["code", "name", "departement_code"], geometry=False).set_index("code")
        table["commune_name"] = table["commune_code"].map(communes["name"])
        table["departement_code"] = table["commune_code"].map(communes["departement_code"])
        return _made(table, table[key], _shapes_of(TerritoryLevel.COMMUNE, table["commune_code"]))

    return make


def oepre(layers: Layers) -> Made:
    """Return the offers that are OEPRE workshops."""
    offers = layers["offers"]
    table = offers[offers["kind"].eq(Kind.OEPRE.value)]
    return _made(table, table["offer_id"], _own_shapes(table))


OF_OFFER = ("title", "kind", "modality", "commune_code", "commune_name", "departement_code", "site_id")
"""What a session takes from its offer, besides its place."""


def sessions(layers: Layers) -> Made:
    """Return the sessions, each with the place of its offer and what tells it."""
    table, offers = layers["sessions"], layers["offers"]
    held = offers.set_index("offer_id")
    place = held.index.get_indexer(pd.Index(table["offer_id"]))
    found = _own_shapes(offers)
    shapes = np.full(len(table), None, dtype=object)
    shapes[place >= 0] = found[place[place >= 0]]
    told = held[list(OF_OFFER)].reindex(table["offer_id"]).set_axis(table.index)
    return _made(table.join(told), table["session_id"], shapes)


def gaps(layers: Layers) -> Made:
    """Return the public results of every kind of course: one row per commune and kind."""
    table = _coverage(layers)
    ids = table["commune_code"].astype("str") + "." + table["kind"].astype("str")
    return _made(table, ids, _shapes_of(TerritoryLevel.COMMUNE, table["commune_code"]))


_ASKED = ("kind", "level", "mode", "cutoff_minutes", "as_of", "engine")
"""What a sum takes from the question it answers."""


def gaps_over(level: TerritoryLevel) -> Callable[[Layers], Made]:
    """Return what makes the public results summed over a level.

    The sums are made of what was released to the public by commune, and of nothing else: whatever is computed from a
    released vector tells no more than the vector (docs/disclosure.md).
    """

    def make(layers: Layers) -> Made:
        names = pd.DataFrame(_TABLES[level](geometry=False)[["code", "name", "communes"]])
        sums = []
        for _, of_kind in _coverage(layers).groupby("kind", sort=True):
            summed = release(rollup(of_kind, names, level), Viewer.PUBLIC).drop(columns="level")
            asked = of_kind[list(_ASKED)].iloc[0]
            sums.append(summed.assign(**{name: asked[name] for name in _ASKED}))
        table = pd.concat(sums, ignore_index=True)
        ids = table["code"].astype("str").replace("", _NOWHERE) + "." + table["kind"].astype("str")
        shapes = _shapes_of(level, table["code"])
        return _made(table.assign(code=table["code"].replace("", None)), ids, shapes)

    return make


def _coverage(layers: Layers) -> pd.DataFrame:
    """Return the public results one under the other; what this door may not let out is emptied once more."""
    tables = [release(table, Viewer.PUBLIC) for name, table in sorted(layers.items()) if name.startswith(COVERAGE)]
    return pd.concat(tables, ignore_index=True)


def _shapes_of(level: TerritoryLevel, codes: "pd.Series[str]") -> Geometries:
    """Return the outline of each code; None where it has none."""
    known = outlines(level)
    place = known.index.get_indexer(pd.Index(codes.astype("object")))
    shapes = np.full(len(codes), None, dtype=object)
    shapes[place >= 0] = known.to_numpy(dtype=object)[place[place >= 0]]
    return shapes


def _own_shapes(table: pd.DataFrame) -> Geometries:
    return published(np.asarray(gpd.GeoDataFrame(table).geometry.array, dtype=object))


def _made(table: pd.DataFrame, ids: "pd.Series[str]", shapes: Geometries) -> Made:
    """Put rows in the order of their ids."""
    named = ids.astype("str").to_numpy(dtype=object)
    order = np.argsort(named, kind="stable")
    plain = pd.DataFrame(table.drop(columns=_geometry_names(table)))
    return Made(plain.iloc[order].set_axis(named[order], axis="index"), np.asarray(shapes, dtype=object)[order])


def _geometry_names(table: pd.DataFrame) -> Sequence[str]:
    return ["geometry"] if "geometry" in table.columns else []
