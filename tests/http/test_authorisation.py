"""Who may do what, over every operation of the OpenAPI document: a new route is asked the same without a word here.

What lives here: a call without a token, roles that may not, and ids out of scope, each sent in every place where an
operation takes an id. What does not: what an operation does for those who may (the modules of each area).
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from services import access, ids
from services.http.app import OPEN_PATHS, create_app
from services.job_runs import Worker
from services.records.objects import OBJECTS
from services.shared_book import SharedBook
from tests.conftest import NOW
from tests.http.two_accounts import CONTEXTS, KIN, MINE, PREFIXES, THEIRS, UNKNOWN, Undone, two_accounts
from tests.http.unwired import Unwired

STD = "/services/InsCensusServiceStd"
ACTIONS = "/services/data/{version}/actions/standard"
INSURANCE = "/services/data/{version}/connect/insurance"
MEMBERS = f"{INSURANCE}/census-management/group-census-members/{{memberId}}"

READS_BY_POST = {
    f"POST {path}"
    for path in (
        "/services/InsAsyncBulkService/getRequestStatusById",
        *(
            f"{STD}/{name}"
            for name in ("findAccounts", "findContacts", "getMembers", "getMembersWithPlans", "getFields")
        ),
        *(f"{ACTIONS}/{name}" for name in ("getGroupCensusMembers", "getGroupCensusMembersAndPlans")),
        *(f"{ACTIONS}/{name}" for name in ("validateGroupCensusMembers", "validateGrpCensusMembersPlans")),
        f"{ACTIONS}/getApplicAutoAsgnMbrPlans",
        *(f"{ACTIONS}/getMbrsRatingAndContribution{end}" for end in ("", "s")),
        "/services/InsEnrollmentServiceStd/getRatedGroupProducts",
        "/services/InsEnrollmentServiceStd/getMemberEnrollments",
        "/services/InsPolicyService/prepareToCancelPolicy",
        f"{INSURANCE}/policies/{{policyId}}/actions/prepare-cancel",
        f"{INSURANCE}/group-census-members/{{memberId}}/action/rate",
    )
}
"""Operations that write nothing, though they are no GET; every other one is refused to analysts."""

OF_MEMBERS = {
    f"GET {INSURANCE}/census-management/group-censuses/{{groupCensusId}}/group-census-members",
    f"GET {MEMBERS}/eligible-plans",
    *(f"{method} {INSURANCE}/group-census-members/{{memberId}}/policies" for method in ("GET", "POST")),
    "POST /services/InsEnrollmentServiceStd/getMemberEnrollments",
    *(f"POST {STD}/{name}" for name in ("getMembers", "getMembersWithPlans", "getFields")),
    *(f"{method} {MEMBERS}/plans" for method in ("POST", "PATCH")),
    f"POST {MEMBERS}/plans/action/delete",
    *(f"{method} {MEMBERS}/enrollment-rules/actions/invoke" for method in ("POST", "PATCH")),
    f"POST {INSURANCE}/group-census-members/{{memberId}}/action/rate",
}
"""All that a member may call; the rest is refused."""

PATH_IDS = {
    "groupCensusId": ids.CENSUS,
    "censusId": ids.CENSUS,
    "memberId": ids.MEMBER,
    "requestId": ids.ASYNC_REQUEST,
    "quoteId": ids.QUOTE,
    "lineId": ids.QUOTE_LINE,
    "policyId": ids.POLICY,
    "contractId": ids.CONTRACT,
    "detailId": ids.ASYNC_DETAIL,
    "documentId": ids.DOCUMENT,
    "versionId": ids.DOCUMENT_VERSION,
    "groupRegistrationId": ids.REGISTRATION,
    "partnerId": ids.PARTNER,
}
"""Parameters that are ids, and of what."""

NOBODYS = (ids.PRODUCT, ids.PROFILE, ids.RATE_TABLE)
"""What belongs to no account: products, profiles and filed rates."""

_ID = re.compile(rf"\b(?:({'|'.join(PREFIXES)})(\d{{15}})|([0-9a-f]{{64}}))\b")

_OBJECTS = {
    "account": "Account",
    "class": "GroupClass",
    "product": "Product2",
    "contract": "Contract",
    "insurance contract": "InsuranceContract",
    "attribute": "ContractGroupPlanAttribute",
    "plan": "ContractGroupPlan",
    "census": "GroupCensus",
    "rates": "RateTable",
    "quote": "Quote",
    "quoteLine": "QuoteLineItem",
    "quoteLineAttribute": "QuoteLineItemAttribute",
}
"""The object that each example of a record is of."""


@dataclass(frozen=True)
class Call:
    """A call with ids of the caller's own account in every place."""

    name: str
    method: str
    path: str
    body: str | None = None
    form: bool = False

    def places(self) -> list[int]:
        """Where an id stands that belongs to somebody."""
        found = list(_ID.finditer(f"{self.path}\n{self.body or ''}"))
        return [n for n, each in enumerate(found) if each[1] not in NOBODYS]

    def with_ids(self, number: int, places: list[int]) -> "Call":
        """The same call with an id of another number in some places."""
        seen = -1

        def put(found: re.Match[str]) -> str:
            nonlocal seen
            seen += 1
            if seen not in places:
                return found[0]
            return f"{found[1]}{number:015d}" if found[1] else CONTEXTS[number]

        path, _, body = _ID.sub(put, f"{self.path}\n{self.body or ''}").partition("\n")
        return replace(self, path=path, body=body if self.body is not None else None)


def _document() -> dict[str, Any]:
    return create_app(SharedBook("nowhere.duckdb"), lambda: NOW).openapi()


DOCUMENT = _document()
OPERATIONS = [
    (method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


def _calls() -> Iterator[Call]:
    """Every operation with its example; of records one call for each object."""
    for method, path, operation in OPERATIONS:
        name, content = f"{method} {path}", operation.get("requestBody", {}).get("content", {})
        told = content.get("application/json", {})
        examples = {key: each["value"] for key, each in told.get("examples", {}).items()}
        if "{objectName}" in path:
            yield from _of_records(name, method, path, examples)
            continue
        query = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
        ids_asked = [f"{each}={ids.spell(PATH_IDS[each], MINE)}" for each in query if each in PATH_IDS]
        asked = f"{_filled(path)}?{'&'.join(ids_asked)}" if ids_asked else _filled(path)
        body = told.get("example", next(iter(examples.values()), None))
        yield Call(name, method, asked, _mine(body), form="multipart/form-data" in content)


def _of_records(name: str, method: str, path: str, examples: dict[str, Any]) -> Iterator[Call]:
    if "{recordId}" not in path:
        for key, value in examples.items():
            yield Call(name, method, _filled(path.replace("{objectName}", _OBJECTS[key])), _mine(value))
        return
    prefixes = {"GroupCensus": ids.CENSUS, "GroupCensusMember": ids.MEMBER, "GroupCensusMemberPlan": ids.MEMBER_PLAN,
                "Account": ids.ACCOUNT, "GroupClass": ids.GROUP_CLASS, "Contract": ids.CONTRACT,
                "ContractGroupPlan": ids.CONTRACT_PLAN, "GroupClassContribution": ids.RULE, "Product2": ids.PRODUCT,
                "RateTable": ids.RATE_TABLE, "ContractGroupPlanGroupClass": ids.PLAN_CLASS,
                "ContractGroupPlanAttribute": ids.PLAN_ATTRIBUTE, "InsuranceContract": ids.CONTRACT,
                "ContractGrpPlanGrpClsAttr": ids.PLAN_CLASS_ATTRIBUTE,
                "GrpCensusGrpClassSummary": ids.SUMMARY, "Contact": ids.CONTACT, "User": ids.PORTAL_USER,
                "InsuranceAsyncBulkRequest": ids.ASYNC_REQUEST, "InsuranceAsyncBulkRequestItem": ids.ASYNC_ITEM,
                "InsuranceAsyncBulkRecordDetail": ids.ASYNC_DETAIL, "InsuranceRatingRequest": ids.RATING_REQUEST,
                "InsurancePolicy": ids.POLICY, "InsurancePolicyParticipant": ids.PARTICIPANT,
                "InsurancePolicyCoverage": ids.POLICY_COVERAGE, "PolicyPaymentSchedule": ids.PAYMENT,
                "PolicyTransaction": ids.POLICY_TRANSACTION, "PolicyTransactionLine": ids.POLICY_TRANSACTION_LINE,
                "Quote": ids.QUOTE, "QuoteLineItem": ids.QUOTE_LINE,
                "QuoteLineItemAttribute": ids.QUOTE_LINE_ATTRIBUTE}  # fmt: skip
    for made in OBJECTS.values():
        record_id = ids.spell(prefixes[made.name], MINE)
        filled = _filled(path.replace("{objectName}", made.name).replace("{recordId}", record_id))
        yield Call(name, method, filled, _mine({"Name": "Other"}) if examples else None)


def _filled(path: str) -> str:
    """A path with the caller's own ids; a parameter that `PATH_IDS` does not know is a KeyError: add it there."""
    path = path.replace("{version}", "v66.0")
    return re.sub(r"\{(\w+)\}", lambda found: ids.spell(PATH_IDS[found[1]], MINE), path)


def _mine(body: Any) -> str | None:
    """An example with the caller's own ids; profiles keep theirs."""
    if body is None:
        return None

    def put(found: re.Match[str]) -> str:
        if found[1] is None:
            return CONTEXTS[MINE]
        return found[0] if found[1] == ids.PROFILE else ids.spell(found[1], MINE)

    return _ID.sub(put, json.dumps(body))


BLIND = {
    "POST InsCensusServiceStd/deleteMembers",
    "POST InsCensusServiceStd/getMembers",
}
"""Examples whose answer does not tell an own id from an unknown one: a member who
stays for the plans it holds, a name that nobody here has (`ALSO` asks without one)."""

ALSO = [
    Call("POST /services/InsCensusServiceStd/getMembers", "POST", "/services/InsCensusServiceStd/getMembers", body)
    for body in (f'{{"censusId": "{ids.spell(ids.CENSUS, MINE)}"}}',)
]

CALLS = [*_calls(), *ALSO]
GUARDED = [call for call in CALLS if call.name.split(" ")[1] not in OPEN_PATHS]

ONBOARDING = "/onboarding/v1/"
OF_ALL = [call for call in GUARDED if ONBOARDING not in call.name]
WITH_IDS = [call for call in OF_ALL if call.places()]
OF_PARTNERS = [call for call in GUARDED if f"{ONBOARDING}groups" in call.name]
OF_THE_HOST = [call for call in GUARDED if f"{ONBOARDING}host" in call.name]


def _is_note(call: Call) -> bool:
    """What a relationship manager adds, and nobody else of a partner."""
    return call.path.endswith("/notes")


def _named(call: Call) -> str:
    """What a test of a call is called."""
    return f"{call.method} {call.path.removeprefix('/services/').partition('?')[0]}"


class Office:
    """The served book and its callers."""

    def __init__(self, book: Undone, secrets: dict[str, str]) -> None:
        self.book, self.secrets = book, secrets
        self.app = create_app(book, lambda: NOW)
        self.app.state.worker = Worker(book, lambda: NOW)  # never begins: what is asked for stays asked for
        self.answered: dict[tuple[Call, str], tuple[int, str]] = {}
        self.client = Unwired(self.app)

    def ask(self, call: Call, who: str | None) -> tuple[int, str]:
        """Status and text of the answer to a call."""
        headers = {"authorization": f"Bearer {self.secrets[who]}"} if who else {}
        more: dict[str, Any] = {}
        if call.form:
            more = {
                "files": {"fileData": ("a.csv", b"x")},
                "data": {"contentDocumentId": ids.spell(ids.DOCUMENT, MINE)},
            }
        elif call.body is not None:
            more = {"content": call.body}
            headers["content-type"] = "application/json"
        answer = self.client.request(call.method, call.path, headers=headers, **more)
        assert self.app.state.defects == []
        return answer


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    world = two_accounts(tmp_path_factory.mktemp("authorisation"))
    mine = [ids.spell(ids.ACCOUNT, MINE)]
    with world.book.write() as tx:

        def token(role: str, **more: Any) -> str:
            return access.create_token(tx, role=role, name=role, now=NOW, **more).secret

        secrets = {
            "analyst": token("analyst"),
            "of my account": token("administrator", account_ids=mine),
            "of no account": token("administrator", account_ids=[]),
            "member": token("member", family_id=ids.spell(ids.MEMBER, MINE)),
            "partner": token("partner", partner_id=ids.spell(ids.PARTNER, MINE)),
            "manager": token("relationship_manager", manager_id=ids.spell(ids.MANAGER, MINE)),
            "host": token("host", account_ids=mine),
        }
    book = Undone(world.book.path)
    made = Office(book, secrets)
    yield made
    made.client.close()
    book.close()


def test_the_lists_here_name_operations_that_are_there() -> None:
    names = {call.name for call in CALLS}
    assert names >= READS_BY_POST | OF_MEMBERS
    assert {call.name for call in CALLS} == {f"{method} {path}" for method, path, _ in OPERATIONS}


def test_without_a_token_nothing_is_answered(office: Office) -> None:
    answers = {call: office.ask(call, None) for call in GUARDED}
    assert {
        _named(call): answer
        for call, answer in answers.items()
        if answer[0] != 401 or ("ONB-002" if ONBOARDING in call.name else "benefits token create") not in answer[1]
    } == {}


@pytest.mark.rule("SF-0001-0011")
def test_an_analyst_reads_and_writes_nothing(office: Office) -> None:
    may = {call for call in OF_ALL if call.method == "GET" or call.name in READS_BY_POST}
    assert _let_in(office, "analyst") == _names(may)


def test_a_member_is_refused_whatever_is_not_for_members(office: Office) -> None:
    assert _let_in(office, "member") == _names({call for call in GUARDED if call.name in OF_MEMBERS})


@pytest.mark.rule("ONB-003")
def test_a_partner_is_refused_whatever_is_not_for_partners(office: Office) -> None:
    assert _let_in(office, "partner") == _names({call for call in OF_PARTNERS if not _is_note(call)})


@pytest.mark.rule("ON-17")
def test_a_relationship_manager_reads_groups_and_adds_notes(office: Office) -> None:
    assert _let_in(office, "manager") == _names(
        {call for call in OF_PARTNERS if call.method == "GET" or _is_note(call)}
    )


def test_onboarding_is_for_partners_and_the_host_alone(office: Office) -> None:
    ours = {*OF_PARTNERS, *OF_THE_HOST}
    assert _let_in(office, "of my account", ours) == []
    assert _let_in(office, "host", ours) == _names(set(OF_THE_HOST))


@pytest.mark.rule("ON-7")
def test_a_group_of_another_partner_is_answered_exactly_as_an_unknown_one(office: Office) -> None:
    with_ids = [call for call in OF_PARTNERS if call.places()]
    assert _told_apart(office, "partner", THEIRS, [call for call in with_ids if not _is_note(call)]) == {}
    assert _told_apart(office, "manager", THEIRS, with_ids) == {}
    for call in with_ids:
        who = "manager" if _is_note(call) else "partner"
        own, unknown = (
            _told(office, each, who, n) for each, n in ((call, MINE), (call.with_ids(UNKNOWN, [0]), UNKNOWN))
        )
        assert own != unknown or own[0] == 403, call.name


def test_a_host_of_some_accounts_links_no_other(office: Office) -> None:
    """Partners and their groups are the host's, whichever accounts it sees; the records that it names are not."""
    for call in OF_THE_HOST:
        found = list(_ID.finditer(f"{call.path}\n{call.body or ''}"))
        linked = [n for n, each in enumerate(found) if each[1] in (ids.ACCOUNT, ids.CONTRACT)]
        assert bool(linked) is call.path.endswith("/link")
        for n in linked:
            office.book.watched = THEIRS
            hidden = _told(office, call.with_ids(THEIRS, [n]), "host", THEIRS)
            assert hidden == _told(office, call.with_ids(UNKNOWN, [n]), "host", UNKNOWN), call.name
            assert office.book.harmed == []


def _let_in(office: Office, who: str, calls: Iterable[Call] = GUARDED) -> list[str]:
    """The calls of the walk, or some of them, that are not refused to a role."""
    return _names({call for call in calls if office.ask(call, who)[0] != 403})


def _names(calls: set[Call]) -> list[str]:
    return sorted(f"{_named(call)} {call.body or ''}" for call in calls)


def _told_apart(office: Office, who: str, number: int, calls: list[Call], *, each: bool = True) -> dict[str, Any]:
    """Calls in which an id of that number is answered otherwise than one of nothing, or its record is changed."""
    office.book.watched = number
    found: dict[str, Any] = {}
    for call in calls:
        for chosen in _each_and_all(call) if each else [call.places()]:
            hidden = _told(office, call.with_ids(number, chosen), who, number)
            unknown = _told(office, call.with_ids(UNKNOWN, chosen), who, UNKNOWN)
            if hidden != unknown or office.book.harmed:
                found[f"{_named(call)}, places {chosen}"] = (hidden, unknown, [*office.book.harmed])
                office.book.harmed.clear()
    return found


def _each_and_all(call: Call) -> list[list[int]]:
    places = call.places()
    return [[n] for n in places] + ([places] if len(places) > 1 else [])


def _told(office: Office, call: Call, who: str, number: int) -> tuple[int, str]:
    """The answer without the number. Nothing is kept, so what is said of an unknown id is asked for once."""
    if (call, who) not in office.answered or number != UNKNOWN:
        office.answered[call, who] = office.ask(call, who)
    status, text = office.answered[call, who]
    text = text.replace(f"{number:015d}", "...")
    return status, re.sub(r"[0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "...", text)


def test_ids_of_another_account_are_answered_exactly_as_unknown_ones(office: Office) -> None:
    assert _told_apart(office, "of my account", THEIRS, WITH_IDS) == {}


def test_a_caller_of_no_account_sees_none(office: Office) -> None:
    assert _told_apart(office, "of no account", MINE, WITH_IDS, each=False) == {}


@pytest.mark.parametrize("number", [KIN, THEIRS], ids=["another family", "another account"])
def test_a_member_sees_the_own_family_alone(office: Office, number: int) -> None:
    assert _told_apart(office, "member", number, [call for call in WITH_IDS if call.name in OF_MEMBERS]) == {}


@pytest.mark.parametrize(
    ("field", "prefix", "number"),
    [
        ("groupClassId", ids.GROUP_CLASS, THEIRS),
        ("primaryGroupCensusMemberId", ids.MEMBER, THEIRS),
        ("primaryGroupCensusMemberId", ids.MEMBER, KIN),
        ("contactId", ids.CONTACT, THEIRS),
        ("accountId", ids.ACCOUNT, THEIRS),
        ("accountId", ids.ACCOUNT, THEIRS + 90),
    ],
)
def test_a_member_names_no_record_of_another_account(office: Office, field: str, prefix: str, number: int) -> None:
    """Else a change of the person would go through the caller's own member into the other account (CV-22)."""
    path = f"/services/data/v66.0/connect/insurance/census-management/group-censuses/{ids.spell(ids.CENSUS, MINE)}"
    std = {"censusId": ids.spell(ids.CENSUS, MINE)}
    name = field[0].upper() + field[1:]
    for call in (
        Call("add", "POST", f"{path}/group-census-members", json.dumps({"members": [{"lastname": "N", field: "ID"}]})),
        Call(
            "change",
            "PATCH",
            f"{path}/group-census-members",
            json.dumps({"members": [{"id": ids.spell(ids.MEMBER, MINE), field: "ID"}]}),
        ),
        Call(
            "std",
            "POST",
            f"{STD}/addMembers",
            json.dumps(std | {"census": {"headers": [{"name": "Lastname"}, {"name": name}],
                                         "members": [{"Lastname": "N", name: "ID"}]}}),
        ),
    ):  # fmt: skip
        assert call.body is not None
        answers = [
            _told(office, replace(call, body=call.body.replace("ID", ids.spell(prefix, n))), "of my account", n)
            for n in (number, UNKNOWN)
        ]
        assert answers[0] == answers[1]
        assert name.lower() in answers[0][1].lower()
    assert office.book.harmed == []


def test_own_ids_are_answered_otherwise_so_that_the_walk_shows_something(office: Office) -> None:
    """Else two refusals for a reason of the example would look like two for the id."""
    blind = [
        _named(call)
        for call in OF_ALL
        if (places := call.places())
        and _told(office, call, "of my account", MINE)
        == _told(office, call.with_ids(UNKNOWN, places), "of my account", UNKNOWN)
    ]
    assert sorted(blind) == sorted(BLIND)
