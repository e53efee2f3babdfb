"""Finished documents kept, and few set at once: a document costs more than a page of the finder."""

from collections.abc import Callable, Hashable
from threading import BoundedSemaphore

from geo_integration.errors import UnavailableError
from geo_integration.search.kept import Kept

_MOST = 1024


class Press:
    """Documents by what they say: each is set once while it is remembered, however many ask for it.

    Parameters
    ----------
    at_once : most documents set at the same time.
    wait_seconds : how long one more waits for its turn before it is refused.
    kept_bytes : most bytes of finished documents remembered; those asked for longest ago go first.
    """

    def __init__(self, *, at_once: int = 2, wait_seconds: float = 2.0, kept_bytes: int = 16_000_000) -> None:
        self._turn = BoundedSemaphore(at_once)
        self._wait = wait_seconds
        self._kept: Kept[Hashable, bytes] = Kept(_MOST, heaviest=kept_bytes, weigh=len)

    def printed(self, document: Hashable, set_it: Callable[[], bytes]) -> bytes:
        """Return the bytes of a document, set now if they are not remembered.

        Raises
        ------
        UnavailableError
            As many documents as are allowed are being set, and none was done in time.
        """
        return self._kept.get(document, lambda: self.unkept(set_it))

    def unkept(self, set_it: Callable[[], bytes]) -> bytes:
        """Return the bytes of a document of one person, remembered nowhere; raises as :meth:`printed`."""
        if not self._turn.acquire(timeout=self._wait):
            raise UnavailableError(
                "Trop de documents sont demandés en même temps.", way_out="Réessayez dans quelques secondes."
            )
        try:
            return set_it()
        finally:
            self._turn.release()
