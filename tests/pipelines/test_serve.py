"""`benefits serve`: an address that is taken is refused at once, and Ctrl-C ends the server in peace."""

import signal
import socket
import subprocess
import sys
from collections.abc import Callable

from services.places import Places

Typed = Callable[..., tuple[int, str, str]]

SERVER = "import sys; from pipelines.cli.app import answer; sys.exit(answer(sys.argv[1:]))"


def test_an_address_that_is_taken_is_refused_before_anything_is_said_to_be_served(typed: Typed) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said, complained = typed("serve", "--port", port)
    assert (code, said) == (1, ""), complained
    flat = " ".join(complained.split())
    assert flat.startswith(f"benefits: Nobody can listen on 127.0.0.1, port {port}: Address already in use")
    assert "choose another --port" in flat


def test_a_host_that_is_none_is_refused(typed: Typed) -> None:
    code, said, complained = typed("serve", "--host", "no host", "--port", 0)
    assert (code, said) == (1, ""), complained
    assert "benefits: Nobody can listen on no host, port 0: " in " ".join(complained.split())


def test_ctrl_c_ends_a_server_with_nothing_but_its_log(places: Places) -> None:
    """What stays frozen in the collector made the binding of DuckDB end the process with a page of leaks."""
    words = [sys.executable, "-c", SERVER, "serve", "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            assert any("Uvicorn running" in line for line in server.stderr)  # read no further than that line
            server.send_signal(signal.SIGINT)
            *_, last = server.stderr.read().splitlines()
        finally:
            server.kill()
    assert "Finished server process" in last
