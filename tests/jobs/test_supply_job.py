"""Supply and demand of the demonstration, end to end."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo_integration.coverage.capacity_bounds import CapacityBasis
from geo_integration.coverage.decay import LUO_QI_QUICK, Binary, decay_named
from geo_integration.coverage.residual import Order, residual
from geo_integration.errors import OptionError
from geo_integration.exports.result import Result
from geo_integration.jobs.demo import as_of, load
from geo_integration.jobs.means import Means
from geo_integration.jobs.request import Request
from geo_integration.jobs.studied import study
from geo_integration.jobs.supply import compute
from geo_integration.jobs.supply_ground import masked_need, need_of, silent_near, supplied, told_residual
from geo_integration.jobs.supply_words import notes, silent_note
from geo_integration.jobs.timetables import add_feeds, first_week
from geo_integration.store import FolderStore, Store
from geo_integration.vocabulary import Kind, Mode

TER = Path(__file__).resolve().parents[3] / "shared" / "data" / "gtfs" / "ter_hdf"
REQUEST = Request("62", Kind.ALPHABETISATION, 45, as_of())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return the store of the demonstration, and nothing else of it."""
    made = FolderStore(tmp_path_factory.mktemp("store"))
    for _ in load(made):
        pass
    return made


@cache
def result(store: Store, order: Order = Order.LARGEST_CAPACITY) -> Result:
    return compute(store, REQUEST, decay=decay_named("slow", 45), order=order)


def test_every_column_is_told_and_bounds_hold(store: Store) -> None:
    found = result(store)
    table = found.table
    assert set(table.columns) == {*found.headings, "geometry"}
    assert table["commune_code"].is_unique
    assert table["departement_code"].eq("62").all()
    for name in ("hours", "residual"):
        low, high = table[f"{name}_low"], table[f"{name}_high"]
        known = low.notna() & high.notna()
        assert known.any()
        assert (low[known] <= high[known] + 0.01).all()
        assert (low[known] >= 0).all()
    assert table["synthetic"].all()
    assert "DONNÉES FICTIVES" in " ".join(found.meta["disclaimer"])
    for one in found.colourings:
        assert one.column in table
        assert one.swatches


def test_hours_are_conserved_over_all_who_share_them(store: Store) -> None:
    found = supplied(store, REQUEST, decay=decay_named("slow", 45))
    shared = found.supply.places[found.supply.places["demand_low"] > 0]
    assert len(shared) > 5
    given_out = float((need_of(found.around) * found.supply.communes["hours_high"]).sum())
    assert given_out == pytest.approx(shared["capacity_high"].sum())
    sites = result(store).beside["lieux"].table
    for bound in ("low", "high"):
        assert (sites[f"served_{bound}"] <= sites[f"places_{bound}"] + 0.01).all()


def test_the_learners_around_share_the_same_courses(store: Store) -> None:
    """Asked about its EPCI or about its département, a commune has the same hours: who shares them does not change."""
    epci = "246200364"
    alone = compute(store, replace(REQUEST, territory=epci), decay=decay_named("slow", 45)).table
    whole = result(store).table
    whole = whole[whole["epci_code"].eq(epci)]
    assert alone["commune_code"].tolist() == whole["commune_code"].tolist()
    assert alone["hours_high"].gt(0).any()
    for name in ("hours_low", "hours_high", "residual_low", "residual_high"):
        np.testing.assert_allclose(alone[name], whole[name], atol=0.02)


def test_what_is_known_of_the_capacity_is_said(store: Store) -> None:
    sites = result(store).beside["lieux"].table
    assert set(sites["capacity_basis"]) <= {basis.value for basis in CapacityBasis}
    assert len(set(sites["capacity_basis"])) > 1
    stated = sites[sites["capacity_basis"].eq("stated") & sites["places_low"].gt(0)]
    assert (sites["sessions_stated"] <= sites["sessions"]).all()
    assert (stated["sessions_stated"] == stated["sessions"]).all()


def test_a_masked_count_is_neither_zero_nor_lost(store: Store) -> None:
    studied = study(store, REQUEST)
    masked = masked_need(studied)
    need = studied.coverage.set_index("commune_code")["need"]
    assert masked.notna().any()
    assert need[masked.notna()].isna().all()
    assert masked.max() == pytest.approx(10 * 0.15)  # below the threshold of 11, and the shipped share of 15 %
    table = result(store).table.set_index("commune_code")
    assert table.loc[masked.notna(), ["need", "residual_low", "residual_high"]].isna().all(axis=None)
    partial = table["demand_partial"]
    assert partial.any()  # to the south of the région, no count and no total is known
    assert not partial.all()
    assert table.loc[partial, "hours_low"].isna().all()


def test_the_decay_and_the_order_are_said_and_matter(store: Store) -> None:
    slow = result(store)
    quick = compute(store, REQUEST, decay=LUO_QI_QUICK, order=Order.NEAREST_PAIR)
    assert "décroissance lente" in " ".join(slow.meta["notes"])
    assert "décroissance rapide" in " ".join(quick.meta["notes"])
    assert "trajet le plus court" in " ".join(quick.meta["notes"])
    assert not np.allclose(slow.table["hours_high"].fillna(0), quick.table["hours_high"].fillna(0))
    with pytest.raises(OptionError, match="120"):
        supplied(store, REQUEST, decay=Binary(120))


def test_where_no_source_reports_nothing_is_said(store: Store) -> None:
    elsewhere = Request("76", Kind.ALPHABETISATION, 45, as_of())  # no source covers it
    table = compute(store, elsewhere, decay=decay_named("slow", 45)).table
    assert table["hours_high"].isna().all()
    assert not table["hours_low"].eq(0).any()
    # Learners there may have places nobody told of: « at least » says nothing, not the whole need.
    assert table["residual_low"].isna().all()


def test_what_may_be_told_of_the_residual(store: Store) -> None:
    """Three communes: one told, one that no network serves, one where no source reports."""
    studied = study(store, replace(REQUEST, territory="62498,62041,76540"))
    ways = replace(studied.ways, routable=np.array([code != "62041" for code in studied.ways.communes]))
    nothing = pd.DataFrame({"places_low": [], "places_high": []}, dtype=float)
    need = pd.Series({"62498": 7.0, "62041": 5.0, "76540": 3.0})
    left = residual(ways, nothing, need, cutoff_minutes=45)
    told = told_residual(studied, ways, left).set_axis(studied.coverage["commune_code"])
    assert told["residual_low"].fillna(-1).to_dict() == {"62498": 7, "62041": -1, "76540": -1}
    assert told["residual_high"].to_dict() == {"62498": 7, "62041": 5, "76540": 3}


@pytest.mark.slow
def test_by_timetable_a_course_is_counted_once_whatever_its_hours(store: Store, tmp_path: Path) -> None:
    feeds = sorted(TER.glob("ter_hauts_de_france_*.gtfs.zip"))
    if not feeds:
        pytest.skip("real sample not on this machine: ../shared/data/gtfs/ter_hdf")
    names = add_feeds(feeds, tmp_path, now=datetime(2026, 10, 1, tzinfo=UTC))
    means = Means(mode=Mode.TRANSIT, folder=tmp_path, feeds=names, week_of=first_week(names, tmp_path))
    found = compute(store, replace(REQUEST, minutes=60, means=means), decay=decay_named("slow", 60))
    sites, table = found.beside["lieux"].table, found.table
    offers = store.read("offers")["offer_id"]
    assert sites["place"].is_unique
    assert set(sites["place"]) <= set(offers)
    assert table["hours_high"].gt(0).any()
    assert (sites["communes_reached"] >= 0).all()


def test_same_question_same_answer(store: Store) -> None:
    again = compute(store, REQUEST, decay=decay_named("slow", 45))
    first = result(store)
    pd.testing.assert_frame_equal(pd.DataFrame(first.table), pd.DataFrame(again.table), check_exact=True)
    assert first.figures == again.figures
    assert first.meta == again.meta


def test_where_no_need_is_known_nobody_is_told_to_be_none(store: Store) -> None:
    found = compute(store, replace(REQUEST, kind=Kind.OEPRE), decay=decay_named("slow", 45))
    assert found.table["need"].isna().all()
    said = " ".join(" ".join(one) for one in found.figures)
    assert "besoin inconnu ici" in said
    assert "Nombre inconnu d'apprenants sans place" in said
    assert not re.search(r"\b0 apprenant", said)
    assert len(found.meta["bounds"]) == 4


def test_a_silent_departement_next_door_is_named(store: Store) -> None:
    # No source of the demonstration reports on Seine-Maritime, whose nearest mairies are within 45 km of the Somme.
    found = supplied(store, replace(REQUEST, territory="80"), decay=decay_named("slow", 45))
    named = silent_near(found, decay_named("slow", 45))
    assert "Seine-Maritime" in named
    assert not set(named) & {"Somme", "Pas-de-Calais", "Nord"}
    (told,) = silent_note(named)
    assert "trop basse" in told
    assert silent_note([]) == []


def test_a_decay_is_said_in_french() -> None:
    told = decay_named("slow", 40).describe()  # zones of 40 / 3 = 13.3333 and 26.6667 minutes
    assert told.startswith("poids par zones : 1 de 0 à 13,3 min, 0,68 de 13,3 à 26,7 min, 0,22 de 26,7 à 40 min")
    assert "." not in told
    assert decay_named("gaussian", 45).describe().startswith("poids en cloche (gaussienne) : 0,61 à 22,5 min")


def test_one_masked_commune_is_singular(store: Store) -> None:
    found = result(store)
    sites = found.beside["lieux"].table
    table = pd.DataFrame(found.table)
    (told,) = [
        one
        for one in notes(table, sites, decay=Binary(45), order=Order.LARGEST_CAPACITY, masked=pd.Series([1.5, np.nan]))
        if "masqué" in one
    ]
    assert told.startswith("1 commune a un effectif masqué par sa source : au plus 1,5 apprenant,")
