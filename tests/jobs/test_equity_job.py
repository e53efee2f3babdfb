"""Inequality of the demonstration, end to end."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from geo_integration.coverage.clusters import Cluster, Neighbours
from geo_integration.coverage.decay import decay_named
from geo_integration.coverage.inequality import Index
from geo_integration.errors import OptionError
from geo_integration.exports.result import Result
from geo_integration.jobs.demo import as_of, load
from geo_integration.jobs.equity import Options, compute
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
