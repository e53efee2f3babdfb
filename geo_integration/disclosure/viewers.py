"""Who looks at figures about people, and which départements they may see in full."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from geo_integration.errors import OptionError, UnknownTermError
from geo_integration.vocabulary import ViewerRole, term

_NAMED = {ViewerRole.REFERENT, ViewerRole.CONTRACTOR}
_WAY_OUT = "public, administrator, referent:62,59 ou contractor:NOM-DE-L-ETUDE:62,59"


@dataclass(frozen=True)
class Viewer:
    """Somebody figures are released to.

    Attributes
    ----------
    role : what they are.
    departements : codes a référent or a contractor may see in full; empty for the others.
    study : name of the contractor's study.
    """

    role: ViewerRole
    departements: frozenset[str] = frozenset()
    study: str = ""

    PUBLIC: ClassVar["Viewer"]
    ADMINISTRATOR: ClassVar["Viewer"]

    def __post_init__(self) -> None:
        """Refuse a référent of nowhere, or a contractor of no study (OptionError)."""
        if (self.role in _NAMED) != bool(self.departements):
            raise OptionError(
                f"« {self.role.value} » : départements {', '.join(sorted(self.departements)) or 'absents'}",
                where="destinataire",
                way_out=_WAY_OUT,
            )
        if (self.role is ViewerRole.CONTRACTOR) != bool(self.study):
            raise OptionError(f"« {self.role.value} » : étude « {self.study} »", where="destinataire", way_out=_WAY_OUT)

    @classmethod
    def referent(cls, departements: Iterable[str]) -> Self:
        """Return the référent of some départements."""
        return cls(ViewerRole.REFERENT, frozenset(departements))

    @classmethod
    def contractor(cls, study: str, departements: Iterable[str]) -> Self:
        """Return the contractor of one study of some départements."""
        return cls(ViewerRole.CONTRACTOR, frozenset(departements), study)

    @property
    def sees_everything(self) -> bool:
        """True for who loaded the files."""
        return self.role is ViewerRole.ADMINISTRATOR

    def sees(self, departement_code: str) -> bool:
        """Say whether they may see the figures of a département in full."""
        return self.sees_everything or departement_code in self.departements


Viewer.PUBLIC = Viewer(ViewerRole.PUBLIC)
Viewer.ADMINISTRATOR = Viewer(ViewerRole.ADMINISTRATOR)


def parse_viewer(text: str, *, known_departements: Iterable[str]) -> Viewer:
    """Read ``public``, ``administrator``, ``referent:62,59`` or ``contractor:ÉTUDE:62``; OptionError otherwise."""
    role, *rest = text.split(":")
    try:
        if role == ViewerRole.REFERENT.value and len(rest) == 1:
            return Viewer.referent(_codes(rest[0], known_departements))
        if role == ViewerRole.CONTRACTOR.value and len(rest) == 2:  # noqa: PLR2004 -- study and départements
            return Viewer.contractor(rest[0].strip(), _codes(rest[1], known_departements))
        if not rest:
            return Viewer(term(ViewerRole, role))
    except UnknownTermError:
        pass
    raise OptionError(f"« {text} » n'est pas un destinataire", where="--viewer", way_out=_WAY_OUT)


def _codes(text: str, known: Iterable[str]) -> list[str]:
    codes = [code.strip() for code in text.split(",") if code.strip()]
    if unknown := sorted(set(codes) - set(known)):
        raise OptionError(
            f"département inconnu : {', '.join(unknown)}", where="--viewer", way_out="donner des codes, ex. 59,62"
        )
    return codes
