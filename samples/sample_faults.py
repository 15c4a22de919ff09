"""What is wrong, on purpose, with the sample censuses.

What lives here: for each group the people spoilt, how, and what the pipeline is expected to say of it. What does not:
the layouts of the files (`sample_layouts.py`) and the writing of the expectations (`make_samples.py`).

Employees who will be refused are taken from those who live alone, so that a fault refuses one person; where a family
goes with its employee, that is meant and each of its people is listed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sample_layouts import LINES, Person

Family = list[Person]


@dataclass
class Seed:
    """One expectation: an issue of the census, of the rating, or none at all (`code` blank)."""

    person: Person
    field: str
    code: str
    severity: str
    says: str
    plan_code: str = ""


@dataclass
class Roster:
    """The families of one group, and what has been done to them."""

    families: list[Family]
    seeds: list[Seed] = field(default_factory=list)
    _used: set[int] = field(default_factory=set)

    @property
    def people(self) -> list[Person]:
        """Everybody, in file order."""
        return [person for family in self.families for person in family]

    def take(self, where: Callable[[Family], Any]) -> Family:
        """A family not touched yet for which `where` holds, wandering through the group."""
        n = len(self.families)
        for step in range(n):
            at = (len(self._used) * 5 + 2 + step) % n
            family = self.families[at]
            if id(family) not in self._used and where(family):
                self._used.add(id(family))
                return family
        raise LookupError("no family left that suits the fault")

    def alone(self, where: Callable[[Person], Any] = lambda _: True) -> Person:
        """An employee without family."""
        return self.take(lambda family: len(family) == 1 and where(family[0]))[0]

    def spoil(self, person: Person, name: str, cell: Any, code: str, says: str, severity: str = "error") -> None:
        """Put a bad cell into a person and expect an issue on it."""
        person[name] = cell
        self.expect(person, name, code, says, severity)

    def expect(self, person: Person, name: str, code: str, says: str, severity: str = "error") -> None:
        """Expect an issue on a person as it stands."""
        self.seeds.append(Seed(person, name, code, severity, says))

    def harmless(self, person: Person, name: str, says: str) -> None:
        """Something odd that must pass without an issue."""
        self.seeds.append(Seed(person, name, "", "", says))

    def unrated(self, person: Person, plan_codes: list[str], issue: str, says: str) -> None:
        """Coverages that no premium can be found for."""
        for plan_code in plan_codes:
            self.seeds.append(Seed(person, "", issue, "rating", says, plan_code))

    def add(self, person: Person) -> Person:
        """A further family of one, at the end of the file."""
        self.families.append([person])
        return person


def couple(family: Family) -> Person | None:
    """The spouse or partner of a family."""
    return next((p for p in family if p["_relation"] in ("Spouse", "Domestic Partner")), None)


def children(family: Family) -> list[Person]:
    """The children of a family, in file order."""
    return [p for p in family if p["_relation"] == "Child"]


def medical_coverages(person: Person) -> list[str]:
    """Codes of the mandatory medical coverages behind a person's medical cell."""
    cell = person["Medical"] or ""
    if "HDHP" in cell:
        return ["HDHP-CARE"]
    return ["EXEC-HOSP", "EXEC-RX"] if "Executive" in cell else ["PPO-HOSP", "PPO-RX"]


def chosen(person: Person, line: str) -> bool:
    """Whether a person has a plan of a line."""
    return person[line] not in (None, "", "Waive")


def without_plans(person: Person) -> Person:
    """The person with every plan cell blank."""
    return {**person, **dict.fromkeys(LINES), "Supplemental Life Amount": None}


def seed_keyed(r: Roster) -> None:
    """C000001: the plain file, and the faults of families."""
    family = r.take(lambda f: couple(f) and len(f) == 2)
    r.spoil(couple(family), "Relationship", "Cousin", "unknown_relationship", "A relationship the plans do not know")
    family = r.take(lambda f: couple(f) and children(f))
    second = without_plans({**couple(family), "First Name": "Marguerite", "Date of Birth": date(1979, 5, 4)})
    family.append(second)
    r.expect(second, "Relationship", "second_spouse", "A second spouse in one family; the first is kept")
    orphan = without_plans({**r.people[1], "Employee ID": "E09999", "First Name": "Orla", "Last Name": "Vance"})
    orphan |= {
        "Relationship": "Child",
        "_relation": "Child",
        "Date of Birth": date(2014, 9, 9),
        "Class": None,
        "Email": None,
    }
    orphan |= {"Annual Salary": None, "FTE": None, "Hire Date": None}
    r.add(orphan)
    r.expect(orphan, "", "orphan_dependent", "A child whose employee is not in the file")
    family = r.take(lambda f: len(f) == 3)
    family.append(family.pop(0))
    r.harmless(family[-1], "Employee ID", "Dependents stand before their employee; the key links them all the same")
    family = r.take(lambda f: len(f) == 1)
    twin = r.add({**family[0]})
    r.expect(twin, "", "duplicate_row", "The same employee a second time; the first row counts")
    family = r.take(lambda f: len(children(f)) == 1)
    r.spoil(children(family)[0], "Date of Birth", date(2150, 6, 1), "birth_date_in_future", "Born in 2150")
    family = r.take(lambda f: len(children(f)) >= 2)
    r.spoil(children(family)[1], "First Name", "", "first_name_missing", "A child without a first name")
    r.spoil(r.alone(), "First Name", "=cmd|'/C calc'!A0", "formula_cell", "A name that a spreadsheet would run")
    person = r.alone()
    person["Last Name"] = "Tables'); DROP TABLE book.census_member;--"
    r.harmless(person, "Last Name", "SQL in a name: stored as text, runs nowhere")
    person = r.alone(lambda p: not p["Opt Out All Plans"] and chosen(p, "Medical"))
    person |= without_plans(person) | {"Medical": person["Medical"], "Opt Out All Plans": "Y"}
    r.expect(person, "Medical", "opted_out", "Opted out of all plans, yet chose one")


def seed_semicolon(r: Roster) -> None:
    """C000002: bad values of an employee."""
    r.spoil(r.alone(), "Annual Salary", "-$52,000.00", "negative_pay", "Pay below zero")
    r.spoil(r.alone(), "Class", "Interns", "unknown_class", "A class the employer does not have")
    r.spoil(r.alone(), "Tobacco User", "perhaps", "not_a_yes_no", "Neither yes nor no")
    r.spoil(r.alone(), "Date of Birth", "02/30/1985", "not_a_date", "30 February")
    long_name = "Wolfeschlegelsteinhausenbergerdorff-Bartholomew-Fitzgerald"
    r.spoil(r.alone(), "Last Name", long_name, "cell_too_long", "58 characters where 50 are kept")
    person = r.alone()
    person["Notes"] = "Moved to the\nDayton office"
    r.harmless(person, "Notes", "A line end inside quotes: the rows below count one line more")


def seed_tab(r: Roster) -> None:
    """C000003: what spreadsheets do to numbers."""
    for _ in range(3):
        person = r.alone()
        r.spoil(
            person,
            "Zip Code",
            person["Zip Code"].lstrip("0"),
            "zeros_restored",
            "ZIP code without its leading zero",
            "warning",
        )
    for _ in range(2):
        person = r.alone()
        r.spoil(person, "SSN", person["SSN"].replace("-", "")[1:], "zeros_restored", "SSN of eight digits", "warning")
    r.spoil(r.alone(), "SSN", "12-345", "not_an_ssn", "Not a social security number")
    r.spoil(r.alone(), "Email", "not an address", "bad_email", "An e-mail address without @")
    r.spoil(r.alone(), "FTE", 12.0, "fte_out_of_range", "Twelve full-time equivalents")
    r.spoil(r.alone(), "Gender", "X1", "unknown_gender", "A gender code nobody uses")


def seed_workbook(r: Roster) -> None:
    """C000004: plan cells, each refused without its person."""
    person = r.alone(lambda p: p["Class"] == "Hourly" and not p["Opt Out All Plans"])
    r.spoil(person, "LTD", "{LTD}", "class_not_eligible", "Long-term disability is not for hourly staff")
    person = r.alone(lambda p: p["Class"] == "Salaried" and not p["Opt Out All Plans"])
    r.spoil(person, "Medical", "{EXEC}", "class_not_eligible", "The executive plan is for executives")
    person = r.alone(lambda p: chosen(p, "Medical"))
    r.spoil(person, "Medical", "Nowhere PPO 999", "plan_not_on_contract", "A plan the contract does not offer")
    person = r.alone(lambda p: chosen(p, "Dental"))
    r.spoil(
        person,
        "Dental",
        f"{person['Dental'].split('|')[0]}|Whitening",
        "plan_not_on_contract",
        "A coverage its plan does not have",
    )
    person = r.alone(lambda p: chosen(p, "Dental"))
    r.spoil(person, "Dental", "{DENX}", "plan_inactive", "A plan that is no longer offered")
    r.spoil(r.alone(), "Date of Birth", "03/29/1850", "birth_date_too_early", "Born in 1850")
    r.people[len(r.people) // 2]["_blank_row_before"] = True


def seed_parquet(r: Roster) -> None:
    """C000005: good people that cannot be rated in full."""
    family = r.take(lambda f: couple(f) and chosen(couple(f), "Medical") and not chosen(couple(f), "Supplemental Life"))
    spouse = couple(family)
    spouse |= without_plans(spouse) | {"Medical": spouse["Medical"], "Date of Birth": None}
    r.unrated(spouse, medical_coverages(spouse), "BIRTH_DATE_REQUIRED", "No birth date, and the rate varies by age")
    person = r.alone(lambda p: chosen(p, "Life") and chosen(p, "AD&D") and chosen(p, "STD"))
    person["Annual Salary"] = None
    needing = [
        code
        for line, code in (("Life", "LIFE"), ("AD&D", "ADD"), ("STD", "STD"), ("LTD", "LTD"))
        if chosen(person, line)
    ]
    r.unrated(person, needing, "PAY_REQUIRED", "No pay, and the benefit is a multiple or a share of pay")
    person = r.alone()
    person |= {"Critical Illness": "{CI}", "Date of Birth": date(1953, 2, 17)}
    r.unrated(person, ["CI"], "NO_RATE", "73 years old: the table is closed from 70 on")
    for _ in range(2):
        r.alone()["Critical Illness"] = "{CI}"
    person = r.alone(lambda p: chosen(p, "Medical") and not p["Opt Out All Plans"])
    r.spoil(person, "Medical", "Wellness", "root_not_chosen", "A coverage without its plan")


def seed_wide(r: Roster) -> None:
    """C000006: faults in the blocks of a household row."""
    family = r.take(lambda f: len(children(f)) >= 2)
    r.spoil(
        children(family)[1],
        "Date of Birth",
        date(2150, 6, 1),
        "birth_date_in_future",
        "Born in 2150, in the block Dep2",
    )
    family = r.take(lambda f: len(children(f)) >= 1)
    r.spoil(children(family)[0], "Relationship", "Pet", "unknown_relationship", "A pet, in the block Dep1")


def seed_linked(r: Roster) -> None:
    """C000007: faults of links."""
    family = r.take(lambda f: len(f) == 2 and children(f))
    family[1]["Primary ID"] = "M99999"
    r.expect(family[1], "", "orphan_dependent", "A link to an employee who is not in the file")
    family = r.take(lambda f: couple(f) and len(f) >= 2)
    partner = without_plans({**couple(family), "First Name": "Rosalind", "Relationship": "Domestic Partner"})
    partner |= {"_relation": "Domestic Partner", "Date of Birth": date(1980, 1, 31), "Person ID": "M90001"}
    family.append(partner)
    r.expect(partner, "Relationship", "second_spouse", "A partner beside a spouse")
    person = r.alone(lambda p: p["Hire Date"] > date(2001, 1, 1))
    r.spoil(person, "Termination Date", date(2000, 6, 30), "dates_out_of_order", "Left before being hired")
    person = r.alone(lambda p: not chosen(p, "Supplemental Life"))
    r.spoil(
        person, "Supplemental Life Amount", 50_000, "amount_without_plan", "An amount, but no plan it is for", "warning"
    )


def seed_ordered(r: Roster) -> None:
    """C000008: where the order of rows links the family, order matters."""
    child = without_plans(
        {**r.people[0], "First Name": "Perdita", "Last Name": "Strand", "Class": None, "Annual Salary": None}
    )
    child |= {
        "Relationship": "Child",
        "_relation": "Child",
        "Date of Birth": date(2016, 3, 3),
        "FTE": None,
        "Hire Date": None,
    }
    r.families.insert(0, [child])
    r.expect(child, "", "orphan_dependent", "A child before any employee")
    family = r.take(lambda f: len(f) >= 3)
    r.spoil(
        family[0],
        "Date of Birth",
        "1850-03-09",
        "birth_date_too_early",
        "An employee born in 1850: refused, and the family with him",
    )
    for person in family[1:]:
        r.expect(person, "", "primary_refused", "The employee of this row was refused")
    person = r.alone()
    person["_more_cells"] = ("left over", "cells")
    r.expect(person, "", "ragged_row", "Two cells more than there are headings")
    family = r.take(lambda f: couple(f) and chosen(couple(f), "Vision") and len(f) == 2)
    family[0]["Vision"] = None
    r.expect(couple(family), "Vision", "primary_without_plan", "A spouse in a plan that the employee does not have")
    for _ in range(3):
        r.alone()["Critical Illness"] = "{CI}"


def seed_pipe(r: Roster) -> None:
    """C000009: eight digits for a date."""
    r.spoil(r.alone(), "Date of Birth", "19851340", "not_a_date", "A thirteenth month")
    r.spoil(
        r.alone(), "Hire Date", "03072016", "ambiguous_date", "7 March or 3 July: no other date of the column tells"
    )
    person = r.alone(lambda p: chosen(p, "Medical"))
    person |= {"State": "ME", "Zip Code": "04101", "City": "Portland"}
    hospital = [code for code in medical_coverages(person) if not code.endswith("-RX")]
    r.unrated(
        person,
        hospital,
        "AREA_REQUIRED",
        "The contract states no area, and neither the employer nor the member lies in one",
    )


def seed_covered(r: Roster) -> None:
    """C000010: ages and pay."""
    r.spoil(r.alone(), "Age", 19, "age_differs", "The age stated is not the age by birth date", "warning")
    r.spoil(r.alone(), "Annual Salary", "on request", "not_money", "Words where pay belongs")


def seed_enrollments(r: Roster) -> None:
    """C000011: faults of single enrollments."""
    person = r.alone(lambda p: chosen(p, "Vision"))
    person["_type_as"] = {"Vision": "Pet insurance"}
    r.expect(person, "_type:Vision", "unknown_plan_type", "A type of plan that does not exist")
    person = r.alone(lambda p: chosen(p, "Dental") and not p["Opt Out All Plans"])
    person["_type_as"] = {"Dental": "Vision"}
    person["Vision"] = None
    r.expect(person, "_plan:Dental", "plan_of_other_type", "A dental plan filed as vision")
    person = r.alone(lambda p: not p["Opt Out All Plans"])
    person["Hospital"] = "{HOSP}"
    r.unrated(person, ["HOSP"], "NO_RATE_TABLE", "No rate table is filed for the plan")


def seed_two_files(r: Roster) -> None:
    """C000012: faults across two files."""
    family = r.take(lambda f: len(f) == 2 and children(f))
    family[1]["Employee ID"] = "E08888"
    r.expect(family[1], "", "orphan_dependent", "A dependent whose employee is in neither file")
    person = r.alone(lambda p: chosen(p, "Supplemental Life"))
    person["Supplemental Life Amount"] = None
    r.unrated(person, ["SUP"], "AMOUNT_REQUIRED", "Sold in steps of $10,000, and no amount was chosen")
    person = r.alone(lambda p: chosen(p, "Life") and not p["Effective Date"])
    person |= without_plans(person) | {"Life": person["Life"], "Termination Date": date(2025, 11, 30)}
    r.unrated(person, ["LIFE"], "OUTSIDE_TERM", "Left before the contract began")
