"""Contribution rules: what the employer pays for a class.

What lives here: the sheet contributions. What does not: which rule counts for whom, which the rating core decides.
"""

from datetime import datetime

import polars as pl

from schemas import contribution_rules as rules
from services import ids
from services.book import Transaction
from services.shelf import columns
from services.shelf.judged import Judged
from services.shelf.store import Target, stored, upsert

_RULE = Target(ids.RULE, "contribution_rule_id", "shelf.update_contributions", "shelf.insert_contributions")


def load_contributions(tx: Transaction, texts: pl.DataFrame, now: datetime) -> Judged:
    """The sheet contributions. When a rule was changed is stated by the sheet; else it is now, if the rule differs."""
    judged = Judged(columns.CONTRIBUTIONS, texts, rules.CONTRIBUTIONS)
    contracts = stored(tx, "shelf.contracts", "contract_number").select(
        "contract_number_key", "contract_id", contract_account_id="account_id"
    )
    judged.look_up(stored(tx, "shelf.accounts", "account_number"), "account_number_key")
    judged.look_up(contracts, "contract_number_key")
    judged.look_up(
        stored(tx, "shelf.products", "product_code").select("product_code_key", "product_id"), "product_code_key"
    )
    judged.judge(rules.CONTRIBUTION_NAMES)
    judged.look_up(stored(tx, "shelf.classes", "class_name"), ["account_id", "class_name_key"])
    plans = stored(tx, "shelf.plans", "plan_code").select("contract_id", "plan_code_key", "contract_plan_id")
    judged.look_up(plans, ["contract_id", "plan_code_key"])
    measures = plans.select("contract_id", reference_plan_key="plan_code_key", reference_plan_id="contract_plan_id")
    judged.look_up(measures, ["contract_id", "reference_plan_key"])
    judged.judge(rules.CONTRIBUTION_RECORDS)
    judged.look_up(stored(tx, "shelf.contributions", "name"), ["group_class_id", "name_key"])
    records = judged.rows.select(
        "contribution_rule_id",
        "group_class_id",
        "name",
        "type",
        pl.col("percentage").cast(pl.Decimal(9, 4)),
        pl.col("amount_period").fill_null("TERM"),
        pl.col("amount_scope").fill_null("PER_COVERAGE"),
        "grade",
        pl.col("dependent_percentage").cast(pl.Decimal(9, 4)),
        pl.col("steps").str.to_uppercase().str.replace_all(r"\s", ""),
        "member_type",
        "contract_plan_id",
        "reference_plan_id",
        "product_id",
        "category",
        "product_category_id",
        "target_type",
        amount_cents="amount",
        cap_cents="cap_amount",
        family_cap_cents="family_cap_amount",
        floor_cents="floor_amount",
        effective_start_date="effective_start",
        effective_end_date="effective_end",
        stated_at="modified_at",
    )
    judged.n_changed = upsert(tx, _RULE, records, now)
    return judged
