"""A group on its way from a quote to policies: the rows it starts with, and each step of the road.

What lives here: a census of families with a quote of four plans, priced by age, by tier, by volume and flat, the
employer's rules, and short ways to rate, approve, contract, choose, enroll and cancel. What does not: any expectation.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from services import jobs
from services.book import Book, Transaction
from services.contracts import request as contracts
from services.enrollment import request as enrollment
from services.job_runs import run_pending
from services.policies import batch
from services.policies.ending import Manner
from services.quotes import request as quotes
from services.scope import EVERYTHING
from tests.made_once import empty_book
from tests.random_book import write
from tests.services.member_rating.desk import person, together
from tests.services.quotes.desk import line, product_table
from tests.services.test_gather import Rows

NOW = datetime(2026, 1, 15, 12, 0)
AUTUMN = datetime(2026, 10, 1, 12, 0)
ACCOUNT, CENSUS, QUOTE = "A", "C", "Q1"
START, END = date(2026, 1, 1), date(2026, 12, 31)
OFFICE, PLANT = "E", "F"

PLANS = {"PM": "Medical", "PD": "Dental", "PL": "Life", "PV": "Vision"}
COVERAGES = {"PMH": "PM", "PMR": "PM", "PDC": "PD", "PLB": "PL", "PVE": "PV"}
"""Products of coverages: hospital and drugs, dental care, basic life, eye care."""


def families(n: int, seed: int = 7) -> list[dict[str, Any]]:
    """The members of `n` families, the first an employee of 41 with a spouse of 39 and a child of 11."""
    random, made = Random(seed), []
    for number in range(n):
        key = f"M{number:05d}"
        of = {"group_class_id": OFFICE if number % 3 else PLANT, "family_id": key, "last_name": f"Family{number}"}
        kin = (
            ["Spouse", "Child"]
            if number == 0
            else random.choice(([], ["Spouse"], ["Child", "Child"], ["Spouse", "Child"]))
        )
        for place, relation in enumerate(["Self", *kin]):
            born = date(1960 + random.randrange(40), 1 + random.randrange(12), 1 + random.randrange(28))
            if number == 0 and relation != "Child":
                born = date(1984 if relation == "Self" else 1986, 5, 5)
            elif relation == "Child":
                born = date(2014, 5, 5) if number == 0 else date(2008 + random.randrange(15), 5, 5)
            own = {"birth_date": born, "first_name": f"{relation}{place}", "name": f"{relation}{place} Family{number}"}
            made.append(person(key + "abc"[place - 1] if place else key, key if place else None, relation, **of | own))
    return made


def rows(n: int = 12, seed: int = 7) -> Rows:
    """Everything before the quote is rated."""
    return together(
        {
            "book.account": [{"account_id": ACCOUNT, "account_number": "1", "name": "Acme"}],
            "book.group_census": [
                {
                    "group_census_id": CENSUS,
                    "account_id": ACCOUNT,
                    "name": "1",
                    "type": "Quote",
                    "effective_date": START,
                }
            ],
            "book.group_class": [
                {"group_class_id": key, "account_id": ACCOUNT, "name": name}
                for key, name in ((OFFICE, "Office"), (PLANT, "Plant"))
            ],
            "book.census_member": families(n, seed),
            "book.product": [
                *(
                    {"product_id": key, "product_code": key, "name": kind, "product_type": kind}
                    for key, kind in PLANS.items()
                ),
                *(
                    {
                        "product_id": key,
                        "product_code": key,
                        "name": key,
                        "product_type": PLANS[root],
                        "parent_product_id": root,
                    }
                    for key, root in COVERAGES.items()
                ),
            ],
            "book.quote": [
                {
                    "quote_id": QUOTE,
                    "quote_number": "Q-1",
                    "name": "Acme 2026",
                    "account_id": ACCOUNT,
                    "group_census_id": CENSUS,
                    "insurance_quote_type": "New Group Business",
                    "census_rating_type": "Member Based",
                    "start_date": START,
                    "end_date": END,
                    "status": "Draft",
                    "modified_at": NOW,
                }
            ],
            "book.quote_line": lines(),
            "book.quote_line_attribute": [
                {
                    "quote_line_attribute_id": "B1",
                    "quote_line_id": "L-PLB-",
                    "attribute_name": "BenefitFlatAmount",
                    "value": "25000",
                }
            ],
            "ref.contribution_rule": contributions(),
        },
        product_table(
            "TH", "PMH", [(["0"], 2_400.01), (["30"], 3_600.55), (["40"], 5_400.99), (["55"], 9_111.11)], ["age"]
        ),
        product_table("TR", "PMR", [([], 80.25)], [], method="flat", rate_period="MONTHLY"),
        product_table(
            "TD",
            "PDC",
            [(["EE"], 31.37), (["ES"], 62.11), (["EC"], 55.43), (["FAM"], 97.77)],
            ["tier"],
            method="composite_tier",
            rate_period="MONTHLY",
        ),
        product_table(
            "TL",
            "PLB",
            [(["0"], 0.05), (["40"], 0.137), (["60"], 0.789)],
            ["age"],
            method="volume",
            rate_period="MONTHLY",
        ),
        product_table("TV", "PVE", [([], 7.77)], [], method="flat", rate_period="MONTHLY"),
    )


def lines() -> list[dict[str, Any]]:
    """Medical for each class, with drugs as an option; the others for everybody."""
    made = []
    for product, kind in PLANS.items():
        root = f"R-{product}"
        made.append(line(root, "ROOT", None, root, product_id=product, name=kind))
        for group_class in (OFFICE, PLANT) if product == "PM" else ("",):
            key = f"{product}-{group_class}"
            made.append(line(f"S-{key}", "GROUP_SUMMARY", root, root, group_class_id=group_class or None))
            made.append(line(f"P-{key}", "MEMBER", f"S-{key}", root))
            made += [
                line(
                    f"L-{one}-{group_class}",
                    "COVERAGE",
                    f"P-{key}",
                    root,
                    product_id=one,
                    is_optional=one == "PMR",
                    name=one,
                )
                for one, of in COVERAGES.items()
                if of == product
            ]
    return made


def contributions() -> list[dict[str, Any]]:
    """The employer pays 80 % and 50 % of hospital for the office, a third of it for the plant, and 50.00 of life."""
    return [
        {
            "contribution_rule_id": key,
            "group_class_id": group_class,
            "name": key,
            "amount_period": "TERM",
            "modified_at": NOW,
            "type": "Amount" if cents else "Percentage",
            "amount_cents": cents,
            "percentage": percent,
            "member_type": who,
            "product_id": product,
        }
        for key, group_class, product, who, percent, cents in (
            ("K1", OFFICE, "PMH", "Subscriber", Decimal(80), None),
            ("K2", OFFICE, "PMH", "Dependent", Decimal(50), None),
            ("K3", PLANT, "PMH", None, Decimal("33.3333"), None),
            ("K4", OFFICE, "PLB", "Subscriber", None, 50_00),
            ("K5", PLANT, "PDC", None, Decimal(50), None),
        )
    ]


def a_book(path: Path, n: int = 12, seed: int = 7) -> Book:
    """A book with the group and its quote."""
    book = empty_book(path / "group.duckdb")
    with book.write() as tx:
        write(tx.connection, rows(n, seed))
    return book


def found(book: Book, query: str, **params: Any) -> list[tuple[Any, ...]]:
    """What the book holds."""
    with book.read() as tx:
        return tx.connection.execute(query, params).fetchall()


def change(book: Book, *statements: str) -> None:
    """Something about the book is otherwise."""
    with book.write() as tx:
        for each in statements:
            tx.connection.execute(each).fetchall()


def worked(book: Book, request_id: str, now: datetime = NOW) -> dict[str, Any]:
    """The request worked on to its end; its status."""
    run_pending(book, lambda: now, request_id=request_id)
    with book.read() as tx:
        return jobs.status(tx, request_id, scope=EVERYTHING, with_information=True)


def ask_rating(tx: Transaction) -> str:
    """The rating of the quote asked for."""
    return quotes.ask(tx, QUOTE, scope=EVERYTHING, now=NOW)


def ask_contract(tx: Transaction) -> str:
    """The contract of the quote asked for, its census the one to enroll; group numbers on all plans."""
    items = [
        {"entity": "InsuranceContract", "fields": [{"key": "EnrollmentCensusId", "value": CENSUS}]},
        {"entity": "ContractGroupPlan", "fields": [{"key": "GroupNumber", "value": "G-1"}]},
    ]
    wanted = contracts.Wanted(QUOTE, START.isoformat(), END.isoformat(), items=items)
    return contracts.ask(tx, wanted, scope=EVERYTHING, now=NOW)


def ask_enrollment(tx: Transaction, now: datetime = NOW) -> str:
    """The enrollment of the census asked for."""
    return enrollment.ask(tx, enrollment.GroupAsk(CENSUS), scope=EVERYTHING, now=now)


def ask_cancellation(
    tx: Transaction, policy_ids: list[str], day: date, now: datetime = AUTUMN, *, batch_size: int = 12
) -> str:
    """The cancellation of some policies from a day on asked for."""
    asked = [{"policyId": key, "effectiveDate": day.isoformat()} for key in policy_ids]
    return batch.ask(tx, asked, Manner(), batch_size=batch_size, scope=EVERYTHING, now=now).request_id


def rated(book: Book) -> dict[str, Any]:
    """The quote rated."""
    with book.write() as tx:
        request_id = ask_rating(tx)
    return worked(book, request_id)


def approve(book: Book) -> None:
    """The quote is approved."""
    change(book, "UPDATE book.quote SET status = 'Approved'")


def contracted(book: Book) -> dict[str, Any]:
    """The rated quote approved, and its contract made."""
    approve(book)
    with book.write() as tx:
        request_id = ask_contract(tx)
    return worked(book, request_id)


def all_choose(book: Book) -> None:
    """Everybody of the census holds every plan and every optional coverage of the contract."""
    change(
        book,
        """INSERT INTO book.member_plan BY NAME
        SELECT 'H-' || m.group_census_member_id || p.contract_plan_id AS member_plan_id, m.group_census_member_id,
            m.group_census_id, p.contract_plan_id, p.name, 'To Be Started' AS enrollment_status, m.created_at,
            m.modified_at
        FROM book.census_member AS m CROSS JOIN book.contract_plan AS p
        WHERE p.parent_plan_id IS NULL OR p.is_optional""",
    )


def enrolled(book: Book, now: datetime = NOW) -> dict[str, Any]:
    """The census enrolled in what it chose."""
    with book.write() as tx:
        request_id = ask_enrollment(tx, now)
    return worked(book, request_id, now)


def day_of_year(number: int) -> date:
    """A day of the contract's year, counted from nought."""
    return START + timedelta(days=number)
