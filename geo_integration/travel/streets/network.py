"""A street network of one area for one mode, and the file it is kept in.

An *edge* is a piece of street between two junctions, with its shape. An *arc* is an edge as it may be
travelled in one direction. Where a turn is forbidden, the junction has copies: an arc that may not turn
everywhere leads to a copy of the junction from which only the allowed arcs leave. So an edge may have
several arcs in the same direction: they all take as long, and differ by the copies they join.

All weights are whole milliseconds, so that every engine finds exactly the same minutes.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from geo_integration.errors import MissingDataError, NetworkRefusedError
from geo_integration.files import replace_file
from geo_integration.vocabulary import Mode, term

SUFFIX = ".network.npz"
FORMAT = 1
"""Changes whenever a network file of before could be misread."""

LARGEST_MILLISECONDS = 2**31 - 2
"""Longest arc or path a 32-bit engine can tell from "no path"."""


@dataclass(frozen=True)
class RoadNetwork:
    """Streets of one area for one mode: one strongly connected component, ready for shortest paths.

    Attributes
    ----------
    area, mode : what it is called and whom it serves.
    meta : what travels with every minute: ``extract`` (file name), ``extract_date`` (ISO, as the extract
        says, or null), ``extract_sha256``, ``profile`` (name), ``profile_sha256``, ``country``,
        ``margin_metres``, ``bounds`` (west, south, east, north of the area without its margin), ``licence``,
        ``snap_limit_metres``, ``access_speed_kmh`` (of the leg between a place and its street).
    lon, lat : nodes, WGS84 degrees, float64, shape (nodes,). Copies of a junction lie on it.
    tail, head : int32, shape (arcs,). Sorted by ``edge``, then ``forward`` (True first), then ``tail``, ``head``.
    milliseconds : uint32, shape (arcs,).
    edge : int32, shape (arcs,).
    forward : whether the arc follows its edge's shape, or runs against it, bool, shape (arcs,).
    edge_metres : float32, shape (edges,).
    edge_name : position in ``names``, int32, shape (edges,). ``names[0]`` is "" (no name).
    edge_class : position in ``classes`` (values of OSM's ``highway``, ``ferry``), uint8, shape (edges,).
    edge_snaps : whether a place may be joined to this edge (not to a motorway, a tunnel or a ferry), bool.
    shape_offsets : first point of each edge's shape, int64, shape (edges + 1,).
    shape_lon, shape_lat : shapes, both ends included, WGS84 degrees, float64, shape (points,).
    names, classes : str, shapes (names,) and (classes,).
    order : node contracted n-th, for contraction hierarchies, uint32, shape (nodes,); empty where not computed.
    """

    area: str
    mode: Mode
    meta: Mapping[str, Any]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    milliseconds: NDArray[np.uint32]
    edge: NDArray[np.int32]
    forward: NDArray[np.bool_]
    edge_metres: NDArray[np.float32]
    edge_name: NDArray[np.int32]
    edge_class: NDArray[np.uint8]
    edge_snaps: NDArray[np.bool_]
    shape_offsets: NDArray[np.int64]
    shape_lon: NDArray[np.float64]
    shape_lat: NDArray[np.float64]
    names: NDArray[np.str_]
    classes: NDArray[np.str_]
    order: NDArray[np.uint32]

    @property
    def nodes(self) -> int:
        """Number of nodes, copies of junctions included."""
        return len(self.lon)

    @property
    def arcs(self) -> int:
        """Number of arcs."""
        return len(self.tail)

    @property
    def edges(self) -> int:
        """Number of edges."""
        return len(self.edge_metres)

    @cached_property
    def arcs_of_edge(self) -> NDArray[np.int64]:
        """First arc of each edge, shape (edges + 1,): its arcs are ``arcs_of_edge[e]:arcs_of_edge[e + 1]``."""
        found: NDArray[np.int64] = np.searchsorted(self.edge, np.arange(self.edges + 1)).astype(np.int64)
        return found

    def save(self, path: Path) -> None:
        """Write the network in one step: a reader sees the old file or the new one.

        The same network always gives the same bytes.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, self.to_bytes())

    def to_bytes(self) -> bytes:
        """Return the file's content."""
        arrays = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in _TOLD}
        told = {"format": FORMAT, "area": self.area, "mode": self.mode.value, "meta": dict(self.meta)}
        arrays["told"] = np.frombuffer(json.dumps(told, sort_keys=True, ensure_ascii=False).encode(), dtype=np.uint8)
        stream = io.BytesIO()
        np.savez_compressed(stream, **arrays)
        return stream.getvalue()

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a network.

        Raises
        ------
        MissingDataError
            There is no such file.
        NetworkRefusedError
            The file is not a network, is cut short, or was written by another version.
        """
        if not path.is_file():
            raise MissingDataError(
                "ce réseau n'existe pas", where=str(path), way_out="le construire : geo-integration network build"
            )
        way_out = "le reconstruire : geo-integration network build"
        try:
            with np.load(path, allow_pickle=False) as file:
                told = json.loads(file["told"].tobytes().decode())
                if told["format"] != FORMAT:
                    raise NetworkRefusedError(
                        f"format {told['format']}, attendu {FORMAT}", where=str(path), way_out=way_out
                    )
                arrays = {field.name: file[field.name] for field in fields(cls) if field.name not in _TOLD}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise NetworkRefusedError(
                "ce fichier n'est pas un réseau, ou il est abîmé", where=str(path), way_out=way_out
            ) from error
        return cls(area=told["area"], mode=term(Mode, told["mode"]), meta=told["meta"], **arrays)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of what minutes depend on, in hexadecimal."""
        digest = hashlib.sha256()
        for array in (self.lon, self.lat, self.tail, self.head, self.milliseconds, self.edge, self.forward):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


_TOLD = ("area", "mode", "meta")
"""Fields kept as text rather than arrays."""
