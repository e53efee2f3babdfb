"""Who asks: the public, or somebody signed in; and what they may see."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from geo_integration.disclosure import Viewer
from geo_integration.errors import ForbiddenError, SignInError
from geo_integration.vocabulary import ViewerRole


@dataclass(frozen=True)
class Caller:
    """One who asks.

    Attributes
    ----------
    viewer : what they may see of figures about people.
    name : of the account; empty for the public.
    client : where the request comes from, as a key for limits: never logged, never stored.
    """

    viewer: Viewer
    name: str = ""
    client: str = ""

    @property
    def is_public(self) -> bool:
        """Say whether nobody signed in."""
        return self.viewer.role is ViewerRole.PUBLIC

    @property
    def key(self) -> str:
        """Return what tells apart callers who see different things: part of every cache key and ETag."""
        viewer = self.viewer
        return f"{viewer.role.value}:{viewer.study or ''}:{','.join(sorted(viewer.departements))}"


def caller_of(request: Request) -> Caller:
    """Return who asks, as the middleware of :mod:`api.identity` found out."""
    found: Caller = request.state.caller
    return found


def professional(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    """Let in who is signed in; SignInError otherwise."""
    if caller.is_public:
        raise SignInError("cette adresse demande un compte", way_out="se connecter, ou joindre un jeton (Bearer)")
    return caller


def administrator(caller: Annotated[Caller, Depends(professional)]) -> Caller:
    """Let in administrators; SignInError or ForbiddenError otherwise."""
    if not caller.viewer.sees_everything:
        raise ForbiddenError("cette adresse est réservée à l'administrateur", way_out="demander à l'administrateur")
    return caller


CallerDep = Annotated[Caller, Depends(caller_of)]
ProfessionalDep = Annotated[Caller, Depends(professional)]
AdministratorDep = Annotated[Caller, Depends(administrator)]
