"""Two worlds a viewer must not tell apart give the same answer of every analysis: files to the byte, and figures said.

As :mod:`tests.disclosure.test_end_to_end`, for what is computed on top of coverage: hours per learner, residual need,
inequality, sites, calendars, scenarios, dwellings. The intercommunalité is in Nord and in Pas-de-Calais.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from geo_integration.coverage.decay import decay_named
from geo_integration.coverage.residual import Order
from geo_integration.coverage.scenario.model import parse_scenario
from geo_integration.disclosure import Viewer
from geo_integration.exports.result import Result
from geo_integration.exports.result_files import write_result
from geo_integration.jobs import calendar, equity, housing, scenario, site, site_options, supply
from geo_integration.jobs.demo import as_of, load
from geo_integration.jobs.gaps import Request
from geo_integration.jobs.scenario_question import request_of
from geo_integration.store import Store, open_store
from geo_integration.vocabulary import Kind, Mode
from tests.disclosure.test_end_to_end import NORD, PAS_DE_CALAIS, another, publish

EPCI = "245900758"
MINUTES = 20
SUFFIXES = (".csv", ".xlsx", ".html")

type Answer = tuple[dict[str, bytes], tuple[tuple[str, str], ...]]


def _supply(store: Store, request: Request) -> Result:
    return supply.compute(store, request, decay=decay_named("slow", MINUTES), order=Order.LARGEST_CAPACITY)


def _equity(store: Store, request: Request) -> Result:
    return equity.compute(store, request, decay=decay_named("slow", MINUTES), options=equity.Options())


def _site(store: Store, request: Request) -> Result:
    return site.compute(
        store, request, asked=site_options.Asked(p=2, candidates=(site_options.CandidateSource.MAIRIES,))
    )


def _scenario(store: Store, request: Request) -> Result:
    opened = {"action": "add_site", "name": "Nouveau", "kind": "alphabetisation", "commune_code": "62736"}
    asked = {"territory": EPCI, "kind": "alphabetisation", "minutes": MINUTES, "as_of": as_of().isoformat()}
    read = parse_scenario(json.dumps({"version": 1, "name": "Essai", "question": asked, "actions": [opened]}))
    return scenario.compute(store, request_of(read, viewer=request.viewer, where="essai"), read)


ANALYSES: dict[str, Callable[[Store, Request], Result]] = {
    "supply": _supply,
    "equity": _equity,
    "site": _site,
    "calendar": calendar.compute,
    "scenario": _scenario,
    "housing": lambda store, request: housing.compute(store, request, modes=[Mode.FOOT]),
}
REFERENT = Viewer.referent([PAS_DE_CALAIS])
THAT_DIFFERS = "supply"


def answers(store: Store, viewer: Viewer, folder: Path, names: Iterable[str] = tuple(ANALYSES)) -> dict[str, Answer]:
    request = Request(EPCI, Kind.ALPHABETISATION, MINUTES, as_of(), viewer=viewer)
    found = {}
    for name, compute in ((name, ANALYSES[name]) for name in names):
        if name == "housing" and viewer is Viewer.PUBLIC:  # refused altogether
            continue
        result = compute(store, request)
        written = [path for suffix in SUFFIXES for path in write_result(result, folder / f"{name}{suffix}")]
        found[name] = {path.name: path.read_bytes() for path in written}, result.figures
    return found


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Answer]]:
    folder = tmp_path_factory.mktemp("analyses")
    store = open_store(folder / "store")
    list(load(store))
    found = {}
    for name, departements in (("as it is", []), ("other 62", [PAS_DE_CALAIS]), ("other 59", [NORD])):
        publish(store, another(departements), folder / "bpi.csv")
        if name != "other 59":
            found[f"public, {name}"] = answers(store, Viewer.PUBLIC, folder)
        names = [THAT_DIFFERS] if name == "other 62" else ANALYSES
        found[f"referent of 62, {name}"] = answers(store, REFERENT, folder, names)
    return found


@pytest.mark.parametrize("name", [name for name in ANALYSES if name != "housing"])
def test_the_public_cannot_tell_two_worlds_apart(worlds: dict[str, dict[str, Answer]], name: str) -> None:
    assert worlds["public, as it is"][name] == worlds["public, other 62"][name]


@pytest.mark.parametrize("name", ANALYSES)
def test_the_referent_of_62_cannot_tell_two_worlds_of_59_apart(worlds: dict[str, dict[str, Answer]], name: str) -> None:
    assert worlds["referent of 62, as it is"][name] == worlds["referent of 62, other 59"][name]


def test_the_referent_of_62_does_see_another_world_of_62(worlds: dict[str, dict[str, Answer]]) -> None:
    one, other = (worlds[f"referent of 62, {name}"][THAT_DIFFERS][0] for name in ("as it is", "other 62"))
    assert one != other  # the worlds do differ
