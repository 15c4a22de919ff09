"""The text of census files: people and choices as columns under headings, cut into one file per group.

What lives here: the layout the generator writes (comma, UTF-8, one row per person, families by employee id). What
does not: the many other layouts in which censuses arrive; the committed sample book has those.
"""

import io
from collections.abc import Iterator

import numpy as np
import polars as pl

from services.sampling.choices import LINES, Choices
from services.sampling.names import names
from services.sampling.people import PARTNER, People
from services.sampling.shelf import CLASSES

_RELATIONS = ("Employee", "Spouse", "Domestic Partner", "Child")


def census_frame(groups: pl.DataFrame, people: People, choices: Choices, rng: np.random.Generator) -> pl.DataFrame:
    """One row per person under the headings of the file, in file order."""
    primary = pl.Series("primary", people.relation == 0)
    columns = {
        "Employee ID": "E" + pl.Series(people.rank + 1).cast(pl.String).str.zfill(5),
        "First Name": _first_names(people),
        "Last Name": _last_names(people),
        "Relationship": pl.Series(list(_RELATIONS)).gather(people.relation),
        "Date of Birth": _days(people.born),
        "Gender": _pick(("M", "F"), people.is_female.astype(np.int64)),
        "Email": _emails(groups, people),
        **_homes(groups, people, rng),
        "Class": pl.Series(list(CLASSES)).gather(people.class_no),
        "Annual Salary": _blank_below_zero(people.pay_cents).cast(pl.Float64) / 100,
        "FTE": _blank_below_zero(people.fte_tenths).cast(pl.Float64) / 10,
        "Hire Date": _days(people.hired),
        "Effective Date": _days(people.cover_from),
        "Termination Date": _days(people.cover_to),
        "Tobacco User": _pick(("N", "Y"), people.is_smoker.astype(np.int64)),
        "Opt Out All Plans": _pick(("", "Y"), choices.is_opt_out_all.astype(np.int64)),
    }
    for line in LINES:
        columns[line] = choices.cells(line, groups, people)
        if line == "Supplemental Life":
            columns["Supplemental Life Amount"] = _blank_below_zero(choices.elected)
    frame = pl.DataFrame([column.alias(name) for name, column in columns.items()])
    # What is known of the employee alone is blank on the family's rows, as employers write it.
    own = ("Email", "Class", "Opt Out All Plans")
    return frame.with_columns(pl.when(primary).then(pl.col(own)))


def _pick(texts: tuple[str, ...], at: np.ndarray) -> pl.Series:
    return pl.Series([text or None for text in texts], dtype=pl.String).gather(at)


def _blank_below_zero(values: np.ndarray) -> pl.Series:
    return pl.Series("v", values).to_frame().select(pl.when(pl.col("v") >= 0).then("v")).to_series()


def _days(days: np.ndarray) -> pl.Series:
    """Days since 1970-01-01 as dates; -1 is blank (nobody here was born, hired or covered on the last day of 1969)."""
    frame = pl.Series("v", days.astype(np.int32)).to_frame()
    return frame.select(pl.when(pl.col("v") != -1).then(pl.col("v").cast(pl.Date))).to_series()


def _first_names(people: People) -> pl.Series:
    lists = names()
    both = pl.Series([*lists.male, *lists.female])
    return both.gather(people.first_name + people.is_female * len(lists.male))


def _last_names(people: People) -> pl.Series:
    last = pl.Series([*names().last])
    # Row -1 of the padded list is blank, so that a single surname gets no hyphen.
    tails = pl.Series(["", *("-" + name for name in names().last)])
    partner_has_own = (people.relation == PARTNER) & (people.second_name < 0)
    shown = np.where(partner_has_own, (people.last_name + 132) % len(last), people.last_name)
    second = np.where(partner_has_own, people.last_name, people.second_name)
    return last.gather(shown) + tails.gather(second + 1)


def _emails(groups: pl.DataFrame, people: People) -> pl.Series:
    number = pl.Series(people.rank + 1).cast(pl.String).str.zfill(5)
    domain = ("@" + groups["contract_number"].str.to_lowercase() + ".example").gather(people.group)
    return "e" + number + domain


def _homes(groups: pl.DataFrame, people: People, rng: np.random.Generator) -> dict[str, pl.Series]:
    """A family lives together, near the employer."""
    n = len(people)
    tail = rng.integers(1, 100, n)[people.first_of]
    two = pl.Series([f"{i:02d}" for i in range(100)])
    prefix = groups["postal_code"].str.slice(0, 3).gather(people.group)
    return {
        "City": groups["city"].gather(people.group),
        "State": groups["state"].gather(people.group),
        "Zip Code": prefix + two.gather(tail),
    }


def cut(frame: pl.DataFrame, sizes: np.ndarray) -> Iterator[memoryview | bytes]:
    """The bytes of one CSV file per group. The text is made once and cut at line ends, never built per group."""
    head = io.BytesIO()
    frame.clear().write_csv(head)
    body = io.BytesIO()
    frame.write_csv(body, include_header=False)
    heading, text = head.getvalue(), body.getvalue()
    line_ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n")) + 1
    ends = line_ends[np.cumsum(sizes) - 1]
    begins = np.append(0, ends[:-1])
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        yield heading + text[begin:end]
