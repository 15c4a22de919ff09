"""The census file of each group: its columns in its own words, and its layout.

What lives here: one function per group, that writes the group's file and tells `cohort.csv` of it. What does not:
the mechanics of a layout (`sample_layouts.py`) and the people (`sample_groups.py`).
"""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import sample_faults as faults
from sample_layouts import (
    Layout,
    Person,
    day,
    lines,
    money,
    one_of,
    text,
    write_delimited,
    write_enrollments,
    write_households,
    write_parquet,
    write_workbook,
)

MDY, PLAIN_MDY, ISO = "%m/%d/%Y", "%-m/%-d/%Y", "%Y-%m-%d"


def dates(shape: str, born: str, hired: str, begins: str, ends: str) -> list[tuple[str, str, Callable[[Person], Any]]]:
    """The four date columns under the file's own headings."""
    named = {"Date of Birth": born, "Hire Date": hired, "Effective Date": begins, "Termination Date": ends}
    return [(heading, name, day(name, shape)) for name, heading in named.items()]


def plain(*pairs: str) -> list[tuple[str, str, Callable[[Person], Any]]]:
    """Columns shown as they are: `Heading` or `Heading=field`."""
    split = [pair.partition("=") for pair in pairs]
    return [(heading, name or heading, text(name or heading)) for heading, _, name in split]


_SHORT = {
    "Medical": "Medical Plan",
    "Dental": "Dental Plan",
    "Vision": "Vision Plan",
    "Life": "Basic Life",
    "AD&D": "Basic AD&D",
}
_SHORT |= {"Supplemental Life": "Supp Life", "STD": "Short Term Disability", "LTD": "Long Term Disability"}
_CORE = ("Medical", "Dental", "Vision", "Life", "AD&D", "Supplemental Life", "STD", "LTD")
_CODES = {"Employee": "EE", "Spouse": "SP", "Domestic Partner": "DP", "Child": "CH"}
_SEXES = {"M": "Male", "F": "Female"}
_ACCENTS = {
    "Jose": "José",
    "Zoe": "Zoë",
    "Andre": "André",
    "Sofia": "Sofía",
    "Lucia": "Lucía",
    "Tomas": "Tomás",
    "Elise": "Élise",
}
_ACCENTS |= {"Hugo": "Hügo", "Nunez": "Núñez", "Pena": "Peña", "Gomez": "Gómez", "Garcia": "García", "Leon": "León"}
_ACCENTS |= {
    "Lopez": "López",
    "Perez": "Pérez",
    "Meyer": "Møyer",
    "Rios": "Ríos",
    "Duarte": "Dùarte",
    "Becker": "Bécker",
}


def keyed(folder: Path, roster: faults.Roster) -> list[dict[str, str]]:
    """C000001: comma, keyed by employee id."""
    columns = plain("Employee ID", "First Name", "Last Name", "Relationship") + dates(
        ISO, "Date of Birth", "Hire Date", "Effective Date", "Termination Date"
    )
    columns += [
        *plain("Gender", "Email", "City", "State", "Zip Code", "Class"),
        ("Annual Salary", "Annual Salary", money("Annual Salary")),
    ]
    columns += plain("FTE", "Tobacco User", "Opt Out All Plans") + lines(only=(*_CORE, "Accident", "Hospital"))
    return _one_file(folder, "C000001__harborlight.csv", Layout(columns), roster, write_delimited, after=[[]])


def semicolon(folder: Path, roster: faults.Roster) -> list[dict[str, str]]:
    """C000002: semicolon, Windows-1252, accents."""
    for person in roster.people:
        for name in ("First Name", "Last Name"):
            person[name] = _ACCENTS.get(person[name], person[name])
    columns = plain("Employee Number=Employee ID", "Last Name", "First Name")
    columns += [
        ("Relationship Code", "Relationship", one_of("Relationship", _CODES)),
        ("Sex", "Gender", one_of("Gender", _SEXES)),
    ]
    columns += dates(MDY, "Birth Date", "Date of Hire", "Coverage Start Date", "Term Date")
    columns += [
        *plain("Home Zip=Zip Code", "State", "Group Class=Class"),
        ("Annual Salary", "Annual Salary", money("Annual Salary", "${:,.2f}")),
    ]
    columns += [("Smoker", "Tobacco User", one_of("Tobacco User", {"Y": "Yes", "N": "No"}))]
    columns += (
        plain("Opt Out All=Opt Out All Plans")
        + lines(_SHORT, "Supp Life Volume", [x for x in _CORE if x != "STD"])
        + plain("Notes")
    )
    path, how = "C000002__creme_et_crumb.csv", {"separator": ";", "encoding": "cp1252", "line_end": "\r\n"}
    made = _one_file(folder, path, Layout(columns), roster, write_delimited, **how)
    _expect_month_first(path, roster, {"Effective Date": "Coverage Start Date", "Termination Date": "Term Date"})
    return made


def tabbed(folder: Path, roster: faults.Roster) -> list[dict[str, str]]:
    """C000003: tab, numeric codes, zeros that matter."""
    columns = plain("EMPLOYEE_EXT_ID=Employee ID", "LAST_NAME=Last Name", "FIRST_NAME=First Name")
    codes = {"Employee": "18", "Spouse": "01", "Domestic Partner": "53", "Child": "19"}
    columns += [("relationship_cd", "Relationship", one_of("Relationship", codes))]
    columns += plain("GENDER=Gender", "SSN") + dates(PLAIN_MDY, "DOB", "hire_date", "effective_date", "DOT")
    columns += [
        *plain("state_code=State", "zip_cd=Zip Code", "benefit_group=Class"),
        ("income", "Annual Salary", money("Annual Salary")),
    ]
    columns += plain("FTE", "Work Email=Email", "tobacco_use=Tobacco User", "Opt Out=Opt Out All Plans")
    columns += lines(only=("Medical", "Dental", "Vision", "Life", "AD&D", "STD", "LTD", "Accident"))
    made = _one_file(folder, "C000003__nutmeg.tsv", Layout(columns), roster, write_delimited, separator="\t")
    _expect_month_first("C000003__nutmeg.tsv", roster, {"Effective Date": "effective_date", "Termination Date": "DOT"})
    return made


def workbook(folder: Path, roster: faults.Roster) -> list[dict[str, str]]:
    """C000004: Excel, titles, second sheet, total row."""

    def true_day(name: str) -> Callable[[Person], Any]:
        return lambda person: person.get(name) or ""

    columns = plain("Employee Number=Employee ID", "First Name", "Last Name")
    columns += [("Relationship", "Relationship", one_of("Relationship", {"Employee": "Self"}))]
    named = (
        ("Birth Date", "Date of Birth"),
        ("Date of Hire", "Hire Date"),
        ("Effective Date", "Effective Date"),
        ("Term Date", "Termination Date"),
    )
    columns += [(heading, name, true_day(name)) for heading, name in named]
    columns += plain("Gender", "Home Zip=Zip Code", "State", "Class", "Annual Salary", "FTE", "Tobacco User")
    columns += plain("Opt Out All Plans") + lines(only=_CORE)
    notes = [
        "How to fill in this workbook",
        "One row per person on the sheet Census.",
        "Relationship: Self, Spouse, Domestic Partner, Child.",
    ]
    titles = [
        "Prairie Freight",
        "Census for the plan year 2026",
        "Prepared by Human Resources; dates are month, day, year",
    ]
    path = "C000004__prairie_freight.xlsx"
    write_workbook(folder / path, Layout(columns), roster.people, titles, notes, "Total")
    return _noted(path, roster, Layout(columns), sheet="Census")


def parquet(folder: Path, roster: faults.Roster) -> list[dict[str, str]]:
    """C000005: typed Parquet columns."""

    def snake(heading: str) -> str:
        return heading.lower().replace(" ", "_").replace("&", "")

    whole = (
        "Employee ID",
        "First Name",
        "Last Name",
        "Relationship",
        "Date of Birth",
        "Gender",
        "State",
        "Zip Code",
        "Class",
    )
    whole += (
        "Annual Salary",
        "FTE",
        "Hire Date",
        "Effective Date",
        "Termination Date",
        "Tobacco User",
        "Opt Out All Plans",
    )
    columns = [(snake(name), name, text(name)) for name in whole]
    columns += [(snake(heading), name, text(name)) for heading, name, _ in lines(only=(*_CORE, "Critical Illness"))]
    types: dict[str, Any] = dict.fromkeys(("date_of_birth", "hire_date", "effective_date", "termination_date"), pl.Date)
    types |= {"annual_salary": pl.Float64, "fte": pl.Float64, "supplemental_life_amount": pl.Int64}
    path = "C000005__juniper.parquet"
    write_parquet(folder / path, Layout(columns), roster.people, types)
    return _noted(path, roster, Layout(columns))


def wide(folder: Path, roster: faults.Roster) -> list[dict[str, str]]:
    """C000006: one row per household."""
    columns = plain("Employee Number=Employee ID", "First Name", "Last Name") + dates(
        MDY, "DOB", "Date of Hire", "Effective Date", "Term Date"
    )
    columns += [
        *plain("Gender", "State", "Zip=Zip Code", "Class"),
        ("Annual Salary", "Annual Salary", money("Annual Salary")),
    ]
    columns += plain("Tobacco User", "Opt Out All Plans") + lines(
        only=("Medical", "Dental", "Vision", "Life", "AD&D", "Supplemental Life", "STD", "Accident")
    )
    own = [
        *plain("First Name", "Last Name"),
        ("DOB", "Date of Birth", day("Date of Birth", MDY)),
        *plain("Gender", "Tobacco User"),
    ]
    own += plain("Plan=Medical")
    child = [*own, ("Relationship", "Relationship", text("Relationship"))]
    most = max(len(faults.children(family)) for family in roster.families)
    blocks = [("Spouse", Layout(own))] + [(f"Dep{n + 1}", Layout(child)) for n in range(most)]
    for family in roster.families:
        for person in family[1:]:
            person.update(faults.without_plans(person) | {"Medical": person["Medical"]})
    path = "C000006__stonebridge.csv"
    write_households(folder / path, Layout(columns), roster.families, blocks)
    made = _noted(path, roster, Layout(columns))
    for seed in roster.seeds:
        if "_block" in seed.person:
            seed.field = f"{seed.person['_block']} {Layout(child).heading_of(seed.field)}"
    _expect_month_first(path, roster, {"Effective Date": "Effective Date", "Termination Date": "Term Date"})
    return made


def linked(folder: Path, roster: faults.Roster) -> list[dict[str, str]]:
    """C000007: dependents name their employee's id."""
    columns = plain("Member ID=Person ID", "Primary Member ID=Primary ID")
    columns += plain("First Name", "Last Name")
    words = {"Employee": "Subscriber", "Spouse": "Spouse", "Domestic Partner": "Life Partner", "Child": "Dependent"}
    columns += [("Relationship to Subscriber", "Relationship", one_of("Relationship", words))]
    columns += dates("%d-%b-%Y", "Date of Birth", "Date Hired", "Effective Date", "Termination Date")
    columns += [
        ("Sex", "Gender", one_of("Gender", _SEXES)),
        *plain("State", "Postal Code=Zip Code", "Benefit Class=Class"),
    ]
    columns += [
        ("Base Salary", "Annual Salary", money("Annual Salary", "{:,.2f}")),
        *plain("Smoker=Tobacco User", "Waive All=Opt Out All Plans"),
    ]
    columns += lines(only=_CORE)
    return _one_file(folder, "C000007__larkspur.csv", Layout(columns), roster, write_delimited)


def ordered(folder: Path, roster: faults.Roster) -> list[dict[str, str]]:
    """C000008: the order of rows links the family; a mapping explains the headings."""
    columns = [*plain("Given=First Name", "Family=Last Name"), ("Born", "Date of Birth", day("Date of Birth", ISO))]
    columns += [("Role", "Relationship", one_of("Relationship", {"Employee": "Self", "Domestic Partner": "Spouse"}))]
    columns += [*plain("Sex=Gender", "Class"), ("Pay per year", "Annual Salary", money("Annual Salary"))]
    columns += [
        ("First day", "Hire Date", day("Hire Date", ISO)),
        ("Cover from", "Effective Date", day("Effective Date", ISO)),
    ]
    columns += [
        ("Last day", "Termination Date", day("Termination Date", ISO)),
        *plain("Smokes=Tobacco User", "Home ZIP=Zip Code", "Home state=State"),
    ]
    columns += plain("Wants nothing=Opt Out All Plans") + lines(
        only=("Medical", "Dental", "Vision", "Life", "AD&D", "STD", "LTD", "Critical Illness")
    )
    targets = {
        "Given": "FirstName",
        "Family": "Lastname",
        "Born": "Birthdate",
        "Role": "AssociationWithPrimaryMbr",
        "Sex": "Gender",
    }
    targets |= {
        "Class": "GroupClassName",
        "Pay per year": "AnnualEligibleSalary",
        "First day": "JoinDate",
        "Cover from": "PolicyStartDate",
    }
    targets |= {
        "Last day": "TerminationDate",
        "Smokes": "SmokerStatus",
        "Home ZIP": "PostalCode",
        "Home state": "State",
    }
    targets |= {"Wants nothing": "IsOptOutAllPlans"} | dict.fromkeys(
        (h for h, f, _ in columns if h == f and h != "Class"), "ContractGroupPlan"
    )
    mapping = "C000008__fieldstone.mapping.json"
    (folder / mapping).write_text(json.dumps(targets, indent=2) + "\n", encoding="utf-8")
    made = _one_file(folder, "C000008__fieldstone.csv", Layout(columns), roster, write_delimited)
    return [{**entry, "mapping": f"censuses/{mapping}"} for entry in made]


def piped(folder: Path, roster: faults.Roster) -> list[dict[str, str]]:
    """C000009: pipe, UTF-16, eight-digit dates."""
    columns = plain("EID=Employee ID", "Surname=Last Name", "Given Name=First Name")
    columns += [
        (
            "Rel.",
            "Relationship",
            one_of("Relationship", {"Employee": "E", "Spouse": "S", "Domestic Partner": "DP", "Child": "C"}),
        )
    ]
    columns += dates("%Y%m%d", "DOB_YYYYMMDD", "DOH", "Eff Date", "Term Date") + plain(
        "Sex=Gender", "Home City=City", "Home State=State", "Zip=Zip Code"
    )
    columns += plain("Division=Class", "Annual Salary", "Tobacco Status=Tobacco User", "Decline All=Opt Out All Plans")
    columns += lines(only=(*_CORE, "Accident"))
    return _one_file(
        folder, "C000009__cobalt.txt", Layout(columns), roster, write_delimited, separator="|", encoding="utf-16"
    )


def covered(folder: Path, roster: faults.Roster) -> list[dict[str, str]]:
    """C000010: subscriber and covered member in each row."""
    for family in roster.families:
        for person in family:
            person |= {"Subscriber First": family[0]["First Name"], "Subscriber Last": family[0]["Last Name"]}
            person["Subscriber SSN"] = family[0]["SSN"]
            person.setdefault("Age", _age(person["Date of Birth"], date(2026, 4, 1)))
    columns = plain("Subscriber SSN", "Subscriber First Name=Subscriber First", "Subscriber Last Name=Subscriber Last")
    columns += plain(
        "Covered Member SSN=SSN", "Covered Member First Name=First Name", "Covered Member Last Name=Last Name"
    )
    columns += [("Covered Member Relationship", "Relationship", one_of("Relationship", {"Employee": "Self"}))]
    columns += [
        ("Covered Member DOB", "Date of Birth", day("Date of Birth", MDY)),
        *plain("Age", "Member Gender=Gender"),
    ]
    columns += [
        ("Date of Hire", "Hire Date", day("Hire Date", MDY)),
        ("Benefit Begin Date", "Effective Date", day("Effective Date", MDY)),
    ]
    columns += [
        ("Termination Date", "Termination Date", day("Termination Date", MDY)),
        *plain("State", "Zip=Zip Code", "Class"),
    ]
    columns += [
        ("Monthly Income", "Annual Salary", _monthly),
        *plain("Tobacco=Tobacco User", "Opt Out All Plans"),
        *lines(only=_CORE),
    ]
    made = _one_file(folder, "C000010__willow.csv", Layout(columns), roster, write_delimited)
    _expect_month_first(
        "C000010__willow.csv", roster, {"Effective Date": "Benefit Begin Date", "Termination Date": "Termination Date"}
    )
    return made


def _expect_month_first(path: str, roster: faults.Roster, named: dict[str, str]) -> None:
    """A column of month/day/year in which no day passes 12 cannot prove its order: one warning for the column."""
    for name, heading in named.items():
        values = [value for person in roster.people if isinstance(value := person.get(name), date)]
        if values and all(v.day <= 12 for v in values) and any(v.day != v.month for v in values):
            column = {"_file": path, "_line": "", "_no": ""}
            roster.expect(column, heading, "month_first_assumed", "No day above 12 in the whole column", "warning")


def _monthly(person: Person) -> Any:
    value = person.get("Annual Salary")
    return f"{value / 12:.2f}" if isinstance(value, float) else value or ""


def _age(born: Any, on: date) -> int | str:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day)) if isinstance(born, date) else ""


def enrollments(folder: Path, roster: faults.Roster) -> list[dict[str, str]]:
    """C000011: one row per enrollment."""
    columns = plain("Employee ID", "Relationship", "First Name", "Last Name") + dates(
        MDY, "DOB", "Hire Date", "Effective Date", "Term Date"
    )
    columns += plain(
        "Sex=Gender",
        "State",
        "Zip Code",
        "Class",
        "Annual Salary",
        "Tobacco=Tobacco User",
        "Waive All=Opt Out All Plans",
    )
    columns += plain("Plan Type=_type", "Plan Name=_plan", "Elected Amount=_amount")
    path = "C000011__lantern.csv"
    write_enrollments(folder / path, Layout(columns), roster.people, encoding="utf-8-sig")
    for seed in roster.seeds:
        name, _, line = seed.field.partition(":")
        if line:
            seed.person["_line"], seed.field = seed.person["_lines"][line], name
    made = _noted(path, roster, Layout(columns))
    _expect_month_first(path, roster, {"Effective Date": "Effective Date", "Termination Date": "Term Date"})
    return made


def two_files(folder: Path, roster: faults.Roster) -> list[dict[str, str]]:
    """C000012: employees and dependents apart."""
    shared = [
        *plain("Employee ID", "First Name", "Last Name"),
        ("Date of Birth", "Date of Birth", day("Date of Birth", ISO)),
    ]
    shared += plain("Gender", "State", "Zip Code", "Tobacco User")
    own = shared + plain("Relationship", "Class", "Annual Salary") + [("Hire Date", "Hire Date", day("Hire Date", ISO))]
    cover = [(name, name, day(name, ISO)) for name in ("Effective Date", "Termination Date")]
    own += cover + plain("Opt Out All Plans") + lines(only=(*_CORE, "Accident"))
    theirs = [
        *plain("Employee ID", "Relationship"),
        *shared[1:],
        *cover,
        *lines(only=("Medical", "Dental", "Vision", "Supplemental Life", "Accident")),
    ]
    made = []
    for part, columns, is_own in (("employees", own, True), ("dependents", theirs, False)):
        people = [p for p in roster.people if (p["_relation"] == "Employee") == is_own]
        path = f"C000012__saddleback_{part}.csv"
        write_delimited(folder / path, Layout(columns), people)
        made.append({"file": f"censuses/{path}"})
        for seed in roster.seeds:
            if any(seed.person is person for person in people):
                seed.person["_file"], seed.field = path, Layout(columns).heading_of(seed.field)
    return made


def _one_file(
    folder: Path, path: str, layout: Layout, roster: faults.Roster, write: Callable[..., None], **how: Any
) -> list[dict[str, str]]:
    write(folder / path, layout, roster.people, **how)
    return _noted(path, roster, layout)


def _noted(path: str, roster: faults.Roster, layout: Layout, sheet: str = "") -> list[dict[str, str]]:
    """Note in each expectation the file and the heading."""
    for seed in roster.seeds:
        seed.person["_file"] = path
        seed.field = layout.heading_of(seed.field)
    return [{"file": f"censuses/{path}", "sheet": sheet}]


FILES: tuple[tuple[Callable[[faults.Roster], None], Callable[[Path, faults.Roster], list[dict[str, str]]]], ...] = (
    (faults.seed_keyed, keyed),
    (faults.seed_semicolon, semicolon),
    (faults.seed_tab, tabbed),
    (faults.seed_workbook, workbook),
    (faults.seed_parquet, parquet),
    (faults.seed_wide, wide),
    (faults.seed_linked, linked),
    (faults.seed_ordered, ordered),
    (faults.seed_pipe, piped),
    (faults.seed_covered, covered),
    (faults.seed_enrollments, enrollments),
    (faults.seed_two_files, two_files),
)
