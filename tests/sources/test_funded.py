"""A list of funded actions as people keep it: columns by any name, bad rows told apart, nothing guessed."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from table_samples import problems, write, write_xlsx

from geo_integration.errors import InputRefusedError, NothingAcceptedError
from geo_integration.sources.fields import BadValueError, Repaired
from geo_integration.sources.funded import read
from geo_integration.sources.funded_values import funded_by_bop104, period
from geo_integration.sources.imports import Import

FIRST_DAY = dt.datetime(2026, 9, 1)  # noqa: DTZ001 -- as sheets hold days


def rows(result: Import) -> list[dict[str, object]]:
    table = result.tables["funded"].astype(object)
    return table.where(table.notna(), None).to_dict("records")


def read_text(tmp_path: Path, text: str) -> Import:
    return read(write(tmp_path / "liste.csv", text))


def test_a_spreadsheet_with_a_title_above(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "liste.xlsx",
        [
            ["Actions BOP 104 retenues, comité du 12 mars"],
            ["N° de dossier", "Intitulé de l'action", "Porteur", "SIRET", "Type d'action", "Code INSEE",
             "Date de début", "Date de fin", "Places", "Montant", "BOP 104", "Tél", "Adresse"],
            ["24-117", "Apprendre à lire et écrire", "Centre social Demo", "00000078600012", "Alphabétisation",
             62041,
             FIRST_DAY, "30/06/2027", 12, "12 500 €", "oui", "0321000000", "3 rue Neuve"],
        ],
    )  # fmt: skip
    (row,) = rows(read(path))
    assert row == {
        "action_id": "24-117",
        "row": "feuille Feuille, ligne 3",
        "reference": "24-117",
        "other_ids": None,
        "title": "Apprendre à lire et écrire",
        "provider_name": "Centre social Demo",
        "provider_siret": "00000078600012",
        "uai": None,
        "kind": "alphabetisation",
        "kind_text": "Alphabétisation",
        "commune_code": "62041",
        "commune_name": "Arras",
        "departement_code": "62",
        "postcode": None,
        "address": "3 rue Neuve",
        "phone": "03 21 00 00 00",
        "email": None,
        "start_date": "2026-09-01",
        "end_date": "2027-06-30",
        "places": 12,
        "amount_euros": 12500.0,
        "bop104": True,
        "synthetic": False,
    }


def test_negative_places_and_unknown_communes_are_rejected_and_the_rest_kept(tmp_path: Path) -> None:
    text = (
        "Action;Organisme;INSEE;Places\n"
        "FLE A1;Demo;62041;10\nFLE A2;Demo;62041;-5\nFLE B1;Demo;62999;8\n"
        "FLE B2;Demo;Arras;8\nASL;Demo;62041;beaucoup\n"
    )
    result = read_text(tmp_path, text)
    assert [row["title"] for row in rows(result)] == ["ASL", "FLE A1"]
    assert problems(result.log) == [
        ("row_rejected", "ligne 3", "Places", "-5"),
        ("row_rejected", "ligne 4", "INSEE", "62999"),
        ("row_rejected", "ligne 5", "INSEE", "Arras"),
        ("field_dropped", "ligne 6", "Places", "beaucoup"),
    ]
    assert [p.reason for p in result.log.problems[:2]] == ["nombre de places négatif", "code commune inconnu du COG"]
    assert result.read == 5
    assert result.rejected == 3


@pytest.mark.parametrize(
    ("commune", "postcode", "code"),
    [
        ("Arras", "62000", "62041"),
        ("62000 Arras", "", "62041"),
        ("Arras (62000)", "", "62041"),
        ("Hazebrouck", "", "59295"),  # the only one of that name
        ("Saint-Martin", "", None),  # many of them: not a guess
        ("62041", "", None),  # an INSEE code or a postcode?
        ("", "80000", "80021"),  # a postcode that one commune has
        ("", "62000", None),  # a postcode that many have
        ("", "", None),
    ],
)
def test_a_commune_written_anyhow_is_known_for_sure_or_not_at_all(
    tmp_path: Path, commune: str, postcode: str, code: str | None
) -> None:
    (row,) = rows(read_text(tmp_path, f"Titre;Organisme;Commune;CP\nFLE;Demo;{commune};{postcode}\n"))
    assert row["commune_code"] == code


@pytest.mark.parametrize(
    ("value", "expected"),
    [("oui", True), ("BOP 104", True), ("104 - action 12", True), (12000, True), ("8 500,50 €", True),
     ("non", False), (0, False), ("BOP 147", False), ("programme 177", False)],
)  # fmt: skip
def test_which_programme_pays(value: object, expected: object) -> None:
    assert funded_by_bop104(value) is expected


def test_another_programme_is_out_of_scope_and_an_unreadable_one_is_noted(tmp_path: Path) -> None:
    result = read_text(tmp_path, "Titre;Organisme;BOP\nFLE;A;104\nASL;B;147\nFLE A1;C;peut-être\n")
    assert [(row["title"], row["bop104"]) for row in rows(result)] == [("FLE", True), ("FLE A1", None)]
    assert [p[0] for p in problems(result.log)] == ["out_of_scope", "field_dropped"]


def test_periods_in_one_cell() -> None:
    assert period("du 01/09/2026 au 30/06/2027") == ("2026-09-01", "2027-06-30")
    year = period("2026")
    assert isinstance(year, Repaired)
    assert year.value == ("2026-01-01", "2026-12-31")
    with pytest.raises(BadValueError, match="impossible"):
        period("30/06/2027 - 01/09/2026")
    with pytest.raises(BadValueError, match="illisible"):
        period("toute l'année")


def test_several_actions_of_one_convention_are_numbered_and_a_repeat_is_rejected(tmp_path: Path) -> None:
    text = "Convention;Titre;Organisme\nC1;FLE A1;Demo\nC1;FLE A2;Demo\nC1;FLE A1;Demo\n;ASL;Demo\n"
    result = read_text(tmp_path, text)
    assert [row["action_id"] for row in rows(result)] == ["C1", "C1#2", "demo-asl"]
    assert [(p.where, p.reason) for p in result.log.problems] == [("ligne 4", "répète ligne 2")]


def test_a_number_made_up_is_never_that_of_another_convention(tmp_path: Path) -> None:
    text = "Convention;Titre;Organisme\nC1;FLE A1;Demo\nC1;FLE A2;Demo\nC1#2;FLE B1;Demo\nC1;FLE B2;Demo\n"
    found = [row["action_id"] for row in rows(read_text(tmp_path, text))]
    assert sorted(map(str, found)) == ["C1", "C1#2", "C1#3", "C1#4"]
    told = {row["title"]: row["action_id"] for row in rows(read_text(tmp_path, text))}
    assert told["FLE B1"] == "C1#2"


def test_kinds_are_stated_or_read_or_unknown(tmp_path: Path) -> None:
    text = (
        "Type;Titre;Organisme\nfle_pro;x;D\nApprentissage du français;Alphabétisation femmes;D\nLogement;Captation;D\n"
    )
    assert sorted(row["kind"] for row in rows(read_text(tmp_path, text))) == ["alphabetisation", "fle_pro", "unknown"]


def test_end_before_start_and_a_wrong_siret_leave_the_row(tmp_path: Path) -> None:
    result = read_text(tmp_path, "Titre;Organisme;SIRET;Début;Fin\nFLE;D;12345678901234;01/09/2026;01/06/2026\n")
    (row,) = rows(result)
    assert (row["start_date"], row["end_date"], row["provider_siret"]) == ("2026-09-01", None, None)
    assert [p[0] for p in problems(result.log)] == ["field_dropped"] * 2


def test_a_list_without_operator_or_title_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="organisme ou siret ou référence") as refused:
        read_text(tmp_path, "Titre;Commune\nFLE;Arras\n")
    assert "Titre, Commune" in refused.value.way_out
    with pytest.raises(InputRefusedError, match="intitulé ou type"):
        read_text(tmp_path, "Organisme;Commune\nDemo;Arras\n")


def test_a_list_with_no_good_row_is_refused_with_its_first_reason(tmp_path: Path) -> None:
    with pytest.raises(NothingAcceptedError) as refused:
        read_text(tmp_path, "Titre;Organisme;Places\nFLE;Demo;-1\n")
    assert "ligne 2, nombre de places négatif" in refused.value.way_out
    report = refused.value.report
    assert isinstance(report, Import)
    assert report.rejected == 1


def test_reading_twice_gives_the_same_table(tmp_path: Path) -> None:
    text = "Titre;Organisme;Commune\nFLE;Demo;Arras\nASL;Demo;Lens\n"
    one, two = read_text(tmp_path, text), read_text(tmp_path, text)
    pd.testing.assert_frame_equal(one.tables["funded"], two.tables["funded"])
