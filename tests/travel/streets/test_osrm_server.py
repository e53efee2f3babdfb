"""An OSRM server: the real one on Monaco, and made answers for what a healthy one does not say."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import requests

from geo_integration.errors import NetworkUnavailableError, OptionError
from geo_integration.travel.reach import NO_NETWORK, NO_POSITION
from geo_integration.travel.streets.osrm_server import OsrmServer
from geo_integration.vocabulary import Mode

MONACO = Path(__file__).resolve().parents[4] / "shared" / "data" / "osm" / "extracts" / "monaco.osm.pbf"
Answer = Callable[[str], tuple[int, bytes]]


def sites() -> pd.DataFrame:
    """Two in Monaco, one 50 km out at sea, one without position."""
    return pd.DataFrame(
        {
            "site_id": ["harbour", "station", "sea", "nowhere"],
            "lon": [7.4246, 7.4188, 7.9, np.nan],
            "lat": [43.7346, 43.7384, 43.3, np.nan],
            "commune_code": "elsewhere",
        }
    )


def origins() -> pd.DataFrame:
    """Two in Monaco, of which one is large, and one far at sea."""
    return pd.DataFrame(
        {
            "commune_code": ["rock", "larvotto", "ocean"],
            "lon": [7.4205, 7.4335, 6.5],
            "lat": [43.7311, 43.7476, 42.0],
            "radius_metres": [300.0, 600.0, 600.0],
        }
    )


@pytest.fixture(scope="module")
def monaco(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start OSRM's own server on Monaco and return its address."""
    osrm = pytest.importorskip("osrm", reason="osrm-bindings is not installed (dependency group bench)")
    if not MONACO.is_file():
        pytest.skip("the extract of Monaco is not in ../shared/data")
    folder = tmp_path_factory.mktemp("osrm")
    (folder / "monaco.osm.pbf").symlink_to(MONACO)
    profile = Path(osrm.__file__).parent / "share" / "profiles" / "car.lua"
    for step in (["extract", "-p", str(profile), "monaco.osm.pbf"], ["contract", "monaco.osrm"]):
        run = [sys.executable, "-m", "osrm", *step]
        subprocess.run(run, cwd=folder, check=True, capture_output=True, timeout=120)  # noqa: S603 -- our own words
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = Path(osrm.__file__).parent / "bin" / "osrm-routed"
    with subprocess.Popen(  # noqa: S603 -- our own words
        [str(program), "-i", "127.0.0.1", "-p", str(port), "--max-table-size", "20", "monaco.osrm"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        address = f"http://127.0.0.1:{port}"
        for _ in range(100):
            try:
                requests.get(f"{address}/nearest/v1/driving/7.42,43.73", timeout=5)
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        yield address
        process.terminate()


@pytest.fixture
def answering() -> Iterator[Callable[[Answer], str]]:
    """Start a server that answers as told, and return its address."""
    running: list[ThreadingHTTPServer] = []

    def start(answer: Answer) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = answer(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        running.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=running[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{running[-1].server_port}"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def patient(url: str, **options: Any) -> OsrmServer:  # noqa: ANN401 -- those of OsrmServer
    """Return a server whose waits take no time."""
    return OsrmServer(url, **({"sleep": lambda _: None} | options))


def raw_route(url: str, here: tuple[float, float], there: tuple[float, float]) -> tuple[float, float]:
    """Return seconds and metres off the street by the route service, which is not the one under test."""
    where = f"{here[0]:.6f},{here[1]:.6f};{there[0]:.6f},{there[1]:.6f}"
    answer = requests.get(f"{url}/route/v1/driving/{where}?overview=false", timeout=10).json()
    return answer["routes"][0]["duration"], sum(waypoint["distance"] for waypoint in answer["waypoints"])


def test_minutes_are_those_of_the_servers_routes_and_the_access(monaco: str) -> None:
    table = patient(monaco).reach_table(sites(), origins(), cutoff_minutes=30)
    assert table[["site_id", "commune_code"]].to_numpy().tolist() == [
        ["harbour", "rock"],
        ["harbour", "larvotto"],
        ["station", "rock"],
        ["station", "larvotto"],
    ]
    assert set(table["engine"]) == {"osrm"}
    place = {row.site_id: (row.lon, row.lat) for row in sites().itertuples()}
    commune = {row.commune_code: (row.lon, row.lat) for row in origins().itertuples()}
    for row in table.itertuples():
        here, there = commune[row.commune_code], place[row.site_id]
        for minutes, ends in ((row.out_minutes, (here, there)), (row.back_minutes, (there, here))):
            seconds, metres = raw_route(monaco, *ends)
            # 10 km/h off the street: 0.36 s a metre.
            assert minutes * 60 == pytest.approx(seconds + 0.36 * metres, abs=0.2)
    assert (table["out_minutes"] != table["back_minutes"]).all()


def test_far_from_every_street_is_not_routable(monaco: str) -> None:
    missing = patient(monaco).reach(sites(), origins(), cutoff_minutes=30)
    assert missing.unreached == ["ocean"]
    assert missing.not_routable.sites.to_dict("list") == {
        "site_id": ["sea", "nowhere"],
        "reason": [NO_NETWORK, NO_POSITION],
    }
    nearer = patient(monaco, snap_limit_metres=1.0).reach(sites(), origins(), cutoff_minutes=30)
    assert set(nearer.unreached) >= {"ocean"}
    assert len(nearer.not_routable.sites) + len(nearer.not_routable.communes) > 3


def test_the_cutoff_and_the_size_of_questions_do_not_change_minutes(monaco: str) -> None:
    whole = patient(monaco).reach_table(sites(), origins(), cutoff_minutes=30)
    pieces = patient(monaco, max_table=2).reach_table(sites(), origins(), cutoff_minutes=30)
    pd.testing.assert_frame_equal(pieces, whole, check_exact=True)
    longest = whole[["out_minutes", "back_minutes"]].max(axis=1)
    cutoff = float(longest.median())
    cut = patient(monaco).reach_table(sites(), origins(), cutoff_minutes=cutoff)
    pd.testing.assert_frame_equal(cut, whole[longest <= cutoff].reset_index(drop=True), check_exact=True)
    assert 0 < len(cut) < len(whole)


def test_at_home_the_trip_takes_at_least_the_commune_s_time(monaco: str) -> None:
    home = sites().assign(commune_code=["larvotto", "elsewhere", "ocean", "elsewhere"])
    wide = origins().assign(radius_metres=6000.0)
    table = patient(monaco).reach_table(home, wide, cutoff_minutes=30).set_index(["site_id", "commune_code"])
    # 2/3 * 6 km * 1.3 at 30 km/h: 10.4 min. The site at sea is said to be of the commune at sea, and is too far from it
    # to be sure of: nothing is known of a trip there.
    assert table.loc[("harbour", "larvotto"), "out_minutes"] == pytest.approx(10.4)
    assert "sea" not in {site for site, _ in table.index}
    assert table.loc[("harbour", "rock"), "out_minutes"] < 10


def test_a_table_larger_than_the_server_takes_is_refused_with_the_way_out(monaco: str) -> None:
    many = pd.concat([origins().iloc[[0]]] * 900, ignore_index=True)
    many["commune_code"] = [f"c{row}" for row in range(len(many))]
    with pytest.raises(OptionError, match="points") as refused:
        patient(monaco, max_table=1000).reach(sites(), many, cutoff_minutes=30)
    assert "max_table" in refused.value.way_out


def waypoints(count: int) -> list[dict[str, Any]]:
    return [{"location": [7.42, 43.73], "distance": 3.0, "name": ""}] * count


def sizes(path: str) -> tuple[int, int]:
    """Return how many sources and destinations were asked for."""
    asked = dict(part.split("=") for part in path.partition("?")[2].split("&"))
    return len(asked["sources"].split(";")), len(asked["destinations"].split(";"))


def healthy(path: str, seconds: float | None = 60.0) -> tuple[int, bytes]:
    few, many = sizes(path)
    answer = {
        "code": "Ok",
        "durations": [[seconds] * many] * few,
        "sources": waypoints(few),
        "destinations": waypoints(many),
    }
    return 200, json.dumps(answer).encode()


def test_a_pair_without_way_is_no_row_and_not_zero(answering: Callable[[Answer], str]) -> None:
    server = patient(answering(lambda path: healthy(path, None)))
    found = server.reach(sites(), origins(), cutoff_minutes=1000)
    assert all(not len(chunk.site_index) for chunk in found.chunks)
    assert sorted(np.concatenate([chunk.sites for chunk in found.chunks]).tolist()) == [0, 1, 2, 3]


def test_without_the_distance_it_is_computed_from_the_location(answering: Callable[[Answer], str]) -> None:
    def silent(path: str) -> tuple[int, bytes]:
        answer = json.loads(healthy(path)[1])
        for waypoint in answer["sources"] + answer["destinations"]:
            del waypoint["distance"]
        return 200, json.dumps(answer).encode()

    # Everything is put at 7.42, 43.73: 1 km reaches the rock and the harbour only.
    # The station is 0.9 km away by latitude; Larvotto 2.2 km.
    found = patient(answering(silent), snap_limit_metres=1000).reach(sites(), origins(), cutoff_minutes=1000)
    assert found.unreached == ["larvotto", "ocean"]
    assert found.not_routable.sites["site_id"].tolist() == ["sea", "nowhere"]


def test_a_busy_server_is_asked_again_after_longer_and_longer_waits(answering: Callable[[Answer], str]) -> None:
    calls: list[str] = []
    waits: list[float] = []

    def busy(path: str) -> tuple[int, bytes]:
        calls.append(path)
        return (503, b"busy") if len(calls) <= 3 else healthy(path)

    server = patient(answering(busy), sleep=waits.append, backoff_seconds=0.25)
    assert len(server.reach_table(sites(), origins(), cutoff_minutes=30))
    assert waits == [0.25, 0.5, 1.0]


def test_a_server_always_busy_is_given_up_on(answering: Callable[[Answer], str]) -> None:
    calls: list[str] = []

    def busy(path: str) -> tuple[int, bytes]:
        calls.append(path)
        return 429, b""

    with pytest.raises(NetworkUnavailableError, match=r"HTTP 429, 3 essais"):
        patient(answering(busy), attempts=3).reach(sites(), origins(), cutoff_minutes=30)
    assert len(calls) == 3


def test_no_server_at_all_is_said_so() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(NetworkUnavailableError, match="ne répond pas") as refused:
        patient(url).reach(sites(), origins(), cutoff_minutes=30)
    assert refused.value.where == url
    assert refused.value.way_out


def test_a_slow_server_is_not_waited_for_for_ever(answering: Callable[[Answer], str]) -> None:
    done = threading.Event()

    def slow(path: str) -> tuple[int, bytes]:
        done.wait(20)
        return healthy(path)

    try:
        with pytest.raises(NetworkUnavailableError, match="délai dépassé, 2 essais"):
            patient(answering(slow), timeout_seconds=0.2, attempts=2).reach(sites(), origins(), cutoff_minutes=30)
    finally:
        done.set()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"code": "InvalidQuery", "message": "Query string malformed close to position 12"}, "ne comprend pas"),
        ({"code": "InvalidOptions", "message": "Coordinates are invalid"}, "refuse la question"),
        ({"code": "InvalidService", "message": "Service table not found!"}, "n'a pas le service"),
        ({"code": "NoSegment", "message": "none"}, "aucune rue"),
        ({"code": "Surprise"}, "Surprise"),
    ],
)
def test_a_refusal_names_its_code_and_the_coordinates(
    answering: Callable[[Answer], str], answer: dict[str, str], words: str
) -> None:
    server = patient(answering(lambda _: (400, json.dumps(answer).encode())))
    with pytest.raises(NetworkUnavailableError, match=words) as refused:
        server.reach(sites(), origins(), cutoff_minutes=30)
    assert answer["code"] in refused.value.what
    assert "lon 7.424600, lat 43.734600" in refused.value.where


def test_a_place_the_server_has_no_street_for_is_not_routable_and_the_others_are(
    answering: Callable[[Answer], str],
) -> None:
    def strict(path: str) -> tuple[int, bytes]:
        where = path.partition("?")[0].rpartition("/")[2].split(";")
        if "7.900000,43.300000" in where:
            told = {"code": "NoSegment", "message": f"Could not find … coordinate {where.index('7.900000,43.300000')}"}
            return 400, json.dumps(told).encode()
        return healthy(path)

    found = patient(answering(strict)).reach(sites(), origins(), cutoff_minutes=30)
    assert found.not_routable.sites["site_id"].tolist() == ["sea", "nowhere"]
    assert sum(len(chunk.site_index) for chunk in found.chunks) == 4  # harbour and station; the ocean is too far


@pytest.mark.parametrize(
    "body",
    [
        b"<html>hello</html>",
        b"[]",
        b'{"status": "fine"}',
        b'{"code": "Ok"}',
        b'{"code": "Ok", "durations": [[1, 2, 3], [4]], "sources": [], "destinations": []}',
        b'{"code": "Ok", "durations": "soon", "sources": [], "destinations": []}',
        b'{"code": "Ok", "durations": [[-5, 1, 1]], "sources": [{}], "destinations": [{}, {}, {}]}',
    ],
)
def test_what_is_no_table_is_refused(answering: Callable[[Answer], str], body: bytes) -> None:
    with pytest.raises(NetworkUnavailableError, match="service « table »"):
        patient(answering(lambda _: (200, body))).reach(sites(), origins(), cutoff_minutes=30)


def test_a_single_server_is_never_asked_for_another_mode() -> None:
    with pytest.raises(OptionError, match="à pied"):
        OsrmServer("http://localhost:5000").reach(sites(), origins(), cutoff_minutes=30, mode=Mode.FOOT)
    with pytest.raises(OptionError, match="transports"):
        OsrmServer("http://localhost/{mode}").reach(sites(), origins(), cutoff_minutes=30, mode=Mode.TRANSIT)


def test_one_server_per_mode_is_asked_by_its_own_address(answering: Callable[[Answer], str]) -> None:
    asked: list[str] = []

    def listening(path: str) -> tuple[int, bytes]:
        asked.append(path)
        return healthy(path)

    server = patient(answering(listening) + "/routed-{mode}")
    server.reach(sites(), origins(), cutoff_minutes=30, mode=Mode.FOOT)
    assert all(path.startswith("/routed-foot/table/v1/walking/") for path in asked)


@pytest.mark.parametrize(
    "options", [{"max_table": 1}, {"attempts": 0}, {"timeout_seconds": 0}, {"snap_limit_metres": -1}]
)
def test_a_server_nothing_could_be_asked_of_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match=next(iter(options))):
        OsrmServer("http://localhost:5000", **options)
