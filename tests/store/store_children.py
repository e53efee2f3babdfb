"""Processes for the tests of the store to start, to kill and to set against each other.

They come from a fork server that has the libraries loaded, so that one costs milliseconds.
"""

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from unittest import mock

from store_samples import duo, publish

from geo_integration.schema import Layer
from geo_integration.store import open_store
from geo_integration.store.postgis import rows

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["store_preload"])
_STEPS = ("fsync", "rename", "replace")


def warm_up() -> None:
    """Start the fork server where it finds this module: Python 3.12 does not tell it the path."""
    with mock.patch.dict(os.environ, PYTHONPATH=str(Path(__file__).parent)):
        child = CONTEXT.Process(target=os.getpid)
        child.start()
        child.join()


def each_step(hook: Callable[[str], None]) -> "mock._patch_dict":
    """Call ``hook`` before and after every system call that a publication depends on."""

    def around(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **keywords: Any) -> Any:  # noqa: ANN401
            hook(f"before {name}")
            result = call(*args, **keywords)
            hook(f"after {name}")
            return result

        return wrapped

    return mock.patch.dict(os.__dict__, {name: around(name, getattr(os, name)) for name in _STEPS})


def publish_until_killed(location: str, first: int, pipe: Connection) -> None:
    """Publish one version after the other and tell each by the pipe."""
    with mock.patch.object(Layer, "validate"):
        for number in range(first, first + 1000):
            pipe.send((number, publish(open_store(location), duo(number), number)))


def publish_and_die(location: str, number: int, step: int) -> None:
    """Publish, and die without a word at the given step."""
    calls = iter(range(10**6))

    def die(_: str) -> None:
        if next(calls) == step:
            os._exit(9)

    with mock.patch.object(Layer, "validate"), each_step(die):
        publish(open_store(location), duo(number), number)


def publish_many(location: str, numbers_: range) -> None:
    """Publish these versions, in this order."""
    with mock.patch.object(Layer, "validate"):
        for number in numbers_:
            publish(open_store(location), duo(number), number)


def publish_half(location: str, number: int, pipe: Connection) -> None:
    """Publish to PostGIS, and stop for ever when half of the rows are sent, saying so by the pipe."""
    send = rows.send

    def half(*given: Any) -> None:  # noqa: ANN401
        send(*given)
        pipe.send(number)
        signal.pause()

    with mock.patch.object(Layer, "validate"), mock.patch.object(rows, "send", half):
        publish(open_store(location), duo(number), number)


def killed_at_some_instant(location: str, first: int, longest_seconds: float, dice: random.Random) -> dict[int, str]:
    """Let a child publish versions from ``first`` on, kill it; return what it said it had published, by version."""
    done: dict[int, str] = {}
    ours, theirs = CONTEXT.Pipe(duplex=False)
    child = CONTEXT.Process(target=publish_until_killed, args=(location, first, theirs))
    child.start()
    theirs.close()
    ours.poll(20)  # it has published once
    time.sleep(dice.uniform(0, longest_seconds))
    os.kill(child.pid or 0, signal.SIGKILL)
    child.join()
    while ours.poll():
        try:
            done.update([ours.recv()])
        except EOFError:
            break
    return done
