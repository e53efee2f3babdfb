"""The log: one line of JSON each, with the request it belongs to, and never what a request asked for.

Light on purpose: uvicorn loads it in each worker before it can answer the process that watches over them.
"""

import logging
import logging.config
import sys
import threading
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from types import TracebackType
from typing import Any, override

from pythonjsonlogger.json import JsonFormatter

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""Identifier of the request under way, for whatever is logged meanwhile."""


class Formatter(JsonFormatter):
    """One JSON object per line; of an error, its kind and where it was: what it says may quote what was asked."""

    def __init__(self) -> None:
        super().__init__(
            "%(levelname)s %(name)s %(message)s",
            rename_fields={"levelname": "level", "name": "logger"},
            timestamp="at",
            reserved_attrs=None,
            exc_info_as_array=True,
        )

    @override
    def add_fields(self, log_record: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        super().add_fields(log_record, record, message_dict)
        log_record.pop("color_message", None)
        if name := REQUEST_ID.get():
            log_record["request_id"] = name

    @override
    def formatException(self, ei: Any) -> Any:
        return list(where_was(ei[1]))


def where_was(error: BaseException | None) -> Iterator[str]:
    """Give the kind of an error and of what caused it, each with the functions it went through; never its words."""
    while error is not None:
        yield f"{type(error).__module__}.{type(error).__qualname__}"
        yield from _frames(error.__traceback__)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _frames(trace: TracebackType | None) -> Iterator[str]:
    for frame in traceback.extract_tb(trace):
        yield f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}"


def log_config(level: str = "INFO") -> dict[str, Any]:
    """Return what ``logging.config.dictConfig`` and uvicorn take: everything to standard error, as JSON."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "geo_integration.logs.Formatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "geo_integration": {"level": level},
            "uvicorn": {"level": level},
            "uvicorn.access": {"handlers": [], "propagate": False},
        },
    }


def set_up() -> None:
    """Log so in a process of ours that uvicorn does not start: the job runner and its children."""
    logging.config.dictConfig(log_config())
    catch_all()


def catch_all() -> None:
    """Log what nobody caught in this process, instead of printing it with its words."""
    log = logging.getLogger("geo_integration")

    def caught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None and not issubclass(kind, KeyboardInterrupt | SystemExit):
            log.critical("not caught", exc_info=(kind, error, trace))

    sys.excepthook = caught
    threading.excepthook = lambda told: caught(told.exc_type, told.exc_value, told.exc_traceback)
