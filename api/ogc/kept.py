"""Answers kept in memory, within a number of bytes: the ones asked for longest ago leave first."""

from collections import OrderedDict
from threading import Lock

from api.answers import Body

LIMIT = 64_000_000
"""Bytes of answers kept by one worker."""
_SHARE = 8
"""One answer takes at most this fraction of the whole: a page of everything does not push out all the others."""
_OVERHEAD = 300
"""Bytes an entry costs besides its answer: key, headers, links of the list."""


class Kept:
    """Answers by entity tag. What a tag names never changes, so nothing is ever stale; old tags fall out."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.size = 0
        self._found: OrderedDict[str, Body] = OrderedDict()
        self._lock = Lock()

    def get(self, tag: str) -> Body | None:
        """Return the answer of a tag, if it is still here."""
        with self._lock:
            body = self._found.get(tag)
            if body is not None:
                self._found.move_to_end(tag)
            return body

    def put(self, tag: str, body: Body) -> None:
        """Keep an answer, unless it is too large to be worth it."""
        weight = _weight(body)
        if weight > self.limit // _SHARE:
            return
        with self._lock:
            if tag in self._found:
                return
            self._found[tag] = body
            self.size += weight
            while self.size > self.limit:
                _, gone = self._found.popitem(last=False)
                self.size -= _weight(gone)


def _weight(body: Body) -> int:
    return len(body.content) + len(body.compressed or b"") + _OVERHEAD
