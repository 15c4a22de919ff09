"""The one core of enrollment: families that chose a root plan become policies, any number of them at once.

What lives here: `enroll`, the order of its steps. What does not: the checks (`judge`), the rows written (`records`),
and who asks (one family, a job, the actions, the Std services).

Families are independent: one that fails leaves nothing but the status Failed, the others go on (EN-20, EN-21). The
number of statements does not depend on how many families there are. Amounts are those of `services.pricing`.
"""

from datetime import datetime

import polars as pl

from services import flows
from services.asked import Families
from services.book import Transaction
from services.enrollment import judge, records, stated, words
from services.enrollment.manner import Manner, Plan
from services.insurance_errors import missing
from services.people.enrolling import people_of_families
from services.policies.payments import schedule
from services.pricing import price
from services.scope import Scope

OUTCOME = (
    "at", "group_census_member_id", "family_id", "name", "source_system_identifier", "policy_id", "policy_number",
    "code", "message", "info", "is_opted_out",
)  # fmt: skip


def enroll(
    tx: Transaction, plan: Plan, member_ids: pl.Series, manner: Manner, *, scope: Scope, now: datetime
) -> pl.DataFrame:
    """Enroll the families of some primaries in a root plan; what became of each, in order, in the columns of `OUTCOME`.

    A family has a policy, or the first of its faults; `is_opted_out` where the primary refuses the plan. The caller
    asks for scope; ids of no member are left out.
    """
    asked = pl.DataFrame({"group_census_member_id": member_ids.unique(maintain_order=True)}).with_row_index("at")
    with tx.lend(enrollment_asked=asked):
        families = tx.frame("enrollment.families", {"plan_id": plan.contract_plan_id})
    families = judge.before_prices(tx, families, plan, manner, now.date())
    kin = _kin(tx, families, plan)
    if not families["code"].is_null().any():
        _set_statuses(tx, families, kin, plan, now)
        nothing = [pl.lit(None, pl.String).alias(name) for name in ("policy_id", "policy_number")]
        return families.with_columns(nothing).select(OUTCOME)
    families = _through(tx, families, kin, manner, now, is_after=False)
    if manner.persons is not None:
        families = judge.with_faults(families, _nameless(kin))
    families, lines, pieces = _priced(tx, families, kin, plan, manner)
    families = _through(tx, families, kin, manner, now, is_after=True)
    families, kin = _with_persons(tx, families, kin, plan, manner, scope, now)
    twins = judge.twins(families, kin).filter(pl.lit(manner.checks_duplicates))
    good = families.filter(pl.col("code").is_null()).join(twins, on="family_id", how="anti", maintain_order="left")
    made = records.store(tx, good, kin, lines, pieces, plan, manner, now=now)
    families = judge.with_twins(families, twins, made, plan)
    schedule(tx, made["policy_id"].to_list(), now.date())
    priced = kin.join(lines.select("group_census_member_id").unique(), on="group_census_member_id", how="semi")
    _set_statuses(tx, families, kin, plan, now, on_policies=priced)
    made = made.rename({"family_id": "group_census_member_id"})
    return families.join(made, on="group_census_member_id", how="left", maintain_order="left").select(OUTCOME)


def _kin(tx: Transaction, families: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """Who is in the plan, of the families that are begun with."""
    good = families.filter(_is_begun())
    with tx.lend(enrollment_asked=good.select("group_census_member_id")):
        return tx.frame("enrollment.kin", {"plan_id": plan.contract_plan_id})


def _nameless(kin: pl.DataFrame) -> pl.DataFrame:
    """Families with a person of whom no record could be made."""
    error = missing("LastName")
    rows = kin.filter(pl.col("last_name").str.strip_chars() == "")
    return rows.select(
        "family_id",
        new_code=pl.lit(error.code),
        new_message=pl.lit(error.message),
        new_info=pl.struct(memberId="group_census_member_id").struct.json_encode(),
    )


def _priced(
    tx: Transaction, families: pl.DataFrame, kin: pl.DataFrame, plan: Plan, manner: Manner
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The families with what is wrong with their prices, the priced lines of all of them, and the stretches of lines
    whose price changes within the term.
    """
    good = families.filter(pl.col("code").is_null())
    asked = Families(plan.contract_id, good["group_census_member_id"].to_list(), None, manner.effective_date)
    priced = price(tx, asked)
    lines = judge.lines(priced.coverages, kin, plan)
    judged = judge.after_prices(families.filter(pl.col("code").is_null()), lines)
    families = pl.concat([families.filter(pl.col("code").is_not_null()), judged]).sort("at")
    if manner.stated is not None:
        odd = stated.unlike(manner.stated, lines).select(
            "family_id",
            new_code=pl.lit(words.DIFFERENT_PRICES.code),
            new_message=pl.lit(words.DIFFERENT_PRICES.message),
            new_info=pl.lit(None, pl.String),
        )
        families = judge.with_faults(families, odd)
    return families, lines, priced.pieces.filter(pl.col("root_plan_id") == plan.contract_plan_id)


def _through(
    tx: Transaction, families: pl.DataFrame, kin: pl.DataFrame, manner: Manner, now: datetime, *, is_after: bool
) -> pl.DataFrame:
    """The families after the steps of the caller's flow: those before the judging of prices, or those after it. The
    steps see the members of the families that are still good; an issue with one of them stops its family.
    """
    steps = () if manner.flow is None else (manner.flow.after if is_after else manner.flow.before)
    good = families.filter(pl.col("code").is_null())
    if not steps or good.is_empty():
        return families
    who = kin.join(good.select("family_id"), on="family_id", how="semi", maintain_order="left")
    asked = who.select(member_id="group_census_member_id").with_row_index("row")
    with tx.lend(people_asked=asked):
        rows = tx.frame("people.members_listed", {"census_id": None}).with_columns(pl.col("row").cast(pl.UInt32))
    context = flows.Context(str(good["group_census_id"][0]), now, "Enroll", manner.request_id)
    _, issues = flows.walk(steps, tx, rows, context)
    found = issues.join(rows.select("row", "family_id", "group_census_member_id"), on="row").select(
        "family_id",
        new_code="code",
        new_message="message",
        new_info=pl.struct(memberId="group_census_member_id", field="field").struct.json_encode(),
    )
    return judge.with_faults(families, found)


def _with_persons(
    tx: Transaction, families: pl.DataFrame, kin: pl.DataFrame, plan: Plan, manner: Manner, scope: Scope, now: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Accounts, contacts and users of those who are enrolled (AC-30); families with a member who can have none,
    told.
    """
    good = families.filter(pl.col("code").is_null())
    who = kin.join(good.select("family_id"), on="family_id", how="semi", maintain_order="left")
    if manner.persons is None or who.is_empty():
        return families, kin
    users_for = who.filter("is_primary")["group_census_member_id"] if manner.is_self_service else None
    made = people_of_families(
        tx, who["group_census_member_id"], manner.persons, users_for=users_for, scope=scope, now=now
    )
    failed = made.faults.filter("is_failure").join(
        who.select("family_id", member_id="group_census_member_id"), on="member_id"
    )
    found = failed.select(
        "family_id",
        new_code="code",
        new_message="message",
        new_info=pl.struct(memberId="member_id").struct.json_encode(),
    )
    families, kin = judge.with_faults(families, found), _kin(tx, families, plan)
    if manner.checks_duplicates:  # the keys may have found a person who has a policy already
        families = judge.without_duplicates(tx, judge.known_as(families, kin), plan)
    return families, kin


def _set_statuses(
    tx: Transaction, families: pl.DataFrame, kin: pl.DataFrame, plan: Plan, now: datetime, *,
    on_policies: pl.DataFrame | None = None,
) -> None:  # fmt: skip
    """Completed for those on a policy, Failed for the families of whom the run failed (EN-7)."""
    begun = families.filter(_is_begun())
    parts = [(begun.filter(pl.col("code").is_not_null()), judge.in_plan(kin), "Failed")]
    if on_policies is not None:
        parts.append((begun.filter(pl.col("code").is_null()), on_policies, "Completed"))
    held = pl.concat(
        who.join(of.select("family_id"), on="family_id", how="semi").select(
            "group_census_member_id", enrollment_status=pl.lit(status)
        )
        for of, who, status in parts
    )
    with tx.lend(enrollment_held=held):
        tx.run("enrollment.set_status", {"plan_id": plan.contract_plan_id, "now": now})


def _is_begun() -> pl.Expr:
    """Families that are enrolled, or of whom the run failed; who opted out is passed over (EN-16)."""
    code = pl.col("code")
    return ~pl.col("is_opted_out") & (code.is_null() | ~code.is_in(words.NOT_BEGUN))
