"""French codes and ways of writing: communes, postcodes, SIRET, UAI, coordinates, days and hours."""

import datetime as dt
import re

from geo_integration.sources.fields import BadValueError, Repaired, number, text
from geo_integration.sources.rows import Cell, normalise

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAY_NAMES = {
    name: day
    for day, names in zip(
        DAYS,
        (
            "lundi lundis lun lu l mo",
            "mardi mardis mar ma tu",
            "mercredi mercredis mer me we",
            "jeudi jeudis jeu je j th",
            "vendredi vendredis ven ve v fr",
            "samedi samedis sam sa s",
            "dimanche dimanches dim di d su",
        ),
        strict=True,
    )
    for name in names.split()
}
_EVERY_DAY = {"tous les jours": DAYS, "en semaine": DAYS[:5], "tous les jours ouvres": DAYS[:5]}

_LOST_ZERO = "zéro initial rétabli (perdu dans un tableur)"
_UAI_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_LA_POSTE = "356000000"
_SIRET_DIGITS = 14

_FRANCE = (
    # west, south, east, north, in degrees, with a margin of a few kilometres
    (-5.6, 41.2, 9.8, 51.3),  # metropolitan France
    (-63.3, 14.2, -60.6, 18.3),  # Antilles
    (-54.9, 1.9, -51.3, 6.0),  # Guyane
    (55.0, -21.6, 56.0, -20.7),  # La Réunion
    (44.8, -13.2, 45.5, -12.4),  # Mayotte
    (-56.7, 46.6, -56.0, 47.3),  # Saint-Pierre-et-Miquelon
    (-178.4, -14.6, -175.9, -13.0),  # Wallis-et-Futuna
    (-155.0, -28.0, -134.0, -7.5),  # Polynésie française
    (163.0, -23.0, 168.5, -19.0),  # Nouvelle-Calédonie
)


def commune_code(value: Cell) -> str | Repaired[str]:
    """Return a five-character INSEE code; 2041 becomes 02041: spreadsheets lose the first zero."""
    raw = text(value).upper().replace(" ", "").removesuffix(".0")
    if re.fullmatch(r"[1-9]\d{3}", raw):
        return Repaired("0" + raw, _LOST_ZERO)
    if re.fullmatch(r"(0[1-9]|[1-8]\d|9[0-578]|2[AB])\d{3}", raw):
        return raw
    raise BadValueError("code INSEE de commune illisible (5 caractères attendus)")


def postcode(value: Cell) -> str | Repaired[str]:
    """Return a five-digit postcode."""
    raw = re.sub(r"[\s.]", "", text(value).upper().removesuffix(".0")).removeprefix("F-")
    if re.fullmatch(r"[1-9]\d{3}", raw):
        return Repaired("0" + raw, _LOST_ZERO)
    if re.fullmatch(r"(0[1-9]|[1-8]\d|9[0-578])\d{3}", raw):
        return raw
    raise BadValueError("code postal illisible (5 chiffres attendus)")


def departement_code(value: Cell) -> str | Repaired[str]:
    """Return a département code: 02, 2A, 974."""
    raw = text(value).upper().removesuffix(".0")
    if re.fullmatch(r"[1-9]", raw):
        return Repaired("0" + raw, _LOST_ZERO)
    if re.fullmatch(r"0[1-9]|[1-8]\d|9[0-5]|2[AB]|97\d|98\d", raw):
        return raw
    raise BadValueError("code de département illisible")


def siret(value: Cell) -> str | Repaired[str]:
    """Return a 14-digit SIRET whose key is right (Luhn; for La Poste, digits that add up to a multiple of 5)."""
    raw = re.sub(r"[\s.\u00a0\u202f]", "", text(value).removesuffix(".0"))
    if not raw.isdecimal() or not raw.isascii():
        raise BadValueError("SIRET illisible (14 chiffres attendus)")
    padded = raw.zfill(_SIRET_DIGITS)
    if len(raw) not in {_SIRET_DIGITS - 1, _SIRET_DIGITS} or not _siret_key(padded):
        reason = "clé fausse" if len(raw) == _SIRET_DIGITS else "14 chiffres attendus"
        raise BadValueError(f"SIRET invalide : {reason}")
    return raw if raw == padded else Repaired(padded, _LOST_ZERO)


def _siret_key(digits: str) -> bool:
    doubled = (int(d) * (2 - i % 2) for i, d in enumerate(digits))
    if sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0:  # noqa: PLR2004 -- Luhn's own numbers
        return True
    return digits.startswith(_LA_POSTE) and sum(map(int, digits)) % 5 == 0


def uai(value: Cell) -> str | Repaired[str]:
    """Return a school's UAI code: seven digits and the letter they call for (remainder by 23)."""
    raw = re.sub(r"[\s.-]", "", text(value)).upper()
    found = re.fullmatch(r"(\d{6,7})([A-Z])", raw, re.ASCII)
    if not found:
        raise BadValueError("code UAI illisible (7 chiffres et une lettre attendus)")
    expected = _UAI_LETTERS[int(found[1]) % 23]
    if found[2] != expected:
        raise BadValueError(f"code UAI invalide : la lettre devrait être {expected}")
    padded = raw.zfill(8)
    return raw if raw == padded else Repaired(padded, _LOST_ZERO)


def coordinates(longitude: Cell, latitude: Cell) -> tuple[float, float] | Repaired[tuple[float, float]]:
    """Return longitude and latitude (WGS84 degrees) of a point in France; exchanged ones are put back."""
    lon, lat = number(longitude), number(latitude)
    if _in_france(lon, lat):
        return lon, lat
    if _in_france(lat, lon):
        return Repaired((lat, lon), "longitude et latitude étaient échangées : remises en ordre")
    if lon == 0 and lat == 0:
        raise BadValueError("coordonnées nulles")
    if abs(lon) > 180 or abs(lat) > 180:  # noqa: PLR2004 -- degrees
        raise BadValueError("coordonnées projetées (Lambert 93 ?) : longitude et latitude WGS84 attendues")
    raise BadValueError("point hors de France")


def _in_france(lon: float, lat: float) -> bool:
    return any(west <= lon <= east and south <= lat <= north for west, south, east, north in _FRANCE)


def time_of_day(value: Cell) -> str:
    """Return HH:MM from « 9h », « 9h30 », « 09:00 », a time, or the fraction of a day of a spreadsheet."""
    if isinstance(value, dt.datetime | dt.time):
        return f"{value.hour:02}:{value.minute:02}"
    if isinstance(value, float) and 0 < value < 1:
        minutes = round(value * 1440)
        return _clock(minutes // 60, minutes % 60)
    found = re.fullmatch(r"(\d{1,2})\s*(?:h|:|heures?)\s*(\d{2})?(?::\d{2})?", text(value).casefold().strip())
    if not found:
        raise BadValueError("heure illisible (attendu 9h30 ou 09:30)")
    return _clock(int(found[1]), int(found[2] or 0))


def _clock(hour: int, minute: int) -> str:
    if hour > 23 or minute > 59:  # noqa: PLR2004 -- a clock
        raise BadValueError(f"heure impossible : {hour}h{minute:02}")
    return f"{hour:02}:{minute:02}"


def time_range(value: Cell) -> tuple[str, str]:
    """Return start and end from « 9h-11h30 », « de 9h à 11h30 » or « 09:00-11:30 »."""
    clock = r"\d{1,2}\s*(?:h|:|heures?)\s*(?:\d{2})?"
    found = re.search(rf"({clock})\s*(?:-|–|à|a|/|>)\s*({clock})", text(value).casefold())  # noqa: RUF001 -- a dash people type
    if not found:
        raise BadValueError("horaires illisibles (attendu 9h-11h30)")
    start, end = time_of_day(found[1].strip()), time_of_day(found[2].strip())
    if end <= start:
        raise BadValueError("horaires impossibles : la fin précède le début")
    return start, end


def days(value: Cell) -> tuple[str, ...]:
    """Return days (mon … sun, in the week's order) from « lundi, mardi », « lun./jeu. », « du lundi au jeudi »."""
    raw = text(value)
    plain = normalise(raw)
    if plain in _EVERY_DAY:
        return _EVERY_DAY[plain]
    found: set[str] = set()
    ranged = re.sub(r"\s*[-–]\s*|\s+(?:au|a|à)\s+", "~", raw.casefold())  # noqa: RUF001 -- a dash people type
    for part in re.split(r"[\s,;/&+.]+", ranged):
        ends = [_DAY_NAMES.get(normalise(word)) for word in part.split("~") if word]
        known = [day for day in ends if day]
        if len(ends) == 2 and len(known) == 2:  # noqa: PLR2004 -- a range has two ends
            first, last = DAYS.index(known[0]), DAYS.index(known[1])
            found.update(DAYS[first : last + 1] if first <= last else (*DAYS[first:], *DAYS[: last + 1]))
        else:
            found.update(known)
    if not found:
        raise BadValueError("jours illisibles (attendu : lundi, mardi)")
    return tuple(day for day in DAYS if day in found)
