"""Members added, changed, deleted and choosing plans in any order, beside a model in plain Python.

After every step the book holds what the model says, and the integrity rules OB-1 to OB-7 hold. The model knows the
rules from the contract alone.
"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.insurance_errors import Refused
from services.scope import EVERYTHING
from services.selections import plans as selections
from tests.attached import AttachedBook
from tests.made_once import scratch
from tests.open_book import dropped
from tests.services.census_load.builder import CENSUS, NOW, World, a_world, plan_id
from tests.services.members.door import Door

FIRST = ("Ann", "Bea", "Cal", "Dov")
ROLES = ("Child", "Parent", "Other")
COUNTED = ("Child", "Parent")
TYPES = {"P001": "Medical", "P002": "Medical", "P004": "Dental", "P007": "Life"}
MANDATORY = {"P001": "P011", "P002": "P021"}
CLASSES = {None: None, "Salaried": "0rEGB000000K001AAA", "Hourly": "0rEGB000000K002AAA"}


@dataclass
class Person:
    """A member as the model knows it. A primary's source identifier is made of its first name at birth."""

    first: str
    role: str
    source: str
    of: str | None = None
    group_class: str | None = None
    city: str | None = None
    refuses: str | None = None
    plans: set[str] = field(default_factory=set)

    @property
    def key(self) -> tuple[str, str]:
        return self.role, self.first


class Model:
    """The census by member id."""

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}

    def by_key(self, role: str, first: str) -> str | None:
        return next((i for i, p in self.people.items() if p.key == (role, first)), None)

    def by_source(self, source: str) -> str | None:
        return next((i for i, p in self.people.items() if p.of is None and p.source == source), None)

    def family(self, head: str) -> list[str]:
        return [i for i, p in self.people.items() if p.of == head]

    def count(self, head: str) -> int:
        return sum(self.people[i].role in COUNTED for i in self.family(head))

    def refuses(self, member: str, kind: str) -> bool:
        person = self.people[member]
        return any(p.refuses == kind for p in (person, self.people[person.of or member]))

    def drop_refused(self, head: str) -> None:
        for member in (head, *self.family(head)):
            self.people[member].plans = {p for p in self.people[member].plans if not self.refuses(member, _type(p))}


def _type(plan: str) -> str:
    return TYPES.get(plan) or TYPES[next(root for root, coverage in MANDATORY.items() if coverage == plan)]


def _key(*values: str) -> str:
    from hashlib import md5

    return md5("".join(f"{value}," for value in values).encode()).hexdigest()


_BOOK: list[Path] = []


@pytest.fixture(scope="module", autouse=True)
def _template(tmp_path_factory: pytest.TempPathFactory) -> None:
    _BOOK[:] = [a_world(tmp_path_factory.mktemp("machine")).book.path]


class Members(RuleBasedStateMachine):
    """Steps over one census."""

    @initialize()
    def begin(self) -> None:
        self.folder = scratch()
        self.book = AttachedBook(shutil.copy(_BOOK[0], self.folder / "groups.duckdb"), idle_s=60.0)
        self.door = Door(World(self.book))
        self.model = Model()
        self.version = 0

    def teardown(self) -> None:
        dropped(self.book)
        shutil.rmtree(self.folder, ignore_errors=True)

    @rule(
        first=st.sampled_from(FIRST),
        group_class=st.sampled_from(list(CLASSES)),
        kids=st.lists(st.tuples(st.sampled_from(FIRST), st.sampled_from(ROLES)), max_size=3),
    )
    def add_family(self, first: str, group_class: str | None, kids: list[tuple[str, str]]) -> None:
        """One primary and its dependents; a known key is an update, a repeated one a duplicate, CM-4 and CM-8."""
        source = f"S-{first}"
        rows: list[dict[str, Any]] = [_row(first, "Self", source, groupClassName=group_class)]
        rows += [_row(kid, role, f"{role}-{kid}", primaryMemberSource=source) for kid, role in kids]
        known = self.model.by_key("Self", first)
        before = self.model.people[known].group_class if known else None
        is_bad = bool(known and group_class and before and before != group_class)  # CV-16
        answer = self.door.add(*rows)
        if is_bad:
            repeats = len(kids) - len(set(kids))
            assert {e.code for e in answer.errors} <= {"GB-CEN-007", "GB-CEN-003", "GB-CEN-002"}
            assert len(answer.errors) >= 1 + len(kids) - repeats and answer.member_ids == []
            return
        fresh = list(dict.fromkeys(kids))
        assert [e.code for e in answer.errors] == ["GB-CEN-002"] * (len(kids) - len(fresh))
        assert len(answer.member_ids) == 1 + len(fresh)
        head, *ids = answer.member_ids
        self._put(head, first, "Self", source, None)
        self.model.people[head].group_class = group_class or before
        for member, (kid, role) in zip(ids, fresh, strict=True):
            self._put(member, kid, role, f"{role}-{kid}", head)

    def _put(self, member: str, first: str, role: str, source: str, of: str | None) -> None:
        known = self.model.by_key(role, first)
        assert known in (None, member)
        person = self.model.people.setdefault(member, Person(first, role, source, of))
        person.source = source
        if person.of != of:  # moved to another family: the plans that the new primary lacks are left behind
            person.of = of
            owned = self.model.people[of].plans if of else set()
            person.plans = {p for p in person.plans if _root(p) in owned and not self.model.refuses(member, _type(p))}

    @rule(kid=st.sampled_from(FIRST), role=st.sampled_from(ROLES), of=st.sampled_from(FIRST))
    def add_dependent(self, kid: str, role: str, of: str) -> None:
        """A dependent of a stored primary, or an orphan (CV-8, CV-13)."""
        head = self.model.by_source(f"S-{of}")
        answer = self.door.add(_row(kid, role, f"{role}-{kid}", primaryMemberSource=f"S-{of}"))
        if head is None:
            assert [e.code for e in answer.errors] == ["GB-CEN-003"]
        else:
            assert answer.is_success
            self._put(answer.member_ids[0], kid, role, f"{role}-{kid}", head)

    @precondition(lambda self: self.model.people)
    @rule(data=st.data(), first=st.sampled_from(FIRST), city=st.sampled_from([None, "Porto", "Lima"]))
    def change(self, data: st.DataObject, first: str, city: str | None) -> None:
        """Another first name and city by id; a name whose key is taken fails the row (CM-6, CV-20)."""
        member = data.draw(st.sampled_from(sorted(self.model.people)))
        person = self.model.people[member]
        holder = self.model.by_key(person.role, first)
        answer = self.door.change({"id": member, "firstName": first, "city": city})
        if holder not in (None, member):
            assert [e.code for e in answer.errors] == ["GB-CEN-002"]
            return
        assert answer.member_ids == [member]
        person.first, person.city = first, city

    @precondition(lambda self: self.model.people)
    @rule(data=st.data(), kind=st.sampled_from(["Medical", "Dental", None]))
    def opt_out(self, data: st.DataObject, kind: str | None) -> None:
        """An opt-out takes the family's plans of the category away (MP-19)."""
        member = data.draw(st.sampled_from(sorted(self.model.people)))
        assert self.door.change({"id": member, "optOutPlanTypes": kind}).is_success
        self.model.people[member].refuses = kind
        self.model.drop_refused(self.model.people[member].of or member)

    @precondition(lambda self: self.model.people)
    @rule(data=st.data(), with_stranger=st.booleans())
    def delete(self, data: st.DataObject, with_stranger: bool) -> None:
        """Listed members go with the dependents of listed primaries; one stranger keeps everybody (CM-30, CM-35)."""
        people = sorted(self.model.people)
        listed = data.draw(st.lists(st.sampled_from(people), min_size=1, max_size=2, unique=True))
        if with_stranger:
            with pytest.raises(Refused):
                self.door.delete(*listed, "0r6none")
            return
        gone = self.door.delete(*listed)
        kin = sorted(i for i in people if i not in listed and self.model.people[i].of in listed)
        assert gone == [*listed, *kin]
        for member in gone:
            del self.model.people[member]

    @precondition(lambda self: self.model.people)
    @rule(data=st.data(), plan=st.sampled_from(sorted(TYPES)))
    def select(self, data: st.DataObject, plan: str) -> None:
        """A root plan: one of each category, not against an opt-out, a dependent's only from its primary's."""
        member = data.draw(st.sampled_from(sorted(self.model.people)))
        person = self.model.people[member]
        held = {TYPES[p]: p for p in person.plans if p in TYPES}
        owned = self.model.people[person.of].plans if person.of else {plan}
        is_good = not self.model.refuses(member, TYPES[plan]) and held.get(TYPES[plan], plan) == plan and plan in owned
        try:
            with self.door.world.book.write() as tx:
                selections.add(tx, member, [{"contractGroupPlanId": plan_id(plan)}], scope=EVERYTHING, now=NOW)
            was_added = True
        except Refused:
            was_added = False
        assert was_added is is_good
        if not was_added:
            return
        person.plans |= {plan, *([MANDATORY[plan]] if plan in MANDATORY else [])}

    @invariant()
    def the_book_holds_what_the_model_says(self) -> None:
        if not hasattr(self, "door"):
            return
        found = {
            row[0]: row[1:]
            for row in self.door.world.sql(
                "SELECT group_census_member_id, first_name, association, source_system_identifier, primary_member_id, "
                "group_class_id, city, opt_out_plan_types, dependent_count, member_key, primary_member_source "
                "FROM book.census_member"
            )
        }
        said = {}
        for member, person in self.model.people.items():
            head = self.model.people[person.of] if person.of else None
            said[member] = (
                person.first, person.role, person.source, person.of, CLASSES[(head or person).group_class], person.city,
                person.refuses, None if head else self.model.count(member),
                _key(person.role, person.first, "Xu", CENSUS), head.source if head else None,
            )  # fmt: skip
        assert found == said
        held = self.door.world.sql(
            "SELECT group_census_member_id, list(plan_code) FROM book.member_plan JOIN book.contract_plan "
            "USING (contract_plan_id) GROUP BY ALL"
        )
        assert {m: set(p) for m, p in held} == {m: p.plans for m, p in self.model.people.items() if p.plans}

    @invariant()
    def the_integrity_rules_hold(self) -> None:
        if not hasattr(self, "door"):
            return
        broken = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS ({query})" for name, query in BROKEN.items())
        assert self.door.world.sql(broken) == []
        version = self.door.version
        assert version >= self.version
        self.version = version


def _root(plan: str) -> str:
    return next((root for root, coverage in MANDATORY.items() if coverage == plan), plan)


def _row(first: str, role: str, source: str, **more: Any) -> dict[str, Any]:
    said = {"firstName": first, "lastname": "Xu", "associationWithPrimaryMbr": role, "sourceSystemIdentifier": source}
    return {**said, **{name: value for name, value in more.items() if value is not None}}


BROKEN = {
    "OB-1": "SELECT 1 FROM book.census_member d LEFT JOIN book.census_member p "
    "ON p.group_census_member_id = d.primary_member_id AND p.group_census_id = d.group_census_id "
    "WHERE d.primary_member_id IS NOT NULL AND (p.group_census_member_id IS NULL OR p.primary_member_id IS NOT NULL)",
    "OB-2": "SELECT 1 FROM book.member_plan ANTI JOIN book.census_member USING (group_census_member_id)",
    "OB-3": "SELECT 1 FROM book.census_member WHERE association = 'Self' "
    "AND (primary_member_id IS NOT NULL OR primary_member_source IS NOT NULL)",
    "OB-4": "SELECT 1 FROM book.census_member d JOIN book.census_member p "
    "ON p.group_census_member_id = d.primary_member_id WHERE d.group_class_id IS DISTINCT FROM p.group_class_id",
    "OB-5": "SELECT member_key FROM book.census_member WHERE member_key IS NOT NULL "
    "GROUP BY group_census_id, member_key HAVING count(*) > 1",
    "OB-6": "SELECT 1 FROM book.member_plan s JOIN book.group_census g USING (group_census_id) "
    "JOIN book.contract_plan p USING (contract_plan_id) WHERE p.contract_id IS DISTINCT FROM g.contract_id",
    "OB-7": "SELECT 1 FROM book.census_member WHERE length(first_name) > 50 OR length(name) > 255",
}
"""For each integrity rule, the rows that break it."""


@pytest.mark.rule("OB-1", "OB-2", "OB-3", "OB-4", "OB-5", "OB-6", "OB-7", "CV-19", "CV-20", "MP-19")
def test_any_order_of_steps_leaves_the_book_as_the_model_says() -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Members,
        settings=settings(
            max_examples=6,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
