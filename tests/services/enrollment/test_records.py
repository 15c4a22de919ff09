"""What an enrollment writes: the worked example to the cent, participants, coverages, persons (EN-1 to EN-9)."""

from datetime import date, datetime
from pathlib import Path

import pytest

from services.book import Book
from services.enrollment.manner import Manner
from services.people.enrolling import default_wish
from services.settings import set_to
from tests.services.enrollment.desk import (
    ACCOUNT,
    CENSUS,
    CONTRACT,
    DENTAL,
    EMPLOYEE,
    HIRED,
    HOSPITAL,
    MEDICAL,
    OWEN,
    RX,
    SPOUSE,
    TODAY,
    a_book,
    change,
    chosen,
    codes,
    counts,
    enrolled,
    found,
    many,
    one,
    rows,
    statuses,
)  # fmt: skip

LAST = date(2026, 12, 31)
MONEY = "standard_cents, term_cents, employer_cents, employee_cents"


@pytest.mark.rule("EN-1", "EN-2", "EN-9")
def test_the_worked_example_comes_out_to_the_cent(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    done = one(book)
    (policy,) = done.policies
    assert policy["plan"] == "Medical Platinum"
    # Hospital 5,400.00 + 6,120.00 and Rx 960.00; 260 of 365 days: 3,846.58 + 4,359.45 + 683.84; the employer pays 80 %
    # and 50 % of the first two
    assert found(book, f"SELECT policy_id, effective_date, expiration_date, {MONEY} FROM book.insurance_policy") == [
        (policy["policy"], HIRED, LAST, 12_480_00, 8_889_87, 5_256_99, 3_632_88)
    ]
    assert found(
        book,
        """SELECT policy_number, policy_name, policy_type, plan_type, account_id, product_id, contract_plan_id,
            contract_id, group_census_id, group_census_member_id, standard_tax_cents, term_tax_cents
        FROM book.insurance_policy""",
    ) == [
        ("G-20417-000001", "Medical Platinum", "Group Benefits", "Medical", ACCOUNT, f"product of {MEDICAL}", MEDICAL,
         CONTRACT, CENSUS, EMPLOYEE, 0, 0)
    ]  # fmt: skip


@pytest.mark.rule("EN-3", "EN-6")
def test_everybody_in_the_plan_is_a_participant_with_what_each_costs(tmp_path: Path) -> None:
    book = enrolled(tmp_path)
    query = f"""SELECT group_census_member_id, participant_name, role, relationship, is_policyholder, is_active, {MONEY}
        FROM book.policy_participant ORDER BY participant_id"""
    assert found(book, query) == [
        # 3,846.58 + 683.84; 80 % of 3,846.58 = 3,077.264
        (EMPLOYEE, "First0 Last0", "PolicyHolder", "Self", True, True, 6_360_00, 4_530_42, 3_077_26, 1_453_16),
        # 6,120.00 x 260 / 365 = 4,359.452...; half of it 2,179.725, half a cent up
        (SPOUSE, "First1 Last1", "Member", "Spouse", False, True, 6_120_00, 4_359_45, 2_179_73, 2_179_72),
    ]


@pytest.mark.rule("EN-4", "EN-5")
def test_a_mandatory_coverage_is_one_row_at_the_primary_and_an_optional_one_is_its_members(tmp_path: Path) -> None:
    made = rows(policy_start_date=HIRED)
    made["book.member_plan"].append(chosen(SPOUSE, RX))
    book = enrolled(tmp_path, made)
    query = f"""SELECT c.contract_plan_id, p.group_census_member_id, c.is_optional, c.contribution_rule_id, {MONEY_OF_C}
        FROM book.policy_coverage AS c JOIN book.policy_participant AS p USING (participant_id)
        ORDER BY c.policy_coverage_id"""
    assert found(book, query) == [
        (HOSPITAL, EMPLOYEE, False, None, 11_520_00, 8_206_03, 5_256_99, 2_949_04),  # two rules paid
        (RX, EMPLOYEE, True, None, 960_00, 683_84, 0, 683_84),
        (RX, SPOUSE, True, None, 960_00, 683_84, 0, 683_84),
    ]
    assert found(book, "SELECT DISTINCT category, category_group, proration_method FROM book.policy_coverage") == [
        ("Medical", "Medical", "DAILY_TERM")
    ]


MONEY_OF_C = ", ".join(f"c.{name}" for name in MONEY.split(", "))


def test_the_one_rule_that_paid_is_named_on_the_coverage(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    one(book, key=DENTAL)
    query = "SELECT contract_plan_id, contribution_rule_id FROM book.policy_coverage ORDER BY 1"
    assert found(book, query) == [("C21", "K07"), ("C22", None)]


def test_a_plan_without_coverages_is_its_own(tmp_path: Path) -> None:
    made = rows()
    made["book.member_plan"] += [chosen(EMPLOYEE, "P03"), chosen(SPOUSE, "P03")]
    book = a_book(tmp_path, made)
    one(book, key="P03")
    assert found(book, "SELECT contract_plan_id, is_optional, standard_cents FROM book.policy_coverage") == [
        ("P03", False, 240_00)  # 120.00 for each of the two
    ]


def test_the_sums_of_participants_of_coverages_and_of_the_policy_agree(tmp_path: Path) -> None:
    made = rows(policy_start_date=HIRED)
    made["book.member_plan"].append(chosen(SPOUSE, RX))
    book = enrolled(tmp_path, made)
    sums = ", ".join(f"sum({name})" for name in MONEY.split(", "))
    totals = {
        tuple(found(book, f"SELECT {sums} FROM book.{name}")[0])
        for name in (
            "insurance_policy",
            "policy_participant",
            "policy_coverage",
        )
    }
    assert len(totals) == 1
    assert found(book, "SELECT sum(amount_cents) FROM book.policy_payment") == found(
        book, "SELECT sum(term_cents) FROM book.insurance_policy"
    )


@pytest.mark.rule("EN-7", "EN-15")
def test_the_choices_of_those_on_the_policy_are_completed_and_others_are_left(tmp_path: Path) -> None:
    book = enrolled(tmp_path)
    assert statuses(book) == {
        (EMPLOYEE, MEDICAL): "Completed",
        (EMPLOYEE, RX): "Completed",
        (SPOUSE, MEDICAL): "Completed",
        (EMPLOYEE, DENTAL): "To Be Started",
    }
    assert counts(book) == (1, 2, 2)  # the child did not choose the plan


@pytest.mark.rule("EN-8")
@pytest.mark.parametrize(
    ("day", "status"),
    [
        ("2026-04-15", "Pending"),
        ("2026-04-16", "In Force"),
        ("2026-12-31", "In Force"),
        ("2027-01-01", "Expired"),
    ],
)
def test_a_policy_is_pending_before_its_first_day_in_force_to_its_last_and_expired_after(
    day: str, status: str, tmp_path: Path
) -> None:
    book = a_book(tmp_path)
    one(book, now=datetime.fromisoformat(f"{day}T12:00"))
    assert found(book, "SELECT status FROM book.insurance_policy") == [(status,)]


@pytest.mark.parametrize(
    ("first", "last", "term"),
    [
        ("2026-01-01", "2026-12-31", "Annual"),
        ("2024-02-29", "2025-02-27", "Annual"),
        ("2025-03-01", "2026-02-28", "Annual"),
        ("2026-01-01", "2026-12-30", None),
        ("2026-01-01", "2027-12-31", None),
    ],
)
def test_a_policy_says_how_it_is_paid_and_that_its_term_is_a_year(
    first: str, last: str, term: str | None, tmp_path: Path
) -> None:
    book = a_book(tmp_path, rows())
    change(book, f"UPDATE book.contract SET start_date = DATE '{first}', end_date = DATE '{last}'")
    assert one(book, now=datetime.fromisoformat(first)).is_success
    query = "SELECT policy_term, premium_frequency, premium_cents > 0 FROM book.insurance_policy"
    assert found(book, query) == [(term, "Monthly", True)]


@pytest.mark.rule("EN-9")
def test_numbers_rise_by_group_number_and_no_two_are_alike(tmp_path: Path) -> None:
    made = rows()
    made["book.member_plan"] += [chosen(OWEN, MEDICAL)]
    book = a_book(tmp_path, made)
    change(book, f"UPDATE book.contract_plan SET group_number = 'D-1' WHERE contract_plan_id = '{DENTAL}'")
    many(book, [EMPLOYEE, OWEN])
    one(book, key=DENTAL)
    assert [row[0] for row in found(book, "SELECT policy_number FROM book.insurance_policy ORDER BY 1")] == [
        "D-1-000001",
        "G-20417-000001",
        "G-20417-000002",
    ]


@pytest.mark.rule("EN-9", "EN-18")
def test_without_group_number_the_contract_numbers_policies_where_the_setting_lets_it(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    change(book, "UPDATE book.contract_plan SET group_number = ' '")
    assert [error.code for error in one(book).errors] == ["GB-ENR-008"]
    assert (counts(book), statuses(book)[EMPLOYEE, MEDICAL]) == ((0, 0, 0), "Failed")
    with book.write() as tx:
        set_to(tx, "group_number_required", "no", TODAY)
    assert one(book).is_success
    assert found(book, "SELECT policy_number FROM book.insurance_policy") == [("1-000001",)]


@pytest.mark.rule("EN-2", "EN-3", "AC-30")
def test_person_accounts_are_made_on_the_way_and_insured(tmp_path: Path) -> None:
    book = enrolled(tmp_path)
    ((insured, holder),) = found(
        book,
        """SELECT p.name_insured_id, m.person_account_id FROM book.insurance_policy AS p
        JOIN book.census_member AS m USING (group_census_member_id)""",
    )
    assert insured == holder is not None
    query = """SELECT primary_account_id IS NOT NULL, primary_contact_id, related_account_id, related_contact_id
        FROM book.policy_participant"""
    assert found(book, query) == [(True, None, ACCOUNT, None)] * 2
    assert found(book, "SELECT count(*) FROM book.person_account") == [(2,)]  # the child is left off


@pytest.mark.rule("EN-2", "EN-3", "AC-30")
def test_without_person_accounts_the_group_is_insured_and_contacts_take_part(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    with book.write() as tx:
        set_to(tx, "person_accounts", "no", TODAY)
    one(book)
    assert found(book, "SELECT name_insured_id FROM book.insurance_policy") == [(ACCOUNT,)]
    ((holder,), (spouse,)) = found(
        book, "SELECT contact_id FROM book.census_member WHERE contact_id IS NOT NULL ORDER BY group_census_member_id"
    )
    query = """SELECT primary_account_id, primary_contact_id, related_account_id, related_contact_id
        FROM book.policy_participant ORDER BY participant_id"""
    assert found(book, query) == [(None, holder, ACCOUNT, None), (None, spouse, ACCOUNT, holder)]


def test_a_member_who_has_a_person_account_keeps_it(tmp_path: Path) -> None:
    book = enrolled(tmp_path)
    one(book, key=DENTAL)
    assert found(book, "SELECT count(*), count(DISTINCT name_insured_id) FROM book.insurance_policy") == [(2, 1)]
    assert found(book, "SELECT count(*) FROM book.person_account") == [(2,)]


def test_a_family_with_a_member_of_whom_no_person_can_be_made_leaves_nothing(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    change(book, f"UPDATE book.census_member SET last_name = ' ' WHERE group_census_member_id = '{SPOUSE}'")
    (error,) = one(book).errors
    assert (error.message, error.info) == ("Specify an input for LastName.", {"memberId": SPOUSE})
    assert (counts(book), found(book, "SELECT count(*) FROM book.contact")) == ((0, 0, 0), [(0,)])
    assert statuses(book)[EMPLOYEE, MEDICAL] == "Failed"


def test_users_are_made_for_flagged_members_and_of_self_service_for_the_primary_only(tmp_path: Path) -> None:
    for by_itself, n_users in ((False, 2), (True, 1)):
        book = a_book(tmp_path / str(n_users))
        change(book, "UPDATE book.census_member SET is_portal_user = true, email = lower(first_name) || '@example.org'")
        with book.write() as tx:
            manner = Manner(persons=default_wish(tx), is_self_service=by_itself)
        assert one(book, manner=manner).is_success
        assert found(book, "SELECT count(*) FROM book.portal_user") == [(n_users,)]


def test_roles_may_be_named_otherwise_and_related_records_are_made_on_request(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    with book.write() as tx:
        persons = default_wish(tx)
    many(
        book,
        [EMPLOYEE],
        manner=Manner(persons=persons, primary_role="Owner", dependent_role="Kin", makes_relations=True),
    )
    assert found(book, "SELECT role FROM book.policy_participant ORDER BY participant_id") == [("Owner",), ("Kin",)]
    query = """SELECT p.group_census_member_id, r.related_record_id IN (p.group_census_member_id, p.primary_account_id)
        FROM book.participant_relation AS r JOIN book.policy_participant AS p USING (participant_id) ORDER BY 1"""
    assert found(book, query) == [(EMPLOYEE, True), (EMPLOYEE, True), (SPOUSE, True), (SPOUSE, True)]


@pytest.mark.rule("EN-2", "EN-19")
@pytest.mark.parametrize(
    ("hired", "first", "term"),
    [
        (None, date(2026, 1, 1), 12_480_00),
        (date(2025, 6, 1), date(2026, 1, 1), 12_480_00),
        (HIRED, HIRED, 8_889_87),
    ],
)
def test_cover_begins_on_the_policy_start_date_else_with_the_contract(
    hired: date | None, first: date, term: int, tmp_path: Path
) -> None:
    book = enrolled(tmp_path, rows(policy_start_date=hired))
    query = "SELECT effective_date, original_effective_date, expiration_date, term_cents FROM book.insurance_policy"
    assert found(book, query) == [(first, first, LAST, term)]


RENEWAL, BARE, NEXT = "K2", "P03", "P03N"
"""The contract of 2027, a plan without coverages, and the plan that goes on from it."""


def _with_renewal(path: Path, prior: str | None = CONTRACT) -> Book:
    """The employee enrolled in 2026 in a plan, then a contract of 2027 and a choice of the same product under it."""
    made = rows(policy_start_date=HIRED)
    made["book.member_plan"].append(chosen(EMPLOYEE, BARE))
    book = enrolled(path, made, BARE)
    of_2027 = {
        "book.contract": f"""'{RENEWAL}' AS contract_id, '2027' AS contract_number, DATE '2027-01-01' AS start_date,
            DATE '2027-12-31' AS end_date, {"NULL" if prior is None else f"'{prior}'"} AS prior_contract_id
            ) FROM book.contract WHERE contract_id = '{CONTRACT}'""",
        "book.contract_plan": f"""'{NEXT}' AS contract_plan_id, '{NEXT}' AS root_plan_id, '{RENEWAL}' AS contract_id,
            'NEXT' AS plan_code) FROM book.contract_plan WHERE contract_plan_id = '{BARE}'""",
        "ref.rate_table_plan": f"""'{NEXT}' AS contract_plan_id
            ) FROM ref.rate_table_plan WHERE contract_plan_id = '{BARE}'""",
        "book.member_plan": f"""'H-N' AS member_plan_id, '{NEXT}' AS contract_plan_id, 'To Be Started' AS
            enrollment_status) FROM book.member_plan WHERE contract_plan_id = '{BARE}'""",
    }
    for table, copied in of_2027.items():
        change(book, f"INSERT INTO {table} BY NAME SELECT * REPLACE ({copied}")
    change(book, f"UPDATE book.group_census SET contract_id = '{RENEWAL}', expiration_date = NULL")
    change(book, "UPDATE book.census_member SET policy_start_date = NULL")
    return book


@pytest.mark.rule("EN-2")
def test_a_renewed_policy_names_the_one_before_and_keeps_its_first_day(tmp_path: Path) -> None:
    book = _with_renewal(tmp_path)
    done = one(book, key=NEXT)
    assert codes(done) == []
    (first, second) = found(
        book,
        "SELECT policy_id, prior_policy_id, is_renewed, original_policy_id, original_effective_date, effective_date,"
        " policy_code = policy_number FROM book.insurance_policy ORDER BY policy_id",
    )
    assert first[1:] == (None, False, first[0], HIRED, HIRED, True)
    assert second[1:] == (first[0], True, first[0], HIRED, date(2027, 1, 1), True)


@pytest.mark.rule("EN-2")
def test_a_policy_after_one_that_was_cancelled_names_it_and_renews_nothing(tmp_path: Path) -> None:
    book = _with_renewal(tmp_path)
    change(book, "UPDATE book.insurance_policy SET status = 'Canceled', expiration_date = DATE '2026-06-30'")
    assert codes(one(book, key=NEXT)) == []
    told = "SELECT prior_policy_id IS NOT NULL, is_renewed FROM book.insurance_policy ORDER BY policy_id"
    assert found(book, told) == [(False, False), (True, False)]


@pytest.mark.rule("EN-2")
def test_a_policy_under_a_contract_that_renews_none_has_no_policy_before_it(tmp_path: Path) -> None:
    book = _with_renewal(tmp_path, prior=None)
    assert codes(one(book, key=NEXT)) == []
    told = "SELECT prior_policy_id, is_renewed FROM book.insurance_policy ORDER BY policy_id"
    assert found(book, told) == [(None, False), (None, False)]


@pytest.mark.rule("EN-2")
def test_a_policy_after_one_that_an_endorsement_ended_is_its_next_version(tmp_path: Path) -> None:
    """The first was to last into 2027; what renews it goes on from the version that takes its place."""
    book = _with_renewal(tmp_path)
    change(book, "UPDATE book.insurance_policy SET original_expiration_date = DATE '2027-03-31'")
    change(
        book,
        """INSERT INTO book.insurance_policy BY NAME SELECT * REPLACE ('0YTR' AS policy_id, 'R' AS policy_number,
        'R' AS policy_code, policy_id AS prior_policy_id, true AS is_renewed, DATE '2028-01-01' AS effective_date,
        DATE '2028-12-31' AS expiration_date) FROM book.insurance_policy""",
    )
    assert codes(one(book, key=NEXT)) == []
    first, second, renewal = found(
        book,
        "SELECT policy_id, policy_code, policy_number, prior_policy_id, is_renewed FROM book.insurance_policy"
        " ORDER BY effective_date",
    )
    assert second[1:] == (first[1], second[2], first[0], False)
    assert second[2] != first[2]  # numbers are unique (EN-9); the code is that of all versions
    assert renewal == ("0YTR", "R", "R", second[0], True)
    codes_of = {
        table: found(book, f"SELECT count(*), count(DISTINCT {column}) FROM book.{table} WHERE policy_id <> '0YTR'")
        for table, column in (("policy_participant", "participant_code"), ("policy_coverage", "coverage_code"))
    }
    assert codes_of == {"policy_participant": [(2, 1)], "policy_coverage": [(2, 1)]}
    (before, after) = found(
        book,
        "SELECT policy_coverage_id, original_coverage_id, prior_coverage_id FROM book.policy_coverage ORDER BY 1",
    )
    assert (before[1:], after[1:]) == ((before[0], None), (before[0], before[0]))


@pytest.mark.rule("EN-2")
@pytest.mark.parametrize(
    ("number", "born", "is_renewed"),
    [
        ("hr-1", "1984-05-05", True),
        ("HR-1", "1984-05-06", False),  # a number that was given to somebody else
        ("HR-2", "1984-05-05", False),
        (None, "1984-05-05", False),
    ],
)
def test_a_renewal_from_a_new_census_is_told_by_the_number_with_the_employer(
    number: str | None, born: str, is_renewed: bool, tmp_path: Path
) -> None:
    """The census of 2027 is a file of its own: other records, and without e-mails no account is found (AC-8)."""
    book = _with_renewal(tmp_path)
    change(
        book,
        "UPDATE book.census_member SET source_system_identifier = 'HR-1', birth_date = DATE '1984-05-05'"
        f" WHERE group_census_member_id = '{EMPLOYEE}'",
    )
    change(
        book,
        f"""INSERT INTO book.census_member BY NAME SELECT * REPLACE ('0r6N' AS group_census_member_id,
        '0r6N' AS family_id, {f"'{number}'" if number else "NULL"} AS source_system_identifier,
        DATE '{born}' AS birth_date, NULL AS person_account_id, NULL AS contact_id) FROM book.census_member
        WHERE group_census_member_id = '{EMPLOYEE}'""",
    )
    change(book, f"UPDATE book.member_plan SET group_census_member_id = '0r6N' WHERE contract_plan_id = '{NEXT}'")
    assert codes(one(book, "0r6N", key=NEXT)) == []
    first, second = found(
        book,
        "SELECT policy_id, prior_policy_id, original_policy_id, is_renewed FROM book.insurance_policy"
        " ORDER BY effective_date",
    )
    assert second[1:] == ((first[0], first[0], True) if is_renewed else (None, second[0], False))
