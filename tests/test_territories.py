"""Territories: codes, names, places, selections."""

import random
import string

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from geo_integration import territories
from geo_integration.errors import LayerError, OptionError, UnknownTerritoryError
from geo_integration.territories import normalise, resolve, resolve_by_postcode_and_name, search, select

HAUTS_DE_FRANCE = {"02": 797, "59": 647, "60": 680, "62": 887, "80": 771}


@pytest.mark.parametrize(
    ("code", "current"),
    [
        ("62041", "62041"),
        (" 2a004 ", "2A004"),
        ("75056", "75056"),
        ("75101", "75056"),
        ("75120", "75056"),
        ("69381", "69123"),
        ("69389", "69123"),
        ("13201", "13055"),
        ("13216", "13055"),
        ("62461", "62447"),  # Huby-Saint-Leu, now Hesdin-la-Forêt
        ("93059", "93066"),  # Pierrefitte-sur-Seine
        ("75059", "93066"),  # the same, in the département of Seine until 1968
        ("59355", "59350"),  # Lomme, associated with Lille
        ("15031", "15031"),  # Celles, re-established in 2025
        ("14581", "14581"),  # both a current commune and a delegated one
    ],
)
def test_codes_resolve_to_the_current_commune(code: str, current: str) -> None:
    assert resolve(code) == current


def test_every_arrondissement_resolves_to_its_city() -> None:
    former = territories.former_codes().query("kind == 'arrondissement_municipal'")
    counts = former["current_code"].value_counts().to_dict()
    assert counts == {"75056": 20, "13055": 16, "69123": 9}
    assert territories.resolve_many(former["code"]).tolist() == former["current_code"].tolist()


def test_a_lost_leading_zero_is_said_not_guessed() -> None:
    with pytest.raises(UnknownTerritoryError, match="zéro initial"):
        resolve("1004")
    with pytest.raises(UnknownTerritoryError, match="jamais deviné"):
        select("1004")


@pytest.mark.parametrize("code", ["", "99999", "62000", "abc", "nan"])
def test_unknown_codes_are_refused(code: str) -> None:
    with pytest.raises(UnknownTerritoryError):
        resolve(code)


def test_resolve_many_gives_null_for_unknown_and_keeps_the_index() -> None:
    codes = pd.Series(["75101", None, "1004", " 62041", "00000"], index=[7, 5, 3, 2, 1])
    found = territories.resolve_many(codes)
    assert found.index.tolist() == [7, 5, 3, 2, 1]
    assert found.isna().tolist() == [False, True, True, False, True]
    assert found.dropna().tolist() == ["75056", "62041"]
    assert len(territories.resolve_many(pd.Series([], dtype="str"))) == 0


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("ST-OMER CEDEX 2", "saint omer"),
        ("Ste Marie", "sainte marie"),
        ("L\u2019Haÿ-les-Roses", "l hay les roses"),
        ("Œuilly", "oeuilly"),
        ("Paris 1er Arrondissement", "paris 1"),
        ("PARIS 01", "paris 1"),
        ("Lyon 3e", "lyon 3"),
        ("Marseille 16 EME ARRDT", "marseille 16"),
        ("Boulogne s/ Mer", "boulogne sur mer"),
        ("", ""),
    ],
)
def test_normalise(name: str, key: str) -> None:
    assert normalise(name) == key


@pytest.mark.parametrize(
    ("postcode", "name", "code"),
    [
        ("62000", "ARRAS", "62041"),
        ("62500", "ST OMER", "62765"),
        ("59000", "LILLE CEDEX", "59350"),
        ("62022", "ARRAS CEDEX 9", "62041"),  # a CEDEX postcode belongs to no commune
        ("75010", "Paris 10", "75056"),
        ("75010", "PARIS", "75056"),
        ("69003", "Lyon 3ème arrondissement", "69123"),
        ("59190", "Hazebrouk", "59295"),
        ("62140", "Hesdin", "62447"),
        ("59160", "Lomme", "59350"),
        ("62000", "Marseille", None),
        ("62000", "", None),
        ("99999", "Arras", None),
        ("", "Arras", None),
    ],
)
def test_postcode_and_name(postcode: str, name: str, code: str | None) -> None:
    assert resolve_by_postcode_and_name(postcode, name) == code


def test_two_equal_names_are_never_settled_by_a_guess() -> None:
    # 39999 belongs to no commune: only an exact name would do, and the Jura has two that begin so.
    assert resolve_by_postcode_and_name("39999", "Abergement") is None


def test_every_commune_is_found_by_its_own_postcode_and_name() -> None:
    communes = territories.communes(["code", "name", "postcodes"], geometry=False)
    sample = communes[communes["postcodes"] != ""].sample(400, random_state=2026)
    for code, name, postcodes in sample.itertuples(index=False):
        assert resolve_by_postcode_and_name(postcodes.split(";")[0], name.upper()) == code


def _with_one_typo(name: str, draw: random.Random) -> str:
    """Replace, leave out, add or swap one letter."""
    at, kind = draw.randrange(len(name)), draw.randrange(4)
    if kind == 3:
        at = max(min(at, len(name) - 2), 0)
        return name[:at] + name[at + 1 : at + 2] + name[at : at + 1] + name[at + 2 :]
    letter = "" if kind == 1 else draw.choice(string.ascii_lowercase)
    return name[:at] + letter + name[at + (kind != 2) :]


def test_search_forgives_one_typing_error() -> None:
    """Measured figures are in docs/territories.md; what is lost is very short names, and those that many bear."""
    communes = territories.communes(["code", "name"], geometry=False)
    draw = random.Random(1)  # noqa: S311
    sample = communes.iloc[sorted(draw.sample(range(len(communes)), 500))]
    found = [
        code in {place.code for place in search(_with_one_typo(normalise(name), draw))}
        for code, name in sample.itertuples(index=False)
    ]
    assert np.mean(found) >= 0.98


def test_search_ranks_exact_then_beginning_then_population() -> None:
    names = [place.name for place in search("saint-denis")]
    assert set(names[:4]) == {"Saint-Denis"}
    first = search("saint-denis")[0]
    assert (first.code, first.departement, first.kind, first.score) == ("97411", "974", "commune", 1.0)
    assert [place.code for place in search("lille")][:1] == ["59350"]
    assert search("hazebr")[0].score == 0.95
    assert "62765" in {place.code for place in search("omer")}


def test_search_by_postcode_arrondissement_and_former_name() -> None:
    assert {place.code for place in search("62000")} == {"62041", "62263"}
    assert [place.code for place in search("62000 arr")] == ["62041"]
    paris = search("paris 10e")[0]
    assert (paris.name, paris.code, paris.kind) == ("Paris 10e Arrondissement", "75056", "arrondissement_municipal")
    assert ("Lomme", "59350", "associee") in {(place.name, place.code, place.kind) for place in search("lomme")}


@pytest.mark.parametrize("text", ["", "   ", "zzzzzz", "(((", "99999", "-"])
def test_search_finds_nothing_without_failing(text: str) -> None:
    assert search(text) == []


def test_search_obeys_its_limit() -> None:
    assert len(search("saint", limit=3)) == 3
    assert search("saint", limit=0) == []


@pytest.mark.parametrize(
    ("text", "level", "code", "count"),
    [
        ("62", "departement", "62", 887),
        ("32", "departement", "32", 458),  # Gers, not Hauts-de-France
        ("R32", "region", "32", 3782),
        ("region:32", "region", "32", 3782),
        ("reg:R32", "region", "32", 3782),
        ("hauts de france", "region", "32", 3782),
        ("PAS-DE-CALAIS", "departement", "62", 887),
        ("departement:Pas de Calais", "departement", "62", 887),
        ("2a", "departement", "2A", 124),
        ("974", "departement", "974", 24),
        ("62041", "commune", "62041", 1),
        ("75110", "commune", "75056", 1),
        ("Arras", "commune", "62041", 1),
        ("paris", "departement", "75", 1),
        ("commune:paris", "commune", "75056", 1),
        ("200093201", "epci", "200093201", 95),
        ("Métropole Européenne de Lille", "epci", "200093201", 95),
        ("CC de Vitry, Champagne et Der", "epci", "200034718", 35),
        ("arr:621", "arrondissement", "621", 357),
        ("france", "france", "france", 34969),
        ("62,59,62", "multiple", "62,59", 1534),
        ("62,62041", "multiple", "62,62041", 887),
    ],
)
def test_select(text: str, level: str, code: str, count: int) -> None:
    found = select(text)
    assert (found.level, found.code, len(found.commune_codes)) == (level, code, count)
    assert list(found.commune_codes) == sorted(set(found.commune_codes))
    assert found.label_fr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Pas-de-Callais", r"Pas-de-Calais \(departement:62\)"),
        ("Saint-Denis", "93066"),
        ("99", "un département"),
        ("canton:3", "Préfixes possibles"),
        ("", "territoire vide"),
        (" , ", "territoire vide"),
        ("123456789", "EPCI inconnu"),
        ("62,nulle part", "nulle part"),
    ],
)
def test_select_refuses_and_helps(text: str, message: str) -> None:
    with pytest.raises(UnknownTerritoryError, match=message):
        select(text)


def test_hauts_de_france_has_its_communes() -> None:
    communes = territories.communes(["code", "departement_code"], geometry=False)
    assert {code: int((communes["departement_code"] == code).sum()) for code in HAUTS_DE_FRANCE} == HAUTS_DE_FRANCE


def test_a_copy_may_be_changed_without_harm() -> None:
    for geometry in (False, True):
        mine = territories.communes(geometry=geometry)
        mine.loc[0, "name"] = "X"
    assert territories.communes(["name"], geometry=False).loc[0, "name"] == "L'Abergement-Clémenciat"
    assert territories.communes(["name"]).loc[0, "name"] == "L'Abergement-Clémenciat"


def test_columns_are_chosen_and_checked() -> None:
    assert territories.communes(["name", "code"], geometry=False).columns.tolist() == ["name", "code"]
    assert territories.communes(["name"]).columns.tolist() == ["name", "geometry"]
    with pytest.raises(OptionError, match="colonne inconnue"):
        territories.communes(["nom"])


@pytest.mark.parametrize(
    ("departement", "epsg"),
    [("62", 2154), ("2A", 2154), ("971", 5490), ("972", 5490), ("973", 2972), ("974", 2975), ("976", 4471)],
)
def test_legal_projection(departement: str, epsg: int) -> None:
    assert territories.legal_crs(departement) == epsg
    centre = territories.departements().query("code == @departement").representative_point()
    layer = gpd.GeoDataFrame(geometry=centre)
    assert territories.to_metric(layer).crs.to_epsg() == epsg
    assert territories.to_metric(layer, departement).crs.to_epsg() == epsg


def test_metres_are_refused_where_they_mean_nothing() -> None:
    with pytest.raises(UnknownTerritoryError):
        territories.legal_crs("99")
    with pytest.raises(UnknownTerritoryError):
        territories.legal_crs("984")
    with pytest.raises(LayerError, match="système de coordonnées"):
        territories.to_metric(gpd.GeoDataFrame(geometry=[Point(2, 48)]))
    with pytest.raises(LayerError, match="une seule projection"):
        territories.to_metric(gpd.GeoDataFrame(geometry=[Point(2, 48), Point(55.5, -21)], crs=4326))


def test_points_find_their_commune() -> None:
    lons = [2.7775, 2.3522, 55.45, -40.0, np.nan, 1.97]
    lats = [50.2910, 48.8566, -20.89, 45.0, 48.0, 42.465]
    found = territories.communes_at(lons, lats).tolist()
    assert found == ["62041", "75056", "97411", None, None, None]  # the last: Llívia, a Spanish enclave
    assert territories.commune_at(2.7775, 50.2910) == "62041"
    assert territories.communes_at([], []).tolist() == []


def test_town_halls_lie_in_or_beside_their_commune() -> None:
    communes = territories.communes(["code", "mairie_lon", "mairie_lat", "mairie_quality"], geometry=False)
    communes = communes[communes["mairie_quality"].notna()]
    away = territories.distance_to_commune_metres(communes["code"], communes["mairie_lon"], communes["mairie_lat"])
    assert np.nanmax(away) <= 501
    assert (away > 0).sum() < 200
    assert not (away[communes["mairie_quality"] == "representative_point"] > 0).any()


def test_distance_to_a_commune() -> None:
    away = territories.distance_to_commune_metres(
        ["62041", "62041", "97411", "98818", "62041", None],
        [2.7775, 3.0, 55.5, 166.4, np.nan, 2.0],
        [50.291, 50.3, -21, -22.3, 50, 50],
    )
    assert away[0] == 0
    assert away[1] == pytest.approx(13_593, abs=5)
    assert away[2] == pytest.approx(1_561, abs=5)
    assert np.isnan(away[3:]).all()


@pytest.mark.parametrize(("heard", "meant"), [("Dunkerk", "Dunkerque"), ("Arass", "Arras"), ("Hazbruk", "Hazebrouck")])
def test_names_written_as_they_are_heard_are_among_those_to_choose_from(heard: str, meant: str) -> None:
    assert meant not in {place.name for place in territories.search(heard)}
    assert meant in {place.name for place in territories.alike(heard, limit=12)}


def test_nothing_is_alike_to_what_is_no_name() -> None:
    assert territories.alike("zzzzzzzz") == []
    assert territories.alike("a") == []
    assert territories.alike("") == []
