"""Put into the courses the defects that real LHEO files have; each is noted with the records that carry it."""

import random
from collections.abc import Callable, Iterator

from demo_model import MARK, Commune, Course, Defects, stream
from demo_places import kilometres

LHEO_FILE = "lheo_demo.xml"
_FORMER = (
    ("59298", "59260", "Hellemmes", "59350"),
    ("59355", "59160", "Lomme", "59350"),
    ("59540", "59430", "Saint-Pol-sur-Mer", "59183"),
    ("59248", "59430", "Fort-Mardyck", "59183"),
)
"""Associated communes: their own code and postcode, and the commune they belong to."""


def spoil_lheo(courses: list[Course], communes: dict[str, Commune], defects: Defects) -> set[str]:
    """Give defects to some courses; return the actions that the file repeats.

    The one alphabétisation course of a town that takes people is left alone: a defect must not decide
    what the map shows.
    """
    rng = stream("lheo-defects")
    fit = [c for c in courses if c.kind not in {"alphabetisation", "oepre"} and c.modality == "0"]
    rng.shuffle(fit)
    pool = iter(fit)
    _dates(pool, defects)
    _points(pool, defects, communes, rng)
    _communes(pool, courses, defects, communes, rng)
    _texts(pool, courses, defects, rng)
    _codes(pool, defects)
    _numbers(pool, defects)
    repeated = _take(pool, 4, "duplicate_action", defects, _say())
    return {course.action for course in repeated}


def _take(
    pool: Iterator[Course],
    count: int,
    defect: str,
    defects: Defects,
    change: Callable[[Course], dict[str, str | None]],
) -> list[Course]:
    """Take the next courses of the pool and have the file state something else about them."""
    taken = []
    for _ in range(count):
        course = next(pool)
        course.lheo |= change(course)
        defects.note(LHEO_FILE, defect, course.action)
        taken.append(course)
    return taken


def _say(**values: str | None) -> Callable[[Course], dict[str, str | None]]:
    """State the same thing whatever the course."""
    return lambda _: dict(values)


def _dates(pool: Iterator[Course], defects: Defects) -> None:
    for text in ("202560212", "20270231", "20261345", "00000000", "202560212", "20261301"):
        _take(pool, 1, "impossible_date", defects, _say(end=text))
    _take(pool, 4, "end_before_start", defects, lambda c: {"end": f"{c.sessions[0].start.year - 1}0630"})


def _points(pool: Iterator[Course], defects: Defects, communes: dict[str, Commune], rng: random.Random) -> None:
    _take(pool, 5, "other_hemisphere", defects, lambda c: {"latitude": f"-{c.place.latitude}"})
    _take(pool, 2, "far_away_point", defects, _say(latitude="21.57773", longitude="1.959829"))
    _take(
        pool,
        5,
        "swapped_coordinates",
        defects,
        lambda c: {"latitude": str(c.place.longitude), "longitude": str(c.place.latitude)},
    )
    _take(
        pool,
        4,
        "comma_decimals",
        defects,
        lambda c: {
            "latitude": str(c.place.latitude).replace(".", ","),
            "longitude": str(c.place.longitude).replace(".", ","),
        },
    )
    _take(pool, 6, "point_outside_commune", defects, lambda c: _elsewhere(c, communes, rng))
    _take(pool, 3, "empty_coordinates", defects, _say(latitude="", longitude=""))
    _take(pool, 2, "no_place", defects, _say(place=None))


def _elsewhere(course: Course, communes: dict[str, Commune], rng: random.Random) -> dict[str, str | None]:
    other = _neighbour(course.place.commune, communes, rng)
    return {"latitude": str(round(other.latitude, 6)), "longitude": str(round(other.longitude, 6))}


def _neighbour(commune: Commune, communes: dict[str, Commune], rng: random.Random) -> Commune:
    """Choose a commune 8 to 15 km away."""
    near = [other for other in communes.values() if 8 < kilometres(commune, other) < 15]  # noqa: PLR2004
    return rng.choice(near)


def _communes(
    pool: Iterator[Course], courses: list[Course], defects: Defects, communes: dict[str, Commune], rng: random.Random
) -> None:
    _take(
        pool,
        5,
        "insee_contradicts_postcode",
        defects,
        lambda c: {"insee": _neighbour(c.place.commune, communes, rng).code},
    )
    _take(pool, 14, "missing_insee", defects, _say(insee=None))
    _take(pool, 2, "unknown_insee", defects, _say(insee="59999"))
    for code, postcode, name, parent in _FORMER:
        hosts = [c for c in courses if c.place.commune.code == parent and not c.lheo and c.kind == "fle"]
        for course in hosts[:2]:
            course.lheo |= {"insee": code, "postcode": postcode, "town": name, "latitude": "", "longitude": ""}
            defects.note(LHEO_FILE, "former_commune_code", course.action)


def _texts(pool: Iterator[Course], courses: list[Course], defects: Defects, rng: random.Random) -> None:
    _take(pool, 1, "empty_title", defects, _say(title=""))
    _take(pool, 5, "cp1252_characters", defects, _cp1252)
    _take(pool, 12, "double_spaces", defects, _double_spaces)
    for course in courses:
        if "objective" not in course.lheo and rng.random() < 0.15:  # noqa: PLR2004 -- a share
            course.lheo |= {"objective": f"<p>{course.objective}<br /><br /></p>"}
            defects.note(LHEO_FILE, "html_in_text", course.action)


def _cp1252(course: Course) -> dict[str, str | None]:
    """Leave Windows apostrophes, dashes and ligatures in the text, as a file read in the wrong encoding has."""
    return {"content": f"{course.content} L\x92accueil \x96 8h30 \x85"}


def _double_spaces(course: Course) -> dict[str, str | None]:
    return {"title": f"{course.title.removesuffix(MARK).replace(' ', '  ')} {MARK}"}


def _codes(pool: Iterator[Course], defects: Defects) -> None:
    _take(pool, 3, "unknown_public_code", defects, _say(public="99999"))
    _take(pool, 2, "unknown_formacode", defects, _say(formacode="00000"))
    _take(pool, 2, "unknown_recruitment_state", defects, _say(state="9"))
    _take(pool, 3, "misplaced_element", defects, _say(misplaced="1"))


def _numbers(pool: Iterator[Course], defects: Defects) -> None:
    with_places = (course for course in pool if course.funders)
    _take(with_places, 3, "negative_places", defects, lambda c: {"funded": f"-{c.places}"})
    for _ in range(3):
        first, second = next(pool), next(pool)
        second.lheo |= {"action": first.action}
        defects.note(LHEO_FILE, "shared_action_number", f"{first.action} ({second.action})")
