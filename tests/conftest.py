"""What every test may use, and the list of contract rules that passing tests prove.

What lives here: the fresh book, the fixed clock, the collecting of `@pytest.mark.rule`, and the verdict of a whole run
on the rules that are due. What does not: builders of one area, which stand beside its tests; the citations in the
source (`tests/coverage_of_rules.py`).
"""

import gc
import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import hypothesis
import pytest

from services.book import Book
from tests.coverage_of_rules import unproved
from tests.made_once import NOW, empty_book, shared_folder
from tests.open_book import drop_all

ROOT = Path(__file__).parent.parent

# A test judges what comes out, never how long it took on this machine.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

_proved: dict[str, list[str]] = {}
_unproved: list[str] = []


def pytest_configure(config: pytest.Config) -> None:
    """The process that starts the workers makes the folder that they share, and removes it."""
    if not hasattr(config, "workerinput"):
        made = ExitStack()
        made.enter_context(shared_folder())
        config.add_cleanup(made.close)


def pytest_collection_finish() -> None:
    """What thousands of tests and all they import hold is not gone through again each time that memory is collected."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def now() -> datetime:
    """The fixed moment."""
    return NOW


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """A new, empty book in a folder of its own."""
    yield empty_book(tmp_path / "data" / "benefits.duckdb")


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """What a test opened is closed at its end."""
    yield
    drop_all()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Carry the rules of a test on its report, so that they survive the way from a worker."""
    outcome = yield
    report = outcome.get_result()  # pyright: ignore[reportAttributeAccessIssue]
    rules = [name for mark in item.iter_markers("rule") for name in mark.args]
    report.user_properties.append(("rules", rules))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A rule counts as proved only by a test that ran and passed."""
    if report.when == "call" and report.passed:
        for key, rules in report.user_properties:
            if key == "rules" and isinstance(rules, list):
                for rule in rules:
                    _proved.setdefault(rule, []).append(report.nodeid)


def pytest_unconfigure() -> None:
    """What stays frozen is never freed, and DuckDB's binding would end the process with pages of leaks."""
    gc.unfreeze()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the rules proved by a whole run to `build/rules.json`; workers leave it to their controller."""
    if hasattr(session.config, "workerinput") or not _proved:
        return
    target = ROOT / "build" / "rules.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps({rule: sorted(tests) for rule, tests in sorted(_proved.items())}, indent=1) + "\n")
    if _is_whole(session.config):
        _unproved.extend(unproved(_proved))
        if _unproved and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the rules of which no citing test ran and passed."""
    if _unproved:
        terminalreporter.section("rules cited by no test that ran and passed")
        terminalreporter.write_line(", ".join(_unproved))


def _is_whole(config: pytest.Config) -> bool:
    """Whether the run was asked for everything: no paths, and nothing that leaves tests out."""
    option = config.option
    return (
        config.args_source == pytest.Config.ArgsSource.TESTPATHS
        and not (option.keyword or option.markexpr or option.deselect or option.ignore or option.ignore_glob)
        and not (getattr(option, "lf", False) or getattr(option, "failedfirst", False) or option.collectonly)
    )
