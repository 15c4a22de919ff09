"""Writing a contract of a quote: the contract, its plans and coverages, attributes and classes (CQ-6, CQ-13).

What lives here: `make`, all within the transaction of whoever calls. What does not: what may be made (`request`), which
lines become which plans (`plans`), and the prices that are kept (`tier_prices`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from schemas.plans import CONTRACT, CONTRACT_PLAN
from services import ids
from services.book import Transaction
from services.contracts.plans import lay_out
from services.contracts.request import Checked
from services.contracts.tier_prices import Kept, kept
from services.records import numbers
from services.shelf.store import utc

DRAFT, ACTIVE, SOURCE = "Draft", "Active", "DigitalInsurance"
COMPOSITE = "CompositeRate"
_CARRIED = ("group_number", "eligibility_criteria", "proration_method", "proration_end", "proration_change",
            "proration_newborn", "wash_day", "priority", "contribution_strategy", "rate_basis_date", "auto_assign",
            "description", "enrollment_waiting_period", "original_plan_id")  # fmt: skip


@dataclass(frozen=True)
class Made:
    """What was written. The insurance contract is the same record as the contract, under the same id."""

    contract_id: str
    plan_ids: list[str]

    def told(self) -> dict[str, Any]:
        """In published names."""
        return {
            "contractId": self.contract_id,
            "insuranceContractId": self.contract_id,
            "contractGroupPlanIds": self.plan_ids,
        }


def make(tx: Transaction, checked: Checked, *, now: datetime) -> Made:
    """Make everything that the quote becomes, and accept the quote."""
    laid = lay_out(tx, checked.quote["quote_id"])
    contract = _contract(tx, checked, now)
    contract_id = contract["contract_id"]
    with tx.lend(made_contract=pl.DataFrame([contract], schema_overrides=_types(CONTRACT, contract))):
        tx.run("contracts.insert_contract")
    prices = kept(tx, checked.quote, laid.plans)
    plans = _plans(tx, checked, contract_id, laid.plans, prices, now)
    with tx.lend(made_plans=plans.select(name for name in CONTRACT_PLAN.column_names if name in plans.columns)):
        tx.run("contracts.insert_plans")
    named = plans.select("contract_plan_id", "quote_line_id")
    _attributes(tx, checked.quote["quote_id"], named, laid.classes, now)
    if checked.prior_contract_id is not None:
        _carry_rules(tx, checked, contract_id, now)
    if prices.final is not None:
        _fix(tx, checked, prices.final, named, now)
    quote = {"quote_id": checked.quote["quote_id"], "now": utc(now)}
    tx.run("contracts.accept_quote", quote)
    if contract.get("enrollment_census_id"):
        asked = {"contract_id": contract_id, "census_id": contract["enrollment_census_id"], "now": utc(now)}
        tx.run("contracts.name_census", asked)
    return Made(contract_id, plans["contract_plan_id"].to_list())


def shorten(tx: Transaction, checked: Checked, made_id: str, *, now: datetime) -> None:
    """End the contract that an endorsement replaces on the day before; what followed it follows the new version."""
    asked = {
        "contract_id": checked.prior_contract_id,
        "end_date": checked.start - timedelta(days=1),
        "now": utc(now),
    }
    tx.run("contracts.shorten", asked)
    tx.run("contracts.shorten_plans", asked)
    tx.run("contracts.follow", {"contract_id": checked.prior_contract_id, "made_id": made_id, "now": utc(now)})


def _types(table: Any, row: Mapping[str, Any]) -> dict[str, Any]:
    schema = table.empty().schema
    return {name: schema[name] for name in row}


def _contract(tx: Transaction, checked: Checked, now: datetime) -> dict[str, Any]:
    """The record of contract and insurance contract: derived, then carried over, then what the caller says."""
    quote, number = checked.quote, tx.mint(ids.CONTRACT, 1)
    carried: dict[str, Any] = {}
    if checked.prior_contract_id is not None:
        (carried,) = tx.frame("contracts.carried_contract", {"contract_id": checked.prior_contract_id}).to_dicts()
    said = dict(checked.added.contract)
    known_as = {
        "account_number": quote["account_number"],
        "contract_number": said.pop("contract_number", f"{number:08d}"),
    }
    of_account = numbers.taken_elsewhere(tx, known_as)
    row = {
        "contract_id": ids.spell(ids.CONTRACT, number),
        "account_id": quote["account_id"],
        "contract_number": known_as["contract_number"],
        "account_contract_number": of_account,
        "start_date": checked.start,
        "end_date": checked.end,
        "contract_term": checked.term,
        "status": DRAFT,
        "rating_area": quote["rating_area"],
        "industry_code": quote["industry_code"],
        "source_quote_id": quote["quote_id"],
        "prior_contract_id": checked.prior_contract_id,
        "enrollment_start_date": checked.enrollment_start,
        "enrollment_end_date": checked.enrollment_end,
        "record_source": SOURCE,
        "created_at": utc(now),
        "modified_at": utc(now),
    }
    return row | {name: value for name, value in carried.items() if value is not None} | said


def _plans(
    tx: Transaction, checked: Checked, contract_id: str, laid: pl.DataFrame, prices: Kept, now: datetime
) -> pl.DataFrame:
    """Rows of plans and coverages with ids, roots before their coverages."""
    made = laid.with_columns(
        contract_plan_id=ids.spell_many(ids.CONTRACT_PLAN, tx.mint(ids.CONTRACT_PLAN, laid.height), laid.height)
    )
    roots = made.filter(pl.col("level") == "ROOT").select(
        "root_line_id", root_plan_id="contract_plan_id", root_product_id="product_id"
    )
    made = made.join(roots, on="root_line_id", how="left", maintain_order="left")
    made = made.join(prices.structures, on="quote_line_id", how="left", maintain_order="left")
    is_root = pl.col("level") == "ROOT"
    made = made.with_columns(
        contract_id=pl.lit(contract_id),
        parent_plan_id=pl.when(~is_root).then("root_plan_id"),
        status=pl.lit(ACTIVE),
        unit_price_cents="cents",
        effective_start_date=pl.lit(checked.start),
        effective_end_date=pl.lit(checked.end),
        enrollment_start_date=pl.lit(checked.enrollment_start, pl.Date),
        enrollment_end_date=pl.lit(checked.enrollment_end, pl.Date),
        enrollment_rating_type=pl.when(pl.col("pricing_structure").is_not_null()).then(pl.lit(COMPOSITE)),
        created_at=pl.lit(utc(now), pl.Datetime("us")),
        modified_at=pl.lit(utc(now), pl.Datetime("us")),
    )
    carried = tx.frame("contracts.carried_plans", {"contract_id": checked.prior_contract_id or ""})
    made = made.join(
        carried.select("root_product_id", "product_id", "is_root", *_CARRIED).with_columns(
            level=pl.when("is_root").then(pl.lit("ROOT")).otherwise(pl.lit("COVERAGE"))
        ),
        on=["root_product_id", "product_id", "level"],
        how="left",
        maintain_order="left",
    ).with_columns(
        pl.col("proration_method").fill_null("DAILY_TERM"),
        pl.col("rate_basis_date").fill_null("EFFECTIVE_DATE"),
        pl.col("auto_assign").fill_null(value=False),
    )
    return _said(made, checked)


def _said(made: pl.DataFrame, checked: Checked) -> pl.DataFrame:
    """The plans with what the caller says of some of them, or of all; later words win."""
    types = CONTRACT_PLAN.empty().schema
    for lines, column, value in checked.added.plans:
        if column not in made.columns:
            made = made.with_columns(pl.lit(None, types[column]).alias(column))
        here = pl.lit(value=True) if lines is None else pl.col("quote_line_id").is_in(list(lines))
        made = made.with_columns(
            pl.when(here).then(pl.lit(value, types[column])).otherwise(pl.col(column)).alias(column)
        )
    return made


def _attributes(tx: Transaction, quote_id: str, named: pl.DataFrame, classes: pl.DataFrame, now: datetime) -> None:
    """Attribute rows of plans, class rows, and the attributes of plan and class."""
    stamps = {"created_at": pl.lit(utc(now), pl.Datetime("us")), "modified_at": pl.lit(utc(now), pl.Datetime("us"))}
    said = tx.frame("contracts.attributes", {"quote_id": quote_id})
    of_plans = named.join(said, on="quote_line_id", maintain_order="left").drop("quote_line_id")
    of_plans = _with_ids(tx, of_plans, ids.PLAN_ATTRIBUTE, "contract_plan_attribute_id").with_columns(**stamps)
    with tx.lend(made_attributes=of_plans):
        tx.run("contracts.insert_attributes")
    rows = classes.join(named, on="quote_line_id", maintain_order="left")
    once = rows.select("contract_plan_id", "group_class_id").unique(maintain_order=True)
    once = _with_ids(tx, once, ids.PLAN_CLASS, "contract_plan_class_id")
    with tx.lend(made_classes=once.with_columns(**stamps)):
        tx.run("contracts.insert_plan_classes")
    of_classes = rows.join(once, on=["contract_plan_id", "group_class_id"], maintain_order="left").select(
        "contract_plan_class_id", quote_line_id="line_id"
    )
    of_classes = of_classes.join(said, on="quote_line_id", maintain_order="left").drop("quote_line_id")
    column = "contract_plan_class_attribute_id"
    of_classes = _with_ids(tx, of_classes, ids.PLAN_CLASS_ATTRIBUTE, column).with_columns(**stamps)
    with tx.lend(made_class_attributes=of_classes):
        tx.run("contracts.insert_class_attributes")


def _carry_rules(tx: Transaction, checked: Checked, contract_id: str, now: datetime) -> None:
    """Rules that speak of plans of the contract before, once more for the plans that go on from them: contribution
    rules that name a plan or are measured by one, and configuration rules. Contribution rules of a product, a category
    or everything are of the class, and need no copy.
    """
    plans = {"prior_id": checked.prior_contract_id, "contract_id": contract_id}
    stamp = {"now": utc(now)}
    asked = plans | {"start": checked.start}
    tx.run("contracts.make_measured", asked)
    rules = [tx.frame("contracts.carried_rules", asked | stamp), tx.frame("contracts.measured_rules", asked)]
    tx.run("contracts.end_measured", {"start": checked.start})
    tx.run("contracts.drop_measured")
    made = _with_ids(tx, pl.concat(rules), ids.RULE, "contribution_rule_id")
    with tx.lend(made_rules=made):
        tx.run("contracts.insert_rules")
    kept = tx.frame("contracts.carried_configuration", plans | stamp)
    with tx.lend(made_rules=_with_ids(tx, kept, ids.CONFIGURATION_RULE, "configuration_rule_id")):
        tx.run("contracts.insert_configuration")


def _fix(tx: Transaction, checked: Checked, final: pl.DataFrame, named: pl.DataFrame, now: datetime) -> None:
    """Rates made from the census of the quote, fixed for the term of the contract."""
    rows = final.rename({"contract_plan_id": "quote_line_id"}).join(named, on="quote_line_id").drop("quote_line_id")
    rows = rows.drop("state", "is_by_class").with_columns(
        rating_run_id=pl.lit(checked.quote["rated_by"]),
        term_start=pl.lit(checked.start),
        finalized_at=pl.lit(utc(now), pl.Datetime("us")),
    )
    with tx.lend(made_final_rates=rows):
        tx.run("contracts.insert_final_rates")


def _with_ids(tx: Transaction, rows: pl.DataFrame, prefix: str, column: str) -> pl.DataFrame:
    n = rows.height
    return rows.with_columns(ids.spell_many(prefix, tx.mint(prefix, n) if n else 1, n).alias(column))
