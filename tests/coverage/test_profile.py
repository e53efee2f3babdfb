"""A learner's profile: what contradicts itself is refused, and what words make one."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from geo_integration.coverage.learner.file import profile_of, read_free, read_profile
from geo_integration.coverage.learner.profile import Profile
from geo_integration.errors import MissingDataError, ProfileError
from geo_integration.vocabulary import Audience, Goal, HalfDay, Kind, Level, Schooling


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"kind": Kind.FLE, "schooling": Schooling.NONE}, "n'est pas fait pour"),
        ({"goal": Goal.PARENT, "kind": None, "schooling": None, "age": 0}, "âge de 0 ans"),
        ({"goal": Goal.WORK, "schooling": Schooling.FRENCH}, "aucun type de cours"),
        ({"kind": Kind.UNKNOWN}, "ne peut pas être demandé"),
        ({"schooling": Schooling.ANY}, "n'est pas la scolarité d'une personne"),
        ({"level": Level.ALPHA, "schooling": Schooling.FRENCH}, "niveau alpha"),
        ({"statuses": frozenset({Audience.ANY})}, "tout public"),
        ({"statuses": frozenset({Audience.ASYLUM_SEEKER, Audience.BPI})}, "demandeur d'asile"),
        ({"statuses": frozenset({Audience.ASYLUM_SEEKER}), "goal": Goal.CIR}, "demandeur d'asile"),
        ({"age": 40, "statuses": frozenset({Audience.UNDER_25})}, "40 ans et moins de 25 ans"),
        ({"age": 18, "statuses": frozenset({Audience.UNDER_18})}, "18 ans et mineur"),
        ({"free": frozenset()}, "aucune demi-journée"),
        ({"free": frozenset({("lundi", HalfDay.MORNING)})}, "jour inconnu"),
        ({"minutes": 0}, "trajet de 0 minutes"),
        ({"minutes": float("inf")}, "trajet de inf minutes"),
    ],
)
def test_a_profile_that_contradicts_itself_is_refused(wrong: dict[str, Any], match: str) -> None:
    with pytest.raises(ProfileError, match=match) as error:
        Profile(**wrong)
    assert error.value.way_out


def test_kinds_of_a_goal_are_narrowed_by_schooling() -> None:
    assert Profile().kinds == frozenset()
    assert Profile(goal=Goal.DAILY_LIFE, schooling=Schooling.NONE).kinds == {Kind.ASL, Kind.ALPHABETISATION}
    assert Profile(goal=Goal.LITERACY, schooling=Schooling.FRENCH).kinds == {Kind.ILLETTRISME}
    assert Profile(goal=Goal.DAILY_LIFE, kind=Kind.CIR).kinds == {Kind.CIR}


def test_known_statuses() -> None:
    assert Profile().known_statuses == (frozenset(), frozenset())
    yes, no = Profile(statuses=frozenset({Audience.BPI}), age=17).known_statuses
    assert yes == {Audience.BPI, Audience.FOREIGNER, Audience.UNDER_25, Audience.UNDER_18}
    assert no == set(Audience) - yes - {Audience.ANY}
    assert Profile(age=30).known_statuses == (frozenset(), frozenset({Audience.UNDER_25, Audience.UNDER_18}))
    assert Profile(age=12).known_statuses == (frozenset({Audience.UNDER_18}), frozenset())


def test_described_by_anything_but_the_course_and_the_trip() -> None:
    assert not Profile(kind=Kind.FLE, level=Level.A1, minutes=45, silence_is_open=False).described
    for more in ({"age": 30}, {"statuses": frozenset()}, {"child_care": True}, {"remote": True}, {"goal": Goal.WORK}):
        assert Profile(**more).described  # type: ignore[arg-type]


def test_words_make_a_profile() -> None:
    found = profile_of(
        kind="FLE",
        level="a1",
        schooling="Scolarisé à l'étranger",
        goal="travail",
        statuses="bpi, Femmes",
        age="32",
        free=["lundi-matin", "tue-evening", "samedi"],
        child_care="oui",
        free_of_charge=True,
        starts_by="01/12/2026",
        minutes="45,5",
    )
    assert found == Profile(
        kind=Kind.FLE,
        level=Level.A1,
        schooling=Schooling.ELSEWHERE,
        goal=Goal.WORK,
        statuses=frozenset({Audience.BPI, Audience.WOMEN}),
        age=32,
        free=frozenset({("mon", HalfDay.MORNING), ("tue", HalfDay.EVENING), *(("sat", half) for half in HalfDay)}),
        child_care=True,
        free_of_charge=True,
        starts_by=date(2026, 12, 1),
        minutes=45.5,
    )
    assert profile_of() is None
    assert profile_of(statuses=[], free=[], child_care=False) is None
    assert profile_of(statuses="aucune") == Profile(statuses=frozenset())
    assert profile_of(schooling=Schooling.NONE, statuses=[Audience.CIR]) == Profile(
        schooling=Schooling.NONE, statuses=frozenset({Audience.CIR})
    )


def test_half_days() -> None:
    assert read_free(["lundi matin", "mon-morning", "Lundi-Matin"]) == {("mon", HalfDay.MORNING)}
    assert read_free(["mercredi après-midi"]) == {("wed", HalfDay.AFTERNOON)}
    assert len(read_free(["soir"])) == 7
    for wrong in ("lundredi", "lundi-nuit", "lundi-matin-soir"):
        with pytest.raises(ProfileError, match="n'est pas une demi-journée"):
            read_free([wrong])


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"schooling": "parfois"}, "--schooling"),
        ({"statuses": "marin"}, "--status"),
        ({"age": "trente"}, "--age"),
        ({"age": 30.5}, "--age"),
        ({"free": "lundi-nuit"}, "--free"),
        ({"starts_by": "31/02/2027"}, "--starts-by"),
        ({"child_care": "peut-être"}, "--child-care"),
        ({"kind": "FLE", "schooling": "none"}, "profil"),
    ],
)
def test_a_wrong_word_is_told_with_its_option(wrong: dict[str, Any], where: str) -> None:
    with pytest.raises(ProfileError) as error:
        profile_of(**wrong)
    assert error.value.where == where
    assert error.value.way_out


EXAMPLE = """\
# Profil d'une apprenante
scolarité: jamais scolarisé
but: lire et écrire
situations: [bpi, femmes]
âge: 32
libre:
  - lundi-matin
  - jeudi-matin
garde d'enfants: oui
gratuit: oui
commence avant: 2026-12-01
trajet: 45
"""


def test_a_file_makes_a_profile(tmp_path: Path) -> None:
    path = tmp_path / "profil.yaml"
    path.write_text(EXAMPLE, encoding="utf-8")
    expected = Profile(
        schooling=Schooling.NONE,
        goal=Goal.LITERACY,
        statuses=frozenset({Audience.BPI, Audience.WOMEN}),
        age=32,
        free=frozenset({("mon", HalfDay.MORNING), ("thu", HalfDay.MORNING)}),
        child_care=True,
        free_of_charge=True,
        starts_by=date(2026, 12, 1),
        minutes=45,
    )
    assert read_profile(path) == expected
    typed = profile_of(path, age=40, statuses=["women"])
    assert typed is not None
    assert (typed.age, typed.statuses, typed.goal) == (40, frozenset({Audience.WOMEN}), Goal.LITERACY)


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("age: 30\nscolarite: parfois\n", "ligne 2, clé schooling", "« parfois »"),
        ("age: 30\ncouleur: bleu\n", "ligne 2", "clé inconnue : « couleur »"),
        ("age: 30\n\nâge: 31\n", "lignes 1 et 3", "deux fois"),
        ("- age\n- 30\n", "", "clé : valeur"),
        ("", "", "clé : valeur"),
        ("age: [30\n", "ligne 2", "ce n'est pas du YAML"),
        ("age: {a: 1}\n", "ligne 1, clé age", "valeur simple"),
        ("libre: [[lundi]]\n", "ligne 1, clé free", "liste de mots"),
        ("commence_avant: demain\n", "ligne 1, clé starts_by", "« demain »"),
        ("type: FLE\nscolarite: none\n", "", "n'est pas fait pour"),
        ("age: true\n", "ligne 1, clé age", "nombre entier"),
        ("age: 30\ncommence_avant: 2026-02-30\n", "ligne 2, clé starts_by", "2026-02-30"),
        ("age: 30\nniveau: !autre A1\n", "ligne 2, clé level", "A1"),
        ("situations: ''\n", "ligne 1, clé statuses", "aucune situation"),
    ],
)
def test_a_wrong_file_is_told_with_its_line(text: str, where: str, what: str, tmp_path: Path) -> None:
    path = tmp_path / "profil.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError) as error:
        read_profile(path)
    assert str(path) in error.value.where
    assert where in error.value.where
    assert what in error.value.what
    assert error.value.way_out


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="profil introuvable"):
        read_profile(tmp_path / "absent.yaml")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "profil.yaml"
    path.write_bytes(b"\xff\xfe\x00\x01age")
    with pytest.raises(ProfileError, match="YAML"):
        read_profile(path)
