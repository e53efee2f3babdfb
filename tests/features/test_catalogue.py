"""The collections of the demonstration: counts, who sees what, what is said with them, and following the store."""

import json
import shutil
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from feature_samples import ids

from geo_integration import territories
from geo_integration.disclosure import Viewer
from geo_integration.errors import NotFoundError, SignInError, StoreError, UnavailableError
from geo_integration.features import Catalogue, Collection
from geo_integration.jobs import demo
from geo_integration.store import FolderStore
from geo_integration.vocabulary import Cause
from tests.features.conftest import KINDS

EVERY = [
    "communes",
    "arrondissements",
    "epci",
    "departements",
    "regions",
    "offers",
    "sessions",
    "oepre",
    "schools",
    "ctai",
    "gaps",
    "gaps_epci",
    "gaps_departements",
    "gaps_regions",
]
ABOUT = (
    "as_of",
    "sources",
    "published_at",
    "snapshots",
    "method",
    "bounds",
    "notes",
    "estimated",
    "outline",
    "synthetic",
)
REFERENT = Viewer.referent(["62"])
LATER = datetime(2026, 10, 2, tzinfo=UTC)


def _public(catalogue: Catalogue, name: str) -> Collection:
    return catalogue.get(name, Viewer.PUBLIC)


def _all(collection: Collection) -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = json.loads(b"[" + collection.find(limit=100_000).features + b"]")
    return features


def test_the_communes_of_france_are_all_there_once(catalogue: Catalogue) -> None:
    communes, table = _public(catalogue, "communes"), territories.communes()
    assert communes.count == len(table) == territories.meta()["communes"]
    features = _all(communes)
    assert [feature["id"] for feature in features] == sorted(table["code"])
    without = [feature["id"] for feature in features if feature["geometry"] is None]
    assert without == sorted(table.loc[table.geometry.isna(), "code"])
    assert len(without) == territories.meta()["geometry_quality"]["missing"]


def test_boxes_over_france_find_what_shapely_finds(catalogue: Catalogue) -> None:
    communes = _public(catalogue, "communes")
    features = [feature for feature in _all(communes) if feature["geometry"]]
    shapes = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
    names = np.array([feature["id"] for feature in features])
    west_of, south_of, east_of, north_of = shapely.bounds(shapes).T
    random = np.random.default_rng(5)
    for west, south in zip(random.uniform(-4, 7, 40), random.uniform(43, 50, 40), strict=True):
        box = (west, south, west + 0.5, south + 0.42)
        near = (west_of <= box[2]) & (east_of >= west) & (south_of <= box[3]) & (north_of >= south)
        expected = names[near][shapely.intersects(shapes[near], shapely.box(*box))]
        page = communes.find(bbox=box, limit=1_000)
        assert ids(page) == list(expected)
    sound = shapely.is_valid(shapes)
    assert sound.all()


@pytest.mark.parametrize("name", ["arrondissements", "epci", "departements", "regions"])
def test_the_other_territories_are_all_there(catalogue: Catalogue, name: str) -> None:
    table = getattr(territories, name)(geometry=False)
    assert [feature["id"] for feature in _all(_public(catalogue, name))] == sorted(table["code"])


def test_the_layers_are_told_row_by_row(catalogue: Catalogue, results_folder: Path) -> None:
    store = FolderStore(results_folder)
    for name, key in (("offers", "offer_id"), ("sessions", "session_id"), ("schools", "uai"), ("ctai", "contract_id")):
        table = store.read(name)
        features = _all(_public(catalogue, name))
        assert [feature["id"] for feature in features] == sorted(table[key])
        column = table.columns[3]
        told = {feature["id"]: feature["properties"][column] for feature in features}
        held = dict(zip(table[key], table[column].where(table[column].notna(), None), strict=True))
        assert {one: ";".join(value) if isinstance(value, list) else value for one, value in told.items()} == {
            one: None if value is None or value != value else value  # noqa: PLR0124 -- NaN
            for one, value in held.items()
        }
    offers = store.read("offers")
    assert _public(catalogue, "oepre").count == int(offers["kind"].eq("oepre").sum()) > 0


def test_a_session_is_where_its_offer_is(catalogue: Catalogue) -> None:
    places = {one["id"]: (one["geometry"], one["properties"]["title"]) for one in _all(_public(catalogue, "offers"))}
    sessions = _all(_public(catalogue, "sessions"))
    assert sessions
    for session in sessions:
        told = (session["geometry"], session["properties"]["title"])
        assert told == places[session["properties"]["offer_id"]]


def test_sessions_of_a_day_are_those_under_way(catalogue: Catalogue, results_folder: Path) -> None:
    table = FolderStore(results_folder).read("sessions")
    day = "2026-10-01"
    known = table[table["start_date"].notna() | table["end_date"].notna()]
    under_way = known[~known["start_date"].gt(day) & ~known["end_date"].lt(day)]
    sessions = _public(catalogue, "sessions")
    assert ids(sessions.find(datetime=day, limit=10_000)) == sorted(under_way["session_id"])
    assert 0 < len(under_way) < len(table)


def test_a_layer_never_imported_is_no_collection(catalogue: Catalogue) -> None:
    assert catalogue.names(Viewer.PUBLIC) == EVERY
    with pytest.raises(NotFoundError, match="rien n'a été importé"):
        catalogue.get("qpv", Viewer.PUBLIC)
    with pytest.raises(NotFoundError, match="inconnue"):
        catalogue.get("bpi", Viewer.ADMINISTRATOR)


def test_the_public_is_not_told_where_people_are_housed(catalogue: Catalogue) -> None:
    assert "housing" not in catalogue.names(Viewer.PUBLIC)
    with pytest.raises(SignInError):
        catalogue.get("housing", Viewer.PUBLIC)


def test_a_referent_sees_the_housing_of_their_departement_only(catalogue: Catalogue) -> None:
    assert catalogue.names(REFERENT) == [*EVERY[:10], "housing", *EVERY[10:]]
    everything = _all(catalogue.get("housing", Viewer.ADMINISTRATOR))
    theirs = _all(catalogue.get("housing", REFERENT))
    assert theirs == [one for one in everything if one["properties"]["departement_code"] == "62"]
    assert 0 < len(theirs) < len(everything)
    assert catalogue.get("housing", REFERENT) is catalogue.get("housing", Viewer.contractor("é", ["62"]))
    with pytest.raises(NotFoundError, match="vos départements"):
        catalogue.get("housing", Viewer.referent(["2A"]))
    assert "housing" not in catalogue.names(Viewer.referent(["2A"]))
    assert "fichier" not in json.dumps(catalogue.get("housing", REFERENT).about["sources"])


def test_gaps_are_one_feature_by_commune_and_kind(catalogue: Catalogue, results_folder: Path) -> None:
    features = _all(_public(catalogue, "gaps"))
    communes = territories.select("62,80").commune_codes
    assert [one["id"] for one in features] == sorted(f"{code}.{kind.value}" for code in communes for kind in KINDS)
    table = FolderStore(results_folder).read(f"coverage.{KINDS[0].value}").set_index("commune_code")
    mine = {one["properties"]["commune_code"]: one["properties"] for one in features if one["id"].endswith(KINDS[0])}
    assert {code: properties["cause"] for code, properties in mine.items()} == dict(table["cause"])
    assert all(one["properties"]["need_basis"] not in {"official", "synthetic"} for one in features)
    outlines = {one["id"]: one["geometry"] for one in _all(_public(catalogue, "communes"))}
    assert all(one["geometry"] == outlines[one["properties"]["commune_code"]] for one in features)


@pytest.mark.parametrize(
    ("name", "column"),
    [("gaps_epci", "epci_code"), ("gaps_departements", "departement_code"), ("gaps_regions", "region_code")],
)
def test_sums_are_those_of_what_the_public_sees_by_commune(catalogue: Catalogue, name: str, column: str) -> None:
    communes = _public(catalogue, "gaps").table
    sums = {one["id"]: one["properties"] for one in _all(_public(catalogue, name))}
    of = communes[column].fillna("hors").astype("str")
    groups = {str(one): group for one, group in communes.groupby(of + "." + communes["kind"].astype("str"))}
    assert set(sums) == set(groups)
    for one, group in groups.items():
        told, code = sums[one], one.partition(".")[0]
        assert told["communes"] == len(group)
        for cause in Cause:
            assert told[f"communes_{cause.value}"] == int(group["cause"].eq(cause.value).sum())
        if group["need"].notna().any():
            assert told["need"] == pytest.approx(group["need"].sum(), abs=1e-4)
        else:
            assert told["need"] is None
        assert told["complete"] is (told["communes"] == _communes_of(column, code))


def _communes_of(column: str, code: str) -> int:
    table = territories.communes(["code", column], geometry=False)
    return int(table[column].fillna("hors").eq(code).sum())


def test_results_meant_for_others_are_emptied_at_this_door(results_folder: Path, tmp_path: Path) -> None:
    store = FolderStore(shutil.copytree(results_folder, tmp_path / "store"))
    layer = f"coverage.{KINDS[0].value}"
    table = store.read(layer).assign(need=7.0, need_uncovered=7.0, need_basis="synthetic", withheld=False)
    store.publish({layer: table}, meta={}, report=None, now=LATER)
    catalogue = Catalogue(store, today=demo.as_of)
    catalogue.warm()
    for feature in _all(catalogue.get("gaps", Viewer.ADMINISTRATOR)):
        if feature["id"].endswith(KINDS[0].value):
            assert feature["properties"]["need"] is None
            assert feature["properties"]["withheld"] is True
    for feature in _all(catalogue.get("gaps_departements", Viewer.ADMINISTRATOR)):
        if feature["id"].endswith(KINDS[0].value):
            assert feature["properties"]["need"] is None


@pytest.mark.parametrize("name", [*EVERY, "housing"])
def test_every_collection_says_what_it_is(catalogue: Catalogue, name: str) -> None:
    one = catalogue.get(name, Viewer.ADMINISTRATOR)
    about = one.about
    assert list(about) == [*ABOUT]
    json.dumps(about, allow_nan=False)
    assert about["as_of"] == "2026-10-01"
    assert about["sources"]
    assert all(source["name"] for source in about["sources"])
    assert one.title
    assert one.description
    assert one.snapshots == about["snapshots"]
    shipped = name in EVERY[:5]
    assert about["synthetic"] is (not shipped and name != "ctai")
    assert about["outline"] is about["estimated"] is name.startswith("gaps")
    assert bool(about["bounds"]) is name.startswith("gaps")
    assert (about["published_at"] is None) is shipped
    features = _all(one) if one.count < 5_000 else []
    assert one.key == "" or all(feature["id"] == feature["properties"][one.key] for feature in features)
    for feature in features:
        assert list(feature["properties"]) == [column.name for column in one.columns]
        if feature["geometry"] is not None:
            assert feature["geometry"]["type"].removeprefix("Multi") == one.geometry_type.removeprefix("Multi")


def test_every_column_is_described(catalogue: Catalogue) -> None:
    from geo_integration.layers import LAYERS  # noqa: PLC0415 -- only here

    english = {column.meaning for layer in LAYERS.values() for column in layer.columns}
    for name in [*EVERY, "housing"]:
        for column in catalogue.get(name, Viewer.ADMINISTRATOR).columns:
            assert column.meaning, (name, column.name)
            assert column.meaning not in english, (name, column.name)


# ---------------------------------------------------------------- following the store


class _Broken:
    """A store that can be cut off."""

    def __init__(self, store: FolderStore) -> None:
        self.store, self.gone = store, False

    def __getattr__(self, name: str) -> Callable[..., Any]:
        found: Callable[..., Any] = getattr(self.store, name)

        def call(*args: Any, **options: Any) -> Any:  # noqa: ANN401 -- whatever the store does
            if self.gone:
                raise StoreError("la base ne répond pas", where="postgresql://…")
            return found(*args, **options)

        return call


@pytest.fixture
def own(demo_store_folder: Path, tmp_path: Path) -> FolderStore:
    return FolderStore(shutil.copytree(demo_store_folder, tmp_path / "store"))


def test_nothing_is_served_before_the_first_loading(own: FolderStore) -> None:
    with pytest.raises(UnavailableError):
        Catalogue(own, today=demo.as_of).names(Viewer.PUBLIC)


def test_what_is_published_is_followed_and_the_rest_is_kept(own: FolderStore) -> None:
    catalogue = Catalogue(own, today=demo.as_of, refresh_seconds=0)
    catalogue.warm()
    before = {name: catalogue.get(name, Viewer.ADMINISTRATOR) for name in catalogue.names(Viewer.ADMINISTRATOR)}
    schools = own.read("schools")
    own.publish({"schools": schools.iloc[:7]}, meta=own.info("schools").meta, report=None, now=LATER)
    catalogue.refresh(wait=True)
    after = {name: catalogue.get(name, Viewer.ADMINISTRATOR) for name in catalogue.names(Viewer.ADMINISTRATOR)}
    assert {name for name in after if after[name] is not before[name]} == {"schools"}
    assert (before["schools"].count, after["schools"].count) == (len(schools), 7)
    assert after["schools"].snapshots["schools"] == own.info("schools").id
    own.rollback("schools", "previous", now=LATER)
    catalogue.refresh(wait=True)
    assert catalogue.get("schools", Viewer.PUBLIC).count == len(schools)


def test_the_store_is_followed_in_the_background(own: FolderStore) -> None:
    catalogue = Catalogue(own, today=demo.as_of, refresh_seconds=0)
    catalogue.warm()
    own.publish({"schools": own.read("schools").iloc[:7]}, meta={}, report=None, now=LATER)
    for _ in range(10_000):
        catalogue.refresh()
        if catalogue.get("schools", Viewer.PUBLIC).count == 7:
            break
        threading.Event().wait(0.01)
    assert catalogue.get("schools", Viewer.PUBLIC).count == 7


def test_a_store_that_is_gone_and_back(own: FolderStore) -> None:
    store = _Broken(own)
    catalogue = Catalogue(store, today=demo.as_of, refresh_seconds=0)  # type: ignore[arg-type]
    catalogue.warm()
    store.gone = True
    catalogue.refresh(wait=True)
    assert "la base ne répond pas" in catalogue.trouble
    assert catalogue.get("offers", Viewer.PUBLIC).find().matched > 0
    store.gone = False
    own.publish({"schools": own.read("schools").iloc[:7]}, meta={}, report=None, now=LATER)
    catalogue.refresh(wait=True)
    assert catalogue.trouble == ""
    assert catalogue.get("schools", Viewer.PUBLIC).count == 7


def test_a_store_gone_from_the_start_leaves_the_territories(own: FolderStore) -> None:
    store = _Broken(own)
    store.gone = True
    catalogue = Catalogue(store, today=demo.as_of, refresh_seconds=0)  # type: ignore[arg-type]
    catalogue.warm()
    assert catalogue.trouble
    assert catalogue.names(Viewer.ADMINISTRATOR) == EVERY[:5]
    store.gone = False
    catalogue.refresh(wait=True)
    assert "offers" in catalogue.names(Viewer.PUBLIC)


def test_a_damaged_snapshot_leaves_what_was_served(own: FolderStore) -> None:
    catalogue = Catalogue(own, today=demo.as_of, refresh_seconds=0)
    catalogue.warm()
    schools = own.read("schools")
    info = own.publish({"schools": schools.iloc[:7]}, meta={}, report=None, now=LATER)
    damaged = own.root / "snapshots" / info.id / "schools.parquet"
    sound = damaged.read_bytes()
    damaged.write_bytes(sound[:-9])
    catalogue.refresh(wait=True)
    assert "schools" in catalogue.trouble
    assert catalogue.get("schools", Viewer.PUBLIC).count == len(schools)
    assert catalogue.get("offers", Viewer.PUBLIC).count
    damaged.write_bytes(sound)
    catalogue.refresh(wait=True)
    assert catalogue.trouble == ""
    assert catalogue.get("schools", Viewer.PUBLIC).count == 7


def test_the_day_is_the_day_it_is_asked(own: FolderStore) -> None:
    today = [date(2026, 10, 1)]
    catalogue = Catalogue(own, today=lambda: today[0])
    catalogue.warm()
    offers = catalogue.get("offers", Viewer.PUBLIC)
    today[0] = date(2026, 10, 2)
    assert offers.about["as_of"] == "2026-10-02"


def test_many_threads_find_the_same(catalogue: Catalogue) -> None:
    communes = _public(catalogue, "communes")
    boxes = [(west, 46.0, west + 0.5, 46.4) for west in np.linspace(0, 5, 20)]
    expected = [communes.find(bbox=box, limit=1_000).wrap(b"[", b"]").gzip for box in boxes]
    found: dict[int, list[bytes]] = {}

    def ask(number: int) -> None:
        found[number] = [communes.find(bbox=box, limit=1_000).wrap(b"[", b"]").gzip for box in boxes]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found[number] == expected for number in range(8))


def test_same_inputs_give_the_same_bytes(results_folder: Path, catalogue: Catalogue) -> None:
    again = Catalogue(FolderStore(results_folder), today=demo.as_of)
    again.warm()
    for name in ("offers", "gaps_epci", "communes"):
        one, two = (each.get(name, Viewer.PUBLIC).find(limit=500).wrap(b"", b"") for each in (catalogue, again))
        assert (one.content, one.gzip) == (two.content, two.gzip)
