"""BPI by commune: masked is not zero, contradictions are not added, arrondissements are."""

from pathlib import Path

import pandas as pd
import pytest
from table_samples import problems, same, write, write_xlsx

from geo_integration.errors import InputRefusedError
from geo_integration.sources.bpi import read


def persons(path: Path, resolve: object = same) -> tuple[dict[str, int | None], list[tuple[str, str, str, str]]]:
    result = read(path, resolve=resolve)
    assert result.read == result.accepted + result.rejected or result.log.counts
    table = result.tables["bpi"]
    return {
        c: None if pd.isna(p) else int(p) for c, p in zip(table["commune_code"], table["persons"], strict=True)
    }, problems(result.log)


def test_masked_zero_negative_and_unreadable(tmp_path: Path) -> None:
    body = "62041;12\n62498;<5\n62193;s\n62119;0\n62765;-3\n62160;beaucoup\n62510;\nArras;4\n"
    found, noted = persons(write(tmp_path / "a.csv", "Code INSEE;BPI\n" + body))
    unreadable = dict.fromkeys(["62765", "62160", "62510"])  # unknown, and never 0
    assert found == {"62041": 12, "62498": None, "62193": None, "62119": 0} | unreadable
    assert noted == [
        ("field_dropped", "ligne 6", "BPI", "-3"),
        ("field_dropped", "ligne 7", "BPI", "beaucoup"),
        ("row_rejected", "ligne 9", "Code INSEE", "Arras"),
    ]


def test_repeated_rows_are_kept_once_and_contradictory_ones_rejected(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "Code INSEE;BPI\n62041;12\n62041;12\n62498;5\n62498;6\n62119;7\n")
    found, noted = persons(path)
    assert found == {"62041": 12, "62498": None, "62119": 7}
    assert [(p[0], p[1]) for p in noted] == [("row_rejected", f"ligne {n}") for n in (3, 4, 5)]


def fold_paris(codes: pd.Series) -> pd.Series:
    return codes.where(~codes.str.startswith("751"), "75056").where(codes != "99999", None)


def test_arrondissements_are_added_unless_the_total_is_there(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "insee;bpi\n75101;10\n75118;90\n62041;1\n")
    found, noted = persons(path, fold_paris)
    assert found == {"75056": 100, "62041": 1}
    assert noted == [("repaired", "ligne 2", "insee", "75101, 75118")]
    path = write(tmp_path / "b.csv", "insee;bpi\n75101;10\n75118;<5\n")
    assert persons(path, fold_paris)[0] == {"75056": None}
    path = write(tmp_path / "c.csv", "insee;bpi\n75101;10\n75056;120\n75118;90\n")
    found, noted = persons(path, fold_paris)
    assert found == {"75056": 120}
    assert [p[1] for p in noted] == ["ligne 2", "ligne 4"]


def test_unknown_commune_date_and_spreadsheet_codes(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "a.xlsx", [["INSEE", "Effectif", "Année"], [2408, 7, 2025], [62041.0, 3, "2025-06-30"]]
    )
    result = read(path, resolve=lambda codes: codes.where(codes != "62041", None))
    table = result.tables["bpi"]
    assert table[["commune_code", "persons", "observed_on"]].to_numpy().tolist() == [["02408", 7, "2025-12-31"]]
    assert [p[0] for p in problems(result.log)] == ["repaired", "repaired", "row_rejected"]
    assert table["source"].tolist() == ["a.xlsx"]


def test_synthetic_rows_mark_the_import(tmp_path: Path) -> None:
    result = read(write(tmp_path / "a.csv", "insee;bpi;synthetic\n62041;1;oui\n62498;2;oui\n"), resolve=same)
    assert result.synthetic
    assert result.tables["bpi"]["synthetic"].all()


def test_a_table_without_commune_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="colonne absente : commune_code"):
        read(write(tmp_path / "a.csv", "ville;bpi\nArras;3\n"), resolve=same)
