"""How unequal access is, and where under-served communes gather, for one question."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geo_integration import territories
from geo_integration.coverage.clusters import FALSE_DISCOVERIES, Clusters, Neighbours, clusters
from geo_integration.coverage.decay import Decay
from geo_integration.coverage.inequality import Better, Inequality, inequality
from geo_integration.errors import OptionError
from geo_integration.exports.colours import sequential
from geo_integration.exports.result import Beside, Colouring, Result
from geo_integration.jobs.equity_words import (
    BOUNDS,
    CURVE_HEADINGS,
    GROUP_HEADINGS,
    HEADINGS,
    INDEX_HEADINGS,
    METHOD,
    cluster_swatches,
    computable,
    curve_headings,
    figures,
    index_rows,
    notes,
)
from geo_integration.jobs.ground import Progress
from geo_integration.jobs.outputs import describe
from geo_integration.jobs.request import Request
from geo_integration.jobs.studied import Studied
from geo_integration.jobs.supply_ground import Supplied, silent_near, supplied
from geo_integration.jobs.supply_words import FROM_COVERAGE
from geo_integration.schema import WGS84
from geo_integration.store import Store
from geo_integration.vocabulary import Basis, Cause, TerritoryLevel

__all__ = ["CURVE_HEADINGS", "SEED", "Options", "compute"]

SEED = 20261122
"""Of the intervals and of the permutations, unless another is asked for."""

GROUPS = {
    TerritoryLevel.EPCI: "epci_code",
    TerritoryLevel.ARRONDISSEMENT: "arrondissement_code",
    TerritoryLevel.DEPARTEMENT: "departement_code",
    TerritoryLevel.REGION: "region_code",
}
"""Territories the Theil index may be split by, and their column."""


@dataclass(frozen=True)
class Options:
    """How inequality is measured.

    Attributes
    ----------
    by : territories the Theil index is split by, one of :data:`GROUPS`.
    seed : of everything drawn.
    replicates, confidence : of the intervals.
    permutations, false_discoveries, neighbours : of the groups of communes.
    """

    by: TerritoryLevel = TerritoryLevel.EPCI
    seed: int = SEED
    replicates: int = 1000
    confidence: float = 0.95
    permutations: int = 9990
    false_discoveries: float = FALSE_DISCOVERIES
    neighbours: Neighbours = Neighbours.TOUCHING

    def __post_init__(self) -> None:
        """Refuse a level the communes are not grouped by (OptionError)."""
        if self.by not in GROUPS:
            raise OptionError(
                f"« {self.by.label} » ne partage pas les communes",
                where="--by",
                way_out=f"valeurs acceptées : {', '.join(level.value for level in GROUPS)}",
            )


def compute(
    store: Store, request: Request, *, decay: Decay, options: Options | None = None, progress: Progress | None = None
) -> Result:
    """Return inequality of hours and minutes among learners, and the groups of under-served communes.

    Parameters
    ----------
    store, request : the question.
    decay : weight of a trip, for the hours within reach.
    options : how inequality is measured.
    progress : told what is being done.

    Raises
    ------
    OptionError
        Options out of range, or a catchment longer than the trips looked for.
    """
    asked = options or Options()
    found = supplied(store, request, decay=decay, progress=progress)
    values = _values(found)
    measured = {name: _unequal(found.studied, values[name], asked) for name in values.columns}
    grouped = {
        "hours": _grouped(found.studied, values["hours_low"], Better.MORE, asked),
        "minutes": _grouped(found.studied, _censored(found.studied, values["minutes"]), Better.LESS, asked),
    }
    table = _table(found, values, grouped)
    told = notes(measured, grouped, decay, horizon=request.horizon, silent_near=silent_near(found, decay))
    meta = describe(found.studied, title="L'accès aux cours est-il équitable ?", method=METHOD, notes=told)
    meta["bounds"] = list(BOUNDS)
    return Result(
        name="equity",
        key="commune_code",
        table=table,
        headings=HEADINGS,
        meta=meta,
        colourings=(
            Colouring("cluster_minutes", "Groupes de communes, en minutes de trajet", cluster_swatches()),
            Colouring("cluster_hours", "Groupes de communes, en heures de cours à portée", cluster_swatches()),
            Colouring(
                "hours_low",
                "Heures de cours par apprenant et par an (au moins)",
                sequential(table["hours_low"], unit="h", bad="low"),
            ),
            Colouring("minutes", "Trajet jusqu'au cours le plus proche", sequential(table["minutes"], unit="min")),
        ),
        figures=figures(measured, table),
        beside={
            "indices": Beside("Indices d'inégalité, pondérés par le besoin", index_rows(measured), INDEX_HEADINGS),
            **_curves(measured),
            **_territories(measured, asked.by),
        },
        called="commune_name",
    )


def _values(found: Supplied) -> pd.DataFrame:
    """Return what is compared, by commune: hours (null: not known) and minutes (``inf``: none within the horizon)."""
    coverage = found.studied.coverage
    longer = coverage[["out_minutes", "back_minutes"]].max(axis=1, skipna=False)
    minutes = longer.where(coverage["basis"].ne(Basis.POINTS.value), coverage["median_minutes"])
    silent = coverage["cause"].isin([Cause.NO_DATA.value, Cause.NOT_ROUTABLE.value])
    minutes = minutes.astype("float64").fillna(np.inf).mask(silent)
    codes = pd.Index(coverage["commune_code"], name="commune_code")
    return found.hours.set_axis(codes).assign(minutes=minutes.to_numpy())


def _unequal(studied: Studied, values: "pd.Series[float]", asked: Options) -> Inequality:
    coverage = studied.coverage.set_index("commune_code")
    return inequality(
        values,
        coverage["need"].astype("float64"),
        coverage[GROUPS[asked.by]],
        seed=asked.seed,
        replicates=asked.replicates,
        confidence=asked.confidence,
    )


def _censored(studied: Studied, minutes: "pd.Series[float]") -> "pd.Series[float]":
    """Put the horizon for communes no course is found for: they are at least that far, and must not be left out."""
    return minutes.replace(np.inf, studied.request.horizon)


def _grouped(studied: Studied, values: "pd.Series[float]", better: Better, asked: Options) -> Clusters:
    shapes = studied.polygons().set_index("commune_code")[["geometry"]]
    if asked.neighbours is Neighbours.NEAREST:
        shapes = territories.to_metric(shapes)
    return clusters(
        values,
        shapes,
        better=better,
        seed=asked.seed,
        permutations=asked.permutations,
        false_discoveries=asked.false_discoveries,
        neighbours=asked.neighbours,
    )


def _table(found: Supplied, values: pd.DataFrame, grouped: dict[str, Clusters]) -> gpd.GeoDataFrame:
    """Return the table by commune, in the order of the coverage table."""
    coverage = found.studied.polygons()
    result = coverage[list(FROM_COVERAGE)].copy()
    for name in ("hours_low", "hours_high"):
        result[name] = values[name].to_numpy()
    result["minutes"] = values["minutes"].replace(np.inf, np.nan).round(1).to_numpy()
    for measure, one in grouped.items():
        result[f"cluster_{measure}"] = one.communes["cluster"].to_numpy()
        result[f"q_value_{measure}"] = one.communes["q_value"].round(4).to_numpy()
    result["withheld"], result["synthetic"] = coverage["withheld"], coverage["synthetic"]
    return gpd.GeoDataFrame(result, geometry=coverage.geometry.array, crs=WGS84)


def _curves(measured: dict[str, Inequality]) -> dict[str, Beside]:
    """Return a Lorenz curve per measure."""
    return {
        f"lorenz_{name}": Beside(
            f"Courbe de Lorenz : {CURVE_HEADINGS[name].label.lower()}",
            one.curve.round(6),
            curve_headings(name),
            ("share_learners", "share_value"),
            diagonal=True,
        )
        for name, one in measured.items()
        if len(one.curve) and computable(one)
    }


def _territories(measured: dict[str, Inequality], by: TerritoryLevel) -> dict[str, Beside]:
    """Return what each territory adds to the Theil index, for the sure hours and the minutes, where there is one."""
    names = _names(by)
    tables = {}
    for name in ("hours_low", "minutes"):
        if not computable(measured[name]):
            continue
        table = measured[name].groups.assign(name=lambda rows: rows["group"].map(names))
        tables[f"territoires_{name}"] = Beside(
            f"Inégalité entre et dans les territoires ({by.label}) : {CURVE_HEADINGS[name].label.lower()}",
            table[list(GROUP_HEADINGS)].round(6),
            GROUP_HEADINGS,
        )
    return tables


def _names(by: TerritoryLevel) -> "pd.Series[str]":
    tables = {
        TerritoryLevel.REGION: territories.regions,
        TerritoryLevel.DEPARTEMENT: territories.departements,
        TerritoryLevel.ARRONDISSEMENT: territories.arrondissements,
        TerritoryLevel.EPCI: territories.epci,
    }
    return pd.DataFrame(tables[by](geometry=False)).set_index("code")["name"]
