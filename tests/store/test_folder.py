"""The folder store: the same bytes for the same inputs, GeoParquet, and what a damaged or foreign path gives."""

import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from store_samples import ALL, META, NOW, bpi, later, pair, publish

from geo_integration.errors import SnapshotNotFoundError, StoreError
from geo_integration.store import FolderStore, open_store
from geo_integration.store.postgis import PostgisStore


@pytest.fixture
def store(folder: FolderStore) -> FolderStore:
    """Return the kind of store this module is about."""
    return folder


def _files(store: FolderStore) -> dict[str, bytes]:
    folder = store.root / "snapshots"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_same_inputs_give_the_same_bytes_and_ids_at_any_time(tmp_path: Path) -> None:
    one, two = FolderStore(tmp_path / "un"), FolderStore(tmp_path / "deux")
    report = pd.DataFrame({"file": ["a.csv"], "where": ["ligne 2"], "reason": [None]})
    first = one.publish(ALL, meta=META, report=report, now=NOW)
    backwards = {name: ALL[name].iloc[::-1] for name in reversed(ALL)}
    second = two.publish(backwards, meta=dict(reversed(META.items())), report=report, now=later(5))
    assert first.id == second.id
    assert first.sha256 == second.sha256
    assert _files(one) == _files(two)


def test_files_are_geoparquet_in_wgs84_and_the_manifest_holds_no_path_nor_time(store: FolderStore) -> None:
    snapshot = publish(store, {"offers": ALL["offers"], "bpi": bpi(1)})
    folder = store.root / "snapshots" / snapshot
    geo = json.loads(pq.read_schema(folder / "offers.parquet").metadata[b"geo"])
    assert geo["columns"]["geometry"]["encoding"] == "WKB"
    assert geo["columns"]["geometry"]["crs"]["id"] == {"authority": "EPSG", "code": 4326}
    assert pq.ParquetFile(folder / "bpi.parquet").metadata.row_group(0).column(0).compression == "ZSTD"
    text = (folder / "manifest.json").read_text(encoding="utf-8")
    assert str(store.root) not in text
    assert "2026-11" not in text
    manifest = json.loads(text)
    assert manifest["id"] == snapshot
    assert manifest["layers"]["bpi"]["columns"][1] == ["persons", "Int64"]
    assert manifest["layers"]["bpi"]["size_bytes"] == (folder / "bpi.parquet").stat().st_size


def test_publishing_the_same_again_changes_no_byte(store: FolderStore) -> None:
    first = store.publish(pair(1), meta=META, report=None, now=NOW)
    head, files = (store.root / "HEAD.json").read_bytes(), _files(store)
    assert store.publish(pair(1), meta=META, report=None, now=later(1)) == first
    assert (store.root / "HEAD.json").read_bytes() == head
    assert _files(store) == files


def test_rollback_leaves_a_damaged_version_but_never_goes_to_one(store: FolderStore) -> None:
    first, second = publish(store, pair(1)), publish(store, pair(2), 1)
    (store.root / "snapshots" / first / "sessions.parquet").unlink()
    with pytest.raises(StoreError, match="absent"):
        store.rollback("offers", first, now=later(2))
    assert store.info("offers").id == second
    third = publish(store, pair(3), 3)
    (store.root / "snapshots" / third / "manifest.json").write_text("{}")
    assert store.rollback("offers", "previous", now=later(4)).snapshot.id == second


def test_a_newer_format_is_refused(store: FolderStore) -> None:
    publish(store, pair(1))
    head = store.root / "HEAD.json"
    head.write_text(head.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(StoreError, match="version plus récente"):
        store.layers()


def test_a_file_is_not_a_store(tmp_path: Path) -> None:
    path = tmp_path / "fichier"
    path.write_text("x")
    store = FolderStore(path)
    with pytest.raises(StoreError, match="pas un dossier"):
        store.layers()
    with pytest.raises(StoreError, match="pas un dossier"):
        publish(store, pair(1))


def test_open_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    store = open_store("~/entrepôt")
    assert isinstance(store, FolderStore)
    assert store.location == str(tmp_path / "entrepôt")
    for address in ("postgresql://moi:secret@ici/base", Path("postgresql://moi:secret@ici/base")):
        opened = open_store(address)
        assert isinstance(opened, PostgisStore)
        assert opened.location == "postgresql://moi@ici/base?schema=geo"
        assert opened.database.url.password == "secret"  # noqa: S105 -- of nobody
        assert "secret" not in repr(opened)
    assert open_store("postgres://ici/base?schema=essai").location == "postgresql://ici/base?schema=essai"
    for schema in ("Geo", "a b", "x" * 64, 'a"b'):
        with pytest.raises(StoreError, match="schéma refusé"):
            open_store(f"postgresql://ici/base?schema={schema}")
    with pytest.raises(StoreError, match="n'existe pas"):
        open_store("s3://seau")
    assert isinstance(open_store("C:/entrepôt"), FolderStore)


def test_reading_an_empty_store_makes_no_folder(store: FolderStore) -> None:
    for call in (lambda: store.read("offers"), lambda: store.rollback("offers", "previous", now=NOW)):
        with pytest.raises(SnapshotNotFoundError, match="vide"):
            call()
    assert (store.layers(), store.verify(), store.version()) == ([], [], "")
    assert not store.root.exists()
