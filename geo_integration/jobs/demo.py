"""The demonstration: the shipped, made-up inputs through the whole street, with nothing hidden."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from geo_integration.errors import MissingDataError
from geo_integration.jobs.by_timetable import latest_return
from geo_integration.jobs.gaps import Request
from geo_integration.jobs.ground import Progress
from geo_integration.jobs.imports import Format, Imported, ImportOptions, import_file, rebuild
from geo_integration.jobs.means import Means
from geo_integration.jobs.networks import Wanted as NetworkWanted
from geo_integration.jobs.networks import construct
from geo_integration.jobs.timetables import add_feeds, first_week
from geo_integration.settings import settings
from geo_integration.store import Store
from geo_integration.vocabulary import Mode

AREA = "demo"
"""Name of the street network the demonstration builds."""


@dataclass(frozen=True)
class DemoInput:
    """One file of the demonstration."""

    format: Format
    file: str
    synthetic: bool = True
    covers: tuple[str, ...] = ()
    """Départements it covers in full; read from its rows where empty."""


INPUTS = (
    DemoInput(Format.SCHOOLS, "demo/schools_demo.csv"),
    DemoInput(Format.LHEO, "demo/lheo_demo.xml"),
    DemoInput(Format.DATA_INCLUSION, "demo/data_inclusion_demo.jsonl"),
    DemoInput(Format.DIAN, "demo/dian_demo.csv"),
    DemoInput(Format.OEPRE, "demo/oepre_demo.csv"),
    DemoInput(Format.HOUSING, "demo/housing_demo.csv"),
    DemoInput(Format.BPI, "demo/bpi_demo.csv", covers=("02", "59", "60", "62", "80")),
    DemoInput(Format.CTAI, "reference/ctai_contracts.csv", synthetic=False),
)
"""In the order in which they need one another: schools before the OEPRE list that names them."""


def as_of() -> date:
    """Return the day the demonstration takes place."""
    return date.fromisoformat(json.loads(_path("demo/demo.json").read_text(encoding="utf-8"))["as_of"])


def load(store: Store) -> Iterator[tuple[DemoInput, Imported]]:
    """Import the demonstration's files one by one, then join them; the clock is the day it takes place.

    The layers that join all sources are there once the last file has been given.
    """
    now = _now()
    layers: set[str] = set()
    for one in INPUTS:
        name = f"{one.format.value}-demo" if one.synthetic else None
        options = ImportOptions(name=name, synthetic=one.synthetic, covers=one.covers)
        done = import_file(store, one.format, _path(one.file), options=options, now=now, join=False)
        if one.format is Format.SCHOOLS:  # the OEPRE list needs them joined
            rebuild(store, done.result.tables, now=now)
        layers.update(done.result.tables)
        if one is INPUTS[-1]:
            rebuild(store, layers, now=now)
        yield one, done


@dataclass(frozen=True)
class Face:
    """One question of the demonstration, and what the names of its files end with."""

    suffix: str
    request: Request


def faces(
    request: Request, *, folder: Path, osm: Path | None, gtfs: Sequence[Path], hours: Means, progress: Progress
) -> list[Face]:
    """Prepare the questions: by car, and by timetable where one is given.

    Parameters
    ----------
    request : the question, by car on the outline network.
    folder : where networks and timetables are made.
    osm : extract that takes the place of the outline network, and that people walk on.
    gtfs : timetables.
    hours : class hours (the rest of it is not looked at); without a week, the first one all timetables cover.
    progress : told of the networks built.
    """
    if gtfs:
        latest_return(hours)  # hours that make no sense are refused before anything is done
    network = None
    if osm is not None:
        modes = (Mode.CAR, Mode.FOOT) if gtfs else (Mode.CAR,)
        wanted = NetworkWanted(area=AREA, osm=osm, territory=request.territory, modes=modes)
        construct(wanted, folder, progress=progress)
        network = AREA
    by_car = replace(request, means=Means(network=network, folder=folder))
    if not gtfs:
        return [Face("", by_car)]
    feeds = add_feeds(gtfs, folder, now=_now())
    by_transit = replace(
        hours,
        mode=Mode.TRANSIT,
        network=network,
        folder=folder,
        feeds=feeds,
        week_of=hours.week_of or first_week(feeds, folder),
    )
    return [Face("", by_car), Face("-transit", replace(request, means=by_transit))]


def _now() -> datetime:
    return datetime.combine(as_of(), datetime.min.time(), tzinfo=UTC)


def _path(name: str) -> Path:
    path = settings().data / name
    if not path.is_file():
        raise MissingDataError("fichier de démonstration absent", where=str(path), way_out="réinstaller le projet")
    return path
