"""Choose which courses the DIAN export and data·inclusion also hold, and how they word them."""

import random
from dataclasses import dataclass

from demo_model import CARIF, MARK, Course, stream

SHARED, NO_COMMON_ID, ONLY = "shared_id", "no_common_id", "only"

_REWORDINGS = (
    ("Français langue étrangère", "FLE"),
    ("FLE", "Français Langue Etrangère"),
    ("Alphabétisation", "Alphabetisation"),
    ("Cours d'alphabétisation", "Alphabétisation - cours"),
    ("Atelier sociolinguistique", "Atelier socio-linguistique"),
    ("Ateliers socio-linguistiques", "Ateliers sociolinguistiques"),
    ("niveau ", ""),
    (" - ", " : "),
    ("Cours de ", ""),
    ("Formation linguistique", "Formation linguistique"),
)


@dataclass(frozen=True)
class Copy:
    """A course as another source holds it."""

    course: Course
    title: str
    link: str
    action: str
    formation: str
    figures: int = 0
    """Figures of the session number, where they are not those of LHEO."""


def choose(name: str, courses: list[Course], own: list[Course], shares: tuple[int, int]) -> list[Copy]:
    """Return the copies of one source.

    Parameters
    ----------
    name : of the source; it has its own draw.
    courses : what LHEO holds.
    own : what only this source holds.
    shares : courses held under the same identifiers; then under others, with another wording.
    """
    rng = stream(name)
    known = [course for course in courses if course.kind != "trainers"]
    drawn = rng.sample(known, sum(shares))
    same, reworded = drawn[: shares[0]], drawn[shares[0] :]
    copies = [Copy(course, course.title, SHARED, course.action, course.formation) for course in same]
    for index, course in enumerate(reworded):
        figures = 7_000_000 + 13 * index + len(name)
        formation = f"{CARIF}_{6_500_000 + index}F"
        copies.append(Copy(course, reword(course.title, rng), NO_COMMON_ID, f"{CARIF}_{figures}S", formation, figures))
    copies += [Copy(course, course.title, ONLY, course.action, course.formation) for course in own]
    return sorted(copies, key=lambda copy: (copy.course.place.commune.code, copy.action))


def reword(title: str, rng: random.Random) -> str:
    """Say a title slightly otherwise, as a second typist would; the mark stays."""
    words = title.removesuffix(MARK).strip()
    usable = [(old, new) for old, new in _REWORDINGS if old in words]
    if usable:
        old, new = rng.choice(usable)
        words = words.replace(old, new, 1)
    else:
        words = rng.choice((words.upper(), f"{words}.", words.replace("'", " ")))
    return f"{' '.join(words.split())} {MARK}"
