"""Answers about accounts and contacts in published names.

What lives here: the answers of the Connect services and of the actions. What does not: what was done (`creating`).
"""

from typing import Any

import polars as pl

from services.people.creating import Made
from services.people.fields import ACCOUNTS, RecordKind
from services.people.users import unflagged


def connect(made: Made, kind: RecordKind, census_id: str | None) -> dict[str, Any]:
    """The answer of the Connect services. `groupCensusId` is the census asked for, or the one of all members."""
    of_all = made.details["group_census_id"].unique()
    own, record = ("accounts", "personAccountId") if kind is ACCOUNTS else ("contacts", "contactId")
    details = made.details.select(
        groupCensusId="group_census_id",
        groupCensusMemberId="group_census_member_id",
        **{record: pl.col("record_id")},
        userId="user_id",
    )
    return {
        "groupCensusId": census_id or (of_all[0] if len(of_all) == 1 else None),
        "isSuccess": made.is_success,
        f"{own}AndUsersDetails": details.to_dicts(),
        "errors": _errors(made, pl.struct(memberId="member_id")) + _unflagged(made, {}),
    }


def action(made: Made, kind: RecordKind) -> dict[str, Any]:
    """The output of the actions; facts of an error are a list of key and value there (conventions, 4.1)."""
    own, record = ("Account", "accountId") if kind is ACCOUNTS else ("Contact", "contactId")
    details = made.details.select(
        groupCensusMemberId="group_census_member_id", **{record: pl.col("record_id")}, userId="user_id"
    )
    facts = pl.concat_list(pl.struct(key=pl.lit("memberId"), value="member_id"))
    output = {f"member{own}Details": details.to_dicts(), "errors": _errors(made, facts) + _unflagged(made, [])}
    return {f"create{own}sOutputRep": output}


def _errors(made: Made, facts: pl.Expr) -> list[dict[str, Any]]:
    return made.faults.select("code", "message", additionalInfo=facts).to_dicts()


def _unflagged(made: Made, nothing: Any) -> list[dict[str, Any]]:
    if not made.unflagged:
        return []
    error = unflagged(made.unflagged)
    return [{"code": error.code, "message": error.message, "additionalInfo": nothing}]
