"""What is asked of siting: how many, by which rule, among which places."""

from dataclasses import dataclass, field
from pathlib import Path

from geo_integration.coverage.siting.problem import Limit
from geo_integration.errors import OptionError
from geo_integration.travel.transit.class_hours import Slot
from geo_integration.vocabulary import Term


class Model(Term):
    """What the best choice is."""

    MCLP = ("mclp", "Couvrir le plus de besoin avec p lieux", "maximal covering, Church and ReVelle 1974")
    LSCP = ("lscp", "Le moins de lieux pour tout couvrir", "location set covering, Toregas et al. 1971")
    P_MEDIAN = ("p-median", "Le moins de minutes au total avec p lieux", "p-median, Hakimi 1964")


class By(Term):
    """What is opened."""

    SITE = ("site", "Par lieu", "a place takes everybody who can come")
    GROUP = ("group", "Par groupe", "a group meets at its hours and takes a limited number of learners")


class CandidateSource(Term):
    """Where candidates come from."""

    SCHOOLS = ("schools", "Établissements scolaires", "the schools layer: OEPRE, REP+ and REP first")
    MAIRIES = ("mairies", "Mairies", "the mairies of the territory")
    LIST = ("list", "Liste de l'utilisateur", "a file: France Services, associations…")


@dataclass(frozen=True)
class Asked:
    """What is asked.

    Attributes
    ----------
    p : number of sites or groups to open; not used by ``lscp``.
    model : what the best choice is.
    by : sites, or groups of limited size (``mclp`` only).
    candidates : where they come from.
    listed : the user's file, for ``list``; sheet of a workbook in ``sheet``.
    group_size : learners a group takes where the list does not say.
    groups_per_site : most groups at one place and hours.
    hours : class hours of places that state none; by timetable, those supposed of any class by default.
    priority_bonus : learners (``p-median``: learner-minutes) each OEPRE, REP+ or REP school counts for on its own;
        0: the order of preference settles ties only.
    unreachable_minutes : what a learner out of reach counts in a p-median; half as much again as the horizon by
        default.
    evening_minutes : by timetable, by how much return service is extended in the alternative; 0: no alternative.
    limit : when to stop looking for better.
    """

    p: int = 1
    model: Model = Model.MCLP
    by: By = By.SITE
    candidates: tuple[CandidateSource, ...] = (CandidateSource.SCHOOLS,)
    listed: Path | None = None
    sheet: str | None = None
    group_size: float = 12.0
    groups_per_site: int = 1
    hours: tuple[Slot, ...] = ()
    priority_bonus: float = 0.0
    unreachable_minutes: float | None = None
    evening_minutes: int = 60
    limit: Limit = field(default_factory=Limit)

    def __post_init__(self) -> None:
        """Refuse what contradicts itself (OptionError)."""
        for wrong, what, where, way_out in (
            (not self.candidates, "aucune origine de candidats", "--candidates", "schools, mairies ou list"),
            (
                (CandidateSource.LIST in self.candidates) != (self.listed is not None),
                "une liste de lieux annoncée sans fichier, ou un fichier sans « list »",
                "--candidates",
                "donner les deux ; aucune liste (France Services…) n'est livrée : fournir un CSV, XLSX ou GeoJSON",
            ),
            (
                self.by is By.GROUP and self.model is not Model.MCLP,
                f"« {self.model.value} » ne sait pas compter par groupe",
                "--by",
                "choisir le modèle mclp, ou compter par lieu",
            ),
            (self.p < 1, f"{self.p} lieu à choisir", "-p", "en demander au moins un"),
            (not self.group_size >= 1, f"groupe de {self.group_size:g} place", "--group-size", "au moins 1"),
            (self.groups_per_site < 1, f"{self.groups_per_site} groupe par lieu", "--groups-per-site", "au moins 1"),
            (not self.priority_bonus >= 0, "un bonus négatif", "--priority", "0 ou plus"),
            (self.priority_bonus > 0 and self.by is By.GROUP, "bonus et groupes", "--priority", "compter par lieu"),
            (
                self.priority_bonus > 0 and self.model is Model.LSCP,
                "bonus et modèle lscp",
                "--priority",
                "choisir mclp ou p-median",
            ),
            (
                self.unreachable_minutes is not None and not 0 < self.unreachable_minutes < float("inf"),
                f"hors de portée compté {self.unreachable_minutes or 0:g} minutes",
                "--unreachable",
                "donner un nombre de minutes positif, au moins celui du plus long trajet",
            ),
            (self.evening_minutes < 0, "une prolongation négative", "--evening", "0 ou plus, en minutes"),
        ):
            if wrong:
                raise OptionError(what, where=where, way_out=way_out)
