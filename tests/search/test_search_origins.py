"""Where someone asks from: every way to say it, and every way to say it wrong."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.errors import OptionError, UnknownTerritoryError
from geo_integration.search.origin import at_commune, at_place, at_point, departement_at, origin_of
from geo_integration.sources.geocode import AddressTable


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Lille", "59350"),
        ("lille", "59350"),
        ("ST OMER 62500", None),
        ("62500 st omer", "62765"),
        ("commune:59350", "59350"),
        ("62041", "62041"),
        ("80021", "80021"),
        ("Tourcoin", "59599"),
        ("Hazebrouk", "59295"),
        ("Lile", "59350"),
        ("Villeneuve d'asc", "59009"),
        ("62765", "62765"),
    ],
)
def test_a_commune_is_understood(said: str, code: str | None) -> None:
    if code is None:
        with pytest.raises((OptionError, UnknownTerritoryError)):
            at_place(said)
        return
    found = at_place(said)
    assert found.commune_code == code
    assert found.radius_metres is not None
    assert "mairie" in found.label


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("62000", "Dainville (62263)"),  # the postcode of two communes
        ("59350", "Saint-André-lez-Lille (59527)"),  # the code of one and the postcode of another
        ("Saint-Denis", "Saint-Denis (93066)"),
        ("Boulogne", "Boulogne-sur-Mer (62160)"),  # no commune is called so any more, save a part of one in Vendée
    ],
)
def test_what_may_be_several_is_never_guessed(said: str, named: str) -> None:
    with pytest.raises(OptionError) as refusal:
        at_place(said)
    assert refusal.value.where == "place"
    assert named in refusal.value.way_out


def test_what_was_forgiven_is_told() -> None:
    assert at_place("Lile").notes[0] == "« Lile » compris comme Lille (59350)."
    assert at_place("Lomme").notes[0] == "« Lomme » compris comme Lille (59350)."
    assert "mairie" in at_place("Lille").notes[0]


def test_nothing_of_that_name() -> None:
    with pytest.raises(UnknownTerritoryError):
        at_place("xqzzyw")
    with pytest.raises(UnknownTerritoryError):
        at_place("commune:99999")


def test_a_commune_without_a_mairie() -> None:
    with pytest.raises(OptionError, match="n'a pas de position connue"):
        at_commune("98613")  # Uvea, Wallis-et-Futuna


@pytest.mark.parametrize("point", [(50.63, 3.06), (48.85, 2.35), (-21.1, 55.5), (14.6, -61.0)])
def test_exchanged_coordinates_are_told(point: tuple[float, float]) -> None:
    with pytest.raises(OptionError, match="échangées"):
        at_point(*point)
    at_point(point[1], point[0])


@pytest.mark.parametrize("point", [(float("nan"), 50), (3, float("inf")), (181, 50), (3, -90.5)])
def test_no_point_of_the_earth(point: tuple[float, float]) -> None:
    with pytest.raises(OptionError):
        at_point(*point)


@given(lon=st.floats(-5, 9.9), lat=st.floats(41.3, 51.4))
def test_no_point_of_the_mainland_is_refused(lon: float, lat: float) -> None:
    found = at_point(lon, lat)
    assert (found.lon, found.lat, found.commune_code) == (lon, lat, None)


def test_one_way_to_say_it_and_only_one() -> None:
    for wrong in ({}, {"lon": 3.0, "lat": 50.0, "place": "Lille"}, {"place": "  "}, {"lon": 3.0}, {"lat": 50.0}):
        with pytest.raises(OptionError):
            origin_of(**wrong)  # type: ignore[arg-type]
    assert origin_of(place="Arras").commune_code == "62041"


def test_an_address_needs_a_base() -> None:
    with pytest.raises(OptionError, match="base d'adresses"):
        origin_of(address="3 place du Théâtre 59000 Lille")
    base = AddressTable(
        pd.DataFrame(
            {"commune_code": ["59350"], "address": ["3 place du Théâtre"], "longitude": [3.0645], "latitude": [50.6372]}
        )
    )
    found = origin_of(address="3 place du Théâtre 59000 Lille", addresses=base)
    assert (found.lon, found.lat, found.commune_code) == (3.0645, 50.6372, None)
    assert "Théâtre" not in found.label  # no answer repeats where somebody lives
    for wrong in ("Lille", "12 rue Inconnue 59000 Lille", "50.6,3.0"):
        with pytest.raises(OptionError):
            origin_of(address=wrong, addresses=base)


def test_the_department_of_a_place() -> None:
    assert departement_at(at_place("Arras")) == "62"
    assert departement_at(at_point(3.06, 50.63)) == "59"
    assert departement_at(at_point(4.35, 50.85)) is None
