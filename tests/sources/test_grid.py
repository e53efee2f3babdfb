"""People by cell or point: centres computed from identifiers, communes checked, nothing counted twice or invented."""

import csv
import math
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from table_samples import problems, shared, write, write_xlsx

from geo_integration.errors import InputRefusedError, LayerError, NothingAcceptedError
from geo_integration.jobs.imports import Format, ImportOptions, import_file
from geo_integration.sources.fields import BadValueError
from geo_integration.sources.grid_cells import GridCell, cell_of
from geo_integration.sources.imports import Import
from geo_integration.sources.population_points import read
from geo_integration.store import FolderStore
from geo_integration.vocabulary import Outcome

NOW = datetime(2026, 11, 3, tzinfo=UTC)
GRID = "population/insee_carreaux200m_lille.csv"
CELL = "CRS3035RES200mN3075400E3838000"  # Sainghin-en-Mélantois, 59523
NEIGHBOUR = "CRS3035RES200mN3075400E3838400"
HEADER = "idcar_200m,i_est_200,lcog_geo,ind\n"


def points(result: Import) -> pd.DataFrame:
    return result.tables["population_points"]


def rows(result: Import, *columns: str) -> list[list[object]]:
    table = points(result)[list(columns)].astype(object)
    return table.where(table.notna(), None).to_numpy().tolist()


def test_cells_by_hand(tmp_path: Path) -> None:
    body = (
        f"{CELL},1,59523,12.5\n"
        f"{NEIGHBOUR},0,5952359009,30\n"  # a cell on a border: two communes end to end
        f"{NEIGHBOUR.lower()},0,59523,30\n"  # the same cell again, its commune stated otherwise
        "CRS3035RES200mN3075400E3838600,0,59523,-2\n"
        "CRS3035RES200mN3075400E3838800,0,59523,s\n"
        "CRS3035RES200mN3075400E3839000,0,59523,\n"
        "CRS3035RES200mN30754,0,59523,4\n"
        "CRS27572RES200mN3075400E3838800,0,59523,4\n"
        "CRS3035RES200mN3299000E3600000,0,,4\n"  # the North Sea
        "CRS3035RES200mN2000000E3160000,0,,4\n"  # Spain
        "carreau 12,0,59523,4\n"
        ",0,59523,4\n"
    )
    result = read(write(tmp_path / "a.csv", HEADER + body))
    assert rows(result, "point_id", "commune_code", "cell_metres", "persons", "imputed", "observed_year", "source") == [
        [CELL, "59523", 200.0, 12.5, True, None, "a.csv"],
        [NEIGHBOUR, "59523", 200.0, 30.0, False, None, "a.csv"],
    ]
    assert problems(result.log) == [
        ("row_rejected", "ligne 5", "ind", "-2"),
        ("row_rejected", "ligne 6", "ind", "s"),
        ("row_rejected", "ligne 7", "ind", ""),
        ("row_rejected", "ligne 8", "idcar_200m", "CRS3035RES200mN30754"),
        ("row_rejected", "ligne 9", "idcar_200m", "CRS27572RES200mN3075400E3838800"),
        ("row_rejected", "ligne 12", "idcar_200m", "carreau 12"),
        ("row_rejected", "ligne 13", "idcar_200m", ""),
        ("row_rejected", "ligne 10", "idcar_200m", "CRS3035RES200mN3299000E3600000"),
        ("row_rejected", "ligne 11", "idcar_200m", "CRS3035RES200mN2000000E3160000"),
        ("row_rejected", "ligne 4", "idcar_200m", NEIGHBOUR),
    ]
    assert "masqué" in result.log.problems[1].reason
    assert "hors de toute commune" in result.log.problems[7].reason
    assert result.log.problems[-1].reason == "identifiant déjà lu : répète ligne 3"
    assert (result.read, result.accepted, result.rejected) == (12, 2, 10)


def test_the_centre_is_where_lambert_s_azimuthal_projection_puts_it() -> None:
    """The equal-area projection of a sphere, written out: within the flattening of the earth (0.3 %) of EPSG:3035."""
    cell = cell_of(CELL)
    assert cell == GridCell(3035, 200, 3_075_400, 3_838_000)
    x, y = 3_838_100 - 4_321_000, 3_075_500 - 3_210_000  # from the projection's origin, 10° E 52° N
    radius, lat_0, lon_0 = 6_371_007.2, math.radians(52), 10.0
    rho = math.hypot(x, y)
    c = 2 * math.asin(rho / (2 * radius))
    lat = math.asin(math.cos(c) * math.sin(lat_0) + y * math.sin(c) * math.cos(lat_0) / rho)
    lon = lon_0 + math.degrees(
        math.atan2(x * math.sin(c), rho * math.cos(lat_0) * math.cos(c) - y * math.sin(lat_0) * math.sin(c))
    )
    _, _, metres = Geod(ellps="WGS84").inv(lon, math.degrees(lat), 3.169931, 50.588434)
    assert metres < 0.003 * rho


def test_bare_points_by_hand(tmp_path: Path) -> None:
    body = (
        "Mairie;3,063;50,632;59350;1 250,5;2017;;\n"  # decimal commas, a space for thousands
        "Fives;50,632;3,087;;12;;;\n"  # longitude and latitude exchanged
        "Arras;2,777;50,291;59350;8;;;\n"  # in Arras, said to be in Lille: 43 km
        "Bord;3,063;50,632;99999;8;deux mille;;\n"
        "Mer;1,5;51,0;62193;3;;;\n"
        "Londres;-0,12;51,5;;3;;;\n"
        "Moitié;3,07;;59350;3;;;\n"
        "Part;3,07;50,63;59350;12 %;;;\n"
        "Mairie;3,063;50,632;59350;9;2017;;\n"  # contradicts the first line
    )
    header = "identifiant;longitude;latitude;code_insee;poids;année;fictif;source\n"
    result = read(write(tmp_path / "a.csv", header + body))
    assert rows(result, "point_id", "commune_code", "lon", "lat", "cell_metres", "persons", "imputed") == [
        ["Arras", "62041", 2.777, 50.291, None, 8.0, None],
        ["Bord", "59350", 3.063, 50.632, None, 8.0, None],
        ["Fives", "59350", 3.087, 50.632, None, 12.0, None],
    ]
    found = problems(result.log)
    assert ("repaired", "ligne 3", "longitude", "50,632") in found
    assert ("field_dropped", "ligne 4", "code_insee", "59350") in found
    assert ("field_dropped", "ligne 5", "code_insee", "99999") in found
    assert ("field_dropped", "ligne 5", "année", "deux mille") in found
    assert [one[1:] for one in found if one[0] == "row_rejected"] == [
        ("ligne 7", "longitude", "-0,12"),
        ("ligne 8", "latitude", ""),
        ("ligne 9", "poids", "12 %"),
        ("ligne 6", "longitude, latitude", "1.5, 51.0"),
        ("ligne 2", "identifiant", "Mairie"),
        ("ligne 10", "identifiant", "Mairie"),
    ]
    reasons = {problem.where: problem.reason for problem in result.log.problems}
    assert "dans la commune 62041" in reasons["ligne 4"]
    assert "km) : le point l'emporte" in reasons["ligne 4"]
    assert reasons["ligne 2"] == "identifiant déjà lu : contredit ligne 10"
    assert reasons["ligne 10"] == "identifiant déjà lu : contredit ligne 2"


def test_a_point_without_identifier_is_named_by_its_place(tmp_path: Path) -> None:
    result = read(write(tmp_path / "a.csv", "lon,lat,weight\n3.063,50.632,2\n3.0631,50.632,3\n3.063,50.632,2\n"))
    assert rows(result, "point_id", "persons") == [["3.063000,50.632000", 2.0], ["3.063100,50.632000", 3.0]]
    assert problems(result.log) == [("row_rejected", "ligne 4", "point_id", "3.063000,50.632000")]


def test_a_stated_point_must_lie_in_its_cell(tmp_path: Path) -> None:
    header = "idInspire,lon,lat,ind\n"
    body = (
        f"{CELL},3.169931,50.588434,1\n"  # the centre
        f"{NEIGHBOUR},3.174282,50.587791,1\n"  # the south-west corner: still of the cell, moved to the centre
        "CRS3035RES200mN3075400E3838600,3.169931,50.588434,2\n"  # the centre of a cell 600 m away
        "CRS3035RES200mN3075400E3838800,inconnue,,18\n"  # no point: the identifier is enough
    )
    result = read(write(tmp_path / "a.csv", header + body))
    assert rows(result, "lon", "lat", "persons") == [
        [3.169931, 50.588434, 1.0],
        [3.175558, 50.588769, 1.0],
        [3.181186, 50.589103, 18.0],
    ]
    assert problems(result.log) == [
        ("field_dropped", "ligne 5", "lon", "inconnue"),
        ("row_rejected", "ligne 4", "lon, lat", "3.169931, 50.588434"),
    ]
    assert result.log.problems[1].reason == "point à 500 m du carreau CRS3035RES200mN3075400E3838600"


def test_overseas_and_kilometre_cells(tmp_path: Path) -> None:
    """Saint-Denis de La Réunion (UTM 40 S) and a 1 km cell over Lille: the centre is half a side from the corner."""
    body = "CRS2975RES200mN7690000E338000,0,,7\nCRS3035RES1000mN3080000E3830000,1,,900\n"
    result = read(write(tmp_path / "a.csv", HEADER + body))
    assert rows(result, "commune_code", "cell_metres", "persons") == [["97411", 200.0, 7.0], ["59350", 1000.0, 900.0]]


def test_a_stated_commune_across_a_near_border_is_kept(tmp_path: Path) -> None:
    with shared(GRID).open(encoding="utf-8") as stream:
        cells = list(csv.DictReader(stream))
    lille = [cell for cell in cells if cell["code_insee"] == "59350"]
    body = "".join(f"{cell['idInspire']},0,59368,1\n" for cell in lille)  # all said to be in La Madeleine, next to it
    result = read(write(tmp_path / "a.csv", HEADER + body))
    table = points(result)
    kept, moved = table["commune_code"].eq("59368"), table["commune_code"].eq("59350")
    assert len(table) == len(lille) == kept.sum() + moved.sum()
    assert result.log.counts == {Outcome.FIELD_DROPPED: moved.sum()}
    assert 0 < kept.sum() < moved.sum()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lon,lat\n3.06,50.63\n", "colonne absente : persons"),
        ("code_insee,population\n59350,12\n", "rien ne dit où sont les personnes"),
        ("lon,population\n3.06,12\n", "rien ne dit où sont les personnes"),
    ],
)
def test_a_table_without_place_or_people_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputRefusedError, match=message):
        read(write(tmp_path / "a.csv", text))


def test_identifiers_that_name_no_cell() -> None:
    assert cell_of("59350-12") is None
    assert cell_of(" crs3035res200mn3075400e3838000 ") == cell_of(CELL)
    for wrong in ("CRS3035RES200m", "CRS4326RES200mN1E1", "CRS3035RES00mN1E1", "CRS3035RES200mN-5E1"):
        with pytest.raises(BadValueError):
            cell_of(wrong)


@given(st.integers(0, 40_000), st.integers(0, 40_000), st.sampled_from([200, 1000]))
def test_a_cell_s_name_names_it(north: int, east: int, side: int) -> None:
    cell = GridCell(3035, side, north * side, east * side)
    assert cell_of(cell.name) == cell


def test_a_workbook_gives_the_same_points(tmp_path: Path) -> None:
    lines: list[list[object]] = [["Idcar_200m", "I_est_200", "lcog_geo", "Ind", "Année"], [CELL, 1, 59523, 12.5, 2019]]
    result = read(write_xlsx(tmp_path / "a.xlsx", lines))
    assert rows(result, "point_id", "persons", "imputed", "observed_year", "lon", "lat") == [
        [CELL, 12.5, True, 2019, 3.169931, 50.588434]
    ]


def test_it_is_published_and_two_files_may_not_speak_of_one_cell(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    path = write(tmp_path / "a.csv", f"{HEADER}{CELL},1,59523,12.5\n")
    done = import_file(store, Format.GRID, path, options=ImportOptions(), now=NOW)
    assert done.joined == ("population_points",)
    pd.testing.assert_frame_equal(store.read("population_points"), points(done.result))
    assert store.read("population_points.grid")["persons"].tolist() == [12.5]
    with pytest.raises(LayerError, match="deux sources"):
        import_file(store, Format.GRID, path, options=ImportOptions(name="grid-2"), now=NOW)
    bad = write(tmp_path / "b.csv", f"{HEADER}{CELL},1,59523,s\n")
    with pytest.raises(NothingAcceptedError):
        import_file(store, Format.GRID, bad, options=ImportOptions(), now=NOW)
    assert store.read("population_points")["persons"].tolist() == [12.5]


def test_the_real_lille_grid() -> None:
    path = shared(GRID)
    result = read(path)
    table = points(result)
    assert (result.read, result.accepted, result.rejected) == (3057, 3057, 0)
    assert not result.log.problems
    assert table["persons"].sum() == 510_023
    assert set(table["cell_metres"]) == {200.0}
    assert table["imputed"].isna().all()  # this extract does not say
    # Counted by another hand: the plain file, by the commune it states.
    stated: Counter[str] = Counter()
    places: dict[str, tuple[float, float]] = {}
    with path.open(encoding="utf-8", newline="") as stream:
        for line in csv.DictReader(stream):
            stated[line["code_insee"]] += int(line["ind"])
            places[line["idInspire"]] = float(line["lon"]), float(line["lat"])
    assert table.groupby("commune_code")["persons"].sum().to_dict() == dict(stated)
    assert (len(stated), stated["59350"], stated["59009"]) == (44, 196_895, 57_384)
    # And communes found without what the file states: centres computed from identifiers alone.
    given = np.array([places[identifier] for identifier in table["point_id"]])
    assert np.abs(table[["lon", "lat"]].to_numpy() - given).max() <= 1.5e-6  # the file rounds to 6 decimals


def test_communes_are_found_without_what_the_file_states(tmp_path: Path) -> None:
    with shared(GRID).open(encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream))
    body = "".join(f"{line['idInspire']},{line['ind']}\n" for line in lines)
    table = points(read(write(tmp_path / "a.csv", f"idInspire,ind\n{body}")))
    stated: Counter[str] = Counter()
    for line in lines:
        stated[line["code_insee"]] += int(line["ind"])
    assert table.groupby("commune_code")["persons"].sum().to_dict() == dict(stated)


def test_same_file_same_bytes(tmp_path: Path) -> None:
    lines = [f"{CELL},1,59523,12.5\n", f"{NEIGHBOUR},0,59523,30\n"]
    one = read(write(tmp_path / "a.csv", HEADER + "".join(lines)))
    two = read(write(tmp_path / "a.csv", HEADER + "".join(reversed(lines))))
    pd.testing.assert_frame_equal(points(one), points(two))
