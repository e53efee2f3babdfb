"""What a ground holds for its viewer."""

from dataclasses import replace

import pandas as pd
import pytest

from geo_integration.disclosure import Viewer, release_people
from geo_integration.jobs import studied
from geo_integration.jobs.studied import Studied, study_layers
from geo_integration.layers import LAYERS
from tests.jobs.scenario_samples import loaded, offers, request

LENS, LILLE = "62498", "59350"


@pytest.fixture(scope="module")
def ground() -> Studied:
    rows = [("h:1", LENS, 12), ("h:2", LILLE, 30)]
    table = pd.DataFrame(rows, columns=["housing_id", "commune_code", "dwellings"])
    housing = LAYERS["housing"].conform(table.assign(kind="captured", source="t", synthetic=False))
    return study_layers(loaded(offers([("t:1", "alphabetisation", LENS)]), housing=housing), request(), keep_ways=False)


@pytest.mark.parametrize(
    ("viewer", "shown"),
    [
        (Viewer.ADMINISTRATOR, [LENS, LILLE]),
        (Viewer.referent(["62"]), [LENS]),
        (Viewer.referent(["59"]), None),  # Lens is in 62: not « no dwelling », but not told
        (Viewer.PUBLIC, None),
    ],
)
def test_housing_a_viewer_sees_nothing_of_is_absent_and_not_empty(
    ground: Studied, viewer: Viewer, shown: list[str] | None
) -> None:
    others = replace(ground, request=replace(ground.request, viewer=viewer)).others
    assert (others["housing"]["commune_code"].tolist() if "housing" in others else None) == shown


def test_the_second_lock_holds_where_the_first_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts that were never protected reach no analysis of a viewer who may not see them."""
    counts = pd.DataFrame({"commune_code": [LENS], "persons": [40], "source": "t", "synthetic": False})
    ground = loaded(offers([("t:1", "alphabetisation", LENS)]), bpi=LAYERS["bpi"].conform(counts))

    def forgotten(persons: pd.DataFrame, _viewer: Viewer, *args: object, **known: object) -> pd.DataFrame:
        return release_people(persons, Viewer.ADMINISTRATOR, *args, **known)  # type: ignore[arg-type]

    monkeypatch.setattr(studied, "release_people", forgotten)
    for viewer, need in ((Viewer.PUBLIC, None), (Viewer.referent(["59"]), None), (Viewer.referent(["62"]), 6.0)):
        row = study_layers(ground, request(viewer=viewer), keep_ways=False).coverage.set_index("commune_code").loc[LENS]
        assert (None if pd.isna(row["need"]) else row["need"]) == need  # 15 % of 40
        assert bool(row["withheld"]) == (need is None)
