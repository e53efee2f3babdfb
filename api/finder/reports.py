"""« C'est faux »: what somebody says is wrong about a course, without an account, kept for the référent.

Nothing that is sent is ever shown on a public page; nothing is kept of who sends it.
"""

from http import HTTPStatus
from threading import Lock
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from limits import RateLimitItemPerHour
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from api.finder.asked import Asked
from api.finder.needs import Choice
from api.finder.pages import SpeechDep, render
from api.limits import workers_of
from api.service import Service, ServiceDep
from geo_integration.errors import ForbiddenError, NotFoundError, UnavailableError
from geo_integration.ledger.reports import LONGEST_TEXT, Reason, storable
from geo_integration.messages import N_, Speech
from geo_integration.search.cards import Card
from geo_integration.settings import ServiceSettings

router = APIRouter(include_in_schema=False)

OfferId = Annotated[str, Query(alias="offer")]


CHOICES = (
    Choice(Reason.CLOSED.value, "cross", N_("Le cours n'existe plus")),
    Choice(Reason.FULL.value, "full", N_("Il n'y a plus de place")),
    Choice(Reason.PHONE.value, "phone", N_("Le téléphone ne répond pas, ou le numéro est faux")),
    Choice(Reason.PLACE.value, "pin", N_("Le cours n'est pas à cette adresse")),
    Choice(Reason.HOURS.value, "clock", N_("Les jours ou les heures sont faux")),
    Choice(Reason.LEVEL.value, "level", N_("Ce n'est pas le bon niveau")),
    Choice(Reason.REFUSED.value, "people", N_("Le cours n'a pas voulu m'inscrire")),
    Choice(Reason.OTHER.value, "question", N_("Autre chose")),
)
_REASONS = {one.value: one for one in Reason}

_NO_REASON = N_("Choisissez ce qui est faux.")
_TOO_LONG = N_("Votre message est trop long. Écrivez moins.")
_TOO_MANY = N_("Beaucoup de messages viennent de cette connexion. Essayez encore dans une heure.")
_NOT_KEPT = N_("Votre message n'est pas parti. Attendez un peu, puis essayez encore.")


class ReportRates:
    """How many reports one client may send, counted in the memory of this worker (as :mod:`api.limits` does)."""

    def __init__(self, per_hour: int, workers: int = 1) -> None:
        self._window = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._item = RateLimitItemPerHour(max(1, per_hour // workers), namespace="report") if per_hour else None

    def allows(self, client: str) -> bool:
        """Count a report; False past the limit."""
        return self._item is None or self._window.hit(self._item, client)


@router.get("/{lang:language}/signaler")
def report_form(lang: SpeechDep, request: Request, service: ServiceDep, offer: OfferId = "") -> Response:
    """Show the form about a course; NotFoundError where there is no such course."""
    return _form(request, lang, _card(service, offer))


@router.post("/{lang:language}/signaler")
def send_report(
    lang: SpeechDep,
    request: Request,
    service: ServiceDep,
    offer: OfferId = "",
    reason: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "",
    more: Annotated[str, Form()] = "",
) -> Response:
    """Keep a report, then lead to the thanks (303), so that a page loaded again sends nothing twice.

    ``more`` is a field people do not see: who fills it is a program, and is thanked for nothing.
    """
    refuse_other_sites(request, service.settings.base_url)
    card = _card(service, offer)
    if more:
        return _thanks(request, lang, offer)
    chosen = _REASONS.get(reason)
    if chosen is None:
        return _form(request, lang, card, HTTPStatus.UNPROCESSABLE_ENTITY, _NO_REASON, text=text)
    if len(storable(text)) > LONGEST_TEXT:
        return _form(request, lang, card, HTTPStatus.UNPROCESSABLE_ENTITY, _TOO_LONG, chosen, text)
    if not _rates(request, service.settings).allows(_client(request)):
        return _form(request, lang, card, HTTPStatus.TOO_MANY_REQUESTS, _TOO_MANY, chosen, text)
    departement = str(card["departement_code"] or "")
    try:
        service.ledger.reports.add(offer, departement, chosen, text, lang.language.code, now=service.clock())
    except UnavailableError:
        return _form(request, lang, card, HTTPStatus.SERVICE_UNAVAILABLE, _NOT_KEPT, chosen, text)
    return _thanks(request, lang, offer)


@router.get("/{lang:language}/signaler/merci")
def thanks(lang: SpeechDep, request: Request, service: ServiceDep, offer: OfferId = "") -> Response:
    """Thank, and lead back to the course or the list."""
    return render(
        request, lang, "sent.html", private=True, offer=offer if offer in service.finder.current().row else ""
    )


def refuse_other_sites(request: Request, base_url: str = "") -> None:
    """Refuse a form sent from a page of another site (ForbiddenError), where the browser tells.

    Our pages send no referrer, so a browser that knows no Sec-Fetch-Site says « Origin: null » of our own forms: that
    is let in. There is nothing to steal: no account, no cookie, and a limit for each client.

    Parameters
    ----------
    base_url : public address of the service, where a proxy changes the host.
    """
    fetched = request.headers.get("sec-fetch-site")
    if fetched is not None:
        ours = fetched in {"same-origin", "none"}
    else:
        origin = request.headers.get("origin", "null")
        hosts = {request.headers.get("host", "").lower(), _after_scheme(base_url).partition("/")[0]}
        ours = origin == "null" or _after_scheme(origin) in hosts - {""}
    if not ours:
        raise ForbiddenError("ce formulaire vient d'un autre site", way_out="le remplir sur la page du cours")


def _after_scheme(address: str) -> str:
    return address.partition("://")[2].lower()


def _form(
    request: Request,
    lang: Speech,
    card: Card,
    status: HTTPStatus = HTTPStatus.OK,
    wrong: str = "",
    chosen: Reason | None = None,
    text: str = "",
) -> Response:
    """Return the form, with what was filled in and what is wrong with it."""
    answer = render(
        request,
        lang,
        "report.html",
        status=status.value,
        private=bool(wrong) or Asked.of(request.query_params).typed,
        card=card,
        choices=CHOICES,
        chosen=chosen.value if chosen else "",
        wrong=wrong,
        about={_NO_REASON: "reason", _TOO_LONG: "text"}.get(wrong, ""),
        text=storable(text)[: 2 * LONGEST_TEXT],
        longest=LONGEST_TEXT,
        keep_days=_settings(request).report_keep_days,
    )
    if status is HTTPStatus.TOO_MANY_REQUESTS:
        answer.headers["Retry-After"] = "3600"
    return answer


def _thanks(request: Request, lang: Speech, offer: str) -> Response:
    """Lead to the thanks."""
    query = Asked.of(request.query_params).query(offer=offer)
    return RedirectResponse(
        f"/{lang.language.code}/signaler/merci{query}", HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"}
    )


def _card(service: Service, offer: str) -> Card:
    warm = service.finder.current()
    row = warm.row.get(offer)
    if row is None:
        raise NotFoundError("ce cours n'est pas, ou plus, dans la liste", where="offer", way_out="chercher de nouveau")
    return warm.cards[row]


def _settings(request: Request) -> ServiceSettings:
    service: Service = request.app.state.service
    return service.settings


_MAKING = Lock()


def _rates(request: Request, chosen: ServiceSettings) -> ReportRates:
    """Return the counters of this application, made at the first report."""
    state = request.app.state
    with _MAKING:
        if not hasattr(state, "report_rates"):
            state.report_rates = ReportRates(chosen.reports_per_hour, workers_of())
        rates: ReportRates = state.report_rates
    return rates


def _client(request: Request) -> str:
    """Return the key of who sends, as :class:`api.limits.LimitsMiddleware` made it: it is kept nowhere else."""
    return request.client.host if request.client else ""
