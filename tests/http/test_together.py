"""HTTP, Dagster and commands on one book at once, in processes of their own.

What lives here: a served book under many writing clients while a hundred censuses are loaded and rated. What does not:
the lock itself (`tests.services`), and what a call answers.
"""

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from services import access, audit
from services.book import Book
from services.records import records
from services.sample_book import write_book
from services.scope import EVERYTHING
from tests.conftest import NOW, ROOT
from tests.http.served import CONNECT, NO_AUTHORITIES, SOBJECTS, serving
from tests.made_once import empty_book

N_CLIENTS = 16
N_CENSUSES = 100
COMMAND = [sys.executable, "-c", "from pipelines.cli import main; main()"]


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def prepared(path: Path) -> tuple[Book, str, list[str]]:
    """A book with a token and a census for each client."""
    book = Book(empty_book(path).path)
    with book.write() as tx:
        secret = access.create_token(tx, role="service", name="clients", now=NOW).secret
        account = records.create(tx, "Account", {"Name": "Acme"}, scope=EVERYTHING, now=NOW)
        censuses = [
            records.create(tx, "GroupCensus", {"Name": f"C{n}", "AccountId": account}, scope=EVERYTHING, now=NOW)
            for n in range(N_CLIENTS)
        ]
    return book, secret, censuses


class Client(threading.Thread):
    """Adds families one after the other until it is told to end; keeps what was acknowledged."""

    def __init__(self, url: str, secret: str, census: str, is_over: threading.Event) -> None:
        super().__init__(daemon=True)
        headers = {"Authorization": f"Bearer {secret}"}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=60, verify=NO_AUTHORITIES)
        self.census, self.is_over = census, is_over
        self.acknowledged: list[str] = []
        self.refused: list[str] = []

    def run(self) -> None:
        number = 0
        while not self.is_over.wait(0.1) or number < 2:  # all at once keep a server busy, and leave the run its turn
            number += 1
            answer = self.http.post(
                f"{CONNECT}/census-management/group-censuses/{self.census}/group-census-members",
                json={"members": family(number)},
            )
            said: dict[str, Any] = answer.json()
            if answer.status_code == 201 and said["isSuccess"]:
                self.acknowledged += said["memberIds"]
            else:
                self.refused.append(answer.text)


def family(number: int) -> list[dict[str, Any]]:
    """An employee with one child."""
    primary = {"firstName": "Ann", "lastname": f"A{number}", "associationWithPrimaryMbr": "Self"}
    child = {"firstName": "Bo", "lastname": f"A{number}", "associationWithPrimaryMbr": "Child"}
    source = f"E{number}"
    return [
        primary | {"sourceSystemIdentifier": source},
        child | {"sourceSystemIdentifier": f"{source}-1", "primaryMemberSource": source},
    ]


def wait_until_ready(url: str, server: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/ready", verify=NO_AUTHORITIES).status_code == 200:
                return
        except httpx.TransportError:
            assert server.poll() is None, server.communicate()
            time.sleep(0.05)
    raise AssertionError("The server did not come up.")


def test_a_server_under_sixteen_writing_clients_beside_a_run_of_a_hundred_censuses(tmp_path: Path) -> None:
    folder = tmp_path / "hundred"
    write_book(folder, groups=N_CENSUSES, seed=7, people_per_group=3)
    path = tmp_path / "data" / "benefits.duckdb"
    path.parent.mkdir()
    book, secret, censuses = prepared(path)
    environment = os.environ | {"BENEFITS_BOOK": str(path), "DAGSTER_HOME": str(tmp_path / "dagster")}
    (tmp_path / "dagster").mkdir()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [*COMMAND, "serve", "--port", str(port)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    log: list[str] = []
    assert server.stdout is not None
    threading.Thread(target=lambda: log.extend(server.stdout or []), daemon=True).start()
    try:
        wait_until_ready(url, server)
        is_over = threading.Event()
        clients = [Client(url, secret, census, is_over) for census in censuses]
        for client in clients:
            client.start()
        run = subprocess.run(
            [*COMMAND, "run", "--cohort", "hundred", "--folder", str(folder)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=400,
        )
        is_over.set()
        for client in clients:
            client.join(60)
        assert run.returncode == 0, run.stdout + run.stderr
        assert [client.refused for client in clients] == [[]] * N_CLIENTS
        for client in clients:
            answer = client.http.post(
                f"{CONNECT}/census-management/group-censuses/{client.census}/sync-summary", json={}
            )
            assert answer.status_code in (200, 201), answer.text
        assert "Traceback" not in "".join(log)
        assert not [line for line in log if "Ann" in line]
    finally:
        server.terminate()
        server.wait(30)

    with book.read() as tx:
        stored = {
            row[0] for row in tx.connection.execute("SELECT group_census_member_id FROM book.census_member").fetchall()
        }
        acknowledged = [member for client in clients for member in client.acknowledged]
        assert len(acknowledged) == len(set(acknowledged)) >= N_CLIENTS * 4
        assert set(acknowledged) <= stored
        rated = tx.connection.execute("SELECT n_censuses FROM out.rating_run").fetchall()
        assert rated == [(N_CENSUSES,)]
        counters = tx.connection.execute(
            """SELECT g.group_census_id FROM book.group_census g
               WHERE list_contains($ids, g.group_census_id) AND (
                   g.total_members IS DISTINCT FROM (SELECT count(*) FROM book.census_member m
                       WHERE m.group_census_id = g.group_census_id AND m.primary_member_id IS NULL)
                   OR g.total_dependents IS DISTINCT FROM (SELECT count(*) FROM book.census_member m
                       WHERE m.group_census_id = g.group_census_id AND m.primary_member_id IS NOT NULL)
                   OR g.member_with_one_child_count IS DISTINCT FROM (SELECT count(*) FROM book.census_member m
                       WHERE m.group_census_id = g.group_census_id AND m.primary_member_id IS NULL))""",
            {"ids": censuses},
        ).fetchall()
        assert counters == []
        assert audit.verify(tx).n_entries > N_CLIENTS * 2


@pytest.mark.parametrize("role", ["analyst", "administrator"])
def test_a_server_answers_reads_while_a_command_holds_the_book(tmp_path: Path, role: str) -> None:
    """A caller waits for a short write of another process, and never sees a lock."""

    book = Book(empty_book(tmp_path / "b" / "benefits.duckdb").path)
    with serving(book.path) as api:
        made = api.post(f"{SOBJECTS}/Account", json={"Name": "Acme"}).json()["id"]
        api.get(f"{SOBJECTS}/Account/{made}", token=role)
        told: list[int] = []

        def ask() -> None:
            told.append(api.get(f"{SOBJECTS}/Account/{made}", token=role).status_code)

        with book.write() as tx:
            tx.connection.execute("UPDATE book.account SET name = 'Held'")
            waiting = threading.Thread(target=ask)
            waiting.start()
            time.sleep(0.3)
            assert told == []
        waiting.join(20)
        assert told == [200]
        assert api.get(f"{SOBJECTS}/Account/{made}", token=role).json()["Name"] == "Held"
