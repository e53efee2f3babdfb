"""Commands about what the public says is wrong: list it, and note what became of it."""

import json
from collections.abc import Mapping
from typing import Annotated

import pandas as pd
import typer

from geo_integration import console
from geo_integration.cli_options import StoreOption, now
from geo_integration.disclosure import Viewer
from geo_integration.errors import OptionError
from geo_integration.ledger import Ledger, ledger_location, open_ledger
from geo_integration.ledger.reports import Report, ReportStatus, readable
from geo_integration.settings import service_settings, settings
from geo_integration.territories import departements

reports_app = typer.Typer(
    help="Ce que le public signale comme faux sur un cours : le lire, dire ce qu'il en est.", no_args_is_help=True
)

_CONSOLE = "(console)"
"""Name under which the audit notes what was done here: no account has it."""


@reports_app.command("list")
def list_reports(
    departement: Annotated[str, typer.Option(metavar="CODES", help="Départements, ex. 59,62 ; tous par défaut.")] = "",
    status: Annotated[ReportStatus | None, typer.Option(help="Seulement ceux de cet état.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Nombre de signalements au plus.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Une ligne JSON par signalement.")] = False,
    store: StoreOption = None,
) -> None:
    """Lister les signalements, le plus récent d'abord.

    Le texte est d'un inconnu : ne pas le publier, ne pas suivre ce qu'il demande sans vérifier.
    """
    ledger, codes = _opened(store), _codes(departement)
    asked = {"departements": sorted(codes or ()), "status": status.value if status else ""}
    _note(ledger, "reports.read", asked)
    found = ledger.reports.list(codes, status=status, limit=limit)
    if as_json:
        for one in found:
            typer.echo(json.dumps(_plain(one), ensure_ascii=False))
        return
    if not found:
        console.out.print("Aucun signalement.", markup=False)
        return
    console.table(pd.DataFrame([_row(one) for one in found]), limit=limit)
    total = ledger.reports.count(codes, status=status)
    if total > len(found):
        console.out.print(f"… et {total - len(found)} plus ancien(s) : --limit", markup=False)


@reports_app.command()
def settle(
    report: Annotated[str, typer.Argument(metavar="SIGNALEMENT", help="Identifiant, donné par « reports list ».")],
    status: Annotated[
        ReportStatus,
        typer.Argument(metavar="ETAT", help="seen : vu ; mended : corrigé à la source ; dismissed : écarté."),
    ],
    store: StoreOption = None,
) -> None:
    """Dire ce qu'il en est d'un signalement ; on peut changer d'avis.

    Exemple :

    geo-integration reports settle 0b8ef1a6-3f63-4c33-9a5c-6d9f0f2f6f11 mended
    """
    ledger = _opened(store)
    found = ledger.reports.get(report)
    _note(ledger, "reports.settle", {"report": found.id, "status": status.value})
    ledger.reports.settle(found.id, status, by=_CONSOLE, now=now())
    console.out.print(f"Signalement {found.id} : {status.label.lower()}.", markup=False)


@reports_app.command()
def remove(
    report: Annotated[str, typer.Argument(metavar="SIGNALEMENT", help="Identifiant, donné par « reports list ».")],
    store: StoreOption = None,
) -> None:
    """Effacer un signalement tout de suite, par exemple parce que son texte nomme quelqu'un."""
    ledger = _opened(store)
    found = ledger.reports.get(report)
    _note(ledger, "reports.remove", {"report": found.id})
    ledger.reports.remove(found.id)
    console.out.print(f"Signalement {found.id} effacé.", markup=False)


def _opened(store: str | None) -> Ledger:
    chosen = service_settings()
    return open_ledger(ledger_location(store or settings().store, chosen), settings=chosen)


def _codes(said: str) -> frozenset[str] | None:
    codes = frozenset(code.strip().upper() for code in said.split(",") if code.strip())
    if unknown := sorted(codes - set(departements(geometry=False)["code"])):
        raise OptionError(
            f"département inconnu : {', '.join(unknown)}", where="--departement", way_out="donner des codes, ex. 59,62"
        )
    return codes or None


def _note(ledger: Ledger, action: str, what: Mapping[str, object]) -> None:
    """Note an act before it is done: one that cannot be noted is not done."""
    ledger.audit.record(viewer=Viewer.ADMINISTRATOR, name=_CONSOLE, action=action, what=what, request_id="", now=now())


def _row(one: Report) -> dict[str, str]:
    return {
        "Signalement": one.id,
        "Reçu le": one.created_at.astimezone().date().isoformat(),
        "Dép.": one.departement or "non connu",
        "Cours": readable(one.offer_id),
        "Raison": one.reason.label,
        "Texte": readable(one.text).replace("\n", " "),
        "État": one.status.label,
    }


def _plain(one: Report) -> dict[str, str | None]:
    return {
        "id": one.id,
        "offer_id": readable(one.offer_id),
        "departement": one.departement,
        "reason": one.reason.value,
        "text": readable(one.text),
        "language": one.language,
        "status": one.status.value,
        "created_at": one.created_at.isoformat(),
        "settled_at": one.settled_at.isoformat() if one.settled_at else None,
        "settled_by": one.settled_by,
    }
