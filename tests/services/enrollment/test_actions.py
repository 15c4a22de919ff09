"""The two actions and the Std services: what they take, refuse and make (enrollment, sections 4 and 7)."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from services import job_runs, jobs
from services.book import Book
from services.enrollment import std
from services.enrollment.actions import Processed, enroll_members, process
from services.insurance_errors import Refused
from services.member_rating.action import ids_of, rate_members
from services.member_rating.spelling import ACTION, spelled
from services.scope import EVERYTHING, Scope
from services.settings import set_to
from tests.services.enrollment.desk import (
    CENSUS,
    CONTRACT,
    DENTAL,
    EMPLOYEE,
    HIRED,
    HOSPITAL,
    MEDICAL,
    OWEN,
    SPOUSE,
    TODAY,
    a_book,
    change,
    chosen,
    counts,
    found,
    one,
    rows,
    statuses,
)

TERM = "SELECT effective_date, standard_cents, term_cents FROM book.insurance_policy ORDER BY policy_id"
JANUARY = date(2026, 1, 1)


def two(**employee: Any) -> Any:
    """The family and Owen, both in Medical."""
    made = rows(**employee)
    made["book.member_plan"].append(chosen(OWEN, MEDICAL))
    return made


def rated(book: Book, *members: str, day: str | None = None) -> dict[str, Any]:
    """The output of the rating action, as it comes over the wire."""
    with book.read() as tx:
        picture = rate_members(tx, members, MEDICAL, effective_date=day, scope=EVERYTHING)
    return {"memberRatingOutputRep": {"errors": [], "pricingResults": orjson.loads(spelled(picture, ACTION))}}


def processed(book: Book, members: Sequence[str] | None, pricing: Any = None, **more: Any) -> Processed:
    """Process Member Enrollment."""
    scope = more.pop("scope", EVERYTHING)
    plan = more.pop("plan", MEDICAL)
    with book.write() as tx:
        return process(tx, plan, members, pricing, scope=scope, now=TODAY, **more)


def enrolled(book: Book, members: Sequence[str] | None, **more: Any) -> Processed:
    """The older Enroll Members."""
    with book.write() as tx:
        return enroll_members(tx, members, scope=EVERYTHING, now=TODAY, **more)


def std_enrolled(book: Book, *args: Any, **more: Any) -> dict[str, Any]:
    """Std enrollMembers, or enrollNewHires."""
    with book.write() as tx:
        return std.enroll_members(tx, *args, scope=EVERYTHING, now=TODAY, **more)


def family_of(book: Book, **change_of: Any) -> dict[str, Any]:
    """Std enrollFamily."""
    asked = {
        "flow_name": None, "census_id": CENSUS, "contract_id": CONTRACT, "member_id": EMPLOYEE, "plan_id": MEDICAL,
        "matching_keys": ["FirstName", "LastName"],
    } | change_of  # fmt: skip
    with book.write() as tx:
        return std.enroll_family(tx, scope=EVERYTHING, now=TODAY, **asked)


def whole(error: Any) -> tuple[str, Any]:
    return error.code, error.info.get("memberId")


@pytest.mark.rule("RA-18")
@pytest.mark.parametrize("is_bare", [False, True])
def test_the_output_of_the_rating_action_is_taken_unchanged(is_bare: bool, tmp_path: Path) -> None:
    book = a_book(tmp_path, two(policy_start_date=HIRED))
    output = rated(book, EMPLOYEE, SPOUSE, OWEN)
    done = processed(book, [EMPLOYEE, SPOUSE, OWEN], output["memberRatingOutputRep"] if is_bare else output)
    assert (len(done.policy_ids), done.errors) == (2, [])
    assert found(book, TERM) == [(HIRED, 12_480_00, 8_889_87), (JANUARY, 5_400_00, 5_400_00)]


@pytest.mark.rule("RA-18")
@pytest.mark.parametrize("day", ["2026-04-16", None])
@pytest.mark.parametrize("hired", [None, date(2026, 6, 1)])
def test_an_output_rated_for_another_day_is_taken_whether_the_day_is_said_or_not(
    day: str | None, hired: date | None, tmp_path: Path
) -> None:
    book = a_book(tmp_path, two(policy_start_date=hired))
    output = rated(book, EMPLOYEE, SPOUSE, day="2026-04-16")
    done = processed(book, [EMPLOYEE], output, day=day)
    assert (len(done.policy_ids), done.errors) == (1, [])
    assert found(book, TERM) == [(HIRED, 12_480_00, 8_889_87)]


@pytest.mark.rule("RA-18")
def test_an_output_may_speak_of_kin_that_did_not_choose_the_plan(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    done = processed(book, [EMPLOYEE, SPOUSE, "M3"], rated(book, EMPLOYEE, SPOUSE, "M3"))
    assert (len(done.policy_ids), done.errors, counts(book)) == (1, [], (1, 2, 2))


@pytest.mark.rule("RA-18")
def test_the_members_of_the_output_are_enrolled_where_none_are_named(tmp_path: Path) -> None:
    book = a_book(tmp_path, two())
    assert len(processed(book, None, rated(book, EMPLOYEE, SPOUSE, OWEN)).policy_ids) == 2


def test_a_primary_rated_alone_comes_with_the_dependents(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    assert processed(book, [EMPLOYEE], rated(book, EMPLOYEE)).errors == []
    assert counts(book) == (1, 2, 2)


def _raised(output: dict[str, Any]) -> None:
    coverage = output["memberRatingOutputRep"]["pricingResults"][0]["plans"][0]["coverages"][0]
    coverage["proratedRates"][0]["value"] += 0.01


def _shifted(output: dict[str, Any]) -> None:
    shares = output["memberRatingOutputRep"]["pricingResults"][0]["plans"][0]["coverages"][0]["contributions"]
    shares["employerPremiumAmount"] += 1
    shares["employeePremiumAmount"] -= 1


def _part_of_a_cent(output: dict[str, Any]) -> None:
    output["memberRatingOutputRep"]["pricingResults"][0]["plans"][0]["coverages"][0]["rates"][0]["value"] += 0.004


def _less(output: dict[str, Any]) -> None:
    output["memberRatingOutputRep"]["pricingResults"][0]["plans"][0]["coverages"].pop()


def _more(output: dict[str, Any]) -> None:
    coverages = output["memberRatingOutputRep"]["pricingResults"][0]["plans"][0]["coverages"]
    coverages.append(coverages[0] | {"coverageId": "another"})


def _bare(output: dict[str, Any]) -> None:
    output["memberRatingOutputRep"]["pricingResults"][0]["plans"] = []


@pytest.mark.parametrize("changed", [_raised, _shifted, _part_of_a_cent, _less, _more, _bare])
def test_amounts_that_are_not_those_of_the_rating_are_refused_and_nothing_is_begun(
    changed: Any, tmp_path: Path
) -> None:
    book = a_book(tmp_path, two())
    output = rated(book, EMPLOYEE, SPOUSE, OWEN)
    changed(output)
    done = processed(book, [EMPLOYEE, OWEN], output)
    assert [whole(error) for error in done.errors] == [("GB-ENR-014", EMPLOYEE)]
    assert (counts(book)[0], statuses(book)[EMPLOYEE, MEDICAL]) == (1, "To Be Started")


@pytest.mark.parametrize(
    "pricing",
    [
        {},
        {"pricingResults": 1},
        {"pricingResults": {"a": 1}},
        {"pricingResults": [1]},
        {"pricingResults": [{"memberId": {"a": 1}}]},
        {"memberRatingOutputRep": None},
    ],
)
@pytest.mark.parametrize("members", [[EMPLOYEE], None])
def test_what_is_no_output_of_the_rating_is_refused(members: Any, pricing: Any, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        processed(a_book(tmp_path), members, pricing)
    assert refused.value.code == "SF-0001-0007"


@pytest.mark.parametrize("odd", [{"a": 1}, ["x"]])
def test_a_record_whose_id_is_no_text_is_refused(odd: Any) -> None:
    with pytest.raises(Refused, match="groupCensusMembers"):
        ids_of([{"Id": EMPLOYEE}, {"Id": odd}])


@pytest.mark.rule("GB-ENR-001", "GB-ENR-005")
def test_members_of_an_action_that_cannot_be_enrolled_are_told_one_by_one(tmp_path: Path) -> None:
    book = a_book(tmp_path, two())
    done = processed(book, ["nobody", SPOUSE, OWEN])
    assert [whole(error) for error in done.errors] == [("SF-0001-0005", "nobody"), ("GB-ENR-005", SPOUSE)]
    assert found(book, "SELECT group_census_member_id FROM book.insurance_policy") == [(OWEN,)]


@pytest.mark.rule("GB-ENR-002", "GB-ENR-003")
@pytest.mark.parametrize(
    ("more", "code", "reason"),
    [
        ({"plan": None}, "SF-0001-0004", "GB-ENR-002"),
        ({"members": []}, "SF-0001-0004", None),
        ({"plan": "none"}, "GB-ENR-003", None),
        ({"scope": Scope(("other",))}, "GB-ENR-003", None),
        ({"day": "2027-01-01"}, "GB-RATE-008", None),
        ({"day": "tomorrow"}, "SF-0001-0003", "GB-RATE-013"),
    ],
)
def test_an_input_is_refused_as_a_whole(more: dict[str, Any], code: str, reason: str | None, tmp_path: Path) -> None:
    members = more.pop("members", [EMPLOYEE])
    with pytest.raises(Refused) as refused:
        processed(a_book(tmp_path), members, **more)
    assert (refused.value.code, refused.value.errors[0].info.get("reason")) == (code, reason)


def test_an_action_takes_as_many_members_as_the_setting_says(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    with book.write() as tx:
        set_to(tx, "most_members_per_request", "2", TODAY)
    assert processed(book, [EMPLOYEE, OWEN]).policy_ids
    with pytest.raises(Refused) as refused:
        processed(book, [EMPLOYEE, SPOUSE, OWEN])
    assert refused.value.code == "GB-CEN-001"


@pytest.mark.rule("EN-12")
def test_the_action_checks_for_duplicates_unless_it_is_told_not_to(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    one(book)
    change(book, "UPDATE book.member_plan SET enrollment_status = 'Failed'")
    assert [error.code for error in processed(book, [EMPLOYEE]).errors] == ["GB-ENR-009"]
    assert processed(book, [EMPLOYEE], checks_duplicates=False).policy_ids


def test_related_records_are_made_on_request_only(tmp_path: Path) -> None:
    for asked, n in ((False, 0), (True, 2)):
        book = a_book(tmp_path / str(n))
        processed(book, [EMPLOYEE], makes_relations=asked)
        # nobody has an account or a contact here: the action makes none, its flow does before
        assert found(book, "SELECT count(*) FROM book.participant_relation") == [(n,)]


@pytest.mark.rule("PR-7")
def test_the_older_action_covers_the_whole_term_unless_it_is_a_new_hire(tmp_path: Path) -> None:
    for is_new, first in ((False, JANUARY), (True, HIRED)):
        book = a_book(tmp_path / str(is_new), two(policy_start_date=HIRED))
        done = enrolled(book, [EMPLOYEE], plan_id=MEDICAL, contract_id=CONTRACT, is_new_hire=is_new)
        assert done.errors == []
        assert found(book, "SELECT effective_date FROM book.insurance_policy") == [(first,)]


def test_the_older_action_enrolls_in_everything_chosen_of_a_contract(tmp_path: Path) -> None:
    book = a_book(tmp_path, two())
    assert len(enrolled(book, [EMPLOYEE, OWEN], contract_id=CONTRACT).policy_ids) == 3
    book = a_book(tmp_path / "one product", two())
    done = enrolled(book, [EMPLOYEE, OWEN], contract_id=CONTRACT, product_id=f"product of {DENTAL}")
    assert len(done.policy_ids) == 1


@pytest.mark.rule("GB-ENR-012")
def test_a_new_hire_of_the_older_action_needs_a_start_of_cover(tmp_path: Path) -> None:
    for hired, says in (
        (None, "Specify a valid date"),
        (date(2025, 12, 31), "Specify a PolicyStartDate that's within"),
    ):
        book = a_book(tmp_path / says, two(policy_start_date=hired))
        (error,) = enrolled(book, [EMPLOYEE], plan_id=MEDICAL, is_new_hire=True).errors
        assert (error.code, error.message.startswith(says)) == ("GB-ENR-012", True)
        assert statuses(book)[EMPLOYEE, MEDICAL] == "Failed"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, "SF-0001-0004"),
        ({"plan_id": "none"}, "GB-ENR-003"),
        ({"plan_id": MEDICAL, "contract_id": "none"}, "SF-0001-0005"),
        ({"plan_id": MEDICAL, "product_id": "none"}, "SF-0001-0005"),
        ({"plan_id": MEDICAL, "request_id": "none"}, "SF-0001-0005"),
    ],
)
def test_the_older_action_refuses_ids_that_do_not_exist(more: dict[str, Any], code: str, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        enrolled(a_book(tmp_path), [EMPLOYEE], **more)
    assert refused.value.code == code


@pytest.mark.rule("PR-7")
def test_std_enroll_members_takes_a_census_or_a_list_and_covers_the_whole_term(tmp_path: Path) -> None:
    for members, n in ((None, 3), ([EMPLOYEE], 2)):
        book = a_book(tmp_path / str(n), two(policy_start_date=HIRED))
        done = std_enrolled(book, CONTRACT, CENSUS, members, roles=std.Roles("Owner", "Kin"))
        assert (len(done["policyIds"]), done["errors"]) == (n, [])
        assert found(book, "SELECT DISTINCT effective_date FROM book.insurance_policy") == [(JANUARY,)]
        assert set(found(book, "SELECT role FROM book.policy_participant")) == {("Owner",), ("Kin",)}


def test_std_enroll_members_tells_which_family_failed_in_which_plan(tmp_path: Path) -> None:
    book = a_book(tmp_path, two())
    change(book, "UPDATE ref.rate_cell SET keys = ['Child'] WHERE keys = ['Spouse']")
    done = std_enrolled(book, CONTRACT, CENSUS, None)
    assert len(done["policyIds"]) == 2
    assert done["errors"] == [
        {
            "error": "Couldn't rate this family. No rate found for the member's attributes.",
            "rootPlanId": MEDICAL,
            "censusMemberId": EMPLOYEE,
        }
    ]


@pytest.mark.rule("GB-ENR-012", "PR-6")
def test_new_hires_are_enrolled_from_their_start_of_cover_or_the_call_is_refused_with_their_ids(tmp_path: Path) -> None:
    book = a_book(tmp_path, two(policy_start_date=HIRED))
    with pytest.raises(Refused) as refused:
        std_enrolled(book, CONTRACT, CENSUS, None, is_new_hire=True)
    (error,) = refused.value.errors
    assert (error.message, error.info["censusMemberIds"]) == ("Specify a valid date for PolicyStartDate.", [OWEN])
    change(
        book,
        f"UPDATE book.census_member SET policy_start_date = DATE '2027-01-01' WHERE group_census_member_id = '{OWEN}'",
    )
    with pytest.raises(Refused) as refused:
        std_enrolled(book, CONTRACT, CENSUS, None, is_new_hire=True)
    (error,) = refused.value.errors
    assert (error.message, error.info["censusMemberIds"]) == (
        "Specify a PolicyStartDate that's within the ContractStartDate and ContractEndDate.", [OWEN],
    )  # fmt: skip
    assert counts(book) == (0, 0, 0)
    change(
        book,
        f"UPDATE book.census_member SET policy_start_date = DATE '2026-12-31' WHERE group_census_member_id = '{OWEN}'",
    )
    assert len(std_enrolled(book, CONTRACT, CENSUS, None, is_new_hire=True)["policyIds"]) == 3
    # the last of 365 days: 5,400.00 / 365 = 14.794...
    assert (date(2026, 12, 31), 5_400_00, 14_79) in found(book, TERM)


@pytest.mark.rule("GB-ENR-012", "PR-6")
def test_of_a_census_only_who_is_yet_to_be_enrolled_is_a_new_hire_and_of_a_list_everybody(tmp_path: Path) -> None:
    book = a_book(tmp_path, two(policy_start_date=HIRED))
    assert len(std_enrolled(book, CONTRACT, None, [OWEN])["policyIds"]) == 1  # staff: no PolicyStartDate, enrolled
    done = std_enrolled(book, CONTRACT, CENSUS, None, is_new_hire=True)
    assert len(done["policyIds"]) == 2
    assert [(each["censusMemberId"], each["error"]) for each in done["errors"]] == [(OWEN, "already enrolled")]
    with pytest.raises(Refused) as refused:
        std_enrolled(book, CONTRACT, None, [EMPLOYEE, OWEN], is_new_hire=True)
    (error,) = refused.value.errors
    assert (error.code, error.info["censusMemberIds"]) == ("GB-ENR-012", [OWEN])


@pytest.mark.rule("GB-ENR-012", "EN-16")
@pytest.mark.parametrize("refuses", ["is_opt_out_all_plans = true", "opt_out_plan_types = 'Dental; medical'"])
def test_a_primary_who_refused_is_no_new_hire_of_the_census(refuses: str, tmp_path: Path) -> None:
    book = a_book(tmp_path, two(policy_start_date=HIRED))
    change(book, f"UPDATE book.census_member SET {refuses} WHERE group_census_member_id = '{OWEN}'")
    done = std_enrolled(book, CONTRACT, CENSUS, None, is_new_hire=True)
    assert (len(done["policyIds"]), [each["censusMemberId"] for each in done["errors"]]) == (2, [OWEN])


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ((None, CENSUS, None), "SF-0001-0004"),
        (("none", CENSUS, None), "SF-0001-0005"),
        ((CONTRACT, None, None), "SF-0001-0004"),
        ((CONTRACT, "none", None), "SF-0001-0005"),
    ],
)
def test_std_enroll_members_needs_a_contract_and_a_census_or_members(args: Any, code: str, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        std_enrolled(a_book(tmp_path), *args)
    assert refused.value.code == code


def test_std_enroll_members_async_is_a_job_of_that_contract(tmp_path: Path) -> None:
    book = a_book(tmp_path, two(policy_start_date=HIRED))
    change(book, f"UPDATE book.census_member SET policy_start_date = DATE '{HIRED}' WHERE policy_start_date IS NULL")
    with book.write() as tx:
        request_id = std.enroll_members_async(
            tx,
            CONTRACT,
            CENSUS,
            is_new_hire=True,
            matching_keys=["FirstName", "LastName"],
            user_details={"profile_id": "00e000000000000001"},
            scope=EVERYTHING,
            now=TODAY,
        )
    job_runs.run_pending(book, lambda: TODAY)
    with book.read() as tx:
        told = jobs.status(tx, request_id, scope=EVERYTHING)
    assert (told["name"], told["status"], told["result"]["policiesMade"]) == ("Insurance Enrollment", "Completed", 3)
    assert found(book, "SELECT DISTINCT effective_date FROM book.insurance_policy") == [(HIRED,)]


def test_std_enroll_members_async_covers_the_whole_term_without_a_new_hire(tmp_path: Path) -> None:
    book = a_book(tmp_path, two(policy_start_date=HIRED))
    with book.write() as tx:
        std.enroll_members_async(tx, CONTRACT, CENSUS, scope=EVERYTHING, now=TODAY)
        for args in ((None, CENSUS), ("none", CENSUS), (CONTRACT, None), (CONTRACT, "none")):
            with pytest.raises(Refused):
                std.enroll_members_async(tx, *args, scope=EVERYTHING, now=TODAY)
    job_runs.run_pending(book, lambda: TODAY)
    assert found(book, "SELECT DISTINCT effective_date FROM book.insurance_policy") == [(JANUARY,)]


@pytest.mark.rule("EN-10", "GB-ENR-011", "PR-7")
def test_std_enroll_family_gives_a_policy_once(tmp_path: Path) -> None:
    for is_prorated, first in ((False, JANUARY), (True, HIRED)):
        book = a_book(tmp_path / str(is_prorated))
        policy_id = family_of(book, is_prorated=is_prorated)["policyId"]
        assert found(book, "SELECT policy_id, effective_date FROM book.insurance_policy") == [(policy_id, first)]
        assert found(book, "SELECT count(*) FROM book.person_account") == [(2,)]
    assert family_of(book) == {
        "errors": [{"error": "already enrolled", "rootPlanId": MEDICAL, "censusMemberId": EMPLOYEE}]
    }


@pytest.mark.rule("GB-ENR-003", "GB-ENR-010")
@pytest.mark.parametrize(
    ("more", "code"),
    [
        *(
            ({name: None}, "SF-0001-0004")
            for name in ("census_id", "contract_id", "member_id", "plan_id", "matching_keys")
        ),
        *(({name: "none"}, "SF-0001-0005") for name in ("census_id", "contract_id", "member_id")),
        ({"matching_keys": ["Nickname"]}, "SF-0001-0013"),
        ({"flow_name": "Acme"}, "GB-ENR-010"),
    ],
)
def test_std_enroll_family_refuses_what_is_missing_or_unknown(more: dict[str, Any], code: str, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        family_of(a_book(tmp_path), **more)
    assert refused.value.code == code


def test_std_enroll_family_tells_a_plan_that_is_no_root_of_the_contract(tmp_path: Path) -> None:
    for key in ("none", HOSPITAL):
        (error,) = family_of(a_book(tmp_path / key), plan_id=key)["errors"]
        assert (error["error"].startswith("The contract group plan isn't a root plan"), error["rootPlanId"]) == (
            True,
            key,
        )
