"""The readable summary of a cohort.

What lives here: which tables are shown after a run, in which order and with which words. What does not: the figures
(`services.report`) and how a table looks (`pipelines.cli.show`).
"""

from collections.abc import Sequence

from pipelines.cli.show import money, say, say_title, show_table
from services.report import Listing, Report, list_money, list_people

MOST = 20
"""Rows listed one by one; the rest is in the totals and in the analytics views."""


def show_report(report: Report) -> None:
    """Members by group, money by group, issues by code."""
    say_title(f"Members of the cohort {report.cohort}")
    people = list_people(report.people, MOST)
    show_table(
        ["Group", "Census", "Accepted", "Refused", "Lines skipped"],
        people.rows,
        texts=2,
        last=(_all(people), "", *people.totals),
    )
    say_skipped(people.totals[-1])
    if report.run_id is not None:
        dated = f" at {report.rating_date.isoformat()}" if report.rating_date else ""
        say_title(f"Premiums in US dollars ({report.kind}{dated}, run {report.run_id})")
        show_money(list_money(report.money, MOST))
        say_without_plans(report.without_plans["census"].to_list(), "nothing was rated")
    show_codes("Issues of census files", report.census_issues.select("code", "severity", "n").rows(), "Lines")
    show_codes("Issues of rating", report.rating_issues.select("code", "severity", "n").rows(), "Coverages")


def say_skipped(n: int) -> None:
    """What became of lines that are neither accepted nor refused: without this line they might be thought lost."""
    if n:
        say("Skipped: blank rows, titles, totals, and further lines of a person, whose plans are read with the first.")


def show_money(groups: Listing) -> None:
    """Coverages and money by group. Monthly is said to be monthly; shares are of the contract term."""
    show_table(
        ["Group", "Rated", "Not rated", "Per month", "Whole term", "Employer pays", "Employees pay"],
        [(*row[:3], *map(money, row[3:])) for row in groups.rows],
        last=(_all(groups), *groups.totals[:2], *map(money, groups.totals[2:])),
    )
    say("Per month: premium of one full month. Whole term and both shares: the days covered in the contract term.")


def say_without_plans(censuses: Sequence[str], so: str) -> None:
    """The censuses on which nobody has a plan, and `so`, what follows: without this line 0.00 would be all there is."""
    if not censuses:
        return
    more = f" and {len(censuses) - MOST:,} more" if len(censuses) > MOST else ""
    say(f"\nNobody has a plan on {', '.join(censuses[:MOST])}{more}: {so}.")
    say("Name the plans of each person in columns such as Medical and Dental, and load the census again.")


def show_codes(title: str, issues: Sequence[Sequence[object]], of: str) -> None:
    """Issues by code, most frequent first."""
    say_title(title)
    if not issues:
        say("none")
        return
    show_table(["Code", "Severity", of], issues[:MOST], texts=2)
    if len(issues) > MOST:
        say(f"... and {len(issues) - MOST} more codes; `benefits issues` lists every line.")


def _all(listing: Listing) -> str:
    """The name of the row of totals, which tells where rows were left out."""
    return "All" if listing.n_rows <= MOST else f"All {listing.n_rows:,} ({MOST} shown)"
