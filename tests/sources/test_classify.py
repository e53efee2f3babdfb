"""Classification: every row of ``rules_cases.csv``, every rule fired, and the tables themselves."""

import csv
from dataclasses import fields as dataclass_fields
from pathlib import Path

import pytest

from geo_integration.errors import GeoIntegrationError, MappingError, MissingDataError, UnknownTermError
from geo_integration.settings import settings
from geo_integration.sources.classify import Classification, classify, levels_in
from geo_integration.sources.records import RawOffer
from geo_integration.sources.rules import COLUMNS, NOT_A_COURSE, load_rules, normalise
from geo_integration.vocabulary import Audience, Kind, Level, Schooling

TABLES = ("kind", "level", "schooling", "audience")
LISTS = ("public_texts", "funders", "formacodes", "public_codes")
EXPECTED = (
    "kind",
    "kind_rule",
    "level_entry",
    "level_target",
    "level_rule",
    "schooling",
    "schooling_rule",
    "audience_exclusive",
    "audience_priority",
    "audience_rule",
)
ORIGINS = ("sample", "public page (", "written in the style of")

with (Path(__file__).parent / "rules_cases.csv").open(encoding="utf-8", newline="") as _stream:
    CASES = list(csv.DictReader(_stream))


def offer(**stated: str) -> RawOffer:
    """Build an offer from cells; lists are joined by semicolons."""
    values = {name: tuple(value.split(";")) if name in LISTS else value for name, value in stated.items() if value}
    return RawOffer(**{"record_id": "x", "where": "ligne 1", "title": "Cours", **values})  # type: ignore[arg-type]


def outcome(found: Classification) -> dict[str, str]:
    """Return a classification as cells of ``rules_cases.csv``."""
    cells = {name: getattr(found, name) for name in EXPECTED}
    cells = {name: ";".join(value) if isinstance(value, tuple) else str(value) for name, value in cells.items()}
    return cells if found.is_course else {**cells, "kind": NOT_A_COURSE}


def of_case(case: dict[str, str]) -> Classification:
    stated = {name: value for name, value in case.items() if name not in {*EXPECTED, "case", "origin"}}
    return classify(offer(**stated))


@pytest.mark.parametrize("case", CASES, ids=[f"{case['case']}-{case['title'][:40]}" for case in CASES])
def test_case(case: dict[str, str]) -> None:
    assert outcome(of_case(case)) == {name: case[name] for name in EXPECTED}


def test_there_are_enough_cases_and_each_says_where_it_comes_from() -> None:
    assert len(CASES) >= 120
    assert all(case["origin"].startswith(ORIGINS) for case in CASES)


@pytest.mark.parametrize("table", TABLES)
def test_every_rule_is_fired_by_a_case(table: str) -> None:
    fired = {rule for case in CASES for column in EXPECTED if "rule" in column for rule in case[column].split("+")}
    assert {rule.rule_id for rule in load_rules(table)} - fired == set()


@pytest.mark.parametrize("table", TABLES)
def test_confidences_and_terms_of_the_tables(table: str) -> None:
    rules = load_rules(table)
    assert rules == tuple(sorted(rules, key=lambda rule: (-rule.priority, -rule.confidence)))
    assert all(0 < rule.confidence < 1 for rule in rules)  # only what the source declares is sure


def test_declared_terms_win_over_every_rule() -> None:
    raw = offer(title="Cours d'alphabétisation niveau A1")
    raw.declared = {
        "kind": "fle",
        "level_entry": "A2;B1",
        "level_target": "B2",
        "schooling": "elsewhere",
        "audience_exclusive": "women",
        "audience_priority": "bpi;women",
    }
    found = classify(raw)
    assert (found.kind, found.kind_rule, found.kind_confidence) == (Kind.FLE, "declared", 1.0)
    assert (found.level_entry, found.level_target) == ((Level.A2, Level.B1), (Level.B2,))
    assert found.schooling is Schooling.ELSEWHERE
    assert (found.audience_exclusive, found.audience_priority) == ((Audience.WOMEN,), (Audience.BPI,))
    assert found.level_confidence == found.schooling_confidence == 1.0


def test_a_declared_term_outside_the_lists_is_refused_and_located() -> None:
    raw = offer()
    raw.declared = {"kind": "russe"}
    with pytest.raises(UnknownTermError, match="russe") as caught:
        classify(raw)
    assert caught.value.where == "ligne 1"


def test_nothing_said_is_unknown_and_not_guessed() -> None:
    assert classify(offer(title="Atelier")) == Classification()


def test_a_mention_among_several_courses_does_not_make_an_offer_alphabetisation() -> None:
    content = "Proposition de cours de niveau A1, A2, B1, de cours de conversation, de cours d'alphabétisation."
    found = classify(offer(title="Cours de français", content=content, formacodes="V14:15235"))
    assert found.kind is Kind.FLE
    assert Level.ALPHA in found.level_entry
    assert Level.ALPHA not in found.level_target
    assert found.level_confidence == 0.5


@pytest.mark.parametrize(
    "title",
    [
        "FLE débutant",
        "Français langue étrangère grands débutants",
        "FLE - alphabétisation numérique",
        "Remise à niveau",
        "FLE sauf alphabétisation",
        "ASL niveau A1.1",
        "Cours pour public alphabétisé",
    ],
)
def test_beginners_and_look_alikes_are_not_alphabetisation(title: str) -> None:
    assert classify(offer(title=title)).kind is not Kind.ALPHABETISATION


@pytest.mark.parametrize("title", ["Fleuriste", "CIRcuits électriques", "Aslan et le français", "Alphabet grec"])
def test_abbreviations_are_whole_words(title: str) -> None:
    assert classify(offer(title=title)).kind_rule in {"", "k_french_title"}


def test_unstated_edition_lowers_the_confidence_and_another_edition_says_nothing() -> None:
    def schooling(code: str) -> tuple[Schooling, float]:
        found = classify(offer(title="Permanence", public_codes=code))
        return found.schooling, found.schooling_confidence

    assert schooling("V14:81021") == (Schooling.NONE, 0.7)
    assert schooling(":81021") == (Schooling.NONE, 0.42)
    assert schooling("V12:81021") == (Schooling.UNKNOWN, 0.0)


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("a1.1, a1", {"A1.1", "A1"}),
        ("a1.1 a b1", {"A1.1", "A1", "A2", "B1"}),
        ("a1-a2", {"A1", "A2"}),
        ("a1 et b1", {"A1", "B1"}),
        ("b1 a a1", {"A1", "B1"}),
        ("a2.2 puis b1+", {"A2", "B1"}),
        ("aa1 a10 b3 xa1", set()),
    ],
)
def test_levels_in(text: str, levels: set[str]) -> None:
    assert levels_in(text) == levels


def test_normalise() -> None:
    assert normalise("  L\u2019École d\u2019Été \u2013 ŒUVRE\n«\xa0FLE\xa0» ") == "l ecole d ete - oeuvre fle"


def test_text_is_read_whatever_its_case_accents_and_spaces() -> None:
    plain = classify(offer(title="Cours d'alphabétisation"))
    assert classify(offer(title="COURS  D\u2019ALPHABETISATION")) == plain


def write_table(folder: Path, *lines: str, header: str = ",".join(COLUMNS)) -> Path:
    (folder / "kind_rules.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return folder


GOOD = "k_one,10,title,,fle,,,fle,0.5,note"


def test_a_good_table_loads(tmp_path: Path) -> None:
    assert [rule.rule_id for rule in load_rules("kind", write_table(tmp_path, GOOD))] == ["k_one"]


@pytest.mark.parametrize(
    ("lines", "error", "says"),
    [
        ([GOOD, GOOD], MappingError, "double"),
        (["k_one,10,title,,fle,,,russe,0.5,note"], UnknownTermError, "russe"),
        (["k_one,10,title,,fle,,,fle;asl,0.5,note"], MappingError, "une seule valeur"),
        (["k_one,10,title,,fl(e,,,fle,0.5,note"], MappingError, "motif illisible"),
        (["k_one,10,title,,fle,[,,fle,0.5,note"], MappingError, "motif illisible"),
        (["k_one,10,title,,(fle)?,,,fle,0.5,note"], MappingError, "vrai de tout texte"),
        (["k_one,10,titre,,fle,,,fle,0.5,note"], MappingError, "champs"),
        (["k_one,10,title formacode,,fle,,,fle,0.5,note"], MappingError, "champs"),
        (["k_one,10,title,,fle,,entry,fle,0.5,note"], MappingError, "rôle"),
        (["k_one,haut,title,,fle,,,fle,0.5,note"], MappingError, "priorité"),
        (["k_one,10,title,,fle,,,fle,1.5,note"], MappingError, "confiance"),
        (["k_one,10,title,,fle,,,fle,0.5,"], MappingError, "note"),
        (["K-1,10,title,,fle,,,fle,0.5,note"], MappingError, "identifiant"),
        (["k_one,10,title,,fle"], MappingError, "colonnes"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, lines: list[str], error: type[GeoIntegrationError], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        load_rules("kind", write_table(tmp_path, *lines))
    assert caught.value.where == f"kind_rules.csv, ligne {len(lines) + 1}"


def test_a_table_with_other_columns_or_absent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="colonnes attendues"):
        load_rules("kind", write_table(tmp_path, header="a,b"))
    with pytest.raises(MissingDataError):
        load_rules("level", tmp_path)


def test_rules_name_only_declared_columns() -> None:
    assert {field.name for field in dataclass_fields(Classification)} >= set(EXPECTED)
    assert (settings().data / "rules").is_dir()
