"""A census file uploaded, loaded, followed and corrected over HTTP; the actions of the flow; documents."""

import base64
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.http.served import ACTIONS, CONNECT, SOBJECTS, Api, V, serving
from tests.services.bulk.desk import EXAMPLE, MAPPING, QUOTE, with_quote_census
from tests.services.census_load.builder import CENSUS, HOURLY, NOW, a_world, insert

BULK = f"{CONNECT}/census-management/group-censuses/{CENSUS}/group-census-members/bulk-process"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = a_world(tmp_path_factory.mktemp("bulk-http"))
    with_quote_census(world)
    other = {"account_id": "001B", "account_number": "OTHER", "name": "Other Ltd.", "modified_at": NOW}
    insert(world, "book.account", [other])
    return world.book.path


@pytest.fixture
def api(tmp_path: Path, template: Path) -> Iterator[Api]:
    with serving(shutil.copy(template, tmp_path / "groups.duckdb")) as served:
        yield served


def put(api: Api, text: str = EXAMPLE, census: str = CENSUS, **more: Any) -> str:
    """A document attached to the census; its id."""
    body = {"PathOnClient": "census.csv", "VersionData": base64.b64encode(text.encode()).decode(),
            "FirstPublishLocationId": census}  # fmt: skip
    answer = api.post(f"{SOBJECTS}/ContentVersion", json=body, **more)
    assert answer.status_code == 201, answer.text
    return answer.json()["contentDocumentId"]


def ended(api: Api, request_id: str, **more: Any) -> dict[str, Any]:
    """The status of a request once it has ended."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        told = api.get(f"{CONNECT}/async-requests/{request_id}", **more).json()
        if told["result"] is not None:
            return told
        time.sleep(0.05)
    raise AssertionError("the request never ended")


@pytest.mark.rule("BC-1", "BC-83", "CV-1", "CV-24")
def test_the_example_of_the_contract_through_http(api: Api) -> None:
    body = {
        "contentDocumentId": put(api),
        "batchSize": 100,
        "duplicateDetectionFields": {"values": ["Birthdate"]},
        "csvColumnMapping": {"data": MAPPING},
    }
    answer = api.post(BULK, json=body)
    assert answer.status_code == 202
    told = answer.json()
    assert (told["isSuccess"], told["errors"]) == (True, [])
    status = ended(api, told["requestId"])
    assert (status["status"], status["type"], status["rowsRead"], status["rowsCreated"]) == (
        "Completed",
        "CensusUpload",
        3,
        3,
    )
    assert (status["rowsUpdated"], status["rowsFailed"], status["errorDocumentId"]) == (0, 0, None)
    assert api.rows("SELECT count(*) FROM book.census_member") == [(3,)]
    std = api.post("/services/InsAsyncBulkService/getRequestStatusById", json={"requestId": told["requestId"]}).json()
    assert (std["status"], std["jobCount"], std["successfulJobCount"], std["errorCode"]) == (
        "Completed",
        1,
        1,
        "INVOKE-200",
    )
    assert "additionalInformation" not in std


@pytest.mark.rule("BC-2", "BC-1")
def test_a_request_that_is_refused_has_no_id_and_leaves_nothing(api: Api) -> None:
    answer = api.post(BULK, json={"contentDocumentId": put(api), "csvColumnMapping": {**MAPPING, "Mail": "Email"}})
    assert answer.status_code == 400
    assert answer.json() == {
        "isSuccess": False,
        "requestId": None,
        "errors": [
            {
                "code": "SF-0001-0005",
                "message": "Specify a valid input for csvColumnMapping.",
                "additionalInfo": {"column": "Mail"},
            }
        ],
    }
    assert api.rows("SELECT count(*) FROM book.async_request") == [(0,)]
    assert api.post(BULK, json={}).json()["errors"][0]["message"] == "Specify an input for contentDocumentId."


@pytest.mark.rule("BC-10", "BC-57", "BC-82")
def test_the_error_file_is_fetched_corrected_and_sent_again(api: Api) -> None:
    request = {"contentDocumentId": put(api, EXAMPLE.replace("1990-01-20", "soon")), "csvColumnMapping": MAPPING}
    status = ended(api, api.post(BULK, json=request).json()["requestId"])
    assert (status["status"], status["rowsFailed"]) == ("Completed With Errors", 1)
    details = api.get(f"{CONNECT}/async-requests/{status['requestId']}/details", params={"status": "Failed"}).json()
    (failed,) = details["records"]
    assert failed["Name"] == "Row 3"
    assert api.get(f"{SOBJECTS}/InsuranceAsyncBulkRecordDetail/{failed['Id']}").json() == failed
    download = api.get(f"{V}/connect/files/{status['errorDocumentId']}/content")
    assert download.headers["content-disposition"].startswith("attachment; filename*=UTF-8''Acme_Ltd_08P")
    mended = download.content.replace(b"soon", b"1990-01-20")
    form = api.post(
        f"{V}/connect/files",
        files={"fileData": ("errors.csv", mended, "text/csv")},
        data={"firstPublishLocationId": CENSUS},
    )
    request = {"contentDocumentId": form.json()["contentDocumentId"], "csvColumnMapping": MAPPING}
    again = ended(api, api.post(BULK, json=request).json()["requestId"])
    assert (again["status"], again["rowsRead"], again["rowsCreated"]) == ("Completed", 1, 1)
    assert api.delete(f"{SOBJECTS}/InsuranceAsyncBulkRecordDetail/{failed['Id']}").status_code == 204
    assert api.get(f"{SOBJECTS}/InsuranceAsyncBulkRecordDetail/{failed['Id']}").status_code == 404


@pytest.mark.rule("BC-84")
def test_an_unknown_request_and_one_out_of_scope_are_answered_alike(api: Api) -> None:
    accepted = api.post(BULK, json={"contentDocumentId": put(api), "csvColumnMapping": MAPPING}).json()["requestId"]
    ended(api, accepted)
    other = api.token("administrator", account_ids=["001B"])
    for path in (f"{CONNECT}/async-requests/{accepted}", f"{CONNECT}/async-requests/{accepted}/details"):
        hidden, unknown = api.get(path, token=other), api.get(path.replace(accepted, "08P9"))
        assert (hidden.status_code, hidden.json()) == (unknown.status_code, unknown.json())
        assert hidden.json()["errors"][0]["message"] == "Specify a valid input for requestId."
    std = api.post("/services/InsAsyncBulkService/getRequestStatusById", json={"requestId": accepted}, token=other)
    assert std.json() == {
        "result": "failure",
        "errorCode": "INVOKE-500",
        "error": "Specify a valid input for requestId.",
    }
    empty = api.post("/services/InsAsyncBulkService/getRequestStatusById", json={})
    assert empty.json()["error"] == "Specify an input for requestId."
    assert (
        api.post(BULK, json={"contentDocumentId": put(api), "csvColumnMapping": MAPPING}, token=other).status_code
        == 400
    )


def test_an_ended_request_is_not_cancelled(api: Api) -> None:
    accepted = api.post(BULK, json={"contentDocumentId": put(api), "csvColumnMapping": MAPPING}).json()["requestId"]
    ended(api, accepted)
    answer = api.post(f"{CONNECT}/async-requests/{accepted}/actions/cancel")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "GB-JOB-001")


def test_a_request_that_waits_is_cancelled(api: Api) -> None:
    api.app.state.worker.stop()
    accepted = api.post(BULK, json={"contentDocumentId": put(api), "csvColumnMapping": MAPPING}).json()["requestId"]
    told = api.post(f"{CONNECT}/async-requests/{accepted}/actions/cancel").json()
    assert (told["status"], told["cancelledJobCount"], told["pendingJobCount"]) == ("Cancelled", 1, 0)
    assert api.rows("SELECT count(*) FROM book.census_member") == [(0,)]


@pytest.mark.rule("BC-53", "BC-56")
def test_records_are_validated_then_saved_by_the_actions(api: Api) -> None:
    owen = {"FirstName": "Owen", "Lastname": "Park", "AssociationWithPrimaryMbr": "Self", "GroupClassName": "Hourly"}
    asked = {"inputs": [{"groupCensusId": CENSUS, "groupCensusMembers": [owen]}]}
    (told,) = api.post(f"{ACTIONS}/validateGroupCensusMembers", json=asked).json()
    (ready,) = told["outputValues"]["validatedGroupCensusMembers"]
    assert (ready["GroupClassId"], ready["MemberKey"]) == (HOURLY, "67c71646cd5fe35521609ebb1ce08d0b")
    asked = {"inputs": [{"groupCensusId": CENSUS, "operation": "Add", "groupCensusMembers": {"values": [ready]}}]}
    (told,) = api.post(f"{ACTIONS}/saveGroupCensusMembersData", json=asked).json()
    assert (told["actionName"], told["isSuccess"], told["errors"]) == ("saveGroupCensusMembersData", True, None)
    (saved,) = told["outputValues"]["savedGroupCensusMembers"]
    assert api.rows("SELECT group_census_member_id FROM book.census_member") == [(saved["Id"],)]


@pytest.mark.rule("BC-58")
def test_inputs_of_an_action_stand_alone(api: Api) -> None:
    owen = {"FirstName": "Owen", "Lastname": "Park"}
    good = {"groupCensusId": CENSUS, "operation": "Add", "groupCensusMembers": [owen]}
    answer = api.post(f"{ACTIONS}/saveGroupCensusMembersData", json={"inputs": [{**good, "operation": None}, good]})
    bad, done = answer.json()
    assert (answer.status_code, bad["isSuccess"], done["isSuccess"]) == (200, False, True)
    assert bad["errors"] == [
        {
            "statusCode": "SF-0001-0004",
            "message": "Specify an input for operation.",
            "fields": [],
            "additionalInfo": {},
        }
    ]
    assert api.post(f"{ACTIONS}/saveGroupCensusMembersData", json={"inputs": [{}]}).status_code == 400


@pytest.mark.rule("GB-CEN-001")
@pytest.mark.rule("CV-1")
@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("validateGroupCensusMembers", {}),
        ("saveGroupCensusMembersData", {"operation": "Add", "shouldLogErrors": None}),
        ("validateGrpCensusMembersPlans", {}),
        ("saveGrpCensusMbrPlansData", {}),
        ("getApplicAutoAsgnMbrPlans", {}),
        ("createAcctUsrFrGrpCens", {}),
        ("createCtctUsrFrGrpCens", {"createPortalUsers": None}),
    ],
)
def test_a_call_of_an_action_holds_2000_members_over_all_its_inputs_and_200_inputs(
    api: Api, name: str, inputs: dict[str, Any]
) -> None:
    def called(*sizes: int) -> tuple[int, list[str]]:
        asked = [{"groupCensusId": CENSUS, **inputs, "groupCensusMembers": [{"Id": "0r6none"}] * n} for n in sizes]
        if name in ("validateGrpCensusMembersPlans", "getApplicAutoAsgnMbrPlans"):
            asked = [{key: value for key, value in one.items() if key != "groupCensusId"} for one in asked]
        wrapped = {"values": asked}  # CV-1
        answer = api.post(f"{ACTIONS}/{name}", json={"inputs": wrapped})
        return len(answer.json()), [e["message"] for one in answer.json() for e in one["errors"] or ()]

    too_many = "A request can hold at most 2000 members."
    assert too_many not in called(1, 1999)[1]
    assert called(1, 2000) == (1, [too_many])
    assert called(0, 0)[0] == 2
    assert called(*[0] * 201) == (1, ["Your input is invalid. Specify a valid payload and try again."])


@pytest.mark.rule("SF-0001-0007")
def test_a_refresh_refuses_a_property_it_does_not_know(api: Api) -> None:
    """Nothing is ignored where the page shows nothing ignored (decisions, 20): a misspelt wish is told."""
    asked = {"groupCensusId": CENSUS, "startDate": "2026-01-01", "endDate": "2026-01-31",
             "policyEffectiveDate": "2026-01-31", "shouldIncludePlans": True}  # fmt: skip
    resource = api.patch(f"{CONNECT}/contracts/800GB000000T001AAA/actions/refresh-census", json=asked)
    action = api.post(f"{ACTIONS}/refreshCensus", json={"inputs": [{"contractId": "800GB000000T001AAA", **asked}]})
    assert (resource.status_code, action.status_code) == (400, 400)
    for error, where in (
        (resource.json()["errors"][0], "shouldIncludePlans"),
        (action.json()[0]["errors"][0], "inputs[0].shouldIncludePlans"),
    ):
        assert error["additionalInfo"] == {"where": where, "problem": "Extra inputs are not permitted"}
    assert api.rows("SELECT count(*) FROM book.async_request") == [(0,)]


@pytest.mark.rule("BC-50", "BC-52")
def test_the_rows_of_a_batch_are_read_back_by_the_actions(api: Api) -> None:
    accepted = api.post(BULK, json={"contentDocumentId": put(api), "csvColumnMapping": MAPPING}).json()["requestId"]
    item_id = ended(api, accepted)["requestItems"][0]["id"]
    asked = {"inputs": [{"asyncBulkRequestItem": {"Id": item_id}}]}
    (told,) = api.post(f"{ACTIONS}/getGroupCensusMembers", json=asked).json()
    assert [r["FirstName"] for r in told["outputValues"]["groupCensusMembers"]] == ["Noor", "Elias", "Owen"]
    (told,) = api.post(f"{ACTIONS}/getGroupCensusMembersAndPlans", json=asked).json()
    assert len(told["outputValues"]["groupCensusMemberPlans"]) == 7


def test_documents_are_described_versioned_attached_and_read_back(api: Api) -> None:
    document_id = put(api, "first")
    body = {
        "ContentDocumentId": document_id,
        "PathOnClient": "two.csv",
        "VersionData": base64.b64encode(b"second").decode(),
    }
    version_id = api.post(f"{SOBJECTS}/ContentVersion", json=body).json()["id"]
    assert api.get(f"{SOBJECTS}/ContentVersion/{version_id}/VersionData").content == b"second"
    link = {"ContentDocumentId": document_id, "LinkedEntityId": QUOTE}
    assert api.post(f"{SOBJECTS}/ContentDocumentLink", json=link).status_code == 201
    told = api.get(f"{SOBJECTS}/ContentDocument/{document_id}").json()
    assert (told["LinkedEntityId"], told["LatestPublishedVersionId"], told["ContentSize"]) == (QUOTE, version_id, 6)
    assert api.post(f"{SOBJECTS}/ContentVersion", json={"PathOnClient": "a", "VersionData": "%%%"}).status_code == 400
    assert api.post(f"{SOBJECTS}/ContentVersion", json={"PathOnClient": "a"}).status_code == 400
    hidden = api.token("administrator", account_ids=["001B"])
    assert api.get(f"{V}/connect/files/{document_id}/content", token=hidden).status_code == 400
    assert api.get(f"{V}/connect/files/{document_id}/content", token="analyst").content == b"second"


def test_an_analyst_starts_and_cancels_nothing(api: Api) -> None:
    document = put(api)
    body = {"contentDocumentId": document, "csvColumnMapping": MAPPING}
    assert api.post(BULK, json=body, token="analyst").status_code == 403
    accepted = api.post(BULK, json=body).json()["requestId"]
    assert api.post(f"{CONNECT}/async-requests/{accepted}/actions/cancel", token="analyst").status_code == 403
    assert api.get(f"{CONNECT}/async-requests/{accepted}", token="analyst").status_code == 200


def test_every_write_is_in_the_trail(api: Api) -> None:
    document = put(api)
    accepted = api.post(BULK, json={"contentDocumentId": document, "csvColumnMapping": MAPPING}).json()["requestId"]
    ended(api, accepted)
    actions = [row[0] for row in api.rows("SELECT action FROM book.audit_entry ORDER BY entry_number")]
    assert actions[:2] == [
        "POST /services/data/{version}/sobjects/ContentVersion",
        f"POST {BULK.replace(V, '/services/data/{version}').replace(CENSUS, '{groupCensusId}')}",
    ]
    assert set(actions[2:]) == {"job CensusUpload"}
