"""Scripts and style sheets as text to put into a page: ours from ``static/map``, Leaflet's from PyPI packages."""

import base64
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from xstatic.pkg import leaflet, leaflet_markercluster

from geo_integration.errors import MissingDataError
from geo_integration.settings import settings

GAPS = ("base.js", "areas.js", "points.js", "search.js", "tables.js", "start.js")
RESULT = ("base.js", "points.js", "search.js", "result.js", "tables.js", "start.js")
"""Our scripts of each page, in the order they need each other."""
_SOURCE_MAP = re.compile(r"^\s*//[#@] sourceMappingURL=.*$", re.MULTILINE)
_URL = re.compile(r"url\(\s*['\"]?([^'\")]+)['\"]?\s*\)")


@cache
def scripts(ours: tuple[str, ...] = GAPS) -> str:
    """Return Leaflet, its clusters and our scripts, in the order they need each other."""
    packaged = [
        _read(Path(leaflet.BASE_DIR) / "leaflet.js"),
        _read(Path(leaflet_markercluster.BASE_DIR) / "leaflet.markercluster.js"),
    ]
    written = [_read(settings().static / "map" / name) for name in ours]
    return _in_script("\n".join(_SOURCE_MAP.sub("", text) for text in [*packaged, *written]))


@cache
def styles(ours: tuple[str, ...] = ("map.css",)) -> str:
    """Return the style sheets, their images inlined."""
    sheets = [
        Path(leaflet.BASE_DIR) / "leaflet.css",
        Path(leaflet_markercluster.BASE_DIR) / "MarkerCluster.css",
        *(settings().static / "map" / name for name in ours),
    ]
    return "\n".join(_with_images(_read(sheet), sheet.parent) for sheet in sheets)


def _with_images(css: str, folder: Path) -> str:
    def inline(match: re.Match[str]) -> str:
        image = folder / match[1]
        if match[1].startswith(("data:", "#")) or not image.is_file():
            return match[0] if match[1].startswith("data:") else "none"
        return f"url(data:image/png;base64,{base64.b64encode(image.read_bytes()).decode('ascii')})"

    return _URL.sub(inline, css)


def json_in_script(value: Any) -> str:  # noqa: ANN401 -- JSON is anything
    """Return JSON that no text in it can turn into markup: ``<``, ``>``, ``&`` and line separators escaped."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _in_script(code: str) -> str:
    return code.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _read(path: Path) -> str:
    if not path.is_file():
        raise MissingDataError(f"fichier de la carte absent : {path.name}", way_out="réinstaller geo-integration")
    return path.read_text(encoding="utf-8")
