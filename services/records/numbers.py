"""Numbers of contracts: one to an account, whatever other accounts use, and one in the book by which sheets know it.

What lives here: the number that the book keeps where another account has the one stated. What does not: sheets, which
name contracts by the number of the book alone.

A number in use elsewhere is nothing that a caller may learn of: it is taken, and told as it was stated.
"""

from collections.abc import Mapping
from typing import Any

from services.book import Transaction

_MOST = 80


def taken_elsewhere(tx: Transaction, texts: dict[str, str | None]) -> str | None:
    """The number stated, if a contract of another account has it; `texts` then hold a number of the book instead.

    Null where nobody has the number, or where the account itself has: that is refused by who asks.
    """
    number = (texts.get("contract_number") or "").strip()
    own = tx.row("records.contract_of_account", {"account_number": texts["account_number"], "contract_number": number})
    if own is not None:
        texts["contract_number"] = own[1]
        return None
    if len(number) > _MOST or tx.row("records.find_contracts", {"contract_number": number}) is None:
        return None
    made = f"{texts['account_number']}/{number}"
    while len(made) > _MOST or tx.row("records.find_contracts", {"contract_number": made}) is not None:
        made = f"{texts['account_number']}/{tx.mint('contract number', 1):08d}"
    texts["contract_number"] = made
    return number


def as_known(tx: Transaction, record_id: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with the number of the book in place of the same number as the account knows it."""
    known = tx.row("records.numbers", {"id": record_id})
    made = dict(fields)
    for said, value in fields.items():
        if known and said.lower() == "contractnumber" and known[1] is not None and value == known[1]:
            made[said] = known[0]
    return made


def told_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The number as the account knows it."""
    return {"ContractNumber": row["account_contract_number"] or row["contract_number"]}
