"""Census files uploaded to the service: what they make of members, plans and rows."""

import pytest

from tests.services.bulk.desk import EXAMPLE, NAMES_ONLY, QUOTE, Desk, lines
from tests.services.census_load.builder import CENSUS, LATER, SALARIED, plan_id


@pytest.mark.rule("BC-1", "BC-4", "BC-20", "BC-25", "BC-26")
def test_the_example_of_the_contract_is_accepted_and_then_loaded_with_its_plans(desk: Desk) -> None:
    request_id = desk.ask()
    assert desk.names() == []
    before = desk.status(request_id)
    assert (before["status"], before["jobCount"], before["pendingJobCount"], before["result"]) == (
        "Scheduled",
        1,
        1,
        None,
    )
    assert desk.work() == [request_id]
    after = desk.status(request_id)
    assert after["status"] == "Completed"
    assert (after["rowsRead"], after["rowsCreated"], after["rowsUpdated"], after["rowsFailed"]) == (3, 3, 0, 0)
    assert after["errorDocumentId"] is None
    assert desk.names() == ["Noor", "Elias", "Owen"]
    assert desk.world.plans_of("Noor") == ["P001", "P003", "P011", "P012"]
    assert desk.world.plans_of("Elias") == ["P001", "P011"]
    assert desk.world.plans_of("Owen") == ["P003"]


@pytest.mark.rule("BC-8", "CV-25")
def test_the_same_file_twice_changes_nothing(desk: Desk) -> None:
    desk.upload()
    before = desk.world.state("book.census_member", "book.member_plan", "book.census_summary")
    again = desk.upload()
    assert (again["rowsRead"], again["rowsCreated"], again["rowsUpdated"], again["rowsFailed"]) == (3, 0, 0, 0)
    assert desk.world.state("book.census_member", "book.member_plan", "book.census_summary") == before


@pytest.mark.rule("BC-8", "CV-19")
def test_a_known_person_is_updated_and_a_new_one_made(desk: Desk) -> None:
    desk.upload()
    text = EXAMPLE.replace("1990-01-20", "1990-01-21") + "Lea,Ruiz,1979-07-07,Self,Hourly,,\n"
    done = desk.upload(text)
    assert (done["rowsRead"], done["rowsCreated"], done["rowsUpdated"]) == (4, 1, 1)
    born = desk.world.sql("SELECT CAST(birth_date AS VARCHAR) FROM book.census_member WHERE first_name = 'Owen'")
    assert born == [("1990-01-21",)]


@pytest.mark.rule("BC-3", "BC-38")
def test_columns_without_a_field_are_ignored_however_well_they_are_named(desk: Desk) -> None:
    text = lines(
        ["Noor", "Haddad", "Self", "noor@example.org", "F"], header=["Given", "Family", "Role", "Email", "Gender"]
    )
    assert desk.upload(text, mapping={**NAMES_ONLY, "Gender": ""})["status"] == "Completed"
    assert desk.world.members("email", "gender") == [(None, None)]


@pytest.mark.rule("BC-35", "BC-20")
def test_headings_are_compared_trimmed_and_blank_lines_are_skipped(desk: Desk) -> None:
    text = '\ufeffGiven , Family,Role\nNoor,Haddad,Self\n\n,,\n"Ann, Marie",Stone,Self\n\n'
    done = desk.upload(
        text, mapping={" Given": "FirstName", "Family ": "Lastname", "Role": "AssociationWithPrimaryMbr"}
    )
    assert (done["status"], done["rowsRead"], done["rowsCreated"]) == ("Completed", 2, 2)
    assert desk.names() == ["Noor", "Ann, Marie"]


@pytest.mark.rule("BC-21")
def test_associations_are_read_in_any_case_and_kept_in_the_published_spelling(desk: Desk) -> None:
    text = lines(["Noor", "Haddad", "SELF"], ["Elias", "Haddad", "spouse"], ["Ida", "Haddad", "parent-IN-law"])
    assert desk.upload(text, mapping=NAMES_ONLY)["status"] == "Completed"
    assert [row[0] for row in desk.world.members("association")] == ["Self", "Spouse", "Parent-in-law"]


@pytest.mark.rule("BC-22", "CV-8", "CV-13")
def test_a_dependent_hangs_from_the_primary_above_and_is_an_orphan_without_one(desk: Desk) -> None:
    text = lines(
        ["Mira", "Early", "Child"],
        ["Noor", "Haddad", "Self"],
        ["Elias", "Haddad", "Spouse"],
        ["", "Nameless", "Self"],
        ["Tariq", "Nameless", "Child"],
    )
    done = desk.upload(text, mapping=NAMES_ONLY)
    assert desk.names() == ["Noor", "Elias"]
    told = {d["rowNumber"]: d["code"] for d in desk.details(done["requestId"]) if d["status"] == "Failed"}
    assert told == {1: "GB-CEN-003", 4: "SF-0001-0004", 5: "GB-CEN-003"}


@pytest.mark.rule("BC-22")
def test_the_identifier_of_a_primary_beats_the_row_above(desk: Desk) -> None:
    header = ["Given", "Family", "Role", "Own", "Of"]
    text = lines(
        ["Noor", "Haddad", "Self", "HR-1", ""],
        ["Owen", "Park", "Self", "HR-2", ""],
        ["Mira", "Haddad", "Child", "HR-3", "HR-1"],
        header=header,
    )
    mapping = {**NAMES_ONLY, "Own": "SourceSystemIdentifier", "Of": "PrimaryMemberSource"}
    assert desk.upload(text, mapping=mapping)["status"] == "Completed"
    found = desk.world.sql(
        "SELECT p.first_name FROM book.census_member AS m JOIN book.census_member AS p"
        " ON p.group_census_member_id = m.primary_member_id WHERE m.first_name = 'Mira'"
    )
    assert found == [("Noor",)]


@pytest.mark.rule("BC-23")
def test_people_are_known_by_names_and_association_and_not_by_their_mail(desk: Desk) -> None:
    mapping = {**NAMES_ONLY, "Mail": "Email"}
    header = ["Given", "Family", "Role", "Mail"]
    desk.upload(lines(["Noor", "Haddad", "Self", "a@example.org"], header=header), mapping=mapping)
    done = desk.upload(lines(["Noor", "Haddad", "Self", "b@example.org"], header=header), mapping=mapping)
    assert (done["rowsCreated"], done["rowsUpdated"]) == (0, 1)
    # md5("Self,Noor,Haddad,0rfGB000000C001AAA,"): the first test vector of the conventions.
    assert desk.world.members("member_key") == [("6b8c5895b5c2d00cad3c931dadceef72",)]


@pytest.mark.rule("BC-24", "CV-15", "CV-16")
def test_dependents_have_the_class_of_their_primary_and_it_cannot_change(desk: Desk) -> None:
    desk.upload(EXAMPLE.replace("Spouse,,", "Spouse,Hourly,"))
    assert set(desk.world.sql("SELECT group_class_id FROM book.census_member WHERE last_name = 'Haddad'")) == {
        (SALARIED,)
    }
    done = desk.upload(EXAMPLE.replace("Self,Salaried", "Self,Hourly"))
    (failed,) = [d for d in desk.details(done["requestId"]) if d["rowNumber"] == 1]
    assert failed["message"] == "Group class can't be changed for an existing member."


@pytest.mark.rule("BC-36", "CM-10")
def test_a_class_may_be_named_by_its_id(desk: Desk) -> None:
    text = lines(["Noor", "Haddad", "Self", SALARIED], header=["Given", "Family", "Role", "Class id"])
    assert desk.upload(text, mapping={**NAMES_ONLY, "Class id": "GroupClassId"})["status"] == "Completed"
    assert desk.world.members("group_class_id") == [(SALARIED,)]


@pytest.mark.rule("BC-35", "CM-6")
def test_who_wants_a_portal_user_is_read_from_the_file_and_a_blank_cell_leaves_it(desk: Desk) -> None:
    header = ["Given", "Family", "Role", "Portal"]
    mapping = {**NAMES_ONLY, "Portal": "IsPortalUser"}
    people = [["Noor", "Haddad", "Self"], ["Elias", "Haddad", "Spouse"], ["Owen", "Park", "Self"]]
    rows = [[*person, cell] for person, cell in zip(people, ("TRUE", "no", ""), strict=True)]
    assert desk.upload(lines(*rows, header=header), mapping=mapping)["result"]["warnings"] == []
    assert desk.world.members("first_name", "is_portal_user") == [("Noor", True), ("Elias", False), ("Owen", False)]
    again = [[*person, cell] for person, cell in zip(people, ("", "yes", "perhaps"), strict=True)]
    done = desk.upload(lines(*again, header=header), mapping=mapping)
    assert desk.world.members("first_name", "is_portal_user") == [("Noor", True), ("Elias", True), ("Owen", False)]
    (failed,) = [d for d in desk.details(done["requestId"]) if d["status"] == "Failed"]
    assert (failed["rowNumber"], failed["code"], failed["field"]) == (3, "SF-0001-0005", "IsPortalUser")


@pytest.mark.rule("BC-27", "BC-11", "CV-30")
def test_a_plan_for_another_class_is_refused_and_its_member_saved(desk: Desk) -> None:
    header = ["Given", "Family", "Role", "Class", "Dental"]
    text = lines(["Owen", "Park", "Self", "Hourly", "Smile Executive"], header=header)
    mapping = {**NAMES_ONLY, "Class": "GroupClassName", "Dental": "ContractGroupPlan"}
    done = desk.upload(text, mapping=mapping)
    assert (done["status"], done["rowsCreated"], done["rowsFailed"]) == ("Completed With Errors", 1, 1)
    assert desk.names() == ["Owen"]
    assert desk.world.plans_of("Owen") == []
    (detail,) = desk.details(done["requestId"])
    assert (detail["code"], detail["reference_record_id"][:3]) == ("GB-MPL-002", "0r6")
    assert desk.errors(done)[1][:5] == ["Owen", "Park", "Self", "Hourly", "Smile Executive"]


@pytest.mark.rule("BC-26", "BC-28")
def test_plans_are_named_in_any_case_or_by_id_and_only_in_the_column_of_their_type(desk: Desk) -> None:
    header = ["Given", "Family", "Role", "Medical", "Vision"]
    mapping = {**NAMES_ONLY, "Medical": "ContractGroupPlan", "Vision": "ContractGroupPlan"}
    text = lines(
        ["Noor", "Haddad", "Self", " harbor ppo | MATERNITY ", ""],
        ["Owen", "Park", "Self", plan_id("P002"), ""],
        ["Lea", "Ruiz", "Self", "ClearSight", ""],
        header=header,
    )
    done = desk.upload(text, mapping=mapping)
    assert desk.world.plans_of("Noor") == ["P001", "P012"]
    assert desk.world.plans_of("Owen") == ["P002"]
    assert desk.world.plans_of("Lea") == []
    assert [d["code"] for d in desk.details(done["requestId"])] == [None, None, "SF-0001-0005"]


@pytest.mark.rule("BC-29")
def test_dependents_inherit_no_plans(desk: Desk) -> None:
    desk.upload(EXAMPLE.replace("Harbor PPO|Preventive,\n", ",\n"))
    assert desk.world.plans_of("Noor") == ["P001", "P003", "P011", "P012"]
    assert desk.world.plans_of("Elias") == []


@pytest.mark.rule("BC-12")
def test_a_plan_is_replaced_within_its_category_and_a_blank_cell_leaves_the_category_alone(desk: Desk) -> None:
    desk.upload()
    desk.upload(EXAMPLE.replace("Harbor PPO|Preventive|Maternity,ClearSight", "Harbor HMO,"))
    assert desk.world.plans_of("Noor") == ["P002", "P003"]


@pytest.mark.rule("SF-0001-0003")
@pytest.mark.rule("BC-30", "BC-9")
def test_a_date_that_cannot_be_read_fails_its_row_and_no_other(desk: Desk) -> None:
    header = ["Given", "Family", "Role", "Born"]
    mapping = {**NAMES_ONLY, "Born": "Birthdate"}
    text = lines(
        ["Noor", "Haddad", "Self", "1987-12-04"],
        ["Owen", "Park", "Self", "next spring"],
        ["Lea", "Ruiz", "Self", "08/27/1981"],
        header=header,
    )
    done = desk.upload(text, mapping=mapping)
    assert desk.world.members("first_name", "CAST(birth_date AS VARCHAR)") == [
        ("Noor", "1987-12-04"),
        ("Lea", "1981-08-27"),
    ]
    (failed,) = [d for d in desk.details(done["requestId"]) if d["status"] == "Failed"]
    assert (failed["rowNumber"], failed["code"], failed["field"]) == (2, "SF-0001-0003", "Birthdate")


@pytest.mark.rule("CV-22", "CV-23", "BC-82")
def test_a_row_has_the_published_text_of_its_code_and_the_words_of_the_rule_beside_it(desk: Desk) -> None:
    """The texts of conventions 4.2; `{inputField}` is the field as the caller wrote it, in the mapping."""
    wanted = "Specify a valid input for {}."
    date, shape = (
        "Specify a date in yyyy-MM-dd format.",
        "Your input is invalid. Specify a valid payload and try again.",
    )
    odd = [
        (
            "Role",
            "wizard",
            "SF-0001-0005",
            wanted.format("AssociationWithPrimaryMbr"),
            "The relationship is not known.",
        ),
        ("Born", "next spring", "SF-0001-0003", date, "The cell is not a date."),
        ("Born", "2099-01-01", "SF-0001-0005", wanted.format("birthdate"), "Specify a valid input for birthdate."),
        ("Sex", "q", "SF-0001-0005", wanted.format("Gender"), "The gender is not known."),
        ("Pay", "a lot", "SF-0001-0005", wanted.format("AnnualEligibleSalary"), "The cell is not an amount of money."),
        ("Family", "", "SF-0001-0004", "Specify an input for Lastname.", "Specify an input for lastname."),
        ("Family", "=1+1", "SF-0001-0005", wanted.format("Lastname"), "The cell looks like a formula."),
    ]
    header = ["Given", "Family", "Role", "Born", "Sex", "Pay"]
    good = {"Family": "Park", "Role": "Self"}
    rows = [
        [f"Owen {n}", *({**good, heading: cell}.get(name, "") for name in header[1:])]
        for n, (heading, cell, *_) in enumerate(odd)
    ]
    mapping = {**NAMES_ONLY, "Born": "birthdate", "Sex": "Gender", "Pay": "AnnualEligibleSalary"}
    done = desk.upload(lines(*rows, ["Ann", "Park"], header=header), mapping=mapping)
    told = [(d["code"], d["message"], d["description"]) for d in desk.details(done["requestId"])]
    assert told == [
        *((code, text, words) for _, _, code, text, words in odd),
        ("SF-0001-0007", shape, "The row has 2 cells; the heading has 6."),
    ]


@pytest.mark.rule("CV-17", "CV-23")
def test_a_warning_carries_no_code_of_a_rule_within(desk: Desk) -> None:
    """Some with a class and some without: told, and the upload is Completed all the same."""
    done = desk.upload(EXAMPLE.replace("Self,Hourly", "Self,"))
    assert (done["status"], done["rowsFailed"]) == ("Completed", 0)
    assert [(w["code"], w["message"], w["n"]) for w in done["result"]["warnings"]] == [
        ("GB-BLK-006", "Some members of the census have a group class and some have none.", 1)
    ]


@pytest.mark.rule("BC-4", "MP-1")
def test_a_quote_census_takes_members_and_ignores_plans_with_one_warning(desk: Desk) -> None:
    done = desk.upload(EXAMPLE.replace("Salaried", "").replace("Hourly", ""), census=QUOTE)
    assert (done["status"], done["rowsCreated"]) == ("Completed", 3)
    assert desk.world.sql("SELECT count(*) FROM book.member_plan") == [(0,)]
    warnings = [w for w in done["result"]["warnings"] if w["code"] == "GB-MPL-001"]
    assert [(w["message"], w["n"]) for w in warnings] == [("Plans can be configured only for an enrollment census.", 1)]


@pytest.mark.rule("GB-BLK-002")
@pytest.mark.rule("BC-6")
def test_of_persons_stated_twice_the_first_is_processed_wherever_the_batches_end(desk: Desk) -> None:
    text = lines(["Noor", "Haddad", "Self"], ["Owen", "Park", "Self"], ["Noor", "Haddad", "Self"])
    done = desk.upload(text, mapping=NAMES_ONLY, batch_size=1)
    assert desk.names() == ["Noor", "Owen"]
    (failed,) = [d for d in desk.details(done["requestId"]) if d["status"] == "Failed"]
    assert (failed["rowNumber"], failed["code"], failed["message"]) == (3, "GB-BLK-002", "Row 3 duplicates row 1.")
    assert [item["duplicateRowNumbersList"] for item in desk.items(done["requestId"])] == [[], [], [3]]


@pytest.mark.rule("BC-6", "CV-18")
def test_fields_asked_for_tell_people_of_one_name_apart(desk: Desk) -> None:
    header = ["Given", "Family", "Role", "Born"]
    text = lines(["Noor", "Haddad", "Self", "1984-02-11"], ["Noor", "Haddad", "Self", "1990-01-20"], header=header)
    mapping = {**NAMES_ONLY, "Born": "Birthdate"}
    assert desk.upload(text, mapping=mapping, duplicate_fields=["birthdate"])["rowsCreated"] == 2


@pytest.mark.rule("BC-13", "CM-1")
def test_a_file_of_one_family_leaves_the_others_as_they_are(desk: Desk) -> None:
    desk.upload()
    before = desk.world.sql("SELECT * FROM book.census_member WHERE last_name = 'Haddad' ORDER BY 1")
    desk.upload(lines(["Owen", "Park", "Self", "1991-01-20"], header=["Given", "Family", "Role", "Born"]),
                mapping={**NAMES_ONLY, "Born": "Birthdate"}, now=LATER)  # fmt: skip
    assert desk.world.sql("SELECT * FROM book.census_member WHERE last_name = 'Haddad' ORDER BY 1") == before


@pytest.mark.rule("CS-15")
def test_the_counters_of_the_census_stand_after_an_upload(desk: Desk) -> None:
    desk.upload()
    counters = desk.world.sql(
        "SELECT total_members, total_dependents, member_with_spouse_count FROM book.group_census"
        f" WHERE group_census_id = '{CENSUS}'"
    )
    assert counters == [(2, 1, 1)]
