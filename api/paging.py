"""Parameters of every list: which page of it, in which form."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import pandas as pd
from fastapi import Depends, Query


@dataclass(frozen=True)
class Paged:
    """A page of a list."""

    limit: Annotated[int, Query(ge=1, le=10_000, description="Lignes au plus.")] = 1_000
    offset: Annotated[int, Query(ge=0, le=1_000_000_000, description="Lignes à passer.")] = 0

    @property
    def key(self) -> str:
        """Return what tells pages apart in an entity tag."""
        return f"{self.limit}+{self.offset}"

    def of[T](self, items: Sequence[T]) -> Sequence[T]:
        """Return the items of this page."""
        return items[self.offset : self.offset + self.limit]

    def rows(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of this page."""
        return table.iloc[self.offset : self.offset + self.limit]


PagedDep = Annotated[Paged, Depends()]
FormParameter = Annotated[
    str | None,
    Query(
        description="`json` ou `csv` ; sinon l'en-tête Accept.",
        examples=["json"],
        max_length=40,
        json_schema_extra={"enum": ["json", "csv"]},
    ),
]
