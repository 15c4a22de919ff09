"""Enrollments read: the policies of members, with who is in them and what they cover.

What lives here: getMemberEnrollments and the same over REST (EN-25 to EN-28). What does not: single records
(`services.records`), and any write.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from services.book import Transaction
from services.dollars import dollars
from services.insurance_errors import Refused, bad_date, invalid, missing
from services.member_rating.words import day_of
from services.policies.standing import standing
from services.scope import Scope

_ASKED = pl.Schema({"group_census_member_id": pl.String})


@dataclass(frozen=True)
class Wanted:
    """Which enrollments, and how much of each.

    A day, else the enrollment start of a contract, is the first day of the policies wanted; with `as_of` those that
    cover it. `with_optional` adds optional coverages of the plan that nobody chose, `omits_coverages` leaves all out.
    """

    effective_date: str | None = None
    contract_id: str | None = None
    as_of: bool = False
    account_id: str | None = None
    with_optional: bool = False
    omits_coverages: bool = False


def enrollments(
    tx: Transaction, member_ids: Sequence[str] | None, wanted: Wanted, *, scope: Scope, today: date,
    needs_day: bool = True, name: str = "censusMemberIds",
) -> dict[str, Any]:  # fmt: skip
    """`totalSize` and `records`, one for each member that has an enrollment; none is no error (EN-28).

    The status of each is that of `today`.

    Refused for no members, an unknown member, contract or account, a bad date, and, where `needs_day`, neither a date
    nor a contract. `name` is what the caller calls the members.
    """
    asked = list(dict.fromkeys(member_ids or ()))
    if not asked:
        raise Refused(missing(name))
    if len(scope.known(tx, "member", asked)) < len(asked):
        raise Refused(invalid(name))
    for kind, said, record_id in (
        ("account", "groupAccountId", wanted.account_id),
        ("contract", "contractId", wanted.contract_id),
    ):
        if record_id and not scope.sees(tx, kind, record_id):
            raise Refused(invalid(said))
    day = _day(tx, wanted, needs_day=needs_day)
    about = {
        "account_id": wanted.account_id or None,
        # The contract only stands in for a date that is not stated (`effectiveDate` wins).
        "contract_id": wanted.contract_id or None if not wanted.effective_date else None,
        "day": day,
        "is_as_of": wanted.as_of,
    }
    with tx.lend(enrollments_asked=pl.DataFrame({"group_census_member_id": asked}, schema=_ASKED)):
        policies = tx.frame("policies.enrollments", about).with_columns(standing(today))
    if policies.is_empty():
        return {"totalSize": 0, "records": []}
    found = policies.select("policy_id").unique()
    with tx.lend(enrollments_found=found):
        coverages = (
            None
            if wanted.omits_coverages
            else tx.frame("policies.enrolled_coverages", {"with_optional": wanted.with_optional})
        )
        dependents = tx.frame("policies.enrolled_dependents")
        attributes = tx.frame("policies.enrolled_attributes")
    rows = _with_parts(policies, coverages, dependents, attributes).sort("member_id", "effective_date", "policy_id")
    members = rows.group_by("member_id", maintain_order=True).agg(
        pl.col("first_name", "last_name", "member_contact_id").first(), told="told"
    )
    records = members.select(
        FirstName="first_name",
        LastName="last_name",
        Id="member_id",
        contactId="member_contact_id",
        enrollments=pl.struct(totalSize=pl.col("told").list.len(), records="told"),
    )
    return {"totalSize": members.height, "records": records.to_dicts()}


def _day(tx: Transaction, wanted: Wanted, *, needs_day: bool) -> date | None:
    if wanted.effective_date:
        day = day_of(wanted.effective_date)
        if day is None:
            raise Refused(bad_date().about(field="effectiveDate"))
        return day
    if wanted.contract_id:
        found = tx.row("policies.contract_enrollment_start", {"contract_id": wanted.contract_id})
        if found is None or found[0] is None:
            raise Refused(missing("EnrollmentStartDate"))
        return found[0]
    if needs_day:
        raise Refused(missing("effectiveDate"))
    return None


def _day_text(column: str) -> pl.Expr:
    return pl.col(column).dt.to_string("%Y-%m-%d")


def _joined(rows: pl.DataFrame, frame: pl.DataFrame, parts: pl.Expr, key: str, name: str) -> pl.DataFrame:
    """The rows with the list of the parts of each; an empty one where there are none."""
    grouped = frame.group_by(key, maintain_order=True).agg(parts.alias(name))
    made = rows.join(grouped, on=key, how="left", maintain_order="left")
    return made.with_columns(pl.col(name).fill_null(pl.lit([], dtype=made.schema[name])))


def _sized(name: str) -> pl.Expr:
    """A list as `{totalSize, records}`."""
    return pl.struct(totalSize=pl.col(name).list.len(), records=name)


def _money() -> list[pl.Expr]:
    names = {
        "StandardPremium": "standard",
        "Price": "term",
        "EmployerContribution": "employer",
        "EmployeeContribution": "employee",
    }
    return [dollars(pl.col(f"{column}_cents")).alias(name) for name, column in names.items()]


def _with_parts(
    policies: pl.DataFrame, coverages: pl.DataFrame | None, dependents: pl.DataFrame, attributes: pl.DataFrame
) -> pl.DataFrame:
    """The policies, each with `told`: the enrollment in published words. The price is that of the days covered."""
    people = pl.struct(
        Id="member_id", FirstName="first_name", LastName=pl.coalesce("last_name", "participant_name"),
        relationshipType="relationship", partyId="party_id", contactId="contact_id", isActive="is_active",
        EffectiveStart=_day_text("effective_date"), EffectiveEnd=_day_text("expiration_date"),
    )  # fmt: skip
    values = pl.struct(attributeName="attribute_name", value="value")
    rows = _joined(policies, dependents, people, "policy_id", "dependents")
    rows = _joined(rows, attributes, values, "contract_plan_id", "values")
    more: list[pl.Expr] = []
    if coverages is not None:
        products = pl.struct(
            *_money(), Id="coverage_id", planId="contract_plan_id", productId="product_id", productName="product_name",
            ProductCode="product_code", isOptional="is_optional", isSelected="is_selected", censusMemberId="member_id",
        )  # fmt: skip
        rows = _joined(rows, coverages, products, "policy_id", "coverages")
        more.append(_sized("coverages").alias("childProducts"))
    return rows.with_columns(
        told=pl.struct(
            *_money(), *more, Id="policy_id", policyNumber="policy_number", Status="status", productId="product_id",
            productName=pl.coalesce("product_name", "policy_name"), ProductCode="product_code", accountId="account_id",
            EffectiveStart=_day_text("effective_date"), EffectiveEnd=_day_text("expiration_date"),
            planId="contract_plan_id", contractId="contract_id", Term="policy_term",
            attributeCategories=pl.lit([], dtype=pl.List(pl.String)), attributeSelectedValues="values",
            dependents=_sized("dependents"),
        )
    )  # fmt: skip
