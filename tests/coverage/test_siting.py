"""Where to open: worked out on paper, then against every choice tried one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from siting_samples import NEVER, cases, fewest_for_all, least_minutes, most_covered, problem

from geo_integration.coverage.siting.models import Covering, Limit, lscp, mclp, p_median
from geo_integration.errors import LayerError, OptionError

# Four communes in a row and three candidates between them; 30 minutes at most.
#
#             L     M     R     need
#   Amont     10    50    -      15
#   Bourg     20    10    50     20
#   Coteau    50    10    20     20
#   Dune      -     50    10     15
#
# One: M covers 20 + 20 = 40, L and R 35 each. Two: M first and then L makes 55, but L and R make 70, all there is.
ROW = [[10, 50, NEVER], [20, 10, 50], [50, 10, 20], [NEVER, 50, 10]]
NEED = [15.0, 20.0, 20.0, 15.0]
L, M, R = 0, 1, 2


def test_one_by_hand() -> None:
    plan = mclp(problem(ROW, NEED), p=1, cutoff_minutes=30)
    assert plan.chosen == (M,)
    assert plan.value == plan.bound == 40.0
    assert plan.proven
    assert plan.assigned.tolist() == [-1, M, M, -1]
    assert plan.served.tolist() == [0, 20, 20, 0]


def test_two_are_not_the_first_and_another() -> None:
    plan = mclp(problem(ROW, NEED), p=2, cutoff_minutes=30)
    assert plan.chosen == (L, R)  # 35 each: the first in order first
    assert plan.gains == (35.0, 35.0)
    assert (plan.value, plan.proven) == (70.0, True)
    assert plan.assigned.tolist() == [L, L, R, R]
    assert plan.minutes.tolist() == [10, 20, 20, 10]


def test_what_exists_is_fixed() -> None:
    # Bourg is covered today: L brings 15, M 20, R 35; beside R, L brings 15 and M nothing.
    plan = mclp(problem(ROW, NEED, covered=[False, True, False, False]), p=2, cutoff_minutes=30)
    assert plan.chosen == (R, L)
    assert plan.gains == (35.0, 15.0)
    assert plan.served.tolist() == [15, 0, 20, 15]


def test_no_more_are_chosen_than_bring_something() -> None:
    plan = mclp(problem(ROW, NEED), p=3, cutoff_minutes=30)
    assert plan.chosen == (L, R)
    assert plan.value == 70.0


def test_a_need_that_is_not_known_is_not_zero_and_not_counted() -> None:
    plan = mclp(problem(ROW, [15.0, np.nan, np.nan, 15.0]), p=1, cutoff_minutes=30)
    assert plan.chosen == (L,)  # M would reach two communes nobody counted
    assert plan.value == 15.0
    assert np.isnan(plan.served[1])
    assert plan.served[[0, 2, 3]].tolist() == [15, 0, 0]


def test_minutes_count_as_shown() -> None:
    assert mclp(problem([[30.04]], [1.0]), p=1, cutoff_minutes=30).value == 1.0
    assert mclp(problem([[30.06]], [1.0]), p=1, cutoff_minutes=30).value == 0.0


def test_ties_go_to_the_first_in_order() -> None:
    # Four candidates that serve the same, and one that serves less: any two of the first are as good.
    same = problem([[10, 10, 10, 10, NEVER], [10, 10, 10, 10, 20]], [3.0, 4.0])
    assert mclp(same, p=2, cutoff_minutes=30).chosen == (0,)
    assert lscp(same, cutoff_minutes=30).chosen == (0,)
    # The larger one comes last, and a first in order that serves as much need, though other communes: the first.
    other = problem([[10, NEVER], [NEVER, 10]], [4.0, 4.0])
    assert mclp(other, p=1, cutoff_minutes=30).chosen == (0,)


def test_a_dominated_candidate_is_given_when_it_is_preferred_and_as_good() -> None:
    # 1 serves all that 0 does and a commune without need: 0 comes first in order and covers as much.
    case = problem([[10, 10], [NEVER, 10]], [5.0, 0.0])
    assert mclp(case, p=1, cutoff_minutes=30).chosen == (0,)


def test_a_bonus_changes_the_choice_and_no_figure() -> None:
    plan = mclp(problem(ROW, NEED), p=1, cutoff_minutes=30, bonus=np.array([0.0, 0.0, 6.0]))
    assert plan.chosen == (R,)  # 35 + 6 > 40
    assert plan.value == 35.0
    assert plan.gains == (35.0,)


def test_fewest_by_hand() -> None:
    plan = lscp(problem(ROW, NEED), cutoff_minutes=30)
    assert plan.chosen == (L, R)
    assert (plan.value, plan.bound, plan.proven) == (2.0, 2.0, True)
    assert not plan.impossible.any()
    # In 10 minutes: Amont needs L, Bourg and Coteau M, Dune R.
    assert set(lscp(problem(ROW, NEED), cutoff_minutes=10).chosen) == {L, M, R}


def test_fewest_says_whom_nobody_can_cover() -> None:
    plan = lscp(problem([*ROW, [50, 50, 50]], [*NEED, 9.0]), cutoff_minutes=30)
    assert plan.chosen == (L, R)
    assert plan.impossible.tolist() == [False] * 4 + [True]


def test_fewest_counts_a_need_not_known_and_not_a_need_of_zero() -> None:
    assert lscp(problem([[10, NEVER], [NEVER, 10]], [1.0, np.nan]), cutoff_minutes=30).value == 2.0
    assert lscp(problem([[10, NEVER], [NEVER, 10]], [1.0, 0.0]), cutoff_minutes=30).value == 1.0


def test_median_by_hand() -> None:
    # Nothing exists; out of reach counts 100. Today 70 learners x 100 = 7000.
    # L: 15x10 + 20x20 + 20x50 + 15x100 = 3050; M: 15x50 + 20x10 + 20x10 + 15x50 = 1900; R, like L: 3050.
    one = p_median(problem(ROW, NEED), p=1, unreachable_minutes=100)
    assert (one.chosen, one.value, one.proven) == ((M,), 1900.0, True)
    assert one.gains == (5100.0,)
    # L, R: 150 + 400 + 400 + 150 = 1100; L, M: 150 + 200 + 200 + 750 = 1300.
    two = p_median(problem(ROW, NEED), p=2, unreachable_minutes=100)
    assert (two.chosen, two.value) == ((L, R), 1100.0)


def test_median_with_what_exists() -> None:
    # A course 12 minutes from Bourg and Coteau: M spares them 20x2 + 20x2 = 80 and the ends 15x50 each, 1580 in all;
    # L spares Amont 15x90 = 1350; R spares Dune 1350. M, and then L 15x40 = 600 (Amont 50 -> 10).
    case = problem(ROW, NEED, existing=[NEVER, 12, 12, NEVER])
    plan = p_median(case, p=1, unreachable_minutes=100)
    assert plan.chosen == (M,)
    assert plan.value == (15 + 15) * 100 + 40 * 12 - 1580
    assert p_median(case, p=2, unreachable_minutes=100).chosen == (L, R)  # 2700 > 1580 + 600


def test_out_of_reach_counts_at_least_the_longest_trip() -> None:
    with pytest.raises(OptionError, match="moins qu'un trajet possible"):
        p_median(problem(ROW, NEED), p=1, unreachable_minutes=49)


@pytest.mark.parametrize(("p", "what"), [(0, "0 lieu"), (-1, "-1 lieu"), (4, "4 lieux à choisir parmi 3 candidats")])
def test_impossible_numbers_are_refused(p: int, what: str) -> None:
    with pytest.raises(OptionError, match=what) as error:
        mclp(problem(ROW, NEED), p=p, cutoff_minutes=30)
    assert error.value.way_out


def test_no_candidate_is_refused() -> None:
    empty = problem([[], []], [1.0, 2.0])
    for solve in (
        lambda: mclp(empty, p=1, cutoff_minutes=30),
        lambda: lscp(empty, cutoff_minutes=30),
        lambda: p_median(empty, p=1, unreachable_minutes=100),
    ):
        with pytest.raises(OptionError, match="aucun lieu candidat"):
            solve()


def test_a_problem_that_is_none_is_refused() -> None:
    for changes in ({"weight": [-1.0]}, {"minutes": [[np.nan]]}):
        case = {"minutes": [[10.0]], "weight": [1.0]} | changes
        if "minutes" in changes:
            with pytest.raises(LayerError, match="durée"):
                Covering(
                    np.ones(1), 1, np.zeros(1, int), np.zeros(1, int), np.array([np.nan]), np.zeros(1, bool), np.ones(1)
                )
        else:
            with pytest.raises(LayerError, match="besoin"):
                problem(case["minutes"], case["weight"])
    twice = np.zeros(2, dtype=int)
    with pytest.raises(LayerError, match="deux fois"):
        Covering(np.ones(1), 1, twice, twice, np.ones(2), np.zeros(1, bool), np.ones(1))


CUTOFF = 30.0


@given(cases(), st.integers(1, 4))
def test_covering_is_as_good_as_the_best_of_all_choices(case: Covering, p: int) -> None:
    p = min(p, case.candidates)
    plan = mclp(case, p=p, cutoff_minutes=CUTOFF)
    assert plan.proven
    assert plan.value == pytest.approx(most_covered(case, p, CUTOFF))
    assert plan.value == pytest.approx(np.nansum(plan.served))
    assert sum(plan.gains) == pytest.approx(plan.value)
    assert len(set(plan.chosen)) == len(plan.chosen) <= p
    assert all(before >= after - 1e-9 for before, after in zip(plan.gains, plan.gains[1:], strict=False))


@given(cases())
def test_fewest_is_as_few_as_the_best_of_all_choices(case: Covering) -> None:
    plan = lscp(case, cutoff_minutes=CUTOFF)
    assert plan.proven
    assert plan.value == len(plan.chosen) == fewest_for_all(case, CUTOFF)
    wanted = ~case.covered & (case.weight != 0)
    assert ((plan.assigned >= 0) | plan.impossible)[wanted].all()


@given(cases(), st.integers(1, 3))
def test_median_is_as_short_as_the_best_of_all_choices(case: Covering, p: int) -> None:
    p = min(p, case.candidates)
    plan = p_median(case, p=p, unreachable_minutes=100)
    assert plan.proven
    assert plan.value == pytest.approx(least_minutes(case, p, 100))


@given(cases(), st.integers(1, 3))
def test_stopped_at_once_the_bound_holds(case: Covering, p: int) -> None:
    p = min(p, case.candidates)
    plan = mclp(case, p=p, cutoff_minutes=CUTOFF, limit=Limit(seconds=0))
    best = most_covered(case, p, CUTOFF)
    assert plan.bound + 1e-6 >= best >= plan.value - 1e-9
    assert plan.gap >= 0
    if plan.proven:
        assert plan.value == pytest.approx(best)
    few = lscp(case, cutoff_minutes=CUTOFF, limit=Limit(seconds=0))
    assert few.bound <= fewest_for_all(case, CUTOFF) <= few.value
    median = p_median(case, p=p, unreachable_minutes=100, limit=Limit(seconds=0))
    assert median.bound - 1e-6 <= least_minutes(case, p, 100) <= median.value + 1e-9


def test_a_limit_of_nothing_is_not_said_to_be_proved() -> None:
    # Forty communes on a ring and unequal needs: the first bounds are too loose to prove anything.
    rng = np.random.default_rng(7)
    minutes = [[10.0 if (j - i) % 40 in {0, 1, 2, 5, 11} else NEVER for j in range(40)] for i in range(40)]
    case = problem(minutes, np.round(rng.gamma(1, 10, 40), 2).tolist())
    stopped = mclp(case, p=6, cutoff_minutes=30, limit=Limit(seconds=0))
    whole = mclp(case, p=6, cutoff_minutes=30)
    assert whole.proven
    assert not stopped.proven
    assert stopped.gap > 0
    assert stopped.value <= whole.value <= stopped.bound


def test_the_same_twice() -> None:
    rng = np.random.default_rng(3)
    minutes = np.where(rng.random((60, 40)) < 0.2, 10.0, NEVER).tolist()
    case = problem(minutes, np.round(rng.gamma(1, 10, 60), 2).tolist())
    one, two = (mclp(case, p=5, cutoff_minutes=30) for _ in range(2))
    assert one.chosen == two.chosen
    assert one.gains == two.gains
    assert one.bound == two.bound


@given(cases())
def test_inputs_are_left_as_they_are(case: Covering) -> None:
    before = [getattr(case, name).copy() for name in ("weight", "demand", "candidate", "minutes", "covered")]
    mclp(case, p=1, cutoff_minutes=CUTOFF)
    lscp(case, cutoff_minutes=CUTOFF)
    p_median(case, p=1, unreachable_minutes=100)
    for name, old in zip(("weight", "demand", "candidate", "minutes", "covered"), before, strict=True):
        np.testing.assert_array_equal(getattr(case, name), old)
