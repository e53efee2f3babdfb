"""Pictures of a document, as SVG: pictograms cut out of the sheet of the pages, and QR codes."""

import io
from functools import cache
from typing import TYPE_CHECKING

import segno
from lxml import etree

from geo_integration.errors import MissingDataError, OptionError
from geo_integration.settings import settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SVG = "http://www.w3.org/2000/svg"
_INK = "#000000"
_NOT_COPIED = {"id", "class"}


def symbols() -> "Mapping[str, str]":
    """Return every pictogram of ``static/finder/icons.svg`` by name, each an SVG file of its own.

    Raises
    ------
    MissingDataError
        The sheet is not there, or is not SVG.
    """
    return _symbols(settings().static / "finder" / "icons.svg")


@cache
def _symbols(sheet: "Path") -> "Mapping[str, str]":
    try:
        root = etree.parse(sheet, etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
    except (OSError, etree.XMLSyntaxError) as error:
        raise MissingDataError("La planche de pictogrammes est illisible.", where=sheet.name) from error
    return {symbol.get("id", ""): _alone(symbol, root) for symbol in root.iter(f"{{{_SVG}}}symbol")}


def _alone(symbol: etree._Element, root: etree._Element) -> str:
    """Return one symbol as a file: its own attributes over those of the sheet, drawn in ink."""
    style = {name: value for name, value in root.attrib.items() if name in ("fill", "stroke", "stroke-width")}
    style |= {name: value for name, value in symbol.attrib.items() if name not in _NOT_COPIED}
    alone = etree.Element(f"{{{_SVG}}}svg", style, nsmap={None: _SVG})
    alone.extend(etree.fromstring(etree.tostring(child, with_tail=False)) for child in symbol)
    etree.cleanup_namespaces(alone)
    drawn: str = etree.tostring(alone, encoding="unicode")
    return drawn.replace("currentColor", _INK)


def qr_code(link: str) -> str:
    """Return the QR code of an address, as SVG with its quiet zone (four modules, as ISO/IEC 18004 asks).

    Raises
    ------
    OptionError
        The address is longer than any QR code.
    """
    drawn = io.BytesIO()
    try:
        code = segno.make(link, error="m", micro=False, boost_error=False)
    except segno.DataOverflowError as error:
        raise OptionError("L'adresse est trop longue pour un code QR.", where=f"{len(link)} caractères") from error
    code.save(drawn, kind="svg", border=4, xmldecl=False)
    return drawn.getvalue().decode()
