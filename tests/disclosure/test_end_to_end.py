"""From the store to the files: two worlds the public must not tell apart give the same files to the byte.

Rates, need uncovered, roll-ups, classes and colours of the map, labels, sources: whatever a file says is in the
comparison. The second world has other people in every block, and the same class of each.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo_integration.disclosure import Viewer
from geo_integration.disclosure.blocks import blocks
from geo_integration.jobs import outputs, pictures
from geo_integration.jobs.demo import INPUTS, as_of, load
from geo_integration.jobs.gaps import Request, compute
from geo_integration.jobs.imports import Format, ImportOptions, import_file
from geo_integration.store import Store, open_store
from geo_integration.vocabulary import Kind
from tests.disclosure.samples import demo

FILES = ("gaps.csv", "gaps.geojson", "gaps.xlsx", "gaps.gpkg", "map.html")
NORD, PAS_DE_CALAIS = "59", "62"


def another(departements: list[str]) -> pd.DataFrame:
    """Return the demonstration's table of people with others in every block of some départements, class by class.

    In each block the people of two of its communes are swapped or moved, masks included: the total stays.
    """
    public, counted = demo()
    block = blocks(public, epci_names={})["block"].to_numpy()
    rows = public["departement_code"].isin(departements).to_numpy()
    people = counted["persons"].to_numpy().copy()
    for name in np.unique(block[rows]):
        members = np.flatnonzero(block == name)
        people[members] = np.roll(people[members], 1)
        if len(members) == 1 and people[members[0]] < 11:
            people[members] = 10 - people[members]
    table = pd.DataFrame({"code_commune": public["code"], "nb_bpi": people})
    shown = table["nb_bpi"].map(lambda count: "<5" if np.isnan(count) else str(int(count)))
    return table.assign(nb_bpi=shown, donnee_fictive="oui", date_observation="2026-06-30")


def publish(store: Store, table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, sep=";", index=False)
    (given,) = (one for one in INPUTS if one.format is Format.BPI)
    now = store.history("bpi")[-1].at
    options = ImportOptions(name="bpi-demo", synthetic=True, covers=given.covers)
    import_file(store, Format.BPI, path, options=options, now=now)


def files(store: Store, viewer: Viewer, folder: Path, territory: str = "62") -> dict[str, bytes]:
    found = compute(store, Request(territory, Kind.ALPHABETISATION, 45, as_of(), viewer=viewer))
    if viewer.sees_everything:  # enough to know that the worlds differ
        outputs.write(found, folder / FILES[0])
        return {FILES[0]: (folder / FILES[0]).read_bytes()}
    for name in FILES[:-1]:
        outputs.write(found, folder / name)
    pictures.write(found, folder / FILES[-1], tiles=None)
    return {name: (folder / name).read_bytes() for name in FILES}


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """Return the files of each world: as shipped, changed in 62, changed in 59."""
    folder = tmp_path_factory.mktemp("worlds")
    store = open_store(folder / "store")
    list(load(store))
    referent = Viewer.referent([PAS_DE_CALAIS])
    found = {}
    for name, departements in (("as it is", []), ("other 62", [PAS_DE_CALAIS]), ("other 59", [NORD])):
        publish(store, another(departements), folder / "bpi.csv")
        found[f"public, {name}"] = files(store, Viewer.PUBLIC, folder)
        if name != "other 62":
            found[f"referent of 62, {name}"] = files(store, referent, folder, "59,62")
        if name != "other 59":
            found[f"administrator, {name}"] = files(store, Viewer.ADMINISTRATOR, folder)
    return found


@pytest.mark.parametrize("name", FILES)
def test_the_public_cannot_tell_two_worlds_apart(worlds: dict[str, dict[str, bytes]], name: str) -> None:
    assert worlds["public, as it is"][name] == worlds["public, other 62"][name]
    assert worlds["administrator, as it is"][FILES[0]] != worlds["administrator, other 62"][FILES[0]]  # they do differ


@pytest.mark.parametrize("name", FILES)
def test_the_referent_of_62_cannot_tell_two_worlds_of_59_apart(worlds: dict[str, dict[str, bytes]], name: str) -> None:
    assert worlds["referent of 62, as it is"][name] == worlds["referent of 62, other 59"][name]
