"""Any JSON in any property of a member: rows are refused with published codes, and nothing breaks."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.insurance_errors import Refused
from services.members.fields import FIELDS, PROPERTIES
from tests.services.census_load.builder import World
from tests.services.members.door import Door, child, head

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
_SCALAR = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), _TEXT,
    st.sampled_from(["Self", "Spouse", "Child", "2026-02-30", "1984-02-11", "1", "A;B", "Dental", "Salaried", "001A"]),
)  # fmt: skip
_ANY = st.recursive(
    _SCALAR, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXT, inner, max_size=2), max_leaves=4
)
_NAMES = [*sorted({field.prop for field in FIELDS.values() if field.prop}), "additionalFields"]
_ENTRY = st.fixed_dictionaries({"key": st.sampled_from(["IsStudent", "x"]), "value": _ANY})
_MEMBER = st.dictionaries(st.one_of(st.sampled_from(_NAMES), _TEXT), _ANY, max_size=6)
_LIKELY = st.fixed_dictionaries(
    {
        "firstName": st.sampled_from("AB"),
        "lastname": st.sampled_from("XY"),
        "sourceSystemIdentifier": st.sampled_from("123"),
    },
    optional={
        "associationWithPrimaryMbr": st.sampled_from(["Self", "Child", "Spouse"]),
        "primaryMemberSource": st.sampled_from("123"),
        "groupClassName": st.sampled_from(["Salaried", "Hourly"]),
        "additionalFields": st.lists(_ENTRY, max_size=2),
        "optOutPlanTypes": st.sampled_from(["Dental", "Medical;Life", "x"]),
    },
)  # fmt: skip


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    members=st.lists(st.one_of(_MEMBER, _LIKELY), min_size=1, max_size=5),
    whom=st.none() | st.lists(st.integers(0, 2), min_size=5, max_size=5),
)
def test_no_payload_is_a_defect(world: World, members: list[dict[str, Any]], whom: list[int] | None) -> None:
    door = Door(world)
    door.empty()
    known = door.add(head(), child(), head("Owen", "Park", "P1")).member_ids
    if whom is not None:
        members = [{**member, "id": known[n]} for member, n in zip(members, whom, strict=False)]
    try:
        answer = (door.add if whom is None else door.change)(*members)
    except Refused:
        return
    assert len({error.info["index"] for error in answer.errors}) + len(answer.member_ids) == len(members)
    assert all(error.code.startswith(("SF-0001-00", "GB-CEN-")) for error in answer.errors)
    assert not any(error.code == "SF-0001-0009" for error in answer.errors)
    assert world.sql(
        "SELECT member_key FROM book.census_member GROUP BY group_census_id, member_key HAVING count(*) > 1"
    ) == []  # fmt: skip


def test_deep_nesting_and_long_texts_are_faults_of_their_row(door: Door) -> None:
    deep: Any = "x"
    for _ in range(200):
        deep = [deep]
    long = "y" * 100_000
    answer = door.add({"firstName": deep, "lastname": "X"}, {"firstName": long, "lastname": "X", long: 1})
    assert {(error.info["index"], error.code) for error in answer.errors} == {
        (0, "SF-0001-0005"), (1, "SF-0001-0005"), (1, "SF-0001-0013"),
    }  # fmt: skip
    assert all(len(error.message) < 300 for error in answer.errors)


def test_names_of_properties_are_taken_in_any_case(door: Door) -> None:
    assert {"firstname", "associationwithprimarymbr"} <= set(PROPERTIES)
    assert door.add({"FIRSTNAME": "Noor", "lastName": "Haddad"}).is_success
