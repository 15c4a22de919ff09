"""The benchmarks run, the engines agree, and the report has the keys that are promised. Speed is not tested here."""

import json
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib.util import find_spec
from io import StringIO
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from benchmarks import __main__ as program
from benchmarks import (
    apart,
    core,
    duck,
    http,
    kernel,
    kernel_ours,
    kernel_workload,
    loop,
    ours,
    polar,
    policies,
    road,
    slices,
)
from benchmarks.timing import in_process
from benchmarks.workload import make
from rating.codes import Issue
from tests.made_once import empty_file
from tests.open_book import OpenBook, close_all

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("rival", "run"),
    [
        (duck, duck.run),
        (polar, polar.run),
        (polar, polar.run_on_one_key),
        (polar, polar.run_by_position),
        (loop, loop.run),
    ],
    ids=["duckdb", "polars-joins", "polars-on-one-key", "polars-by-position", "loop"],
)
def test_the_core_and_its_rivals_agree_on_every_column_of_every_level(rival: ModuleType, run: Callable) -> None:
    load = make(3_000, seed=7)
    found = run(rival.prepare(load))
    assert core.compare(load, ours.run(ours.prepare(load)), lambda level: rival.results(found, level)) == []


def test_the_common_workload_holds_every_kind_of_row() -> None:
    result = ours.run(ours.prepare(make(3_000, seed=7)))
    # Priced, without birth date, without rate, outside the term, with and without a rule.
    expected = {Issue.NONE, Issue.OUTSIDE_TERM, Issue.BIRTH_DATE_REQUIRED, Issue.NO_RATE}
    assert set(np.unique(result.issue)) == expected
    assert (result.employer_cents > 0).mean() > 0.5
    assert (result.volume_cents >= 0).any()
    assert (result.covered_days < result.term_days).any()


def test_a_disagreement_of_one_cent_is_found() -> None:
    load = make(500)
    result, connection = ours.run(ours.prepare(load)), duck.run(duck.prepare(load))
    result.employee_cents[17] += 1
    found = core.compare(load, result, lambda level: duck.results(connection, level))
    assert len(found) == 1
    assert found[0].startswith("coverage.employee_cents: 1 differ, first at row 17")


def test_the_engines_disagreeing_gives_no_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "compare", lambda *_: ["coverage.age: 1 differ"])
    with pytest.raises(SystemExit, match="do not agree"):
        core.measure(200, 1, 100)


def test_an_engine_that_ends_early_ends_the_benchmark() -> None:
    with (
        apart.started({"none": apart.Work("no_such_engine", "run", 10)}) as engines,
        pytest.raises(SystemExit, match=r"benchmarks\.no_such_engine ended early"),
    ):
        engines["none"].times(1)


def kernel_of(rate_e6: int, *, area_e4: int, days: int, percent_e2: int, cap_cents: int) -> kernel_workload.Kernel:
    """One member of 40 with tobacco and one without, one plan of one coverage each, rated by the same numbers."""
    shape = (1, kernel_workload.N_AGES)
    return kernel_workload.Kernel(
        age=np.array([40, 40], np.int16),
        area=np.zeros(2, np.int8),
        has_tobacco=np.array([False, True]),
        class_row=np.zeros(2, np.int32),
        is_dependent=np.zeros(2, np.int8),
        volume_cents=np.full(2, 100_000),
        days=np.full(2, days, np.int16),
        plan_edges=np.arange(3),
        coverage_edges=np.arange(3),
        member=np.arange(2, dtype=np.int32),
        product=np.zeros(2, np.int16),
        is_by_volume=np.zeros(1, bool),
        rate_e6=np.full(shape, rate_e6),
        area_e4=np.full((1, kernel_workload.N_AREAS), area_e4),
        percent_e2=np.full((1, 1, 2), percent_e2, np.int16),
        cap_cents=np.full((1, 1, 2), cap_cents, np.int32),
    )


@pytest.mark.parametrize(
    ("rate_e6", "area_e4", "premium"),
    [
        # 1.005 x 1.0 = 100.5 cents, a tie, goes up; with tobacco 150.75 cents.
        (1_005_000, 10_000, [101, 151]),
        # One millionth of a dollar less is 100.4999 cents; with tobacco 150.74985.
        (1_004_999, 10_000, [100, 151]),
        # 1.25 x 0.804 = 100.5 cents exactly; with tobacco 150.75.
        (1_250_000, 8_040, [101, 151]),
        # 1.67 x 0.9 x 1.5 = 225.45 cents; without tobacco 150.3.
        (1_670_000, 9_000, [150, 225]),
        # 1.03 x 1.0 x 1.5 = 154.5 cents, a tie, goes up.
        (1_030_000, 10_000, [103, 155]),
    ],
)
def test_the_kernel_rounds_ties_up_and_what_is_just_below_them_down(
    rate_e6: int, area_e4: int, premium: list[int]
) -> None:
    load = kernel_of(rate_e6, area_e4=area_e4, days=31, percent_e2=0, cap_cents=0)
    assert kernel_ours.run(kernel_ours.prepare(load))["coverage.premium_cents"].tolist() == premium


def test_the_kernel_prorates_splits_and_caps() -> None:
    # 100 cents; with tobacco 150. Ten days of 31: 32.258 and 48.387 cents. Half of 32 is 16, of 48 is 24, at most 20.
    load = kernel_of(1_000_000, area_e4=10_000, days=10, percent_e2=5_000, cap_cents=20)
    found = kernel_ours.run(kernel_ours.prepare(load))
    assert found["coverage.prorated_cents"].tolist() == [32, 48]
    assert found["coverage.employer_cents"].tolist() == [16, 20]
    assert found["coverage.employee_cents"].tolist() == [16, 28]
    assert found["member.employee_cents"].tolist() == [16, 28]


def test_the_kernel_equals_plain_integers_whatever_its_chunks_and_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    load = kernel_workload.make(2_000, seed=3)
    prepared = kernel_ours.prepare(load)
    whole = kernel_ours.run(prepared)
    assert kernel.plainly_wrong(load, whole) == []
    for level, edges in (("plan", load.coverage_edges), ("member", load.coverage_edges[load.plan_edges])):
        for amount in kernel_workload.AMOUNTS:
            coverages = whole[f"coverage.{amount}"].tolist()
            sums = [sum(coverages[a:b]) for a, b in pairwise(edges)]
            assert whole[f"{level}.{amount}"].tolist() == sums
    for chunk, threads in ((7, 1), (64, 2), (1_000, 3)):
        monkeypatch.setattr(kernel_ours, "CHUNK", chunk)
        assert kernel.differences(whole, kernel_ours.run(prepared, threads)) == []


def test_a_rounding_that_float64_cannot_promise_is_refused() -> None:
    # Quotients of a million over 10**12: the nearest miss of a tie is 5e-13, an ulp there 1e-10.
    with pytest.raises(ValueError, match="exact settling"):
        kernel_ours.Rounding.of(10**12, 1e6, 2)
    quotient = np.array([0.5, 1.5, 2.49, 2.51])
    cents = np.empty(4, np.int64)
    kernel_ours.Rounding.of(100, 1e6, 2)(quotient, cents)
    assert quotient.tolist() == cents.tolist() == [1, 2, 2, 3]


def test_totals_of_the_kernel_do_not_ask_for_equally_many_rows() -> None:
    edges = np.array([0, 1, 4, 6])  # three plans of 1, 3 and 2 coverages
    assert kernel_ours._rows_of_each(edges) is edges
    assert kernel_ours._rows_of_each(np.array([0, 2, 4, 6])) == 2
    nobody = np.array([0])
    assert kernel_ours._rows_of_each(nobody) is nobody


def test_a_book_rated_in_slices_has_the_cents_of_its_slices_rated_whole(tmp_path: Path) -> None:
    slices.write_book(tmp_path, n_members=1_000, n_slices=2)
    whole = [int(ours.run(ours.prepare(make(500, seed=seed))).prorated_cents.sum()) for seed in (0, 1)]
    found = slices.rate_book(tmp_path)
    assert (found["members"], found["coverages"]) == (1_000, 4_000)
    assert found["prorated_cents"] == sum(whole)


def step_here(module: str, *words: str) -> dict:
    """A step as `timing.in_process` runs it, without the seconds in which an interpreter imports the product."""
    told, empty = StringIO(), empty_file()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(told):
        patch.setattr(sys, "argv", [module, *words])
        patch.setattr("services.book.Book", OpenBook)
        patch.setattr(OpenBook, "create", lambda book, now: shutil.copy(empty, book.path))
        patch.delitem(sys.modules, module)  # it runs anew, as a program
        runpy.run_module(module, run_name="__main__")
    close_all()
    return json.loads(told.getvalue().splitlines()[-1])


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, str]:
    """All parts measured by the program in this process, then one of them as it is typed.

    What needs a process of its own has one: the server, the road whose memory is told, and the core that grows.
    """
    out, told = tmp_path_factory.mktemp("bench") / "bench.json", StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(told):
        for part in (road, http, policies):
            patch.setattr(part, "in_process", lambda *words: (in_process if "road" in words else step_here)(*words))
        patch.setattr(sys, "argv", ["benchmarks", "--quick", "--out", str(out)])
        program.main()
    whole = json.loads(out.read_text())
    typed = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--only", "kernel", "--out", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert typed.returncode == 0, typed.stderr
    again = json.loads(out.read_text())
    assert again.keys() == whole.keys()
    assert again["core"].keys() == whole["core"].keys()
    assert "floor" in typed.stdout
    return whole, told.getvalue()


def test_a_quick_benchmark_writes_every_promised_figure(quick: tuple[dict, str]) -> None:
    figures, printed = quick
    assert figures["road"]["vs_floor"] > 0
    assert 0 < figures["road"]["peak_gib"] < 2
    assert figures["road"]["coverages"] > 0
    needs = {"vs_pandas": "pandas", "vs_openfisca": "openfisca_core", "vs_numba_per_thread": "numba"}
    for name in program.TARGETS:
        part, figure = name.split(".")
        if part == "core" and find_spec(needs.get(figure, "numpy")):
            assert figures["core"][figure] > 0
        if part in ("http", "policies"):
            assert figures[part][figure] > 0
    assert "floor" in printed


def test_the_service_stores_what_the_road_stores(quick: tuple[dict, str]) -> None:
    figures, printed = quick
    stored = figures["http"]["stored"]
    # 60 members uploaded, 20 loaded before them; plans came with the 60, and nothing was refused.
    assert stored["book.census_member"] == 60 + 20
    assert stored["book.member_plan"] > 60
    assert stored["book.census_issue"] == 0
    assert "POST of 20 members" in printed


def test_everybody_asked_for_is_quoted_and_enrolled(quick: tuple[dict, str]) -> None:
    found, printed = quick[0]["policies"], quick[1]
    assert (found["quoted_members"], found["quoted_plans"], found["policies"]) == (40, 3, 10 * 3)  # families of four
    assert "10 families in 3 plans" in printed


def test_a_rival_that_is_not_installed_is_said_to_be_skipped(quick: tuple[dict, str]) -> None:
    figures, printed = quick
    missing = [*figures["core"]["missing"], *figures["core"]["kernel"]["missing"]]
    assert printed.count("skipped: not installed here") == len(missing)


def test_a_full_benchmark_refuses_to_judge_without_its_rivals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "NEEDS", {"core": ("no_such_rival",), "kernel": ("numpy",)})
    with pytest.raises(SystemExit, match="no_such_rival"):
        program._refuse_missing(("road", "core", "kernel"))
    program._refuse_missing(("road", "kernel"))


@pytest.mark.parametrize(("value", "verdict"), [(4.99, "NOT met"), (5.0, "met"), (None, "not measured")])
def test_each_target_is_printed_with_its_verdict(value: float | None, verdict: str) -> None:
    core = {} if value is None else {"vs_duckdb": value}
    printed = program.report({"machine": {"quick": False}, "core": core})
    line = next(line for line in printed.splitlines() if "core.vs_duckdb" in line)
    assert line.endswith(f"at least 5: {verdict}")


def test_a_rival_written_for_this_workload_is_told_without_a_verdict() -> None:
    printed = program.report({"machine": {"quick": False}, "core": {"vs_polars": 9.99, "vs_polars_on_one_key": 7.0}})
    lines = {line.split()[0]: line for line in printed.splitlines() if line.startswith("  core.vs_polars")}
    assert lines["core.vs_polars"].endswith("at least 10: NOT met")
    assert lines["core.vs_polars_on_one_key"].endswith("told, not judged")


def pins(name: str) -> dict[str, str]:
    lock = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9][\w.-]*)==(\S+)[^\n]*\\\n    --hash=sha256:", lock, re.MULTILINE))


def test_the_rivals_run_on_the_same_versions_as_the_product() -> None:
    product, bench = pins("requirements.lock"), pins("requirements-bench.lock")
    lines = (ROOT / "requirements-bench.lock").read_text(encoding="utf-8").splitlines()
    assert len(bench) == sum("==" in line and not line.startswith(" ") for line in lines), "a package without hashes"
    assert {"numpy", "duckdb", "polars", "pyarrow"} <= bench.keys() & product.keys()
    assert {name: v for name, v in bench.items() if name in product and product[name] != v} == {}
