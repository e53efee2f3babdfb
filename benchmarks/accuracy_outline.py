"""Car times of the outline network beside INSEE's metric-OSRM in Gironde: no street extract of it is to be had here."""

from pathlib import Path

import numpy as np
from accuracy_streets import SHORT_MINUTES, error_cells
from calibrate_outline import PAIRS, outline_minutes, read_pairs
from pages import markdown_table

from geo_integration.travel.outline import OutlineNetwork


def section(cache: Path) -> str:
    """Measure and return the section."""
    del cache
    pairs = read_pairs(PAIRS)
    minutes = outline_minutes(pairs, OutlineNetwork.load())
    known = pairs["Dist_min"].to_numpy()
    rows = []
    for half, chosen in (("fitted on", pairs["fits"].to_numpy()), ("**held out**", ~pairs["fits"].to_numpy())):
        answered = chosen & np.isfinite(minutes)
        short = answered & (known < SHORT_MINUTES)
        cells = [error_cells(minutes[which], known[which]) for which in (answered, short)]
        rows.append([half, *cells[0], *cells[1]])
    head = ["half", "pairs", "median, min", "p90", "bias", "under 45 min: pairs", "median", "p90", "bias"]
    return f"{INTRODUCTION}\n\n{markdown_table(head, rows)}"


INTRODUCTION = """## Car where no streets are loaded: the outline network in Gironde

The 1,250 pairs of INSEE's *metric-OSRM* (2021) are the only French car times at hand, and **no street extract of
Gironde is to be had here: our street network is not compared with them**, only the outline network that answers where
no streets are loaded. Half of the pairs fitted it ([outline.md](outline.md)); recomputed in this run with the
parameters that ship:"""
