"""InsContractServiceStd createUpdateContract: the older twin, which makes the contract of a quote or changes it.

What lives here: the one call. What does not: the checks and the making (`request`, `making`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from schemas.plans import CONTRACT, CONTRACT_PLAN
from services.book import Transaction
from services.contracts import plans, words
from services.contracts.additional import added, must_open_first, plans_must_open_first
from services.contracts.issue import issue
from services.contracts.making import Made
from services.contracts.request import Wanted
from services.insurance_errors import Refused, invalid
from services.queries import statement
from services.records import numbers
from services.scope import Scope
from services.shelf.store import utc


@dataclass(frozen=True)
class Done:
    """The contract, and whether it is new."""

    made: Made
    is_new: bool


def create_update_contract(tx: Transaction, wanted: Wanted, *, scope: Scope, now: datetime) -> Done:
    """Make the contract of a quote; where it has one, write the additional fields to it.

    The account named is that of the quote; a quote that names none takes it. The products of a contract are those of
    its quote's lines, whatever the call repeats of them.
    """
    if not wanted.quote_id:
        raise Refused(words.not_stated("quoteId"))
    if not scope.sees(tx, "quote", wanted.quote_id):
        raise Refused(words.QUOTE_NOT_FOUND)
    _same_account(tx, wanted, scope)
    rows = tx.frame("contracts.made_of", {"quote_id": wanted.quote_id})
    if rows.is_empty():
        return Done(issue(tx, wanted, scope=scope, now=now).made, is_new=True)
    if not scope.sees(tx, "contract", rows["contract_id"][0]):  # the quote has moved to another account since
        raise Refused(words.HAS_CONTRACT)
    return Done(_changed(tx, wanted, rows, scope=scope, now=now), is_new=False)


def _same_account(tx: Transaction, wanted: Wanted, scope: Scope) -> None:
    if wanted.account_id is None:
        return
    (quote,) = tx.frame("contracts.head", {"quote_id": wanted.quote_id, "account_id": wanted.account_id}).to_dicts()
    if not scope.sees(tx, "account", wanted.account_id) or quote["account_id"] != wanted.account_id:
        raise Refused(invalid("accountId"))


def _changed(tx: Transaction, wanted: Wanted, rows: pl.DataFrame, *, scope: Scope, now: datetime) -> Made:
    """The contract with the additional fields written to it and its plans."""
    first = rows.row(0, named=True)
    contract_id = first["contract_id"]
    read = added(tx, wanted.items, plans.lines(tx, str(wanted.quote_id)), first, scope=scope)
    must_open_first(read, first["enrollment_start_date"], first["enrollment_end_date"])
    plans_must_open_first(read, {each["quote_line_id"]: each["dates"] for each in rows.to_dicts()})
    for column, value in _numbered(tx, read.contract, first).items():
        _set(tx, CONTRACT.name, "contract_id", column, CONTRACT.column(column).sql_type, [contract_id], value, now)
    if census_id := read.contract.get("enrollment_census_id"):
        tx.run("contracts.name_census", {"contract_id": contract_id, "census_id": census_id, "now": utc(now)})
    named = rows.filter(pl.col("contract_plan_id").is_not_null())
    for lines, column, value in read.plans:
        here = named if lines is None else named.filter(pl.col("quote_line_id").is_in(list(lines)))
        to = here["contract_plan_id"].to_list()
        kind = CONTRACT_PLAN.column(column).sql_type
        _set(tx, CONTRACT_PLAN.name, "contract_plan_id", column, kind, to, value, now)
    return Made(contract_id, named["contract_plan_id"].to_list())


def _numbered(tx: Transaction, stated: Mapping[str, Any], contract: Mapping[str, Any]) -> dict[str, Any]:
    """The columns with the number that the book keeps; the number that the contract has already stays as it is."""
    columns = dict(stated)
    number = columns.pop("contract_number", None)
    texts = {"account_number": contract["account_number"], "contract_number": number}
    if number is None or tx.row("records.contract_of_account", texts) is not None:
        return columns
    of_account = numbers.taken_elsewhere(tx, texts)
    return columns | {"contract_number": texts["contract_number"], "account_contract_number": of_account}


def _set(
    tx: Transaction, table: str, key: str, column: str, kind: str, record_ids: list[str], value: Any, now: datetime
) -> None:
    # Names of our own declarations, never a caller's.
    sql = statement("contracts.set_column").replace("{table}", table).replace("{key}", key)
    sql = sql.replace("{column}", column).replace("{type}", kind)
    tx.connection.execute(sql, {"ids": record_ids, "value": value, "now": utc(now)}).fetchall()
