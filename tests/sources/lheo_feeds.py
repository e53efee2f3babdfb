"""Small LHEO feeds for the tests."""

import random
from pathlib import Path

from geo_integration.sources.imports import Problem, ProblemLog
from geo_integration.sources.lheo import iter_offers
from geo_integration.sources.records import RawOffer

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<lheo xmlns="http://lheo.gouv.fr/2.3">\n<offres>\n'
TAIL = "</offres>\n</lheo>\n"
PLACE = """<lieu-de-formation><coordonnees><adresse><denomination>Maison de quartier</denomination>
<ligne>1 rue de la Paix</ligne><codepostal>62000</codepostal><ville>Arras</ville>
<code-INSEE-commune>62041</code-INSEE-commune>
<geolocalisation><latitude>50.29</latitude><longitude>2.78</longitude></geolocalisation>
</adresse></coordonnees></lieu-de-formation>"""
SESSION = """<session numero="S{n}"><periode><debut>20260105</debut><fin>20260630</fin></periode>
<adresse-inscription><adresse><ligne>1 rue de la Paix</ligne><codepostal>62000</codepostal><ville>Arras</ville>
</adresse></adresse-inscription>
<etat-recrutement>1</etat-recrutement></session>"""


def formation(n: int, *, action: str = "", places: str = PLACE, sessions: str | None = None, body: str = "") -> str:
    """Return one formation numbered ``n``; ``action`` goes before its places, ``body`` ends the formation."""
    return f"""<formation numero="F{n:03}-{n * 7919}">
<domaine-formation><code-FORMACODE ref="V14">15043</code-FORMACODE></domaine-formation>
<intitule-formation>Cours d'alphabétisation {n}</intitule-formation>
<objectif-formation>Lire et écrire, groupe {n}</objectif-formation>
<resultats-attendus>Autonomie</resultats-attendus>
<contenu-formation>Lecture {n}</contenu-formation>
<action numero="01_{n:03}{n * 104729}" datemaj="20251201">
<modalites-enseignement>0</modalites-enseignement>{action}
{places}
<modalites-entrees-sorties>1</modalites-entrees-sorties>
{SESSION.format(n=n) if sessions is None else sessions}
<nombre-heures-total>90</nombre-heures-total>
<organisme-formateur><SIRET-formateur><SIRET>12345678901234</SIRET></SIRET-formateur>
<raison-sociale-formateur>Association {n}</raison-sociale-formateur></organisme-formateur>
</action>{body}
</formation>
"""


def feed(*formations: str, head: str = HEAD, tail: str = TAIL) -> str:
    """Return a feed of these formations."""
    return head + "".join(formations) + tail


def write(folder: Path, content: str | bytes, name: str = "flux.xml") -> Path:
    """Write a feed to a file and return its path."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(path: Path) -> tuple[list[RawOffer], list[Problem]]:
    """Return the offers and the problems of a file."""
    log = ProblemLog(path.name)
    return list(iter_offers(path, log)), log.problems


def read_text(folder: Path, content: str | bytes) -> tuple[list[RawOffer], list[Problem]]:
    """Return the offers and the problems of a feed."""
    return read(write(folder, content))


def told(problems: list[Problem]) -> list[tuple[str, str]]:
    """Return the field and the outcome of each problem."""
    return [(problem.field, problem.outcome.value) for problem in problems]


_INSERTED = (
    b"<",
    b">",
    b"&",
    b'"',
    b"\x00",
    b"\xff",
    b"</action>",
    b"<action>",
    b"</formation>",
    b"<formation>",
    b"<!--",
    b"-->",
    b"]]>",
    b"<![CDATA[",
    b"&nbsp;",
    b"<br>",
)


def mutated(data: bytes, seed: int) -> tuple[bytes, range]:
    """Return a feed with one mutation, and the positions of the sound feed that it touches."""
    rng = random.Random(seed)  # noqa: S311 -- repeatable, not secret
    at = rng.randrange(len(data))
    how = rng.randrange(5)
    if how == 0:
        return data[:at] + bytes([data[at] ^ (1 << rng.randrange(7))]) + data[at + 1 :], range(at, at + 1)
    if how == 1:
        length = rng.choice((1, 2, 10, 150))
        return data[:at] + data[at + length :], range(at, at + length)
    if how == 2:
        return data[:at] + rng.choice(_INSERTED) + data[at:], range(at - 1, at + 1)
    if how == 3:
        length = rng.randrange(1, 120)
        return data[:at] + data[at : at + length] + data[at:], range(at - 1, at + length)
    return data[:at], range(at - 1, len(data))
