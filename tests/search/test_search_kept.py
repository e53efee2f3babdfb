"""What is kept is bounded, computed once, and never taken from who uses it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.search.kept import Kept


def test_the_answer_used_longest_ago_goes_first() -> None:
    kept: Kept[str, int] = Kept(2)
    for key in ("a", "b", "a", "c"):
        kept.get(key, lambda: 1)
    assert kept.latest(9) == ["a", "c"]


def test_heavy_answers_push_out_others_but_one_is_always_kept() -> None:
    kept: Kept[str, int] = Kept(9, heaviest=10, weigh=float)
    for key, weight in (("a", 4), ("b", 4), ("c", 4)):
        kept.get(key, lambda weight=weight: weight)  # type: ignore[misc]
    assert kept.latest(9) == ["b", "c"]
    assert kept.get("big", lambda: 99) == 99
    assert kept.latest(9) == ["big"]
    kept.get("d", lambda: 3)
    assert kept.latest(9) == ["d"]


def test_what_is_not_wanted_any_more_is_dropped_and_computed_again() -> None:
    kept: Kept[tuple[str, int], int] = Kept(9, heaviest=5, weigh=float)
    kept.get(("a", 1), lambda: 5)
    kept.drop(lambda key: key[1] == 1)
    assert kept.latest(9) == []
    assert kept.get(("a", 1), lambda: 4) == 4
    kept.get(("b", 2), lambda: 1)
    assert len(kept.latest(9)) == 2


def test_a_failure_is_told_to_all_and_not_kept() -> None:
    kept: Kept[str, int] = Kept(2)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 // 0)
    assert kept.get("a", lambda: 7) == 7


def test_threads_that_ask_alike_share_one_computation() -> None:
    kept: Kept[str, object] = Kept(2, heaviest=1, weigh=lambda _: 1)
    made: list[object] = []
    begun = threading.Barrier(4)

    def make() -> object:
        made.append(object())
        return made[-1]

    def ask(_: int) -> object:
        begun.wait(10)
        return kept.get("a", make)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(4)))
    assert len(made) == 1
    assert set(answers) == {made[0]}


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 12)), max_size=40))
def test_no_more_is_kept_than_may_be(asked: list[tuple[int, int]]) -> None:
    kept: Kept[int, int] = Kept(4, heaviest=20, weigh=float)
    weights: dict[int, int] = {}
    for key, weight in asked:
        held = kept.latest(99)
        found = kept.get(key, lambda weight=weight: weight)  # type: ignore[misc]
        assert found == (weights[key] if key in held else weight)
        weights[key] = found
        assert kept.latest(99)[-1] == key
        assert len(kept.latest(99)) <= 4
        assert sum(weights[one] for one in kept.latest(99)) <= 20
