"""What each process is given, as JSON."""

import json
from datetime import date
from typing import Annotated, Any, Self

from pydantic import Field, PlainSerializer, PlainValidator, model_validator

from geo_integration import territories
from geo_integration.coverage.clusters import Neighbours
from geo_integration.coverage.residual import Order
from geo_integration.coverage.scenario.actions import OpenLine
from geo_integration.coverage.scenario.model import Scenario, parse_scenario, place_of
from geo_integration.coverage.siting.candidates import slots_of
from geo_integration.disclosure import Viewer
from geo_integration.errors import OptionError, ScenarioRefusedError
from geo_integration.jobs.equity import GROUPS, SEED
from geo_integration.jobs.networks import OSRM_NETWORK
from geo_integration.jobs.scenario_question import request_of
from geo_integration.jobs.site_options import By, CandidateSource, Model
from geo_integration.vocabulary import Kind, Mode, TerritoryLevel
from geo_integration.work.questions import Answered, Hour, Inputs, Question

MOST_PLACES = 5_000
"""Places one may list for siting."""

type UploadId = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        description="Identifiant de l'envoi.",
        examples=["0b8ef1a6-3f63-4c33-9a5c-6d9f0f2f6f11"],
    ),
]
type Decayed = Annotated[
    str,
    Field(
        pattern=r"^(slow|quick|binary|linear|gaussian|exponential)$",
        description="Décroissance avec le trajet : slow, quick, binary, linear, gaussian ou exponential.",
    ),
]
type Catchment = Annotated[
    float | None,
    Field(
        ge=1,
        le=600,
        allow_inf_nan=False,
        description="Bassin, en minutes : au-delà, un cours ne compte pas ; minutes par défaut.",
    ),
]


class GapsInputs(Question):
    """Where courses are missing, and why."""


class FitInputs(Question):
    """Which courses fit a person; nothing is travelled."""


class ChangeInputs(Question):
    """Two days, or two versions of the offers."""

    since: Annotated[date | None, Field(description="Un jour : mêmes données, autre jour.")] = None
    since_version: Annotated[
        str | None,
        Field(
            pattern=r"^(previous|-[1-9]\d{0,3}|[0-9a-f]{4,16})$",
            description="Une version des offres (« previous », -1, identifiant) : autres cours.",
        ),
    ] = None
    to: Annotated[
        str | None,
        Field(
            pattern=r"^(\d{4}-\d\d-\d\d|current|previous|-[1-9]\d{0,3}|[0-9a-f]{4,16})$",
            description="Le second jour, ou la seconde version des offres ; ceux de maintenant sinon.",
        ),
    ] = None
    as_published: Annotated[bool, Field(description="Avec since : les données telles que publiées à chaque jour.")] = (
        False
    )


class CalendarInputs(Question):
    """When a course can be begun."""

    months: Annotated[int, Field(ge=1, le=36, description="Nombre de mois, celui de as_of compris.")] = 12


class SupplyInputs(Question):
    """Hours within reach of each learner."""

    decay: Decayed = "slow"
    catchment: Catchment = None
    order: Annotated[Order, Field(description="Lieu rempli le premier, pour le besoin restant.")] = (
        Order.LARGEST_CAPACITY
    )


class EquityInputs(Question):
    """How unequal access is."""

    decay: Decayed = "slow"
    catchment: Catchment = None
    by: Annotated[TerritoryLevel, Field(description="Territoires entre lesquels l'écart est partagé.")] = (
        TerritoryLevel.EPCI
    )
    neighbours: Annotated[Neighbours, Field(description="Ce que sont des communes voisines.")] = Neighbours.TOUCHING
    seed: Annotated[int, Field(ge=0, le=2**32 - 1, description="Graine des tirages.")] = SEED

    @model_validator(mode="after")
    def _known_groups(self) -> Self:
        if self.by not in GROUPS:
            raise ValueError(f"valeurs acceptées : {', '.join(level.value for level in GROUPS)}")
        return self


class Place(Inputs):
    """A place where a course could open."""

    name: Annotated[str, Field(min_length=1, max_length=200, description="Nom du lieu.")]
    commune_code: Annotated[str | None, Field(pattern=r"^\d[\dAB]\d{3}$", description="Code INSEE.")] = None
    lon: Annotated[float | None, Field(ge=-180, le=180, description="Longitude, degrés WGS84.")] = None
    lat: Annotated[float | None, Field(ge=-90, le=90, description="Latitude, degrés WGS84.")] = None
    capacity: Annotated[int | None, Field(ge=1, le=10_000, description="Apprenants.")] = None
    days: Annotated[tuple[str, ...], Field(max_length=7, description="Jours, ex. mon, lundi.")] = ()
    start: Annotated[Hour | None, Field(description="Début du cours, HH:MM.")] = None
    end: Annotated[Hour | None, Field(description="Fin du cours, HH:MM.")] = None
    kind: Annotated[Kind | None, Field(description="Type de cours prévu.")] = None

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if (self.lon is None) != (self.lat is None) or (self.lon is None and self.commune_code is None):
            raise ValueError("donner commune_code, ou lon et lat")
        return self


class SiteInputs(Question):
    """Where to open the next courses."""

    count: Annotated[int, Field(ge=1, le=200, description="Nombre de lieux ou de groupes à ouvrir.")] = 1
    model: Annotated[Model, Field(description="Ce qu'est le meilleur choix.")] = Model.MCLP
    by: Annotated[By, Field(description="Par lieu, ou par groupe de taille limitée.")] = By.SITE
    candidates: Annotated[
        tuple[CandidateSource, ...] | None,
        Field(max_length=3, description="D'où viennent les lieux ; schools, ou list si places est donné."),
    ] = None
    places: Annotated[
        tuple[Place, ...] | None,
        Field(min_length=1, max_length=MOST_PLACES, description="Lieux possibles, pour candidates = list."),
    ] = None
    group_size: Annotated[float, Field(ge=1, le=1_000, description="Apprenants par groupe.")] = 12
    groups_per_site: Annotated[int, Field(ge=1, le=100, description="Groupes au plus en un lieu aux mêmes heures.")] = 1
    priority: Annotated[float, Field(ge=0, le=1e6, description="Apprenants que vaut un lieu OEPRE, REP+ ou REP.")] = 0
    hours: Annotated[
        str | None,
        Field(
            max_length=500,
            description="Horaires des nouveaux cours (transit).",
            examples=["tue 09:00-11:30;thu 18:30-20:30"],
        ),
    ] = None
    unreachable: Annotated[
        float | None,
        Field(ge=1, le=10_000, description="Minutes que compte un apprenant hors de portée (p-median)."),
    ] = None
    evening: Annotated[
        int, Field(ge=0, le=240, description="Minutes de service du soir en plus (transit), en alternative.")
    ] = 60
    seconds: Annotated[
        float, Field(ge=0, le=600, description="Temps de recherche ; au-delà, l'écart au mieux est dit.")
    ] = 60

    @property
    def sources(self) -> tuple[CandidateSource, ...]:
        """Return where candidates come from: what is said, else the list, else the schools."""
        if self.candidates:
            return tuple(dict.fromkeys(self.candidates))
        return (CandidateSource.SCHOOLS if self.places is None else CandidateSource.LIST,)

    def check(self) -> None:
        """Refuse a list announced and not given, or given and not announced; hours that are none (OptionError)."""
        if (CandidateSource.LIST in self.sources) != (self.places is not None):
            raise OptionError(
                "une liste de lieux annoncée sans places, ou des places sans « list »",
                where="candidates, places",
                way_out="donner les deux, ou aucun des deux",
            )
        if self.hours:
            slots_of(self.hours)


def _document(given: Any) -> Scenario:  # noqa: ANN401 -- any JSON
    """Read a scenario as its file is read; ScenarioRefusedError says where it is wrong."""
    return given if isinstance(given, Scenario) else parse_scenario(json.dumps(given, default=str))


type Document = Annotated[
    Scenario,
    PlainValidator(_document, json_schema_input_type=Scenario),
    PlainSerializer(lambda read: json.loads(read.to_json()), return_type=dict[str, Any]),
    Field(description="Le document de scénario, tel que le fichier (docs/methods.md)."),
]


class ScenarioInputs(Answered):
    """What a scenario would change."""

    scenario: Document
    full: Annotated[bool, Field(description="Tout recalculer, au lieu d'une recherche par lieu.")] = False

    def check(self, *, viewer: Viewer) -> None:
        """Refuse what would open files of the server (ScenarioRefusedError, OptionError), and what makes no sense."""
        for number, action in enumerate(self.scenario.actions, start=1):
            if isinstance(action, OpenLine):
                raise ScenarioRefusedError(
                    "ouvrir une ligne demande un fichier GTFS, que le service ne lit pas",
                    where=place_of("scénario", number=number, action=action.action, field="gtfs"),
                    way_out="rejouer ce scénario avec la ligne de commande : geo-integration scenario FICHIER",
                )
        question = self.scenario.question
        for field, names in (("network", [question.network]), ("feeds", list(question.feeds or ()))):
            for name in names:
                if name is not None and not (name == OSRM_NETWORK or _plain(name)):
                    raise OptionError(
                        f"« {name[:80]} » n'est pas un nom",
                        where=f"scenario.question.{field}",
                        way_out="donner un nom chargé sur ce serveur, sans chemin",
                    )
        territories.select(question.territory)
        request_of(self.scenario, viewer=viewer)


def _plain(name: str) -> bool:
    return 0 < len(name) <= 60 and all(sign.isalnum() or sign in "_-" for sign in name)  # noqa: PLR2004 -- as Name


class HousingInputs(Question):
    """What is in reach without a car, before housing somebody."""

    modes: Annotated[
        tuple[Mode, ...] | None,
        Field(min_length=1, max_length=4, description="Modes à examiner (foot, bike, transit, car) ; tous par défaut."),
    ] = None


class ReferencingInputs(Answered):
    """Whether funded actions are on the national map of courses."""

    upload: UploadId
    months: Annotated[
        float, Field(gt=0, le=1_200, description="Une offre non mise à jour depuis plus longtemps est ancienne.")
    ] = 12
    territory: Annotated[
        str | None, Field(min_length=1, max_length=2000, description="Seulement les actions de ce territoire.")
    ] = None
    as_of: Annotated[date | None, Field(description="Jour auquel les offres sont regardées.")] = None


class CheckInputs(Inputs):
    """A file to look at, without publishing anything."""

    upload: UploadId


class PublishInputs(Inputs):
    """A file that was checked, to publish."""

    upload: UploadId


class PublishResultsInputs(Inputs):
    """The public results, computed again."""

    as_of: Annotated[date | None, Field(description="Jour auquel les offres sont regardées.")] = None
