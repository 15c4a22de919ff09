"""The actions that read the rows of a batch back as records."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.book import Transaction
from services.bulk import reading
from services.insurance_errors import Refused
from services.scope import EVERYTHING, Scope
from tests.services.bulk.desk import EXAMPLE, MAPPING, NAMES_ONLY, Desk, lines
from tests.services.census_load.builder import CENSUS, plan_id

UPPER = ("startRowNumber", "endRowNumber", "duplicateRowNumbersList", "csvHeader")
KEYS = (
    *UPPER, "csvColumnMapping", "duplicateDetectionFields", "contentDocumentId", "contentDocumentVersion",
    "groupCensusId", "contentDocumentName", "data", "values", "Given",
)  # fmt: skip
_KNOWN: list[dict[str, Any]] = []
"""The item of the drawn requests."""


def item_of(desk: Desk, text: str = EXAMPLE, **more: Any) -> dict[str, Any]:
    """The first item of an upload, as a record."""
    request_id = desk.upload(text, **more)["requestId"]
    ((item_id, info),) = desk.world.sql(
        "SELECT async_item_id, additional_information FROM book.async_item"
        f" WHERE async_request_id = '{request_id}' AND sequence_number = 1"
    )
    return {"Id": item_id, "AdditionalInformation": info}


def members(desk: Desk, item: dict[str, Any] | None, scope: Scope = EVERYTHING) -> dict[str, Any]:
    with desk.world.book.read() as tx:
        return reading.members(tx, item, scope=scope)


@pytest.mark.rule("BC-50", "BC-51")
def test_values_are_mapped_and_not_validated_and_empty_cells_left_out(desk: Desk) -> None:
    text = EXAMPLE.replace("1990-01-20", "08/07/1981?").replace("Hourly", "Nobody knows")
    told = members(desk, item_of(desk, text))
    assert told["groupCensusMembers"] == [
        {"FirstName": "Noor", "Lastname": "Haddad", "Birthdate": "1984-02-11", "AssociationWithPrimaryMbr": "Self",
         "GroupClassName": "Salaried"},
        {"FirstName": "Elias", "Lastname": "Haddad", "Birthdate": "1983-06-02", "AssociationWithPrimaryMbr": "Spouse"},
        {"FirstName": "Owen", "Lastname": "Park", "Birthdate": "08/07/1981?", "AssociationWithPrimaryMbr": "Self",
         "GroupClassName": "Nobody knows"},
    ]  # fmt: skip
    assert (told["groupCensusId"], told["duplicateDetectionKeysList"], told["errorsData"]) == (CENSUS, None, [])


@pytest.mark.rule("BC-50")
def test_only_the_rows_of_the_batch_are_read_and_the_item_may_be_named_by_its_id(desk: Desk) -> None:
    item = item_of(desk, batch_size=1, duplicate_fields=["Birthdate"])
    told = members(desk, {"Id": item["Id"]})
    assert [record["FirstName"] for record in told["groupCensusMembers"]] == ["Noor", "Elias"]
    assert told["duplicateDetectionKeysList"] == "Birthdate"


@pytest.mark.rule("BC-50", "BC-6")
def test_a_row_that_repeats_another_carries_its_error(desk: Desk) -> None:
    text = lines(["Noor", "Haddad", "Self"], ["Noor", "Haddad", "Self"], ["Owen", "Park", "Self", "what", "is this"])
    told = members(desk, item_of(desk, text, mapping=NAMES_ONLY))
    first, second, third = told["groupCensusMembers"]
    assert "CensusMgmtUploadMemError" not in first
    assert second["CensusMgmtUploadMemError"] == "Row 2 duplicates row 1."
    assert "CensusMgmtUploadMemError" in third
    assert [(e["rowNumber"], e["errorCode"]) for e in told["errorsData"]] == [(2, "GB-BLK-002"), (3, "SF-0001-0007")]


@pytest.mark.rule("GB-BLK-002", "BC-6", "BC-50")
def test_a_row_names_the_row_of_another_batch_that_it_repeats(desk: Desk) -> None:
    text = lines(["Noor", "Haddad", "Self"], ["Owen", "Park", "Self"], ["Noor", "Haddad", "Self"])
    request_id = desk.upload(text, mapping=NAMES_ONLY, batch_size=1)["requestId"]
    items = desk.world.sql(
        "SELECT async_item_id, additional_information FROM book.async_item"
        f" WHERE async_request_id = '{request_id}' ORDER BY sequence_number"
    )
    for item in ({"Id": items[2][0]}, {"Id": items[2][0], "AdditionalInformation": items[2][1]}):
        told = members(desk, item)
        assert [(e["rowNumber"], e["errorCode"], e["errorMessage"]) for e in told["errorsData"]] == [
            (3, "GB-BLK-002", "Row 3 duplicates row 1.")
        ]
    assert members(desk, {"Id": items[0][0]})["errorsData"] == []


@pytest.mark.rule("BC-6")
def test_an_item_that_lists_the_later_row_alone_is_believed(desk: Desk) -> None:
    item = item_of(desk)
    info = {**json.loads(item["AdditionalInformation"]), "duplicateRowNumbersList": [2]}
    info.pop("duplicatedRowNumbersList")
    told = members(desk, {"AdditionalInformation": json.dumps(info)})
    assert [e["errorMessage"] for e in told["errorsData"]] == ["Row 2 duplicates an earlier row."]


@pytest.mark.rule("BC-52")
def test_members_and_plans_of_a_row_are_tied_by_a_reference(desk: Desk) -> None:
    with desk.world.book.read() as tx:
        told = reading.members_and_plans(tx, item_of(desk, EXAMPLE.replace("Hourly,,ClearSight", "Hourly,,Unheard")), scope=EVERYTHING)  # fmt: skip  # noqa: E501
    assert [record["MemberRefId"] for record in told["groupCensusMembers"]] == ["1", "2", "3"]
    assert [(p["MemberRefId"], p["ContractGroupPlanId"]) for p in told["groupCensusMemberPlans"]] == [
        ("1", plan_id("P001")), ("1", plan_id("P011")), ("1", plan_id("P012")), ("1", plan_id("P003")),
        ("2", plan_id("P001")), ("2", plan_id("P011")), ("3", "Unheard"),
    ]  # fmt: skip
    assert told["shouldExecuteConfigurationRule"] is False


def refusal(desk: Desk, item: dict[str, Any] | None, scope: Scope = EVERYTHING) -> str:
    with pytest.raises(Refused) as caught:
        members(desk, item, scope)
    return caught.value.errors[0].message


@pytest.mark.rule("BC-50")
def test_an_item_that_is_missing_unknown_or_out_of_scope_is_refused(desk: Desk) -> None:
    item = item_of(desk)
    assert refusal(desk, None) == "Specify an input for asyncBulkRequestItem."
    assert refusal(desk, {"Id": "18c9"}) == "Specify a valid input for asyncBulkRequestItem."
    elsewhere = Scope(account_ids=("001B",))
    assert refusal(desk, {"Id": item["Id"]}, elsewhere) == "Specify a valid input for asyncBulkRequestItem."
    assert refusal(desk, item, elsewhere) == "Specify a valid input for groupCensusId."
    assert refusal(desk, {"AdditionalInformation": "{"}).startswith("Your input is invalid.")
    assert refusal(desk, {"AdditionalInformation": "{}"}) == "Specify a valid input for asyncBulkRequestItem."


@pytest.mark.rule("BC-50")
@pytest.mark.parametrize(
    ("key", "value", "blamed"),
    [
        ("startRowNumber", 0, "startRowNumber"),
        ("endRowNumber", "x", "endRowNumber"),
        ("endRowNumber", 10**30, "endRowNumber"),
        ("startRowNumber", True, "startRowNumber"),
    ],
)
def test_the_rows_of_an_item_are_whole_numbers_from_one(desk: Desk, key: str, value: Any, blamed: str) -> None:
    item = item_of(desk)
    info = {**json.loads(item["AdditionalInformation"]), key: value}
    assert refusal(desk, {"AdditionalInformation": json.dumps(info)}) == f"Specify a valid input for {blamed}."


@pytest.mark.rule("CV-1", "BC-35")
def test_the_mapping_of_an_item_may_be_wrapped(desk: Desk) -> None:
    item = item_of(desk)
    info = json.loads(item["AdditionalInformation"])
    info["employeeBulkRequestInfo"]["csvColumnMapping"] = {"data": MAPPING}
    assert members(desk, {"AdditionalInformation": json.dumps(info)}) == members(desk, item)


def test_a_batch_of_many_rows_takes_no_more_statements_than_one_of_few(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[int] = []
    real = Transaction.table
    for n in (3, 300):
        item = item_of(
            desk, lines(*[[f"P{k}", "Stone", "Self"] for k in range(n)]), mapping=NAMES_ONLY, batch_size=2000
        )
        calls: list[str] = []
        monkeypatch.setattr(
            Transaction, "table", lambda self, name, params=None, c=calls: c.append(name) or real(self, name, params)
        )
        assert len(members(desk, item)["groupCensusMembers"]) == n
        monkeypatch.undo()
        counts.append(len(calls))
    assert counts[0] == counts[1]


@given(
    info=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
        max_leaves=8,
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_an_item_says_is_read_or_refused(desk: Desk, info: Any) -> None:
    if not _KNOWN:
        _KNOWN.append(item_of(desk))
    said = json.loads(_KNOWN[0]["AdditionalInformation"])
    if isinstance(info, dict):
        said |= info
        said["employeeBulkRequestInfo"] = {
            **said["employeeBulkRequestInfo"], **{k: v for k, v in info.items() if k not in UPPER}
        }  # fmt: skip
    with suppress(Refused):  # and nothing else
        members(desk, {"AdditionalInformation": json.dumps(said)})
