"""CQL2 in text: each operator by hand, values not known, and what is refused."""

import pytest
from feature_samples import collection, ids

from geo_integration.errors import OptionError
from geo_integration.features.expressions import LONGEST

HAND = collection()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("people = 10", "a"),
        ("people <> 10", "bde"),  # not known is neither
        ("NOT people = 10", "bde"),
        ("10 < people", "b"),
        ("people BETWEEN 5 AND 10", "ae"),
        ("people NOT BETWEEN 5 AND 10", "bd"),
        ("people IN (10, 20)", "ab"),
        ("people NOT IN (10, 20)", "de"),
        ("people IS NULL", "c"),
        ("people IS NOT NULL", "abde"),
        ("minutes IS NULL", "cd"),
        ("name = 'L''Île'", "a"),
        ("name LIKE 'A%'", "d"),
        ("name LIKE '_rras'", "cd"),
        ("name LIKE '%100\\%'", "b"),
        ("name LIKE '.rras'", ""),  # a full stop is a full stop
        ("name NOT LIKE 'A%'", "abc"),
        ("CASEI(name) = CASEI('ARRAS')", "cd"),
        ("CASEI(name) LIKE CASEI('ar%')", "cd"),
        ("name > 'Z'", "bc"),
        ("open", "ade"),
        ("NOT open", "b"),
        ("open = false", "b"),
        ("kinds = 'fle'", "ab"),
        ("kinds <> 'fle'", "de"),
        ("kinds IN ('asl', 'alphabetisation')", "bd"),
        ("first_day > DATE('2026-01-15')", "be"),
        ("first_day = '2026-02-01'", "e"),
        ("first_day = last_day", "e"),
        ("first_day < last_day", "a"),
        ("people > minutes", "abe"),
        # AND binds tighter than OR, as everywhere.
        ("people = 10 OR people = 20 AND open = true", "a"),
        ("(people = 10 OR people = 20) AND open = true", "a"),
        ("open = true OR people = 20 AND open = true", "ade"),
        ("people = 20 AND open = true OR people = 0", "d"),
        ("NOT (people = 10 OR open = false)", "de"),
        # Unknown OR true is true; unknown AND false is false, so its contrary is true.
        ("people = 99 OR name = 'arras'", "c"),
        ("NOT (people = 99 AND name = 'zzz')", "abcde"),
        ("S_INTERSECTS(geometry, POINT(0.5 0.5))", "a"),
        ("S_INTERSECTS(geometry, POLYGON((0 0, 0.4 0, 0 0.4, 0 0)))", "a"),
        ("S_INTERSECTS(geometry, BBOX(12, 1.5, 12.5, 2.5))", ""),
        ("NOT S_INTERSECTS(geometry, BBOX(0, 0, 3, 3))", "cd"),
        ("geometry IS NULL", "e"),
        ("S_INTERSECTS(geometry, BBOX(0, 0, 3, 3)) AND people\n>\t10", "b"),
    ],
)
def test_by_hand(text: str, found: str) -> None:
    assert "".join(ids(HAND.find(cql2=text))) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("people =", "illisible"),
        ("", "illisible"),
        ("people ILIKE 'a'", "illisible"),
        ("nobody = 1", "propriété inconnue : nobody"),
        ("people = 'dix'", "people"),
        ("name = 3", "name"),
        ("open = 1", "open"),
        ("people = true", "people"),
        ("name", "vrai ou faux"),
        ("3", "valeur seule"),
        ("people + 1 = 2", "propriété"),
        ("kinds > 'a'", "liste"),
        ("kinds = name", "ne se comparent pas"),
        ("people LIKE '1%'", "LIKE"),
        ("CASEI(people) = 3", "CASEI"),
        ("T_AFTER(first_day, DATE('2026-01-01'))", "non comprise"),
        ("S_WITHIN(geometry, BBOX(0,0,1,1))", "non comprise"),
        ("S_INTERSECTS(name, BBOX(0,0,1,1))", "S_INTERSECTS"),
        ("S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))", "invalide"),
        ("geometry = 3", "geometry"),
        ("name = 'x" + "y" * LONGEST + "'", "caractères"),
        ("NOT " * 300 + "open", "imbriqué"),
        ("(" * 300 + "open" + ")" * 300, "imbriqué"),
        ("people = " + "-" * 900 + "1", "imbriqué"),
        ("people = " + "1+" * 900 + "1", "imbriqué"),
    ],
)
def test_what_is_refused_says_why_and_where(text: str, said: str) -> None:
    with pytest.raises(OptionError) as told:
        HAND.find(cql2=text)
    assert told.value.where == "filter"
    assert told.value.way_out
    assert said in str(told.value)


def test_an_unreadable_filter_says_at_which_character() -> None:
    with pytest.raises(OptionError, match="ligne 2, caractère 10"):
        HAND.find(cql2="people = 10 AND\npeople = ")


def test_signs_inside_quotes_are_no_nesting() -> None:
    assert HAND.find(cql2=f"name = '{'(' * 500}'").matched == 0


def test_a_pattern_made_to_take_for_ever_takes_no_time() -> None:
    assert HAND.find(cql2=f"name LIKE '{'%a' * 400}%b'").matched == 0
