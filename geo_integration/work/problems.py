"""What is told of a computation that failed: the error in the words of a service, never a trace."""

import errno
import re
from typing import Any

from geo_integration.errors import GeoIntegrationError, LedgerError, MissingDataError, SnapshotNotFoundError, StoreError

_OPTION = re.compile(r"(?<![\w-])--?([a-z][a-z-]*)")
_FULL = {errno.ENOSPC, errno.EDQUOT}
_COMMAND = "geo-integration "

UNEXPECTED: dict[str, Any] = {
    "title": "Erreur interne",
    "detail": "le calcul s'est arrêté sur une erreur imprévue",
    "where": "",
    "way_out": "réessayer ; si cela dure, citer cette tâche à l'exploitant : le journal en dit plus",
}

TOO_BIG: dict[str, Any] = {
    "title": "Calcul trop volumineux",
    "detail": "le calcul demande plus de mémoire qu'il n'y en a, ou son résultat est démesuré",
    "where": "",
    "way_out": "demander un territoire plus petit",
}


DISK_FULL: dict[str, Any] = {
    "title": "Momentanément indisponible",
    "detail": "le disque où le calcul écrit ses fichiers est plein",
    "where": "",
    "way_out": "prévenir l'exploitant, qui libérera de la place ; puis demander le calcul de nouveau",
}


def is_disk_full(error: BaseException | None) -> bool:
    """Say whether an error, or what caused it, is that of a full disk."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        error = error.__cause__ or error.__context__
    return False


def place_of(error: GeoIntegrationError) -> str:
    """Return where an error is, as anyone may be told: not where this machine keeps its files.

    The path of a damaged file also holds the name of its version, which nobody may know of a layer about people.
    """
    ours = isinstance(error, StoreError | LedgerError | MissingDataError) and (
        "/" in error.where or "\\" in error.where
    )
    return "entrepôt" if ours else error.where


def said_of(error: GeoIntegrationError) -> str:
    """Return what is wrong, as anyone may be told: what a database or a system adds in brackets names its host."""
    if isinstance(error, SnapshotNotFoundError) or not isinstance(error, StoreError | LedgerError):
        return error.what
    return error.what.partition(" (")[0]


def problem_of(error: GeoIntegrationError) -> dict[str, Any]:
    """Return a domain error as ``title``, ``detail``, ``where``, ``way_out``; options are named as JSON fields are."""
    return {
        "title": error.title,
        "detail": said_of(error),
        "where": _fields(place_of(error)),
        "way_out": _fields(error.way_out),
    }


def too_long(seconds: float) -> dict[str, Any]:
    """Return what is told of a computation that its time limit stopped."""
    return {
        "title": "Calcul trop long",
        "detail": f"le calcul a été arrêté après {seconds:g} secondes",
        "where": "",
        "way_out": "demander un territoire plus petit ou moins de minutes",
    }


def _fields(text: str) -> str:
    """Return ``--since-version`` as ``since_version``; a command line is left as it is."""
    if _COMMAND in text:
        return text
    return _OPTION.sub(lambda found: found[1].replace("-", "_") if len(found[1]) > 1 else found[0], text)
