"""Every published field of the ordinary records is taken, kept, told again, and refused where it is wrong."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from services import ids
from services.book import Transaction
from services.insurance_errors import Refused
from services.records import records
from services.scope import Scope
from tests.conftest import NOW
from tests.made_once import empty_book
from tests.services.records.test_records import change, contract, make, plan, read, refused

NOBODY = "005999999999999999"
CENSUS = {
    "LeadId": "00Q000000000000001",
    "ExternalIdentifier": "X-1",
    "SourceSystemName": "HRIS",
    "SourceSystemType": "External",
    "UsageType": "Insurance",
}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A book with two employers, and what a contract holds; each test works in a transaction that is rolled back."""
    book = empty_book(tmp_path_factory.mktemp("fields") / "fields.duckdb")
    with book.write() as tx:
        account, contract_id = contract(tx)
        other, foreign = contract(tx, "K-2")
        user = _user(tx, account)
        root = plan(tx, contract_id)
        group_class = make(tx, "GroupClass", AccountId=account, Name="Staff")
    yield {
        "book": book, "account": account, "contract": contract_id, "other": other, "foreign": foreign, "user": user,
        "plan": root, "class": group_class,
    }  # fmt: skip


@pytest.fixture
def tx(shelf: dict[str, Any]) -> Iterator[Transaction]:
    class RolledBack(Exception):
        pass

    try:
        with shelf["book"].write() as made:
            yield made
            raise RolledBack
    except RolledBack:
        pass


def _user(tx: Transaction, account_id: str) -> str:
    user, contact = (ids.spell(prefix, 1) for prefix in (ids.PORTAL_USER, ids.CONTACT))
    tx.connection.execute("INSERT INTO book.account_contact VALUES (?, ?)", [account_id, contact])
    tx.connection.execute(
        "INSERT INTO book.contact BY NAME SELECT ? AS contact_id, 'Noor Haddad' AS name, 'Haddad' AS last_name,"
        " 'n@example.org' AS email, TIMESTAMP '2026-01-01' AS created_at, TIMESTAMP '2026-01-01' AS modified_at",
        [contact],
    )
    tx.connection.execute(
        "INSERT INTO book.portal_user BY NAME SELECT ? AS portal_user_id, 'n' AS username, 'n@example.org' AS email,"
        " '00e000000000000001' AS profile_id, ? AS contact_id, true AS is_active, TIMESTAMP '2026-01-01' AS created_at",
        [user, contact],
    )
    return user


def fault(tx: Transaction, name: str, record_id: str, **fields: Any) -> tuple[str, Any]:
    """Code and field of what is said of a change that is refused."""
    with pytest.raises(Refused) as refusal:
        change(tx, name, record_id, **fields)
    (error, *_) = refusal.value.errors
    return error.code, error.info.get("field")


def test_a_census_keeps_where_it_came_from_and_who_owns_it(tx: Transaction, shelf: dict[str, Any]) -> None:
    said = CENSUS | {"OwnerId": shelf["user"]}
    made = make(tx, "GroupCensus", Name="C", AccountId=shelf["account"], **said)
    told = read(tx, "GroupCensus", made)
    assert {name: told[name] for name in said} == said
    change(tx, "GroupCensus", made, SourceSystemType="User", LeadId=None)
    told = read(tx, "GroupCensus", made)
    assert (told["SourceSystemType"], told["LeadId"], told["OwnerId"]) == ("User", None, shelf["user"])


def test_the_moments_of_a_census_and_its_days_stand_in_for_each_other(tx: Transaction, shelf: dict[str, Any]) -> None:
    of_days = make(
        tx, "GroupCensus", Name="C", AccountId=shelf["account"], EffectiveDate="2026-01-01", ExpirationDate="2026-12-31"
    )
    told = read(tx, "GroupCensus", of_days)
    assert told["EffectiveStartDate"] == "2026-01-01T00:00:00.000Z"
    assert told["EffectiveEndDate"] == "2026-12-31T00:00:00.000Z"
    # 23:30 in New York on 31 December is half past four in the morning of 1 January, UTC.
    moments = {"EffectiveStartDate": "2025-12-31T23:30:00-05:00", "EffectiveEndDate": "2026-12-31T12:00:00Z"}
    of_moments = make(tx, "GroupCensus", Name="D", AccountId=shelf["account"], **moments)
    told = read(tx, "GroupCensus", of_moments)
    assert (told["EffectiveDate"], told["ExpirationDate"]) == ("2026-01-01", "2026-12-31")
    assert told["EffectiveStartDate"] == "2026-01-01T04:30:00.000Z"
    assert fault(tx, "GroupCensus", of_moments, EffectiveEndDate="2026-01-01")[0] == "SF-0001-0002"


@pytest.mark.rule("OB-7")
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"SourceSystemName": "x" * 51}, "SF-0001-0005"),
        ({"ExternalIdentifier": "x" * 51}, "SF-0001-0005"),
        ({"LeadId": "x" * 19}, "SF-0001-0005"),
        ({"SourceSystemType": "ExternalUser"}, "SF-0001-0005"),
        ({"UsageType": "Wealth"}, "SF-0001-0005"),
        ({"OwnerId": NOBODY}, "SF-0001-0005"),
        ({"OwnerId": 7}, "SF-0001-0005"),
        ({"EffectiveStartDate": "soon"}, "SF-0001-0003"),
        ({"EffectiveStartDate": 2026}, "SF-0001-0003"),
    ],
)
def test_a_field_of_a_census_that_is_wrong_is_refused_never_cut(
    tx: Transaction, shelf: dict[str, Any], fields: dict[str, Any], code: str
) -> None:
    (name,) = fields
    assert refused(tx, "GroupCensus", Name="C", AccountId=shelf["account"], **fields)[::2] == (code, name)


@pytest.mark.rule("OB-7")
def test_texts_of_just_the_length_are_taken(tx: Transaction, shelf: dict[str, Any]) -> None:
    made = make(tx, "GroupCensus", Name="x" * 255, AccountId=shelf["account"], SourceSystemName="y" * 50)
    assert read(tx, "GroupCensus", made)["SourceSystemName"] == "y" * 50


def test_a_user_of_an_account_out_of_scope_is_nobody(tx: Transaction, shelf: dict[str, Any]) -> None:
    scope = Scope(account_ids=(shelf["other"],))
    said = {"Name": "C", "AccountId": shelf["other"]}
    with pytest.raises(Refused) as unseen:
        records.create(tx, "GroupCensus", said | {"OwnerId": shelf["user"]}, scope=scope, now=NOW)
    with pytest.raises(Refused) as unknown:
        records.create(tx, "GroupCensus", said | {"OwnerId": NOBODY}, scope=scope, now=NOW)
    assert unseen.value.errors == unknown.value.errors


def test_a_class_is_of_insurance_and_never_nested(tx: Transaction, shelf: dict[str, Any]) -> None:
    told = read(tx, "GroupClass", shelf["class"])
    assert (told["UsageType"], told["ParentGroupClassId"]) == ("Insurance", None)
    assert fault(tx, "GroupClass", shelf["class"], ParentGroupClassId=shelf["class"]) == (
        "GB-REC-002",
        "ParentGroupClassId",
    )
    assert fault(tx, "GroupClass", shelf["class"], UsageType="Other") == ("SF-0001-0005", "UsageType")
    change(tx, "GroupClass", shelf["class"], UsageType="Insurance", ParentGroupClassId=None, Code="S")
    assert read(tx, "GroupClass", shelf["class"])["Code"] == "S"


def structure(axes: Any = None, keys: Any = None, settings: Any = None, **more: Any) -> str:
    """Tier prices of one tier as text, and what stands beside them."""
    tiers = [{"tier": "Employee Only", "rate": 10, "keys": keys}, *more.get("also", ())]
    return json.dumps({"tiers": tiers, "axes": axes, "settings": settings})


UNUSABLE: list[dict[str, Any]] = [
    {"axes": "age"},
    {"axes": ["colour"], "keys": ["red"]},
    {"axes": ["tier"], "keys": ["EE"]},  # is there already
    {"axes": ["age", "age"], "keys": ["1", "2"]},
    {"axes": ["gender"], "keys": ["Woman"]},
    {"axes": ["age"], "keys": ["forty"]},
    {"axes": ["age"], "keys": ["200"]},
    {"axes": ["age"], "keys": ["30", "40"]},
    {"keys": ["30"]},
    {"axes": ["age"], "keys": ["30"], "also": [{"tier": "Employee Only", "rate": 11, "keys": [30]}]},  # twice
    {"also": [{"tier": "*", "rate": 1}, {"tier": "", "rate": 2}]},  # both are any tier
    {"settings": ["NEAREST_BIRTHDAY"]},
    {"axes": ["age"], "keys": ["nan"]},
    {"axes": ["salary"], "keys": ["30_000"]},
    {"axes": ["salary"], "keys": ["\u0663\u0660"]},  # 30 in digits that rating does not read
    {"axes": ["salary"], "keys": ["0.001"], "also": [{"tier": "Employee Only", "rate": 11, "keys": ["0.002"]}]},
    {"axes": ["group_size"], "keys": ["2.4"], "also": [{"tier": "Employee Only", "rate": 11, "keys": ["2.6"]}]},
    {"axes": ["participation"], "keys": ["100.5"]},
    {"axes": ["female_percent"], "keys": ["0.00001"]},
    {"settings": {"ageBasis": "LAST"}},
    {"settings": {"colour": "red"}},
    {"settings": {"limits": "age:x-64"}},
    {"settings": {"limits": "age:64-18"}},
    {"settings": {"limits": "age:18-;age:-64"}},
    {"settings": {"roundPlaces": "two"}},
    {"settings": {"factorTables": ["No such table"]}},
    {"settings": {"factorTables": "No such table"}},
]
"""What stands beside tier prices and would end the rating of everybody, or be read as something else."""


PLAN = {
    "EnrollmentStartDate": "2025-11-01",
    "EnrollmentEndDate": "2025-11-30",
    "EnrollmentWaitingPeriod": 30,
    "EnrollmentRatingType": "CompositeRate",
    "EligibilityCriteria": "Full-time staff",
    "UnitPrice": 12.5,
    "PricingStructure": '{"EE": 100}',
    "ProductNumber": 7,
    "ProductCategoryId": "0ZS000000000000001",
    "UsageType": "Insurance",
    "GroupNumber": "G-1",
    "ProrationCutoffDay": 10,
}


def test_a_plan_keeps_its_enrollment_price_and_number(tx: Transaction, shelf: dict[str, Any]) -> None:
    made = plan(tx, shelf["contract"], Name="Silver", AccountId=shelf["account"], **PLAN)
    told = read(tx, "ContractGroupPlan", made)
    assert {name: told[name] for name in PLAN} == PLAN
    assert told["AccountId"] == shelf["account"]
    # Whatever is changed, the rest stays: fields of the sheet and the others alike.
    change(tx, "ContractGroupPlan", made, Description="Silver plan", OriginalContractPlanId=shelf["plan"])
    change(tx, "ContractGroupPlan", made, UnitPrice="13.00", EnrollmentRatingType=None)
    told = read(tx, "ContractGroupPlan", made)
    kept = PLAN | {"UnitPrice": 13.0, "EnrollmentRatingType": None}
    assert {name: told[name] for name in kept} == kept
    assert (told["Description"], told["OriginalContractPlanId"]) == ("Silver plan", shelf["plan"])


@pytest.mark.rule("GR-27")
def test_tier_prices_along_axes_with_settings_are_kept_as_a_quote_leaves_them(
    tx: Transaction, shelf: dict[str, Any]
) -> None:
    settings = {"ageBasis": "NEAREST_BIRTHDAY", "limits": "age:18-64;group_size:2-50", "roundPlaces": "3;;2"}
    for text in (
        structure(axes=["class", "age"], keys=["", "30"], settings=settings),
        structure(axes=["gender"], keys=["*"], also=[{"tier": "Employee Only", "rate": 9, "keys": ["Male"]}]),
        structure(settings={"factorTables": []}),
    ):
        change(tx, "ContractGroupPlan", shelf["plan"], PricingStructure=text)
        assert read(tx, "ContractGroupPlan", shelf["plan"])["PricingStructure"] == text


def test_days_of_a_plan_are_published_as_moments_of_which_the_date_part_counts(
    tx: Transaction, shelf: dict[str, Any]
) -> None:
    change(tx, "ContractGroupPlan", shelf["plan"], EffectiveStartDate="2026-02-01T23:59:59.000Z")
    change(tx, "ContractGroupPlan", shelf["plan"], EffectiveEndDate="2026-11-30")
    told = read(tx, "ContractGroupPlan", shelf["plan"])
    assert told["EffectiveStartDate"] == "2026-02-01T00:00:00.000Z"
    assert told["EffectiveEndDate"] == "2026-11-30T00:00:00.000Z"
    assert fault(tx, "ContractGroupPlan", shelf["plan"], EffectiveStartDate="2026-02-30T00:00:00Z")[0] == "SF-0001-0003"


@pytest.mark.rule("OB-7")
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"EnrollmentRatingType": "Composite Rate"}, "SF-0001-0005"),
        ({"UnitPrice": -1}, "SF-0001-0005"),
        ({"UnitPrice": "much"}, "SF-0001-0005"),
        ({"UnitPrice": True}, "SF-0001-0005"),
        ({"PricingStructure": "x" * 131_073}, "SF-0001-0005"),
        ({"PricingStructure": '{"tiers": [{"tier": "Employee", "rate": 10}]}'}, "SF-0001-0005"),
        ({"PricingStructure": '{"tiers": [{"tier": "*", "rate": 10}], "ratePeriod": "YEARLY"}'}, "SF-0001-0005"),
        ({"PricingStructure": '{"tiers": [{"tier": [], "rate": 1}], "ratePeriod": {}}'}, "SF-0001-0005"),
        ({"PricingStructure": '{"tiers": [{"tier": "*", "rate": 1}], "ratePeriod": []}'}, "SF-0001-0005"),
        *(({"PricingStructure": structure(**odd)}, "SF-0001-0005") for odd in UNUSABLE),
        ({"EligibilityCriteria": "x" * 256}, "SF-0001-0005"),
        ({"EnrollmentWaitingPeriod": -1}, "SF-0001-0005"),
        ({"OriginalContractPlanId": "0rg999999999999999"}, "SF-0001-0005"),
        ({"PlanType": "Dental"}, "GB-REC-002"),
        ({"QuoteLineItemId": "0QL000000000000001"}, "GB-REC-002"),
    ],
)
def test_a_field_of_a_plan_that_is_wrong_is_refused(
    tx: Transaction, shelf: dict[str, Any], fields: dict[str, Any], code: str
) -> None:
    (name,) = fields
    assert fault(tx, "ContractGroupPlan", shelf["plan"], **fields) == (code, name)


def test_what_a_record_names_is_of_its_own_account(tx: Transaction, shelf: dict[str, Any]) -> None:
    foreign = plan(tx, shelf["foreign"])
    census = make(tx, "GroupCensus", Name="F", AccountId=shelf["other"])
    found = fault(tx, "ContractGroupPlan", shelf["plan"], OriginalContractPlanId=foreign)
    assert found == ("SF-0001-0005", "OriginalContractPlanId")
    found = fault(tx, "ContractGroupPlan", shelf["plan"], AccountId=shelf["other"])
    assert found == ("SF-0001-0005", "AccountId")
    found = fault(tx, "Contract", shelf["contract"], EnrollmentCensusId=census)
    assert found == ("SF-0001-0005", "EnrollmentCensusId")


def test_a_class_of_a_plan_is_a_record_of_its_own(tx: Transaction, shelf: dict[str, Any]) -> None:
    both = {"ContractGroupPlanId": shelf["plan"], "GroupClassId": shelf["class"]}
    made = make(tx, "ContractGroupPlanGroupClass", **both)
    assert len(made) == 18
    told = read(tx, "ContractGroupPlanGroupClass", made)
    assert {name: told[name] for name in both} == both
    assert (told["Id"], told["Name"], told["CurrencyIsoCode"], told["OwnerId"]) == (made, "Staff", "USD", None)
    change(tx, "ContractGroupPlanGroupClass", made, Name="Gold staff", CurrencyIsoCode="CAD", OwnerId=shelf["user"])
    told = read(tx, "ContractGroupPlanGroupClass", made)
    assert (told["Name"], told["CurrencyIsoCode"], told["OwnerId"]) == ("Gold staff", "CAD", shelf["user"])
    assert fault(tx, "ContractGroupPlanGroupClass", made, CurrencyIsoCode="EUR")[0] == "SF-0001-0005"
    second = make(tx, "GroupClass", AccountId=shelf["account"], Name="Managers")
    assert fault(tx, "ContractGroupPlanGroupClass", made, GroupClassId=second) == ("GB-REC-002", "GroupClassId")
    make(tx, "ContractGroupPlanGroupClass", ContractGroupPlanId=shelf["plan"], GroupClassId=second)
    assert read(tx, "ContractGroupPlanGroupClass", made)["Name"] == "Gold staff"
    assert refused(tx, "ContractGroupPlanGroupClass", **both)[0] == "GB-REC-001"


def test_an_attribute_of_a_plan_is_a_record_and_a_benefit_is_what_the_sheet_lets_it_be(
    tx: Transaction, shelf: dict[str, Any]
) -> None:
    said = {
        "ContractGroupPlanId": shelf["plan"],
        "AttributeDefinitionId": "0tj000000000000001",
        "AttributeName": "Deductible",
        "Value": "500",
        "AttributePicklistValueId": "0v6000000000000001",
        "ExternalId": "E-1",
    }
    made = make(tx, "ContractGroupPlanAttribute", **said)
    told = read(tx, "ContractGroupPlanAttribute", made)
    assert {name: told[name] for name in said} == said
    change(tx, "ContractGroupPlanAttribute", made, Value=None, ExternalId="E-2")
    told = read(tx, "ContractGroupPlanAttribute", made)
    assert (told["Value"], told["ExternalId"], told["AttributePicklistValueId"]) == (None, "E-2", "0v6000000000000001")
    benefit = make(tx, "ContractGroupPlanAttribute", **(said | {"AttributeName": "BenefitMultiple", "Value": "2.50"}))
    assert read(tx, "ContractGroupPlanAttribute", benefit)["Value"] == "2.5"
    assert read(tx, "ContractGroupPlan", shelf["plan"])["Attributes"]["BenefitMultiple"] == "2.5"
    change(tx, "ContractGroupPlanAttribute", benefit, Value=3)
    assert read(tx, "ContractGroupPlanAttribute", benefit)["Value"] == "3"
    for wrong in ({"Value": "twice"}, {"Value": None}, {"AttributeName": "Other"}, {"AttributeDefinitionId": None}):
        with pytest.raises(Refused):
            change(tx, "ContractGroupPlanAttribute", benefit, **wrong)
    assert refused(tx, "ContractGroupPlanAttribute", **said)[0] == "GB-REC-001"
    for name in ("ContractGroupPlanId", "AttributeDefinitionId", "AttributeName"):
        code, text, _ = refused(tx, "ContractGroupPlanAttribute", **{k: v for k, v in said.items() if k != name})
        assert (code, text) == ("SF-0001-0004", f"Specify an input for {name}.")
    code, _, field = refused(tx, "ContractGroupPlanAttribute", **(said | {"ContractGroupPlanId": "0rgNONE"}))
    assert (code, field) == ("SF-0001-0005", "ContractGroupPlanId")


INSURANCE = {
    "EnrollmentStartDate": "2025-11-01",
    "EnrollmentEndDate": "2025-11-30",
    "EnrollmentWaitingPeriod": 60,
    "IsSelfServiceWindowEnforced": False,
    "ProducerId": "0Pr000000000000001",
    "BusinessLicenseId": "0BL000000000000001",
    "ContributionStrategy": "LEGACY_PER_LEVEL",
    "RatingArea": "3",
}


def test_an_insurance_contract_is_the_contract_said_more_of(tx: Transaction, shelf: dict[str, Any]) -> None:
    census = make(tx, "GroupCensus", Name="E", AccountId=shelf["account"])
    told = read(tx, "InsuranceContract", shelf["contract"])
    assert (told["IsSelfServiceWindowEnforced"], told["ContributionStrategy"]) == (True, "CURRENT")
    more = {"EnrollmentCensusId": census, "UnderwriterId": shelf["user"], "BrokerageAgencyId": shelf["other"]}
    made = make(tx, "InsuranceContract", ContractId=shelf["contract"], **INSURANCE, **more)
    assert made == shelf["contract"]
    told = read(tx, "InsuranceContract", made)
    assert {name: told[name] for name in INSURANCE | more} == INSURANCE | more
    assert told["ContractId"] == made
    change(tx, "Contract", made, EndDate="2026-06-30", Pricebook2Id="01s000000000000001")
    told = read(tx, "Contract", made)
    assert {name: told[name] for name in INSURANCE | more} == INSURANCE | more
    assert (told["ContractTerm"], told["Pricebook2Id"]) == (6, "01s000000000000001")
    for wrong, code in (
        ({"EnrollmentEndDate": "2025-10-31"}, "SF-0001-0005"),
        ({"ContributionStrategy": "OLD"}, "SF-0001-0005"),
        ({"UnderwriterId": NOBODY}, "SF-0001-0005"),
        ({"RecordSource": "DigitalInsurance"}, "GB-REC-002"),
        ({"SourceQuoteId": "0Q0000000000000001"}, "GB-REC-002"),
        ({"ContractId": shelf["foreign"]}, "GB-REC-002"),
        ({"StartDate": "2026-02-01"}, "SF-0001-0013"),
    ):
        assert fault(tx, "InsuranceContract", made, **wrong)[0] == code
    assert refused(tx, "InsuranceContract", RatingArea="1")[0] == "SF-0001-0004"
    assert refused(tx, "InsuranceContract", ContractId="800999999999999999")[0] == "SF-0001-0005"


def test_a_contract_may_state_its_term_in_months_instead_of_its_end(tx: Transaction, shelf: dict[str, Any]) -> None:
    said = {"AccountId": shelf["account"], "ContractNumber": "K-9", "StartDate": "2026-07-01"}
    made = make(tx, "Contract", **said, ContractTerm=12)
    assert read(tx, "Contract", made)["EndDate"] == "2027-06-30"
    change(tx, "Contract", made, ContractTerm=6)
    told = read(tx, "Contract", made)
    assert (told["EndDate"], told["ContractTerm"]) == ("2026-12-31", 6)
    change(tx, "Contract", made, EndDate="2026-12-30")
    assert read(tx, "Contract", made)["ContractTerm"] == 5  # whole months to the day after the last (CQ-5)
    for wrong in ({"ContractTerm": 0}, {"ContractTerm": 1.5}, {"ContractTerm": 6, "EndDate": "2026-12-30"}):
        assert fault(tx, "Contract", made, **wrong) == ("SF-0001-0005", "ContractTerm")


def test_products_and_accounts_keep_what_no_sheet_states(tx: Transaction, shelf: dict[str, Any]) -> None:
    product = read(tx, "ContractGroupPlan", shelf["plan"])["ProductId"]
    assert read(tx, "Product2", product)["IsActive"] is True
    change(tx, "Product2", product, IsActive=False, ProductCategoryId="0ZS000000000000001")
    told = read(tx, "Product2", product)
    assert (told["IsActive"], told["ProductCategoryId"]) == (False, "0ZS000000000000001")
    change(tx, "Product2", product, Name="Renamed")
    assert read(tx, "Product2", product)["ProductCategoryId"] == "0ZS000000000000001"
    change(tx, "Product2", product, ProductCategoryId=None)
    told = read(tx, "Product2", product)
    assert (told["Name"], told["IsActive"], told["ProductCategoryId"]) == ("Renamed", False, None)
    change(tx, "Account", shelf["account"], Phone="555-0100", RecordTypeName="Business Account")
    told = read(tx, "Account", shelf["account"])
    assert (told["Phone"], told["RecordTypeName"], told["IsPersonAccount"]) == ("555-0100", "Business Account", False)


def test_a_contribution_tells_what_its_sheet_states(tx: Transaction, shelf: dict[str, Any]) -> None:
    said = {"Type": "Reference Plan", "Percentage": 50.0, "BaseContractGroupPlanId": shelf["plan"]}
    rule = {"GroupClassId": shelf["class"], "Name": "Half", "GroupBenefitProductCategory": "Medical"}
    made = make(tx, "GroupClassContribution", **rule, **said)
    told = read(tx, "GroupClassContribution", made)
    assert {name: told[name] for name in said} == said
    assert (told["AmountScope"], told["AmountPeriod"]) == ("PER_COVERAGE", "TERM")


@pytest.mark.rule("CB-1", "CB-9")
def test_a_contribution_may_name_the_category_of_a_product_in_place_of_a_product_type(
    tx: Transaction, shelf: dict[str, Any]
) -> None:
    rule = {"GroupClassId": shelf["class"], "Name": "By category", "Type": "Percentage", "Percentage": 50.0}
    made = make(tx, "GroupClassContribution", **rule, ProductCategoryId="0ZS000000000000001")
    told = read(tx, "GroupClassContribution", made)
    assert (told["ProductCategoryId"], told["GroupBenefitProductCategory"]) == ("0ZS000000000000001", None)
    change(tx, "GroupClassContribution", made, ProductCategoryId="0ZS000000000000002")
    assert read(tx, "GroupClassContribution", made)["ProductCategoryId"] == "0ZS000000000000002"
    with pytest.raises(Refused) as refusal:
        change(tx, "GroupClassContribution", made, ProductCategoryId=None)
    assert refusal.value.code == "GB-CTB-002"


def test_persons_users_and_requests_are_read_under_their_published_names(
    tx: Transaction, shelf: dict[str, Any]
) -> None:
    told = read(tx, "User", shelf["user"])
    assert (told["Username"], told["ContactId"]) == ("n", "003000000000000001")
    assert read(tx, "Contact", told["ContactId"])["LastName"] == "Haddad"
    tx.connection.execute(
        "INSERT INTO book.person_account BY NAME SELECT '001000000000000099' AS person_account_id, 'N' AS name,"
        " 'Haddad' AS last_name, 'Person Account' AS record_type_name, '003000000000000001' AS contact_id,"
        " TIMESTAMP '2026-01-01' AS created_at, TIMESTAMP '2026-01-01' AS modified_at"
    )
    told = read(tx, "Account", "001000000000000099")
    assert (told["IsPersonAccount"], told["RecordTypeName"]) == (True, "Person Account")
    others = Scope(account_ids=(shelf["other"],))
    for name, record_id in (("User", shelf["user"]), ("Contact", "003000000000000001"), ("Account", told["Id"])):
        with pytest.raises(Refused) as refusal:
            read(tx, name, record_id, others)
        assert refusal.value.status == 404
    for name, record_id, field in (("User", shelf["user"], "Username"), ("Account", told["Id"], "Phone")):
        with pytest.raises(Refused) as refusal:
            change(tx, name, record_id, **{field: "m"})
        assert (refusal.value.status, refusal.value.code) == (405, "GB-REC-003")
    with pytest.raises(Refused) as refusal:
        change(tx, "Account", told["Id"], others, Phone="m")
    assert refusal.value.status == 404  # out of scope it is unknown


# ------------------------------------------------------------------------------------------- numbers of contracts


def test_a_number_that_another_account_uses_is_taken_and_tells_nothing(tx: Transaction, shelf: dict[str, Any]) -> None:
    scope = Scope(account_ids=(shelf["other"],))
    said = {"AccountId": shelf["other"], "StartDate": "2026-01-01", "EndDate": "2026-12-31"}
    made = make(tx, "Contract", scope, ContractNumber="k-1", **said)
    told = read(tx, "Contract", made, scope)
    assert told["ContractNumber"] == "k-1"
    assert "K-1" not in {value for value in told.values() if isinstance(value, str)}
    change(tx, "Contract", made, scope, ContractNumber="k-1", EndDate="2026-06-30")
    with pytest.raises(Refused) as refusal:
        change(tx, "Contract", made, scope, ContractNumber="K-3")
    assert refusal.value.errors[0].code == "GB-REC-002"
    for number in ("K-1", "k-1"):
        with pytest.raises(Refused) as refusal:
            make(tx, "Contract", scope, ContractNumber=number, **said)
        assert refusal.value.errors[0].code == "GB-REC-001"
    # Sheets know both, by numbers of the book, and the plan that is made goes to the contract that was named.
    held = tx.connection.execute("SELECT contract_number FROM book.contract ORDER BY contract_id").fetchall()
    assert held == [("K-1",), ("K-2",), ("A-K-2/k-1",)]
    assert read(tx, "ContractGroupPlan", plan(tx, made))["ContractId"] == made


def test_a_number_too_long_to_be_told_apart_by_the_account_is_told_apart_by_a_count(
    tx: Transaction, shelf: dict[str, Any]
) -> None:
    said = {"StartDate": "2026-01-01", "EndDate": "2026-12-31", "ContractNumber": "x" * 80}
    make(tx, "Contract", AccountId=shelf["account"], **said)
    made = make(tx, "Contract", AccountId=shelf["other"], **said)
    assert read(tx, "Contract", made)["ContractNumber"] == "x" * 80
    assert (
        refused(tx, "Contract", **(said | {"ContractNumber": "x" * 81}), AccountId=shelf["other"])[0] == "SF-0001-0005"
    )
