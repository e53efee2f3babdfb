"""Where people say they are."""

import pandas as pd
import pytest

from geo_integration.errors import OptionError
from geo_integration.jobs.whereabouts import spot
from geo_integration.sources.geocode import AddressTable

BASE = AddressTable(
    pd.DataFrame(
        {"commune_code": ["62498"], "address": ["12 rue du Bac"], "longitude": ["2.8301"], "latitude": ["50.4302"]}
    )
)


@pytest.mark.parametrize("text", ["50.63,3.06", "50.63, 3.06", " 50.63 3.06 ", "50.63;3.06"])
def test_a_point_is_latitude_then_longitude(text: str) -> None:
    found = spot(text)
    assert (found.lat, found.lon) == (50.63, 3.06)
    assert not found.is_mairie


@pytest.mark.parametrize("text", ["62498", "Lens", "lens", "LENS"])
def test_a_commune_stands_at_its_mairie(text: str) -> None:
    found = spot(text)
    assert found.label == "Lens (mairie)"
    assert found.is_mairie
    assert (round(found.lon, 1), round(found.lat, 1)) == (2.8, 50.4)


def test_an_address_needs_a_base() -> None:
    found = spot("12 rue du Bac, 62300 Lens", addresses=BASE)
    assert (found.lon, found.lat) == (2.8301, 50.4302)
    for refused, said in (("12 rue du Bac, 62300 Lens", "--addresses"), ("rue du Bac 99999 Nulle-Part", "code postal")):
        with pytest.raises(OptionError) as error:
            spot(refused)
        assert said in error.value.way_out
    with pytest.raises(OptionError, match="n'a pas été trouvée"):
        spot("3 impasse des Lilas, 62300 Lens", addresses=BASE)


@pytest.mark.parametrize("text", ["91,0", "50,181", "Atlantide", "Saint-Martin"])
def test_what_nobody_can_find_is_refused_with_a_way_out(text: str) -> None:
    with pytest.raises(OptionError) as error:
        spot(text)
    assert error.value.way_out
