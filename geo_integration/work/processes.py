"""What long work the service does: each process, what it is given, who may ask for it, and how it is run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import ValidationError

from geo_integration.disclosure import Viewer
from geo_integration.errors import ForbiddenError, NotFoundError, OptionError, SignInError
from geo_integration.vocabulary import ViewerRole
from geo_integration.work import inputs as given
from geo_integration.work import runs
from geo_integration.work.context import Context
from geo_integration.work.outputs import Produced
from geo_integration.work.questions import Inputs, Question

EVERYBODY = frozenset(ViewerRole)
PROFESSIONALS = EVERYBODY - {ViewerRole.PUBLIC}
ADMINISTRATORS = frozenset({ViewerRole.ADMINISTRATOR})


@dataclass(frozen=True)
class Process:
    """One kind of long work.

    Attributes
    ----------
    id : as in addresses.
    title, description : French.
    inputs : model of what it is given.
    run : does it; returns files in the folder of its context.
    roles : who may ask for it.
    """

    id: str
    title: str
    description: str
    inputs: type[Inputs]
    run: Callable[[Context, Any], list[Produced]]
    roles: frozenset[ViewerRole] = EVERYBODY

    def refuse_others(self, viewer: Viewer) -> None:
        """Raise SignInError or ForbiddenError where a viewer may not ask for it."""
        if viewer.role in self.roles:
            return
        if viewer.role is ViewerRole.PUBLIC:
            raise SignInError(
                f"« {self.title} » n'est pas ouvert au public", where=self.id, way_out="se connecter avec un compte"
            )
        raise ForbiddenError(
            f"« {self.title} » est réservé à l'administrateur", where=self.id, way_out="demander à l'administrateur"
        )

    def read(self, told: Mapping[str, Any]) -> Inputs:
        """Return inputs from JSON; OptionError names the first field that is wrong, the value and the way out."""
        try:
            return self.inputs.model_validate(dict(told))
        except ValidationError as error:
            raise refusal(error) from error


def find(process_id: str) -> Process:
    """Return a process; NotFoundError lists those there are."""
    if process_id not in PROCESSES:
        raise NotFoundError(
            f"aucun processus « {process_id[:60]} »", where="processes", way_out=f"choisir : {', '.join(PROCESSES)}"
        )
    return PROCESSES[process_id]


def prepare(process_id: str, told: Mapping[str, Any], *, viewer: Viewer, today: date) -> dict[str, Any]:
    """Check what somebody asks for, and return it as a task keeps it: whole, the day settled.

    Raises
    ------
    NotFoundError, SignInError, ForbiddenError
        No such process, or not for this viewer.
    OptionError, ProfileError, ScenarioRefusedError, UnknownTerritoryError
        What cannot be understood, or would open files of the server.
    """
    process = find(process_id)
    process.refuse_others(viewer)
    asked = process.read(told)
    if "as_of" in type(asked).model_fields and getattr(asked, "as_of") is None:  # noqa: B009 -- not all have it
        asked = asked.model_copy(update={"as_of": today})
    if isinstance(asked, Question):
        asked.request(viewer=viewer, today=today)
    if isinstance(asked, given.SiteInputs):
        asked.check()
    if isinstance(asked, given.ScenarioInputs):
        asked.check(viewer=viewer)
    return asked.model_dump(mode="json")


def refusal(error: ValidationError) -> OptionError:
    """Return what pydantic found first, in French."""
    problems = error.errors(include_url=False)
    first = problems[0]
    field = ".".join(str(part) for part in first["loc"]) or "inputs"
    what, way_out = _words(first["type"], dict(first.get("ctx", {})), first["msg"])
    more = f" (et {len(problems) - 1} autre(s) problème(s))" if len(problems) > 1 else ""
    value = "" if first["type"] in {"missing", "extra_forbidden"} else _shown(first["input"])
    return OptionError(f"{what}{value}{more}", where=field, way_out=way_out)


def _shown(value: object) -> str:
    text = str(value)
    return f" : « {text[:80]}{'…' if len(text) > 80 else ''} »"  # noqa: PLR2004 -- as much as a line holds


_FIXED = {
    "extra_forbidden": ("champ inconnu", "l'enlever, ou corriger son nom (voir la description du processus)"),
    "missing": ("champ absent", "le donner"),
}
_LIMITS = {"ge": "au moins", "gt": "plus de", "le": "au plus", "lt": "moins de"}
_LENGTHS = {"min_length": "au moins", "max_length": "au plus"}


def _words(kind: str, context: Mapping[str, Any], said: str) -> tuple[str, str]:
    """Return what is wrong and the way out."""
    if kind in _FIXED:
        return _FIXED[kind]
    if kind == "value_error":
        return "valeur refusée", said.removeprefix("Value error, ")
    if "expected" in context:
        return "valeur hors de la liste", f"valeurs acceptées : {context['expected']}".replace(" or ", ", ")
    limits = [f"{word} {context[name]:g}" for name, word in _LIMITS.items() if name in context]
    lengths = [f"{word} {context[name]} élément(s) ou signe(s)" for name, word in _LENGTHS.items() if name in context]
    if limits or lengths:
        return "hors des limites", f"donner {', '.join(limits or lengths)}"
    if "pattern" in context:
        return "valeur mal formée", f"forme attendue : {context['pattern']}"
    wanted = next((word for part, word in _TYPES if part in kind), "une valeur de cette sorte")
    return f"ce n'est pas {wanted}", f"donner {wanted}"


_TYPES = (
    ("int", "un nombre entier"),
    ("float", "un nombre"),
    ("finite", "un nombre fini"),
    ("date", "une date AAAA-MM-JJ"),
    ("bool", "true ou false"),
    ("string", "un texte"),
    ("tuple", "une liste"),
    ("dict", "un objet JSON"),
    ("model", "un objet JSON"),
)


def _described(*processes: Process) -> Mapping[str, Process]:
    return {one.id: one for one in processes}


PROCESSES: Mapping[str, Process] = _described(
    Process(
        "gaps",
        "Où manque-t-il un cours, et pourquoi",
        "Dit, commune par commune, si un cours adapté est à portée, et sinon pourquoi ; borne basse et borne haute.",
        given.GapsInputs,
        runs.gaps,
    ),
    Process(
        "fit",
        "Quels cours conviennent à une personne",
        "Compare chaque cours et chaque session à un profil, critère par critère ; aucun trajet n'est compté.",
        given.FitInputs,
        runs.fit,
    ),
    Process(
        "change",
        "Ce qui a changé",
        "Compare deux jours, ou deux versions des offres, commune par commune.",
        given.ChangeInputs,
        runs.change,
    ),
    Process(
        "calendar",
        "Quand peut-on commencer un cours",
        "Dit, mois par mois, où un cours peut être commencé, et quand commence le prochain.",
        given.CalendarInputs,
        runs.calendar,
    ),
    Process(
        "supply",
        "Heures de cours à portée, et besoin restant",
        "Compte les heures à portée par apprenant et par an, et qui reste une fois les places prises.",
        given.SupplyInputs,
        runs.supply,
    ),
    Process(
        "equity",
        "L'accès aux cours est-il équitable",
        "Mesure l'inégalité d'accès entre apprenants et trouve les groupes de communes mal desservies.",
        given.EquityInputs,
        runs.equity,
    ),
    Process(
        "site",
        "Où ouvrir les prochains cours",
        "Choisit les lieux qui couvrent le plus de besoin, et dit ce que chaque lieu de plus en couvre.",
        given.SiteInputs,
        runs.site,
    ),
    Process(
        "scenario",
        "Que changerait un scénario",
        "Rejoue un scénario (ouvrir, déplacer, fermer un lieu, changer les heures ou les places) et dit l'écart. "
        "Ouvrir une ligne (open_line) n'est possible qu'en ligne de commande.",
        given.ScenarioInputs,
        runs.scenario,
    ),
    Process(
        "housing",
        "Loger près de la langue",
        "Dit ce qui est à portée sans voiture de chaque commune, et classe les prochaines captations de logements.",
        given.HousingInputs,
        runs.housing,
        PROFESSIONALS,
    ),
    Process(
        "referencing",
        "Les actions financées sont-elles référencées",
        "Compare une liste d'actions financées (envoi de format « funded ») aux offres publiées.",
        given.ReferencingInputs,
        runs.referencing,
        ADMINISTRATORS,
    ),
    Process(
        "check-import",
        "Contrôler un fichier envoyé",
        "Lit le fichier et dit ce qui serait publié, rejeté, ajouté, modifié ou retiré ; rien n'est publié.",
        given.CheckInputs,
        runs.check_import,
        ADMINISTRATORS,
    ),
    Process(
        "publish-import",
        "Publier un fichier contrôlé",
        "Publie les mêmes octets que ceux contrôlés, et recalcule les couches qui joignent les sources.",
        given.PublishInputs,
        runs.publish_import,
        ADMINISTRATORS,
    ),
    Process(
        "publish-results",
        "Publier les résultats publics",
        "Recalcule la couverture publique par type de cours là où les données, le jour ou la méthode ont changé.",
        given.PublishResultsInputs,
        runs.publish_results,
        ADMINISTRATORS,
    ),
)
"""Every process, by its id."""
