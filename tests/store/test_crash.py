"""Killed, full or forbidden: what was published stays readable, and the next publication works."""

import errno
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from store_children import CONTEXT, each_step, killed_at_some_instant, publish_and_die
from store_samples import DUO, duo, later, numbers, publish

from geo_integration.errors import StoreError
from geo_integration.store import FolderStore

ROOT = getattr(os, "geteuid", lambda: 1)() == 0

pytestmark = pytest.mark.usefixtures("fork_server")


@pytest.fixture
def store(folder: FolderStore) -> FolderStore:
    """Return the kind of store this module is about."""
    return folder


def _temporary(store: FolderStore) -> list[Path]:
    return [*store.root.rglob(".tmp-*")]


def test_killed_at_any_instant_the_last_snapshot_is_readable(store: FolderStore) -> None:
    dice = random.Random(62)  # noqa: S311 -- instants, not secrets
    done: dict[int, str] = {}
    number = 0
    publish(store, duo(0))
    for _ in range(30):
        done |= killed_at_some_instant(store.location, number + 1, 0.12, dice)
        number = max(done)
        (seen,) = numbers(store.read_together(DUO))
        # The one it was publishing may be done too; what it said it had done is.
        assert seen in {f"version {number}", f"version {number + 1}"}
        number = int(seen.split()[1])
    assert store.verify() == []
    history = [entry.snapshot for entry in store.history("schools")]
    assert set(done.values()) <= set(history)
    assert history == [entry.snapshot for entry in store.history("ctai")]
    publish(store, duo(-1))
    assert numbers(store.read_together(DUO)) == {"version -1"}
    assert _temporary(store) == []


def test_killed_at_every_step(store: FolderStore) -> None:
    publish(store, duo(0))
    before, expected = "version 0", {"version 0"}
    for step in range(1000):
        child = CONTEXT.Process(target=publish_and_die, args=(store.location, step + 1, step))
        child.start()
        child.join()
        expected = {before, f"version {step + 1}"}
        (seen,) = numbers(store.read_together(DUO))
        assert seen in expected
        assert store.verify() == []
        before = seen
        if child.exitcode == 0:
            break
        assert child.exitcode == 9
    assert seen == f"version {step + 1}"
    assert step == 18  # before and after each of the nine calls
    assert _temporary(store) == []


def test_killed_before_the_first_snapshot_is_whole(tmp_path: Path) -> None:
    for step in (0, 5, 9, 14):
        store = FolderStore(tmp_path / str(step))
        child = CONTEXT.Process(target=publish_and_die, args=(store.location, 1, step))
        child.start()
        child.join()
        assert child.exitcode == 9
        assert store.layers() in ([], [*DUO])
        assert store.verify() == []
        publish(store, duo(1))
        assert numbers(store.read_together(DUO)) == {"version 1"}


def test_everything_is_on_the_disk_before_it_is_named(store: FolderStore) -> None:
    publish(store, duo(0))
    steps: list[str] = []
    with each_step(steps.append):
        publish(store, duo(1))
    calls = [step.removeprefix("before ") for step in steps if step.startswith("before")]
    # Ctai, schools, manifest, their folder; into place; its parent; HEAD; the commit; the store.
    assert calls == [*["fsync"] * 4, "rename", "fsync", "fsync", "replace", "fsync"]


@pytest.mark.parametrize(
    ("step", "code", "said"),
    [*((step, errno.ENOSPC, "plein") for step in range(9)), (2, errno.EIO, "écriture impossible")],
)
def test_a_full_disk_at_any_step_leaves_the_last_version(store: FolderStore, step: int, code: int, said: str) -> None:
    publish(store, duo(0))
    calls = iter(range(10**6))

    def fail(when: str) -> None:
        if when.startswith("before") and next(calls) == step:
            raise OSError(code, os.strerror(code))

    with each_step(fail), pytest.raises(StoreError, match=said) as caught:
        publish(store, duo(1))
    assert "rien de ce qui était publié n'est perdu" in caught.value.way_out
    assert _temporary(store) == []
    # The last step comes after the commit: then the new one is current, and whole.
    assert numbers(store.read_together(DUO)) == {f"version {int(step == 8)}"}
    assert store.verify() == []
    publish(store, duo(1))
    assert numbers(store.read_together(DUO)) == {"version 1"}


def _fill(store: FolderStore, done: list[str]) -> None:
    for number in range(100):
        snapshot = publish(store, duo(number))
        done.append(snapshot)


@pytest.mark.skipif(not ROOT or shutil.which("mount") is None, reason="only root can mount a small disk")
def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    small = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(tmp_path)]
    if subprocess.run(small, check=False, capture_output=True).returncode:  # noqa: S603
        pytest.skip("this machine forbids mounts")
    try:
        store = FolderStore(tmp_path / "store")
        done: list[str] = []
        with pytest.raises(StoreError, match="plein"):
            _fill(store, done)
        assert store.info("schools").id == done[-1]
        assert store.verify() == []
        assert _temporary(store) == []
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=False)  # noqa: S603, S607


def test_a_store_one_may_only_read(store: FolderStore) -> None:
    snapshot = publish(store, duo(1))
    files = [store.root, *store.root.rglob("*")]
    for path in files:
        path.chmod(0o555 if path.is_dir() else 0o444)
    reading = _without_privileges(store.root) if ROOT else nullcontext()
    with reading:
        assert numbers(store.read_together(DUO)) == {"version 1"}
        assert store.verify() == []
        with pytest.raises(StoreError, match="écriture interdite") as caught:
            publish(store, duo(2))
        with pytest.raises(StoreError, match="écriture interdite"):
            store.rollback("schools", "current", now=later(1))
    assert "--store" in caught.value.way_out
    assert store.info("schools").id == snapshot
    for path in files:
        path.chmod(0o755)


@contextmanager
def _without_privileges(root: Path) -> Iterator[None]:
    """Stop being root, who may write anywhere, for the time of a block."""
    for parent in root.parents:
        if parent.stat().st_mode & 0o5 != 0o5:
            parent.chmod(parent.stat().st_mode | 0o55)  # pytest's own folders
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
