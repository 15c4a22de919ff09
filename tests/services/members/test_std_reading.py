"""Members read in pages of whole families, and field sets (census members, section 9)."""

from typing import Any

import pytest

from services.insurance_errors import Refused
from services.members import reading, std_fields
from services.members.reading import MOST, Wanted
from services.members.std_fields import BUILT_IN, EDITABLE, LINKS, STANDARD, default_of, described
from services.refusals import Malformed
from services.scope import EVERYTHING, Scope
from tests.services.census_load.builder import CENSUS, OTHER, SALARIED, World, insert, plan_id
from tests.services.members.door import Door
from tests.services.members.std_door import CONTRACT, StdDoor, elias, mira, noor, owen, plans, watched
from tests.services.selections.desk import member


@pytest.fixture
def std(world: World) -> StdDoor:
    return StdDoor(world)


def names(page: dict[str, Any]) -> list[str]:
    """First names of a page."""
    return [one["FirstName"] for one in page["census"]["members"]]


def heads(page: dict[str, Any]) -> list[str]:
    """Names of the headers of a page."""
    return [one["name"] for one in page["census"]["headers"]]


@pytest.fixture
def families(std: StdDoor) -> list[str]:
    """Noor with Mira and Elias, Owen, Ada with Ina: ids in the order of these names."""
    ada = {**owen(), "FirstName": "Ada", "Lastname": "Silva", "SourceSystemIdentifier": "A1"}
    ina = {**mira(PrimaryMemberSource="A1"), "FirstName": "Ina", "Lastname": "Okafor", "SourceSystemIdentifier": "A2"}
    return std.add(noor(), mira(), elias(), owen(), ada, ina).member_ids


@pytest.mark.rule("CM-80")
def test_a_page_counts_primaries_and_holds_their_whole_families(std: StdDoor, families: list[str]) -> None:
    noor_id, _, _, owen_id, ada_id, _ = families
    first = std.get(limit=2)
    assert names(first) == ["Noor", "Mira", "Elias", "Owen"]
    assert first["lastOffset"] == owen_id
    second = std.get(limit=2, offset=first["lastOffset"])
    assert names(second) == ["Ada", "Ina"]
    assert second["lastOffset"] == ada_id
    last = std.get(limit=2, offset=second["lastOffset"])
    assert (names(last), last["lastOffset"]) == ([], None)
    assert names(std.get(offset=noor_id)) == ["Owen", "Ada", "Ina"]  # after the id, not from it


@pytest.mark.rule("CM-80")
def test_a_limit_is_between_1_and_500_and_500_unless_stated(std: StdDoor) -> None:
    insert(std.world, "book.census_member", [member(f"0r6GB00000{n:05d}AAA", "Kim") for n in range(MOST + 1)])
    assert len(names(std.get())) == MOST == 500
    assert len(names(std.get(limit=MOST))) == MOST
    assert len(names(std.get(limit=1))) == 1
    for limit in (0, -1, MOST + 1):
        with pytest.raises(Refused, match="limit"):
            std.get(limit=limit)


@pytest.mark.rule("CM-81")
@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("hadd", ["Noor", "Mira", "Elias"]),
        ("IR", ["Noor", "Mira", "Elias"]),  # a dependent's first name, in any case
        ("kafo", ["Ada", "Ina"]),  # a dependent's last name
        ("a", ["Noor", "Mira", "Elias", "Owen", "Ada", "Ina"]),
        ("%", []),
        ("_", []),
        ("Noor Haddad", []),  # of one name, not across both
        (" ", ["Noor", "Mira", "Elias", "Owen", "Ada", "Ina"]),
    ],
)
@pytest.mark.usefixtures("families")
def test_a_word_in_a_first_or_last_name_brings_the_whole_family(std: StdDoor, word: str, found: list[str]) -> None:
    assert names(std.get(search_key=word)) == found


@pytest.mark.rule("CM-86")
def test_neither_members_nor_a_word_need_be_stated_and_members_bring_their_families(
    std: StdDoor, families: list[str]
) -> None:
    _, mira_id, _, owen_id, *_ = families
    assert len(names(std.get())) == 6
    assert names(std.get(member_ids=[owen_id, mira_id, "0r6none"])) == ["Noor", "Mira", "Elias", "Owen"]
    assert names(std.get(member_ids=[owen_id, mira_id], search_key="park")) == ["Owen"]
    assert names(std.get(member_ids=["0r6none"])) == []
    assert len(names(std.get(member_ids=[]))) == 6


@pytest.mark.rule("CM-82")
@pytest.mark.usefixtures("families")
def test_the_links_are_returned_whatever_the_set_holds(std: StdDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    own(monkeypatch, {"names": ("FirstName", "primarymembersource")})
    page = std.get(field_set="Names", limit=1)
    assert heads(page) == [
        "FirstName",
        "PrimaryMemberSource",
        *(name for name in LINKS if name != "PrimaryMemberSource"),
    ]
    noor_id = page["census"]["members"][0]["Id"]
    assert page["census"]["members"][1] == {
        "Id": page["census"]["members"][1]["Id"],
        "FirstName": "Mira",
        "PrimaryMemberSource": "HR-501",
        "PrimaryGroupCensusMemberId": noor_id,
        "RelationshipToPrimaryMember": "Child",
        "SourceSystemIdentifier": "HR-501-1",
    }


@pytest.mark.rule("CM-83")
@pytest.mark.usefixtures("families")
def test_a_missing_unknown_or_foreign_census_is_an_empty_page(std: StdDoor) -> None:
    for census_id in (None, "", "0rfnone", OTHER):
        page = std.get(census_id)
        assert (page["census"]["members"], page["lastOffset"]) == ([], None)
    assert std.get(scope=Scope(("001B",))) == std.get("0rfnone")


def test_a_member_reads_the_own_family_only(std: StdDoor, families: list[str]) -> None:
    noor_id = families[0]
    family = Scope(family_id=noor_id)
    assert names(std.get(scope=family)) == ["Noor", "Mira", "Elias"]
    assert names(std.get(scope=family, search_key="park")) == []
    assert names(std.get(scope=family, member_ids=[families[3]])) == []
    with std.world.book.read() as tx:
        page = reading.page_of(tx, CENSUS, Wanted(), scope=family)
    assert [one["firstName"] for one in page["members"]] == ["Noor", "Mira", "Elias"]


@pytest.mark.rule("CM-84")
@pytest.mark.usefixtures("families")
def test_without_a_name_the_standard_set_counts_and_an_unknown_name_has_no_fields(std: StdDoor) -> None:
    assert heads(std.get()) == list(BUILT_IN[STANDARD])
    assert heads(std.get(field_set="standardfieldset")) == list(BUILT_IN[STANDARD])
    assert heads(std.get(field_set=EDITABLE)) == list(BUILT_IN[EDITABLE])
    assert heads(std.get(field_set="Nobody's")) == list(LINKS)


@pytest.mark.rule("CM-84")
def test_without_a_standard_set_the_editable_one_counts_and_without_both_nothing(std: StdDoor) -> None:
    sets = {name.lower(): (lambda fields=fields: fields) for name, fields in BUILT_IN.items()}
    assert default_of(sets)() == BUILT_IN[STANDARD]
    del sets[STANDARD.lower()]
    assert default_of(sets)() == BUILT_IN[EDITABLE]
    with pytest.raises(Refused, match="Specify a fieldsetName"):
        default_of({})


@pytest.mark.rule("CM-85")
def test_with_plans_the_ids_of_the_plans_are_joined_and_blank_without_any(
    std: StdDoor, families: list[str], door: Door
) -> None:
    for plan in ("P003", "P001"):
        door.choose(families[0], plan)
    page = std.get(with_plans=True, limit=1)
    assert [one["ContractGroupPlanId"] for one in page["census"]["members"]] == [plans("P003", "P001"), "", ""]
    assert heads(page)[-1] == "ContractGroupPlanId"
    assert "ContractGroupPlanId" not in heads(std.get())


def with_plans(
    std: StdDoor, contract_id: str | None = CONTRACT, scope: Scope = EVERYTHING, **more: Any
) -> dict[str, Any]:
    with std.world.book.read() as tx:
        return reading.get_members_with_plans(tx, CENSUS, contract_id, Wanted(limit=1), scope=scope, **more)


def options(page: dict[str, Any]) -> list[dict[str, Any]]:
    return next(one["options"] for one in page["census"]["headers"] if one["name"] == "ContractGroupPlanId")


@pytest.mark.rule("CM-85")
def test_the_plan_header_carries_an_option_for_each_root_plan_of_the_contract(
    std: StdDoor, families: list[str], door: Door
) -> None:
    door.choose(families[1], "P001")
    page = with_plans(std)
    assert [one["ContractGroupPlanId"] for one in page["census"]["members"]] == ["", plan_id("P001"), ""]
    told = options(page)
    assert [one["value"] for one in told] == [plan_id(f"P00{n}") for n in range(1, 9)]
    assert told[0] == {
        "value": plan_id("P001"),
        "type": "Medical",
        "name": "Harbor PPO",
        "childProducts": [
            {"value": plan_id("P011"), "IsOptional": False, "name": "Preventive"},
            {"value": plan_id("P012"), "IsOptional": True, "name": "Maternity"},
        ],
    }
    assert told[2] == {"value": plan_id("P003"), "type": "Vision", "name": "ClearSight", "childProducts": []}


@pytest.mark.usefixtures("families")
def test_a_contract_of_nobody_has_no_options_and_the_census_s_own_counts_by_default(std: StdDoor) -> None:
    std.world.run(
        "INSERT INTO book.contract SELECT * REPLACE ('800B' AS contract_id, '001B' AS account_id,"
        " 'C-2' AS contract_number) FROM book.contract"
    )
    assert options(with_plans(std, None)) == options(with_plans(std))
    assert options(with_plans(std, "800none")) == options(with_plans(std, "800B")) == []
    assert options(with_plans(std, scope=Scope(("001B",)))) == []


def test_fields_of_plans_are_joined_in_the_same_order(std: StdDoor, families: list[str], door: Door) -> None:
    door.choose(families[0], "P003")
    door.choose(families[0], "P001", "Completed")
    page = with_plans(std, plan_set="StandardPlanFieldset")
    assert heads(page)[-3:] == [
        "ContractGroupPlanId",
        "GroupCensusMemberPlan.Name",
        "GroupCensusMemberPlan.EnrollmentStatus",
    ]
    assert page["census"]["members"][0]["GroupCensusMemberPlan.EnrollmentStatus"] == "To Be Started;Completed"
    assert page["census"]["members"][1]["GroupCensusMemberPlan.Name"] == ""
    assert heads(with_plans(std, plan_set="Nobody's"))[-1] == "ContractGroupPlanId"


def test_values_are_told_as_they_were_stated(std: StdDoor) -> None:
    stated = {
        "Birthdate": "1984-02-11", "AnnualEligibleSalary": 50000.05, "FullTimeEquivalent": 0.75,
        "GroupClassId": SALARIED, "IsOptOutAllPlans": False, "OptOutPlanTypes": "Vision;Dental",
        "JoinDate": "2020-01-02",
    }  # fmt: skip
    std.add(noor(**stated))
    [shown] = std.get()["census"]["members"]
    assert {name: shown[name] for name in stated} == stated
    assert shown["DependentCount"] == 0
    assert shown["Email"] is None


def test_what_was_read_can_be_sent_back_and_changes_nothing(std: StdDoor, families: list[str]) -> None:
    std.update({"Id": families[0], "Birthdate": "1984-02-11", "AnnualEligibleSalary": 50000.05}, by_id=True)
    before = std.stored("* EXCLUDE (modified_at)")
    census = std.get()["census"]
    done = std.update(*census["members"], named=[one["name"] for one in census["headers"]], by_id=True)
    assert (done.errors, len(done.member_ids)) == ([], 6)
    assert std.stored("* EXCLUDE (modified_at)") == before


def test_over_connect_members_have_their_properties(std: StdDoor, families: list[str], door: Door) -> None:
    std.update({"Id": families[0], "Birthdate": "1984-02-11", "AnnualEligibleSalary": 50000.05}, by_id=True)
    door.choose(families[0], "P001")
    with std.world.book.read() as tx:
        page = reading.page_of(tx, CENSUS, Wanted(limit=1), scope=EVERYTHING, with_plans=True)
    shown = page["members"][0]
    assert page["lastOffset"] == families[0]
    assert shown["id"] == families[0]
    assert (shown["firstName"], shown["lastname"], shown["birthdate"]) == ("Noor", "Haddad", "1984-02-11")
    assert shown["associationWithPrimaryMbr"] == "Self"
    assert shown["annualEligibleSalary"] == 50000.05
    assert shown["contractGroupPlanId"] == plan_id("P001")
    assert page["members"][1]["primaryGroupCensusMemberId"] == families[0]
    with std.world.book.read() as tx, pytest.raises(Refused, match="groupCensusId"):
        reading.page_of(tx, "0rfnone", Wanted(), scope=EVERYTHING)


def test_the_number_of_statements_does_not_depend_on_the_number_of_members(std: StdDoor) -> None:
    insert(std.world, "book.census_member", [member(f"0r6GB00000{n:05d}AAA", "Kim") for n in range(300)])
    counts: list[int] = []
    for limit in (1, 300):
        with std.world.book.read() as tx:
            seen = watched(tx)
            page = reading.get_members_with_plans(tx, CENSUS, CONTRACT, Wanted(limit=limit), scope=EVERYTHING)
        assert len(names(page)) == limit
        counts.append(len(seen))
    assert counts[0] == counts[1]


# Field sets


def own(monkeypatch: pytest.MonkeyPatch, sets: dict[str, tuple[str, ...]]) -> None:
    """Field sets of a customer, as if a package had registered them."""

    class Entry:
        def __init__(self, name: str) -> None:
            self.name = name

        def load(self) -> Any:
            return lambda: sets[self.name]

    monkeypatch.setattr(std_fields, "entry_points", lambda group: [Entry(name) for name in sets])
    std_fields._registered.cache_clear()
    monkeypatch.setattr(std_fields, "_registered", std_fields._registered.__wrapped__)


def test_get_fields_names_the_fields_of_a_set_and_describes_them() -> None:
    told = described(EDITABLE, None, with_plans=False)
    assert told["fields"] == list(BUILT_IN[EDITABLE])
    by_name = {one["name"]: one for one in told["headers"]}
    assert by_name["Email"] == {"fieldId": "", "type": "EMAIL", "label": "Email", "name": "Email"}
    assert by_name["Birthdate"]["type"] == "DATE"
    assert by_name["PrimaryGroupCensusMemberId"]["type"] == "ENTITYID"
    assert [one["value"] for one in by_name["Gender"]["options"]] == ["Male", "Female", "Other", "Unknown"]


def test_get_fields_adds_the_name_of_the_class_beside_its_id_and_the_fields_of_plans() -> None:
    told = described(None, None, with_plans=True)
    at = told["fields"].index("GroupClassId")
    assert told["fields"][at + 1] == "GroupClassId.Name"
    assert told["headers"][at + 1] == {
        "fieldId": "",
        "type": "STRING",
        "label": "Group Class Name",
        "name": "GroupClassId.Name",
    }
    assert told["fields"][-1] == "ContractGroupPlanId"
    assert [one["name"] for one in told["headers"]] == told["fields"]
    assert "GroupClassId.Name" not in described(EDITABLE, None, with_plans=False)["fields"]
    by_name = {one["name"]: one["type"] for one in told["headers"]}
    assert (by_name["FullTimeEquivalent"], by_name["OptOutPlanTypes"]) == ("DOUBLE", "MULTIPICKLIST")
    assert (by_name["IsOptOutAllPlans"], by_name["GroupClassId"]) == ("BOOLEAN", "ENTITYID")


@pytest.mark.parametrize(("field_set", "plan_set"), [("Nobody's", None), (None, "Nobody's")])
def test_get_fields_refuses_a_set_that_is_none(field_set: str | None, plan_set: str | None) -> None:
    with pytest.raises(Refused) as refusal:
        described(field_set, plan_set, with_plans=True)
    assert refusal.value.errors[0].message == "The specified field set name Nobody's doesn't exist."


def test_a_registered_set_may_take_the_place_of_a_built_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    own(monkeypatch, {"standardfieldset": ("FirstName",), "Broken": ("FirstName", "Shoe")})
    assert described(None, None, with_plans=False)["fields"] == ["FirstName"]
    with pytest.raises(Malformed, match="shoe"):
        described("broken", None, with_plans=False)


def test_no_field_that_the_book_keeps_for_itself_can_be_read() -> None:
    assert not {"ssnhash", "familyid", "linenumber", "censusfileid"} & set(std_fields.MEMBER_FIELDS)
