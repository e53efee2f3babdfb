"""Parse one formation of an LHEO feed alone and strictly, mending first what can be mended without guessing."""

import html
import re
from dataclasses import dataclass
from typing import Final

from lxml import etree

from geo_integration.sources.lheo_stream import Fragment

_ESCAPED_BYTES = re.compile("[\udc80-\udcff]+")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)(?:(\w{2,31});)?")
_PREFIX = re.compile(r"(?:</?|\s)([A-Za-z_][\w.-]*):[A-Za-z_][\w.-]*(?=[\s/>=])")
_ROOT = re.compile(r"<((?:[\w.-]+:)?[A-Za-z_][\w.-]*)((?:\s[^<>]*)?)>")
_NAMESPACE = re.compile(r"\sxmlns(?::[\w.-]+)?\s*=\s*[\"']([^\"']*)[\"']")
_PROLOG: Final = re.compile(r"^\s*<\?xml[^<>]*>|<!--(?:(?!--).)*-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A formation as a tree (None where its XML is malformed), with its notes: what was mended, or the fault."""

    element: etree._Element | None
    notes: tuple[str, ...] = ()
    fault_line: int = 0


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _tree(text: str) -> etree._Element:
    """Parse a fragment whatever its namespaces, and strip them; XMLSyntaxError when it is malformed."""
    try:
        root = etree.fromstring(f"<fragment>{text}</fragment>".encode(), _parser())
    except etree.XMLSyntaxError:
        prefixes = sorted(set(_PREFIX.findall(text)) - {"xml", "xmlns"})
        if not prefixes:
            raise
        declared = "".join(f' xmlns:{prefix}="urn:{prefix}"' for prefix in prefixes)
        root = etree.fromstring(f"<fragment{declared}>{text}</fragment>".encode(), _parser())
    for element in root.iter(etree.Element):
        if "}" in element.tag:
            element.tag = element.tag.rpartition("}")[2]
    return root


def _mended_bytes(text: str) -> tuple[str, list[str]]:
    """Read as Windows-1252 the bytes that are wrong in the encoding of the feed."""

    def as_cp1252(match: re.Match[str]) -> str:
        return match[0].encode("utf-8", "surrogateescape").decode("cp1252", "replace")

    mended, count = _ESCAPED_BYTES.subn(as_cp1252, text)
    return mended, [f"{count} suite(s) d'octets étrangère(s) à l'encodage du fichier, lues en Windows-1252"][:count]


def _mended_markup(text: str) -> tuple[str, list[str]]:
    """Escape lone ampersands, read HTML entities, drop the control characters that XML forbids."""
    notes = []
    mended, count = _CONTROLS.subn("", text)
    if count:
        notes.append(f"{count} caractère(s) de contrôle interdit(s) en XML, retiré(s)")

    def escaped(match: re.Match[str]) -> str:
        known = html.unescape(match[0]) if match[1] else match[0]
        return known if known != match[0] and "<" not in known else f"&amp;{match[0][1:]}"

    mended, count = _AMPERSAND.subn(escaped, mended)
    if count:
        notes.append(f"{count} « & » ou entité(s) HTML écrit(s) sans l'échappement de XML")
    return mended, notes


def parse(fragment: Fragment) -> Parsed:
    """Return the tree of one formation; its notes say what was mended, or why there is no tree."""
    if fragment.fault:
        return Parsed(None, (fragment.fault,), fragment.line)
    text, notes = _mended_bytes(fragment.text)
    try:
        return Parsed(_tree(text)[0], tuple(notes))
    except (etree.XMLSyntaxError, UnicodeEncodeError) as error:
        first = error
    text, more = _mended_markup(text)
    try:
        return Parsed(_tree(text)[0], (*notes, *more))
    except etree.XMLSyntaxError as error:
        line = fragment.line + max((error.lineno or 1) - 1, 0)
        said = getattr(first, "msg", None) or str(first)
        return Parsed(None, (f"XML mal formé, formation illisible (analyseur : {said})",), line)


def root_of(outside: str) -> tuple[str, str]:
    """Return the local name and the namespace of the root of a feed, from the text around its formations."""
    match = _ROOT.search(_PROLOG.sub("", outside))
    if match is None:
        return "", ""
    namespace = _NAMESPACE.search(match[2])
    return match[1].rpartition(":")[2], namespace[1] if namespace else ""


def fault_outside(outside: str) -> str:
    """Say what is malformed around the formations of a feed; empty when nothing is."""
    text = _CONTROLS.sub("", _PROLOG.sub("", outside)).strip()
    try:
        _tree(text)
    except etree.XMLSyntaxError as error:
        return str(error.msg or error)
    return ""
