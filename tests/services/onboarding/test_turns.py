"""One request of an operation at a time for each partner, among threads and among processes."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from services.insurance_errors import Refused
from services.onboarding.turns import Turns
from tests.conftest import ROOT

OTHER = """
import sys
from pathlib import Path
from services.onboarding.turns import Turns
with Turns(Path(sys.argv[1])).take("P", "POST"):
    print("taken", flush=True)
    sys.stdin.read()
"""


@pytest.mark.rule("ON-19")
def test_a_turn_is_had_once_and_given_back(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "benefits.duckdb")
    with turns.take("P", "POST"), turns.take("P", "GET"), turns.take("Q", "POST"):
        refused: list[int] = []

        def come_early() -> None:
            with pytest.raises(Refused) as fault, turns.take("P", "POST"):
                pass
            refused.append(fault.value.status)

        thread = threading.Thread(target=come_early)
        thread.start()
        thread.join(10)
        assert refused == [429]
    with pytest.raises(ZeroDivisionError), turns.take("P", "POST"):
        _ = 1 // 0
    with turns.take("P", "POST"):
        pass
    turns.close()


@pytest.mark.rule("ON-19")
def test_another_process_keeps_its_turn_until_it_dies(tmp_path: Path) -> None:
    book = tmp_path / "benefits.duckdb"
    other = subprocess.Popen(
        [sys.executable, "-c", OTHER, str(book)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "taken\n"
        turns = Turns(book)
        with pytest.raises(Refused), turns.take("P", "POST"):
            pass
        with turns.take("P", "GET"):
            pass
    finally:
        other.kill()
        other.wait(10)
    with turns.take("P", "POST"):
        pass
    turns.close()
