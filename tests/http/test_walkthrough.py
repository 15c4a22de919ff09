"""The walk-through page: every call is sent as it is printed, to a server on a new book, and says what the page says.

What lives here: the page's blocks in their order, and the amounts of its tables. What does not: reading a block as a
shell would (`tests.http.test_docs_calls`).
"""

import re
import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.http.served import Api, serving
from tests.http.test_docs_calls import answered, as_sent, commands, prepared

PAGE = (ROOT / "docs/walkthrough.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@dataclass
class Walk:
    """What came of the calls: status and answer by the path that was called, in order."""

    api: Api
    said: list[tuple[str, int, Any]] = field(default_factory=list)

    def of(self, ending: str) -> Any:
        """The answer of the last call of an address."""
        return next(answer for address, _, answer in reversed(self.said) if re.search(ending, address))


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("walk")
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        path, secret = prepared(BLOCKS[0], folder, patched)
        with serving(path) as api:
            yield walked(Walk(api), {"TOKEN": secret})


def walked(walk: Walk, variables: dict[str, str]) -> Walk:
    """The page walked through to its end."""
    for words in (words for block in BLOCKS[1:] for words in commands(block)):
        waits = words[0] == "until"
        call = words[1 : words.index("|")] if waits else words
        deadline = time.monotonic() + 30
        while (answer := answered(list(call), variables, walk.api.url)) is not None:
            address = as_sent(list(call), variables)[1]
            if not waits or answer[1]["status"] in ("Completed", "Failed"):
                walk.said.append((address, *answer))
                break
            assert time.monotonic() < deadline, "the request does not end"
            time.sleep(0.05)
    return walk


def test_every_call_succeeds(walk: Walk) -> None:
    wrong = [(address, code, answer) for address, code, answer in walk.said if code >= 300]
    assert not wrong
    assert len(walk.said) == PAGE.count("curl -sS")


def test_the_quote_costs_what_the_page_says(walk: Walk) -> None:
    told = walk.of("/quotes/0Q0000000000000001$")
    assert (told["totalPrice"], told["ratingStatus"], told["isStale"]) == (20_400.0, "Completed", False)
    coverages = told["lines"][0]["lines"][0]["lines"][0]["lines"]
    # 12 x (450 + 450 + 320 + 320), and 12 x 4 x 40
    assert [(each["name"], each["netTotalPrice"]) for each in coverages] == [("Hospital", 18_480.0), ("Drugs", 1_920.0)]


def shares(place: Any) -> tuple[float, float, float]:
    """Rate, employer's and employee's part of a place of the rating."""
    split = place["contributions"]
    rate = place["rates"]["data"]["NetUnitPrice"]
    return rate, split["employerPremiumAmount"], split["employeePremiumAmount"]


def test_the_rating_of_the_family_is_the_table_of_the_page(walk: Walk) -> None:
    told = walk.of("/rate$")
    noor, elias, mira = (
        [shares(each) for each in member["plans"][0]["coverages"]] for member in told["pricingResults"]
    )
    # 80 % of an employee's Hospital, half of a dependent's, nothing of Drugs
    assert noor == [(5_400.0, 4_320.0, 1_080.0), (480.0, 0.0, 480.0)]
    assert elias == mira == [(3_840.0, 1_920.0, 1_920.0)]
    assert shares(told["totals"]) == (13_560.0, 8_160.0, 5_400.0)
    for amount in (*(each for line in (*noor, *elias) for each in line if each), *shares(told["totals"])):
        assert f"{amount:,.2f}" in PAGE


def test_the_policy_says_the_same_figures(walk: Walk) -> None:
    (policy,) = walk.of("0r6000000000000001/policies$")["records"][0]["enrollments"]["records"]
    amounts = ("StandardPremium", "Price", "EmployerContribution", "EmployeeContribution")
    assert [policy[name] for name in amounts] == [13_560.0, 13_560.0, 8_160.0, 5_400.0]
    assert (policy["policyNumber"], policy["Status"], policy["EffectiveStart"]) == (
        "LARK-1-000001", "In Force", "2026-01-01",
    )  # fmt: skip
    assert [each["FirstName"] for each in policy["dependents"]["records"]] == ["Elias", "Mira"]
    record = walk.of("/InsurancePolicy/0YT000000000000001$")
    assert (record["Name"], record["StandardPremiumAmount"]) == ("LARK-1-000001", 13_560.0)


def test_the_cancellation_keeps_181_of_365_days(walk: Walk) -> None:
    done = walk.of("/cancel$")
    # 5,400 x 181 / 365 = 2,677.808...; 480: 238.027...; 3,840: 1,904.219... twice
    kept = 2_677.81 + 238.03 + 2 * 1_904.22
    assert (
        (done["termPremium"], done["refundAmount"])
        == (round(kept, 2), round(kept - 13_560, 2))
        == (6_724.28, -6_835.72)
    )
    assert (done["status"], done["expirationDate"], done["previousTermPremium"]) == ("Canceled", "2026-06-30", 13_560.0)
    for amount in (2_677.81, 238.03, 1_904.22, 6_724.28, 6_835.72):
        assert f"{amount:,.2f}" in PAGE


def test_links_of_the_page_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", PAGE):
        assert (ROOT / "docs" / target).exists()
    assert "docs/walkthrough.md" in (ROOT / "README.md").read_text(encoding="utf-8")
