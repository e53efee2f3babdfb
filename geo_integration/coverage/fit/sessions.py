"""What a session is to a learner: does it run, does it take people, at which hours, from when, with child care."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import NamedTuple

import pandas as pd

from geo_integration.coverage.fit import wording as say
from geo_integration.coverage.fit.hours import judge_hours
from geo_integration.coverage.fit.judges import Judge, Rule, Verdict
from geo_integration.coverage.fit.texts import read_child_care
from geo_integration.coverage.learner.profile import Profile
from geo_integration.vocabulary import Criterion, EntryMode, Fit, OfferStatus, Recruitment

STALE_DAYS = 548
"""Eighteen months: a session whose source never says that it ends is not believed to run longer."""

_STATE = (
    "start_date",
    "end_date",
    "entry_mode",
    "recruitment",
    "places_available",
    "registration_start",
    "registration_end",
)


class State(NamedTuple):
    """What a session says of its dates and of whom it takes, in the order of the columns; None: not stated."""

    start: str | None
    end: str | None
    entry: str | None
    recruitment: str | None
    places: int | None
    opens: str | None
    closes: str | None


def session_rules(profile: Profile, *, as_of: date) -> Iterator[Rule]:
    """Give the rules that judge the sessions, recruitment last; what is not asked has none."""
    if profile.child_care:
        words = ("title", "conditions", "registration", "schedule_text")
        yield Rule(Criterion.CHILD_CARE, words, None, judge_child_care)
    if profile.free is not None:
        hours = ("days", "start_time", "end_time", "schedule_text")
        yield Rule(Criterion.HOURS, hours, profile.free, partial(judge_hours, profile.free))
    if profile.starts_by is not None:
        judge = _of_state(partial(judge_start, starts_by=profile.starts_by, as_of=as_of))
        yield Rule(Criterion.START, _STATE, (profile.starts_by, as_of), judge)
    silence = Fit.FITS if profile.silence_is_open else Fit.UNKNOWN
    judge = _of_state(partial(judge_recruitment, as_of=as_of, silence=silence))
    yield Rule(Criterion.RECRUITMENT, _STATE, (as_of, silence), judge)


def _of_state(judge: Callable[[State], Verdict]) -> Judge:
    return lambda *values: judge(State(*values))


def availability(sessions: pd.DataFrame, *, as_of: date) -> "pd.Series[str]":
    """Say of each offer that has sessions whether it is ``open``, ``full`` or ``over`` on a day.

    A session without an end that started more than :data:`STALE_DAYS` before, and takes no permanent entries, is over.
    """
    by_offer = session_states(sessions, as_of=as_of).groupby(sessions["offer_id"]).any()
    status = pd.Series(OfferStatus.OVER.value, index=by_offer.index, dtype="str")
    status[by_offer["live"]] = OfferStatus.FULL.value
    status[by_offer["takes"]] = OfferStatus.OPEN.value
    return status


def session_states(sessions: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Say of each session whether it still runs on a day (``live``) and still takes people (``takes``).

    Same index as ``sessions``, boolean columns. The rules are those of :func:`availability`; a source that says nothing
    of recruitment is believed to take people.
    """
    today = as_of.isoformat()
    live = ~sessions["end_date"].lt(today).fillna(value=False).astype(bool)
    stale = (as_of - timedelta(days=STALE_DAYS)).isoformat()
    endless = sessions["end_date"].isna() & sessions["entry_mode"].ne(EntryMode.PERMANENT.value)
    live &= ~(endless & sessions["start_date"].lt(stale).fillna(value=False).astype(bool))
    refuses = sessions["recruitment"].isin([Recruitment.CLOSED.value, Recruitment.SUSPENDED.value])
    refuses |= sessions["places_available"].eq(0).fillna(value=False).astype(bool)
    refuses |= sessions["registration_end"].lt(today).fillna(value=False).astype(bool)
    return pd.DataFrame({"live": live, "takes": live & ~refuses})


def judge_recruitment(state: State, *, as_of: date, silence: Fit) -> Verdict:
    """Say whether a session takes people, with why; the rules of :func:`session_states`, in words.

    Parameters
    ----------
    state : what the session says.
    as_of : the day asked about.
    silence : verdict where the source says nothing.
    """
    refused = _over(state, as_of) or _refused(state, as_of.isoformat())
    return (Fit.DOES_NOT_FIT, refused) if refused else _takes(state, as_of.isoformat(), silence)


def _over(state: State, as_of: date) -> str:
    """Say why a session is over, "" where it is not."""
    if state.end is not None and state.end < as_of.isoformat():
        return f"terminé depuis le {say.day_text(state.end)}"
    endless = state.end is None and state.start is not None and state.entry != EntryMode.PERMANENT
    if endless and str(state.start) < (as_of - timedelta(days=STALE_DAYS)).isoformat():
        return f"a commencé le {say.day_text(str(state.start))}, sans date de fin : sans doute terminé"
    return ""


def _refused(state: State, today: str) -> str:
    """Say why a session takes nobody, "" where nothing says so."""
    if state.recruitment == Recruitment.CLOSED:
        return "recrutement fermé"
    if state.recruitment == Recruitment.SUSPENDED:
        return "recrutement suspendu"
    if state.places == 0:
        return "plus de place"
    if state.closes is not None and state.closes < today:
        return f"inscriptions closes depuis le {say.day_text(state.closes)}"
    return ""


def _takes(state: State, today: str, silence: Fit) -> Verdict:
    if state.opens is not None and state.opens > today:
        return Fit.FITS, f"inscriptions à partir du {say.day_text(state.opens)}"
    if state.recruitment == Recruitment.OPEN:
        return Fit.FITS, "recrutement ouvert"
    if state.places is not None:
        return Fit.FITS, "1 place annoncée" if state.places == 1 else f"{state.places} places annoncées"
    if state.closes is not None:
        return Fit.FITS, f"inscriptions jusqu'au {say.day_text(state.closes)}"
    told = "la source ne dit pas si le cours recrute"
    return (Fit.FITS, f"{told}, supposé ouvert") if silence is Fit.FITS else (silence, told)


def judge_start(state: State, *, starts_by: date, as_of: date) -> Verdict:
    """Compare the first day one could be in class with the latest one wanted.

    Permanent entries start any day; fixed ones the first day, or once begun as long as the source says that people are
    still taken. That a class which has begun refuses them is recruitment's affair, not told twice.

    Parameters
    ----------
    state : what the session says.
    starts_by : latest day wanted.
    as_of : the day asked about.
    """
    latest = f"après le {say.day_text(starts_by)} demandé"
    if starts_by < as_of:
        return Fit.DOES_NOT_FIT, f"au plus tôt le {say.day_text(as_of)}, {latest}"
    if state.opens is not None and state.opens > starts_by.isoformat():
        return Fit.DOES_NOT_FIT, f"inscriptions à partir du {say.day_text(state.opens)}, {latest}"
    if state.start is None:
        return Fit.UNKNOWN, "la date de début n'est pas précisée"
    if state.start >= as_of.isoformat():
        late = state.start > starts_by.isoformat()
        told = f"commence le {say.day_text(state.start)}"
        return (Fit.DOES_NOT_FIT, f"{told}, {latest}") if late else (Fit.FITS, told)
    return _begun(state, f"a commencé le {say.day_text(state.start)}", as_of)


def _begun(state: State, begun: str, as_of: date) -> Verdict:
    """Judge a session that has begun, and whose registration is no obstacle."""
    if state.entry == EntryMode.PERMANENT:
        until = "toute l'année" if state.end is None else f"possibles jusqu'au {say.day_text(state.end)}"
        return Fit.FITS, f"entrées {until}"
    verdict = judge_recruitment(state, as_of=as_of, silence=Fit.UNKNOWN)[0]
    if verdict is Fit.DOES_NOT_FIT:
        return Fit.FITS, begun
    if verdict is Fit.UNKNOWN:
        return Fit.UNKNOWN, f"{begun}, la source ne dit pas si l'on peut encore y entrer"
    return Fit.FITS, f"{begun}, on peut encore y entrer"


def judge_child_care(
    title: str | None, conditions: str | None, registration: str | None, schedule: str | None
) -> Verdict:
    """Say whether children are looked after; no column says it, only words."""
    texts = [text for text in (conditions, registration, schedule, title) if text]
    found = [(read_child_care(text), text) for text in texts]
    for fits, told in ((Fit.DOES_NOT_FIT, "pas de garde d'enfants"), (Fit.FITS, "garde d'enfants")):
        said = next((text for one, text in found if one is fits), None)
        if said is not None:
            return fits, f"{told} : {say.quoted(said)}"
    return Fit.UNKNOWN, "la garde d'enfants n'est pas précisée"
