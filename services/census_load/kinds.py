"""Every kind of issue of a load that needs more than one cell to be seen, in one list.

What lives here: the code, words, remedy and weight of each, the published codes, and those of the faults that the
intake finds. What does not: who is refused for what (ledger.py), and rules on one person (`schemas.census_rules`).
"""

from dataclasses import dataclass

from schemas.census_rules import INVALID

ERROR = "error"
WARNING = "warning"
ROW = "row"
PLAN = "plan"
FILE = "file"


@dataclass(frozen=True)
class Kind:
    """One kind of issue: its codes, words and weight. `says` may hold one `{}` for a name from the file."""

    code: str
    says: str
    hint: str
    published_code: str | None = None
    scope: str = ROW
    severity: str = ERROR
    column: str | None = None


def invalid(code: str, name: str, column: str, hint: str) -> Kind:
    """A value that its field, as it is published, does not take."""
    return Kind(code, f"Specify a valid input for {name}.", hint, INVALID, column=column)


def no_plan(code: str, hint: str) -> Kind:
    """A plan that a cell names and that the member cannot have by that name."""
    return Kind(code, "Specify a valid input for contractGroupPlanId.", hint, INVALID, scope=PLAN)


KINDS = {
    kind.code: kind
    for kind in (
        Kind(
            "duplicate_row",
            "Row {} duplicates row {}.",
            "Keep one of the two rows; if they are two people of one name, give each a MemberKey of its own.",
            "GB-BLK-002",
        ),
        Kind(
            "unknown_member_id",
            "Specify a valid input for id.",
            "The census has no member of that id; clear the cell to add the person.",
            "SF-0001-0005",
            column="group_census_member_id",
        ),
        Kind(
            "key_taken",
            "Duplicate of another member in this request.",
            "Another member of the census already has this name and association.",
            "GB-CEN-002",
        ),
        Kind(
            "role_change",
            "Specify a valid input for associationWithPrimaryMbr.",
            "A member can't change between primary and dependent; remove and add the person instead.",
            "SF-0001-0005",
            column="association",
        ),
        Kind(
            "orphan_dependent",
            "Dependent has no primary member.",
            "Put the employee's row above the dependent's, or state the employee's key.",
            "GB-CEN-003",
        ),
        Kind(
            "unknown_primary",
            "Specify a valid input for primaryGroupCensusMemberId.",
            "The census has no primary of that id.",
            "SF-0001-0005",
            column="primary_group_census_member_id",
        ),
        Kind(
            "primary_not_unique",
            "Several primaries have the SourceSystemIdentifier this dependent names.",
            "Put the person below the employee's row, or state PrimaryGroupCensusMemberId.",
            "GB-CEN-005",
            column="primary_member_source",
        ),
        Kind(
            "primary_refused",
            "Dependent has no primary member.",
            "The employee's row was refused; correct it and load both again.",
            "GB-CEN-003",
        ),
        Kind(
            "second_spouse",
            "The family already has a spouse.",
            "Keep one spouse or partner in the family.",
            "GB-CEN-006",
            column="association",
        ),
        invalid(
            "unknown_member_type",
            "memberType",
            "given_member_type",
            "Use Primary or Dependent, or leave the column out: the type follows from the association.",
        ),
        invalid("unknown_person_account", "accountId", "person_account_id", "There is no person account of that id."),
        invalid("unknown_contact", "contactId", "contact_id", "There is no contact of that id."),
        invalid("unknown_owner", "ownerId", "owner_id", "There is no user of that id."),
        invalid("latitude_off_the_globe", "latitude", "latitude", "Write degrees from -90 to 90, such as 42.1015."),
        invalid(
            "longitude_off_the_globe", "longitude", "longitude", "Write degrees from -180 to 180, such as -72.5898."
        ),
        invalid(
            "unknown_geocode_accuracy",
            "geocodeAccuracy",
            "geocode_accuracy",
            "Use Address, Street, Zip, City or another word of the list, or leave the cell blank.",
        ),
        Kind(
            "unknown_class",
            "Specify a valid input for groupClassName.",
            "Use the name of a class of the account, or add the class to the shelf.",
            "SF-0001-0005",
            column="class_name",
        ),
        Kind(
            "class_change",
            "Group class can't be changed for an existing member.",
            "Remove the member and add it again with the new class.",
            "GB-CEN-007",
            column="class_name",
        ),
        Kind(
            "class_not_valid",
            "The class is not valid for the whole term of the contract.",
            "Plans that are open to some classes only stay closed to the member.",
            severity=WARNING,
            column="class_name",
        ),
        Kind(
            "some_without_class",
            "Some members of the census have a group class and some have none.",
            "State the class of every employee, or of none.",
            scope=FILE,
            severity=WARNING,
            column="class_name",
        ),
        Kind(
            "file_refused_strict",
            "Another row of the file was refused, and the load is strict.",
            "Correct the other rows, or load without --strict.",
        ),
        Kind(
            "completed_enrollment",
            "Members with completed enrollments can't be deleted.",
            "The member stays in the census; end its policy first.",
            "GB-CEN-010",
            scope=FILE,
        ),
        Kind(
            "nothing_to_replace",
            "No person of the file was accepted, so nothing was removed.",
            "Correct the file and load it again.",
            scope=FILE,
            severity=WARNING,
        ),
        Kind(
            "source_id_taken",
            "Another member of the census has this SourceSystemIdentifier.",
            "If it is the same person under a new name, both are in the census now: load the whole census again"
            " with --mode replace.",
            severity=WARNING,
            column="source_system_identifier",
        ),
        Kind(
            "replace_held_back",
            "Not everybody in the census could be read, so nobody was removed.",
            "Correct the refused rows and files, and load everything again.",
            scope=FILE,
            severity=WARNING,
        ),
        Kind(
            "plans_ignored",
            "Plans can be configured only for an enrollment census.",
            "The plan columns were left out.",
            "GB-MPL-001",
            scope=FILE,
            severity=WARNING,
        ),
        Kind(
            "no_contract",
            "The census has no contract in its effective period.",
            "State the contract of the census, or correct its dates.",
            "GB-BLK-001",
            scope=PLAN,
        ),
        no_plan("plan_not_on_contract", "The contract has no plan or coverage called {}; use a name of the contract."),
        no_plan("plan_ambiguous", "The contract has several plans called {}; write plan|coverage, or the plan's id."),
        no_plan(
            "plan_not_named",
            "{} names no plan, and the contract has not just one active plan of the type; write the plan's name.",
        ),
        no_plan("plan_inactive", "{} is no longer active on the contract; choose an active one."),
        no_plan("plan_of_other_type", "{} is of another type than the column; move it to the column of its type."),
        Kind(
            "class_not_eligible",
            "The member isn't eligible for plan {}.",
            "The plan is open to other classes only.",
            "GB-MPL-002",
            scope=PLAN,
        ),
        Kind(
            "opted_out",
            "The member opted out of {}.",
            "Clear the opt-out of the member or of the employee, or clear the plan.",
            "GB-MPL-003",
            scope=PLAN,
        ),
        Kind(
            "second_plan_of_type",
            "The member already has a {} plan.",
            "Keep one plan of each type.",
            "GB-MPL-004",
            scope=PLAN,
        ),
        Kind(
            "root_not_chosen",
            "Add the root plan of coverage {} first.",
            "Write plan|coverage in the cell.",
            "GB-MPL-005",
            scope=PLAN,
        ),
        Kind(
            "plan_enrolled",
            "Plan {} is already enrolled.",
            "End the policy before the plan is changed.",
            "GB-MPL-007",
            scope=PLAN,
        ),
        no_plan(
            "primary_without_plan", "The employee does not have {}; a dependent can only have the employee's plans."
        ),
        Kind(
            "negative_amount",
            "Specify a valid input for electedAmount.",
            "An amount can't be below zero.",
            "SF-0001-0005",
            scope=PLAN,
        ),
        Kind(
            "amount_without_plan",
            "The amount belongs to no plan of the member.",
            "Name the plan in the column of its type, or clear the amount.",
            scope=PLAN,
            severity=WARNING,
        ),
        Kind(
            "fact_without_plan",
            "The cell speaks of a plan that the member does not have.",
            "Name the plan in the column of its type, or clear the cell.",
            scope=PLAN,
            severity=WARNING,
        ),
    )
}
"""Every issue that needs more than one cell to be seen, by its code."""

PUBLISHED_OF_INTAKE = {
    "duplicate_row": "GB-BLK-002",
    "ambiguous_date": "SF-0001-0003",
    "not_a_date": "SF-0001-0003",
    "relationship_missing": "SF-0001-0004",
    "key_of_several_employees": "SF-0001-0005",
    "unknown_relationship": "SF-0001-0005",
    "relationships_disagree": "SF-0001-0005",
    "unknown_gender": "SF-0001-0005",
    "unknown_tier": "SF-0001-0005",
    "unknown_plan_type": "SF-0001-0005",
    "unknown_opt_out_type": "SF-0001-0005",
    "not_a_number": "SF-0001-0005",
    "not_money": "SF-0001-0005",
    "not_a_yes_no": "SF-0001-0005",
    "not_an_ssn": "SF-0001-0005",
    "unknown_pay_mode": "SF-0001-0005",
    "pay_rate_unclear": "SF-0001-0005",
    "pay_not_of_an_hour": "SF-0001-0005",
    "pay_period_unclear": "SF-0001-0005",
    "unknown_evidence_status": "SF-0001-0005",
    "hours_out_of_range": "SF-0001-0005",
    "hours_unclear": "SF-0001-0005",
    "plan_not_enrolled": "SF-0001-0005",
    "cell_too_long": "SF-0001-0005",
    "file_empty": "GB-BLK-003",
    "heading_only": "GB-BLK-003",
    "mapping_unknown_column": "SF-0001-0005",
    "mapping_unknown_field": "SF-0001-0013",
}
"""The published code for faults that the intake finds (CV-22)."""
