"""A named place or a polygon, downloaded once through ``osmnx`` and usable offline afterwards.

osmnx asks Nominatim for the outline and Overpass for the streets, politely, and keeps every answer. Its graphs drop
tags and turn restrictions, so only its answers are used: they become an extract (``.osm.pbf``) that
:func:`~geo_integration.travel.streets.osm.read_osm` reads like any other.
"""

import hashlib
import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import osmium
import osmnx
import requests
import shapely
from osmium.osm.mutable import Node, Relation, Way

from geo_integration.errors import NetworkRefusedError, NetworkUnavailableError, OptionError
from geo_integration.files import replace_file, temporary_beside
from geo_integration.travel.streets.cutting import MARGIN_METRES, buffered

_STREETS = ['["highway"]', '["route"="ferry"]']
_OFFLINE = "donner un extrait déjà téléchargé (--osm fichier.osm.pbf), ou se connecter à Internet une fois"
_REACH_SECONDS = 10


@dataclass(frozen=True)
class Place:
    """An area and the extract of its streets.

    Attributes
    ----------
    extract : an ``.osm.pbf`` file, streets and turn restrictions only.
    within : the area, WGS84 degrees, without its margin.
    """

    extract: Path
    within: shapely.Geometry


def fetch(
    place: str | shapely.Polygon | shapely.MultiPolygon, *, folder: Path, margin_metres: float = MARGIN_METRES
) -> Place:
    """Return the streets of a place, from the folder where they were kept, else from OpenStreetMap's servers.

    Parameters
    ----------
    place : a name that Nominatim knows (``Arras, France``), or a polygon in WGS84 degrees.
    folder : where answers and extracts are kept; a place kept there needs no connection.
    margin_metres : streets kept around the place.

    Raises
    ------
    NetworkUnavailableError
        The place is not kept in the folder, and the servers do not answer.
    NetworkRefusedError
        No place of this name has an outline, it has no street, or a kept answer is damaged.
    OptionError
        The name is empty, the polygon is not valid, or the margin is negative.
    """
    named = isinstance(place, str)
    if named and not place.strip():
        raise OptionError("le nom de lieu est vide", way_out="donner un nom, par exemple « Arras, France »")
    within = None if named else place
    kept = folder / _key(place, margin_metres)
    extract, outline = kept / "streets.osm.pbf", kept / "outline.geojson"
    if extract.is_file() and outline.is_file():
        return Place(extract, _outline(outline))
    if within is not None:
        buffered(within, margin_metres)  # refuses what is no area before anything is asked for
    with _osmnx_kept_in(kept / "answers"), _told(place if named else "polygone"):
        within = _geocoded(place) if named else within
        zone = buffered(within, margin_metres)
        questions: list[Callable[[], object]] = [
            lambda: osmnx.graph_from_polygon(zone, custom_filter=_STREETS, simplify=False, retain_all=True),
            lambda: osmnx.features_from_polygon(zone, tags={"type": "restriction"}),
        ]
        for ask in questions:
            try:
                ask()
            except InterruptedError:  # cache_only_mode's: the answers are in their files, which is all that is wanted
                continue
        elements, date = _elements(kept / "answers")
    if not any(kind == "way" for kind, _ in elements):
        raise NetworkRefusedError(
            "aucune rue dans ce lieu", where=str(place if named else "polygone"), way_out="vérifier le lieu demandé"
        )
    _write(extract, elements, date, zone)
    replace_file(outline, json.dumps(shapely.geometry.mapping(within)).encode())
    return Place(extract, within)


def _key(place: str | shapely.Geometry, margin_metres: float) -> str:
    """Return the name of the folder of a place."""
    told = " ".join(place.split()).casefold() if isinstance(place, str) else shapely.to_wkb(place, hex=True)
    return hashlib.sha256(f"{told}|{margin_metres:.0f}".encode()).hexdigest()[:16]


def _outline(path: Path) -> shapely.Geometry:
    """Read an outline kept before."""
    try:
        return shapely.geometry.shape(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError, shapely.errors.ShapelyError) as error:
        raise NetworkRefusedError(
            "contour abîmé", where=str(path), way_out=f"supprimer le dossier {path.parent.name} et recommencer"
        ) from error


@contextmanager
def _osmnx_kept_in(answers: Path) -> Iterator[None]:
    """Set osmnx to keep its answers in a folder, and put back everything it changes."""
    names = ("use_cache", "cache_folder", "cache_only_mode", "doh_url_template", "overpass_rate_limit")
    before = {name: getattr(osmnx.settings, name) for name in names}
    resolve = socket.getaddrinfo
    osmnx.settings.use_cache = True
    osmnx.settings.cache_folder = answers
    osmnx.settings.cache_only_mode = True
    osmnx.settings.doh_url_template = None  # no third party is told where we are looking
    osmnx.settings.overpass_rate_limit = before["overpass_rate_limit"] and _answers()
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(osmnx.settings, name, value)
        socket.getaddrinfo = resolve


def _answers() -> bool:
    """Whether Overpass can be reached; where it cannot, waiting one's turn would only delay saying so."""
    try:
        requests.get(
            osmnx.settings.overpass_url.rstrip("/") + "/status",
            timeout=_REACH_SECONDS,
            **osmnx.settings.requests_kwargs,
        )
    except requests.RequestException:
        return False
    return True


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Say in our words what went wrong between us and the servers."""
    try:
        yield
    except OSError as error:
        raise NetworkUnavailableError(
            f"les serveurs d'OpenStreetMap ne répondent pas ({type(error).__name__}), et ce lieu n'est pas en réserve",
            where=where,
            way_out=_OFFLINE,
        ) from error
    except (ValueError, TypeError, KeyError) as error:
        raise NetworkRefusedError(
            f"réponse inutilisable d'OpenStreetMap ({error})",
            where=where,
            way_out="préciser le lieu (commune, pays), donner un polygone, ou donner un extrait (--osm)",
        ) from error


def _geocoded(place: str) -> shapely.Geometry:
    """Return the outline of a named place."""
    return osmnx.geocode_to_gdf(place).union_all()


def _elements(answers: Path) -> tuple[dict[tuple[str, int], dict[str, Any]], str | None]:
    """Return the nodes, ways and relations of all answers, and the oldest of their dates."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    dates = []
    for path in sorted(answers.glob("*.json")):
        answer = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(answer, dict):
            continue  # Nominatim's
        dates.append(answer.get("osm3s", {}).get("timestamp_osm_base"))
        for element in answer["elements"]:
            found.setdefault((element["type"], int(element["id"])), element)
    return found, min(filter(None, dates), default=None)


def _write(
    path: Path, elements: dict[tuple[str, int], dict[str, Any]], date: str | None, zone: shapely.Geometry
) -> None:
    """Write an extract in one step: nodes, ways, relations, by id."""
    header = osmium.io.Header()
    west, south, east, north = zone.bounds
    header.add_box(osmium.osm.Box(west, south, east, north))
    if date is not None:
        header.set("osmosis_replication_timestamp", date)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_beside(path.parent)
    writer = osmium.SimpleWriter(osmium.io.File(str(temporary), "pbf"), header=header, overwrite=True)
    try:
        for kind, number in sorted(elements, key=lambda key: (("node", "way", "relation").index(key[0]), key[1])):
            element = elements[kind, number]
            shared = {"id": number, "tags": element.get("tags", {}), "version": 1}
            if kind == "node":
                writer.add_node(Node(location=(element["lon"], element["lat"]), **shared))
            elif kind == "way":
                writer.add_way(Way(nodes=element["nodes"], **shared))
            else:
                members = [(member["type"][0], member["ref"], member["role"]) for member in element["members"]]
                writer.add_relation(Relation(members=members, **shared))
        writer.close()
        os.replace(temporary, path)  # noqa: PTH105 -- the system call by its name: this is the commit
    finally:
        temporary.unlink(missing_ok=True)
