"""InsCensusServiceStd addMembers and updateMembers.

What lives here: what the two services ask of the core, and their answers (census members, sections 4 and 5). What does
not: the rules (`judge`), texts of field errors (`std_words`), plans (`std_with_plans`) and HTTP.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, NoReturn

import polars as pl

from services.book import Transaction
from services.insurance_errors import InsuranceError, Refused, bad_date
from services.members import rows
from services.members.rows import Rows
from services.members.save import Operation, Reading, save, validate, within_limit
from services.members.std_words import NO_KEY, entries
from services.scope import Scope

Member = Mapping[str, Any]

KEY = ("FirstName", "Lastname", "Email", "GroupCensusId")
"""Fields of a member key, unless the caller names others (conventions, section 3)."""

OK: dict[str, Any] = {"result": "success", "errorCode": "INVOKE-200", "error": "OK"}
"""The envelope of a finished call, whatever became of single members (4.4)."""

NO_CENSUS_ID = InsuranceError("SF-0001-0004", "Specify a censusId.")
UNKNOWN_CENSUS = InsuranceError("SF-0001-0005", "Census ID is not valid.")


@dataclass(frozen=True)
class StdSaved:
    """What came of a call."""

    member_ids: list[str]
    errors: list[dict[str, Any]] = field(default_factory=list)
    """Each refused member as stated, with `error`."""
    n_primaries: int = 0
    """Saved primaries, of which the dependents were counted again (CM-47)."""
    deleted_member_ids: list[str] | None = None
    """None where the service tells of no deletion."""
    member_plan_ids: list[str] | None = None
    """Selections made; None where the service makes none."""
    warnings: list[str] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """The answer in the published names."""
        plans = {} if self.member_plan_ids is None else {"memberPlanIds": self.member_plan_ids}
        gone = {} if self.deleted_member_ids is None else {"deletedCensusMemberIds": self.deleted_member_ids}
        return {
            **OK,
            "censusMemberIds": self.member_ids,
            **gone,
            **plans,
            "relatedFieldsUpdateSuccessCount": self.n_primaries,
            "relatedFieldsUpdateErrorCount": 0,
            "relatedFieldsUpdateErrors": [],
            "errors": self.errors,
            **({"warnings": self.warnings} if self.warnings else {}),
        }

    @property
    def touched(self) -> list[str]:
        """Every record that the call made, changed or removed."""
        return [*self.member_ids, *(self.member_plan_ids or ()), *(self.deleted_member_ids or ())]


def add_members(
    tx: Transaction,
    census_id: str | None,
    census: Mapping[str, Any] | None,
    *,
    duplicate_key: Sequence[str] | None = None,
    quote_effective_date: str | None = None,
    scope: Scope,
    now: datetime,
) -> StdSaved:
    """addMembers: members are made, or changed where their key is known; good rows are saved beside refused ones.

    `census` has headers and members. Refused whole for what is missing, an unknown census or key field, too many
    members and a date that is none.
    """
    known, headers, members = called(tx, census_id, census, scope)
    judged = validate(
        tx,
        known,
        rows.of_std(tx, headers, members),
        operation=Operation.ADD,
        reading=Reading.STD,
        scope=scope,
        now=now,
        key_fields=duplicate_key or KEY,
        replaces_key_fields=True,
        class_on=_day(quote_effective_date),
        creates_classes=True,
    )
    saved = save(tx, judged, now=now)
    return StdSaved(saved.saved_ids, entries(tx, members, saved.faults), saved.primaries_updated)


def update_members(
    tx: Transaction,
    census_id: str | None,
    census: Mapping[str, Any] | None,
    *,
    by_id: bool = False,
    quote_effective_date: str | None = None,
    scope: Scope,
    now: datetime,
) -> StdSaved:
    """updateMembers: members found by MemberKey, or by Id. A key that is not known makes a member (CM-51); an id never
    does. Refused whole as `add_members`."""
    known, headers, members = called(tx, census_id, census, scope)
    read = rows.of_std(tx, headers, members)
    judged = validate(
        tx,
        known,
        read if by_id else with_keys_asked(read),
        operation=Operation.UPDATE if by_id else Operation.UPSERT_BY_KEY,
        reading=Reading.STD,
        scope=scope,
        now=now,
        key_fields=KEY,
        replaces_key_fields=True,
        class_on=_day(quote_effective_date),
        creates_classes=True,
    )
    saved = save(tx, judged, now=now)
    deleted = None if by_id else []
    return StdSaved(saved.saved_ids, entries(tx, members, saved.faults), saved.primaries_updated, deleted)


def called(
    tx: Transaction, census_id: str | None, census: Mapping[str, Any] | None, scope: Scope
) -> tuple[str, Sequence[Member], Sequence[Member]]:
    """The census of a call, its headers and its members; Refused for the first that is missing, and for too many."""
    if not (census_id or "").strip():
        raise Refused(NO_CENSUS_ID)
    if census is None:
        raise Refused(InsuranceError("SF-0001-0004", "The census input is missing."))
    for node in ("headers", "members"):
        if not census.get(node):
            text = f"The {node.removesuffix('s') if node == 'headers' else node} node is missing in the census input."
            raise Refused(InsuranceError("SF-0001-0004", text))
    assert census_id is not None
    if not scope.sees(tx, "census", census_id):
        raise Refused(UNKNOWN_CENSUS)
    within_limit(tx, len(census["members"]))
    return census_id, census["headers"], census["members"]


def with_keys_asked(read: Rows) -> Rows:
    """The rows, with a fault for each that carries no MemberKey (CM-50)."""
    told = read.faults.filter(pl.col("column") == "member_key")["row"]
    keyless = pl.select(row=pl.int_range(read.height, dtype=pl.UInt32)).filter(
        read.column("member_key").is_null() & ~pl.col("row").is_in(told.implode())
    )
    faults = keyless.select(
        "row",
        code=pl.lit(NO_KEY),
        message=pl.lit("Specify MemberKey of the census member."),
        column=pl.lit("member_key"),
    )
    return replace(read, faults=pl.concat([read.faults, faults]))


def _day(text: str | None) -> date | None:
    """A date of the call; Refused for what is none."""
    if text is None or not text.strip():
        return None
    try:
        # Other spellings that fromisoformat takes are none of the contract's.
        return date.fromisoformat(text.strip()) if re.fullmatch(r"\d{4}-\d\d-\d\d", text.strip()) else _no_day()
    except ValueError:
        return _no_day()


def _no_day() -> NoReturn:
    raise Refused(bad_date())
