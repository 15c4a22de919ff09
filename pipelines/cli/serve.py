"""`benefits serve`: the services over HTTP.

What lives here: the command, its log and its address. What does not: routes and limits (`services.http`).
"""

import logging
import socket
from typing import Annotated

import typer

from pipelines.cli.places import here, now
from pipelines.cli.show import say, say_next
from services.book import Book
from services.refusals import Unavailable
from services.shared_book import SharedBook


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 is every network of this machine.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    plain_errors: Annotated[
        bool, typer.Option("--plain-errors", help="Leave the words about a Salesforce admin out of refusals.")
    ] = False,
) -> None:
    """Serve the book over HTTP until Ctrl-C; asynchronous requests are worked on meanwhile.

    A book is begun where there is none. Commands and Dagster may work on the same book at the same time.

    Examples:

      benefits token create --role administrator --name me

      benefits serve --port 8000
    """
    import uvicorn  # with the application a third of a second, which no other command should wait for

    from services.http.app import create_app
    from services.http.collector import collecting_rarely

    path = here().book
    Book(path).create(now())
    _must_be_free(host, port)
    logging.getLogger("benefits").handlers.clear()  # a command that ends keeps what it logs, a server shows it
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    say(f"Serving {path} at http://{host}:{port}")
    say_next(
        [
            ("benefits token create --role administrator --name me", "a token for calls"),
            (f"open http://{host}:{port}/docs", "every call, with examples to try"),
        ]
    )
    app = create_app(SharedBook(path), now, says_plainly=plain_errors)
    # The access log of uvicorn would hold query strings; the application writes a line of its own, without values.
    with collecting_rarely():
        uvicorn.run(app, host=host, port=port, access_log=False, log_config=None, server_header=False)


def _must_be_free(host: str, port: int) -> None:
    """Refuse an address that nobody can listen on: uvicorn would find out late, and leave with a code of its own."""
    try:
        known = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, *_, address = min(known, key=lambda found: found[0] != socket.AF_INET)
        socket.create_server(address[:2], family=family).close()
    except OSError as fault:
        raise Unavailable(
            "address_taken",
            f"{host}:{port}",
            f"Nobody can listen on {host}, port {port}: {fault.strerror}.",
            "Stop the program that does, or choose another --port or --host.",
        ) from fault
