"""Items of a collection: the features as the library gives them, between what the standard wants around them."""

import json
from typing import Any

from api.answers import GEOJSON, Body, dumps
from api.ogc.formats import HTML
from api.ogc.links import Given, Link, address, link, same_in_both, turned
from api.ogc.pages import page_of_item, page_of_items
from api.ogc.prepared import Prepared
from api.ogc.question import Question
from geo_integration.errors import NotFoundError
from geo_integration.features import Page


def found(prepared: Prepared, question: Question) -> Page:
    """Return the page asked for; OptionError with the parameter's name where one cannot be read."""
    return prepared.collection.find(
        bbox=question.bbox,
        bbox_crs=question.bbox_crs,
        datetime=question.datetime,
        properties=question.properties,
        cql2=question.cql2,
        limit=question.limit,
        offset=question.offset,
        crs=question.crs,
    )


def body_of(prepared: Prepared, question: Question, base: str, *, compressed: bool) -> Body:
    """Return the answer to a question, in the form and the coding it asks for: never made in both for nothing."""
    page = found(prepared, question)
    links = _links(prepared, question, page, base)
    if question.format == "html":
        features = json.loads(b"[" + page.features + b"]")
        return Body(page_of_items(prepared, question, page, features, links, base), HTML)
    head = b'{"type":"FeatureCollection",%s"numberMatched":%d,"numberReturned":%d,"links":%s,"features":[' % (
        _stamp(prepared),
        page.matched,
        page.returned,
        dumps(links),
    )
    packed = page.wrap(head, b'],"about":%s}' % prepared.about)
    return Body(b"", GEOJSON, packed.gzip) if compressed else Body(packed.content, GEOJSON)


def body_of_one(prepared: Prepared, feature_id: str, crs: str, given: Given, shown: str, base: str) -> Body:
    """Return one feature with its links; NotFoundError where the collection has none of that identifier."""
    one = prepared.collection
    feature = one.one(feature_id, crs=crs)
    if feature is None:
        raise NotFoundError(
            f"la collection {one.name} n'a pas d'objet {feature_id[:80]!r}",
            where="feature",
            way_out=f"voir {address(base, 'collections', one.name, 'items')}",
        )
    parts = ("collections", one.name, "items", feature_id)
    html = shown == "html"
    links = [
        *same_in_both(base, parts, given, "html" if html else "json", GEOJSON),
        link("collection", "application/json", one.title, address(base, "collections", one.name)),
    ]
    if html:
        return Body(page_of_item(prepared, json.loads(feature), links, base), HTML)
    return Body(feature.rstrip()[:-1] + b',"links":%s,"about":%s}' % (dumps(links), prepared.about), GEOJSON)


def _stamp(prepared: Prepared) -> bytes:
    """Return the ``timeStamp`` member: when the data were published, so that equal questions get equal bytes."""
    return b'"timeStamp":%s,' % dumps(prepared.published_at) if prepared.published_at else b""


def _links(prepared: Prepared, question: Question, page: Page, base: str) -> list[Link]:
    one = prepared.collection
    parts = ("collections", one.name, "items")
    links = same_in_both(base, parts, question.given, question.format, GEOJSON)
    media: Any = HTML if question.format == "html" else GEOJSON
    after = question.offset + page.returned
    if page.returned and after < page.matched:
        links.append(_turn(base, parts, question, "next", "Page suivante", media, after))
    if question.offset:
        before = max(0, min(question.offset, page.matched) - question.limit)
        links.append(_turn(base, parts, question, "prev", "Page précédente", media, before))
    links.append(link("collection", "application/json", one.title, address(base, "collections", one.name)))
    return links


def _turn(base: str, parts: tuple[str, ...], question: Question, rel: str, title: str, media: str, offset: int) -> Link:
    return link(rel, media, title, address(base, *parts, given=turned(question.given, offset, question.limit)))
