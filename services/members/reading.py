"""Members read in pages of whole families: getMembers, getMembersWithPlans, and the same over Connect.

What lives here: CM-80 to CM-86, and the shapes of what is read. What does not: which fields a set has (`std_fields`),
and any write.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from services.book import Transaction
from services.dollars import dollars
from services.insurance_errors import Refused, invalid
from services.members.fields import FIELDS
from services.members.std_fields import (
    MEMBER_FIELDS,
    PLAN,
    PLAN_FIELDS,
    ReadField,
    member_fields,
    plan_fields,
    plan_headers,
    plan_name,
)
from services.scope import Scope

MOST = 500
"""Primaries of a page, at most."""

_ASKED = pl.Schema({"group_census_member_id": pl.String})


@dataclass(frozen=True)
class Wanted:
    """Which families: those after a primary's id, of a word in a first or last name, of some members; None is any."""

    limit: int | None = None
    offset: str | None = None
    search_key: str | None = None
    member_ids: Sequence[str] | None = None


def get_members(
    tx: Transaction,
    census_id: str | None,
    wanted: Wanted,
    *,
    scope: Scope,
    field_set: str | None = None,
    with_plans: bool = False,
) -> dict[str, Any]:
    """getMembers: `census` with headers and members, and `lastOffset`, the last primary's id (null: nobody).

    An unknown census has no members (CM-83). Refused for a limit outside 1 to 500.
    """
    plans = plan_fields(None) if with_plans else []
    return _answer(tx, census_id, wanted, scope, member_fields(field_set), plans, None)


def get_members_with_plans(
    tx: Transaction,
    census_id: str | None,
    contract_id: str | None,
    wanted: Wanted,
    *,
    scope: Scope,
    field_set: str | None = None,
    plan_set: str | None = None,
) -> dict[str, Any]:
    """getMembersWithPlans: as getMembers, with the plans and the choices of a contract (by default the census's)."""
    offered = _offered(tx, census_id, contract_id, scope)
    return _answer(tx, census_id, wanted, scope, member_fields(field_set), plan_fields(plan_set), offered)


def page_of(
    tx: Transaction, census_id: str, wanted: Wanted, *, scope: Scope, with_plans: bool = False
) -> dict[str, Any]:
    """The same page with the members' Connect properties: `members` and `lastOffset`. Refused for an unknown census."""
    if not scope.sees(tx, "census", census_id):
        raise Refused(invalid("groupCensusId"))
    page = _page(tx, census_id, wanted, scope)
    columns = {field.column.wire: field.column.name for field in MEMBER_FIELDS.values() if field.column.wire}
    said = [
        (field.prop, "class_name" if field.column == "class_name" else columns[field.name])
        for field in FIELDS.values()
        if field.prop is not None
    ]
    shown = page.select(_shown(column).alias(name) for name, column in said)
    if with_plans:
        held = _held(tx, page, plan_fields(None))
        shown = shown.with_columns(held[PLAN].alias("contractGroupPlanId"))
    return {"members": shown.to_dicts(), "lastOffset": _last(page)}


def _answer(
    tx: Transaction, census_id: str | None, wanted: Wanted, scope: Scope, fields: Sequence[ReadField],
    plans: Sequence[ReadField], options: Sequence[dict[str, Any]] | None,
) -> dict[str, Any]:  # fmt: skip
    """The answer of a Std reader; each member has its Id, whether or not a set names it."""
    known = census_id if census_id and scope.sees(tx, "census", census_id) else ""
    page = _page(tx, known, wanted, scope)
    every = dict.fromkeys(["Id", *(field.name for field in fields)])
    shown = page.select(_shown(MEMBER_FIELDS[name.lower()].column.name).alias(name) for name in every)
    if plans:
        shown = shown.hstack(_held(tx, page, plans))
    headers = [*(field.header() for field in fields), *plan_headers(plans, options)]
    return {"census": {"headers": headers, "members": shown.to_dicts()}, "lastOffset": _last(page)}


def _page(tx: Transaction, census_id: str, wanted: Wanted, scope: Scope) -> pl.DataFrame:
    """The members of a page, each primary before its dependents, in order of the primaries' ids."""
    if wanted.limit is not None and not 1 <= wanted.limit <= MOST:
        raise Refused(invalid("limit"))
    word = (wanted.search_key or "").strip()
    listed = list(wanted.member_ids or ())
    asked = {
        "census_id": census_id,
        "offset": wanted.offset or "",
        "family": scope.family_id,
        "word": word or None,
        "is_listed": bool(listed),
        "most": wanted.limit or MOST,
    }
    with tx.lend(reading_asked=pl.DataFrame({"group_census_member_id": listed}, schema=_ASKED)):
        return tx.frame("member_reading.page", asked)


def _last(page: pl.DataFrame) -> str | None:
    """The last primary's id (CM-80)."""
    return page["family_id"].max() if page.height else None  # type: ignore[return-value]


def _shown(column: str) -> pl.Expr:
    """A column as JSON shows it: dates as text, cents as dollars."""
    if column.endswith("_cents"):
        return dollars(pl.col(column))
    if column.endswith("_at"):
        return pl.col(column).dt.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return pl.col(column).dt.strftime("%Y-%m-%d") if column in _DAYS else pl.col(column)


_DAYS = frozenset(
    field.column.name for field in (*MEMBER_FIELDS.values(), *PLAN_FIELDS.values()) if field.header()["type"] == "DATE"
)


def _held(tx: Transaction, page: pl.DataFrame, fields: Sequence[ReadField]) -> pl.DataFrame:
    """For each member of a page the values of its plans joined with semicolons, in the order they were made; blank
    without plans (CM-85)."""
    members = page.select("group_census_member_id")
    with tx.lend(reading_members=members):
        plans = tx.frame("member_reading.plans")
    texts = plans.select(
        "group_census_member_id",
        *(_shown(field.column.name).cast(pl.String).fill_null("").alias(plan_name(field)) for field in fields),
    )
    joined = texts.group_by("group_census_member_id", maintain_order=True).agg(pl.all().str.join(";"))
    held = members.join(joined, on="group_census_member_id", how="left", maintain_order="left")
    return held.drop("group_census_member_id").with_columns(pl.all().fill_null(""))


def _offered(tx: Transaction, census_id: str | None, contract_id: str | None, scope: Scope) -> list[dict[str, Any]]:
    """The choices of a contract: one for each root plan, its coverages within. Empty for a contract that is none of the
    census's account."""
    found = tx.row("member_reading.contract_of", {"census_id": census_id})
    wanted = contract_id or (found[0] if found else None)
    is_known = found is not None and scope.sees(tx, "census", str(census_id))
    if found is None or not is_known or wanted is None or not scope.sees(tx, "contract", wanted):
        return []
    term = tx.row("member_reading.term_of", {"contract_id": wanted})
    if term is None or term[0] != found[1]:
        return []
    plans = tx.frame("member_reading.offered", {"contract_id": wanted})
    coverages = plans.filter(~pl.col("is_root")).select(
        "root_plan_id", child=pl.struct(value="contract_plan_id", IsOptional="is_optional", name="name")
    )
    children = coverages.group_by("root_plan_id", maintain_order=True).agg(childProducts="child")
    roots = plans.filter("is_root").join(children, on="root_plan_id", how="left", maintain_order="left")
    made = roots.select(
        value="contract_plan_id", type="plan_type", name="name", childProducts="childProducts"
    ).to_dicts()
    return [{**one, "childProducts": one["childProducts"] or []} for one in made]
