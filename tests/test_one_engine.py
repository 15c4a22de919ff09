"""One census rated five ways: bulk run, member rating, the action, the quote, enrollment; the same cents everywhere.

What lives here: a group quoted in plans priced by age, by tier, by volume and flat, its contract made of the quote,
everybody enrolled from the same day, and the five outcomes side by side. What does not: the road itself
(`tests.quoted_group`) and each way's own rules.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
import polars as pl
import pytest

from services.book import Book
from services.member_rating.action import rate_members
from services.member_rating.picture import MONEY, Picture
from services.member_rating.rate import rate_family
from services.member_rating.spelling import ACTION, REST, spelled
from services.rating_run import rate_cohort
from services.scope import EVERYTHING
from tests import quoted_group as group
from tests.attached import AttachedBook
from tests.quoted_group import CENSUS, NOW, OFFICE, PLANT, found

N = 5
FIRST = "M00000"

Cents = tuple[int, int, int, int]
"""Standard premium, prorated premium, employer's and employee's part."""

Lines = dict[tuple[str, str], Cents]
"""By member and product of the coverage."""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """The group: quoted, rated, contracted, enrolled, and rated in bulk."""
    made = AttachedBook(group.a_book(tmp_path_factory.mktemp("one_engine"), N).path, idle_s=600)
    assert group.rated(made)["status"] == "Completed"
    assert group.contracted(made)["status"] == "Completed"
    group.all_choose(made)
    done = group.enrolled(made)
    assert (done["status"], done["result"]["policiesMade"]) == ("Completed", N * len(group.PLANS))
    rate_cohort(made, census_ids=[CENSUS], now=NOW)
    yield made
    made.close()


@pytest.fixture(scope="module")
def products(book: Book) -> dict[str, str]:
    """The product of each plan and coverage of the contract."""
    return dict(found(book, "SELECT contract_plan_id, product_id FROM book.contract_plan"))


@pytest.fixture(scope="module")
def bulk(book: Book, products: dict[str, str]) -> Lines:
    """The stored run."""
    query = f"SELECT group_census_member_id, contract_plan_id, {', '.join(MONEY)} FROM out.coverage_premium"
    return by_product(found(book, query), products)


def by_product(rows: Iterable[tuple[Any, ...]], products: dict[str, str]) -> Lines:
    made = {(member, products[coverage]): cents for member, coverage, *cents in rows}
    return {key: tuple(cents) for key, cents in made.items()}  # type: ignore[misc]


def of_pictures(pictures: Iterable[Picture], products: dict[str, str]) -> Lines:
    made: Lines = {}
    for picture in pictures:
        assert picture.faults.is_empty()
        rows = picture.coverages.join(picture.members, on="m").select("member_id", "coverage_id", *MONEY)
        made |= by_product(rows.iter_rows(), products)
    return made


def roots(book: Book) -> list[str]:
    return [
        key for (key,) in found(book, "SELECT contract_plan_id FROM book.contract_plan WHERE parent_plan_id IS NULL")
    ]


def kin(book: Book) -> dict[str, list[str]]:
    query = "SELECT family_id, list(group_census_member_id) FROM book.census_member GROUP BY ALL"
    return dict(found(book, query))


@pytest.mark.rule("PR-5", "CB-16")
def test_a_family_costs_what_the_tables_say(bulk: Lines) -> None:
    """Employee of 41, spouse of 39, child of 11, all of the plant; a term of twelve months, covered whole."""
    employee, spouse, child = FIRST, f"{FIRST}a", f"{FIRST}b"
    drugs, eyes = 80_25 * 12, 7_77 * 12
    # The employer pays 33.3333 % of hospital: 1,800.328..., 1,200.182... and 800.002...
    assert {key: cents for key, cents in bulk.items() if key[0].startswith(FIRST)} == {
        (employee, "PMH"): (5_400_99, 5_400_99, 1_800_33, 3_600_66),
        (spouse, "PMH"): (3_600_55, 3_600_55, 1_200_18, 2_400_37),
        (child, "PMH"): (2_400_01, 2_400_01, 800_00, 1_600_01),
        **{(who, "PMR"): (drugs, drugs, 0, drugs) for who in (employee, spouse, child)},
        # 97.77 a month for the family, half of it the employer's; it stands at the employee
        (employee, "PDC"): (1_173_24, 1_173_24, 586_62, 586_62),
        **{(who, "PDC"): (0, 0, 0, 0) for who in (spouse, child)},
        # 25 thousands at 0.137 are 3.425 a month, so 3.43; at 0.05 they are 1.25
        (employee, "PLB"): (41_16, 41_16, 0, 41_16),
        **{(who, "PLB"): (15_00, 15_00, 0, 15_00) for who in (spouse, child)},
        **{(who, "PVE"): (eyes, eyes, 0, eyes) for who in (employee, spouse, child)},
    }


def test_member_rating_gives_the_cents_of_the_bulk_run(book: Book, products: dict[str, str], bulk: Lines) -> None:
    plans, pictures = [{"planId": key} for key in roots(book)], []
    with book.read() as tx:
        for primary, members in kin(book).items():
            nodes = [{"memberId": key, "plans": plans} for key in members]
            pictures.append(rate_family(tx, primary, nodes, scope=EVERYTHING))
    assert of_pictures(pictures, products) == bulk
    told = orjson.loads(spelled(pictures[0], REST))
    assert printed(told, lambda pairs: pairs["data"]["NetUnitPrice"], products) == of_pictures(pictures[:1], products)


@pytest.mark.rule("RA-19")
def test_the_action_gives_the_cents_of_the_bulk_run(book: Book, products: dict[str, str], bulk: Lines) -> None:
    members = [key for family in kin(book).values() for key in family]
    with book.read() as tx:
        pictures = [rate_members(tx, members, key, scope=EVERYTHING) for key in roots(book)]
    assert of_pictures(pictures, products) == bulk
    told = [place for picture in pictures for place in orjson.loads(spelled(picture, ACTION))]
    assert printed(told, lambda pairs: {each["key"]: each["value"] for each in pairs}["NetUnitPrice"], products) == bulk


def printed(told: list[dict[str, Any]], price: Any, products: dict[str, str]) -> Lines:
    """Amounts of an answer as it is sent, in cents."""
    made: Lines = {}
    for member in told:
        for coverage in (one for plan in member["plans"] for one in plan["coverages"]):
            shares = coverage["contributions"]
            dollars = (
                price(coverage["rates"]), price(coverage["proratedRates"]), shares["employerPremiumAmount"],
                shares["employeePremiumAmount"],
            )  # fmt: skip
            made[member["memberId"], products[coverage["coverageId"]]] = tuple(round(each * 100) for each in dollars)  # type: ignore[assignment]
    return made


def test_enrollment_writes_the_cents_of_the_bulk_run(book: Book, products: dict[str, str], bulk: Lines) -> None:
    rows = found(
        book,
        """SELECT t.group_census_member_id, v.contract_plan_id, l.standard_cents, l.term_cents, l.employer_cents,
            l.employee_cents
        FROM book.policy_line AS l
        JOIN book.policy_participant AS t USING (participant_id)
        JOIN book.policy_coverage AS v USING (policy_coverage_id)""",
    )
    assert len(rows) == len(bulk)
    assert by_product(rows, products) == bulk


@pytest.mark.rule("GR-8", "GR-15")
def test_the_quote_has_the_standard_cents_of_the_bulk_run_line_by_line(book: Book, bulk: Lines) -> None:
    """A line of a class is the sum over the members of the families of that class; a quote knows no shares."""
    classes = dict(found(book, "SELECT group_census_member_id, group_class_id FROM book.census_member"))
    sums: Counter[str] = Counter()
    for (member, product), cents in bulk.items():
        sums[f"L-{product}-{classes[member] if product in ('PMH', 'PMR') else ''}"] += cents[0]
    premiums = dict(
        found(book, "SELECT quote_line_id, net_total_price_cents FROM book.quote_line WHERE level = 'COVERAGE'")
    )
    assert premiums == dict(sums)
    assert {key for key in premiums if key.startswith("L-PMH")} == {f"L-PMH-{OFFICE}", f"L-PMH-{PLANT}"}
    assert found(book, "SELECT total_cents FROM book.quote") == [(sums.total(),)]


@pytest.mark.rule("CQ-8")
def test_the_contract_states_the_premiums_of_the_quote(book: Book, bulk: Lines) -> None:
    sums: Counter[str] = Counter()
    for (_, product), cents in bulk.items():
        sums[product] += cents[0]
        sums[group.COVERAGES[product]] += cents[0]
    assert dict(found(book, "SELECT product_id, unit_price_cents FROM book.contract_plan")) == dict(sums)


def test_policies_add_up_to_the_plans_of_the_bulk_run(book: Book) -> None:
    of_policies = found(
        book,
        """SELECT group_census_member_id, contract_plan_id, standard_cents, term_cents, employer_cents, employee_cents
        FROM book.insurance_policy ORDER BY ALL""",
    )
    of_plans = found(
        book,
        f"""SELECT m.family_id, p.root_plan_id, {", ".join(f"CAST(sum(p.{name}) AS BIGINT)" for name in MONEY)}
        FROM out.plan_premium AS p JOIN book.census_member AS m USING (group_census_member_id)
        GROUP BY ALL ORDER BY ALL""",
    )
    assert of_policies == of_plans


def test_every_method_and_both_kinds_of_shares_are_part_of_it(bulk: Lines) -> None:
    frame = pl.DataFrame([(product, *cents) for (_, product), cents in bulk.items()], orient="row")
    assert set(frame["column_0"]) == set(group.COVERAGES)
    paid = frame.group_by("column_0").agg(employer=pl.col("column_3").sum(), employee=pl.col("column_4").sum())
    by = {row[0]: row[1:] for row in paid.iter_rows()}
    assert all(by[product][0] > 0 for product in ("PMH", "PDC", "PLB"))
    assert all(employee > 0 for _, employee in by.values())
