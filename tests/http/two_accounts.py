"""A book of two accounts that mirror each other, served without keeping anything: what a caller may see of the other's.

What lives here: the rows, and `Undone`, a book whose writes are looked at and rolled back, so that every call meets the
same book. What does not: any expectation.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from schemas.onboarding import STEPS
from services import ids
from services.book import Transaction
from services.shared_book import SharedBook
from tests.attached import AttachedBook
from tests.conftest import NOW
from tests.made_once import empty_book
from tests.services.census_load.builder import World, insert

MINE, THEIRS, KIN, UNKNOWN = (700_000_000_000_000 + n for n in (1, 2, 3, 9))
"""The number of the ids of the caller's account, of the other account, of another family and census of the caller's
account, and of nothing at all."""

PREFIXES = tuple(sorted(v for k, v in vars(ids).items() if k.isupper() and isinstance(v, str)))

CONTEXTS = {number: f"{number:x}".rjust(64, "0") for number in (MINE, THEIRS, KIN, UNKNOWN)}
"""The contexts of eligibility."""

OWNED: dict[str, str] = {
    "book.account": "account_id",
    "book.group_census": "group_census_id",
    "book.census_member": "group_census_member_id",
    "book.member_plan": "member_plan_id",
    "book.group_class": "group_class_id",
    "book.contract": "contract_id",
    "book.contract_plan": "contract_plan_id",
    "book.contract_plan_class": "contract_plan_class_id",
    "book.contract_plan_attribute": "contract_plan_attribute_id",
    "book.contract_plan_class_attribute": "contract_plan_class_attribute_id",
    "book.census_summary": "class_summary_id",
    "ref.contribution_rule": "contribution_rule_id",
    "book.person_account": "person_account_id",
    "book.contact": "contact_id",
    "book.portal_user": "portal_user_id",
    "book.content_document": "content_document_id",
    "book.content_version": "content_version_id",
    "book.async_request": "async_request_id",
    "book.async_item": "async_item_id",
    "book.async_detail": "async_detail_id",
    "book.eligibility_context": "context_id",
    "book.quote": "quote_id",
    "book.quote_line": "quote_line_id",
    "book.quote_line_attribute": "quote_line_attribute_id",
    "book.insurance_policy": "policy_id",
    "book.policy_participant": "participant_id",
    "book.policy_coverage": "policy_coverage_id",
    "book.policy_payment": "payment_id",
    "book.policy_transaction": "transaction_id",
    "book.policy_transaction_line": "transaction_line_id",
    "book.partner": "partner_id",
    "book.group_registration": "registration_id",
}
"""Tables of records that belong to an account or a partner, with their keys."""


def two_accounts(folder: Path) -> World:
    """The book. Each account has one of everything; the caller's has a second census with a family of its own."""
    book = AttachedBook(empty_book(folder / "groups.duckdb").path, idle_s=60.0)  # open while it is filled, row by row
    world = World(book)
    for number in (MINE, THEIRS):
        _account(world, number)
    _census(world, KIN, account=MINE)
    _family(world, KIN, account=MINE)
    book.close()
    return world


def _id(prefix: str, number: int) -> str:
    return ids.spell(prefix, number)


def _account(world: World, number: int) -> None:
    stamp = {"modified_at": NOW}
    account = _id(ids.ACCOUNT, number)
    insert(
        world, "book.account", [{"account_id": account, "account_number": f"A{number}", "name": f"N{number}"} | stamp]
    )
    made = {"group_class_id": _id(ids.GROUP_CLASS, number), "account_id": account, "name": "Salaried"}
    insert(world, "book.group_class", [made | stamp])
    made = {"contract_id": _id(ids.CONTRACT, number), "account_id": account, "contract_number": f"K{number}"}
    made |= {"start_date": date(2026, 1, 1), "end_date": date(2026, 12, 31), "status": "Activated"}
    insert(world, "book.contract", [made | stamp])
    product = {"product_id": _id(ids.PRODUCT, number), "product_code": f"P{number}", "name": "Gold"}
    insert(world, "book.product", [product | {"product_type": "Medical"} | stamp])
    plan = {"contract_plan_id": _id(ids.CONTRACT_PLAN, number), "contract_id": made["contract_id"], "plan_code": "Gold"}
    plan |= {"name": "Gold", "root_plan_id": plan["contract_plan_id"], "product_id": product["product_id"]}
    plan |= {"plan_type": "Medical", "is_optional": False, "status": "Active", "proration_method": "DAILY_TERM"}
    insert(world, "book.contract_plan", [plan | {"rate_basis_date": "EFFECTIVE_DATE", "auto_assign": False} | stamp])
    link = {"contract_plan_class_id": _id(ids.PLAN_CLASS, number), "contract_plan_id": plan["contract_plan_id"]}
    insert(world, "book.contract_plan_class", [link | {"group_class_id": _id(ids.GROUP_CLASS, number)} | stamp])
    value = {
        "contract_plan_attribute_id": _id(ids.PLAN_ATTRIBUTE, number),
        "contract_plan_id": plan["contract_plan_id"],
    }
    insert(world, "book.contract_plan_attribute", [value | {"attribute_name": "Copay", "value": "10"} | stamp])
    value = {"contract_plan_class_attribute_id": _id(ids.PLAN_CLASS_ATTRIBUTE, number), "attribute_name": "Copay"}
    value |= {"contract_plan_class_id": link["contract_plan_class_id"], "value": "20"}
    insert(world, "book.contract_plan_class_attribute", [value | stamp])
    rule = {"contribution_rule_id": _id(ids.RULE, number), "group_class_id": _id(ids.GROUP_CLASS, number)}
    insert(
        world, "ref.contribution_rule", [rule | {"name": "Half", "type": "Percentage", "amount_period": "TERM"} | stamp]
    )
    _census(world, number, account=number)
    _family(world, number, account=number)
    _policy(world, number)
    _person(world, number)
    _document(world, number)
    _request(world, number)
    _quote(world, number)
    _registration(world, number)


def _census(world: World, number: int, *, account: int) -> None:
    row = {"group_census_id": _id(ids.CENSUS, number), "name": "Census", "status": "Active", "type": "Enrollment"}
    row |= {"account_id": _id(ids.ACCOUNT, account), "contract_id": _id(ids.CONTRACT, account), "census_version": 0}
    row |= {"effective_date": date(2026, 1, 1), "expiration_date": date(2026, 12, 31)}
    insert(world, "book.group_census", [row | {"created_at": NOW, "modified_at": NOW}])
    summary = {"class_summary_id": _id(ids.SUMMARY, number), "group_census_id": row["group_census_id"]}
    summary |= {"group_class_id": _id(ids.GROUP_CLASS, account), "name": "Salaried"}
    insert(world, "book.census_summary", [summary])


def _family(world: World, number: int, *, account: int) -> None:
    member = _id(ids.MEMBER, number)
    row = {"group_census_member_id": member, "group_census_id": _id(ids.CENSUS, number), "family_id": member}
    row |= {"name": "Noor Haddad", "first_name": "Noor", "last_name": "Haddad", "association": "Self"}
    row |= {"group_class_id": _id(ids.GROUP_CLASS, account), "source_system_identifier": "S1"}
    row |= {"birth_date": date(1984, 2, 11)}
    row |= dict.fromkeys(("is_opt_out_all_plans", "is_disabled", "is_student", "is_portal_user"), False)
    insert(world, "book.census_member", [row | {"created_at": NOW, "modified_at": NOW}])
    plan = {"member_plan_id": _id(ids.MEMBER_PLAN, number), "group_census_member_id": member}
    plan |= {"group_census_id": _id(ids.CENSUS, number), "contract_plan_id": _id(ids.CONTRACT_PLAN, account)}
    plan |= {"name": "Gold", "enrollment_status": "Pending"}
    insert(world, "book.member_plan", [plan | {"created_at": NOW, "modified_at": NOW}])
    context = {"context_id": CONTEXTS[number], "group_census_member_id": member, "choices": "[]"}
    insert(world, "book.eligibility_context", [context | {"expires_at": NOW + timedelta(hours=1)}])


def _policy(world: World, number: int) -> None:
    """A policy of the family for the year, with all that hangs from one."""
    year = {"effective_date": date(2026, 1, 1), "expiration_date": date(2026, 12, 31)}
    cents = dict.fromkeys((f"{kind}{of}_cents" for kind in ("standard", "term") for of in ("", "_tax", "_fee")), 0)
    cents |= {"standard_cents": 1_000, "term_cents": 1_000, "employer_cents": 400, "employee_cents": 600}
    policy, plan = {"policy_id": _id(ids.POLICY, number)}, {"contract_plan_id": _id(ids.CONTRACT_PLAN, number)}
    member, product = {"group_census_member_id": _id(ids.MEMBER, number)}, {"product_id": _id(ids.PRODUCT, number)}
    who, cover = (
        {"participant_id": _id(ids.PARTICIPANT, number)},
        {"policy_coverage_id": _id(ids.POLICY_COVERAGE, number)},
    )
    row = policy | plan | member | product | year | cents | {"policy_number": f"G{number}", "plan_type": "Medical"}
    row |= {"account_id": _id(ids.ACCOUNT, number), "name_insured_id": _id(ids.ACCOUNT, number), "status": "In Force"}
    row |= {"contract_id": _id(ids.CONTRACT, number), "group_census_id": _id(ids.CENSUS, number)}
    insert(world, "book.insurance_policy", [row | {"created_at": NOW, "modified_at": NOW}])
    row = who | policy | member | year | cents | {"role": "PolicyHolder", "relationship": "Self"}
    insert(world, "book.policy_participant", [row | {"is_active": True, "is_policyholder": True}])
    row = cover | policy | who | plan | product | year | cents | {"coverage_name": "Gold", "is_optional": False}
    insert(world, "book.policy_coverage", [row])
    insert(world, "book.policy_line", [policy | who | cover | cents])
    row = {
        "payment_id": _id(ids.PAYMENT, number),
        "due_date": date(2026, 1, 1),
        "amount_cents": 1_000,
        "is_paid": False,
    }
    insert(world, "book.policy_payment", [policy | row | {"status": "Valid"}])
    moved = {"transaction_id": _id(ids.POLICY_TRANSACTION, number)}
    row = (
        moved | policy | {"type": "Adjustment", "effective_date": date(2026, 1, 1), "amount_cents": 1, "fees_cents": 0}
    )
    insert(world, "book.policy_transaction", [row | {"created_at": NOW}])
    row = moved | who | cover | {"transaction_line_id": _id(ids.POLICY_TRANSACTION_LINE, number)}
    row |= {"period_start": date(2026, 1, 1), "period_end": date(2026, 1, 1)}
    row |= dict.fromkeys(("old_cents", "new_cents", "amount_cents", "employer_cents", "employee_cents"), 0)
    insert(world, "book.policy_transaction_line", [row])


def _person(world: World, number: int) -> None:
    stamps = {"created_at": NOW, "modified_at": NOW}
    who = {"first_name": "Ida", "last_name": "Lund", "name": "Ida Lund", "email": f"ida{number}@example.org"}
    contact, person = _id(ids.CONTACT, number), _id(ids.ACCOUNT, number + 90)
    insert(world, "book.contact", [{"contact_id": contact, "account_id": person} | who | stamps])
    row = {"person_account_id": person, "contact_id": contact, "record_type_name": "Person Account"}
    insert(world, "book.person_account", [row | who | stamps])
    insert(world, "book.account_contact", [{"account_id": _id(ids.ACCOUNT, number), "contact_id": contact}])
    user = {"portal_user_id": _id(ids.PORTAL_USER, number), "username": who["email"], "email": who["email"]}
    user |= {"profile_id": "00e000000000000001", "contact_id": contact, "person_account_id": person}
    insert(world, "book.portal_user", [user | {"is_active": True, "created_at": NOW}])


def _document(world: World, number: int) -> None:
    document, version = _id(ids.DOCUMENT, number), _id(ids.DOCUMENT_VERSION, number)
    row = {"content_document_id": document, "title": "census.csv", "linked_entity_id": _id(ids.CENSUS, number)}
    insert(world, "book.content_document", [row | {"latest_version_id": version, "created_at": NOW}])
    data = b"Given,Family,Born,Role,Class,Medical,Vision\nNoor,Haddad,1984-02-11,Self,Salaried,,\n"
    row = {"content_version_id": version, "content_document_id": document, "version_number": 1, "sha256": "0" * 64}
    row |= {"path_on_client": "census.csv", "content_size": len(data), "version_data": data, "created_at": NOW}
    insert(world, "book.content_version", [row])


def _request(world: World, number: int) -> None:
    request, item = _id(ids.ASYNC_REQUEST, number), _id(ids.ASYNC_ITEM, number)
    counts = ("pending_job_count", "successful_job_count", "failed_job_count", "cancelled_job_count")
    row = {"async_request_id": request, "name": "Upload", "type": "CensusUpload", "status": "Scheduled", "inputs": "{}"}
    row |= {"account_id": _id(ids.ACCOUNT, number), "reference_record_id": _id(ids.CENSUS, number), "job_count": 1}
    row |= dict.fromkeys((*counts, "errored_job_count", "n_attempts"), 0) | {"created_at": NOW}
    insert(world, "book.async_request", [row])
    info = f"""{{"startRowNumber": 1, "endRowNumber": 1, "employeeBulkRequestInfo": {{
        "groupCensusId": "{_id(ids.CENSUS, number)}", "contentDocumentId": "{_id(ids.DOCUMENT, number)}",
        "csvColumnMapping": {{"Given": "FirstName", "Family": "Lastname"}}}}}}"""
    row = {"async_item_id": item, "async_request_id": request, "sequence_number": 1, "status": "Scheduled"}
    insert(world, "book.async_item", [row | {"additional_information": info}])
    row = {"async_detail_id": _id(ids.ASYNC_DETAIL, number), "name": "Row 1", "async_item_id": item}
    row |= {"async_request_id": request, "reference_record_id": _id(ids.CENSUS, number), "status": "Failed"}
    insert(world, "book.async_detail", [row])
    row = {"rating_request_id": _id(ids.RATING_REQUEST, number), "async_item_id": item, "status": "Failed"}
    insert(world, "book.rating_request", [row | {"account_id": _id(ids.ACCOUNT, number), "created_at": NOW}])


def _registration(world: World, number: int) -> None:
    """A partner with its manager, and a group that the host approved."""
    partner, group = _id(ids.PARTNER, number), _id(ids.REGISTRATION, number)
    row = {"partner_id": partner, "name": "Desk", "kind": "BROKER", "allow_mid_month": False, "status": "APPROVED"}
    insert(world, "book.partner", [row | {"created_at": NOW, "modified_at": NOW}])
    manager = _id(ids.MANAGER, number)
    insert(world, "book.relationship_manager", [{"manager_id": manager, "name": "Desk", "created_at": NOW}])
    insert(world, "book.partner_manager", [{"partner_id": partner, "manager_id": manager, "assigned_at": NOW}])
    row = {"registration_id": group, "partner_id": partner, "legal_name": "Acme", "tax_id": "123456789"}
    row |= {"product_lines": "MEDICAL", "status": "APPROVED", "version": 1, "approved_at": NOW, "synced_at": NOW}
    row |= {"account_id": _id(ids.ACCOUNT, number), "eligible_count": 10, "effective_date": date(2027, 1, 1)}
    row |= {"contacts": '[{"role": "BENEFITS_ADMIN", "name": "R"}]', "situs_state": "OH", "attestation": True}
    address = '{"street": "1 Elm", "city": "Dayton", "state": "OH", "postalCode": "45402"}'
    row |= {"partner_group_key": f"K{number}", "address": address, "created_at": NOW, "updated_at": NOW}
    insert(world, "book.group_registration", [row])
    steps = [{"registration_id": group, "position": n + 1, "code": code, "state": "DONE", "owner": owner}
             for n, (code, owner) in enumerate(STEPS.items())]  # fmt: skip
    insert(world, "book.onboarding_step", steps)
    broker = {"registration_id": group, "number": 1, "producer_code": "P-1", "broker_name": "B", "created_at": NOW}
    insert(world, "book.broker_assignment", [broker | {"effective_from": date(2027, 1, 1)}])


def _quote(world: World, number: int) -> None:
    """A quote that can be rated, but for a rate table."""
    row = {"quote_id": _id(ids.QUOTE, number), "quote_number": f"Q{number}", "name": "Quote", "status": "Draft"}
    row |= {"account_id": _id(ids.ACCOUNT, number), "group_census_id": _id(ids.CENSUS, number)}
    row |= {"insurance_quote_type": "New Group Business", "census_rating_type": "Member Based", "modified_at": NOW}
    insert(world, "book.quote", [row | {"start_date": date(2026, 1, 1), "end_date": date(2026, 12, 31)}])
    line = {"quote_line_id": _id(ids.QUOTE_LINE, number), "quote_id": row["quote_id"], "level": "ROOT", "name": "Gold"}
    line |= {"root_line_id": _id(ids.QUOTE_LINE, number), "product_id": _id(ids.PRODUCT, number), "is_optional": False}
    insert(world, "book.quote_line", [line | {"instance_key": f"line {number}", "modified_at": NOW}])
    value = {"quote_line_attribute_id": _id(ids.QUOTE_LINE_ATTRIBUTE, number), "quote_line_id": line["quote_line_id"]}
    insert(world, "book.quote_line_attribute", [value | {"attribute_name": "Colour", "value": "blue"}])


class Undone(SharedBook):
    """A book that keeps no write. `harmed` names the tables in which a write changed what `watched` ids name."""

    watched: int = THEIRS

    def __init__(self, path: Path | str) -> None:
        super().__init__(path, idle_s=3600.0)
        self.harmed: list[str] = []
        with self.read() as tx:
            self._before = {number: _state(tx, number) for number in (MINE, THEIRS, KIN)}

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A unit of work that ends as if it were committed, and is rolled back."""
        with self._writer, self._cursor() as cursor:
            cursor.execute("BEGIN")
            noting: Any = _Noting(cursor)
            try:
                yield Transaction(noting)
                tables = tuple(table for table in OWNED if table in noting.written)
                after, before = _state(Transaction(cursor), self.watched, tables), self._before[self.watched]
                self.harmed += [table for table, rows in after.items() if rows != before[table]]
            finally:
                cursor.execute("ROLLBACK")


class _Noting:
    """A connection that notes what may have been written, so that only the tables named there are looked at again."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.written: set[str] = set()
        self._connection = connection

    def execute(self, asked: duckdb.Statement | str, *params: Any) -> duckdb.DuckDBPyConnection:
        """As the connection does."""
        self.written |= _tables_written(asked if isinstance(asked, str) else asked.query)
        return self._connection.execute(asked, *params)

    def sql(self, asked: duckdb.Statement | str, **more: Any) -> duckdb.DuckDBPyRelation:
        """As the connection does."""
        self.written |= _tables_written(asked if isinstance(asked, str) else asked.query)
        return self._connection.sql(asked, **more)

    def __getattr__(self, name: str) -> Any:
        if name not in ("register", "unregister", "interrupt", "description", "extract_statements"):
            self.written.update(OWNED)  # who knows what is written so
        return getattr(self._connection, name)


@cache
def _tables_written(text: str) -> frozenset[str]:
    """The tables that a statement names, unless it only reads. A table that it only reads from is one too many."""
    is_write = re.search(r"\b(INSERT|UPDATE|DELETE|MERGE|TRUNCATE|DROP|ALTER|COPY)\b", text, re.IGNORECASE)
    return frozenset(table for table in OWNED if table in text) if is_write else frozenset()


@cache
def _statement(tables: tuple[str, ...]) -> str:
    """One statement for all tables: planning it costs a fraction of planning one for each."""
    return " UNION ALL ".join(
        f"SELECT '{table}', CAST(t AS VARCHAR) FROM {table} AS t"
        f" WHERE t.{OWNED[table]} LIKE $end OR t.{OWNED[table]} = $context OR t.{OWNED[table]} LIKE $person"
        for table in tables
    )


def _state(tx: Transaction, number: int, tables: tuple[str, ...] = tuple(OWNED)) -> dict[str, list[str]]:
    """The rows of an account, or a family, by table: what its ids name, and what hangs from them."""
    ends = {"end": f"%{number:015d}", "context": CONTEXTS[number], "person": f"%{number + 90:015d}"}
    found: dict[str, list[str]] = {table: [] for table in tables}
    looked = tx.connection.execute(_statement(tables), ends).fetchall() if tables else []
    for table, row in sorted(looked):
        found[table].append(row)
    return found
