"""Commands about accounts: who may see what beyond the public, their tokens, and what they read."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

import pandas as pd
import typer

from geo_integration import console
from geo_integration.cli_options import StoreOption, now, viewer_of
from geo_integration.disclosure import Viewer
from geo_integration.errors import OptionError
from geo_integration.ledger import Ledger, ledger_location, open_ledger
from geo_integration.ledger.passwords import SHORTEST, check_name
from geo_integration.settings import service_settings, settings

users_app = typer.Typer(
    help="Les comptes du service : qui voit quoi, leurs jetons, et ce qui a été lu.", no_args_is_help=True
)

_CONSOLE = "(console)"
"""Name under which the audit notes what was done here: no account has it."""

NameArgument = Annotated[str, typer.Argument(metavar="NOM", help="Nom du compte.")]
RightsOption = Annotated[
    str, typer.Option("--viewer", help="Ce que le compte voit : administrator, referent:62,59 ou contractor:ETUDE:62.")
]
StdinOption = Annotated[
    bool, typer.Option("--password-stdin", help="Lire le mot de passe sur l'entrée standard, sur une ligne.")
]


@users_app.command()
def add(
    name: NameArgument, viewer: RightsOption, password_stdin: StdinOption = False, store: StoreOption = None
) -> None:
    """Créer un compte ; le mot de passe est demandé, jamais donné en argument.

    Exemple :

    geo-integration users add referent-62 --viewer referent:62
    """
    check_name(name)
    rights = viewer_of(viewer)
    ledger = _opened(store)
    password = _password(from_stdin=password_stdin)
    _note(ledger, "users.add", user=name, role=rights.role.value)
    ledger.accounts.add(name, password, rights, now=now())
    console.out.print(f"Compte {name} créé : {rights.role.label}.", markup=False)


@users_app.command("list")
def list_accounts(store: StoreOption = None) -> None:
    """Lister les comptes."""
    rows = [
        {
            "Compte": account.name,
            "Rôle": account.viewer.role.label,
            "Départements": ", ".join(sorted(account.viewer.departements)),
            "Étude": account.viewer.study,
            "État": "désactivé" if account.disabled else "actif",
            "Créé le": _day(account.created_at),
            "Mot de passe du": _day(account.password_changed_at),
        }
        for account in _opened(store).accounts.list()
    ]
    _show(rows, "Aucun compte : geo-integration users add NOM --viewer administrator")


@users_app.command()
def password(name: NameArgument, password_stdin: StdinOption = False, store: StoreOption = None) -> None:
    """Changer le mot de passe d'un compte ; ses sessions prennent fin."""
    ledger = _opened(store)
    ledger.accounts.get(name)
    given = _password(from_stdin=password_stdin)
    _note(ledger, "users.password", user=name)
    ledger.accounts.change_password(name, given, now=now())
    console.out.print(f"Mot de passe de {name} changé ; ses sessions ont pris fin.", markup=False)


@users_app.command()
def rights(name: NameArgument, viewer: RightsOption, store: StoreOption = None) -> None:
    """Changer ce qu'un compte voit ; cela vaut dès sa prochaine requête."""
    chosen = viewer_of(viewer)
    ledger = _opened(store)
    _note(ledger, "users.rights", user=name, role=chosen.role.value)
    ledger.accounts.change_viewer(name, chosen)
    console.out.print(f"Compte {name} : {chosen.role.label}.", markup=False)


@users_app.command()
def disable(name: NameArgument, store: StoreOption = None) -> None:
    """Fermer un compte : ses sessions et ses jetons d'API prennent fin, pour de bon."""
    ledger = _opened(store)
    _note(ledger, "users.disable", user=name)
    ledger.accounts.disable(name, now=now())
    console.out.print(f"Compte {name} désactivé ; ses jetons sont refusés.", markup=False)


@users_app.command()
def enable(name: NameArgument, store: StoreOption = None) -> None:
    """Rouvrir un compte, avec son mot de passe ; ses anciens jetons restent refusés."""
    ledger = _opened(store)
    _note(ledger, "users.enable", user=name)
    ledger.accounts.enable(name)
    console.out.print(f"Compte {name} réactivé.", markup=False)


@users_app.command()
def token(
    name: NameArgument,
    label: Annotated[str, typer.Option(help="À quoi il sert, ex. « QGIS de la DDETS ».")],
    days: Annotated[int, typer.Option(min=1, max=366, help="Durée de vie, en jours.")] = 90,
    store: StoreOption = None,
) -> None:
    """Créer un jeton d'API pour un programme : montré une seule fois, seul sur la sortie."""
    ledger = _opened(store)
    ledger.accounts.get(name)
    _note(ledger, "users.token", user=name, days=days)
    made = ledger.tokens.make_api_token(name, label=label, days=days, now=now())
    console.err.print("À garder en lieu sûr, il ne sera plus montré :", markup=False)
    typer.echo(made)


@users_app.command()
def tokens(
    name: Annotated[str | None, typer.Argument(metavar="[NOM]", help="Nom du compte ; tous par défaut.")] = None,
    store: StoreOption = None,
) -> None:
    """Lister les jetons d'API, sans les montrer."""
    ledger, moment = _opened(store), now()
    rows = [
        {
            "Jeton": made.jti,
            "Compte": made.user_name,
            "Libellé": made.label,
            "Créé le": _day(made.issued_at),
            "Expire le": _day(made.expires_at),
            "Dernier usage": made.last_used_on.isoformat() if made.last_used_on else "jamais",
            "État": "révoqué" if made.revoked_at else "expiré" if moment >= made.expires_at else "actif",
        }
        for made in ledger.tokens.list_api_tokens(name)
    ]
    _show(rows, "Aucun jeton d'API.")


@users_app.command()
def revoke(
    jti: Annotated[str, typer.Argument(metavar="JETON", help="Nom du jeton, donné par « users tokens ».")],
    store: StoreOption = None,
) -> None:
    """Révoquer un jeton d'API : il est refusé dès la requête suivante."""
    ledger, moment = _opened(store), now()
    found = ledger.tokens.get_api_token(jti)
    _note(ledger, "users.revoke", user=found.user_name, jti=jti)
    ledger.tokens.revoke_api_token(jti, now=moment)
    console.out.print(f"Jeton {jti} révoqué.", markup=False)


@users_app.command("rotate-key")
def rotate_key(store: StoreOption = None) -> None:
    """Changer la clé qui signe les jetons d'accès ; les sessions continuent."""
    ledger = _opened(store)
    _note(ledger, "users.rotate-key")
    kid = ledger.tokens.rotate_key(now=now())
    seconds = service_settings().access_token_seconds
    console.out.print(f"Clé {kid} en service ; l'ancienne vérifie encore {seconds} s.", markup=False)


@users_app.command()
def audit(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Nombre de lectures au plus.")] = 50,
    before: Annotated[int | None, typer.Option(min=1, help="Seulement avant cette lecture (n°).")] = None,
    store: StoreOption = None,
) -> None:
    """Lister qui a lu quels chiffres non protégés, et les actes d'administration, les derniers d'abord."""
    rows = [
        {
            "N°": entry.id,
            "Quand (UTC)": entry.at.strftime("%Y-%m-%d %H:%M:%S"),
            "Compte": entry.user_name,
            "Rôle": entry.viewer.role.label,
            "Action": entry.action,
            "Quoi": ", ".join(f"{key} : {value}" for key, value in entry.what.items()),
            "Requête": entry.request_id,
        }
        for entry in _opened(store).audit.entries(limit, before)
    ]
    _show(rows, "Aucune lecture notée.")


def _opened(store: str | None) -> Ledger:
    chosen = service_settings()
    return open_ledger(ledger_location(store or settings().store, chosen), settings=chosen)


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise OptionError("pas de terminal où demander le mot de passe", way_out="ajouter --password-stdin")
    asked: str = typer.prompt(
        f"Mot de passe ({SHORTEST} caractères au moins)", hide_input=True, confirmation_prompt="Une seconde fois"
    )
    return asked


def _note(ledger: Ledger, action: str, **what: str | int) -> None:
    """Note an act before it is done: one that cannot be noted is not done."""
    ledger.audit.record(viewer=Viewer.ADMINISTRATOR, name=_CONSOLE, action=action, what=what, request_id="", now=now())


def _show(rows: Sequence[Mapping[str, object]], nothing: str) -> None:
    if rows:
        console.table(pd.DataFrame(rows), limit=len(rows))
    else:
        console.out.print(nothing, markup=False)


def _day(moment: datetime) -> str:
    return moment.astimezone().date().isoformat()
