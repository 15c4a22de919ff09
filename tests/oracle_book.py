"""A whole finished book priced anew by the oracle, from the book's plain tables.

What lives here: simple SELECTs over the stored members, selections, plans, rates and rules, turned into the oracle's
own objects, family by family. It may loop: it proves a book of a thousand people, it does not serve one.

What does not: a rating rule (`tests.oracle`), and anything of ours: like the oracle, this module imports none of our
packages, so that the reading of the book is proved as well.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from tests.oracle import (
    ANY,
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
    add_months,
    birthday_in,
    price_family,
    term_holding,
    with_solved_rates,
)

KINDS = {
    "Reference Plan": "REFERENCE_PLAN",
    "Employee And Increment": "EMPLOYEE_AND_INCREMENT",
    "Defined Contribution": "DEFINED_CONTRIBUTION",
    "Employer Paid": "EMPLOYER_PAID",
}
"""Types of contribution that the oracle calls by another word than the book."""
WIDER = {
    ("EC", "ES"): {"EC": ("E1C", "ECN")},
    ("EE+1",): {"EE+1": ("ES", "E1C"), "FAM": ("ECN", "FAM")},
    (): {"FAM": ("ES", "E1C", "ECN", "FAM")},
}
"""What the tiers of a graded rule mean among five, by words that tell the set; five tiers mean themselves."""


def read_book(con: Any, kind: str = "current") -> dict[tuple[str, str], Priced]:
    """Every coverage of the censuses that have a run of the kind, priced anew from the plain tables of the book.

    `con` is an open DuckDB connection. Keys: (member id, id of the contract plan that carries the price).
    """
    shelf = _Shelf(con)
    runs = _rows(
        con,
        """
        SELECT c.group_census_id, g.contract_id, r.rating_date
        FROM out.current_run AS c
        JOIN out.rating_run AS r USING (rating_run_id)
        JOIN book.group_census AS g USING (group_census_id)
        WHERE c.kind = $kind
        """,
        {"kind": kind},
    )
    priced: dict[tuple[str, str], Priced] = {}
    families = _families(con, shelf)
    for run in runs:
        contract = shelf.contracts[run["contract_id"]]
        term = term_holding(contract, run["rating_date"])
        stated = families.get(run["group_census_id"], [])
        placed = [shelf.in_term(family, run["contract_id"], contract, term) for family, _ in stated]
        solved = with_solved_rates(contract, placed, run["rating_date"])
        for family, (_, rules) in zip(solved, stated, strict=True):
            for p in price_family(contract, family, rules, run["rating_date"]):
                priced[p.person, p.plan] = p
    return priced


def _rows(con: Any, sql: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Rows of a statement as dictionaries."""
    found = con.execute(sql, dict(params or {}))
    names = [d[0] for d in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _dollars(n: int | None) -> Decimal | None:
    """Stored cents as dollars."""
    return None if n is None else Decimal(n) / 100


class _Shelf:
    """The stored contracts, plans, rates and rules, as the oracle's own objects."""

    def __init__(self, con: Any) -> None:
        self.raw_contracts = {r["contract_id"]: r for r in _rows(con, "SELECT * FROM book.contract")}
        self.contracts = {key: Contract(r["start_date"], r["end_date"]) for key, r in self.raw_contracts.items()}
        self.homes: dict[str, tuple[str | None, str | None]] = {}
        self.ends: dict[str, tuple[date | None, date | None]] = {}
        self.accounts = {r["account_id"]: r for r in _rows(con, "SELECT * FROM book.account")}
        self.raw_classes = {r["group_class_id"]: r for r in _rows(con, "SELECT * FROM book.group_class")}
        self.classes = {key: r["name"] for key, r in self.raw_classes.items()}
        self.areas = _rows(
            con, "SELECT * FROM ref.rating_area ORDER BY length(postal_prefix) DESC, effective_from DESC"
        )
        self.open_to: dict[str, set[str]] = {}
        for r in _rows(con, "SELECT * FROM book.contract_plan_class"):
            self.open_to.setdefault(r["contract_plan_id"], set()).add(r["group_class_id"])
        tables = _tables(con)
        of_plan, of_product = {}, {}
        for r in _rows(con, "SELECT * FROM ref.rate_table_plan"):
            if r["contract_plan_id"]:
                of_plan[r["contract_plan_id"]] = tables[r["rate_table_id"]]
            else:
                of_product[r["product_id"]] = tables[r["rate_table_id"]]
        self.attributes: dict[str, dict[str, str]] = {}
        for r in _rows(con, "SELECT * FROM book.contract_plan_attribute"):
            self.attributes.setdefault(r["contract_plan_id"], {})[r["attribute_name"]] = r["value"]
        self.raw_plans = {r["contract_plan_id"]: r for r in _rows(con, "SELECT * FROM book.contract_plan")}
        categories = {r["product_id"]: r["product_category_id"] for r in _rows(con, "SELECT * FROM book.product")}
        self.plans = {
            key: Plan(
                key=key,
                root=r["root_plan_id"],
                name=r["name"],
                product=r["product_id"],
                root_product=self.raw_plans[r["root_plan_id"]]["product_id"],
                category=self.raw_plans[r["root_plan_id"]]["plan_type"],
                product_category=categories.get(self.raw_plans[r["root_plan_id"]]["product_id"])
                or self.raw_plans[r["root_plan_id"]]["product_category_id"],
                table=of_plan.get(key) or of_product.get(r["product_id"]),
                benefit=_benefit(self.attributes.get(key, {})),
                proration=self.raw_plans[r["root_plan_id"]]["proration_method"],
                **_settings(
                    self.raw_plans[r["root_plan_id"]],
                    self.raw_contracts[r["contract_id"]],
                    self.attributes.get(key, {}),
                ),
                rate_basis=self.raw_plans[r["root_plan_id"]]["rate_basis_date"],
                start=_later(r["effective_start_date"], self.raw_plans[r["root_plan_id"]]["effective_start_date"]),
                end=_earlier(r["effective_end_date"], self.raw_plans[r["root_plan_id"]]["effective_end_date"]),
            )
            for key, r in self.raw_plans.items()
        }
        self.coverages: dict[str, list[str]] = {}
        for key, r in self.raw_plans.items():
            if r["parent_plan_id"] and r["status"] == "Active":
                self.coverages.setdefault(r["root_plan_id"], []).append(key)
        self.rules: dict[str, list[Rule]] = {}
        for r in _rows(con, "SELECT * FROM ref.contribution_rule"):
            self.rules.setdefault(r["group_class_id"], []).append(_rule(r, self.plans))
        self.employees: dict[str, list[dict[str, Any]]] = {}
        for r in _rows(
            con,
            """
            SELECT m.*, g.contract_id FROM book.census_member AS m JOIN book.group_census AS g USING (group_census_id)
            WHERE m.primary_member_id IS NULL
            """,
        ):
            self.employees.setdefault(r["contract_id"], []).append(r)
        self.facts: dict[tuple[str, str], dict[str, Any]] = {}
        self.holders: dict[str, set[str]] = {}
        for r in _rows(con, "SELECT * FROM book.member_plan ORDER BY member_plan_id"):
            key = r["contract_plan_id"]
            self.facts[r["group_census_member_id"], key] = r
            if key in self.raw_plans:
                self.holders.setdefault(self.raw_plans[key]["root_plan_id"], set()).add(r["group_census_member_id"])

    def held(
        self, member: Mapping[str, Any], primary: Mapping[str, Any], chosen: Mapping[str, Decimal | None]
    ) -> list[Coverage]:
        """What is priced for one person: chosen coverages, the mandatory ones of every root held, else the root itself.

        A mandatory coverage kept for other classes is not the member's. Nothing else makes a held root vanish: what
        may not be priced stays, refused. An amount chosen for the coverage goes before one chosen for its root.
        """
        roots = {self.raw_plans[key]["root_plan_id"] for key in chosen}
        keys = [key for key in chosen if key not in roots]
        for root in roots:
            keys += [
                key
                for key in self.coverages.get(root, [])
                if key not in keys and not self.raw_plans[key]["is_optional"] and self.is_open(key, primary)
            ]
        with_coverages = {self.raw_plans[key]["root_plan_id"] for key in keys}
        keys += [root for root in roots if root not in with_coverages]
        return [
            Coverage(
                member["group_census_member_id"],
                self.plans[key],
                chosen.get(key) if chosen.get(key) is not None else chosen.get(self.raw_plans[key]["root_plan_id"]),
                refused=self.refusal(key, member, primary),
                last_day=self.last_day(key, member),
                **self.stated_of(key, member, primary),
            )
            for key in keys
        ]

    def stated_of(self, key: str, member: Mapping[str, Any], primary: Mapping[str, Any]) -> dict[str, Any]:
        """Evidence, since when the product is held and continuation; what is said of a coverage before its root."""
        root = self.raw_plans[key]["root_plan_id"]
        names = ("evidence_status", "approved_amount_cents", "approved_from", "original_effective_date")
        said: dict[str, Any] = {}
        for plan in (key, root):
            row = self.facts.get((member["group_census_member_id"], plan))
            if row is not None and (row["is_late_entrant"] or any(row[name] is not None for name in names)):
                said = {n: v for n, v in row.items() if v is not None} | said
        starts = [self.plans[key].start, primary["policy_start_date"], member["policy_start_date"]]
        first = max(d for d in (self.contracts[self.raw_plans[key]["contract_id"]].start, *starts) if d is not None)
        own = member["continuation"] if member["continuation"] != "ACTIVE" else None
        continued = own or primary["continuation"]
        return {
            "evidence": said.get("evidence_status"),
            "approved": _dollars(said.get("approved_amount_cents")),
            "approved_from": said.get("approved_from"),
            "is_late": bool(said.get("is_late_entrant")),
            "issue_date": said.get("original_effective_date") or first,
            "added_date": member["policy_start_date"],
            "continuation": None if continued == "ACTIVE" else continued,
        }

    def in_term(self, people: Family, contract_id: str, contract: Contract, term: Contract) -> Family:
        """A family with what depends on the term that is rated: areas, ends of cover, facts of the group."""
        areas = [self.area_of(contract_id, term.start, self.homes[p.key]) for p in people.people]
        ends = [_last_day(self.ends[p.key], contract, term.start) for p in people.people]
        placed = tuple(replace(p, area=area, end=end) for p, area, end in zip(people.people, areas, ends, strict=True))
        held = []
        for h in people.held:
            is_added = h.added_date is not None and term.start < h.added_date <= term.end
            plan = self.in_group(h.plan, contract_id, term.start)
            held.append(replace(h, plan=plan, added_date=h.added_date if is_added else None))
        return Family(placed, tuple(held))

    def in_group(self, plan: Plan, contract_id: str, start: date) -> Plan:
        """A plan with the size of its group and the percent of its eligible employees that take part."""
        contract = self.raw_contracts[contract_id]
        staff = [
            m
            for m in self.employees.get(contract_id, [])
            if m["termination_date"] is None or m["termination_date"] >= start
        ]
        category = plan.category or ""
        willing = [m for m in staff if not _refuses(m, category)]
        eligible = contract["eligible_employees"]
        if eligible is None:
            eligible = sum(self.is_open(plan.root_key, m) for m in willing)
        enrolled = sum(m["group_census_member_id"] in self.holders.get(plan.root_key, set()) for m in willing)
        size = contract["group_size"] if contract["group_size"] is not None else len(staff)
        part = None
        if eligible:
            part = min(Decimal(100), Decimal((2_000_000 * enrolled + eligible) // (2 * eligible)) / 10_000)
        benefit = plan.benefit
        least = self.attributes.get(plan.key, {}).get("GuaranteedIssueMinimumParticipation")
        if least is not None and part is not None and part < Decimal(least):
            benefit = replace(benefit, guaranteed_issue=Decimal(0))
        return replace(plan, group_size=size, participation=part, benefit=benefit)

    def refusal(self, key: str, member: Mapping[str, Any], primary: Mapping[str, Any]) -> str | None:
        """Why a plan may not be priced for a member: MR-3, then CV-26 to CV-29, then CV-30 and CV-31."""
        plan = self.raw_plans[key]
        root = self.raw_plans[plan["root_plan_id"]]
        if plan["status"] != "Active" or root["status"] != "Active":
            return "PLAN_NOT_ACTIVE"
        for person in (member, primary):
            refused = {t.strip().lower() for t in (person["opt_out_plan_types"] or "").split(";")}
            if person["is_opt_out_all_plans"] or root["plan_type"].strip().lower() in refused:
                return "OPTED_OUT"
        for p in (plan, root):
            if not self.is_open(p["contract_plan_id"], primary):
                return "NOT_ELIGIBLE"
        return None

    def last_day(self, key: str, member: Mapping[str, Any]) -> date | None:
        """RM-11: a child is covered until the limit the plan or its root states, or until 26 on a medical plan."""
        plan, root = (self.attributes.get(k, {}) for k in (key, self.raw_plans[key]["root_plan_id"]))
        by_law = "26" if self.raw_plans[key]["plan_type"] == "Medical" else None
        limit = plan.get("DependentAgeLimit") or root.get("DependentAgeLimit") or by_law
        born, kind = member["birth_date"], member["relationship"] or member["association"]
        if limit is None or born is None or kind != "Child" or member["is_disabled"]:
            return None
        birthday = birthday_in(born, born.year + int(limit))
        match plan.get("DependentAgeOut") or root.get("DependentAgeOut"):
            case "BIRTHDAY":
                return birthday
            case "YEAR_END":
                return birthday.replace(month=12, day=31)
            case _:
                return add_months(birthday.replace(day=1), 1) - timedelta(days=1)

    def is_open(self, key: str, primary: Mapping[str, Any]) -> bool:
        """CV-30 for a plan's own links: none, or one to the member's class, valid for the whole contract (CV-32)."""
        links = self.open_to.get(key)
        if not links:
            return True
        class_id = primary["group_class_id"]
        if class_id not in links:
            return False
        contract, held = self.contracts[self.raw_plans[key]["contract_id"]], self.raw_classes[class_id]
        starts, ends = held["effective_start_date"], held["effective_end_date"]
        return (starts is None or starts <= contract.start) and (ends is None or ends >= contract.end)

    def area_of(self, contract_id: str, start: date, home: tuple[str | None, str | None]) -> str | None:
        """The contract's area, else that of the employer's ZIP code, else that of the home's, at the term's start."""
        contract = self.raw_contracts[contract_id]
        if contract["rating_area"]:
            return contract["rating_area"]
        account = self.accounts[contract["account_id"]]
        for state, postal_code in ((account["state"], account["postal_code"]), home):
            for r in self.areas:
                is_there = state == r["state"] and (postal_code or "").startswith(r["postal_prefix"])
                if is_there and r["effective_from"] <= start:
                    return r["rating_area"]
        return None


def _last_day(ends: tuple[date | None, date | None], contract: Contract, start: date) -> date | None:
    """The day cover stops. Cover stated to end with the contract goes on in a renewal; a termination does not."""
    terminated, stated = ends
    if start > contract.end and stated is not None and stated >= contract.end:
        stated = None
    return _earlier(terminated, stated)


def _later(a: date | None, b: date | None) -> date | None:
    return max((d for d in (a, b) if d is not None), default=None)


def _earlier(a: date | None, b: date | None) -> date | None:
    return min((d for d in (a, b) if d is not None), default=None)


def _refuses(member: Mapping[str, Any], category: str) -> bool:
    """Whether an employee refuses plans of a type, or all."""
    refused = {t.strip().lower() for t in (member["opt_out_plan_types"] or "").split(";")}
    return bool(member["is_opt_out_all_plans"]) or category.strip().lower() in refused


def _settings(root: Mapping[str, Any], contract: Mapping[str, Any], stored: Mapping[str, str]) -> dict[str, Any]:
    """What a plan takes from its root, from the contract and from its own attributes."""

    def number(name: str) -> Decimal | None:
        return Decimal(stored[name]) if stored.get(name) else None

    industry = (contract["industry_code"] or "").strip().lower()
    return {
        "proration_end": root["proration_end"],
        "proration_change": root["proration_change"],
        "proration_newborn": root["proration_newborn"],
        "wash_day": 15 if root["wash_day"] is None else root["wash_day"],
        "priority": root["priority"] or 0,
        "strategy": root["contribution_strategy"] or "STANDARD",
        "industry": industry or None,
        "label": root["plan_code"].strip().lower(),
        "required": number("RequiredPremium"),
        "experience": number("ExperienceRate"),
        "life_years": number("LifeYears"),
        "full_credibility": number("FullCredibilityLifeYears"),
    }


def _benefit(stored: Mapping[str, str]) -> Benefit:
    """Attribute rows as a Benefit."""

    def number(name: str) -> Decimal | None:
        return Decimal(stored[name]) if stored.get(name) else None

    def schedule(name: str) -> tuple[tuple[int, Decimal], ...]:
        steps = [step.split(":") for step in (stored.get(name) or "").split(";") if step.strip()]
        return tuple((int(age), Decimal(left)) for age, left in steps)

    return Benefit(
        minimum=number("BenefitMinimum"),
        pay_multiple_cap=number("BenefitPayMultipleMaximum"),
        employee_percent_cap=number("BenefitPercentOfEmployee"),
        guaranteed_reduction=schedule("GuaranteedIssueSchedule"),
        reduction_date=stored.get("AgeReductionDate") or "PLAN_ANNIVERSARY",
        covered_pay_cap=number("CoveredPayMaximum"),
        multiple=number("BenefitMultiple"),
        flat_amount=number("BenefitFlatAmount"),
        increment=number("BenefitIncrement"),
        volume_rounding=stored.get("VolumeRounding") or "UP_1000",
        maximum=number("BenefitMaximum"),
        guaranteed_issue=number("GuaranteedIssueAmount"),
        reduction=schedule("AgeReductionSchedule"),
        percent=number("BenefitPercent"),
        benefit_rounding=stored.get("BenefitRounding") or "NEAREST_1",
        maximum_benefit=number("MaximumBenefit"),
    )


def _tables(con: Any) -> dict[str, RateTable]:
    """Rate tables by id, each with its cells and the factor tables it names."""
    read: dict[str, Callable[[str], Any]] = {
        **dict.fromkeys(("age", "duration", "group_size", "service"), int),
        **dict.fromkeys(("female_percent", "participation", "salary"), Decimal),
        **dict.fromkeys(("industry", "plan"), lambda text: text.strip().lower()),
    }
    cells: dict[str, list[dict[str, Any]]] = {}
    for r in _rows(con, "SELECT * FROM ref.rate_cell"):
        cells.setdefault(r["rate_table_id"], []).append(r)
    stored = _rows(con, "SELECT * FROM ref.rate_table")

    def made(r: dict[str, Any], factors: tuple[RateTable, ...] = (), base: RateTable | None = None) -> RateTable:
        axes = tuple(r["axes"] or ())
        lines = frozenset(r["child_lines"] or ())

        def keys(cell: dict[str, Any]) -> dict[str, Any]:
            texts = list(cell["keys"] or [])
            texts += [None] * (len(axes) - len(texts))
            texts = [t or None for t in texts]
            return {a: t if t in (None, ANY) else read.get(a, str)(t) for a, t in zip(axes, texts, strict=True)}

        return RateTable(
            name=r["name"],
            method=r["method"],
            axes=axes,
            cells=tuple(Cell(c["effective_from"], keys(c), c["rate"]) for c in cells.get(r["rate_table_id"], [])),
            period=r["rate_period"],
            age_basis=r["age_basis"],
            age_date=r["age_date"],
            child_age=r["child_age"] if r["child_age"] is not None else 21,
            child_count=r["child_count"] if r["child_count"] is not None else 3,
            child_lines=lines or None,
            factors=factors,
            base=base,
            spouse_age=r["spouse_age"] or "OWN",
            money_rounding=r["money_rounding"] or "HALF_UP",
            outside=r["outside_table"] or "CLAMP",
            limits=_limits(r["limits"]),
            round_places=tuple(int(p) if p.strip() else None for p in (r["round_places"] or "").split(";")),
        )

    factors = {r["name"]: made(r) for r in stored if r["method"] == "factor"}
    named = {r["name"]: made(r, tuple(factors[name] for name in r["factor_tables"] or ())) for r in stored}
    return {
        r["rate_table_id"]: replace(named[r["name"]], base=named[r["base_table"]] if r["base_table"] else None)
        for r in stored
    }


def _limits(text: str | None) -> dict[str, tuple[Any, Any]]:
    """Limits such as `age:18-64;group_size:2-`."""
    found: dict[str, tuple[Any, Any]] = {}
    for part in filter(None, (text or "").split(";")):
        axis, values = part.split(":")
        low, high = (Decimal(v) if v else None for v in values.split("-"))
        found[axis] = (low, high)
    return found


def _steps(r: Mapping[str, Any]) -> tuple[tuple[Any, Decimal], ...]:
    """The values of a graded rule by tier of five, or by lower bound of pay or of years of service."""
    said = [step.strip().split(":") for step in (r["steps"] or "").split(";") if step.strip()]
    if r["grade"] != "TIER":
        return tuple((Decimal(bound), Decimal(value)) for bound, value in said)
    words = {tier for tier, _ in said}
    if words & {"E1C", "ECN"}:
        return tuple((tier, Decimal(value)) for tier, value in said)
    wider = next(means for telling, means in WIDER.items() if not telling or words & set(telling))
    return tuple((meant, Decimal(value)) for tier, value in said for meant in wider.get(tier, (tier,)))


def _rule(r: Mapping[str, Any], plans: Mapping[str, Plan]) -> Rule:
    """A stored contribution rule at its most specific target (CB-1)."""
    if r["target_type"] == "EVERY_PLAN":
        target = ("every plan", "")
    elif r["contract_plan_id"]:
        target = ("plan", r["contract_plan_id"])
    elif r["product_id"]:
        target = ("product", r["product_id"])
    else:
        target = ("category", r["category"] or "")  # which may be blank beside product_category
    return Rule(
        key=r["contribution_rule_id"],
        group_class=r["group_class_id"],
        target=target,
        kind=KINDS.get((r["type"] or "").strip(), (r["type"] or "").strip()) or None,
        percent=r["percentage"],
        amount=_dollars(r["amount_cents"]),
        amount_period=r["amount_period"],
        member_type=r["member_type"] or None,
        cap=_dollars(r["cap_cents"]),
        start=r["effective_start_date"],
        end=r["effective_end_date"],
        modified=r["modified_at"],
        scope=r["amount_scope"] or "PER_COVERAGE",
        grade=r["grade"],
        floor=_dollars(r["floor_cents"]),
        family_cap=_dollars(r["family_cap_cents"]),
        reference=plans.get(r["reference_plan_id"] or ""),
        dependent_percent=r["dependent_percentage"],
        steps=_steps(r),
        product_category=r["product_category_id"],
    )


def _families(con: Any, shelf: _Shelf) -> dict[str, list[tuple[Family, list[Rule]]]]:
    """Families by census, the primary first and the dependents by id (the order they were made in)."""
    chosen: dict[str, dict[str, Decimal | None]] = {}
    for r in _rows(con, "SELECT * FROM book.member_plan ORDER BY member_plan_id"):
        chosen.setdefault(r["group_census_member_id"], {})[r["contract_plan_id"]] = _dollars(r["elected_amount_cents"])
    members = _rows(
        con,
        """
        SELECT m.*, g.contract_id
        FROM book.census_member AS m
        JOIN book.group_census AS g USING (group_census_id)
        ORDER BY m.family_id, m.primary_member_id IS NOT NULL, m.group_census_member_id
        """,
    )
    families: dict[str, list[tuple[Family, list[Rule]]]] = {}
    for _, group in groupby(members, key=lambda r: r["family_id"]):
        rows = list(group)
        class_id = rows[0]["group_class_id"]
        held = [c for r in rows for c in shelf.held(r, rows[0], chosen.get(r["group_census_member_id"], {}))]
        for r in rows:
            home = r if r["postal_code"] else rows[0]
            shelf.homes[r["group_census_member_id"]] = (home["state"], home["postal_code"])
            # Cover that is continued goes on after the last day of employment, so does a dependent's who repeats it.
            repeats = r["termination_date"] == rows[0]["termination_date"]
            goes_on = {r["continuation"], rows[0]["continuation"] if repeats else None}
            left = r["termination_date"] if goes_on <= {None, "ACTIVE"} else None
            shelf.ends[r["group_census_member_id"]] = (left, r["policy_end_date"])
        ranks = {
            r["group_census_member_id"]: rank
            for rank, r in enumerate(sorted(rows, key=lambda r: (r["member_key"] or "", r["group_census_member_id"])))
        }
        people = tuple(_person(r, rows[0], shelf, ranks[r["group_census_member_id"]]) for r in rows)
        entry = (Family(people, tuple(held)), _for_class(shelf, class_id))
        families.setdefault(rows[0]["group_census_id"], []).append(entry)
    return families


def _for_class(shelf: _Shelf, class_id: str | None) -> list[Rule]:
    """A class's rules, spoken of by the class's name as the people are."""
    if class_id is None:
        return []
    return [replace(r, group_class=shelf.classes[class_id]) for r in shelf.rules.get(class_id, [])]


def _person(r: Mapping[str, Any], primary: Mapping[str, Any], shelf: _Shelf, rank: int) -> Person:
    """A stored member as a Person."""
    class_id = primary["group_class_id"]
    return Person(
        key=r["group_census_member_id"],
        relationship=r["relationship"] or r["association"] or "Self",
        birth_date=r["birth_date"],
        gender=r["gender"],
        smoker=None if r["smoker_status"] is None else r["smoker_status"] == "Smoker",
        group_class=shelf.classes[class_id] if class_id else None,
        annual_pay=_dollars(r["annual_salary_cents"]),
        start=r["policy_start_date"],
        stated_tier=r["stated_tier"],
        hire_date=r["join_date"],
        rank=rank,
    )
