"""What a printed document says: plain values, hashable, so that the same words give the same bytes once."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo_integration.messages import Language


@dataclass(frozen=True)
class Line:
    """One line of a card: a pictogram and its words.

    Attributes
    ----------
    icon : symbol of ``static/finder/icons.svg``; none is drawn for a name the sheet does not have.
    text : what is said.
    big : in larger, bold letters.
    foreign : text of a source: French, whatever the language of the face.
    label : what the pictogram says, for who cannot see it ("Adresse").
    small : in smaller letters (an itinerary).
    alarm : framed: what would leave somebody stranded.
    head : in bold before the text ("Aller").
    """

    icon: str
    text: str
    big: bool = False
    foreign: bool = False
    label: str = ""
    small: bool = False
    alarm: bool = False
    head: str = ""


@dataclass(frozen=True)
class Face:
    """One page of a card, in one language.

    Attributes
    ----------
    language : of the page.
    title : heading of the page, in its language.
    lines : what follows the large time, most needed first: the last ones are cut where a page cannot hold them.
    foot : freshness and sources, in small letters.
    name : title of the course as its source gives it (French), under the heading; empty where the heading says it.
    icon : pictogram of the kind of course, beside the heading.
    kind : what that pictogram says.
    time : the large time in this language, one session per line; that of the card where empty.
    time_label, phone_label : what the pictograms of a clock and a telephone say.
    no_phone : said in place of a number that is not known.
    scan : what to do with the QR code.
    synthetic, printed : as in the card, in this language.
    """

    language: "Language"
    title: str
    lines: tuple[Line, ...]
    foot: str
    name: str = ""
    icon: str = ""
    kind: str = ""
    time: str = ""
    time_label: str = ""
    phone_label: str = ""
    no_phone: str = ""
    scan: str = ""
    synthetic: str | None = None
    printed: str = ""


@dataclass(frozen=True)
class CourseCard:
    """One course to print or send: a page per face.

    Attributes
    ----------
    faces : the reader's language, then French; French only for who reads it.
    time : the large time of faces that have none of their own, one session per line.
    phone : as it is dialled in France, or None.
    link : address of the course's page, in the QR code.
    synthetic : banner of made-up data, or None.
    printed : "Imprimé le …".
    day : day the document says it was made: the same words on the same day are the same bytes.
    tel : ``tel:`` address of the phone, for who receives the file on a telephone.
    """

    faces: tuple[Face, ...]
    time: str
    phone: str | None
    link: str
    synthetic: str | None
    printed: str
    day: date
    tel: str | None = None


@dataclass(frozen=True)
class WallCourse:
    """One course of a list: French title, and the rest in the language of the list.

    Attributes
    ----------
    lines : under the time. aside : under the telephone.
    """

    name: str
    lines: tuple[Line, ...]
    aside: tuple[Line, ...]
    time: str
    phone: str | None
    tel: str | None = None
    no_phone: str = ""


@dataclass(frozen=True)
class WallGroup:
    """Courses of one kind, under its pictogram."""

    title: str
    icon: str
    courses: tuple[WallCourse, ...]


@dataclass(frozen=True)
class Wall:
    """Every open course of a commune, to pin on a wall.

    Attributes
    ----------
    language : of the list.
    title : heading ("Cours de français à …").
    subtitle : how many courses, on which day.
    groups : courses by kind.
    empty : said in place of the list where no course is known; never an empty page.
    notice : what must be known before trusting the list ("no source covers this area"); empty where nothing must.
    link, scan : address of the commune's page, in the QR code, and what to do with it.
    time_label, phone_label : what the pictograms of a clock and a telephone say.
    foot : freshness and sources.
    synthetic, printed, day : as in :class:`CourseCard`.
    """

    language: "Language"
    title: str
    subtitle: str
    groups: tuple[WallGroup, ...]
    empty: str
    notice: str
    link: str
    scan: str
    time_label: str
    phone_label: str
    foot: str
    synthetic: str | None
    printed: str
    day: date
