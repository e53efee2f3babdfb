"""The shipped need model: published totals of newcomers, and what part of them each kind of course is for."""

import pandas as pd

from geo_integration.coverage.need import NeedModel
from geo_integration.errors import MissingDataError
from geo_integration.settings import settings
from geo_integration.vocabulary import Kind


def _table(name: str) -> pd.DataFrame:
    path = settings().data / "need" / name
    if not path.is_file():
        raise MissingDataError(
            "fichier absent", where=str(path), way_out="réinstaller le projet, ou GEO_INTEGRATION_DATA"
        )
    return pd.read_csv(path, dtype={"region_code": "str", "kind": "str"})


def need_model(kind: Kind, *, share: float | None = None) -> NeedModel:
    """Return the need model of a kind; ``share`` replaces the shipped part of the people counted."""
    totals = _table("totals.csv")
    shares = _table("shares.csv").set_index("kind")
    source = "part donnée par l'utilisateur"
    if share is None and kind.value in shares.index:
        share = float(shares["share"].loc[kind.value])
        source = str(shares["source"].loc[kind.value])
    elif share is None:
        source = f"aucune part publiée pour « {kind.label} » : besoin inconnu (voir --share)"
    sources = totals.assign(text=totals["what"] + " " + totals["year"].astype("str") + ", " + totals["source"])
    return NeedModel(
        share=share,
        share_source=source,
        totals=dict(zip(totals["region_code"], totals["persons"].astype(float), strict=True)),
        totals_source=" ; ".join(sources["text"]),
    )
