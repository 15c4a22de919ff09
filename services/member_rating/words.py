"""The errors of rating members on request, and the reading of their dates.

What lives here: codes and texts of member rating and of the action (`GB-RATE`, `GB-ACT`), and the effective date.
What does not: errors of single coverages, which come with the prices (`services.results`).

Source: member rating and the action, sections "Errors"; rating half, conventions 4 to 6 (which code is sent with which
reason).
"""

from datetime import date, datetime

from services import written_days
from services.insurance_errors import InsuranceError, Refused, bad_date, invalid, missing

MEMBER_NOT_FOUND = invalid("memberId").about(reason="GB-RATE-001", says="Group census member not found.")
NO_PRIMARY = InsuranceError("GB-RATE-002", "Specify a primary member.")
NOTHING_ASKED = missing("members").about(
    reason="GB-RATE-003", says="Specify at least one member with at least one plan."
)
NOT_OF_FAMILY = InsuranceError("GB-RATE-004", "Specify a member that belongs to this family.")
MEMBER_TWICE = InsuranceError("GB-RATE-005", "Specify each member only once.")
PLAN_TWICE = InsuranceError("GB-RATE-005", "Specify each plan of a member only once.")
NO_PLAN = InsuranceError("GB-RATE-006", "Plan isn't part of the contract, or isn't active.")
OUTSIDE_CONTRACT = InsuranceError("GB-RATE-008", "Specify an effective date within the contract start and end dates.")
BAD_DATE = bad_date().about(
    field="effectiveDate", reason="GB-RATE-013", says="effectiveDate must be in yyyy-MM-dd format."
)

NO_MEMBERS = missing("groupCensusMembers").about(reason="GB-ACT-001", says="Specify groupCensusMembers.")
NO_ROOT_ASKED = missing("contractGroupPlanId").about(reason="GB-ACT-003", says="Specify a contractGroupPlanId.")
NO_ROOT = InsuranceError("GB-ACT-004", "The contract group plan isn't a root plan, isn't active, or doesn't exist.")
UNKNOWN_MEMBER = invalid("Id").about(reason="GB-ACT-005", says="Group census member not found.")
NOT_SUBSCRIBED = InsuranceError("GB-ACT-006", "The member isn't subscribed to this plan.")
STRAY = InsuranceError("GB-ACT-007", "Coverage doesn't belong to the specified plan.")


def effective_date(text: str | None, start: date, end: date) -> date | None:
    """The day asked for; None where none is.

    A timestamp counts with its date (rating half, convention 4). Refused for a text that is no date, and for a day
    outside the contract.

    >>> effective_date("2026-04-16T08:00:00Z", date(2026, 1, 1), date(2026, 12, 31))
    datetime.date(2026, 4, 16)
    """
    if text is None:
        return None
    day = day_of(text)
    if day is None:
        raise Refused(BAD_DATE)
    if not start <= day <= end:
        raise Refused(OUTSIDE_CONTRACT.about(contractStartDate=start.isoformat(), contractEndDate=end.isoformat()))
    return day


FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
"""Days of terms and of rates lie between these, as on the sheets of the shelf."""


def within_reason(name: str, day: date) -> InsuranceError | None:
    """What is wrong with a day of a term that is a date, but of no term that anybody sells.

    >>> within_reason("ratingDate", date(2200, 1, 1)).message, within_reason("ratingDate", date(2199, 12, 31))
    ('Specify a valid input for ratingDate.', None)
    """
    if FIRST_DAY <= day <= LAST_DAY:
        return None
    return invalid(name).about(field=name, says="Specify a date between 1900 and 2199.")


def day_of(text: str) -> date | None:
    """A date, or the date of a full ISO timestamp; None for any other text.

    >>> day_of("2026-02-30") is None, day_of("2026-W30-1") is None
    (True, True)
    """
    if len(text) > 10 and text[10:11] not in ("T", " "):
        return None
    try:
        if len(text) > 10:
            datetime.fromisoformat(text)
    except ValueError:
        return None
    return written_days.day(text[:10])
