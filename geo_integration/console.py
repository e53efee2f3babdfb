"""What the command line shows: progress, tables and errors, in French, on a terminal or in a log."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from geo_integration.errors import GeoIntegrationError
from geo_integration.exports.headings import heading
from geo_integration.exports.meta import question
from geo_integration.exports.result import Beside, Result
from geo_integration.jobs.counting import counted
from geo_integration.jobs.doctor import Finding
from geo_integration.jobs.gaps import Gaps
from geo_integration.jobs.ground import Progress as Told
from geo_integration.jobs.imports import Imported
from geo_integration.maps.told import rows
from geo_integration.vocabulary import Cause, NeedBasis, Outcome, TerritoryLevel, term

_LOG_WIDTH = 160


def _console(*, stderr: bool = False) -> Console:
    """Return a console as wide as the terminal, or wide enough for a log to be read."""
    console = Console(highlight=False, stderr=stderr)
    return console if console.is_terminal else Console(highlight=False, stderr=stderr, width=_LOG_WIDTH)


out = _console()
err = _console(stderr=True)

_SHOWN = 10
_LONGEST_CELL = 60
_MOST_COLUMNS = 9


@contextmanager
def progress() -> Iterator[Told]:
    """Give a progress callback that draws one bar per thing being done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=not err.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)

        yield tell


def number(value: float) -> str:
    """Return a count as French writes it: 1 234; an unknown one is a dash."""
    return "\N{EN DASH}" if pd.isna(value) else f"{value:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def imported(done: Imported) -> None:
    """Say in one line, and one more where something was wrong, what an import did."""
    result = done.result
    out.print(
        f"[bold]{escape(result.source)}[/] : {number(result.accepted)} ligne(s) retenue(s) sur {number(result.read)} "
        f"({escape(result.file)}, version {done.snapshot.id})"
    )
    told = {
        Outcome.ROW_REJECTED: "rejetée(s)",
        Outcome.OUT_OF_SCOPE: "hors champ",
        Outcome.FIELD_DROPPED: "champ(s) écarté(s)",
        Outcome.REPAIRED: "réparation(s)",
    }
    counts = [f"{number(result.log.counts[o])} {word}" for o, word in told.items() if result.log.counts[o]]
    if counts:
        out.print(f"  {', '.join(counts)}")
    if done.replaced:
        advice = "pour garder les deux, réimporter l'un d'eux sous un autre nom (--name)"
        out.print(f"  remplace {escape(done.replaced)} ; {advice}")


def summary(gaps: Gaps) -> None:
    """Say the answer: communes by cause, people, and where it is worst."""
    table, request = gaps.coverage, gaps.request
    out.print(
        f"\n[bold]{request.kind.label}[/] à {request.minutes:g} min ({request.means.mode.label.lower()}, "
        f"{request.question().engine.label.lower()}), {gaps.selection.label_fr}, au {request.as_of:%d/%m/%Y}"
    )
    counts = table["cause"].value_counts()
    shown = Table(box=None, pad_edge=False)
    for title in ("Situation", "Communes", "Habitants", "Besoin"):
        shown.add_column(title, justify="left" if title == "Situation" else "right")
    for cause in Cause:
        rows = table[table["cause"].eq(cause.value)]
        if counts.get(cause.value, 0):
            people = rows["need"].sum(min_count=1)
            shown.add_row(cause.label, number(len(rows)), number(rows["population"].sum()), number(people))
    out.print(shown)
    withheld = int(table["withheld"].sum())
    if withheld:
        out.print(f"Besoin masqué pour ce destinataire dans {number(withheld)} commune(s).")
    unknown = int((table["need"].isna() & ~table["withheld"].astype(bool)).sum())
    if unknown:
        out.print(f"Besoin inconnu dans {number(unknown)} commune(s) : elles n'entrent dans aucun de ces nombres.")
    bases = [term(NeedBasis, code).label for code in sorted(set(table.loc[table["need"].notna(), "need_basis"]))]
    if bases:
        out.print(f"Besoin : {', '.join(bases).lower()}. Part des personnes : {escape(gaps.model.share_source)}.")
    _worst(gaps.rollups[TerritoryLevel.EPCI])
    for note in gaps.travel_notes:
        out.print(note, markup=False)
    if table["synthetic"].any():
        out.print("[bold]DONNÉES FICTIVES[/] : ne tirer aucune conclusion sur le territoire réel.")


def answer(result: Result) -> None:
    """Say the answer of an analysis: its question, its key figures, the tables beside, and what to know of it."""
    meta = result.meta
    out.print(f"\n[bold]{escape(meta['title'])}[/]")
    asked = [f"{label} : {value}" for label, value in question(meta) if value]
    out.print(" · ".join(asked), markup=False)
    for value, sentence in result.figures:
        out.print(f"[bold]{escape(value)}[/] {escape(sentence)}")
    for beside in result.beside.values():
        if 0 < len(beside.table) <= _SHOWN and len(beside.table.columns) > _MOST_COLUMNS:
            out.print(f"[bold]{escape(beside.title)}[/] : {counted(len(beside.table), 'ligne')} (voir --out)")
        elif 0 < len(beside.table) <= _SHOWN:
            out.print(f"[bold]{escape(beside.title)}[/]")
            table(_in_words(beside))
    for note in (*meta["notes"], *meta["disclaimer"]):
        out.print(note, markup=False)


def _in_words(beside: Beside) -> pd.DataFrame:
    """Return a table as a reader meets it: French headings, labels for codes, numbers as French writes them."""
    names = [str(name) for name in beside.table.columns if name != "geometry"]
    found = [[_cut(cell) for cell in row] for row in rows(beside.table, names, beside.headings)]
    return pd.DataFrame(found, columns=[heading(name, beside.headings).label for name in names])


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"


def _worst(epci: pd.DataFrame) -> None:
    ranked = epci[epci["need_uncovered"].fillna(0) > 0].nlargest(5, "need_uncovered")
    if len(ranked):
        out.print("Besoin non couvert le plus élevé :")
    for row in ranked.itertuples():
        out.print(f"  {escape(str(row.name))} : {number(row.need_uncovered)} sur {number(row.need)}")  # type: ignore[arg-type]


def table(frame: pd.DataFrame, *, limit: int = 200) -> None:
    """Print a table, cut after ``limit`` rows with the number of those left out."""
    shown = Table(box=None, pad_edge=False)
    for position, name in enumerate(frame.columns):
        shown.add_column(str(name), overflow="fold", no_wrap=position == 0)
    for row in frame.head(limit).itertuples(index=False):
        shown.add_row(*("" if pd.isna(value) else escape(str(value)) for value in row))
    out.print(shown)
    if len(frame) > limit:
        out.print(f"… et {number(len(frame) - limit)} autre(s)")


def rejections(done: Imported) -> None:
    """Print the first rows left out, with where and why."""
    rejected = [p for p in done.result.log.problems if p.outcome is Outcome.ROW_REJECTED]
    for problem in rejected[:_SHOWN]:
        err.print(f"  {problem.where} · {problem.field} « {problem.value} » : {problem.reason}", markup=False)
    if len(rejected) > _SHOWN:
        err.print(f"  … et {number(len(rejected) - _SHOWN)} autre(s) : voir --report")


def error(problem: GeoIntegrationError) -> None:
    """Print an error: what it is, where, and the way out."""
    err.print(f"{problem.title} — {problem}", markup=False, style="red")


def written(paths: list[Path]) -> None:
    """Say which files were written."""
    for path in paths:
        out.print(f"Écrit : {path} ({path.stat().st_size / 1e6:.1f} Mo)", markup=False)


def findings(found: list[Finding]) -> None:
    """Print what the doctor saw, and what to do about what is wrong or missing."""
    for one in found:
        mark = "[red]✗[/]" if not one.good else "•" if one.way_out else "[green]✓[/]"
        advice = f"  → {escape(one.way_out)}" if one.way_out else ""
        out.print(f"{mark} {escape(one.what)} : {escape(one.seen)}{advice}")


_USAGE = {
    r"Missing (?:option|argument|parameter) (.+?)\.?$": r"il manque \1",
    r"No such option: (\S+).*": r"option inconnue : \1",
    r"No such command (.+?)\.?$": r"commande inconnue : \1",
    r"Invalid value for (.+?): (?:File|Path|file|path) (.+?) does not exist\.?": r"\1 : \2 n'existe pas",
    r"Invalid value for (.+?): (?:File|file) (.+?) is a directory\.?": r"\1 : \2 est un dossier",
    r"Invalid value for (.+?): (?:Value error, )?(.+?) is not one of (.+?)\.?$": r"\1 : \2 n'est pas parmi \3",
    r"Invalid value for (.+?): Input should be greater than or equal to (\S+)": r"\1 : donner au moins \2",
    r"Invalid value for (.+?): Input should be less than or equal to (\S+)": r"\1 : donner au plus \2",
    r"Invalid value for (.+?): Input should be a valid (?:number|integer).*": r"\1 : donner un nombre",
    r"Invalid value for (.+?): (.+?) does not match the formats? .*": r"\1 : \2 n'est pas une date AAAA-MM-JJ",
    r"Invalid value for (.+?): (?:Value error, )?(.+)": r"valeur refusée pour \1 : \2",
    r"Got unexpected extra arguments? (.+)": r"argument en trop : \1",
}


def french(message: str) -> str:
    """Say in French what is wrong with the words of a command; what is not known stays as it is."""
    for english, said in _USAGE.items():
        if re.match(english, message, re.DOTALL):
            return re.sub(english, said, message, count=1, flags=re.DOTALL)
    return message
