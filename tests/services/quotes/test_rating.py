"""Rating a quote: the worked example, roll-ups, lines that fail, and what never changes an amount (GR-8 to GR-20)."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services import jobs
from services.book import Book, Transaction
from services.insurance_errors import Refused
from services.job_runs import run_pending
from services.quotes.reading import quote as whole
from services.quotes.request import ask
from services.records.reading import read
from services.scope import EVERYTHING
from services.settings import set_to
from tests.random_book import NOW
from tests.services.member_rating.desk import person, together
from tests.services.quotes.desk import (
    EXECUTIVES,
    HOSPITAL,
    MANAGERS,
    MANAGERS_HOSPITAL,
    PREVENTIVE,
    QUOTE,
    ROOT,
    a_book,
    line,
    premiums,
    product_table,
    quote,
    rate,
    rated,
)
from tests.services.quotes.test_request import two_plans
from tests.services.test_gather import Rows


def change(book: Book, *statements: str) -> None:
    with book.write() as tx:
        for each in statements:
            tx.connection.execute(each).fetchall()


def notes(book: Book) -> dict[str, str]:
    """Why lines cost nothing, by line."""
    query = "SELECT quote_line_id, rating_note FROM book.quote_line WHERE rating_note IS NOT NULL"
    with book.read() as tx:
        return dict(tx.connection.execute(query).fetchall())


def details(book: Book, request_id: str) -> dict[str, tuple[str, str]]:
    """Status and description by line."""
    with book.read() as tx:
        found = jobs.details(tx, request_id, limit=100, scope=EVERYTHING)
    return {each["ReferenceRecordId"]: (each["Status"], each["Description"]) for each in found}


@pytest.mark.rule("GR-8", "GR-10", "GR-11", "GR-16")
def test_the_worked_example_comes_out_to_the_cent(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    done = rate(book)
    assert (done["status"], done["result"]) == (
        "Completed",
        {
            "quoteId": QUOTE,
            "totalPrice": 1617.95,
            "linesRated": 3,
            "linesFailed": 0,
            "ratingRequestIds": ["0rq000000000000001"],
        },
    )
    assert premiums(book) == {
        HOSPITAL: 357_95,  # 112.50 + 98.10 + 147.35
        PREVENTIVE: 60_00,  # three times 20.00
        EXECUTIVES: 417_95,
        MANAGERS_HOSPITAL: 1_200_00,  # twice 600.00
        MANAGERS: 1_200_00,
        ROOT: 1_617_95,
        "P1": None,
        "P2": None,
    }
    assert [(each["status"], each["planName"]) for each in done["requestItems"]] == [("Completed", "Medical Platinum")]
    assert details(book, done["requestId"]) == dict.fromkeys(
        (HOSPITAL, PREVENTIVE, MANAGERS_HOSPITAL), ("Success", "Rated.")
    )
    with book.read() as tx:
        told = whole(tx, QUOTE, scope=EVERYTHING)
    assert (told["totalPrice"], told["ratingStatus"], told["isStale"]) == (1617.95, "Completed", False)
    assert (told["ratingRequestId"], told["ratingDate"]) == (done["requestId"], "2026-01-01")
    coverage = told["lines"][0]["lines"][0]["lines"][0]["lines"][0]
    amounts = ("unitPrice", "netUnitPrice", "netTotalPrice", "standardQLITaxAmount", "ratingError")
    assert [coverage[name] for name in amounts] == [357.95, 357.95, 357.95, 0.0, None]


@pytest.mark.rule("GR-20")
@pytest.mark.parametrize("size", [1, 5, 200])
def test_no_size_of_a_batch_changes_an_amount(size: int, tmp_path: Path) -> None:
    book = a_book(tmp_path)
    assert rate(book, batch_size=size)["result"]["totalPrice"] == 1617.95


@pytest.mark.rule("GR-20")
def test_asking_again_changes_no_amount_whatever_the_size_of_a_batch(tmp_path: Path) -> None:
    book = rated(tmp_path)
    before = premiums(book)
    assert rate(book, batch_size=1)["result"]["totalPrice"] == 1617.95
    assert premiums(book) == before


@pytest.mark.rule("GR-12", "GR-6")
def test_rating_one_root_leaves_the_others_and_the_total_is_of_all(tmp_path: Path) -> None:
    book = rated(tmp_path, two_plans())
    with book.read() as tx:
        assert whole(tx, QUOTE, scope=EVERYTHING)["totalPrice"] == 1667.95  # 1,617.95 and five times 10.00
    change(book, "UPDATE ref.rate_cell SET rate = rate * 2")
    done = rate(book, line_ids=["R2"])
    assert [each["planName"] for each in done["requestItems"]] == ["Dental"]
    now = premiums(book)
    assert (now["R2"], now["L4"], now[ROOT], now[HOSPITAL]) == (100_00, 100_00, 1_617_95, 357_95)
    assert done["result"]["totalPrice"] == 1717.95


@pytest.mark.rule("GR-13")
def test_tables_are_those_of_the_rating_date_and_ages_those_of_the_start(tmp_path: Path) -> None:
    rows = quote(start_date=date(2026, 3, 1), end_date=date(2027, 2, 28))
    rows["ref.rate_cell"] += [
        {"rate_table_id": "TP", "effective_from": date(2026, 2, 1), "keys": [], "rate": Decimal(25)}
    ]
    # M1 turns 36 in May and is 35 on the first of March; the table breaks at 36, not at 30
    for cell in rows["ref.rate_cell"]:
        if cell["keys"] == ["30"]:
            cell["keys"] = ["36"]
    book = a_book(tmp_path, rows)
    rate(book, rating_date="2026-06-01")
    assert premiums(book)[HOSPITAL] == 343_55  # 98.10 at 35 and at 25, 147.35 at 55
    assert premiums(book)[PREVENTIVE] == 75_00  # three times 25.00, in force from the first of February
    rate(book, rating_date="2026-01-31")
    assert premiums(book)[PREVENTIVE] == 60_00
    rate(book)  # by default the first of March
    assert premiums(book)[PREVENTIVE] == 75_00


@pytest.mark.rule("GR-13", "GR-8")
@pytest.mark.parametrize(
    ("age_date", "cents"),
    [
        ("PLAN_ANNIVERSARY", 98_10 + 98_10 + 147_35),
        # 98.10 to the end of May and 112.50 from June on: 98.10 x 151/365 + 112.50 x 214/365 = 40.584 + 65.959
        ("ATTAINED", 106_54 + 98_10 + 147_35),
    ],
)
def test_an_age_that_rises_within_the_term_counts_where_the_table_says_so(
    age_date: str, cents: int, tmp_path: Path
) -> None:
    """M1 turns 36 on the fifth of May, where the table breaks; what is quoted is what a policy will cost."""
    rows = quote()
    for cell in rows["ref.rate_cell"]:
        if cell["keys"] == ["30"]:
            cell["keys"] = ["36"]
    for table in rows["ref.rate_table"]:
        table["age_date"] = age_date
    book = a_book(tmp_path, rows)
    rate(book)
    assert premiums(book)[HOSPITAL] == cents


OF_PAY = [
    pytest.param("volume", {"BenefitMultiple": "1"}, 60_00, id="twice 60,000 at 0.50 per $1,000"),
    pytest.param("weekly_benefit", {"BenefitPercent": "52"}, 60_00, id="600 a week at 0.50 per $10, two employees"),
    pytest.param("covered_pay", {}, 50_00, id="5,000 a month at 0.50 per $100, two employees"),
    pytest.param("volume", {"BenefitFlatAmount": "10000"}, 20_00, id="10,000 for each of the four"),
]
"""Methods of a coverage, and what it costs two employees with 60,000 a year, a spouse and a child."""


@pytest.mark.rule("GR-8", "GR-14")
@pytest.mark.parametrize(("method", "benefits", "cents"), OF_PAY)
def test_a_dependent_without_pay_has_none_of_what_insures_pay(
    method: str, benefits: dict[str, str], cents: int, tmp_path: Path
) -> None:
    """Else no quote for employees with families could be rated: nobody has pay to state for a spouse or a child."""
    earns = {"group_class_id": "X", "annual_salary_cents": 60_000_00}
    kin = [person("X1s", "X1", "Spouse", group_class_id="X"), person("X1c", "X1", "Child", group_class_id="X")]
    rows = together(
        quote(),
        of_class("X", person("X1", **earns), person("X2", **earns), *kin, product="PX"),
        {"book.product": [{"product_id": "PX", "product_code": "X", "name": "X", "product_type": "Life"}]},
        product_table("TX", "PX", [([], 0.5)], [], method=method),
    )
    rows["book.quote_line_attribute"] = [
        {"quote_line_attribute_id": name, "quote_line_id": "L-X", "attribute_name": name, "value": value}
        for name, value in benefits.items()
    ]
    book = rated(tmp_path, rows)
    assert premiums(book)["L-X"] == cents


VOLUNTARY = {"BenefitIncrement": "10000", "BenefitPayMultipleMaximum": "5", "BenefitPercentOfEmployee": "50"}


def _voluntary(**benefits: str) -> Rows:
    """The worked example with voluntary life at 0.50 per 1,000, for two who earn 60,000 and 18,000, and a spouse."""
    earns = {"group_class_id": "X", "birth_date": date(1988, 5, 5)}
    rows = together(
        quote(),
        of_class(
            "X",
            person("X1", annual_salary_cents=60_000_00, **earns),
            person("X2", annual_salary_cents=18_000_00, **earns),
            person("X1s", "X1", "Spouse", group_class_id="X"),
            product="PX",
        ),
        {"book.product": [{"product_id": "PX", "product_code": "X", "name": "X", "product_type": "Supplemental Life"}]},
        product_table("TX", "PX", [([], 0.5)], [], method="supplemental_life"),
    )
    rows["book.quote_line_attribute"] = [
        {"quote_line_attribute_id": name, "quote_line_id": "L-X", "attribute_name": name, "value": value}
        for name, value in (VOLUNTARY | benefits).items()
    ]
    return rows


@pytest.mark.rule("GR-8", "GR-14", "GR-18")
def test_voluntary_cover_without_an_amount_fails_and_says_what_to_state(tmp_path: Path) -> None:
    book = a_book(tmp_path, _voluntary())
    status, said = details(book, rate(book)["requestId"])["L-X"]
    assert (status, premiums(book)["L-X"]) == ("Failed", None)
    assert said == (
        "An elected amount is required to rate this coverage. (3 of 3 members) Nobody has chosen one yet: state the"
        " attribute AssumedElectedAmount of the line, and it is priced by that."
    )


@pytest.mark.rule("GR-8", "GR-14")
def test_voluntary_cover_is_priced_by_the_amount_that_everybody_is_taken_to_choose(tmp_path: Path) -> None:
    """In the steps and within the caps of the plan: 159,999 is 150,000 for who earns 60,000; five times 18,000 is
    90,000 for the other; half of the employee's 150,000 is 75,000 for the spouse: 75.00, 45.00 and 37.50.
    """
    book = a_book(tmp_path, _voluntary(AssumedElectedAmount="159999"))
    said = details(book, rate(book)["requestId"])["L-X"]
    note = "Priced as if everybody chose 159,999.00 dollars; nobody has chosen an amount yet."
    assert said == ("Success", note)
    assert (premiums(book)["L-X"], notes(book)["L-X"]) == (157_50, note)
    change(book, "UPDATE book.quote_line_attribute SET value = '20000' WHERE attribute_name = 'AssumedElectedAmount'")
    with book.read() as tx:
        assert whole(tx, QUOTE, scope=EVERYTHING)["isStale"]
    rate(book)
    assert premiums(book)["L-X"] == 3_000 - 500  # 10.00 each, and 5.00 for the spouse


@pytest.mark.rule("GR-8", "GR-14")
def test_an_amount_that_the_plan_states_wins_over_one_that_is_assumed(tmp_path: Path) -> None:
    book = rated(tmp_path, _voluntary(AssumedElectedAmount="159999", BenefitFlatAmount="10000"))
    assert premiums(book)["L-X"] == 5_00 * 2 + 2_50
    assert "L-X" not in notes(book)


@pytest.mark.rule("GR-8", "GR-14")
def test_a_child_grown_out_of_the_plan_is_left_out_and_stops_nobody(tmp_path: Path) -> None:
    """Medical plans cover children until 26. 20.00 for the employee; for the child who turns 26 in June, as on a
    policy, the days to the end of that month: 20.00 x 181/365 = 9.92; nothing for the one of 30.
    """
    kin = {"group_class_id": "X"}
    rows = together(
        quote(),
        of_class(
            "X",
            person("X1", **kin),
            person("X1a", "X1", "Child", birth_date=date(2000, 6, 1), **kin),
            person("X1b", "X1", "Child", birth_date=date(1995, 6, 1), **kin),
        ),
    )
    book = a_book(tmp_path, rows)
    assert details(book, rate(book)["requestId"])["L-X"] == ("Success", "Rated.")
    assert premiums(book)["L-X"] == 29_92


LEFT = {"termination_date": date(2025, 11, 29), "continuation": "COBRA"}
OPTED: list[tuple[dict[str, Any], int]] = [
    ({"is_opt_out_all_plans": True}, 40_00),
    ({"opt_out_plan_types": "Vision;medical"}, 40_00),
    ({"opt_out_plan_types": "Dental"}, 60_00),
    ({"termination_date": date(2025, 12, 31)}, 40_00),
    ({"termination_date": date(2025, 12, 31), "continuation": "ACTIVE"}, 40_00),
    (LEFT, 60_40),  # whose cover goes on, at 102 %
    (LEFT | {"policy_end_date": date(2025, 11, 30)}, 40_00),
    (LEFT | {"policy_end_date": date(2025, 12, 31)}, 60_40),  # with the term before: it is renewed
    (LEFT | {"policy_end_date": date(2026, 6, 30)}, 50_12),  # 20.40 x 181/365 = 10.116, and 40.00
    ({}, 60_00),
]
"""What the first of three says, and what they cost at 20.00 each."""


def of_class(key: str, *members: dict[str, Any], product: str = "PP") -> Rows:
    """A class with a line of its own, and its members."""
    return {
        "book.group_class": [{"group_class_id": key, "account_id": "A", "name": key}],
        "book.census_member": list(members),
        "book.quote_line": [
            line(f"S-{key}", "GROUP_SUMMARY", ROOT, group_class_id=key),
            line(f"M-{key}", "MEMBER", f"S-{key}"),
            line(f"L-{key}", "COVERAGE", f"M-{key}", product_id=product),
        ],
    }


def three(key: str, **first: Any) -> list[dict[str, Any]]:
    """Three primaries of a class, of whom the first says something."""
    return [person(f"{key}{n}", group_class_id=key, **(first if n == 1 else {})) for n in (1, 2, 3)]


@pytest.fixture(scope="module")
def of_classes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int | None]:
    """What classes cost of which each is a case; one quote, rated once."""
    tiers: list[tuple[list[str], float]] = [(["EE"], 500), (["ES"], 900), (["EC"], 800), (["FAM"], 1_200)]
    families: dict[str, dict[str, Any]] = {"whole family": {}, "without child": {"is_opt_out_all_plans": True}}
    book = a_book(
        tmp_path_factory.mktemp("classes"),
        together(
            quote(),
            *(of_class(f"opted {n}", *three(f"opted {n}", **opted)) for n, (opted, _) in enumerate(OPTED)),
            # The child of a head states the class of the hands: it goes by its parent's.
            of_class("heads", *three("heads"), person("H4", "heads1", "Child", group_class_id="hands")),
            of_class(
                "hands", *three("hands")[:2], person("H3", "hands1", "Spouse", group_class_id="hands"), product="PH"
            ),
            of_class(
                "refused",
                *three("refused", opt_out_plan_types="Medical"),
                person("R4", "refused1", "Child", group_class_id="refused"),
            ),
            # The row of the child repeats when the employment ended.
            of_class(
                "continued",
                *three("continued", **LEFT),
                person("N4", "continued1", "Child", group_class_id="continued", termination_date=date(2025, 11, 29)),
            ),
            {"book.product": [each | {"product_id": "PT"} for each in quote()["book.product"][2:]]},
            product_table("TT", "PT", tiers, ["tier"], method="composite_tier"),
            *(
                of_class(
                    key,
                    *three(key),
                    person(f"{key}4", f"{key}1", "Spouse", group_class_id=key),
                    person(f"{key}5", f"{key}1", "Child", group_class_id=key, **opted),
                    product="PT",
                )
                for key, opted in families.items()
            ),
        ),
    )
    assert rate(book)["status"] == "Completed"
    return premiums(book)


@pytest.mark.rule("GR-14")
@pytest.mark.parametrize("n", range(len(OPTED)), ids=[str(opted) for opted, _ in OPTED])
def test_who_opted_out_is_left_out_and_everybody_else_is_in(n: int, of_classes: dict[str, int | None]) -> None:
    _, preventive = OPTED[n]
    assert of_classes[f"L-opted {n}"] == preventive


@pytest.mark.rule("GR-15")
def test_a_family_is_rated_by_the_class_of_its_primary(of_classes: dict[str, int | None]) -> None:
    assert of_classes["L-heads"] == 80_00  # four times 20.00
    assert of_classes["L-hands"] == 1_800_00  # the spouse, of 41, is with the hands: three times 600.00


@pytest.mark.rule("GR-14", "GR-15")
def test_a_primary_s_opt_out_takes_the_family_with_it(of_classes: dict[str, int | None]) -> None:
    assert of_classes["L-refused"] == 40_00


@pytest.mark.rule("GR-14")
def test_cover_that_a_primary_continues_is_the_family_s(of_classes: dict[str, int | None]) -> None:
    assert of_classes["L-continued"] == 80_80  # 20.40 twice, and 20.00 twice


@pytest.mark.rule("GR-13", "GR-14")
def test_dates_of_cover_that_members_have_now_change_nothing(tmp_path: Path) -> None:
    rows = quote()
    for member, dates in zip(
        rows["book.census_member"],
        (
            {"policy_end_date": date(2025, 12, 31)},
            {"policy_start_date": date(2026, 7, 1)},
            {"policy_start_date": NOW.date()},
        ),
        strict=False,
    ):
        member |= dates
    book = a_book(tmp_path, rows)
    assert rate(book)["result"]["totalPrice"] == 1617.95


@pytest.mark.rule("GR-26", "GR-27")
@pytest.mark.parametrize(("key", "premium"), [("whole family", 2_200_00), ("without child", 1_900_00)])
def test_a_tier_counts_the_dependents_on_the_census_unless_opted_out(
    key: str, premium: int, of_classes: dict[str, int | None]
) -> None:
    assert of_classes[f"L-{key}"] == premium  # the family once (1,200, or 900 without the child), and 500 twice


@pytest.mark.rule("GR-8")
def test_a_class_of_nobody_costs_nothing_and_its_line_says_why(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    change(book, "DELETE FROM book.census_member WHERE group_class_id = 'F'")
    done = rate(book)
    assert done["status"] == "Completed"
    assert (premiums(book)[MANAGERS_HOSPITAL], premiums(book)[ROOT]) == (0, 417_95)
    why = "Nobody is priced here: no member of the class is on the census, or all have opted out."
    assert notes(book) == {MANAGERS_HOSPITAL: why}
    assert details(book, done["requestId"])[MANAGERS_HOSPITAL] == ("Success", why)


@pytest.mark.rule("GR-11")
def test_a_root_is_the_sum_of_its_group_summaries_with_their_quantities(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    change(book, f"UPDATE book.quote_line SET quantity = 2 WHERE quote_line_id = '{EXECUTIVES}'")
    rate(book)
    assert (premiums(book)[EXECUTIVES], premiums(book)[ROOT]) == (835_90, 835_90 + 1_200_00)


@pytest.mark.rule("GR-18")
def test_a_line_that_fails_keeps_its_premium_and_says_why_and_the_others_go_on(tmp_path: Path) -> None:
    book = rated(tmp_path)
    change(
        book,
        "UPDATE book.census_member SET birth_date = NULL WHERE group_census_member_id = 'M2'",
        "UPDATE ref.rate_cell SET rate = 30 WHERE rate_table_id = 'TP'",
    )
    done = rate(book)
    assert (done["status"], done["erroredJobCount"]) == ("Completed With Errors", 1)
    assert (done["result"]["linesRated"], done["result"]["linesFailed"]) == (2, 1)
    now = premiums(book)
    assert (now[HOSPITAL], now[PREVENTIVE], now[EXECUTIVES]) == (357_95, 90_00, 447_95)  # not the sum of two
    assert done["result"]["totalPrice"] == 1647.95
    with book.read() as tx:
        told = whole(tx, QUOTE, scope=EVERYTHING)
    (root,) = told["lines"]
    executives, managers = root["lines"]
    hospital, preventive = executives["lines"][0]["lines"]
    assert told["ratingStatus"] == "Completed With Errors"
    assert hospital["ratingError"] == "Birth date is required to rate this member. (1 of 3 members)"
    assert (preventive["ratingError"], managers["ratingError"]) == (None, None)
    assert root["ratingError"] == executives["ratingError"] == "One or more coverages couldn't be rated."
    assert details(book, done["requestId"])[HOSPITAL] == ("Failed", hospital["ratingError"])
    change(book, "UPDATE book.census_member SET birth_date = '2000-05-05' WHERE group_census_member_id = 'M2'")
    assert rate(book)["status"] == "Completed"
    with book.read() as tx:
        assert whole(tx, QUOTE, scope=EVERYTHING)["lines"][0]["ratingError"] is None


@pytest.mark.rule("GR-18", "GB-GRP-012", "GB-RATE-011")
def test_a_line_without_a_table_or_a_rate_fails_alone(tmp_path: Path) -> None:
    rows = quote()
    rows["ref.rate_table_plan"] = [each for each in rows["ref.rate_table_plan"] if each["product_id"] != "PP"]
    for cell in rows["ref.rate_cell"]:
        if cell["keys"] == ["0"]:
            cell["keys"] = ["26"]  # M2 is 25
    book = a_book(tmp_path, rows)
    done = rate(book)
    assert done["status"] == "Completed With Errors"
    said = details(book, done["requestId"])
    assert said[PREVENTIVE] == ("Failed", "No pricing procedure is active on the rating date.")
    assert said[HOSPITAL] == ("Failed", "No rate found for the member's attributes. (1 of 3 members)")
    assert premiums(book)[HOSPITAL] is None  # never rated, so there is no old premium
    with book.read() as tx:
        found = jobs.details(tx, done["requestId"], status="Failed", limit=9, scope=EVERYTHING)
    assert all('"code":"GB-' in each["AdditionalInformation"] for each in found)


@pytest.mark.rule("GR-18", "BC-81")
def test_a_quote_of_which_every_line_fails_ends_with_errors_since_it_was_worked_on(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    change(
        book,
        "UPDATE book.census_member SET birth_date = NULL",
        "DELETE FROM book.quote_line WHERE quote_line_id = 'L2'",
    )
    done = rate(book)
    # "Failed" would say that the job could not be scheduled; every line has its error instead.
    assert (done["status"], done["result"]["totalPrice"]) == ("Completed With Errors", None)
    assert (done["erroredJobCount"], done["failedJobCount"], done["result"]["linesRated"]) == (done["jobCount"], 0, 0)


@pytest.mark.rule("GR-16")
def test_the_status_follows_the_latest_request(tmp_path: Path) -> None:
    book = rated(tmp_path)
    with book.write() as tx:
        latest = ask(tx, QUOTE, scope=EVERYTHING, now=NOW)
    with book.read() as tx:
        told = whole(tx, QUOTE, scope=EVERYTHING)
    assert (told["ratingRequestId"], told["ratingStatus"], told["totalPrice"]) == (latest, "Scheduled", 1617.95)
    with book.write() as tx:
        jobs.cancel(tx, latest, scope=EVERYTHING, now=NOW)
    assert run_pending(book, lambda: NOW) == []


@pytest.mark.rule("GR-20")
def test_what_is_changed_while_a_quote_is_being_priced_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.quotes import rating

    book = a_book(tmp_path)
    priced = rating.price_inputs
    n_calls = 0

    def meanwhile(inputs: Any) -> Any:
        nonlocal n_calls
        n_calls += 1
        if n_calls == 1:
            change(book, "DELETE FROM book.quote_line WHERE quote_line_id = 'L2'")
        return priced(inputs)

    monkeypatch.setattr(rating, "price_inputs", meanwhile)
    assert rate(book)["result"]["totalPrice"] == 1557.95  # without Preventive
    assert n_calls == 2


@pytest.mark.rule("GR-8")
def test_a_quote_of_half_a_year_costs_half_of_a_monthly_rate(tmp_path: Path) -> None:
    rows = quote(start_date=date(2026, 7, 1), end_date=date(2026, 12, 31))
    for each in rows["ref.rate_table"]:
        each["rate_period"] = "MONTHLY"
    book = a_book(tmp_path, rows)
    rate(book)
    assert premiums(book)[PREVENTIVE] == 360_00  # 20.00 a month, six months, three members


@pytest.mark.rule("GR-20")
def test_a_dead_process_leaves_the_request_to_the_next_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.quotes import rating

    book = a_book(tmp_path)
    with book.write() as tx:
        request_id = ask(tx, QUOTE, scope=EVERYTHING, now=NOW)

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    for at in ("_read", "_rated", "_report"):
        with monkeypatch.context() as patched:
            patched.setattr(rating, at, die)
            with pytest.raises(KeyboardInterrupt):
                run_pending(book, lambda: NOW)
        assert set(premiums(book).values()) == {None}
    later = NOW + timedelta(minutes=5)
    assert run_pending(book, lambda: later) == [request_id]
    with book.read() as tx:
        done = jobs.status(tx, request_id, scope=EVERYTHING)
    assert (done["status"], done["jobCount"], done["result"]["totalPrice"]) == ("Completed", 1, 1617.95)
    assert len(details(book, request_id)) == 3


SUMMARY = {"census_rating_type": "Summary Based"}


def summary_rows(axes: list[str], cells: list[tuple[list[str], float]]) -> Any:
    """The quote rated by class: Hospital from a table, Preventive at 20.00 for a class."""
    rows = {name: [each for each in found if not name.startswith("ref.")] for name, found in quote(**SUMMARY).items()}
    rows = {name: found for name, found in rows.items() if found}
    return together(
        rows,
        product_table("TH", "PH", cells, axes, method="summary_based"),
        product_table("TP", "PP", [([], 20)], [], method="summary_based"),
    )


@pytest.mark.rule("GR-9", "GR-10", "GR-11")
def test_summary_based_the_table_s_answer_is_the_premium_of_the_class(tmp_path: Path) -> None:
    book = a_book(tmp_path, summary_rows(["age"], [(["0"], 900), (["38"], 1_000), (["39"], 1_100)]))
    assert rate(book)["status"] == "Completed"
    assert premiums(book) == {
        HOSPITAL: 1_000_00,  # the executives of 35, 25 and 55 are 38.33 on average, so 38; once for all three
        PREVENTIVE: 20_00,
        EXECUTIVES: 1_020_00,
        MANAGERS_HOSPITAL: 1_100_00,  # both managers are 41
        MANAGERS: 1_100_00,
        ROOT: 2_120_00,
        "P1": None,
        "P2": None,
    }


@pytest.mark.rule("GR-9", "GB-RATE-011")
def test_a_summary_without_members_has_no_averages(tmp_path: Path) -> None:
    book = a_book(tmp_path, summary_rows(["age"], [(["0"], 900)]))
    change(book, "DELETE FROM book.census_member", "UPDATE book.group_census SET total_members = 40")
    done = rate(book)
    assert done["status"] == "Completed With Errors"
    assert details(book, done["requestId"])[HOSPITAL][0] == "Failed"
    with book.read() as tx:
        (found, _) = jobs.details(tx, done["requestId"], status="Failed", limit=9, scope=EVERYTHING)
    assert '"code":"GB-RATE-011"' in found["AdditionalInformation"]
    assert premiums(book)[PREVENTIVE] == 20_00  # this one asks for nothing that the summary lacks


@pytest.mark.rule("GR-9")
def test_a_summary_tells_the_size_of_the_group(tmp_path: Path) -> None:
    book = a_book(tmp_path, summary_rows(["group_size"], [(["1"], 900), (["40"], 700), (["41"], 600)]))
    change(book, "DELETE FROM book.census_member", "UPDATE book.group_census SET total_members = 40")
    assert rate(book)["status"] == "Completed"
    assert (premiums(book)[HOSPITAL], premiums(book)[MANAGERS_HOSPITAL]) == (700_00, 700_00)
    counts = "INSERT INTO book.census_summary BY NAME SELECT g.name AS class_summary_id, 'C' AS group_census_id,"
    change(
        book,
        "UPDATE book.group_census SET total_members = NULL",
        f"{counts} g.group_class_id, g.name, CASE g.name WHEN 'Managers' THEN 1 ELSE 40 END AS total_members"
        " FROM book.group_class AS g",
    )
    assert rate(book)["status"] == "Completed"  # 40 and 1 of the classes, where the census has no count of its own
    assert premiums(book)[HOSPITAL] == 600_00


@pytest.mark.rule("GR-9", "GB-RATE-011")
def test_a_class_of_nobody_cannot_be_rated_as_one(tmp_path: Path) -> None:
    book = a_book(tmp_path, summary_rows(["age"], [(["0"], 900)]))
    change(book, "DELETE FROM book.census_member WHERE group_class_id = 'F'")
    done = rate(book)
    assert details(book, done["requestId"])[MANAGERS_HOSPITAL] == (
        "Failed",
        "The rate is made from members of the class, and the census holds none of them.",
    )


def _grown(book: Book, n: int) -> None:
    """So many more managers of 41."""
    change(
        book,
        "INSERT INTO book.census_member BY NAME SELECT m.* REPLACE (printf('N%06d', r.range) AS group_census_member_id,"
        f" printf('N%06d', r.range) AS family_id) FROM book.census_member AS m CROSS JOIN range({n}) AS r"
        " WHERE m.group_census_member_id = 'M4'",
    )


@pytest.mark.rule("GR-7", "GB-GRP-011")
def test_a_census_beyond_the_limit_is_rated_in_one_call_once_the_limit_is_raised(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    _grown(book, 2_996)
    with pytest.raises(Refused):
        rate(book)  # 3,001 members
    with book.write() as tx:
        set_to(tx, "quote_most_members_member_based", "100000", NOW)
    assert rate(book)["result"]["totalPrice"] == 1_617.95 + 2_996 * 600


def test_the_number_of_statements_hangs_on_no_member(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = [0]
    book = rated(tmp_path)  # the first ids of a kind take a statement more
    for name in ("run", "rows", "table"):

        def counted(self: Any, *args: Any, _asked: Any = getattr(Transaction, name), **more: Any) -> Any:
            counts[-1] += 1
            return _asked(self, *args, **more)

        monkeypatch.setattr(Transaction, name, counted)
    rate(book)
    n_few, counts[-1] = counts[-1], 0
    _grown(book, 300)
    rate(book)
    assert (n_few, counts[-1]) == (n_few, n_few)


def test_every_plan_rated_leaves_a_rating_request_that_says_what_came_of_it(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    first = rate(book)["result"]["ratingRequestIds"]
    change(book, "UPDATE book.census_member SET birth_date = NULL WHERE group_class_id = 'F'")
    second = rate(book)["result"]["ratingRequestIds"]
    with book.read() as tx:
        told = [read(tx, "InsuranceRatingRequest", each, scope=EVERYTHING, now=NOW) for each in (*first, *second)]
        items = tx.connection.execute("SELECT async_item_id FROM book.async_item ORDER BY ALL").fetchall()
    named = ("AccountId", "Status", "ErrorCode", "BatchJobId")
    assert [tuple(each[name] for name in named) for each in told] == [
        ("A", "Completed", None, None),
        ("A", "Completed With Errors", "GB-RATE-012", None),
    ]
    assert [(each["AsyncBulkRequestItemId"],) for each in told] == items
    assert (told[0]["ErrorMessage"], "Birth date is required" in told[1]["ErrorMessage"]) == (None, True)
