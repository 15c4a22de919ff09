"""What is told of records of policies beside their columns: totals, moments, and whether they stand.

What lives here: fields that are calculated on reading (InsurancePolicy, its participants and coverages). What does not:
the columns, which `reading` tells, and making or changing policies (`services.enrollment`, `services.policies`).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.book import Transaction
from services.policies.standing import ACTIVE, standing_of

POLICY = "InsurancePolicy"
_OF_PREMIUMS = (POLICY, "InsurancePolicyParticipant", "InsurancePolicyCoverage")


def told_of(tx: Transaction, name: str, row: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The calculated fields of a record, in published names; none for another object.

    The first day counts from midnight, the last to 23:59 (PR-15). Totals of a policy are over all of its versions.
    """
    if name not in _OF_PREMIUMS:
        return {}
    told: dict[str, Any] = {
        "EffectiveDate": _moment(row["effective_date"], "00:00"),
        "ExpirationDate": _moment(row["expiration_date"], "23:59"),
        "TotalStandardAmount": _dollars(row, "standard_cents", "standard_tax_cents", "standard_fee_cents"),
    }
    if name != POLICY:
        return told | {"TotalTermAmount": _dollars(row, "term_cents", "term_tax_cents", "term_fee_cents")}
    sums = tx.row("policies.of_all_versions", {"policy_id": row["policy_id"]})
    assert sums is not None
    totals = zip(("TotalTermPremiumAmount", "TotalTermTaxAmount", "TotalTermFeeAmount"), sums, strict=True)
    told |= {field: int(cents) / 100 for field, cents in totals}
    status = standing_of(row, today)
    told |= {"Status": status, "IsActive": status in ACTIVE, "GrossWrittenPremium": row["term_cents"] / 100}
    return told | {"PremiumAmount": _of_period(tx, row, today) if status in ACTIVE else None}


def _of_period(tx: Transaction, policy: Mapping[str, Any], today: date) -> float | None:
    """What is due for the billing period of today, else for the next; what is stored where nothing is scheduled."""
    found = tx.row("policies.period_premium", {"policy_id": policy["policy_id"], "today": today})
    cents = policy["premium_cents"] if found is None or found[0] is None else found[0]
    return None if cents is None else int(cents) / 100


def _moment(day: date | None, at: str) -> str | None:
    return None if day is None else f"{day.isoformat()}T{at}:00.000Z"


def _dollars(row: Mapping[str, Any], *columns: str) -> float:
    return sum(row[column] for column in columns) / 100
