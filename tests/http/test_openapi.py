"""The OpenAPI document is complete, and no request that it can bring forth ends in a fault of the server.

What lives here: every operation of the document, with requests that schemathesis draws. What does not: what an
operation should answer (the modules of each area).
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from services.http.app import create_app
from services.onboarding import partners
from services.shared_book import SharedBook
from tests.conftest import NOW
from tests.http.served import Api, serving
from tests.services.census_load.builder import CENSUS, a_world
from tests.services.selections.desk import NOOR, a_family

DOCUMENT = create_app(SharedBook(Path("nowhere.duckdb")), lambda: NOW).openapi()
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = {f"{found.ok().method.upper()} {found.ok().path}": found.ok() for found in SCHEMA.get_all_operations()}
N_DRAWN = 6
"""Requests drawn for each operation; all name a census and a member that are there."""

ONBOARDING = "/onboarding/v1/"
"""Paths of partners, who are told 422 where others are told 400."""

PAIRS = [{"key": "City", "value": "BillingCity"}]
ITEM = {"entity": "InsuranceContract", "fields": {"data": [{"key": "EnrollmentWaitingPeriod", "value": "30"}]}}
"""Pairs of a field and a value, and a Contract Item."""

THERE = {"groupCensusId": CENSUS, "censusId": CENSUS, "memberId": NOOR, "version": "v66.0"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A family, served."""
    world = a_world(tmp_path_factory.mktemp("openapi"))
    a_family(world)
    with serving(world.book.path) as api:
        yield api


@pytest.fixture(scope="module")
def secrets(served: Api) -> dict[str, str]:
    """A token for each kind of path that lets it in."""
    with served.book.write() as tx:
        partner = partners.create(tx, "Partner", "BROKER", now=NOW)
        partners.change(tx, partner, NOW, status=partners.APPROVED)
    return {
        f"{ONBOARDING}host/": served.token("host"),
        ONBOARDING: served.token("partner", partner_id=partner),
        "/": served.token("administrator"),
    }


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_has_a_summary_answers_and_an_example_of_what_it_takes(name: str) -> None:
    method, path = name.split(" ")
    operation = DOCUMENT["paths"][path][method.lower()]
    assert operation.get("summary")
    assert any(status.startswith("2") for status in operation["responses"])
    assert ("422" in operation["responses"]) <= path.startswith(ONBOARDING)
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    assert body is None or "example" in body or "examples" in body


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_example_of_an_operation_is_what_its_schema_says(name: str) -> None:
    method, path = name.split(" ")
    operation = DOCUMENT["paths"][path][method.lower()]
    for place, said in [("body", operation.get("requestBody", {})), *operation["responses"].items()]:
        json_said = said.get("content", {}).get("application/json", {})
        if "example" in json_said:
            schema = {**json_said.get("schema", {}), "components": DOCUMENT["components"]}
            faults = jsonschema_rs.Draft202012Validator(schema).iter_errors(json_said["example"])
            assert [(place, list(fault.instance_path), fault.message) for fault in faults] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_part_of_a_path_is_a_parameter_so_that_the_page_and_programs_can_fill_it_in(name: str) -> None:
    method, path = name.split(" ")
    said = DOCUMENT["paths"][path][method.lower()].get("parameters", [])
    named = {each["name"]: each for each in said if each["in"] == "path"}
    assert set(named) == set(re.findall(r"{(\w+)}", path))
    assert all(each["required"] for each in named.values())
    if "version" in named:
        schema = named["version"]["schema"]
        assert re.fullmatch(schema["pattern"], schema["default"])


def test_an_example_shows_the_nulls_that_were_written() -> None:
    """Of an answer that is null where nothing is wrong (census summary), and of a change that clears a field (CM-6)."""
    members = "/services/data/{version}/connect/insurance/census-management/group-censuses/{groupCensusId}"
    paths = DOCUMENT["paths"]
    synced = paths[f"{members}/sync-summary"]["post"]["responses"]["200"]["content"]["application/json"]["example"]
    assert synced["errors"] is None
    change = paths[f"{members}/group-census-members"]["patch"]["requestBody"]["content"]["application/json"]["example"]
    assert change["members"][1]["email"] is None


@pytest.mark.rule("CV-1")
def test_the_document_takes_a_list_bare_and_under_values() -> None:
    schema = DOCUMENT["components"]["schemas"]["MembersToDelete"]["properties"]["memberIds"]
    bare, wrapped = schema["anyOf"]
    assert bare["type"] == "array"
    assert wrapped == {
        "type": "object", "properties": {"values": bare}, "required": ["values"], "additionalProperties": False,
    }  # fmt: skip


@pytest.mark.rule("CV-1", "CQ-9")
@pytest.mark.parametrize(
    ("operation", "place", "written", "is_taken"),
    [
        ("/connect/insurance/contracts/actions/issue", "additionalFields", [ITEM], True),
        ("/connect/insurance/contracts/actions/issue", "additionalFields", {"values": [ITEM]}, True),
        ("/connect/insurance/contracts/actions/issue", "additionalFields", {"insuranceContractItemList": [ITEM]}, True),
        ("/connect/insurance/contracts/actions/issue", "additionalFields", {"data": [ITEM]}, False),
        ("/connect/insurance/contracts/actions/issue", "additionalFields", [{**ITEM, "fields": PAIRS}], True),
        ("/actions/standard/createAcctUsrFrGrpCens", "accountFieldsMapping", PAIRS, True),
        ("/actions/standard/createAcctUsrFrGrpCens", "accountFieldsMapping", {"data": PAIRS}, True),
        ("/actions/standard/createAcctUsrFrGrpCens", "accountFieldsMapping", {"City": "BillingCity"}, True),
        ("/actions/standard/createAcctUsrFrGrpCens", "accountFieldsMapping", {"data": {"City": "BillingCity"}}, True),
        ("/actions/standard/createAcctUsrFrGrpCens", "accountFieldsMapping", "City", False),
        ("/actions/standard/createAcctUsrFrGrpCens", "matchingKeysList", "FirstName,LastName", True),
        ("/actions/standard/createAcctUsrFrGrpCens", "matchingKeysList", ["FirstName", "LastName"], True),
        ("/InsEnrollmentServiceStd/enrollFamily", "matchingKeysList", "FirstName,LastName", True),
        ("/InsEnrollmentServiceStd/enrollFamily", "matchingKeysList", {"values": ["FirstName", "LastName"]}, True),
        ("/InsEnrollmentServiceStd/enrollFamily", "matchingKeysList", {"data": ["FirstName", "LastName"]}, False),
    ],
)
def test_the_document_says_of_each_way_of_writing_whether_it_is_taken(
    served: Api, operation: str, place: str, written: Any, is_taken: bool
) -> None:
    """By its schema, and by what the server says of the shape of the body."""
    (path,) = (path for path in DOCUMENT["paths"] if path.endswith(operation))
    said = DOCUMENT["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    is_action = "inputs" in said["example"]
    body = {"inputs": [{place: written}]} if is_action else {place: written}
    schema = {**said["schema"], "components": DOCUMENT["components"]}
    assert jsonschema_rs.Draft202012Validator(schema).is_valid(body) == is_taken
    answer = served.post(path.replace("{version}", "v66.0"), json=body)
    assert answer.status_code == 400  # nothing else of the request is stated
    problem = f"inputs[0].{place}" if is_action else f"{place}: "
    assert (problem not in answer.text and f'"{place}"' not in answer.text) == is_taken


@pytest.mark.parametrize("name", OPERATIONS)
def test_no_drawn_request_ends_in_a_fault_of_the_server(served: Api, secrets: dict[str, str], name: str) -> None:
    """The server's list of defects stays empty too (`serving` looks)."""
    path = name.split(" ")[1]
    secret = next(each for begin, each in secrets.items() if path.startswith(begin))

    @settings(
        max_examples=N_DRAWN,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=OPERATIONS[name].as_strategy())
    def draw(case: Any) -> None:
        for place, record_id in THERE.items():
            if place in (case.path_parameters or {}):
                case.path_parameters[place] = record_id
        answer = case.call(base_url=served.url, headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code < 500, answer.text
        assert answer.status_code != 422 or name.split(" ")[1].startswith(ONBOARDING), answer.text
        if answer.content and "json" in answer.headers.get("content-type", [""])[0]:
            answer.json()

    draw()
    assert served.app.state.defects == []


def test_the_page_of_all_calls_needs_no_other_machine(served: Api) -> None:
    with httpx.Client(base_url=served.url) as client:
        page = client.get("/docs").text
        addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert addresses
        assert all(address.startswith("/docs-files/") for address in addresses)
        assert "url: '/openapi.json'" in page
        assert [client.get(address).status_code for address in addresses] == [200] * len(addresses)
