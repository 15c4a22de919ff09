"""The small book of the census load with a file on the desk: uploaded, asked for, worked on, looked at."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services import documents, job_runs, jobs
from services.bulk import request
from services.scope import EVERYTHING, Scope
from tests.services.census_load.builder import CENSUS, NOW, World, insert

MAPPING = {
    "Given": "FirstName",
    "Family": "Lastname",
    "Born": "Birthdate",
    "Role": "AssociationWithPrimaryMbr",
    "Class": "GroupClassName",
    "Medical": "ContractGroupPlan",
    "Vision": "ContractGroupPlan",
}
"""The mapping of the contract's example."""

EXAMPLE = """Given,Family,Born,Role,Class,Medical,Vision
Noor,Haddad,1984-02-11,Self,Salaried,Harbor PPO|Preventive|Maternity,ClearSight
Elias,Haddad,1983-06-02,Spouse,,Harbor PPO|Preventive,
Owen,Park,1990-01-20,Self,Hourly,,ClearSight
"""
"""The example file of the contract."""

QUOTE = "0rfGB000000C003AAA"


@dataclass
class Desk:
    """A world, and short ways to upload into it."""

    world: World

    def put(self, text: str | bytes, *, census: str | None = CENSUS, name: str = "census.csv") -> str:
        """A document on the census; its id."""
        data = text.encode() if isinstance(text, str) else text
        with self.world.book.write() as tx:
            return documents.upload(tx, name, data, linked_to=census, scope=EVERYTHING, now=NOW)[0]

    def ask(
        self,
        text: str | bytes = EXAMPLE,
        *,
        census: str = CENSUS,
        mapping: Mapping[str, str | None] | None = None,
        scope: Scope = EVERYTHING,
        document: str | None = None,
        now: datetime = NOW,
        **more: Any,
    ) -> str:
        """An upload accepted; the id of its request."""
        document_id = document or self.put(text, census=census)
        asked = request.Upload(document_id, mapping=MAPPING if mapping is None else mapping, **more)
        with self.world.book.write() as tx:
            return request.start(tx, census, asked, scope=scope, now=now)

    def work(self, now: datetime = NOW) -> list[str]:
        """Every open request, worked on."""
        return job_runs.run_pending(self.world.book, lambda: now)

    def upload(self, text: str | bytes = EXAMPLE, *, now: datetime = NOW, **more: Any) -> dict[str, Any]:
        """An upload accepted and worked on; its status."""
        request_id = self.ask(text, now=now, **more)
        self.work(now)
        return self.status(request_id)

    def status(self, request_id: str, *, scope: Scope = EVERYTHING, **more: Any) -> dict[str, Any]:
        with self.world.book.read() as tx:
            return jobs.status(tx, request_id, scope=scope, **more)

    def items(self, request_id: str) -> list[dict[str, Any]]:
        """What each item covers."""
        with self.world.book.read() as tx:
            told = jobs.items_of(tx, request_id)["additional_information"]
        return [json.loads(text) for text in told]

    def details(self, request_id: str) -> list[dict[str, Any]]:
        """Details in the order of rows, their JSON unpacked."""
        with self.world.book.read() as tx:
            found = tx.connection.sql(
                "SELECT d.* FROM book.async_detail AS d WHERE d.async_request_id = $r ORDER BY d.async_detail_id",
                params={"r": request_id},
            ).pl()
        return [{**row, **json.loads(row["additional_information"])} for row in found.to_dicts()]

    def errors(self, status: Mapping[str, Any]) -> list[list[str]]:
        """The lines of the error file, heading first."""
        document_id = status["errorDocumentId"]
        with self.world.book.read() as tx:
            data = documents.read(tx, document_id, scope=EVERYTHING).data
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))

    def names(self, census: str = CENSUS) -> list[str]:
        found = self.world.sql(
            f"SELECT first_name FROM book.census_member WHERE group_census_id = '{census}'"
            " ORDER BY group_census_member_id"
        )
        return [row[0] for row in found]


def lines(*rows: Sequence[str], header: Sequence[str] = ("Given", "Family", "Role")) -> str:
    """A CSV text."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    return out.getvalue()


NAMES_ONLY = {"Given": "FirstName", "Family": "Lastname", "Role": "AssociationWithPrimaryMbr"}


def with_quote_census(world: World) -> None:
    """A third census, for a quote, with no contract."""
    from tests.services.census_load.builder import a_census

    insert(world, "book.group_census", [a_census(QUOTE, "Quote", type="Quote", contract_id=None)])
