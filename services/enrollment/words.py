"""The errors of enrollment: codes and texts (`GB-ENR`).

What lives here: the texts. What does not: when they are said
(`judge`, `enroll`, and the services).

Source: enrollment, section "Errors"; proration, errors of new hires; rating half, convention 6 (which code is sent).
"""

from services.insurance_errors import InsuranceError, invalid, missing

MEMBER_NOT_FOUND = invalid("memberId").about(reason="GB-ENR-001", says="Group census member not found.")
NO_PLAN_GIVEN = missing("plan").about(reason="GB-ENR-002", says="Specify the root contract group plan.")
WRONG_PLAN = InsuranceError(
    "GB-ENR-003",
    "The contract group plan isn't a root plan, isn't active, or isn't part of this member's contract.",
)
NOT_SUBSCRIBED = InsuranceError("GB-ENR-004", "The member isn't subscribed to this plan.")
NO_PRIMARY = InsuranceError("GB-ENR-005", "Enrollment must start from a primary member.")
PERIOD_CLOSED = InsuranceError("GB-ENR-006", "The enrollment period for this plan is closed.")
NOT_RATED = InsuranceError("GB-ENR-007", "Couldn't rate this family.")
NO_GROUP_NUMBER = InsuranceError("GB-ENR-008", "Group number is missing on the contract group plan.")
DUPLICATE = "GB-ENR-009"
ALREADY = InsuranceError("GB-ENR-011", "already enrolled")
NO_START_DATE = InsuranceError("GB-ENR-012", "Specify a valid date for PolicyStartDate.")
START_OUTSIDE = InsuranceError(
    "GB-ENR-012", "Specify a PolicyStartDate that's within the ContractStartDate and ContractEndDate."
)
DIFFERENT_PRICES = InsuranceError(
    "GB-ENR-014", "The amounts stated aren't those of the rating. Rate the members again and send its output unchanged."
)
BROKEN = InsuranceError("GB-ENR-015", "The family could not be enrolled: a defect of the program.")
OPTED_OUT = InsuranceError("GB-RATE-009", "The member opted out of this plan's category.")
SKIPPED = "Skipped: the member opted out of this plan's category."

NOT_BEGUN = tuple(
    error.code for error in (NO_PRIMARY, WRONG_PLAN, NOT_SUBSCRIBED, ALREADY, PERIOD_CLOSED, DIFFERENT_PRICES)
)
"""After these nothing was begun; any other fault leaves the family Failed (EN-7, EN-21)."""


def no_flow(name: str) -> InsuranceError:
    """A flow that is not registered.

    >>> no_flow("Acme").message
    "The flow Acme doesn't exist or isn't active."
    """
    return InsuranceError("GB-ENR-010", f"The flow {name} doesn't exist or isn't active.")


def too_many(most_members: int | None, most_plans: int | None) -> InsuranceError:
    """More members or plans than one group enrollment takes; the limits are settings (EN-22).

    >>> too_many(10_000, 30).message
    'You can enroll up to 10,000 members and 30 plans at a time.'
    """
    members, plans = (f"{most:,}" if most is not None else "any number of" for most in (most_members, most_plans))
    return InsuranceError("GB-ENR-013", f"You can enroll up to {members} members and {plans} plans at a time.")


def already_in_batch(names: str) -> str:
    """The summary of a batch in which members had policies in the category already.

    >>> already_in_batch("Noor Haddad")[-42:]
    'members are already enrolled: Noor Haddad.'
    """
    return f"We couldn't create policy records for these members because the members are already enrolled: {names}."
