"""Who is enrolled and who is not: every error of individual enrollment, with both sides of each boundary."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from services import flows
from services.enrollment import judge
from services.enrollment.manner import Manner
from services.insurance_errors import Refused
from services.people.enrolling import default_wish
from services.policies.cancel import Cancellation, cancel
from services.scope import EVERYTHING, Scope
from services.settings import set_to
from tests.services.enrollment.desk import (
    CENSUS,
    DENTAL,
    EMPLOYEE,
    HIRED,
    HOSPITAL,
    MEDICAL,
    OLD,
    OWEN,
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
from tests.services.member_rating.desk import CHILD

NUMBER = "G-20417-000001"
BY_ITSELF = Manner(is_self_service=True)


@pytest.mark.rule("GB-ENR-001")
@pytest.mark.parametrize("scope", [Scope(("other",)), Scope(None, OWEN)])
def test_an_unknown_member_and_one_out_of_scope_are_refused_alike(scope: Scope, tmp_path: Path) -> None:
    book = a_book(tmp_path)
    for asked in ({"member": "nobody"}, {"member": EMPLOYEE, "scope": scope}):
        with pytest.raises(Refused) as refused:
            one(book, **asked)  # pyright: ignore[reportArgumentType]
        (error,) = refused.value.errors
        assert (error.code, error.info["reason"]) == ("SF-0001-0005", "GB-ENR-001")
        assert error.message == "Specify a valid input for memberId."


@pytest.mark.rule("GB-ENR-002")
@pytest.mark.parametrize("key", [None, ""])
def test_without_a_plan_nothing_is_done(key: str | None, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        one(a_book(tmp_path), key=key)
    assert (refused.value.errors[0].code, refused.value.errors[0].info["reason"]) == ("SF-0001-0004", "GB-ENR-002")


@pytest.mark.rule("GB-ENR-003")
@pytest.mark.parametrize("key", ["none such", HOSPITAL, OLD])
def test_a_plan_is_an_active_root(key: str, tmp_path: Path) -> None:
    made = rows()
    made["book.member_plan"] += [chosen(EMPLOYEE, HOSPITAL), chosen(EMPLOYEE, OLD)]
    book = a_book(tmp_path, made)
    assert codes(one(book, key=key)) == ["GB-ENR-003"]
    assert set(statuses(book).values()) == {"To Be Started"}


@pytest.mark.rule("EN-13", "GB-ENR-003")
def test_a_plan_of_another_contract_is_none_of_the_members(tmp_path: Path) -> None:
    made = rows()
    contract = made["book.contract"][0]
    made["book.contract"].append(contract | {"contract_id": "K2", "contract_number": "2"})
    made["book.contract_plan"].append(
        made["book.contract_plan"][0] | {"contract_plan_id": "P2", "root_plan_id": "P2", "contract_id": "K2"}
    )
    made["book.member_plan"].append(chosen(EMPLOYEE, "P2"))
    book = a_book(tmp_path, made)
    assert codes(one(book, key="P2")) == ["GB-ENR-003"]
    change(book, "UPDATE book.group_census SET contract_id = NULL")
    change(book, f"UPDATE book.contract SET enrollment_census_id = '{CENSUS}' WHERE contract_id = 'K2'")
    assert codes(one(book, key=MEDICAL)) == ["GB-ENR-003"]
    # the contract whose enrollment census this is; nothing is priced under it, since no table names its plans
    assert codes(one(book, key="P2")) == ["GB-ENR-007"]


@pytest.mark.rule("EN-13")
@pytest.mark.parametrize(
    ("first", "last", "is_within"),
    [
        ("NULL", "NULL", True),
        ("DATE '2026-01-01'", "DATE '2026-12-31'", True),
        ("DATE '2026-01-02'", "DATE '2026-12-31'", False),
        ("DATE '2026-01-01'", "DATE '2026-12-30'", False),
    ],
)
def test_the_contract_lies_within_the_dates_of_the_census(
    first: str, last: str, is_within: bool, tmp_path: Path
) -> None:
    book = a_book(tmp_path)
    change(book, f"UPDATE book.group_census SET effective_date = {first}, expiration_date = {last}")
    assert codes(one(book)) == ([] if is_within else ["GB-ENR-003"])


@pytest.mark.rule("GB-ENR-004", "EN-14")
def test_a_plan_that_was_not_chosen_as_saved_is_not_enrolled_in(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    assert codes(one(book, OWEN)) == ["GB-ENR-004"]
    change(
        book, f"DELETE FROM book.member_plan WHERE contract_plan_id = 'C12' AND group_census_member_id = '{EMPLOYEE}'"
    )
    assert one(book).is_success  # without Rx now: choices count as they are saved
    assert found(book, "SELECT contract_plan_id FROM book.policy_coverage") == [(HOSPITAL,)]


@pytest.mark.rule("GB-ENR-005")
def test_a_dependent_does_not_enroll(tmp_path: Path) -> None:
    assert codes(one(a_book(tmp_path), SPOUSE)) == ["GB-ENR-005"]


@pytest.mark.rule("EN-10", "GB-ENR-011")
def test_who_is_enrolled_already_gets_nothing_more(tmp_path: Path) -> None:
    book = enrolled(tmp_path)
    before = counts(book)
    done = one(book)
    assert [(error.code, error.message) for error in done.errors] == [("GB-ENR-011", "already enrolled")]
    assert (counts(book), statuses(book)[EMPLOYEE, MEDICAL]) == (before, "Completed")


@pytest.mark.rule("EN-11", "EN-20", "GB-ENR-007")
def test_a_family_that_cannot_be_rated_is_failed_and_may_be_run_again(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    change(book, "UPDATE ref.rate_cell SET keys = ['Child'] WHERE keys = ['Spouse']")
    (error,) = one(book).errors
    assert (error.code, error.message) == ("GB-ENR-007", "Couldn't rate this family.")
    (why,) = error.info["errors"]
    assert (why["code"], why["additionalInfo"]) == (
        "GB-RATE-011",
        {"memberId": SPOUSE, "contractGroupPlanId": HOSPITAL},
    )
    assert (counts(book), statuses(book)[EMPLOYEE, MEDICAL], statuses(book)[SPOUSE, MEDICAL]) == (
        (0, 0, 0),
        "Failed",
        "Failed",
    )
    assert found(book, "SELECT count(*) FROM book.contact") == [(0,)]
    change(book, "UPDATE ref.rate_cell SET keys = ['Spouse'] WHERE rate = 6120")
    assert one(book).is_success
    assert statuses(book)[EMPLOYEE, MEDICAL] == "Completed"


@pytest.mark.rule("EN-20", "EN-21")
def test_the_others_go_on_where_a_family_fails(tmp_path: Path) -> None:
    made = rows()
    made["book.member_plan"].append(chosen(OWEN, MEDICAL))
    book = a_book(tmp_path, made)
    change(book, "UPDATE ref.rate_cell SET keys = ['Child'] WHERE keys = ['Spouse']")
    outcome = many(book, [EMPLOYEE, OWEN])
    assert outcome["code"].to_list() == ["GB-ENR-007", None]
    assert found(book, "SELECT group_census_member_id FROM book.insurance_policy") == [(OWEN,)]


@pytest.mark.rule("EN-16", "GB-ENR-007")
@pytest.mark.parametrize("how", ["is_opt_out_all_plans = true", "opt_out_plan_types = 'Vision; medical'"])
def test_a_primary_who_opted_out_is_told_so_and_nothing_is_begun(how: str, tmp_path: Path) -> None:
    book = a_book(tmp_path)
    change(book, f"UPDATE book.census_member SET {how} WHERE group_census_member_id = '{EMPLOYEE}'")
    (error,) = one(book).errors
    assert (error.code, [each["code"] for each in error.info["errors"]]) == ("GB-ENR-007", ["GB-RATE-009"])
    assert set(statuses(book).values()) == {"To Be Started"}


@pytest.mark.rule("EN-15")
def test_a_dependent_who_opted_out_is_left_off(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    change(
        book, f"UPDATE book.census_member SET opt_out_plan_types = 'Medical' WHERE group_census_member_id = '{SPOUSE}'"
    )
    assert one(book).is_success
    assert found(book, "SELECT group_census_member_id FROM book.policy_participant") == [(EMPLOYEE,)]
    assert statuses(book)[SPOUSE, MEDICAL] == "To Be Started"


@pytest.mark.rule("EN-7", "EN-15")
def test_a_dependent_who_opted_out_has_no_part_in_the_failure_of_the_family(tmp_path: Path) -> None:
    made = rows()
    made["book.member_plan"].append(chosen(CHILD, MEDICAL))
    book = a_book(tmp_path, made)
    change(
        book, f"UPDATE book.census_member SET opt_out_plan_types = 'Medical' WHERE group_census_member_id = '{CHILD}'"
    )
    change(book, "UPDATE ref.rate_cell SET keys = ['Child'] WHERE keys = ['Spouse']")
    assert codes(one(book)) == ["GB-ENR-007"]
    assert [statuses(book)[who, MEDICAL] for who in (EMPLOYEE, SPOUSE, CHILD)] == ["Failed", "Failed", "To Be Started"]


@pytest.mark.rule("EN-12", "GB-ENR-009")
@pytest.mark.parametrize(
    ("person", "accounts", "is_double"),
    [
        ("person_account_id = 'PA'", "yes", True),
        ("contact_id = 'P1'", "no", True),
        ("contact_id = CASE group_census_member_id WHEN 'M1' THEN 'P1' ELSE 'P2' END", "no", False),
    ],
)
def test_the_same_person_in_another_record_is_a_duplicate_too(
    person: str, accounts: str, is_double: bool, tmp_path: Path
) -> None:
    made = rows()
    made["book.member_plan"].append(chosen(OWEN, MEDICAL))
    book = a_book(tmp_path, made)
    with book.write() as tx:
        set_to(tx, "person_accounts", accounts, TODAY)
    change(book, f"UPDATE book.census_member SET {person} WHERE group_census_member_id IN ('{EMPLOYEE}', '{OWEN}')")
    assert codes(one(book, manner=Manner())) == []
    assert codes(one(book, OWEN, manner=Manner())) == (["GB-ENR-009"] if is_double else [])


@pytest.mark.rule("EN-12", "GB-ENR-009")
def test_a_policy_in_the_category_is_an_error_whatever_plan_it_is_of(tmp_path: Path) -> None:
    made = rows()
    other = made["book.contract_plan"][0] | {"contract_plan_id": "P7", "root_plan_id": "P7", "plan_code": "P7"}
    made["book.contract_plan"].append(other)
    made["book.member_plan"].append(chosen(EMPLOYEE, "P7"))
    book = a_book(tmp_path, made)
    one(book)
    (error,) = one(book, key="P7").errors
    assert (error.code, error.message) == (
        "GB-ENR-009",
        f"A policy already exists for the member First0 Last0 in the category Medical with the policy number {NUMBER}.",
    )
    assert statuses(book)[EMPLOYEE, "P7"] == "Failed"
    assert one(book, key=DENTAL).is_success  # another category
    change(
        book,
        "UPDATE book.insurance_policy SET status = 'Canceled', expiration_date = effective_date - INTERVAL 1 DAY"
        " WHERE plan_type = 'Medical'",
    )
    assert codes(one(book, key="P7")) == ["GB-ENR-007"]  # no longer active: what stops it now is its price


@pytest.mark.rule("EN-10", "EN-12", "EN-19", "GB-ENR-009")
@pytest.mark.parametrize(
    ("cancelled_from", "starts"),
    [
        # The contract's start and the last covered day (PR-15) are covered and paid, the day of cancellation is not.
        ("2026-07-01", [("NULL", True), ("DATE '2026-06-30'", True), ("DATE '2026-07-01'", False)]),
        # Cancelled from its first day on, a policy covers nothing.
        ("2026-01-01", [("NULL", False)]),
    ],
)
def test_who_was_cancelled_is_enrolled_again_for_days_that_are_not_covered_already(
    cancelled_from: str, starts: list[tuple[str, bool]], tmp_path: Path
) -> None:
    book = a_book(tmp_path, rows())
    (policy,) = one(book, manner=Manner()).policies
    with book.write() as tx:
        cancel(tx, policy["policy"], Cancellation(cancelled_from), scope=EVERYTHING, now=datetime(2026, 12, 1))
    assert codes(one(book, manner=Manner())) == ["GB-ENR-011"]  # Completed until the choice is said to begin anew
    change(book, "UPDATE book.member_plan SET enrollment_status = 'To Be Started'")
    for start, is_double in starts:
        change(book, f"UPDATE book.census_member SET policy_start_date = {start}")
        assert codes(one(book, manner=Manner())) == (["GB-ENR-009"] if is_double else [])
        assert counts(book)[0] == (1 if is_double else 2)


@pytest.mark.rule("EN-12", "EN-21", "GB-ENR-009")
@pytest.mark.parametrize(
    ("person", "checks", "n_policies"), [("person_account_id = 'PA'", True, 1), ("contact_id = 'P1'", False, 2)]
)
def test_one_person_in_two_records_of_a_batch_gets_one_policy(
    person: str, checks: bool, n_policies: int, tmp_path: Path
) -> None:
    made = rows()
    made["book.member_plan"].append(chosen(OWEN, MEDICAL))
    book = a_book(tmp_path, made)
    change(book, f"UPDATE book.census_member SET {person} WHERE group_census_member_id IN ('{EMPLOYEE}', '{OWEN}')")
    first, second = many(book, [OWEN, EMPLOYEE], manner=Manner(checks_duplicates=checks)).to_dicts()
    assert (first["policy_number"], first["code"], counts(book)[0]) == (NUMBER, None, n_policies)
    if not checks:
        assert (second["code"], second["policy_number"]) == (None, "G-20417-000002")
        return
    text = (
        f"A policy already exists for the member First0 Last0 in the category Medical with the policy number {NUMBER}."
    )
    assert (second["code"], second["message"], second["policy_id"]) == ("GB-ENR-009", text, None)
    assert (statuses(book)[OWEN, MEDICAL], statuses(book)[EMPLOYEE, MEDICAL]) == ("Completed", "Failed")


@pytest.mark.rule("EN-12")
@pytest.mark.parametrize("is_one_batch", [True, False])
def test_a_person_found_by_the_matching_keys_is_the_same_member_too(is_one_batch: bool, tmp_path: Path) -> None:
    made = rows()
    made["book.member_plan"].append(chosen(OWEN, MEDICAL))
    book = a_book(tmp_path, made)
    same = (
        "first_name = 'Noor', last_name = 'Haddad', email = 'noor@example.org', gender = 'Female',"
        " birth_date = DATE '1984-02-11'"
    )
    change(book, f"UPDATE book.census_member SET {same} WHERE group_census_member_id IN ('{EMPLOYEE}', '{OWEN}')")
    with book.read() as tx:
        manner = Manner(persons=default_wish(tx))
    batches = [[OWEN, EMPLOYEE]] if is_one_batch else [[OWEN], [EMPLOYEE]]
    done = [row["code"] for batch in batches for row in many(book, batch, manner=manner).to_dicts()]
    assert (done, counts(book)[0]) == ([None, "GB-ENR-009"], 1)


@pytest.mark.rule("EN-12")
def test_three_records_that_are_one_person_by_account_and_by_contact_are_told_of_the_one_policy() -> None:
    families = pl.DataFrame(
        {"family_id": ["F0", "F1", "F2", "F3"], "code": None, "person_account_id": None, "contact_id": None},
        schema_overrides={"code": pl.String, "person_account_id": pl.String, "contact_id": pl.String},
    )
    kin = pl.DataFrame(
        {
            "family_id": ["F0", "F1", "F2", "F3"],
            "is_primary": True,
            "person_account_id": [None, "PA", "PA", None],
            "contact_id": ["P1", "P1", "P2", None],
        }
    )
    assert sorted(judge.twins(families, kin).rows()) == [("F1", "F0"), ("F2", "F0")]
    others = kin.with_columns(person_account_id=pl.Series(["PA", "PB", None, None]), contact_id=pl.Series(list("abcd")))
    assert judge.twins(families, others).is_empty()
    faulty = families.with_columns(code=pl.when(pl.col("family_id") == "F0").then(pl.lit("GB-ENR-007")))
    assert judge.twins(faulty, kin).rows() == [("F2", "F1")]  # the first who could have a policy


@pytest.mark.rule("EN-12")
@pytest.mark.parametrize(("last", "is_double"), [("2026-04-15", False), ("2026-04-16", True)])
def test_a_policy_that_ends_before_the_new_one_begins_is_no_duplicate(
    last: str, is_double: bool, tmp_path: Path
) -> None:
    book = enrolled(tmp_path)
    change(
        book, f"UPDATE book.insurance_policy SET effective_date = DATE '2025-01-01', expiration_date = DATE '{last}'"
    )
    change(book, "UPDATE book.member_plan SET enrollment_status = 'To Be Started'")
    assert codes(one(book)) == (["GB-ENR-009"] if is_double else [])


@pytest.mark.rule("EN-12")
def test_the_check_for_duplicates_may_be_left_out(tmp_path: Path) -> None:
    book = enrolled(tmp_path)
    change(book, "UPDATE book.member_plan SET enrollment_status = 'Failed'")
    assert many(book, [EMPLOYEE], manner=Manner(checks_duplicates=False))["code"].to_list() == [None]


@pytest.mark.rule("EN-17", "GB-ENR-006")
@pytest.mark.parametrize(
    ("today", "is_open"),
    [("2026-01-09", False), ("2026-01-10", True), ("2026-01-20", True), ("2026-01-21", False)],
)
@pytest.mark.parametrize("where", ["contract_plan", "contract"])
def test_members_enroll_by_themselves_within_the_window_only_and_staff_at_any_time(
    where: str, today: str, is_open: bool, tmp_path: Path
) -> None:
    book = a_book(tmp_path)
    window = "enrollment_start_date = DATE '2026-01-10', enrollment_end_date = DATE '2026-01-20'"
    change(book, f"UPDATE book.{where} SET {window}")
    now = datetime.fromisoformat(f"{today}T08:00")
    assert codes(one(book, now=now, manner=BY_ITSELF)) == ([] if is_open else ["GB-ENR-006"])
    assert codes(one(book, now=now)) == (["GB-ENR-011"] if is_open else [])


@pytest.mark.rule("EN-17")
def test_a_contract_may_leave_its_window_to_the_members(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    change(book, "UPDATE book.contract_plan SET enrollment_end_date = DATE '2025-12-01'")
    change(book, "UPDATE book.contract SET is_self_service_window_enforced = false")
    assert codes(one(book, manner=BY_ITSELF)) == []


@pytest.mark.rule("EN-17")
@pytest.mark.parametrize(
    ("joined", "plan_days", "contract_days", "first_of_month", "earliest"),
    [
        (date(2026, 3, 2), 30, None, "yes", date(2026, 4, 1)),  # 2 March and 30 days: 1 April, a first already
        (date(2026, 3, 3), 30, 5, "yes", date(2026, 5, 1)),  # 2 April, so the next first
        (date(2026, 3, 3), None, 30, "no", date(2026, 4, 2)),
        (date(2026, 3, 3), None, None, "no", date(2026, 3, 3)),
        (date(2025, 3, 3), 30, None, "yes", date(2026, 1, 1)),  # never before the contract
        (None, 30, None, "yes", date(2026, 1, 1)),
    ],
)  # fmt: skip
def test_cover_begins_after_the_waiting_period_of_the_plan_else_of_the_contract(
    joined: date | None,
    plan_days: int | None,
    contract_days: int | None,
    first_of_month: str,
    earliest: date,
    tmp_path: Path,
) -> None:
    book = a_book(tmp_path)
    with book.write() as tx:
        set_to(tx, "cover_starts_first_of_month", first_of_month, TODAY)
        run = tx.connection.execute
        run("UPDATE book.contract_plan SET enrollment_waiting_period = ?", [plan_days])
        run("UPDATE book.contract SET enrollment_waiting_period = ?", [contract_days])
        run("UPDATE book.census_member SET join_date = ?, policy_start_date = ?", [joined, earliest])
    if earliest > date(2026, 1, 1):
        change(book, f"UPDATE book.census_member SET policy_start_date = DATE '{earliest}' - 1")
        (error,) = one(book, manner=BY_ITSELF).errors
        assert (error.code, error.info) == ("GB-ENR-006", {"earliestStartDate": earliest.isoformat()})
        change(book, f"UPDATE book.census_member SET policy_start_date = DATE '{earliest}'")
    assert one(book, manner=BY_ITSELF).is_success
    assert found(book, "SELECT effective_date FROM book.insurance_policy") == [(earliest,)]


@pytest.mark.rule("EN-17")
def test_staff_may_enroll_before_the_waiting_period_ends(tmp_path: Path) -> None:
    book = a_book(tmp_path, rows(join_date=date(2026, 6, 1)))
    change(book, "UPDATE book.contract_plan SET enrollment_waiting_period = 90")
    assert codes(one(book, manner=BY_ITSELF)) == ["GB-ENR-006"]
    assert one(book).is_success


@pytest.mark.rule("EN-18", "GB-ENR-008")
def test_a_plan_without_group_number_is_not_enrolled_in(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    change(book, "UPDATE book.contract_plan SET group_number = NULL")
    (error,) = one(book).errors
    assert (error.code, error.message) == ("GB-ENR-008", "Group number is missing on the contract group plan.")


@pytest.mark.rule("EN-19", "GB-ENR-007")
def test_a_start_of_cover_after_the_contract_cannot_be_rated(tmp_path: Path) -> None:
    (error,) = one(a_book(tmp_path, rows(policy_start_date=date(2027, 1, 1)))).errors
    assert (error.code, {each["code"] for each in error.info["errors"]}) == ("GB-ENR-007", {"GB-RATE-008"})


@pytest.mark.rule("GB-ENR-010")
def test_a_flow_that_is_not_there_is_refused(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    with pytest.raises(Refused) as refused:
        one(book, flow_name="Acme")
    (error,) = refused.value.errors
    assert (error.code, error.message) == ("GB-ENR-010", "The flow Acme doesn't exist or isn't active.")
    assert one(book, flow_name="enroll member").is_success  # the default of group enrollment


def test_a_flow_of_ones_own_stops_families_by_its_issues_before_or_after_they_are_rated(tmp_path: Path) -> None:
    seen: list[Sequence[str]] = []

    def no_spouses(tx: Any, members: pl.DataFrame, context: flows.Context) -> tuple[pl.DataFrame, pl.DataFrame]:
        seen.append((context.operation, context.census_id, *members["group_census_member_id"].to_list()))
        bad = members.filter(pl.col("relationship") == "Spouse")
        return members, bad.select("row", code=pl.lit("ACME-1"), message=pl.lit("No spouses."))

    made = rows()
    made["book.member_plan"].append(chosen(OWEN, MEDICAL))
    for n, flow in enumerate((flows.Flow("Acme", before=(no_spouses,)), flows.Flow("Acme", after=(no_spouses,)))):
        book = a_book(tmp_path / str(n), made)
        outcome = many(book, [EMPLOYEE, OWEN], manner=Manner(flow=flow))
        assert outcome["code"].to_list() == ["ACME-1", None]
        assert seen[-1] == ("Enroll", CENSUS, EMPLOYEE, SPOUSE, OWEN)
        assert (counts(book)[0], statuses(book)[EMPLOYEE, MEDICAL]) == (1, "Failed")


@pytest.mark.rule("EN-19")
def test_dependents_share_the_start_of_their_primary(tmp_path: Path) -> None:
    book = enrolled(tmp_path)
    assert found(book, "SELECT DISTINCT effective_date FROM book.policy_participant") == [(HIRED,)]
