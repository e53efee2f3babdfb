"""Accounts: who may sign in, with which password, and what they may see."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from threading import BoundedSemaphore
from typing import Any, Final

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.engine import Engine

from geo_integration.disclosure import Viewer
from geo_integration.errors import ConflictError, NotFoundError, OptionError, SignInError
from geo_integration.ledger.engine import speaking, writing
from geo_integration.ledger.passwords import check_name, check_password, is_name, prepared
from geo_integration.ledger.sessions import end_api_tokens, end_sessions, locked_user
from geo_integration.ledger.tables import USERS
from geo_integration.vocabulary import ViewerRole, term

_HASHING: Final = BoundedSemaphore(4)
"""One Argon2 takes 64 MiB: as many sign-ins as there are threads would take the memory of the machine."""


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in.

    Attributes
    ----------
    name : unique, ``[a-z0-9._-]{2,64}``.
    viewer : what they may see of figures about people.
    disabled : signing in and every token are refused.
    created_at, password_changed_at : instants, UTC.
    generation : grows with whatever ends every session (password, disabling).
    """

    name: str
    viewer: Viewer
    disabled: bool
    created_at: datetime
    password_changed_at: datetime
    generation: int


@dataclass(frozen=True)
class Accounts:
    """The accounts of one ledger.

    Parameters
    ----------
    engine : database of the ledger.
    hasher : Argon2id with the parameters of RFC 9106 for little memory; tests may make it cheaper.
    """

    engine: Engine
    hasher: PasswordHasher = field(default_factory=PasswordHasher, repr=False)

    @speaking()
    def add(self, name: str, password: str, viewer: Viewer, *, now: datetime) -> Account:
        """Make an account; OptionError for a name, a password or a role refused, ConflictError if the name is taken."""
        check_name(name)
        check_password(password, name=name)
        _check_viewer(viewer)
        row: dict[str, Any] = {
            "name": name,
            "password_hash": self._hash(password),
            "disabled": False,
            "generation": 0,
            "created_at": now,
        }
        row |= {"password_changed_at": now, **_columns(viewer)}
        try:
            with writing(self.engine) as connection:
                connection.execute(sa.insert(USERS).values(row))
        except sa.exc.IntegrityError as error:
            raise ConflictError(
                f"le compte « {name} » existe déjà", where="name", way_out="choisir un autre nom, ou changer ce compte"
            ) from error
        return self.get(name)

    @speaking()
    def get(self, name: str) -> Account:
        """Return an account; NotFoundError where there is none of that name."""
        row = self._row(name)
        if row is None:
            raise unknown(name)
        return account_of(row)

    @speaking()
    def list(self) -> tuple[Account, ...]:
        """Return every account, by name."""
        with self.engine.connect() as connection:
            return tuple(account_of(row) for row in connection.execute(sa.select(USERS).order_by(USERS.c.name)))

    @speaking()
    def authenticate(self, name: str, password: str, *, now: datetime) -> Account:  # noqa: ARG002 -- part of the contract
        """Return the account a name and a password open; SignInError, always the same, otherwise.

        An unknown name costs the same work as a wrong password, and so does a disabled account: the answer and its
        delay do not tell which names exist. A hash of older parameters is made anew with those of today.
        """
        decoy = self._decoy
        row = self._row(name)
        matches = self._verify(decoy if row is None else row.password_hash, password)
        if row is None or not matches or row.disabled:
            raise SignInError("nom ou mot de passe refusé", way_out="vérifier les deux, ou demander à l'administrateur")
        if self.hasher.check_needs_rehash(row.password_hash):
            self._rehash(row, password)
        return account_of(row)

    @speaking()
    def change_password(self, name: str, password: str, *, now: datetime) -> None:
        """Set a password and end every session of the account; its API tokens stay."""
        check_password(password, name=name)
        made = self._hash(password)
        with writing(self.engine) as connection:
            _locked(connection, name)
            connection.execute(_of(name).values(password_hash=made, password_changed_at=now))
            end_sessions(connection, name, now=now)

    @speaking()
    def change_viewer(self, name: str, viewer: Viewer) -> None:
        """Set what an account may see: it counts from the next request on, tokens already given included."""
        _check_viewer(viewer)
        with writing(self.engine) as connection:
            _locked(connection, name)
            connection.execute(_of(name).values(_columns(viewer)))

    @speaking()
    def disable(self, name: str, *, now: datetime) -> None:
        """Refuse an account from now on: its sessions and its API tokens end, also if it is enabled again."""
        with writing(self.engine) as connection:
            _locked(connection, name)
            connection.execute(_of(name).values(disabled=True))
            end_sessions(connection, name, now=now)
            end_api_tokens(connection, name, now=now)

    @speaking()
    def enable(self, name: str) -> None:
        """Let an account sign in again, with its password; old tokens stay refused."""
        with writing(self.engine) as connection:
            _locked(connection, name)
            connection.execute(_of(name).values(disabled=False))

    @cached_property
    def _decoy(self) -> str:
        """Return the hash of a password nobody has."""
        return self._hash(secrets.token_hex())

    def _row(self, name: str) -> sa.Row[Any] | None:
        if not is_name(name):
            return None
        with self.engine.connect() as connection:
            return connection.execute(sa.select(USERS).where(USERS.c.name == name)).one_or_none()

    def _hash(self, password: str) -> str:
        with _HASHING:
            return self.hasher.hash(prepared(password))

    def _verify(self, held: str, password: str) -> bool:
        try:
            with _HASHING:
                return self.hasher.verify(held, prepared(password))
        except (VerificationError, InvalidHashError):
            return False

    def _rehash(self, row: sa.Row[Any], password: str) -> None:
        """Replace a hash, unless the password was changed meanwhile."""
        made = self._hash(password)
        with writing(self.engine) as connection:
            connection.execute(
                _of(row.name).where(USERS.c.password_hash == row.password_hash).values(password_hash=made)
            )


def account_of(row: sa.Row[Any]) -> Account:
    """Return the account of a row of ``users``."""
    viewer = Viewer(term(ViewerRole, row.role), frozenset(row.departements), row.study)
    return Account(row.name, viewer, row.disabled, row.created_at, row.password_changed_at, row.generation)


def unknown(name: str) -> NotFoundError:
    """Return the error for a name without account; what is not a name is not repeated."""
    said = f"« {name} »" if is_name(name) else "de ce nom"
    return NotFoundError(f"aucun compte {said}", where="name", way_out="voir geo-integration users list")


def _locked(connection: sa.Connection, name: str) -> None:
    if not is_name(name) or locked_user(connection, name) is None:
        raise unknown(name)


def _of(name: str) -> sa.Update:
    return sa.update(USERS).where(USERS.c.name == name)


def _columns(viewer: Viewer) -> Mapping[str, Any]:
    return {"role": viewer.role.value, "departements": sorted(viewer.departements), "study": viewer.study}


def _check_viewer(viewer: Viewer) -> None:
    if viewer.role is ViewerRole.PUBLIC:
        raise OptionError(
            "un compte « public » ne verrait rien de plus que sans compte",
            where="role",
            way_out="administrator, referent:62,59 ou contractor:ETUDE:62",
        )
