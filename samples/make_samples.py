"""Makes the committed sample book: `python samples/make_samples.py` writes the same bytes every time.

What lives here: the order of work, and the writing of `cohort.csv` and of the lists of expected issues. What does
not: people and prices (`services.sampling`), the groups, their faults and their files (the modules beside this).
"""

import csv
import shutil
from pathlib import Path
from typing import Any

import sample_faults as faults
from sample_files import FILES
from sample_groups import fill_names, plan_names, the_groups, the_rosters, the_shelf

from services.sample_book import write_shelf
from services.sampling.shelf import CENSUS_NAME

HERE = Path(__file__).resolve().parent


def make_book(folder: Path) -> None:
    """Write shelf, cohort, censuses and lists of expectations."""
    shutil.rmtree(folder / "book", ignore_errors=True)
    censuses = folder / "book" / "censuses"
    censuses.mkdir(parents=True)
    (folder / "book" / "shelf").mkdir()
    groups = the_groups()
    write_shelf(folder / "book" / "shelf", the_shelf(groups))
    names = plan_names(groups)
    cohort, expected = [], []
    for number, (roster, (seed, write)) in enumerate(zip(the_rosters(groups), FILES, strict=True)):
        seed(roster)
        fill_names(roster, names[number])
        contract = f"C{number + 1:06d}"
        cohort.extend({"contract_number": contract, **entry} for entry in write(censuses, roster))
        expected += [(seed_, roster) for seed_ in roster.seeds]
    _write_cohort(folder / "book" / "cohort.csv", cohort)
    _write_expectations(folder, [seed for seed, _ in expected])


def _write_cohort(path: Path, entries: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(
            out, ["file", "contract_number", "census_name", "mapping", "sheet"], restval="", lineterminator="\n"
        )
        writer.writeheader()
        writer.writerows({"census_name": CENSUS_NAME, **entry} for entry in entries)


def _write_expectations(folder: Path, seeds: list[faults.Seed]) -> None:
    """The issues a load and a rating must report, no more and no fewer; and the same with words, for the README."""

    def place(seed: faults.Seed) -> tuple[str, int | str, int | str]:
        return (seed.person["_file"], seed.person["_line"], seed.person["_no"])

    def order(seed: faults.Seed) -> tuple[str, int, int, str, str]:
        file, line, no = place(seed)
        return (file, int(line or 0), int(no or 0), seed.plan_code, seed.field)

    tables: dict[str, list[list[Any]]] = {"issues": [], "rating_issues": [], "notes": []}
    for seed in sorted(seeds, key=order):
        if seed.severity == "rating":
            tables["rating_issues"].append([*place(seed), seed.plan_code, seed.code])
        elif seed.code:
            tables["issues"].append([*place(seed), seed.field, seed.code, seed.severity])
        tables["notes"].append([*place(seed), seed.plan_code or seed.field, seed.code or "accepted", seed.says])
    _write_table(
        folder / "expected_issues.csv", "file line_number person_no column_name code severity", tables["issues"]
    )
    _write_table(
        folder / "expected_rating_issues.csv", "file line_number person_no plan_code issue", tables["rating_issues"]
    )
    readme = folder / "README.md"
    if readme.exists():
        head, mark, _ = readme.read_text(encoding="utf-8").partition("<!-- made by make_samples.py from here on -->\n")
        rows = [
            f"| `{f}` | {line} | {no} | {column} | `{code}` | {says} |"
            for f, line, no, column, code, says in tables["notes"]
        ]
        table = "\n".join(
            [
                "| file | line | person | column or plan | code | what is wrong |",
                "| --- | --- | --- | --- | --- | --- |",
                *rows,
            ]
        )
        readme.write_text(f"{head}{mark}\n{table}\n", encoding="utf-8")


def _write_table(path: Path, header: str, rows: list[list[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header.split())
        writer.writerows(rows)


if __name__ == "__main__":
    make_book(HERE)
