"""What the public says is wrong about a course: without an account, kept for the référent, then forgotten."""

import unicodedata
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from geo_integration.errors import NotFoundError, OptionError, UnavailableError
from geo_integration.ledger.engine import speaking, writing
from geo_integration.ledger.tables import REPORTS
from geo_integration.vocabulary import Term, term

LONGEST_TEXT: Final = 500
MOST_KEPT: Final = 50_000
"""Reports kept in all: anybody may send one, and each takes disk."""
_LONGEST_ID: Final = 500
_SPOOFING: Final = frozenset("\u200e\u200f\u061c\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks of direction and of lines: a text written in one order could be shown in another."""


class Reason(Term):
    """What is wrong with a course as it is shown."""

    CLOSED = ("closed", "Le cours n'existe plus", "the course is over, or the organisation gone")
    FULL = ("full", "Il n'y a plus de place", "no place left")
    PHONE = ("phone", "Le téléphone ne répond pas", "the number is wrong, or nobody answers it")
    PLACE = ("place", "Le lieu est faux", "the course is somewhere else")
    HOURS = ("hours", "Les jours ou les heures sont faux", "the course is at another time")
    LEVEL = ("level", "Le niveau est faux", "the course is for another level")
    REFUSED = ("refused", "Le cours n'a pas accepté la personne", "the course does not take people it seems to be for")
    OTHER = ("other", "Autre chose", "none of the others")


class ReportStatus(Term):
    """What became of a report."""

    NEW = ("new", "À voir", "nobody looked at it yet")
    SEEN = ("seen", "Vu", "somebody looks into it")
    MENDED = ("mended", "Corrigé", "it was right, and the source is mended")
    DISMISSED = ("dismissed", "Écarté", "it was not right, or says nothing")


@dataclass(frozen=True)
class Report:
    """One report. Who sent it, and from where, is kept nowhere.

    Attributes
    ----------
    offer_id : course it is about.
    departement : code of its département when it was sent; empty where that is not known.
    text : words of a stranger, "" for none. Never shown on a public page; show :func:`readable` of it.
    language : of the page it was sent from.
    created_at, settled_at : instants, UTC; the last is None for a new one.
    settled_by : account that changed its status last; "" for a new one.
    """

    id: str
    offer_id: str
    departement: str
    reason: Reason
    text: str
    language: str
    status: ReportStatus
    created_at: datetime
    settled_at: datetime | None = None
    settled_by: str = ""


@dataclass(frozen=True)
class Reports:
    """The reports of one ledger; every method raises LedgerError where the database does not answer."""

    engine: Engine

    @speaking()
    def add(
        self, offer_id: str, departement: str, reason: Reason | str, text: str, language: str, *, now: datetime
    ) -> Report:
        """Keep a report.

        Raises
        ------
        OptionError
            A text of more than :data:`LONGEST_TEXT` characters, or no identifier of a course.
        UnknownTermError
            A reason that is none.
        UnavailableError
            :data:`MOST_KEPT` are kept already.
        """
        kept, about = storable(text), storable(offer_id)
        if len(kept) > LONGEST_TEXT:
            raise OptionError(
                f"{len(kept)} caractères", where="text", way_out=f"{LONGEST_TEXT} caractères au plus : écrire moins"
            )
        if not 0 < len(about) <= _LONGEST_ID:
            raise OptionError("identifiant de cours absent ou trop long", where="offer", way_out="partir de sa fiche")
        row = {
            "id": str(uuid.uuid4()),
            "offer_id": about,
            "departement": departement,
            "reason": term(Reason, reason, where="reason").value,
            "text": kept,
            "language": language,
            "status": ReportStatus.NEW.value,
            "created_at": now,
            "settled_by": "",
        }
        with writing(self.engine) as connection:
            held = connection.execute(sa.select(sa.func.count()).select_from(REPORTS)).scalar_one()
            if held >= MOST_KEPT:
                raise UnavailableError(
                    "trop de signalements attendent déjà", way_out="le dire par téléphone à l'organisme du cours"
                )
            return _report(connection.execute(sa.insert(REPORTS).values(row).returning(REPORTS)).one())

    @speaking()
    def get(self, report_id: str) -> Report:
        """Return a report; NotFoundError where there is none of that identifier."""
        with self.engine.connect() as connection:
            row = connection.execute(sa.select(REPORTS).where(REPORTS.c.id == storable(report_id))).one_or_none()
        if row is None:
            raise _unknown(report_id)
        return _report(row)

    @speaking()
    def list(
        self,
        departements: frozenset[str] | None,
        *,
        status: ReportStatus | str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> "list[Report]":
        """Return reports, the latest first.

        Parameters
        ----------
        departements : whose; None for all, those whose département is not known included.
        status : only those of that status.
        """
        wanted = sa.select(REPORTS).where(_among(departements, status))
        wanted = wanted.order_by(REPORTS.c.created_at.desc(), REPORTS.c.id).limit(limit).offset(offset)
        with self.engine.connect() as connection:
            return [_report(row) for row in connection.execute(wanted)]

    @speaking()
    def count(self, departements: frozenset[str] | None, *, status: ReportStatus | str | None = None) -> int:
        """Return how many :meth:`list` has in all."""
        wanted = sa.select(sa.func.count()).select_from(REPORTS).where(_among(departements, status))
        with self.engine.connect() as connection:
            return int(connection.execute(wanted).scalar_one())

    @speaking()
    def settle(self, report_id: str, status: ReportStatus | str, *, by: str, now: datetime) -> Report:
        """Note what became of a report; it may be changed again.

        NotFoundError where there is none, UnknownTermError for a status that is none, OptionError for ``new``: somebody
        has seen it by now.
        """
        chosen = term(ReportStatus, status, where="status")
        if chosen is ReportStatus.NEW:
            raise OptionError("un signalement vu ne redevient pas nouveau", where="status", way_out="seen, au moins")
        change = sa.update(REPORTS).where(REPORTS.c.id == storable(report_id))
        change = change.values(status=chosen.value, settled_at=now, settled_by=by)
        with writing(self.engine) as connection:
            row = connection.execute(change.returning(REPORTS)).one_or_none()
        if row is None:
            raise _unknown(report_id)
        return _report(row)

    @speaking()
    def remove(self, report_id: str) -> None:
        """Drop a report; NotFoundError where there is none."""
        with writing(self.engine) as connection:
            gone = connection.execute(sa.delete(REPORTS).where(REPORTS.c.id == storable(report_id))).rowcount
        if not gone:
            raise _unknown(report_id)

    @speaking()
    def forget(self, before: datetime) -> int:
        """Drop what was sent before an instant, whatever became of it; return how many."""
        with writing(self.engine) as connection:
            return connection.execute(sa.delete(REPORTS).where(REPORTS.c.created_at < before)).rowcount


def storable(text: str) -> str:
    """Return a text every database takes, ends of lines as one character, without blanks around."""
    plain = text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
    return plain.replace("\r\n", "\n").replace("\r", "\n").strip()


def readable(text: str) -> str:
    """Return the words of a stranger fit to be shown: no control character but the end of a line, no spoofed order.

    Joiners stay: Persian and Pashto are written with them.
    """
    kept = (" " if _is_control(sign) else sign for sign in storable(text) if sign not in _SPOOFING)
    return "".join(kept).strip()


def _is_control(sign: str) -> bool:
    return sign != "\n" and unicodedata.category(sign) == "Cc"


def _among(departements: frozenset[str] | None, status: ReportStatus | str | None) -> sa.ColumnElement[bool]:
    """Say which reports are meant."""
    said: sa.ColumnElement[bool] = sa.true()
    if departements is not None:
        said = sa.and_(said, REPORTS.c.departement.in_(sorted(departements)))
    if status is not None:
        said = sa.and_(said, REPORTS.c.status == term(ReportStatus, status, where="status").value)
    return said


def _report(row: "sa.Row[Any]") -> Report:
    named = dict(row._mapping)  # noqa: SLF001 -- the public name of SQLAlchemy
    return Report(**named | {"reason": term(Reason, named["reason"]), "status": term(ReportStatus, named["status"])})


def _unknown(report_id: str) -> NotFoundError:
    return NotFoundError(
        "ce signalement n'existe pas, ou plus",
        where=f"signalement {readable(report_id)[:64]}",
        way_out="voir la liste des signalements",
    )
