"""Members changed by id: what a row leaves out, clears and cannot change (census members, section 1)."""

from datetime import date

import pytest

from tests.services.census_load.builder import CENSUS, HOURLY, LATER, OTHER, SALARIED
from tests.services.members.door import Door, child, codes, head


def key(*values: str) -> str:
    """Layout A, by hand: MD5 over the values, each followed by a comma."""
    from hashlib import md5

    return md5("".join(f"{value}," for value in values).encode()).hexdigest()


@pytest.mark.rule("CM-5", "CM-12")
def test_rows_without_id_and_with_an_id_of_elsewhere_fail_beside_good_ones(door: Door) -> None:
    [noor] = door.add(head()).member_ids
    [other] = door.add(head("Owen", "Park", "P1"), census=OTHER).member_ids
    answer = door.change({"city": "Porto"}, {"id": other, "city": "Porto"}, {"id": noor, "city": "Porto"}, {"id": ""})
    assert [(e.code, e.message, e.info) for e in answer.errors] == [
        ("SF-0001-0004", "Specify an input for id.", {"index": 0, "field": "id"}),
        ("SF-0001-0005", "Specify a valid input for id.", {"index": 1, "field": "id"}),
        ("SF-0001-0004", "Specify an input for id.", {"index": 3, "field": "id"}),
    ]
    assert answer.member_ids == [noor]
    assert door.of(other, "city") is None
    assert door.of(noor, "city") == "Porto"


@pytest.mark.rule("CM-5")
def test_an_id_that_is_no_text_is_told_once(door: Door) -> None:
    answer = door.change({"id": 5, "city": "Porto"}, {"city": "Porto"})
    assert codes(answer) == [(0, "SF-0001-0005", "id"), (1, "SF-0001-0004", "id")]


@pytest.mark.rule("CM-5")
def test_a_change_never_makes_a_member(door: Door) -> None:
    answer = door.change({**head(), "id": "0r6none"})
    assert answer.member_ids == [] and answer.n_created == 0
    assert door.world.members() == []


@pytest.mark.rule("CM-6")
def test_what_a_row_leaves_out_stays_and_an_explicit_null_clears(door: Door) -> None:
    [noor] = door.add(
        head(city="Lisbon", state="LX", birthdate="1984-02-11", annualEligibleSalary=1000.25, isPortalUser=True,
             optOutPlanTypes="Dental", primaryMemberCategory="A", status="Completed", fullTimeEquivalent=0.5)
    ).member_ids  # fmt: skip
    door.change({"id": noor, "city": None, "isPortalUser": None, "primaryMemberCategory": None, "status": None,
                 "fullTimeEquivalent": None, "optOutPlanTypes": None, "postalCode": "0042"}, now=LATER)  # fmt: skip
    assert door.of(
        noor, "city", "state", "birth_date", "annual_salary_cents", "is_portal_user", "primary_member_category",
        "status", "full_time_equivalent", "opt_out_plan_types", "postal_code", "modified_at",
    ) == (None, "LX", date(1984, 2, 11), 100025, False, None, None, None, None, "0042", LATER)  # fmt: skip


@pytest.mark.rule("CM-6", "CM-9")
def test_a_required_name_cannot_be_cleared_but_the_full_name_is_made_again(door: Door) -> None:
    [noor] = door.add(head(name="Dr. N. Haddad")).member_ids
    assert codes(door.change({"id": noor, "lastname": None})) == [(0, "SF-0001-0004", "lastname")]
    assert door.of(noor, "last_name") == "Haddad"
    door.change({"id": noor, "lastname": "Saliba"})
    assert door.of(noor, "name") == "Dr. N. Haddad"
    door.change({"id": noor, "name": None})
    assert door.of(noor, "name") == "Noor Saliba"
    door.change({"id": noor, "lastname": "Haddad"})
    assert door.of(noor, "name") == "Noor Haddad"


@pytest.mark.rule("CM-7", "CV-20")
def test_a_change_of_a_key_field_makes_the_key_anew(door: Door) -> None:
    [noor] = door.add(head()).member_ids
    door.change({"id": noor, "lastname": "Saliba"})
    assert door.of(noor, "member_key") == key("Self", "Noor", "Saliba", CENSUS)


@pytest.mark.rule("CV-20", "OB-5")
def test_a_key_that_another_member_has_fails_the_row(door: Door) -> None:
    noor, nora = door.add(head(), head("Nora", source="HR-9")).member_ids
    answer = door.change({"id": nora, "firstName": "Noor"})
    assert [(e.code, e.info) for e in answer.errors] == [("GB-CEN-002", {"index": 0, "memberId": nora})]
    assert door.of(nora, "first_name") == "Nora"
    assert door.change({"id": noor, "firstName": "Noor"}).is_success


@pytest.mark.rule("CV-20")
def test_a_change_of_an_asked_key_field_makes_the_key_anew(door: Door) -> None:
    [noor] = door.add(head(birthdate="1984-02-11"), duplicate_fields=["Birthdate"]).member_ids
    assert door.of(noor, "member_key") == key("Self", "Noor", "Haddad", CENSUS, "1984-02-11")
    door.change({"id": noor, "birthdate": "1985-02-11"}, duplicate_fields=["Birthdate"])
    assert door.of(noor, "member_key") == key("Self", "Noor", "Haddad", CENSUS, "1985-02-11")


@pytest.mark.rule("CV-19", "CV-20")
@pytest.mark.parametrize(
    ("fields", "change", "values"),
    [
        (["Birthdate"], {"lastname": "Saliba"}, ("Self", "Noor", "Saliba", CENSUS, "1984-02-11")),
        (["Birthdate"], {"birthdate": "1985-02-11"}, ("Self", "Noor", "Haddad", CENSUS, "1985-02-11")),
        (["Email"], {"email": "n@example.org"}, ("Self", "Noor", "Haddad", "n@example.org", CENSUS)),
        (["Gender", "Birthdate"], {"firstName": "Nour"}, ("Self", "Nour", "Haddad", CENSUS, "Female", "1984-02-11")),
    ],
)
def test_a_key_is_made_anew_of_the_fields_it_was_made_of_also_where_the_change_does_not_list_them(
    door: Door, fields: list[str], change: dict[str, str], values: tuple[str, ...]
) -> None:
    person = head(birthdate="1984-02-11", gender="Female", email="noor.haddad@example.org")
    [noor] = door.add(person, duplicate_fields=fields).member_ids
    assert door.change({"id": noor, **change}).is_success
    assert door.of(noor, "member_key") == key(*values)
    again = door.add(person | change, duplicate_fields=fields)
    assert (again.member_ids, again.n_created) == ([noor], 0)  # one person, one member


@pytest.mark.rule("CV-18", "CV-19", "CV-25")
def test_pay_in_a_key_reads_the_same_alone_and_among_others(door: Door) -> None:
    """Polars divides a column of cents otherwise than a single one: 61000.95 would become 61000.950000000004."""
    pay = {"Noor": 61000.95, "Nora": 7.93, "Nour": 1067.62}
    people = [head(name, source=f"HR-{name}", annualEligibleSalary=amount) for name, amount in pay.items()]
    asked = {"duplicate_fields": ["annualEligibleSalary"]}
    made = door.add(*people, **asked).member_ids
    assert [door.of(each, "member_key") for each in made] == [
        key("Self", name, "Haddad", CENSUS, str(amount)) for name, amount in pay.items()
    ]
    assert [door.add(each, **asked).member_ids for each in people] == [[each] for each in made]


@pytest.mark.rule("CV-20")
def test_a_key_made_of_other_fields_is_taken_too(door: Door) -> None:
    asked = {"duplicate_fields": ["Birthdate"]}
    noor, nora = door.add(
        head(birthdate="1984-02-11"), head("Nora", source="HR-9", birthdate="1984-02-11"), **asked
    ).member_ids
    assert codes(door.change({"id": nora, "firstName": "Noor"})) == [(0, "GB-CEN-002", None)]
    assert door.of(noor, "member_key") == key("Self", "Noor", "Haddad", CENSUS, "1984-02-11")


@pytest.mark.rule("CV-21")
def test_a_key_of_the_callers_own_survives_a_change_of_names(door: Door) -> None:
    [noor] = door.add(head(memberKey="ACME-1")).member_ids
    door.change({"id": noor, "lastname": "Saliba"})
    assert door.of(noor, "member_key") == "ACME-1"
    door.change({"id": noor, "memberKey": "ACME-2"})
    assert door.of(noor, "member_key") == "ACME-2"


@pytest.mark.rule("CV-16", "CM-7")
def test_the_class_of_a_member_cannot_be_changed_but_stated_again(door: Door) -> None:
    [noor] = door.add(head(groupClassName="Salaried")).member_ids
    for stated in ({"groupClassName": "Hourly"}, {"groupClassId": HOURLY}, {"groupClassId": None}):
        [error] = door.change({"id": noor, "city": "Porto", **stated}).errors
        assert error.message == "Group class can't be changed for an existing member."
        assert error.info["memberId"] == noor
    assert door.of(noor, "group_class_id", "city") == (SALARIED, None)
    assert door.change({"id": noor, "groupClassName": "salaried", "groupClassId": SALARIED}).is_success


@pytest.mark.rule("CV-16", "CM-7")
def test_the_census_of_a_member_cannot_be_changed(door: Door) -> None:
    [noor] = door.add(head()).member_ids
    assert codes(door.change({"id": noor, "groupCensusId": OTHER})) == [(0, "SF-0001-0005", "groupCensusId")]
    assert door.change({"id": noor, "groupCensusId": CENSUS}).is_success


@pytest.mark.rule("CV-14", "CV-9")
def test_a_change_of_a_primary_reaches_its_dependents(door: Door) -> None:
    noor, mira = door.add(head(), child()).member_ids
    door.change({"id": noor, "sourceSystemIdentifier": "HR-900"})
    assert door.of(mira, "primary_member_source") == "HR-900"


@pytest.mark.rule("CV-14")
def test_a_dependent_that_moves_is_counted_with_its_new_primary(door: Door) -> None:
    noor, mira, owen = door.add(head(), child(), head("Owen", "Park", "P1")).member_ids
    door.change({"id": mira, "primaryGroupCensusMemberId": owen})
    assert door.of(mira, "primary_member_id", "family_id", "primary_member_source") == (owen, owen, "P1")
    assert (door.of(noor, "dependent_count"), door.of(owen, "dependent_count")) == (0, 1)


@pytest.mark.rule("CV-14")
def test_a_dependent_with_another_association_is_counted_anew(door: Door) -> None:
    noor, mira = door.add(head(), child()).member_ids
    door.change({"id": mira, "associationWithPrimaryMbr": "Other"})
    assert door.of(noor, "dependent_count") == 0
    assert door.of(mira, "association", "relationship") == ("Other", "Other")


@pytest.mark.rule("OB-1", "OB-3")
def test_a_member_cannot_turn_from_primary_to_dependent_or_back(door: Door) -> None:
    noor, mira, owen = door.add(head(), child(), head("Owen", "Park", "P1")).member_ids
    answer = door.change(
        {"id": noor, "associationWithPrimaryMbr": "Child", "primaryGroupCensusMemberId": owen},
        {"id": mira, "associationWithPrimaryMbr": "Self"},
        {"id": owen, "primaryGroupCensusMemberId": noor},
    )
    assert {(e.info["index"], e.info.get("field")) for e in answer.errors} >= {
        (0, "associationWithPrimaryMbr"),
        (1, "associationWithPrimaryMbr"),
        (2, "primaryGroupCensusMemberId"),
    }
    assert answer.member_ids == []
    assert door.of(mira, "primary_member_id") == noor


def test_one_member_twice_in_a_request_counts_once(door: Door) -> None:
    [noor] = door.add(head()).member_ids
    answer = door.change({"id": noor, "city": "Lisbon"}, {"id": noor, "city": "Porto"})
    assert codes(answer) == [(1, "GB-CEN-002", None)]
    assert door.of(noor, "city") == "Lisbon"


def test_what_stands_in_the_book_does_not_stand_in_the_way_of_a_change(door: Door) -> None:
    [noor] = door.add(head(birthdate="1984-02-11")).member_ids
    door.world.run(f"UPDATE book.census_member SET gender = 'M' WHERE group_census_member_id = '{noor}'")
    assert door.change({"id": noor, "city": "Porto"}).is_success
    assert codes(door.change({"id": noor, "gender": "F"})) == [(0, "SF-0001-0005", "gender")]


@pytest.mark.rule("MP-19", "CV-28")
def test_an_opt_out_of_a_primary_takes_the_familys_plans_of_the_category_away(door: Door) -> None:
    noor, mira = door.add(head(), child()).member_ids
    for member in (noor, mira):
        for plan in ("P001", "P012", "P004"):
            door.choose(member, plan)
    door.change({"id": noor, "optOutPlanTypes": "Medical"})
    assert door.world.plans_of("Noor") == ["P004"]
    assert door.world.plans_of("Mira") == ["P004"]
    door.change({"id": noor, "isOptOutAllPlans": True})
    assert door.world.plans_of("Noor") == [] and door.world.plans_of("Mira") == []


@pytest.mark.rule("MP-19")
def test_the_setting_keeps_plans_in_spite_of_an_opt_out(door: Door) -> None:
    [noor] = door.add(head()).member_ids
    door.choose(noor, "P001")
    door.set_to("opt_out_removes_selections", "no")
    door.change({"id": noor, "isOptOutAllPlans": True})
    assert door.world.plans_of("Noor") == ["P001"]


@pytest.mark.rule("MP-20")
def test_an_enrolled_plan_is_never_taken_away_by_an_opt_out(door: Door) -> None:
    [noor] = door.add(head()).member_ids
    door.choose(noor, "P001", "Completed")
    door.choose(noor, "P004")
    assert door.change({"id": noor, "isOptOutAllPlans": True}).is_success
    assert door.world.plans_of("Noor") == ["P001"]


def test_a_dependents_own_opt_out_is_its_own_affair(door: Door) -> None:
    noor, mira = door.add(head(), child()).member_ids
    for member in (noor, mira):
        door.choose(member, "P001")
    door.change({"id": mira, "optOutPlanTypes": "Medical"})
    assert door.world.plans_of("Noor") == ["P001"] and door.world.plans_of("Mira") == []


def test_a_load_can_no_longer_be_undone_after_a_change(door: Door) -> None:
    from services.refusals import Conflict
    from services.undo import undo_last_load
    from tests.services.census_load.builder import a_file, landed, person

    door.world.load(landed(a_file(person("Noor"))))
    [(noor, load)] = door.world.members("group_census_member_id", "created_load_id")
    door.change({"id": noor, "city": "Porto"})
    assert door.of(noor, "created_load_id", "modified_load_id") == (load, None)
    with door.world.book.write() as tx, pytest.raises(Conflict):
        undo_last_load(tx, CENSUS, now=LATER)


def test_an_undo_of_a_later_load_brings_the_change_back(door: Door) -> None:
    from services.undo import undo_last_load
    from tests.services.census_load.builder import a_file, landed, person

    [noor] = door.add(head(city="Porto")).member_ids
    door.world.load(landed(a_file(person("Noor", city="Lisbon"), person("Owen", "Park"))))
    assert door.of(noor, "city") == "Lisbon"
    with door.world.book.write() as tx:
        undo_last_load(tx, CENSUS, now=LATER)
    assert door.world.members("first_name", "city") == [("Noor", "Porto")]


@pytest.mark.rule("CV-13")
def test_in_a_change_too_a_family_loses_its_dependents_when_the_primary_fails(door: Door) -> None:
    noor, mira = door.add(head(), child()).member_ids
    answer = door.change({"id": noor, "gender": "x"}, {"id": mira, "city": "Porto"}, {"id": noor + "x"})
    assert codes(answer) == [(0, "SF-0001-0005", "gender"), (1, "GB-CEN-003", None), (2, "SF-0001-0005", "id")]
    assert door.of(mira, "city") is None


@pytest.mark.rule("CM-6", "CV-13", "CV-24")
def test_a_dependent_whose_link_is_cleared_is_an_orphan_and_not_left_as_it_is(door: Door) -> None:
    noor, mira = door.add(head(), child()).member_ids
    before = door.version
    answer = door.change({"id": mira, "city": "Porto", "primaryMemberSource": None, "primaryGroupCensusMemberId": None})
    assert [(e.code, e.message, e.info["index"]) for e in answer.errors] == [
        ("GB-CEN-003", "Dependent has no primary member.", 0)
    ]
    assert not answer.is_success and door.of(mira, "primary_member_id", "city") == (noor, None)
    assert door.version == before
    # Either link alone leads to the primary still; a primary has none to clear.
    assert door.change({"id": mira, "primaryMemberSource": None}).is_success
    assert door.change({"id": mira, "primaryGroupCensusMemberId": None}).is_success
    assert door.change({"id": noor, "primaryMemberSource": None, "primaryGroupCensusMemberId": None}).is_success


@pytest.mark.rule("CM-6", "CV-13")
def test_the_only_link_cleared_leaves_an_orphan_too(door: Door) -> None:
    [noor] = door.add(head(source=None)).member_ids
    [mira] = door.add(child(of=None, primaryGroupCensusMemberId=noor)).member_ids
    assert codes(door.change({"id": mira, "primaryGroupCensusMemberId": None})) == [(0, "GB-CEN-003", None)]
