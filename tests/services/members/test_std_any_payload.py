"""Any JSON in any field of a Std member: its row is told or saved, families stay whole, and nothing breaks."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.members.std_fields import MEMBER_FIELDS
from tests.services.census_load.builder import HOURLY, SALARIED, World
from tests.services.members.std_door import StdDoor, elias, mira, noor, owen, plans

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
_SCALAR = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT
)
_ANY = st.recursive(
    _SCALAR, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXT, inner, max_size=2), max_leaves=4
)
_NAMES = [*sorted(field.name for field in MEMBER_FIELDS.values()), "GroupClass.Name", "ContractGroupPlanId", "Nope", ""]
_LIKELY = st.fixed_dictionaries(
    {
        "FirstName": st.sampled_from("AB"),
        "Lastname": st.sampled_from("XY"),
        "SourceSystemIdentifier": st.sampled_from("123"),
    },
    optional={
        "MemberKey": st.sampled_from(["K1", "K2", "K9"]),
        "RelationshipToPrimaryMember": st.sampled_from(["Self", "Child", "Spouse"]),
        "PrimaryMemberSource": st.sampled_from(["1", "2", "HR-501"]),
        "GroupClassId": st.sampled_from([SALARIED, HOURLY]),
        "GroupClass.Name": st.sampled_from(["Pilots", "salaried"]),
        "AccountId": st.sampled_from(["001A", "001B"]),
        "ContractGroupPlanId": st.sampled_from([plans("P001", "P012"), plans("P003"), "Medical"]),
    },
)
_MEMBER = st.builds(
    lambda likely, wild: {**likely, **wild}, _LIKELY, st.dictionaries(st.sampled_from(_NAMES), _ANY, max_size=2)
)


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    members=st.lists(_MEMBER, min_size=1, max_size=5),
    how=st.sampled_from(["add", "update", "by_id", "load"]),
    only=st.booleans(),
    whom=st.lists(st.integers(0, 3), min_size=5, max_size=5),
)
def test_no_payload_is_a_defect(
    world: World, members: list[dict[str, Any]], how: str, only: bool, whom: list[int]
) -> None:
    std = StdDoor(world)
    std.empty(force=True)
    known = std.add(noor(MemberKey="K1"), mira(MemberKey="K2"), elias(), owen()).member_ids
    if how == "by_id":
        done = std.update(*({**member, "Id": known[n]} for member, n in zip(members, whom, strict=False)), by_id=True)
    else:
        done = std.load(*members, only=only) if how == "load" else getattr(std, how)(*members)
    if how != "load":
        assert len(done.errors) + len(done.member_ids) == len(members)
    assert all(isinstance(error["error"], str) and error["error"] for error in done.errors)
    assert whole(world)


def whole(world: World) -> bool:
    """Families, keys and counts are as they have to be (OB-1, OB-3, OB-4, OB-5, CV-14)."""
    return world.sql(
        """
        SELECT 'family' FROM book.census_member AS d
        LEFT JOIN book.census_member AS p ON p.group_census_member_id = d.primary_member_id
        WHERE d.primary_member_id IS NOT NULL AND (p.group_census_id IS DISTINCT FROM d.group_census_id
            OR p.primary_member_id IS NOT NULL OR p.group_class_id IS DISTINCT FROM d.group_class_id)
        UNION ALL
        SELECT 'link' FROM book.census_member WHERE primary_member_id IS NULL AND primary_member_source IS NOT NULL
        UNION ALL
        SELECT 'key' FROM book.census_member WHERE member_key IS NOT NULL
        GROUP BY group_census_id, member_key HAVING count(*) > 1
        UNION ALL
        SELECT 'count' FROM book.census_member AS p
        WHERE p.primary_member_id IS NULL AND p.dependent_count IS DISTINCT FROM (
            SELECT count(*) FROM book.census_member AS d
            WHERE d.primary_member_id = p.group_census_member_id
                AND d.association IN ('Child', 'Parent', 'Parent-in-law'))
        """
    ) == []  # fmt: skip


def test_long_names_and_values_are_cut_in_the_text_of_a_fault(world: World) -> None:
    long = "y" * 100_000
    deep: Any = "x"
    for _ in range(200):
        deep = [deep]
    done = StdDoor(world).add(noor(City=long), owen(**{long: 1}), noor(FirstName=deep))
    assert len(done.errors) == 3
    assert all(len(error["error"]) < 600 for error in done.errors)
