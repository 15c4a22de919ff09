"""The frames of a landing: their columns, in order, and the last steps that fill them.

What lives here: the columns of `persons`, `files` and the empty landing; facts derived from several fields.
What does not: any reading of cells.
"""

from typing import TYPE_CHECKING, Any

import polars as pl

from services.intake import numbers, pay
from services.intake.batches import Batch
from services.intake.found import Found
from services.intake.mapping import Plan
from services.intake.people import HOUSEHOLD
from services.intake.sniffing import Opened

if TYPE_CHECKING:
    from services.intake.landing import Landing

TYPES: dict[str, Any] = {
    "first_name": pl.String, "last_name": pl.String, "association": pl.String, "relationship": pl.String,
    "birth_date": pl.Date, "gender": pl.String, "email": pl.String, "phone_number": pl.String, "street": pl.String,
    "city": pl.String, "state": pl.String, "postal_code": pl.String, "country": pl.String,
    "annual_salary_cents": pl.Int64, "full_time_equivalent": pl.Float64, "join_date": pl.Date,
    "termination_date": pl.Date, "policy_start_date": pl.Date, "policy_end_date": pl.Date, "smoker_status": pl.String,
    "is_disabled": pl.Boolean, "is_student": pl.Boolean, "is_opt_out_all_plans": pl.Boolean,
    "is_portal_user": pl.Boolean,
    "opt_out_plan_types": pl.String, "status": pl.String, "continuation": pl.String,
    "source_system_identifier": pl.String,
    "primary_member_source": pl.String, "class_name": pl.String, "stated_tier": pl.String, "age_stated": pl.Int32,
    "ssn": pl.String, "group_census_member_id": pl.String, "primary_group_census_member_id": pl.String,
    "member_key": pl.String, "record_name": pl.String, "given_member_type": pl.String,
    "primary_member_category": pl.String, "person_account_id": pl.String, "contact_id": pl.String,
    "owner_id": pl.String, "latitude": pl.Float64, "longitude": pl.Float64, "geocode_accuracy": pl.String,
}  # fmt: skip
"""The typed columns of `persons`."""

_TEXT_OF = {
    "annual_salary_cents": tuple(pay.COLUMNS),
    "stated_tier": ("tier",),
    "age_stated": ("age",),
    "first_name": ("first_name", "full_name"),
    "last_name": ("last_name", "full_name"),
    "source_system_identifier": ("source_system_identifier", "employee_key"),
    "relationship": ("relationship", "association"),
    "association": ("association", "relationship"),
}
"""Where the text of a typed column stands, when not under its own name."""

TEXTS = {name: ("annual_salary" if name == "annual_salary_cents" else name) + "_text" for name in TYPES}
"""The text column of each typed column (`annual_salary_text` for `annual_salary_cents`)."""


def file_facts(opened: list[Opened]) -> pl.DataFrame:
    """file_no with the number of its census and the effective date."""
    censuses = {census: number for number, census in enumerate(dict.fromkeys(o.asked.census_id for o in opened))}
    return pl.DataFrame(
        {
            "file_no": [o.file_no for o in opened],
            "census": [censuses[o.asked.census_id] for o in opened],
            "effective_date": [o.asked.effective_date for o in opened],
        },
        schema={"file_no": pl.Int32, "census": pl.Int32, "effective_date": pl.Date},
    )


def without_unreadable(people: pl.DataFrame) -> pl.DataFrame:
    """People with the text of skipped and ragged rows taken away, so that nothing is read into it."""
    plan_rows = pl.col("has_plan_per_row") if "has_plan_per_row" in people.columns else pl.lit(False)
    people = people.with_columns(plan_rows.fill_null(False).alias("has_plan_per_row"))
    if people["is_readable"].all():
        return people
    fixed = {"skip_reason", "block_name", "block_relationship"}
    texts = [name for name, dtype in people.schema.items() if dtype == pl.String and name not in fixed]
    return people.with_columns(pl.when("is_readable").then(pl.col(name)).alias(name) for name in texts)


def derived(
    people: pl.DataFrame,
    typed: dict[str, pl.Series],
    tier: pl.Series,
    waives: pl.Series,
    waived_types: pl.Series,
    found: Found,
) -> dict[str, pl.Series]:
    """Opt-outs from all sources, hours from the status, the tier."""
    none = pl.Series([None], dtype=pl.Boolean).new_from_index(0, people.height)
    stated = typed.get("is_opt_out_all_plans", none)
    status = typed.get("status", pl.Series([None], dtype=pl.String).new_from_index(0, people.height))
    all_plans = stated.fill_null(False) | waives.fill_null(False) | (status == "Waiving").fill_null(False)
    out = {"is_opt_out_all_plans": all_plans, "opt_out_plan_types": waived_types}
    if "status" in typed:
        share = typed.get("full_time_equivalent", none.cast(pl.Float64))
        half = (status == "Part-Time") & share.is_null()
        found.add("part_time_assumed_half", half, "status", people["status"])
        left = (status == "Terminated") & typed.get("termination_date", none.cast(pl.Date)).is_null()
        found.add("left_without_date", left, "status", people["status"])
        full = pl.when(status == "Full-Time").then(1.0).when(half.fill_null(False)).then(0.5)
        out["full_time_equivalent"] = pl.select(pl.coalesce(share, full)).to_series()
    out["stated_tier"] = tier
    return out


def counts_only(people: pl.DataFrame) -> pl.Series:
    """People of censuses that list no dependents: there the tier stated decides."""
    dependent = people["is_readable"] & (people["association"] != "Self")
    return ~people["census"].is_in(people["census"].filter(dependent).unique().implode())


def persons(
    texts: pl.DataFrame, people: pl.DataFrame, typed: dict[str, pl.Series], links: pl.DataFrame
) -> pl.DataFrame:
    """The persons frame: place, skip reason, texts, typed columns, link, and the person of whom it is another row."""
    empty: dict[Any, pl.Series] = {}
    columns = [people[name] for name in ("person", "file_no", "line_number", "person_no", "skip_reason")]
    linked = {name: links[name] for name in ("source_system_identifier", "primary_member_source")}
    values: list[pl.Series] = []
    for name, dtype in TYPES.items():
        columns.append(_text_of(texts, name, empty).alias(TEXTS[name]))
        value = linked.get(name, typed.get(name))
        if value is None and name in people.columns:
            value = people[name]
        values.append((value if value is not None else _null(dtype, people.height, empty)).alias(name))
    return pl.DataFrame([*columns, *values, links["primary_person"], links["link_kind"], people["same_person"]])


def _text_of(texts: pl.DataFrame, name: str, empty: dict[Any, pl.Series]) -> pl.Series:
    sources = [texts[n] for n in _TEXT_OF.get(name, (name,)) if n in texts.columns]
    if not sources:
        return _null(pl.String, texts.height, empty)
    text = pl.select(pl.coalesce(sources)).to_series() if len(sources) > 1 else sources[0]
    return numbers.masked(text) if name == "ssn" else text


def _null(dtype: Any, height: int, empty: dict[Any, pl.Series]) -> pl.Series:
    """One column of nulls per type, shared by all columns that have nothing."""
    if dtype not in empty:
        empty[dtype] = pl.Series([None], dtype=dtype).new_from_index(0, height)
    return empty[dtype]


def headings(read: list[Batch]) -> pl.DataFrame:
    """file_no, person_no, field, header: the heading of each field and typed column, for each person of a row."""
    frames = []
    for batch in read:
        uses = _headings_of(batch.plan)
        table = pl.DataFrame(
            [(block, field, header) for (block, field), header in uses.items()],
            schema={"person_no": pl.Int16, "field": pl.String, "header": pl.String},
            orient="row",
        )
        numbers = pl.DataFrame({"file_no": [o.file_no for o in batch.opened]}, schema={"file_no": pl.Int32})
        frames.append(numbers.join(table, how="cross"))
    return pl.concat(frames)


def _headings_of(plan: Plan) -> dict[tuple[int, str], str]:
    """The heading by person of the row and field. The first column of a field names it; a household's facts of a
    further person stand in the columns of the row's own."""
    uses = {(use.block, use.field): use.header for use in reversed(plan.uses)}
    for block in range(1, len(plan.block_names) + 1):
        uses = {(block, name): uses[0, name] for name in HOUSEHOLD if (0, name) in uses} | uses
    for block in range(len(plan.block_names) + 1):
        for name, sources in _TEXT_OF.items():
            found = [uses[block, source] for source in sources if (block, source) in uses]
            uses |= {(block, name): found[0]} if found else {}
    return uses


def note_layouts(persons_: pl.DataFrame, people: pl.DataFrame, opened: list[Opened], read: list[Batch]) -> None:
    """How each file is laid out: by its commonest link, or wide, counts_only, one_row_per_enrollment."""
    kinds = (
        persons_.select("file_no", "link_kind", "person_no")
        .filter(pl.col("link_kind").is_not_null() & (pl.col("link_kind") != "self") & (pl.col("person_no") == 0))
        .group_by("file_no", "link_kind")
        .len()
        .sort("len", "link_kind", descending=True)
        .unique("file_no", keep="first", maintain_order=True)
    )
    by_link = dict(kinds.select("file_no", "link_kind").rows())
    wide = {o.file_no for batch in read if batch.plan.block_names for o in batch.opened}
    file_no = people["file_no"]
    repeated = set(file_no.filter(people["skip_reason"] == "same_person_other_plan").unique().to_list())
    tiers = set(file_no.filter(persons_["stated_tier"].is_not_null()).unique().to_list())
    for file in opened:
        no = file.file_no
        file.layout = (
            "wide"
            if no in wide
            else "one_row_per_enrollment"
            if no in repeated
            else by_link.get(no) or ("counts_only" if no in tiers else "employees_only")
        )


def files(opened: list[Opened], read: list[Batch]) -> pl.DataFrame:
    """The files frame."""
    mappings = {o.file_no: batch.plan.as_json for batch in read for o in batch.opened}
    records = [
        (
            o.file_no, o.asked.census_id, o.asked.name, o.sha256, o.n_bytes, o.file_format, o.encoding, o.separator,
            o.sheet_name, o.layout if o.fault is None else None,
            0 if o.file_format == "parquet" and o.heading_line else o.heading_line, list(o.header),
            mappings.get(o.file_no), o.fault.code if o.fault else None, o.fault.says if o.fault else None,
            o.fault.remedy if o.fault else None,
        )
        for o in opened
    ]  # fmt: skip
    return pl.DataFrame(records, schema=FILES, orient="row")


FILES: dict[str, Any] = {
    "file_no": pl.Int32, "census_id": pl.String, "file_name": pl.String, "sha256": pl.String, "n_bytes": pl.Int64,
    "file_format": pl.String, "encoding": pl.String, "separator": pl.String, "sheet_name": pl.String,
    "layout": pl.String, "heading_line": pl.Int32, "header": pl.List(pl.String), "mapping": pl.String,
    "fault_code": pl.String, "fault_says": pl.String, "fault_remedy": pl.String,
}  # fmt: skip


HEADINGS: dict[str, Any] = {"file_no": pl.Int32, "person_no": pl.Int16, "field": pl.String, "header": pl.String}


def nothing(opened: list[Opened]) -> "Landing":
    """The landing of files none of which can be read."""
    from services.intake.landing import Landing

    place = {"person": pl.UInt32, "line_number": pl.Int32, "product_type": pl.String, "column_name": pl.String}
    typed = {
        "person": pl.UInt32,
        "file_no": pl.Int32,
        "line_number": pl.Int32,
        "person_no": pl.Int16,
        "skip_reason": pl.String,
    }
    texts = dict.fromkeys(TEXTS.values(), pl.String)
    link = {"primary_person": pl.UInt32, "link_kind": pl.String, "same_person": pl.UInt32}
    return Landing(
        files(opened, []),
        pl.DataFrame(schema={"file_no": pl.Int32, "line_number": pl.Int32, "cells": pl.List(pl.String)}),
        pl.DataFrame(schema={**typed, **texts, **TYPES, **link}),
        pl.DataFrame(schema={**place, "cell": pl.String}),
        pl.DataFrame(schema={**place, "elected_cents": pl.Int64}),
        Found(pl.DataFrame()).finished(pl.DataFrame()),
        pl.DataFrame(schema=HEADINGS),
    )
