"""From quote to cancelled policies in any order that the doors allow: after every step no cent is lost or made.

What lives here: a small machine that rates, contracts, chooses, enrolls, pays and cancels, and the sums that must hold.
What does not: what single amounts are (`tests.test_one_engine` and the tests of each step).
"""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.enrollment.individual import enroll_member
from services.enrollment.manner import Manner as Enrolling
from services.policies.cancel import Cancellation, cancel
from services.policies.ending import Manner
from services.scope import EVERYTHING
from tests import crashes
from tests import quoted_group as group
from tests.attached import AttachedBook
from tests.quoted_group import AUTUMN, found

MONEY = ("standard_cents", "term_cents", "employer_cents", "employee_cents")
SUMS = ", ".join(f"CAST(sum({name}) AS BIGINT)" for name in MONEY)
FAMILIES = crashes.FAMILIES


class Group(RuleBasedStateMachine):
    """A group of three families, and what has become of it."""

    @initialize(is_new=st.sampled_from((False, False, True)))
    def begin(self, is_new: bool) -> None:
        """A quote not rated yet, or, most often, a contract of which nobody has chosen anything."""
        self.folder = TemporaryDirectory()
        steps = () if is_new else (group.rated, group.contracted)
        self.book = AttachedBook(crashes.copied(steps, Path(self.folder.name)).path, idle_s=600)
        self.is_rated = self.is_contracted = not is_new
        self.moved: dict[str, tuple[int, int, bool]] = {}

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.book.close()
            self.folder.cleanup()

    def one(self, query: str, number: int) -> Any:
        """One of the rows of a query, by a number drawn."""
        rows = found(self.book, query)
        return rows[number % len(rows)] if rows else None

    @rule()
    @precondition(lambda self: not self.is_contracted)
    def rate(self) -> None:
        """The quote is rated, perhaps again."""
        assert group.rated(self.book)["status"] == "Completed"
        self.is_rated = True

    @rule()
    @precondition(lambda self: self.is_rated and not self.is_contracted)
    def contract(self) -> None:
        """The quote becomes a contract."""
        assert group.contracted(self.book)["status"] == "Completed"
        self.is_contracted = True

    @rule(number=st.integers(0, 999), with_kin=st.booleans())
    @precondition(lambda self: self.is_contracted)
    def choose(self, number: int, with_kin: bool) -> None:
        """A family, or its primary alone, chooses a plan with all its options."""
        plan = self.one(
            "SELECT contract_plan_id FROM book.contract_plan WHERE parent_plan_id IS NULL ORDER BY 1", number
        )
        primary = f"M{number % FAMILIES:05d}"
        group.change(
            self.book,
            f"""INSERT INTO book.member_plan BY NAME
            SELECT 'H-' || m.group_census_member_id || p.contract_plan_id AS member_plan_id, m.group_census_member_id,
                m.group_census_id, p.contract_plan_id, p.name, 'To Be Started' AS enrollment_status, m.created_at,
                m.modified_at
            FROM book.census_member AS m CROSS JOIN book.contract_plan AS p
            WHERE m.{"family_id" if with_kin else "group_census_member_id"} = '{primary}'
                AND p.root_plan_id = '{plan[0]}'
                AND (p.parent_plan_id IS NULL OR p.is_optional)
                AND NOT EXISTS (FROM book.member_plan AS s WHERE s.group_census_member_id = m.group_census_member_id
                    AND s.contract_plan_id = p.contract_plan_id)""",
        )

    @rule(number=st.integers(0, 999), day=st.integers(0, 364))
    @precondition(lambda self: self.is_contracted)
    def enroll_one(self, number: int, day: int) -> None:
        """A family that waits is enrolled in one plan, from some day on."""
        waiting = self.one(
            """SELECT s.group_census_member_id, s.contract_plan_id
            FROM book.member_plan AS s JOIN book.contract_plan AS p ON p.contract_plan_id = s.contract_plan_id
            JOIN book.census_member AS m ON m.group_census_member_id = s.group_census_member_id
            WHERE p.parent_plan_id IS NULL AND m.primary_member_id IS NULL AND s.enrollment_status <> 'Completed'
            ORDER BY ALL""",
            number,
        )
        if waiting is not None:
            with self.book.write() as tx:
                manner = Enrolling(effective_date=group.day_of_year(day))
                done = enroll_member(tx, *waiting, manner=manner, scope=EVERYTHING, now=AUTUMN)
            assert done.is_success, done.errors

    @rule()
    @precondition(lambda self: self.is_contracted)
    def enroll_all(self) -> None:
        """Everybody who waits is enrolled."""
        assert group.enrolled(self.book, AUTUMN)["status"] == "Completed"

    @rule(number=st.integers(0, 999))
    @precondition(lambda self: self.is_contracted)
    def pay(self, number: int) -> None:
        """Somebody pays what is due next."""
        due = self.one(
            "SELECT payment_id FROM book.policy_payment WHERE NOT is_paid AND status = 'Valid' ORDER BY ALL", number
        )
        if due is not None:
            group.change(self.book, f"UPDATE book.policy_payment SET is_paid = true WHERE payment_id = '{due[0]}'")

    @rule(number=st.integers(0, 999), day=st.integers(0, 270), is_by_flag=st.booleans())
    @precondition(lambda self: self.is_contracted)
    def cancel(self, number: int, day: int, is_by_flag: bool) -> None:
        """A policy is cancelled from a day on, at the earliest its first."""
        policy = self.one(
            """SELECT policy_id, effective_date FROM book.insurance_policy
            WHERE status IN ('In Force', 'Pending') AND effective_date <= '2026-10-01' ORDER BY ALL""",
            number,
        )
        if policy is None:
            return
        first_day_not_covered = max(group.day_of_year(day), policy[1])
        query = "SELECT amount_cents FROM book.policy_payment WHERE is_paid AND policy_id = $key"
        paid = sum(cents for (cents,) in found(self.book, query, key=policy[0]))
        with self.book.write() as tx:
            asked = Cancellation(first_day_not_covered.isoformat(), Manner(True, is_by_flag))
            told = cancel(tx, policy[0], asked, scope=EVERYTHING, now=AUTUMN)
        before, kept, refund = (
            round(told[name] * 100) for name in ("previousTermPremium", "termPremium", "refundAmount")
        )
        assert kept - (paid if is_by_flag else before) == refund
        assert 0 <= kept <= before
        self.moved[policy[0]] = (before, refund, is_by_flag)

    @invariant()
    def the_quote_adds_up(self) -> None:
        """Each line is the sum of those under it, the quote that of its roots."""
        if not hasattr(self, "book"):
            return
        rows = found(self.book, "SELECT quote_line_id, root_line_id, level, net_total_price_cents FROM book.quote_line")
        by: Counter[str] = Counter()
        for _, root, level, cents in rows:
            by[f"{level} {root}"] += cents or 0
        roots = {root for _, root, _, _ in rows}
        assert all(by[f"COVERAGE {r}"] == by[f"GROUP_SUMMARY {r}"] == by[f"ROOT {r}"] for r in roots)
        assert found(self.book, "SELECT coalesce(total_cents, 0) FROM book.quote") == [
            (sum(by[f"ROOT {root}"] for root in roots),)
        ]

    @invariant()
    def every_policy_is_the_sum_of_its_parts(self) -> None:
        """Policy, participants, coverages and lines are one sum; employer and employee share it whole."""
        if not hasattr(self, "book"):
            return
        sums = [
            found(self.book, f"SELECT policy_id, {SUMS} FROM book.{table} GROUP BY policy_id ORDER BY policy_id")
            for table in ("insurance_policy", "policy_participant", "policy_coverage", "policy_line")
        ]
        assert sums[0] == sums[1] == sums[2] == sums[3]
        for _, standard, term, employer, employee in sums[0]:
            assert 0 <= term == employer + employee
            assert term <= standard
            assert min(employer, employee) >= 0

    @invariant()
    def what_is_due_is_what_the_policy_costs(self) -> None:
        """Payments add up to the term premium; of a cancelled policy together with what went back."""
        if not hasattr(self, "book"):
            return
        rows = found(
            self.book,
            """SELECT p.policy_id, p.term_cents,
                CAST(coalesce(sum(d.amount_cents) FILTER (d.is_paid OR d.status = 'Valid'), 0) AS BIGINT)
            FROM book.insurance_policy AS p LEFT JOIN book.policy_payment AS d USING (policy_id) GROUP BY ALL""",
        )
        booked = dict(
            found(
                self.book,
                "SELECT policy_id, CAST(sum(amount_cents) AS BIGINT) FROM book.policy_transaction GROUP BY ALL",
            )
        )
        for policy, term, due in rows:
            before, refund, is_by_flag = self.moved.get(policy, (term, 0, True))
            assert due + (0 if is_by_flag else refund) == term
            assert booked.get(policy, 0) == refund
            if not is_by_flag:
                assert before + refund == term


def test_no_step_loses_or_makes_a_cent() -> None:
    run_state_machine_as_test(
        Group,
        settings=settings(
            max_examples=3,
            stateful_step_count=8,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
        ),
    )
