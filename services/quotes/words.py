"""The errors of rating a group quote.

What lives here: codes and texts (`GB-GRP`). What does not: when they are said (`request`, `rating`).

Source: group rating, section "Errors".
"""

from services.insurance_errors import InsuranceError, invalid

QUOTE_NOT_FOUND = invalid("quoteId").about(reason="GB-GRP-001", says="Quote not found.")
WRONG_TYPE = InsuranceError("GB-GRP-002", "Insurance Quote Type must be New Group Business.")
NO_CENSUS = InsuranceError("GB-GRP-003", "Link a group census to the quote.")
OTHER_ACCOUNT = InsuranceError("GB-GRP-004", "The quote account must match the census account.")
OUTSIDE_CENSUS = InsuranceError(
    "GB-GRP-005", "The quote dates must be within the census effective and expiration dates."
)
NO_PRODUCT = InsuranceError("GB-GRP-006", "Add at least one group insurance product to the quote.")
NO_MEMBERS = InsuranceError("GB-GRP-007", "The census has no members.")
NO_SUMMARY = InsuranceError("GB-GRP-007", "The census has no summary data.")
NO_COVERAGE = InsuranceError("GB-GRP-008", "Each product needs at least one coverage for every group summary.")
IN_PROGRESS = InsuranceError("GB-GRP-009", "Rating is already in progress for this quote.")
NOT_A_ROOT = InsuranceError("GB-GRP-010", "Quote line item isn't a root plan of this quote.")
NO_LINE_NAMED = invalid("quoteLineItemIds").about(
    field="quoteLineItemIds", says="Name root plans to rate, or leave the list out to rate the whole quote."
)
NO_PROCEDURE = InsuranceError("GB-GRP-012", "No pricing procedure is active on the rating date.")
NOBODY = InsuranceError("GB-RATE-011", "The rate is made from members of the class, and the census holds none of them.")
NOBODY_PRICED = "Nobody is priced here: no member of the class is on the census, or all have opted out."
"""Why a line rated member by member costs nothing; it is no error (GR-8)."""
STATE_AMOUNT = (
    " Nobody has chosen one yet: state the attribute AssumedElectedAmount of the line, and it is priced by that."
)
"""What follows where a coverage that is sold in amounts has none."""
PRICED_AS_IF = "Priced as if everybody chose {} dollars; nobody has chosen an amount yet."
NO_RATING_TYPE = InsuranceError("GB-GRP-013", "Select a census rating type on the quote.")


def too_many(most_plans: int | None, most_members: int | None) -> InsuranceError:
    """More plans or members than one call may rate; the limits are settings.

    >>> too_many(30, 3000).message
    'You can rate up to 30 plans and 3,000 members at a time.'
    """
    plans, members = (f"{most:,}" if most is not None else "any number of" for most in (most_plans, most_members))
    return InsuranceError("GB-GRP-011", f"You can rate up to {plans} plans and {members} members at a time.")
