"""What a registration may state, at both sides of each boundary, and what a change makes of it."""

import copy
from datetime import date
from typing import Any

import pytest

from schemas.onboarding import JURISDICTIONS, PRODUCT_LINES
from services.onboarding import fields
from services.onboarding.fields import Terms
from tests.http.partners import BODY

BROKER = Terms(is_broker=True, allows_mid_month=False)


def faults(terms: Terms = BROKER, *, is_draft: bool = False, **more: Any) -> list[tuple[str, str]]:
    """Code and field of each fault of the example's body with other values; `...` leaves a field out."""
    body = {name: value for name, value in (copy.deepcopy(BODY) | more).items() if value is not ...}
    _, wrong = fields.read(body, terms, is_draft=is_draft)
    return [(each.code, each.info["field"]) for each in wrong]


def test_the_example_has_no_fault_and_is_kept_in_one_spelling() -> None:
    values, wrong = fields.read(copy.deepcopy(BODY), BROKER, is_draft=False)
    assert wrong == []
    assert values["taxId"] == "123456789"
    assert values["effectiveDate"] == date(2027, 3, 1)
    again, _ = fields.read(
        BODY | {"taxId": "123456789", "legalName": " Larkspur Millworks LLC "}, BROKER, is_draft=False
    )
    assert again == values
    assert fields.stored(fields.columns(values) | {"broker": None}) == {
        k: v for k, v in values.items() if k != "broker"
    }


@pytest.mark.rule("ONB-101")
@pytest.mark.parametrize(
    "name",
    ["partnerGroupKey", "legalName", "taxId", "situsState", "address", "effectiveDate", "eligibleEmployeeCount",
     "productLines", "contacts", "attestation", "broker"],
)  # fmt: skip
@pytest.mark.parametrize("value", [..., None])
def test_what_must_be_there_is_missed_unless_the_body_is_a_draft(name: str, value: Any) -> None:
    assert faults(**{name: value}) == [("ONB-101", name)]
    assert faults(**{name: value}, is_draft=True) == []


@pytest.mark.rule("ONB-102")
@pytest.mark.parametrize(
    ("name", "value", "is_right"),
    [
        ("partnerGroupKey", "k" * 64, True),
        ("partnerGroupKey", "k" * 65, False),
        ("partnerGroupKey", 7, False),
        ("legalName", "n" * 255, True),
        ("legalName", "n" * 256, False),
        ("legalName", "two\nlines", False),
        ("taxId", "123456789", True),
        ("taxId", "12345678", False),
        ("taxId", "123-456789", False),
        ("taxId", "１２3456789", False),
        ("sicCode", "2436", True),
        ("sicCode", "243", False),
        ("naicsCode", "321211", True),
        ("naicsCode", "32121", False),
        ("situsState", "PR", True),
        ("situsState", "XX", False),
        ("situsState", "oh", False),
        ("effectiveDate", "2028-02-01", True),
        ("effectiveDate", "2027-02-30", False),
        ("effectiveDate", "1899-12-01", False),
        ("effectiveDate", "1900-01-01", True),
        ("effectiveDate", "2199-12-01", True),
        ("effectiveDate", "2200-01-01", False),
        ("effectiveDate", "2027-3-1", False),
        ("effectiveDate", "2027-03-01T00:00:00Z", False),
        ("eligibleEmployeeCount", 1, True),
        ("eligibleEmployeeCount", 0, False),
        ("eligibleEmployeeCount", True, False),
        ("eligibleEmployeeCount", 1.0, False),
        ("enrolledEmployeeCount", 0, True),
        ("enrolledEmployeeCount", -1, False),
        ("marketSegment", "LARGE", True),
        ("marketSegment", "MEDIUM", False),
        ("productLines", list(PRODUCT_LINES), True),
        ("productLines", ["MEDICAL", "MEDICAL"], False),
        ("productLines", ["Medical"], False),
        ("productLines", "MEDICAL", False),
        ("waitingPeriodDays", 0, True),
        ("waitingPeriodDays", -1, False),
        ("classes", "Salaried", False),
        ("attestation", "true", False),
        ("externalQuoteId", "0Q0000000000000001", True),
        ("contractId", 8, False),
        ("nickname", "x", False),
    ],
)
def test_a_value_has_the_form_of_its_field(name: str, value: Any, is_right: bool) -> None:
    expected = [] if is_right else [("ONB-102", name)]
    assert faults(**{name: value}) == expected
    assert faults(**{name: value}, is_draft=True) == expected


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("address", BODY["address"] | {"postalCode": "45402-1234"}, None),
        ("address", BODY["address"] | {"postalCode": "4540"}, ("ONB-102", "address.postalCode")),
        ("address", BODY["address"] | {"street": ""}, ("ONB-101", "address.street")),
        ("address", BODY["address"] | {"county": "x"}, ("ONB-102", "address.county")),
        ("broker", {"name": "I. Okafor"}, ("ONB-101", "broker.producerCode")),
        ("broker", {"producerCode": "P", "name": "N", "effectiveDate": "soon"}, ("ONB-102", "broker.effectiveDate")),
        ("classes", [{"name": "Salaried", "code": "S"}, {"name": "Hourly"}], None),
        ("classes", [{"name": "Salaried"}, {"code": "H"}], ("ONB-101", "classes[1].name")),
        ("contacts", [{"role": "BENEFITS_ADMIN", "name": "R", "phone": "+1 (513) 555-0100 x12"}], None),
        ("contacts", [{"role": "BENEFITS_ADMIN", "name": "R", "email": "r@x"}], ("ONB-102", "contacts[0].email")),
        ("contacts", [{"role": "BENEFITS_ADMIN", "name": "R", "phone": "call"}], ("ONB-102", "contacts[0].phone")),
        ("contacts", [{"role": "BILLING", "name": "R"}], ("ONB-101", "contacts[BENEFITS_ADMIN]")),
        ("contacts", ["R. Vance"], ("ONB-102", "contacts[0]")),
    ],
)
def test_parts_are_named_where_they_are_wrong(name: str, value: Any, fault: tuple[str, str] | None) -> None:
    assert [each for each in faults(**{name: value}) if each[1] != "contacts[BENEFITS_ADMIN]" or each == fault] == (
        [fault] if fault else []
    )


@pytest.mark.rule("ONB-104")
@pytest.mark.parametrize(("enrolled", "is_right"), [(34, True), (35, False)])
def test_no_more_are_enrolled_than_may(enrolled: int, is_right: bool) -> None:
    assert faults(enrolledEmployeeCount=enrolled) == ([] if is_right else [("ONB-104", "enrolledEmployeeCount")])


@pytest.mark.rule("ONB-106")
@pytest.mark.parametrize(("days", "is_right"), [(90, True), (91, False)])
def test_nobody_waits_for_more_than_ninety_days(days: int, is_right: bool) -> None:
    assert faults(waitingPeriodDays=days) == ([] if is_right else [("ONB-106", "waitingPeriodDays")])


@pytest.mark.rule("ONB-103")
@pytest.mark.parametrize(("allows", "is_right"), [(True, True), (False, False)])
def test_the_middle_of_a_month_is_for_partners_who_may(allows: bool, is_right: bool) -> None:
    terms = Terms(is_broker=True, allows_mid_month=allows)
    assert faults(terms, effectiveDate="2027-03-02") == ([] if is_right else [("ONB-103", "effectiveDate")])


@pytest.mark.rule("ONB-107")
def test_a_registration_needs_the_employers_authorisation() -> None:
    assert faults(attestation=False) == [("ONB-107", "attestation")]
    assert faults(attestation=False, is_draft=True) == []


def test_a_partner_who_is_no_broker_may_leave_the_broker_out() -> None:
    assert faults(Terms(is_broker=False, allows_mid_month=False), broker=...) == []


def test_fifty_states_the_district_and_five_territories_are_known() -> None:
    assert len(JURISDICTIONS) == 50 + 1 + 5


@pytest.mark.rule("ON-21")
@pytest.mark.parametrize(
    ("words", "is_safe"),
    [
        ("Waiting for REG-000041, contract 800000000000000001, until 2027-03-01", True),
        ("Rate is 1,234.50 for 120 people", True),
        ("EIN 12-3456789", False),
        ("EIN 123456789", False),
        ("SSN 123-45-6789", False),
        ("Call 513-555-0100", False),
        ("Call +1 (513) 555 0100", False),
        ("Mail a.b@example.test", False),
        ("Ask r. vance", False),
    ],
)
def test_words_for_events_hold_nothing_that_events_must_not(words: str, is_safe: bool) -> None:
    assert fields.is_safe(words, [{"name": "R. Vance"}]) is is_safe


@pytest.mark.rule("ON-21")
@pytest.mark.parametrize(("note", "is_safe"), [("Al says yes", False), ("They call back", True), ("ask AL.", False)])
def test_the_name_of_a_contact_is_found_as_a_word_of_its_own(note: str, is_safe: bool) -> None:
    assert fields.is_safe(note, [{"role": "BILLING", "name": "Al"}]) is is_safe
