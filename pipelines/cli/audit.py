"""`benefits audit`: the trail of writes, verified and shown.

What lives here: the command. What does not: the trail (`services.audit`).
"""

from typing import Annotated

import typer

from pipelines.cli.places import the_book
from pipelines.cli.show import counted, say, show_table
from services import audit as trail


def audit(
    last: Annotated[int, typer.Option(help="Entries to show, the latest first.", min=0, max=10_000)] = 20,
) -> None:
    """Verify that no entry of the audit trail was changed or removed, and show the latest.

    Keep the number of entries and the last hash elsewhere: with them a trail that was cut off shows too.

    Example:

      benefits audit --last 50
    """
    with the_book().read() as tx:
        verified = trail.verify(tx)
        entries = trail.latest(tx, last)
    n_entries = counted(verified.n_entries, "entry", "entries")
    say(f"{n_entries}, none changed or removed; the last hash is {verified.last_hash}")
    if entries:
        show_table(
            ("Entry", "When (UTC)", "Who", "Kind", "What", "Request", "Records"),
            [
                (
                    each["entry_number"],
                    f"{each['happened_at']:%Y-%m-%d %H:%M:%S}",
                    each["principal"],
                    each["kind"],
                    each["action"],
                    each["request_id"],
                    "" if each["n_records"] is None else each["n_records"],
                )
                for each in entries
            ],
            texts=6,
            wrap=True,  # a route is long; when, who and which entry have to stay whole beside it
            whole=("Entry", "When (UTC)", "Who", "Kind", "Request"),
        )
