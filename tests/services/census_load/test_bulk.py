"""The load sees columns: ten times the rows, or the files, take no more Python calls."""

import sys
from collections.abc import Callable
from typing import Any

from services.intake.landing import Landing
from tests.services.census_load.builder import LATER, World, a_census, a_file, insert, landed, person


def calls(work: Callable[[], Any]) -> int:
    """How many Python and C functions the work calls."""
    n = 0

    def count(_frame: Any, event: str, _arg: Any) -> None:
        nonlocal n
        n += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return n


def big(n_files: int, n_families: int) -> Landing:
    """Files of families of three with plans; every tenth family has a fault."""
    return landed(
        *(
            a_file(
                *(
                    row
                    for n in range(n_families)
                    for row in (
                        person(
                            f"E{n}",
                            class_name="Salaried",
                            plans={"Medical": "Harbor PPO|Preventive", "Vision": "ClearSight"},
                            annual_salary_cents=-1 if n % 10 == 9 else 1,
                        ),
                        person(f"S{n}", role="Spouse", plans={"Medical": "Harbor PPO"}, amounts={"Medical": n}),
                        person(f"C{n}", role="Child", plans={"Medical": f"Unknown {n % 3}"}),
                    )
                ),
                census_id=f"0rfX{file_no:03d}",
                name=f"{file_no}.csv",
            )
            for file_no in range(n_files)
        )
    )


def test_python_calls_do_not_grow_with_rows_or_files(world: World) -> None:
    insert(world, "book.group_census", [a_census(f"0rfX{n:03d}", f"X {n}") for n in range(30)])
    small, large, wide = big(2, 20), big(2, 400), big(30, 20)
    world.load(big(1, 10))  # imports and first uses
    n_small = calls(lambda: world.load(small))
    n_large = calls(lambda: world.load(large, now=LATER))
    n_wide = calls(lambda: world.load(wide, now=LATER))

    # A stored census takes a few branches more than a fresh one; a loop over rows would take thousands.
    assert n_large - n_small < 2_000
    assert n_wide - n_small < 2_500


def test_many_censuses_at_once_end_as_each_alone(world: World) -> None:
    insert(world, "book.group_census", [a_census(f"0rfX{n:03d}", f"X {n}") for n in range(5)])
    outcome = world.load(big(5, 20))

    assert outcome.per_census.select("n_accepted", "n_refused", "n_selections_added").unique().rows() == [
        (54, 6, 18 * 4)
    ]
    assert world.sql("SELECT DISTINCT total_members, total_dependents FROM book.group_census WHERE name LIKE 'X%'") == [
        (18, 36)
    ]
