"""Bodies that carry secrets: read from JSON or from a form, and never repeated in an error."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request
from pydantic import BaseModel, ConfigDict, ValidationError

from geo_integration.errors import OptionError

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"


class Body(BaseModel):
    """A body without more than it says: a field with a typing error must not pass for one left out."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


def body_of[M: Body](model: type[M], *, form: bool = False) -> Callable[[Request], Awaitable[M]]:
    """Return a dependency that reads a body; OptionError says which fields are wrong, without what they hold.

    FastAPI's own errors quote the input: a password among it.

    Parameters
    ----------
    form : also take ``application/x-www-form-urlencoded``, as OAuth clients send it.
    """

    async def read(request: Request) -> M:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        try:
            given: Any = dict(await request.form()) if form and kind == _FORM else await request.json()
            return model.model_validate(given)
        except ValidationError as error:
            fields = sorted(
                {".".join(map(str, fault["loc"])) or "corps" for fault in error.errors(include_input=False)}
            )
            raise OptionError(
                f"champs absents, en trop ou mal écrits : {', '.join(fields)}"[:500],
                where="corps",
                way_out="voir la documentation de l'API",
            ) from None
        except (ValueError, RecursionError):  # JSON that is none, text that is none, a number of 5,000 digits
            raise OptionError("corps illisible", where="corps", way_out="envoyer du JSON") from None

    return read


def documented_body(model: type[Body], *, form: bool = False) -> dict[str, Any]:
    """Return what OpenAPI says of such a body, for ``openapi_extra``."""
    schema = model.model_json_schema()
    kinds = (_JSON, _FORM) if form else (_JSON,)
    return {"requestBody": {"required": True, "content": {kind: {"schema": schema} for kind in kinds}}}
