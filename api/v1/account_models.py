"""What the routes about accounts take and give."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from fastapi import Path
from pydantic import BaseModel, Field, SecretStr, model_validator

from api.caller import Caller
from api.v1.bodies import Body
from geo_integration.disclosure import Viewer
from geo_integration.errors import OptionError
from geo_integration.ledger.accounts import Account
from geo_integration.ledger.api_tokens import LONGEST_DAYS, ApiToken
from geo_integration.ledger.audit import Entry
from geo_integration.ledger.passwords import LONGEST, NAME, SHORTEST, is_name
from geo_integration.territories import departements
from geo_integration.vocabulary import ViewerRole, term

Role = Literal["administrator", "referent", "contractor"]
UserName = Annotated[str, Path(description="Nom du compte.", max_length=64, examples=["referent-62"])]
TokenName = Annotated[str, Path(description="Nom du jeton (`jti` de la liste).", max_length=32)]
_Secret = Annotated[SecretStr, Field(max_length=LONGEST)]


class Credentials(Body):
    """Un nom et un mot de passe."""

    username: str = Field(max_length=64, description="Nom du compte.", examples=["referent-62"])
    password: _Secret = Field(description="Mot de passe.")
    grant_type: Literal["password"] = Field(default="password", description="Pour les clients OAuth.")


class Refreshing(Body):
    """Un jeton de renouvellement."""

    refresh_token: _Secret = Field(description="Jeton de renouvellement reçu en dernier.")
    grant_type: Literal["refresh_token"] = Field(default="refresh_token", description="Pour les clients OAuth.")


class TokenPair(BaseModel):
    """Deux jetons (noms des champs : RFC 6749)."""

    access_token: str = Field(description="À joindre à chaque requête : `Authorization: Bearer …`.")
    token_type: Literal["bearer"] = Field(default="bearer", description="Comment le joindre.")
    expires_in: int = Field(description="Durée de vie du jeton d'accès, en secondes.")
    refresh_token: str = Field(description="Donne la paire suivante ; sert une fois.")


class Me(BaseModel):
    """Qui demande, et ce qu'il peut voir."""

    name: str = Field(description="Nom du compte ; vide pour le public.")
    role: str = Field(description="public, referent, contractor ou administrator.")
    role_label: str = Field(description="Le rôle en clair.")
    departements: list[str] = Field(description="Départements dont les chiffres sont vus en entier.")
    study: str = Field(description="Étude du prestataire ; vide pour les autres.")


class NewPassword(Body):
    """Un changement de mot de passe."""

    current: _Secret = Field(description="Mot de passe actuel.")
    new: _Secret = Field(description=f"Nouveau mot de passe, {SHORTEST} caractères au moins.")


class NewUser(Body):
    """Un compte à créer."""

    name: str = Field(pattern=NAME, description="2 à 64 caractères : minuscules, chiffres, point, tiret, _.")
    password: _Secret = Field(min_length=SHORTEST, description=f"{SHORTEST} caractères au moins.")
    role: Role = Field(description="Ce que le compte permet.")
    departements: list[str] = Field(default_factory=list, max_length=120, description="Pour referent et contractor.")
    study: str = Field(default="", max_length=200, description="Pour contractor : nom de l'étude.")


class UserChange(Body):
    """Ce qui change ; ce qui n'est pas dit reste."""

    password: _Secret | None = Field(default=None, description="Nouveau mot de passe ; met fin aux sessions.")
    role: Role | None = Field(default=None, description="Nouveau rôle, avec ses départements et son étude.")
    departements: list[str] = Field(default_factory=list, max_length=120, description="Avec role.")
    study: str = Field(default="", max_length=200, description="Avec role.")
    disabled: bool | None = Field(default=None, description="Vrai : plus aucun accès.")

    @model_validator(mode="after")
    def _with_role(self) -> Self:
        """Refuse départements without their role: what they would mean is not said."""
        if self.role is None and (self.departements or self.study):
            raise ValueError("role")
        return self


class User(BaseModel):
    """Un compte."""

    name: str
    role: str
    departements: list[str]
    study: str
    disabled: bool
    created_at: datetime
    password_changed_at: datetime


class Users(BaseModel):
    """Des comptes."""

    items: list[User]


class NewApiToken(Body):
    """Un jeton d'API à créer."""

    label: str = Field(min_length=1, max_length=200, description="À quoi il sert.", examples=["QGIS de la DDETS 62"])
    days: int = Field(default=90, ge=1, le=LONGEST_DAYS, description="Durée de vie, en jours.")


class MadeApiToken(BaseModel):
    """Un jeton d'API, montré une seule fois."""

    token: str


class ApiTokenShown(BaseModel):
    """Ce qui est gardé d'un jeton d'API."""

    jti: str = Field(description="Nom du jeton, pour le révoquer.")
    label: str
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_on: date | None = Field(description="Dernier jour d'usage (UTC) ; null : jamais.")


class ApiTokens(BaseModel):
    """Des jetons d'API."""

    items: list[ApiTokenShown]


class AuditEntry(BaseModel):
    """Une lecture, ou un acte d'administration."""

    id: int
    at: datetime
    user_name: str
    role: str
    departements: list[str]
    study: str
    action: str
    what: dict[str, Any] = Field(description="Adresse, territoire, type… ; jamais de position ni de chiffre.")
    request_id: str


class Entries(BaseModel):
    """Des lectures, la dernière d'abord."""

    items: list[AuditEntry]
    before: int | None = Field(description="À redonner (before) pour la suite ; null : il n'y en a plus.")


def viewer_of(role: str, codes: list[str], study: str) -> Viewer:
    """Return what an account may see; OptionError for unknown départements, or ones its role has not."""
    if unknown := sorted(set(codes) - set(departements(geometry=False)["code"])):
        said = ", ".join(code for code in unknown if code.isalnum())[:100]
        raise OptionError(f"département inconnu {said}".strip(), where="departements", way_out="des codes, ex. 59, 62")
    if not study.isprintable():
        raise OptionError("nom d'étude illisible", where="study", way_out="un nom sur une ligne")
    return Viewer(term(ViewerRole, role), frozenset(codes), study.strip())


def me_of(caller: Caller) -> Me:
    """Return what a caller is told of themselves."""
    viewer = caller.viewer
    return Me(
        name=caller.name,
        role=viewer.role.value,
        role_label=viewer.role.label,
        departements=sorted(viewer.departements),
        study=viewer.study,
    )


def user_of(account: Account) -> User:
    """Return what an administrator is told of an account."""
    viewer = account.viewer
    return User(
        name=account.name,
        role=viewer.role.value,
        departements=sorted(viewer.departements),
        study=viewer.study,
        disabled=account.disabled,
        created_at=account.created_at,
        password_changed_at=account.password_changed_at,
    )


def token_of(token: ApiToken) -> ApiTokenShown:
    """Return what an administrator is told of an API token."""
    return ApiTokenShown(
        jti=token.jti,
        label=token.label,
        issued_at=token.issued_at,
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
        last_used_on=token.last_used_on,
    )


def entry_of(entry: Entry) -> AuditEntry:
    """Return what an administrator is told of an entry of the audit."""
    viewer = entry.viewer
    return AuditEntry(
        id=entry.id,
        at=entry.at,
        user_name=entry.user_name,
        role=viewer.role.value,
        departements=sorted(viewer.departements),
        study=viewer.study,
        action=entry.action,
        what=dict(entry.what),
        request_id=entry.request_id,
    )


def shown(name: str) -> str:
    """Return a name if it can be one, and nothing otherwise: what is no name may be a password typed too soon."""
    return name if is_name(name) else ""
