"""The same answers as spopt (PySAL), which hands the textbook models to CBC without reducing them."""

import numpy as np
import pulp
import pytest
from numpy.typing import NDArray
from siting_samples import problem
from spopt.locate import LSCP, MCLP, PMedian

from geo_integration.coverage.siting.models import lscp, mclp, p_median

FAR = 1e6

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pulp")


def scattered(seed: int, demands: int = 40, candidates: int = 25) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return minutes and needs of communes and candidates scattered over a square."""
    rng = np.random.default_rng(seed)
    homes, places = rng.random((demands, 2)) * 100, rng.random((candidates, 2)) * 100
    minutes = np.round(np.hypot(*(homes[:, None] - places[None]).transpose(2, 0, 1)), 1)
    return minutes, np.round(rng.gamma(1, 10, demands), 2)


def solver() -> pulp.LpSolver:
    return pulp.PULP_CBC_CMD(msg=False, gapRel=0)


@pytest.mark.parametrize("seed", range(4))
def test_covering_agrees(seed: int) -> None:
    minutes, need = scattered(seed)
    for p in (1, 4):
        peer = MCLP.from_cost_matrix(minutes, need, service_radius=18, p_facilities=p).solve(solver())
        covered = [bool(sites) for sites in peer.cli2fac]
        ours = mclp(problem(minutes.tolist(), need.tolist()), p=p, cutoff_minutes=18)
        assert ours.proven
        assert ours.value == pytest.approx(float(need[covered].sum()))


@pytest.mark.parametrize("seed", range(4))
def test_fewest_agrees(seed: int) -> None:
    minutes, need = scattered(seed)
    reachable = (minutes <= 18).any(axis=1)  # spopt has no answer where somebody cannot be covered
    peer = LSCP.from_cost_matrix(minutes[reachable], service_radius=18).solve(solver())
    ours = lscp(problem(minutes.tolist(), need.tolist()), cutoff_minutes=18)
    assert ours.proven
    assert ours.value == pulp.value(peer.problem.objective)
    assert ours.impossible.tolist() == (~reachable).tolist()


@pytest.mark.parametrize("seed", range(4))
def test_median_agrees(seed: int) -> None:
    minutes, need = scattered(seed)
    for p in (1, 4):
        peer = PMedian.from_cost_matrix(minutes, need, p_facilities=p).solve(solver())
        ours = p_median(problem(minutes.tolist(), need.tolist()), p=p, unreachable_minutes=200)
        assert ours.proven
        assert ours.value == pytest.approx(pulp.value(peer.problem.objective))
