"""Territorial contracts: our own references, and a user's list."""

from pathlib import Path

from table_samples import problems, same, write, write_xlsx

from geo_integration.settings import settings
from geo_integration.sources.ctai import read


def test_a_users_workbook(tmp_path: Path) -> None:
    rows = [
        ["Commune", "Code INSEE", "Type", "Date de signature", "Fin", "Axes", "Signataires"],
        ["Laon", 2408, "CAI", "12/03/2022", 2025, "langue, logement", "Ville ; État"],
        ["Lille", "59350", "Pacte", 2021, None, None, None],
        ["Laon", "02408", "C.A.I", 2022, None, None, None],
        ["Arras", "62041", "CTAI", 1999, None, None, None],
    ]
    result = read(write_xlsx(tmp_path / "a.xlsx", rows), resolve=same)
    table = result.tables["ctai"]
    found = table[["contract_id", "name", "signed_year", "end_year", "axes", "signatories"]]
    assert found.astype(object).where(found.notna(), None).to_numpy().tolist() == [
        ["CAI:02408:2022", "Laon", 2022, 2025, "langue;logement", "Ville, État"],
        ["CTAI:62041", "Arras", None, None, None, None],
    ]
    assert [p[0] for p in problems(result.log)] == ["repaired", "row_rejected", "field_dropped", "row_rejected"]


def test_unknown_communes_are_rejected(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "insee;type\n62041;CTAI\n62042;CTAI\n")
    result = read(path, resolve=lambda codes: codes.where(codes != "62042", None))
    assert result.tables["ctai"]["commune_code"].tolist() == ["62041"]
    assert problems(result.log) == [("row_rejected", "ligne 3", "insee", "62042")]


def test_our_references() -> None:
    result = read(settings().data / "reference" / "ctai_contracts.csv", resolve=same)
    table = result.tables["ctai"]
    assert result.rejected == 0
    assert result.accepted == result.read
    assert {"33063", "59350", "02408", "60141"} <= set(table["commune_code"])
    assert set(table["kind"]) == {"CTAIR", "CAI"}
    assert table["end_year"].isna().all()  # year_to bounds the signature, it is not the contract's end
    assert table["source"].str.contains("ctair_2019|bilan_hdf_2021").all()
