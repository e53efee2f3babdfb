"""OGC API - Features over the demonstration: documents, items, filters, projections, pages, caches, who sees what."""

import gzip
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import pytest
import shapely

from geo_integration import territories
from geo_integration.disclosure import Viewer
from tests.api.ogc_support import store_with_gaps

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from api.service import Service
    from tests.api.conftest import Accounts

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
LAMBERT = "http://www.opengis.net/def/crs/EPSG/0/2154"
WGS84 = "http://www.opengis.net/def/crs/EPSG/0/4326"
HERE = "/ogc/collections/communes"
ARRAS = "62041"


@pytest.fixture(scope="module")
def demo_store_folder(demo_store_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store that has the results too."""
    return store_with_gaps(demo_store_folder, tmp_path_factory)


def get(client: "TestClient", path: str, **parameters: str | int) -> Any:  # noqa: ANN401 -- JSON
    answer = client.get(path, params=parameters or None)
    assert answer.status_code == 200, answer.text
    return answer.json()


def hrefs(document: dict[str, Any], rel: str) -> list[str]:
    return [link["href"] for link in document["links"] if link["rel"] == rel]


def names(client: "TestClient") -> list[str]:
    return [one["id"] for one in get(client, "/ogc/collections")["collections"]]


def test_the_landing_page_leads_everywhere(client: "TestClient") -> None:
    landing = get(client, "/ogc/")
    assert get(client, "/ogc") == landing | {"links": get(client, "/ogc")["links"]}
    for rel in ("service-desc", "conformance", "data", "service-doc"):
        (href,) = hrefs(landing, rel)
        assert client.get(href).status_code == 200, rel
    classes = get(client, hrefs(landing, "conformance")[0])["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in classes
    assert "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs" in classes


def test_every_link_of_every_document_answers_with_the_type_it_says(client: "TestClient") -> None:
    documents = [get(client, "/ogc"), get(client, "/ogc/conformance"), get(client, "/ogc/collections")]
    documents += [get(client, f"/ogc/collections/{name}") for name in names(client)]
    documents.append(get(client, f"{HERE}/items", limit=2, offset=2))
    documents.append(get(client, f"{HERE}/items/{ARRAS}"))
    seen: set[tuple[str, str]] = set()
    for document in documents:
        for link in document["links"]:
            if (link["href"], link["type"]) in seen:
                continue
            seen.add((link["href"], link["type"]))
            answer = client.get(link["href"], headers={"Accept": link["type"]})
            assert answer.status_code == 200, link
            assert answer.headers["content-type"].split(";")[0] == link["type"].split(";")[0], link


def test_the_description_for_clients_knows_the_collections_and_its_own_largest_page(
    client: "TestClient", service: "Service"
) -> None:
    answer = client.get("/ogc/api", headers={"Accept": "application/vnd.oai.openapi+json;version=3.0"})
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    told = answer.json()
    assert told["openapi"].startswith("3.0")
    assert told["components"]["parameters"]["limit"]["schema"]["maximum"] == service.settings.max_features
    assert told["components"]["parameters"]["collection"]["schema"]["enum"] == names(client)
    assert client.get("/ogc/api", params={"f": "html"}, follow_redirects=False).status_code == 303


def test_collections_are_those_of_the_catalogue_with_their_extent_and_systems(
    client: "TestClient", service: "Service"
) -> None:
    told = {one["id"]: one for one in get(client, "/ogc/collections")["collections"]}
    assert list(told) == service.catalogue.names(Viewer.PUBLIC)
    assert {"communes", "epci", "departements", "offers", "sessions", "oepre", "schools", "ctai", "gaps"} <= set(told)
    assert "housing" not in told
    for name, one in told.items():
        held = service.catalogue.get(name, Viewer.PUBLIC)
        assert one["extent"]["spatial"] == {"bbox": [list(held.bbox or ())], "crs": CRS84}
        assert one["storageCrs"] in one["crs"]
        assert {CRS84, LAMBERT, WGS84} <= set(one["crs"])
        assert one["itemType"] == "feature"
        assert one["title"]
        assert one["description"]
    assert told["sessions"]["extent"]["temporal"]["interval"][0][0].endswith("T00:00:00Z")
    assert "temporal" not in told["communes"]["extent"]


def test_every_collection_says_where_it_comes_from(client: "TestClient") -> None:
    for name in names(client):
        about = get(client, f"/ogc/collections/{name}")["about"]
        assert about["sources"], name
        assert about["method"], name
        assert about["as_of"] == "2026-10-01"
        assert {"estimated", "outline", "synthetic"} <= set(about)


def test_every_collection_gives_valid_features_and_as_many_as_it_says(client: "TestClient", service: "Service") -> None:
    for name in names(client):
        page = get(client, f"/ogc/collections/{name}/items", limit=50)
        held = service.catalogue.get(name, Viewer.PUBLIC)
        assert page["numberMatched"] == held.count
        assert page["numberReturned"] == len(page["features"]) == min(50, held.count)
        known = set(get(client, f"/ogc/collections/{name}/schema")["properties"]) - {"geometry"}
        for feature in page["features"]:
            assert set(feature["properties"]) == known
            if feature["geometry"] is not None:
                assert feature["geometry"]["type"] == held.geometry_type
                assert shapely.from_geojson(json.dumps(feature["geometry"])).is_valid


def test_next_links_walk_through_everything_once_and_prev_links_come_back(client: "TestClient") -> None:
    here, ids, pages = "/ogc/collections/schools/items?limit=7&departement_code=62", [], []
    while here:
        page = get(client, here)
        pages.append(page)
        ids += [feature["id"] for feature in page["features"]]
        assert all("departement_code=62" in link for link in (*hrefs(page, "next"), *hrefs(page, "prev")))
        here = next(iter(hrefs(page, "next")), "")
    assert len(ids) == len(set(ids)) == pages[0]["numberMatched"]
    assert len(pages) > 2
    assert not hrefs(pages[0], "prev")
    (before,) = hrefs(pages[2], "prev")
    assert [one["id"] for one in get(client, before)["features"]] == [one["id"] for one in pages[1]["features"]]


def test_a_page_past_the_end_is_empty_and_leads_back(client: "TestClient") -> None:
    page = get(client, "/ogc/collections/regions/items", offset=5_000, limit=10)
    assert page["features"] == []
    assert page["numberReturned"] == 0
    assert not hrefs(page, "next")
    assert get(client, hrefs(page, "prev")[0])["numberReturned"] == 10


def test_a_bbox_finds_what_it_truly_crosses(client: "TestClient") -> None:
    communes = territories.communes()
    only_envelopes = 0
    for west, south in ((2.70, 50.24), (1.60, 50.60), (3.00, 50.62), (-61.60, 16.20)):
        box = (west, south, west + 0.02, south + 0.02)
        page = get(client, f"{HERE}/items", bbox=",".join(map(str, box)), limit=1000)
        found = {feature["id"] for feature in page["features"]}
        assert found == set(communes["code"][communes.geometry.intersects(shapely.box(*box))])
        assert found
        only_envelopes += int(communes.geometry.envelope.intersects(shapely.box(*box)).sum()) - len(found)
    assert only_envelopes > 0


def test_the_same_bbox_in_three_systems_finds_the_same(client: "TestClient") -> None:
    west, south, east, north = 2.70, 50.24, 2.80, 50.30
    plain = get(client, f"{HERE}/items", bbox=f"{west},{south},{east},{north}")
    latitudes = get(client, f"{HERE}/items", **{"bbox": f"{south},{west},{north},{east}", "bbox-crs": WGS84})
    assert [one["id"] for one in plain["features"]] == [one["id"] for one in latitudes["features"]]
    to = pyproj.Transformer.from_crs("OGC:CRS84", "EPSG:2154", always_xy=True)
    metres = ",".join(str(round(value, 2)) for value in to.transform_bounds(west, south, east, north))
    lambert = get(client, f"{HERE}/items", **{"bbox": metres, "bbox-crs": LAMBERT})
    assert {one["id"] for one in plain["features"]} <= {one["id"] for one in lambert["features"]}


@pytest.mark.parametrize(("system", "code"), [(LAMBERT, "EPSG:2154"), (WGS84, "EPSG:4326")])
def test_geometries_come_in_the_system_asked_for_in_its_own_order_of_axes(
    client: "TestClient", system: str, code: str
) -> None:
    plain = client.get(f"{HERE}/items/{ARRAS}")
    moved = client.get(f"{HERE}/items/{ARRAS}", params={"crs": system})
    assert plain.headers["content-crs"] == f"<{CRS84}>"
    assert moved.headers["content-crs"] == f"<{system}>"
    before, after = (shapely.get_coordinates(shapely.from_geojson(one.text)) for one in (plain, moved))
    to = pyproj.Transformer.from_crs("OGC:CRS84", code, always_xy=False)
    expected = np.column_stack(to.transform(before[:, 0], before[:, 1]))
    assert np.abs(expected - after).max() < (0.01 if system == LAMBERT else 1e-6)
    page = client.get(f"{HERE}/items", params={"crs": system, "departement_code": "62", "limit": 3})
    assert page.headers["content-crs"] == f"<{system}>"
    assert hrefs(page.json(), "next")[0].count("crs=") == 1


def test_overseas_systems_hold_where_they_are_legal(client: "TestClient") -> None:
    for departement, code in (("973", 2972), ("974", 2975), ("971", 5490), ("976", 4471)):
        system = f"http://www.opengis.net/def/crs/EPSG/0/{code}"
        page = get(client, f"{HERE}/items", departement_code=departement, limit=1, crs=system)
        (feature,) = page["features"]
        x, y = shapely.get_coordinates(shapely.from_geojson(json.dumps(feature["geometry"])))[0]
        assert 100_000 < x < 1_000_000, departement
        assert 100_000 < abs(y) < 10_000_000, departement


def test_property_filters_and_cql2_say_the_same(client: "TestClient") -> None:
    by_property = get(
        client, "/ogc/collections/offers/items", kind="alphabetisation", departement_code="62", limit=1000
    )
    by_filter = get(
        client,
        "/ogc/collections/offers/items",
        **{"filter": "kind = 'alphabetisation' AND departement_code = '62'", "filter-lang": "cql2-text", "limit": 1000},
    )
    assert by_property["numberMatched"] > 0
    assert [one["id"] for one in by_property["features"]] == [one["id"] for one in by_filter["features"]]
    assert all(one["properties"]["kind"] == "alphabetisation" for one in by_property["features"])


def test_cql2_knows_places_and_absence(client: "TestClient") -> None:
    here = "/ogc/collections/offers/items"
    box = "S_INTERSECTS(geometry, BBOX(2.5, 50.2, 2.9, 50.5))"
    assert (
        get(client, here, filter=box)["numberMatched"]
        == get(client, here, bbox="2.5,50.2,2.9,50.5")["numberMatched"]
        > 0
    )
    total = get(client, here)["numberMatched"]
    without = get(client, here, filter="phone IS NULL")["numberMatched"]
    assert get(client, here, filter="NOT (phone IS NULL)")["numberMatched"] == total - without


def test_datetime_keeps_the_sessions_under_way(client: "TestClient", service: "Service") -> None:
    page = get(client, "/ogc/collections/sessions/items", datetime="2026-10-01", limit=10_000)
    table = service.store.read("sessions")
    start, end = table["start_date"].fillna("0000"), table["end_date"].fillna("9999")
    dated = table["start_date"].notna() | table["end_date"].notna()
    assert page["numberMatched"] == int(((start <= "2026-10-01") & (end >= "2026-10-01") & dated).sum()) > 0


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ({"inconnu": "1"}, "inconnu"),
        ({"bbox": "1,2,3"}, "bbox"),
        ({"bbox": "a,b,c,d"}, "bbox"),
        ({"bbox": "1,2,nan,4"}, "bbox"),
        ({"bbox-crs": "EPSG:2154", "bbox": "1,2,3,4"}, "bbox-crs"),
        ({"crs": "http://www.opengis.net/def/crs/EPSG/0/27572"}, "crs"),
        ({"datetime": "hier"}, "datetime"),
        ({"filter": "kind = "}, "filter"),
        ({"filter": "inconnu = 1"}, "filter"),
        ({"filter-lang": "cql-text", "filter": "1 = 1"}, "filter-lang"),
        ({"limit": "0"}, "limit"),
        ({"population": "beaucoup"}, "population"),
        ({"geometry": "POINT(1 1)"}, "geometry"),
    ],
)
def test_what_is_wrong_is_said_with_the_parameter_at_fault(
    client: "TestClient", query: dict[str, str], where: str
) -> None:
    answer = client.get(f"{HERE}/items", params=query)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["where"] == where
    assert told["detail"]
    assert told["way_out"]


@pytest.mark.parametrize(
    "path", ["/ogc", "/ogc/conformance", "/ogc/collections", HERE, f"{HERE}/queryables", f"{HERE}/items/{ARRAS}"]
)
def test_unknown_parameters_are_refused_everywhere(client: "TestClient", path: str) -> None:
    assert client.get(path, params={"inconnu": "1"}).status_code == 400


def test_what_is_not_there_is_404(client: "TestClient") -> None:
    for path in ("/ogc/collections/nulle-part", f"{HERE}/items/00000", "/ogc/collections/nulle-part/items"):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"


def test_any_identifier_leads_to_its_feature(client: "TestClient") -> None:
    for name in names(client):
        for feature in get(client, f"/ogc/collections/{name}/items", limit=5)["features"]:
            page = get(client, f"/ogc/collections/{name}/items", limit=1)
            del page
            href = hrefs(get(client, f"/ogc/collections/{name}/items/{_quoted(feature['id'])}"), "self")[0]
            alone = get(client, href)
            assert alone["id"] == feature["id"]
            assert alone["geometry"] == feature["geometry"]
            assert alone["properties"] == feature["properties"]


def _quoted(text: str) -> str:
    from urllib.parse import quote  # noqa: PLC0415 -- here only

    return quote(text, safe="")


def test_queryables_are_what_may_be_asked(client: "TestClient") -> None:
    answer = client.get("/ogc/collections/offers/queryables")
    assert answer.headers["content-type"].startswith("application/schema+json")
    told = answer.json()
    assert told["$id"].endswith("/ogc/collections/offers/queryables")
    assert told["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert told["properties"]["kind"]["enum"]
    for name in told["properties"]:
        if name != "geometry":
            answer = client.get("/ogc/collections/offers/items", params={"filter": f"{name} IS NULL", "limit": 1})
            assert answer.status_code == 200, name


def test_equal_questions_get_equal_bytes_and_304(client: "TestClient") -> None:
    first, second = (client.get(f"{HERE}/items", params={"limit": 5}) for _ in range(2))
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]
    assert not first.headers["etag"].startswith("W/")
    again = client.get(f"{HERE}/items", params={"limit": 5}, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    other = client.get(f"{HERE}/items", params={"limit": 6})
    assert other.headers["etag"] != first.headers["etag"]


def test_compressed_and_plain_are_the_same_answer(client: "TestClient") -> None:
    for crs in (CRS84, LAMBERT):
        parameters = {"departement_code": "62", "limit": "200", "crs": crs}
        plain = client.get(f"{HERE}/items", params=parameters, headers={"Accept-Encoding": "identity"})
        with client.stream("GET", f"{HERE}/items", params=parameters, headers={"Accept-Encoding": "gzip"}) as packed:
            raw = b"".join(packed.iter_raw())
        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(raw) == plain.content
        assert packed.headers["etag"] != plain.headers["etag"]
        assert int(packed.headers["content-length"]) == len(raw) < len(plain.content) / 2


def test_a_publication_changes_the_tag_and_the_time_stamp_is_that_of_the_data(client: "TestClient") -> None:
    page = get(client, "/ogc/collections/gaps/items", limit=1)
    about = get(client, "/ogc/collections/gaps")["about"]
    assert page["timeStamp"] == about["published_at"]
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|\+00:00)", page["timeStamp"])
    assert page["about"] == about


def test_housing_is_for_those_who_may_see_it_and_each_read_is_written_down(
    client: "TestClient", accounts: "Accounts", service: "Service"
) -> None:
    refused = client.get("/ogc/collections/housing/items")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    before = len(service.ledger.audit.entries(1000, None))
    headers = accounts.headers_of("referent62")
    answer = client.get("/ogc/collections/housing/items", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["cache-control"].startswith("private")
    seen = {feature["properties"]["commune_code"][:2] for feature in answer.json()["features"]}
    assert seen == {"62"}
    again = client.get("/ogc/collections/housing/items", headers=headers | {"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    entries = service.ledger.audit.entries(1000, None)
    assert len(entries) == before + 2
    assert entries[0].what["collection"] == "housing"
    everything = client.get("/ogc/collections/housing/items", headers=accounts.headers_of("administrator"))
    assert everything.json()["numberMatched"] > answer.json()["numberMatched"]
    assert everything.headers["etag"] != answer.headers["etag"]


def test_a_professional_reading_what_the_public_reads_is_not_written_down(
    client: "TestClient", accounts: "Accounts", service: "Service"
) -> None:
    before = len(service.ledger.audit.entries(1000, None))
    assert client.get("/ogc/collections/regions/items", headers=accounts.headers_of("referent59")).status_code == 200
    assert len(service.ledger.audit.entries(1000, None)) == before


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if "id" in dict(attrs):
            self.ids.append(str(dict(attrs)["id"]))


def pages(client: "TestClient") -> Iterator[str]:
    yield from ("/ogc", "/ogc/conformance", "/ogc/collections")
    for name in names(client):
        yield from (f"/ogc/collections/{name}{part}" for part in ("", "/queryables", "/schema", "/items"))
        first = get(client, f"/ogc/collections/{name}/items", limit=1)["features"][0]["id"]
        yield f"/ogc/collections/{name}/items/{_quoted(first)}"


def test_pages_are_french_escaped_and_carry_no_script_nor_style(client: "TestClient") -> None:
    for path in pages(client):
        answer = client.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 200, (path, answer.text[:500])
        assert answer.headers["content-type"].startswith("text/html")
        page = Page()
        page.feed(answer.text)
        assert ("html", {"lang": "fr"}) in page.tags
        assert not [one for one in page.tags if one[0] in {"script", "style"} or "style" in one[1]], path
        assert not [key for _, attributes in page.tags for key in attributes if key.startswith("on")], path
        assert len(page.ids) == len(set(page.ids)), path
        assert sum(tag == "h1" for tag, _ in page.tags) == 1
        for _, attributes in page.tags:
            for key in ("src", "href"):
                assert str(attributes.get(key) or "#").startswith(("#", "http://testserver")), attributes


def test_a_page_of_invented_data_says_so_first(client: "TestClient") -> None:
    for name in names(client):
        told = client.get(f"/ogc/collections/{name}/items", headers={"Accept": "text/html"}).text
        said = get(client, f"/ogc/collections/{name}")["about"]
        assert ("Données fictives" in told) == said["synthetic"], name
        assert ("sont estimées" in told) == said["estimated"], name
        assert ("Réseau simplifié" in told) == said["outline"], name


def test_what_was_asked_is_shown_escaped(client: "TestClient") -> None:
    answer = client.get("/ogc/collections/offers/items", params={"title": "<script>alert(1)</script>", "f": "html"})
    assert answer.status_code == 200
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert "Aucun objet" in answer.text


def test_the_style_sheet_is_ours_and_cached(client: "TestClient") -> None:
    answer = client.get("/ogc/style.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert "url(" not in answer.text
    again = client.get("/ogc/style.css", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_every_column_has_a_french_heading(client: "TestClient", service: "Service") -> None:
    from api.ogc.values import columns_of  # noqa: PLC0415 -- as conftest does

    for name in names(client):
        collection = service.catalogue.get(name, Viewer.PUBLIC)
        unnamed = [one.name for one in columns_of(collection) if one.label == one.name or not one.meaning]
        assert unnamed == [], name
