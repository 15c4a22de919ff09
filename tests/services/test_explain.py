"""Explanations: every kind of line beside its arithmetic, and a last line that is always the stored share."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services.book import Book, Transaction
from services.cohort import run_cohort
from services.explain import Explained, Kept, as_json, explain_member, keep
from services.forget import forget
from services.rating_run import rate_cohort
from services.refusals import Conflict, Malformed, NotFound
from tests.made_once import empty_book, made_once
from tests.open_book import OpenBook
from tests.services.rated_once import NOW, RUN, a_book, change, rows
from tests.test_golden import GOLDEN, walked

FOLDERS = sorted(folder.name for folder in GOLDEN.iterdir() if (folder / "note.md").exists())

TOLD = """
    SELECT e.rating_run_id, e.group_census_member_id, e.contract_plan_id, m.first_name, k.plan_code, e.step, e.kind,
        e.says, e.cents
    FROM out.explanation AS e
    LEFT JOIN book.census_member AS m USING (group_census_member_id)
    LEFT JOIN book.contract_plan AS k USING (contract_plan_id)
    ORDER BY e.rating_run_id, e.step
"""
STORED = "SELECT rating_run_id, group_census_member_id, contract_plan_id, employee_cents FROM out.coverage_premium"


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """A rated group that a test may change."""
    return a_book(tmp_path)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """A rated group to be looked at."""
    book = OpenBook(a_book(tmp_path_factory.mktemp("shown")).path, stays_open=True)
    yield book
    book.close()


@pytest.fixture(scope="module")
def made(shown: Book) -> Explained:
    """Somebody of that group, explained."""
    return explain(shown, somebody(shown))


@dataclass(frozen=True)
class Whole:
    """A book of a run that was explained whole, and what was said of the doing."""

    book: Book
    kept: Kept

    def copied(self, folder: Path) -> Book:
        """A copy that may be changed."""
        return OpenBook(shutil.copy(self.book.path, folder))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """The same group with its run explained."""
    book = OpenBook(a_book(tmp_path_factory.mktemp("whole")).path, stays_open=True)
    with book.write() as tx:
        kept = keep(tx, RUN)
    yield Whole(book, kept)
    book.close()


def explained(folder: str) -> Path:
    """Where a golden case lies, rated, with every run explained, beside what its tables hold then."""

    def explain_it(place: Path) -> None:
        book = OpenBook(shutil.copy(walked(GOLDEN / folder).path, place))
        with book.write() as tx:
            for (run,) in runs_of(tx):
                keep(tx, run)
            told = {name: tx.connection.execute(sql).fetchall() for name, sql in (("told", TOLD), ("stored", STORED))}
        (place / "told.json").write_text(json.dumps(told))

    return made_once(f"explained-{folder}", explain_it)


@cache
def tables_of(folder: str) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The explanation of a golden case as TOLD has it, and the stored shares."""
    told = json.loads((explained(folder) / "told.json").read_text())
    return [tuple(row) for row in told["told"]], [tuple(row) for row in told["stored"]]


def runs_of(tx: Transaction) -> list[tuple[str]]:
    return tx.connection.execute("SELECT rating_run_id FROM out.rating_run ORDER BY ALL").fetchall()


def lines(folder: str, first: str, code: str) -> list[tuple[str, str]]:
    """Kinds and words of one coverage of a golden case."""
    told, _ = tables_of(folder)
    return [(kind, says) for _, _, _, name, plan, _, kind, says, _ in told if (name, plan) == (first, code)]


def said(folder: str, first: str, code: str, kind: str) -> list[str]:
    """The words of one kind of line."""
    return [words for each, words in lines(folder, first, code) if each == kind]


# ------------------------------------------------------------------------------------------------ the last line


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_coverage_is_explained_line_by_line_down_to_the_stored_share(folder: str) -> None:
    told, stored = tables_of(folder)
    found: dict[tuple[str, ...], list[tuple[int, str, int]]] = {}
    for *ids, _, _, step, kind, _, cents in told:
        found.setdefault(tuple(ids), []).append((step, kind, cents))
    ends = {ids: steps[-1] for ids, steps in found.items()}
    assert sorted((*ids, cents) for ids, (_, _, cents) in ends.items()) == sorted(stored)
    assert {kind for _, kind, _ in ends.values()} == {"employee"}
    assert all([step for step, _, _ in steps] == list(range(1, len(steps) + 1)) for steps in found.values())
    for *_, words, cents in told:
        assert words
        assert "null" not in words
        assert not cents or f"{cents // 100:,}.{cents % 100:02d}" in words
        if "half to even" not in words and "cut off" not in words:
            _must_round_half_up(words)


def _must_round_half_up(words: str) -> None:
    """The cents after `exact ->` are those of the digits before it."""
    for exact, shown in re.findall(r"([\d,.]+?)(?:\.\.\.)? -> ([\d,]+\.\d\d)", words):
        whole, _, places = exact.replace(",", "").partition(".")
        digits = places.ljust(3, "0")
        cents = int(whole) * 100 + int(digits[:2]) + (digits[2] >= "5")
        assert f"{cents // 100:,}.{cents % 100:02d}" == shown, words


# ------------------------------------------------------------------------------------------------- what is told


def test_a_persons_rate_is_told_with_table_version_keys_and_factors() -> None:
    found = lines("aca_family", "Nora", "SILVER")
    assert [kind for kind, _ in found] == [
        *("cover", "age", "rate", "factor", "factor", "period", "term", "prorated", "rule", "employer", "employee"),
    ]
    told = dict(found)
    assert told["age"].startswith(
        "age 44 on 2026-01-01 (at the last birthday; start or anniversary of the plan; born 1981-03-15"
    )
    assert told["rate"].startswith(
        'rate 412.36 USD per person per month at age 21 from table "Silver base" (version 2026-01-01; area 3; '
    )
    assert said("aca_family", "Nora", "SILVER", "factor") == [
        (
            'x 1.397 from factor table "Federal age curve" (version 2026-01-01; age from 44; CMS federal default age '
            "curve 2018 and later)"
        ),
        'x 1.2 from factor table "Tobacco" (version 2026-01-01; age from 21, tobacco Smoker; Golden case; own figures)',
    ]
    # 412.36 x 1.397 x 1.2 = 691.280304; x 12 = 8,295.36; 80 % = 6,636.288
    assert told["period"] == "= 691.280304 -> 691.28 a month (half up)"
    assert told["term"] == "x 12 months = 8,295.36"
    assert told["prorated"] == "covered for the whole term: 8,295.36"
    assert told["employer"] == "employer pays 80 % of 8,295.36 = 6,636.288 -> 6,636.29"
    assert told["employee"] == "employee pays 8,295.36 - 6,636.29 = 1,659.07"


def test_the_fourth_child_is_told_to_be_beyond_the_counted() -> None:
    assert said("aca_family", "Pia", "SILVER", "child_cap") == [
        "child 4 by age of those below 21; the oldest 3 are charged"
    ]
    assert said("aca_family", "Pia", "SILVER", "zero") == [
        "nothing to pay: a child beyond the counted oldest is not charged"
    ]


def test_the_rule_chosen_and_the_rules_it_beat_are_told() -> None:
    assert said("contribution_ladder", "Quin", "PREV", "rule") == [
        (
            'contribution rule "Preventive Care" (Percentage, names the coverage); beats "Dental Silver" '
            '(names the plan), "Dental category" (names the product type); not usable "Dependents" '
            "(names the product type, dependent): for dependents only"
        )
    ]
    (of_dependent,) = said("contribution_ladder", "Quentin", "PREV", "rule")
    assert of_dependent.startswith(
        'contribution rule "Dependents" (Percentage, names the product type); beats "Preventive'
    )


@pytest.mark.parametrize(
    ("folder", "first", "code", "kind", "words"),
    [
        # 900 x 260/365 = 641.0958...
        (
            *("new_hire_proration", "Mia", "MED", "prorated"),
            "x 260/365 of the term charged (DAILY_TERM) = 641.09589041... -> 641.10",
        ),
        (
            *("new_hire_proration", "Mia", "MED", "cover"),
            "covered 2026-04-16 to 2026-12-31: 260 of the 365 days of the term from 2026-01-01",
        ),
        ("life_age_reduction", "Lou", "LIFE", "amount_asked", "amount asked for: 2 x annual pay 63,450.00 = 126,900"),
        ("life_age_reduction", "Lou", "LIFE", "amount_rounded", "rounded up to $1,000 = 127,000"),
        (
            *("life_age_reduction", "Lou", "LIFE", "age_reduction"),
            "65 % left at age 65 of 127,000 = 82,550, rounded up to $1,000",
        ),
        # 127,000 x 65 % = 82,550, up to 83,000; 83 x 0.21 = 17.43
        ("life_age_reduction", "Lou", "LIFE", "volume", "amount of insurance 83,000.00"),
        ("life_age_reduction", "Lou", "LIFE", "units", "x 83 units of the rate"),
        ("life_age_reduction", "Lou", "LIFE", "period", "= 17.43 a month (half up)"),
        ("life_age_reduction", "Pam", "LIFE", "amount_capped", "limits of the plan; maximum 250000 = 250,000"),
        (
            *("evidence_of_insurability", "Pen", "SUP", "amount_in_force"),
            "in force by guaranteed issue 200000 and evidence = 200,000; 100,000.00 waits",
        ),
        (
            *("evidence_of_insurability", "Pen", "SUP", "amount_asked"),
            "amount asked for: elected by the member 300,000.00, in steps of 10000 = 300,000",
        ),
        (
            *("evidence_of_insurability", "Pat", "SUP", "amount_in_force"),
            "in force by guaranteed issue 200000 and evidence = 250,000",
        ),
        # 63,450 x 60 % / 52 = 732.1153...
        ("std_weekly_benefit", "Amy", "STD", "benefit", "60 % of pay 63,450.00 / 52 = 732.11538461..."),
        (
            *("std_weekly_benefit", "Amy", "STD", "volume"),
            "weekly benefit 732.00; rounded to the nearest dollar; benefit at most 1000",
        ),
        (
            *("ltd_covered_pay", "Cal", "LTD", "volume"),
            ("covered pay of a month 5,287.50, of annual pay 63,450.00 / 12; benefit at most 6000 at 60 "
            "% of pay"),
        ),
        ("ltd_covered_pay", "Cal", "LTD", "period", "= 22.2075 -> 22.21 a month (half up)"),
        ("ltd_covered_pay", "Cal", "LTD", "units", "x the exact amount above, in units of the rate"),
        ("experience_blend", "Xia", "MED", "experience", "blended with the experience rate 541.2 at credibility 0.4"),
        (
            *("aca_composite", "Nora", "AVG", "made_from_census"),
            ("made from the census (estimate): average of 6 adults 661.63, of 4 children 343.29; "
            "collects 5,342.94 of 5,342.97"),
        ),
        (
            *("average_age_and_summary", "Ada", "MED", "made_from_census"),
            "made from the census (estimate): average age 41 of 4 employees",
        ),
        (
            *("composite_solved", "Ann", "DEN", "made_from_census"),
            ("made from the census (estimate): composite rate 33.84; tier EE 33.84 for 2 EE, 1 ES, 1 FAM, by their "
            "ratios; collects 236.88 of 236.90"),
        ),
        (
            *("composite_solved", "Dov", "DEN", "made_from_census"),
            ("made from the census (estimate): composite rate 33.84 x 2.95 = 99.828 -> 99.83; tier EE 33.84 for 2 EE, "
            "1 ES, 1 FAM, by their ratios; collects 236.88 of 236.90"),
        ),
        ("cobra", "Dale", "DEN", "load", "x 1.02 for continued cover (COBRA)"),
        ("cobra", "Evan", "DEN", "load", "x 1.5 for continued cover (COBRA, disability extension)"),
        ("cobra", "Dale", "DEN", "rule", "continued cover: the employer pays nothing"),
        ("age_out_changes_tier", "Olga", "DEN", "pieces", "the price changes within the term, pieces add up to 579.53"),
        # 10.125 to even is 10.12; 10 x 1.15 x 1.1 to two decimals at each step
        ("rounding_settings", "Ros", "LIF", "period", "= 10.125 -> 10.12 a term (half to even)"),
        (
            *("rounding_settings", "Ros", "DEN", "period"),
            "= 15.609 -> 15.61 a term (half up; between the steps to 2;2 decimals)",
        ),
        (
            *("missing_rates", "Xena", "WELL", "issue"),
            ("NO_RATE_TABLE: No rate table is filed for the coverage. Name a table for the coverage or "
            "its product in rate_table_plans."),
        ),
        ("missing_rates", "Xena", "WELL", "employee", "employee pays 0.00: nothing is charged without a premium"),
        ("proration_by_event", "Max", "ADD", "prorated", "none of the term charged (FIRST_OF_MONTH) = 0.00"),
        (
            *("proration_by_event", "Max", "ADD", "zero"),
            "nothing to pay: the proration method charges nothing for these days",
        ),
        ("dental_four_tiers", "Ben", "DENTAL", "tier", "tier ES: who of the family is covered"),
        ("age_dates", "Ida", "CI", "age", "age 32 on 2019-07-01 (at the last birthday; day of issue; born 1986-12-15)"),
    ],
)  # fmt: skip
def test_each_kind_of_step_is_told_with_its_arithmetic(
    folder: str, first: str, code: str, kind: str, words: str
) -> None:
    assert words in said(folder, first, code, kind)


@pytest.mark.parametrize(
    ("folder", "first", "code", "words"),
    [
        ("contribution_amounts_and_caps", "Val", "DEN", "employer pays 55.00, at most the premium = 40.00"),
        # 90 % of 1,200 = 1,080
        ("contribution_amounts_and_caps", "Val", "HOS", "employer pays 90 % of 1,200.00 = 1,080.00"),
        (
            *("contribution_forms", "Una", "RIC"),
            'employer pays 80 % of 400.00, the premium of "Basic", at most the premium = 320.00',
        ),
        ("contribution_forms", "Una", "DEN", "employer pays 60 % by tier of 205.00 = 123.00"),
        # 60 + 87.55 / 2 = 103.775
        (
            *("contribution_forms", "Una", "VIS"),
            "employer pays 100 % of employee-only 60.00 + 50 % of the rest 87.55 = 103.78",
        ),
        # 500 - 400 = 100 of 150
        (
            *("contribution_every_plan", "Ada", "DEN"),
            ("employer pays 500.00, one sum of the family used up over its plans in order of priority; 400.00 are used "
            "before, here = 100.00"),
        ),
        # 150 x 192/31 x 111/187 = 551.457...
        (
            *("short_term_and_no_proration", "Wyn", "MED"),
            "employer pays 150.00 a month x 192/31 months x 111/187, at most the premium = 551.46",
        ),
    ],
)  # fmt: skip
def test_each_form_of_share_is_told_with_its_arithmetic(folder: str, first: str, code: str, words: str) -> None:
    assert said(folder, first, code, "employer") == [words]


def test_a_sum_for_every_plan_is_told_as_chosen_and_as_beaten_by_a_rule_that_names_the_type() -> None:
    (chosen,) = said("contribution_every_plan", "Ada", "DEN", "rule")
    assert chosen == 'contribution rule "One sum" (Defined Contribution, for every plan)'
    (beaten,) = said("contribution_every_plan", "Dee", "DEN", "rule")
    assert beaten.endswith('; beats "One sum for managers" (for every plan)')


def test_limits_of_a_rule_are_told_with_what_they_leave() -> None:
    assert said("contribution_amounts_and_caps", "Val", "HOS", "limits") == [
        "limits of the rule; cap 1,000.00 = 1,000.00"
    ]
    (of_family,) = said("contribution_forms", "Una", "CI", "limits")
    assert of_family.endswith("80.00, shared in proportion, the residue to the primary = 53.34")
    # 80.00 over equal parts of two to one is 53.33 and 26.66; the cent left is the primary's
    assert said("contribution_forms", "Uli", "CI", "limits")[0].endswith(" = 26.66")


def test_who_has_the_cent_left_over_is_told_to_everybody_who_shares_the_sum() -> None:
    # 80.00 over two to one: 53.33 + 26.66 = 79.99. 50.00 over 100.00 and 50.00: 33.33 + 16.66 = 49.99.
    for code, coverages, sharing in (
        ("CI", ("Una", "Uli"), 'residue of sharing 0.01: to "CI One" of member '),
        ("HOS-A", ("Una",), 'residue of sharing 0.01: to "Stay" of member '),
        ("HOS-B", ("Una",), 'residue of sharing 0.01: to "Stay" of member '),
    ):
        for first in coverages:
            (words,) = said("contribution_forms", first, code, "residue")
            assert words.startswith(sharing)
            is_here = words.endswith(" (self); 0.01 of it here")
            assert is_here == (first == "Una" and code != "HOS-B")
            assert is_here or words.endswith(" (self)")
    assert said("contribution_forms", "Una", "MED", "residue") == []


def test_a_value_that_is_priced_as_the_limit_of_its_table_is_told() -> None:
    # A group of 60; the table is filed for groups of 2 to 50 and prices the others like its limit.
    clamped = said("factors_and_limits", "Fay", "VIS", "clamped")
    assert clamped == ['group size 60 is beyond the limits of table "VIS price": read as 50']
    assert said("factors_and_limits", "Fay", "MED", "clamped") == []


def test_pieces_are_told_one_by_one_and_add_up() -> None:
    pieces = said("age_out_changes_tier", "Olga", "DEN", "piece")
    of_which = ", of which the employer pays"
    assert pieces == [
        f"2026-01-01 to 2026-05-31: age 53, tier E1C: 66.10 a rate period; charged 328.15{of_which} 196.89",
        f"2026-06-01 to 2026-12-31: age 53, tier EE: 35.73 a rate period; charged 251.38{of_which} 150.83",
    ]  # 328.15 + 251.38 = 579.53; 196.89 + 150.83 = 347.72
    assert said("age_out_changes_tier", "Olga", "DEN", "employer") == [
        "employer pays 60 % of 579.53 = 347.718 -> 347.72"
    ]


def test_a_factor_that_is_in_an_average_already_is_not_told_as_multiplied() -> None:
    order = [kind for kind, _ in lines("aca_composite", "Nora", "AVG")][2:7]
    assert order == ["rate", "factor", "made_from_census", "factor", "period"]
    age, tobacco = said("aca_composite", "Nora", "AVG", "factor")
    assert age.startswith("in the average: x 1.397")
    assert tobacco.startswith("x 1.2 ")  # 661.63 x 1.2 = 793.956


# ------------------------------------------------------------------------------------------------- one member


def somebody(book: Book) -> str:
    """A member with several plans."""
    return rows(
        book,
        "SELECT group_census_member_id FROM out.plan_premium GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
    )[0][0]


def explain(book: Book, member: str, **more: Any) -> Explained:
    with book.read() as tx:
        return explain_member(tx, member, **more)


def test_a_member_is_explained_as_in_the_table_of_the_whole_run(made: Explained, whole: Whole) -> None:
    member = somebody(whole.book)
    assert (made.run_id, made.member_id) == (RUN, member)
    stored = rows(
        whole.book,
        f"""SELECT contract_plan_id, step, kind, says, cents FROM out.explanation
        WHERE group_census_member_id = '{member}' ORDER BY ALL""",
    )
    assert sorted(made.steps.select("contract_plan_id", "step", "kind", "says", "cents").rows()) == stored


def test_a_member_may_be_named_by_key_and_by_the_id_of_the_source(shown: Book) -> None:
    member = somebody(shown)
    key, source = rows(
        shown,
        f"""SELECT member_key, source_system_identifier FROM book.census_member
        WHERE group_census_member_id = '{member}'""",
    )[0]
    for name in (key, source):
        if name is not None:
            assert explain(shown, name).member_id == member


def test_one_plan_may_be_asked_for_by_its_code(shown: Book, made: Explained) -> None:
    member = somebody(shown)
    code = made.coverages["plan_code"][0]
    one = explain(shown, member, plan=code.lower())
    assert set(one.coverages["plan_code"]) == {code}
    assert set(one.steps["contract_plan_id"]) == set(one.coverages["contract_plan_id"])
    with pytest.raises(NotFound, match="holds no plan nothing"):
        explain(shown, member, plan="nothing")


def test_the_renewal_is_explained_from_its_own_run(book: Book) -> None:
    member = somebody(book)
    with pytest.raises(NotFound, match="no renewal run"):
        explain(book, member, renewal=True)
    outcome = rate_cohort(book, cohort="one", rating_date=date(2028, 1, 1), now=NOW)
    assert explain(book, member, renewal=True).run_id == outcome.run_id
    assert explain(book, member).run_id == RUN
    assert explain(book, member, run_id=outcome.run_id).run_id == outcome.run_id


def test_the_book_may_have_moved_on_and_a_run_is_explained_as_it_was(book: Book, made: Explained) -> None:
    member = somebody(book)
    change(
        book,
        "UPDATE ref.rate_cell SET rate = rate * 2 WHERE rate IS NOT NULL",
        "UPDATE ref.contribution_rule SET percentage = 1, amount_cents = 1",
        "UPDATE book.census_member SET birth_date = birth_date - 4000, annual_salary_cents = 1",
    )
    assert explain(book, member).steps.equals(made.steps)


def test_several_people_of_one_name_are_listed(book: Book) -> None:
    first, second = (
        row[0] for row in rows(book, "SELECT group_census_member_id FROM book.census_member ORDER BY 1 LIMIT 2")
    )
    change(
        book,
        f"UPDATE book.census_member SET source_system_identifier = 'E17' WHERE "
        f"group_census_member_id IN ('{first}', '{second}')",
    )
    with pytest.raises(Malformed, match="E17 means 2 members") as refused:
        explain(book, "E17")
    assert first in str(refused.value)
    assert second in str(refused.value)


def test_of_several_people_of_one_name_a_run_tells_which_is_meant(book: Book) -> None:
    """An employee keeps the number, and has another record on the census of the next term."""
    member = somebody(book)
    change(
        book,
        f"UPDATE book.census_member SET source_system_identifier = 'E17' WHERE group_census_member_id = '{member}'",
        f"""INSERT INTO book.census_member BY NAME SELECT * REPLACE ('0r6N' AS group_census_member_id,
        '0r6N' AS family_id, 'next term' AS group_census_id) FROM book.census_member
        WHERE group_census_member_id = '{member}'""",
    )
    with pytest.raises(Malformed, match="E17 means 2 members"):
        explain(book, "E17")
    assert explain(book, "E17", run_id=RUN).member_id == member


def test_unknown_people_and_runs_are_refused(shown: Book) -> None:
    with pytest.raises(NotFound, match="There is no member nobody"):
        explain(shown, "nobody")
    with pytest.raises(NotFound, match="There is no run nothing"):
        explain(shown, somebody(shown), run_id="nothing")


def test_a_stored_amount_that_differs_is_refused_instead_of_explained(book: Book) -> None:
    member = somebody(book)
    change(
        book,
        f"""UPDATE out.coverage_premium SET employee_cents = employee_cents + 1, employer_cents = employer_cents - 1
        WHERE group_census_member_id = '{member}'""",
    )
    with pytest.raises(Conflict, match="come to another amount than is stored"):
        explain(book, member)
    with book.write() as tx, pytest.raises(Conflict):
        keep(tx, RUN)


def test_a_run_without_inputs_is_refused(book: Book) -> None:
    change(book, "UPDATE out.rating_run SET is_reproducible = false, inputs_gone = 'retention'")
    with pytest.raises(Conflict, match="given up by the settings of retention"):
        explain(book, somebody(book))


def test_the_json_is_valid_and_has_the_stored_numbers(shown: Book, made: Explained) -> None:
    told = json.loads(json.dumps(as_json(made)))
    stored = {
        row[0]: row[1:]
        for row in rows(
            shown,
            f"""SELECT contract_plan_id, prorated_cents, employer_cents, employee_cents FROM out.coverage_premium
            WHERE group_census_member_id = '{made.member_id}'""",
        )
    }
    assert {each["contract_plan_id"] for each in told["coverages"]} == set(stored)
    for each in told["coverages"]:
        prorated, employer, employee = stored[each["contract_plan_id"]]
        assert (each["prorated_cents"], each["employer_cents"], each["employee_cents"]) == (
            prorated,
            employer,
            employee,
        )
        assert each["steps"][-1]["cents"] == employee
        assert [step["step"] for step in each["steps"]] == list(range(1, len(each["steps"]) + 1))


# ------------------------------------------------------------------------------------------------- a whole run


def test_a_whole_run_has_a_last_line_for_every_coverage_and_its_sums(whole: Whole) -> None:
    n_lines, n_ends, cents = rows(
        whole.book,
        """SELECT count(*), count(*) FILTER (kind = 'employee'), CAST(sum(cents) FILTER (kind = 'employee') AS BIGINT)
        FROM out.explanation""",
    )[0]
    assert (n_lines, n_ends, cents) == (whole.kept.n_lines, whole.kept.n_coverages, whole.kept.employee_cents)
    assert [(n_ends, cents)] == rows(
        whole.book, "SELECT count(*), CAST(sum(employee_cents) AS BIGINT) FROM out.coverage_premium"
    )


def test_keeping_a_run_again_replaces_its_lines(whole: Whole, tmp_path: Path) -> None:
    lines_of_all = "SELECT * FROM out.explanation ORDER BY ALL"
    again = whole.copied(tmp_path)
    with again.write() as tx:
        keep(tx, RUN)
    assert rows(again, lines_of_all) == rows(whole.book, lines_of_all) != []


def test_a_run_is_explained_alike_in_blocks_of_any_size(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    book = OpenBook(shutil.copy(explained("contribution_ladder") / "benefits.duckdb", tmp_path))
    before = rows(book, "SELECT * FROM out.explanation ORDER BY ALL")
    monkeypatch.setattr("services.explain_cut.CHUNK", 1)
    with book.write() as tx:
        for (run,) in runs_of(tx):
            keep(tx, run)
    assert rows(book, "SELECT * FROM out.explanation ORDER BY ALL") == before


def test_explaining_changes_nothing_that_is_stored(book: Book) -> None:
    before = book.path.read_bytes()
    explain(book, somebody(book))
    assert book.path.read_bytes() == before


def test_a_forgotten_person_is_gone_from_the_lines(whole: Whole, tmp_path: Path) -> None:
    member = somebody(whole.book)
    of_member = f"SELECT 1 FROM out.explanation WHERE group_census_member_id = '{member}'"
    assert rows(whole.book, of_member)
    book = whole.copied(tmp_path)
    with book.write() as tx:
        forget(tx, member, NOW)
    assert not rows(book, of_member)


# ------------------------------------------------------------------------------------- parts of a term, sums, limits

SHEETS = {
    "cohort.csv": """
        file,contract_number,census_name
        census.csv,K1,Alder census
        """,
    "census.csv": """
        Employee ID,First Name,Last Name,Relationship,DOB,Class,COBRA,Effective Date,Coverage End Date,Dental,Vision
        1,Ada,Ash,Employee,1985-01-31,Staff,,,2026-04-15,Dental One,
        2,Ben,Birch,Employee,1985-01-31,Staff,,,,Dental One,Vision One
        3,Cal,Cedar,Employee,1985-01-31,Shop,,,,Dental One,
        3,Cid,Cedar,Child,2026-01-01,Shop,,,,Dental One,
        4,Dot,Dale,Employee,1985-01-31,Shop,Yes,,,Dental One,
        5,Eve,Elm,Employee,1985-01-31,Yard,,,,Dental One,
        """,
    "shelf/accounts.csv": """
        account_number,account_name
        A1,Alder Works
        """,
    "shelf/classes.csv": """
        account_number,class_name
        A1,Staff
        A1,Shop
        A1,Yard
        """,
    "shelf/contracts.csv": """
        contract_number,account_number,start_date,end_date
        K1,A1,2026-01-01,2026-12-31
        """,
    "shelf/plans.csv": """
        contract_number,plan_code,plan_name,product_code,proration_end,proration_newborn,effective_start
        K1,DEN,Dental One,DEN,DAILY_MONTH,BIRTH_MONTH_FREE,
        K1,VIS,Vision One,VIS,,,2026-07-01
        K1,NIL,Not Filed,NIL,,,
        """,
    "shelf/products.csv": """
        product_code,product_name,product_type
        DEN,Dental,Dental
        VIS,Vision,Vision
        NIL,Not Filed,Dental
        """,
    "shelf/rate_tables.csv": """
        rate_table,method,rate_unit,axes,citation
        Dental,flat,USD per person per month,,Own figures
        Vision,flat,USD per person per month,,Own figures
        """,
    "shelf/rate_table_plans.csv": """
        rate_table,product_code
        Dental,DEN
        Vision,VIS
        """,
    "shelf/rate_cells.csv": """
        rate_table,effective_from,rate
        Dental,2026-01-01,12.00
        Vision,2026-01-01,20.00
        """,
    "shelf/contributions.csv": "account_number,class_name,name,type,amount,percentage,member_type,category,target_type,"
    """family_cap_amount,reference_plan,contract_number
        A1,Staff,One sum,Defined Contribution,200,,,,EVERY_PLAN,,,
        A1,Shop,Own,Percentage,,60,Subscriber,Dental,,,,
        A1,Shop,Older,Percentage,,10,,Dental,,,,
        A1,Shop,Family,Percentage,,60,Dependent,Dental,,100,,
        A1,Yard,By plan,Reference Plan,,80,,Dental,,,NIL,K1
        """,
}


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, str], str]:
    """The words of each kind of line, by first name and plan, of a group whose terms are charged in part."""
    folder = tmp_path_factory.mktemp("parts")
    for name, sheet in SHEETS.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("\n".join(line.strip() for line in sheet.strip().splitlines()) + "\n")
    book = empty_book(folder / "benefits.duckdb")
    run_cohort(book, folder, cohort="parts", now=NOW)
    with book.write() as tx:
        keep(tx, RUN)
    return {(first, plan, kind): says for _, _, _, first, plan, _, kind, says, _ in rows(book, TOLD)}


@pytest.mark.rule("PR-26")
def test_a_part_of_a_term_that_is_not_one_of_days_is_told_in_lowest_terms(
    parts: dict[tuple[str, str, str], str],
) -> None:
    # To 15 April: three months and 15 of 30 days of twelve months, 7/24 of 144.00.
    assert parts["Ada", "DEN", "prorated"] == (
        "x 7/24 of the term charged (DAILY_TERM, at the end DAILY_MONTH) = 42.00"
    )


@pytest.mark.rule("PR-27")
def test_a_free_month_of_birth_is_told_though_every_day_of_the_term_is_covered(
    parts: dict[tuple[str, str, str], str],
) -> None:
    # Born with the term: eleven of twelve months of 12.00.
    assert parts["Cid", "DEN", "prorated"] == (
        "x 11/12 of the term charged (BIRTH_MONTH_FREE for a newborn, at the end DAILY_MONTH) = 132.00"
    )


@pytest.mark.rule("CB-21")
def test_a_sum_is_told_by_the_part_of_the_term_that_it_is_paid_for(parts: dict[tuple[str, str, str], str]) -> None:
    # 200.00 for a year of dental cover, though vision begins in July and comes to 120.99: 144.00 and 56.00.
    assert parts["Ben", "VIS", "employer"] == (
        "employer pays 200.00, one sum of the family used up over its plans in order of priority; 144.00 are used "
        "before, here = 56.00"
    )


def test_a_cap_that_the_rule_of_another_states_is_told_where_it_holds(parts: dict[tuple[str, str, str], str]) -> None:
    # 60 % of 144.00 and of 132.00 are 86.40 and 79.20; 100.00 over them is 52.17 and 47.82, and a cent for the primary.
    words = "limits of the rule; cap of the family in the plan 100.00, shared in proportion, the residue to the primary"
    assert parts["Cal", "DEN", "limits"] == f"{words} = 52.18"
    assert parts["Cid", "DEN", "limits"] == f"{words} = 47.82"


def test_who_has_no_rule_because_cover_is_continued_is_told_of_none_that_was_beaten(
    parts: dict[tuple[str, str, str], str],
) -> None:
    assert parts["Dot", "DEN", "rule"] == "continued cover: the employer pays nothing"
    assert '; beats "Older" (names the product type)' in parts["Cal", "DEN", "rule"]


def test_a_reference_plan_without_a_premium_is_told_as_the_reason(parts: dict[tuple[str, str, str], str]) -> None:
    assert parts["Eve", "DEN", "employer"] == (
        'employer pays nothing, the plan it is measured by, "Not Filed", has no premium: 0.00'
    )
