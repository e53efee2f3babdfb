"""Printed documents: the card of a course (A5) and the list to pin on a wall (A4), as PDF/UA-1 through typst.

Words come in, in the reader's language; nothing is looked up or translated here.
"""

from geo_integration.cards.press import Press
from geo_integration.cards.shapes import CourseCard, Face, Line, Wall, WallCourse, WallGroup
from geo_integration.cards.typeset import course_pdf, course_pictures, wall_pdf, wall_pictures

__all__ = [
    "CourseCard",
    "Face",
    "Line",
    "Press",
    "Wall",
    "WallCourse",
    "WallGroup",
    "course_pdf",
    "course_pictures",
    "wall_pdf",
    "wall_pictures",
]
