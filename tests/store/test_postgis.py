"""What only PostGIS has: tables and views that SQL reads, exact values, damage, rights, the state of the schema."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from postgis_sql import run_sql
from store_samples import ALL, META, NOW, bpi, later, pair, publish, sample

from geo_integration import layers
from geo_integration.errors import StoreError
from geo_integration.layers import BPI, OFFERS, QPV, SESSIONS
from geo_integration.schema import Column, Layer
from geo_integration.store import FolderStore
from geo_integration.store.postgis import PostgisStore, shape

SHARED = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def test_sql_reads_the_current_rows_of_each_layer(postgis: PostgisStore) -> None:
    first = publish(postgis, pair(1) | {"bpi.dian-2025": bpi(5)})
    publish(postgis, pair(2), 1)
    rows = run_sql(postgis, "SELECT row_id, title, ST_AsText(geometry) FROM geo.current_offers ORDER BY row_id")
    assert rows[:2] == [(0, "version 2", "POINT(2 50)"), (1, "version 2", None)]
    assert run_sql(postgis, 'SELECT DISTINCT persons FROM geo."current_bpi__dian-2025"') == [(5,)]
    postgis.rollback("offers", first, now=later(2))
    assert run_sql(postgis, "SELECT DISTINCT title FROM geo.current_offers") == [("version 1",)]
    columns = "SELECT f_table_name, type, srid FROM geometry_columns WHERE f_table_name LIKE '%offers' ORDER BY 1"
    assert run_sql(postgis, columns) == [("current_offers", "GEOMETRY", 4326), ("offers", "GEOMETRY", 4326)]
    types = "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'current_sessions'"
    found = dict(run_sql(postgis, types))
    assert (found["places_funded"], found["weekly_hours"], found["synthetic"], found["start_date"]) == (
        "bigint",
        "double precision",
        "boolean",
        "text",
    )
    assert run_sql(
        postgis, "SELECT count(*) FROM pg_indexes WHERE tablename = 'offers' AND indexdef LIKE '%gist%'"
    ) == [(1,)]
    said = run_sql(
        postgis,
        "SELECT col_description('geo.bpi'::regclass, attnum) FROM pg_attribute WHERE attname = 'persons'"
        " AND attrelid = 'geo.bpi'::regclass",
    )
    assert said == [("people; null: masked by the source (secret statistique)",)]


def test_names_of_views_never_meet() -> None:
    names = ["offers", "offers.lheo", "offers.a-b", "offers.a_b", f"offers.{'x' * 60}a", f"offers.{'x' * 60}b"]
    views = [shape.view_of(name) for name in names]
    assert views[:3] == ["current_offers", "current_offers__lheo", "current_offers__a-b"]
    assert len(set(views)) == len(views)
    assert all(len(view) <= 63 for view in views)


_LON, _LAT = st.integers(-50, 90).map(lambda n: n / 10), st.integers(420, 510).map(lambda n: n / 10)
_SIDE = st.integers(1, 50).map(lambda n: n / 10)


@SHARED
@given(points=st.lists(st.tuples(_LON, _LAT), min_size=1, max_size=20), box=st.tuples(_LON, _LAT, _SIDE, _SIDE))
def test_postgis_and_shapely_agree_on_what_meets_a_box(
    postgis: PostgisStore, points: list[tuple[float, float]], box: tuple[float, float, float, float]
) -> None:
    shapes = [
        shapely.Point(x, y).buffer(0.5, quad_segs=3) if n % 2 else shapely.Point(x, y)
        for n, (x, y) in enumerate(points)
    ]
    base = pd.concat([pd.DataFrame(sample(QPV, 1))] * len(shapes), ignore_index=True)
    keys = [f"QP{n:06}" for n in range(len(shapes))]
    table = gpd.GeoDataFrame(base.assign(qpv_code=keys, geometry=shapes), geometry="geometry", crs="EPSG:4326")
    publish(postgis, {"qpv": table})
    asked = shapely.box(box[0], box[1], box[0] + box[2], box[1] + box[3])
    query = "SELECT qpv_code FROM geo.current_qpv WHERE ST_Intersects(geometry, ST_GeomFromWKB(%s, 4326))"
    found = {key for (key,) in run_sql(postgis, query, shapely.to_wkb(asked))}
    assert found == {key for key, one in zip(keys, shapes, strict=True) if shapely.intersects(one, asked)}


_TEXT = st.one_of(
    st.none(),
    st.sampled_from(["", "\\.", "a\n\\.\nb", "\\N", "\r\n", '"', "\t", "é", "ሰላም"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0")),
)
_NUMBER = st.one_of(st.none(), st.floats(allow_nan=True), st.sampled_from([-0.0, 5e-324, 1.7976931348623157e308]))
_INTEGER = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))
_POINT = st.tuples(st.floats(-1e10, 1e10), st.floats(-90, 90)).map(shapely.Point)
_SHAPE = st.one_of(
    st.none(),
    _POINT,
    st.lists(_POINT, min_size=1, max_size=3).map(shapely.MultiPoint),
    st.tuples(_POINT, st.floats(0.001, 10)).map(lambda given: given[0].buffer(given[1], quad_segs=2)),
    st.lists(_POINT, min_size=2, max_size=3).map(shapely.GeometryCollection),
    st.sampled_from([shapely.from_wkt(f"{kind} EMPTY") for kind in ("POINT", "POLYGON", "MULTIPOLYGON")]),
)


@SHARED
@given(rows=st.lists(st.tuples(_TEXT, _NUMBER, _INTEGER, st.sampled_from([True, False]), _SHAPE), max_size=6))
def test_any_value_comes_back_exactly(postgis: PostgisStore, rows: list[tuple[object, ...]]) -> None:
    columns = list(zip(*rows, strict=True)) or [()] * 5
    keys = [f"k{number}" for number in range(len(rows))]
    offers, sessions = ({c.name: [None] * len(rows) for c in layer.columns} for layer in (OFFERS, SESSIONS))
    offers |= {"offer_id": keys, "title": columns[0], "kind_confidence": columns[1]}
    sessions |= {
        "session_id": keys,
        "schedule_text": columns[0],
        "places_funded": pd.array(list(columns[2]), dtype="Int64"),
        "synthetic": columns[3],
    }
    given_offers = gpd.GeoDataFrame(offers, geometry=gpd.GeoSeries(list(columns[4]), crs="EPSG:4326"), crs="EPSG:4326")
    tables = {"offers": OFFERS.conform(given_offers), "sessions": SESSIONS.conform(pd.DataFrame(sessions))}
    publish(postgis, tables)
    for name, table in postgis.read_together(tables).items():  # hashes are checked on the way
        assert_frame_equal(pd.DataFrame(table), pd.DataFrame(tables[name]), check_exact=True)
    wkb = shapely.to_wkb(postgis.read("offers")["geometry"].to_numpy())
    assert list(wkb) == list(shapely.to_wkb(tables["offers"]["geometry"].to_numpy()))


def test_what_postgis_cannot_hold_is_refused_before_anything_is_written(postgis: PostgisStore) -> None:
    with pytest.raises(StoreError, match="NUL") as caught:
        publish(postgis, {"bpi": bpi(1).assign(source="a\0b")})
    assert caught.value.where == "couche bpi, colonne source"
    offers = ALL["offers"].copy()
    offers.geometry = shapely.force_3d(offers.geometry.to_numpy(), 12.0)
    with pytest.raises(StoreError, match="trois dimensions"):
        publish(postgis, {"offers": offers})
    with pytest.raises(StoreError, match="nom de colonne refusé"):
        postgis.publish({"bpi": bpi(1)}, meta={}, report=pd.DataFrame({"row_id": ["x"]}), now=NOW)
    assert (postgis.layers(), postgis.verify()) == ([], [])


def test_a_report_with_columns_and_texts_of_its_own(postgis: PostgisStore) -> None:
    for report in (
        pd.DataFrame({"file": [None, None]}),
        pd.DataFrame({"file": ["", "a"], 'remarque "libre"': ["\\.", None]}),
        pd.DataFrame({"file": pd.Series([], dtype="str")}),
    ):
        info = postgis.publish({"bpi": bpi(1)}, meta={}, report=report, now=NOW)
        assert_frame_equal(postgis.report(info.id), report.astype("str"))
        assert info.report_rows == len(report)
    assert postgis.verify() == []


@pytest.mark.parametrize(
    ("harm", "where"),
    [
        ("UPDATE geo.sessions SET schedule_text = schedule_text || ' '", "couche sessions"),
        ("UPDATE geo.offers SET geometry = ST_Translate(geometry, 1e-9, 0) WHERE row_id = 0", "couche offers"),
        ("DELETE FROM geo.sessions WHERE row_id = 2", "couche sessions"),
        ("UPDATE geo.report SET file = '' WHERE file IS NULL", "couche report"),
        ("INSERT INTO geo.sessions (part_id, row_id) SELECT part_id, 99 FROM geo.sessions LIMIT 1", "couche sessions"),
        ("UPDATE geo.snapshot SET manifest = replace(manifest::text, 'lheo', 'lhea')::json", "version "),
        ("DROP TABLE geo.sessions CASCADE", "couche sessions"),
        ("ALTER TABLE geo.sessions DROP COLUMN schedule_text CASCADE", "couche sessions"),
    ],
)
def test_damage_is_found_told_and_put_right_by_publishing_again(postgis: PostgisStore, harm: str, where: str) -> None:
    report = pd.DataFrame({"file": ["a", None]})
    info = postgis.publish(pair(1), meta=META, report=report, now=NOW)
    run_sql(postgis, harm)
    (problem,) = postgis.verify()
    assert problem.where.startswith(where)
    assert info.id in problem.where
    with pytest.raises(StoreError):
        _ = postgis.read("offers"), postgis.read("sessions"), postgis.report(info.id)
    with pytest.raises(StoreError):
        postgis.rollback("offers", info.id, now=later(1))
    assert postgis.publish(pair(1), meta=META, report=report, now=later(2)) == info
    assert postgis.verify() == []
    assert set(postgis.read("sessions")["schedule_text"]) == {"version 1"}


def test_rows_of_no_snapshot_are_told(postgis: PostgisStore) -> None:
    publish(postgis, {"bpi": bpi(1)})
    run_sql(postgis, "INSERT INTO geo.bpi (part_id, row_id) VALUES (999, 0)")
    (problem,) = postgis.verify()
    assert problem.where == "table bpi"
    assert "aucune version" in problem.what


def _wider(name: str = "note") -> Layer:
    return Layer(BPI.name, BPI.label, BPI.meaning, (*BPI.columns, Column(name, "text", "x", "none")), BPI.key)


def test_a_layer_that_gains_a_column(
    postgis: PostgisStore, folder: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = publish(postgis, {"bpi": bpi(1)})
    hash_before = postgis.info("bpi").sha256
    monkeypatch.setitem(layers.LAYERS, "bpi", _wider())
    assert postgis.read("bpi")["note"].isna().all()
    new = publish(postgis, {"bpi": bpi(1).assign(note="dit")}, 1)
    assert new == publish(folder, {"bpi": bpi(1).assign(note="dit")})
    assert run_sql(postgis, "SELECT DISTINCT note FROM geo.current_bpi") == [("dit",)]
    assert postgis.read("bpi", old)["note"].isna().all()
    assert postgis.content(old).layers["bpi"].columns.to_list() == [column.name for column in BPI.columns]
    assert postgis.info("bpi", old).sha256 == hash_before
    monkeypatch.setitem(layers.LAYERS, "bpi", BPI)
    assert publish(postgis, {"bpi": bpi(1)}, 2) == old
    assert postgis.verify() == []
