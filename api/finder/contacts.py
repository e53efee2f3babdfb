"""Whom to turn to where nothing fits: addresses that ship with the project, and those a deployment adds."""

import csv
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from api.finder.words import telephone, web
from geo_integration.messages import N_, Speech
from geo_integration.settings import settings

_LOG = logging.getLogger(__name__)
_COLUMNS = ("departement_code", "name", "phone", "url", "role")

ROLES = {
    "ofii": N_("L'Office français de l'immigration et de l'intégration. Il donne les cours du contrat (CIR)."),
    "carif": N_("Toutes les formations de votre région."),
    "france_services": N_("De l'aide pour les papiers, près de chez vous. C'est gratuit."),
}
"""What our own contacts do; any other role is told in the words of who added it."""


@dataclass(frozen=True)
class Contact:
    """Somebody to turn to.

    Attributes
    ----------
    name : as they call themselves, French.
    role : what they do, in the reader's language where we know how; else French (``foreign``).
    phone, tel : as one reads it, as a phone calls it. url : http or https only.
    """

    name: str
    role: str
    foreign: bool
    phone: str | None
    tel: str | None
    url: str | None


def contacts(speech: Speech, departement: str | None) -> tuple[Contact, ...]:
    """Return whom to turn to in a département, those nearest first; national ones always."""
    rows = [row for row in _rows() if row["departement_code"] in {"", departement}]
    return tuple(_contact(speech, row) for row in sorted(rows, key=lambda row: row["departement_code"] == ""))


def _contact(speech: Speech, row: dict[str, str]) -> Contact:
    phone, tel = telephone(row["phone"])
    known = ROLES.get(row["role"])
    role = speech.say(known) if known else row["role"]
    return Contact(row["name"], role, known is None, phone, tel, web(row["url"]))


@cache
def _rows() -> tuple[dict[str, str], ...]:
    """Read them once; a file that cannot be read is told to the log, and the others are shown."""
    chosen = settings()
    files = [chosen.contacts, chosen.data / "reference" / "contacts.csv"]
    return tuple(row for path in files if path is not None for row in _read(path))


def _read(path: Path) -> Iterable[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        _LOG.warning("contacts not read", extra={"file": path.name, "reason": str(error)})
        return []
    told = [{name: (row.get(name) or "").strip() for name in _COLUMNS} for row in rows]
    return [row for row in told if row["name"]]
