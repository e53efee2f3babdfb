"""What is said of the layers a question was answered from."""

import pytest

from geo_integration.disclosure import Viewer
from geo_integration.jobs.loaded import Loaded
from tests.jobs.scenario_samples import loaded, offers, points

LENS = "62498"


@pytest.fixture(scope="module")
def with_points() -> Loaded:
    return loaded(offers([("t:1", "alphabetisation", LENS)]), population_points=points())


def test_points_that_decide_the_causes_are_cited(with_points: Loaded) -> None:
    names = [source["name"] for source in with_points.sources(Viewer.PUBLIC)]
    assert names == ["Offres de formation : t", "Population par carreau ou par point : t"]


def test_made_up_points_make_a_made_up_answer(with_points: Loaded) -> None:
    assert not with_points.synthetic
    layers = dict(with_points.layers)
    layers["population_points"] = layers["population_points"].assign(synthetic=True)
    assert Loaded(layers, with_points.infos).synthetic


def test_the_file_of_counts_is_told_to_who_loaded_it_only(with_points: Loaded) -> None:
    infos = {**with_points.infos, "bpi": with_points.infos["offers"]}
    found = Loaded(with_points.layers, infos)
    told = {
        viewer: {source["name"]: source.get("note", "") for source in found.sources(viewer)}
        for viewer in (Viewer.PUBLIC, Viewer.referent(["62"]), Viewer.ADMINISTRATOR)
    }
    name = "Bénéficiaires de la protection internationale : t"
    assert [notes[name] for notes in told.values()] == ["", "", f"fichier f, empreinte {'0' * 12}"]
