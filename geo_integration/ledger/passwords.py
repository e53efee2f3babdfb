"""Which names and passwords are accepted, and how a password becomes bytes."""

import re
import unicodedata
from typing import Final

from geo_integration.errors import OptionError

NAME: Final = r"^[a-z0-9._-]{2,64}$"
_NAME: Final = re.compile(NAME)
SHORTEST: Final = 12
LONGEST: Final = 1024
_FEWEST_DISTINCT: Final = 5
_ABSURD: Final = frozenset(
    {
        "123456789012",
        "1234567890123",
        "12345678901234",
        "0123456789ab",
        "abcdefghijkl",
        "azertyuiop12",
        "azertyuiop123",
        "azertyuiopqs",
        "azertyuiopqsdf",
        "qwertyuiop12",
        "qwertyuiop123",
        "qwertyuiopas",
        "motdepasse12",
        "motdepasse123",
        "motdepasse1234",
        "monmotdepasse",
        "password1234",
        "password12345",
        "administrateur",
        "administrator",
        "changezmoi12",
        "geointegration",
        "geo-integration",
        "geo_integration",
        "correct horse battery staple",
        "correcthorsebatterystaple",
    }
)


def is_name(text: str) -> bool:
    """Say whether a text may be the name of an account."""
    return _NAME.fullmatch(text) is not None


def check_name(name: str) -> None:
    """Refuse what cannot name an account (OptionError)."""
    if not is_name(name):
        raise OptionError(
            "nom de compte refusé", where="name", way_out="2 à 64 caractères : minuscules, chiffres, point, tiret, _"
        )


def check_password(password: str, *, name: str) -> None:
    """Refuse a password that is short, absurd or the name of its account (OptionError, which does not repeat it).

    Length, and no rule of composition: NIST SP 800-63B-4 (2025), section 3.1.1.2.
    """
    said = unicodedata.normalize("NFC", password)
    folded = said.casefold().strip()
    try:
        said.encode()
    except UnicodeEncodeError:
        raise _refused("illisible") from None
    if len(said) < SHORTEST:
        raise _refused(f"trop court : {SHORTEST} caractères au moins")
    if len(said) > LONGEST:
        raise _refused(f"trop long : {LONGEST} caractères au plus")
    rest = folded.replace(name, "")
    if (
        folded in _ABSURD
        or len(set(folded)) < _FEWEST_DISTINCT
        or (rest != folded and len(set(rest)) < _FEWEST_DISTINCT)
    ):
        raise _refused("trop facile à deviner")


def prepared(password: str) -> bytes:
    """Return what is hashed: the same bytes whichever way a keyboard composes accents (NFC)."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _refused(why: str) -> OptionError:
    return OptionError(f"mot de passe {why}", where="password", way_out="par exemple quatre ou cinq mots sans lien")
