"""What a source says in its own words: cost, child care, youngest age (its hours: ``sources.schedule_words``).

What is not plain is not read: it stays unknown, and whoever asks is shown the words.
"""

import re
from functools import lru_cache

from geo_integration.text import fold
from geo_integration.vocabulary import Fit

_JOINT = " — "
"""What joins the parts a source says apart (``sources.lheo_offer``)."""

_FULL_PRICE = re.compile(r"[\d\s.,]+ € ttc")
"""LHEO's price of the action, whoever pays it: what is left to the learner is another element, ``frais-restants``."""

_AMOUNT = re.compile(r"(\d{1,3}(?:[ .]\d{3})+|\d+)(?:[.,](\d{1,2}))?\s*(?:€|euros?\b|eur\b)")
_NOT_FREE = re.compile(r"(?:\b(?:non|pas)\s+gratuit|\bpayant|\ba la charge d[eu]|a payer\b)")
_NOTHING_TO_PAY = re.compile(
    r"\b(?:non|pas)\s+payant\w*|\brien a payer\b|(?:\b(?:aucune?s?|pas de|sans) "
    r"(?:frais|sommes?|montants?|couts?|reste|participation|contribution)(?: \w+)?|\b0(?:[.,]0+)? ?(?:€|euros?\b)) "
    r"(?:a payer\b|a la charge d[eu]\b(?: l[ae']s?)?)"
)
"""Says « à payer » or « payant », of nothing: read as « gratuit »."""
_FREE_WORDS = (
    r"(?:\bgratuit\w*|\bsans frais\b|\b(?:aucuns?|aucune|pas de|sans) (?:frais|couts?|reste a charge|participation)\b|"
    r"\bneant\b|(?:integralement|totalement|entierement) (?:pris\w* en charge|finance\w*)|"
    r"pris\w* en charge (?:integrale|totale|complete|a 100 ?%))"
)
_FREE = re.compile(_FREE_WORDS)
_CONDITION = re.compile(
    rf"{_FREE_WORDS}\s+(?:pour|aux?|si|sous|sur|apres|des)\b(?!\s+(?:tou[st]\b|toutes\b|le public|l(?:es? |')"
    r"(?:stagiaires?|apprenant\w*|participant\w*|beneficiaires?|parents?)\b(?! d)))"
    r"|\b(?:possibles?|eventuel\w*|selon|sur dossier|sous (?:reserve|condition)\w*)\b"
)

_NO_CHILD_CARE = re.compile(
    r"(?:\b(?:pas|aucun\w*)(?: (?:de|d'))? ?(?:service de |possibilite de |solution de |mode de )?"
    r"(?:garde\b|creche|garderie|halte|accueil (?:des |d')enfants?)|"
    r"(?:(?:garde|accueil) (?:des |d')enfants?|\bcreche|garderie) ?:? ?(?:n'est )?(?:non|pas)\b"
    r"(?! (?:precis|communiqu|loin))|"
    r"(?:avoir|prevoir|disposer|trouver|justifier)(?: d'| de)? ?(?:un |une |son |sa )?(?:mode|solution|moyen) de garde|"
    r"enfants? (?:\w+ ){0,3}(?:non|pas) (?:\w+ )?(?:admis|accept|accueilli|pris en charge|garde))"
)
_NOT_ABOUT_IT = re.compile(
    r"(?:problemes?|difficultes?|besoins?|freins?|contraintes?|sans)(?: \w+){0,3} garde(?: d'enfants?)?"
    r"|(?:garde (?:des |d')enfants?|\bcreche|garderie) ?:? ?"
    r"(?:nous contacter|nous consulter|se renseigner|a (?:voir|preciser|l'etude)|non (?:precis|communiqu)\w*)"
    r"|\bmetiers?\b[^.;]*|assistant\w* maternel\w*|garde d'enfants? a domicile|travailler (?:en|dans)\b[^.;]*"
)
_CHILD_CARE = re.compile(
    r"(?:\bgarde (?:des |d'|de l'|de vos |de )?(?:jeunes )?enfants?|halte[ -]?(?:garderie|jeux)|\bcreche|\bgarderie|"
    r"\baccueil (?:de vos |des |d'|des jeunes |de jeunes |de l')?enfants?|\bespace enfants?|"
    r"\benfants? (?:\w+ ){0,2}(?:accueilli|accept|gardes|bienvenu|pris en charge)|"
    r"\bmode de garde (?:propose|assure|sur))"
)

_AGE = r"(1[4-9]|2[0-6]) ans"
_YOUNGEST = re.compile(
    rf"\b{_AGE}(?: et plus| revolus| minimum| au moins)"
    rf"|(?:personnes? de plus de|agee?s? de plus de|a partir de|agee?s? d'au moins|des l'age de) {_AGE}"
    rf"|\bavoir (?:au moins |plus de )?{_AGE}(?! (?:maxi|max\b|au (?:plus|maximum)|(?:ou|et) moins))"
)
_OF_AGE = re.compile(r"\b(?:etre|personnes?|adultes?|public|stagiaires?)(?: \w+)? majeure?s?\b")


@lru_cache(maxsize=4096)
def read_cost(text: str) -> tuple[Fit, str]:
    """Say whether a course is free to the learner (``fits``), and in French how it is known.

    An amount left to pay does not fit; the full price of the action (LHEO ``prix-total-TTC``, which a funder may pay)
    and free places under conditions are unknown.
    """
    parts = [part for part in fold(text).split(fold(_JOINT)) if part]
    left = [part for part in parts if not _FULL_PRICE.fullmatch(part.strip())]
    words = _NOTHING_TO_PAY.sub("gratuit", " ; ".join(left))
    free = _FREE.search(_NOT_FREE.sub("", words)) is not None
    if any(_amount(found) > 0 for found in _AMOUNT.finditer(words)):
        return (Fit.UNKNOWN, "gratuit et un montant à la fois") if free else (Fit.DOES_NOT_FIT, "payant")
    if _NOT_FREE.search(words):
        return Fit.DOES_NOT_FIT, "payant"
    if free and _CONDITION.search(words):
        return Fit.UNKNOWN, "gratuit sous condition"
    if free or any(_amount(found) == 0 for found in _AMOUNT.finditer(fold(text))):
        return Fit.FITS, "gratuit"
    priced = len(left) < len(parts)
    return Fit.UNKNOWN, "un prix, sans dire qui le paie" if priced else "coût peu clair"


def _amount(found: re.Match[str]) -> float:
    return float(f"{re.sub(r'[ .]', '', found[1])}.{found[2] or 0}")


@lru_cache(maxsize=16_384)
def read_child_care(text: str) -> Fit:
    """Say whether children are looked after; being *for* people short of child care is not offering any."""
    words = fold(text)
    if _NO_CHILD_CARE.search(words):
        return Fit.DOES_NOT_FIT
    return Fit.FITS if _CHILD_CARE.search(_NOT_ABOUT_IT.sub("", words)) else Fit.UNKNOWN


@lru_cache(maxsize=16_384)
def read_youngest(text: str) -> int | None:
    """Return the youngest age a condition of entry states, in years; None where it states none."""
    words = fold(text)
    found = _YOUNGEST.search(words)
    if found is not None:
        return int(found[1] or found[2] or found[3])
    return 18 if _OF_AGE.search(words) else None
