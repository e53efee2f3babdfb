"""The map of a computed coverage, with the layers beside it."""

from pathlib import Path

from geo_integration import territories
from geo_integration.jobs.gaps import Gaps
from geo_integration.jobs.outputs import describe
from geo_integration.maps import write_map


def write(gaps: Gaps, path: Path, *, tiles: str | None) -> None:
    """Write the map as one self-contained page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    layers = {"offers": gaps.offers, **gaps.others}
    boundaries = {"epci": territories.epci(), "departement": territories.departements()}
    write_map(
        gaps.coverage,
        path,
        layers=layers,
        boundaries=boundaries,
        rollups={level.value: table for level, table in gaps.rollups.items()},
        meta=describe(gaps.studied),
        tiles=tiles,
    )
