"""Lines a scenario opens: the question's timetables with a GTFS more, in a folder of their own while it lasts."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from geo_integration.coverage.scenario.actions import Action, OpenLine
from geo_integration.coverage.scenario.model import place_of
from geo_integration.errors import GeoIntegrationError, ScenarioRefusedError
from geo_integration.jobs.means import Means
from geo_integration.jobs.networks import file_of, open_network
from geo_integration.jobs.request import Request
from geo_integration.jobs.timetables import TRANSIT, register
from geo_integration.vocabulary import Mode

type Line = tuple[int, OpenLine]
"""A line opened, and the number of its action."""


def lines_of(actions: Sequence[Action]) -> list[Line]:
    """Return the lines that actions open."""
    return [(number, action) for number, action in enumerate(actions, start=1) if isinstance(action, OpenLine)]


def check_lines(lines: Sequence[Line], means: Means, *, beside: Path, where: str) -> None:
    """Refuse lines that cannot be ridden: by another mode, or whose file is not there (ScenarioRefusedError)."""
    for number, line in lines:
        if means.mode is not Mode.TRANSIT:
            raise ScenarioRefusedError(
                f"une ligne ne change rien à un trajet de mode « {means.mode.label.lower()} »",
                where=place_of(where, number=number, action=line.action, field="gtfs", value=line.gtfs),
                way_out='enlever cette action, ou demander "mode": "transit" dans la question',
            )
        if not (beside / line.gtfs).exists():
            raise ScenarioRefusedError(
                "ce fichier GTFS n'existe pas",
                where=place_of(where, number=number, action=line.action, field="gtfs", value=line.gtfs),
                way_out="donner un zip ou un dossier GTFS, par son chemin à partir du fichier de scénario",
            )


@contextmanager
def with_lines(
    request: Request, lines: Sequence[Line], *, beside: Path, where: str
) -> Iterator[tuple[Request, list[str]]]:
    """Give the question with the lines opened, and what a reader must know of them; what is kept is left as it is.

    Parameters
    ----------
    request : by timetable.
    lines : what :func:`lines_of` gave, checked.
    beside : the folder of the scenario file: paths start there.

    Raises
    ------
    ScenarioRefusedError
        A GTFS that cannot be used.
    """
    if not lines:
        yield request, []
        return
    means = request.means
    names = list(means.feeds if means.feeds is not None else register(means.networks).list()["name"])
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        _copy(means, folder)
        notes = []
        for number, line in lines:
            name = f"scenario-{number}"
            notes += _added(folder, name, number, line, request, beside=beside, where=where)
            names.append(name)
        yield replace(request, means=replace(means, folder=folder, feeds=tuple(names))), notes
        open_network.cache_clear()


def _copy(means: Means, folder: Path) -> None:
    """Copy what the question is answered with."""
    kept = means.networks / TRANSIT
    if kept.is_dir():
        shutil.copytree(kept, folder / TRANSIT)
    if means.network is not None:
        streets = file_of(means.network, Mode.FOOT, means.networks)
        if streets.is_file():
            shutil.copy(streets, folder / streets.name)


def _added(
    folder: Path, name: str, number: int, line: OpenLine, request: Request, *, beside: Path, where: str
) -> list[str]:
    now = datetime.combine(request.as_of, datetime.min.time(), tzinfo=UTC)
    try:
        added = register(folder).add(beside / line.gtfs, name=name, now=now)
    except GeoIntegrationError as error:
        place = place_of(where, number=number, action=line.action, field="gtfs", value=line.gtfs)
        raise ScenarioRefusedError(f"{error.what} ({error.where})", where=place, way_out=error.way_out) from error
    if line.sha256 is not None and added.feed.sha256 != line.sha256:
        return [f"Le fichier GTFS de la ligne « {line.name} » n'est plus celui du scénario ({line.sha256[:12]} alors)."]
    return []
