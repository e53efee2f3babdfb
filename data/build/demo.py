"""Write ``data/demo``: made-up courses, schools, refugees and housing of Hauts-de-France, in the real formats.

``uv run python data/build/demo.py`` rewrites the folder; the same territories give the same bytes.
"""

import csv
import io
import json
from collections import Counter
from pathlib import Path

from demo_courses import make_courses
from demo_data_inclusion import DATA_INCLUSION_FILE, write_data_inclusion
from demo_defects import LHEO_FILE, spoil_lheo
from demo_dian import DIAN_FILE, write_dian
from demo_lheo import write_lheo
from demo_model import AS_OF, DEPARTEMENTS, MARK, SEED, Course, Defects
from demo_overlap import Copy, choose
from demo_places import load_communes
from demo_readme import readme
from demo_schools import OEPRE_FILE, SCHOOLS_FILE, hosts, make_schools, write_oepre, write_schools
from demo_tables import BPI_FILE, HOUSING_FILE, write_bpi, write_housing

DATA = Path(__file__).resolve().parents[1]
_OEPRE_IN_LHEO = 12
_DIAN_OWN, _DATA_INCLUSION_OWN = 9, 8
"""One course in so many is in that source only."""
_DIAN_SHARED, _DATA_INCLUSION_SHARED = (250, 45), (130, 35)
_TRUTH_HEADER = ("record", "file", "kind", "same_as", "link", "donnee_fictive")


def build(communes_path: Path = DATA / "territories" / "communes.parquet") -> dict[str, bytes]:
    """Return the content of every file of the demo, by name."""
    communes, defects = load_communes(communes_path), Defects()
    schools = make_schools(communes)
    oepre = hosts(schools)
    courses = make_courses(communes, [school.place for school in oepre[:_OEPRE_IN_LHEO]])
    lheo, only_dian, only_inclusion = _share(courses)
    dian = choose("dian", lheo, only_dian, _DIAN_SHARED)
    inclusion = choose("data-inclusion", lheo, only_inclusion, _DATA_INCLUSION_SHARED)
    repeated = spoil_lheo(lheo, communes, defects)
    files = {
        LHEO_FILE: write_lheo(lheo, repeated),
        DIAN_FILE: write_dian(dian, defects),
        DATA_INCLUSION_FILE: write_data_inclusion(inclusion, defects),
        SCHOOLS_FILE: write_schools(schools, oepre, defects),
        OEPRE_FILE: write_oepre(oepre, defects),
        BPI_FILE: write_bpi(communes, defects),
        HOUSING_FILE: write_housing(communes, defects),
        "truth.csv": _truth(lheo, {DIAN_FILE: dian, DATA_INCLUSION_FILE: inclusion}),
    }
    summary = _summary(files, courses, defects)
    files["demo.json"] = (json.dumps(summary, ensure_ascii=False, indent=1) + "\n").encode()
    files["README.md"] = readme(summary).encode()
    return files


def _share(courses: list[Course]) -> tuple[list[Course], list[Course], list[Course]]:
    """Deal the courses out: LHEO holds most; alphabétisation and OEPRE are always in LHEO."""
    lheo: list[Course] = []
    dian: list[Course] = []
    inclusion: list[Course] = []
    for index, course in enumerate(courses):
        free = course.kind not in {"alphabetisation", "oepre", "trainers"}
        if free and index % _DIAN_OWN == 0:
            dian.append(course)
        elif free and index % _DATA_INCLUSION_OWN == 1:
            inclusion.append(course)
        else:
            lheo.append(course)
    return lheo, dian, inclusion


def _truth(lheo: list[Course], copies: dict[str, list[Copy]]) -> bytes:
    """Say what each record really is: to measure classification and merging, never to be imported."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_TRUTH_HEADER)
    writer.writerows([c.lheo.get("action", c.action), LHEO_FILE, c.kind, "", "", "oui"] for c in lheo)
    for file, held in copies.items():
        for copy in held:
            same = "" if copy.link == "only" else copy.course.action
            writer.writerow([copy.action, file, copy.course.kind, same, copy.link, "oui"])
    return text.getvalue().encode()


def _summary(files: dict[str, bytes], courses: list[Course], defects: Defects) -> dict[str, object]:
    return {
        "synthetic": True,
        "mark": MARK,
        "seed": SEED,
        "as_of": AS_OF.isoformat(),
        "departements": list(DEPARTEMENTS),
        "records": {name: _records(name, content) for name, content in files.items()},
        "courses": len(courses),
        "kinds": dict(sorted(Counter(course.kind for course in courses).items())),
        "defects": {
            file: {name: {"count": len(ids), "records": ids} for name, ids in sorted(found.items())}
            for file, found in sorted(defects.found.items())
        },
    }


def _records(name: str, content: bytes) -> int:
    if name.endswith(".xml"):
        return content.count(b"<formation ")
    return content.count(b"\n") - (0 if name.endswith(".jsonl") else 1)


def main() -> None:
    """Write the folder and say what is in it."""
    folder = DATA / "demo"
    folder.mkdir(exist_ok=True)
    for name, content in build().items():
        (folder / name).write_bytes(content)
        print(f"{name}: {len(content) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
