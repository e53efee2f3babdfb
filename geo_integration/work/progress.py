"""From what a job says of itself to a percentage and a French sentence, not too often."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

_MOST = 99
_STAGE_SHARE = 0.5
"""Nobody knows how many stages there will be: each may fill half of what is left."""


@dataclass
class Told:
    """A :data:`geo_integration.jobs.ground.Progress` that tells ``send(percent, message)``.

    The percentage never falls and is never 100 before the end; the same stage is told at most every
    ``every_seconds``, a new one at once.
    """

    send: Callable[[int, str], None]
    every_seconds: float = 0.5
    clock: Callable[[], float] = time.monotonic
    _label: str | None = field(default=None, init=False)
    _base: float = field(default=0.0, init=False)
    _reached: float = field(default=0.0, init=False)
    _last: float = field(default=float("-inf"), init=False)

    def __call__(self, label: str, done: int, total: int) -> None:
        """Take note of what a job says."""
        new = label != self._label
        if new:
            self._label, self._base = label, self._reached
        share = min(max(done / total, 0.0), 1.0) if total > 0 else 0.0
        self._reached = max(self._reached, self._base + (_MOST - self._base) * _STAGE_SHARE * share)
        moment = self.clock()
        if new or moment - self._last >= self.every_seconds:
            self._last = moment
            self.send(int(self._reached), f"{label} : {done} sur {total}" if total > 1 else label)
