"""Each way a feed can be wrong: refused, with file, line, column and value, and a way out."""

import zipfile
from pathlib import Path

import pytest
from feeds import SMALL, changed, replaced, write_folder, write_zip
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.errors import TimetableRefusedError
from geo_integration.travel.transit import gtfs_archive
from geo_integration.travel.transit.gtfs import Feed, read_feed
from geo_integration.travel.transit.gtfs_problems import MAX_LISTED


def refused(path: Path) -> TimetableRefusedError:
    with pytest.raises(TimetableRefusedError) as caught:
        read_feed(path)
    error = caught.value
    assert error.where
    assert error.way_out
    assert error.problems
    return error


# ruff: noqa: E501 -- one fault, one line
# (file, piece, what replaces it, where, beginning of what)
CELLS = [
    # hours
    ("stop_times.txt", "a1,08:10:00", "a1,25:61:00", "stop_times.txt, ligne 3, colonne arrival_time", "heure impossible"),
    ("stop_times.txt", "08:11:00", "abc", "stop_times.txt, ligne 3, colonne departure_time", "heure impossible"),
    ("stop_times.txt", "24:30:00,24:30:00", "-1:30:00,24:30:00", "stop_times.txt, ligne 11, colonne arrival_time", "heure imp"),
    ("stop_times.txt", "a1,08:10:00", "a1,08:10", "stop_times.txt, ligne 3, colonne arrival_time", "heure impossible"),
    ("stop_times.txt", "a1,08:10:00", "a1,٠٨:10:00", "stop_times.txt, ligne 3, colonne arrival_time", "heure impossible"),
    ("stop_times.txt", "08:20:00,08:20:00", "08:10:30,08:20:00", "stop_times.txt, ligne 4, colonne arrival_time", "heure antér"),
    ("stop_times.txt", "24:10:00,24:12:00", "00:10:00,24:12:00", "stop_times.txt, ligne 10, colonne arrival_time", "heure antér"),
    ("stop_times.txt", "08:10:00,08:11:00", "08:10:00,08:09:59", "stop_times.txt, ligne 3, colonne departure_time", "départ avant"),
    ("stop_times.txt", "a1,08:00:00,08:00:00", "a1,,", "stop_times.txt, ligne 2, colonne departure_time", "la première et la"),
    ("stop_times.txt", "24:30:00,24:30:00", ",", "stop_times.txt, ligne 11, colonne arrival_time", "la première et la"),
    # ids that lead nowhere
    ("stop_times.txt", "a1,08:10:00,08:11:00,S2", "a1,08:10:00,08:11:00,S9", "stop_times.txt, ligne 3, colonne stop_id", "arrêt inconnu"),
    ("stop_times.txt", "a1,08:10:00", "zz,08:10:00", "stop_times.txt, ligne 3, colonne trip_id", "course inconnue"),
    ("trips.txt", "R1,week,f1", "R9,week,f1", "trips.txt, ligne 4, colonne route_id", "ligne inconnue"),
    ("trips.txt", "R1,week,f1", "R1,zz,f1", "trips.txt, ligne 4, colonne service_id", "service inconnu"),
    ("frequencies.txt", "f1,06", "f9,06", "frequencies.txt, ligne 2, colonne trip_id", "course inconnue"),
    # ids given twice, or not at all
    ("stops.txt", "G,Gare,", "S1,Gare,", "stops.txt, ligne 5, colonne stop_id", "identifiant donné deux fois"),
    ("routes.txt", "RN,A", "R1,A", "routes.txt, ligne 3, colonne route_id", "identifiant donné deux fois"),
    ("trips.txt", "week,f1", "week,a1", "trips.txt, ligne 4, colonne trip_id", "identifiant donné deux fois"),
    ("trips.txt", "week,f1", "week,", "trips.txt, ligne 4, colonne trip_id", "identifiant absent"),
    ("calendar.txt", "20250214\n", "20250214\nweek,1,1,1,1,1,0,0,20250301,20250302\n", "calendar.txt, ligne 3, colonne service_id", "identifiant donné"),
    ("agency.txt", "fr\n", "fr\nA,Deux,https://example.org,Europe/Paris,fr\n", "agency.txt, ligne 3, colonne agency_id", "identifiant donné"),
    # ranks
    ("stop_times.txt", "S2,2,0,0", "S2,1,0,0", "stop_times.txt, ligne 3, colonne stop_sequence", "rang donné deux fois"),
    ("stop_times.txt", "S2,2,0,0", "S2,x,0,0", "stop_times.txt, ligne 3, colonne stop_sequence", "rang illisible"),
    ("stop_times.txt", "S2,2,0,0", "S2,-2,0,0", "stop_times.txt, ligne 3, colonne stop_sequence", "rang illisible"),
    ("stop_times.txt", "S2,2,0,0", "S2,2,7,0", "stop_times.txt, ligne 3, colonne pickup_type", "valeur hors de"),
    # places
    ("stops.txt", "50.10,3.00", "500.10,3.00", "stops.txt, ligne 2, colonne stop_lat", "coordonnée impossible"),
    ("stops.txt", "50.10,3.00", "50.10,abc", "stops.txt, ligne 2, colonne stop_lon", "coordonnée impossible"),
    ("stops.txt", "50.10,3.00", "50.10,nan", "stops.txt, ligne 2, colonne stop_lon", "coordonnée impossible"),
    ("stops.txt", "50.10,3.00", ",", "stops.txt, ligne 2, colonne stop_lat", "arrêt desservi sans coordonnées"),
    ("stops.txt", "50.10,3.00", "0,0", "stops.txt, ligne 2, colonne stop_lat", "arrêt desservi sans coordonnées"),
    ("stops.txt", "3.00,0,", "3.00,9,", "stops.txt, ligne 2, colonne location_type", "valeur hors de"),
    ("routes.txt", "Mairie - Lycée,3", "Mairie - Lycée,bus", "routes.txt, ligne 2, colonne route_type", "type de ligne"),
    # days
    ("calendar.txt", "20250203", "20250230", "calendar.txt, ligne 2, colonne start_date", "date impossible"),
    ("calendar.txt", "week,1,1", "week,1,2", "calendar.txt, ligne 2, colonne tuesday", "0 ou 1 attendu"),
    ("calendar_dates.txt", "20250206", "2025-02-06", "calendar_dates.txt, ligne 2, colonne date", "date impossible"),
    ("calendar_dates.txt", "20250206,2", "20250206,3", "calendar_dates.txt, ligne 2, colonne exception_type", "1 (ajouté)"),
    ("calendar_dates.txt", "sat,20250208,1", "week,20250206,1", "calendar_dates.txt, ligne 3, colonne exception_type", "le même jour"),
    # frequencies
    ("frequencies.txt", "1200", "0", "frequencies.txt, ligne 2, colonne headway_secs", "intervalle illisible"),
    ("frequencies.txt", "07:00:00", "05:00:00", "frequencies.txt, ligne 2, colonne end_time", "la fin de la fréquence"),
    ("frequencies.txt", "07:00:00", "7h", "frequencies.txt, ligne 2, colonne end_time", "heure impossible"),
    ("frequencies.txt", "1200,1", "1200,2", "frequencies.txt, ligne 2, colonne exact_times", "0 ou 1 attendu"),
    # columns and rows
    ("stops.txt", "stop_lat", "latitude", "stops.txt, ligne 1, colonne stop_lat", "colonne obligatoire absente"),
    ("stop_times.txt", "stop_sequence", "rank", "stop_times.txt, ligne 1, colonne stop_sequence", "colonne obligatoire absente"),
    ("stops.txt", "location_type", "stop_id", "stops.txt, ligne 1, colonne stop_id", "colonne donnée deux fois"),
    ("stops.txt", "S1,Mairie", "S1,Mairie, place", "stops.txt, ligne 2", "7 champs au lieu de 6"),
    ("stops.txt", "Lycée", '"Lycée', "stops.txt, ligne 4", "CSV illisible"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "piece", "new", "where", "what"), CELLS, ids=lambda value: str(value)[:24])
def test_a_wrong_value_is_refused_with_its_place(
    tmp_path: Path, file: str, piece: str, new: str, where: str, what: str
) -> None:
    error = refused(write_zip(tmp_path / "feed.zip", replaced(file, piece, new)))
    assert error.where == f"feed.zip, {where}", error
    assert error.what.startswith(what), error
    assert error.problems[0].startswith(f"{where} : {what}")


@pytest.mark.parametrize("file", ["stops.txt", "routes.txt", "trips.txt", "stop_times.txt"])
def test_a_missing_file_is_refused_by_name(tmp_path: Path, file: str) -> None:
    for path in (
        write_zip(tmp_path / "f.zip", changed({file: None})),
        write_folder(tmp_path / "f", changed({file: None})),
    ):
        error = refused(path)
        assert error.where == f"{path.name}, {file}"
        assert error.what == "fichier obligatoire absent"
    error = refused(write_zip(tmp_path / "e.zip", changed({file: "\n"})))
    assert (error.where, error.what) == (f"e.zip, {file}", "fichier vide")


def test_a_feed_without_any_calendar_is_refused(tmp_path: Path) -> None:
    error = refused(write_zip(tmp_path / "f.zip", changed({"calendar.txt": None, "calendar_dates.txt": None})))
    assert error.where == "f.zip, calendar.txt ou calendar_dates.txt"


def test_every_fault_is_listed_and_counted(tmp_path: Path) -> None:
    files = replaced("stop_times.txt", "a1,08:10:00", "a1,xx")
    files["stops.txt"] = files["stops.txt"].replace("50.10,3.00", "91,3.00")
    files["calendar.txt"] = files["calendar.txt"].replace("20250203", "soon")
    error = refused(write_zip(tmp_path / "f.zip", files))
    assert "3 défauts en tout" in error.what
    assert len(error.problems) == 3
    assert {problem.split(",")[0] for problem in error.problems} == {"stop_times.txt", "stops.txt", "calendar.txt"}
    for value in ("« xx »", "« 91 »", "« soon »"):
        assert value in str(error)


def test_lines_are_counted_through_quotes_and_blank_lines(tmp_path: Path) -> None:
    files = replaced("stops.txt", "S1,Mairie,50.10", '\nS1,"Mairie\nplace",50.10')
    files["stops.txt"] = files["stops.txt"].replace("S3,Lycée,50.30", "S3,Lycée,xx")
    # header 1, blank 2, S1 on 3 and 4, S2 on 5, S3 on 6
    assert refused(write_zip(tmp_path / "f.zip", files)).where == "f.zip, stops.txt, ligne 6, colonne stop_lat"


def test_a_wrong_column_does_not_make_a_list_without_end(tmp_path: Path) -> None:
    rows = "".join(f"a1,08:00:00,08:00:00,NOWHERE,{rank},,\n" for rank in range(10, 3010))
    error = refused(write_zip(tmp_path / "f.zip", changed({"stop_times.txt": SMALL["stop_times.txt"] + rows})))
    assert len(error.problems) == MAX_LISTED + 1
    assert error.problems[-1] == "stop_times.txt, colonne stop_id : arrêt inconnu de stops.txt : 2000 autres lignes"


# --- the whole file --------------------------------------------------------------------------------------------


def test_an_absent_path_is_refused(tmp_path: Path) -> None:
    assert "absent" in refused(tmp_path / "nothing.zip").what


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "page.zip"
    path.write_text("<html>404</html>", encoding="utf-8")
    assert refused(path).what.startswith("zip illisible, coupé ou abîmé")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_cut_zip_is_refused(tmp_path: Path, share: float) -> None:
    whole = write_zip(tmp_path / "whole.zip").read_bytes()
    path = tmp_path / "cut.zip"
    path.write_bytes(whole[: int(len(whole) * share)])
    assert refused(path).what.startswith("zip illisible, coupé ou abîmé")


def test_a_changed_byte_inside_a_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stored.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as package:
        for name, text in SMALL.items():
            package.writestr(name, text)
    path.write_bytes(path.read_bytes().replace(b"a1,08:10:00", b"a1,08:40:00"))  # an hour that would read well
    assert "zip illisible" in refused(path).what


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "secret.zip")
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # bit 0 of the flags of each header
        place = content.find(mark)
        while place >= 0:
            content[place + offset] |= 1
            place = content.find(mark, place + 4)
    path.write_bytes(content)
    assert "mot de passe" in refused(path).what


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_zip(tmp_path / "bomb.zip", {**SMALL, "stop_times.txt": b"0" * 30_000_000})
    assert path.stat().st_size < 40_000
    monkeypatch.setattr(gtfs_archive, "MAX_UNPACKED_BYTES", 20_000_000)
    assert "une fois décompressé" in refused(path).what
    monkeypatch.setattr(gtfs_archive, "MAX_MEMBERS", 3)
    assert "fichiers dans le zip" in refused(path).what


def test_two_feeds_in_one_zip_are_refused(tmp_path: Path) -> None:
    files = {f"{folder}/{name}": text for folder in ("bus", "car") for name, text in SMALL.items()}
    assert refused(write_zip(tmp_path / "two.zip", files)).what == "plusieurs GTFS dans le même fichier (bus, car)"


def test_zips_inside_a_zip_are_named(tmp_path: Path) -> None:
    inner = write_zip(tmp_path / "inner.zip").read_bytes()
    assert "d'autres zips" in refused(write_zip(tmp_path / "outer.zip", {"inner.zip": inner})).what


def test_utf_16_is_refused(tmp_path: Path) -> None:
    error = refused(write_zip(tmp_path / "f.zip", {**SMALL, "stops.txt": SMALL["stops.txt"].encode("utf-16")}))
    assert "UTF-8" in str(error)


# --- anything at all -------------------------------------------------------------------------------------------


def read_or_refused(path: Path) -> Feed | None:
    """Return the feed, or None where it is refused as it should be; any other error is a fault of ours."""
    try:
        return read_feed(path)
    except TimetableRefusedError as error:
        if not error.problems:
            raise AssertionError from error
        return None


@given(st.data())
def test_any_cell_may_hold_anything(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """A feed with any one cell changed is read or refused as what it is: no other error, no endless loop."""
    file = data.draw(st.sampled_from(sorted(SMALL)))
    rows = [line.split(",") for line in SMALL[file].rstrip("\n").split("\n")]
    row = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, len(rows[row]) - 1))
    rows[row][column] = data.draw(st.text(max_size=8) | st.sampled_from(["", "-1", "1e400", '"', "99:99:99", "9" * 30]))
    text = "\n".join(",".join(cells) for cells in rows)
    path = write_zip(tmp_path_factory.mktemp("any") / "f.zip", {**SMALL, file: text.encode("utf-8", "surrogatepass")})
    feed = read_or_refused(path)
    assert feed is None or (feed.calls["departure"] >= feed.calls["arrival"]).all()


@given(st.data())
def test_any_byte_of_a_zip_may_be_wrong(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("byte")
    content = bytearray(write_zip(folder / "whole.zip").read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255))
    (folder / "f.zip").write_bytes(content)
    feed = read_or_refused(folder / "f.zip")
    assert feed is None or len(feed.calls) <= 10
