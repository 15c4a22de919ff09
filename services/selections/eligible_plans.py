"""What a member may choose: eligible plans and coverages by category, for a member and its dependents.

What lives here: the answer of the eligible-plans service (EP-1 to EP-12). What does not: the rules on classes, which
are those of every selection (`services.census_load.eligibility`), and choosing (`plans`).

Opt-outs take nothing off the list (EP-5), nor do enrollment windows (EP-10).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import polars as pl

from services.book import Transaction
from services.census_load.eligibility import Links, links_of, with_classes
from services.census_load.plan_cells import with_numbers
from services.census_load.stored import Stored
from services.insurance_errors import Refused, invalid
from services.kept_shelf import kept
from services.one_go import collected
from services.scope import Scope
from services.selections import near

_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,9})?")


def eligible_plans(tx: Transaction, member_id: str, *, with_dependents: bool, scope: Scope) -> dict[str, Any]:
    """The answer in its published shape. Refused for a member that is unknown or out of scope.

    A dependent is answered by its own entry alone, under the id of its primary (EP-9).
    """
    stored = near.read(tx, pl.Series([member_id]))
    own = stored.members.filter(pl.col("group_census_member_id") == member_id)
    if own.is_empty() or not scope.sees_family(tx, own["family_id"][0], own["group_census_id"][0]):
        raise Refused(invalid("memberId"))
    asked = _asked(stored, member_id, with_dependents)
    menu = kept(tx, near.key_of("menu", stored.targets), lambda: _menu(tx, stored))
    rows = _eligible(stored, menu, asked).to_dicts()
    entries = [
        {"memberId": who, "plans": _by_category((row for row in rows if row["member_id"] == who), menu.attributes)}
        for who in asked
    ]
    return {"memberId": own["family_id"][0], "membersPlansDetails": {"values": entries}}


@dataclass(frozen=True)
class _Menu:
    """What a contract offers, whoever asks."""

    plans: pl.DataFrame
    """Numbered."""
    links: Links
    attributes: dict[str, list[dict[str, Any]]]


def _menu(tx: Transaction, stored: Stored) -> _Menu:
    plans = with_numbers(stored.plans)
    return _Menu(plans, links_of(stored, plans), _attributes(tx, plans))


def _asked(stored: Stored, member_id: str, with_dependents: bool) -> list[str]:
    """The members to answer for: the one asked, then its dependents by id (EP-6)."""
    kin = stored.members.filter(pl.col("primary_member_id") == member_id)["group_census_member_id"].to_list()
    return [member_id, *kin] if with_dependents else [member_id]


def _eligible(stored: Stored, menu: _Menu, asked: list[str]) -> pl.DataFrame:
    """One row per member and plan or coverage that the class admits, in the order of EP-4."""
    nowhere = {"person": pl.lit(None, pl.UInt32), "file_no": pl.lit(None, pl.Int32)}
    members = with_classes(stored.members.with_columns(**nowhere), stored)
    who = members.lazy().filter(pl.col("group_census_member_id").is_in(asked))
    plans, links = menu.plans, menu.links
    n = max(plans.height, 1)
    holds = collected(
        stored.selections.lazy()
        .join(members.lazy().select("group_census_member_id", "m"), on="group_census_member_id")
        .join(plans.lazy().select("contract_plan_id", "plan"), on="contract_plan_id")
        .select(key=pl.col("m") * n + pl.col("plan"))
    )["key"]
    pairs = who.select("m", "head", "class_no", member_id="group_census_member_id").join(
        plans.lazy().filter("is_active"), how="cross"
    )
    if plans["is_active"].any():
        admits = (links.admits(pl.col(of), pl.col("class_no")) for of in ("plan", "root"))
        pairs = pairs.filter(pl.all_horizontal(admits))
    return collected(
        pairs.with_columns(
            is_subscribed=(pl.col("m") * n + pl.col("plan")).is_in(holds.implode()),
            is_primary_subscribed=(pl.col("head") * n + pl.col("plan")).is_in(holds.implode()),
        ).sort(
            "m", "plan_type", ~pl.col("is_root"), pl.col("is_optional") & ~pl.col("is_root"), "name", "contract_plan_id"
        )
    )


def _attributes(tx: Transaction, plans: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """The attributes of each plan that has some."""
    with tx.lend(selections_plans=plans.select("contract_plan_id")):
        found = tx.rows("selections.attributes")
    return {
        plan_id: attributes_of((name, value) for _, name, value in values)
        for plan_id, values in groupby(found, key=lambda row: row[0])
    }


def attributes_of(values: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """Attributes of a plan in their published shape; a number is written as one.

    >>> attributes_of([("Deductible", "500"), ("Network", "007")])
    [{'data': {'Deductible': 500, 'Network': '007'}}]
    """
    data = {name: _value(value) for name, value in values}
    return [{"data": data}] if data else []


def _value(text: str) -> Any:
    if not _NUMBER.fullmatch(text):
        return text
    return float(text) if "." in text else int(text)


def _by_category(
    rows: Iterable[dict[str, Any]], attributes: dict[str, list[dict[str, Any]]]
) -> dict[str, dict[str, Any]]:
    """Root plans under their category, each with its coverages."""
    made: dict[str, dict[str, Any]] = {}
    roots: dict[int, dict[str, Any]] = {}
    for row in rows:
        plan = _plan(row, attributes.get(row["contract_plan_id"], []))
        if row["is_root"]:
            roots[row["plan"]] = plan
            made.setdefault(row["plan_type"], {"values": []})["values"].append(plan)
        else:
            roots[row["root"]]["coverages"].append(plan)
    return made


def _plan(row: dict[str, Any], attributes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "planId": row["contract_plan_id"],
        "planName": row["name"],
        **({"planDescription": row["description"]} if row["description"] else {}),
        "isOptional": row["is_optional"],
        "isSubscribed": row["is_subscribed"],
        "isPrimarySubscribed": row["is_primary_subscribed"],
        "attributes": attributes,
        "coverages": [],
    }
