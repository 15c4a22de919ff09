"""The errors of making a contract of a quote.

What lives here: codes and texts (`GB-CON`). What does not: when they are said (`request`, `additional`).

Source: contract from quote, section "Errors"; rating half, convention 6 (which code is sent with which reason).
"""

from datetime import date

from services.insurance_errors import InsuranceError, invalid, missing, out_of_order

QUOTE_NOT_FOUND = invalid("quoteId").about(reason="GB-CON-001", says="Quote not found.")
NO_ACCOUNT = InsuranceError("GB-CON-004", "Add an account or an account for quote to the quote.")
NOT_APPROVED = InsuranceError("GB-CON-005", "Approve the quote before creating a contract.")
NOT_RATED = InsuranceError("GB-CON-006", "Rate the quote before creating a contract.")
HAS_CONTRACT = InsuranceError("GB-CON-008", "A contract already exists for this quote.")
WINDOW_ENDS_FIRST = InsuranceError(
    "GB-CON-010", "The enrollment end date must be on or after the enrollment start date."
)

INITIATED = "Contract creation process has been initiated."
CREATED = "The contract has been created."
RENEWED = "The contract has been renewed."
ENDORSED = "The contract has been endorsed."


def not_stated(name: str) -> InsuranceError:
    """A required input is missing.

    >>> not_stated("quoteId").info["says"]
    'Specify a quoteId.'
    >>> not_stated("effectiveDate").info["says"]
    'Specify an effectiveDate.'
    """
    article = "an" if name[0] in "aeiou" else "a"
    return missing(name).about(reason="GB-CON-002", says=f"Specify {article} {name}.")


def ends_first(end: str, start: str) -> InsuranceError:
    """The contract ends before it starts."""
    says = "The contract end date must be after the start date."
    return out_of_order(end, start).about(reason="GB-CON-003", says=says)


def not_a_field(field: str, entity: str) -> InsuranceError:
    """An additional field that the entity does not have, that nobody sets, or whose value it cannot take.

    >>> not_a_field("ContractId", "ContractGroupPlan").message
    "Additional field ContractId isn't valid for ContractGroupPlan."
    """
    says = f"Additional field {field} isn't valid for {entity}."
    return InsuranceError("GB-CON-007", says, {"field": field, "entity": entity})


def ended(n_policies: int, last_day: date) -> str:
    """What became of the policies of a contract that was endorsed.

    >>> ended(1, date(2026, 6, 30))
    '1 policy of the contract before ends on 2026-06-30; enroll its members in the plans of this version.'
    """
    end = "policy of the contract before ends" if n_policies == 1 else "policies of the contract before end"
    whose = "its" if n_policies == 1 else "their"
    return f"{n_policies:,} {end} on {last_day}; enroll {whose} members in the plans of this version."


def no_such_line(key: str) -> InsuranceError:
    """An instance key, or a path of products, that is on no line of the quote."""
    return InsuranceError("GB-CON-009", f"No quote line item has the instance key {key}.", {"instanceKey": key})
