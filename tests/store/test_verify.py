"""Damage is found wherever it is, said clearly, and put right by publishing again."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from store_samples import META, NOW, pair, publish

from geo_integration.errors import StoreError
from geo_integration.store import FolderStore


@pytest.fixture
def store(folder: FolderStore) -> FolderStore:
    """Return the kind of store this module is about."""
    return folder


def _flip(path: Path, position: int) -> None:
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["offers.parquet", "report.parquet", "manifest.json"])
def test_a_flipped_byte_is_found_wherever_it_is(store: FolderStore, name: str) -> None:
    info = store.publish(pair(1), meta=META, report=pd.DataFrame({"file": ["a"]}), now=NOW)
    path = store.root / "snapshots" / info.id / name
    sound = path.read_bytes()
    for position in range(0, len(sound), max(1, len(sound) // 12)):
        _flip(path, position)
        assert [p.where for p in store.verify()] == [f"snapshots/{info.id}/{name}"]
        with pytest.raises(StoreError):
            _ = store.read("offers"), store.report(info.id)
        path.write_bytes(sound)
    assert store.verify() == []


def _lose(folder: Path) -> str:
    (folder / "sessions.parquet").unlink()
    return "sessions.parquet"


def _add(folder: Path) -> str:
    (folder / "notes.txt").write_text("x")
    return "notes.txt"


def _cut(folder: Path) -> str:
    (folder / "offers.parquet").write_bytes(b"")
    return "offers.parquet"


@pytest.mark.parametrize("harm", [_lose, _add, _cut])
def test_missing_extra_and_cut_files_are_found(store: FolderStore, harm: Callable[[Path], str]) -> None:
    snapshot = publish(store, pair(1))
    name = harm(store.root / "snapshots" / snapshot)
    (problem,) = store.verify()
    assert problem.where == f"snapshots/{snapshot}/{name}"
    assert problem.what
    assert problem.way_out


def test_a_head_that_points_nowhere_or_is_damaged_is_found(store: FolderStore) -> None:
    publish(store, pair(1))
    second = publish(store, pair(2))
    folder = store.root / "snapshots" / second
    folder.rename(store.root / "ailleurs")
    assert [p.where for p in store.verify()] == [f"snapshots/{second}/{n}.parquet" for n in ("offers", "sessions")]
    assert "version courante" in store.verify()[0].what
    with pytest.raises(StoreError, match="lecture impossible"):
        store.read("offers")
    (store.root / "ailleurs").rename(folder.with_name("0" * 16))
    assert "autre version" in store.verify()[-1].what
    _flip(store.root / "HEAD.json", 40)
    with pytest.raises(StoreError, match="abîmé"):
        store.read("offers")
    with pytest.raises(StoreError, match="abîmé"):
        publish(store, pair(3))
    assert store.verify()[0].where == "HEAD.json"


def test_publishing_again_repairs_a_damaged_version(store: FolderStore) -> None:
    snapshot = publish(store, pair(1))
    folder = store.root / "snapshots" / snapshot
    _flip(folder / "offers.parquet", 100)
    (folder / "manifest.json").unlink()
    assert publish(store, pair(1)) == snapshot
    assert store.verify() == []
