"""The benchmarks run, the engines agree, and the report has the keys that are promised. Speed is not tested here."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import core, duck, ours
from benchmarks.workload import make

ROOT = Path(__file__).parents[2]


def test_the_core_and_sql_agree_on_every_column_of_every_level() -> None:
    load = make(3_000, seed=7)
    result, connection = ours.run(ours.prepare(load)), duck.run(duck.prepare(load))
    assert core.compare(load, result, connection) == []
    # Every kind of row is there: priced, without birth date, without rate, outside the term, with and without a rule.
    assert set(np.unique(result.issue)) == {0, 3, 4, 10}
    assert (result.employer_cents > 0).mean() > 0.5
    assert (result.volume_cents >= 0).any()
    assert (result.covered_days < result.term_days).any()


def test_a_disagreement_of_one_cent_is_found() -> None:
    load = make(500)
    result, connection = ours.run(ours.prepare(load)), duck.run(duck.prepare(load))
    result.employee_cents[17] += 1
    found = core.compare(load, result, connection)
    assert len(found) == 1
    assert found[0].startswith("coverage.employee_cents: 1 differ, first at row 17")


def test_the_engines_disagreeing_gives_no_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "compare", lambda *_: ["coverage.age: 1 differ"])
    with pytest.raises(SystemExit, match="do not agree"):
        core.measure(200, 1)


def test_a_quick_benchmark_writes_every_promised_figure(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    made = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--out", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    figures = json.loads(out.read_text())
    assert figures["road"]["vs_floor"] > 0
    assert 0 < figures["road"]["peak_gib"] < 2
    assert figures["core"]["vs_duckdb"] > 0
    assert figures["road"]["coverages"] > 0
    assert "floor" in made.stdout
