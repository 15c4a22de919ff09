"""A book of two accounts that mirror each other, served without keeping anything: what a caller may see of the other's.

What lives here: the rows, and `Undone`, a book whose writes are looked at and rolled back, so that every call meets the
same book. What does not: any expectation.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from services import ids
from services.book import Transaction
from services.shared_book import SharedBook
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
}
"""Tables of records that belong to an account, with their keys."""


def two_accounts(folder: Path) -> World:
    """The book. Each account has one of everything; the caller's has a second census with a family of its own."""
    world = World(empty_book(folder / "groups.duckdb"))
    for number in (MINE, THEIRS):
        _account(world, number)
    _census(world, KIN, account=MINE)
    _family(world, KIN, account=MINE)
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
    rule = {"contribution_rule_id": _id(ids.RULE, number), "group_class_id": _id(ids.GROUP_CLASS, number)}
    insert(
        world, "ref.contribution_rule", [rule | {"name": "Half", "type": "Percentage", "amount_period": "TERM"} | stamp]
    )
    _census(world, number, account=number)
    _family(world, number, account=number)
    _person(world, number)
    _document(world, number)
    _request(world, number)


def _census(world: World, number: int, *, account: int) -> None:
    row = {"group_census_id": _id(ids.CENSUS, number), "name": "Census", "status": "Active", "type": "Enrollment"}
    row |= {"account_id": _id(ids.ACCOUNT, account), "contract_id": _id(ids.CONTRACT, account), "census_version": 0}
    row |= {"effective_date": date(2026, 1, 1), "expiration_date": date(2026, 12, 31)}
    insert(world, "book.group_census", [row | {"created_at": NOW, "modified_at": NOW}])


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
            tx = Transaction(cursor)
            try:
                yield tx
                after, before = _state(tx, self.watched), self._before[self.watched]
                self.harmed += [table for table, rows in after.items() if rows != before[table]]
            finally:
                cursor.execute("ROLLBACK")


def _state(tx: Transaction, number: int) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of an account, or a family, by table: what its ids name, and what hangs from them."""
    ends = [f"%{number:015d}", CONTEXTS[number], f"%{number + 90:015d}"]
    found = "SELECT CAST(t AS VARCHAR) FROM {} AS t WHERE t.{} LIKE ? OR t.{} = ? OR t.{} LIKE ? ORDER BY 1"
    return {
        table: tx.connection.execute(found.format(table, key, key, key), ends).fetchall()
        for table, key in OWNED.items()
    }
