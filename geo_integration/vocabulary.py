"""The closed lists of the service: every value with its French label, its meaning and its official code.

A value outside these lists never enters a layer: :func:`term` raises instead of guessing.
"""

from enum import StrEnum
from typing import Self

from geo_integration.errors import UnknownTermError


class Term(StrEnum):
    """One value of a closed list; it *is* its code, and carries label, meaning and official code."""

    label: str
    meaning: str
    official: str

    def __new__(cls, value: str, label: str, meaning: str, official: str = "") -> Self:
        """Make the member; called by the enum machinery only."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.meaning = meaning
        member.official = official
        return member


def term[T: Term](kind: type[T], value: str, *, where: str = "") -> T:
    """Return the member of ``kind`` whose code is ``value``; UnknownTermError lists the accepted codes."""
    for member in kind:
        if member.value == value:
            return member
    accepted = ", ".join(member.value for member in kind)
    what = f"« {value} » n'est pas une valeur de {kind.__name__}"
    raise UnknownTermError(what, where=where, way_out=f"valeurs acceptées : {accepted}")


class Kind(Term):
    """What a course is. Alphabétisation is not FLE for beginners: never mix the two."""

    ALPHABETISATION = (
        "alphabetisation",
        "Alphabétisation",
        "never schooled in any language, learns to read and write",
        "FORMACODE 15043",
    )
    ILLETTRISME = (
        "illettrisme",
        "Lutte contre l'illettrisme",
        "schooled in French, reads badly",
        "FORMACODE 15022",
    )
    FLE = ("fle", "Français langue étrangère", "schooled elsewhere, learns French", "FORMACODE 15235")
    FLE_PRO = ("fle_pro", "FLE à visée professionnelle", "French for work: FOS, FLP, visée professionnelle")
    ASL = ("asl", "Atelier sociolinguistique", "French for daily life and public services", "BOP 104 ASL")
    OEPRE = ("oepre", "OEPRE", "Ouvrir l'école aux parents pour la réussite des enfants", "OEPRE")
    CIR = ("cir", "Formation linguistique CIR", "OFII course of the integration contract: A1, A2, B1", "OFII")
    CERTIFICATION = ("certification", "Certification", "test or diploma: DILF, DELF, DALF, TCF…")
    REMISE_A_NIVEAU = (
        "remise_a_niveau",
        "Remise à niveau",
        "general refresher, French included",
        "FORMACODE 15040, 15041",
    )
    UNKNOWN = ("unknown", "Non précisé", "the source does not let us say")


class Level(Term):
    """Level of French (CEFR, with alpha and A1.1 below A1)."""

    ALPHA = ("alpha", "Alpha", "does not read or write in any language")
    A1_1 = ("A1.1", "A1.1", "first words; DILF")
    A1 = ("A1", "A1", "CEFR A1", "CECRL A1")
    A2 = ("A2", "A2", "CEFR A2", "CECRL A2")
    B1 = ("B1", "B1", "CEFR B1", "CECRL B1")
    B2 = ("B2", "B2", "CEFR B2", "CECRL B2")
    C1 = ("C1", "C1", "CEFR C1", "CECRL C1")
    C2 = ("C2", "C2", "CEFR C2", "CECRL C2")
    UNKNOWN = ("unknown", "Non précisé", "the source does not let us say")


class Schooling(Term):
    """What school the learner went to, which is not their level of French."""

    NONE = ("none", "Jamais scolarisé", "never schooled")
    ELSEWHERE = ("elsewhere", "Scolarisé à l'étranger", "schooled in another language")
    FRENCH = ("french", "Scolarisé en français", "schooled in French")
    ANY = ("any", "Toute scolarité", "the course takes every schooling")
    UNKNOWN = ("unknown", "Non précisé", "the source does not let us say")


class Audience(Term):
    """For whom a course is, either *exclusive* or *priority*."""

    BPI = ("bpi", "Bénéficiaire de la protection internationale", "refugee or subsidiary protection")
    CIR = ("cir", "Signataire du CIR", "newcomer who signed the republican integration contract")
    ASYLUM_SEEKER = ("asylum_seeker", "Demandeur d'asile", "asylum claim pending")
    FOREIGNER = ("foreigner", "Personne étrangère ou immigrée", "foreign or immigrant, whatever the status")
    PARENT = ("parent", "Parent d'élève", "parent of a pupil")
    UNDER_25 = ("under_25", "Moins de 25 ans", "16 to 25 years old")
    UNDER_18 = ("under_18", "Mineur", "under 18 years old")
    WOMEN = ("women", "Femmes", "women")
    JOBSEEKER = ("jobseeker", "Demandeur d'emploi", "registered with France Travail")
    WORKER = ("worker", "Salarié", "in employment")
    RSA = ("rsa", "Bénéficiaire du RSA", "receives the RSA")
    DISABLED = ("disabled", "Personne handicapée", "recognised disability")
    ANY = ("any", "Tout public", "everyone")


class Modality(Term):
    """Where the teaching happens."""

    IN_PERSON = ("in_person", "En présence", "in a room", "LHEO 2.3 modalites-enseignement 0")
    MIXED = ("mixed", "Mixte", "in a room and remote", "LHEO 2.3 modalites-enseignement 1")
    REMOTE = ("remote", "À distance", "remote only", "LHEO 2.3 modalites-enseignement 2")
    UNKNOWN = ("unknown", "Non précisé", "the source does not say")


class Recruitment(Term):
    """Whether a session still takes people."""

    OPEN = ("open", "Ouvert", "takes people", "LHEO etat-recrutement 1")
    CLOSED = ("closed", "Fermé", "closed: full or over", "LHEO etat-recrutement 2")
    SUSPENDED = ("suspended", "Suspendu", "suspended", "LHEO etat-recrutement 3")
    UNKNOWN = ("unknown", "Non précisé", "the source does not say")


class EntryMode(Term):
    """When people may join a session."""

    FIXED = ("fixed", "À dates fixes", "fixed dates", "LHEO modalites-entrees-sorties 0")
    PERMANENT = ("permanent", "Entrées permanentes", "at any time", "LHEO modalites-entrees-sorties 1")
    UNKNOWN = ("unknown", "Non précisé", "the source does not say")


class LocationQuality(Term):
    """How well a place is known, best first."""

    POINT = ("point", "Point de la source", "the source's point, inside its commune")
    POINT_ONLY = ("point_only", "Point sans commune", "the source's point; the commune was read from it")
    ADDRESS = ("address", "Adresse reconnue", "matched to an address base")
    MAIRIE = ("mairie", "Mairie de la commune", "the commune is known, its mairie stands in for the place")
    REMOTE = ("remote", "À distance", "remote course: no place")
    NONE = ("none", "Lieu inconnu", "neither point nor commune could be read")


class HousingKind(Term):
    """What a housing row counts."""

    IML = ("iml", "Intermédiation locative", "places through intermediation", "IML")
    CPH = ("cph", "Centre provisoire d'hébergement", "places for refugees", "CPH")
    CADA = ("cada", "Centre d'accueil pour demandeurs d'asile", "places for asylum seekers", "CADA")
    HUDA = ("huda", "Hébergement d'urgence pour demandeurs d'asile", "emergency places", "HUDA")
    PENSION = ("pension_de_famille", "Pension de famille", "places in family boarding houses")
    AVDL = ("avdl_r", "AVDL réfugiés", "support towards and in housing", "AVDL-R")
    CAPTURED = ("captured", "Logement capté", "dwelling found for a refugee household")
    RESIDENCE = ("residence_sociale", "Résidence sociale ou FJT", "places in social residences")
    SOCIAL = ("social", "Logement social", "social dwellings (RPLS): a proxy, never captured ones", "RPLS")


class Mode(Term):
    """How people travel."""

    CAR = ("car", "Voiture", "by car")
    BIKE = ("bike", "Vélo", "by bike")
    FOOT = ("foot", "À pied", "on foot")
    TRANSIT = ("transit", "Transports en commun", "timetabled transit and walking")


class Engine(Term):
    """What computed a travel time."""

    OUTLINE = (
        "outline",
        "Réseau simplifié (estimation)",
        "main roads and two speeds, or a lengthened straight line: an outline, not a route",
    )
    STREETS = ("streets", "Réseau des rues (OpenStreetMap)", "street network of an OSM extract, free of congestion")
    OSRM = ("osrm", "Serveur OSRM", "an OSRM-compatible server set up by whoever runs this one")
    TIMETABLE = (
        "timetable",
        "Horaires et rues",
        "published timetables (GTFS), walking on the street network",
    )
    TIMETABLE_OUTLINE = (
        "timetable_outline",
        "Horaires, marche estimée",
        "published timetables (GTFS), walking estimated from a lengthened straight line",
    )


class Goal(Term):
    """What somebody wants French for."""

    DAILY_LIFE = ("daily_life", "Vie quotidienne", "shops, doctor, public services")
    WORK = ("work", "Travail", "to find work, or in it")
    PARENT = ("parent", "École des enfants", "to follow the children's school")
    DIPLOMA = ("diploma", "Diplôme ou test", "a certificate: residence permit, naturalisation, studies")
    CIR = ("cir", "Contrat d'intégration (CIR)", "the course the OFII prescribes")
    LITERACY = ("literacy", "Lire et écrire", "to read and write")


class HalfDay(Term):
    """A part of a day somebody is free in; a class that spans two asks for both."""

    MORNING = ("morning", "Matin", "before 13:00")
    AFTERNOON = ("afternoon", "Après-midi", "13:00 to 18:00")
    EVENING = ("evening", "Soir", "from 18:00")


class Fit(Term):
    """What a course is to a learner, criterion by criterion and on the whole."""

    FITS = ("fits", "Convient", "sure to fit, as far as the source says")
    UNKNOWN = ("unknown", "Inconnu", "the source does not let us say")
    DOES_NOT_FIT = ("does_not_fit", "Ne convient pas", "sure not to fit")


class Criterion(Term):
    """What a course is judged on, before any minute is counted."""

    KIND = ("kind", "Type de cours", "what the course is, against what is asked or what the goal asks for")
    LEVEL = ("level", "Niveau", "entry levels of the course")
    SCHOOLING = ("schooling", "Scolarité", "schooling the course is made for")
    AUDIENCE = ("audience", "Public", "for whom it is reserved")
    AGE = ("age", "Âge", "reserved to an age")
    MODALITY = ("modality", "Modalité", "in a room or remote")
    COST = ("cost", "Coût", "what the learner pays")
    CHILD_CARE = ("child_care", "Garde d'enfants", "whether children are looked after")
    HOURS = ("hours", "Horaires", "days and half-days it meets")
    START = ("start", "Date de début", "when one could start")
    RECRUITMENT = ("recruitment", "Recrutement", "whether it takes people")
    PLACE = ("place", "Lieu", "whether the place is known")


class OfferStatus(Term):
    """What an offer is to a learner who asks for one kind and level on one day."""

    OPEN = ("open", "Adaptée et ouverte", "sure to fit, takes people as far as the source says")
    UNKNOWN = ("unknown", "Adéquation inconnue", "takes people; the source does not say its kind or level")
    FULL = ("full", "Adaptée, complète", "sure to fit, every session of it refuses people")
    OTHER = ("other", "Autre type ou niveau", "a course, of another kind or level")
    OVER = ("over", "Terminée", "every session of it is over")
    REMOTE = ("remote", "À distance", "no place to travel to")
    UNPLACED = ("unplaced", "Lieu inconnu", "a course whose place is not known: it cannot be travelled to")


class Cause(Term):
    """Why a commune is or is not covered; one per commune, first that applies."""

    COVERED = ("covered", "Couverte", "a fitting open course within the time")
    NO_DATA = ("no_data", "Aucune donnée", "no source reports courses here: not the same as no course")
    NOT_ROUTABLE = ("not_routable", "Trajet non calculable", "no network reaches this commune")
    NO_RETURN = ("no_return", "Pas de retour", "there is a way in and none home")
    FULL = ("full", "Complet", "fitting courses are near, none takes people")
    WRONG_FIT = ("wrong_fit", "Inadaptée", "courses are near, none of this kind and level")
    TOO_FAR = ("too_far", "Trop loin", "the nearest fitting course is beyond the time")


class Basis(Term):
    """Where the people of a commune leave from."""

    COMMUNE = ("commune", "Mairie", "everyone leaves from the mairie")
    POINTS = ("points", "Carreaux de population", "each leaves from the cell or the point they live in")


class NeedBasis(Term):
    """Where a number of learners comes from."""

    OFFICIAL = (
        "official",
        "Effectif transmis, part appliquée",
        "an official count, times a stated share where it is one",
    )
    ESTIMATE = ("estimate", "Estimation", "a published total spread over communes: an estimate")
    SYNTHETIC = ("synthetic", "Donnée fictive", "made up for the demonstration")
    PROTECTED = (
        "protected",
        "Effectif protégé, réparti",
        "a rounded count of a group of communes, spread over them by population: what this viewer may see",
    )
    UNKNOWN = ("unknown", "Inconnu", "no count and no published total")


class TerritoryLevel(Term):
    """The levels figures roll up to."""

    COMMUNE = ("commune", "Commune", "commune, COG of the year")
    EPCI = ("epci", "Intercommunalité", "EPCI à fiscalité propre")
    ARRONDISSEMENT = ("arrondissement", "Arrondissement", "arrondissement départemental")
    DEPARTEMENT = ("departement", "Département", "département")
    REGION = ("region", "Région", "région")
    FRANCE = ("france", "France", "all of France")
    CTAI = ("ctai", "Territoire de CTAI", "communes of one contrat territorial d'accueil et d'intégration")
    QPV = ("qpv", "Quartier prioritaire (QPV)", "quartier prioritaire de la politique de la ville")


class Outcome(Term):
    """What became of a row or a field that has a problem."""

    ROW_REJECTED = ("row_rejected", "Ligne rejetée", "the row is wrong: it is not in the layer")
    OUT_OF_SCOPE = ("out_of_scope", "Hors champ", "nothing is wrong; the row is no French course for learners")
    FIELD_DROPPED = ("field_dropped", "Champ écarté", "the row is kept, this value is not")
    REPAIRED = ("repaired", "Réparé", "the row is kept with a value put right, as the reason says")


class ViewerRole(Term):
    """Who looks at figures about people."""

    PUBLIC = ("public", "Public", "anyone: only what identifies nobody")
    REFERENT = ("referent", "Référent départemental", "sees the figures of the départements named")
    CONTRACTOR = ("contractor", "Prestataire d'une étude", "sees those of the départements of one study")
    ADMINISTRATOR = ("administrator", "Administrateur", "who runs this store and loaded its files")
