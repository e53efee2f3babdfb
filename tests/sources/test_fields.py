"""Single values, each with the answer written by hand; then round trips."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.sources import fields, fields_french
from geo_integration.sources.fields import BadValueError, Repaired

BAD = "refused"
CASES: list[tuple[Callable[..., Any], Any, Any]] = [
    (fields.date, "2026-03-05", "2026-03-05"),
    (fields.date, "5/3/2026", "2026-03-05"),
    (fields.date, "20260305", "2026-03-05"),
    (fields.date, "2026-03-05T10:00:00+01:00", "2026-03-05"),
    (fields.date, "jeudi 5 mars 2026", "2026-03-05"),
    (fields.date, "1er août 2026", "2026-08-01"),
    (fields.date, 46086, "2026-03-05"),
    (fields.date, dt.datetime(2026, 3, 5, 9, tzinfo=dt.UTC), "2026-03-05"),
    (fields.date, "46086", Repaired("2026-03-05", "nombre de jours d'un tableur, lu 2026-03-05")),
    (fields.date, "05/03/26", Repaired("2026-03-05", "année sur deux chiffres, lue 2026")),
    (fields.date, "202560212", BAD),
    (fields.date, "31/02/2026", BAD),
    (fields.date, "2026-13-01", BAD),
    (fields.date, "05/03/0026", BAD),
    (fields.date, "bientôt", BAD),
    (fields.date, 12, BAD),
    (fields.date_or_year, 2025, Repaired("2025-12-31", "année seule : comptée au 31 décembre")),
    (fields.year, "12/05/2019", 2019),
    (fields.number, "1 234,5", 1234.5),
    (fields.number, "1\u202f234,50 €", 1234.5),
    (fields.number, "1.234,5", 1234.5),
    (fields.number, "12 %", 12.0),
    (fields.number, "-3", -3.0),
    (fields.number, "nan", BAD),
    (fields.number, "1e9999", BAD),
    (fields.number, float("inf"), BAD),
    (fields.number, True, BAD),
    (fields.integer, "1 234", 1234),
    (fields.integer, 12.0, 12),
    (fields.integer, "1.234", BAD),
    (fields.integer, "12,5", BAD),
    (fields.integer, "12 %", BAD),
    (fields.count, "-1", BAD),
    *((fields.masked_count, text, None) for text in ("<5", "< 11", "s", "nd", "N.D.", "***", "moins de 5", "secret")),
    (fields.masked_count, "0", 0),
    (fields.masked_count, "12", 12),
    (fields.masked_count, "beaucoup", BAD),
    (fields.hours, "3h30", 3.5),
    (fields.hours, "3,5", 3.5),
    (fields.hours, "-2", BAD),
    (fields.boolean, "Oui", True),
    (fields.boolean, "x", True),
    (fields.boolean, 0, False),
    (fields.boolean, "non", False),
    (fields.boolean, "peut-être", BAD),
    (fields.items, "a, b;c|b\nd", ("a", "b", "c", "d")),
    (fields.items, '["a", "b"]', ("a", "b")),
    (fields.items, "{a,b}", ("a", "b")),
    (fields.items, [1, "b", None], ("1", "b")),
    (fields.phone, "03.20.00.00.00", "03 20 00 00 00"),
    (fields.phone, "+33 (0)3 20 00 00 00", "03 20 00 00 00"),
    (fields.phone, "0320000000 / 0600000000", "03 20 00 00 00 / 06 00 00 00 00"),
    (fields.phone, 320000000, Repaired("03 20 00 00 00", "zéro initial rétabli (perdu dans un tableur)")),
    (fields.phone, "115", "115"),
    (fields.phone, "+3220000000", "+3220000000"),
    (fields.phone, "demander Léa", BAD),
    (fields.email, "Contact@Exemple.FR", "contact@exemple.fr"),
    (fields.email, "pas une adresse", BAD),
    (fields.url, "https://exemple.fr/a?b=1", "https://exemple.fr/a?b=1"),
    (fields.url, "www.exemple.fr", Repaired("https://www.exemple.fr", "adresse complétée par https://")),
    (fields.url, "javascript:alert(1)", BAD),
    (fields_french.commune_code, "62041", "62041"),
    (fields_french.commune_code, "2a004", "2A004"),
    (fields_french.commune_code, 2041, Repaired("02041", "zéro initial rétabli (perdu dans un tableur)")),
    (fields_french.commune_code, 97411, "97411"),
    (fields_french.commune_code, "Arras", BAD),
    (fields_french.commune_code, "99100", BAD),
    (fields_french.commune_code, "123", BAD),
    (fields_french.postcode, "59 000", "59000"),
    (fields_french.postcode, 2000, Repaired("02000", "zéro initial rétabli (perdu dans un tableur)")),
    (fields_french.postcode, 750121, BAD),
    (fields_french.departement_code, 2, Repaired("02", "zéro initial rétabli (perdu dans un tableur)")),
    (fields_french.departement_code, "2A", "2A"),
    (fields_french.departement_code, "96", BAD),
    (fields_french.siret, "778 972 851 00068", "77897285100068"),
    (fields_french.siret, 43751505900032, "43751505900032"),
    (fields_french.siret, "77897285100069", BAD),
    (fields_french.siret, "35600000049837", "35600000049837"),  # La Poste: not Luhn, digits add up to 45
    (fields_french.siret, "604876475", BAD),
    (fields_french.uai, "0020002s", "0020002S"),
    (fields_french.uai, "020002S", Repaired("0020002S", "zéro initial rétabli (perdu dans un tableur)")),
    (fields_french.uai, "0020002T", BAD),
    (fields_french.uai, "20002S", BAD),
    (fields_french.time_of_day, "9h", "09:00"),
    (fields_french.time_of_day, "14 h 30", "14:30"),
    (fields_french.time_of_day, "09:05:00", "09:05"),
    (fields_french.time_of_day, dt.time(9, 30), "09:30"),
    (fields_french.time_of_day, 0.375, "09:00"),
    (fields_french.time_of_day, "25h", BAD),
    (fields_french.time_range, "9h-11h30", ("09:00", "11:30")),
    (fields_french.time_range, "de 14h00 à 16h", ("14:00", "16:00")),
    (fields_french.time_range, "16h-14h", BAD),
    (fields_french.time_range, "le matin", BAD),
    (fields_french.days, "lundi, mardi", ("mon", "tue")),
    (fields_french.days, "jeu./lun.", ("mon", "thu")),
    (fields_french.days, "du lundi au vendredi", ("mon", "tue", "wed", "thu", "fri")),
    (fields_french.days, "Mo-We 09:00-12:00", ("mon", "tue", "wed")),
    (fields_french.days, "mardi matin et jeudi", ("tue", "thu")),
    (fields_french.days, "à définir", BAD),
]


@pytest.mark.parametrize(("parse", "given_value", "wanted"), CASES)
def test_values(parse: Callable[[Any], Any], given_value: Any, wanted: Any) -> None:  # noqa: ANN401 -- any cell
    if wanted == BAD:
        with pytest.raises(BadValueError) as error:
            parse(given_value)
        assert str(error.value)
    else:
        assert parse(given_value) == wanted


@pytest.mark.parametrize(
    ("longitude", "latitude", "wanted"),
    [
        ("3,06", "50,63", (3.06, 50.63)),
        (55.45, -20.88, (55.45, -20.88)),
        (50.63, 3.06, Repaired((3.06, 50.63), "longitude et latitude étaient échangées : remises en ordre")),
        (1.959829, 21.57773, BAD),
        (0, 0, BAD),
        (704000, 7059000, BAD),
        ("x", 1, BAD),
    ],
)
def test_coordinates(longitude: object, latitude: object, wanted: object) -> None:
    if wanted == BAD:
        with pytest.raises(BadValueError):
            fields_french.coordinates(longitude, latitude)
    else:
        assert fields_french.coordinates(longitude, latitude) == wanted


@given(
    st.dates(dt.date(1960, 1, 1), dt.date(2099, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%Y%m%d", "%d.%m.%Y"]),
)
def test_dates_round_trip(day: dt.date, written: str) -> None:
    assert fields.date(day.strftime(written)) == day.isoformat()
    assert fields.date(day) == day.isoformat()
    assert fields.date((day - dt.date(1899, 12, 30)).days) == day.isoformat()


@given(st.integers(0, 10**12), st.sampled_from(["", " ", "\u202f", "\u00a0"]))
def test_french_thousands_round_trip(value: int, separator: str) -> None:
    assert fields.count(f"{value:,}".replace(",", separator)) == value


ANYTHING = st.one_of(
    st.text(max_size=30), st.floats(), st.integers(), st.booleans(), st.dates(), st.lists(st.text(max_size=5))
)
PARSERS = sorted({parse for parse, _, _ in CASES}, key=lambda parse: parse.__name__)


@given(st.sampled_from(PARSERS), ANYTHING)
def test_no_value_makes_a_parser_fail_otherwise(parse: Callable[[Any], Any], value: object) -> None:
    try:
        parse(value)
    except BadValueError as error:
        assert str(error)  # noqa: PT017 -- both outcomes are right


@given(ANYTHING, ANYTHING)
def test_no_pair_makes_coordinates_fail_otherwise(longitude: object, latitude: object) -> None:
    try:
        fields_french.coordinates(longitude, latitude)
    except BadValueError as error:
        assert str(error)  # noqa: PT017 -- as above
