"""The finder: a newcomer finds a French course they can get to, and home from. Pages only; the library does the rest.

:mod:`asked` is the question as it travels in addresses, :mod:`needs` what its words mean, :mod:`pages` draws every
page, :mod:`steps` asks the question in four steps.
"""

from fastapi import APIRouter

from api.finder import assets, cards, legal, reports, results, steps

router = APIRouter(include_in_schema=False)
for _part in (assets, results, cards, reports, legal, steps):  # steps last: it has the shortest addresses
    router.include_router(_part.router)

__all__ = ["router"]
