"""What coverage by points refuses, checked once at its door."""

from typing import NoReturn

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.errors import LayerError, OptionError
from geo_integration.vocabulary import Cause

CAUSES = tuple(cause.value for cause in Cause)


def check_points(points: pd.DataFrame, by: str) -> None:
    """Refuse points without territory, with impossible people or minutes, or an unknown cause (LayerError)."""
    need_columns(points, (by, "persons", "minutes", "cause"), "points")
    persons = points["persons"].to_numpy(dtype=np.float64, na_value=np.nan)
    minutes = points["minutes"].to_numpy(dtype=np.float64, na_value=np.nan)
    for what, wrong in (
        (f"territoire absent ({by})", points[by].isna()),
        ("nombre de personnes absent, négatif ou infini", ~(np.isfinite(persons) & (persons >= 0))),
        ("minutes négatives", minutes < 0),
        ("cause inconnue", ~points["cause"].isin(CAUSES)),
    ):
        if wrong.any():
            fail(what, wrong, points)


def check_communes(points: pd.DataFrame, communes: pd.DataFrame) -> None:
    """Refuse communes that are repeated or have an unknown cause, and points of none of them (LayerError)."""
    need_columns(communes, ("commune_code", "population", "cause", "minutes"), "communes")
    need_columns(points, ("commune_code",), "points")
    strange = ~points["commune_code"].isin(set(communes["commune_code"]))
    if strange.any():
        fail("points d'une commune qui n'est pas demandée", strange, points)
    for what, wrong in (
        ("commune répétée", communes["commune_code"].duplicated()),
        ("cause inconnue", ~communes["cause"].isin(CAUSES)),
    ):
        if wrong.any():
            fail(what, wrong, communes)


def check_threshold(threshold: float) -> None:
    """Refuse a threshold outside its range (OptionError)."""
    if not 0 < threshold <= 1:
        refuse_option("threshold", threshold, "donner une part au-dessus de 0, jusqu'à 1, par exemple 0.5")


def refuse_option(name: str, value: float, way_out: str) -> NoReturn:
    """Raise OptionError for an option of coverage by points."""
    raise OptionError(f"{name} vaut {value}", where="couverture par point", way_out=way_out)


def need_columns(table: pd.DataFrame, columns: tuple[str, ...], where: str) -> None:
    """Raise LayerError when a column is missing."""
    if missing := [name for name in columns if name not in table.columns]:
        raise LayerError(f"colonnes absentes : {', '.join(missing)}", where=where, way_out="voir docs/coverage.md")


def fail(what: str, wrong: "pd.Series[bool] | npt.NDArray[np.bool_]", table: pd.DataFrame) -> NoReturn:
    """Raise LayerError, naming the first row that is wrong."""
    row = table[np.asarray(wrong, dtype=np.bool_)].iloc[0]
    shown = ", ".join(f"{name} {row[name]}" for name in ("point_id", "commune_code", "persons", "cause") if name in row)
    raise LayerError(f"{what} ({shown})", where="couverture par point", way_out="voir docs/coverage.md")
