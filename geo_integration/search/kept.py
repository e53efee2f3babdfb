"""The latest answers kept, each computed once however many ask at the same time."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock


class Kept[K: Hashable, V]:
    """A bounded memory: the answer used longest ago goes first; threads that ask for one key share a computation.

    An answer that goes is let go of, never closed: who was given it may still be using it.

    Parameters
    ----------
    most : answers kept.
    heaviest, weigh : what all answers may weigh together, and what one does; one alone is kept whatever its weight.
    """

    def __init__(
        self, most: int, *, heaviest: float = float("inf"), weigh: Callable[[V], float] = lambda _: 0.0
    ) -> None:
        self._most, self._heaviest, self._weigh = most, heaviest, weigh
        self._lock = Lock()
        self._answers: OrderedDict[K, Future[V]] = OrderedDict()
        self._weights: dict[K, float] = {}

    def get(self, key: K, make: Callable[[], V]) -> V:
        """Return the answer of a key; ``make`` computes it where it is not kept. A failure is not kept."""
        with self._lock:
            future = self._answers.get(key)
            mine = future is None
            if future is None:
                future = self._answers[key] = Future()
                while len(self._answers) > self._most:
                    self._forget(next(iter(self._answers)))
            else:
                self._answers.move_to_end(key)
        if mine:
            self._compute(key, future, make)
        return future.result()

    def latest(self, most: int) -> list[K]:
        """Return the keys used last, the latest last."""
        with self._lock:
            return list(self._answers)[-most:]

    def drop(self, unwanted: Callable[[K], bool]) -> None:
        """Forget the answers of some keys."""
        with self._lock:
            for key in [key for key in self._answers if unwanted(key)]:
                self._forget(key)

    def _compute(self, key: K, future: "Future[V]", make: Callable[[], V]) -> None:
        try:
            found = make()
            weight = self._weigh(found)
        except BaseException as error:  # noqa: BLE001 -- those who wait must hear of it, whatever it is
            with self._lock:
                if self._answers.get(key) is future:
                    self._forget(key)
            future.set_exception(error)
            return
        future.set_result(found)
        with self._lock:
            if self._answers.get(key) is future:
                self._weights[key] = weight
                self._lighten(key)

    def _lighten(self, latest: K) -> None:
        """Let the answers used longest ago go until the others weigh little enough; never the latest."""
        for key in [key for key in self._answers if key in self._weights and key != latest]:
            if sum(self._weights.values()) <= self._heaviest:
                return
            self._forget(key)

    def _forget(self, key: K) -> None:
        del self._answers[key]
        self._weights.pop(key, None)
