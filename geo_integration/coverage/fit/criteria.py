"""What an offer is to a learner whatever its sessions: kind, level, schooling, audience, age, modality, cost, place."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from geo_integration.coverage.fit import wording as say
from geo_integration.coverage.fit.judges import Rule, Verdict
from geo_integration.coverage.fit.texts import read_cost, read_youngest
from geo_integration.coverage.learner.profile import KINDS_OF_SCHOOLING, Profile
from geo_integration.schema import SEPARATOR
from geo_integration.vocabulary import (
    Audience,
    Criterion,
    Fit,
    Kind,
    Level,
    LocationQuality,
    Modality,
    Schooling,
    term,
)

_AGES = frozenset({Audience.UNDER_25, Audience.UNDER_18})

_FEW = 2
"""Kinds asked for that are told one by one."""


@dataclass(frozen=True)
class Asked:
    """What is asked: kinds (none: any), entry level, and the learner."""

    kinds: frozenset[Kind]
    level: Level | None
    profile: Profile


def offer_rules(asked: Asked) -> Iterator[Rule]:
    """Give the rules that judge the offers themselves; what is not asked has none."""
    profile = asked.profile
    if asked.kinds:
        yield Rule(Criterion.KIND, ("kind",), asked.kinds, partial(judge_kind, asked.kinds))
    if asked.level is not None:
        yield Rule(Criterion.LEVEL, ("level_entry",), asked.level, partial(judge_level, asked.level))
    if profile.schooling is not None:
        judge = partial(judge_schooling, profile.schooling)
        yield Rule(Criterion.SCHOOLING, ("schooling", "kind"), profile.schooling, judge)
    if profile.described:
        yes, no = profile.known_statuses
        audience = ("audience_exclusive", "audience_priority")
        yield Rule(Criterion.AUDIENCE, audience, (yes, no), partial(judge_audience, yes, no))
        who = (yes, no, profile.age)
        yield Rule(Criterion.AGE, ("audience_exclusive", "conditions"), who, partial(judge_age, *who))
    yield Rule(Criterion.MODALITY, ("modality",), profile.remote, partial(judge_modality, remote=profile.remote))
    if profile.free_of_charge:
        yield Rule(Criterion.COST, ("cost_text",), None, judge_cost)
    yield Rule(Criterion.PLACE, ("location_quality", "modality"), None, judge_place)


def judge_kind(kinds: frozenset[Kind], kind: str) -> Verdict:
    """No kind stands in for another; an unknown one is unknown."""
    if kind in kinds:
        return Fit.FITS, f"type de cours : {say.kind_text(kind)}"
    if kind == Kind.UNKNOWN:
        return Fit.UNKNOWN, "le type de cours n'est pas précisé"
    few = f", et non {say.labels(kinds)}" if len(kinds) <= _FEW else " : un autre type que ceux demandés"
    return Fit.DOES_NOT_FIT, f"cours {say.kind_text(kind)}{few}"


def judge_level(level: Level, entry: str | None) -> Verdict:
    """Fit where the level is among those of entry."""
    if entry is None or entry == Level.UNKNOWN:
        return (Fit.FITS if level is Level.UNKNOWN else Fit.UNKNOWN), "le niveau n'est pas précisé"
    if level.value in entry.split(SEPARATOR):
        return Fit.FITS, f"niveau d'entrée : {say.levels_text(entry)}"
    return Fit.DOES_NOT_FIT, f"niveau d'entrée {say.levels_text(entry)}, et non {level.label}"


def judge_schooling(schooling: Schooling, stated: str | None, kind: str) -> Verdict:
    """Judge by what the source says; where it is silent, a kind made for one schooling only says it."""
    if stated == Schooling.ANY:
        return Fit.FITS, "toute scolarité acceptée"
    if stated is not None and stated != Schooling.UNKNOWN:
        fits = Fit.FITS if stated == schooling else Fit.DOES_NOT_FIT
        return fits, f"pour {say.schooling_text(term(Schooling, stated))}"
    made_for = [one for one, kinds in KINDS_OF_SCHOOLING.items() if kind in kinds]
    if made_for == [schooling]:
        return Fit.FITS, f"{say.kind_text(kind)} : pour {say.schooling_text(schooling)}"
    if made_for and schooling not in made_for:
        whom = say.listed(say.schooling_text(one) for one in made_for)
        return Fit.DOES_NOT_FIT, f"{say.kind_text(kind)} : pour {whom}"
    return Fit.UNKNOWN, "la scolarité attendue n'est pas précisée"


def judge_audience(
    yes: frozenset[Audience], no: frozenset[Audience], exclusive: str | None, priority: str | None
) -> Verdict:
    """Judge what the course is reserved to; a priority never excludes, but is worth telling."""
    reserved, first = _members(exclusive), _members(priority) - {Audience.ANY}
    told = f"priorité {say.audience_text(first)}" if first else ""
    if not reserved or Audience.ANY in reserved or reserved <= _AGES:
        return Fit.FITS, told or "aucun public réservé"
    fits, reason = _reserved(reserved, yes, no)
    return fits, f"{reason}, {told}" if told else reason


def judge_age(
    yes: frozenset[Audience], no: frozenset[Audience], age: int | None, exclusive: str | None, conditions: str | None
) -> Verdict:
    """Judge what is reserved to an age, and the youngest age the conditions state."""
    youngest = read_youngest(conditions) if conditions else None
    if age is not None and youngest is not None and age < youngest:
        return Fit.DOES_NOT_FIT, f"à partir de {youngest} ans"
    reserved = _members(exclusive)
    if reserved and reserved <= _AGES:
        return _reserved(reserved, yes, no)
    return Fit.FITS, "rien ne s'oppose à cet âge" if age is not None else "aucun âge réservé"


def _reserved(reserved: frozenset[Audience], yes: frozenset[Audience], no: frozenset[Audience]) -> Verdict:
    told = f"réservé {say.audience_text(reserved)}"
    if reserved & yes:
        return Fit.FITS, f"{told} : c'est le cas"
    if reserved <= no:
        return Fit.DOES_NOT_FIT, told
    return Fit.UNKNOWN, f"{told} : on ne sait pas si c'est le cas"


def judge_modality(modality: str | None, *, remote: bool) -> Verdict:
    """Refuse a remote course to who takes none; silence is believed to be a room, as for whoever states no modality."""
    if modality == Modality.REMOTE:
        return (Fit.FITS, "à distance") if remote else (Fit.DOES_NOT_FIT, "à distance seulement")
    if modality == Modality.MIXED:
        return Fit.FITS, "en partie à distance"
    return Fit.FITS, "en présence" if modality == Modality.IN_PERSON else "modalité non précisée, supposée en présence"


def judge_cost(text: str | None) -> Verdict:
    """Say whether the course is free to the learner."""
    if text is None or not text.strip():
        return Fit.UNKNOWN, "le coût n'est pas précisé"
    fits, told = read_cost(text)
    return fits, f"{told} : {say.quoted(text)}"


def judge_place(quality: str | None, modality: str | None) -> Verdict:
    """Say whether the place is known; a remote course needs none."""
    if modality == Modality.REMOTE or quality == LocationQuality.REMOTE:
        return Fit.FITS, "à distance : pas de lieu"
    if quality is None or quality == LocationQuality.NONE:
        return Fit.UNKNOWN, "le lieu n'est pas connu"
    if quality == LocationQuality.MAIRIE:
        return Fit.FITS, "lieu approché : mairie de la commune"
    return Fit.FITS, "lieu connu"


def _members(codes: str | None) -> frozenset[Audience]:
    return frozenset(term(Audience, code) for code in codes.split(SEPARATOR)) if codes else frozenset()
