"""Plain words for what a source says of a course: kind, level, audience, hours, cost, telephone.

A message is short and whole; what varies is listed after a colon, so that no language has to agree with it.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from geo_integration.messages import N_, Speech
from geo_integration.vocabulary import Audience, Criterion, EntryMode, Kind, Level, Recruitment

OLD_DAYS = 365
"""What was last updated longer ago is said to be old."""

LINES = 3
"""Groups (sessions) told one by one."""

KINDS: Mapping[str, tuple[str, str, str]] = {
    Kind.ALPHABETISATION: (
        "letters",
        N_("Apprendre à lire et à écrire"),
        N_("Pour les personnes qui ne sont jamais allées à l'école."),
    ),
    Kind.ILLETTRISME: (
        "book",
        N_("Mieux lire et écrire"),
        N_("Pour les personnes qui sont allées à l'école en français."),
    ),
    Kind.FLE: (
        "speech-2",
        N_("Apprendre le français"),
        N_("Pour les personnes qui lisent et écrivent dans une autre langue."),
    ),
    Kind.FLE_PRO: (
        "briefcase",
        N_("Le français pour le travail"),
        N_("Pour trouver un travail, ou parler au travail."),
    ),
    Kind.ASL: ("basket", N_("Le français de tous les jours"), N_("Pour les courses, le médecin, les papiers.")),
    Kind.OEPRE: (
        "family",
        N_("Le français pour les parents d'élèves"),
        N_("Pour les parents étrangers qui ont un enfant à l'école. Le cours est à l'école."),
    ),
    Kind.CIR: (
        "contract",
        N_("Cours de l'OFII"),
        N_("Pour les personnes qui ont signé le contrat d'intégration (CIR). L'OFII fait l'inscription."),
    ),
    Kind.CERTIFICATION: (
        "diploma",
        N_("Préparer un test ou un diplôme de français"),
        N_("Pour passer un test : DELF, TCF…"),
    ),
    Kind.REMISE_A_NIVEAU: ("book", N_("Revoir les bases"), N_("Pour revoir le français, le calcul.")),
    Kind.UNKNOWN: ("speech-1", N_("Cours de français"), N_("On ne sait pas pour qui est ce cours : demandez.")),
}
"""Of a kind: its pictogram, what it is, for whom."""

LEVELS: Mapping[str, str] = {
    Level.ALPHA: N_("Je ne lis et je n'écris dans aucune langue"),
    Level.A1_1: N_("Je commence le français"),
    Level.A1: N_("Je parle un peu français"),
    Level.A2: N_("Je parle français tous les jours"),
    Level.B1: N_("Je parle bien français"),
    Level.B2: N_("Je parle très bien français"),
    Level.C1: N_("Je parle presque comme un Français"),
    Level.C2: N_("Je parle comme un Français"),
}

AUDIENCES: Mapping[str, str] = {
    Audience.BPI: N_("personnes réfugiées ou protégées"),
    Audience.CIR: N_("personnes qui ont signé le contrat d'intégration (CIR)"),
    Audience.ASYLUM_SEEKER: N_("personnes qui demandent l'asile"),
    Audience.FOREIGNER: N_("personnes étrangères"),
    Audience.PARENT: N_("parents d'élèves"),
    Audience.UNDER_25: N_("jeunes de 16 à 25 ans"),
    Audience.UNDER_18: N_("moins de 18 ans"),
    Audience.WOMEN: N_("femmes"),
    Audience.JOBSEEKER: N_("personnes inscrites à France Travail"),
    Audience.WORKER: N_("personnes qui travaillent"),
    Audience.RSA: N_("personnes qui ont le RSA"),
    Audience.DISABLED: N_("personnes handicapées"),
}

QUESTIONS: Mapping[Criterion, str] = {
    Criterion.KIND: N_("si c'est un cours pour vous"),
    Criterion.LEVEL: N_("le niveau du cours"),
    Criterion.SCHOOLING: N_("s'il faut être allé à l'école"),
    Criterion.AUDIENCE: N_("si vous avez le droit de venir"),
    Criterion.AGE: N_("l'âge pour venir"),
    Criterion.MODALITY: N_("si le cours est dans une salle ou par internet"),
    Criterion.COST: N_("le prix"),
    Criterion.CHILD_CARE: N_("si on garde les enfants"),
    Criterion.HOURS: N_("les jours et les heures"),
    Criterion.START: N_("quand le cours commence"),
    Criterion.RECRUITMENT: N_("s'il y a de la place"),
    Criterion.PLACE: N_("l'adresse"),
}
"""What to ask by telephone where the source does not say."""

ANSWERS: Mapping[Criterion, str] = {
    Criterion.LEVEL: N_("votre niveau"),
    Criterion.KIND: N_("ce que vous voulez faire"),
    Criterion.AUDIENCE: N_("votre situation"),
    Criterion.HOURS: N_("quand vous êtes libre"),
    Criterion.CHILD_CARE: N_("on garde les enfants"),
    Criterion.COST: N_("gratuit"),
}
"""What a course answers of what was asked."""

_PHONE = re.compile(r"(?:\+|00)\s?33[\s.\-/]?(?:\(0\))?[\s.\-/]?([1-9])((?:[\s.\-/]?\d{2}){4})(?!\d)|"
                    r"(?<!\d)0([1-9])((?:[\s.\-/]?\d{2}){4})(?!\d)")  # fmt: skip
_EMAIL = re.compile(r"[^\s@,;<>\"'%?&]+@[^\s@,;<>\"'%?&]+\.[a-z]{2,}", re.IGNORECASE)
_ORDER = [one.value for one in Level]


def kind_words(speech: Speech, code: str) -> tuple[str, str, str]:
    """Return the pictogram of a kind of course, what it is, and for whom."""
    icon, what, whom = KINDS.get(code, KINDS[Kind.UNKNOWN])
    return icon, speech.say(what), speech.say(whom)


def level_words(speech: Speech, codes: Iterable[str]) -> str:
    """Return who the level is for, with its code: « Je commence le français (A1.1) »; lowest and highest of several."""
    known = sorted({code for code in codes if code in LEVELS}, key=_ORDER.index)
    if not known:
        return speech.say(N_("Niveau non précisé : demandez."))
    ends = [_level(speech, code) for code in dict.fromkeys((known[0], known[-1]))]
    return ends[0] if len(ends) == 1 else speech.say(N_("Du niveau : %(low)s. Au niveau : %(high)s."),
                                                     low=ends[0], high=ends[1])  # fmt: skip


def _level(speech: Speech, code: str) -> str:
    said = speech.say(LEVELS[code])
    return said if code == Level.ALPHA else speech.say(N_("%(words)s (%(code)s)"), words=said, code=code)


def audience_words(speech: Speech, codes: Collection[str]) -> str | None:
    """Return the people named, None where it is everybody or nobody says."""
    said = [speech.say(words) for code, words in AUDIENCES.items() if code in codes]
    return speech.listed(said) if said else None


def questions(speech: Speech, criteria: Iterable[Criterion]) -> list[str]:
    """Return what to ask by telephone, each once."""
    return [speech.say(QUESTIONS[one]) for one in dict.fromkeys(criteria)]


def hours_words(speech: Speech, session: Mapping[str, Any]) -> str | None:
    """Return the days and hours of one session: « lundi et jeudi, de 18:00 à 20:00 »; None where not stated."""
    days = speech.weekdays(session["days"]) if session["days"] else ""
    start, end = session["start_time"], session["end_time"]
    if start and end:
        values = {"days": days, "start": speech.clock(start), "end": speech.clock(end)}
        if days:
            return speech.say(N_("%(days)s, de %(start)s à %(end)s"), **values)
        return speech.say(N_("de %(start)s à %(end)s (jours non précisés)"), **values)
    if start and days:
        return speech.say(N_("%(days)s, à %(start)s"), days=days, start=speech.clock(start))
    return speech.say(N_("%(days)s (heures non précisées)"), days=days) if days else None


def when_words(speech: Speech, sessions: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the days and hours of the sessions in this language, and those only the source's own words give.

    Never nothing: what is not known is said in the first.
    """
    told = list(dict.fromkeys(filter(None, (hours_words(speech, one) for one in sessions))))
    quoted = list(dict.fromkeys(
        str(one["schedule_text"]) for one in sessions if one["schedule_text"] and not hours_words(speech, one)
    ))  # fmt: skip
    if not told and not quoted:
        told = [speech.say(N_("Jours et heures non précisés : demandez."))]
    more = len(told) - LINES
    if more > 0:
        told = [*told[:LINES], speech.say_n("et %(count)s autre groupe", "et %(count)s autres groupes", more)]
    return tuple(told), tuple(quoted[:LINES])


def start_words(speech: Speech, session: Mapping[str, Any] | None, today: date, *, taking: bool = True) -> str | None:
    """Return when one may begin; None where the source does not say.

    ``taking`` : the course is not known to refuse people; else nothing says that one may enter.
    """
    if session is None:
        return None
    start = session["start_date"]
    if taking and session["entry_mode"] == EntryMode.PERMANENT and not (start and start > today.isoformat()):
        return speech.say(N_("On peut commencer toute l'année."))
    if not start:
        return None
    day = speech.day(start)
    if start >= today.isoformat():
        return speech.say(N_("Commence le %(day)s."), day=day)
    if taking and session["recruitment"] == Recruitment.OPEN:
        return speech.say(N_("A commencé le %(day)s. On peut encore entrer."), day=day)
    return speech.say(N_("A commencé le %(day)s : demandez si on peut encore entrer."), day=day)


def weekly_words(speech: Speech, session: Mapping[str, Any] | None) -> str | None:
    """Return how many hours a week; None where the source does not say."""
    hours = session["weekly_hours"] if session else None
    if not hours:
        return None
    return speech.say(N_("%(hours)s h par semaine"), hours=speech.number(hours, 1))


def cost_words(speech: Speech, card: Mapping[str, Any]) -> str:
    """Return what it costs, as far as the source says."""
    free = card["free_of_charge"]
    if free is None:
        return speech.say(N_("Prix : voir avec le cours.") if card["cost_text"] else N_("Prix non précisé : demandez."))
    return speech.say(N_("Gratuit") if free else N_("Payant"))


def fresh_words(speech: Speech, updated_on: str | None, today: date) -> str:
    """Return how fresh this is: the month it was last updated in."""
    if not updated_on:
        return speech.say(N_("Date de mise à jour non connue"))
    month = speech.month(updated_on)
    if (today - date.fromisoformat(updated_on[:10])).days > OLD_DAYS:
        return speech.say(N_("Mis à jour en %(month)s : c'est ancien, téléphonez avant de partir"), month=month)
    return speech.say(N_("Mis à jour en %(month)s"), month=month)


def telephone(text: str | None) -> tuple[str | None, str | None]:
    """Return a telephone number as one reads it and as a phone calls it (``tel:+33…``).

    Of several, the first French one. Anything else is given back as it is, without a link.

    >>> telephone("Tél. 03.21.00.00.00 ou 06 12 34 56 78")
    ('03 21 00 00 00', 'tel:+33321000000')
    >>> telephone("3949")
    ('3949', None)
    """
    if not text or not text.strip():
        return None, None
    found = _PHONE.search(text)
    if found is None:
        return text.strip(), None
    number = (found[1] or found[3]) + re.sub(r"\D", "", found[2] or found[4])
    pairs = [f"0{number[0]}", *(number[at : at + 2] for at in range(1, 9, 2))]
    return " ".join(pairs), f"tel:+33{number}"


def mail(text: str | None) -> str | None:
    """Return an e-mail address, None for what is none."""
    found = _EMAIL.fullmatch(text.strip()) if text else None
    return found[0] if found else None


def web(text: str | None) -> str | None:
    """Return an address of the web (http, https), None for any other: what a source gives may be a script."""
    if not text:
        return None
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return None
    return text.strip() if parts.scheme in {"http", "https"} and parts.netloc else None
