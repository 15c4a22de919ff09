"""Any JSON in the records of the plan services: refused in their own words, and nothing breaks."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.configuration.check import open_context
from services.insurance_errors import Refused
from services.scope import EVERYTHING
from services.selections import plans
from services.selections.actions import auto_assigned, validate_many
from services.selections.std import add_plan_selections
from services.selections.with_members import save_family
from tests.services.census_load.builder import CENSUS, NOW, World, plan_id
from tests.services.selections.desk import ELIAS, LEA, NOOR

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
_IDS = st.sampled_from(
    [NOOR, ELIAS, LEA, CENSUS, plan_id("P001"), plan_id("P012"), plan_id("P003"), "R1", "Self", "HR"]
)
_SCALAR = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False),
    _TEXT, _IDS,
)  # fmt: skip
_ANY = st.recursive(
    _SCALAR, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXT, inner, max_size=2), max_leaves=4
)


def _records(*names: str) -> Any:
    named = st.one_of(st.sampled_from(names), _TEXT)
    likely = st.fixed_dictionaries({}, optional=dict.fromkeys(names, _IDS))
    return st.lists(st.one_of(st.dictionaries(named, _ANY, max_size=6), likely), max_size=4)


_MEMBERS = _records(
    *("Id", "MemberRefId", "GroupCensusId", "AssociationWithPrimaryMbr", "RelationshipToPrimaryMember"),
    *("PrimaryMemberSource", "PrimaryGroupCensusMemberId", "GroupClassId", "IsOptOutAllPlans", "OptOutPlanTypes"),
    "SourceSystemIdentifier",
)
_PLANS = _records(
    "ContractGroupPlanId", "GroupCensusMemberId", "MemberRefId", "Name", "ElectedAmount", "PlanType", "Id"
)
_ROWS = _records("Id", "ContractGroupPlanId", "ContractGroupPlan", "isNewMember", "Name", "EoiStatus", "ElectedAmount")
_FAMILY = _records(
    "id", "firstName", "lastname", "associationWithPrimaryMbr", "groupCensusMemberPlans", "addedPlans", "deletedPlans",
    "upsertedPlans", "primaryGroupCensusMemberId", "groupClassId",
)  # fmt: skip
_HURRIED = settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


class UndoError(Exception):
    """Makes a transaction roll back."""


def tried(world: World, call: Any) -> None:
    """A call that may be refused, and leaves no trace."""
    with suppress(UndoError), world.book.write() as tx:
        with suppress(Refused):
            call(tx)
        raise UndoError


@given(members=_MEMBERS, records=_PLANS, deleted=st.lists(_ANY, max_size=2))
@_HURRIED
def test_validating_and_assigning(world: World, members: Any, records: Any, deleted: Any) -> None:
    def both(tx: Any) -> None:
        validate_many(tx, members=members, plans=records, deleted=deleted, runs_rules=True, scope=EVERYTHING, now=NOW)
        auto_assigned(tx, members, records, scope=EVERYTHING)

    tried(world, both)


@given(rows=_ROWS, headers=st.lists(st.dictionaries(st.sampled_from(["name", "x"]), _SCALAR), max_size=3))
@_HURRIED
def test_adding_plan_selections(world: World, rows: Any, headers: Any) -> None:
    census = {"headers": headers, "members": rows}
    tried(
        world,
        lambda tx: add_plan_selections(tx, CENSUS, "800A", census, only_with_valid=True, scope=EVERYTHING, now=NOW),
    )


@given(family=_FAMILY, is_patch=st.booleans())
@_HURRIED
def test_saving_a_family(world: World, family: Any, is_patch: bool) -> None:
    tried(world, lambda tx: save_family(tx, CENSUS, family, is_patch=is_patch, scope=EVERYTHING, now=NOW))


@pytest.mark.parametrize(
    "word",
    ["'; DROP TABLE book.member_plan; --", "../../etc/passwd", "%_", "a" * 10_000, "\u202e", "", " ", "0rg\n", "NULL"],
)
def test_tricks_in_ids_are_unknown_ids(world: World, word: str) -> None:
    before = world.state()
    for call in (
        lambda tx: plans.add(tx, NOOR, [{"contractGroupPlanId": word}], scope=EVERYTHING, now=NOW),
        lambda tx: plans.delete(tx, NOOR, [word], scope=EVERYTHING, now=NOW),
        lambda tx: plans.add(tx, word, [{"contractGroupPlanId": plan_id("P001")}], scope=EVERYTHING, now=NOW),
        lambda tx: open_context(tx, NOOR, [{"planId": word}], scope=EVERYTHING, now=NOW),
    ):
        with world.book.write() as tx, pytest.raises(Refused) as caught:
            call(tx)
        assert caught.value.errors[0].code in ("SF-0001-0004", "SF-0001-0005")
    assert world.state() == before
