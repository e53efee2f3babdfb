"""The JSON API of the service, mounted at ``/api/v1``."""

from fastapi import APIRouter, Depends

from api.v1 import accounts, coverage, imports, jobs, offers, places, processes, reach, reports, snapshots
from api.v1.unknown import known_parameters

_PARTS = (offers, reach, places, coverage, processes, jobs, snapshots, imports, reports, accounts)
"""In the order of the documentation: what everybody asks first."""

router = APIRouter(dependencies=[Depends(known_parameters)])
for _part in _PARTS:
    router.include_router(_part.router)

__all__ = ["router"]
