"""The tables of siting: by commune, by site chosen, by candidate, and what no candidate can do."""

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from geo_integration import territories
from geo_integration.coverage.siting.problem import NOBODY, Booleans, Plan
from geo_integration.exports.result import Beside
from geo_integration.jobs.counting import counted, learners
from geo_integration.jobs.site_options import By, Model
from geo_integration.jobs.site_words import (
    CANDIDATE_HEADINGS,
    CURVE_HEADINGS,
    EVENING_HEADINGS,
    FROM_COVERAGE,
    LEFT_HEADINGS,
    SITE_HEADINGS,
    After,
)
from geo_integration.schema import WGS84
from geo_integration.vocabulary import Cause, OfferStatus

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from geo_integration.jobs.site import Sited

_DECIMALS = 2
_SAME = 1e-6


def newly(found: "Sited", plan: Plan) -> Booleans:
    """Say which communes not covered today a chosen site covers, in part or whole; shape (communes,)."""
    coverage = found.studied.coverage
    within = np.round(np.nan_to_num(plan.minutes, nan=np.inf), 1) <= found.studied.request.minutes
    return np.asarray((plan.assigned != NOBODY) & within & coverage["cause"].ne(Cause.COVERED.value).to_numpy())


def served(found: "Sited", plan: Plan) -> "pd.Series[float]":
    """Return the learners newly covered in each commune, NaN where a commune is and its need is not known."""
    need = found.studied.coverage["need_uncovered"].astype("float64")
    if found.asked.by is By.GROUP:
        taken = pd.Series(plan.served, index=need.index)
        return taken.where(need.notna(), np.nan)
    return need.where(newly(found, plan), 0.0)


def main_table(found: "Sited") -> gpd.GeoDataFrame:
    """Return the table by commune, in the order of the coverage table."""
    plan, studied = found.plan, found.studied
    coverage = studied.polygons()
    result = coverage[list(FROM_COVERAGE)].copy()
    new, gained = newly(found, plan), served(found, plan)
    rank = {candidate: at + 1 for at, candidate in reversed(list(enumerate(plan.chosen)))}
    shown = new | ((plan.assigned != NOBODY) & (found.asked.model is Model.P_MEDIAN))
    names = found.reached.table["name"].to_numpy()
    result["after"] = _after(coverage, new, gained, by_group=found.asked.by is By.GROUP)
    result["site_rank"] = pd.array(
        [rank[at] if ok else None for at, ok in zip(plan.assigned.tolist(), shown, strict=True)], dtype="Int64"
    )
    result["site_name"] = pd.Series(
        [names[at] if ok else None for at, ok in zip(plan.assigned.tolist(), shown, strict=True)],
        index=result.index,
        dtype="str",
    )
    result["site_minutes"] = np.where(shown, np.round(plan.minutes, 1), np.nan)
    result["minutes_today"] = coverage[["out_minutes", "back_minutes"]].max(axis=1, skipna=False)
    result["need_newly_covered"] = gained.to_numpy().round(_DECIMALS)
    low = coverage["need_uncovered_if_unknown_fits"].astype("float64")
    result["need_newly_covered_if_unknown_fits"] = np.minimum(gained, low).to_numpy().round(_DECIMALS)
    result["withheld"], result["synthetic"] = coverage["withheld"], coverage["synthetic"]
    return gpd.GeoDataFrame(result, geometry=coverage.geometry.array, crs=WGS84)


def _after(coverage: pd.DataFrame, new: Booleans, gained: "pd.Series[float]", *, by_group: bool) -> "pd.Series[str]":
    need = coverage["need_uncovered"].astype("float64")
    partly = new & (gained < need - _SAME).to_numpy()
    silent = coverage["cause"].isin([Cause.NO_DATA.value, Cause.NOT_ROUTABLE.value]).to_numpy() & ~new
    if by_group:
        silent |= need.isna().to_numpy()  # nobody knows how many seats it would take
    rules = [coverage["cause"].eq(Cause.COVERED.value).to_numpy(), partly, new, silent]
    values = [After.COVERED.value, After.PARTLY.value, After.NEWLY.value, After.UNKNOWN.value]
    return pd.Series(np.select(rules, values, After.NOT.value), index=coverage.index, dtype="str")


def beside(found: "Sited", table: pd.DataFrame) -> dict[str, Beside]:
    """Return the tables told beside the main one."""
    tables = {"lieux": Beside("Lieux choisis", chosen_table(found, found.plan), SITE_HEADINGS)}
    if found.curve is not None:
        curve = found.curve.round({"need_covered": 2, "bound": 2, "marginal": 2, "share": 4})
        title = "Besoin couvert selon le nombre de lieux"
        tables["courbe"] = Beside(title, curve, CURVE_HEADINGS, ("sites", "need_covered"))
    if found.other is not None and set(found.other.chosen) != set(found.plan.chosen):
        title = "Lieux choisis si les cours non précisés convenaient déjà"
        tables["si_non_precises"] = Beside(title, chosen_table(found, found.other), SITE_HEADINGS)
    impossible = table.loc[found.plan.impossible, list(LEFT_HEADINGS)].reset_index(drop=True)
    if len(impossible):
        tables["hors_portee"] = Beside(
            "Communes qu'aucun candidat ne peut couvrir", pd.DataFrame(impossible), LEFT_HEADINGS
        )
    if found.evening is not None:
        title = f"Communes que {found.evening.minutes} minutes de service du soir en plus couvriraient"
        names = table.set_index("commune_code")[["commune_name", "need"]]
        home = found.evening.table.join(names, on="commune_code")[list(EVENING_HEADINGS)]
        home = home.assign(back_minutes=home["back_minutes"].replace(np.inf, np.nan))
        tables["service_du_soir"] = Beside(title, home, EVENING_HEADINGS)
    tables["candidats"] = Beside("Lieux candidats", candidate_table(found), CANDIDATE_HEADINGS)
    return tables


def chosen_table(found: "Sited", plan: Plan) -> pd.DataFrame:
    """Return the sites chosen, in order, with what each brings and whom it covers."""
    coverage = found.studied.coverage
    candidates = found.reached.table
    rows = candidates.iloc[list(plan.chosen)].reset_index(drop=True)
    new, need = newly(found, plan), served(found, plan)
    known = float(coverage["need_uncovered"].sum())
    names = territories.communes(["code", "name"], geometry=False).set_index("code")["name"]
    rows["rank"] = np.arange(1, len(rows) + 1)
    rows["commune_name"] = rows["commune_code"].map(names)
    rows["gain"] = np.round(plan.gains, _DECIMALS)
    rows["cumulated"] = np.round(np.cumsum(plan.gains), _DECIMALS)
    of_need = known > 0 and plan.model != "p_median"
    rows["share"] = np.round(np.cumsum(plan.gains) / known, 4) if of_need else np.nan
    mine = [np.flatnonzero(new & (plan.assigned == at)) for at in plan.chosen]
    by_distance = [its[np.argsort(plan.minutes[its], kind="stable")] for its in mine]
    rows["communes"] = [len(its) for its in mine]
    rows["need_assigned"] = [round(float(need.iloc[its].sum()), _DECIMALS) for its in mine]
    rows["communes_need_unknown"] = [int(need.iloc[its].isna().sum()) for its in mine]
    rows["commune_names"] = [", ".join(coverage["commune_name"].iloc[its]) for its in by_distance]
    if found.asked.by is By.GROUP:
        rows["capacity"] = rows["capacity"].fillna(found.asked.group_size)
    else:
        rows["capacity"] = np.nan
    return rows[list(SITE_HEADINGS)]


def candidate_table(found: "Sited") -> pd.DataFrame:
    """Return every candidate in the order of preference, with what it would reach alone."""
    problem, table = found.problem, found.reached.table.copy()
    uncovered = problem.within(found.studied.request.minutes) & ~problem.covered[problem.demand]
    need = np.nan_to_num(found.studied.coverage["need_uncovered"].to_numpy(dtype=np.float64, na_value=np.nan))
    row, column = problem.demand[uncovered], problem.candidate[uncovered]
    table["communes"] = np.bincount(column, minlength=len(table))
    table["need_within"] = np.bincount(column, weights=need[row], minlength=len(table)).round(_DECIMALS)
    rank = {candidate: at + 1 for at, candidate in reversed(list(enumerate(found.plan.chosen)))}
    table["rank"] = pd.array([rank.get(at) for at in range(len(table))], dtype="Int64")
    return table[list(CANDIDATE_HEADINGS)]


def points(found: "Sited") -> gpd.GeoDataFrame:
    """Return the places of the map: what exists, the candidates, the sites chosen."""
    offers, status = found.studied.offers, found.studied.status
    is_open = offers["offer_id"].map(status).eq(OfferStatus.OPEN.value) & offers["site_id"].notna()
    existing = offers[is_open & offers["departement_code"].isin(found.studied.communes["departement_code"].unique())]
    first = existing.sort_values("offer_id").drop_duplicates("site_id")
    here = pd.DataFrame({"label": first["title"], "text": first["commune_name"].fillna(""), "mark": "site"})
    shapes = [*first.geometry.to_numpy()]
    candidates = found.reached.table
    chosen = chosen_table(found, found.plan)
    other = np.setdiff1d(np.arange(len(candidates)), np.array(found.plan.chosen, dtype=np.int64))
    more = candidates.iloc[other].drop_duplicates("site_id")
    possible = pd.DataFrame({"label": more["name"], "text": "Lieu candidat, non choisi", "mark": "candidate"})
    best = pd.DataFrame({"label": chosen["name"], "text": [_text(row) for row in chosen.to_dict("records")]})
    best["mark"] = "chosen"
    shapes += [*gpd.points_from_xy(more["lon"], more["lat"])]
    at = candidates.iloc[list(found.plan.chosen)]
    shapes += [*gpd.points_from_xy(at["lon"], at["lat"])]
    table = pd.concat([here, possible, best], ignore_index=True)
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=WGS84).to_numpy(), crs=WGS84)


def _text(row: "Mapping[Hashable, object]") -> str:
    hours = f"\n{row['slots']}" if isinstance(row["slots"], str) and row["slots"] else ""
    communes, unknown = int(str(row["communes"])), int(str(row["communes_need_unknown"]))
    told = [learners(float(str(row["need_assigned"])), "apprenant connu", "apprenants connus")]
    if unknown:
        told = [*(told if unknown < communes else []), f"besoin inconnu dans {unknown}"]
    return f"Rang {row['rank']} : {counted(communes, 'commune')}, {', '.join(told)}{hours}"
