"""Steps, flags and summaries of onboarding follow from the records of the book, and tell nothing of its members."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from schemas import TABLES
from tests.http.partners import GROUPS, HOST, Partners, served_partners
from tests.services.census_load.builder import NOW, World, a_world, insert
from tests.services.selections.desk import NOOR, a_family, member

ACME, CONTRACT = "001A", "800A"


class Linked:
    """A book with an account, a contract and two censuses, and a group of the partner that is approved."""

    def __init__(self, world: World, desk: Partners, group: str) -> None:
        self.world, self.desk, self.group = world, desk, group

    def put(self, table: str, *rows: dict[str, Any]) -> None:
        """Rows into a table."""
        insert(self.world, table, list(rows))

    def link(self, **ids: str) -> dict[str, Any]:
        """Records linked by the host."""
        return self.desk.done(self.group, "link", **ids)

    def state(self, code: str) -> str:
        """One step."""
        return self.desk.steps(self.group)[code]

    def flags(self) -> dict[str, bool]:
        """The flags."""
        told: dict[str, bool] = self.desk.read(self.group, "integration")["integration"]["flags"]
        return told

    def summary(self) -> dict[str, Any]:
        """The summary."""
        told: dict[str, Any] = self.desk.read(self.group, "summary")["summary"]
        return told

    def lines(self) -> dict[str, str]:
        """Product lines with their states."""
        return {each["line"]: each["status"] for each in self.summary()["coverage"]["productLines"]}


@pytest.fixture
def linked(tmp_path: Path) -> Iterator[Linked]:
    world = a_world(tmp_path)
    with served_partners(world.book.path) as desk:
        group = desk.a_group(eligibleEmployeeCount=40)
        desk.done(group, "approve")
        yield Linked(world, desk, group)


def policy(n: int, **more: Any) -> dict[str, Any]:
    """A policy in force of the contract."""
    row: dict[str, Any] = {
        column.name: 0
        for column in TABLES["book.insurance_policy"].columns
        if column.required and "cents" in column.name
    }
    row |= {"policy_id": f"0YT{n}", "policy_number": f"N{n}", "plan_type": "Medical", "name_insured_id": ACME}
    row |= {"account_id": ACME, "product_id": "01t2", "contract_plan_id": "0rgGB000000P001AAA", "contract_id": CONTRACT}
    row |= {"group_census_id": "0rfGB000000C001AAA", "group_census_member_id": f"0r6{n}", "status": "In Force"}
    row |= {"effective_date": date(2026, 1, 1), "expiration_date": date(2026, 12, 31), "created_at": NOW}
    return row | {"modified_at": NOW, "funding_type": "Level Funded"} | more


def rates(linked: Linked, number: int, **what: str) -> None:
    """A rate table of a product or a plan."""
    linked.put(
        "ref.rate_table_plan", {"rate_table_id": f"0rt{number}", "contract_plan_id": None, "product_id": None} | what
    )


def test_account_contract_and_plans_turn_their_steps_done(linked: Linked) -> None:
    """P006 is inactive; the plans of the example's three lines are there, and the contract is activated."""
    assert linked.state("ACCOUNT_SETUP") == "IN_PROGRESS"
    linked.link(accountId=ACME)
    assert (linked.state("ACCOUNT_SETUP"), linked.state("CONTRACT_ISSUE")) == ("DONE", "NOT_STARTED")
    linked.link(contractId=CONTRACT)
    states = ("PLAN_CONFIGURATION", "CONTRACT_ISSUE", "ENROLLMENT_OPEN", "RATE_LOAD", "CENSUS_LOAD", "ACTIVATION")
    assert [linked.state(code) for code in states] == [
        "DONE", "DONE", "DONE", "NOT_STARTED", "IN_PROGRESS", "IN_PROGRESS"
    ]  # fmt: skip
    flags = linked.flags()
    assert [name for name in flags if flags[name]] == [
        "dataValidated", "accountCreated", "brokerLinked", "plansConfigured", "contractCreated", "enrollmentOpen",
        "healthy",
    ]  # fmt: skip
    coverage = linked.summary()["coverage"]
    assert (coverage["planCount"], coverage["renewalDate"]) == (7, "2027-01-01")
    assert linked.lines() == {"MEDICAL": "IN_FORCE", "DENTAL": "IN_FORCE", "LIFE": "IN_FORCE"}


def test_a_line_without_a_plan_and_a_draft_contract_leave_their_steps_in_progress(linked: Linked) -> None:
    linked.world.run("UPDATE book.contract SET status = 'Draft'")
    linked.desk.change(linked.group, productLines=["MEDICAL", "LTD"])
    linked.link(accountId=ACME, contractId=CONTRACT)
    assert [linked.state(code) for code in ("PLAN_CONFIGURATION", "CONTRACT_ISSUE", "ACTIVATION")] == [
        "IN_PROGRESS",
        "IN_PROGRESS",
        "NOT_STARTED",
    ]
    assert linked.lines() == {"MEDICAL": "SOLD", "LTD": "NOT_STARTED"}


def test_a_step_goes_back_when_its_record_goes(linked: Linked) -> None:
    linked.link(accountId=ACME, contractId=CONTRACT)
    linked.world.run("DELETE FROM book.contract")
    assert linked.state("CONTRACT_ISSUE") == "NOT_STARTED"
    last = [each for each in linked.desk.events(linked.group) if each["subject"] == "CONTRACT_ISSUE"][-1]
    assert (last["from"], last["to"], last["actor"]) == ("DONE", "NOT_STARTED", "SYSTEM")


def test_rates_are_loaded_once_every_coverage_has_a_table_by_plan_or_product(linked: Linked) -> None:
    linked.link(accountId=ACME, contractId=CONTRACT)
    kinds = sorted({"Dental", "Life", "Medical", "Supplemental Life", "Vision"})
    for n, kind in enumerate(kinds):
        rates(linked, n, product_id=f"01t{n}") if kind != "Vision" else None
        if n == 0:
            assert linked.state("RATE_LOAD") == "IN_PROGRESS"
    assert not linked.flags()["ratesLoaded"]
    rates(linked, 9, contract_plan_id="0rgGB000000P003AAA")
    assert linked.state("RATE_LOAD") == "DONE"
    assert linked.flags()["ratesLoaded"]


@pytest.mark.parametrize(("day", "state", "is_open"), [(30, "IN_PROGRESS", False), (1, "DONE", True)])
def test_enrollment_opens_on_the_first_day_of_its_window(linked: Linked, day: int, state: str, is_open: bool) -> None:
    """The window begins on December 1st and ends on the 15th."""
    linked.link(accountId=ACME, contractId=CONTRACT)
    linked.world.run(
        "UPDATE book.contract_plan SET enrollment_start_date = '2026-12-01', enrollment_end_date = '2026-12-15'"
    )
    linked.desk.moment = datetime(2026, 11 if day == 30 else 12, day)
    assert linked.state("ENROLLMENT_OPEN") == state
    told = linked.summary()["eligibility"]["openEnrollment"]
    assert told == {"start": "2026-12-01", "end": "2026-12-15", "isOpen": is_open}
    assert linked.flags()["enrollmentOpen"] is is_open
    if is_open:
        linked.desk.moment = datetime(2026, 12, 16)
        assert (linked.state("ENROLLMENT_OPEN"), linked.flags()["enrollmentOpen"]) == ("DONE", False)


def test_policies_activate_and_payments_make_billing_ready(linked: Linked) -> None:
    """20 enrolled of 40 eligible are half."""
    linked.link(accountId=ACME, contractId=CONTRACT)
    linked.put("book.insurance_policy", *(policy(n) for n in range(20)), policy(20, status="Canceled"))
    assert linked.state("ACTIVATION") == "DONE"
    told = linked.summary()
    assert told["coverage"]["fundingType"] == "LEVEL_FUNDED"
    assert told["enrollment"]["participationBand"] == "50_74"
    assert not linked.flags()["billingReady"]
    payment = {"payment_id": "0YS1", "policy_id": "0YT1", "due_date": date(2026, 12, 1), "amount_cents": 100}
    linked.put("book.policy_payment", payment | {"is_paid": False, "status": "Valid"})
    assert linked.flags()["billingReady"]


@pytest.mark.rule("EN-8")
def test_enrolled_are_those_whose_policy_stands_today_or_will(linked: Linked) -> None:
    """Of 40 eligible, 20 have policies of the year, 10 of its first half and 2 of its second half, which say that they
    are in force whatever the day is.
    """
    linked.link(accountId=ACME, contractId=CONTRACT)
    early = {"expiration_date": date(2026, 6, 30)}
    late = {"effective_date": date(2026, 7, 1), "status": "Pending"}
    rows = [policy(n) for n in range(20)] + [policy(n, **early) for n in range(20, 30)]
    linked.put("book.insurance_policy", *rows, policy(30, **late), policy(31, **late))
    bands = {}
    for day in (datetime(2026, 6, 30), datetime(2026, 7, 1), datetime(2026, 12, 31), datetime(2027, 1, 1)):
        linked.desk.moment = day
        bands[f"{day:%m-%d}"] = linked.summary()["enrollment"]["participationBand"]
        assert linked.state("ACTIVATION") == "DONE"  # it was activated, whatever has run out since
    # 32, 22, 22 and none of 40
    assert bands == {"06-30": "75_PLUS", "07-01": "50_74", "12-31": "50_74", "01-01": "UNDER_50"}


def test_lines_are_quoted_by_a_quote_of_the_account_and_ended_after_the_term(linked: Linked) -> None:
    quote = {"quote_id": "0Q01", "quote_number": "Q-1", "name": "Q", "account_id": ACME, "status": "Draft"}
    linked.put("book.quote", quote | {"modified_at": NOW})
    line = {"quote_line_id": "0QL1", "quote_id": "0Q01", "root_line_id": "0QL1", "level": "ROOT", "product_id": "01t2"}
    linked.put("book.quote_line", line | {"name": "Medical", "is_optional": False, "modified_at": NOW})
    assert linked.link(accountId=ACME, externalQuoteId="0Q01")["integration"]["flags"]["accountCreated"]
    assert linked.lines() == {"MEDICAL": "QUOTED", "DENTAL": "NOT_STARTED", "LIFE": "NOT_STARTED"}
    assert linked.state("PLAN_CONFIGURATION") == "IN_PROGRESS"
    linked.link(contractId=CONTRACT)
    linked.desk.moment = datetime(2026, 12, 31)
    assert linked.lines()["MEDICAL"] == "IN_FORCE"
    linked.desk.moment = datetime(2027, 1, 1)
    assert linked.lines()["MEDICAL"] == "ENDED"


def test_an_id_that_a_partner_states_shows_nothing_of_another_account(linked: Linked) -> None:
    """The contract is Acme's; the account that the host links is another."""
    linked.desk.change(linked.group, contractId=CONTRACT)
    linked.put("book.account", {"account_id": "001B", "account_number": "B", "name": "Other", "modified_at": NOW})
    linked.link(accountId="001B")
    assert linked.state("CONTRACT_ISSUE") == "NOT_STARTED"
    assert linked.summary()["coverage"]["planCount"] == 0
    refused = linked.desk.host(linked.group, "link", contractId=CONTRACT)
    assert refused.status_code == 422


@pytest.mark.rule("ON-3")
def test_no_answer_holds_a_members_data_however_far_the_group_is(linked: Linked) -> None:
    """Every answer of both sides is read whole; of the members only bands, counts of plans and dates are told."""
    a_family(linked.world)
    born = {"birth_date": date(1971, 3, 9), "email": "wilhelmina@example.org", "state": "VT", "postal_code": "05401"}
    extra = member("0r6GB000000M009AAA", "Wilhelmina", **born, source_system_identifier="HR-4711")
    linked.put("book.census_member", extra)
    linked.put("book.insurance_policy", policy(1, group_census_member_id=NOOR))
    linked.link(accountId=ACME, contractId=CONTRACT)
    group, desk = linked.group, linked.desk
    assert linked.state("CENSUS_LOAD") == "DONE"
    summary = linked.summary()
    assert summary["eligibility"].items() >= {"dependentsCovered": True, "classCount": 3}.items()
    assert summary["enrollment"]["lastCensusReceivedOn"] == "2026-11-20"
    partners_side = [desk.call("GET", f"{GROUPS}/{group}{part}").text for part in
                     ("", "/status", "/summary", "/integration", "/events")]  # fmt: skip
    partners_side += [desk.call("GET", GROUPS).text, desk.change(group, legalName="Acme").text]
    hosts_side = [desk.call("GET", f"{HOST}{path}", "host").text for path in
                  ("/partners", "/managers", "/groups", f"/groups/{group}", f"/groups/{group}/events")]  # fmt: skip
    hosts_side.append(json.dumps(desk.done(group, "sync")))
    said = "\n".join(partners_side + hosts_side)
    personal = ("Noor", "Elias", "Haddad", "Wilhelmina", "1971", "1984", "HR-4711", "05401", "0r6", "0YT")
    assert [word for word in personal if word in said] == []
    assert "R. Vance" not in "\n".join(partners_side)


def test_participation_is_hidden_in_a_group_of_fewer_than_ten(linked: Linked) -> None:
    for eligible, band in ((9, "UNKNOWN"), (10, "75_PLUS")):
        group = linked.desk.a_group(eligibleEmployeeCount=eligible, enrolledEmployeeCount=9)
        told = linked.desk.read(group, "summary")["summary"]
        assert told["enrollment"]["participationBand"] == band
        assert told["group"]["sizeBand"] == ("1-9" if eligible == 9 else "10-50")
