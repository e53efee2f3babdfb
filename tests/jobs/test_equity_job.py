"""Inequality of the demonstration, end to end."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from geo_integration.coverage.clusters import Cluster, Clusters, Neighbours
from geo_integration.coverage.decay import decay_named
from geo_integration.coverage.inequality import Index, Inequality, inequality
from geo_integration.errors import OptionError
from geo_integration.exports.result import Result
from geo_integration.jobs.demo import as_of, load
from geo_integration.jobs.equity import Options, compute
from geo_integration.jobs.equity_words import computable, index_rows, notes, why_not
from geo_integration.jobs.request import Request
from geo_integration.store import FolderStore, Store
from geo_integration.vocabulary import Kind, TerritoryLevel

REQUEST = Request("62", Kind.ALPHABETISATION, 45, as_of())
FEW = Options(replicates=50, permutations=999)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return the store of the demonstration, and nothing else of it."""
    made = FolderStore(tmp_path_factory.mktemp("store"))
    for _ in load(made):
        pass
    return made


@cache
def result(store: Store) -> Result:
    return compute(store, REQUEST, decay=decay_named("slow", 45), options=FEW)


def test_every_column_is_told(store: Store) -> None:
    found = result(store)
    assert set(found.table.columns) == {*found.headings, "geometry"}
    assert set(found.table["cluster_minutes"]) <= {one.value for one in Cluster}
    assert found.table["cluster_minutes"].eq(Cluster.UNDER_SERVED.value).any()
    for one in found.beside.values():
        assert set(one.headings) == set(one.table.columns)
    assert "fausses découvertes" in " ".join(found.meta["notes"])


def test_indices_of_every_measure_with_their_reading(store: Store) -> None:
    table = result(store).beside["indices"].table
    assert len(table) == 3 * len(Index)
    assert table["reading"].str.len().gt(10).all()
    known = table.dropna()
    assert (known["low"] <= known["high"]).all()
    for _, rows in table.set_index("index").groupby("measure"):
        parts = rows["estimate"]["theil_between"] + rows["estimate"]["theil_within"]
        assert parts == pytest.approx(rows["estimate"]["theil"], abs=1e-5)


def test_territories_add_up_to_the_theil_index(store: Store) -> None:
    found = result(store)
    indices = found.beside["indices"].table.set_index(["measure", "index"])["estimate"]
    groups = found.beside["territoires_minutes"].table
    assert groups["name"].notna().all()
    assert groups["between"].sum() == pytest.approx(indices["Minutes de trajet", "theil_between"], abs=1e-5)
    assert groups["within"].sum() == pytest.approx(indices["Minutes de trajet", "theil_within"], abs=1e-5)


def test_curves_run_from_nothing_to_all(store: Store) -> None:
    found = result(store)
    curve = found.beside["lorenz_minutes"]
    assert curve.diagonal
    assert curve.table.iloc[[0, -1]].to_numpy().tolist() == [[0, 0], [1, 1]]
    assert (np.diff(curve.table["share_value"]) >= 0).all()


def test_other_territories_and_neighbours(store: Store) -> None:
    options = Options(by=TerritoryLevel.ARRONDISSEMENT, neighbours=Neighbours.NEAREST, replicates=0, permutations=999)
    found = compute(store, REQUEST, decay=decay_named("binary", 45), options=options)
    assert found.beside["territoires_hours_low"].table["group"].str.startswith("62").all()
    assert found.beside["indices"].table["low"].isna().all()
    with pytest.raises(OptionError, match="ne partage pas"):
        Options(by=TerritoryLevel.QPV)


def test_same_question_same_answer(store: Store) -> None:
    again = compute(store, REQUEST, decay=decay_named("slow", 45), options=FEW)
    first = result(store)
    pd.testing.assert_frame_equal(pd.DataFrame(first.table), pd.DataFrame(again.table), check_exact=True)
    for name, one in first.beside.items():
        pd.testing.assert_frame_equal(one.table, again.beside[name].table, check_exact=True)
    assert first.figures == again.figures


def _measured(values: list[float], need: list[float]) -> Inequality:
    codes = pd.Index([f"62{at:03}" for at in range(len(values))])
    return inequality(
        pd.Series(values, codes), pd.Series(need, codes), pd.Series("A", codes), seed=1, replicates=20, points=3
    )


@pytest.mark.parametrize(
    ("values", "need", "why"),
    [
        ([10.0, 20.0], [5.0, np.nan], "une seule commune a un besoin connu et une valeur connue"),
        ([10.0, 20.0], [np.nan, np.nan], "aucune commune n'a un besoin connu et une valeur connue"),
        ([np.nan, 20.0], [5.0, np.nan], "aucune commune n'a un besoin connu et une valeur connue"),
        ([0.0, 0.0], [5.0, 6.0], "rien à partager entre les apprenants connus"),
    ],
)
def test_an_inequality_between_nobody_is_not_equality(values: list[float], need: list[float], why: str) -> None:
    one = _measured(values, need)
    assert not computable(one)
    assert why_not(one) == why
    rows = index_rows({"minutes": one})
    assert rows[["estimate", "low", "high"]].isna().all(axis=None)  # and not 0,00 [0,00 ; 0,00]
    assert rows["reading"].eq(f"Non calculable : {why}.").all()


def test_two_communes_can_be_compared() -> None:
    # 5 learners with 10 and 5 with 30: the mean difference of two drawn is 20 / 2 = 10, over twice the mean, 40.
    one = _measured([10.0, 30.0], [5.0, 5.0])
    assert computable(one)
    rows = index_rows({"minutes": one}).set_index("index")
    assert rows.loc["gini", "estimate"] == pytest.approx(0.25)


def test_where_one_commune_is_known_no_curve_and_no_share_is_told(store: Store) -> None:
    # Nobody publishes the share of the parents OEPRE is for: no need is known.
    asked = Request("246200364", Kind.OEPRE, 45, as_of())
    found = compute(store, asked, decay=decay_named("slow", 45), options=FEW)
    assert set(found.beside) == {"indices"}
    assert [value for value, _ in found.figures[:3]] == ["Non calculable"] * 3
    assert "Theil" not in " ".join(text for _, text in found.figures)


def test_colours_say_who_is_badly_served_and_never_by_colour_alone(store: Store) -> None:
    shown = {one.value: one for one in result(store).colourings[0].swatches}
    assert set(shown) == {one.value for one in Cluster}
    red, _, blue = (int(shown["under_served"].colour[at : at + 2], 16) for at in (1, 3, 5))
    assert red > 2 * blue
    red, _, blue = (int(shown["well_served"].colour[at : at + 2], 16) for at in (1, 3, 5))
    assert blue > red
    pale = shown["not_told_from_chance"].colour
    assert pale[1:3] == pale[3:5] == pale[5:7]
    assert len({one.hatch for one in shown.values()}) == len(shown)


def test_a_group_of_fewer_than_one_commune_is_not_spoken_of(store: Store) -> None:
    found = result(store)
    assert len(found.meta["bounds"]) == 4
    one = _measured([10.0, 30.0], [5.0, 5.0])
    tested = Clusters(pd.DataFrame(), 0.5, 0.01, 20, 1, 0, 3, 999, 1, 0.05)
    measured = {"hours_low": one, "minutes": one}

    def last(groups: Clusters) -> str:
        return notes(measured, {"hours": groups}, decay_named("slow", 45), horizon=90)[-1]

    assert "Un ensemble de moins de 3 communes ne peut pas être vu" in last(tested)
    assert "1 sans voisine, non testée," in last(tested)
    assert "Un ensemble" not in last(replace(tested, fewest_detectable=1))
