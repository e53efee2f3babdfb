"""Cut an LHEO feed into formations, one at a time, so that one fault costs one formation and no memory.

A formation never holds another, so its start and end tags are found without parsing what is between;
each is then parsed alone, strictly. Parsing the whole file at once (``iterparse``) stops for good at the
first fault, and libxml2's recovery drops what it does not understand without saying so.
"""

import codecs
import gzip
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from geo_integration.errors import InputRefusedError

BLOCK = 256 * 1024
LOOKAHEAD = 256 * 1024
MAX_FORMATION = 8_000_000
"""Characters of one formation, at most; libxml2 refuses texts above 10 million by itself."""
MAX_UNPACKED = 8 * 1024**3
"""Bytes of a compressed feed once unpacked, at most."""
_MAX_RATIO = 300
_RATIO_FROM = 32 * 1024**2
_OUTSIDE_KEPT = 100_000

_TOKEN = re.compile(
    r"<(?:"
    r"(?P<comment>!--)"
    r"|(?P<cdata>!\[CDATA\[)"
    r"|(?P<dtd>!(?i:DOCTYPE|ENTITY)\b)"
    r"|(?P<empty>(?:[\w.-]+:)?formation(?:\s+[\w:.-]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*\s*/>)"
    r"|(?P<open>(?:[\w.-]+:)?formation(?=[\s>]))"
    r"|(?P<close>/(?:[\w.-]+:)?formation\s*>)"
    r")"
)
_FORMATION_TAG = re.compile(r"</?(?:[\w.-]+:)?formation[\s/>]")
_LONGEST_TOKEN = 4_096
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.-]{1,40})[\"']")
_EIGHT_BITS: Final = ("utf-8", "cp", "iso8859", "mac")
_AS_CP1252: Final = frozenset({"iso8859-1", "ascii"})
"""Feeds that declare Latin-1 hold the typographic quotes and the euro sign of Windows-1252."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """One formation as text: its rank and line in the file, and what is wrong with its tags, if anything."""

    index: int
    line: int
    text: str
    fault: str = ""


def _unpacked(stream: IO[bytes] | gzip.GzipFile, packed_size: int, name: str) -> Iterator[bytes]:
    """Give the blocks of a compressed stream, within bounds."""
    total = 0
    while block := stream.read(BLOCK):
        total += len(block)
        if total > MAX_UNPACKED or (total > _RATIO_FROM and total > packed_size * _MAX_RATIO):
            raise InputRefusedError(
                "archive qui se décompresse sans mesure (bombe de décompression ?)",
                where=name,
                way_out="décompresser le fichier soi-même et vérifier son contenu",
            )
        yield block


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[bytes]]:
    """Open a plain, gzipped or zipped file, whatever its name says, as blocks of bytes."""
    try:
        with path.open("rb") as raw:
            magic, size = raw.read(4), path.stat().st_size
            raw.seek(0)
            if magic[:2] == b"\x1f\x8b":
                with gzip.open(raw) as unzipped:
                    yield _unpacked(unzipped, size, path.name)
            elif magic == b"PK\x03\x04":
                with zipfile.ZipFile(raw) as archive, archive.open(_only_xml(archive, path.name)) as member:
                    yield _unpacked(member, size, path.name)
            else:
                yield iter(lambda: raw.read(BLOCK), b"")
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputRefusedError(
            f"lecture impossible ({reason})", where=path.name, way_out="vérifier le chemin, les droits et l'archive"
        ) from error


def _only_xml(archive: zipfile.ZipFile, name: str) -> str:
    members = [info.filename for info in archive.infolist() if info.filename.lower().endswith(".xml")]
    if len(members) != 1:
        raise InputRefusedError(
            f"l'archive contient {len(members)} fichiers .xml, il en faut un", where=name, way_out="importer un fichier"
        )
    return members[0]


def _encoding(first: bytes, faults: list[str]) -> str:
    """Return the encoding of a feed; one that is unknown or impossible counts as UTF-8, and is a fault."""
    for bom, encoding in _BOMS:
        if first.startswith(bom):
            return encoding
    match = _DECLARED.match(first)
    declared = match[1].decode("ascii") if match else "utf-8"
    try:
        encoding = codecs.lookup(declared).name
    except LookupError:
        encoding = ""
    if encoding in _AS_CP1252:
        return "cp1252"
    if not encoding.startswith(_EIGHT_BITS):
        faults.append(f"encodage « {declared} » inconnu ou impossible ici : lu comme UTF-8")
        return "utf-8"
    return encoding


def decoded(path: Path, faults: list[str]) -> Iterator[str]:
    """Give the text of a feed in blocks; bytes wrong in its encoding become lone surrogates.

    A compressed feed that ends too soon ends here too, with the reason added to ``faults``.
    """
    with _opened(path) as blocks:
        first = next(blocks, b"")
        if not first:
            raise InputRefusedError("fichier vide", where=path.name, way_out="vérifier l'export")
        encoding = _encoding(first, faults)
        errors = "surrogateescape" if encoding.startswith(("utf-8", "cp")) else "replace"
        decoder = codecs.getincrementaldecoder(encoding)(errors)
        yield decoder.decode(first)
        try:
            for block in blocks:
                yield decoder.decode(block)
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
            faults.append(f"archive abîmée ou tronquée : la suite est illisible ({error})")
        yield decoder.decode(b"", final=True)


class Splitter:
    """Cuts a text that arrives in blocks at the tags of its formations.

    Attributes
    ----------
    outside : the text before, between and after the formations (its beginning, if it is long).
    """

    def __init__(self, blocks: Iterator[str], name: str) -> None:
        self._blocks = blocks
        self._name = name
        self._buffer = ""
        self._line = 1  # of the first character of the buffer
        self._ended = False
        self._index = 0
        self._begin = 0  # start of the open formation, or end of the last one
        self._opened = False
        self._oversize = False  # a formation too long was given up: its end tag is still to come
        self.outside = ""

    def fragments(self) -> Iterator[Fragment]:
        """Give the formations of the feed in order, the damaged ones with their fault."""
        kind, scan = "", 0
        while kind != "end":
            kind, start, scan = self._token(scan)
            yield from self._step(kind, start, scan)
            if self._begin > BLOCK:
                self._line += self._buffer.count("\n", 0, self._begin)
                self._buffer = self._buffer[self._begin :]
                self._begin, scan = 0, scan - self._begin

    def _step(self, kind: str, start: int, end: int) -> Iterator[Fragment]:
        """Give the formation that a tag ends, and any that it shows to be damaged."""
        too_long = start - self._begin > MAX_FORMATION
        if self._opened and (too_long or kind != "close"):
            fault = "balise </formation> absente"
            if too_long:
                fault = f"formation de plus de {MAX_FORMATION} caractères"
            elif kind == "end":
                fault = "fichier tronqué dans cette formation"
            yield self._fragment(self._begin, start, fault)
            self._begin, self._opened, self._oversize = start, False, too_long
        if kind == "close":
            if not self._oversize:
                yield self._fragment(self._begin, end, "" if self._opened else "balise <formation> absente ou abîmée")
            self._begin, self._opened, self._oversize = end, False, False
            return
        self._keep_outside(self._begin, start)
        self._begin, self._opened = start, kind == "open"
        if kind == "empty":
            yield self._fragment(start, end, "")
            self._begin = end

    def _fragment(self, begin: int, end: int, fault: str) -> Fragment:
        self._index += 1
        text = self._buffer[begin : min(end, begin + MAX_FORMATION)]
        blank = len(text) - len(text.lstrip())
        line = self._line + self._buffer.count("\n", 0, begin + blank)
        return Fragment(self._index, line, text[blank:], fault)

    def _keep_outside(self, begin: int, end: int) -> None:
        text = self._buffer[begin:end]
        if text.strip() and len(self.outside) < _OUTSIDE_KEPT:
            self.outside += text[:_OUTSIDE_KEPT]

    def _fill(self, wanted: int) -> None:
        """Read on until the buffer holds ``wanted`` characters or the file ends."""
        parts, held = [self._buffer], len(self._buffer)
        while held < wanted and not self._ended:
            block = next(self._blocks, None)
            self._ended = block is None
            parts.append(block or "")
            held += len(parts[-1])
        self._buffer = "".join(parts) if len(parts) > 1 else self._buffer

    def _token(self, scan: int) -> tuple[str, int, int]:
        """Return kind, start and end of the next tag of a formation; kind ``end`` where the file ends."""
        while True:
            self._fill(scan + LOOKAHEAD)
            match = _TOKEN.search(self._buffer, scan)
            last = len(self._buffer) if self._ended else len(self._buffer) - _LONGEST_TOKEN
            if match is None or match.start() > last:
                if self._ended:
                    return "end", len(self._buffer), len(self._buffer)
                scan = max(scan, last)
                if scan > MAX_FORMATION + 2 * LOOKAHEAD:
                    return "far", scan, scan
                continue
            kind = match.lastgroup or ""
            if kind == "dtd":
                raise InputRefusedError(
                    "déclaration DOCTYPE ou ENTITY : refusée, elle permet de lire d'autres fichiers ou de saturer "
                    "la mémoire",
                    where=f"{self._name}, ligne {self._line + self._buffer.count('\n', 0, match.start())}",
                    way_out="retirer cette déclaration : un flux LHEO n'en a pas besoin",
                )
            if kind not in {"comment", "cdata"}:
                return kind, match.start(), match.end()
            scan = self._after(kind, match.end())

    def _after(self, kind: str, inside: int) -> int:
        """Return where a comment or a CDATA section ends, or ``inside`` where it is not a sound one."""
        self._fill(inside + LOOKAHEAD)
        closing = "-->" if kind == "comment" else "]]>"
        end = self._buffer.find(closing, inside)
        if end < 0:
            return inside
        body = self._buffer[inside:end]
        # A section whose end was damaged would swallow the formations up to the next one's end.
        unsound = "--" in body if kind == "comment" else ("<![CDATA[" in body or _FORMATION_TAG.search(body))
        return inside if unsound else end + len(closing)
