"""Answers put together from pieces made beforehand: plain, and as one gzip member of pieces already compressed.

DEFLATE (RFC 1951) lets blocks follow one another, and a flush ends a piece on a byte: so pieces compressed alone, none
of which looks back at another, are one valid stream in any order. Only the CRC of the whole (RFC 1952) is left to do.
"""

import gzip
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

type Positions = npt.NDArray[np.int64]

_COMMA = b","
_DEFLATED_COMMA = b"\x00\x01\x00\xfe\xff,"
"""A stored block of one byte: it begins and ends on a byte, so that it can be left out before the first piece."""
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LEVEL = 6
_SMALL = 4096
_SMALL_WINDOW, _SMALL_MEMORY = 12, 5
"""A window of 4 KB holds all of a small piece, and takes a sixth of the time to make ready."""


@dataclass(frozen=True, eq=False)
class Pieces:
    """The features of a collection, one after the other, each behind a comma; the same compressed.

    Attributes
    ----------
    plain, deflated : all of them.
    starts, deflated_starts : where each begins (its comma), and where the last ends; shape (features + 1,).
    geometry : first byte of each geometry in ``plain`` and the byte after it; shape (features, 2).
    """

    plain: bytes
    starts: Positions
    deflated: bytes
    deflated_starts: Positions
    geometry: Positions

    @classmethod
    def of(cls, features: Iterable[tuple[bytes, bytes, bytes]]) -> "Pieces":
        """Compress features, each alone; each given as what is before its geometry, the geometry, what is after."""
        plain, deflated = bytearray(), bytearray()
        starts, deflated_starts, geometry = [0], [0], []
        for before, shape, after in features:
            feature = before + shape + after
            first = len(plain) + len(_COMMA) + len(before)
            geometry.append((first, first + len(shape)))
            plain += _COMMA
            plain += feature
            deflated += _DEFLATED_COMMA
            deflated += _deflate(feature)
            starts.append(len(plain))
            deflated_starts.append(len(deflated))
        return cls(
            bytes(plain),
            np.asarray(starts, dtype=np.int64),
            bytes(deflated),
            np.asarray(deflated_starts, dtype=np.int64),
            np.asarray(geometry, dtype=np.int64).reshape(-1, 2),
        )

    def __len__(self) -> int:
        """Count them."""
        return len(self.starts) - 1

    def slices(self, positions: Positions) -> list[memoryview]:
        """Return what, one after the other, is some features joined by commas; positions in rising order."""
        return _slices(self.plain, self.starts, positions, len(_COMMA))

    def deflated_slices(self, positions: Positions) -> list[memoryview]:
        """Return the same as raw DEFLATE blocks, none of them the last of its stream."""
        return _slices(self.deflated, self.deflated_starts, positions, len(_DEFLATED_COMMA))

    def around_geometry(self, position: int) -> tuple[bytes, bytes]:
        """Return what comes before and after the geometry of a feature."""
        begin, end = int(self.starts[position]) + len(_COMMA), int(self.starts[position + 1])
        first, last = (int(value) for value in self.geometry[position])
        return self.plain[begin:first], self.plain[last:end]


@dataclass(frozen=True, eq=False)
class Page:
    """Some features of a collection.

    Attributes
    ----------
    matched : how many features answer the question in all.
    returned : how many are on this page.
    offset : how many come before it.
    """

    matched: int
    returned: int
    offset: int
    _positions: Positions
    _pieces: Pieces
    _moved: bytes | None = None
    """Features in other coordinates than those made beforehand."""

    @property
    def features(self) -> bytes:
        """GeoJSON features joined by commas."""
        return b"".join(self._slices())

    def wrap(self, head: bytes, tail: bytes) -> "Packed":
        """Return the whole answer: ``head``, the features, ``tail``."""
        return Packed(self, head, tail)

    def _slices(self) -> Sequence[bytes | memoryview]:
        return self._pieces.slices(self._positions) if self._moved is None else [self._moved]

    def _deflated(self) -> Sequence[bytes | memoryview] | None:
        return self._pieces.deflated_slices(self._positions) if self._moved is None else None


@dataclass(frozen=True, eq=False)
class Packed:
    """The bytes of an answer, plain or as a gzip stream: each is put together when it is first asked for."""

    _page: Page
    _head: bytes
    _tail: bytes

    @cached_property
    def content(self) -> bytes:
        """The answer."""
        return b"".join((self._head, *self._page._slices(), self._tail))  # noqa: SLF001 -- one room

    @cached_property
    def gzip(self) -> bytes:
        """One gzip member that holds ``content``.

        No feature is compressed for it, unless its coordinates are in another system than CRS84.
        """
        deflated = self._page._deflated()  # noqa: SLF001 -- one room
        if deflated is None:
            return gzip.compress(self.content, compresslevel=1, mtime=0)
        checksum = zlib.crc32(self.content).to_bytes(4, "little")
        size = (len(self.content) & 0xFFFFFFFF).to_bytes(4, "little")
        return b"".join((_HEADER, _deflate(self._head), *deflated, _deflate(self._tail, last=True), checksum, size))


def _slices(whole: bytes, starts: Positions, positions: Positions, separator: int) -> list[memoryview]:
    """Return pieces, the first one without its separator; neighbours are one slice."""
    if not len(positions):
        return []
    breaks = np.flatnonzero(np.diff(positions) != 1)
    first = positions[np.concatenate(([0], breaks + 1))]
    last = positions[np.concatenate((breaks, [len(positions) - 1]))]
    begins, ends = starts[first].tolist(), starts[last + 1].tolist()
    begins[0] += separator
    view = memoryview(whole)
    return [view[begin:end] for begin, end in zip(begins, ends, strict=True)]


def _deflate(content: bytes, *, last: bool = False) -> bytes:
    """Compress a piece that looks back at nothing, and end it on a byte."""
    small = len(content) <= _SMALL
    window, memory = (_SMALL_WINDOW, _SMALL_MEMORY) if small else (zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL)
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, -window, memory)
    return compressor.compress(content) + compressor.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)
