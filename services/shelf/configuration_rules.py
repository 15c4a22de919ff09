"""Product configuration rules of the shelf.

What lives here: the sheet configuration_rules. What does not: what a rule does (`services.configuration`).
"""

from datetime import datetime

import polars as pl

from schemas import shelf_rules as rules
from services import ids
from services.book import Transaction
from services.configuration.engine import functions
from services.shelf.judged import Judged
from services.shelf.rule_columns import CONFIGURATION_RULES
from services.shelf.store import Target, stored, upsert

_RULE = Target(
    ids.CONFIGURATION_RULE,
    "configuration_rule_id",
    "shelf.update_configuration_rules",
    "shelf.insert_configuration_rules",
)


def load_configuration_rules(tx: Transaction, texts: pl.DataFrame, now: datetime) -> Judged:
    """The sheet configuration_rules; a rule is known by its contract, kind and plans."""
    judged = Judged(CONFIGURATION_RULES, texts, rules.CONFIGURATION_RULES)
    known = pl.DataFrame({"kind_key": [kind.lower() for kind in functions()], "known_kind": list(functions())})
    judged.look_up(known, "kind_key")
    judged.look_up(
        stored(tx, "shelf.contracts", "contract_number").select("contract_number_key", "contract_id"),
        "contract_number_key",
    )
    judged.judge(rules.CONFIGURATION_RULE_CONTRACT)
    plans = stored(tx, "shelf.plans", "plan_code").select("contract_id", "plan_code_key", "contract_plan_id")
    judged.look_up(plans, ["contract_id", "plan_code_key"])
    others = plans.select("contract_id", other_plan_code_key="plan_code_key", other_plan_id="contract_plan_id")
    judged.look_up(others, ["contract_id", "other_plan_code_key"])
    judged.judge(rules.CONFIGURATION_RULE_RECORDS)
    own = tx.frame("shelf.configuration_rules").with_columns(other=pl.col("other_plan_id").fill_null(""))
    judged.rows = judged.rows.with_columns(kind="known_kind", other=pl.col("other_plan_id").fill_null(""))
    judged.look_up(own.drop("other_plan_id"), ["contract_id", "kind", "contract_plan_id", "other"])
    records = judged.rows.select(
        "configuration_rule_id",
        "contract_id",
        "kind",
        "contract_plan_id",
        "other_plan_id",
        "minimum_age",
        "maximum_age",
        "message",
    )
    judged.n_changed = upsert(tx, _RULE, records, now)
    return judged
