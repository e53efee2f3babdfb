"""The difference of two snapshots, against tables written by hand."""

import geopandas as gpd
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from store_samples import bpi, ctai, publish, sample

from geo_integration.layers import BPI, OFFERS, REACH
from geo_integration.store import Store
from geo_integration.store.diff import compare

COLUMNS = ["label", "change", "column", "old", "new"]


def _offers(rows: dict[str, dict[str, object]]) -> gpd.GeoDataFrame:
    base = pd.DataFrame(sample(OFFERS, 1)).iloc[0].to_dict() | {"geometry": None, "level_confidence": 0.5}
    table = pd.DataFrame([base | {"offer_id": key, "title": f"Cours {key}"} | values for key, values in rows.items()])
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(table["geometry"].to_list(), crs="EPSG:4326"))


def _rows(table: pd.DataFrame) -> list[tuple[str | None, ...]]:
    return [tuple(None if pd.isna(value) else value for value in row) for row in table.itertuples(index=False)]


def test_added_removed_and_changed_offers(store: Store) -> None:
    old = _offers(
        {
            "a": {"phone": "03 21 00 00 00", "geometry": shapely.Point(2.5, 50.25)},
            "b": {"url": None, "geometry": None},
            "c": {},
            "d": {"geometry": shapely.Point(2, 50)},
            "e": {"level_confidence": 0.5, "synthetic": True},
        }
    )
    new = _offers(
        {
            "e": {"level_confidence": 0.9, "synthetic": False},
            "d": {"geometry": shapely.Point(2, 50)},
            "b": {"url": "x", "geometry": shapely.Point(1, 1)},
            "a": {"phone": None, "title": "Cours A", "geometry": shapely.Point(2.5, 50.250000000000007)},
            "f": {},
        }
    )
    first, second = publish(store, {"offers": old}), publish(store, {"offers": new})
    diff = store.diff("offers", "previous", second[:8])
    assert (diff.layer, diff.before, diff.after) == ("offers", first, second)
    assert (diff.added, diff.removed, diff.changed, diff.unchanged) == (1, 1, 3, 1)
    assert diff.table.columns.to_list() == ["offer_id", *COLUMNS]
    assert _rows(diff.table) == [
        ("a", "Cours A", "changed", "title", "Cours a", "Cours A"),
        ("a", "Cours A", "changed", "phone", "03 21 00 00 00", None),
        ("a", "Cours A", "changed", "geometry", "POINT (2.5 50.25)", "POINT (2.5 50.25000000000001)"),
        ("b", "Cours b", "changed", "url", None, "x"),
        ("b", "Cours b", "changed", "geometry", None, "POINT (1 1)"),
        ("c", "Cours c", "removed", None, None, None),
        ("e", "Cours e", "changed", "level_confidence", "0.5", "0.9"),
        ("e", "Cours e", "changed", "synthetic", "true", "false"),
        ("f", "Cours f", "added", None, None, None),
    ]


def test_a_key_of_several_columns_and_infinite_minutes(store: Store) -> None:
    row = {"site_id": "s", "commune_code": "62041", "mode": "car", "back_minutes": 5.0, "engine": "outline"}
    row |= {"class_hours": "any"}
    old = pd.DataFrame([row | {"out_minutes": 12.0}, row | {"mode": "foot", "out_minutes": float("nan")}])
    new = pd.DataFrame([row | {"out_minutes": float("inf")}, row | {"mode": "foot", "out_minutes": float("nan")}])
    publish(store, {"reach": old})
    publish(store, {"reach": new})
    diff = store.diff("reach", "-1", "current")
    assert (diff.added, diff.removed, diff.changed, diff.unchanged) == (0, 0, 1, 1)
    assert diff.table.columns.to_list() == [*REACH.key, *COLUMNS]
    assert _rows(diff.table) == [("s", "62041", "car", "any", None, "changed", "out_minutes", "12", "inf")]


def test_whole_numbers_and_the_layer_of_one_source(store: Store) -> None:
    publish(store, {"ctai.etat": ctai(2020)})
    publish(store, {"ctai.etat": ctai(2021)})
    diff = store.diff("ctai.etat", "previous", "current")
    assert _rows(diff.table) == [("CTAI:62041:x", "Arras", "changed", "signed_year", "2020", "2021")]


def test_nothing_changed_and_empty_tables(store: Store) -> None:
    publish(store, {"bpi": BPI.empty()})
    publish(store, {"bpi": bpi(1)})
    same = store.diff("bpi", "current", "current")
    assert (same.added, same.removed, same.changed, same.unchanged, len(same.table)) == (0, 0, 0, 3, 0)
    assert same.table.columns.to_list() == ["commune_code", *COLUMNS]
    came, went = store.diff("bpi", "-1", "-0"), store.diff("bpi", "-0", "-1")
    assert (came.added, came.removed, came.unchanged) == (3, 0, 0)
    assert (went.added, went.removed) == (0, 3)
    assert _rows(came.table)[0] == ("62000", None, "added", None, None, None)


_ROWS = st.dictionaries(st.sampled_from("abcdef"), st.one_of(st.none(), st.integers(0, 2)), max_size=6)


@settings(deadline=None, derandomize=True, max_examples=25)
@given(before=_ROWS, after=_ROWS)
def test_any_two_tables_against_a_dictionary(before: dict[str, int | None], after: dict[str, int | None]) -> None:
    def table(rows: dict[str, int | None]) -> pd.DataFrame:
        frame = pd.DataFrame({"commune_code": pd.Series(sorted(rows), dtype="str")})
        persons = pd.array([rows[key] for key in sorted(rows)], dtype="Int64")
        return frame.assign(persons=persons, observed_on=None, source="x", synthetic=True)

    diff = compare("bpi", BPI, ("1", table(before)), ("2", table(after)))
    expected = [
        (key, None, "removed" if key in before else "added", None, None, None)
        if (key in before) != (key in after)
        else (key, None, "changed", "persons", *(None if v is None else str(v) for v in (before[key], after[key])))
        for key in sorted(before | after)
        if key not in before or key not in after or before[key] != after[key]
    ]
    assert _rows(diff.table) == expected
    assert diff.unchanged == sum(key in after and after[key] == value for key, value in before.items())
