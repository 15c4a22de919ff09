"""`benefits`: the command line, the third door to the services.

What lives here: `main`, which the script entry calls. What does not: the commands (one module per family of them) and
anything that decides about members or money (`services`).
"""


def main() -> None:
    """Run the command that was typed, and leave with its exit code."""
    from pipelines.cli.app import leave  # the commands load only once one is typed

    leave()
