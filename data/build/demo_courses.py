"""Make up the courses: one list, from which the three offer files are written."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from demo_model import CARIF, MARK, Commune, Course, Place, Provider, Session, stream
from demo_places import make_place, make_providers
from demo_recipes import Recipe
from demo_recipes_more import OTHER_KINDS, RECIPES, SCHEDULES
from demo_supply import ALPHABETISATION, offers_by_town

OPEN, CLOSED, SUSPENDED = "1", "2", "3"
_FIRST_SCHOOL = 800
"""Number of the organisation of the first OEPRE course: towns use fewer than that."""
_STATES = {"open": 74, "full": 12, "suspended": 4, "over": 8, "unstated": 2}
_CLOSED_ALPHABETISATION = {"02722": ("full", "suspended"), "59392": ("full", "suspended"), "02408": ("over",)}
_REGISTRATION = ("Information collective", "Sur rendez-vous", "Test de positionnement à l'entrée", "Par téléphone")


def make_courses(communes: dict[str, Commune], schools: list[Place]) -> list[Course]:
    """Return every course, in the order of communes; ``schools`` host an OEPRE course each."""
    rng = stream("courses")
    courses = [course for town in _towns(communes, rng) for course in town]
    for rank, school in enumerate(schools):
        courses.append(_oepre(school, len(courses), _FIRST_SCHOOL + rank, rng))
    return courses


def _towns(communes: dict[str, Commune], rng: random.Random) -> Iterator[list[Course]]:
    counts = offers_by_town(communes, rng)
    first, done = 1, 0
    for code, count in counts.items():
        wishes = _wishes(code, count, rng)
        providers = make_providers(communes[code], 1 + count // 4, first, rng)
        places = [make_place(communes[code], rng) for _ in range(1 + count // 3)]
        first += len(providers)
        yield [
            _course(kind, status, done + index, rng.choice(providers), rng.choice(places), rng)
            for index, (kind, status) in enumerate(wishes)
        ]
        done += len(wishes)


def _wishes(code: str, count: int, rng: random.Random) -> list[tuple[str, str]]:
    """Return kind and state of each course of a town."""
    alpha = ALPHABETISATION.get(code)
    wishes = []
    if alpha:
        closed = _CLOSED_ALPHABETISATION.get(code, ("full", "over"))
        wishes += [("alphabetisation", "open")] * alpha.open
        wishes += [("alphabetisation", closed[index % len(closed)]) for index in range(alpha.closed)]
    kinds = rng.choices(list(OTHER_KINDS), weights=list(OTHER_KINDS.values()), k=max(0, count - len(wishes)))
    states = rng.choices(list(_STATES), weights=list(_STATES.values()), k=len(kinds))
    return wishes + list(zip(kinds, states, strict=True))


def _oepre(school: Place, index: int, number: int, rng: random.Random) -> Course:
    provider = make_providers(school.commune, 1, number, rng)[0]
    return _course("oepre", "open", index, replace(provider, mobile=""), school, rng)


def _course(kind: str, status: str, index: int, provider: Provider, place: Place, rng: random.Random) -> Course:
    recipe = RECIPES[kind]
    formation, action, session = _numbers(index, rng)
    weekly = rng.choice(recipe.weekly_hours)
    permanent = kind not in {"certification", "cir", "oepre"} and rng.random() < 0.35  # noqa: PLR2004 -- a share
    programme, market, funders = rng.choice(recipe.financing)
    return Course(
        kind=kind,
        formation=formation,
        action=action,
        title=f"{fill(recipe, rng)} {MARK}",
        objective=rng.choice(recipe.objectives),
        results=rng.choice(recipe.results),
        content=rng.choice(recipe.contents),
        conditions=rng.choice(recipe.conditions),
        rhythm=_rhythm(weekly, rng),
        formacodes=rng.choice(recipe.formacodes),
        publics=rng.choice(recipe.publics),
        modality=_modality(kind, status, rng),
        permanent=permanent,
        programme=programme,
        market=market,
        funders=funders,
        places=rng.choice((8, 10, 12, 12, 14, 15, 16)),
        weekly_hours=weekly,
        total_hours=weekly * rng.choice((10, 20, 30)),
        updated=date(2026, 1, 12) + timedelta(days=rng.randrange(255)),
        provider=provider,
        place=place,
        sessions=_sessions(session, status, permanent=permanent, rng=rng),
    )


def fill(recipe: Recipe, rng: random.Random) -> str:
    """Write a title; an absent level leaves no hyphen or space behind it."""
    title = rng.choice(recipe.titles).format(level=rng.choice(recipe.levels), number=rng.randint(1, 4))
    return " ".join(title.replace("-  -", "-").replace("()", "").split()).removesuffix(" -")


def _numbers(index: int, rng: random.Random) -> tuple[str, str, str]:
    """Return formation, action and session numbers in one of the families that Carif-Oref use."""
    family = rng.choice(("letters", "letters", "se", "figures"))
    if family == "letters":
        session = f"{380000 + 7 * index}S"
        return f"{CARIF}_{2590000 + index}F", f"{CARIF}_{session}", session
    if family == "se":
        session = f"SE_{1330000 + 11 * index:010d}"
        return f"{CARIF}_AF_{19000 + index:010d}", f"{CARIF}_{session}", session
    return f"{CARIF}_{268000 + index}", f"{CARIF}_{1561000 + index:08d}", f"{574000 + 3 * index}"


def _rhythm(weekly: int, rng: random.Random) -> str:
    """Say when the course takes place; the days and hours add up to the weekly hours, where they are told."""
    if weekly not in SCHEDULES or rng.random() < 0.25:  # noqa: PLR2004 -- a share
        return rng.choice((f"{weekly}h par semaine", f"{weekly} heures/semaine", f"{weekly}h hebdo selon le groupe"))
    return f"{rng.choice(SCHEDULES[weekly])}, {weekly}h par semaine, hors vacances scolaires"


def _modality(kind: str, status: str, rng: random.Random) -> str:
    """Draw LHEO modalites-enseignement: 0 in a room, 1 mixed, 2 remote."""
    draw = rng.random()
    if kind in {"oepre", "asl"} or (kind == "alphabetisation" and status != "over"):
        return "0"
    return "2" if draw < 0.07 else "1" if draw < 0.15 else "0"  # noqa: PLR2004 -- shares


def _sessions(number: str, status: str, *, permanent: bool, rng: random.Random) -> list[Session]:
    count = rng.choices((1, 2, 3), weights=(88, 9, 3))[0]
    return [
        _session(number if index == 0 else _next(number, index), status, permanent=permanent, rng=rng)
        for index in range(count)
    ]


def _next(number: str, index: int) -> str:
    """Return the number of a further session: the figures plus one hundred thousand times its rank."""
    prefix, suffix = ("SE_", "") if number.startswith("SE_") else ("", "S" if number.endswith("S") else "")
    figures = number.removeprefix(prefix).removesuffix(suffix)
    return f"{prefix}{int(figures) + 100_000 * index:0{len(figures)}d}{suffix}"


def _session(number: str, status: str, *, permanent: bool, rng: random.Random) -> Session:
    start = date(2026, 9, 1) + timedelta(days=rng.choice((0, 6, 13, 20, 34, 48, 62, 76, 125)))
    end = date(2027, 6, 25) + timedelta(days=rng.randrange(18)) if permanent or rng.random() < 0.6 else None  # noqa: PLR2004
    end = end or start + timedelta(days=rng.choice((60, 82, 110, 180)))
    if status == "over":
        start, end = start - timedelta(days=365), min(end - timedelta(days=365), date(2026, 7, 10))
    registration = None
    if rng.random() < 0.6:  # noqa: PLR2004 -- a share
        registration = (start - timedelta(days=75), end if permanent or status == "open" else start)
    state = {"open": OPEN, "full": CLOSED, "suspended": SUSPENDED, "over": CLOSED, "unstated": ""}[status]
    return Session(number, start, end, state, registration, rng.choice(_REGISTRATION))
