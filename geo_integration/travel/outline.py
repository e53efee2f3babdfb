"""The outline network: car times where no street network is loaded.

A *two-speed model*. A trip is a fixed overhead (reaching the car, parking), a local part at one speed,
and a main-road part at another; both slow down where people are many:

    minutes = overhead + min(direct leg, leg + network + leg)
    minutes of a part = 60 * kilometres / speed * slowness
    slowness = 1 + urban_slowing * log2(inhabitants per km2 / 300), at least 1

Main roads come from OpenStreetMap. Local links join neighbouring communes and nearby main roads in a
straight line; like the legs that join a place to its nearest nodes, they are lengthened by a detour
factor. Nothing slows below 300 inhabitants per km2, Eurostat's threshold of urban clusters (*Applying
the Degree of Urbanisation*, 2021). The defaults are fitted on INSEE's metric-OSRM times in Gironde:
``docs/outline.md`` gives the method, the error and what the model is not (no congestion, no relief, one
way equals the other).
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geo_integration.errors import LayerError, MissingDataError, OptionError
from geo_integration.settings import settings
from geo_integration.travel.snapping import (
    Access,
    Edges,
    Floats,
    Integers,
    nearest_nodes,
    project,
)

ENGINE = "outline"
"""Label of every time computed here; it is shown wherever the time is."""

MODE = "car"
"""The only mode this network serves."""

URBAN_DENSITY = 300.0
"""Inhabitants per km² above which trips slow down."""

SMALLEST_MINUTES = 1e-6
"""Weight of an edge of length 0, which a sparse matrix could take for no edge at all."""


@dataclass(frozen=True)
class OutlineParameters:
    """What the two-speed model assumes. Defaults: fitted by ``benchmarks/calibrate_outline.py``.

    Attributes
    ----------
    main_speed_kmh : speed on main roads.
    local_speed_kmh : speed along local links and legs, by road.
    detour : road length over straight-line length of local links and legs.
    overhead_minutes : fixed time of every trip.
    urban_slowing : share of time added by each doubling of density above 300 inhabitants per km².
    legs : how many nodes a place is joined to.
    leg_limit_metres : longest leg; a place whose nearest node is farther has no network.
    direct_limit_metres : straight-line distance under which two places are also joined directly.
    """

    main_speed_kmh: float = 79.5
    local_speed_kmh: float = 80.0
    detour: float = 1.16
    overhead_minutes: float = 2.3
    urban_slowing: float = 0.088
    legs: int = 8
    leg_limit_metres: float = 12_000.0
    direct_limit_metres: float = 4_000.0

    def __post_init__(self) -> None:
        """Refuse values that would give times of 0, negative or infinite."""
        for name in ("main_speed_kmh", "local_speed_kmh", "detour", "legs", "leg_limit_metres"):
            if not 0 < getattr(self, name) < np.inf:
                raise OptionError(
                    f"{name} vaut {getattr(self, name)}",
                    where="réseau outline",
                    way_out="donner une valeur finie, supérieure à 0",
                )
        for name in ("overhead_minutes", "urban_slowing", "direct_limit_metres"):
            if not 0 <= getattr(self, name) < np.inf:
                raise OptionError(
                    f"{name} vaut {getattr(self, name)}",
                    where="réseau outline",
                    way_out="donner une valeur finie, 0 ou plus",
                )

    def main_minutes(self, metres: Floats) -> Floats:
        """Return the minutes spent on a length of main road."""
        return metres * (0.06 / self.main_speed_kmh)

    def local_minutes(self, metres: Floats) -> Floats:
        """Return the minutes spent on a straight-line length off the main roads."""
        return metres * (0.06 * self.detour / self.local_speed_kmh)

    def slowness(self, inhabitants_per_km2: Floats) -> Floats:
        """Return the factor, 1 or more, by which time lengthens in places of such a density."""
        doublings: Floats = np.log2(np.maximum(inhabitants_per_km2 / URBAN_DENSITY, 1.0))
        return 1 + self.urban_slowing * doublings

    def intra_commune_minutes(self, radius_metres: Floats, slowness: Floats) -> Floats:
        """Return the minutes of a trip inside a commune, never 0.

        The mean distance from the centre of a disc to a point of it is two thirds of its radius
        (Larson and Odoni, *Urban Operations Research*, 1981, chapter 3).

        Parameters
        ----------
        radius_metres : radius of the disc of the commune's area, shape (communes,).
        slowness : of the commune, shape (communes,).
        """
        inside = self.local_minutes(radius_metres * (2 / 3)) * slowness
        return self.overhead_minutes + np.maximum(inside, SMALLEST_MINUTES)


@dataclass(frozen=True)
class OutlineNetwork:
    """Main roads and local links, ready for shortest paths.

    Attributes
    ----------
    points : projected nodes in metres, shape (nodes, 2).
    components : number of the connected component of each node, shape (nodes,).
    slowness : factor by which time lengthens at each node, 1 or more, shape (nodes,).
    graph : minutes from node to node, symmetric, shape (nodes, nodes).
    parameters : the speeds these minutes were computed with.
    """

    points: Floats
    components: Integers
    slowness: Floats
    graph: Any  # scipy.sparse.csr_array: scipy ships no types
    parameters: OutlineParameters

    @classmethod
    def load(cls, folder: Path | None = None, *, parameters: OutlineParameters | None = None) -> Self:
        """Read the network that ships with the project.

        Parameters
        ----------
        folder : where ``main_roads_nodes.parquet`` and ``main_roads_edges.parquet`` are; the data
            folder of the settings by default.
        parameters : speeds and limits; the calibrated ones by default.

        Raises
        ------
        MissingDataError
            A file is absent.
        """
        folder = settings().data / "roads" if folder is None else folder
        tables = []
        for name in ("main_roads_nodes.parquet", "main_roads_edges.parquet"):
            path = folder / name
            if not path.is_file():
                raise MissingDataError(
                    f"le réseau routier principal est absent ({name})",
                    where=str(folder),
                    way_out="réinstaller le projet, ou lancer : uv run --group build python -m data.build.roads",
                )
            tables.append(pd.read_parquet(path))
        return cls.from_tables(tables[0], tables[1], parameters=parameters)

    @classmethod
    def from_tables(
        cls, nodes: pd.DataFrame, edges: pd.DataFrame, *, parameters: OutlineParameters | None = None
    ) -> Self:
        """Build the network from its two tables.

        Parameters
        ----------
        nodes : ``node_id``, ``lon``, ``lat`` (WGS84 degrees) and, optionally, ``inhabitants_per_km2`` (nothing
            is slowed down without it).
        edges : ``source``, ``target`` (node ids), ``length_metres`` (by road for a main road, straight
            line for a local link), ``is_local`` (optional; all main roads without it). Undirected: each
            once. Of parallel edges the quickest counts.
        parameters : speeds and limits; the calibrated ones by default.

        Raises
        ------
        LayerError
            A column is missing, an id is unknown or repeated, a length or a density is negative, or there is no node.
        """
        parameters = parameters or OutlineParameters()
        points, edge_arrays = _checked_tables(nodes, edges)
        slowness = parameters.slowness(_density(nodes))
        graph = _graph(edge_arrays, slowness, parameters)
        _, components = connected_components(graph, directed=False)
        return cls(
            points=points,
            components=components.astype(np.int64),
            slowness=slowness,
            graph=graph,
            parameters=parameters,
        )

    @cached_property
    def tree(self) -> cKDTree:
        """Spatial index of the nodes."""
        return cKDTree(self.points)

    def access(self, lon: Floats, lat: Floats) -> Access:
        """Join places to the network.

        Parameters
        ----------
        lon, lat : WGS84 degrees, shape (places,); NaN where a place has no position.
        """
        return nearest_nodes(
            project(lon, lat),
            self.tree,
            self.components,
            legs=self.parameters.legs,
            limit_metres=self.parameters.leg_limit_metres,
        )


def _checked_tables(nodes: pd.DataFrame, edges: pd.DataFrame) -> tuple[Floats, Edges]:
    """Check both tables once and turn them into arrays of node positions."""
    for table, columns, name in (
        (nodes, ("node_id", "lon", "lat"), "nœuds du réseau"),
        (edges, ("source", "target", "length_metres"), "tronçons du réseau"),
    ):
        if missing := [column for column in columns if column not in table.columns]:
            raise LayerError(f"colonnes absentes : {', '.join(missing)}", where=name)
    ids = pd.Index(nodes["node_id"])
    if ids.empty or ids.has_duplicates:
        raise LayerError("aucun nœud, ou des node_id répétés", where="nœuds du réseau")
    points = project(nodes["lon"].to_numpy(dtype=np.float64), nodes["lat"].to_numpy(dtype=np.float64))
    if not np.isfinite(points).all():
        raise LayerError("des nœuds sans coordonnées projetables", where="nœuds du réseau")
    source, target = (ids.get_indexer(edges[column]).astype(np.int64) for column in ("source", "target"))
    if (source < 0).any() or (target < 0).any():
        raise LayerError("des tronçons nomment un nœud inconnu", where="tronçons du réseau")
    metres = edges["length_metres"].to_numpy(dtype=np.float64)
    if not (np.isfinite(metres) & (metres >= 0)).all():
        raise LayerError("des longueurs négatives ou absentes", where="tronçons du réseau")
    local = edges["is_local"].to_numpy(dtype=np.bool_) if "is_local" in edges else np.zeros(len(edges), dtype=np.bool_)
    return points, Edges(source=source, target=target, metres=metres, is_local=local)


def _density(nodes: pd.DataFrame) -> Floats:
    """Return inhabitants per km2 of each node, 0 where the table does not say."""
    if "inhabitants_per_km2" not in nodes:
        return np.zeros(len(nodes))
    density = nodes["inhabitants_per_km2"].to_numpy(dtype=np.float64, na_value=np.nan)
    if not (np.isfinite(density) & (density >= 0)).all():
        raise LayerError("des densités négatives ou absentes", where="nœuds du réseau")
    return density


def _graph(edges: Edges, slowness: Floats, parameters: OutlineParameters) -> csr_array:
    """Return the symmetric matrix of minutes, keeping the quickest of parallel edges."""
    minutes = np.where(edges.is_local, parameters.local_minutes(edges.metres), parameters.main_minutes(edges.metres))
    minutes = minutes * (slowness[edges.source] + slowness[edges.target]) / 2
    minutes = np.maximum(minutes, SMALLEST_MINUTES)
    rows = np.concatenate([edges.source, edges.target])
    columns = np.concatenate([edges.target, edges.source])
    both = np.concatenate([minutes, minutes])
    order = np.lexsort((both, columns, rows))
    rows, columns, both = rows[order], columns[order], both[order]
    first = np.ones(len(rows), dtype=np.bool_)
    first[1:] = (np.diff(rows) != 0) | (np.diff(columns) != 0)
    pointers = np.zeros(len(slowness) + 1, dtype=np.int32)
    np.cumsum(np.bincount(rows[first], minlength=len(slowness)), out=pointers[1:])
    return csr_array((both[first], columns[first].astype(np.int32), pointers), shape=(len(slowness), len(slowness)))
