"""A rating method that another distribution brings: found by its entry point, priced like one of ours.

What lives here: a distribution made in a temporary folder, seen by an interpreter of its own, since methods are
found when the core is imported. What does not: our methods (`test_every_method`).
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

METHOD = '''
"""Price per started ten thousand dollars of pay. Unit: USD per ten thousand dollars. Source: a test. Example: none."""

from rating.money import Ratio
from rating.pricing import Price, Selection

TEN_THOUSAND = 1_000_000


def price(selection: Selection) -> Price:
    started = -(-selection.pay_cents // TEN_THOUSAND)
    return Price(volume=Ratio((started * 100,), (1,)), per_unit=1, volume_cents=started * 100)
'''

PROGRAM = """
import json
from rating.codes import Axis
from rating.methods import CODES
from tests.rating.builders import World, cents

made = World()
offer = made.offer(made.table("started_pay", [({}, "1.25")]))
for pay in ("10000.00", "10000.01", "63450.00"):
    made.hold(made.member(annual_pay_cents=cents(pay)), offer)
print(json.dumps({"codes": list(CODES), "period": made.rate().period_cents.tolist()}))
"""


def distribution(folder: Path, name: str, code: str) -> None:
    """A package as an installer lays it down: a module, and the metadata that names it."""
    (folder / f"{name}.py").write_text(METHOD, encoding="utf-8")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[rating.methods]\n{code} = {name}\n", encoding="utf-8")


def run(folder: Path, program: str) -> "subprocess.CompletedProcess[str]":
    paths = os.pathsep.join([str(ROOT), str(folder)])
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=os.environ | {"PYTHONPATH": paths}
    )


def test_a_method_of_another_distribution_is_listed_and_prices_to_the_cent(tmp_path: Path) -> None:
    distribution(tmp_path, "started_pay_method", "started_pay")
    made = run(tmp_path, PROGRAM)
    assert made.returncode == 0, made.stderr
    said = json.loads(made.stdout)
    assert "started_pay" in said["codes"] and said["codes"] == sorted(said["codes"])
    # 10,000.00 is one ten thousand begun, 10,000.01 two, 63,450.00 seven; each costs 1.25 a month.
    assert said["period"] == [125, 250, 875]


def test_a_method_of_another_distribution_cannot_take_the_name_of_one_of_ours(tmp_path: Path) -> None:
    distribution(tmp_path, "another_flat", "flat")
    made = run(tmp_path, "import rating")
    assert made.returncode != 0
    assert "The rating method 'flat' of another_flat exists already" in made.stderr


def test_without_other_distributions_the_methods_are_those_of_the_package(tmp_path: Path) -> None:
    made = run(tmp_path, "from rating.methods import CODES; print(len(CODES))")
    files = [path.stem for path in (ROOT / "rating" / "methods").glob("*.py") if path.stem != "__init__"]
    assert int(made.stdout) == len(files)
