"""How fast features are served: ours beside pygeoapi and tipg, the same communes, the same 200 boxes, with wrk.

``uv run python benchmarks/service_features.py --postgres postgresql://… --pygeoapi VENV --tipg VENV``: each server runs
alone, one worker, on the same machine as wrk. VENV is a virtual environment made beside:

    python -m venv pyg && pyg/bin/pip install pygeoapi psycopg2-binary geoalchemy2
    python -m venv tip && tip/bin/pip install tipg uvicorn

Boxes hold about 150 communes each; before any timing every server's answers are compared, commune by commune, with
what shapely says of the same polygons. Figures are of one run; what counts are the ratios. Writes its section of
``docs/benchmarks.md``.
"""

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import requests
import shapely
import sqlalchemy as sa
import yaml
from pages import Page, markdown_table

from geo_integration import territories
from geo_integration.database import engine_of
from geo_integration.exports.geojson import published

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
SEED = 20_261_122
BOXES = 200
AIMED = 150
LIMIT = 400
SCHEMA = "bench"
START_SECONDS = 180
RUNS = (
    ("new boxes", "identity", 0.01),
    ("new boxes, gzip", "gzip", 0.01),
    ("the same boxes", "identity", 0.0),
)
"""What is measured: label, coding accepted, and how far each box is moved at random (degrees), so that it is new."""

_LUA = """
local boxes, moved, path = {%s}, %s, "%s"
local n = 0
math.randomseed(20261122)
function request()
  n = n %% #boxes + 1
  local dx, dy = (math.random() - 0.5) * 2 * moved, (math.random() - 0.5) * 2 * moved
  local w, s, e, h = boxes[n]:match("([^,]+),([^,]+),([^,]+),([^,]+)")
  local box = string.format("%%.6f,%%.6f,%%.6f,%%.6f", w + dx, s + dy, e + dx, h + dy)
  return wrk.format("GET", (path:gsub("%%%%s", box)), {["Accept-Encoding"] = "%s"})
end
"""


@dataclass(frozen=True)
class Server:
    """One server to measure: how to start it, and the path that asks for a box."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    path: Callable[[str], str]
    code: Callable[[dict[str, Any]], str]


@dataclass(frozen=True)
class Measured:
    """What one server did."""

    name: str
    wrong: int
    per_second: float
    p50: str
    p99: str
    errors: int
    megabytes: float


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--postgres", help="address of an empty database with PostGIS, for the peers")
    options.add_argument("--pygeoapi", type=Path, help="virtual environment of pygeoapi")
    options.add_argument("--tipg", type=Path, help="virtual environment of tipg")
    options.add_argument("--seconds", type=int, default=15, help="of wrk, per server")
    options.add_argument("--connections", type=int, default=8)
    options.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    asked = options.parse_args()
    communes = polygons()
    boxes = list(boxes_of(communes))
    truth = [expected(communes, box) for box in boxes]
    print(f"{len(boxes)} boxes, {np.mean([len(found) for found in truth]):.0f} communes each on average")
    if asked.postgres:
        load(communes, asked.postgres)
    with tempfile.TemporaryDirectory() as folder:
        found = []
        for server in servers(asked, Path(folder)):
            found += list(measure(server, boxes, truth, asked, Path(folder)))
    rows = [
        [one.name, f"{one.per_second:,.0f}", one.p50, one.p99, str(one.errors), f"{one.megabytes:.0f}", str(one.wrong)]
        for one in found
    ]
    head = ["server", "answers/s", "p50", "p99", "errors", "MB resident", "boxes answered wrongly, of 20"]
    table = markdown_table(head, rows)
    print(table)
    if asked.write:
        page = Page.read(DOCUMENT)
        page.put("service_features", text(table, asked))
        page.write()
    return 0


def polygons() -> gpd.GeoDataFrame:
    """Return the communes as our service gives them: the same rounded polygons for everybody."""
    table = territories.communes(["code", "name", "departement_code", "population"])
    table = table[~table.geometry.isna() & ~table.geometry.is_empty].reset_index(drop=True)
    shapes = published(np.asarray(table.geometry.array, dtype=object))
    return gpd.GeoDataFrame(table.drop(columns="geometry"), geometry=shapes, crs=4326)


def boxes_of(communes: gpd.GeoDataFrame) -> Iterator[str]:
    """Draw boxes that meet about 150 communes each."""
    draw = np.random.default_rng(SEED)
    mainland = communes[communes["departement_code"].str.len() == 2]  # noqa: PLR2004 -- not overseas
    centres = shapely.get_coordinates(shapely.centroid(mainland.geometry.array))
    tree = shapely.STRtree(mainland.geometry.array)
    for x, y in centres[draw.choice(len(centres), BOXES, replace=False)]:
        low, high = 0.01, 1.5
        for _ in range(18):
            half = (low + high) / 2
            count = len(tree.query(shapely.box(x - half, y - half * 0.7, x + half, y + half * 0.7), "intersects"))
            low, high = (half, high) if count < AIMED else (low, half)
        yield ",".join(f"{value:.5f}" for value in (x - half, y - half * 0.7, x + half, y + half * 0.7))


def expected(communes: gpd.GeoDataFrame, box: str) -> set[str]:
    """Return the codes of the communes that meet a box, by shapely alone."""
    shape = shapely.box(*map(float, box.split(",")))
    return set(communes.loc[shapely.intersects(communes.geometry.array, shape), "code"])


def load(communes: gpd.GeoDataFrame, url: str) -> None:
    """Give the peers the same polygons, with the index they would have."""
    engine = engine_of(url)
    columns = [sa.column(name) for name in ("code", "name", "departement_code", "population", "geom")]
    table = sa.table("communes", *columns, schema=SCHEMA)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS postgis"))
        connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
        connection.execute(sa.text(f"CREATE SCHEMA {SCHEMA}"))
        connection.execute(
            sa.text(
                f"CREATE TABLE {SCHEMA}.communes (code text PRIMARY KEY, name text, departement_code text, "
                "population bigint, geom geometry(Geometry, 4326))"
            )
        )
        rows = [
            {
                "code": one.code,
                "name": one.name,
                "departement_code": one.departement_code,
                "population": int(one.population) if one.population == one.population else None,
                "geom": shapely.to_wkb(shapely.set_srid(one.geometry, 4326), hex=True, include_srid=True),
            }
            for one in communes.itertuples(index=False)
        ]
        connection.execute(
            sa.insert(table),
            rows,
        )
        connection.execute(sa.text(f"CREATE INDEX ON {SCHEMA}.communes USING gist (geom)"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text(f"VACUUM ANALYZE {SCHEMA}.communes"))


def servers(asked: argparse.Namespace, folder: Path) -> Iterator[Server]:
    """Name the servers there are to measure."""
    here = Path(sys.executable).parent / "geo-integration"
    port = free_port()
    store = folder / "store"
    yield Server(
        f"geo_integration, port {port}",
        [str(here), "serve", "--port", str(port), "--no-jobs", "--store", str(store)],
        {"GEO_INTEGRATION_PUBLIC_REQUESTS_PER_MINUTE": "0"},
        lambda box: f"/ogc/collections/communes/items?limit={LIMIT}&bbox={box}",
        lambda feature: str(feature["properties"]["code"]),
    )
    if asked.tipg and asked.postgres:
        port = free_port()
        yield Server(
            f"tipg, port {port}",
            [str(asked.tipg / "bin/uvicorn"), "tipg.main:app", "--port", str(port), "--log-level", "error"],
            {
                "DATABASE_URL": plain(asked.postgres),
                "TIPG_DB_SCHEMAS": f'["{SCHEMA}"]',
                "TIPG_MAX_FEATURES_PER_QUERY": "10000",
            },
            lambda box: f"/collections/{SCHEMA}.communes/items?limit={LIMIT}&bbox={box}",
            lambda feature: str(feature["properties"]["code"]),
        )
    if asked.pygeoapi and asked.postgres:
        port = free_port()
        yield Server(
            f"pygeoapi, port {port}",
            [
                str(asked.pygeoapi / "bin/uvicorn"),
                "pygeoapi.starlette_app:APP",
                "--port",
                str(port),
                "--log-level",
                "error",
            ],
            pygeoapi(asked, port, folder),
            lambda box: f"/collections/communes/items?limit={LIMIT}&f=json&bbox={box}",
            lambda feature: str(feature.get("id") or feature["properties"]["code"]),
        )


def pygeoapi(asked: argparse.Namespace, port: int, folder: Path) -> dict[str, str]:
    """Write what pygeoapi asks for; return its environment."""
    url = sa.make_url(plain(asked.postgres))
    told = {"en": "communes"}
    config = {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port},
            "url": f"http://127.0.0.1:{port}",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "languages": ["en-US"],
            "limits": {"default_items": LIMIT, "max_items": 10_000},
            "map": {"url": "about:blank", "attribution": ""},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": told,
                "description": told,
                "keywords": {"en": ["communes"]},
                "keywords_type": "theme",
                "terms_of_service": "none",
                "url": "http://localhost",
            },
            "license": {"name": "none", "url": "http://localhost"},
            "provider": {"name": "bench", "url": "http://localhost"},
            "contact": {"name": "bench", "position": "", "email": "nobody@localhost"},
        },
        "resources": {
            "communes": {
                "type": "collection",
                "title": told,
                "description": told,
                "keywords": {"en": ["communes"]},
                "extents": {
                    "spatial": {"bbox": [-180, -90, 180, 90], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}
                },
                "providers": [
                    {
                        "type": "feature",
                        "name": "PostgreSQL",
                        "data": {
                            "host": url.host,
                            "port": url.port or 5432,
                            "dbname": url.database,
                            "user": url.username,
                            "password": url.password or "",
                            "search_path": [SCHEMA, "public"],
                        },
                        "id_field": "code",
                        "table": "communes",
                        "geom_field": "geom",
                    }
                ],
            }
        },
    }
    written, openapi = folder / "pygeoapi.yml", folder / "pygeoapi-openapi.yml"
    written.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    environment = {"PYGEOAPI_CONFIG": str(written), "PYGEOAPI_OPENAPI": str(openapi)}
    subprocess.run(
        [str(asked.pygeoapi / "bin/pygeoapi"), "openapi", "generate", str(written), "--output-file", str(openapi)],
        env=os.environ | environment,
        check=True,
        timeout=START_SECONDS,
    )
    return environment


def measure(
    server: Server, boxes: list[str], truth: list[set[str]], asked: argparse.Namespace, folder: Path
) -> Iterator[Measured]:
    """Start a server, compare its answers, then load it: plain, and compressed where it can."""
    name, port = re.fullmatch(r"(.+), port (\d+)", server.name).groups()  # type: ignore[union-attr]
    base = f"http://127.0.0.1:{port}"
    script = folder / f"{name}.lua"
    with running(server, base + server.path(boxes[0])) as process:
        wrong = sum(codes(server, base, box) != wanted for box, wanted in list(zip(boxes, truth, strict=True))[:20])
        for label, coding, moved in RUNS:
            script.write_text(
                _LUA % (",".join(map(json.dumps, boxes)), moved, server.path("%s"), coding), encoding="utf-8"
            )
            wrk = ["wrk", "-t1", f"-c{asked.connections}", f"-d{asked.seconds}s", "--latency", "--timeout", "20s"]
            told = subprocess.run([*wrk, "-s", str(script), base], capture_output=True, text=True, check=True).stdout
            yield read(f"{name}, {label}", told, wrong, resident(process.pid))


def codes(server: Server, base: str, box: str) -> set[str]:
    """Return the communes a server gives for a box."""
    answer = requests.get(base + server.path(box), timeout=60)
    answer.raise_for_status()
    return {server.code(feature) for feature in answer.json()["features"]}


def read(name: str, told: str, wrong: int, megabytes: float) -> Measured:
    """Read what wrk printed."""

    def found(pattern: str) -> str:
        match = re.search(pattern, told)
        return match[1] if match else "0"

    errors = int(found(r"Non-2xx or 3xx responses: (\d+)")) + int(found(r"timeout (\d+)"))
    return Measured(
        name,
        wrong,
        float(found(r"Requests/sec:\s+([\d.]+)")),
        found(r"(?m)^\s+50%\s+(\S+)"),
        found(r"(?m)^\s+99%\s+(\S+)"),
        errors,
        megabytes,
    )


@contextmanager
def running(server: Server, probe: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until it is no longer needed."""
    process = subprocess.Popen(server.command, env=os.environ | dict(server.environment))
    try:
        wait(process, probe)
        yield process
    finally:
        process.terminate()
        process.wait(60)


def wait(process: subprocess.Popen[bytes], probe: str) -> None:
    """Wait until a server answers."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if requests.get(probe, timeout=10).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.5)
    raise SystemExit(f"{probe}: no answer")


def resident(pid: int) -> float:
    """Return the memory of a process and its children, MB."""
    listed = subprocess.run(["ps", "-e", "-o", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout  # noqa: S607
    rows = [tuple(map(int, line.split())) for line in listed.splitlines()]
    family, grown = {pid}, True
    while grown:
        more = {child for child, parent, _ in rows if parent in family} - family
        family, grown = family | more, bool(more)
    return sum(size for child, _, size in rows if child in family) / 1024


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def plain(url: str) -> str:
    """Return an address without a driver's name."""
    return re.sub(r"^postgres(ql)?(\+\w+)?:", "postgresql:", url)


def text(table: str, asked: argparse.Namespace) -> str:
    """Return the section of the document."""
    return f"""## Features over HTTP

`uv run python benchmarks/service_features.py`: {BOXES} boxes of about {AIMED} communes drawn over mainland France,
`wrk` with {asked.connections} connections for {asked.seconds} s on the same machine of 2 cores; one worker each; the
same polygons in PostGIS, indexed and analysed, for tipg and pygeoapi. "New boxes" are moved at random up to 0.01 degree
before each request, so that no answer can have been kept; "the same boxes" come again and again.

{table}
"""


if __name__ == "__main__":
    sys.exit(main())
