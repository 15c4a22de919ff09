"""The intake works on columns: rows cost no Python, and one group of files costs one scan."""

import sys
from datetime import date
from pathlib import Path

import numpy as np

from services.intake import CensusFile, delimited, land

HEAD = "Employee ID,First Name,Last Name,Relationship,DOB,Zip,Salary,SSN,Gender,Tier,Medical,Life Amount,Plan Name,Plan Type\n"  # noqa: E501


def census(path: Path, n: int) -> CensusFile:
    rows = (
        f'{k // 2},"Ann ""{k}""",Bell,{"EE" if k % 2 == 0 else "CH"},0{k % 9 + 1}/1{k % 9}/19{k % 90 + 10},2108,"$52,000",'  # noqa: E501
        f"12345678,F,EE,PPO,50000,HMO {k % 3},Dental\n"
        for k in range(n)
    )
    path.write_text(HEAD + "".join(rows) + "a,b\n=x,y,z\n\nTotal,\n")
    return CensusFile(path, "c", path.name, None, None, date(2026, 1, 1))


def calls_of(asked: list[CensusFile]) -> int:
    count = 0

    def counted(frame: object, event: str, arg: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(counted)
    try:
        land(asked)
    finally:
        sys.setprofile(None)
    return count


def test_ten_times_the_rows_make_no_more_python_calls(tmp_path: Path) -> None:
    small, large = census(tmp_path / "small.csv", 300), census(tmp_path / "large.csv", 3000)
    land([small])
    assert calls_of([large]) < calls_of([small]) * 1.05 + 200


def test_a_further_file_of_the_same_heading_costs_few_calls(tmp_path: Path) -> None:
    files = [census(tmp_path / f"{n}.csv", 50) for n in range(41)]
    land(files[:1])
    per_file = (calls_of(files) - calls_of(files[:1])) / 40
    assert per_file < 250


def test_blocks_of_any_size_give_the_same_records(monkeypatch) -> None:
    rng = np.random.default_rng(3)
    text = "".join(rng.choice(list('ab,,""\n\n é01234567890')) for _ in range(3000)).encode() + b'"\n'
    whole = delimited.scan([text, text], ",")
    monkeypatch.setattr(delimited, "_BLOCK", 40)
    parts = delimited.scan([text, text], ",")
    assert whole.unclosed == parts.unclosed
    assert whole.cells().to_list() == parts.cells().to_list()
    assert whole.line.tolist() == parts.line.tolist()
