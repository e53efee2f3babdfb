"""The DIAN export: a row by hand, the identifiers it shares with other formats, the five real rows."""

from pathlib import Path

import pytest
from table_samples import problems, shared, write

from geo_integration.errors import InputRefusedError
from geo_integration.sources.carif_ids import action_ids, dian_ids
from geo_integration.sources.dian import iter_offers
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.records import RawOffer, RawSession

HEADER = (
    "ID formation;Intitulé;Début;Fin;Adressse de la formation;Région;Code Postal;Ville;"
    "Organisme responsable;Organisme formateur;Financeurs;Tel\n"
)


def read(path: Path) -> tuple[list[RawOffer], ProblemLog]:
    log = ProblemLog(path.name)
    return list(iter_offers(path, log)), log


def test_a_row_by_hand(tmp_path: Path) -> None:
    row = "14_AF_000014_SE_0001SE_0001;FLE A1;05/01/2026;30/06/2026;3 rue Neuve;HdF;62000;Arras;Ville;AFP2i;"
    row += "État, Région;0321000000\n"
    offers, log = read(write(tmp_path / "a.csv", HEADER + row, "utf-8-sig"))
    assert not log.problems
    assert offers == [
        RawOffer(
            record_id="14_AF_000014_SE_0001SE_0001",
            where="ligne 2",
            title="FLE A1",
            alternate_ids=("14_SE_0001", "SE_0001"),
            provider_name="AFP2i",
            address="3 rue Neuve",
            postcode="62000",
            commune_name="Arras",
            phone="03 21 00 00 00",
            funders=("État", "Région"),
            sessions=[RawSession("14_AF_000014_SE_0001SE_0001#1", start_date="2026-01-05", end_date="2026-06-30")],
        )
    ]


def test_the_header_without_the_typo_is_read_too(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", HEADER.replace("Adressse", "Adresse") + "1;FLE;;;MJC;;62000;Arras;;;;\n")
    assert read(path)[0][0].place_name == "MJC"


def test_bad_values_are_dropped_and_rows_without_title_rejected(tmp_path: Path) -> None:
    body = "1;FLE;31/02/2026;05/01/2026;;;ABC;Arras;;;;12\n2;;;;;;;;;;;\n"
    body += ";FLE;;;;;;;;;;\n3;FLE;05/02/2026;01/02/2026;;;;;;;;\n"
    offers, log = read(write(tmp_path / "a.csv", HEADER + body))
    assert [offer.record_id for offer in offers] == ["1", "3"]
    assert [session.start_date for offer in offers for session in offer.sessions] == [None, "2026-02-05"]
    assert problems(log) == [
        ("field_dropped", "ligne 2", "Code Postal", "ABC"),
        ("field_dropped", "ligne 2", "Tel", "12"),
        ("field_dropped", "ligne 2", "Début", "31/02/2026"),
        ("row_rejected", "ligne 3", "Intitulé", ""),
        ("row_rejected", "ligne 4", "ID formation", ""),
        ("field_dropped", "ligne 5", "Fin", "01/02/2026"),
    ]


def test_another_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="ID formation") as error:
        read(write(tmp_path / "a.csv", "ville;nombre\nArras;2\n"))
    assert "ville, nombre" in error.value.way_out


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        ("14_AF_000019354914_SE_0001333865SE_0001333865", ("14_SE_0001333865", "SE_0001333865")),
        ("10_2592317F10_382836S382836S", ("10_382836S",)),
        ("01_GE10000001_GE1716206GE1716206", ("01_GE1716206", "GE1716206")),
        ("02_0043787602_0043787700437877", ("02_00437877",)),
        ("24_26891724_1561867574708", ()),
        ("n'importe quoi", ()),
    ],
)
def test_dian_ids(record: str, wanted: tuple[str, ...]) -> None:
    assert dian_ids(record) == wanted


def test_ids_are_those_of_lheo_and_data_inclusion() -> None:
    assert action_ids("01_GE1716206") == ("01_GE1716206", "GE1716206")
    assert action_ids("02_00437877") == ("02_00437877",)
    assert action_ids("07_763179S") == ("07_763179S",)
    assert action_ids("53669028-8862-4f42") == ()


def test_the_real_rows() -> None:
    offers, log = read(shared("formations/carif_dian/exemple_export_dian.csv"))
    assert not log.problems
    assert [(o.title, o.postcode, o.commune_name, o.provider_name, o.alternate_ids) for o in offers] == [
        ("Français langue étrangère (FLE)", "83000", "Toulon", "Proxima centauri company", ()),
        ("Français langue étrangère (FLE)", "75001", "Paris 1er", "Proformalys", ("14_SE_0001333865", "SE_0001333865")),
        (
            "Examen DELF Tout Public - Diplôme d'Etudes Langue Française",
            "89000",
            "Auxerre",
            "GRETA 89",
            ("10_382836S",),
        ),
        (
            "Certificat de capacité à l'enseignement du français langue étrangère - FLE",
            "03200",
            "Vichy",
            "Centre d'approches vivantes des langues et des médias",
            ("03_2443020S",),
        ),
        (
            "Français Langue Étrangère - A1 - découverte",
            "78500",
            "Sartrouville",
            "SEA training",
            ("14_SE_0001454065", "SE_0001454065"),
        ),
    ]
    assert [(s.start_date, s.end_date) for o in offers for s in o.sessions] == [
        ("2029-09-17", "2029-12-07"),
        ("2026-12-14", "2026-12-18"),
        ("2026-12-02", "2026-12-02"),
        ("2026-11-30", "2026-12-18"),
        ("2026-10-26", "2026-12-11"),
    ]
