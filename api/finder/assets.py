"""What pages fetch: style sheet, scripts, pictograms, Leaflet, under one digest of them all; the service worker."""

import gzip
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, Request, Response
from xstatic.pkg import leaflet

from api.answers import takes_gzip
from geo_integration.errors import NotFoundError
from geo_integration.messages import LANGUAGES
from geo_integration.settings import settings

router = APIRouter(include_in_schema=False)

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
_LEAFLET = ("leaflet.js", "leaflet.css")
_NOT_ASSETS = ("sw.js",)
_ONLY_WITH_A_MAP = ("map.js", "map.css", *_LEAFLET)
"""What the service worker does not fetch before it is asked for."""
_YEAR = "public, max-age=31536000, immutable"
_SMALL = 1024
COLOUR = "#0b4f8a"


@dataclass(frozen=True)
class Asset:
    """One file: its bytes, the same compressed, its media type."""

    content: bytes
    compressed: bytes
    media_type: str


@dataclass(frozen=True)
class Assets:
    """Every file of the finder's pages. ``digest`` changes where one of them does: an address never changes meaning."""

    digest: str
    files: dict[str, Asset]

    def address(self, name: str) -> str:
        """Return where a file is; KeyError for one that is not there."""
        if name not in self.files:
            raise KeyError(name)
        return f"/finder/assets/{self.digest}/{name}"


@cache
def assets() -> Assets:
    """Read them, once per process."""
    folder = settings().static / "finder"
    paths = [path for path in sorted(folder.iterdir()) if path.suffix in _TYPES and path.name not in _NOT_ASSETS]
    paths += [Path(leaflet.BASE_DIR) / name for name in _LEAFLET]
    files = {path.name: _asset(path) for path in paths}
    digest = hashlib.sha256()
    for name, asset in sorted(files.items()):
        digest.update(name.encode() + b"\0" + hashlib.sha256(asset.content).digest())
    return Assets(digest.hexdigest()[:16], files)


@router.get("/finder/assets/{digest}/{name}")
def asset(digest: str, name: str, request: Request) -> Response:
    """Give one file, for a year; a file of another version is given as it is now, and not kept."""
    found = assets().files.get(name)
    if found is None:
        raise NotFoundError("ce fichier n'existe pas", way_out="recharger la page")
    kept = _YEAR if digest == assets().digest else "no-cache"
    return _sent(request, found, kept)


@router.get("/sw.js")
def service_worker(request: Request) -> Response:
    """Give the service worker, told what to keep; asked for again at each visit, so that it is never an old one."""
    return _sent(request, _worker(), "no-cache", {"Service-Worker-Allowed": "/"})


@router.get("/manifest.webmanifest")
def manifest(request: Request) -> Response:
    """Describe the finder as an application that a phone may put on its home screen."""
    return _sent(request, _manifest(), "public, max-age=3600")


@cache
def _worker() -> Asset:
    known = assets()
    told = {
        "digest": known.digest,
        "assets": [known.address(name) for name in known.files if name not in _ONLY_WITH_A_MAP],
        "languages": [language.code for language in LANGUAGES],
    }
    text = (settings().static / "finder" / "sw.js").read_text(encoding="utf-8")
    return _packed(f"const FINDER = {json.dumps(told)};\n{text}".encode(), _TYPES[".js"])


@cache
def _manifest() -> Asset:
    told = {
        "name": "Trouver un cours de français",
        "short_name": "Cours de français",
        "lang": "fr",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": COLOUR,
        "icons": [{"src": assets().address("app.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
    }
    return _packed(json.dumps(told, ensure_ascii=False).encode(), _TYPES[".webmanifest"])


def _asset(path: Path) -> Asset:
    return _packed(path.read_bytes(), _TYPES[path.suffix])


def _packed(content: bytes, media_type: str) -> Asset:
    return Asset(content, gzip.compress(content, compresslevel=9, mtime=0), media_type)


def _sent(request: Request, found: Asset, kept: str, more: dict[str, str] | None = None) -> Response:
    compress = takes_gzip(request) and len(found.content) >= _SMALL
    content = found.compressed if compress else found.content
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"Cache-Control": kept, "ETag": tag, "Vary": "Accept-Encoding", **(more or {})}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if compress:
        headers["Content-Encoding"] = "gzip"
    return Response(content, headers=headers, media_type=found.media_type)
