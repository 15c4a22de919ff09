"""Making and changing one record of an object.

What lives here: fields of a caller as a row of a sheet, the row on the road of the shelf, and its faults in published
words. What does not: the objects (`objects`), reading (`reading`), rules on rows (`schemas.shelf_rules`), censuses
(`censuses`), fields that no sheet states (`own`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import polars as pl

from schemas.quote_rules import ABOVE
from schemas.rules import ERROR
from services import ids
from services.book import Transaction
from services.insurance_errors import InsuranceError, Refused, bad_date, invalid, missing, no_access, unknown_field
from services.records import attributes, censuses, numbers, terms
from services.records.objects import CELL, PERSON_ACCOUNT, RecordObject
from services.records.own import FIXED, keep, split
from services.records.reading import Fields, must_be_known, object_named, row_of
from services.scope import Scope
from services.shelf.columns import SHEETS
from services.shelf.load import loaders
from services.shelf.sheet import Sheet
from services.shelf.sheets import ROW
from services.shelf.store import utc

TAKEN = "GB-REC-001"
READ_ONLY = "GB-REC-003"

_PUBLISHED = {"date_unreadable": "SF-0001-0003"}
"""Published codes of the shelf's rules that have one of their own (CV-22); the others tell of a wrong input."""
_MOST_CELLS = 20_000
_OWNERS = ("account_number", "contract_number", "quote_number")


@dataclass(frozen=True)
class _Asked:
    """Fields of a caller: texts by column of the sheet, and parts that are rows of other sheets."""

    texts: dict[str, str | None]
    cells: list[dict[str, Any]] | None = None
    plans: list[str] | None = None


def create(tx: Transaction, name: str, fields: Fields, *, scope: Scope, now: datetime) -> str:
    """Make a record and answer its id. Refused, nothing written, for whatever the shelf would refuse.

    Required fields must be stated; a record that is there already under the same number, code or name is refused.
    """
    made = object_named(name)
    if made.name == "GroupCensus":
        return censuses.create(tx, fields, scope=scope, now=now)
    if made.name == "ContractGroupPlanAttribute":
        _must_write(made, scope)
        return attributes.create(tx, fields, _benefits(tx, scope, now), scope=scope, now=now)
    if made.name == "InsuranceContract":
        return _extended(tx, made, fields, scope, now)
    sheet = _writable(made, scope)
    own, rest = split(fields, made.own)
    asked = _asked(tx, made, terms.with_end(rest, None) if made.name == "Contract" else rest, scope)
    for wanted in made.required:
        if not _stated(made, asked, wanted):
            raise Refused(missing(wanted).about(field=wanted))
    _fill_in(tx, made, asked)
    number = numbers.taken_elsewhere(tx, asked.texts) if made.name == "Contract" else None
    if _find(tx, made, asked) is not None:
        raise Refused(InsuranceError(TAKEN, f"There is a {made.name} with these {', '.join(sheet.key)} already."))
    record_id = _stored(tx, made, sheet, asked, now)
    if number is not None:
        tx.run("records.number_for_account", {"id": record_id, "number": number})
    _keep(tx, made, record_id, own, scope, now)
    return record_id


def _extended(tx: Transaction, made: RecordObject, fields: Fields, scope: Scope, now: datetime) -> str:
    """An insurance contract is the contract itself, said more of: its id is the contract's."""
    named = next((value for said, value in fields.items() if said.lower() == "contractid"), None)
    if named in (None, ""):
        raise Refused(missing("ContractId").about(field="ContractId"))
    if not isinstance(named, str) or not scope.sees(tx, "contract", named):
        raise Refused(invalid("ContractId").about(field="ContractId"))
    update(tx, made.name, named, fields, scope=scope, now=now)
    return named


def _keep(tx: Transaction, made: RecordObject, record_id: str, own: Fields, scope: Scope, now: datetime) -> None:
    """The fields that no sheet states."""
    account: str | None = None
    if made.kind in ("contract", "contract_plan") and own:
        found = tx.row(f"records.account_of_{made.kind}", {"id": record_id})
        account = None if found is None else str(found[0])
    keep(tx, made.table, made.key, record_id, own, made.own, scope=scope, account_number=account, now=now)


def _benefits(tx: Transaction, scope: Scope, now: datetime) -> attributes.State:
    def state(plan_id: str, name: str, value: Any) -> None:
        update(tx, "ContractGroupPlan", plan_id, {name: value}, scope=scope, now=now)

    return state


def update(tx: Transaction, name: str, record_id: str, fields: Fields, *, scope: Scope, now: datetime) -> None:
    """Change the fields stated of a record; null clears a field. Refused as `create`, with 404 for an unknown id."""
    made = object_named(name)
    if made.name == "Account" and scope.sees(tx, "person_account", record_id):
        made = PERSON_ACCOUNT
    must_be_known(tx, made, record_id, scope)
    if made.name == "GroupCensus":
        censuses.update(tx, record_id, fields, scope=scope, now=now)
        return
    if made.name == "ContractGroupPlanAttribute":
        _must_write(made, scope)
        attributes.update(tx, record_id, fields, _benefits(tx, scope, now), scope=scope, now=now)
        return
    if made.is_only_changed:
        _change_own(tx, made, record_id, fields, scope, now)
        return
    sheet = _writable(made, scope)
    own, rest = split(fields, made.own)
    if rest:
        _change(tx, made, sheet, record_id, rest, scope, now)
    _keep(tx, made, record_id, own, scope, now)


def _change_own(
    tx: Transaction, made: RecordObject, record_id: str, fields: Fields, scope: Scope, now: datetime
) -> None:
    """Change the few fields of a record that are not its service's alone."""
    _must_write(made, scope)
    own, rest = split(fields, made.own)
    known = {column.wire.lower() for column in made.table.columns if column.wire is not None}
    for said in rest:
        if said.lower() not in known:
            raise Refused(unknown_field(said))
        raise Refused(InsuranceError(FIXED, f"The field {said} cannot be changed.", {"field": said}))
    _keep(tx, made, record_id, own, scope, now)


def _change(
    tx: Transaction, made: RecordObject, sheet: Sheet, record_id: str, fields: Fields, scope: Scope, now: datetime
) -> None:
    """Change what the sheet states of a record."""
    before = row_of(tx, made, record_id)
    if made.name == "Contract":
        fields = numbers.as_known(tx, record_id, terms.with_end(fields, before["start_date"]))
    asked = _asked(tx, made, fields, scope, before)
    for stated in made.fixed:
        for column in _columns_of(made, stated):
            if column in asked.texts and (asked.texts[column] or None) != before.get(column):
                raise Refused(InsuranceError(FIXED, f"The field {stated} cannot be changed.", {"field": stated}))
    for wanted in made.required:
        if any(column in asked.texts and not asked.texts[column] for column in _columns_of(made, wanted)):
            raise Refused(missing(wanted).about(field=wanted))
    _stored(tx, made, sheet, _Asked(before | asked.texts, asked.cells, asked.plans), now)


def _writable(made: RecordObject, scope: Scope) -> Sheet:
    if made.sheet is None:
        which = "Person accounts" if made is PERSON_ACCOUNT else f"Records of {made.name}"
        says = f"{which} are made and changed by their own service, not here."
        raise Refused(InsuranceError(READ_ONLY, says), status=405)
    _must_write(made, scope)
    return made.sheet


def _must_write(made: RecordObject, scope: Scope) -> None:
    if scope.family_id is not None or (made.is_of_all_accounts and scope.account_ids is not None):
        raise Refused(no_access("edit", made.name), status=403)


def _asked(
    tx: Transaction, made: RecordObject, fields: Fields, scope: Scope, before: Mapping[str, str | None] | None = None
) -> _Asked:
    """What a caller states, with ids replaced by what the sheets know the records by."""
    owners = {name: text for name in _OWNERS if (text := (before or {}).get(name)) is not None}
    names = {each.lower(): each for each in (*made.fields, *made.parents)}
    texts: dict[str, str | None] = {}
    cells, plans = None, None
    for said, value in fields.items():
        if made.name == "RateTable" and said in ("Cells", "Plans"):
            if not isinstance(value, list) or len(value) > _MOST_CELLS:
                raise Refused(invalid(said).about(field=said))
            cells, plans = (value, plans) if said == "Cells" else (cells, value)
            continue
        name = names.get(said.lower())
        if name is None:
            raise Refused(unknown_field(said))
        if name in made.parents:
            if before is not None and name in made.fixed:
                owners.clear()  # another owner is refused as a field that cannot change
            columns = _named(tx, made, name, value, scope, owners)
            texts |= {column: text for column, text in columns.items() if text is not None or column not in texts}
        else:
            texts[made.fields[name]] = _day_of(name, value) if name in made.moments else _text(name, value)
    return _Asked(texts, cells, plans)


def _named(
    tx: Transaction, made: RecordObject, name: str, value: Any, scope: Scope, owners: dict[str, str]
) -> dict[str, str | None]:
    """The columns of the sheet that an id fills. All ids of a record are of one account, and of one contract: a sheet
    knows a class or a plan by its name within them, and would take a namesake for the one that was meant."""
    kind, columns = made.parents[name]
    if value in (None, ""):
        return dict.fromkeys(columns.values())
    if not isinstance(value, str) or not scope.sees(tx, kind, value):
        raise Refused(invalid(name).about(field=name))
    (row,) = tx.frame(f"records.key_of_{kind}", {"id": value}).to_dicts()
    # A record may name a second owner beside its own: then that one's key is another column of the sheet.
    of_owner = [each for each in _OWNERS if row.get(each) is not None and columns.get(each, each) == each]
    if any(owners.get(each, row[each]) != row[each] for each in of_owner):
        raise Refused(invalid(name).about(field=name))
    owners |= {each: row[each] for each in of_owner}
    return {column: row[known] for known, column in columns.items()}


def _text(name: str, value: Any) -> str | None:
    """A JSON value as it would stand in a cell."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ";".join(value)
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, int | float):
        return repr(value) if isinstance(value, int) else format(Decimal(repr(value)), "f")
    raise Refused(invalid(name).about(field=name))


def _day_of(name: str, value: Any) -> str | None:
    """The date part of a moment; a day alone is one."""
    text = _text(name, value)
    try:
        return text and datetime.fromisoformat(text).date().isoformat()
    except ValueError:
        raise Refused(bad_date().about(field=name)) from None


def _columns_of(made: RecordObject, name: str) -> tuple[str, ...]:
    return tuple(made.parents[name][1].values()) if name in made.parents else (made.fields[name],)


def _stated(made: RecordObject, asked: _Asked, name: str) -> bool:
    return all((asked.texts.get(column) or "").strip() for column in _columns_of(made, name))


def _fill_in(tx: Transaction, made: RecordObject, asked: _Asked) -> None:
    """Numbers and codes that a caller may leave to us."""
    if made.name == "Account" and not asked.texts.get("account_number"):
        asked.texts["account_number"] = f"A{tx.mint('account number', 1):08d}"
    if made.name == "ContractGroupPlan" and not asked.texts.get("plan_code"):
        asked.texts["plan_code"] = (asked.texts.get("plan_name") or "")[:80]
    if made.name == "Quote" and not asked.texts.get("quote_number"):
        asked.texts["quote_number"] = f"Q{tx.mint('quote number', 1):08d}"
    if made.name == "QuoteLineItem":
        asked.texts["line_key"] = asked.texts.get("line_key") or str(uuid4())
        if not asked.texts.get("level"):
            line = {name: asked.texts.get(name) for name in ("quote_number", "parent_line_key")}
            found = tx.row("records.level_of_line", line)
            above = str(found[0]) if found else None
            asked.texts["level"] = next((level for level, over in ABOVE.items() if over == above), None)


def _find(tx: Transaction, made: RecordObject, asked: _Asked) -> str | None:
    """The id of the record that the sheet would take the row for."""
    assert made.sheet is not None
    found = tx.row(f"records.find_{made.sheet.name}", {name: asked.texts.get(name) for name in made.sheet.key})
    return None if found is None else str(found[0])


def _stored(tx: Transaction, made: RecordObject, sheet: Sheet, asked: _Asked, now: datetime) -> str:
    """The row, and the rows of further sheets, on the road of the shelf; the id of the record."""
    if made.name == "ContractGroupPlanGroupClass":
        _load(tx, made, sheet, _with_classes_held(tx, asked), now)
    else:
        _load(tx, made, sheet, [asked.texts], now)
    if sheet.name in ("products", "plans"):
        tx.run("shelf.follow_roots", {"now": utc(now)})
    name = asked.texts.get("rate_table")
    if asked.cells is not None:
        _load(tx, made, SHEETS["rate_cells"], [{"rate_table": name} | _cell_texts(each) for each in asked.cells], now)
    if asked.plans is not None:
        _load(
            tx, made, SHEETS["rate_table_plans"], [{"rate_table": name} | each for each in _plans(tx, asked.plans)], now
        )
    found = _find(tx, made, asked)
    assert found is not None
    return found


def _cell_texts(cell: Any) -> dict[str, str | None]:
    if not isinstance(cell, dict):
        raise Refused(invalid("Cells").about(field="Cells"))
    for name in cell:
        if name not in CELL:
            raise Refused(unknown_field(str(name)))
    return {CELL[name]: _text(name, value) for name, value in cell.items()}


def _plans(tx: Transaction, asked: list[Any]) -> list[dict[str, str | None]]:
    """Rows of rate_table_plans for ids of products and of contract plans."""
    rows: list[dict[str, str | None]] = []
    for record_id in asked:
        kind = {ids.PRODUCT: "product", ids.CONTRACT_PLAN: "contract_plan"}.get(str(record_id)[:3])
        found = [] if kind is None else tx.frame(f"records.key_of_{kind}", {"id": record_id}).to_dicts()
        if not found:
            raise Refused(invalid("Plans").about(field="Plans"))
        rows.append({k: v for k, v in found[0].items() if k in ("product_code", "contract_number", "plan_code")})
    return rows


def _with_classes_held(tx: Transaction, asked: _Asked) -> list[dict[str, str | None]]:
    """The classes of a plan are stated together: those it has, and the new one."""
    key = {name: asked.texts[name] for name in ("contract_number", "plan_code")}
    held = [key | {"class_name": name} for (name,) in tx.rows("records.classes_named", key)]
    return [*held, dict(asked.texts)]


def _load(tx: Transaction, made: RecordObject, sheet: Sheet, rows: list[dict[str, str | None]], now: datetime) -> None:
    """Rows of one sheet, all or none."""
    texts = pl.DataFrame(
        [{c.name: (row.get(c.name) or "").strip() or None for c in sheet.columns} for row in rows],
        schema={c.name: pl.String for c in sheet.columns},
    ).with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int32).alias(ROW))
    load: Callable[..., Any] = loaders(replace_rates=False)[sheet.name]
    issues = load(tx, texts.select(ROW, pl.exclude(ROW)), now).all_issues().filter(pl.col("severity") == ERROR)
    if issues.is_empty():
        return
    names = {column: name for name, column in made.fields.items()}
    names |= {column: name for name, (_, columns) in made.parents.items() for column in columns.values()}
    raise Refused(*(_told(each, names) for each in issues.head(50).to_dicts()))


def _told(issue: Mapping[str, Any], names: Mapping[str, str]) -> InsuranceError:
    """What is wrong with a row, about the field that the column is of."""
    name = names.get(issue["column_name"], issue["column_name"])
    if issue["code"] == "value_missing":
        return missing(name).about(field=name, rule=issue["code"])
    code = issue["published_code"] or _PUBLISHED.get(issue["code"], "SF-0001-0005")
    return InsuranceError(
        code, f"{issue['message']} {issue['hint'] or ''}".strip(), {"field": name, "rule": issue["code"]}
    )
