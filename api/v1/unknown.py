"""Query parameters nobody knows are refused: « minuts=30 » must not answer, without a word, for 45 minutes."""

from fastapi import Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query

from geo_integration.errors import OptionError

_LONGEST = 60


def known_parameters(request: Request) -> None:
    """Refuse the first query parameter the route does not have (OptionError)."""
    if not request.query_params:
        return
    fields = get_flat_params(request.scope["route"].dependant)
    known = {field.alias for field in fields if isinstance(field.field_info, Query)}
    unknown = next((name for name in request.query_params if name not in known), None)
    if unknown is not None:
        raise OptionError(
            f"paramètre inconnu : {unknown[:_LONGEST]}",
            where=unknown[:_LONGEST],
            way_out=f"l'un de : {', '.join(sorted(known))}" if known else "cette adresse n'a pas de paramètre",
        )
