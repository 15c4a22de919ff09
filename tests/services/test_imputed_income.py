"""Imputed income of a run: Table I times what is in force, month by month, beside the arithmetic.

What lives here: one employer with every kind of life cover, rated through the whole road; and books whose runs are put
straight into the tables, for terms that make no year. What does not: the law itself (`tests/rating`).

Costs per $1,000 and month by Table I, of the ages used: under 25 0.05, 40-44 0.10, 45-49 0.15, 55-59 0.43, 65-69 1.27.
"""

import csv
import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from services.book import Book
from services.cohort import run_cohort
from services.explain import as_json, explain_member
from services.explain_imputed import imputed_years
from services.imputed_income import Imputed, keep, write
from services.refusals import Malformed, NotFound
from tests.analyst_book import put
from tests.open_book import OpenBook

NOW = datetime(2026, 1, 15)
RUN = "0rr000000000000001"

PLANS = (
    "contract_number,plan_code,plan_name,parent_plan_code,product_code,benefit_multiple,benefit_flat_amount,"
    "benefit_increment,volume_rounding,age_reduction_schedule,age_reduction_date"
)
RULES = "account_number,class_name,name,type,percentage,amount,amount_period,contract_number,plan_code,category"
SHELF = {
    "accounts": "account_number,account_name\nGOLD,Golden Works",
    "classes": "account_number,class_name\nGOLD,Staff\nGOLD,Sharing",
    "contracts": "contract_number,account_number,start_date,end_date\nGC,GOLD,2026-01-01,2026-12-31",
    "products": """product_code,product_name,product_type,parent_product_code
BASIC,Basic Life and AD&D,Life,
LIFE,Life,Life,BASIC
ADD,AD&D,AD&D,BASIC
PLAIN,Plain Life,Life,
SP,Spouse life,Life,
KID,Child life,Life,
SUP,Supplemental life,Supplemental Life,""",
    "plans": PLANS
    + """
GC,BASIC,Basic Life,,BASIC,,,,,,
GC,LIFE,Term Life,BASIC,LIFE,2,,,NONE,65:65,BIRTHDAY
GC,ADD,Accidental Death,BASIC,ADD,2,,,NONE,65:65,BIRTHDAY
GC,PLAIN,Plain Life,,PLAIN,2,,,NONE,,
GC,SP1,Small Spouse Life,,SP,,2000,,NONE,,
GC,SP2,Large Spouse Life,,SP,,2000.01,,NONE,,
GC,KID,Child Life,,KID,,10000,,NONE,,
GC,DEAR,Dear Life,,SUP,,,10000,NONE,,
GC,EVEN,Even Life,,SUP,,,10000,NONE,,""",
    "rate_tables": """rate_table,method,rate_unit,axes,citation
Life 2026,volume,USD per $1000 per month,,Own figures
Child Life 2026,children_flat,USD per family per month,,Own figures
Dear Life 2026,supplemental_life,USD per $1000 per month,age,Own figures
Even Life 2026,supplemental_life,USD per $1000 per month,age,Own figures""",
    "rate_cells": """rate_table,effective_from,age,rate
Life 2026,2026-01-01,,0.20
Child Life 2026,2026-01-01,,2.00
Dear Life 2026,2026-01-01,0,0.10
Dear Life 2026,2026-01-01,45,0.50
Even Life 2026,2026-01-01,0,0.09
Even Life 2026,2026-01-01,45,0.16""",
    "rate_table_plans": """rate_table,contract_number,plan_code,product_code
Life 2026,,,LIFE
Life 2026,,,ADD
Life 2026,,,PLAIN
Life 2026,,,SP
Child Life 2026,,,KID
Dear Life 2026,GC,DEAR,
Even Life 2026,GC,EVEN,""",
    "contributions": RULES
    + """
GOLD,Staff,Life,Percentage,100,,,,,Life
GOLD,Staff,Children,Percentage,75,,,GC,KID,
GOLD,Sharing,Part,Amount,,14.15,MONTHLY,,,Life""",
}
CENSUS = """Employee ID,First Name,Last Name,Relationship,Date of Birth,Class,Annual Salary,Termination Date,Life,\
Supplemental Life,Supplemental Life Amount
1,Ada,Ash,Employee,1968-05-05,Sharing,81625,,Basic Life,,
2,Bea,Birch,Employee,1961-07-10,Staff,63500,,Basic Life,,
3,Cal,Cedar,Employee,1979-03-03,Staff,63500,2026-04-15,Basic Life,,
4,Dot,Dogwood,Employee,1984-04-04,Staff,25000,,Basic Life,,
5,Eve,Elm,Employee,1984-04-04,Staff,25050,,Basic Life,,
6,Fay,Fir,Employee,,Staff,63500,,Plain Life,,
7,Gil,Gum,Employee,1984-04-04,Staff,20000,,Small Spouse Life,,
7,Gia,Gum,Spouse,1982-02-02,Staff,,,Small Spouse Life,,
8,Hal,Hazel,Employee,1984-04-04,Staff,20000,,Large Spouse Life,,
8,Hua,Hazel,Spouse,1982-02-02,Staff,,,Large Spouse Life,,
9,Ivy,Ironwood,Employee,1984-04-04,Staff,20000,,,Dear Life,100000
15,Ivo,Ironbark,Employee,1979-03-03,Staff,20000,,,Dear Life,100000
10,Jon,Juniper,Employee,1984-04-04,Staff,20000,,,Even Life,100000
16,Kay,Kapok,Employee,1979-03-03,Staff,20000,,,Even Life,100000
11,Lou,Larch,Employee,1968-05-05,Staff,50000,,Plain Life,Even Life,100000
12,Max,Maple,Employee,1984-04-04,Staff,20000,,Child Life,,
12,Mia,Maple,Child,2015-05-05,Staff,,,Child Life,,
12,Moe,Maple,Child,2018-08-08,Staff,,,Child Life,,
13,Ned,Nutmeg,Employee,,Staff,25000,,Plain Life,,
14,Oda,Oak,Employee,1984-04-04,Staff,,,Plain Life,,"""

YEAR = """
    SELECT m.first_name, y.age, y.cost_cents, y.after_tax_cents, y.taxable_cents, y.issue
    FROM out.imputed_income AS y JOIN book.census_member AS m USING (group_census_member_id)
"""
MONTHS = """
    SELECT m.first_name, y.month, y.days, y.cover_cents, y.cost_mills, y.after_tax_cents, y.taxable_cents
    FROM out.imputed_income_month AS y JOIN book.census_member AS m USING (group_census_member_id)
    ORDER BY m.first_name, y.month
"""


@pytest.fixture(scope="module")
def employer(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """The employer, loaded and rated once, its imputed income of 2026 kept."""
    folder = tmp_path_factory.mktemp("imputed")
    (folder / "shelf").mkdir()
    for name, lines in SHELF.items():
        (folder / "shelf" / f"{name}.csv").write_text(lines + "\n", encoding="utf-8")
    (folder / "census.csv").write_text(CENSUS + "\n", encoding="utf-8")
    (folder / "cohort.csv").write_text("file,contract_number,census_name\ncensus.csv,GC,Golden\n", encoding="utf-8")
    book = OpenBook(folder / "benefits.duckdb")
    run_cohort(book, folder, cohort="golden", now=NOW)
    with book.write() as tx:
        keep(tx, 2026)
    return book


def rows(book: Book, query: str) -> list[tuple[Any, ...]]:
    with book.read() as tx:
        return tx.connection.execute(query).fetchall()


def year(book: Book) -> dict[str, tuple[Any, ...]]:
    """Age, cost, payments, what is taxable and the issue by first name."""
    return {name: tuple(rest) for name, *rest in rows(book, YEAR)}


def months(book: Book, first: str) -> list[tuple[Any, ...]]:
    """Month, days, cover, cost in mills, payment and what is taxable, of one person."""
    return [tuple(rest) for name, *rest in rows(book, MONTHS) if name == first]


# --------------------------------------------------------------------------------------------- what is over $50,000


def test_the_published_example_comes_out_of_a_rated_book(employer: Book) -> None:
    # 2 x 81,625 = 163,250 at 58: excess 113,300 to the nearest 100; 113.3 x 0.43 = 48.719 a month, 584.63 a year.
    # Premium 163.25 x 0.20 = 32.65 a month, of which the employer pays 14.15 and Ada 18.50: 222.00. Left: 362.63.
    assert year(employer)["Ada"] == (58, 58_463, 22_200, 36_263, None)
    found = months(employer, "Ada")
    assert [row[:5] for row in found[:2]] == [(1, 31, 16_325_000, 48_719, 1_850), (2, 28, 16_325_000, 48_719, 1_850)]
    # 48.719 - 18.50 = 30.219 a month: 30.22, 60.44, 90.66, 120.88 so far ...
    assert [row[5] for row in found[:4]] == [3_022, 3_022, 3_022, 3_022]
    assert sum(row[5] for row in found) == 36_263


def test_a_reduction_on_the_65th_birthday_counts_from_its_month_on(employer: Book) -> None:
    # 127,000; from 10 July 65 % of it, 82,550. Aged 65 at the end of the year: 1.27 for the whole of it.
    # January to June 77.0 x 1.27 = 97.79. July (127,000 + 82,550) / 2 = 104,775: 54.8 x 1.27 = 69.596.
    # August to December 32,550 over, half up 32,600: 32.6 x 1.27 = 41.402.
    # 6 x 97.79 + 69.596 + 5 x 41.402 = 586.74 + 69.596 + 207.01 = 863.346
    assert year(employer)["Bea"] == (65, 86_335, 0, 86_335, None)
    found = months(employer, "Bea")
    assert [row[2] for row in found] == [12_700_000] * 6 + [10_477_500] + [8_255_000] * 5
    assert [row[3] for row in found] == [97_790] * 6 + [69_596] + [41_402] * 5


def test_cover_that_ends_within_a_month_costs_its_days(employer: Book) -> None:
    # 77.0 x 0.15 = 11.55 for three months, and 15 of 30 days of April: 34.65 + 5.775 = 40.425, half up 40.43.
    assert year(employer)["Cal"] == (47, 4_043, 0, 4_043, None)
    found = months(employer, "Cal")
    assert [row[:2] for row in found] == [(1, 31), (2, 28), (3, 31), (4, 15)]
    assert [row[3] for row in found] == [11_550, 11_550, 11_550, 5_775]


def test_50_000_are_free_and_the_next_hundred_is_not(employer: Book) -> None:
    assert "Dot" not in year(employer)  # 2 x 25,000
    # 2 x 25,050 = 50,100: 0.1 x 0.10 = 0.01 a month
    assert year(employer)["Eve"] == (42, 12, 0, 12, None)


def test_accidental_death_is_no_life_insurance(employer: Book) -> None:
    # Dot's 50,000 of life and 50,000 of AD&D would be 100,000.
    assert rows(employer, "SELECT count(*) FROM out.coverage_premium WHERE volume_cents = 5000000") == [(3,)]  # and Ned
    assert "Dot" not in year(employer)


def test_one_exclusion_over_all_plans_of_an_employee(employer: Book) -> None:
    # 100,000 from the employer and 100,000 that Lou pays for at 0.16: 150 x 0.43 = 64.50, less 16.00 a month.
    assert year(employer)["Lou"] == (58, 77_400, 19_200, 58_200, None)


def explained(book: Book, first: str) -> list[tuple[str, int | None]]:
    """The words and cents of a person's imputed income."""
    with book.read() as tx:
        (of_2026,) = imputed_years(tx, RUN, member_of(book, first))
    return [(says, cents) for _, says, cents in of_2026.steps]


def member_of(book: Book, first: str) -> str:
    ((member,),) = rows(book, f"SELECT group_census_member_id FROM book.census_member WHERE first_name = '{first}'")
    return member


def test_an_explained_member_has_the_imputed_income_kept_of_the_run(employer: Book) -> None:
    with employer.read() as tx:
        made = explain_member(tx, member_of(employer, "Ada"))
    told = as_json(made)["imputed_income"]
    assert [(each["tax_year"], each["steps"][-1]["cents"]) for each in told] == [(2026, 36_263)]


def test_an_explanation_goes_from_the_age_over_the_months_to_the_stored_income(employer: Book) -> None:
    assert explained(employer, "Ada") == [
        ("age 58 on 2026-12-31: 0.43 for $1,000 and a month by Table I", None),
        (
            (
                "January to December: 163,250.00 of cover, of which 113,300 count (what is over $50,000, to the "
                "nearest $100): 48.719"
            ),
            None,
        ),
        ("cost of the year, rounded once: 584.63", 58_463),
        ("added to taxable pay = 584.63 - 222.00 paid after tax = 362.63", 36_263),
    ]
    bea = [says for says, _ in explained(employer, "Bea")]
    assert bea[2].startswith("July: 104,775.00 of cover, of which 54,800 count")
    assert bea[3].startswith("August to December: 82,550.00 of cover, of which 32,600 count")
    assert explained(employer, "Cal")[2] == ("April: 127,000.00 of cover for 15 of 30 days: 5.775", None)
    assert explained(employer, "Hua")[1][0] == (
        "January to December: 2,000.01 of cover, of which 2,000 count (all of it, being over $2,000, to the nearest "
        "$100): 0.200"
    )


def test_the_last_line_of_every_explained_person_is_what_is_stored(employer: Book) -> None:
    stored = year(employer)
    for first in ("Ada", "Bea", "Fay", "Lou", "Moe"):
        assert explained(employer, first)[-1][1] == stored[first][3]
    assert explained(employer, "Fay")[-1] == ("what is added to taxable pay is unknown", None)


# ------------------------------------------------------------------------------------------------------- dependents


def test_2_000_on_a_spouse_are_free_and_a_cent_more_taxes_the_whole(employer: Book) -> None:
    assert "Gia" not in year(employer)
    # 2,000.01 is nearest to 2,000: 2.0 x 0.10 = 0.20 a month, by the spouse's own age.
    assert year(employer)["Hua"] == (44, 240, 0, 240, None)
    assert rows(
        employer,
        """SELECT e.first_name, y.is_dependent FROM out.imputed_income AS y
        JOIN book.census_member AS e ON e.group_census_member_id = y.employee_id
        JOIN book.census_member AS m ON m.group_census_member_id = y.group_census_member_id
        WHERE m.first_name = 'Hua'""",
    ) == [("Hal", True)]


def test_one_price_for_all_children_insures_each_of_them_and_is_paid_for_each_alike(employer: Book) -> None:
    # 10.0 x 0.05 = 0.50 a month each. The family pays 25 % of 2.00 = 0.50 a month, a quarter dollar for each child.
    assert year(employer)["Mia"] == (11, 600, 300, 300, None)
    assert year(employer)["Moe"] == (8, 600, 300, 300, None)
    assert months(employer, "Moe")[0] == (1, 31, 1_000_000, 500, 25, 25)
    assert "Max" not in year(employer)  # who holds the plan for the children and is not insured by it


# ------------------------------------------------------------------------------------- what employees pay themselves


def test_cover_that_employees_pay_in_full_counts_only_where_its_rates_straddle_table_i(employer: Book) -> None:
    # Dear Life: 0.10 at 42 is Table I itself and 0.50 at 47 above its 0.15, but nobody is charged less.
    assert {"Ivy", "Ivo"}.isdisjoint(year(employer))
    # Even Life: 0.09 at 42 is less than 0.10, 0.16 at 47 more than 0.15. 50 x 0.10 = 5.00 and 50 x 0.15 = 7.50 a
    # month; Jon pays 9.00 and Kay 16.00, so that nothing is left to tax.
    assert year(employer)["Jon"] == (42, 6_000, 10_800, 0, None)
    assert year(employer)["Kay"] == (47, 9_000, 19_200, 0, None)


def test_payments_before_tax_count_as_the_employers(employer: Book) -> None:
    with employer.write() as tx:
        keep(tx, 2026, is_pre_tax=True)
        found = {name: tuple(rest) for name, *rest in tx.connection.execute(YEAR).fetchall()}
        flags = tx.connection.execute("SELECT DISTINCT is_pre_tax FROM out.imputed_income").fetchall()
        keep(tx, 2026)
    assert found["Ada"] == (58, 58_463, 0, 58_463, None)
    assert found["Ivy"] == (42, 6_000, 0, 6_000, None)  # 50 x 0.10 = 5.00 a month
    assert found["Kay"] == (47, 9_000, 0, 9_000, None)
    assert flags == [(True,)]


# ----------------------------------------------------------------------------------------------- what is not known


def test_an_unknown_birth_date_is_an_issue_where_there_is_more_than_is_free(employer: Book) -> None:
    assert year(employer)["Fay"] == (None, None, 0, None, "BIRTH_DATE_REQUIRED")
    assert months(employer, "Fay")[0] == (1, 31, 12_700_000, None, 0, None)
    assert "Ned" not in year(employer)  # 50,000 are free at any age


def test_an_unknown_amount_is_an_issue_and_no_zero(employer: Book) -> None:
    assert year(employer)["Oda"] == (42, None, 0, None, "PAY_REQUIRED")
    assert months(employer, "Oda")[0] == (1, 31, None, None, 0, None)


def test_amounts_that_only_the_kept_inputs_tell_are_unknown_once_those_are_gone(employer: Book, tmp_path: Path) -> None:
    book = OpenBook(shutil.copy(employer.path, tmp_path / "benefits.duckdb"))
    with book.write() as tx:
        tx.connection.execute("UPDATE out.rating_run SET is_reproducible = false").fetchall()
        keep(tx, 2026)
    assert year(book)["Mia"] == (11, None, 300, None, "AMOUNT_REQUIRED")
    assert year(book)["Ada"] == year(employer)["Ada"]


# ------------------------------------------------------------------------------------------------ tables and files


def test_the_months_add_up_to_the_year_and_keeping_again_replaces_it(employer: Book) -> None:
    query = """SELECT y.group_census_member_id, y.taxable_cents, CAST(sum(m.taxable_cents) AS BIGINT),
            y.after_tax_cents, CAST(sum(m.after_tax_cents) AS BIGINT)
        FROM out.imputed_income AS y JOIN out.imputed_income_month AS m USING (tax_year, group_census_member_id)
        WHERE y.taxable_cents IS NOT NULL GROUP BY ALL ORDER BY ALL"""
    first = rows(employer, query)
    assert len(first) == 10
    assert all(whole == parts and paid == paid_parts for _, whole, parts, paid, paid_parts in first)
    with employer.write() as tx:
        again = keep(tx, 2026, [RUN])
    assert rows(employer, query) == first
    # Ada, Bea, Cal, Eve, Lou, Hua, Mia, Moe, Jon, Kay, and Fay and Oda, whose figures are not known
    assert again.n_people == 12
    assert again.issues == {"BIRTH_DATE_REQUIRED": 1, "PAY_REQUIRED": 1}
    assert again.taxable_cents == 36_263 + 86_335 + 4_043 + 12 + 58_200 + 240 + 300 + 300
    assert (again.n_censuses, again.n_part_years) == (1, 0)


def test_a_file_has_a_line_per_person_with_names_and_months_in_dollars(employer: Book, tmp_path: Path) -> None:
    path = tmp_path / "imputed.csv"
    with employer.read() as tx:
        made = write(tx, path, 2026)
    with path.open(newline="", encoding="utf-8") as file:
        lines = {row["insured_name"]: row for row in csv.DictReader(file)}
    assert len(lines) == made.n_people
    ada, hua, fay = lines["Ada Ash"], lines["Hua Hazel"], lines["Fay Fir"]
    assert [ada[name] for name in ("cost", "paid_after_tax", "taxable", "january")] == [
        *("584.63", "222.00", "362.63", "30.22"),
    ]
    assert (hua["employee_name"], hua["relationship"], hua["source_system_identifier"]) == ("Hal Hazel", "Spouse", "8")
    assert (fay["taxable"], fay["january"], fay["issue"]) == ("", "", "BIRTH_DATE_REQUIRED")
    assert lines["Cal Cedar"]["may"] == ""


# --------------------------------------------------------------------------------------------- runs and their years

CENSUS_ID, OTHER = "0rf000000000000001", "0rf000000000000002"
ANN, ANN_AGAIN = "0r6000000000000001", "0r6000000000000002"
FIRST, SECOND = "0rr000000000000001", "0rr000000000000002"


def terms(book: Book, *runs: dict[str, Any]) -> None:
    """Runs that rate Ann, 47 at the end of 2026, for a cover of 127,000 that the employer pays, in a term each."""
    born = {"birth_date": date(1979, 6, 1), "ssn_hash": "ann", "relationship": "Self"}
    with book.write() as tx:
        put(tx, "book.product", {"product_id": "01t", "product_type": "Life"})
        put(tx, "book.contract_plan", {"contract_plan_id": "0rg", "root_plan_id": "0rg", "product_id": "01t"})
        for member, census in ((ANN, CENSUS_ID), (ANN_AGAIN, OTHER)):
            put(tx, "book.group_census", {"group_census_id": census, "account_id": "001"})
            person = {"group_census_member_id": member, "family_id": member, "group_census_id": census}
            put(tx, "book.census_member", person | born)
        for each in runs:
            first, last = date.fromisoformat(each["from"]), date.fromisoformat(each["to"])
            census = each.get("census", CENSUS_ID)
            ids = {"rating_run_id": each["run"], "group_census_id": census}
            put(tx, "out.rating_run", {"rating_run_id": each["run"]})
            put(tx, "out.run_census", ids | {"term_start": first, "term_end": last})
            held = {"group_census_member_id": ANN if census == CENSUS_ID else ANN_AGAIN, "contract_plan_id": "0rg"}
            cover = {"covered_from": first, "covered_to": last, "volume_cents": each.get("cover", 12_700_000)}
            put(tx, "out.coverage_premium", ids | held | cover | {"employer_cents": 30_000, "issue": each.get("issue")})
            if each.get("is_current", True):
                put(tx, "out.current_run", ids | {"kind": "current"})


def last_term(**more: Any) -> dict[str, Any]:
    return {"run": FIRST, "from": "2025-03-01", "to": "2026-02-28", "is_current": False} | more


def this_term(**more: Any) -> dict[str, Any]:
    return {"run": SECOND, "from": "2026-03-01", "to": "2027-02-28"} | more


def told(book: Book, tax_year: int, *runs: str) -> Imputed:
    with book.write() as tx:
        return keep(tx, tax_year, runs)


def test_a_term_that_does_not_begin_in_january_speaks_of_a_part_of_two_years(book: Book) -> None:
    terms(book, last_term(), this_term())
    # 77.0 x 0.15 = 11.55 a month: ten months of 2026, two of 2027 (48 then, the same 0.15).
    part = told(book, 2026)
    assert (part.taxable_cents, part.n_part_years) == (11_550, 1)
    assert rows(book, "SELECT rated_from, rated_to FROM out.imputed_income") == [(date(2026, 3, 1), date(2026, 12, 31))]
    assert told(book, 2027).taxable_cents == 2_310
    whole = told(book, 2026, FIRST, SECOND)
    assert (whole.taxable_cents, whole.n_part_years) == (13_860, 0)
    assert rows(book, "SELECT tax_year, rating_run_id, taxable_cents FROM out.imputed_income ORDER BY ALL") == [
        (2026, SECOND, 13_860),
        (2027, SECOND, 2_310),
    ]


@pytest.mark.parametrize(("first", "last"), [("2025-01-02", "2026-01-01"), ("2026-12-31", "2027-12-30")])
def test_a_term_that_touches_the_year_on_one_day_speaks_of_that_day(book: Book, first: str, last: str) -> None:
    terms(book, this_term() | {"from": first, "to": last})
    # 77.0 x 0.15 = 11.55 a month, of which one of 31 days is 0.3725...
    assert told(book, 2026, SECOND).taxable_cents == 37


def test_two_runs_of_the_same_days_are_refused(book: Book) -> None:
    terms(book, last_term(to="2026-03-01"), this_term())
    with pytest.raises(Malformed, match="rate a census for the same days of the year"):
        told(book, 2026, FIRST, SECOND)


def test_an_employee_on_two_censuses_of_an_employer_has_one_exclusion(book: Book) -> None:
    terms(book, this_term(cover=4_000_000), this_term(run=FIRST, census=OTHER, cover=3_000_000))
    # 40,000 and 30,000 are 20,000 over: 20 x 0.15 = 3.00 a month for ten months.
    assert told(book, 2026).taxable_cents == 3_000
    assert rows(book, "SELECT group_census_member_id FROM out.imputed_income") == [(ANN,)]


def test_a_second_plan_that_begins_within_a_month_counts_half_in_it(book: Book) -> None:
    terms(book, this_term(cover=6_000_000))
    ids = {"rating_run_id": SECOND, "group_census_id": CENSUS_ID, "group_census_member_id": ANN}
    cover = {"covered_from": date(2026, 3, 20), "covered_to": date(2027, 2, 28), "volume_cents": 4_000_000}
    plan = {"contract_plan_id": "0rh", "root_plan_id": "0rh", "product_id": "01t"}
    with book.write() as tx:
        put(tx, "book.contract_plan", plan)
        put(tx, "out.coverage_premium", ids | cover | {"contract_plan_id": "0rh", "employer_cents": 1})
    # March (60,000 + 100,000) / 2 = 80,000: 30 x 0.15 = 4.50; nine months of 50 x 0.15 = 7.50: 4.50 + 67.50
    assert told(book, 2026).taxable_cents == 7_200
    assert rows(book, "SELECT days, cover_cents FROM out.imputed_income_month WHERE month = 3") == [(31, 8_000_000)]


def test_what_employees_pay_in_full_is_left_out_where_no_charge_can_be_compared(book: Book) -> None:
    terms(book, this_term())
    with book.write() as tx:
        tx.connection.execute(
            "UPDATE out.coverage_premium SET employer_cents = 0, employee_cents = 12000, volume_cents = NULL"
        ).fetchall()
        assert keep(tx, 2026) == Imputed(0, 0, 0, {}, 1, 1)
        assert keep(tx, 2026, is_pre_tax=True).issues == {"AMOUNT_REQUIRED": 1}


def test_cover_without_a_premium_counts_and_says_so(book: Book) -> None:
    terms(book, this_term(issue="NO_RATE"))
    made = told(book, 2026)
    assert (made.taxable_cents, made.issues) == (11_550, {"NO_RATE": 1})


def test_what_was_refused_and_other_lines_than_life_insure_nobody(book: Book) -> None:
    terms(book, this_term())
    with book.write() as tx:
        for issue in ("OPTED_OUT", "NOT_ELIGIBLE", "PLAN_NOT_ACTIVE", "OUTSIDE_TERM"):
            tx.connection.execute("UPDATE out.coverage_premium SET issue = ?", [issue]).fetchall()
            assert keep(tx, 2026) == Imputed(0, 0, 0, {}, 1, 1)
        tx.connection.execute("UPDATE out.coverage_premium SET issue = NULL").fetchall()
        assert keep(tx, 2026).n_people == 1
        tx.connection.execute("UPDATE book.product SET product_type = 'AD&D'").fetchall()
        assert keep(tx, 2026) == Imputed(0, 0, 0, {}, 1, 1)
        assert tx.connection.execute("FROM out.imputed_income").fetchall() == []
        assert tx.connection.execute("FROM out.imputed_income_month").fetchall() == []


def test_an_unknown_run_and_a_year_without_terms_are_refused(book: Book) -> None:
    with pytest.raises(NotFound, match="The book has no current run"):
        told(book, 2026)
    terms(book, this_term())
    with pytest.raises(NotFound, match="There is no run nothing"):
        told(book, 2026, SECOND, "nothing")
    with pytest.raises(NotFound, match=r"No current run speaks of a day of 2028.*from 2026-03-01 to 2027-02-28"):
        told(book, 2028)
    with pytest.raises(NotFound, match="No run named speaks of a day of 2025"):
        told(book, 2025, SECOND)
    with pytest.raises(Malformed, match="1999 is no year that Table I is for"):
        told(book, 1999)
