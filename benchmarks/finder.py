"""How fast the public pages are: a burst of 500 questions, the first list on a poor telephone, and what is loaded.

``uv run python benchmarks/finder.py [--url http://…] [--write]``. Without ``--url`` a server of one worker is started
on the demonstration, and waited for. Questions are drawn from the communes of the demonstration's départements, all
needs and ways to travel; each burst is asked twice: every question new, then the same again. The peer of a page is
the same place and way put to ``/api/v1/offers`` in the same run: what the words and the layout cost. Server time is
that of ``Server-Timing``, from the request to the start of its answer. The telephone is Chromium with its processor
four times slower, 400 kbit/s down and up and 400 ms a round trip; "seen" is when the first course is painted. Writes
its section of ``docs/benchmarks.md``.
"""

import argparse
import asyncio
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import httpx
import numpy as np
from pages import Page, markdown_table
from playwright.sync_api import Browser, CDPSession, sync_playwright
from playwright.sync_api import Page as Tab

from geo_integration import territories

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
SEED, QUESTIONS = 20_261_122, 500
DEPARTEMENTS = ("02", "59", "60", "62", "80")
NEEDS = ("alpha", "reading", "beginner", "little", "everyday", "good")
GOALS = ("", "daily", "work", "parent", "diploma")
MODES = ("foot", "bike", "car")
START_SECONDS = 300
SLOW_BYTES_PER_SECOND, SLOW_MILLISECONDS, SLOWER = 400_000 / 8, 400, 4
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
LOADS = 5
_WATCH = """
window.seen = new Promise(done => {
  const look = () => {
    if (!document.querySelector('li.course')) { requestAnimationFrame(look); return; }
    requestAnimationFrame(() => setTimeout(() => done(performance.now()), 0));
  };
  look();
});
"""


@dataclass(frozen=True)
class Burst:
    """What one burst cost: milliseconds of server time, and answers that were not 200."""

    name: str
    milliseconds: Sequence[float]
    seconds: float
    failed: int

    def row(self) -> list[str]:
        """Return it as a line of the table."""
        p50, p95, p99 = np.percentile(self.milliseconds, [50, 95, 99])
        rate = len(self.milliseconds) / self.seconds
        return [self.name, f"{p50:.1f}", f"{p95:.1f}", f"{p99:.1f}", f"{rate:.0f}", str(self.failed)]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--url", help="a server that is ready; one is started by default")
    options.add_argument("--together", type=int, default=8, help="questions under way at a time")
    options.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    asked = options.parse_args()
    with served(asked.url) as url:
        questions = drawn()
        bursts = [
            asyncio.run(burst(name, url, paths, asked.together))
            for name, paths in (
                ("page, new questions", [f"/fr/cours?{urlencode(one)}" for one in questions]),
                ("page, the same again", [f"/fr/cours?{urlencode(one)}" for one in questions]),
                ("page, in Arabic", [f"/ar/cours?{urlencode(one)}" for one in questions]),
                ("/api/v1/offers, same places", [f"/api/v1/offers?{urlencode(plain(one))}" for one in questions]),
            )
        ]
        seen = list(on_a_telephone(url))
    head = ["burst of 500", "p50 ms", "p95 ms", "p99 ms", "answers/s", "not 200"]
    told = markdown_table(head, [one.row() for one in bursts])
    head = ["first list on a slow telephone", "seen after ms", "kB over the network"]
    told += "\n\n" + markdown_table(head, [list(one) for one in seen])
    print(told)
    if asked.write:
        page = Page.read(DOCUMENT)
        page.put("finder", text(told, asked.together))
        page.write()
    return 0


def text(tables: str, together: int) -> str:
    """Return the section."""
    return f"""## The finder

`benchmarks/finder.py`, demonstration, one worker, {together} questions under way at a time, 2 cores shared with what
asks. Server time, from `Server-Timing`. The telephone: processor {SLOWER} times slower, 400 kbit/s,
{SLOW_MILLISECONDS} ms a round trip; median of {LOADS} loads.

{tables}"""


@contextmanager
def served(url: str | None) -> Iterator[str]:
    """Give the address of a server that is ready."""
    if url:
        yield url.rstrip("/")
        return
    with socket.socket() as probe, tempfile.TemporaryDirectory() as folder:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        command = [sys.executable, "-c", "from geo_integration.cli import main; main()", "serve"]
        command += ["--port", str(port), "--store", f"{folder}/store", "--no-jobs"]
        environment = {"GEO_INTEGRATION_PUBLIC_REQUESTS_PER_MINUTE": "0", "PATH": "/usr/bin:/bin", "HOME": folder}
        with Path(folder, "log").open("w") as log:
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            yield waited(f"http://127.0.0.1:{port}", process)
        finally:
            process.terminate()
            process.wait(60)


def waited(url: str, process: "subprocess.Popen[bytes]") -> str:
    """Wait until the server is ready."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(f"{url}/ready", timeout=10).status_code == httpx.codes.OK:
                return url
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise SystemExit(f"the server does not become ready ({process.poll()})")


def drawn() -> list[dict[str, str]]:
    """Draw the questions."""
    table = territories.communes(["code", "departement_code"], geometry=False)
    codes = table.loc[table["departement_code"].isin(DEPARTEMENTS), "code"].to_numpy()
    draw = np.random.default_rng(SEED)
    return [
        {
            "place": f"commune:{draw.choice(codes)}",
            "need": str(draw.choice(NEEDS)),
            "goal": str(draw.choice(GOALS)),
            "mode": str(draw.choice(MODES)),
        }
        for _ in range(QUESTIONS)
    ]


def plain(question: dict[str, str]) -> dict[str, str]:
    """Return the same place and way for the JSON route."""
    kind = "alphabetisation" if question["need"] == "alpha" else "fle"
    return {"place": question["place"], "mode": question["mode"], "kind": kind, "limit": "10"}


async def burst(name: str, url: str, paths: Sequence[str], together: int) -> Burst:
    """Ask everything, so many at a time."""
    turns = asyncio.Semaphore(together)
    times: list[float] = []
    failed = 0

    async def ask(client: httpx.AsyncClient, path: str) -> None:
        nonlocal failed
        async with turns:
            answer = await client.get(path)
        failed += answer.status_code != httpx.codes.OK
        found = re.search(r"dur=([\d.]+)", answer.headers.get("server-timing", ""))
        times.append(float(found[1]) if found else float("nan"))

    begun = time.perf_counter()
    async with httpx.AsyncClient(base_url=url, timeout=120) as client:
        await asyncio.gather(*(ask(client, path) for path in paths))
    return Burst(name, times, time.perf_counter() - begun, failed)


def on_a_telephone(url: str) -> Iterator[tuple[str, str, str]]:
    """Measure the first list: straight from a link, and after the steps before it."""
    question = "place=commune:62041&need=beginner&mode=foot"
    httpx.get(f"{url}/fr/cours?{question}", timeout=60)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, language, before in (
            ("from a link, nothing kept", "fr", ()),
            ("after the steps, in French", "fr", ("/fr/lieu", f"/fr/trajet?{question}")),
            ("after the steps, in Arabic", "ar", ("/ar/lieu", f"/ar/trajet?{question}")),
        ):
            loads = [load(browser, url, before, f"/{language}/cours?{question}") for _ in range(LOADS)]
            yield name, f"{np.median([one[0] for one in loads]):.0f}", f"{np.median([one[1] for one in loads]):.1f}"
        browser.close()


def load(browser: Browser, url: str, before: Sequence[str], last: str) -> tuple[float, float]:
    """Return the milliseconds until the first course is painted, and the kB all pages together took."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, service_workers="block")
    tab = context.new_page()
    tab.add_init_script(_WATCH)
    session = context.new_cdp_session(tab)
    slow(session)
    weight = [0.0]
    session.on("Network.loadingFinished", lambda told: weight.__setitem__(0, weight[0] + told["encodedDataLength"]))
    for path in before:
        tab.goto(url + path, wait_until="load")
    tab.goto(url + last, wait_until="commit")
    tab.wait_for_selector("li.course", state="visible")
    seen = painted(tab)
    tab.wait_for_load_state("load")
    context.close()
    return seen, weight[0] / 1000


def slow(session: CDPSession) -> None:
    """Make a telephone of the browser."""
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": SLOW_MILLISECONDS,
            "downloadThroughput": SLOW_BYTES_PER_SECOND,
            "uploadThroughput": SLOW_BYTES_PER_SECOND,
        },
    )
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})


def painted(tab: Tab) -> float:
    """Return when the first course was painted, milliseconds from the start of the navigation."""
    return float(tab.evaluate("() => window.seen"))


if __name__ == "__main__":
    sys.exit(main())
