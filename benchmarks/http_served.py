"""A book served by `benefits serve` in a process of its own, and calls to it with the time of each.

What lives here: the server's life, the client, and the calls that are measured. What does not: which rows there
are, and what the times are compared with (`http`).
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from services.book import Book

ROOT = Path(__file__).parent.parent
COMMAND = [sys.executable, "-c", "from pipelines.cli import main; main()"]
DATA = "/services/data/v66.0"
CENSUS = f"{DATA}/connect/insurance/census-management/group-censuses/{{}}/group-census-members"
MEMBER = f"{DATA}/connect/insurance/census-management/group-census-members/{{}}"
JSON = {"Content-Type": "application/json"}
RATE = f"{DATA}/connect/insurance/group-census-members/{{}}/action/rate"
ACTION = f"{DATA}/actions/standard/getMbrsRatingAndContributions"
ENDED = ("Completed", "Completed With Errors", "Failed")

Seconds = dict[str, list[float]]


class Served:
    """A client of the server that keeps the time of each call."""

    def __init__(self, client: httpx.Client, cpu: Callable[[], float]) -> None:
        self.client = client
        self.cpu = cpu
        self.seconds: Seconds = {}
        self.cpu_seconds: Seconds = {}

    def timed(self, part: str | None, work: Callable[[], Any]) -> Any:
        """The answer of some calls; kept as one of `part`, if one is named."""
        cpu, began = self.cpu(), time.perf_counter()
        answer = work()
        seconds, used = time.perf_counter() - began, self.cpu() - cpu
        if part is not None:
            self.seconds.setdefault(part, []).append(seconds)
            self.cpu_seconds.setdefault(part, []).append(used)
        return answer

    def call(self, method: str, path: str, **more: Any) -> Any:
        """The JSON of one answer; a refusal ends the measurement."""
        answer = self.client.request(method, path, **more)
        if answer.status_code >= 400:
            raise SystemExit(f"{method} {path} was answered {answer.status_code}: {answer.text[:500]}")
        return answer.json()


def bulk(served: Served, census_id: str, path: Path, mapping: dict[str, str], *, is_warm: bool = False) -> None:
    """A file uploaded and loaded, to the end of its request."""

    def run() -> dict[str, Any]:
        made = served.call(
            "POST",
            f"{DATA}/connect/files",
            files={"fileData": (path.name, path.read_bytes(), "text/csv")},
            data={"firstPublishLocationId": census_id},
        )
        asked = {"contentDocumentId": made["contentDocumentId"], "csvColumnMapping": mapping}
        accepted = served.call("POST", CENSUS.format(census_id) + "/bulk-process", json=asked)
        while True:
            told = served.call("GET", f"{DATA}/connect/insurance/async-requests/{accepted['requestId']}")
            if told["status"] in ENDED:
                return told
            time.sleep(0.25)

    told = served.timed(None if is_warm else "bulk", run)
    if told["status"] == "Failed":
        raise SystemExit(f"The upload failed: {told['result']}")


def post(served: Served, body: bytes, account: str, contract: str, times: int) -> None:
    """The same members posted, each time into an empty census of the same contract."""
    for number in range(times + 1):
        named = {"Name": f"Posted {number}", "AccountId": account, "ContractId": contract}
        census_id = served.call("POST", f"{DATA}/sobjects/GroupCensus", json=named)["id"]
        path, part = CENSUS.format(census_id), "post" if number else None
        told = served.timed(part, lambda path=path: served.call("POST", path, content=body, headers=JSON))
        if not told["isSuccess"]:
            raise SystemExit(f"Members posted were refused: {told['errors'][:3]}")


def called(served: Served, book: Book, census_id: str, times: int) -> None:
    """Single members of the large census changed, and the plans of their families asked for."""
    with book.read() as tx:
        found = tx.connection.execute(
            """SELECT group_census_member_id FROM book.census_member m WHERE group_census_id = $census
               AND EXISTS (FROM book.census_member d WHERE d.primary_member_id = m.group_census_member_id)
               ORDER BY hash(group_census_member_id) LIMIT $n""",
            {"census": census_id, "n": times + 1},
        ).fetchall()
    for number, (member_id,) in enumerate(found):
        path, body = CENSUS.format(census_id), {"members": [{"id": member_id, "city": "Springfield"}]}
        part = "patch" if number else None
        served.timed(part, lambda path=path, body=body: served.call("PATCH", path, json=body))
    asked = {"shouldIncludeDependents": "true"}
    for number, (member_id,) in enumerate(found):
        path, part = MEMBER.format(member_id) + "/eligible-plans", "eligible_plans" if number else None
        served.timed(part, lambda path=path: served.call("GET", path, params=asked))


def rated(served: Served, book: Book, census_id: str, times: int, members: int) -> None:
    """Families of the large census rated for every plan they hold, and many members for one plan."""
    families, (root, holders) = _to_rate(book, census_id, times + 1, members)
    for number, (member_id, plans) in enumerate(families):
        body = {"members": [{"memberId": member_id, "plans": [{"planId": plan} for plan in plans]}]}
        path, part = RATE.format(member_id), "member_rating" if number else None
        told = served.timed(part, lambda path=path, body=body: served.call("POST", path, json=body))
        if told["errors"]:
            raise SystemExit(f"A family was not rated: {told['errors'][:3]}")
    named = {"groupCensusMembers": [{"Id": each} for each in holders], "contractGroupPlanId": root}
    for number in range(max(2, times // 4)):
        part = "action_2000" if number else None
        told = served.timed(part, lambda: served.call("POST", ACTION, json={"inputs": [named]}))
        if not told[0]["isSuccess"]:
            raise SystemExit(f"Members were not rated: {told[0]['errors'][:3]}")


def _to_rate(
    book: Book, census_id: str, families: int, members: int
) -> tuple[list[tuple[str, list[str]]], tuple[str, list[str]]]:
    """Primaries with dependents and the root plans they hold; and the plan of the most coverages with its holders."""
    with book.read() as tx:
        found = tx.connection.execute(
            """SELECT s.group_census_member_id, list(DISTINCT p.root_plan_id ORDER BY p.root_plan_id)
               FROM book.member_plan s JOIN book.contract_plan p USING (contract_plan_id)
               WHERE s.group_census_id = $census AND s.group_census_member_id IN
                   (SELECT primary_member_id FROM book.census_member WHERE primary_member_id IS NOT NULL)
               GROUP BY 1 ORDER BY hash(s.group_census_member_id) LIMIT $n""",
            {"census": census_id, "n": families},
        ).fetchall()
        held = tx.connection.execute(
            """SELECT p.root_plan_id,
                   list(DISTINCT s.group_census_member_id ORDER BY s.group_census_member_id)[:$n] AS ids
               FROM book.member_plan s JOIN book.contract_plan p USING (contract_plan_id)
               WHERE s.group_census_id = $census AND p.contract_plan_id = p.root_plan_id
               GROUP BY 1 ORDER BY len(ids) DESC,
                   (SELECT count(*) FROM book.contract_plan q WHERE q.root_plan_id = p.root_plan_id) DESC, 1 LIMIT 1""",
            {"census": census_id, "n": members},
        ).fetchall()
    return found, held[0]


@contextmanager
def served_book(book: Book, secret: str) -> Iterator[Served]:
    """`benefits serve` in a process of its own until the block ends."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    environment = os.environ | {"BENEFITS_BOOK": str(book.path)}
    with book.path.with_suffix(".log").open("w") as log:
        server = subprocess.Popen(
            [*COMMAND, "serve", "--port", str(port)], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    headers = {"Authorization": f"Bearer {secret}"}
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=600) as client:
            _wait(client, server)
            yield Served(client, lambda: _processor_s(server.pid))
    finally:
        server.terminate()
        server.wait(60)


def _wait(client: httpx.Client, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if client.get("/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise SystemExit("The server did not come up.")


def _processor_s(pid: int) -> float:
    """Processor time of a process and its threads, where Linux tells it; else nothing."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
