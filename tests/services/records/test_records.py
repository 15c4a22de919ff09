"""Ordinary records: an employer from nothing to a priced plan, each fault named, and nothing half-written."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.book import Book, Transaction
from services.insurance_errors import Refused
from services.records import reading, records
from services.scope import EVERYTHING, Scope
from tests.conftest import NOW


@pytest.fixture
def tx(book: Book) -> Iterator[Transaction]:
    with book.write() as made:
        yield made


def make(tx: Transaction, name: str, scope: Scope = EVERYTHING, **fields: Any) -> str:
    return records.create(tx, name, fields, scope=scope, now=NOW)


def change(tx: Transaction, name: str, record_id: str, scope: Scope = EVERYTHING, **fields: Any) -> None:
    records.update(tx, name, record_id, fields, scope=scope, now=NOW)


def read(tx: Transaction, name: str, record_id: str, scope: Scope = EVERYTHING) -> dict[str, Any]:
    return reading.read(tx, name, record_id, scope=scope, now=NOW)


def contract(tx: Transaction, number: str = "K-1") -> tuple[str, str]:
    account = make(tx, "Account", Name="Acme", AccountNumber=f"A-{number}")
    term = {"StartDate": "2026-01-01", "EndDate": "2026-12-31"}
    return account, make(tx, "Contract", AccountId=account, ContractNumber=number, **term)


def plan(tx: Transaction, contract_id: str, **more: Any) -> str:
    product = make(tx, "Product2", ProductCode=f"P{contract_id}{more.get('Name')}", Name="Gold", ProductType="Medical")
    return make(tx, "ContractGroupPlan", ContractId=contract_id, ProductId=product, **({"Name": "Gold"} | more))


def refused(tx: Transaction, name: str, **fields: Any) -> tuple[str, str, Any]:
    with pytest.raises(Refused) as fault:
        make(tx, name, **fields)
    (error, *_) = fault.value.errors
    return error.code, error.message, error.info.get("field")


@pytest.mark.rule("CV-22")
def test_what_is_missing_is_told_by_the_name_of_its_field(tx: Transaction) -> None:
    """Asked for by the record, by a rule of its sheet, and of a plan's attribute as of every other record."""

    def wants(name: str) -> tuple[str, str, str]:
        return "SF-0001-0004", f"Specify an input for {name}.", name

    assert refused(tx, "Account") == wants("Name")
    account, contract_id = contract(tx)
    assert refused(tx, "GroupCensus", Name="C") == wants("AccountId")
    quote = make(tx, "Quote", AccountId=account, Name="Q", StartDate="2026-01-01", EndDate="2026-12-31")
    assert refused(tx, "QuoteLineItem", QuoteId=quote) == wants("Product2Id")
    root = plan(tx, contract_id)
    named = {"ContractGroupPlanId": root, "AttributeDefinitionId": "d"}
    assert refused(tx, "ContractGroupPlanAttribute", **named) == wants("AttributeName")


def test_an_attribute_that_rating_reads_is_known_in_any_case(tx: Transaction) -> None:
    """Under another name it would be kept and read by nobody."""
    _, contract_id = contract(tx)
    named = {"ContractGroupPlanId": plan(tx, contract_id), "AttributeDefinitionId": "d"}
    value = make(tx, "ContractGroupPlanAttribute", **named, AttributeName="benefitmultiple", Value="2")
    assert read(tx, "ContractGroupPlanAttribute", value)["AttributeName"] == "BenefitMultiple"
    assert refused(tx, "ContractGroupPlanAttribute", **named, AttributeName="BENEFITMULTIPLE", Value="3")[0] == (
        "GB-REC-001"
    )
    # The record as it was sent may be sent again.
    change(tx, "ContractGroupPlanAttribute", value, AttributeName="benefitmultiple", Value="3")
    told = read(tx, "ContractGroupPlanAttribute", value)
    assert (told["AttributeName"], told["Value"]) == ("BenefitMultiple", "3")


def test_an_employer_goes_from_nothing_to_a_priced_plan(tx: Transaction) -> None:
    account, contract_id = contract(tx)
    group_class = make(tx, "GroupClass", AccountId=account, Name="Staff", EffectiveStartDate="2026-01-01")
    root = plan(tx, contract_id, IsOptional=False, GroupNumber="G-1")
    make(tx, "ContractGroupPlanGroupClass", ContractGroupPlanId=root, GroupClassId=group_class)
    product = read(tx, "ContractGroupPlan", root)["ProductId"]
    table = make(
        tx,
        "RateTable",
        Name="Gold 2026",
        Method="age_banded",
        RateUnit="USD per person per month",
        Axes=["age"],
        Citation="Filed 2025-10-01",
        Cells=[
            {"EffectiveFrom": "2026-01-01", "Age": "0", "Rate": "180.25"},
            {"EffectiveFrom": "2026-01-01", "Age": "21", "Rate": 235.6},
        ],
        Plans=[product],
    )
    rule = make(
        tx,
        "GroupClassContribution",
        GroupClassId=group_class,
        Name="Half",
        Type="Percentage",
        Percentage=50,
        ContractGroupPlanId=root,
    )
    told = read(tx, "ContractGroupPlan", root)
    assert told["attributes"] == {"type": "ContractGroupPlan"}
    assert told["Id"] == root
    assert told["Name"] == "Gold"
    assert told["PlanType"] == "Medical"
    assert told["IsOptional"] is False
    assert told["GroupClassIds"] == [group_class]
    assert read(tx, "RateTable", table)["Versions"] == ["2026-01-01"]
    cells = tx.connection.execute("SELECT keys, rate FROM ref.rate_cell ORDER BY rate").fetchall()
    assert [(keys, str(rate)) for keys, rate in cells] == [(["0"], "180.250000"), (["21"], "235.600000")]
    assert read(tx, "GroupClassContribution", rule)["Percentage"] == 50.0
    assert read(tx, "GroupClass", group_class)["EffectiveStartDate"] == "2026-01-01"


def test_a_table_that_varies_by_nothing_needs_no_axes(tx: Transaction) -> None:
    """The sheet says of a blank `axes`: one rate for all."""
    product = make(tx, "Product2", ProductCode="DRUG", Name="Drugs", ProductType="Medical")
    facts = {"Method": "flat", "RateUnit": "USD per person per month", "Citation": "Filed 2025-10-01"}
    cell = {"EffectiveFrom": "2026-01-01", "Rate": "40.00"}
    table = make(tx, "RateTable", Name="Drugs 2026", Cells=[cell], Plans=[product], **facts)
    make(tx, "RateTable", Name="Drugs 2027", Axes=[], Cells=[cell], **facts)
    assert read(tx, "RateTable", table)["Axes"] == []
    cells = tx.connection.execute("SELECT keys, rate FROM ref.rate_cell").fetchall()
    assert [(keys, str(rate)) for keys, rate in cells] == [([], "40.000000")] * 2


def test_a_coverage_takes_the_type_of_its_root_and_keeps_its_benefit_when_another_field_changes(
    tx: Transaction,
) -> None:
    _, contract_id = contract(tx)
    product = make(tx, "Product2", ProductCode="LIFE", Name="Life", ProductType="Life")
    part = make(tx, "Product2", ProductCode="LIFE-B", Name="Basic", ProductType="Life", ParentProductId=product)
    root = make(tx, "ContractGroupPlan", ContractId=contract_id, Name="Life", ProductId=product)
    coverage = make(
        tx,
        "ContractGroupPlan",
        ContractId=contract_id,
        Name="Basic life",
        ProductId=part,
        ContractGroupParentPlanId=root,
        BenefitMultiple=2,
        BenefitMaximum="250000",
    )
    change(tx, "ContractGroupPlan", coverage, Name="Basic", IsOptional=True)
    told = read(tx, "ContractGroupPlan", coverage)
    assert (told["Name"], told["IsOptional"], told["PlanType"]) == ("Basic", True, "Life")
    assert told["ContractGroupParentPlanId"] == root
    assert told["Attributes"] == {"BenefitMultiple": "2", "BenefitMaximum": "250000"}
    change(tx, "ContractGroupPlan", coverage, BenefitMaximum=None)
    assert read(tx, "ContractGroupPlan", coverage)["Attributes"] == {"BenefitMultiple": "2"}


def test_a_second_class_of_a_plan_joins_the_first(tx: Transaction) -> None:
    account, contract_id = contract(tx)
    root = plan(tx, contract_id)
    classes = [make(tx, "GroupClass", AccountId=account, Name=name) for name in ("Staff", "Managers")]
    for each in classes:
        make(tx, "ContractGroupPlanGroupClass", ContractGroupPlanId=root, GroupClassId=each)
    assert read(tx, "ContractGroupPlan", root)["GroupClassIds"] == sorted(classes)


def test_an_account_without_a_number_is_given_one(tx: Transaction) -> None:
    numbers = [read(tx, "Account", make(tx, "Account", Name="Acme"))["AccountNumber"] for _ in range(2)]
    assert len(set(numbers)) == 2
    assert all(numbers)


@pytest.mark.parametrize(
    ("name", "fields", "code", "field"),
    [
        ("Account", {}, "SF-0001-0004", "Name"),
        ("Account", {"Name": None}, "SF-0001-0004", "Name"),
        ("Account", {"Name": "  "}, "SF-0001-0004", "Name"),
        ("Account", {"Name": "Acme", "Nickname": "A"}, "SF-0001-0013", "Nickname"),
        ("Account", {"Name": {"a": 1}}, "SF-0001-0005", "Name"),
        ("Account", {"Name": "x" * 256}, "SF-0001-0005", "Name"),
        ("GroupClass", {"AccountId": "001000000000000099", "Name": "Staff"}, "SF-0001-0005", "AccountId"),
        ("GroupClass", {"AccountId": 7, "Name": "Staff"}, "SF-0001-0005", "AccountId"),
        ("GroupClass", {"Name": "Staff"}, "SF-0001-0004", "AccountId"),
        ("Product2", {"ProductCode": "P", "Name": "P", "ProductType": "Pets"}, "SF-0001-0005", "ProductType"),
        ("GroupCensus", {"Name": "C"}, "SF-0001-0004", "AccountId"),
        ("GroupCensus", {"Name": "C", "AccountId": "001000000000000099"}, "SF-0001-0005", "AccountId"),
        ("GroupCensus", {"Name": "C", "Status": "Open"}, "SF-0001-0005", "Status"),
        ("GroupCensus", {"Name": "C", "EffectiveDate": "01/02/2026"}, "SF-0001-0003", "EffectiveDate"),
        ("GroupCensus", {"Name": "C", "EffectiveDate": "2026-W01-1"}, "SF-0001-0003", "EffectiveDate"),
        (
            "GroupCensus",
            {"Name": "C", "EffectiveStartDate": "0001-01-01T00:00:00+14:00"},
            "SF-0001-0003",
            "EffectiveStartDate",
        ),
        (
            "GroupCensus",
            {"Name": "C", "EffectiveEndDate": "9999-12-31T23:00:00-05:00"},
            "SF-0001-0003",
            "EffectiveEndDate",
        ),
    ],
)
def test_a_field_in_fault_is_named(
    tx: Transaction, name: str, fields: dict[str, Any], code: str, field: str | None
) -> None:
    found = refused(tx, name, **fields)
    assert (found[0], found[2]) == (code, field)


@pytest.mark.rule("CV-22")
@pytest.mark.parametrize("day", ["0000-01-01", "soon", "2026-02-30", "+12026-01-01"])
def test_a_day_of_a_sheet_that_is_none_is_told_as_one_and_the_record_can_still_be_read(
    tx: Transaction, day: str
) -> None:
    account, contract_id = contract(tx)
    for name, field, fields in (
        ("Contract", "StartDate", {"ContractNumber": "K-9", "StartDate": day, "EndDate": "2026-12-31"}),
        ("GroupClass", "EffectiveStartDate", {"Name": "Staff", "EffectiveStartDate": day}),
    ):
        found = refused(tx, name, AccountId=account, **fields)
        assert (found[0], found[2]) == ("SF-0001-0003", field)
    with pytest.raises(Refused) as fault:
        change(tx, "Contract", contract_id, EnrollmentStartDate=day)
    assert fault.value.errors[0].code == "SF-0001-0003"
    assert read(tx, "Contract", contract_id)["EnrollmentStartDate"] is None


def test_a_record_that_is_there_already_is_refused_and_stays_as_it_was(tx: Transaction) -> None:
    account = make(tx, "Account", Name="Acme", AccountNumber="A-1")
    code, _, _ = refused(tx, "Account", Name="Other", AccountNumber="a-1")
    assert code == "GB-REC-001"
    assert read(tx, "Account", account)["Name"] == "Acme"


def test_what_a_sheet_knows_a_record_by_cannot_be_changed_and_the_rest_can(tx: Transaction) -> None:
    account, contract_id = contract(tx)
    with pytest.raises(Refused) as fault:
        change(tx, "Account", account, AccountNumber="A-2")
    assert fault.value.errors[0].code == "GB-REC-002"
    change(tx, "Account", account, Name="Acme Inc.", AccountNumber="A-K-1", BillingState="MA")
    told = read(tx, "Account", account)
    assert (told["Name"], told["BillingState"]) == ("Acme Inc.", "MA")
    change(tx, "Account", account, BillingState=None)
    assert read(tx, "Account", account)["BillingState"] is None
    change(tx, "Contract", contract_id, EndDate="2027-06-30")
    assert read(tx, "Contract", contract_id)["EndDate"] == "2027-06-30"
    with pytest.raises(Refused):
        change(tx, "Contract", contract_id, EndDate="2025-06-30")


def test_a_census_is_made_with_or_without_a_contract_of_its_account(tx: Transaction) -> None:
    account, contract_id = contract(tx)
    _, foreign = contract(tx, "K-2")
    quote = make(tx, "GroupCensus", Name="Quote", AccountId=account, Type="Quote")
    assert (read(tx, "GroupCensus", quote)["Status"], read(tx, "GroupCensus", quote)["ContractId"]) == ("Draft", None)
    made = make(tx, "GroupCensus", Name="C", AccountId=account, ContractId=contract_id, EffectiveDate="2026-01-01")
    change(tx, "GroupCensus", made, Status="Active", ExpirationDate="2026-01-01")
    assert read(tx, "GroupCensus", made)["ExpirationDate"] == "2026-01-01"
    for wrong in ({"ExpirationDate": "2025-12-31"}, {"ContractId": foreign}, {"Name": None}):
        with pytest.raises(Refused):
            change(tx, "GroupCensus", made, **wrong)


def test_objects_with_services_of_their_own_are_read_only_here(tx: Transaction) -> None:
    with pytest.raises(Refused) as fault:
        make(tx, "GroupCensusMember", FirstName="A")
    assert fault.value.status == 405
    with pytest.raises(Refused) as fault:
        read(tx, "Nonsense", "001")
    assert fault.value.status == 404


def test_an_id_out_of_scope_is_answered_as_an_unknown_one(tx: Transaction) -> None:
    account, contract_id = contract(tx)
    own, _ = contract(tx, "K-2")
    scope = Scope(account_ids=(own,))
    for kind, record_id in (("Account", account), ("Contract", contract_id), ("Contract", "800999999999999999")):
        with pytest.raises(Refused) as fault:
            read(tx, kind, record_id, scope)
        assert (fault.value.status, fault.value.errors) == (404, (reading.UNKNOWN_RECORD,))
    with pytest.raises(Refused) as fault:
        make(tx, "Account", scope, Name="Mine")
    assert fault.value.status == 403
    with pytest.raises(Refused):
        make(tx, "GroupClass", scope, AccountId=account, Name="Theirs")


def test_the_records_that_one_record_names_are_of_one_account_and_contract(tx: Transaction) -> None:
    """A namesake of the class, or of the plan, within the right account is never taken for the one that was named."""
    account, contract_id = contract(tx)
    other, other_contract = contract(tx, "K-2")
    ours, theirs = (make(tx, "GroupClass", AccountId=one, Name="Staff") for one in (account, other))
    root, other_root = plan(tx, contract_id), plan(tx, other_contract)
    product = read(tx, "ContractGroupPlan", root)["ProductId"]
    fault = "SF-0001-0005"
    said = refused(tx, "ContractGroupPlanGroupClass", ContractGroupPlanId=root, GroupClassId=theirs)
    assert (said[0], said[2]) == (fault, "GroupClassId")
    stated = {"ContractId": contract_id, "Name": "Cover", "ProductId": product}
    said = refused(tx, "ContractGroupPlan", **stated, ContractGroupParentPlanId=other_root)
    assert (said[0], said[2]) == (fault, "ContractGroupParentPlanId")
    said = refused(tx, "ContractGroupPlan", ContractGroupParentPlanId=other_root, **stated)
    assert (said[0], said[2]) == (fault, "ContractId")
    rule = {"GroupClassId": ours, "Name": "Half", "Type": "Percentage", "Percentage": 50}
    for name in ("ContractGroupPlanId", "ReferencePlanId"):
        said = refused(tx, "GroupClassContribution", **rule, **{name: other_root})
        assert (said[0], said[2]) == (fault, name)
    make(tx, "ContractGroupPlanGroupClass", ContractGroupPlanId=root, GroupClassId=ours)


def test_an_id_that_is_null_takes_nothing_from_the_one_beside_it(tx: Transaction) -> None:
    account, contract_id = contract(tx)
    root = plan(tx, contract_id)
    group_class = make(tx, "GroupClass", AccountId=account, Name="Staff")
    rule = {"GroupClassId": group_class, "Name": "Half", "Type": "Percentage", "Percentage": 50}
    made = make(tx, "GroupClassContribution", **rule, ContractGroupPlanId=root, ReferencePlanId=None)
    assert read(tx, "GroupClassContribution", made)["ContractGroupPlanId"] == root
