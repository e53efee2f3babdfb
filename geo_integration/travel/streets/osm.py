"""An OpenStreetMap extract, streamed: the streets, their tags, and the turns that are forbidden.

What is read serves every mode: profiles are applied afterwards (:mod:`usage`). Buildings, land use and all the rest
are passed over by the reader itself. Only the positions of all nodes are kept while the file is read.
"""

import hashlib
from array import array
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import shapely
from numpy.typing import NDArray
from osmium.filter import KeyFilter

from geo_integration.errors import MissingDataError, NetworkRefusedError
from geo_integration.travel.streets.cutting import MARGIN_METRES, buffered, cut
from geo_integration.travel.streets.extract import Extract, Floats, Integers, Restriction
from geo_integration.travel.streets.usage import NODE_KEYS, WAY_KEYS, class_of

__all__ = ["Extract", "Progress", "read_osm"]

SUFFIXES = (".osm.pbf", ".pbf", ".osm", ".osm.bz2", ".osm.gz", ".osm.xml")
"""Names of the extracts that can be read."""

Progress = Callable[[str, int, int], None]
"""Called with a step, what is done of it and what there is of it (0: not known)."""

RESTRICTION_KEYS = (
    "restriction",
    *(f"restriction:{kind}" for kind in ("motorcar", "motor_vehicle", "vehicle", "bicycle", "conditional")),
)
_KEYS = ("highway", "route", "railway", "public_transport", "man_made", "barrier", *RESTRICTION_KEYS)
_NO_STREETS = frozenset(("proposed", "construction", "planned", "razed", "abandoned", "demolished", "disused", "no"))
_EVERY = 20_000
_DOWNLOAD = "télécharger à nouveau l'extrait (.osm.pbf), par exemple sur download.geofabrik.de"
_FIRST_YEAR = 2004
"""OpenStreetMap's first: an older date is no date."""


def read_osm(
    path: Path,
    *,
    within: shapely.Geometry | None = None,
    margin_metres: float = MARGIN_METRES,
    progress: Progress | None = None,
) -> Extract:
    """Read the streets of an extract.

    Parameters
    ----------
    path : ``.osm.pbf``, ``.osm``, ``.osm.bz2`` or ``.osm.gz``.
    within : the area, a polygon in WGS84 degrees; the whole extract by default.
    margin_metres : kept around ``within``.
    progress : called now and then.

    Raises
    ------
    MissingDataError
        There is no such file.
    OptionError
        The area is not a polygon, or the margin is negative.
    NetworkRefusedError
        The file is not an extract, is cut short, has no street, or is not one of this area.
    """
    if not path.is_file():
        raise MissingDataError("cet extrait n'existe pas", where=str(path), way_out="vérifier le chemin donné à --osm")
    if not path.name.endswith(SUFFIXES):
        raise NetworkRefusedError(
            f"extension inconnue : {path.suffix or 'aucune'}",
            where=str(path),
            way_out=f"donner un extrait OpenStreetMap : {', '.join(SUFFIXES)}",
        )
    if within is not None:
        buffered(within, margin_metres)  # refuses what is no area before the file is read
    raw = _Raw(progress)
    try:
        with path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        box, date = raw.read(path)
    except (RuntimeError, OSError, ValueError, UnicodeDecodeError) as error:
        raise NetworkRefusedError(
            f"ce fichier n'est pas un extrait OpenStreetMap, ou il est abîmé ({error})",
            where=str(path),
            way_out=_DOWNLOAD,
        ) from error
    if not raw.way_ids:
        raise NetworkRefusedError("aucune rue dans cet extrait", where=str(path), way_out=_DOWNLOAD)
    extract = raw.extract(path, sha256, date)
    box = box or _bounds_of(extract)
    if within is None:
        return replace(extract, bounds=box)
    return cut(extract, within, margin_metres, box=box, path=path)


class _Raw:
    """What is gathered while an extract streams by."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self.way_ids = array("q")
        self._ways_tags, self._ways_names = array("i"), array("i")
        self._lengths, self._references = array("i"), array("q")
        self._nodes, self._nodes_tags = array("q"), array("i")
        self._restrictions: list[tuple[tuple[tuple[str, str], ...], list[tuple[str, str, int]]]] = []
        self._tag_sets: dict[tuple[tuple[str, str], ...], int] = {}
        self._names = {"": 0}
        self._newest: datetime | None = None
        self._located: Any = None

    def read(self, path: Path) -> tuple[tuple[float, float, float, float] | None, str | None]:
        """Stream the file; return its rectangle and its date, as far as its header tells them."""
        stream: Any = osmium.FileProcessor(path).with_locations().with_filter(KeyFilter(*_KEYS))
        header = stream.header
        date = header.get("osmosis_replication_timestamp") or header.get("timestamp") or None
        for count, item in enumerate(stream):
            if item.is_way():
                self._way(item)
            elif item.is_node():
                self._node(item)
            elif item.is_relation():
                self._relation(item)
            if date is None:
                self._newest = item.timestamp if self._newest is None else max(self._newest, item.timestamp)
            if self._progress is not None and count % _EVERY == 0:
                self._progress("lecture", count, 0)
        self._located = stream.node_location_storage
        if date is None and self._newest is not None and self._newest.year >= _FIRST_YEAR:
            date = self._newest.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        box = header.box()
        if not box.valid():
            return None, date
        return (box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat), date

    def _way(self, way: Any) -> None:  # noqa: ANN401 -- osmium's types are protocols of its own
        tags = {tag.k: tag.v for tag in way.tags}
        kept = tuple(sorted((key, value) for key, value in tags.items() if key in WAY_KEYS))
        if class_of(dict(kept)) in ("", *_NO_STREETS):
            return
        references = [node.ref for node in way.nodes]
        self.way_ids.append(way.id)
        self._ways_tags.append(self._tag_sets.setdefault(kept, len(self._tag_sets)))
        name = tags.get("name") or tags.get("ref", "")
        self._ways_names.append(self._names.setdefault(name, len(self._names)))
        self._lengths.append(len(references))
        self._references.extend(references)

    def _node(self, node: Any) -> None:  # noqa: ANN401 -- the same
        kept = tuple(sorted((tag.k, tag.v) for tag in node.tags if tag.k in NODE_KEYS))
        if kept:
            self._nodes.append(node.id)
            self._nodes_tags.append(self._tag_sets.setdefault(kept, len(self._tag_sets)))

    def _relation(self, relation: Any) -> None:  # noqa: ANN401 -- the same
        tags = tuple(sorted((tag.k, tag.v) for tag in relation.tags if tag.k in ("except", *RESTRICTION_KEYS)))
        if tags and relation.tags.get("type") == "restriction":
            self._restrictions.append((tags, [(member.role, member.type, member.ref) for member in relation.members]))

    def extract(self, path: Path, sha256: str, date: str | None) -> Extract:
        """Turn what was gathered into arrays."""
        references = np.frombuffer(self._references, dtype=np.int64)
        ids, positions = np.unique(references, return_inverse=True)
        lon, lat = self._positions(ids)
        known = np.isfinite(lon)
        renumbered = np.where(known, np.cumsum(known) - 1, -1).astype(np.int32)
        ids, lon, lat = ids[known], lon[known], lat[known]
        if not len(ids):
            raise NetworkRefusedError(
                "les rues de cet extrait n'ont pas de nœuds",
                where=str(path),
                way_out="refaire l'extrait avec ses nœuds",
            )
        offsets = np.zeros(len(self.way_ids) + 1, dtype=np.int64)
        np.cumsum(np.frombuffer(self._lengths, dtype=np.int32), out=offsets[1:])
        return Extract(
            name=path.name,
            date=date,
            sha256=sha256,
            bounds=(0.0, 0.0, 0.0, 0.0),
            margin_metres=0.0,
            covered_share=1.0,
            lon=lon,
            lat=lat,
            way_offsets=offsets,
            way_nodes=renumbered[positions],
            way_ids=np.array(self.way_ids, dtype=np.int64),
            way_tags=np.array(self._ways_tags, dtype=np.int32),
            way_names=np.array(self._ways_names, dtype=np.int32),
            node_tags=self._tags_of(ids),
            tag_sets=tuple(dict(tags) for tags in self._tag_sets),
            names=tuple(self._names),
            restrictions=tuple(self._read_restrictions(ids)),
        )

    def _positions(self, ids: Integers) -> tuple[Floats, Floats]:
        """Return degrees of nodes, NaN where the extract has not got the node."""
        lon, lat = np.full(len(ids), np.nan), np.full(len(ids), np.nan)
        for row, node in enumerate(ids.tolist()):
            try:
                place = self._located.get(node)
            except KeyError:
                continue
            if place.valid():
                lon[row], lat[row] = place.lon, place.lat
        return lon, lat

    def _tags_of(self, ids: Integers) -> NDArray[np.int32]:
        """Return the position of each node's tags, -1 where it has none."""
        found = np.full(len(ids), -1, dtype=np.int32)
        tagged = np.array(self._nodes, dtype=np.int64)
        rows = np.minimum(np.searchsorted(ids, tagged), len(ids) - 1)
        used = ids[rows] == tagged
        found[rows[used]] = np.array(self._nodes_tags, dtype=np.int32)[used]
        return found

    def _read_restrictions(self, ids: Integers) -> Iterator[Restriction]:
        """Yield the turn restrictions, with the positions of their nodes."""
        for tags, members in self._restrictions:
            ways = {
                role: tuple(ref for of, kind, ref in members if of == role and kind == "w") for role in ("from", "to")
            }
            nodes = [ref for role, kind, ref in members if role == "via" and kind == "n"]
            via = -1
            if len(nodes) == 1 and not any(role == "via" and kind != "n" for role, kind, _ in members):
                row = int(np.searchsorted(ids, nodes[0]))
                if row == len(ids) or ids[row] != nodes[0]:
                    continue
                via = row
            yield Restriction(tags, ways["from"], ways["to"], via)


def _bounds_of(extract: Extract) -> tuple[float, float, float, float]:
    """Return the rectangle around the streets."""
    return (
        float(extract.lon.min()),
        float(extract.lat.min()),
        float(extract.lon.max()),
        float(extract.lat.max()),
    )
