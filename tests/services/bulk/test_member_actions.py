"""The actions that validate and save member records."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import pytest

from services import documents
from services.book import Transaction
from services.insurance_errors import Refused
from services.members import actions
from services.scope import EVERYTHING, Scope
from tests.services.bulk.desk import Desk
from tests.services.census_load.builder import CENSUS, HOURLY, NOW, SALARIED

OWEN = {"FirstName": "Owen", "Lastname": "Park", "AssociationWithPrimaryMbr": "Self", "GroupClassName": "Hourly"}
NOOR = {"FirstName": "Noor", "Lastname": "Haddad", "AssociationWithPrimaryMbr": "Self", "GroupClassName": "Salaried",
        "SourceSystemIdentifier": "HR-1"}  # fmt: skip
MIRA = {"FirstName": "Mira", "Lastname": "Haddad", "AssociationWithPrimaryMbr": "Child",
        "SourceSystemIdentifier": "HR-2", "PrimaryMemberSource": "HR-1"}  # fmt: skip


def validated(
    desk: Desk, members: Any, *, keys: Sequence[str] = (), census: str | None = CENSUS, scope: Scope = EVERYTHING
) -> dict[str, Any]:
    with desk.world.book.read() as tx:
        return actions.validated(tx, census, members, keys, scope=scope, now=NOW)


def saved(
    desk: Desk,
    members: Any,
    *,
    operation: str | None = "Add",
    census: str | None = CENSUS,
    item_id: str | None = None,
    logs_errors: bool = False,
    scope: Scope = EVERYTHING,
) -> dict[str, Any]:
    with desk.world.book.write() as tx:
        done = actions.saved(
            tx, census, members, operation=operation, item_id=item_id, logs_errors=logs_errors, scope=scope, now=NOW
        )
    return done.output


@pytest.mark.rule("BC-53")
def test_the_example_of_the_contract_is_filled_in(desk: Desk) -> None:
    told = validated(desk, [OWEN])
    assert told == {
        "validatedGroupCensusMembers": [
            {
                "FirstName": "Owen",
                "Lastname": "Park",
                "AssociationWithPrimaryMbr": "Self",
                "RelationshipToPrimaryMember": "Self",
                "GroupClassId": HOURLY,
                "GroupCensusId": CENSUS,
                "MemberKey": "67c71646cd5fe35521609ebb1ce08d0b",
            }
        ],
        "errorsData": [],
    }


@pytest.mark.rule("BC-53", "CV-18")
def test_the_key_of_the_published_sample_comes_out_in_its_census(desk: Desk) -> None:
    # md5("Self,Ross,Farley,0rfDR0000000Cn6YAE,"), a key that the published sample prints.
    census = "0rfDR0000000Cn6YAE"
    desk.world.run(f"UPDATE book.group_census SET group_census_id = '{census}' WHERE group_census_id = '{CENSUS}'")
    ross = {"FirstName": "Ross", "Lastname": "Farley", "AssociationWithPrimaryMbr": "Self"}
    (record,) = validated(desk, [ross], census=census)["validatedGroupCensusMembers"]
    assert record["MemberKey"] == "a66e329bd537b9b0be9d04f326eeed94"


@pytest.mark.rule("BC-54")
def test_validating_writes_nothing(desk: Desk) -> None:
    before = desk.world.state("book.census_member", "book.group_census", "book.id_counter")
    validated(desk, [NOOR, MIRA, OWEN])
    assert desk.world.state("book.census_member", "book.group_census", "book.id_counter") == before


@pytest.mark.rule("BC-55", "CM-2", "CV-15")
def test_only_good_records_come_back_in_their_order_and_the_others_as_errors(desk: Desk) -> None:
    nameless = {"MemberRefId": "77", "Lastname": "Stone", "AssociationWithPrimaryMbr": "Self"}
    odd = {**OWEN, "SourceSystemIdentifier": "HR-3", "GroupClassName": "Nobody knows"}
    told = validated(desk, [MIRA, {**nameless, "SourceSystemIdentifier": "HR-4"}, NOOR, odd])
    assert [record["FirstName"] for record in told["validatedGroupCensusMembers"]] == ["Mira", "Noor"]
    assert [record["GroupClassId"] for record in told["validatedGroupCensusMembers"]] == [SALARIED, SALARIED]
    assert told["errorsData"] == [
        {"rowNumber": 2, "errorCode": "SF-0001-0004", "errorMessage": "Specify an input for FirstName.",
         "errorType": "VALIDATION_ERROR", "fieldName": "FirstName", "recordId": "77"},
        {"rowNumber": 4, "errorCode": "SF-0001-0005", "errorMessage": "Specify a valid input for GroupClassName.",
         "errorType": "VALIDATION_ERROR", "fieldName": "GroupClassName", "recordId": None},
    ]  # fmt: skip


@pytest.mark.rule("BC-55", "CV-18")
def test_fields_for_finding_duplicates_join_the_key(desk: Desk) -> None:
    twice = [{**OWEN, "Birthdate": "1990-01-20"}, {**OWEN, "Birthdate": "1991-01-20"}]
    assert len(validated(desk, twice)["validatedGroupCensusMembers"]) == 1
    assert len(validated(desk, twice, keys=["Birthdate"])["validatedGroupCensusMembers"]) == 2


@pytest.mark.rule("BC-56", "CV-12")
def test_primaries_are_saved_then_dependents_with_their_ids(desk: Desk) -> None:
    ready = validated(desk, [MIRA, NOOR])["validatedGroupCensusMembers"]
    told = saved(desk, ready)
    mira, noor = told["savedGroupCensusMembers"]
    assert (mira["FirstName"], noor["FirstName"]) == ("Mira", "Noor")
    assert mira["PrimaryGroupCensusMemberId"] == noor["Id"]
    assert "PrimaryGroupCensusMemberId" not in noor
    assert (noor["Name"], noor["MemberKey"]) == ("Noor Haddad", "6b8c5895b5c2d00cad3c931dadceef72")
    assert told["errorsData"] == []
    assert desk.world.sql("SELECT dependent_count FROM book.census_member WHERE first_name = 'Noor'") == [(1,)]


@pytest.mark.rule("BC-41")
@pytest.mark.parametrize("operation", ["Update", "Edit", "update"])
def test_update_and_its_alias_edit_change_members_by_id(desk: Desk, operation: str) -> None:
    (owen,) = saved(desk, [OWEN])["savedGroupCensusMembers"]
    told = saved(desk, [{"Id": owen["Id"], "City": "Springfield"}, {"FirstName": "New"}], operation=operation)
    assert [record["Id"] for record in told["savedGroupCensusMembers"]] == [owen["Id"]]
    assert [error["errorMessage"] for error in told["errorsData"]] == ["Specify an input for Id."]
    assert desk.world.members("first_name", "city") == [("Owen", "Springfield")]


@pytest.mark.rule("BC-41", "BC-58")
def test_an_operation_or_an_item_has_to_be_named(desk: Desk) -> None:
    with pytest.raises(Refused, match=r"Specify an input for operation\."):
        saved(desk, [OWEN], operation=None)
    with pytest.raises(Refused, match=r"Specify a valid input for operation\."):
        saved(desk, [OWEN], operation="Delete")
    assert desk.names() == []


@pytest.mark.rule("BC-57", "BC-82", "BC-58")
def test_with_an_item_the_outcome_of_each_record_is_a_detail_of_it(desk: Desk) -> None:
    request_id = desk.ask()
    desk.work()
    item_id = desk.status(request_id)["requestItems"][0]["id"]
    n = len(desk.details(request_id))
    bad = {**OWEN, "FirstName": "Lea", "Birthdate": "soon"}
    told = saved(desk, [{**OWEN, "FirstName": "Ann"}, bad], operation=None, item_id=item_id, census=None)
    assert "errorsData" not in told
    ann, lea = desk.details(request_id)[n:]
    assert (ann["status"], ann["reference_record_id"]) == ("Success", told["savedGroupCensusMembers"][0]["Id"])
    assert (lea["status"], lea["reference_record_id"], lea["description"]) == (
        "Failed", CENSUS, "Specify a date in yyyy-MM-dd format.",
    )  # fmt: skip
    assert json.loads(lea["additional_information"])["rowNumber"] == 2


@pytest.mark.rule("BC-57")
def test_an_item_that_is_unknown_or_out_of_scope_is_refused(desk: Desk) -> None:
    request_id = desk.ask()
    desk.work()
    item_id = desk.status(request_id)["requestItems"][0]["id"]
    for asked, scope in (("18c9", EVERYTHING), (item_id, Scope(account_ids=("001B",)))):
        with pytest.raises(Refused, match=r"Specify a valid input for asyncBulkRequestItemId\."):
            saved(desk, [OWEN], operation=None, item_id=asked, scope=scope)


@pytest.mark.rule("BC-57", "BC-10")
def test_refused_records_are_written_to_a_file_of_the_census_when_asked_for(desk: Desk) -> None:
    bad = {**OWEN, "FirstName": "Lea", "Birthdate": "soon"}
    assert "errorDocumentId" not in saved(desk, [bad])
    told = saved(desk, [OWEN, bad], logs_errors=True)
    with desk.world.book.read() as tx:
        kept = documents.read(tx, told["errorDocumentId"], scope=EVERYTHING)
        assert documents.linked_entity(tx, kept.document_id) == CENSUS
    assert list(csv.reader(io.StringIO(kept.data.decode("utf-8-sig")))) == [
        ["FirstName", "Lastname", "AssociationWithPrimaryMbr", "GroupClassName", "Birthdate", "Errors"],
        ["Lea", "Park", "Self", "Hourly", "soon", "Specify a date in yyyy-MM-dd format."],
    ]


@pytest.mark.rule("BC-55", "CV-22")
def test_census_and_records_have_to_be_given_and_known(desk: Desk) -> None:
    for census, members, says in (
        (None, [OWEN], "Specify an input for groupCensusId."),
        (CENSUS, [], "Specify an input for groupCensusMembers."),
        (CENSUS, None, "Specify an input for groupCensusMembers."),
        ("0rf9", [OWEN], "Specify a valid input for groupCensusId."),
    ):
        with pytest.raises(Refused) as caught:
            validated(desk, members, census=census)
        assert caught.value.errors[0].message == says
    with pytest.raises(Refused, match=r"Specify a valid input for groupCensusId\."):
        validated(desk, [OWEN], scope=Scope(account_ids=("001B",)))


def test_an_action_takes_2000_records_and_not_one_more(desk: Desk) -> None:
    many = [{**OWEN, "FirstName": f"P{n}"} for n in range(2001)]
    assert len(validated(desk, many[:2000])["validatedGroupCensusMembers"]) == 2000
    with pytest.raises(Refused, match=r"A request can hold at most 2000 members\."):
        validated(desk, many)


def test_many_records_take_no_more_statements_than_few(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []
    run, table = Transaction.rows, Transaction.table
    for n in (1, 2, 200):  # the first id of a kind begins its counter, which is a statement of its own
        calls: list[str] = []
        monkeypatch.setattr(
            Transaction, "rows", lambda self, name, params=None, c=calls: c.append(name) or run(self, name, params)
        )
        monkeypatch.setattr(
            Transaction, "table", lambda self, name, params=None, c=calls: c.append(name) or table(self, name, params)
        )
        saved(desk, [{**OWEN, "FirstName": f"P{n}-{k}"} for k in range(n)])
        monkeypatch.undo()
        counts.append(len(calls))
    assert counts[1] == counts[2]
