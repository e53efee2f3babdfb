"""Answers computed on request: each once however many ask, few at a time, the latest kept."""

import asyncio
import gzip
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from api.answers import Body
from geo_integration.errors import UnavailableError

_AT_ONCE = 2
"""Computations under way in one process: more would only slow one another, and the quick requests with them."""
_MOST_BYTES = 64_000_000
_WAY_OUT = "réessayer dans quelques secondes, ou en faire une tâche : POST /api/v1/processes/gaps/execution"


class Computed:
    """What one process computed lately.

    Parameters
    ----------
    at_once : computations under way; one more is refused (UnavailableError), never queued: whoever waits in a line
        they cannot see asks again, and lengthens it.
    most_bytes : bytes kept, compressed forms included; the answer used longest ago goes first.
    """

    def __init__(self, *, at_once: int = _AT_ONCE, most_bytes: int = _MOST_BYTES) -> None:
        self._at_once, self._most_bytes = at_once, most_bytes
        self._kept: OrderedDict[str, Any] = OrderedDict()
        self._running: dict[str, asyncio.Task[Any]] = {}

    async def get[B: Body](self, key: str, compute: Callable[[], B], *, seconds: float, reserved: bool = False) -> B:
        """Return the answer of a key: kept, under way, or computed now in a thread.

        ``reserved``: for somebody signed in, who may take one place more, so that the public cannot take them all.

        Raises
        ------
        UnavailableError
            Too many computations are under way, or this one takes longer than ``seconds``; it then goes on, and its
            answer is there for whoever asks again.
        """
        if key in self._kept:
            self._kept.move_to_end(key)
            kept: B = self._kept[key]
            return kept
        if key not in self._running:
            if len(self._running) >= self._at_once + reserved:
                raise UnavailableError("trop de calculs sont en cours", way_out=_WAY_OUT)
            self._running[key] = asyncio.create_task(self._compute(key, compute))
            self._running[key].add_done_callback(_seen)
        try:
            body: B = await asyncio.wait_for(asyncio.shield(self._running[key]), seconds)
        except TimeoutError as error:
            raise UnavailableError(f"le calcul dure plus de {seconds:g} secondes", way_out=_WAY_OUT) from error
        return body

    async def _compute(self, key: str, compute: Callable[[], Body]) -> Body:
        try:
            body = await run_in_threadpool(lambda: _packed(compute()))
        finally:
            del self._running[key]
        self._kept[key] = body
        while len(self._kept) > 1 and sum(map(_size, self._kept.values())) > self._most_bytes:
            self._kept.popitem(last=False)
        return body


def computed_of(request: Request) -> Computed:
    """Return what this application computed lately."""
    state = request.app.state
    if not hasattr(state, "computed"):
        state.computed = Computed()
    found: Computed = state.computed
    return found


def _packed(body: Body) -> Body:
    """Compress once what many will fetch."""
    if body.compressed is not None:
        return body
    return replace(body, compressed=gzip.compress(body.content, compresslevel=6, mtime=0))


def _size(body: Body) -> int:
    return len(body.content) + len(body.compressed or b"")


def _seen(task: "asyncio.Task[Body]") -> None:
    """Look at the error of a computation nobody waits for any more, so that it is not reported as forgotten."""
    if not task.cancelled():
        task.exception()
