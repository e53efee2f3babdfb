"""What PostgreSQL says when something is wrong, in French and with a way out."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa
from alembic.util import CommandError

from geo_integration.errors import StoreError

_NOTHING_LOST = "rien de ce qui était publié n'est perdu"
_RESTART = f"vérifier que PostgreSQL est démarré et joignable, puis recommencer ; {_NOTHING_LOST}"

_REFUSED = (
    (
        re.compile(r'database ".*" does not exist|base de données .* n.existe pas'),
        "cette base de données n'existe pas",
        "la créer (createdb), ou corriger l'adresse",
    ),
    (
        re.compile(r"authentication failed|no password supplied|pg_hba|role .* does not exist|authentification|rôle"),
        "identifiants refusés par la base de données",
        "vérifier le nom et le mot de passe de l'adresse",
    ),
)
"""While connecting, the server's words are all there is: no SQLSTATE."""
_GONE = ("08", "57P")
"""Classes of SQLSTATE: connection lost, server stopping or starting."""
_RULES = (
    (("53100",), "le disque est plein", f"libérer de la place, puis recommencer ; {_NOTHING_LOST}"),
    (("53", "57014"), "la base de données est surchargée", f"recommencer plus tard ; {_NOTHING_LOST}"),
    (("42501", "25006"), "écriture interdite", "donner à cet utilisateur le droit d'écrire, ou changer d'entrepôt"),
    (
        ("42P01", "42703", "3F000"),
        "une table ou une colonne manque",
        "geo-integration store migrate, ou republier les mêmes fichiers",
    ),
    (("22", "23"), "valeur refusée par la base de données", "corriger la valeur, puis republier"),
    (("XX",), "données abîmées dans la base", "geo-integration store verify ; republier les mêmes fichiers"),
)


@contextmanager
def speaking(where: str, *, lock_timeout_seconds: float = 0) -> Iterator[None]:
    """Turn whatever the database refuses into a StoreError about the store at ``where``."""
    try:
        yield
    except (psycopg.Error, sa.exc.SQLAlchemyError) as error:
        raise _explained(error, where, lock_timeout_seconds) from error
    except CommandError as error:
        what = "le schéma de cette base vient d'une version plus récente du programme"
        raise StoreError(what, where=where, way_out="mettre à jour geo-integration") from error


def state_of(error: BaseException) -> str:
    """Return the SQLSTATE of an error; empty where the server had no time to say."""
    cause = getattr(error, "orig", None) or error
    return str(getattr(cause, "sqlstate", None) or "")


def _explained(error: Exception, where: str, lock_timeout_seconds: float) -> StoreError:
    cause = getattr(error, "orig", None) or error
    said = str(cause).strip().partition("\n")[0]
    state = state_of(error)
    if state == "55P03":
        what = f"un autre programme y écrit depuis plus de {lock_timeout_seconds:g} secondes"
        return StoreError(what, where=where, way_out="attendre qu'il ait fini, puis recommencer")
    for states, what, way_out in _RULES:
        if state.startswith(states):
            return StoreError(f"{what} ({said})", where=where, way_out=way_out)
    for words, what, way_out in _REFUSED:
        if not state and words.search(said):
            return StoreError(f"{what} ({said})", where=where, way_out=way_out)
    if state.startswith(_GONE) or _is_lost(cause, state):
        return StoreError(f"la base de données ne répond pas ({said})", where=where, way_out=_RESTART)
    return StoreError(f"la base de données a refusé ({said})", where=where, way_out=_RESTART)


def _is_lost(cause: BaseException, state: str) -> bool:
    lost = (psycopg.OperationalError, sa.exc.TimeoutError, sa.exc.ResourceClosedError, sa.exc.PendingRollbackError)
    return not state and isinstance(cause, lost)
