"""What is read in a source's own words, and what is not."""

import pytest

from geo_integration.coverage.fit.hours import half_days, judge_hours
from geo_integration.coverage.fit.texts import read_child_care, read_cost, read_youngest
from geo_integration.coverage.learner.profile import Free
from geo_integration.vocabulary import HalfDay

HOUR = 3600


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Gratuit", "fits"),
        ("Gratuit pour tous", "fits"),
        ("Formation gratuite pour les stagiaires", "fits"),
        ("Aucun frais", "fits"),
        ("Pas de frais d'inscription", "fits"),
        ("0 €", "fits"),
        ("Néant", "fits"),
        ("Intégralement prise en charge par la Région", "fits"),
        ("Aucun frais — 1200 € TTC", "fits"),  # LHEO: what is left to pay, then the full price of the action
        ("0 € TTC", "fits"),
        ("Formation non payante", "fits"),
        ("Rien à payer", "fits"),
        ("Aucune somme à la charge du stagiaire", "fits"),
        ("0 € à la charge du stagiaire", "fits"),
        ("Gratuit, aucun frais à payer", "fits"),
        ("Aucun paiement en ligne, frais de dossier à payer sur place", "does_not_fit"),
        ("150 €", "does_not_fit"),
        ("120 euros à la charge du candidat", "does_not_fit"),
        ("Payant", "does_not_fit"),
        ("Payant : 1 200,50 €", "does_not_fit"),
        ("Adhésion de 10€ par an", "does_not_fit"),
        ("Cours non gratuit", "does_not_fit"),
        ("1200 € TTC", "unknown"),  # the price, and nothing on who pays it
        ("Gratuit : adhésion de 5 €", "unknown"),
        ("Gratuit pour les demandeurs d'emploi", "unknown"),
        ("Gratuit sous conditions", "unknown"),
        ("Aucun frais pour les bénéficiaires du RSA", "unknown"),
        ("Prise en charge totale possible", "unknown"),
        ("Participation libre", "unknown"),
        ("Nous contacter", "unknown"),
    ],
)
def test_cost(text: str, verdict: str) -> None:
    assert read_cost(text)[0].value == verdict


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Femmes uniquement, non scolarisées. Garde d'enfants sur place.", "fits"),
        ("Une halte-garderie accueille les petits", "fits"),
        ("Crèche pendant les cours", "fits"),
        ("Les enfants sont accueillis", "fits"),
        ("Femmes primo-arrivantes ayant des problèmes de garde d'enfant, en priorité.", "unknown"),
        ("Femmes sans mode de garde", "unknown"),
        ("FLE à visée professionnelle - métiers de la crèche et de la garde d'enfants", "unknown"),
        ("Avoir un enfant scolarisé dans l'établissement", "unknown"),
        ("Sur rendez-vous", "unknown"),
        ("Pas de garde d'enfants", "does_not_fit"),
        ("Garde d'enfants : non", "does_not_fit"),
        ("Crèche non disponible", "does_not_fit"),
        ("Garde d'enfants : nous contacter", "unknown"),
        ("Les enfants ne sont pas acceptés pendant le cours", "does_not_fit"),
        ("Il faut avoir une solution de garde", "does_not_fit"),
    ],
)
def test_child_care(text: str, verdict: str) -> None:
    assert read_child_care(text).value == verdict


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("Personnes de nationalité étrangère en situation régulière, 16 ans et plus.", 16),
        ("Être âgé de plus de 18 ans", 18),
        ("À partir de 16 ans", 16),
        ("Avoir 18 ans", 18),
        ("Avoir plus de 18 ans", 18),
        ("Être majeur", 18),
        ("Jeunes de 16 à 25 ans suivis par la mission locale.", None),
        ("Difficultés majeures en lecture", None),
        ("En France depuis moins de cinq ans", None),
    ],
)
def test_youngest(text: str, age: int | None) -> None:
    assert read_youngest(text) == age


@pytest.mark.parametrize(
    ("start", "end", "halves"),
    [
        (9, 12, {HalfDay.MORNING}),
        (9, 13, {HalfDay.MORNING}),  # it ends when the afternoon begins
        (12.5, 13.5, {HalfDay.MORNING, HalfDay.AFTERNOON}),
        (13, 18, {HalfDay.AFTERNOON}),
        (17.5, 19, {HalfDay.AFTERNOON, HalfDay.EVENING}),
        (18, 20, {HalfDay.EVENING}),
        (9, 20, set(HalfDay)),
    ],
)
def test_half_days(start: float, end: float, halves: set[HalfDay]) -> None:
    assert half_days(int(start * HOUR), int(end * HOUR)) == halves


FREE: Free = frozenset({("mon", HalfDay.MORNING), ("tue", HalfDay.MORNING), ("tue", HalfDay.AFTERNOON)})


@pytest.mark.parametrize(
    ("days", "start", "end", "schedule", "verdict"),
    [
        ("mon;tue", "09:00", "12:00", None, "fits"),
        ("tue", "12:00", "14:00", None, "fits"),  # two half-days, both free
        ("mon", "12:00", "14:00", None, "does_not_fit"),  # one of them is not
        ("mon;wed", "09:00", "12:00", None, "does_not_fit"),  # every meeting counts
        ("mon", "09:00", None, None, "unknown"),
        ("mon", "14:00", None, None, "does_not_fit"),
        ("mon", None, None, None, "unknown"),
        ("sat", None, None, None, "does_not_fit"),  # no half of that day is free
        (None, "09:00", "12:00", None, "unknown"),
        (None, "18:30", "20:00", None, "does_not_fit"),  # free in the evening of no day
        ("mon", "12:00", "09:00", None, "unknown"),  # hours that cannot be are not hours
        (None, None, None, None, "unknown"),
        (None, None, None, "Lundi et mardi de 9h à 12h", "fits"),
        (None, None, None, "Lundi et jeudi de 9h à 12h", "does_not_fit"),
        (None, None, None, "Selon le groupe", "unknown"),
        ("mon", "09:00", "12:00", "Jeudi de 9h à 12h", "fits"),  # what is typed apart is believed first
    ],
)
def test_hours(days: str | None, start: str | None, end: str | None, schedule: str | None, verdict: str) -> None:
    assert judge_hours(FREE, days, start, end, schedule)[0].value == verdict
