"""Territories small enough to try every world, and the demonstration's own counts."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from geo_integration import territories
from geo_integration.disclosure import Viewer, release_people
from geo_integration.sources.bpi import read

DEMO = Path(__file__).parents[2] / "data" / "demo" / "bpi_demo.csv"
REGION = "32"


def communes(rows: Sequence[tuple[str, int, str, str, str]]) -> pd.DataFrame:
    """Return a territories table from code, population, EPCI, arrondissement, département."""
    names = ["code", "population", "epci_code", "arrondissement_code", "departement_code"]
    return pd.DataFrame(list(rows), columns=names).assign(region_code="R")


TINY = communes(
    [
        ("a", 100, "E", "X1", "X"),
        ("b", 200, "E", "X1", "X"),
        ("c", 300, "E", "X1", "X"),
        ("town", 6000, "E", "X1", "X"),
    ]
)
"""One group of three villages and a town on its own: every world of it can be tried."""


def persons(table: pd.DataFrame, counts: Sequence[float | None], basis: str = "official") -> pd.DataFrame:
    """Return the counts of communes in their order."""
    counted = pd.Series(list(counts), dtype="float64")
    return pd.DataFrame({"commune_code": table["code"], "persons": counted, "need_basis": basis})


def told(
    table: pd.DataFrame, counts: Sequence[float | None], *, threshold: int = 11, viewer: Viewer = Viewer.PUBLIC
) -> bytes:
    """Return the very bytes a viewer gets."""
    released = release_people(persons(table, counts), viewer, table, threshold=threshold, epci_names={})
    return released.to_csv(index=False).encode()


def told_each(table: pd.DataFrame, worlds: Sequence[Sequence[float]], *, threshold: int) -> list[bytes]:
    """Return what the public gets of each world of one département, released together as if each were a département.

    A thousand times faster than one by one; that it is the same is tested, for no département depends on another.
    """
    count, size = len(worlds), len(table)
    repeated = pd.concat([table] * count, ignore_index=True)
    copy = pd.Series(np.repeat(np.arange(count), size)).map("{:05d}".format)
    for name in ("code", "epci_code", "arrondissement_code", "departement_code"):
        repeated[name] = repeated[name] + "@" + copy
    every = [float(people) for world in worlds for people in world]
    released = release_people(persons(repeated, every), Viewer.PUBLIC, repeated, threshold=threshold, epci_names={})
    lines = released.to_csv(index=False).splitlines(keepends=True)
    plain = [line.replace(f"@{index // size:05d}", "") for index, line in enumerate(lines[1:])]
    return ["".join([lines[0], *plain[start : start + size]]).encode() for start in range(0, count * size, size)]


def moved(counts: Sequence[int], block: Sequence[str], commune: int, people: int) -> list[int]:
    """Return other counts: ``people`` (0 to 10) in a small commune, the rest of its block made up by its mates.

    Where the block has fewer than 11 people everybody else may be nobody; else the total stays what it is.
    """
    mates = [index for index, name in enumerate(block) if name == block[commune] and index != commune]
    total = sum(counts[index] for index in [commune, *mates])
    other = list(counts)
    for index in mates:
        other[index] = 0
    if total > 10:
        other[mates[0]] = total - people
    other[commune] = people
    return other


@cache
def _demo() -> tuple[pd.DataFrame, pd.DataFrame]:
    every = territories.communes(geometry=False)
    public = every[every["region_code"].eq(REGION).fillna(value=False)].reset_index(drop=True)
    counts = read(DEMO).tables["bpi"].set_index("commune_code")["persons"].astype("float64")
    listed = public["code"].isin(counts.index)
    counted = public["code"].map(counts).mask(~listed, 0.0)
    return public, persons(public, counted.tolist(), "synthetic")


def demo() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the communes of Hauts-de-France and the demonstration's made-up people; masked ones are null."""
    public, counted = _demo()
    return public.copy(), counted.copy()


def demo_without_masks() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the same with 3 people where the file masks: the attacks need to know the truth."""
    public, counted = demo()
    return public, counted.assign(persons=counted["persons"].fillna(3.0))


def crowded(public: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return made-up counts of every size in every kind of commune: nobody, a few, and hundreds."""
    draw = np.random.default_rng(seed)
    mean = draw.gamma(0.3, 1.0, len(public)) * public["population"].astype("float64").fillna(0).to_numpy() * 0.004
    return persons(public, draw.poisson(mean).astype("float64").tolist())
