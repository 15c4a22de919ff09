"""The records that an enrollment makes: policies, participants, coverages, and what they are related to.

What lives here: turning priced coverages of families into rows (EN-1 to EN-6), and storing them. What does not: who is
enrolled (`judge`) and what it costs: every amount is a sum of amounts that the rating gave.
"""

from datetime import datetime

import polars as pl

from services import ids
from services.book import Transaction
from services.enrollment.manner import Manner, Plan
from services.policies.payments import MONTHLY
from services.policies.standing import standing

TIERS = {
    "EE": "Employee",
    "ES": "Employee & Spouse",
    "E1C": "Employee & Child",
    "ECN": "Employee & Children",
    "FAM": "Family",
}
"""Tiers of the rating in the words of a policy."""

GROUP_BENEFITS = "Group Benefits"

ANNUAL = "Annual"
"""Term of policies under a contract of twelve months; of another contract none is said."""

_NO_PRIORS = pl.DataFrame(
    schema={
        "family_id": pl.String,
        "prior_policy_id": pl.String,
        "first_policy_id": pl.String,
        "first_effective_date": pl.Date,
        "is_renewed": pl.Boolean,
        "version_code": pl.String,
    }
)

_NOTHING = {
    name: pl.lit(0, pl.Int64)
    for name in ("standard_tax_cents", "standard_fee_cents", "term_tax_cents", "term_fee_cents")
}
"""A member's coverage has no tax and no fee: its lines carry none (rating half, convention 9)."""


def _sums() -> dict[str, pl.Expr]:
    """Money of a record as sums over the lines of the rating."""
    return {
        "standard_cents": pl.col("standard_cents").sum(),
        "term_cents": pl.col("prorated_cents").sum(),
        "employer_cents": pl.col("employer_cents").sum(),
        "employee_cents": pl.col("employee_cents").sum(),
    }


def store(
    tx: Transaction,
    families: pl.DataFrame,
    kin: pl.DataFrame,
    lines: pl.DataFrame,
    pieces: pl.DataFrame,
    plan: Plan,
    manner: Manner,
    *,
    now: datetime,
) -> pl.DataFrame:
    """Write what the families get, and return their policies: `family_id`, `policy_id`, `policy_number`.

    `families` are those that are enrolled, in order; `kin`, `lines` and `pieces` may speak of others besides.
    """
    facts = tx.frame("enrollment.coverages", {"plan_id": plan.contract_plan_id})
    lines = lines.join(families.select("family_id"), on="family_id", how="semi", maintain_order="left")
    lines = lines.join(facts, on="contract_plan_id", how="left", maintain_order="left")
    policies = _policies(tx, families, kin, lines, plan, manner, now)
    named = policies.select("policy_id", "policy_number", family_id="group_census_member_id")
    participants = _participants(tx, named, kin, lines, plan, manner)
    coverages = _coverages(tx, participants, lines)
    own = participants.drop("family_id")
    with tx.lend(enrollment_policies=policies, enrollment_participants=own, enrollment_coverages=coverages):
        for name in ("policies", "participants", "coverages"):
            tx.run(f"enrollment.add_{name}")
    _link_versions(tx, policies, now)
    rows = _rows(participants, coverages, lines)
    with tx.lend(policies_lines=_lines(rows)):
        tx.run("policies.add_lines")
    if pieces.height:
        with tx.lend(policies_pieces=_pieces(rows, pieces)):
            tx.run("policies.add_pieces")
    if manner.makes_relations:
        _relate(tx, participants)
    return named.select("family_id", "policy_id", "policy_number")


def _policies(
    tx: Transaction, families: pl.DataFrame, kin: pl.DataFrame, lines: pl.DataFrame, plan: Plan, manner: Manner,
    now: datetime,
) -> pl.DataFrame:  # fmt: skip
    """EN-1, EN-2, EN-8, EN-9: a policy for each family, in the order of the families."""
    n = families.height
    mine = lines.filter("is_primary").group_by("family_id").agg(
        effective_date=pl.col("covered_from").min(),
        expiration_date=pl.col("covered_to").max(),
        rating_date=pl.col("rate_date").first(),
    )  # fmt: skip
    sums = lines.group_by("family_id").agg(**_sums(), tier=pl.col("tier").drop_nulls().first())
    primaries = kin.filter("is_primary").select("family_id", "person_account_id", "contact_id")
    rows = families.select("family_id", "group_census_id")
    for more in (mine, sums, primaries):
        rows = rows.join(more, on="family_id", how="left", maintain_order="left")
    rows = rows.join(_priors(tx, rows, plan), on="family_id", how="left", maintain_order="left")
    first_id = tx.mint(ids.POLICY, n) if n else 1
    moment = pl.lit(now, pl.Datetime("us"))
    spelled = ids.spell_many(ids.POLICY, first_id, n)
    numbers = _numbers(tx, plan, n)
    rows = rows.with_columns(status=pl.lit(None, pl.String)).with_columns(standing(now.date()))
    return rows.select(
        policy_id=spelled,
        policy_number=numbers,
        policy_name=pl.lit(plan.name),
        policy_type=pl.lit(GROUP_BENEFITS),
        plan_type=pl.lit(plan.plan_type),
        plan_tier=pl.col("tier").replace_strict(TIERS, default=None, return_dtype=pl.String),
        name_insured_id=pl.coalesce("person_account_id", pl.lit(plan.account_id)),
        account_id=pl.lit(plan.account_id),
        product_id=pl.lit(plan.product_id),
        contract_plan_id=pl.lit(plan.contract_plan_id),
        contract_id=pl.lit(plan.contract_id),
        group_census_id="group_census_id",
        group_census_member_id="family_id",
        effective_date="effective_date",
        expiration_date="expiration_date",
        original_effective_date=pl.coalesce("first_effective_date", "effective_date"),
        original_expiration_date="expiration_date",
        original_policy_id=pl.coalesce("first_policy_id", pl.lit(spelled)),
        prior_policy_id="prior_policy_id",
        is_renewed=pl.col("is_renewed").fill_null(value=False),
        status="status",
        standard_cents="standard_cents",
        term_cents="term_cents",
        **_NOTHING,
        employer_cents="employer_cents",
        employee_cents="employee_cents",
        premium_frequency=pl.lit(MONTHLY),
        policy_term=pl.lit(ANNUAL if _is_year(plan) else None, pl.String),
        rating_date="rating_date",
        policy_code=pl.coalesce("version_code", pl.lit(numbers)),
        async_request_id=pl.lit(manner.request_id, pl.String),
        created_at=moment,
        modified_at=moment,
    )


def _priors(tx: Transaction, rows: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """The policy that each goes on from, under a contract before this one: `family_id`, `prior_policy_id`, the first of
    its line, whether it is renewed, and its code where the new one is its next version.
    """
    if not plan.has_prior:
        return _NO_PRIORS
    asked = rows.select("family_id", "person_account_id", "contact_id", "effective_date")
    with tx.lend(enrollment_policies=asked):
        return tx.frame(
            "enrollment.priors",
            {"contract_id": plan.contract_id, "product_id": plan.product_id, "account_id": plan.account_id},
        )


def _link_versions(tx: Transaction, policies: pl.DataFrame, now: datetime) -> None:
    """Next versions of policies have the codes of those before, of participants and coverages too, and what renews a
    policy now renews its next version.
    """
    versions = policies.filter(pl.col("policy_code") != pl.col("policy_number")).select("policy_id", "prior_policy_id")
    if not versions.is_empty():
        with tx.lend(enrollment_versions=versions):
            tx.run("enrollment.version_participants")
            tx.run("enrollment.version_coverages")
            tx.run("enrollment.renew_version", {"now": now})


def _is_year(plan: Plan) -> bool:
    """The contract is of twelve months: the day after it is the day it began, a year on (of 29 February, the 28th)."""
    year_on = pl.lit(plan.start_date).dt.offset_by("1y")
    return pl.select(year_on - pl.duration(days=1) == pl.lit(plan.end_date)).item()


def _numbers(tx: Transaction, plan: Plan, n: int) -> pl.Series:
    """EN-9: the group number, else the contract's, and numbers that only rise."""
    stem = plan.group_number or plan.contract_number
    last = tx.row("enrollment.take_numbers", {"group_number": stem, "n": n}) if n else (0,)
    assert last is not None
    numbers = pl.int_range(int(last[0]) - n + 1, int(last[0]) + 1, eager=True, dtype=pl.Int64)
    return pl.select(pl.lit(f"{stem}-") + numbers.cast(pl.String).str.zfill(6)).to_series()


def _participants(
    tx: Transaction, policies: pl.DataFrame, kin: pl.DataFrame, lines: pl.DataFrame, plan: Plan, manner: Manner
) -> pl.DataFrame:
    """EN-3, EN-6: everybody of the family who is in the plan, the primary first, with what each costs."""
    sums = lines.group_by("group_census_member_id").agg(
        **_sums(), effective_date=pl.col("covered_from").min(), expiration_date=pl.col("covered_to").max()
    )
    holder = kin.filter("is_primary").select(
        "family_id", holder_contact="contact_id", holder_account="person_account_id"
    )
    rows = policies.join(kin, on="family_id", how="inner", maintain_order="left_right")
    rows = rows.join(sums, on="group_census_member_id", how="inner", maintain_order="left")
    rows = rows.join(holder, on="family_id", how="left", maintain_order="left")
    n = rows.height
    spelled = ids.spell_many(ids.PARTICIPANT, tx.mint(ids.PARTICIPANT, n) if n else 1, n)
    has_account = pl.col("person_account_id").is_not_null()
    is_primary = pl.col("is_primary")
    return rows.select(
        "family_id",
        participant_id=spelled,
        policy_id="policy_id",
        group_census_member_id="group_census_member_id",
        participant_name="name",
        participant_code=spelled,
        role=pl.when(is_primary).then(pl.lit(manner.primary_role)).otherwise(pl.lit(manner.dependent_role)),
        relationship=pl.when(is_primary).then(pl.lit("Self")).otherwise(pl.col("relationship").fill_null("Other")),
        primary_account_id="person_account_id",
        primary_contact_id=pl.when(~has_account).then("contact_id"),
        related_account_id=pl.lit(plan.account_id),
        related_contact_id=pl.when(~has_account & ~is_primary).then("holder_contact"),
        is_active=pl.lit(value=True),
        is_policyholder=is_primary,
        effective_date="effective_date",
        expiration_date="expiration_date",
        product_id=pl.lit(plan.product_id),
        standard_cents="standard_cents",
        term_cents="term_cents",
        **_NOTHING,
        employer_cents="employer_cents",
        employee_cents="employee_cents",
    )


def _coverages(tx: Transaction, participants: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """EN-4, EN-5: an optional coverage for each member who chose it; a mandatory one once, at the primary, as a sum."""
    who = participants.select("family_id", "group_census_member_id", "participant_id", "policy_id")
    heads = who.filter(participants["is_policyholder"]).select("family_id", "policy_id", head="participant_id")
    own = who.select("group_census_member_id", mine="participant_id")
    rows = lines.join(heads, on="family_id", how="left", maintain_order="left")
    rows = rows.join(own, on="group_census_member_id", how="left", maintain_order="left")
    rows = rows.with_columns(participant_id=pl.when("is_optional").then("mine").otherwise("head"))
    rows = rows.sort("policy_id", pl.col("is_optional"), ~pl.col("is_primary"), maintain_order=True)
    rule = pl.col("contribution_rule_id")
    summed = rows.group_by("policy_id", "participant_id", "contract_plan_id", maintain_order=True).agg(
        **_sums(),
        product_id=pl.col("product_id").first(),
        coverage_name=pl.col("name").first(),
        category=pl.col("category").first(),
        category_group=pl.col("plan_type").first(),
        is_optional=pl.col("is_optional").first(),
        limit_cents=pl.col("volume_cents").first(),
        effective_date=pl.col("covered_from").min(),
        expiration_date=pl.col("covered_to").max(),
        contribution_rule_id=pl.when(rule.n_unique() == 1).then(rule.first()),
        proration_method=pl.col("proration_method").first(),
    )
    n = summed.height
    spelled = ids.spell_many(ids.POLICY_COVERAGE, tx.mint(ids.POLICY_COVERAGE, n) if n else 1, n)
    return summed.with_columns(
        policy_coverage_id=spelled, coverage_code=spelled, original_coverage_id=spelled, **_NOTHING
    )


def _rows(participants: pl.DataFrame, coverages: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """The lines of the rating, each with its participant and the coverage that it is part of."""
    who = participants.select("family_id", "group_census_member_id", "participant_id", "policy_id", "is_policyholder")
    heads = who.filter("is_policyholder").select("family_id", head="participant_id")
    rows = lines.join(who.drop("family_id"), on="group_census_member_id", how="inner", maintain_order="left").join(
        heads, on="family_id", how="left", maintain_order="left"
    )
    rows = rows.with_columns(at=pl.when("is_optional").then("participant_id").otherwise("head"))
    made = coverages.select("policy_id", "contract_plan_id", "policy_coverage_id", at="participant_id")
    return rows.join(made, on=["policy_id", "contract_plan_id", "at"], how="inner", maintain_order="left")


def _pieces(rows: pl.DataFrame, pieces: pl.DataFrame) -> pl.DataFrame:
    """The stretches of lines whose price changes within the term."""
    of = rows.select("group_census_member_id", "contract_plan_id", "policy_id", "participant_id", "policy_coverage_id")
    found = pieces.join(of, on=["group_census_member_id", "contract_plan_id"], how="inner", maintain_order="left")
    return found.select(
        "policy_id", "participant_id", "policy_coverage_id", "piece_from", "piece_to", "standard_cents",
        term_cents="prorated_cents",
    )  # fmt: skip


def _lines(rows: pl.DataFrame) -> pl.DataFrame:
    """What each participant pays in each coverage, as it was priced; all amounts above are sums of these."""
    sums = rows.group_by("policy_id", "participant_id", "policy_coverage_id", maintain_order=True).agg(**_sums())
    return sums.with_columns(**_NOTHING)


def _relate(tx: Transaction, participants: pl.DataFrame) -> None:
    """Two related records for each participant: the census member, and the person account or contact."""
    person = pl.coalesce("primary_account_id", "primary_contact_id")
    rows = pl.concat(
        [
            participants.select("participant_id", related_record_id="group_census_member_id"),
            participants.select("participant_id", related_record_id=person),
        ]
    ).drop_nulls()
    rows = rows.sort("participant_id", maintain_order=True)
    n = rows.height
    first = tx.mint(ids.PARTICIPANT_RELATION, n) if n else 1
    made = rows.with_columns(participant_relation_id=ids.spell_many(ids.PARTICIPANT_RELATION, first, n))
    with tx.lend(enrollment_relations=made):
        tx.run("enrollment.add_relations")
