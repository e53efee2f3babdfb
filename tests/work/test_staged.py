"""A file sent, looked at, published: the same bytes, whatever is killed on the way."""

import hashlib
import json
import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from geo_integration.disclosure import Viewer
from geo_integration.errors import ConflictError, GeoIntegrationError, LayerError, NothingAcceptedError, TooLargeError
from geo_integration.jobs.imports import Format, ImportOptions, import_file
from geo_integration.ledger.uploads import UploadStatus
from geo_integration.settings import ServiceSettings
from geo_integration.store import FolderStore
from geo_integration.work import runs
from geo_integration.work.context import Context
from geo_integration.work.inputs import CheckInputs, PublishInputs, ReferencingInputs
from tests.work.conftest import DAY, SCHOOLS, SETTINGS, Workshop, few_rows, now

FEW = few_rows()


def shorter(content: bytes) -> bytes:
    """Return a list without its last row."""
    lines = content.splitlines(keepends=True)
    return b"".join(lines[:-1])


def send(workshop: Workshop, content: bytes, file_format: str = "dian", **options: object) -> str:
    uploads = workshop.ledger.uploads
    told = {"name": "dian-demo", "synthetic": True, **options}
    upload = uploads.begin(owner="ada", file_format=file_format, options=told, file_name="envoi.csv", now=now())
    uploads.append(upload.id, content)
    uploads.finish(upload.id, hashlib.sha256(content).hexdigest(), now=now())
    return upload.id


def context(workshop: Workshop, folder: Path, limits: ServiceSettings = SETTINGS) -> Context:
    folder.mkdir()
    return Context(
        store=workshop.store,
        ledger=workshop.location,
        viewer=Viewer.ADMINISTRATOR,
        settings=limits,
        today=DAY,
        clock=now,
        progress=lambda *_: None,
        folder=folder,
        task_id="t1",
    )


def check(workshop: Workshop, upload: str, folder: Path) -> dict[str, Any]:
    produced = runs.check_import(context(workshop, folder), CheckInputs(upload=upload))
    assert [one.name for one in produced] == ["result", "report", "changes"]
    told: dict[str, Any] = json.loads(produced[0].path.read_bytes())
    return told


def heads(store: FolderStore) -> dict[str, str]:
    return {name: entries[-1].snapshot for name, entries in store.histories().items()}


def test_a_check_says_what_would_change_and_publishes_nothing(workshop: Workshop, tmp_path: Path) -> None:
    before = heads(workshop.store)
    upload = send(workshop, shorter(FEW))
    told = check(workshop, upload, tmp_path / "a")
    assert heads(workshop.store) == before
    rows = len(workshop.store.read("offers.dian-demo"))
    assert told["layers"]["offers.dian-demo"] == {
        "rows": rows - 1,
        "added": 0,
        "removed": 1,
        "changed": 0,
        "unchanged": rows - 1,
    }
    assert told["accepted"] == rows - 1
    assert told["replaces"] == "dian_demo.csv"
    assert "offers" in told["rebuilds"]
    marked = workshop.ledger.uploads.get(upload)
    assert (marked.status, marked.summary, marked.task_id) == (UploadStatus.CHECKED, told, "t1")


def test_publishing_gives_what_the_import_gives(workshop: Workshop, tmp_path: Path) -> None:
    upload = send(workshop, shorter(FEW))
    with pytest.raises(ConflictError, match="pas contrôlé"):
        runs.publish_import(context(workshop, tmp_path / "early"), PublishInputs(upload=upload))
    check(workshop, upload, tmp_path / "a")
    runs.publish_import(context(workshop, tmp_path / "b"), PublishInputs(upload=upload))
    published = heads(workshop.store)
    path = tmp_path / "envoi.csv"
    path.write_bytes(shorter(FEW))
    options = ImportOptions(name="dian-demo", synthetic=True)
    import_file(workshop.store, Format.DIAN, path, options=options, now=now())
    assert heads(workshop.store) == published
    assert workshop.ledger.uploads.get(upload).status is UploadStatus.PUBLISHED
    runs.publish_import(context(workshop, tmp_path / "c"), PublishInputs(upload=upload))
    assert heads(workshop.store) == published


def _publish_and_die(workshop_folder: str, location: str, upload: str, folder: str, publications: int) -> None:
    """Publish, and be killed as that many publications are done."""
    store = FolderStore(Path(workshop_folder))
    publish, left = store.publish, [publications]

    def counted(*args: Any, **options: Any) -> Any:  # noqa: ANN401
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        return publish(*args, **options)

    store.publish = counted  # type: ignore[method-assign]
    Path(folder).mkdir()
    given = Context(
        store, location, Viewer.ADMINISTRATOR, SETTINGS, DAY, now, lambda *_: None, Path(folder), task_id="t1"
    )
    runs.publish_import(given, PublishInputs(upload=upload))
    os.kill(os.getpid(), signal.SIGKILL)  # published, and the success not noted by the runner


@pytest.mark.parametrize("publications", [0, 1, 2])
def test_killed_anywhere_in_a_publication_doing_it_again_puts_it_right(
    workshop: Workshop, tmp_path: Path, publications: int
) -> None:
    upload = send(workshop, shorter(FEW))
    check(workshop, upload, tmp_path / "a")
    child = multiprocessing.get_context("spawn").Process(
        target=_publish_and_die,
        args=(str(workshop.folder), workshop.location, upload, str(tmp_path / "dies"), publications),
    )
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert workshop.store.verify() == []
    workshop.store.read("offers")
    runs.publish_import(context(workshop, tmp_path / "again"), PublishInputs(upload=upload))
    again = heads(workshop.store)
    assert workshop.store.info("offers.dian-demo").meta["sha256"] == hashlib.sha256(shorter(FEW)).hexdigest()
    path = tmp_path / "envoi.csv"
    path.write_bytes(shorter(FEW))
    options = ImportOptions(name="dian-demo", synthetic=True)
    import_file(workshop.store, Format.DIAN, path, options=options, now=now())
    assert heads(workshop.store) == again


def test_somebody_elses_publication_since_the_check_is_not_overwritten(workshop: Workshop, tmp_path: Path) -> None:
    first, second = send(workshop, shorter(FEW)), send(workshop, shorter(shorter(FEW)))
    check(workshop, first, tmp_path / "a")
    check(workshop, second, tmp_path / "b")
    runs.publish_import(context(workshop, tmp_path / "c"), PublishInputs(upload=second))
    published = heads(workshop.store)
    with pytest.raises(ConflictError, match="depuis le contrôle"):
        runs.publish_import(context(workshop, tmp_path / "d"), PublishInputs(upload=first))
    assert heads(workshop.store) == published
    check(workshop, first, tmp_path / "e")
    runs.publish_import(context(workshop, tmp_path / "f"), PublishInputs(upload=first))
    assert heads(workshop.store) != published


@pytest.mark.parametrize(
    ("content", "file_format", "options", "limits", "error"),
    [
        (b"intitule;commune\n", "dian", {}, {}, GeoIntegrationError),
        (b"\x00\x01\x02", "lheo", {}, {}, GeoIntegrationError),
        (FEW, "dian", {}, {"max_rows": 2}, TooLargeError),
        (FEW, "dian", {"covers": ["999"]}, {}, GeoIntegrationError),
        (b"- [", "table", {"mapping": "- ["}, {}, GeoIntegrationError),
        (SCHOOLS.read_bytes(), "schools", {"name": "twice"}, {}, LayerError),
        (FEW, "funded", {}, {}, ConflictError),
    ],
)
def test_what_cannot_be_published_is_refused_and_says_why(
    workshop: Workshop,
    tmp_path: Path,
    content: bytes,
    file_format: str,
    options: dict[str, Any],
    limits: dict[str, Any],
    error: type[GeoIntegrationError],
) -> None:
    before = heads(workshop.store)
    upload = send(workshop, content, file_format, **options)
    given = context(workshop, tmp_path / "a", SETTINGS.model_copy(update=limits))
    with pytest.raises(error) as raised:
        runs.check_import(given, CheckInputs(upload=upload))
    marked = workshop.ledger.uploads.get(upload)
    assert marked.status is UploadStatus.REFUSED
    assert marked.problem is not None
    assert marked.problem["detail"] == raised.value.what
    assert marked.problem["way_out"]
    if isinstance(raised.value, NothingAcceptedError):
        assert marked.summary is not None
        assert marked.summary["accepted"] == 0
    assert heads(workshop.store) == before


def test_funded_actions_are_compared_with_the_offers(workshop: Workshop, tmp_path: Path) -> None:
    listed = "Convention;Intitulé;Opérateur;Code INSEE\nC-1;Ateliers que nul ne connaît;Personne;62041\n"
    upload = send(workshop, listed.encode(), "funded", name=None)
    produced = runs.referencing(context(workshop, tmp_path / "a"), ReferencingInputs(upload=upload, as_of=DAY))
    (action,) = json.loads(produced[0].path.read_bytes())["features"]
    assert action["properties"]["state"] == "missing"
