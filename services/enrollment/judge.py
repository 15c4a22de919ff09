"""Which families may be enrolled in a root plan, and why the others may not.

What lives here: the checks before prices (EN-10, EN-12, EN-13, EN-16 to EN-19) and on prices (EN-15, EN-20), each over
all families at once. What does not: their texts (`words`), prices (`services.pricing`), writing (`records`).

A family carries its first fault in `code`, `message` and `info` (JSON), all null while it has none.
"""

from collections.abc import Sequence
from datetime import date

import orjson
import polars as pl

from services import settings
from services.book import Transaction
from services.enrollment import words
from services.enrollment.manner import Manner, Plan
from services.insurance_errors import InsuranceError

NO_FAULT = [pl.lit(None, pl.String).alias(name) for name in ("code", "message", "info")]

ERROR = "error"
_REFUSED_DEPENDENT = pl.col("is_opted_out") & ~pl.col("is_primary")


def before_prices(tx: Transaction, families: pl.DataFrame, plan: Plan, manner: Manner, today: date) -> pl.DataFrame:
    """The families (`enrollment.families`) with `first_day` and the first fault that needs no price."""
    start = pl.lit(plan.start_date)
    given = start if manner.effective_date is None else pl.lit(manner.effective_date)
    stated = given if manner.effective_date else pl.max_horizontal(pl.col("policy_start_date").fill_null(start), start)
    dated = families.with_columns(*NO_FAULT, first_day=stated, earliest_day=_earliest(tx, plan))
    needs_number = settings.is_on(tx, "group_number_required")
    checked = told(dated, _checks(plan, manner, today, needs_number=needs_number))
    late = pl.col("code") == words.PERIOD_CLOSED.code
    is_waiting = late & (pl.col("first_day") < pl.col("earliest_day"))
    days = pl.struct(earliestStartDate=pl.col("earliest_day").cast(pl.String)).struct.json_encode()
    checked = checked.with_columns(info=pl.when(is_waiting).then(days).otherwise("info"))
    return without_duplicates(tx, checked, plan) if manner.checks_duplicates else checked


def _earliest(tx: Transaction, plan: Plan) -> pl.Expr:
    """The first day of cover that the waiting period allows (EN-17)."""
    day = pl.col("join_date") + pl.duration(days=plan.waiting_days)
    if settings.is_on(tx, "cover_starts_first_of_month"):
        day = pl.when(day.dt.day() == 1).then(day).otherwise(day.dt.month_start().dt.offset_by("1mo"))
    return pl.max_horizontal(day, pl.lit(plan.start_date)).fill_null(plan.start_date)


def _checks(plan: Plan, manner: Manner, today: date, *, needs_number: bool) -> Sequence[tuple[pl.Expr, InsuranceError]]:
    """Every fault in the order in which it is told."""
    start, end = pl.lit(plan.start_date), pl.lit(plan.end_date)
    opens, closes = plan.opens_on or date.min, plan.closes_on or date.max
    is_closed = manner.is_self_service and plan.is_window_enforced and not opens <= today <= closes
    is_held = manner.is_self_service and plan.is_window_enforced
    contract = pl.lit(manner.contract_id) if manner.contract_id else pl.col("contract_id")
    is_theirs = (
        (contract.fill_null(plan.contract_id) == plan.contract_id)
        & (pl.col("account_id") == plan.account_id)
        & (pl.col("census_from").fill_null(start) <= start)
        & (pl.col("census_to").fill_null(end) >= end)
    )
    hired = pl.col("policy_start_date")
    refused = {"code": words.OPTED_OUT.code, "message": words.OPTED_OUT.message, "additionalInfo": {}}
    return (
        (pl.col("family_id") != pl.col("group_census_member_id"), words.NO_PRIMARY),
        (~(is_theirs & pl.lit(plan.is_active and plan.is_root)), words.WRONG_PLAN),
        (pl.col("is_opted_out"), words.NOT_RATED.about(errors=[refused])),
        (pl.col("enrollment_status").is_null(), words.NOT_SUBSCRIBED),
        (pl.col("enrollment_status") == "Completed", words.ALREADY),
        (pl.lit(manner.is_new_hire) & hired.is_null(), words.NO_START_DATE),
        (pl.lit(manner.is_new_hire) & ~hired.is_between(start, end), words.START_OUTSIDE),
        (pl.lit(is_closed), words.PERIOD_CLOSED),
        (pl.lit(is_held) & (pl.col("first_day") < pl.col("earliest_day")), words.PERIOD_CLOSED),
        (pl.lit(plan.group_number is None and needs_number), words.NO_GROUP_NUMBER),
    )


def told(families: pl.DataFrame, checks: Sequence[tuple[pl.Expr, InsuranceError]]) -> pl.DataFrame:
    """The families with the first of these faults, where they have none yet."""
    which = pl.coalesce(*(pl.when(holds).then(pl.lit(n, pl.Int32)) for n, (holds, _) in enumerate(checks)))
    texts = pl.DataFrame(
        [
            (n, error.code, error.message, orjson.dumps(error.info).decode() if error.info else None)
            for n, (_, error) in enumerate(checks)
        ],
        schema={"which": pl.Int32, "new_code": pl.String, "new_message": pl.String, "new_info": pl.String},
        orient="row",
    )
    found = families.with_columns(which=which).join(texts, on="which", how="left", maintain_order="left").drop("which")
    return _kept(found)


def _kept(found: pl.DataFrame) -> pl.DataFrame:
    """The new fault, unless there is one already."""
    names = ("info", "message", "code")  # the code last: the others hang on it
    is_new = pl.col("code").is_null() & pl.col("new_code").is_not_null()
    made = [pl.when(is_new).then(f"new_{name}").otherwise(name).alias(name) for name in names]
    return found.with_columns(made).drop(f"new_{name}" for name in names)


def without_duplicates(tx: Transaction, families: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """EN-12: a policy of the member in the category of the plan, in force on some day of the new one."""
    good = families.filter(pl.col("code").is_null())
    if good.is_empty():
        return families
    who = good.select("at", "group_census_member_id", "person_account_id", "contact_id", "first_day")
    with tx.lend(enrollment_asked=who):
        found = tx.frame(
            "enrollment.duplicates",
            {"plan_type": plan.plan_type, "account_id": plan.account_id, "last_day": plan.end_date},
        )
    return with_faults(families, families.join(found, on="at").select("family_id", *_double(plan)))


def _double(plan: Plan) -> list[pl.Expr]:
    """The fault of a family, by its name, whose primary has the policy of that number already."""
    text = "A policy already exists for the member {} in the category {} with the policy number {}."
    return [
        pl.lit(words.DUPLICATE).alias("new_code"),
        pl.format(text, "name", pl.lit(plan.plan_type), "policy_number").alias("new_message"),
        pl.struct(policyNumber="policy_number").struct.json_encode().alias("new_info"),
    ]


def known_as(families: pl.DataFrame, kin: pl.DataFrame) -> pl.DataFrame:
    """The families with the account and the contact that their primaries have now."""
    names = ("person_account_id", "contact_id")
    now = kin.filter("is_primary").select("family_id", *names)
    return families.drop(names).join(now, on="family_id", how="left", maintain_order="left")


def twins(families: pl.DataFrame, kin: pl.DataFrame) -> pl.DataFrame:
    """Families without fault whose primary is, in another record, the person of one before them (EN-12): `family_id`,
    and `twin_id`, the first of that person. A person is one by the account or by the contact.
    """
    left = known_as(families.filter(pl.col("code").is_null()), kin)
    found: list[pl.DataFrame] = []
    for key in ("person_account_id", "contact_id"):
        firsts = left.with_columns(twin_id=pl.col("family_id").first().over(key))
        later = firsts.filter(pl.col(key).is_not_null() & (pl.col("twin_id") != pl.col("family_id")))
        found.append(later.select("family_id", "twin_id"))
        left = left.join(later, on="family_id", how="anti", maintain_order="left")
    by_account, by_contact = found
    # Who is the first by account may be a later one by contact.
    by_account = by_account.join(by_contact, left_on="twin_id", right_on="family_id", how="left", suffix="_first")
    first = pl.coalesce("twin_id_first", "twin_id").alias("twin_id")
    return pl.concat([by_account.select("family_id", first), by_contact])


def with_twins(families: pl.DataFrame, later: pl.DataFrame, made: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """The families, the later ones of `twins` with the policy that the first of the person has got just now."""
    numbers = made.select("policy_number", twin_id="family_id")
    doubles = families.join(later, on="family_id").join(numbers, on="twin_id")
    return with_faults(families, doubles.select("family_id", *_double(plan)))


def in_plan(kin: pl.DataFrame) -> pl.DataFrame:
    """Of who chose the plan, the primaries and those dependents who have not opted out themselves."""
    return kin.filter(~_REFUSED_DEPENDENT)


def lines(prices: pl.DataFrame, kin: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """The prices under the root plan of those who are in it: of primaries, and of dependents who chose it and have not
    opted out themselves (EN-15).
    """
    who = in_plan(kin).select("family_id", "group_census_member_id", "is_primary")
    own = prices.filter(pl.col("root_plan_id") == plan.contract_plan_id)
    return own.join(who, on="group_census_member_id", how="inner", maintain_order="left")


def after_prices(families: pl.DataFrame, priced: pl.DataFrame) -> pl.DataFrame:
    """The families with what is wrong with their prices: any coverage without one, or nothing priced at all (EN-20)."""
    wrong = priced.filter(pl.col("severity").fill_null("") == ERROR)
    facts = pl.struct(memberId="group_census_member_id", contractGroupPlanId="contract_plan_id")
    one = pl.struct(code="published_code", message="message", additionalInfo=facts)
    errors = wrong.group_by("family_id").agg(errors=one)
    info = errors.select("family_id", new_info=pl.struct("errors").struct.json_encode())
    has_price = priced.filter("is_primary").select("family_id", is_priced=pl.lit(value=True)).unique()
    found = families.join(info, on="family_id", how="left", maintain_order="left")
    found = found.join(has_price, on="family_id", how="left", maintain_order="left")
    is_wrong = pl.col("new_info").is_not_null() | pl.col("is_priced").is_null()
    found = found.with_columns(
        new_code=pl.when(is_wrong).then(pl.lit(words.NOT_RATED.code)),
        new_message=pl.when(is_wrong).then(pl.lit(words.NOT_RATED.message)),
    )
    return _kept(found.drop("is_priced"))


def with_faults(families: pl.DataFrame, faults: pl.DataFrame) -> pl.DataFrame:
    """The families with faults found elsewhere: `family_id`, `new_code`, `new_message`, `new_info`; the first
    counts.
    """
    first = faults.unique("family_id", keep="first", maintain_order=True)
    return _kept(families.join(first, on="family_id", how="left", maintain_order="left"))
