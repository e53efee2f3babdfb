"""Problems as pages of the finder: the same status, in the reader's language and in plain words, with a way on."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import Request, Response

from api.finder.pages import error_page
from api.problems import Problem
from geo_integration.messages import LANGUAGES, N_

_CODES = frozenset(language.code for language in LANGUAGES)
_GONE = (
    N_("Cette page n'existe pas"),
    N_("L'adresse est fausse, ou le cours n'est plus dans la liste."),
    N_("Retournez au début pour chercher un cours."),
)
_MANY = (
    N_("Trop de demandes"),
    N_("Beaucoup de demandes viennent de cette connexion en même temps."),
    N_("Attendez une minute, puis essayez encore."),
)
_LATE = (
    N_("Le service ne répond pas maintenant"),
    N_("Nous ne pouvons pas chercher de cours pour le moment. Cela ne veut pas dire qu'il n'y a pas de cours."),
    N_("Attendez un peu, puis essayez encore."),
)
_REFUSED = (
    N_("Cette demande n'est pas possible"),
    N_("Le service n'a pas compris la demande."),
    N_("Retournez au début pour chercher un cours."),
)
_BROKEN = (
    N_("Le service a un problème"),
    N_("Ce n'est pas votre faute. Cela ne veut pas dire qu'il n'y a pas de cours."),
    N_("Attendez un peu, puis essayez encore."),
)
_WORDS: Mapping[HTTPStatus, tuple[str, str, str]] = {
    HTTPStatus.NOT_FOUND: _GONE,
    HTTPStatus.TOO_MANY_REQUESTS: _MANY,
    HTTPStatus.SERVICE_UNAVAILABLE: _LATE,
}


def page_of_problem(request: Request, problem: Problem) -> Response | None:
    """Return the page of a problem met on an address of the finder; None where a program asks."""
    first, _, rest = request.url.path.removeprefix("/").partition("/")
    if not (first in _CODES or (first == "" and rest == "")):
        return None
    status = HTTPStatus(problem.status)
    broken = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    title, text, way_out = _WORDS.get(status, _BROKEN if broken else _REFUSED)
    return error_page(request, status, title, text, way_out)
