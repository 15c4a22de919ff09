"""What is refused before a row is read: nothing is written, and every reason is told."""

from collections.abc import Mapping
from typing import Any

import pytest

from schemas.census import CENSUS_MEMBER
from services import documents, settings
from services.bulk import columns
from services.insurance_errors import InsuranceError, Refused
from services.scope import EVERYTHING, Scope
from tests.services.bulk.desk import EXAMPLE, MAPPING, NAMES_ONLY, QUOTE, Desk, lines
from tests.services.census_load.builder import CENSUS, NOW, OTHER


def refusal(desk: Desk, text: str | bytes = EXAMPLE, **more: Any) -> list[InsuranceError]:
    """The errors of a request that is refused; nothing was accepted."""
    with pytest.raises(Refused) as caught:
        desk.ask(text, **more)
    assert desk.world.sql("SELECT count(*) FROM book.async_request") == [(0,)]
    return list(caught.value.errors)


def told(errors: list[InsuranceError]) -> list[tuple[str, str, Mapping[str, Any]]]:
    return [(error.code, error.message, error.info) for error in errors]


@pytest.mark.rule("BC-2", "CV-22")
def test_an_unknown_census_and_one_out_of_scope_are_refused_alike(desk: Desk) -> None:
    document = desk.put(EXAMPLE)
    unknown = refusal(desk, document=document, census="0rfGB000000C009AAA")
    hidden = refusal(desk, document=document, scope=Scope(account_ids=("001B",)))
    assert told(unknown) == told(hidden) == [("SF-0001-0005", "Specify a valid input for groupCensusId.", {})]


@pytest.mark.rule("BC-2", "CV-22")
def test_a_document_that_is_unknown_not_attached_or_of_another_version_is_refused(desk: Desk) -> None:
    here, elsewhere = desk.put(EXAMPLE), desk.put(EXAMPLE, census=OTHER)
    says = [("SF-0001-0005", "Specify a valid input for contentDocumentId.", {})]
    assert told(refusal(desk, document="069GB000000D009AAA")) == says
    assert told(refusal(desk, document=elsewhere)) == says
    with desk.world.book.read() as tx:
        of_other = documents.describe(tx, elsewhere, scope=EVERYTHING)["LatestPublishedVersionId"]
    assert told(refusal(desk, document=here, version_id=of_other)) == [
        ("SF-0001-0005", "Specify a valid input for contentDocumentVersionId.", {})
    ]


@pytest.mark.rule("BC-2")
def test_the_document_and_the_mapping_have_to_be_given(desk: Desk) -> None:
    with pytest.raises(Refused) as caught:
        desk.ask(document="", mapping={})
    assert [error.message for error in caught.value.errors][-1] == "Specify an input for csvColumnMapping."
    assert told(refusal(desk, mapping={"Given": "", "Family": None})) == [
        ("SF-0001-0004", "Specify an input for csvColumnMapping.", {})
    ]


@pytest.mark.rule("BC-2")
def test_what_is_no_csv_is_refused(desk: Desk) -> None:
    (error,) = refusal(desk, b"PK\x03\x04 not really a workbook")
    assert (error.code, error.message) == ("SF-0001-0005", "Specify a valid input for contentDocumentId.")
    assert error.info == {"problem": "The document is not a CSV file. Save it as CSV (UTF-8)."}  # no workbook is taken


def test_a_fault_of_the_whole_file_found_later_says_what_to_do(desk: Desk) -> None:
    status = desk.upload(EXAMPLE.rstrip("\n") + '\n"Noor,Haddad\n')
    assert (status["status"], status["rowsRead"]) == ("Failed", None)
    problem = status["result"]["errors"][0]["additionalInfo"]["problem"]
    assert problem.endswith('is never closed. Close it, or double it ("") if it is part of the text.')


@pytest.mark.rule("BC-2")
def test_a_mapped_heading_that_the_file_does_not_have_is_named(desk: Desk) -> None:
    errors = refusal(desk, mapping={**MAPPING, "Mail": "Email", "Town": "City"})
    assert told(errors) == [
        ("SF-0001-0005", "Specify a valid input for csvColumnMapping.", {"column": "Mail"}),
        ("SF-0001-0005", "Specify a valid input for csvColumnMapping.", {"column": "Town"}),
    ]


@pytest.mark.rule("BC-2", "BC-36", "CV-3")
def test_a_field_that_a_member_does_not_have_is_refused(desk: Desk) -> None:
    (error,) = refusal(desk, mapping={**MAPPING, "Born": "ShoeSize"})
    assert (error.code, error.info) == ("SF-0001-0013", {"field": "ShoeSize", "column": "Born"})


@pytest.mark.rule("BC-2")
@pytest.mark.parametrize(("column", "field"), [("Given", "FirstName"), ("Family", "Lastname"),
                                               ("Role", "AssociationWithPrimaryMbr")])  # fmt: skip
def test_names_and_association_have_to_be_mapped(desk: Desk, column: str, field: str) -> None:
    errors = refusal(desk, mapping={name: of for name, of in MAPPING.items() if name != column})
    assert told(errors) == [("SF-0001-0005", "Specify a valid input for csvColumnMapping.", {"field": field})]


@pytest.mark.rule("BC-37", "BC-36")
def test_one_column_for_each_field_but_as_many_as_there_are_for_plans(desk: Desk) -> None:
    (error,) = refusal(desk, mapping={**MAPPING, "Born": "lastName"})
    assert (error.code, error.info) == ("SF-0001-0005", {"column": "Born", "field": "lastName"})
    assert desk.ask()  # two columns of plans


@pytest.mark.rule("BC-37")
def test_a_heading_that_stands_twice_can_only_hold_plans(desk: Desk) -> None:
    text = lines(["Noor", "Haddad", "Self", "x", "y"], header=["Given", "Family", "Role", "Town", "Town"])
    (error,) = refusal(desk, text, mapping={**NAMES_ONLY, "Town": "City"})
    assert error.info == {"column": "Town"}
    assert desk.ask(text, mapping={**NAMES_ONLY, "Town": "ContractGroupPlan"})


@pytest.mark.rule("CV-2")
@pytest.mark.parametrize("spelling", ["lastname", "LastName", "LASTNAME"])
def test_fields_are_named_in_any_case(desk: Desk, spelling: str) -> None:
    assert desk.upload(mapping={**MAPPING, "Family": spelling})["status"] == "Completed"


def test_every_published_field_of_a_member_is_a_target() -> None:
    of_the_system = ("CreatedDate", "LastModifiedDate")
    published = [column.wire for column in CENSUS_MEMBER.columns if column.wire and column.wire not in of_the_system]
    mapping = {name: name for name in published} | {"class": "GroupClassName"}
    assert columns.problems_of_fields(mapping) == []


@pytest.mark.rule("BC-2")
@pytest.mark.parametrize("size", [0, -1])
def test_a_batch_holds_at_least_one_row(desk: Desk, size: int) -> None:
    assert told(refusal(desk, batch_size=size)) == [("SF-0001-0005", "Specify a valid input for batchSize.", {})]
    assert desk.ask(batch_size=1)


@pytest.mark.rule("CV-3")
def test_an_unknown_field_for_finding_duplicates_is_refused(desk: Desk) -> None:
    (error,) = refusal(desk, duplicate_fields=["Birthdate", "ShoeSize"])
    assert (error.code, error.info["field"]) == ("SF-0001-0013", "ShoeSize")


@pytest.mark.rule("CV-2", "CV-3")
@pytest.mark.parametrize("field", ["contactid", "MemberType", "GroupClassId", "PrimaryMemberCategory", "IsStudent"])
def test_any_field_of_a_member_may_help_to_find_duplicates(desk: Desk, field: str) -> None:
    assert desk.upload(duplicate_fields=[field])["rowsCreated"] == 3


@pytest.mark.rule("GB-BLK-001")
@pytest.mark.rule("BC-5")
@pytest.mark.parametrize(
    ("begins", "ends", "is_taken"),
    [
        ("2026-01-01", "2026-12-31", True),
        ("2026-01-02", "2026-12-31", False),
        ("2026-01-01", "2026-12-30", False),
        (None, None, True),
    ],
)
def test_the_contract_of_an_enrollment_census_lies_in_its_dates(
    desk: Desk, begins: str | None, ends: str | None, is_taken: bool
) -> None:
    first, last = (f"DATE '{day}'" if day else "NULL" for day in (begins, ends))
    desk.world.run(f"UPDATE book.group_census SET effective_date = {first}, expiration_date = {last}")
    if is_taken:
        assert desk.ask()
    else:
        assert told(refusal(desk)) == [("GB-BLK-001", "The census has no contract in its effective period.", {})]


@pytest.mark.rule("BC-5")
def test_an_enrollment_census_without_a_contract_is_refused_and_a_quote_census_is_not(desk: Desk) -> None:
    desk.world.run(f"UPDATE book.group_census SET contract_id = NULL WHERE group_census_id = '{CENSUS}'")
    assert [error.code for error in refusal(desk)] == ["GB-BLK-001"]
    assert desk.ask(census=QUOTE)


@pytest.mark.rule("GB-BLK-003")
@pytest.mark.parametrize("text", ["Given,Family,Role\n", "Given,Family,Role", "Given,Family,Role\n\n,,\n"])
def test_a_file_without_rows_is_refused(desk: Desk, text: str) -> None:
    assert told(refusal(desk, text, mapping=NAMES_ONLY)) == [("GB-BLK-003", "The file has no rows.", {})]


@pytest.mark.rule("BC-31")
def test_a_batch_has_2000_rows_without_plans_and_25_with_them_unless_a_setting_says_otherwise(desk: Desk) -> None:
    many = lines(*[[f"Person{n}", "Stone", "Self"] for n in range(30)])
    quote = desk.upload(many, census=QUOTE, mapping=NAMES_ONLY)
    enrollment = desk.upload(many, mapping=NAMES_ONLY)
    assert (quote["jobCount"], enrollment["jobCount"]) == (1, 2)
    info = desk.items(quote["requestId"])[0]["employeeBulkRequestInfo"]
    assert (info["batchSize"], info["executeRules"]) == (2000, False)
    with desk.world.book.write() as tx:
        settings.set_to(tx, "bulk_batch_size_enrollment", "10", NOW)
    assert desk.upload(many, mapping=NAMES_ONLY)["jobCount"] == 3
