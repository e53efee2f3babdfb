"""Turn one formation of an LHEO feed into raw offers: one per action and place, with its sessions."""

from collections.abc import Iterator

from geo_integration.sources.lheo_node import Node
from geo_integration.sources.lheo_place import place_of, written_address
from geo_integration.sources.lheo_tables import ENTRY_MODES, FUNDERS, MODALITIES, RECRUITMENTS
from geo_integration.sources.lheo_values import (
    read_code,
    read_date,
    read_hours,
    read_places,
    read_siret,
    read_weekly_hours,
)
from geo_integration.sources.records import RawOffer, RawSession
from geo_integration.vocabulary import EntryMode, Modality, Recruitment

_DAY = slice(0, 8)


def offers_of(formation: Node) -> Iterator[RawOffer]:
    """Give the offers of a formation; one without a title or an action is rejected and logged."""
    if not formation.text("intitule-formation"):
        formation.reject(formation.attribute("numero"), "formation sans intitulé")
        return
    actions = list(formation.all("action"))
    if not actions:
        formation.reject(formation.attribute("numero"), "formation sans action : ni lieu ni session")
    for action in actions:
        yield from _offers_of_action(formation, action)


def _offers_of_action(formation: Node, action: Node) -> Iterator[RawOffer]:
    places = list(action.all("lieu-de-formation"))
    stem = action.attribute("numero") or formation.attribute("numero")
    if not stem:
        stem = f"formation-{formation.index}"
        action.repair("", f"ni numéro d'action ni numéro de formation : identifiée par son rang « {stem} »")
    sessions = _sessions(action, stem, alone=len(places) < 2)  # noqa: PLR2004 -- one place or none
    for rank, place in enumerate(places or [None], start=1):
        offer = _offer(formation, action)
        offer.alternate_ids = _alternate_ids(formation, action, stem)
        offer.record_id = f"{stem}-L{rank}" if len(places) > 1 else stem
        offer.sessions = sessions
        if place is not None:
            place_of(place, offer)
        elif offer.modality is not Modality.REMOTE:
            action.drop("", "aucun lieu de formation alors que la formation n'est pas à distance")
        yield offer


def _offer(formation: Node, action: Node) -> RawOffer:
    """Return what an action states, whatever its place."""
    offer = RawOffer(record_id="", where=action.where, title=formation.text("intitule-formation") or "")
    offer.objective = formation.text("objectif-formation")
    offer.content = formation.text("contenu-formation")
    offer.results = formation.text("resultats-attendus")
    offer.conditions = action.text("conditions-specifiques")
    offer.rhythm = _joined(action.text("rythme-formation"), action.text("duree-indicative"))
    offer.formacodes = _codes(formation, "domaine-formation/code-FORMACODE")
    specific = "organisme-financeur/extras/extra"
    offer.public_codes = _codes(action, "code-public-vise", f"{specific}[@info='code-public-vise']")
    offer.public_texts = tuple(action.texts("info-public-vise"))
    offer.programme = _joined(*action.texts(f"{specific}[@info='programme-financeur']"))
    offer.market_reference = _joined(*action.texts(f"{specific}[@info='ref-action-marche-financeur']"))
    offer.funders = tuple(dict.fromkeys(_funder(node) for node in action.all("organisme-financeur/code-financeur")))
    offer.modality = action.coded(MODALITIES, "modalites-enseignement") or Modality.UNKNOWN
    _provider(offer, formation, action)
    _how_to_come(offer, formation, action)
    return offer


def _provider(offer: RawOffer, formation: Node, action: Node) -> None:
    responsible = "organisme-formation-responsable"
    offer.provider_name = action.text("organisme-formateur/raison-sociale-formateur") or formation.text(
        f"{responsible}/nom-organisme", f"{responsible}/raison-sociale"
    )
    offer.provider_siret = action.take(read_siret, "organisme-formateur/SIRET-formateur/SIRET") or formation.take(
        read_siret, f"{responsible}/SIRET-organisme-formation/SIRET"
    )


def _how_to_come(offer: RawOffer, formation: Node, action: Node) -> None:
    contacts = [
        *action.all("session/contact-session/coordonnees"),
        *formation.all("contact-formation/coordonnees"),
        *action.all("organisme-formateur/contact-formateur/coordonnees"),
        *formation.all("organisme-formation-responsable/contact-organisme/coordonnees"),
    ]
    offer.phone = next((t for c in contacts if (t := c.text("telfixe/numtel", "portable/numtel"))), None)
    offer.email = next((t for c in contacts if (t := c.text("courriel"))), None)
    offer.url = action.text("session/url-session/urlweb", "url-action/urlweb") or formation.text("url-formation/urlweb")
    price = action.text("prix-total-TTC")
    offer.cost_text = _joined(
        action.text("frais-restants"),
        f"{price} € TTC" if price else None,
        action.text("detail-conditions-prise-en-charge"),
    )
    desks = [written_address(node) for node in action.all("session/adresse-inscription/adresse")]
    offer.registration = _joined(
        *action.texts("session/modalites-inscription"),
        action.text("modalites-recrutement"),
        *(f"Inscription : {desk}" for desk in dict.fromkeys(desks) if desk),
    )
    updated = (read_update for node in (action, formation) if (read_update := _updated_on(node)))
    offer.updated_on = next(updated, None)


def _updated_on(node: Node) -> str | None:
    stated = node.attribute("datemaj") or node.attribute("horodatage-modification").replace("-", "")
    if not stated:
        return None
    try:
        return read_date(stated[_DAY])
    except ValueError as error:
        node.drop(stated, f"date de mise à jour : {error}")
        return None


def _alternate_ids(formation: Node, action: Node, stem: str) -> tuple[str, ...]:
    """Return the other numbers that name this very action at this place, and no other one."""
    alone = len(list(action.all("lieu-de-formation"))) < 2  # noqa: PLR2004 -- one place or none
    numbers = [s.attribute("numero") for s in action.all("session")] if alone else []
    if alone and len(list(formation.all("action"))) == 1:
        page = formation.attribute("href").rstrip("/").rpartition("/")[2]
        numbers = [formation.attribute("numero"), *numbers, page]
    return tuple(number for number in dict.fromkeys(numbers) if number and number != stem)


def _codes(node: Node, *paths: str) -> tuple[str, ...]:
    """Return FORMACODE codes with their edition, each once: ``V14:15235``."""
    found = []
    for path in paths:
        for one in node.all(path):
            if code := one.read(read_code):
                edition = one.attribute("ref").upper().removeprefix("V")
                found.append(f"{f'V{edition}' if edition else ''}:{code}")
    return tuple(dict.fromkeys(found))


def _funder(node: Node) -> str:
    code = node.raw
    if code not in FUNDERS:
        node.repair(code, "code financeur inconnu du dictionnaire LHEO : gardé tel quel")
        return f"code {code}"
    return FUNDERS[code]


def _sessions(action: Node, stem: str, *, alone: bool) -> list[RawSession]:
    """Return the sessions of an action; ``alone`` when it is held at one place."""
    nodes = list(action.all("session"))
    if not nodes:
        action.drop("", "aucune session : dates et recrutement inconnus")
    places = _places_funded(action)
    if places is not None and not (alone and len(nodes) == 1):
        action.drop(places, "places financées pour l'action entière : non réparties entre ses sessions et ses lieux")
        places = None
    rhythm = _joined(action.text("rythme-formation"), action.text("duree-indicative"))
    total = action.take(read_hours, "nombre-heures-total", "nombre-heures-centre")
    weekly = read_weekly_hours(rhythm)
    entry_mode = action.coded(ENTRY_MODES, "modalites-entrees-sorties") or EntryMode.UNKNOWN
    sessions: dict[str, RawSession] = {}
    for rank, node in enumerate(nodes, start=1):
        session = RawSession(_free(node.attribute("numero") or f"{stem}-S{rank}", sessions))
        session.start_date, session.end_date = _period(node, "periode")
        session.registration_start, session.registration_end = _period(node, "periode-inscription/periode")
        session.recruitment = node.coded(RECRUITMENTS, "etat-recrutement") or Recruitment.UNKNOWN
        session.entry_mode, session.places_funded = entry_mode, places
        session.total_hours, session.weekly_hours, session.schedule_text = total, weekly, rhythm
        sessions[session.record_id] = session
    return list(sessions.values())


def _free(record_id: str, taken: dict[str, RawSession]) -> str:
    """Return an identifier no other session of the action has."""
    rank, free = 2, record_id
    while free in taken:
        rank, free = rank + 1, f"{record_id}-{rank}"
    return free


def _places_funded(action: Node) -> int | None:
    """Return the places of an action: the most that one funder states, as funders often share the same places."""
    stated = [node.read(read_places) for node in action.all("organisme-financeur/nb-places-financees")]
    return max((places for places in stated if places is not None), default=None)


def _period(session: Node, path: str) -> tuple[str | None, str | None]:
    """Return the first and last day of a period; a last day before the first is dropped."""
    start, end = session.take(read_date, f"{path}/debut"), session.take(read_date, f"{path}/fin")
    if start and end and end < start:
        node = session.first(f"{path}/fin") or session
        node.drop(end, f"fin antérieure au début ({start})")
        end = None
    return start, end


def _joined(*texts: str | None) -> str | None:
    return " — ".join(dict.fromkeys(text for text in texts if text)) or None
