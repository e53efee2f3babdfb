"""What every store promises: what goes in comes out, ids follow the content, versions move together."""

import hashlib
import struct

import geopandas as gpd
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from store_samples import ALL, META, NOW, bpi, ctai, later, pair, publish, sample

from geo_integration import layers
from geo_integration.errors import LayerError, OptionError, SnapshotNotFoundError, StoreError
from geo_integration.layers import BPI, LAYERS
from geo_integration.schema import Column, Layer
from geo_integration.store import Store


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("rows", [0, 1, 4])
def test_every_layer_comes_back_as_it_went_in(checked_store: Store, name: str, rows: int) -> None:
    table = LAYERS[name].conform(sample(LAYERS[name], rows) if rows else LAYERS[name].empty())
    info = checked_store.publish({name: table}, meta={}, report=None, now=NOW)
    assert info.layers == {name: rows}
    back = checked_store.read(name)
    assert type(back) is type(table)
    assert_frame_equal(pd.DataFrame(back), pd.DataFrame(table))
    if isinstance(back, gpd.GeoDataFrame):
        assert back.crs == "EPSG:4326"
        assert back.geometry.geom_equals_exact(table.geometry, 0).sum() == (rows + 1) // 2
        assert back.geometry.isna().sum() == rows // 2
    LAYERS[name].validate(back)


def test_infinite_is_not_unknown(store: Store) -> None:
    reach = ALL["reach"].assign(out_minutes=[float("inf"), float("nan"), 0.0, 1.5])
    publish(store, {"reach": reach})
    assert [str(value) for value in store.read("reach")["out_minutes"].to_list()] == ["inf", "nan", "0.0", "1.5"]


def test_the_id_follows_tables_names_meta_and_report_not_the_bytes(store: Store) -> None:
    report = pd.DataFrame({"file": ["a.csv"]})
    variants = [
        store.publish({"bpi": bpi(3)}, meta={}, report=None, now=NOW),
        store.publish({"bpi": bpi(4)}, meta={}, report=None, now=NOW),
        store.publish({"bpi.dian": bpi(3)}, meta={}, report=None, now=NOW),
        store.publish({"bpi": bpi(3)}, meta={"synthetic": True}, report=None, now=NOW),
        store.publish({"bpi": bpi(3)}, meta={}, report=report, now=NOW),
        store.publish({"bpi": bpi(3), "ctai": ctai(2020)}, meta={}, report=None, now=NOW),
    ]
    assert len({info.id for info in variants}) == len(variants)


def test_the_identity_of_a_content_by_hand(store: Store) -> None:
    """No library enters it: neither a new pyarrow nor another kind of store may change an id."""

    def text(name: str, values: list[str | None]) -> bytes:
        there = [value.encode() for value in values if value is not None]
        nulls = bytes(value is None for value in values)
        return f"{name} text\n".encode() + nulls + struct.pack(f"<{len(there)}q", *map(len, there)) + b"".join(there)

    content = b"3 rows\n"
    content += text("commune_code", ["62000", "62001", "62002"])
    content += b"persons integer\n" + bytes(3) + struct.pack("<3q", 7, 7, 7)
    content += text("observed_on", [None] * 3) + text("source", ["DIAN"] * 3)
    content += b"synthetic boolean\n" + bytes(3) + bytes([1, 1, 1])
    info = store.publish({"bpi": bpi(7)}, meta={"é": 1, "a": [True]}, report=None, now=NOW)
    digest = hashlib.sha256(content).hexdigest()
    assert info.sha256 == {"bpi": digest}
    identity = f'{{"layers":{{"bpi":"{digest}"}},"meta":{{"a":[true],"é":1}},"report":null}}'
    assert info.id == hashlib.sha256(identity.encode()).hexdigest()[:16]


def test_info_says_what_was_published(store: Store) -> None:
    report = pd.DataFrame({"file": ["a.csv", "a.csv"], "where": ["ligne 2", "ligne 9"], "value": ["x", None]})
    info = store.publish(pair(1), meta=META, report=report, now=NOW)
    assert info == store.info("offers") == store.info("sessions", info.id[:5])
    assert (info.published_at, info.report_rows, info.synthetic, info.covers) == (NOW, 2, True, ("62",))
    assert info.sources == ({"source": "lheo", "file": "offres.xml"},)
    assert info.companions("offers") == ("sessions",)
    assert_frame_equal(store.report(info.id[:6]), report.astype("str"))
    bare = store.publish({"bpi": bpi(1)}, meta={}, report=None, now=NOW)
    assert (bare.report_rows, bare.sources, bare.covers, bare.synthetic) == (None, (), (), False)
    assert store.report(bare.id).empty
    assert store.layers() == ["bpi", "offers", "sessions"]


def test_inputs_are_left_alone(store: Store) -> None:
    table = bpi(2).iloc[::-1]
    table.attrs["note"] = "à moi"
    before = table.copy()
    publish(store, {"bpi": table})
    assert_frame_equal(table, before)
    assert table.attrs == {"note": "à moi"}


def test_publishing_the_same_again_changes_nothing(store: Store) -> None:
    first = store.publish(pair(1), meta=META, report=None, now=NOW)
    version = store.version()
    assert store.publish(pair(1), meta=META, report=None, now=later(1)) == first
    assert [len(entries) for entries in store.histories().values()] == [1, 1]
    assert store.version() == version


def test_the_version_of_the_store_changes_with_whatever_is_current(store: Store) -> None:
    seen = [store.version()]
    publish(store, pair(1))
    seen.append(store.version())
    publish(store, {"bpi": bpi(1)})
    seen.append(store.version())
    publish(store, pair(2))
    seen.append(store.version())
    store.rollback("offers", "previous", now=later(1))
    seen.append(store.version())
    assert len(set(seen)) == 5
    store.keep(store.content(store.info("bpi").id))
    store.rollback("offers", "current", now=later(2))
    assert store.version() == seen[-1]


def test_publishing_an_old_content_makes_it_current_again(store: Store) -> None:
    first, second = publish(store, pair(1)), publish(store, pair(2), 1)
    again = store.publish(pair(1), meta=META, report=None, now=later(2))
    assert (again.id, again.published_at) == (first, NOW)
    assert [(e.snapshot, e.at, e.reason) for e in store.history("offers")] == [
        (first, NOW, "publish"),
        (second, later(1), "publish"),
        (first, later(2), "publish"),
    ]


def test_the_layer_of_one_source_is_a_layer_of_its_own(store: Store) -> None:
    publish(store, {"bpi.dian": bpi(5), "bpi": bpi(6)})
    assert set(store.read("bpi.dian")["persons"]) == {5}
    assert set(store.read("bpi")["persons"]) == {6}


@pytest.mark.parametrize("name", ["nope", "../bpi", "bpi.", "bpi/x", "Bpi", "bpi.A", "report", ""])
def test_other_names_are_refused(store: Store, name: str) -> None:
    with pytest.raises(LayerError, match="couche inconnue"):
        store.publish({name: bpi(1)}, meta={}, report=None, now=NOW)


def test_a_bad_publication_is_refused_whole(checked_store: Store) -> None:
    first = publish(checked_store, pair(1))
    with pytest.raises(LayerError):
        publish(checked_store, pair(2) | {"bpi": bpi(-1)})
    with pytest.raises(StoreError, match="aucune couche"):
        publish(checked_store, {})
    with pytest.raises(StoreError, match="métadonnées"):
        checked_store.publish(pair(2), meta={"x": float("nan")}, report=None, now=NOW)
    with pytest.raises(OptionError, match="fuseau"):
        checked_store.publish(pair(2), meta={}, report=None, now=NOW.replace(tzinfo=None))
    assert checked_store.info("offers").id == first
    assert checked_store.layers() == ["offers", "sessions"]
    assert checked_store.verify() == []


def test_rollback_moves_what_was_published_together(store: Store) -> None:
    first, second = publish(store, pair(1)), publish(store, pair(2), 1)
    done = store.rollback("sessions", "previous", now=later(2))
    assert (done.snapshot.id, done.moved, done.left) == (first, {"offers": second, "sessions": second}, ())
    assert done.message == f"offers et sessions reviennent ensemble à la version {first}"
    assert store.info("offers").id == store.info("sessions").id == first
    assert store.history("offers")[-1].reason == "rollback"
    assert set(store.read("offers")["title"]) == {"version 1"}
    assert set(store.read("offers", second)["title"]) == {"version 2"}
    nothing = store.rollback("offers", first, now=later(3))
    assert nothing.moved == {}
    assert "rien n'a changé" in nothing.message
    assert len(store.history("offers")) == 3


def test_rollback_says_which_companion_stays(store: Store) -> None:
    first = publish(store, {"bpi": bpi(1)})
    second = publish(store, {"bpi": bpi(2), "ctai": ctai(2020)})
    done = store.rollback("bpi", first, now=later(1))
    assert (done.moved, done.left) == ({"bpi": second}, ("ctai",))
    assert done.message == f"bpi revient à la version {first} ; inchangé, car absent de cette version : ctai"
    assert store.info("ctai").id == second


def test_a_version_is_named_in_several_ways(store: Store) -> None:
    one, two, three = (publish(store, {"bpi": bpi(n)}, n) for n in (1, 2, 3))
    store.rollback("bpi", one, now=later(4))
    names = {"current": one, "previous": three, "-0": one, "-1": three, "-2": two, two[:6]: two, three.upper(): three}
    assert {name: store.info("bpi", name).id for name in names} == names
    for wrong in ("-3", "zzzz", "", "-x"):
        with pytest.raises(SnapshotNotFoundError, match="pas de version") as caught:
            store.read("bpi", wrong)
        assert one in caught.value.way_out
        assert "du 03/11/2026" in caught.value.way_out


def test_an_ambiguous_prefix_lists_the_candidates(store: Store) -> None:
    ids = [publish(store, {"bpi": bpi(n)}) for n in range(17)]
    first = next(digit for digit in "0123456789abcdef" if sum(i.startswith(digit) for i in ids) > 1)
    with pytest.raises(SnapshotNotFoundError, match="plusieurs versions") as caught:
        store.read("bpi", first)
    assert all(one in caught.value.way_out for one in ids if one.startswith(first))


def test_what_is_missing_is_said_with_the_way_out(store: Store) -> None:
    with pytest.raises(SnapshotNotFoundError, match="vide") as caught:
        store.read("offers")
    assert "geo-integration import" in caught.value.way_out
    with pytest.raises(SnapshotNotFoundError):
        store.rollback("offers", "previous", now=NOW)
    with pytest.raises(SnapshotNotFoundError):
        store.report("abc")
    assert store.layers() == []
    assert store.verify() == []
    publish(store, {"bpi": bpi(1)})
    with pytest.raises(SnapshotNotFoundError, match="pas encore été publiée") as caught:
        store.read("offers")
    assert "couches présentes : bpi" in caught.value.way_out


def test_a_snapshot_from_before_a_new_column_still_reads(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(store, {"bpi": bpi(1)})
    wider = Layer(BPI.name, BPI.label, BPI.meaning, (*BPI.columns, Column("note", "text", "x", "none")), BPI.key)
    monkeypatch.setitem(layers.LAYERS, "bpi", wider)
    assert store.read("bpi")["note"].isna().all()
    assert store.diff("bpi", "current", "current").changed == 0
