"""How much need would be covered with one site, two, three…: the curve a budget is chosen on."""

from dataclasses import replace

import numpy as np
import pandas as pd

from geo_integration.coverage.siting.models import mclp
from geo_integration.coverage.siting.problem import Covering, Floats, Limit, Plan, same

COLUMNS = ("sites", "need_covered", "bound", "proven", "marginal", "share")


def curve(
    problem: Covering,
    *,
    p: int,
    cutoff_minutes: float,
    capacity: Floats | None = None,
    copies: int = 1,
    limit: Limit | None = None,
) -> tuple[pd.DataFrame, tuple[Plan, ...]]:
    """Return the most need that 0, 1… p sites (or groups) cover, and the plan of each number from 1.

    Parameters
    ----------
    limit : for the whole curve; what one point leaves, the next ones may use.

    Returns
    -------
    One row per number: ``sites``, ``need_covered``, ``bound`` (no choice covers more), ``proven``, ``marginal`` (more
    than one site fewer), ``share`` (of the uncovered need that is known; NaN where there is none). Need never falls
    from one row to the next, nor does the bound. Each number has its own best choice: that of three is not always
    that of two and one more.
    """
    whole = limit or Limit()
    clock = whole.started()
    plans: list[Plan] = []
    for sites in range(1, p + 1):
        share = Limit(clock.left / (p + 1 - sites), whole.nodes, whole.clock)
        plan = mclp(
            problem,
            p=sites,
            cutoff_minutes=cutoff_minutes,
            capacity=capacity,
            copies=copies,
            limit=share,
            start=plans[-1].chosen if plans else None,
        )
        if plans and plan.value < plans[-1].value:
            # The choice of one fewer, but what it proves says nothing of one more.
            most = max(plan.bound, plans[-1].value)
            plan = replace(plans[-1], bound=most, proven=same(plans[-1].value, most))
        plans.append(plan)
    return _table(problem, plans), tuple(plans)


def _table(problem: Covering, plans: list[Plan]) -> pd.DataFrame:
    value = np.array([0.0, *(plan.value for plan in plans)])
    bound = np.array([0.0, *(plan.bound for plan in plans)])
    # With more sites no less can be covered: what bounds a larger number bounds a smaller one.
    bound = np.maximum(np.minimum.accumulate(bound[::-1])[::-1], value)
    known = float(np.nansum(problem.weight[~problem.covered]))
    return pd.DataFrame(
        {
            "sites": np.arange(len(value)),
            "need_covered": value,
            "bound": bound,
            "proven": [same(one, most) for one, most in zip(value, bound, strict=True)],
            "marginal": np.r_[0.0, np.diff(value)],
            "share": value / known if known > 0 else np.full(len(value), np.nan),
        }
    )
