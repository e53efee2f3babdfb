"""The fonts documents are set in: looked for before typesetting, and named where they are missing."""

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import typst

from geo_integration.errors import UnavailableError
from geo_integration.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FAMILIES: dict[str, tuple[str, ...]] = {
    "LATIN": ("Noto Sans", "DejaVu Sans"),
    "ARABIC": ("Noto Sans Arabic", "Noto Naskh Arabic"),
    "ETHIOPIC": ("Noto Sans Ethiopic", "Noto Serif Ethiopic"),
}
"""Script to families, the first found is used. Noto Sans and DejaVu Sans draw Cyrillic too."""

_SCRIPTS = {"ar": "ARABIC", "ps": "ARABIC", "fa": "ARABIC", "ti": "ETHIOPIC"}
_PACKAGE = "fonts-noto-core"
_PACKAGE_OF_SCRIPT = dict.fromkeys(("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"), "fonts-noto-cjk")


@cache
def _found(folder: "Path | None") -> typst.Fonts:
    return typst.Fonts(include_embedded_fonts=False, font_paths=[folder] if folder else [])


def fonts() -> typst.Fonts:
    """Return the fonts of the system and of the folder of the settings, found once per process."""
    return _found(settings().fonts)


def families(languages: "Iterable[str]") -> list[str]:
    """Return the families to set a document of these languages in, the first drawing Latin letters.

    Raises
    ------
    UnavailableError
        No font for the script of one of them; says which Debian package brings it.
    """
    there = set(fonts().families())
    scripts = ["LATIN", *sorted({_SCRIPTS[code] for code in languages if code in _SCRIPTS})]
    return [_family(script, there) for script in scripts]


def no_font_for(letters: str) -> UnavailableError:
    """Return the error of letters that no font draws."""
    scripts = {unicodedata.name(letter, "UNKNOWN").split()[0].split("-")[0] for letter in letters}
    packages = sorted({_PACKAGE_OF_SCRIPT.get(script, _PACKAGE) for script in scripts})
    return _missing(f"Aucune police ne dessine « {letters} ».", packages)


def _family(script: str, there: set[str]) -> str:
    for family in FAMILIES[script]:
        if family in there:
            return family
    raise _missing(f"Aucune police pour cette écriture : {' ou '.join(FAMILIES[script])}.", [_PACKAGE])


def _missing(what: str, packages: list[str]) -> UnavailableError:
    names = " ".join(packages)
    return UnavailableError(
        what,
        where="police",
        way_out=f"Installer le paquet Debian {names}, ou indiquer un dossier de polices (GEO_INTEGRATION_FONTS).",
    )
