"""Which contracts people mean, and what is shown of one.

What lives here: a contract by its number, and the contract with its plans and coverages as a person looks at them. What
does not: making contracts (`making`), and their records (`services.records`).
"""

from typing import Any

import polars as pl

from services.book import Transaction
from services.refusals import NotFound


def find_contract(tx: Transaction, known_as: str) -> str:
    """The id of the contract with that number, or id; NotFound when there is none."""
    found = tx.frame("cohort.contracts_named", {"names": [known_as.strip()]})
    if found.is_empty():
        known = ", ".join(tx.frame("contracts.some_numbers")["contract_number"]) or "none yet"
        says = f"There is no contract {known_as}."
        raise NotFound("contract_missing", "contract", says, f"Known contracts: {known}.")
    return str(found["contract_id"][0])


def shown(tx: Transaction, contract_id: str) -> tuple[dict[str, Any], pl.DataFrame]:
    """The contract (contract_number, account, status, start_date, end_date, census; of the one before it prior_number
    and prior_end; enrolled_number of another one that the census is enrolled under) and its plans, each before its
    coverages: name, is_root, is_optional, group_number, unit_price_cents.
    """
    (head,) = tx.frame("contracts.shown", {"contract_id": contract_id}).to_dicts()
    return head, tx.frame("contracts.shown_plans", {"contract_id": contract_id})
