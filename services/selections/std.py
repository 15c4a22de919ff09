"""addPlanSelections: plans for members that are stored, each valid plan saved beside refused ones.

What lives here: the rules of the Std service (PS-1 to PS-15), and the end of new members that stay without a plan
(WP-8, WP-10). What does not: saving members, which updateMembersWithPlans does before it comes here, and HTTP.

A verdict is made for all members at once; the texts of the answer are made in columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from services.book import Transaction
from services.members.remove import take_out
from services.members.save import within_limit
from services.scope import Scope
from services.selections import near
from services.selections.facts import cells_of, facts_of, plain, texts_of
from services.selections.judge import STD, judge
from services.selections.store import write

ROWS = pl.Schema(
    {"row": pl.UInt32, "group_census_member_id": pl.String, "is_new": pl.Boolean, "cell": pl.String, "bad": pl.String}
)
"""A member of the call: its position, id, whether it was just made, its plan ids joined with semicolons, and what is
wrong with another field of it (null: nothing). Columns of `services.selections.store.STATED` may stand beside."""

PLAN_FIELDS = ("contractgroupplanid", "contractgroupplan", "contactgroupplanid")
"""Names that the plan column goes by, in lower case: what the payloads say, and what the prose says."""

NO_ID = "Specify Id of the census member."
_NOT_VALID = "ContractGroupPlan value is not valid:"


@dataclass(frozen=True)
class Selected:
    """What came of it."""

    member_plan_ids: list[str] = field(default_factory=list)
    """Records made, by member."""
    errors: list[dict[str, Any]] = field(default_factory=list)
    """One entry for each member with a refused plan, in the published names, in the order of the call."""
    deleted_member_ids: list[str] = field(default_factory=list)
    """New members that were taken out again, dependents of one included."""
    warnings: list[str] = field(default_factory=list)
    """Why nothing at all could be done."""


def add_plan_selections(
    tx: Transaction, census_id: str | None, contract_id: str | None, census: Mapping[str, Any], *,
    only_with_valid: bool, scope: Scope, now: datetime,
) -> Selected:  # fmt: skip
    """The service as called: `census` has headers and members. Nothing here is a fault of the call but too
    many members (GB-CEN-001)."""
    headers, members = census.get("headers") or [], census.get("members") or []
    if not members:
        return Selected(warnings=["The census input has no members; no plan was added."])
    within_limit(tx, len(members))
    rows = of_members(tx, headers, members)
    return add_many(tx, census_id, contract_id, rows, only_with_valid=only_with_valid, scope=scope, now=now)


def of_members(
    tx: Transaction, headers: Sequence[Mapping[str, Any]], members: Sequence[Mapping[str, Any]]
) -> pl.DataFrame:
    """Rows of a call: `Id`, `isNewMember`, the plan column, and the fields of a selection that the headers name."""
    named = {plain(str(header.get("name") or "")) for header in headers}
    cells, n = cells_of(tx, members), len(members)
    rows = pl.DataFrame(
        {
            "group_census_member_id": texts_of(cells, n, "id"),
            "is_new": (texts_of(cells, n, "isnewmember").str.to_lowercase() == "true").fill_null(False),
            "cell": texts_of(cells, n, *PLAN_FIELDS),
        }
    )
    return rows.with_row_index("row").hstack(facts_of(cells, n, named))


def add_many(
    tx: Transaction, census_id: str | None, contract_id: str | None, rows: pl.DataFrame, *, only_with_valid: bool,
    scope: Scope, now: datetime,
) -> Selected:  # fmt: skip
    """Add the plans of `rows` (columns of `ROWS`) and, with `only_with_valid`, take out new members left without
    any."""
    warnings = _warnings(tx, census_id, contract_id, scope)
    is_open = not warnings
    if census_id is None or not scope.sees(tx, "census", census_id):
        return Selected(errors=_errors(rows, rows["group_census_member_id"].clear(), _words(rows)), warnings=warnings)
    with tx.lend(selections_asked=rows.select("group_census_member_id").drop_nulls().unique()):
        here = tx.frame("selections.in_census", {"census_id": census_id})["id"]
    known = rows.filter(pl.col("group_census_member_id").is_in(here.implode()))
    wishes = _words(known.filter(pl.col("bad").is_null()))
    made: list[str] = []
    refused = _words(rows)
    if is_open and wishes.height:
        stored = near.read(tx, known["group_census_member_id"], contract_id)
        verdict = judge(stored, wishes.select("at", "group_census_member_id", "word"), ways=STD, brings_mandatory=False)
        stated = verdict.granted.join(wishes.select("at", "row"), on="at").join(
            rows.drop("group_census_member_id"), on="row"
        )
        held = write(tx, verdict, now=now, stated=stated.drop("at", "row", "is_new", "cell", "bad", strict=False))
        new = verdict.added.join(held, on=["m", "plan"], how="left", maintain_order="left")
        made = new["member_plan_id"].to_list()
        granted = wishes.filter(pl.col("at").is_in(verdict.granted["at"].implode())).select("row", "part")
        refused = refused.join(granted, on=["row", "part"], how="anti", maintain_order="left")
    errors = _errors(rows, here, refused)
    if not only_with_valid:
        return Selected(made, errors, warnings=warnings)
    gone, plans_gone = _take_out_new(tx, census_id, known.filter("is_new")["group_census_member_id"], now)
    return Selected([one for one in made if one not in plans_gone], errors, gone, warnings)


def _warnings(tx: Transaction, census_id: str | None, contract_id: str | None, scope: Scope) -> list[str]:
    """Why no plan can be added for anybody; empty when it can (PS-1)."""
    found = tx.row("selections.census_of", {"census_id": census_id}) if census_id else None
    if found is None or not scope.sees(tx, "census", str(census_id)):
        return ["censusId names no census; no plan was added."]
    contract = tx.row("selections.contract_of", {"contract_id": contract_id}) if contract_id else None
    if contract is None or not scope.sees(tx, "contract", str(contract_id)):
        return ["contractId names no contract; no plan was added."]
    _, _, account_id, own_contract = found
    if contract[1] != account_id:
        return ["The contract belongs to another account than the census; no plan was added."]
    if own_contract not in (None, contract_id):
        return ["The census is of another contract; no plan was added."]
    return []


def _words(rows: pl.DataFrame) -> pl.DataFrame:
    """Each plan named in the cells: at (over all), row, part (within the row), group_census_member_id, word."""
    words = (
        rows.select("row", "group_census_member_id", word=pl.col("cell").fill_null("").str.split(";"))
        .explode("word", empty_as_null=True)
        .with_columns(pl.col("word").str.strip_chars())
        .filter(pl.col("word").fill_null("") != "")
    )
    return words.with_columns(part=pl.int_range(pl.len(), dtype=pl.UInt32).over("row")).with_row_index("at")


def _errors(rows: pl.DataFrame, here: pl.Series, refused: pl.DataFrame) -> list[dict[str, Any]]:
    """One entry for each row with a refused plan, or without a member."""
    counts = _words(rows).group_by("row").agg(n=pl.len())
    lost = refused.group_by("row", maintain_order=True).agg(n_lost=pl.len(), words=pl.col("word").str.join("; "))
    told = rows.join(counts, on="row", how="left", maintain_order="left").join(
        lost, on="row", how="left", maintain_order="left"
    )
    is_nobody = pl.col("group_census_member_id").is_null() | ~pl.col("group_census_member_id").is_in(here.implode())
    text = (
        pl.when(is_nobody)
        .then(pl.lit(NO_ID))
        .when(pl.col("bad").is_not_null())
        .then("bad")
        .otherwise(pl.concat_str(pl.lit(_NOT_VALID), "words"))
    )
    bad = told.with_columns(error=text).filter(is_nobody | pl.col("bad").is_not_null() | pl.col("n_lost").is_not_null())
    return bad.select(
        Id="group_census_member_id",
        isNewMember="is_new",
        numPlans=pl.col("n").fill_null(0),
        numPlansError=pl.col("n_lost").fill_null(0),
        ContractGroupPlan="cell",
        error="error",
    ).to_dicts()


def _take_out_new(tx: Transaction, census_id: str, new: pl.Series, now: datetime) -> tuple[list[str], frozenset[str]]:
    """Take out new members that hold no plan, with the new dependents of one (WP-8, WP-10); who and which records go.

    A member whose dependents were there before stays.
    """
    asked = pl.DataFrame({"group_census_member_id": new})
    with tx.lend(selections_asked=asked):
        empty = tx.frame("selections.without_plan", {"census_id": census_id})
    if empty.is_empty():
        return [], frozenset()
    with tx.lend(selections_asked=empty.select("group_census_member_id")):
        kin = tx.frame("selections.dependents_of")
    old = kin.filter(~pl.col("group_census_member_id").is_in(new.implode()))["primary_member_id"]
    going = empty.filter(~pl.col("group_census_member_id").is_in(old.implode()))["group_census_member_id"]
    follow = kin.filter(pl.col("primary_member_id").is_in(going.implode()))["group_census_member_id"]
    every = pl.concat([going, follow]).unique(maintain_order=True)
    plans = take_out(tx, census_id, every, now=now)
    return every.sort().to_list(), frozenset(plans)
