"""Refusals: a whole request that cannot be honoured, said in one plain sentence.

What lives here: `Refusal` and its kinds. What does not: problems of single rows, which are rows
themselves (issues), and the mapping of kinds to exit codes or HTTP statuses, which belongs to the doors.
"""


class Refusal(Exception):
    """A request refused: its stable `code`, `where` the fault is, what it `says` and the `remedy`."""

    def __init__(self, code: str, where: str, says: str, remedy: str = "") -> None:
        super().__init__(f"{says} {remedy}".strip())
        self.code = code
        self.where = where
        self.says = says
        self.remedy = remedy


class NotFound(Refusal):
    """Something named does not exist."""


class Malformed(Refusal):
    """The request or file cannot be understood."""


class Conflict(Refusal):
    """The request contradicts what is stored."""


class NotAllowed(Refusal):
    """The request is understood and forbidden."""


class Unavailable(Refusal):
    """The machine refused: a full disk, a read-only folder, a file in the way."""


class BookBusy(Refusal):
    """Another process kept the book past the deadline; the same request may be sent again."""
