"""Every page of the finder is drawn here: its language, its headers, its links to the same page in other languages.

Templates are those of ``static/finder/templates``; their messages are French and said in the language of the page.
"""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any, override
from urllib.parse import urlencode

import jinja2
from fastapi import Depends, Request, Response
from jinja2.bccache import Bucket
from markupsafe import Markup
from starlette.convertors import StringConvertor, register_url_convertor

from api.answers import takes_gzip
from api.finder.asked import Asked
from api.finder.assets import COLOUR, assets
from geo_integration.errors import GeoIntegrationError
from geo_integration.messages import LANGUAGES, Language, Speech, negotiated, speech
from geo_integration.settings import settings

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Content-Security-Policy of the pages: nothing inline, nothing from elsewhere."""
_SAFE = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=()",
}
_KEPT, _PRIVATE = "private, no-cache", "no-store"
"""An address says what somebody needs: the browser may keep the page, a shared cache may not."""
_HTML = "text/html; charset=utf-8"
_SMALL = 1024
_TRAVELS = frozenset(
    {"place", "said", "need", "goal", "who", "mode", "when", "minutes", "care", "free", "remote", "page", "offer"}
)
"""Names of an address that its links to other languages keep."""
_LONGEST = 2000


class _LanguageConvertor(StringConvertor):
    """A part of an address that is the code of one of the languages."""

    regex = "|".join(one.code for one in LANGUAGES)


register_url_convertor("language", _LanguageConvertor())


@dataclass(frozen=True)
class Elsewhere:
    """The same page in another language."""

    language: Language
    href: str
    current: bool


def speech_of(lang: str) -> Speech:
    """Return the speech an address names; NotFoundError for no language of ours."""
    return speech(lang)


SpeechDep = Annotated[Speech, Depends(speech_of)]
"""For a route with ``{lang}`` in its address."""


def render(
    request: Request,
    lang: Speech,
    template: str,
    *,
    status: int = HTTPStatus.OK,
    private: bool = False,
    cached: str | None = None,
    **context: Any,  # noqa: ANN401 -- whatever the template shows
) -> Response:
    """Return a page.

    Parameters
    ----------
    template : of ``static/finder/templates``.
    private : of one person's position or message: nothing keeps it, and it has no ETag.
    cached : its Cache-Control, where the usual one does not suit.
    context : for the template, over ``speech, language, languages, asked, step, synthetic, home``.
    """
    page = _environment(lang.language.code).get_template(template)
    content = page.render(_shared(request, lang) | context).encode()
    return _answer(request, lang, content, status=status, kept=_PRIVATE if private else cached or _KEPT)


def error_page(request: Request, status: int, title: str, text: str, way_out: str) -> Response:
    """Return the page of a problem; the three texts are messages, said in the language of the address."""
    lang = _language_at(request)
    told = {"title": lang.say(title), "text": lang.say(text), "way_out": lang.say(way_out)}
    return render(request, lang, "error.html", status=status, private=True, step=None, **told)


def policy(tiles: str) -> str:
    """Return the policy of the pages; the background of the map may come from its own host, where one is set."""
    host = re.match(r"https?://[^/\s;,'\"{}]+", tiles.replace("{s}.", "*."))
    return POLICY.replace("img-src 'self' data:", f"img-src 'self' data: {host[0]}") if host else POLICY


def _answer(request: Request, lang: Speech, content: bytes, *, status: int, kept: str) -> Response:
    headers = {
        **_SAFE,
        "Content-Security-Policy": policy(request.app.state.service.settings.tiles_url),
        "Content-Language": lang.language.code,
        "Cache-Control": kept,
        "Vary": "Accept-Encoding, Accept-Language" if request.url.path == "/" else "Accept-Encoding",
    }
    compress = takes_gzip(request) and len(content) >= _SMALL
    if kept != _PRIVATE and status == HTTPStatus.OK:
        tag = hashlib.sha256(content).hexdigest()[:32]
        headers["ETag"] = f'"{tag}-gzip"' if compress else f'"{tag}"'
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if compress:
        headers["Content-Encoding"] = "gzip"
        content = gzip.compress(content, compresslevel=6, mtime=0)
    return Response(content, status, headers, media_type=_HTML)


def _shared(request: Request, lang: Speech) -> dict[str, Any]:
    return {
        "speech": lang,
        "language": lang.language,
        "languages": _elsewhere(request, lang),
        "asked": Asked.of(request.query_params),
        "step": None,
        "synthetic": _synthetic(request),
        "home": "/",
        "colour": COLOUR,
    }


def _elsewhere(request: Request, lang: Speech) -> list[Elsewhere]:
    """Return this page in each language; of an address without one (the first page), its second step."""
    first, slash, rest = request.url.path.removeprefix("/").partition("/")
    rest = rest if slash and first in _codes() else "lieu"
    pairs = [(name, value) for name, value in request.query_params.multi_items() if name in _TRAVELS]
    query = urlencode(pairs)
    end = f"?{query}" if query and len(query) <= _LONGEST else ""
    return [Elsewhere(one, f"/{one.code}/{rest}{end}", one == lang.language) for one in LANGUAGES]


def _synthetic(request: Request) -> bool:
    """Say whether the offers are made up; not where none can be read: then nothing is shown of them."""
    try:
        return bool(request.app.state.service.finder.current().synthetic)
    except GeoIntegrationError:
        return False


def _language_at(request: Request) -> Speech:
    first = request.url.path.removeprefix("/").partition("/")[0]
    return speech(first if first in _codes() else negotiated(request.headers.get("accept-language", "")).code)


@cache
def _codes() -> frozenset[str]:
    return frozenset(one.code for one in LANGUAGES)


class _Compiled(jinja2.BytecodeCache):
    """Templates compiled once for all languages."""

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}

    @override
    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._held:
            bucket.bytecode_from_string(self._held[bucket.key])

    @override
    def dump_bytecode(self, bucket: Bucket) -> None:
        self._held[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


@cache
def _environment(code: str) -> jinja2.Environment:
    """Return where templates of one language are drawn: what they say are globals, so that macros say it too."""
    lang = speech(code)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(settings().static / "finder" / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        bytecode_cache=_COMPILED,
        auto_reload=False,
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        lang.gettext, lang.ngettext, newstyle=True
    )
    environment.globals |= {"asset": assets().address, "icon": icon, "isolated": lang.isolated}
    return environment


def icon(name: str, more: str = "") -> Markup:
    """Return a pictogram of the sprite; it says nothing to who hears the page: words stand beside it.

    Arrows point the way the page is read.
    """
    classes = " ".join(["icon", *(["mirror"] if name in {"next", "back"} else []), *more.split()])
    return Markup('<svg aria-hidden="true" focusable="false" class="{}"><use href="{}#{}"/></svg>').format(
        classes, assets().address("icons.svg"), name
    )
