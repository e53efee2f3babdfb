"""Names of communes as people write them: normalisation, place search, postcode and name to code."""

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cache
from math import ceil, floor

import numpy as np
import pandas as pd
from rapidfuzz import process
from rapidfuzz.distance import OSA

from geo_integration.territories.tables import attributes, former_codes
from geo_integration.text import fold

CUTOFF = 0.72
_ALIKE, _FIRST_LETTER = 0.55, 0.1
"""What a name must have of another to be worth showing; what a same first letter adds: few mistake it."""
_EXACT, _NEARLY, _PREFIX, _WORD_PREFIX = 1.0, 0.97, 0.95, 0.9
_LONG_ENOUGH = 5  # letters from which a missing last one is rather an error than an unfinished word

_SHORT = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes", "s": "sur", "ss": "sous"}
_CEDEX = re.compile(r"\bcedex\b.*")
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")
_ARRONDISSEMENT = re.compile(r"^(paris|lyon|marseille) 0*(\d{1,2}) ?(?:er|ere|e|eme|ieme)?(?: arr[a-z]*)?$")
_POSTCODE = re.compile(r"^\s*(\d{2,5})\b\s*(.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """A place found by name: a current commune, or a former one that points to it.

    ``code`` is the current commune; ``kind`` is ``commune, deleguee, associee, arrondissement_municipal`` or
    ``ancienne``; ``score`` is 1 for an exact name or postcode, 0.95 for its beginning (0.97 if one letter lacks),
    0.9 for the beginning of a word, less for a name that only resembles
    (0.9 times its similarity); ``lon, lat`` in degrees, NaN if unknown.
    """

    name: str
    code: str
    departement: str
    kind: str
    score: float
    lon: float
    lat: float
    population: int


def normalise(name: str) -> str:
    """Return a name without case, accents, punctuation, abbreviations or CEDEX, for comparison.

    >>> normalise("ST-OMER CEDEX 2"), normalise("L'Haÿ-les-Roses"), normalise("Paris 1er Arrondissement")
    ('saint omer', 'l hay les roses', 'paris 1')
    """
    text = fold(name).encode("ascii", "ignore").decode()
    words = _CEDEX.sub("", _NOT_A_WORD.sub(" ", text)).split()
    return _ARRONDISSEMENT.sub(r"\1 \2", " ".join(_SHORT.get(word, word) for word in words))


@dataclass(frozen=True)
class _Gazetteer:
    """Every searchable name, shortest first, so that names of nearly the same length are neighbours."""

    table: pd.DataFrame
    keys: list[str]
    codes: list[str]
    population: list[int]
    lengths: list[int]
    text: str  # "\n key\n key\n": beginnings of names and of words are found in one pass
    starts: list[int]  # where each "\n" is in the text
    by_postcode: dict[str, list[int]]


@cache
def _gazetteer() -> _Gazetteer:
    table = _searchable()
    table = table.assign(key=[normalise(name) for name in table["name"]])
    table = table.drop_duplicates(["key", "code"])
    table = table.iloc[table["key"].str.len().argsort(kind="stable")].reset_index(drop=True)
    keys = table["key"].tolist()
    by_postcode: dict[str, list[int]] = {}
    for row, codes in enumerate(table["postcodes"]):
        for postcode in filter(None, codes.split(";")):
            by_postcode.setdefault(postcode, []).append(row)
    lengths = [len(key) for key in keys]
    starts = np.concatenate([[0], np.cumsum(np.array(lengths) + 2)[:-1]]).tolist()
    codes, population = table["code"].tolist(), table["population"].tolist()
    return _Gazetteer(table, keys, codes, population, lengths, "\n " + "\n ".join(keys) + "\n", starts, by_postcode)


def _searchable() -> pd.DataFrame:
    """Stack current communes and the named former ones; the latter take the postcodes of the former if unknown."""
    current = attributes("communes").rename(columns={"mairie_lon": "lon", "mairie_lat": "lat"})
    current = current.assign(kind="commune")
    former = former_codes().dropna(subset="name")
    parents = current.set_index("code").loc[former["current_code"]]
    former = former.assign(
        code=former["current_code"].to_numpy(),
        departement_code=parents["departement_code"].to_numpy(),
        # A part of a commune is not as well known as the whole: it ranks after it.
        population=0,
        postcodes=former["postcodes"].where(
            former["postcodes"] != "", pd.Series(parents["postcodes"].to_numpy(), former.index)
        ),
        lon=former["lon"].fillna(pd.Series(parents["lon"].to_numpy(), former.index)),
        lat=former["lat"].fillna(pd.Series(parents["lat"].to_numpy(), former.index)),
    )
    columns = ["name", "code", "departement_code", "kind", "population", "postcodes", "lon", "lat"]
    stacked = pd.concat([current[columns], former[columns]], ignore_index=True)
    return stacked.assign(population=stacked["population"].fillna(0).astype(int))


def search(text: str, limit: int = 8) -> list[Place]:
    """Find places by the beginning of a name or postcode, or by a name with typing errors.

    Parameters
    ----------
    text : ``Arras``, ``st omer``, ``62000``, ``62000 Arras``, ``Paris 10e``, ``Hazebrouk``…
    limit : how many places at most.

    Returns
    -------
    Places, best first: by quality of the match (exact, beginning of the name, beginning of a word,
    similar: optimal string alignment of 0.72 or more), then by population. Empty if nothing is near.
    """
    names = _gazetteer()
    rows, key = _candidates(text)
    if rows is not None and not key:
        scores = dict.fromkeys(rows, _EXACT if text.strip() in names.by_postcode else _PREFIX)
    else:
        scores = _scores(key, rows)
    best = sorted(scores, key=lambda row: (-scores[row], -names.population[row], names.codes[row], row))[
        : max(limit, 0)
    ]
    return [_place(row, scores[row]) for row in best]


def alike(text: str, limit: int = 8) -> list[Place]:
    """Return the places whose name is least unlike a text, where :func:`search` finds nothing: to choose from.

    For names written as they are heard (``Dunkerk``, ``Arass``): optimal string alignment of 0.55 or more, best first
    to a tenth (a same first letter counts for one), then by population. Never to be taken without asking. Empty if
    nothing is near.
    """
    names, key = _gazetteer(), normalise(text)
    if len(key) < _LONG_ENOUGH:
        return []
    found = process.extract(key, names.keys, scorer=OSA.normalized_similarity, score_cutoff=_ALIKE, limit=50 * limit)

    def likely(one: tuple[str, float, int]) -> tuple[float, int, str]:
        name, score, row = one
        heard = score + (_FIRST_LETTER if name[0] == key[0] else 0)
        return -round(heard, 1), -int(names.population[row]), str(names.codes[row])

    best = sorted(found, key=likely)[:limit]
    return [_place(row, round(float(score) * _WORD_PREFIX, 4)) for _, score, row in best]


def _candidates(text: str) -> tuple[list[int] | None, str]:
    """Split a leading postcode from the name; return the rows that have it (``None``: every row) and the key."""
    found = _POSTCODE.match(text)
    if found is None:
        return None, normalise(text)
    prefix = found.group(1)
    by_postcode = _gazetteer().by_postcode
    rows = {row for postcode, some in by_postcode.items() if postcode.startswith(prefix) for row in some}
    return sorted(rows), normalise(found.group(2))


def _scores(key: str, rows: list[int] | None) -> dict[int, float]:
    """Return the quality of each name that matches a normalised key, by row."""
    if not key:
        return {}
    scores = _similar(key, rows)
    allowed = None if rows is None else set(rows)
    return scores | {row: score for row, score in _beginning(key).items() if allowed is None or row in allowed}


def _similar(key: str, rows: list[int] | None) -> dict[int, float]:
    """Score the names that resemble a key; those of a very different length cannot."""
    names = _gazetteer()
    if rows is None:
        first = bisect_left(names.lengths, ceil(len(key) * CUTOFF))
        last = bisect_right(names.lengths, floor(len(key) / CUTOFF))
        rows = list(range(first, last))
        keys = names.keys[first:last]
    else:
        keys = [names.keys[row] for row in rows]
    found = process.extract(key, keys, scorer=OSA.normalized_similarity, score_cutoff=CUTOFF, limit=50)
    return {rows[position]: round(float(score) * _WORD_PREFIX, 4) for _, score, position in found}


def _beginning(key: str) -> dict[int, float]:
    """Score the names, or the words in them, that begin with a key."""
    names = _gazetteer()
    scores: dict[int, float] = {}
    for match in re.finditer(" " + re.escape(key), names.text):
        row = bisect_right(names.starts, match.start()) - 1
        if match.start() > names.starts[row] + 1:
            score = _WORD_PREFIX
        elif len(key) == names.lengths[row]:
            score = _EXACT
        else:
            score = _NEARLY if len(key) == names.lengths[row] - 1 >= _LONG_ENOUGH else _PREFIX
        scores[row] = max(score, scores.get(row, 0.0))
    return scores


def _place(row: int, score: float) -> Place:
    """Return one row of the gazetteer as a place."""
    found = _gazetteer().table.iloc[row]
    return Place(
        name=str(found["name"]),
        code=str(found["code"]),
        departement=str(found["departement_code"]),
        kind=str(found["kind"]),
        score=score,
        lon=float(found["lon"]),
        lat=float(found["lat"]),
        population=int(found["population"]),
    )


def resolve_by_postcode_and_name(postcode: str, name: str) -> str | None:
    """Return the current commune code of an address's last line, or ``None`` if it is not certain.

    Among the communes of the postcode (former ones and arrondissements too): the one of that name, else the one
    most like it (optimal string alignment of 0.72 or more). A postcode that no commune has (a CEDEX) leaves only an
    exact name, unique in the département. Several equal answers are never settled by a guess.
    """
    names = _gazetteer()
    key, clean = normalise(name), str(postcode).strip().upper()
    if not key:
        return None
    rows = names.by_postcode.get(clean)
    if rows is None:
        return _only(_rows_named(key, clean))
    exact = [row for row in rows if names.keys[row] == key]
    if exact:
        return _only(exact)
    similarity = {row: OSA.normalized_similarity(key, names.keys[row]) for row in rows}
    best = max(similarity.values())
    return _only([row for row in rows if similarity[row] == best]) if best >= CUTOFF else None


def _rows_named(key: str, postcode: str) -> list[int]:
    """Return the rows with exactly this key in the département(s) of a postcode."""
    names = _gazetteer()
    prefix = postcode[:3] if postcode.startswith(("97", "98")) else postcode[:2]
    places = {"20": ("2A", "2B")}.get(prefix, (prefix,))
    rows = [row for row in _beginning(key) if names.keys[row] == key]
    return [row for row in rows if names.table["departement_code"].iloc[row] in places]


def _only(rows: list[int]) -> str | None:
    """Return the commune of these rows if they agree."""
    names = _gazetteer()
    codes = {names.codes[row] for row in rows}
    return codes.pop() if len(codes) == 1 else None
