"""The published error object, and the texts of the common codes.

What lives here: `InsuranceError`, `Refused`, and one function for each common text. What does not: the codes of a
single service (they stand beside the service), and how an error is wrapped for a caller (`services.http`).

Source: census conventions, section 4; CV-22 says which text is used for what, CV-23 how our own codes are spelled.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from services.refusals import Refusal, Unavailable


@dataclass(frozen=True)
class InsuranceError:
    """Code, text and further facts of one error; `info` becomes `additionalInfo`."""

    code: str
    message: str
    info: dict[str, Any] = field(default_factory=dict)

    def about(self, **info: Any) -> "InsuranceError":
        """The same error with further facts; facts that are None are left out."""
        return InsuranceError(
            self.code, self.message, {**self.info, **{k: v for k, v in info.items() if v is not None}}
        )


class Refused(Refusal):
    """A whole request refused, nothing written, for the reasons in `errors`; HTTP 400 unless `status` says more."""

    def __init__(self, *errors: InsuranceError, status: int = 400) -> None:
        self.errors: Sequence[InsuranceError] = errors
        self.status = status
        super().__init__(errors[0].code, "", " ".join(error.message for error in errors))


_HELP = re.compile(
    r" (If the issue persists, contact your Salesforce admin for help|Contact your Salesforce admin for help"
    r"|Your Salesforce admin can help with that)\."
)


def plainly(error: InsuranceError) -> InsuranceError:
    """The error without the sentence that sends readers to an admin of another system (CV-23).

    >>> plainly(no_access("read", "record")).message
    "Looks like you don't have access to read this record."
    """
    return replace(error, message=_HELP.sub("", error.message))


NO_FILES = InsuranceError(
    "GB-SYS-006", "The server cannot read or write its files now; nothing was changed. Its log says why."
)


def of_refusal(fault: Refusal) -> InsuranceError:
    """A refusal of the core as callers are told it: in its words, without its code, which is of the inside (CV-23), and
    without the places of a machine.

    >>> of_refusal(Refusal("flow_lost_rows", "flowName", "A step dropped rows.", "Use issues."))
    InsuranceError(code='GB-SYS-007', message='A step dropped rows. Use issues.', info={})
    """
    return NO_FILES if isinstance(fault, Unavailable) else InsuranceError("GB-SYS-007", str(fault))


def missing(field_name: str) -> InsuranceError:
    """A required input is missing.

    >>> missing("members").message
    'Specify an input for members.'
    """
    return InsuranceError("SF-0001-0004", f"Specify an input for {field_name}.")


def invalid(field_name: str) -> InsuranceError:
    """A value does not resolve: an unknown id, an id of another object or census, a value outside a closed list."""
    return InsuranceError("SF-0001-0005", f"Specify a valid input for {field_name}.")


def bad_date() -> InsuranceError:
    """A date is not written as yyyy-MM-dd."""
    return InsuranceError("SF-0001-0003", "Specify a date in yyyy-MM-dd format.")


def out_of_order(first: str, second: str) -> InsuranceError:
    """`first` must be after `second`."""
    return InsuranceError("SF-0001-0002", f"The {first} must be after the {second}.")


def bad_context() -> InsuranceError:
    """A context id is unknown or expired."""
    return InsuranceError("SF-0001-0006", "Specify a valid context ID.")


def bad_payload(**info: Any) -> InsuranceError:
    """The body has the wrong shape; `info` may tell where."""
    return InsuranceError("SF-0001-0007", "Your input is invalid. Specify a valid payload and try again.", info)


def unknown_field(name: str) -> InsuranceError:
    """A field name is not one of the object's (CV-3)."""
    return InsuranceError(
        "SF-0001-0013",
        f"There is no field {name}. Check field names are correct and user has access to the specified fields",
        {"field": name},
    )


def no_access(operation: str, entity: str) -> InsuranceError:
    """The caller may not do this."""
    return InsuranceError(
        "SF-0001-0011",
        f"Looks like you don't have access to {operation} this {entity}. Your Salesforce admin can help with that.",
    )
