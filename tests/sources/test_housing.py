"""Housing by commune: masked is not zero, batches stay apart, an address is never kept nor shown."""

from pathlib import Path

import pandas as pd
from table_samples import problems, same, shared, write

from geo_integration.sources.housing import HIDDEN, read

HEADER = "Code INSEE;Dispositif;Logements;Places;Année;Gestionnaire;Adresse\n"


def test_rows_by_hand(tmp_path: Path) -> None:
    body = (
        "62041;Logement capté;3;;2025;Audasse;12 rue des Lilas\n"
        "62041;Logement capté;2;;2025;Audasse;14 rue des Lilas\n"
        "62498;CPH;;<5;2025;COALLIA, 3 rue Verte;\n"
        "62119;Château;1;;2025;;\n"
        "62119;IML;-1;;2025;;\n"
        "62119;IML;;;2025;;\n"
        "62119;HUDA;;40;2025;;\n"
    )
    result = read(write(tmp_path / "a.csv", HEADER + body), resolve=same)
    table = result.tables["housing"]
    rows = table[["housing_id", "kind", "dwellings", "places", "operator"]].astype(object).where(table.notna(), None)
    assert rows.to_numpy().tolist() == [
        ["housing:62041:captured:2025:Audasse", "captured", 3, None, "Audasse"],
        ["housing:62041:captured:2025:Audasse#2", "captured", 2, None, "Audasse"],
        ["housing:62119:huda:2025", "huda", None, 40, None],
        ["housing:62498:cph:2025", "cph", None, None, None],
    ]
    assert problems(result.log) == [
        ("field_dropped", "en-tête", "Adresse", ""),
        ("field_dropped", "ligne 4", "Gestionnaire", ""),
        ("row_rejected", "ligne 5", "Dispositif", "Château"),
        ("field_dropped", "ligne 6", "Logements", "-1"),
        ("row_rejected", "ligne 6", "Logements", "-1"),
        ("row_rejected", "ligne 7", "Logements", ""),
    ]
    assert result.log.problems[0].reason == HIDDEN
    assert "Lilas" not in result.report().to_csv() + table.to_csv()
    assert "Verte" not in result.report().to_csv() + table.to_csv()


def test_arrondissements_of_one_commune_are_added(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", HEADER + "69381;CPH;;10;2025;;\n69382;CPH;;5;2025;;\n")
    result = read(path, resolve=lambda codes: pd.Series("69123", index=codes.index))
    assert result.tables["housing"][["commune_code", "places"]].to_numpy().tolist() == [["69123", 15]]
    assert result.tables["housing"]["dwellings"].isna().all()
    assert problems(result.log)[-1] == ("repaired", "ligne 2", "Code INSEE", "69381, 69382")


def test_the_real_social_housing() -> None:
    result = read(shared("logement/rpls_logements_sociaux_communes_hdf_2024-01.csv"), resolve=same)
    table = result.tables["housing"]
    assert (result.read, result.accepted, result.rejected) == (1748, 1748, 0)
    assert int(table["dwellings"].sum()) == 596_208
    assert set(table["kind"]) == {"social"}
    assert set(table["period"]) == {"2024-01"}
    assert table["places"].isna().all()
    assert not result.log.problems
