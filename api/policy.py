"""Which scripts and styles of a page that carries its own may run."""

import base64
import hashlib
from html.parser import HTMLParser
from typing import override


def policy(page: str) -> str:
    """Return the Content-Security-Policy of a page: its own scripts and styles by hash, images of its own, no more.

    A text that slipped into the page as markup could not run, nor fetch anything. Only style attributes are free: the
    pins of the maps are made with them, and with nothing to fetch they can do no more than look odd.
    """
    found = _Inline()
    found.feed(page)
    scripts, styles = (" ".join(map(_hash, texts)) or "'none'" for texts in (found.scripts, found.styles))
    return (
        f"default-src 'none'; script-src {scripts}; style-src {styles}; style-src-attr 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'"
    )


class _Inline(HTMLParser):
    """The texts of scripts and style sheets in a page; a block of data is no script."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self._into: list[str] | None = None

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "script" and told.get("type", "text/javascript") == "text/javascript":
            self._into = self.scripts
        elif tag == "style":
            self._into = self.styles
        if self._into is not None:
            self._into.append("")

    @override
    def handle_endtag(self, tag: str) -> None:
        self._into = None

    @override
    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into[-1] += data


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
