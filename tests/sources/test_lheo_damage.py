"""LHEO reader: hostile, packed, damaged, mutated and very large files."""

import gzip
import io
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from lheo_feeds import HEAD, TAIL, feed, formation, mutated, read, read_text, told, write

from geo_integration.errors import GeoIntegrationError, InputRefusedError
from geo_integration.settings import settings
from geo_integration.sources import lheo_stream
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.lheo import iter_offers
from geo_integration.sources.records import RawOffer
from geo_integration.vocabulary import Outcome

# Hostile files

XXE = '<?xml version="1.0"?>\n<!DOCTYPE lheo [<!ENTITY x SYSTEM "file:///absent">]>\n'
LAUGHS = '<?xml version="1.0"?>\n<!DOCTYPE lheo [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>\n'
EXTERNAL = '<?xml version="1.0"?>\n<!DOCTYPE lheo SYSTEM "http://127.0.0.1:9/lheo.dtd">\n'


@pytest.mark.parametrize("prolog", [XXE, LAUGHS, EXTERNAL, EXTERNAL.replace("DOCTYPE", "doctype")])
def test_a_dtd_is_refused(tmp_path: Path, prolog: str) -> None:
    content = feed(formation(1), head=prolog + '<lheo xmlns="http://lheo.gouv.fr/2.3"><offres>')
    with pytest.raises(InputRefusedError, match="DOCTYPE") as caught:
        read_text(tmp_path, content)
    assert caught.value.where == "flux.xml, ligne 2"


def test_an_entity_declared_in_the_middle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="ENTITY"):
        read_text(tmp_path, feed(formation(1), '<!ENTITY x "y">', formation(2)))


def test_an_undeclared_entity_is_text(tmp_path: Path) -> None:
    offers, problems = read_text(tmp_path, feed(formation(1).replace("Lecture 1", "&x; &eacute;t&eacute; & R&D")))
    assert offers[0].content == "&x; été & R&D"
    assert told(problems) == [("formation", "repaired")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "fichier vide"),
        ("  \n", "pas du XML"),
        ("ID;Titre\n1;FLE\n", "pas du XML"),
        ("<html><body/></html>", "élément racine est « html »"),
        (HEAD + TAIL, "flux LHEO est vide"),
        (HEAD, "flux LHEO est vide"),
    ],
)
def test_files_without_formations_are_refused(tmp_path: Path, content: str, says: str) -> None:
    with pytest.raises(InputRefusedError, match=says):
        read_text(tmp_path, content)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="lecture impossible"):
        read(tmp_path / "absent.xml")


# Containers and encodings


def zipped(**members: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "pack",
    [
        lambda text: gzip.compress(text.encode()),
        lambda text: zipped(flux_xml=text, lisez_txt="notes"),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("UTF-8", "ISO-8859-1").encode("latin-1"),
        lambda text: text.replace("UTF-8", "windows-1252").encode("cp1252"),
        lambda text: text.replace("\n", "\r\n").encode(),
    ],
    ids=["gzip", "zip", "bom", "utf16", "latin1", "cp1252", "crlf"],
)
def test_containers_and_encodings_read_the_same(tmp_path: Path, pack: object) -> None:
    assert callable(pack)
    expected = read_text(tmp_path, feed(formation(1), formation(2)))
    assert read_text(tmp_path, pack(feed(formation(1), formation(2)))) == expected


def test_latin1_bytes_in_a_utf8_feed_are_read_and_noted(tmp_path: Path) -> None:
    wrong = feed(formation(1)).encode().replace("Lire et écrire".encode(), b"Lire et \xe9crire \x80")
    offers, problems = read_text(tmp_path, wrong)
    assert offers[0].objective == "Lire et écrire €, groupe 1"
    assert offers[0].title == "Cours d'alphabétisation 1"
    assert told(problems) == [("formation", "repaired")]


def test_an_unknown_encoding_is_read_as_utf8_and_noted(tmp_path: Path) -> None:
    offers, problems = read_text(tmp_path, feed(formation(1)).replace("UTF-8", "UTF-88"))
    assert offers[0].title == "Cours d'alphabétisation 1"
    assert told(problems) == [("fichier", "repaired")]


def test_an_archive_of_two_feeds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="2 fichiers"):
        read_text(tmp_path, zipped(a_xml=feed(formation(1)), b_xml=feed(formation(2))))


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="bombe"):
        read_text(tmp_path, gzip.compress(HEAD.encode() + b" " * (64 * 1024**2)))


def test_a_truncated_archive_keeps_what_it_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lheo_stream, "BLOCK", 4096)
    texts = [formation(n, body=f"<!-- {sha256(bytes([n])).hexdigest()} -->") for n in range(1, 60)]
    packed = gzip.compress(feed(*texts).encode())
    offers, problems = read_text(tmp_path, packed[: len(packed) * 3 // 4])
    assert 0 < len(offers) < 59
    assert any("archive" in problem.reason for problem in problems)


# Damage


def test_malformed_in_the_middle_costs_one_formation(tmp_path: Path) -> None:
    broken = formation(2).replace("</session>", "")
    offers, problems = read_text(tmp_path, feed(formation(1), broken, formation(3)))
    sound, _ = read_text(tmp_path, feed(formation(1), formation(2), formation(3)))
    assert [offer.record_id for offer in offers] == [sound[0].record_id, sound[2].record_id]
    assert [replace(o, where="") for o in offers] == [replace(o, where="") for o in (sound[0], sound[2])]
    assert told(problems) == [("formation", "row_rejected")]
    line = int(re.findall(r"ligne (\d+)", problems[0].where)[0])
    assert broken.splitlines()[0] in feed(formation(1), broken).splitlines()[line - 40 : line]


@pytest.mark.parametrize("lost", ["<formation numero", "</formation>"])
def test_a_lost_tag_of_a_formation_costs_that_formation(tmp_path: Path, lost: str) -> None:
    broken = formation(2).replace(lost, "")
    offers, problems = read_text(tmp_path, feed(formation(1), broken, formation(3)))
    assert [offer.sessions[0].record_id for offer in offers] == ["S1", "S3"]
    assert told(problems) == [("formation", "row_rejected")]


def test_a_truncated_file_keeps_what_is_whole(tmp_path: Path) -> None:
    text = feed(formation(1), formation(2))
    offers, problems = read_text(tmp_path, text[: text.index("Cours d'alphabétisation 2")])
    assert [offer.sessions[0].record_id for offer in offers] == ["S1"]
    assert told(problems) == [("formation", "row_rejected"), ("fichier", "row_rejected")]
    assert "tronqué" in problems[0].reason


def test_a_fault_outside_the_formations_is_named(tmp_path: Path) -> None:
    offers, problems = read_text(tmp_path, feed(formation(1)).replace("</offres>", "</offre>"))
    assert len(offers) == 1
    assert told(problems) == [("fichier", "repaired")]


def test_a_comment_and_a_cdata_section_hide_nothing(tmp_path: Path) -> None:
    hidden = f"<!-- {formation(9)} -->"
    text = formation(1).replace("Lecture 1", "<![CDATA[<p>Lecture</p> 1]]>")
    offers, problems = read_text(tmp_path, feed(hidden, text))
    assert [offer.content for offer in offers] == ["Lecture\n1"]
    assert problems == []


def test_an_unclosed_cdata_does_not_swallow_the_next_formation(tmp_path: Path) -> None:
    first = formation(1).replace("Lecture 1", "<![CDATA[Lecture 1")
    second = formation(2).replace("Lecture 2", "<![CDATA[Lecture 2]]>")
    offers, problems = read_text(tmp_path, feed(first, second))
    assert [offer.content for offer in offers] == ["Lecture 2"]
    assert told(problems) == [("formation", "row_rejected")]


def test_control_characters_are_removed_and_noted(tmp_path: Path) -> None:
    offers, problems = read_text(tmp_path, feed(formation(1).replace("Lecture 1", "Lec\x0bture\x01 1")))
    assert offers[0].content == "Lecture 1"
    assert told(problems) == [("formation", "repaired")]


def test_a_formation_repeated_is_read_once(tmp_path: Path) -> None:
    offers, problems = read_text(tmp_path, feed(formation(1), formation(1)))
    assert len(offers) == 1
    assert told(problems) == [("formation", "row_rejected")]


def test_huge_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    most = settings().max_cell_characters
    long = formation(1).replace("Lecture 1", "mot " * (most // 2))
    offers, problems = read_text(tmp_path, feed(long, formation(2)))
    assert len(offers[0].content or "") == most
    assert told(problems) == [("contenu-formation", "repaired")]
    monkeypatch.setattr(lheo_stream, "MAX_FORMATION", 50_000)
    offers, problems = read_text(tmp_path, feed(formation(1), long, formation(3)))
    assert [offer.sessions[0].record_id for offer in offers] == ["S1", "S3"]
    assert told(problems) == [("formation", "row_rejected")]
    assert "50000" in problems[0].reason


def test_a_formation_without_title_or_action_is_rejected(tmp_path: Path) -> None:
    untitled = formation(1).replace("Cours d'alphabétisation 1", " ")
    idle = re.sub(r"<action.*</action>", "", formation(2), flags=re.DOTALL)
    offers, problems = read_text(tmp_path, feed(untitled, idle, formation(3)))
    assert [offer.title for offer in offers] == ["Cours d'alphabétisation 3"]
    assert told(problems) == [("formation", "row_rejected")] * 2


# Mutations

SOUND = feed(*(formation(n) for n in range(1, 7))).encode()
SPANS = [(found.start(), found.end()) for found in re.finditer(rb"<formation .*?</formation>", SOUND, re.DOTALL)]


@pytest.fixture(scope="module")
def sound_offers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RawOffer]:
    offers, _ = read_text(tmp_path_factory.mktemp("sound"), SOUND)
    return {offer.record_id: replace(offer, where="") for offer in offers}


@pytest.mark.parametrize("seed", range(200))
def test_a_mutation_loses_no_sound_formation(tmp_path: Path, sound_offers: dict[str, RawOffer], seed: int) -> None:
    expected = sound_offers
    assert len(expected) == len(SPANS) == 6
    data, touched = mutated(SOUND, seed)
    path = write(tmp_path, data)
    log = ProblemLog(path.name)
    try:
        offers = list(iter_offers(path, log))
    except GeoIntegrationError:
        assert touched.start < SPANS[0][1]  # nothing whole is left
        return
    found = {offer.record_id: replace(offer, where="") for offer in offers}
    sound = [not (start < touched.stop and touched.start < end) for start, end in SPANS]
    for whole, (record_id, offer) in zip(sound, expected.items(), strict=True):
        if whole:
            assert found[record_id] == offer
    if len(offers) < len(SPANS):
        assert log.counts[Outcome.ROW_REJECTED] >= 1


# Memory

_CHILD = """
import resource, sys
from pathlib import Path
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.lheo import iter_offers
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
small, big = map(Path, sys.argv[1:])
sum(1 for _ in iter_offers(small, ProblemLog("x")))
before = peak()
count = sum(1 for _ in iter_offers(big, ProblemLog("x")))
print(count, (peak() - before) // 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="pas de module resource")
def test_a_large_feed_is_not_held_in_memory(tmp_path: Path) -> None:
    filler = "<extras><extra>" + "Lire, écrire, compter. " * 2_500 + "</extra></extras>"
    small = write(tmp_path, feed(*(formation(n, body=filler) for n in range(1, 40))), "small.xml")
    big = tmp_path / "big.xml"
    with big.open("w", encoding="utf-8") as stream:
        stream.write(HEAD)
        stream.writelines(formation(n, body=filler) for n in range(1, 1_201))
        stream.write(TAIL)
    assert big.stat().st_size > 65_000_000
    done = subprocess.run(  # noqa: S603 -- our own interpreter
        [sys.executable, "-c", _CHILD, str(small), str(big)], capture_output=True, text=True, check=True
    )
    count, growth_megabytes = map(int, done.stdout.split())
    assert count == 1_200
    assert growth_megabytes < 15
