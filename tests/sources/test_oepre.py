"""OEPRE groups placed by the schools directory."""

from pathlib import Path

import geopandas as gpd
import pytest
from shapely import Point
from table_samples import problems, write

from geo_integration.errors import InputRefusedError
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.oepre import TITLE, iter_offers
from geo_integration.sources.records import RawOffer, RawSession
from geo_integration.vocabulary import Modality

SCHOOLS = gpd.GeoDataFrame(
    {
        "uai": ["0020002S", "0020004U"],
        "name": ["Collège Sandras", "Collège Desprez"],
        "commune_code": ["02018", "02057"],
    },
    geometry=[Point(3.45, 49.51), None],
    crs=4326,
)


def read(path: Path) -> tuple[list[RawOffer], ProblemLog]:
    log = ProblemLog(path.name)
    return list(iter_offers(path, log, schools=SCHOOLS)), log


def test_rows_by_hand(tmp_path: Path) -> None:
    body = (
        "0020002S;Anizy;lundi et jeudi;9h-11h;60\n"
        "0020002S;Anizy;mardi;14h-16h;\n"
        "0590002G;Aniche;lundi;;\n"
        "0590006L;;lundi;;\n"
        "0020004X;Beaurevoir;;;\n"
        "0020004U;;;;\n"
    )
    offers, log = read(write(tmp_path / "a.csv", "UAI;Commune;Jours;Horaires;Nombre d'heures\n" + body))
    assert offers[0] == RawOffer(
        record_id="0020002S",
        where="ligne 2",
        title=f"{TITLE} — Collège Sandras",
        programme="OEPRE",
        declared={"kind": "oepre", "audience_exclusive": "parent"},
        modality=Modality.IN_PERSON,
        uai="0020002S",
        place_name="Collège Sandras",
        commune_name="Anizy",
        commune_code="02018",
        longitude=3.45,
        latitude=49.51,
        sessions=[
            RawSession("0020002S#1", days=("mon", "thu"), start_time="09:00", end_time="11:00", total_hours=60.0)
        ],
    )
    assert [(o.record_id, o.uai, o.commune_name, o.commune_code) for o in offers[1:]] == [
        ("0020002S-2", "0020002S", "Anizy", "02018"),
        ("0590002G", None, "Aniche", None),
        ("Beaurevoir", None, "Beaurevoir", None),
        ("0020004U", "0020004U", None, "02057"),
    ]
    assert [p[:3] for p in problems(log)] == [
        ("field_dropped", "ligne 4", "UAI"),
        ("row_rejected", "ligne 5", "UAI"),
        ("field_dropped", "ligne 6", "UAI"),
    ]


def test_a_directory_may_be_a_file_and_uai_is_needed(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="uai"):
        read(write(tmp_path / "a.csv", "ville;jours\nArras;lundi\n"))
