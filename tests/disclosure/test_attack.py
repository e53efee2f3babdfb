"""The attacks find nothing in what is released, and find the fault in what a naive release would publish."""

from collections.abc import Callable, Hashable
from functools import cache

import numpy as np
import pandas as pd
import pytest

from geo_integration.disclosure import Viewer, release_people
from tests.disclosure.attack import (
    Said,
    World,
    alike,
    every_world,
    feasible,
    narrowed,
    said_by,
    told_apart,
    told_apart_twice,
)
from tests.disclosure.samples import TINY, crowded, demo, demo_without_masks, told, told_each

MOST = 4
THRESHOLD = 3
"""In the tiny territory: classes 0-2, 3-4, 5-6…, every commune 0 to 4 people."""


def within(world: World) -> bool:
    """Say whether every world that could look the same was tried: none needs a commune of 5 people."""
    return sum(world[:3]) <= MOST


@cache
def tiny() -> dict[World, list[World]]:
    worlds = list(every_world(4, MOST))
    published = dict(zip(worlds, told_each(TINY, worlds, threshold=THRESHOLD), strict=True))
    return alike(worlds, published.__getitem__)


@pytest.mark.parametrize("world", [(0, 0, 0, 0), (1, 2, 0, 4), (4, 4, 4, 4)])
def test_a_departement_does_not_depend_on_the_others(world: World) -> None:
    others = [(4, 0, 1, 3), world, (0, 2, 2, 4)]
    assert told_each(TINY, others, threshold=THRESHOLD)[1] == told(TINY, world, threshold=THRESHOLD)


def test_somebody_who_tries_every_world_learns_no_small_count() -> None:
    assert len({id(group) for group in tiny().values()}) > 3  # it does tell something
    assert told_apart(tiny(), threshold=THRESHOLD, checked=within) == []


def test_two_releases_tell_no_small_count_and_no_change() -> None:
    assert told_apart_twice(tiny(), threshold=THRESHOLD, checked=within) == []


def primary_only(world: World) -> tuple[object, ...]:
    """Publish counts, hide the small ones, and publish the total of all: what is done without thinking."""
    return (*(count if count >= THRESHOLD else None for count in world), sum(world))


def grouped_by_count(world: World) -> tuple[object, ...]:
    """Publish large counts rounded, and the rounded total of the small ones: blocks drawn from the counts."""
    small = [count for count in world if count < THRESHOLD]
    large = [(count - 1) // 2 if count >= THRESHOLD else None for count in world]
    return (*large, max(sum(small) - 1, 0) // 2)


def nearest(world: World) -> tuple[int, ...]:
    """Round each count to the nearest multiple of 2: nobody rounds to « 0 to 1 », and 2 is out."""
    return tuple((count + 1) // 2 for count in world)


@pytest.mark.parametrize("naive", [primary_only, grouped_by_count, nearest])
def test_the_attack_finds_the_fault_of_a_naive_release(naive: Callable[[World], Hashable]) -> None:
    same = alike(every_world(4, MOST), naive)
    assert told_apart(same, threshold=THRESHOLD, checked=lambda _: True)


def test_two_snapshots_betray_blocks_drawn_from_the_counts() -> None:
    # Each release alone leaves the small villages free where their total is in the middle; the commune that leaves the
    # group between two releases is betrayed by subtraction: (1, 0, 1) tells « 2 or 3 », then the third one has 3.
    same = alike(every_world(4, MOST), grouped_by_count)
    alone = {(world, commune) for world, commune in told_apart(same, threshold=THRESHOLD, checked=lambda _: True)}
    twice = told_apart_twice(same, threshold=THRESHOLD, checked=lambda _: True)
    assert any((first, commune) not in alone and (second, commune) not in alone for first, second, commune in twice)


def counts_of(table: pd.DataFrame) -> dict[str, float]:
    return dict(zip(table["commune_code"], table["persons"], strict=True))


def populations_of(public: pd.DataFrame) -> dict[str, float]:
    return dict(zip(public["code"], public["population"].astype("float64").fillna(0), strict=True))


def test_linear_programming_learns_nothing_from_the_demonstration() -> None:
    public, counted = demo_without_masks()
    said = said_by(release_people(counted, Viewer.PUBLIC, public))
    assert len(said) > 3782
    assert narrowed(said, counts_of(counted), populations_of(public)) == []


def test_linear_programming_learns_nothing_where_counts_are_of_every_size() -> None:
    public, _ = demo()
    public = public[public["departement_code"].isin(["60", "80"])].reset_index(drop=True)
    counted = crowded(public, seed=3)
    assert counted["persons"].between(1, 10).sum() > 200
    assert counted["persons"].ge(11).sum() > 10
    said = said_by(release_people(counted, Viewer.PUBLIC, public))
    assert narrowed(said, counts_of(counted), populations_of(public)) == []


def test_linear_programming_finds_the_fault_of_primary_suppression() -> None:
    # Large counts of 62 published, small ones hidden, EPCI totals published: an EPCI with one hidden commune tells it.
    public, counted = demo_without_masks()
    public = public[public["departement_code"].eq("62")]
    counted = counted[counted["commune_code"].isin(public["code"])]
    large = counted[counted["persons"].ge(11)]
    said = [Said(frozenset({row.commune_code}), row.persons, row.persons) for row in large.itertuples()]
    said += [Said(frozenset({code}), 0, 10) for code in counted.loc[counted["persons"].lt(11), "commune_code"]]
    truth = counts_of(counted)
    for _, of_epci in public.groupby("epci_code"):
        total = sum(truth[code] for code in of_epci["code"])
        said.append(Said(frozenset(of_epci["code"]), total, total))
    assert len(narrowed(said, truth, populations_of(public))) > 50


def test_no_territory_minus_another_is_a_figure_about_a_few_people() -> None:
    """EPCI across départements, arrondissements, lists of a user: what is left is never known to be 1 to 10 people."""
    public, counted = demo_without_masks()
    rows = public["departement_code"].isin(["62", "80"])
    public, counted = public[rows].reset_index(drop=True), counted[rows.to_numpy()].reset_index(drop=True)
    said = said_by(release_people(counted, Viewer.PUBLIC, public))
    populations = populations_of(public)
    draw = np.random.default_rng(4)
    sets = [frozenset(of["code"]) for key in ("epci_code", "arrondissement_code") for _, of in public.groupby(key)]
    sets += [frozenset(draw.choice(public["code"], size, replace=False)) for size in (1, 2, 3, 20, 400)]
    left = {one - other for one in sets[::5] for other in sets if one & other}
    for one, (low, high) in feasible(said, {*sets, *left} - {frozenset()}, populations).items():
        assert high - low >= min(9, sum(populations[code] for code in one)), (sorted(one), low, high)
