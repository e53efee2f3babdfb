"""Everything moves from one store to another, whichever kind they are, and arrives the same."""

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from store_samples import ALL, META, NOW, bpi, later, pair, publish

from geo_integration import layers
from geo_integration.errors import StoreError
from geo_integration.layers import BPI
from geo_integration.schema import Column, Layer
from geo_integration.store import Copied, FolderStore, Store, copy_store, open_store
from geo_integration.store.postgis import PostgisStore

pytestmark = pytest.mark.usefixtures("unchecked")

KINDS = ("folder", "postgis")
FEW = {name: ALL[name] for name in ("offers", "sessions", "qpv", "reach", "bpi")}
type Make = Callable[[str], Store]


@pytest.fixture
def make(tmp_path: Path, request: pytest.FixtureRequest) -> Make:
    """Return what makes a new empty store of a kind."""
    numbers = itertools.count()

    def made(kind: str) -> Store:
        if kind == "folder":
            return FolderStore(tmp_path / f"store-{next(numbers)}")
        return PostgisStore(f"{request.getfixturevalue('postgres_url')}?schema=s{next(numbers)}")

    return made


def _fill(store: Store) -> None:
    report = pd.DataFrame({"file": ["a.csv", None], "where": ["ligne 2", ""]})
    first = store.publish(FEW, meta=META, report=report, now=NOW).id
    publish(store, pair(2) | {"bpi.dian": bpi(3)}, 1)
    store.publish(pair(3), meta={"é": [1, None]}, report=pd.DataFrame({"file": pd.Series(dtype="str")}), now=later(2))
    store.rollback("offers", first, now=later(3))


def _assert_same(one: Store, two: Store) -> None:
    assert one.histories() == two.histories()
    for layer, entries in one.histories().items():
        for entry in entries:
            assert one.info(layer, entry.snapshot) == two.info(layer, entry.snapshot)
            ours, theirs = one.read(layer, entry.snapshot), two.read(layer, entry.snapshot)
            assert type(ours) is type(theirs)
            assert_frame_equal(pd.DataFrame(ours), pd.DataFrame(theirs), check_exact=True)
            assert_frame_equal(one.report(entry.snapshot), two.report(entry.snapshot))
    assert two.verify() == []


@pytest.mark.parametrize("there", KINDS)
@pytest.mark.parametrize("here", KINDS)
def test_everything_moves_either_way_and_again_changes_nothing(make: Make, here: str, there: str) -> None:
    source, target = make(here), make(there)
    assert copy_store(source, target) == Copied(0, 0, 0)
    _fill(source)
    told: list[tuple[str, int, int]] = []
    done = copy_store(source, target, progress=lambda *said: told.append(said))
    assert done == Copied(snapshots=3, added=3, moved=sum(map(len, source.histories().values())))
    assert told == [("versions", number, 3) for number in range(4)]
    _assert_same(source, target)
    version = target.version()
    assert copy_store(source, target) == Copied(snapshots=3, added=0, moved=0)
    assert target.version() == version
    publish(source, {"bpi": bpi(9)}, 4)  # the source goes on
    assert copy_store(source, target) == Copied(snapshots=4, added=1, moved=1)
    _assert_same(source, target)


def test_a_folder_is_the_same_to_the_byte_after_a_stay_in_postgis(make: Make) -> None:
    folder, postgis, back = make("folder"), make("postgis"), make("folder")
    _fill(folder)
    copy_store(folder, postgis)
    copy_store(postgis, back)

    def contents(store: Store) -> dict[str, bytes]:
        root = Path(store.location)
        files = [path for path in root.rglob("*") if path.is_file() and path.name != ".lock"]
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}

    assert contents(back) == contents(folder)


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_cut_short_shows_nothing_and_is_resumed(make: Make, kind: str) -> None:
    source, target = make("folder"), make(kind)
    _fill(source)
    keep, calls = target.keep, itertools.count()

    def keep_once(content: object) -> str:
        if next(calls):
            raise KeyboardInterrupt
        return keep(content)  # type: ignore[arg-type]

    with mock.patch.object(target, "keep", keep_once), pytest.raises(KeyboardInterrupt):
        copy_store(source, target)
    assert (target.layers(), target.verify()) == ([], [])
    assert copy_store(source, target).added == 2
    _assert_same(source, target)


@pytest.mark.parametrize("kind", KINDS)
def test_a_target_with_a_history_of_its_own_is_left_alone(make: Make, kind: str) -> None:
    source, target = make("folder"), make(kind)
    _fill(source)
    publish(target, {"bpi": bpi(7)})
    version = target.version()
    with pytest.raises(StoreError, match="la couche bpi y a une histoire") as caught:
        copy_store(source, target)
    assert "entrepôt vide" in caught.value.way_out
    assert target.version() == version
    assert target.layers() == ["bpi"]


@pytest.mark.parametrize("kind", KINDS)
def test_histories_of_absent_snapshots_are_refused(make: Make, kind: str) -> None:
    source, target = make("folder"), make(kind)
    _fill(source)
    publish_nothing = target.version()
    with pytest.raises(StoreError, match="absente"):
        target.adopt(source.histories())
    assert target.version() == publish_nothing
    assert target.layers() == []


def test_a_damaged_snapshot_stops_the_copy_or_is_put_right_by_it(make: Make) -> None:
    source, target = make("folder"), make("folder")
    _fill(source)
    path = next((Path(source.location) / "snapshots").glob("*/bpi.parquet"))
    sound = path.read_bytes()
    path.write_bytes(sound[:-1])
    with pytest.raises(StoreError, match="empreinte"):
        copy_store(source, target)
    assert target.layers() == []
    path.write_bytes(sound)
    copy_store(source, target)
    (Path(target.location) / path.relative_to(source.location)).write_bytes(b"")
    assert copy_store(source, target).added == 1
    _assert_same(source, target)


@pytest.mark.parametrize("there", KINDS)
@pytest.mark.parametrize("here", KINDS)
def test_a_snapshot_from_before_a_new_column_keeps_its_id(
    make: Make, here: str, there: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = make(here), make(there)
    old = publish(source, {"bpi": bpi(1)})
    wider = Layer(BPI.name, BPI.label, BPI.meaning, (*BPI.columns, Column("note", "text", "x", "none")), BPI.key)
    monkeypatch.setitem(layers.LAYERS, "bpi", wider)
    publish(source, {"bpi": bpi(1).assign(note="dit")}, 1)
    copy_store(source, target)
    assert target.info("bpi", "previous").id == old
    _assert_same(source, target)


def test_the_demonstration_moves_to_postgis(demo_store_folder: Path, tmp_path: Path, postgres_url: str) -> None:
    folder = open_store(shutil.copytree(demo_store_folder, tmp_path / "demo"))
    target = open_store(postgres_url)
    copy_store(folder, target)
    assert target.histories() == folder.histories()
    for layer in folder.layers():
        assert target.info(layer) == folder.info(layer)
        ours, theirs = target.read(layer), folder.read(layer)
        assert type(ours) is type(theirs)
        assert_frame_equal(pd.DataFrame(ours), pd.DataFrame(theirs), check_exact=True)
