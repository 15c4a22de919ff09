"""`benefits`: the command line, the third door to the services.

What lives here: `main`, which the script entry calls. What does not: the commands (one module per family of them) and
anything that decides about members or money (`services`).
"""

import sys


def main() -> None:
    """Run the command that was typed, and leave with its exit code."""
    try:
        from pipelines.cli.app import leave  # the commands load only once one is typed

        leave()
    except KeyboardInterrupt:  # while the program loads, before there is anything to leave half-written
        sys.stderr.write("benefits: Interrupted before anything was done.\n")
        sys.exit(130)
