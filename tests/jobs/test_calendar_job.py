"""The calendar and the change on the demonstration: what is computed, what is said, what is refused."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from geo_integration.coverage.calendar import MonthState, NextStart
from geo_integration.disclosure import Viewer
from geo_integration.errors import OptionError, SnapshotNotFoundError
from geo_integration.exports.colours import class_of_each
from geo_integration.exports.result import Result
from geo_integration.jobs import calendar, change, demo
from geo_integration.jobs.calendar_words import month_column, start_classes
from geo_integration.jobs.request import Request
from geo_integration.jobs.studied import study
from geo_integration.store import Store, open_store
from geo_integration.vocabulary import Cause, Kind

REQUEST = Request("62", Kind.ALPHABETISATION, 45.0, demo.as_of())


@pytest.fixture(scope="module")
def store(demo_store_folder: Path) -> Store:
    """Hold the demonstration."""
    return open_store(demo_store_folder)


@pytest.fixture(scope="module")
def result(store: Store) -> Result:
    """Return the calendar of the demonstration."""
    return calendar.compute(store, REQUEST)


@pytest.fixture(scope="module")
def workshops(store: Store) -> Result:
    """Return that of OEPRE, which stops in the holidays."""
    return calendar.compute(store, replace(REQUEST, kind=Kind.OEPRE), months=12)


def test_every_commune_has_a_next_start_and_twelve_months(result: Result) -> None:
    table = result.table
    assert table["commune_code"].is_unique
    assert len(table) == 887
    assert set(table["next_start"]) <= {one.value for one in NextStart}
    months = [column for column in table if str(column).startswith("month_20")]
    assert months[0] == "month_2026_10"
    assert len(months) == 12
    starts = table[months].eq(MonthState.START.value).sum(axis=1)
    assert starts.tolist() == table["months_low"].tolist()
    later = table["next_start"].eq("later")
    assert table.loc[later, "next_start_date"].gt("2026-10-07").all()
    assert list(table.columns) == [*result.headings, "geometry"]


def test_a_start_is_in_its_month_and_its_course_is_named(result: Result) -> None:
    table = result.table
    sure = table[table["next_start_date"].notna()]
    assert len(sure) > 100
    for date_, row in zip(sure["next_start_date"], sure.to_dict("records"), strict=True):
        assert row[month_column(date_[:7])] == MonthState.START.value
    assert sure[["next_offer_id", "next_offer_title", "next_offer_commune_name"]].notna().all(axis=None)
    assert (sure["next_start_minutes"] <= REQUEST.minutes).all()


def test_covered_today_and_nothing_to_begin_is_a_group_that_has_begun(result: Result, store: Store) -> None:
    nothing = result.table[result.table["cause"].eq(Cause.COVERED.value) & result.table["months_high"].eq(0)]
    coverage = study(store, REQUEST, keep_ways=False).coverage.set_index("commune_code")
    nearest = coverage.loc[nothing["commune_code"], "offer_id"]
    sessions = store.read("sessions")
    through = sessions[sessions["offer_id"].isin(nearest)]
    assert (through["entry_mode"].eq("fixed") & through["start_date"].lt(REQUEST.as_of.isoformat())).all()


def test_months_count_every_commune_and_the_need_known(result: Result) -> None:
    months = result.beside["mois"].table
    states = months[[f"communes_{one.value}" for one in MonthState]]
    assert states.sum(axis=1).eq(len(result.table)).all()
    known = result.table["need"].sum()
    summed = months["need_start_high"] + months["need_none"] + months["need_not_known"]
    assert summed.to_numpy() == pytest.approx(known, abs=0.05)
    assert months["month"].iloc[0] == "octobre 2026"


def test_no_workshop_meets_in_august_and_the_notes_say_why(workshops: Result) -> None:
    months = workshops.beside["mois"].table.set_index("month")
    assert months.loc["août 2027", ["communes_start", "communes_may_start", "communes_meets"]].tolist() == [0, 0, 0]
    assert months.loc["octobre 2026", "communes_start"] > 0
    notes = " ".join(workshops.meta["notes"])
    assert "Corse et outre-mer" in notes
    assert any("Éducation nationale" in source.get("publisher", "") for source in workshops.meta["sources"])


def test_every_row_of_the_map_has_a_class(result: Result) -> None:
    for colouring in result.colourings:
        classes = class_of_each(result.table[colouring.column], colouring.swatches)
        assert None not in classes, colouring.column
    assert len(set(start_classes([f"m{number}" for number in range(36)]).values())) == 6
    assert list(start_classes(["a", "b"]).values()) == ["a", "b"]


def test_the_public_sees_no_more_need_than_in_the_gaps(store: Store) -> None:
    found = calendar.compute(store, replace(REQUEST, viewer=Viewer.PUBLIC), months=1)
    seen = found.table.loc[~found.table["withheld"], "need_basis"].unique()
    assert "official" not in seen


def test_months_are_bounded_before_anything_is_computed(store: Store) -> None:
    with pytest.raises(OptionError, match="0 mois"):
        calendar.compute(store, REQUEST, months=0)


def test_two_days_of_the_same_layers(store: Store) -> None:
    found = change.compute(store, REQUEST, since="2026-10-01", until="2027-08-15")
    table = found.table
    assert set(table["change"]) <= {"gained", "lost", "covered", "other_cause", "uncovered", "unknown"}
    # The sessions of the year are over by mid-August, and nothing began: some communes lost their course, none gained.
    sums = found.beside["totaux"].table.set_index("bound").loc["sure"]
    assert sums["communes_lost"] > 0
    assert sums["communes_gained"] == 0
    assert sums["communes_lost"] == table["change"].eq("lost").sum()
    lost = table.loc[table["change"].eq("lost")]
    assert lost["cause_before"].eq("covered").all()
    assert sums["need_lost"] == pytest.approx(lost["need_after"].sum(), abs=0.01)
    assert "mêmes données" in found.meta["notes"][0]
    assert found.beside["passages"].table["communes"].sum() == len(table)
    assert list(table.columns) == [*found.headings, "geometry"]
    for colouring in found.colourings:
        classes = class_of_each(table[colouring.column], colouring.swatches)
        assert None not in [one for one, value in zip(classes, table[colouring.column], strict=True) if pd.notna(value)]


def test_two_versions_of_the_offers(store: Store, tmp_path: Path) -> None:
    other = open_store(tmp_path / "store")
    names = ["offers", "sessions"]
    layers = store.read_together(names)
    meta = store.info("offers").meta
    without = layers["offers"][layers["offers"]["kind"].ne(Kind.ALPHABETISATION.value)]
    kept = layers["sessions"][layers["sessions"]["offer_id"].isin(without["offer_id"])]
    now = store.history("offers")[-1].at
    other.publish({"offers": without, "sessions": kept}, meta=meta, report=None, now=now)
    other.publish({name: layers[name] for name in names}, meta=meta, report=None, now=now)
    found = change.compute(other, REQUEST, since_version="previous")
    assert found.table["change"].isin(["gained", "uncovered", "other_cause", "unknown"]).all()
    assert found.table["change"].eq("gained").sum() > 100
    gained = found.table[found.table["change"].eq("gained")]
    assert gained["cause_before"].ne("covered").all()
    assert gained["offer_title_after"].notna().all()
    back = change.compute(other, REQUEST, since_version="current", until="previous")
    assert back.table["change"].eq("lost").sum() == len(gained)
    with pytest.raises(OptionError, match="une seule version"):
        change.compute(other, REQUEST, since_version="current")
    with pytest.raises(SnapshotNotFoundError):
        change.compute(other, REQUEST, since_version="-5")
    published = now.date().isoformat()
    with pytest.raises(SnapshotNotFoundError):
        change.compute(other, REQUEST, since="2020-01-01", until=published, as_published=True)


def test_what_is_refused(store: Store) -> None:
    for options in ({}, {"since": "2026-01-01", "since_version": "previous"}):
        with pytest.raises(OptionError, match="soit un jour"):
            change.compute(store, REQUEST, **options)
    with pytest.raises(OptionError, match="n'est pas un jour"):
        change.compute(store, REQUEST, since="hier")
    with pytest.raises(OptionError, match="n'est pas avant"):
        change.compute(store, REQUEST, since=date(2027, 1, 1).isoformat())
    with pytest.raises(OptionError, match="deux jours"):
        change.compute(store, REQUEST, since_version="previous", as_published=True)
