"""How right our minutes are: write ``docs/accuracy.md`` by asking other engines the same questions.

``uv run --group bench python benchmarks/accuracy.py [--only streets] [--cache FOLDER]``, from the root of the project,
with the shared data beside it. Each section is a module ``accuracy_<name>.py`` of this folder with a function
``section(cache: Path) -> str`` that returns Markdown starting with a ``##`` heading. A section not asked for keeps
the text of its last run.
"""

import argparse
import importlib
import importlib.util
import sys
from pathlib import Path

from pages import Page
from peers import default_cache

SECTIONS = ("streets", "walks", "outline", "transit")
DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "accuracy.md"
INTRODUCTION = """# Accuracy

Written by `uv run --group bench python benchmarks/accuracy.py`: our minutes beside those of other engines, on the same
extracts and the same pairs. Nobody drove, rode or walked these trips. **OSRM and Valhalla are conventions, not
ground truth**: both are free flow, neither knows congestion, parking or the wait at a crossing. Agreeing with OSRM
means that our minutes are those people know from the sites and apps built on it, no more.

- *error* = ours - theirs, in minutes; *bias* = sum of errors over sum of their minutes.
- *median* and *p90* are of the absolute error.
"""


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", choices=SECTIONS, action="append", help="only this section (may be repeated)")
    options.add_argument("--cache", type=Path, default=default_cache(), help="where prepared extracts are kept")
    chosen = options.parse_args()
    page = Page.read(DOCUMENT, introduction=INTRODUCTION)
    for name in chosen.only or SECTIONS:
        if importlib.util.find_spec(f"accuracy_{name}") is None:
            print(f"no section {name}: accuracy_{name}.py is not there", file=sys.stderr)
            continue
        page.put(name, importlib.import_module(f"accuracy_{name}").section(chosen.cache))
        page.write(order=SECTIONS)
        print(f"{DOCUMENT.name}: {name}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
