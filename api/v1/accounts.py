"""Signing in, who one is, the accounts and the audit."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.caller import AdministratorDep, Caller, CallerDep, ProfessionalDep
from api.identity import audited
from api.problems import documented
from api.service import ServiceDep
from api.v1 import account_models as models
from api.v1.bodies import body_of, documented_body
from geo_integration.errors import ConflictError, ForbiddenError, SignInError
from geo_integration.ledger.tokens import Pair
from geo_integration.vocabulary import ViewerRole

router = APIRouter(tags=["Comptes"])

_ASKED = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.SERVICE_UNAVAILABLE)
_SIGNED = (*_ASKED, HTTPStatus.FORBIDDEN)
_NAMED = (*_SIGNED, HTTPStatus.NOT_FOUND)


@router.post(
    "/tokens",
    summary="Se connecter par nom et mot de passe",
    responses=documented(*_ASKED),
    openapi_extra=documented_body(models.Credentials, form=True),
)
def sign_in(
    service: ServiceDep,
    response: Response,
    given: Annotated[models.Credentials, Depends(body_of(models.Credentials, form=True))],
) -> models.TokenPair:
    """Donne un jeton d'accès, court, et un jeton de renouvellement qui sert une seule fois."""
    now = service.clock()
    account = service.ledger.accounts.authenticate(given.username, given.password.get_secret_value(), now=now)
    return _pair(service.ledger.tokens.issue(account, now=now), response)


@router.post(
    "/tokens/refresh",
    summary="Renouveler ses jetons",
    responses=documented(*_ASKED),
    openapi_extra=documented_body(models.Refreshing, form=True),
)
def refresh(
    service: ServiceDep,
    response: Response,
    given: Annotated[models.Refreshing, Depends(body_of(models.Refreshing, form=True))],
) -> models.TokenPair:
    """Le jeton donné ne sert plus ; le montrer une seconde fois met fin à la session, pour tous ceux qui l'ont."""
    token = given.refresh_token.get_secret_value()
    return _pair(service.ledger.tokens.refresh(token, now=service.clock()), response)


@router.post(
    "/tokens/revoke",
    summary="Se déconnecter",
    status_code=HTTPStatus.NO_CONTENT,
    responses=documented(*_ASKED),
    openapi_extra=documented_body(models.Refreshing, form=True),
)
def revoke(
    service: ServiceDep, given: Annotated[models.Refreshing, Depends(body_of(models.Refreshing, form=True))]
) -> None:
    """Met fin à la session du jeton de renouvellement ; un jeton inconnu n'est pas une erreur (RFC 7009)."""
    service.ledger.tokens.revoke(given.refresh_token.get_secret_value(), now=service.clock())


@router.get("/me", summary="Qui suis-je, et que puis-je voir ?", responses=documented(*_ASKED))
def me(caller: CallerDep, response: Response) -> models.Me:
    """Sans jeton : le public."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Authorization"
    return models.me_of(caller)


@router.post(
    "/me/password",
    summary="Changer son mot de passe",
    status_code=HTTPStatus.NO_CONTENT,
    responses=documented(*_SIGNED),
    openapi_extra=documented_body(models.NewPassword),
)
def change_own_password(
    service: ServiceDep,
    caller: ProfessionalDep,
    given: Annotated[models.NewPassword, Depends(body_of(models.NewPassword))],
) -> None:
    """Demande l'ancien mot de passe ; toutes les sessions du compte prennent fin."""
    now, accounts = service.clock(), service.ledger.accounts
    try:
        accounts.authenticate(caller.name, given.current.get_secret_value(), now=now)
    except SignInError:  # 401 would say that the token is no longer good
        raise ForbiddenError("mot de passe actuel refusé", where="current", way_out="le taper à nouveau") from None
    accounts.change_password(caller.name, given.new.get_secret_value(), now=now)


@router.get("/users", summary="Comptes", responses=documented(*_SIGNED))
def list_users(service: ServiceDep, caller: AdministratorDep, response: Response) -> models.Users:
    """Tous les comptes, par nom."""
    _ = caller
    _keep_out(response)
    return models.Users(items=[models.user_of(account) for account in service.ledger.accounts.list()])


@router.post(
    "/users",
    summary="Créer un compte",
    status_code=HTTPStatus.CREATED,
    responses=documented(*_SIGNED, HTTPStatus.CONFLICT),
    openapi_extra=documented_body(models.NewUser),
)
def add_user(
    request: Request,
    service: ServiceDep,
    caller: AdministratorDep,
    response: Response,
    given: Annotated[models.NewUser, Depends(body_of(models.NewUser))],
) -> models.User:
    """Un compte professionnel : administrateur, référent de départements, ou prestataire d'une étude."""
    viewer = models.viewer_of(given.role, given.departements, given.study)
    audited(service, caller, request, "users.add", user=models.shown(given.name), role=given.role)
    password = given.password.get_secret_value()
    account = service.ledger.accounts.add(given.name, password, viewer, now=service.clock())
    _keep_out(response)
    return models.user_of(account)


@router.patch(
    "/users/{name}",
    summary="Changer un compte",
    responses=documented(*_NAMED, HTTPStatus.CONFLICT),
    openapi_extra=documented_body(models.UserChange),
)
def change_user(
    request: Request,
    service: ServiceDep,
    caller: AdministratorDep,
    response: Response,
    name: models.UserName,
    given: Annotated[models.UserChange, Depends(body_of(models.UserChange))],
) -> models.User:
    """Droits, mot de passe, activation. Désactiver met fin aux sessions et aux jetons d'API, pour de bon."""
    accounts, now = service.ledger.accounts, service.clock()
    accounts.get(name)
    _refuse_leaving(caller, name, given)
    viewer = models.viewer_of(given.role, given.departements, given.study) if given.role is not None else None
    audited(service, caller, request, "users.change", user=name, fields=sorted(given.model_fields_set))
    if given.password is not None:
        accounts.change_password(name, given.password.get_secret_value(), now=now)
    if viewer is not None:
        accounts.change_viewer(name, viewer)
    if given.disabled is not None:
        accounts.disable(name, now=now) if given.disabled else accounts.enable(name)
    _keep_out(response)
    return models.user_of(accounts.get(name))


@router.get("/users/{name}/tokens", summary="Jetons d'API d'un compte", responses=documented(*_NAMED))
def list_tokens(
    service: ServiceDep, caller: AdministratorDep, response: Response, name: models.UserName
) -> models.ApiTokens:
    """Ce qui est gardé des jetons, jamais les jetons eux-mêmes."""
    _ = caller
    service.ledger.accounts.get(name)
    _keep_out(response)
    return models.ApiTokens(items=[models.token_of(token) for token in service.ledger.tokens.list_api_tokens(name)])


@router.post(
    "/users/{name}/tokens",
    summary="Créer un jeton d'API",
    status_code=HTTPStatus.CREATED,
    responses=documented(*_NAMED),
    openapi_extra=documented_body(models.NewApiToken),
)
def make_token(
    request: Request,
    service: ServiceDep,
    caller: AdministratorDep,
    response: Response,
    name: models.UserName,
    given: Annotated[models.NewApiToken, Depends(body_of(models.NewApiToken))],
) -> models.MadeApiToken:
    """Pour un programme (QGIS, un autre service). Le jeton n'est montré qu'ici."""
    service.ledger.accounts.get(name)
    audited(service, caller, request, "users.token", user=name, days=given.days)
    made = service.ledger.tokens.make_api_token(name, label=given.label, days=given.days, now=service.clock())
    _keep_out(response)
    return models.MadeApiToken(token=made)


@router.delete(
    "/users/{name}/tokens/{jti}",
    summary="Révoquer un jeton d'API",
    status_code=HTTPStatus.NO_CONTENT,
    responses=documented(*_NAMED),
)
def revoke_token(
    request: Request, service: ServiceDep, caller: AdministratorDep, name: models.UserName, jti: models.TokenName
) -> None:
    """Il est refusé dès la requête suivante."""
    service.ledger.tokens.get_api_token(jti, name=name)
    audited(service, caller, request, "users.revoke", user=name, jti=jti)
    service.ledger.tokens.revoke_api_token(jti, now=service.clock())


@router.get("/audit", summary="Qui a lu quoi", responses=documented(*_SIGNED))
def audit(
    service: ServiceDep,
    caller: AdministratorDep,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=1000, description="Nombre de lectures au plus.")] = 100,
    before: Annotated[
        int | None, Query(ge=1, le=2**62, description="Seulement les lectures plus anciennes que celle-ci.")
    ] = None,
) -> models.Entries:
    """Chaque lecture de chiffres non protégés, la dernière d'abord : qui, quand, quoi ; jamais les chiffres."""
    _ = caller
    found = service.ledger.audit.entries(limit, before)
    _keep_out(response)
    return models.Entries(
        items=[models.entry_of(entry) for entry in found], before=found[-1].id if len(found) == limit else None
    )


def _refuse_leaving(caller: Caller, name: str, given: models.UserChange) -> None:
    """Refuse that an administrator gives up their own rights: whoever is left may be nobody (ConflictError)."""
    leaves = given.disabled or given.role not in {None, ViewerRole.ADMINISTRATOR.value}
    if name == caller.name and leaves:
        raise ConflictError(
            "un administrateur ne se retire pas ses propres droits",
            where="name",
            way_out="le demander à un autre administrateur, ou geo-integration users sur le serveur",
        )


def _pair(pair: Pair, response: Response) -> models.TokenPair:
    _keep_out(response)
    return models.TokenPair(access_token=pair.access, refresh_token=pair.refresh, expires_in=pair.expires_in)


def _keep_out(response: Response) -> None:
    """Keep an answer out of every cache."""
    response.headers["Cache-Control"] = "no-store"
