"""The errors of cancelling policies.

What lives here: codes and texts (`GB-POL`). What does not: when they are said (`cancel`, `batch`).

The published pages state the rules (proration, PR-13 to PR-24) and no codes; these are ours.
"""

from services.insurance_errors import InsuranceError

AFTER_TODAY = InsuranceError("GB-POL-001", "The cancellation date can't be later than today.")
NOT_ACTIVE = InsuranceError("GB-POL-002", "The policy isn't active.")
AFTER_END = InsuranceError("GB-POL-003", "The cancellation date is after the last day of the policy.")
TWICE = InsuranceError("GB-POL-004", "The policy is named more than once.")
BATCH_TOO_LARGE = InsuranceError("GB-POL-005", "The batch size can be at most 12.")
NO_VALID_ROW = InsuranceError("GB-POL-006", "No row states a policy that is known and a date on which it can end.")

NONE_ACTIVE = "No active policies exist for this member."
"""What is said of a member without any (PR-23); it is no error."""
