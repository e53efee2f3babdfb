"""The folder of feeds: what enters, what is listed, what survives a crash."""

import json
import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from feeds import SMALL, TER_HDF, changed, replaced, shared, write_folder, write_zip
from filelock import FileLock

from geo_integration.errors import MissingDataError, OptionError, StoreError, TimetableRefusedError
from geo_integration.travel.transit.register import COLUMNS, REPORT_COLUMNS, TransitRegister, check

NOW = datetime(2025, 2, 1, 8, 30, tzinfo=UTC)


def files(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.name != ".lock"} if folder.is_dir() else {}


def test_a_feed_added_is_listed_and_opened(tmp_path: Path) -> None:
    register = TransitRegister(tmp_path / "register")
    added = register.add(write_zip(tmp_path / "f.zip"), name="tilleuls", licence="ODbL", now=NOW)
    assert added.replaced is None
    assert added.message == "tilleuls : 4 courses, du 03/02/2025 au 14/02/2025 ; ajouté"
    table = register.list()
    assert tuple(table.columns) == COLUMNS
    assert table.iloc[0].to_dict() == {
        "name": "tilleuls",
        "agencies": "Réseau des Tilleuls",
        "first_day": date(2025, 2, 3),
        "last_day": date(2025, 2, 14),
        "licence": "ODbL",
        "sha256": added.feed.sha256,
        "added_on": "2025-02-01T08:30:00+00:00",
        "routes": 2,
        "trips": 4,
        "stops": 3,
        "flex": 0,
    }
    (feed,) = register.open()
    assert (feed.name, feed.licence, feed.sha256) == ("tilleuls", "ODbL", added.feed.sha256)
    assert len(feed.trips) == 4


def test_an_empty_register_lists_nothing_and_makes_nothing(tmp_path: Path) -> None:
    register = TransitRegister(tmp_path / "register")
    assert register.list().empty
    assert tuple(register.list().columns) == COLUMNS
    with pytest.raises(MissingDataError, match="absent du registre"):
        register.open()
    assert not (tmp_path / "register").exists()


def test_the_same_name_replaces_and_says_so(tmp_path: Path) -> None:
    register = TransitRegister(tmp_path / "register")
    first = register.add(write_zip(tmp_path / "f.zip"), name="a", now=NOW)
    again = register.add(tmp_path / "f.zip", name="a", now=NOW)
    assert again.message.endswith("déjà là, inchangé")
    longer = write_zip(tmp_path / "g.zip", replaced("calendar.txt", "20250214", "20250228"))
    second = register.add(longer, name="a", now=NOW)
    assert second.replaced == first.feed.sha256
    assert second.message.endswith(f"remplace la version {first.feed.sha256[:12]}")
    assert register.list()["last_day"].tolist() == [date(2025, 2, 28)]
    assert len([one for one in files(register.folder) if one.endswith(".zip")]) == 1  # the old copy is gone


def test_nothing_is_written_when_a_feed_is_refused(tmp_path: Path) -> None:
    register = TransitRegister(tmp_path / "register")
    bad = write_zip(tmp_path / "bad.zip", changed({"stops.txt": None}))
    with pytest.raises(TimetableRefusedError):
        register.add(bad, name="a", now=NOW)
    assert not register.folder.exists()
    register.add(write_zip(tmp_path / "f.zip"), name="a", now=NOW)
    before = files(register.folder)
    with pytest.raises(TimetableRefusedError):
        register.add(bad, name="a", now=NOW)
    with pytest.raises(TimetableRefusedError, match="lecture impossible"):
        register.add(tmp_path / "nothing.zip", name="a", now=NOW)
    assert files(register.folder) == before


@pytest.mark.parametrize("name", ["", "TER", "a b", "../x", "a:b", "-a", "a--b", "é", "a/b", "a\n"])
def test_names_are_slugs(tmp_path: Path, name: str) -> None:
    with pytest.raises(OptionError, match="nom"):
        TransitRegister(tmp_path / "register").add(write_zip(tmp_path / "f.zip"), name=name, now=NOW)
    assert not (tmp_path / "register").exists()


def test_a_folder_is_kept_as_a_zip_that_is_always_the_same(tmp_path: Path) -> None:
    source = write_folder(tmp_path / "feed")
    one, two = TransitRegister(tmp_path / "one"), TransitRegister(tmp_path / "two")
    one.add(source, name="a", now=NOW)
    os.utime(source / "stops.txt", (1, 1))
    two.add(source, name="a", now=NOW)
    assert files(one.folder) == files(two.folder)
    assert one.open()[0].counts["calls"] == 10


def test_several_feeds_by_name(tmp_path: Path) -> None:
    register = TransitRegister(tmp_path / "register")
    for name in ("b", "a", "c"):
        register.add(write_zip(tmp_path / "f.zip"), name=name, now=NOW)
    assert register.list()["name"].tolist() == ["a", "b", "c"]
    assert [feed.name for feed in register.open(["c", "a"])] == ["a", "c"]
    with pytest.raises(MissingDataError) as caught:
        register.open(["a", "zz"])
    assert "zz" in caught.value.what
    assert "a, b, c" in caught.value.way_out


def test_a_damaged_copy_or_register_is_an_error(tmp_path: Path) -> None:
    register = TransitRegister(tmp_path / "register")
    register.add(write_zip(tmp_path / "f.zip"), name="a", now=NOW)
    (copy,) = register.folder.glob("*.zip")
    good = copy.read_bytes()
    write_zip(copy, replaced("stop_times.txt", "a1,08:10:00", "a1,08:09:00"))  # a sound feed, but another one
    with pytest.raises(StoreError, match="empreinte"):
        register.open()
    copy.write_bytes(good[:100])
    with pytest.raises(StoreError, match="abîmée"):
        register.open()
    copy.unlink()
    with pytest.raises(StoreError, match="absent"):
        register.open()
    register.add(tmp_path / "f.zip", name="a", now=NOW)  # adding again repairs
    assert register.open()[0].name == "a"
    (register.folder / "register.json").write_text("{", encoding="utf-8")
    for use in (register.list, register.open):
        with pytest.raises(StoreError, match="registre abîmé"):
            use()


@pytest.mark.parametrize("crash_at", [0, 1, 2, 3])
def test_a_crash_at_any_rename_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crash_at: int) -> None:
    register = TransitRegister(tmp_path / "register")
    register.add(write_zip(tmp_path / "f.zip"), name="a", now=NOW)
    before = register.list()
    longer = write_zip(tmp_path / "g.zip", replaced("calendar.txt", "20250214", "20250228"))
    true, count = os.replace, 0

    class Crash(BaseException):
        pass

    def failing(source: Path, target: Path) -> None:
        nonlocal count
        if count == crash_at:
            raise Crash
        count += 1
        true(source, target)
        if count == crash_at:
            raise Crash

    monkeypatch.setattr(os, "replace", failing)
    crashed = False
    try:
        register.add(longer, name="a", now=NOW)
    except Crash:
        crashed = True
    assert crashed == (crash_at < 3)
    monkeypatch.undo()
    days = register.list()["last_day"].tolist()
    assert days == (before["last_day"].tolist() if crash_at < 2 else [date(2025, 2, 28)])
    assert register.open()[0].last_day == days[0]
    register.add(longer, name="a", now=NOW)
    assert not list(register.folder.glob(".tmp-*"))
    assert register.open()[0].last_day == date(2025, 2, 28)


def test_writers_take_turns(tmp_path: Path) -> None:
    register = TransitRegister(tmp_path / "register", lock_timeout_seconds=0.1)
    register.folder.mkdir()
    with FileLock(register.folder / ".lock"), pytest.raises(StoreError, match="un autre programme"):
        register.add(write_zip(tmp_path / "f.zip"), name="a", now=NOW)
    register.add(tmp_path / "f.zip", name="a", now=NOW)


def test_a_register_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "register").write_text("x", encoding="utf-8")
    with pytest.raises(StoreError):
        TransitRegister(tmp_path / "register").add(write_zip(tmp_path / "f.zip"), name="a", now=NOW)


def test_check_lists_faults_and_notes(tmp_path: Path) -> None:
    good = check(write_zip(tmp_path / "f.zip", replaced("frequencies.txt", "1200,1", "1200,0")))
    assert tuple(good.columns) == REPORT_COLUMNS
    assert good["severity"].tolist() == ["note", "note"]
    assert good["message"].iloc[0] == "service du 03/02/2025 au 14/02/2025"
    files_ = replaced("stop_times.txt", "a1,08:10:00", "a1,xx")
    files_["stops.txt"] = SMALL["stops.txt"].replace("50.10", "91")
    bad = TransitRegister(tmp_path / "register").check(write_zip(tmp_path / "g.zip", files_))
    assert bad["severity"].tolist() == ["refused", "refused"]
    assert bad[["file", "line", "column", "value"]].to_numpy().tolist() == [
        ["stop_times.txt", 3, "arrival_time", "xx"],
        ["stops.txt", 2, "stop_lat", "91"],
    ]
    (tmp_path / "h.zip").write_bytes(b"nothing")
    assert check(tmp_path / "h.zip")["severity"].tolist() == ["refused"]
    assert not (tmp_path / "register").exists()


def test_a_real_feed_in_the_register(tmp_path: Path) -> None:
    register = TransitRegister(tmp_path / "register")
    register.add(shared(TER_HDF), name="ter-hdf", licence="ODbL", now=NOW)
    row = register.list().iloc[0]
    assert (row["trips"], row["routes"], row["last_day"]) == (3710, 81, date(2025, 4, 22))
    assert json.loads((register.folder / "register.json").read_bytes())["version"] == 1
    assert str(tmp_path) not in (register.folder / "register.json").read_text(encoding="utf-8")
