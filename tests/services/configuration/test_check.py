"""The eligibility check: choices tried out under the rules (eligible plans, EC-1 to EC-8)."""

import re
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from services import settings
from services.configuration.check import change_context, open_context
from services.configuration.choosing import broken_by
from services.insurance_errors import Refused
from services.scope import EVERYTHING, Scope
from tests.services.census_load.builder import NOW, World, insert, plan_id
from tests.services.selections.desk import ELIAS, LEA, MIRA, NOOR, TOM, add


def a_rule(world: World, kind: str, plan: str, other: str | None = None, **more: Any) -> None:
    n = world.sql("SELECT count(*) FROM ref.configuration_rule")[0][0]
    row = {
        "configuration_rule_id": f"0rc{n}",
        "contract_id": "800A",
        "kind": kind,
        "contract_plan_id": plan_id(plan),
        "modified_at": NOW,
        **({"other_plan_id": plan_id(other)} if other else {}),
        **more,
    }
    insert(world, "ref.configuration_rule", [row])


def chosen(*said: str) -> list[dict[str, Any]]:
    """`P001|P012` is a plan with a coverage."""
    return [
        {"planId": plan_id(root), **({"coverages": [{"planId": plan_id(code)} for code in codes]} if codes else {})}
        for root, *codes in (text.split("|") for text in said)
    ]


def opened(world: World, member_id: str, *said: str, scope: Scope = EVERYTHING) -> dict[str, Any]:
    with world.book.write() as tx:
        return open_context(tx, member_id, chosen(*said), scope=scope, now=NOW)


def changed(
    world: World, member_id: str, context_id: str | None, added: list[str], deleted: list[str], minutes: float = 0
) -> dict[str, Any]:
    with world.book.write() as tx:
        return change_context(
            tx,
            member_id,
            context_id,
            chosen(*added),
            chosen(*deleted),
            scope=EVERYTHING,
            now=NOW + timedelta(minutes=minutes),
        )


def plans(answer: dict[str, Any]) -> list[str]:
    """The plans that stand, in the notation of `chosen`."""
    return [
        "|".join(one["planId"][11:15] for one in (root, *root["coverages"]))
        for root in answer["planEligibilityDetails"]["plans"]
    ]


def messages(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["type"], one["message"]) for one in answer["planEligibilityDetails"]["messages"]]


def refused(call: Any, *args: Any, **more: Any) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        call(*args, **more)
    return [(error.code, error.message) for error in caught.value.errors]


@pytest.mark.rule("EC-2", "EC-5")
def test_a_first_choice_is_answered_in_the_published_shape(world: World) -> None:
    answer = opened(world, NOOR, "P001|P012")
    context_id = answer.pop("contextId")
    assert re.fullmatch("[0-9a-f]{64}", context_id)
    about = {"productCategory": "Medical"}
    assert answer == {
        "memberId": NOOR,
        "isSuccess": True,
        "errors": [],
        "planEligibilityDetails": {
            "messages": [{"type": "Info", "message": "Preventive is mandatory and was added."}],
            "plans": [
                {
                    "planId": plan_id("P001"),
                    "planName": "Harbor PPO",
                    **about,
                    "isOptional": False,
                    "attributes": [],
                    "coverages": [
                        {"planId": plan_id("P011"), "planName": "Preventive", **about, "isOptional": False},
                        {"planId": plan_id("P012"), "planName": "Maternity", **about, "isOptional": True},
                    ],
                }
            ],
        },
    }
    assert world.sql("SELECT count(*) FROM book.member_plan") == [(0,)]
    assert opened(world, NOOR, "P001|P012")["contextId"] != context_id


@pytest.mark.rule("EC-1")
def test_a_broken_rule_is_a_message_and_drops_the_plan(world: World) -> None:
    a_rule(world, "NEEDS", "P004", "P001")
    answer = opened(world, LEA, "P004", "P003")
    assert (answer["isSuccess"], answer["errors"]) == (True, [])
    assert plans(answer) == ["P003"]
    assert messages(answer) == [("Error", "Smile Basic needs Harbor PPO.")]


@pytest.mark.rule("EC-7")
def test_a_plan_needs_another_and_has_words_of_its_own(world: World) -> None:
    a_rule(world, "NEEDS", "P008", "P007", message="Basic life comes first.")
    assert messages(opened(world, NOOR, "P008")) == [("Error", "Basic life comes first.")]
    assert plans(opened(world, NOOR, "P008", "P007")) == ["P008", "P007"]


@pytest.mark.rule("EC-7")
def test_a_plan_excludes_another_and_gives_way(world: World) -> None:
    a_rule(world, "EXCLUDES", "P003", "P004")
    answer = opened(world, NOOR, "P003", "P004")
    assert plans(answer) == ["P004"]
    assert messages(answer) == [("Error", "ClearSight can't be combined with Smile Basic.")]
    assert plans(opened(world, NOOR, "P003")) == ["P003"]


@pytest.mark.rule("EC-7")
@pytest.mark.parametrize(
    ("born", "low", "high", "says"),
    [
        # The contract begins on 2026-01-01: born 2000-01-01 is 26 that day, born 2000-01-02 is still 25.
        ("2000-01-01", 26, None, None),
        ("2000-01-02", 26, None, "Maternity is for ages from 26."),
        ("2000-01-02", None, 25, None),
        ("2000-01-01", None, 25, "Maternity is for ages up to 25."),
        ("2000-01-01", 18, 25, "Maternity is for ages 18 to 25."),
        (None, 18, 25, "Maternity has an age limit, and the member no date of birth."),
    ],
)
def test_a_coverage_is_for_some_ages(
    world: World, born: str | None, low: int | None, high: int | None, says: str | None
) -> None:
    a_rule(world, "AGE_LIMIT", "P012", minimum_age=low, maximum_age=high)
    day = f"DATE '{born}'" if born else "NULL"
    world.run(f"UPDATE book.census_member SET birth_date = {day} WHERE group_census_member_id = '{LEA}'")
    answer = opened(world, LEA, "P001|P012")
    assert plans(answer) == (["P001|P011"] if says else ["P001|P011|P012"])
    assert messages(answer)[1:] == ([("Error", says)] if says else [])


@pytest.mark.rule("EC-7")
def test_ages_count_on_the_first_day_of_cover_of_who_joins_later(world: World) -> None:
    a_rule(world, "AGE_LIMIT", "P003", minimum_age=37)
    assert plans(opened(world, LEA, "P003")) == []  # born 1990-01-20: 35 on 2026-01-01
    world.run("UPDATE book.census_member SET policy_start_date = DATE '2027-01-19'")
    assert plans(opened(world, LEA, "P003")) == []
    world.run("UPDATE book.census_member SET policy_start_date = DATE '2027-01-20'")
    assert plans(opened(world, LEA, "P003")) == ["P003"]


@pytest.mark.rule("EC-7", "EC-1")
def test_what_falls_takes_along_what_needs_it_and_the_coverages_under_it(world: World) -> None:
    a_rule(world, "AGE_LIMIT", "P001", maximum_age=30)  # Lea is 35
    a_rule(world, "NEEDS", "P004", "P001")
    a_rule(world, "NEEDS", "P003", "P004")
    answer = opened(world, LEA, "P003", "P004", "P001|P012", "P007")
    assert plans(answer) == ["P007"]
    assert {text for kind, text in messages(answer) if kind == "Error"} == {
        "Harbor PPO is for ages up to 30.",
        "Smile Basic needs Harbor PPO.",
        "ClearSight needs Smile Basic.",
    }


@pytest.mark.rule("EC-7")
def test_a_kind_of_one_s_own_sees_the_family_the_choices_and_the_attributes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.configuration import engine

    def same_as_primary(rules: pl.DataFrame, choices: Any) -> pl.DataFrame:
        marked = choices.attributes.filter(pl.col("attribute_name") == "FamilyOnly").select("plan")
        mine = choices.chosen.join(marked, on="plan", how="semi").join(choices.members, on="m")
        theirs = choices.chosen.select(head="m", plan="plan")
        alone = mine.filter(pl.col("m") != pl.col("head")).join(theirs, on=["head", "plan"], how="anti")
        return alone.select("m", "plan", type=pl.lit("Error"), message=pl.lit("For the whole family."))

    class Entry:
        name = "same_as_primary"

        @staticmethod
        def load() -> Any:
            return same_as_primary

    monkeypatch.setattr(
        engine, "entry_points", lambda group: [Entry] if group == "benefits.configuration_rules" else []
    )
    engine.functions.cache_clear()
    try:
        insert(
            world,
            "book.contract_plan_attribute",
            [{"contract_plan_id": plan_id("P003"), "attribute_name": "FamilyOnly", "value": "yes"}],
        )
        assert messages(opened(world, ELIAS, "P003", "P004")) == [("Error", "For the whole family.")]
        add(world, NOOR, "P003")
        assert messages(opened(world, ELIAS, "P003", "P004")) == []
    finally:
        engine.functions.cache_clear()


@pytest.mark.rule("EC-2", "CV-26", "CV-27", "CV-28", "CV-30", "CV-31")
def test_opt_outs_classes_and_roots_are_checked_before_the_rules(world: World) -> None:
    world.run(f"UPDATE book.census_member SET opt_out_plan_types = 'Vision' WHERE group_census_member_id = '{LEA}'")
    answer = opened(world, LEA, "P003", "P005", "P007|P071", "P012", "P006", "P004")
    assert plans(answer) == ["P007", "P004"]
    assert messages(answer) == [
        ("Error", "The member opted out of Vision."),
        ("Error", "The member isn't eligible for plan Smile Executive."),
        ("Error", "The member isn't eligible for plan Executive Rider."),
        ("Error", "Add the root plan of coverage Maternity first."),
        ("Error", "Smile Old is no longer active."),
    ]


@pytest.mark.rule("EC-3", "EC-5")
def test_a_change_takes_out_first_then_adds_and_keeps_the_context(world: World) -> None:
    first = opened(world, NOOR, "P001|P012", "P003")
    context_id = first["contextId"]

    swapped = changed(world, NOOR, context_id, ["P002"], ["P001"])
    assert swapped["contextId"] == context_id
    assert plans(swapped) == ["P003", "P002|P021"]
    assert messages(swapped) == [("Info", "Preventive is mandatory and was added.")]

    both = changed(world, NOOR, context_id, ["P003"], ["P003"])  # taken out, then added
    assert plans(both) == ["P002|P021", "P003"]
    assert messages(both) == []  # nothing came along this time


@pytest.mark.rule("EC-3")
def test_coverages_alone_may_be_taken_out_and_added(world: World) -> None:
    context_id = opened(world, NOOR, "P001|P012")["contextId"]
    assert plans(changed(world, NOOR, context_id, [], ["P001|P012"])) == ["P001|P011"]
    assert plans(changed(world, NOOR, context_id, ["P012"], [])) == ["P001|P011|P012"]
    assert plans(changed(world, NOOR, context_id, [], ["P012"])) == ["P001|P011"]
    back = changed(world, NOOR, context_id, [], ["P001|P011"])
    assert plans(back) == ["P001|P011"]
    assert messages(back) == [("Info", "Preventive is mandatory and was added.")]


@pytest.mark.rule("EC-3", "EC-1")
def test_a_plan_that_fell_stays_a_choice_and_stands_once_its_rule_is_met(world: World) -> None:
    a_rule(world, "NEEDS", "P008", "P007")
    context_id = opened(world, NOOR, "P008")["contextId"]
    answer = changed(world, NOOR, context_id, ["P007"], [])
    assert (plans(answer), messages(answer)) == (["P008", "P007"], [])


@pytest.mark.rule("SF-0001-0006")
@pytest.mark.rule("EC-4")
def test_a_context_is_one_member_s_and_ends_after_an_hour(world: World) -> None:
    context_id = opened(world, NOOR, "P003")["contextId"]
    bad = [("SF-0001-0006", "Specify a valid context ID.")]
    assert refused(changed, world, LEA, context_id, [], []) == bad
    assert refused(changed, world, NOOR, "f" * 64, [], []) == bad
    changed(world, NOOR, context_id, [], [], minutes=59.9)
    assert refused(changed, world, NOOR, context_id, [], [], minutes=60) == bad
    assert refused(changed, world, NOOR, None, [], []) == [("SF-0001-0004", "Specify an input for contextId.")]


@pytest.mark.rule("EC-4")
def test_the_life_of_a_context_is_a_setting_and_dead_ones_are_forgotten(world: World) -> None:
    with world.book.write() as tx:
        settings.set_to(tx, "eligibility_context_minutes", "5", NOW)
    context_id = opened(world, NOOR, "P003")["contextId"]
    assert refused(changed, world, NOOR, context_id, [], [], minutes=5)[0][0] == "SF-0001-0006"
    with world.book.write() as tx:
        open_context(tx, NOOR, [], scope=EVERYTHING, now=NOW + timedelta(minutes=5))
    assert world.sql("SELECT count(*) FROM book.eligibility_context") == [(1,)]


@pytest.mark.rule("EC-6")
def test_bad_input_refuses_the_whole_call(world: World) -> None:
    unknown = [("SF-0001-0005", "Specify a valid input for planId.")]
    assert refused(opened, world, NOOR, "P003", "P999") == unknown
    assert refused(opened, world, NOOR, "P003|P012") == unknown  # a coverage of another plan
    assert refused(opened, world, NOOR, "P001|P001") == unknown
    with world.book.write() as tx:
        assert refused(open_context, tx, NOOR, None, scope=EVERYTHING, now=NOW) == [
            ("SF-0001-0004", "Specify an input for plans.")
        ]
        assert refused(open_context, tx, NOOR, [{}], scope=EVERYTHING, now=NOW) == [
            ("SF-0001-0004", "Specify an input for planId.")
        ]
    empty = opened(world, NOOR)
    assert (plans(empty), messages(empty), empty["isSuccess"]) == ([], [], True)
    assert world.sql("SELECT count(*) FROM book.eligibility_context") == [(1,)]


def test_an_unknown_member_and_one_out_of_scope_are_the_same(world: World) -> None:
    unknown = [("SF-0001-0005", "Specify a valid input for memberId.")]
    assert refused(opened, world, "0r6GB000000M999AAA", "P003") == unknown
    assert refused(opened, world, LEA, "P003", scope=Scope(family_id=NOOR)) == unknown
    assert plans(opened(world, MIRA, "P003", scope=Scope(family_id=NOOR))) == ["P003"]


@pytest.mark.rule("EC-8")
def test_the_same_rules_judge_what_members_hold(world: World) -> None:
    a_rule(world, "NEEDS", "P004", "P003")
    a_rule(world, "AGE_LIMIT", "P007", maximum_age=40)
    add(world, NOOR, "P004", "P007")  # born 1984-02-11: 41
    add(world, LEA, "P003", "P004")
    add(world, TOM, "P004")
    with world.book.read() as tx:
        said = broken_by(tx, pl.Series([NOOR, LEA]), today=NOW.date())
    assert said.rows() == [
        (NOOR, plan_id("P004"), "Smile Basic", "Error", "Smile Basic needs ClearSight."),
        (NOOR, plan_id("P007"), "Life Plus", "Error", "Life Plus is for ages up to 40."),
    ]
