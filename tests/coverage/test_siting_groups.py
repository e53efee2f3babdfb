"""Groups of limited size: by hand, then against every choice tried one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from siting_samples import NEVER, cases, most_seated, problem

from geo_integration.coverage.siting.curve import curve
from geo_integration.coverage.siting.models import Covering, Limit, mclp
from geo_integration.errors import OptionError

TWELVE = np.array([12.0, 12.0])
# Amont, need 40, can go to both; Bourg, need 5, to the second only.
CASE = problem([[10, 20], [NEVER, 10]], [40.0, 5.0])


def test_a_group_of_twelve_takes_twelve_of_forty() -> None:
    plan = mclp(CASE, p=1, cutoff_minutes=30, capacity=TWELVE)
    assert (plan.value, plan.proven) == (12.0, True)
    assert plan.served.sum() == pytest.approx(12)


def test_two_groups_by_hand() -> None:
    # 12 of Amont in the first; in the second the 5 of Bourg, nearer (10 minutes against 20), and 7 of Amont.
    plan = mclp(CASE, p=2, cutoff_minutes=30, capacity=TWELVE)
    assert plan.value == pytest.approx(24)
    assert plan.served.tolist() == pytest.approx([19, 5])
    assert plan.flows == ((0, 0, 12.0), (0, 1, 7.0), (1, 1, 5.0))
    assert plan.assigned.tolist() == [0, 1]


def test_several_groups_of_one_place() -> None:
    # Three groups: 36 of the 45; with two at most per place, two places take 12 x 3.
    plan = mclp(CASE, p=3, cutoff_minutes=30, capacity=TWELVE, copies=2)
    assert plan.value == pytest.approx(36)
    assert len(plan.chosen) == 3
    assert max(np.bincount(plan.chosen)) == 2
    # Four: 48 seats for 45 learners.
    assert mclp(CASE, p=4, cutoff_minutes=30, capacity=TWELVE, copies=2).value == pytest.approx(45)


def test_learners_make_room_for_each_other() -> None:
    # Amont (10) can only go to the first, Bourg (10) to both: 12 seats each seat all 20, two of Bourg in the first.
    case = problem([[10, NEVER], [10, 20]], [10.0, 10.0])
    plan = mclp(case, p=2, cutoff_minutes=30, capacity=TWELVE)
    assert plan.value == pytest.approx(20)
    assert plan.flows == ((0, 0, 10.0), (1, 0, 2.0), (1, 1, 8.0))


def test_sizes_that_are_none_are_refused() -> None:
    for capacity in (np.array([12.0, 0.0]), np.array([12.0, -3.0]), np.array([12.0, np.nan]), np.array([12.0])):
        with pytest.raises(OptionError, match="sans place"):
            mclp(CASE, p=1, cutoff_minutes=30, capacity=capacity)
    with pytest.raises(OptionError, match="3 groupes à choisir parmi 2 candidats, 1 par candidat au plus"):
        mclp(CASE, p=3, cutoff_minutes=30, capacity=TWELVE)
    with pytest.raises(OptionError) as error:
        mclp(CASE, p=7, cutoff_minutes=30, capacity=TWELVE, copies=3)
    assert "au plus 6" in error.value.way_out
    with pytest.raises(OptionError, match="0 groupe"):
        mclp(CASE, p=1, cutoff_minutes=30, capacity=TWELVE, copies=0)


@given(cases(rows=4, columns=4), st.integers(1, 3), st.integers(1, 2), st.sampled_from([1.0, 5.0, 12.0, np.inf]))
@settings(max_examples=30)
def test_groups_seat_as_many_as_the_best_of_all_choices(case: Covering, p: int, copies: int, size: float) -> None:
    p = min(p, case.candidates * copies)
    capacity = np.full(case.candidates, size)
    capacity[0] = 3.0
    best = most_seated(case, p, 30, capacity, copies)
    plan = mclp(case, p=p, cutoff_minutes=30, capacity=capacity, copies=copies)
    assert plan.proven
    assert plan.value == pytest.approx(best, abs=1e-5)
    assert np.nansum(plan.served) == pytest.approx(plan.value, abs=1e-5)
    stopped = mclp(case, p=p, cutoff_minutes=30, capacity=capacity, copies=copies, limit=Limit(seconds=0))
    assert stopped.bound + 1e-5 >= best >= stopped.value - 1e-5
    taken = np.zeros(case.candidates)
    for _, column, learners in plan.flows:
        taken[column] += learners
    opened = np.bincount(np.array(plan.chosen, dtype=int), minlength=case.candidates)
    assert (taken <= np.array([n * seats if n else 0 for n, seats in zip(opened, capacity, strict=True)]) + 1e-5).all()


@given(cases(rows=6, columns=5))
def test_without_a_limit_groups_are_sites(case: Covering) -> None:
    whole = mclp(case, p=1, cutoff_minutes=30, capacity=np.full(case.candidates, np.inf))
    assert whole.value == pytest.approx(mclp(case, p=1, cutoff_minutes=30).value, abs=1e-5)


def test_curve_by_hand() -> None:
    # Two groups of 12, then a third of 12, then the 9 that are left: 45 in all.
    table, plans = curve(CASE, p=4, cutoff_minutes=30, capacity=TWELVE, copies=2)
    assert table["need_covered"].tolist() == pytest.approx([0, 12, 24, 36, 45])
    assert table["marginal"].tolist() == pytest.approx([0, 12, 12, 12, 9])
    assert table["share"].tolist() == pytest.approx([0, 12 / 45, 24 / 45, 36 / 45, 1])
    assert table["proven"].all()
    assert len(plans) == 4


@given(cases())
def test_the_curve_never_falls(case: Covering) -> None:
    for limit in (Limit(), Limit(seconds=0)):
        table, plans = curve(case, p=case.candidates, cutoff_minutes=30, limit=limit)
        assert (np.diff(table["need_covered"]) >= -1e-9).all()
        assert (np.diff(table["bound"]) >= -1e-9).all()
        assert (table["bound"] >= table["need_covered"] - 1e-9).all()
        assert [plan.value for plan in plans] == pytest.approx(table["need_covered"].tolist()[1:])


@pytest.mark.parametrize("ticks", range(0, 40, 2))
def test_the_proof_of_two_is_not_that_of_three_when_the_clock_stops_between(ticks: int) -> None:
    # Two groups at best 20 (the first two); one by one 12, then 5, then 1.5: 18.5. Three cover all 21.
    weight = [6.0, 2.5, 1.5, 6.0, 2.5, 1.5, 1.0]
    who = [(0, 1, 2), (3, 4, 5), (0, 3), (1, 4), (6,)]
    case = problem([[10.0 if row in one else NEVER for one in who] for row in range(7)], weight)
    calls = iter(range(10_000))
    limit = Limit(clock=lambda: 0.0 if next(calls) < ticks else 1e9)
    table, plans = curve(case, p=3, cutoff_minutes=30, capacity=np.full(5, 50.0), limit=limit)
    best = [0, 12, 20, 21]
    assert (table["bound"] >= np.array(best) - 1e-6).all()
    assert table.loc[table["proven"], "need_covered"].tolist() == pytest.approx(
        [most for most, proven in zip(best, table["proven"], strict=True) if proven]
    )
    for plan, most in zip(plans, best[1:], strict=True):
        assert plan.bound >= most - 1e-6
        assert plan.value == pytest.approx(most) or not plan.proven


def test_the_curve_of_an_unknown_need_has_no_share() -> None:
    table, _ = curve(problem([[10.0]], [np.nan]), p=1, cutoff_minutes=30)
    assert table["need_covered"].tolist() == [0, 0]
    assert table["share"].isna().all()
