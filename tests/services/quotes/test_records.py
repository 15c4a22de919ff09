"""Quotes, lines and attributes as records: a quote from nothing to a price, its tree kept in shape, faults named."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.book import Transaction
from services.insurance_errors import Refused
from services.quotes.reading import quote as whole
from services.records import records
from services.records.reading import read
from services.scope import EVERYTHING, Scope
from tests.made_once import empty_book
from tests.random_book import NOW, write
from tests.services.quotes.desk import a_book, quote, rate

MEDICAL, HOSPITAL, PREVENTIVE = "PM", "PH", "PP"
TERM = {"StartDate": "2026-01-01", "EndDate": "2026-12-31"}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    book = empty_book(tmp_path_factory.mktemp("records") / "quotes.duckdb")
    rows = {name: each for name, each in quote().items() if name not in ("book.quote", "book.quote_line")}
    rows["book.account"] = [*rows["book.account"], {"account_id": "B", "account_number": "2", "name": "B"}]
    rows["book.group_census"] = [
        *rows["book.group_census"],
        *({"group_census_id": key, "account_id": "B", "name": "Twin", "type": "Quote"} for key in ("D1", "D2")),
    ]
    rows["book.group_class"] = [
        *rows["book.group_class"],
        {"group_class_id": "X", "account_id": "B", "name": "Executives"},
    ]
    rows["book.product"] = [
        *rows["book.product"],
        {"product_id": "PD", "product_code": "DENT", "name": "Dental", "product_type": "Dental"},
        {
            "product_id": "PO",
            "product_code": "ORTHO",
            "name": "Ortho",
            "product_type": "Dental",
            "parent_product_id": "PX",
        },
    ]
    with book.write() as tx:
        write(tx.connection, rows)
    return book.path


@pytest.fixture
def tx(path: Path) -> Iterator[Transaction]:
    """A unit of work that is rolled back."""
    from services.book import Book

    class Undo(Exception):
        pass

    try:
        with Book(path).write() as made:
            yield made
            raise Undo
    except Undo:
        pass


def make(tx: Transaction, name: str, scope: Scope = EVERYTHING, **fields: Any) -> str:
    return records.create(tx, name, fields, scope=scope, now=NOW)


def a_quote(tx: Transaction, **more: Any) -> str:
    said = {"Name": "Acme", "AccountId": "A", "GroupCensusId": "C", "CensusRatingType": "Member Based"} | TERM
    fields: dict[str, Any] = said | {"InsuranceQuoteType": "New Group Business"} | more
    return make(tx, "Quote", **fields)


def a_line(tx: Transaction, quote_id: str, **more: Any) -> str:
    return make(tx, "QuoteLineItem", QuoteId=quote_id, **more)


def a_tree(tx: Transaction, quote_id: str, group_class: str | None = "E") -> tuple[str, str, str]:
    """Root, group summary and member placeholder."""
    root = a_line(tx, quote_id, Product2Id=MEDICAL)
    summary = a_line(tx, quote_id, ParentQuoteLineItemId=root, GroupClassId=group_class)
    return root, summary, a_line(tx, quote_id, ParentQuoteLineItemId=summary)


def fault(tx: Transaction, name: str, **fields: Any) -> tuple[str, Any]:
    """Field and rule of the only error."""
    with pytest.raises(Refused) as refused:
        make(tx, name, **fields)
    (error,) = refused.value.errors
    return error.info.get("field", error.message), error.info.get("rule", error.code)


def test_a_quote_is_made_line_by_line_and_reads_as_a_tree(tx: Transaction) -> None:
    quote_id = a_quote(tx)
    root, summary, placeholder = a_tree(tx, quote_id)
    coverage = a_line(tx, quote_id, ParentQuoteLineItemId=placeholder, Product2Id=HOSPITAL, isOptional=True, Quantity=2)
    value = make(tx, "QuoteLineItemAttribute", QuoteLineItemId=coverage, AttributeName="Deductible", Value="500")
    told = whole(tx, quote_id, scope=EVERYTHING)
    assert {
        name: told[name] for name in ("quoteNumber", "status", "totalPrice", "ratedAt", "ratingStatus", "isStale")
    } == {
        "quoteNumber": "Q00000001",
        "status": "Draft",
        "totalPrice": None,
        "ratedAt": None,
        "ratingStatus": None,
        "isStale": False,
    }
    (first,) = told["lines"]
    assert not first["isStale"]  # GR-17: as the quote, never rated
    (second,) = first["lines"]
    (third,) = second["lines"]
    (fourth,) = third["lines"]
    assert [(each["id"], each["level"], each["name"]) for each in (first, second, third, fourth)] == [
        (root, "ROOT", "Medical Platinum"),
        (summary, "GROUP_SUMMARY", "Executives"),
        (placeholder, "MEMBER", "Members"),
        (coverage, "COVERAGE", "Hospital"),
    ]
    assert (second["groupClassId"], second["groupClassName"]) == ("E", "Executives")
    assert (fourth["isOptional"], fourth["quantity"], fourth["lines"]) == (True, 2, [])
    assert fourth["attributes"] == [
        {
            "id": value,
            "attributeName": "Deductible",
            "value": "500",
            "attributeDefinitionId": None,
            "attributePicklistValueId": None,
        }
    ]
    assert len({each["instanceKey"] for each in (first, second, third, fourth)}) == 4


def test_records_read_back_and_change_field_by_field(tx: Transaction) -> None:
    quote_id = a_quote(tx, QuoteAccountId="B", RatingArea="3")
    records.update(tx, "Quote", quote_id, {"Status": "Approved", "RatingArea": None}, scope=EVERYTHING, now=NOW)
    told = read(tx, "Quote", quote_id, scope=EVERYTHING, now=NOW)
    wanted: dict[str, Any] = {
        "Id": quote_id,
        "AccountId": "A",
        "QuoteAccountId": "B",
        "GroupCensusId": "C",
        "Status": "Approved",
    }
    wanted |= TERM | {"RatingArea": None, "isStale": False, "ratingStatus": None, "TotalPrice": None}
    assert {name: told[name] for name in wanted} == wanted
    _, summary, placeholder = a_tree(tx, quote_id)
    line = a_line(tx, quote_id, ParentQuoteLineItemId=placeholder, Product2Id=HOSPITAL, instanceKey="hospital")
    records.update(tx, "QuoteLineItem", line, {"Quantity": 3, "Name": "Inpatient"}, scope=EVERYTHING, now=NOW)
    told = read(tx, "QuoteLineItem", line, scope=EVERYTHING, now=NOW)
    wanted = {"instanceKey": "hospital", "level": "COVERAGE", "Quantity": 3, "Name": "Inpatient", "NetTotalPrice": None}
    wanted |= {"ParentQuoteLineItemId": placeholder, "Product2Id": HOSPITAL, "isOptional": False}
    assert {name: told[name] for name in wanted} == wanted
    records.update(tx, "QuoteLineItem", summary, {"GroupClassId": "F"}, scope=EVERYTHING, now=NOW)
    assert read(tx, "QuoteLineItem", summary, scope=EVERYTHING, now=NOW)["GroupClassId"] == "F"
    value = make(tx, "QuoteLineItemAttribute", QuoteLineItemId=line, AttributeName="Copay", Value="20")
    records.update(tx, "QuoteLineItemAttribute", value, {"Value": "25"}, scope=EVERYTHING, now=NOW)
    told = read(tx, "QuoteLineItemAttribute", value, scope=EVERYTHING, now=NOW)
    assert (told["QuoteLineItemId"], told["AttributeName"], told["Value"]) == (line, "Copay", "25")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"Name": None}, ("Name", "SF-0001-0004")),
        ({"AccountId": None}, ("AccountId", "account_missing")),
        ({"AccountId": "nobody"}, ("AccountId", "SF-0001-0005")),
        ({"GroupCensusId": "nothing"}, ("GroupCensusId", "SF-0001-0005")),
        ({"EndDate": "2025-12-31"}, ("EndDate", "end_before_start")),
        ({"EndDate": "2200-01-01"}, ("EndDate", "term_out_of_range")),
        ({"StartDate": "1/1/2026"}, ("StartDate", "date_unreadable")),
        ({"CensusRatingType": "By Hand"}, ("CensusRatingType", "value_not_in_list")),
        ({"InsuranceQuoteType": "Renewal"}, ("InsuranceQuoteType", "value_not_in_list")),
        ({"Status": "Lost"}, ("Status", "value_not_in_list")),
        ({"TotalPrice": 5}, ("TotalPrice", "SF-0001-0013")),
        ({"RatingArea": "9" * 41}, ("RatingArea", "text_too_long")),
    ],
)
def test_a_quote_is_refused_for_each_field_that_is_wrong(
    tx: Transaction, fields: dict[str, Any], wrong: tuple[str, str]
) -> None:
    said = {"Name": "Acme", "AccountId": "A", "GroupCensusId": "C"} | TERM | fields
    assert fault(tx, "Quote", **said) == wrong


def test_numbers_are_unique_and_accounts_stay(tx: Transaction) -> None:
    quote_id = a_quote(tx, QuoteNumber="Q-9")
    assert fault(tx, "Quote", Name="Other", AccountId="A", QuoteNumber="q-9")[1] == "GB-REC-001"
    for fields in ({"AccountId": "B"}, {"QuoteNumber": "Q-10"}):
        with pytest.raises(Refused) as refused:
            records.update(tx, "Quote", quote_id, fields, scope=EVERYTHING, now=NOW)
        assert refused.value.errors[0].code == "GB-REC-002"


def test_the_tree_keeps_its_shape(tx: Transaction) -> None:
    quote_id = a_quote(tx)
    root, summary, placeholder = a_tree(tx, quote_id)
    a_line(tx, quote_id, ParentQuoteLineItemId=placeholder, Product2Id=HOSPITAL)

    def wrong(**fields: Any) -> tuple[str, Any]:
        return fault(tx, "QuoteLineItem", QuoteId=quote_id, **fields)

    assert wrong(level="ROOT") == ("Product2Id", "value_missing")
    assert wrong(level="ROOT", Product2Id=HOSPITAL) == ("Product2Id", "product_not_root")
    assert wrong(level="ROOT", Product2Id=MEDICAL, ParentQuoteLineItemId=root)[1] == "root_with_parent"
    assert wrong(level="COVERAGE", Product2Id=HOSPITAL)[1] == "value_missing"
    assert wrong(level="COVERAGE", Product2Id=HOSPITAL, ParentQuoteLineItemId=root)[1] == "parent_of_wrong_level"
    assert wrong(level="MEMBER", ParentQuoteLineItemId=root)[1] == "parent_of_wrong_level"
    assert wrong(ParentQuoteLineItemId=placeholder)[1] == "value_missing"  # a coverage without a product
    assert wrong(ParentQuoteLineItemId=placeholder, Product2Id="PO")[1] == "coverage_of_other_product"
    assert wrong(ParentQuoteLineItemId=placeholder, Product2Id=HOSPITAL)[1] == "coverage_repeated"
    assert wrong(ParentQuoteLineItemId=placeholder, Product2Id=MEDICAL)[1] == "coverage_of_other_product"
    assert (
        wrong(ParentQuoteLineItemId=placeholder, Product2Id=PREVENTIVE, GroupClassId="E")[1] == "class_not_of_summary"
    )
    assert wrong(ParentQuoteLineItemId=placeholder, Product2Id=PREVENTIVE, Quantity=0)[1] == "number_out_of_range"
    assert wrong(ParentQuoteLineItemId=summary)[1] == "placeholder_repeated"
    assert wrong(ParentQuoteLineItemId=summary, Product2Id=HOSPITAL)[1] == "product_not_here"
    assert wrong(ParentQuoteLineItemId=root, GroupClassId="E")[1] == "class_repeated"
    assert wrong(ParentQuoteLineItemId=root)[1] == "whole_census_not_alone"
    assert wrong(ParentQuoteLineItemId=root, GroupClassId="X")[0] == "GroupClassId"  # a namesake of another account
    for fields in ({"level": "MEMBER"}, {"Product2Id": "PD"}, {"ParentQuoteLineItemId": summary}, {"instanceKey": "x"}):
        with pytest.raises(Refused) as refused:
            records.update(tx, "QuoteLineItem", root, fields, scope=EVERYTHING, now=NOW)
        assert refused.value.errors[0].code == "GB-REC-002"


def test_a_product_without_coverages_is_its_own_coverage(tx: Transaction) -> None:
    quote_id = a_quote(tx)
    root = a_line(tx, quote_id, Product2Id="PD")
    placeholder = a_line(tx, quote_id, ParentQuoteLineItemId=a_line(tx, quote_id, ParentQuoteLineItemId=root))
    a_line(tx, quote_id, ParentQuoteLineItemId=placeholder, Product2Id="PD")
    (told,) = whole(tx, quote_id, scope=EVERYTHING)["lines"]
    assert told["lines"][0]["name"] == "Whole census"


def test_lines_of_another_quote_are_no_parents(tx: Transaction) -> None:
    first, second = a_quote(tx), a_quote(tx)
    root = a_line(tx, first, Product2Id=MEDICAL, instanceKey="plan")
    a_line(tx, second, Product2Id=MEDICAL, instanceKey="plan")  # keys are unique in their quote alone
    assert fault(tx, "QuoteLineItem", QuoteId=second, ParentQuoteLineItemId=root) == (
        "ParentQuoteLineItemId",
        "SF-0001-0005",
    )
    assert fault(tx, "QuoteLineItem", QuoteId=second, Product2Id=MEDICAL, instanceKey="Plan")[1] == "GB-REC-001"


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("BenefitMultiple", "2.5", "twice"),
        ("BenefitMultiple", "100", "100.5"),
        ("VolumeRounding", "UP_1000", "up"),
        ("AgeReductionSchedule", "65:65;70:50", "65=65"),
        ("AgeReductionSchedule", "65:65", "\u0666\u0665:65"),  # digits that rating does not read
        ("AgeReductionSchedule", "65:65; 70:100", "70:50;65:65"),  # ages ascend
        ("AgeReductionSchedule", "65:65;70:50", "65:65;65:50"),
        ("GuaranteedIssueSchedule", "65:100", "65:100.5"),  # percents are of the whole
        ("BenefitMultiple", "1.2345", "1.23456"),  # as many decimals as the column has
        ("BenefitFlatAmount", "100.00", "100.005"),
        ("DependentAgeLimit", "26", "26.5"),
        ("AssumedElectedAmount", "50000.50", "0"),
        ("AssumedElectedAmount", "0.01", "lots"),
        ("Deductible", "whatever", None),
    ],
)
def test_an_attribute_that_rating_reads_has_a_value_that_can_be_read(
    tx: Transaction, name: str, good: str, bad: str | None
) -> None:
    root = a_line(tx, a_quote(tx), Product2Id=MEDICAL)
    if bad is not None:
        said = {"QuoteLineItemId": root, "AttributeName": name, "Value": bad}
        assert fault(tx, "QuoteLineItemAttribute", **said) == ("Value", "attribute_value_unreadable")
    made = make(tx, "QuoteLineItemAttribute", QuoteLineItemId=root, AttributeName=name, Value=good)
    assert read(tx, "QuoteLineItemAttribute", made, scope=EVERYTHING, now=NOW)["Value"] == good
    assert fault(tx, "QuoteLineItemAttribute", QuoteLineItemId=root, AttributeName=name, Value=good)[1] == "GB-REC-001"


def test_quotes_of_another_account_are_unknown(tx: Transaction) -> None:
    quote_id = a_quote(tx)
    root = a_line(tx, quote_id, Product2Id=MEDICAL)
    value = make(tx, "QuoteLineItemAttribute", QuoteLineItemId=root, AttributeName="Copay", Value="20")
    mine, others = Scope(account_ids=("A",)), Scope(account_ids=("B",))
    for name, each in (("Quote", quote_id), ("QuoteLineItem", root), ("QuoteLineItemAttribute", value)):
        assert read(tx, name, each, scope=mine, now=NOW)["Id"] == each
        with pytest.raises(Refused) as refused:
            read(tx, name, each, scope=others, now=NOW)
        assert refused.value.status == 404
    with pytest.raises(Refused) as refused:
        records.create(tx, "Quote", {"Name": "Q", "AccountId": "B", "GroupCensusId": "C"}, scope=others, now=NOW)
    assert refused.value.errors[0].info["field"] == "GroupCensusId"


@pytest.mark.rule("GR-8")
def test_a_quote_made_of_records_is_rated(tmp_path: Path) -> None:
    rows = {name: each for name, each in quote().items() if name not in ("book.quote", "book.quote_line")}
    book = a_book(tmp_path, rows)
    with book.write() as tx:
        quote_id = a_quote(tx)
        *_, placeholder = a_tree(tx, quote_id)
        a_line(tx, quote_id, ParentQuoteLineItemId=placeholder, Product2Id=HOSPITAL, Quantity=2)
    done = rate(book, quote_id)
    assert (done["status"], done["result"]["totalPrice"]) == ("Completed", 715.90)  # twice 357.95
    with book.read() as tx:
        told = read(tx, "Quote", quote_id, scope=EVERYTHING, now=NOW)
    assert (told["TotalPrice"], told["ratingStatus"], told["isStale"]) == (715.90, "Completed", False)
