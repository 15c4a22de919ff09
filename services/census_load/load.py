"""The road of a census load: landed columns in, members, selections, issues and counters out.

What lives here: `load_censuses`, which walks the stretches in order, and its outcome. What does not: any
rule (each has its module beside this one), reading files (`services.intake`), opening the book.

Everything is decided in columns over all censuses before the first write, so a dry run makes the same
outcome and simply does not write. With `strict`, a census is all or nothing: one refused row or plan
refuses every row of its files.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

import polars as pl

from services import ids, summary
from services.book import Transaction
from services.census_load import accounting, classes, families, leaving, mapped_only, member_key, ssn, store, validate
from services.census_load.amounts import Amounts, elect
from services.census_load.kinds import ERROR, PLAN
from services.census_load.ledger import Ledger
from services.census_load.people import people_of
from services.census_load.selections import Selections, choose
from services.census_load.settling import FACTS
from services.census_load.stored import Stored, read_stored
from services.census_load.tally import changes_of, loads_of
from services.census_load.upsert import Census, Mint, merge
from services.intake.landing import Landing
from services.one_go import collected
from services.scope import EVERYTHING, Scope

Mode = Literal["merge", "replace"]


@dataclass(frozen=True)
class LoadOutcome:
    """What a load did, or, for a dry run, would do."""

    per_census: pl.DataFrame
    """One row per file: the columns of book.census_load, with census_name, account_name and file_name."""
    issues: pl.DataFrame
    """The columns of book.census_issue, with file_name and census_name."""
    changes: pl.DataFrame
    """what (added, changed, missing, removed, refused), group_census_id, group_census_member_id,
    source_system_identifier, file_name, line_number. No personal values."""
    without_plans: pl.DataFrame
    """account_name, census_name of the enrollment censuses of which somebody was accepted and nobody has a plan: they
    are rated as nothing."""
    unread: pl.DataFrame = field(default_factory=pl.DataFrame)
    """file_name, column_name of the columns that no field was found for; whoever landed the files fills it in."""


@dataclass(frozen=True)
class _Decided:
    """A load decided, before it is written."""

    people: pl.DataFrame
    census: Census
    selections: Selections
    amounts: Amounts
    outcomes: pl.Series


def load_censuses(
    tx: Transaction,
    landing: Landing,
    *,
    cohort: str | None,
    mode: Mode,
    strict: bool,
    now: datetime,
    dry_run: bool = False,
    duplicate_fields: Sequence[str] = (),
    ssn_key: str | None = None,
    check: Callable[[pl.DataFrame], pl.DataFrame] | None = None,
    scope: Scope = EVERYTHING,
) -> LoadOutcome:
    """Validate landed files and store them into their censuses, all in the caller's transaction.

    `mode` merge keeps members that the files do not state, replace removes them. `duplicate_fields` are
    published field names that join the member key. `check` sees the judged people that nothing refuses so far, and
    answers with issues in the columns of the ledger. `scope` is that of the caller, by which links that rows state are
    looked up. Raises NotFound for an unknown census, Malformed for an
    unknown field, and AccountingError (a defect) when a row would be lost; row problems are issues.
    """
    now = now.astimezone(UTC).replace(tzinfo=None) if now.tzinfo else now
    mint = _minter(tx, dry_run)
    stored = _with_file_ids(read_stored(tx, landing), mint)
    ledger = Ledger.of(landing.persons.height)
    is_replaced = mode == "replace"
    if ssn_key is None and landing.persons["ssn"].null_count() < landing.persons.height:
        ssn_key = ssn.key_beside(tx, may_create=not dry_run)
    people = _judged(
        tx, landing, stored, ledger, now, strict, is_replaced, duplicate_fields, ssn_key or "", check, scope
    )
    decided = _decided(landing, people, stored, ledger, is_replaced, mint, strict)
    if is_replaced:
        leaving.tell_kept(landing, people, stored, decided.census.blocked, ledger)
    issues = validate.with_headings(ledger.issues(), landing)
    accounting.check(landing, people, decided.outcomes, issues, decided.census.after)
    loads = loads_of(
        landing, stored, decided.people, decided.outcomes, decided.census, decided.selections, decided.amounts, mint
    ).with_columns(
        cohort=pl.lit(cohort, pl.String),
        mode=pl.lit(mode),
        loaded_at=pl.lit(now, pl.Datetime("us")),
        undone_at=pl.lit(None, pl.Datetime("us")),
    )
    rows = store.issue_rows(issues, stored.files)
    if not dry_run:
        store.write(tx, _writes(landing, stored, decided, loads, rows, now, mint), now)
        summary.sync(tx, stored.targets["group_census_id"].to_list(), now=now)
    return _outcome(landing, stored, decided, loads, rows, dry_run)


def _judged(
    tx: Transaction, landing: Landing, stored: Stored, ledger: Ledger, now: datetime, strict: bool, is_replaced: bool,
    duplicate_fields: Sequence[str], ssn_key: str, check: Callable[[pl.DataFrame], pl.DataFrame] | None,
    scope: Scope,
) -> pl.DataFrame:  # fmt: skip
    """The landed persons with keys, matches, primaries and classes; whoever fails is refused in the ledger."""
    people = people_of(landing, stored)
    columns = member_key.key_columns(duplicate_fields)
    validate.take_faults(landing, people, ledger)
    if people.height:
        validate.check_persons(landing, people, now, ledger)
        mapped_only.check(tx, people, scope, ledger)
    people = member_key.with_keys(tx, people, columns, ssn_key)
    people = member_key.with_keys_of_named(tx, people, stored.members, columns)
    # Another row of a person (one row per enrollment) is refused for its own fault, and no duplicate.
    keyed = pl.col("member_key").is_not_null() & ~pl.col("is_skipped") & pl.col("same_person").is_null()
    told = ledger.issues().filter(pl.col("code") == "duplicate_row")["person"].drop_nulls()
    keyed &= ~pl.col("person").is_in(told.implode())
    member_key.refuse_duplicates(people, landing.files, ledger, ["group_census_id", "member_key"], keyed)
    people = member_key.with_matches(people, stored.members, landing.files, ledger)
    people = classes.with_classes(people, stored, ledger)
    if people.height:
        people = families.with_primaries(people, stored.members, ledger)
        people = families.prefer_rows(families.of_one_primary(people, stored.members, ledger))
        going = stored.members["stored"].clear()
        if is_replaced:
            going = leaving.about_to_go(landing, people, stored, ledger)
        families.refuse_second_spouses(people, stored.members, going, ledger)
        if check is not None:
            ledger.add(check(people.filter(~pl.col("is_skipped") & ~ledger.refused)))
        families.refuse_families(people, ledger)
        leaving.warn_of_renamed(people, stored, going, ledger)
    else:
        people = people.with_columns(primary_row=pl.lit(None, pl.UInt32), primary_stored=pl.lit(None, pl.UInt32))
    if strict:
        _refuse_files(people, ledger)
    classes.warn(people, stored, ledger)
    return _with_chosen_types(landing, people)


def _refuse_files(people: pl.DataFrame, ledger: Ledger) -> None:
    """Strict: a census with any refused person, unreadable file or refused plan is refused whole."""
    issues = ledger.issues().filter(pl.col("severity") == ERROR)
    census_of = people.select("file_no", "group_census_id").unique()
    bad = pl.concat(
        [
            people.filter(ledger.refused)["group_census_id"],
            issues.select("file_no").unique().join(census_of, on="file_no")["group_census_id"],
        ]
    ).unique()
    held_back = people.filter(pl.col("group_census_id").is_in(bad.implode()) & ~pl.col("is_skipped") & ~ledger.refused)
    ledger.say("file_refused_strict", held_back.select("file_no", "line_number", "person_no", "person"))


def _with_chosen_types(landing: Landing, people: pl.DataFrame) -> pl.DataFrame:
    """`chosen_types`: the product types of which a person's cells name a plan."""
    chosen = landing.choices.drop_nulls("product_type")
    if chosen.is_empty():
        return people.with_columns(chosen_types=pl.lit([], pl.List(pl.String)))
    listed = chosen.group_by(pl.col("person").cast(pl.UInt32)).agg(chosen_types="product_type")
    return people.join(listed, on="person", how="left", maintain_order="left").with_columns(
        pl.col("chosen_types").fill_null([])
    )


def _decided(
    landing: Landing, people: pl.DataFrame, stored: Stored, ledger: Ledger, is_replaced: bool, mint: Mint, strict: bool
) -> _Decided:
    """The census and its selections after the load; under strict once more, should a plan have been refused."""
    outcomes = accounting.outcomes_of(people, ledger.refused)
    accepted = outcomes == "accepted"
    seen = leaving.seen(landing, people, ledger)
    census = merge(
        people,
        stored,
        accepted=accepted,
        absent=leaving.absent(people, stored, ledger).join(
            seen, on="group_census_id", how="semi", maintain_order="left"
        ),
        replaceable=leaving.replaceable(landing, people, stored, ledger) if is_replaced else None,
        mint=mint,
    )
    selections = choose(landing, people, census.after, census.removed, stored, ledger)
    amounts = elect(landing, people, selections, ledger)
    refused_plans = ledger.issues().filter((pl.col("scope") == PLAN) & (pl.col("severity") == ERROR))
    if strict and refused_plans.height:
        _refuse_files(people, ledger)
        told = len(ledger.frames)
        decided = _decided(landing, people, stored, ledger, is_replaced, mint, strict=False)
        del ledger.frames[told:]  # what the second round says of the other censuses was said in the first
        return decided
    return _Decided(people, census, selections, amounts, outcomes)


def _with_file_ids(stored: Stored, mint: Mint) -> Stored:
    """The stored frames, every landed file with its id: the one it had, or a new one."""
    files = stored.files.with_columns(is_known=pl.col("census_file_id").is_not_null())
    n = files["census_file_id"].null_count()
    if n:
        fresh = ids.spell_many(ids.CENSUS_FILE, mint(ids.CENSUS_FILE, n), n)
        place = (files["census_file_id"].is_null().cum_sum().cast(pl.Int64) - 1).clip(0)
        files = files.with_columns(census_file_id=pl.coalesce("census_file_id", pl.lit(fresh.gather(place))))
    return Stored(**{**{name: getattr(stored, name) for name in Stored.__dataclass_fields__}, "files": files})


def _minter(tx: Transaction, dry_run: bool) -> Mint:
    """The transaction's own counter; for a dry run one that only looks at it."""

    def look(prefix: str, n: int) -> int:
        found = tx.row("census.last_number", {"prefix": prefix}) if n else None
        return int(found[0]) + 1 if found else 1

    return look if dry_run else (lambda prefix, n: tx.mint(prefix, n) if n else 1)


def _writes(
    landing: Landing,
    stored: Stored,
    decided: _Decided,
    loads: pl.DataFrame,
    issues: pl.DataFrame,
    now: datetime,
    mint: Mint,
) -> store.Writes:
    """Everything in the shape of its table."""
    first_load = (
        loads.lazy()
        .sort("file_no")
        .unique("group_census_id", keep="first", maintain_order=True)
        .select("group_census_id", first_load="census_load_id")
    )
    after = collected(
        decided.census.after.lazy()
        .join(loads.lazy().select("file_no", "census_load_id"), on="file_no", how="left", maintain_order="left")
        .join(first_load, on="group_census_id", how="left", maintain_order="left")
        .with_columns(census_load_id=pl.coalesce("census_load_id", "first_load"))
        .drop("first_load")
    )
    after = _with_class_summaries(after, stored, mint)
    members, changed = store.member_rows(after, now)
    removed = collected(
        decided.census.removed.lazy()
        .join(first_load, on="group_census_id", how="left")
        .select("group_census_member_id", census_load_id="first_load")
    )
    load_of = after.select("census_load_id").with_row_index("m").with_columns(pl.col("m").cast(pl.Int64))
    gone = (
        decided.selections.removed.lazy()
        .join(load_of.lazy(), on="m", how="left")
        .join(first_load, on="group_census_id", how="left")
        .select("member_plan_id", pl.coalesce("census_load_id", "first_load"), is_removed=pl.lit(True))
    )
    amended = (
        decided.amounts.changed.lazy()
        .join(load_of.lazy(), on="m", how="left")
        .select("member_plan_id", "census_load_id", *FACTS, is_removed=pl.lit(False))
    )
    return store.Writes(
        known_files=stored.files.filter("is_known").select("census_file_id"),
        files=store.raw_files(landing, stored.files, now),
        rows=store.raw_rows(landing, stored.files),
        persons=store.raw_persons(decided.people, decided.outcomes, after),
        issues=issues,
        loads=store.load_rows(loads),
        members=members,
        outgoing=pl.concat([changed, removed]),
        plans=store.selection_rows(decided.selections, decided.amounts, load_of, now, mint),
        outgoing_plans=collected(pl.concat([gone, amended], how="diagonal")),
        versions=loads.filter("is_moved").select("group_census_id", "census_version").unique(),
    )


def _with_class_summaries(after: pl.DataFrame, stored: Stored, mint: Mint) -> pl.DataFrame:
    """Each member with the summary record of its class, so that the sync at the end finds them linked (CS-13)."""
    on = ["group_census_id", "group_class_id"]
    pairs = (
        after.select(on)
        .drop_nulls()
        .unique(maintain_order=True)
        .join(stored.class_summaries, on=on, how="left", maintain_order="left")
    )
    n = pairs["class_summary_id"].null_count()
    if n:
        fresh = ids.spell_many(ids.SUMMARY, mint(ids.SUMMARY, n), n)
        place = (pairs["class_summary_id"].is_null().cum_sum().cast(pl.Int64) - 1).clip(0)
        pairs = pairs.with_columns(class_summary_id=pl.coalesce("class_summary_id", pl.lit(fresh.gather(place))))
    return after.drop("class_summary_id").join(pairs, on=on, how="left", maintain_order="left")


def _outcome(
    landing: Landing, stored: Stored, decided: _Decided, loads: pl.DataFrame, issues: pl.DataFrame, dry_run: bool
) -> LoadOutcome:
    """The outcome in words people read: with names of files and censuses."""
    names = stored.targets.select("group_census_id", "census_name", "account_name")
    files = landing.files.select("file_no", "file_name").join(
        stored.files.select("file_no", "census_file_id"), on="file_no"
    )
    per_census = loads.join(names, on="group_census_id", how="left", maintain_order="left").join(
        files.select("file_no", "file_name"), on="file_no", how="left", maintain_order="left"
    )
    told = issues.join(
        files.select("census_file_id", "file_name"), on="census_file_id", how="left", maintain_order="left"
    ).join(names.select("group_census_id", "census_name"), on="group_census_id", how="left", maintain_order="left")
    return LoadOutcome(
        per_census.drop("file_no", "is_moved"),
        told,
        changes_of(decided.people, decided.outcomes, decided.census, files, dry_run),
        _without_plans(stored, decided.selections, per_census),
    )


def _without_plans(stored: Stored, selections: Selections, per_census: pl.DataFrame) -> pl.DataFrame:
    """The enrollment censuses of which somebody was accepted and nobody has a plan after the load."""
    census_of = selections.members.select("m", "group_census_id")
    held = stored.selections.join(selections.removed, on="member_plan_id", how="anti")["group_census_id"]
    chosen = selections.added.join(census_of, on="m")["group_census_id"]
    has_plans = pl.concat([held, chosen]).unique().implode()
    accepted = per_census.filter(pl.col("n_accepted") > 0)["group_census_id"].unique().implode()
    left = stored.targets.filter(
        (pl.col("type") == "Enrollment")
        & pl.col("group_census_id").is_in(accepted)
        & ~pl.col("group_census_id").is_in(has_plans)
    )
    return left.select("account_name", "census_name").sort("account_name", "census_name")
