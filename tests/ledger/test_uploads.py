"""Files sent in pieces: whole, with their hash, or not at all."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.errors import ConflictError, InputRefusedError, NotFoundError, TooLargeError
from geo_integration.ledger import Ledger
from geo_integration.ledger.tables import UPLOAD_CHUNKS
from geo_integration.ledger.uploads import Upload, UploadStatus, plain_name

NOON = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
CONTENT = b"offre;commune\n\x00\xff1;Lens\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def begin(ledger: Ledger, name: str = "offres.csv") -> Upload:
    return ledger.uploads.begin(owner="ada", file_format="lheo", options={"covers": ["62"]}, file_name=name, now=NOON)


def sent(ledger: Ledger) -> Upload:
    upload = begin(ledger)
    for start in range(0, len(CONTENT), 7):
        ledger.uploads.append(upload.id, CONTENT[start : start + 7])
    return ledger.uploads.finish(upload.id, SHA256, now=NOON)


def test_pieces_come_back_as_one_file(ledger: Ledger, tmp_path: Path) -> None:
    upload = sent(ledger)
    assert (upload.size, upload.sha256, upload.status) == (len(CONTENT), SHA256, UploadStatus.RECEIVED)
    assert (upload.owner, upload.format, upload.options) == ("ada", "lheo", {"covers": ["62"]})
    assert ledger.uploads.write_to(upload.id, tmp_path / "f") == upload
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert ledger.uploads.list("ada") == [upload]
    assert ledger.uploads.list("bob") == []


def test_what_is_not_whole_is_not_read(ledger: Ledger, tmp_path: Path) -> None:
    upload = begin(ledger)
    with pytest.raises(InputRefusedError, match="vide"):
        ledger.uploads.finish(upload.id, SHA256, now=NOON)
    ledger.uploads.append(upload.id, CONTENT[:5])
    with pytest.raises(ConflictError, match="pas encore arrivé"):
        ledger.uploads.write_to(upload.id, tmp_path / "f")
    with pytest.raises(InputRefusedError, match="empreinte"):
        ledger.uploads.finish(upload.id, SHA256, now=NOON)
    ledger.uploads.append(upload.id, CONTENT[5:])
    ledger.uploads.finish(upload.id, SHA256.upper(), now=NOON)
    with pytest.raises(ConflictError, match="déjà arrivé"):
        ledger.uploads.append(upload.id, b"more")


def test_one_byte_too_many_is_refused_and_changes_nothing(ledger: Ledger) -> None:
    upload = begin(ledger)
    assert ledger.uploads.append(upload.id, b"12345", most_bytes=8) == 5
    with pytest.raises(TooLargeError, match="8 octets"):
        ledger.uploads.append(upload.id, b"6789", most_bytes=8)
    assert ledger.uploads.get(upload.id).size == 5
    assert ledger.uploads.append(upload.id, b"678", most_bytes=8) == 8


def test_bytes_that_changed_are_seen(ledger: Ledger, tmp_path: Path) -> None:
    upload = sent(ledger)
    with ledger.engine.begin() as connection:
        connection.execute(sa.update(UPLOAD_CHUNKS).where(UPLOAD_CHUNKS.c.number == 1).values(body=b"altered"))
    with pytest.raises(InputRefusedError, match="empreinte"):
        ledger.uploads.write_to(upload.id, tmp_path / "f")
    assert not (tmp_path / "f").exists()


def test_what_became_of_it_is_kept(ledger: Ledger) -> None:
    upload = sent(ledger)
    ledger.uploads.attach(upload.id, "t1", now=NOON)
    marked = ledger.uploads.mark(upload.id, UploadStatus.CHECKED, {"read": 3}, now=NOON)
    assert (marked.status, marked.summary, marked.task_id, marked.problem) == (
        UploadStatus.CHECKED,
        {"read": 3},
        "t1",
        None,
    )
    refused = ledger.uploads.mark(upload.id, UploadStatus.REFUSED, problem={"detail": "non"}, now=NOON, task_id="t2")
    assert (refused.summary, refused.problem, refused.task_id) == ({"read": 3}, {"detail": "non"}, "t2")
    for call in (ledger.uploads.get, ledger.uploads.remove):
        with pytest.raises(NotFoundError):
            call("nothing")
    with pytest.raises(NotFoundError):
        ledger.uploads.mark("nothing", UploadStatus.CHECKED, now=NOON)


def test_removing_leaves_no_byte(ledger: Ledger) -> None:
    upload = sent(ledger)
    ledger.uploads.remove(upload.id)
    with ledger.engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(UPLOAD_CHUNKS)).scalar_one() == 0


def test_what_was_never_finished_is_dropped_sooner(ledger: Ledger) -> None:
    unfinished, whole = begin(ledger), sent(ledger)
    assert ledger.uploads.expire(NOON + timedelta(hours=23)) == 0
    assert ledger.uploads.expire(NOON + timedelta(hours=25)) == 1
    with pytest.raises(NotFoundError):
        ledger.uploads.get(unfinished.id)
    assert ledger.uploads.get(whole.id) == whole
    assert ledger.uploads.expire(NOON + timedelta(days=31)) == 1


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("offres.xml", "offres.xml"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Documents\\liste.xlsx", "liste.xlsx"),
        ("..", "fichier"),
        (".bashrc", "bashrc"),
        ("a\x00\nb.csv", "ab.csv"),
        ("", "fichier"),
    ],
)
def test_names_keep_no_folder(name: str, kept: str) -> None:
    assert plain_name(name) == kept


@given(st.text(max_size=600))
def test_any_name_makes_a_file(name: str) -> None:
    kept = plain_name(name)
    assert kept
    assert "/" not in kept
    assert "\\" not in kept
    assert not kept.startswith(".")
    assert len(kept.encode()) <= 255
