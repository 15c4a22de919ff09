"""Census files of any shape become columns of text and typed values, with every fault told: the road.

What lives here: `land`, which opens the files, reads those of one heading together, types all people at once and links
the families. Every data line of a readable file is in `rows` once and in `persons` at least once. Nothing raises:
what cannot be read is a fault. What does not: which people are accepted (`services.census_load`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import polars as pl

from services.intake import (
    elections,
    encodings,
    enrollments,
    families,
    pay,
    reading,
    relations,
    selection_facts,
    shapes,
)
from services.intake.batches import Batch, batches
from services.intake.elections import place_of
from services.intake.faults import Unreadable
from services.intake.found import Found
from services.intake.sniffing import CensusFile, Opened, Sniffer

__all__ = ["CensusFile", "Landing", "land"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Landing:
    """What was read of some census files. The columns are listed in shapes.py."""

    files: pl.DataFrame
    rows: pl.DataFrame
    persons: pl.DataFrame
    choices: pl.DataFrame
    amounts: pl.DataFrame
    faults: pl.DataFrame
    headings: pl.DataFrame
    facts: pl.DataFrame = field(default_factory=selection_facts.nothing)


def land(files: Sequence[CensusFile], *, on_progress: Progress | None = None) -> Landing:
    """Read census files. `on_progress(files done, files in all)` is called now and then."""
    sniffer = Sniffer()
    opened: list[Opened] = []
    for file_no, asked in enumerate(files):
        opened.append(sniffer.open(file_no, asked))
        if on_progress is not None and (file_no % 20 == 0 or file_no == len(files) - 1):
            on_progress(file_no + 1, len(files))
    read = list(batches(opened))
    if not read:
        return shapes.nothing(opened)
    people = _gathered(read)
    _refuse_empty(opened, people)
    good = {o.file_no for o in opened if o.fault is None}
    people = _of_good_files(people, good).with_row_index("person")
    rows = _in_order(_of_good_files(pl.concat([b.rows for b in read]), good), ["file_no", "line_number"])
    cells = _of_good_files(pl.concat([b.elections for b in read]), good)
    return _typed(opened, read, rows, people, cells)


def _gathered(read: list[Batch]) -> pl.DataFrame:
    """The people of all batches in the order of files and lines."""
    people = pl.concat([b.people for b in read], how="diagonal") if len(read) > 1 else read[0].people
    return _in_order(people, ["file_no", "line_number", "person_no"])


def _in_order(frame: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """The frame sorted; left as it is when it lies in order (one heading, no blocks: the common case)."""
    place = frame.select(place_of(*by)).to_series()
    return frame if place.is_sorted() else frame.sort(by)


def _of_good_files(frame: pl.DataFrame, good: set[int]) -> pl.DataFrame:
    files = frame["file_no"]
    return frame if set(files.unique().to_list()) <= good else frame.filter(files.is_in(good))


def _refuse_empty(opened: list[Opened], people: pl.DataFrame) -> None:
    """Files whose rows are all blank, titles, legends or totals have no rows (GB-BLK-003)."""
    alive = set(people.filter(pl.col("skip_reason").is_null())["file_no"].unique().to_list())
    for file in opened:
        if file.fault is None and file.file_no not in alive:
            file.fault = Unreadable("heading_only")


def _typed(
    opened: list[Opened], read: list[Batch], rows: pl.DataFrame, people: pl.DataFrame, cells: pl.DataFrame
) -> Landing:
    """Types, relationships, families, elections and faults of all people at once."""
    found = Found(people.select("person", "file_no", "line_number", "person_no"))
    about = shapes.file_facts(opened)
    people = people.join(about, on="file_no", how="left", maintain_order="left").with_columns(
        (pl.col("skip_reason").is_null() & ~pl.col("is_ragged")).alias("is_readable"),
    )
    texts = people
    _ragged(people, found)
    guessed = [o.file_no for o in opened if o.fault is None and o.encoding and o.encoding not in encodings.CERTAIN]
    found.of_files("encoding_guessed", guessed, None)
    for file in opened:
        if file.fault is None and file.sheets_left:
            found.of_files("sheets_not_read", [file.file_no], None, sheets=", ".join(file.sheets_left[:20]))
    for batch in read:
        for heading in batch.plan.not_stored:
            of = [o.file_no for o in batch.opened if o.fault is None]
            found.of_files("mapped_field_not_stored", of, heading)
    people = shapes.without_unreadable(people)
    people = reading.check_text(people, found)
    people = relations.with_own_facts(relations.read_relationships(people, found))
    people = relations.read_names(people, found)
    effective = people["effective_date"]
    typed = reading.read_birth_and_other_dates(people, effective, found)
    typed |= reading.read_categories(people, found)
    typed |= pay.read_pay(people, found)
    typed |= reading.read_numbers(people, found)
    if "ssn" in typed:
        people, typed["ssn"] = families.numbers_of_employees(people, typed)
    reading.check_ages(people, effective, typed, found)
    tier, waives_by_tier = reading.read_tier(people, found)
    placed = elections.place(cells, people, found)
    people, placed = enrollments.collapse(people, typed, placed, found.in_error())
    enrollments.tell_other_dates(people, typed, found)
    choices, amounts = elections.choices_of(placed, found), elections.amounts_of(placed, found)
    facts = selection_facts.facts_of(placed, people, found)
    types, waives = elections.opt_outs(placed, people, waives_by_tier, found)
    counts_only = shapes.counts_only(people)
    tier = enrollments.one_tier(people, tier, counts_only, found)
    tier = elections.with_other_tiers(placed, people, tier, counts_only, found)
    typed |= shapes.derived(people, typed, pl.select(pl.when(counts_only).then(tier)).to_series(), waives, types, found)
    links = families.link(families.keys(people, typed))
    for kind, name in families.STATED_IN.items():
        shared = links["is_shared"] & (links["link_kind"] == kind)
        raw = relations.text_or_null(people, name) if kind != families.COVERED else None
        found.add("key_of_several_employees", shared, name, raw)
    persons = shapes.persons(texts, people, typed, links)
    shapes.note_layouts(persons, people, opened, read)
    headings = shapes.headings(read)
    return Landing(
        shapes.files(opened, read),
        rows,
        persons,
        choices.sort("person", maintain_order=True),
        amounts.sort("person", maintain_order=True),
        found.finished(headings),
        headings,
        facts.sort("person", maintain_order=True),
    )


def _ragged(people: pl.DataFrame, found: Found) -> None:
    """Rows with more or fewer cells than the heading."""
    if not people["is_ragged"].any():
        return
    found.add("ragged_row", people["is_ragged"] & (people["person_no"] == 0), None)
    counts = people.select("person", "n_cells", "width")
    frame = found.frames.pop().join(counts, on="person", how="left", maintain_order="left")
    said = pl.format("The row has {} cells; the heading has {}.", "n_cells", "width")
    found.frames.append(frame.with_columns(said.alias("message")).drop("n_cells", "width"))
