"""Where to open, on a whole département: time, proof and gap of each model, against the textbook model in HiGHS.

``python benchmarks/siting.py [--departement 62] [--candidates 1500] [--p 10] [--minutes 15] [--seconds 60]``
prints a table. Communes, mairies and minutes (outline network) are real; the need is the shipped estimate, and the
candidates are the mairies and made-up places near other mairies, to make up the number asked for. Nothing exists yet:
the hardest case. The peer is the same model written pair by pair, with none of our reductions, bounds or exchanges,
given to the same HiGHS in the same run.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from geo_integration import territories
from geo_integration.coverage.need import need
from geo_integration.coverage.siting.curve import curve
from geo_integration.coverage.siting.models import Covering, Limit, Plan, lscp, mclp, p_median
from geo_integration.coverage.siting.problem import same
from geo_integration.jobs.ground import chosen, origins_of
from geo_integration.jobs.means import Means, timed
from geo_integration.jobs.model import need_model
from geo_integration.vocabulary import Kind

SEED = 1
HORIZON = 90.0
UNREACHABLE = 135.0


def problem(departement: str, candidates: int) -> Covering:
    """Return the problem: real communes and minutes, nothing open today."""
    communes = chosen(territories.select(departement))
    origins = origins_of(communes)
    rng = np.random.default_rng(SEED)
    more = origins.iloc[rng.integers(0, len(origins), max(candidates - len(origins), 0))]
    places = pd.concat([origins, more], ignore_index=True).iloc[:candidates].copy()
    moved = rng.normal(0, 0.01, (len(places), 2))
    moved[: len(origins)] = 0
    sites = pd.DataFrame(
        {
            "site_id": [f"c{number}" for number in range(len(places))],
            "lon": places["lon"] + moved[:, 0],
            "lat": places["lat"] + moved[:, 1],
            "commune_code": places["commune_code"],
        }
    )
    chunks = list(timed(Means(), sites, origins, minutes=HORIZON).chunks)
    site, commune = (np.concatenate([getattr(c, name) for c in chunks]) for name in ("site_index", "commune_index"))
    minutes = np.maximum(*(np.concatenate([getattr(c, n) for c in chunks]) for n in ("out_minutes", "back_minutes")))
    known = np.isfinite(minutes)
    needs = need(_people(), need_model(Kind.ALPHABETISATION)).set_index("commune_code")["need"]
    weight = origins["commune_code"].map(needs).to_numpy(dtype=float)
    return Covering(
        weight=weight,
        candidates=len(sites),
        demand=commune[known].astype(np.int64),
        candidate=site[known].astype(np.int64),
        minutes=minutes[known].astype(np.float64),
        covered=np.zeros(len(origins), dtype=bool),
        existing_minutes=np.full(len(origins), np.inf),
    )


def _people() -> pd.DataFrame:
    from geo_integration.coverage.need import people  # noqa: PLC0415

    return people(territories.communes(geometry=False), need_model(Kind.ALPHABETISATION).totals)


def textbook(case: Covering, p: int, gain: np.ndarray, pairs: np.ndarray, seconds: float) -> tuple[float, float]:
    """Return the value and the bound of the model with one variable per pair, as HiGHS leaves them."""
    row, column, worth = case.demand[pairs], case.candidate[pairs], gain[pairs]
    count, n, m = len(row), case.candidates, case.demands
    at = n + np.arange(count)
    rows = np.r_[np.arange(count), np.arange(count), count + row, np.full(n, count + m)]
    columns = np.r_[at, column, at, np.arange(n)]
    values = np.r_[np.ones(count), -np.ones(count), np.ones(count + n)]
    table = csr_array((values, (rows, columns)), shape=(count + m + 1, n + count))
    limits = np.r_[np.zeros(count), np.ones(m), float(p)]
    found = milp(
        -np.r_[np.zeros(n), worth],
        integrality=np.r_[np.ones(n), np.zeros(count)],
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(table, -np.inf, limits),
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    bound = -found.mip_dual_bound if found.mip_dual_bound is not None else np.inf
    return (-found.fun if found.fun is not None else np.nan), bound


def _timed[T](what: Callable[[], T]) -> tuple[T, float]:
    start = time.perf_counter()
    return what(), time.perf_counter() - start


def main() -> None:
    """Run every model and print one line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--departement", default="62")
    parser.add_argument("--candidates", type=int, default=1500)
    parser.add_argument("--p", type=int, default=10)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    asked = parser.parse_args()
    case, seconds = _timed(lambda: problem(asked.departement, asked.candidates))
    print(f"{case.demands} communes, {case.candidates} candidats, {len(case.demand)} trajets : {seconds:.1f} s")
    print(f"besoin connu : {np.nansum(case.weight):.1f} ; p = {asked.p}, {asked.minutes:g} minutes\n")
    limit, p, cutoff = Limit(asked.seconds), asked.p, asked.minutes
    models: dict[str, Callable[[], Plan]] = {
        "mclp": lambda: mclp(case, p=p, cutoff_minutes=cutoff, limit=limit),
        "mclp, groupes de 12": lambda: mclp(
            case, p=p, cutoff_minutes=cutoff, capacity=np.full(case.candidates, 12.0), copies=2, limit=limit
        ),
        "mclp, groupes de 40": lambda: mclp(
            case, p=p, cutoff_minutes=cutoff, capacity=np.full(case.candidates, 40.0), limit=limit
        ),
        "lscp": lambda: lscp(case, cutoff_minutes=cutoff, limit=limit),
        "p-median": lambda: p_median(case, p=p, unreachable_minutes=UNREACHABLE, limit=limit),
        "mclp, limite 0 s": lambda: mclp(case, p=p, cutoff_minutes=cutoff, limit=Limit(0)),
    }
    print("| modèle | secondes | valeur | borne | prouvé | écart % |\n|---|---|---|---|---|---|")
    for name, solve in models.items():
        plan, seconds = _timed(solve)
        print(_line(name, seconds, plan.value, plan.bound, proven=plan.proven), flush=True)
    (table, _), seconds = _timed(lambda: curve(case, p=p, cutoff_minutes=cutoff, limit=limit))
    last = table.iloc[-1]
    name = f"courbe 0…{p}, {int(table['proven'].sum())} points prouvés"
    print(_line(name, seconds, last["need_covered"], last["bound"], proven=bool(last["proven"])), flush=True)
    weight = np.nan_to_num(case.weight)[case.demand]
    within = case.within(cutoff)
    (value, bound), seconds = _timed(lambda: textbook(case, p, weight, np.flatnonzero(within), asked.seconds))
    print(_line("pair : mclp, HiGHS seul", seconds, value, bound, proven=same(value, bound)), flush=True)
    spared = weight * (UNREACHABLE - np.round(case.minutes, 1))
    today = float(np.nansum(case.weight) * UNREACHABLE)
    (value, bound), seconds = _timed(lambda: textbook(case, p, spared, np.flatnonzero(spared > 0), asked.seconds))
    line = _line("pair : p-median, HiGHS seul", seconds, today - value, today - bound, proven=same(value, bound))
    print(line)


def _line(name: str, seconds: float, value: float, bound: float, *, proven: bool) -> str:
    gap = 0.0 if proven else 100 * abs(bound - value) / max(abs(value), 1e-9)
    return f"| {name} | {seconds:.1f} | {value:.2f} | {bound:.2f} | {'oui' if proven else 'non'} | {gap:.2f} |"


if __name__ == "__main__":
    main()
