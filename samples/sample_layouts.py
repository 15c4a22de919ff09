"""The layouts in which the sample censuses are written.

What lives here: one writer per layout. Each turns people (dicts under the generator's headings) into a file, and
notes in each person the line and place at which it was written. What does not: who the people are and what is wrong
with them (`sample_faults.py`), and which group gets which layout (`make_samples.py`).
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

Person = dict[str, Any]
Cell = Callable[[Person], Any]
LINES = (
    "Medical",
    "Dental",
    "Vision",
    "Life",
    "AD&D",
    "Supplemental Life",
    "STD",
    "LTD",
    "Accident",
    "Critical Illness",
    "Hospital",
)


@dataclass
class Layout:
    """Columns of a file: heading, the person's field it shows, and how a cell is written."""

    columns: list[tuple[str, str, Cell]] = field(default_factory=list)

    def heading_of(self, name: str) -> str:
        """The heading under which a field stands; the field's own name when the file does not show it."""
        return next((heading for heading, shown, _ in self.columns if shown == name), name)

    @property
    def headings(self) -> list[str]:
        """The heading row."""
        return [heading for heading, _, _ in self.columns]

    def cells(self, person: Person) -> list[Any]:
        """The row of a person."""
        return [cell(person) for _, _, cell in self.columns]


def text(name: str) -> Cell:
    """The field as it is, blank when there is none."""
    return lambda person: "" if person.get(name) is None else person[name]


def day(name: str, shape: str) -> Cell:
    """A date in the given shape (`%-m` is a month without a leading zero); a text stands as it is."""

    def cell(person: Person) -> Any:
        value = person.get(name)
        if not isinstance(value, date):
            return value or ""
        plain = shape.replace("%-m", str(value.month)).replace("%-d", str(value.day))
        return value.strftime(plain)

    return cell


def one_of(name: str, spellings: dict[str, str]) -> Cell:
    """A value in the file's own spelling."""
    return lambda person: spellings.get(person.get(name) or "", person.get(name) or "")


def money(name: str, shape: str = "{:.2f}") -> Cell:
    """An amount of dollars in the given shape; a text stands as it is."""

    def cell(person: Person) -> Any:
        value = person.get(name)
        return shape.format(value) if isinstance(value, float | int) else value or ""

    return cell


def lines(
    named: dict[str, str] | None = None, amount: str = "Supplemental Life Amount", only: Sequence[str] = LINES
) -> list[tuple[str, str, Cell]]:
    """Plan columns, one per line of cover, headed by the product type or by the file's own word for it."""
    made: list[tuple[str, str, Cell]] = []
    for line in only:
        made.append(((named or {}).get(line, line), line, text(line)))
        if line == "Supplemental Life":
            made.append((amount, "Supplemental Life Amount", money("Supplemental Life Amount", "{:.0f}")))
    return made


def write_delimited(
    path: Path,
    layout: Layout,
    people: Iterable[Person],
    *,
    separator: str = ",",
    encoding: str = "utf-8",
    before: Sequence[Sequence[str]] = (),
    after: Sequence[Sequence[str]] = (),
    line_end: str = "\n",
) -> None:
    """One row per person. Lines are counted as an editor counts them, so a line end inside quotes counts too."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    for row in [*before, layout.headings]:
        writer.writerow(row)
    for person in people:
        person["_line"], person["_no"] = out.getvalue().count("\n") + 1, 0
        writer.writerow([*layout.cells(person), *person.get("_more_cells", ())])
    for row in after:
        writer.writerow(row)
    path.write_bytes(out.getvalue().replace("\n", line_end).encode(encoding))


def write_households(
    path: Path, layout: Layout, families: Iterable[list[Person]], blocks: Sequence[tuple[str, Layout]]
) -> None:
    """One row per household: the employee's columns, then a block of columns for each further person.

    A block named `Spouse` takes the spouse or partner; the others take the children in order.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*layout.headings, *(f"{word} {heading}" for word, block in blocks for heading in block.headings)])
    for number, family in enumerate(families):
        employee, *others = family
        couple = [p for p in others if p["_relation"] in ("Spouse", "Domestic Partner")]
        children = [p for p in others if p not in couple]
        seats = couple[:1] or [None]
        seats = [*seats, *children, *([None] * (len(blocks) - 1 - len(children)))]
        row = layout.cells(employee)
        employee["_line"], employee["_no"] = number + 2, 0
        for place, ((word, block), person) in enumerate(zip(blocks, seats, strict=True)):
            row += block.cells(person) if person else [""] * len(block.columns)
            if person:
                person["_line"], person["_no"], person["_block"] = number + 2, place + 1, word
        writer.writerow(row)
    path.write_text(out.getvalue(), encoding="utf-8", newline="")


def write_workbook(
    path: Path, layout: Layout, people: Iterable[Person], titles: Sequence[str], notes: Sequence[str], total: str
) -> None:
    """Two sheets: notes first, then the census with title rows above its heading and a total row at its end."""
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "mm/dd/yyyy"})
    book.set_properties({"title": titles[0], "created": datetime(2025, 12, 1, tzinfo=UTC)})
    about = book.add_worksheet("Read me")
    for row, line in enumerate(notes):
        about.write_string(row, 0, line)
    sheet = book.add_worksheet("Census")
    for row, line in enumerate(titles):
        sheet.write_string(row, 0, line)
    at = len(titles)
    bold = book.add_format({"bold": True})
    sheet.write_row(at, 0, layout.headings, bold)
    count = 0
    for person in people:
        at += 1
        if person.get("_blank_row_before"):
            at += 1
        person["_line"], person["_no"] = at + 1, 0
        count += 1
        for column, value in enumerate(layout.cells(person)):
            if isinstance(value, str):
                if value:
                    sheet.write_string(at, column, value)
            else:
                sheet.write(at, column, value)
    sheet.write_string(at + 2, 0, total)
    sheet.write_number(at + 2, 1, count)
    sheet.set_column(0, len(layout.columns), 14)
    book.close()


def write_parquet(
    path: Path, layout: Layout, people: Iterable[Person], types: dict[str, pl.DataType | type[pl.DataType]]
) -> None:
    """Typed columns; line 1 is the first row, since names are kept apart."""
    rows = list(people)
    for number, person in enumerate(rows):
        person["_line"], person["_no"] = number + 1, 0
    columns = {
        heading: pl.Series(
            [None if (value := cell(p)) == "" else value for p in rows], dtype=types.get(heading, pl.String)
        )
        for heading, _, cell in layout.columns
    }
    pl.DataFrame(columns).write_parquet(path, compression="zstd", statistics=False)


def write_enrollments(path: Path, layout: Layout, people: Iterable[Person], *, encoding: str) -> None:
    """One row per person and plan; a person without a plan has one row with blank plan cells.

    The last three columns of the layout are the type, the plan and the amount.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(layout.headings)
    at = 1
    for person in people:
        chosen = [line for line in LINES if person.get(line)] or [""]
        person["_no"], person["_lines"] = 0, {}
        for line in chosen:
            at += 1
            person.setdefault("_line", at)
            person["_lines"][line] = at
            row = {**person, "_type": line, "_plan": person.get(line) if line else ""}
            row["_amount"] = person.get("Supplemental Life Amount") if line == "Supplemental Life" else None
            row["_type"] = person.get("_type_as", {}).get(line, line)
            writer.writerow(layout.cells(row))
    path.write_bytes(out.getvalue().encode(encoding))
