"""The wheel: built without a network, installed aside, loaded from another folder."""

import importlib.metadata
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("rating", "schemas", "services", "assets", "pipelines")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    made = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh folder that the wheel is installed into."""
    folder = tmp_path_factory.mktemp("site")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(folder),
        str(wheel),
    ]
    made = subprocess.run(command, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return folder


def elsewhere(site: Path, folder: Path, *command: str) -> str:
    """What a command says in another folder that sees the installed wheel and not this checkout."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("BENEFITS", "DAGSTER", "PYTHON"))}
    env |= {
        "PYTHONPATH": str(site),
        "DAGSTER_HOME": str(folder),
        "BENEFITS_BOOK": str(folder / "data" / "benefits.duckdb"),
    }
    made = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    return made.stdout


def test_it_holds_the_five_packages_with_their_data_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == set(PACKAGES)
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)
    assert "pipelines/dagster.yaml" in names
    in_checkout = {path.relative_to(ROOT).as_posix() for path in (ROOT / "services" / "sql").glob("*.sql")}
    assert in_checkout <= set(names)


def test_it_declares_the_command_and_no_package_claims_our_names(site: Path, tmp_path: Path) -> None:
    script = (
        "import importlib.metadata as m\n"
        "found = m.packages_distributions()\n"
        f"print(*[name for name in {PACKAGES!r} if set(found[name]) != {{'group-benefits-rating'}}])\n"
        "print(*[e.value for e in m.entry_points(group='console_scripts', name='benefits')])\n"
    )
    claimed, command = elsewhere(site, tmp_path, sys.executable, "-c", script).splitlines()[:2]
    assert claimed == ""
    assert set(command.split()) == {"pipelines.cli:main"}
    assert importlib.metadata.version("dagster")


def test_the_code_location_loads_from_another_folder(site: Path, tmp_path: Path) -> None:
    script = (
        "import pipelines.definitions as d\n"
        "print(d.__file__)\n"
        "print(len(list(d.defs.resolve_all_asset_specs())), d.defs.resolve_job_def('whole_road').name)\n"
    )
    where, what = elsewhere(site, tmp_path, sys.executable, "-W", "ignore", "-c", script).splitlines()
    assert Path(where).is_relative_to(site)
    assert what == "35 whole_road"


def test_a_stranger_makes_a_book_and_rates_it_with_the_wheel_alone(site: Path, tmp_path: Path) -> None:
    benefits = (sys.executable, "-c", "from pipelines.cli import main; main()")
    elsewhere(site, tmp_path, *benefits, "sample", "--groups", "2", "--people", "6", "--out", "mine")
    said = elsewhere(site, tmp_path, *benefits, "run", "--cohort", "mine", "--folder", "mine")
    assert "Per month" in said
    assert (tmp_path / "published" / "benefits.duckdb").exists()
