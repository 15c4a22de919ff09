"""Quotes and group rating over HTTP: a newcomer's whole road, the contract's own example, and its refusals."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.http.served import CONNECT, SOBJECTS, Api, serving
from tests.services.quotes.desk import QUOTE, ROOT, a_book

RATING = f"{CONNECT}/quotes/{QUOTE}/group-rating"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with serving(a_book(tmp_path_factory.mktemp("quotes")).path) as served:
        yield served


def make(api: Api, name: str, **fields: Any) -> str:
    answer = api.post(f"{SOBJECTS}/{name}", json=fields)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()["id"]


def ended(api: Api, request_id: str) -> dict[str, Any]:
    """The request once it has ended."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        told = api.get(f"{CONNECT}/async-requests/{request_id}").json()
        if told["status"] not in ("Scheduled", "In Progress"):
            return told
        time.sleep(0.02)
    raise AssertionError("The request did not end.")


@pytest.mark.rule("GR-8", "GR-16", "CV-24")
@pytest.mark.parametrize("body", [{"batchSize": 50, "quoteLineItemIds": [ROOT], "ratingDate": "2026-01-01"},
                                  {"quoteLineItemIds": {"values": [ROOT]}}, {}, None])  # fmt: skip
def test_the_example_of_the_contract_is_rated(api: Api, body: Any) -> None:
    answer = api.post(RATING, json=body) if body is not None else api.post(RATING)
    assert answer.status_code == 202
    said = answer.json()
    assert said == {"isSuccess": True, "errors": [], "requestId": said["requestId"]}
    assert ended(api, said["requestId"])["status"] == "Completed"
    told = api.get(f"{CONNECT}/quotes/{QUOTE}").json()
    (root,) = told["lines"]
    assert [(each["name"], each["netTotalPrice"]) for each in (root, *root["lines"])] == [
        ("Medical Platinum", 1617.95),
        ("Executives", 417.95),
        ("Managers", 1200.0),
    ]
    assert (told["totalPrice"], told["ratingStatus"], told["isStale"]) == (1617.95, "Completed", False)
    found = api.get(f"{CONNECT}/async-requests/{said['requestId']}/details").json()["records"]
    assert {each["ReferenceRecordId"] for each in found} == {"L1", "L2", "L3"}


@pytest.mark.rule("GB-GRP-001", "GB-GRP-010")
@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (f"{CONNECT}/quotes/0Q0/group-rating", {}, "SF-0001-0005"),
        (RATING, {"quoteLineItemIds": ["L1"]}, "GB-GRP-010"),
        (RATING, {"batchSize": 2001}, "SF-0001-0005"),
        (RATING, {"ratingDate": "soon"}, "SF-0001-0003"),
        (RATING, {"batchSize": "50"}, "SF-0001-0007"),
        (RATING, {"colour": 1}, "SF-0001-0007"),
    ],
)
def test_a_refusal_says_that_rating_did_not_begin(api: Api, path: str, body: Any, code: str) -> None:
    answer = api.post(path, json=body)
    said = answer.json()
    assert (answer.status_code, said["isSuccess"], said["requestId"]) == (400, False, None)
    assert [each["code"] for each in said["errors"]] == [code]


def test_an_unknown_quote_is_not_read(api: Api) -> None:
    answer = api.get(f"{CONNECT}/quotes/{ROOT}")
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["code"], error["additionalInfo"]["reason"]) == ("SF-0001-0005", "GB-GRP-001")


def test_an_employer_goes_from_nothing_to_a_price(api: Api) -> None:
    account = make(api, "Account", Name="Larkspur", AccountNumber="L-1")
    staff = make(api, "GroupClass", AccountId=account, Name="Staff")
    plan = make(api, "Product2", ProductCode="DENT", Name="Dental", ProductType="Dental")
    cover = make(api, "Product2", ProductCode="DC", Name="Cleaning", ProductType="Dental", ParentProductId=plan)
    make(
        api, "RateTable", Name="Dental 2026", Method="flat", RateUnit="USD per person per month", Axes=["tobacco"],
        Citation="Filed 2025", Plans=[cover],
        Cells=[{"EffectiveFrom": "2026-01-01", "Tobacco": each, "Rate": "20.50"} for each in ("Smoker", "Non-Smoker")],
    )  # fmt: skip
    census = make(api, "GroupCensus", Name="Quote 2026", AccountId=account, Type="Quote", EffectiveDate="2026-01-01")
    members = [
        {"firstName": name, "lastname": "Vance", "birthdate": "1990-01-01", "groupClassId": staff,
         "associationWithPrimaryMbr": "Self", "smokerStatus": "Non-Smoker"}
        for name in ("Rowan", "Ida")
    ]  # fmt: skip
    path = f"{CONNECT}/census-management/group-censuses/{census}/group-census-members"
    answer = api.post(path, json={"members": members})
    assert answer.status_code in (200, 201), answer.text
    quote = make(
        api, "Quote", Name="Larkspur 2026", AccountId=account, GroupCensusId=census, StartDate="2026-01-01",
        EndDate="2026-12-31", InsuranceQuoteType="New Group Business", CensusRatingType="Member Based",
    )  # fmt: skip
    root = make(api, "QuoteLineItem", QuoteId=quote, Product2Id=plan)
    summary = make(api, "QuoteLineItem", QuoteId=quote, ParentQuoteLineItemId=root, GroupClassId=staff)
    placeholder = make(api, "QuoteLineItem", QuoteId=quote, ParentQuoteLineItemId=summary)
    line = make(api, "QuoteLineItem", QuoteId=quote, ParentQuoteLineItemId=placeholder, Product2Id=cover)
    make(api, "QuoteLineItemAttribute", QuoteLineItemId=line, AttributeName="Visits", Value="2")
    answer = api.post(f"{CONNECT}/quotes/{quote}/group-rating")
    assert answer.status_code == 202, answer.text
    assert ended(api, answer.json()["requestId"])["status"] == "Completed"
    told = api.get(f"{SOBJECTS}/Quote/{quote}").json()
    assert (told["TotalPrice"], told["isStale"], told["ratingStatus"]) == (492.0, False, "Completed")  # 2 x 12 x 20.50
    assert api.patch(f"{SOBJECTS}/QuoteLineItem/{line}", json={"Quantity": 2}).status_code == 204
    assert api.get(f"{SOBJECTS}/Quote/{quote}").json()["isStale"] is True
    assert api.get(f"{SOBJECTS}/QuoteLineItem/{line}").json()["NetTotalPrice"] == 492.0


def test_a_line_is_taken_off_a_quote_with_all_that_hangs_under_it(api: Api) -> None:
    line = {"QuoteId": QUOTE, "Product2Id": api.get(f"{SOBJECTS}/QuoteLineItem/{ROOT}").json()["Product2Id"]}
    root = make(api, "QuoteLineItem", **line)
    below = make(api, "QuoteLineItem", QuoteId=QUOTE, ParentQuoteLineItemId=root)
    answer = api.delete(f"{SOBJECTS}/QuoteLineItem/{root}")
    assert (answer.status_code, answer.content) == (204, b"")
    for gone in (root, below):
        assert api.get(f"{SOBJECTS}/QuoteLineItem/{gone}").status_code == 404
    again = api.delete(f"{SOBJECTS}/QuoteLineItem/{root}")
    assert (again.status_code, [each["errorCode"] for each in again.json()]) == (404, ["NOT_FOUND"])
    assert api.get(f"{SOBJECTS}/QuoteLineItem/{ROOT}").status_code == 200
    assert api.delete(f"{SOBJECTS}/Quote/{QUOTE}").status_code == 405
