"""The oracle against the published worked numbers, before it is trusted to judge the core.

What lives here: the figures of the rating methods, the proration table and the contribution tables, each as published.
What does not: the core and the book (`tests.test_golden` and the tests of `rating` compare those with the oracle).
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.oracle import (
    Benefit,
    Cell,
    Contract,
    Coverage,
    Family,
    Person,
    Plan,
    Priced,
    RateTable,
    Rule,
    age_date_of,
    age_on,
    by_member,
    by_plan,
    cents,
    months_in_term,
    price_family,
    roll_up,
    span_of,
    term_holding,
    tier_of,
    volume_of,
)

YEAR_2026 = Contract(date(2026, 1, 1), date(2026, 12, 31))
NEW_YEAR = date(2026, 1, 1)


def table(method: str, rate: str = "", axes: tuple[str, ...] = (), cells: dict | None = None, **more) -> RateTable:
    """A table of one version from 2020 on; cells by key tuple, or one price for all."""
    rows = cells if cells is not None else {(): rate}
    made = tuple(
        Cell(date(2020, 1, 1), dict(zip(axes, key, strict=True)), None if price is None else Decimal(price))
        for key, price in rows.items()
    )
    return RateTable("table", method, axes, made, **more)


def one(person: Person, plan: Plan, contract: Contract = YEAR_2026, rules=(), elected=None, rating_date=None) -> Priced:
    """A person alone, one coverage."""
    held = Coverage(person.key, plan, elected)
    return price_family(contract, Family((person,), (held,)), rules, rating_date)[0]


def of_age(years: int, **more) -> Person:
    """Someone who has had the birthday of that age before the contract starts."""
    return Person(more.pop("key", "EE"), birth_date=date(2025 - years, 6, 15), **more)


# ------------------------------------------------------------------------------------------------- dates and ages


def test_a_full_calendar_year_is_twelve_months():
    assert months_in_term(date(2026, 1, 1), date(2026, 12, 31)) == 12


def test_leftover_days_are_a_part_of_the_month_they_start_in():
    # 15 January to 15 July are six months; 16..20 July and the 15th are 6 days of July's 31.
    assert months_in_term(date(2026, 1, 15), date(2026, 7, 20)) == 6 + Fraction(6, 31)


def test_a_two_year_contract_is_twenty_four_months():
    assert months_in_term(date(2026, 3, 1), date(2028, 2, 29)) == 24


@pytest.mark.parametrize(("day", "age"), [(date(2026, 2, 28), 17), (date(2026, 3, 1), 18), (date(2028, 2, 29), 20)])
def test_a_leap_day_child_ages_on_the_first_of_march_of_common_years(day, age):
    assert age_on(date(2008, 2, 29), day) == age


def test_one_day_short_of_a_birthday_is_the_lower_age_and_the_day_itself_the_higher():
    assert age_on(date(1981, 6, 15), date(2026, 6, 14)) == 44
    assert age_on(date(1981, 6, 15), date(2026, 6, 15)) == 45


def test_nearest_birthday_and_year_only():
    assert age_on(date(1981, 6, 15), NEW_YEAR, "NEAREST_BIRTHDAY") == 45  # 165 days to 15 June, 200 since
    assert age_on(date(1981, 7, 15), NEW_YEAR, "NEAREST_BIRTHDAY") == 44  # 195 days to 15 July, 170 since
    assert age_on(date(1981, 12, 31), NEW_YEAR, "YEAR_ONLY") == 45


def test_age_dates():
    three_years = Contract(date(2025, 4, 1), date(2028, 3, 31))
    assert age_date_of("PLAN_ANNIVERSARY", three_years, date(2025, 4, 1)) == date(2025, 4, 1)
    assert age_date_of("PLAN_ANNIVERSARY", three_years, date(2026, 3, 31)) == date(2025, 4, 1)
    assert age_date_of("PLAN_ANNIVERSARY", three_years, date(2027, 6, 1)) == date(2027, 4, 1)
    assert age_date_of("JAN_1", three_years, date(2027, 6, 9)) == date(2027, 1, 1)
    assert age_date_of("ATTAINED", three_years, date(2027, 6, 9)) == date(2027, 6, 1)


def test_a_renewal_moves_the_term_on_by_whole_terms():
    assert term_holding(YEAR_2026, date(2026, 12, 31)) == YEAR_2026
    assert term_holding(YEAR_2026, date(2027, 1, 1)) == Contract(date(2027, 1, 1), date(2027, 12, 31))
    assert term_holding(YEAR_2026, date(2028, 5, 1)) == Contract(date(2028, 1, 1), date(2028, 12, 31))


# ---------------------------------------------------------------------------------------- rating methods, section 1

AGE_CURVE = {0: "0.765", 15: "0.833", 16: "0.859", 19: "0.941", 20: "0.970", 21: "1.000", 40: "1.278", 44: "1.397"}


def aca_plan() -> Plan:
    curve = table("factor", axes=("age",), cells={(a,): f for a, f in AGE_CURVE.items()})
    tobacco = table("factor", axes=("tobacco",), cells={("Smoker",): "1.2", ("Non-Smoker",): "1.0"})
    return Plan("MED", table=table("child_capped", "412.36", factors=(curve, tobacco)))


def test_the_published_family_of_six_costs_2275_99_a_month():
    people = (
        of_age(44, key="EE", smoker=True),
        of_age(40, key="SP", relationship="Spouse"),
        *(of_age(a, key=f"C{a}", relationship="Child") for a in (8, 19, 12, 16)),
    )
    plan = aca_plan()
    priced = {
        p.person: p for p in price_family(YEAR_2026, Family(people, tuple(Coverage(p.key, plan) for p in people)))
    }
    months = {key: p.period_cents for key, p in priced.items()}
    assert months == {"EE": 69128, "SP": 52700, "C19": 38803, "C16": 35422, "C12": 31546, "C8": 0}
    assert sum(months.values()) == 227599
    assert priced["C8"].zero_reason == "CHILD_CAP"
    assert priced["EE"].standard_cents == 69128 * 12


def test_a_child_of_21_is_always_charged_and_frees_a_place():
    plan = aca_plan()
    people = (of_age(44, key="EE"), *(of_age(a, key=f"C{a}", relationship="Child") for a in (21, 19, 16, 12, 8)))
    priced = price_family(YEAR_2026, Family(people, tuple(Coverage(p.key, plan) for p in people)))
    assert [p.person for p in priced if p.zero_reason == "CHILD_CAP"] == ["C8"]
    assert next(p for p in priced if p.person == "C21").period_cents == cents(Fraction("412.36"))


def test_of_children_born_the_same_day_the_first_given_count():
    plan = aca_plan()
    people = (of_age(44), *(of_age(7, key=k, relationship="Child") for k in ("A", "B", "C", "D")))
    priced = price_family(YEAR_2026, Family(people, tuple(Coverage(p.key, plan) for p in people)))
    assert [p.person for p in priced if p.zero_reason == "CHILD_CAP"] == ["D"]


# --------------------------------------------------------------------------------------------------- tiers

SPOUSE, PARTNER = Person("S", "Spouse"), Person("S", "Domestic Partner")
CHILD, PARENT = Person("C", "Child"), Person("P", "Parent")


@pytest.mark.parametrize(
    ("dependents", "tier"),
    [
        ((), "EE"),
        ((SPOUSE,), "ES"),
        ((PARTNER,), "ES"),
        ((CHILD,), "E1C"),
        ((PARENT,), "E1C"),
        ((CHILD, CHILD), "ECN"),
        ((PARTNER, CHILD), "FAM"),
    ],
)
def test_tier_follows_the_dependents_enrolled(dependents, tier):
    assert tier_of(Person("EE"), dependents) == tier


def test_the_family_price_is_carried_by_the_primary():
    plan = Plan("DEN", table=table("composite_tier", axes=("tier",), cells={("EE",): "40", ("EC",): "71.25"}))
    people = (Person("EE"), Person("A", "Child"), Person("B", "Child"))
    priced = price_family(YEAR_2026, Family(people, tuple(Coverage(p.key, plan) for p in people)))
    assert [(p.period_cents, p.zero_reason) for p in priced] == [
        (7125, "NONE"),
        (0, "COMPOSITE_DEPENDENT"),
        (0, "COMPOSITE_DEPENDENT"),
    ]


@pytest.mark.parametrize(
    ("filed", "prices"),
    [
        ({"EE": 1, "ES": 2, "E1C": 3, "ECN": 4, "FAM": 5}, [1, 2, 3, 4, 5]),
        ({"EE": 1, "ES": 2, "EC": 3, "FAM": 5}, [1, 2, 3, 3, 5]),
        ({"EE": 1, "EE+1": 2, "FAM": 5}, [1, 2, 2, 5, 5]),
        ({"EE": 1, "FAM": 5}, [1, 5, 5, 5, 5]),
    ],
)
def test_tables_of_fewer_tiers_give_near_tiers_one_price(filed, prices):
    plan = Plan("VIS", table=table("composite_tier", axes=("tier",), cells={(t,): str(p) for t, p in filed.items()}))
    tiers = ("EE", "ES", "E1C", "ECN", "FAM")
    assert [one(Person("EE", stated_tier=t), plan).period_cents for t in tiers] == [p * 100 for p in prices]


# ------------------------------------------------------------------------------------------ life, STD, LTD (5 to 7)

LIFE = Benefit(multiple=Decimal(2), reduction=((65, Decimal(65)), (70, Decimal(50))))


@pytest.mark.parametrize(
    ("age", "volume", "month"), [(40, 127_000, 3048), (64, 127_000, 3048), (66, 83_000, 1992), (70, 64_000, 1536)]
)
def test_life_of_twice_pay_with_the_published_reductions(age, volume, month):
    plan = Plan("LIFE", benefit=LIFE, table=table("volume", "0.24"))
    priced = one(of_age(age, annual_pay=Decimal(63450)), plan)
    assert (priced.volume, priced.period_cents) == (volume, month)


def test_amounts_are_rounded_before_the_cap_and_held_to_guaranteed_issue_until_evidence_is_approved():
    capped = Benefit(multiple=Decimal(2), maximum=Decimal(100_500))
    assert volume_of(capped, Decimal(63450), None, 40, False) == 100_500
    held = Benefit(increment=Decimal(10_000), guaranteed_issue=Decimal(200_000))
    assert volume_of(held, None, Decimal(300_000), 40, False) == 200_000
    assert volume_of(held, None, Decimal(300_000), 40, True) == 300_000


@pytest.mark.parametrize(("rounding", "volume"), [("UP_1000", 64_000), ("NEAREST_1000", 63_000), ("NONE", 63_450)])
def test_volume_roundings(rounding, volume):
    benefit = Benefit(multiple=Decimal(1), volume_rounding=rounding)
    assert volume_of(benefit, Decimal(63450), None, None, False) == volume


@pytest.mark.parametrize(("age", "month"), [(38, 1740), (41, 2745)])
def test_supplemental_life_moves_to_the_next_band(age, month):
    plan = Plan(
        "SUP",
        benefit=Benefit(increment=Decimal(10_000)),
        table=table("volume", axes=("age",), cells={(0,): "0.05", (35,): "0.116", (40,): "0.183"}),
    )
    assert one(of_age(age), plan, elected=Decimal(150_000)).period_cents == month


@pytest.mark.parametrize(
    ("pay", "maximum", "rate", "month"),
    [("63450", "1000", "0.31", 2269), ("104000", "1000", "0.31", 3100), ("100000", "500", "0.25", 1250)],
)
def test_std_per_ten_dollars_of_weekly_benefit(pay, maximum, rate, month):
    plan = Plan(
        "STD",
        benefit=Benefit(percent=Decimal(60), maximum_benefit=Decimal(maximum)),
        table=table("weekly_benefit", rate),
    )
    assert one(Person("EE", annual_pay=Decimal(pay)), plan).period_cents == month


@pytest.mark.parametrize(("pay", "month"), [("63450", 2221), ("150000", 4200), ("50000", 1750)])
def test_ltd_per_hundred_of_covered_pay(pay, month):
    plan = Plan(
        "LTD",
        benefit=Benefit(percent=Decimal(60), maximum_benefit=Decimal(6000)),
        table=table("covered_pay", "0.42"),
    )
    assert one(Person("EE", annual_pay=Decimal(pay)), plan).period_cents == month


# ----------------------------------------------------------------------------------------------------- proration


def flat(rate: str, period: str = "TERM", **more) -> Plan:
    return Plan("P", table=table("flat", rate, period=period), **more)


def test_the_documented_new_hire_pays_13_85_of_16():
    contract = Contract(date(2023, 1, 10), date(2024, 1, 9))
    priced = one(Person("EE", start=date(2023, 2, 28)), flat("16.00"), contract)
    assert (priced.covered_days, priced.term_days) == (316, 365)
    assert (priced.standard_cents, priced.prorated_cents) == (1600, 1385)


def test_the_sample_of_member_rating_is_56_71_of_112_50():
    priced = one(Person("EE", start=date(2026, 7, 1)), flat("112.50"))
    assert (priced.covered_days, priced.prorated_cents) == (184, 5671)


@pytest.mark.parametrize(
    ("start", "end", "days", "prorated"),
    [
        (None, None, 365, 90000),
        (date(2026, 4, 16), None, 260, 64110),
        (None, date(2026, 9, 20), 263, 64849),
        (date(2026, 4, 16), date(2026, 9, 20), 158, 38959),
        (date(2026, 12, 31), None, 1, 247),
    ],
)
def test_the_covered_part_of_a_term_premium_of_900(start, end, days, prorated):
    priced = one(Person("EE", start=start, end=end), flat("900.00"))
    assert (priced.covered_days, priced.prorated_cents) == (days, prorated)


def test_a_start_after_the_end_is_outside_the_term():
    priced = one(Person("EE", start=date(2027, 1, 1)), flat("900.00"))
    assert (priced.issue, priced.prorated_cents, priced.is_rated) == ("OUTSIDE_TERM", 0, False)


def test_no_proration_charges_the_whole_term():
    priced = one(Person("EE", start=date(2026, 7, 1)), flat("100.00", "MONTHLY", proration="NONE"))
    assert priced.prorated_cents == priced.standard_cents == 120_000


def test_annual_rates_are_spread_by_months():
    half_year = Contract(date(2026, 1, 1), date(2026, 6, 30))
    assert one(Person("EE"), flat("1000.01", "ANNUAL"), half_year).standard_cents == 50001  # 500.005 half up


def test_a_mid_term_hire_reads_the_rates_of_the_setting():
    cells = (Cell(date(2026, 1, 1), {}, Decimal(10)), Cell(date(2026, 7, 1), {}, Decimal(11)))
    rates = RateTable("two versions", "flat", (), cells)
    hire = Person("EE", start=date(2026, 8, 1))
    assert one(hire, Plan("P", table=rates)).period_cents == 1100
    assert one(hire, Plan("P", table=rates, rate_basis="CONTRACT_START")).period_cents == 1000


def test_a_renewal_reads_the_new_version_for_a_whole_new_term():
    cells = (Cell(date(2026, 1, 1), {}, Decimal(10)), Cell(date(2027, 1, 1), {}, Decimal(11)))
    rates = RateTable("two versions", "flat", (), cells)
    priced = one(Person("EE", start=date(2026, 8, 1)), Plan("P", table=rates), rating_date=date(2027, 1, 1))
    assert (priced.standard_cents, priced.prorated_cents, priced.covered_days) == (13200, 13200, 365)


def test_a_dependent_without_own_dates_shares_the_primarys():
    primary, child = Person("EE", start=date(2026, 4, 16)), Person("C", "Child")
    assert span_of(YEAR_2026, flat("1"), child, primary, None).covered_days == 260


# ------------------------------------------------------------------------------------------------ contributions

SILVER = {"root": "SILVER", "root_product": "DENTAL-SILVER", "category": "Dental"}
PREVENTIVE = Plan("PREV", product="PREVENTIVE", table=table("flat", "100", period="TERM"), **SILVER)
SURGERY = Plan("SURG", product="SURGERY", table=table("flat", "100", period="TERM"), **SILVER)
GOLD = Plan("GOLD", product="DENTAL-GOLD", root_product="DENTAL-GOLD", category="Dental", table=PREVENTIVE.table)
VISION = Plan("VIS", product="VISION", root_product="VISION", category="Vision", table=PREVENTIVE.table)


def percent(key: str, kind: str, target: str, value: int, **more) -> Rule:
    return Rule(key, "Staff", (kind, target), "Percentage", percent=Decimal(value), **more)


HELP = [
    percent("1", "category", "Dental", 10),
    percent("2", "plan", "SILVER", 15),
    percent("3", "plan", "PREV", 20),
]
STAFF = Person("EE", group_class="Staff")
STAFF_CHILD = Person("C", "Child", group_class="Staff")


@pytest.mark.parametrize(
    ("plan", "rule", "employer"),
    [(PREVENTIVE, "3", 2000), (SURGERY, "2", 1500), (GOLD, "1", 1000), (VISION, None, 0)],
)
def test_helps_own_dental_case(plan, rule, employer):
    priced = one(STAFF, plan, rules=HELP)
    assert (priced.rule, priced.employer_cents, priced.employee_cents) == (rule, employer, 10000 - employer)


def test_half_of_897_53_leaves_the_odd_cent_with_the_employer():
    priced = one(STAFF, flat("897.53"), rules=[percent("1", "plan", "P", 50)])
    assert (priced.employer_cents, priced.employee_cents) == (44877, 44876)


def test_an_amount_never_exceeds_the_premium():
    rule = Rule("1", "Staff", ("plan", "P"), "Amount", amount=Decimal(55))
    priced = one(STAFF, flat("40.00"), rules=[rule])
    assert (priced.employer_cents, priced.employee_cents) == (4000, 0)


def test_an_amount_is_prorated_with_the_premium():
    # 183 of 365 days: premium 1200 x 183 / 365 = 601.64, employer 500 x 183 / 365 = 250.68.
    hire = Person("EE", group_class="Staff", start=date(2026, 7, 2))
    priced = one(hire, flat("1200"), rules=[Rule("1", "Staff", ("plan", "P"), "Amount", amount=Decimal(500))])
    assert (priced.prorated_cents, priced.employer_cents, priced.employee_cents) == (60164, 25068, 35096)


def test_a_monthly_amount_is_for_every_month_of_the_term():
    rule = Rule("1", "Staff", ("plan", "P"), "Amount", amount=Decimal(25), amount_period="MONTHLY")
    assert one(STAFF, flat("1200"), rules=[rule]).employer_cents == 30000


def test_a_cap_limits_a_percentage():
    rule = percent("1", "plan", "P", 90, cap=Decimal(1000))
    assert one(STAFF, flat("1200"), rules=[rule]).employer_cents == 100_000


def test_a_rule_must_span_the_whole_contract():
    short = percent("1", "plan", "P", 50, end=date(2026, 12, 30))
    late = percent("2", "plan", "P", 50, start=date(2026, 1, 2))
    whole = percent("3", "plan", "P", 10, start=date(2026, 1, 1), end=date(2026, 12, 31))
    assert one(STAFF, flat("100"), rules=[short, late]).rule is None
    assert one(STAFF, flat("100"), rules=[short, late, whole]).rule == "3"


def test_the_most_recently_modified_of_two_wins():
    monday, tuesday = date(2026, 1, 5), date(2026, 1, 6)
    rules = [percent("1", "plan", "P", 15, modified=monday), percent("2", "plan", "P", 12, modified=tuesday)]
    assert one(STAFF, flat("100"), rules=rules).employer_cents == 1200


def family_of(plan: Plan, rules: list[Rule]) -> list[Priced]:
    held = (Coverage("EE", plan), Coverage("C", plan))
    return price_family(YEAR_2026, Family((STAFF, STAFF_CHILD), held), rules)


def test_a_dependent_rule_at_category_beats_a_subscriber_rule_at_the_coverage():
    rules = [
        percent("1", "category", "Dental", 5, member_type="Dependent"),
        percent("2", "plan", "PREV", 60, member_type="Subscriber"),
    ]
    primary, child = family_of(PREVENTIVE, rules)
    assert (primary.employer_cents, child.employer_cents) == (6000, 500)


def test_a_dependent_falls_back_to_subscriber_rules():
    rules = [percent("1", "plan", "SILVER", 30, member_type="Subscriber"), percent("2", "plan", "PREV", 60)]
    assert family_of(PREVENTIVE, rules)[1].employer_cents == 6000


def test_dependent_rules_never_serve_a_primary():
    primary, child = family_of(PREVENTIVE, [percent("1", "category", "Dental", 5, member_type="Dependent")])
    assert (primary.rule, primary.employer_cents, child.employer_cents) == (None, 0, 500)


def test_a_rule_without_type_is_passed_over():
    untyped = Rule("1", "Staff", ("plan", "PREV"), None, percent=Decimal(60))
    assert one(STAFF, PREVENTIVE, rules=[untyped, percent("2", "category", "Dental", 10)]).rule == "2"


def test_the_product_of_the_coverage_beats_the_root_plan():
    rules = [percent("1", "product", "PREVENTIVE", 7), percent("2", "plan", "SILVER", 70)]
    assert one(STAFF, PREVENTIVE, rules=rules).employer_cents == 700


def test_no_class_means_no_rule():
    assert one(Person("EE"), PREVENTIVE, rules=HELP).employer_cents == 0


def test_a_rule_without_value_only_warns():
    priced = one(STAFF, PREVENTIVE, rules=[Rule("1", "Staff", ("plan", "PREV"), "Percentage")])
    assert (priced.issue, priced.employer_cents, priced.prorated_cents, priced.is_rated) == (
        "RULE_WITHOUT_VALUE",
        0,
        10000,
        True,
    )


@pytest.mark.parametrize(
    ("limit", "employer"), [({}, 36_000), ({"cap": Decimal("359.99")}, 35_999), ({"floor": Decimal(1000)}, 36_000)]
)
def test_where_a_tier_has_no_step_a_cap_holds_and_a_floor_does_not(limit, employer):
    """100.00 a month for an employee alone, from July with a child; only alone the employer pays 60 %."""
    tiers = {("EE",): "100", ("ES",): "100", ("EC",): "100", ("FAM",): "100"}
    plan = Plan("P", table=table("composite_tier", axes=("tier",), cells=tiers), proration="DAILY_MONTH")
    rule = Rule("1", "Staff", ("plan", "P"), "Percentage", grade="TIER", steps=(("EE", Decimal(60)),), **limit)
    people = (STAFF, Person("C", "Child", start=date(2026, 7, 1)))
    own, _ = price_family(YEAR_2026, Family(people, (Coverage("EE", plan), Coverage("C", plan))), [rule])
    assert (own.prorated_cents, own.employer_cents, own.issue) == (120_000, employer, "RULE_WITHOUT_VALUE")


def test_an_amount_for_dependents_counts_once_per_dependent_and_coverage():
    rules = [Rule("1", "Staff", ("plan", "SILVER"), "Amount", amount=Decimal(30), member_type="Dependent")]
    people = (STAFF, *(Person(k, "Child") for k in ("A", "B")))
    held = tuple(Coverage(k, plan) for k in ("A", "B") for plan in (PREVENTIVE, SURGERY))
    priced = price_family(YEAR_2026, Family(people, held), rules)
    assert [p.employer_cents for p in priced] == [3000] * 4


# --------------------------------------------------------------------------------------------- issues and totals


def issue_of(plan: Plan, person: Person | None = None) -> str:
    return one(person or Person("EE"), plan).issue


def test_each_missing_fact_has_its_own_issue():
    banded = table("age_banded", axes=("age",), cells={(18,): "10", (60,): None})
    areas = table("flat", axes=("area",), cells={("1",): "10"})
    assert issue_of(Plan("P")) == "NO_RATE_TABLE"
    assert issue_of(Plan("P", table=banded)) == "BIRTH_DATE_REQUIRED"
    assert issue_of(Plan("P", table=banded), of_age(17)) == "NO_RATE"
    assert issue_of(Plan("P", table=banded), of_age(60)) == "NO_RATE"
    assert issue_of(Plan("P", table=banded), of_age(59)) == "NONE"
    assert issue_of(Plan("P", table=areas)) == "AREA_REQUIRED"
    assert issue_of(Plan("P", table=areas), Person("EE", area="2")) == "NO_RATE"
    assert issue_of(Plan("P", benefit=LIFE, table=table("volume", "1")), of_age(40)) == "PAY_REQUIRED"
    elected = Plan("P", benefit=Benefit(increment=Decimal(1)), table=table("volume", "1"))
    assert issue_of(elected) == "AMOUNT_REQUIRED"
    assert issue_of(Plan("P", table=banded), of_age(40, stated_tier="FAM")) == "DEPENDENTS_UNKNOWN"


def test_an_unknown_fact_is_named_first_even_where_no_cell_would_serve_the_known_ones():
    plan = Plan("P", table=table("flat", axes=("age", "area"), cells={(60, "1"): "10"}))
    assert issue_of(plan, of_age(40)) == "AREA_REQUIRED"
    assert issue_of(plan, of_age(40, area="1")) == "NO_RATE"
    assert issue_of(plan, of_age(60, area="1")) == "NONE"
    assert issue_of(plan) == "BIRTH_DATE_REQUIRED"
    assert issue_of(plan, of_age(60, area="2")) == "NO_RATE"


def test_a_table_before_its_first_version_and_a_closed_version_have_no_rate():
    cells = (Cell(date(2026, 2, 1), {}, Decimal(10)), Cell(date(2026, 6, 1), {}, None))
    plan = Plan("P", table=RateTable("late", "flat", (), cells))
    assert issue_of(plan) == "NO_RATE"
    assert issue_of(plan, Person("EE", start=date(2026, 3, 1))) == "NONE"
    assert issue_of(plan, Person("EE", start=date(2026, 6, 1))) == "NO_RATE"


def test_lawful_zeros_say_why():
    assert one(Person("EE"), flat("0.00")).zero_reason == "FILED_ZERO"
    elected = Plan("P", benefit=Benefit(increment=Decimal(1)), table=table("volume", "1"))
    assert one(Person("EE"), elected, elected=Decimal(0)).zero_reason == "AMOUNT_DECLINED"


def test_a_wildcard_serves_whom_no_exact_cell_serves():
    cells = {(0, "*"): "1.0", (21, "Smoker"): "1.2", (21, "Non-Smoker"): "1.0"}
    plan = Plan("P", table=table("age_banded", axes=("age", "tobacco"), cells=cells))
    assert [one(of_age(a, smoker=True), plan).period_cents for a in (20, 21)] == [100, 120]
    assert one(of_age(30), plan).period_cents == 100  # a person who states no tobacco use is a non-smoker


def test_neither_lower_pay_nor_a_lower_age_stands_in_for_a_missing_cell():
    cells = {(30, 0): "1", (30, 50_000): "2", (40, 0): "3"}
    plan = Plan("Accident", table=table("flat", axes=("age", "salary"), cells=cells))
    paid = [(35, 60_000), (35, 49_999), (45, 40_000), (45, 60_000), (29, 60_000)]
    found = [one(of_age(age, annual_pay=Decimal(pay)), plan) for age, pay in paid]
    assert [(p.period_cents, p.issue) for p in found] == [
        (200, "NONE"),
        (100, "NONE"),
        (300, "NONE"),
        (0, "NO_RATE"),
        (0, "NO_RATE"),
    ]


def test_bounds_of_wildcard_cells_do_not_cut_the_bands_of_exact_ones():
    cells = {(18, "Smoker"): "5", (0, "*"): "1", (40, "*"): "2"}
    plan = Plan("Accident", table=table("flat", axes=("age", "tobacco"), cells=cells))
    people = [(45, True), (18, True), (17, True), (45, False)]
    assert [one(of_age(age, smoker=smoker), plan).period_cents for age, smoker in people] == [500, 500, 100, 200]


def test_a_dependents_family_price_must_be_carried_by_the_primary():
    rider = Plan("Rider", root="Dental", table=table("composite_tier", axes=("tier",), cells={("EE",): "1"}))
    basic = replace(rider, key="Basic")
    people = (of_age(44), Person("SP", "Spouse"))
    held = (Coverage("EE", basic), Coverage("SP", basic), Coverage("SP", rider))
    priced = price_family(YEAR_2026, Family(people, held))
    assert [(p.issue, p.zero_reason) for p in priced[1:]] == [("NONE", "COMPOSITE_DEPENDENT"), ("NO_RATE", "NONE")]


def test_the_limit_of_a_million_is_for_a_month():
    def priced(period: str, rate: str) -> str:
        return one(of_age(40), Plan("Life", table=table("flat", rate, period=period))).issue

    for period, months in (("MONTHLY", 1), ("ANNUAL", 12), ("TERM", 12)):
        assert priced(period, f"{months}000000.004") == "NONE"
        assert priced(period, f"{months}000000.005") == "AMOUNT_OUT_OF_RANGE"


def test_a_premium_prorated_to_nothing_is_below_half_a_cent():
    cheap = Plan("Life", table=table("flat", "0.01"))
    late = [one(of_age(40, start=date(2026, 12, day)), cheap) for day in (16, 17)]
    assert [(p.standard_cents, p.prorated_cents, p.zero_reason) for p in late] == [
        (12, 1, "NONE"),
        (12, 0, "BELOW_HALF_CENT"),
    ]


def test_totals_are_sums_and_say_when_a_price_is_missing():
    lost = Plan("LOST", root="SILVER")
    held = (Coverage("EE", PREVENTIVE), Coverage("EE", SURGERY), Coverage("EE", lost), Coverage("EE", VISION))
    priced = price_family(YEAR_2026, Family((STAFF,), held), HELP)
    plans, members = roll_up(priced, by_plan), roll_up(priced, by_member)
    silver = plans["EE", "SILVER"]
    assert (silver.prorated_cents, silver.employer_cents, silver.employee_cents) == (20000, 3500, 16500)
    assert (silver.issue, silver.n_coverages, silver.n_unrated) == ("PART_UNRATED", 3, 1)
    assert plans["EE", "VIS"].issue == "NONE"
    assert (members["EE"].prorated_cents, members["EE"].issue) == (30000, "PART_UNRATED")
