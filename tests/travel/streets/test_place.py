"""A place asked for by its name: once from servers (ours, that speak as Nominatim and Overpass do), then offline."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import osm_files
import osmnx
import pytest
import shapely
from town import NO_LEFT, PLACES, SIGNAL, TOWN, A, B, D, E, Town, check

from geo_integration.errors import NetworkRefusedError, NetworkUnavailableError, OptionError
from geo_integration.travel.streets.build import build
from geo_integration.travel.streets.place import fetch

OUTLINE = shapely.box(-0.005, -0.015, 0.035, 0.015)
DATE = "2026-05-01T00:00:00Z"


def elements(kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the town as Overpass writes it."""
    found: list[dict[str, Any]] = []
    for number, (east, north) in PLACES.items():
        place = {"lon": east * osm_files.UNIT, "lat": north * osm_files.UNIT}
        found.append({"type": "node", "id": number, **place, "tags": SIGNAL.get(number, {})})
    found += [{"type": "way", "id": number, "nodes": nodes, "tags": tags} for number, nodes, tags in TOWN]
    number, tags, members = NO_LEFT
    names = {"n": "node", "w": "way"}
    found.append(
        {
            "type": "relation",
            "id": number,
            "tags": {"type": "restriction", **tags},
            "members": [{"type": names[kind], "ref": ref, "role": role} for kind, ref, role in members],
        }
    )
    return [element for element in found if element["type"] in kinds]


class Servers(BaseHTTPRequestHandler):
    """Nominatim and Overpass, for one town."""

    asked: list[str]

    def do_GET(self) -> None:
        """Answer a search, or say that there is a free slot."""
        url = urlparse(self.path)
        if url.path.endswith("/status"):
            self.answer(b"Connected as: 1\nCurrent time: now\nAnnounced\nRate limit: 2\n2 slots available now.\n")
            return
        name = parse_qs(url.query)["q"][0]
        self.asked.append(name)
        found = {
            "boundingbox": ["-0.015", "0.015", "-0.005", "0.035"],
            "geojson": shapely.geometry.mapping(OUTLINE),
            "importance": 1,
            "lat": "0",
            "lon": "0",
            "display_name": name,
        }
        self.answer(json.dumps([found] if name == "Ville" else []).encode())

    def do_POST(self) -> None:
        """Answer a query: relations where it asks for restrictions, streets else."""
        query = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["data"][0]
        self.asked.append(query)
        kinds = ("relation",) if "restriction" in query else ("node", "way") if "highway" in query else ()
        self.answer(json.dumps({"osm3s": {"timestamp_osm_base": DATE}, "elements": elements(kinds)}).encode())

    def answer(self, content: bytes) -> None:
        """Send an answer."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    """Run the servers, and let osmnx know where."""
    Servers.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Servers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(osmnx.settings, "overpass_url", f"{url}/api")
    monkeypatch.setattr(osmnx.settings, "nominatim_url", url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield server
    server.shutdown()
    server.server_close()


def test_a_named_place_is_asked_for_once(servers: ThreadingHTTPServer, tmp_path: Path) -> None:
    resolve, cache = socket.getaddrinfo, osmnx.settings.cache_folder
    place = fetch("Ville", folder=tmp_path, margin_metres=1_000)
    assert place.within.equals(OUTLINE)
    assert len(Servers.asked) == 4  # the outline, the streets, the ferries, the restrictions
    assert (socket.getaddrinfo, osmnx.settings.cache_folder) == (resolve, cache)
    servers.shutdown()
    servers.server_close()  # offline from here on
    assert fetch(" ville ", folder=tmp_path, margin_metres=1_000) == place
    first = place.extract.read_bytes()
    place.extract.unlink()  # the answers are kept too
    assert fetch("Ville", folder=tmp_path, margin_metres=1_000).extract.read_bytes() == first
    built = build(place.extract, mode="car", area="Ville", within=place.within, margin_metres=1_000)
    check(built)
    assert built.meta["extract_date"] == DATE
    assert (built.meta["restrictions_applied"], built.meta["covered_share"]) == (1, 1)
    # A to D as in test_build: no left turn at B, so by Rue Basse and Rue du Sud.
    assert Town(built).seconds(PLACES[A], PLACES[D]) == pytest.approx(
        Town(built).seconds(PLACES[A], PLACES[E]) + Town(built).seconds(PLACES[E], PLACES[D])
    )
    assert len(Town(built).at(PLACES[B])) == 2


def test_a_polygon_needs_no_name(servers: ThreadingHTTPServer, tmp_path: Path) -> None:
    assert servers.server_port
    place = fetch(OUTLINE, folder=tmp_path, margin_metres=0)
    assert len(Servers.asked) == 3
    check(build(place.extract, mode="foot", area="polygone", within=OUTLINE, margin_metres=0))


@pytest.mark.parametrize("place", ["Ville", OUTLINE])
def test_offline_says_the_way_out(place: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setattr(osmnx.settings, "overpass_url", nobody)
    monkeypatch.setattr(osmnx.settings, "nominatim_url", nobody)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(NetworkUnavailableError, match="ne répondent pas") as refused:
        fetch(place, folder=tmp_path)
    assert "--osm" in refused.value.way_out
    assert not list(tmp_path.rglob("*.pbf"))


def test_an_unknown_place(servers: ThreadingHTTPServer, tmp_path: Path) -> None:
    assert servers.server_port
    with pytest.raises(NetworkRefusedError, match="inutilisable") as refused:
        fetch("Nulle Part", folder=tmp_path)
    assert refused.value.where == "Nulle Part"


def test_a_damaged_answer(servers: ThreadingHTTPServer, tmp_path: Path) -> None:
    assert servers.server_port
    place = fetch("Ville", folder=tmp_path)
    place.extract.unlink()
    for answer in tmp_path.rglob("answers/*.json"):
        answer.write_text('{"elements": [{"type"')
    with pytest.raises(NetworkRefusedError):
        fetch("Ville", folder=tmp_path)


@pytest.mark.parametrize("place", ["", "  ", shapely.Polygon(), shapely.box(500, 0, 501, 1)])
def test_what_is_no_place(place: object, tmp_path: Path) -> None:
    with pytest.raises(OptionError):
        fetch(place, folder=tmp_path)
