"""The latest answers kept, each computed once however many ask at the same time."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock


class Kept[K: Hashable, V]:
    """A bounded memory: the answer used longest ago goes first; threads that ask for one key share a computation.

    Parameters
    ----------
    most : answers kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._answers: OrderedDict[K, Future[V]] = OrderedDict()

    def get(self, key: K, make: Callable[[], V]) -> V:
        """Return the answer of a key; ``make`` computes it where it is not kept. A failure is not kept."""
        with self._lock:
            future = self._answers.get(key)
            mine = future is None
            if future is None:
                future = self._answers[key] = Future()
                while len(self._answers) > self._most:
                    self._answers.popitem(last=False)
            else:
                self._answers.move_to_end(key)
        if mine:
            self._compute(key, future, make)
        return future.result()

    def latest(self, most: int) -> list[K]:
        """Return the keys used last, the latest last."""
        with self._lock:
            return list(self._answers)[-most:]

    def _compute(self, key: K, future: "Future[V]", make: Callable[[], V]) -> None:
        try:
            future.set_result(make())
        except BaseException as error:  # noqa: BLE001 -- those who wait must hear of it, whatever it is
            with self._lock:
                if self._answers.get(key) is future:
                    del self._answers[key]
            future.set_exception(error)
