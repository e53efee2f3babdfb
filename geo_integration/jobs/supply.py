"""Supply and demand of one question: hours within reach of each learner, and who is left once places are taken."""

import geopandas as gpd
import pandas as pd

from geo_integration.coverage.decay import Decay
from geo_integration.coverage.residual import Order, Residual, residual
from geo_integration.exports.colours import causes, sequential
from geo_integration.exports.result import Beside, Colouring, Result
from geo_integration.jobs.ground import Progress
from geo_integration.jobs.outputs import describe
from geo_integration.jobs.request import Request
from geo_integration.jobs.supply_ground import Supplied, masked_need, need_of, silent_near, supplied, told_residual
from geo_integration.jobs.supply_words import (
    BASES,
    BOUNDS,
    FROM_COVERAGE,
    HEADINGS,
    METHOD,
    SITE_HEADINGS,
    figures,
    notes,
    places,
)
from geo_integration.schema import WGS84
from geo_integration.store import Store

_DECIMALS = 2


def compute(
    store: Store,
    request: Request,
    *,
    decay: Decay,
    order: Order = Order.LARGEST_CAPACITY,
    progress: Progress | None = None,
) -> Result:
    """Return hours within reach and residual need, by commune.

    Parameters
    ----------
    store, request : the question.
    decay : weight of a trip; ``decay_named("slow", request.minutes)`` for the zones of Luo & Qi stretched to it.
    order : which places are filled first.
    progress : told what is being done.

    Raises
    ------
    OptionError
        A catchment longer than the trips looked for.
    """
    found = supplied(store, request, decay=decay, progress=progress)
    left = residual(
        found.ways,
        found.capacity,
        need_of(found.around),
        cutoff_minutes=request.minutes,
        order=order,
        need_high=masked_need(found.around),
    )
    table = _table(found, left)
    sites = _sites(found, left)
    told = notes(
        table,
        sites,
        decay=decay,
        order=order,
        masked=masked_need(found.studied),
        silent_near=silent_near(found, decay),
    )
    meta = describe(found.studied, title="Combien d'heures de cours à portée de chacun ?", method=METHOD, notes=told)
    meta["bounds"] = list(BOUNDS)
    return Result(
        name="supply",
        key="commune_code",
        table=table,
        headings=HEADINGS,
        meta=meta,
        colourings=(
            Colouring(
                "hours_low",
                "Heures de cours par apprenant et par an (au moins)",
                sequential(table["hours_low"], unit="h", bad="low"),
            ),
            Colouring(
                "hours_high",
                "Heures de cours par apprenant et par an (au plus)",
                sequential(table["hours_high"], unit="h", bad="low"),
            ),
            Colouring(
                "residual_high",
                "Apprenants sans place (au plus)",
                sequential(table["residual_high"], unit="apprenants"),
            ),
            Colouring("cause", "Situation", causes()),
        ),
        figures=figures(sites, table, minutes=request.minutes),
        beside={
            "lieux": Beside("Lieux de cours : capacité et ce qu'on en sait", sites, SITE_HEADINGS),
        },
        points=_points(found),
        called="commune_name",
    )


def _table(found: Supplied, left: Residual) -> gpd.GeoDataFrame:
    """Return the table by commune, in the order of the coverage table."""
    coverage = found.studied.polygons()
    result = coverage[list(FROM_COVERAGE)].copy()
    of_commune = found.supply.communes.loc[coverage["commune_code"]]
    for name in ("hours_low", "hours_high"):
        result[name] = found.hours[name].to_numpy()
    result["places_reached"] = of_commune["places_reached"].to_numpy()
    result["demand_partial"] = of_commune["demand_partial"].to_numpy()
    for column, values in told_residual(found.studied, found.ways, left).items():
        result[column] = values.round(_DECIMALS).to_numpy()
    result["withheld"], result["synthetic"] = coverage["withheld"], coverage["synthetic"]
    return gpd.GeoDataFrame(result, geometry=coverage.geometry.array, crs=WGS84)


def _sites(found: Supplied, left: Residual) -> pd.DataFrame:
    capacity = found.capacity.loc[found.units.index].rename(columns={"basis": "capacity_basis"}).drop(columns="offers")
    table = capacity.join(pd.DataFrame(found.units[["label", "commune_name"]]))
    table = table.join(found.supply.places[["ratio_low", "ratio_high", "communes_reached"]])
    table = table.join(left.places[["served_low", "served_high"]]).round(_DECIMALS)
    return pd.DataFrame(table.rename_axis("place").reset_index()[list(SITE_HEADINGS)])


def _points(found: Supplied) -> gpd.GeoDataFrame:
    capacity = found.capacity.loc[found.units.index]
    text = [
        f"{places(low, high)} par an ; capacité : {BASES[basis]}"
        for low, high, basis in zip(capacity["places_low"], capacity["places_high"], capacity["basis"], strict=True)
    ]
    table = {"label": found.units["label"].to_numpy(), "text": text, "mark": "site"}
    return gpd.GeoDataFrame(table, geometry=found.units.geometry.array, crs=WGS84)
