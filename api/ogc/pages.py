"""The pages of the OGC API, in French: every text escaped, no script, one style sheet of ours."""

from functools import cache
from typing import TYPE_CHECKING, Any

import jinja2

from api.ogc import values
from api.ogc.links import ROOT, Link
from api.ogc.picture import drawn
from api.ogc.prepared import Prepared
from api.ogc.question import CRS84, Question
from geo_integration.settings import settings

if TYPE_CHECKING:
    from geo_integration.features import Page

type Feature = dict[str, Any]

_MOST_DRAWN = 400_000
"""Characters of GeoJSON above which a page is not drawn: the picture would weigh more than what it shows."""


@cache
def style() -> bytes:
    """Return the style sheet."""
    return (settings().static / "api" / "ogc" / "style.css").read_bytes()


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(settings().static / "api" / "ogc"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"whole": values.whole, "day": values.day, "plural": values.plural}
    return environment


def page(name: str, told: dict[str, Any], base: str, prepared: Prepared | None) -> bytes:
    """Return the page of a document: the same content as its JSON, for people.

    Parameters
    ----------
    name : template, without its ending.
    told : the document.
    base : public address of the service.
    prepared : the collection it is about, if it is about one.
    """
    more: dict[str, Any] = {}
    if prepared is not None:
        columns = values.columns_of(prepared.collection)
        more = {"collection": prepared.collection, "about": values.about_of(prepared.collection), "columns": columns}
    return _render(name, told=told, home=f"{base}{ROOT}", base=base, links=told.get("links", []), **more)


def page_of_items(
    prepared: Prepared, question: Question, found: "Page", features: list[Feature], links: list[Link], base: str
) -> bytes:
    """Return a page of features as a table, with a drawing where it is light enough and in degrees."""
    one = prepared.collection
    light = len(found.features) <= _MOST_DRAWN and question.crs == CRS84
    picture = drawn(features, f"{one.title} : {len(features)} objets dessinés") if light else None
    columns = values.columns_of(one)
    return _render(
        "items",
        home=f"{base}{ROOT}",
        base=base,
        collection=one,
        about=values.about_of(one),
        columns=columns,
        rows=[(feature["id"], values.cells(columns, feature["properties"])) for feature in features],
        found=found,
        first=question.offset + 1,
        links=links,
        turns={link["rel"]: link["href"] for link in links if link["rel"] in {"prev", "next"}},
        asked=[(name, value) for name, value in question.given if name not in {"f", "limit", "offset"}],
        picture=picture,
    )


def page_of_item(prepared: Prepared, feature: Feature, links: list[Link], base: str) -> bytes:
    """Return the page of one feature."""
    one = prepared.collection
    columns = values.columns_of(one)
    shown = list(zip(columns, values.cells(columns, feature["properties"]), strict=True))
    return _render(
        "item",
        home=f"{base}{ROOT}",
        base=base,
        collection=one,
        about=values.about_of(one),
        feature_id=feature["id"],
        shown=shown,
        links=links,
        picture=drawn([feature], f"Dessin de {feature['id']}"),
    )


def _render(name: str, **context: Any) -> bytes:  # noqa: ANN401 -- what a template takes
    return _environment().get_template(f"{name}.html").render(**context).encode()
