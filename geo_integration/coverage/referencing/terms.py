"""The closed lists of the referencing check: what an action is to the cartography, what tells it, what is wrong."""

from geo_integration.vocabulary import Term


class ReferencingState(Term):
    """What a funded action is to the national cartography; one per action."""

    FOUND = ("found", "Référencée", "surely on the cartography, and nothing shown there contradicts the list")
    STALE_OR_WRONG = (
        "stale_or_wrong",
        "Référencée, faits à corriger",
        "surely on the cartography, with facts that are over, missing or different",
    )
    PROBABLY_FOUND = (
        "probably_found",
        "Probablement référencée",
        "an offer resembles it enough to be looked at by somebody, not enough to be sure",
    )
    MISSING = ("missing", "Absente", "no offer resembles it enough")


class MatchRule(Term):
    """What recognised an action, surest first."""

    IDENTIFIER = ("identifier", "Identifiant commun", "both bear the same convention, file or offer number")
    SCHOOL = ("school", "Établissement (UAI) et type", "same school, same kind of course")
    SIRET = ("siret", "SIRET, commune et type", "same SIRET, same commune, same kind, titles that do not disagree")
    NAMES = (
        "names",
        "Organisme, commune, type et intitulé",
        "same operator's name, same commune, same kind and nearly the same title",
    )
    LIKENESS = ("likeness", "Ressemblance", "enough facts agree, none of them decides")
    SHARED = ("shared", "Offre déjà rattachée", "the offer that answers it already answers another action")
    NONE = ("none", "Aucune", "nothing recognised it")


SURE_RULES = (MatchRule.IDENTIFIER, MatchRule.SCHOOL, MatchRule.SIRET, MatchRule.NAMES)
"""Rules that say an action is on the cartography; the others only say that it may be."""


class FactKind(Term):
    """What may be wrong with an offer that answers a funded action."""

    SESSIONS_OVER = ("sessions_over", "Dates dépassées", "every session is over, and the action is not")
    NO_SESSION = ("no_session", "Aucune session", "the offer tells no date at all")
    CLOSED_LONG = ("closed_long", "Fermée depuis longtemps", "no session takes people, and nobody updated it for long")
    DATES_DIFFER = ("dates_differ", "Dates différentes", "no session is within the days of the action")
    PLACE_UNKNOWN = ("place_unknown", "Lieu inconnu", "neither commune nor point")
    COMMUNE_DIFFERS = ("commune_differs", "Commune différente", "not the commune of the action")
    KIND_DIFFERS = ("kind_differs", "Type de cours différent", "not the kind of the action")
    TITLE_DIFFERS = ("title_differs", "Intitulé différent", "the titles do not resemble each other")
    OPERATOR_DIFFERS = ("operator_differs", "Organisme différent", "not the operator of the action")
    PHONE_MISSING = ("phone_missing", "Téléphone absent", "nobody can call")
    PHONE_DIFFERS = ("phone_differs", "Téléphone différent", "not the telephone of the action")
    PLACES_DIFFER = ("places_differ", "Nombre de places différent", "not the places of the action")
    PLACES_IMPOSSIBLE = ("places_impossible", "Nombre de places impossible", "negative, or more left than there are")
    NOT_UPDATED = ("not_updated", "Fiche ancienne", "not updated for longer than accepted")
    ADDRESS_MISSING = ("address_missing", "Adresse absente", "the action says one, the offer does not")
    FUNDING_NOT_STATED = ("funding_not_stated", "Financement BOP 104 non indiqué", "the offer does not say who pays")


TO_COMPLETE = frozenset({FactKind.ADDRESS_MISSING, FactKind.FUNDING_NOT_STATED, FactKind.PLACES_DIFFER})
"""Facts worth completing that do not, alone, make an offer wrong for a learner."""
