"""The coverage of the contract: citations are found without running a test, and what is missing or invented is told."""

import re
from pathlib import Path

import pytest

from tests import test_golden
from tests.coverage_of_rules import (
    GOLDEN_TEST,
    LIST,
    LONGEST,
    NOTED,
    PAGE,
    Proof,
    citations,
    faults,
    faults_of_list,
    main,
    rules_of,
    unproved,
)

RULES = """id,page,due,says
AA-1,first,now,The first rule.
AA-2,first,now,"The second, with a comma."
GB-AA-001,first,now,A code.
BB-1,second,later,Not yet.
"""

TESTS = '''"""Made up."""
import pytest


@pytest.mark.rule("AA-1", "GB-AA-001")
def test_both():
    pass


def test_nothing():
    pass
'''


def tree(folder: Path, tests: str = TESTS, rules: str = RULES) -> Path:
    """A project of one list and one module of tests, with its page written."""
    (folder / "tests" / "area").mkdir(parents=True)
    (folder / LIST).write_text(rules, encoding="utf-8")
    (folder / "tests" / "area" / "test_made_up.py").write_text(tests, encoding="utf-8")
    assert main([], folder) == 0
    return folder


def cited(folder: Path, tests: str) -> dict[str, set[str]]:
    """The names of the tests of each id."""
    return {rule: {test.name for test in found} for rule, found in citations(tree(folder, tests)).tests.items()}


# -------------------------------------------------------------------------------------------------- the citations


def test_a_mark_on_a_function_cites_each_of_its_ids(tmp_path: Path) -> None:
    proof = Proof("tests/area/test_made_up.py", "test_both")
    assert citations(tree(tmp_path)).tests == {"AA-1": {proof}, "GB-AA-001": {proof}}


def test_a_mark_of_the_module_holds_for_each_of_its_tests(tmp_path: Path) -> None:
    module = 'import pytest\npytestmark = [pytest.mark.rule("AA-2")]\n' + TESTS.split("import pytest\n")[1]
    assert cited(tmp_path, module)["AA-2"] == {"test_both", "test_nothing"}


def test_marks_of_parameters_count_where_they_stand_and_under_a_name(tmp_path: Path) -> None:
    module = """import pytest
CASES = [pytest.param(1, marks=pytest.mark.rule("AA-1"))]


@pytest.mark.parametrize("n", [pytest.param(1, marks=[pytest.mark.rule("AA-2")]), 2])
def test_here(n):
    pass


@pytest.mark.parametrize("n", CASES)
def test_named(n):
    pass
"""
    assert cited(tmp_path, module) == {"AA-2": {"test_here"}, "AA-1": {"test_named"}}


def test_marks_of_a_class_hold_for_its_methods_and_a_state_machine_is_marked_by_call(tmp_path: Path) -> None:
    module = """import pytest


@pytest.mark.rule("AA-1")
class TestAll:
    @pytest.mark.rule("AA-2")
    def test_one(self):
        pass

    def helper(self):
        pass


TestMachine = pytest.mark.rule("AA-2")(Machine.TestCase)
"""
    assert cited(tmp_path, module) == {"AA-1": {"TestAll::test_one"}, "AA-2": {"TestAll::test_one", "TestMachine"}}


@pytest.mark.parametrize("mark", ["skip", "skipif(True, reason='x')", "xfail"])
def test_a_test_that_need_not_pass_proves_nothing(tmp_path: Path, mark: str) -> None:
    module = f'import pytest\n\n\n@pytest.mark.rule("AA-1")\n@pytest.mark.{mark}\ndef test_out():\n    pass\n'
    assert cited(tmp_path, module) == {}


def test_the_note_of_a_golden_folder_cites_for_its_case(tmp_path: Path) -> None:
    note = tmp_path / "tests" / "golden" / "flat" / "note.md"
    note.parent.mkdir(parents=True)
    note.write_text("# Flat\nRules: AA-2, AA-1\n", encoding="utf-8")
    proof = Proof("tests/golden/flat/note.md", "test_the_road_gives_the_worked_premiums[flat]")
    assert citations(tree(tmp_path)).tests["AA-2"] == {proof}


def test_golden_cases_are_marked_from_the_line_that_is_read_here() -> None:
    assert test_golden.RULES.pattern == NOTED.pattern
    assert callable(getattr(test_golden, GOLDEN_TEST))


@pytest.mark.parametrize(
    "module",
    [
        'import pytest\n\n\n@pytest.mark.rule("AA-1")\ndef helper():\n    pass\n',
        'import pytest\n\nAA = "AA-1"\n\n\n@pytest.mark.rule(AA)\ndef test_by_name():\n    pass\n',
        "import pytest\n\n\n@pytest.mark.rule()\ndef test_of_no_rule():\n    pass\n",
    ],
)
def test_a_mark_on_no_test_or_without_plain_ids_is_a_fault(tmp_path: Path, module: str) -> None:
    (stray,) = citations(tree(tmp_path, module)).stray
    assert "is on no test, or names no ids" in stray
    assert stray in faults(tmp_path)


# ----------------------------------------------------------------------------------------------------- the verdict


def test_a_due_rule_without_a_test_is_a_fault_and_a_later_one_is_not(tmp_path: Path) -> None:
    assert faults(tree(tmp_path)) == ["AA-2 (first) has no test: The second, with a comma."]


def test_a_cited_id_that_is_no_rule_is_a_fault(tmp_path: Path) -> None:
    tests = TESTS.replace('"AA-1"', '"AA-1", "AA-2", "AA-9"')
    assert faults(tree(tmp_path, tests)) == [
        f"tests/area/test_made_up.py::test_both cites AA-9, which is no rule of {LIST}"
    ]


def test_a_page_behind_the_tests_is_a_fault_until_it_is_written_again(tmp_path: Path) -> None:
    module = tree(tmp_path) / "tests" / "area" / "test_made_up.py"
    module.write_text(TESTS.replace('"AA-1"', '"AA-1", "AA-2"'), encoding="utf-8")
    assert faults(tmp_path) == [f"{PAGE} is behind the tests: type python -m tests.coverage_of_rules"]
    main([], tmp_path)
    assert faults(tmp_path) == []


def test_the_list_is_held_in_order(tmp_path: Path) -> None:
    rules = RULES + f"AA-1,first,now,Again.\nAA-3,first,soon,{'x' * (LONGEST + 1)}\nAA-4,first,later,\n"
    assert faults_of_list(tree(tmp_path, rules=rules)) == [
        f"{LIST}: AA-1 stands there more than once",
        f"{LIST}: AA-3 is due 'soon'; say now or later",
        f"{LIST}: AA-3 says {LONGEST + 1} characters; 1 to {LONGEST} are asked for",
        f"{LIST}: AA-4 says 0 characters; 1 to {LONGEST} are asked for",
    ]


def test_the_check_tells_every_fault_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"], tree(tmp_path)) == 1
    assert "AA-2 (first) has no test" in capsys.readouterr().err
    assert main(["--what"], tmp_path) == 2
    (tmp_path / LIST).write_text(RULES.replace("AA-2,first,now", "AA-2,first,later"), encoding="utf-8")
    assert main([], tmp_path) == 0
    assert main(["--check"], tmp_path) == 0


def test_a_due_rule_that_was_cited_and_did_not_pass_is_unproved(tmp_path: Path) -> None:
    tree(tmp_path)
    assert unproved({"GB-AA-001"}, tmp_path) == ["AA-1"]
    assert unproved({"GB-AA-001", "AA-1"}, tmp_path) == []


# -------------------------------------------------------------------------------------------------------- the page


def test_the_page_shows_each_rule_with_links_to_its_tests(tmp_path: Path) -> None:
    page = (tree(tmp_path) / PAGE).read_text(encoding="utf-8").splitlines()
    assert "| [first](#first) | 3 | 2 | 0 |" in page
    assert "| [second](#second) | 1 | 0 | 1 |" in page
    assert "| AA-1 | The first rule. | [test_made_up::test_both](../tests/area/test_made_up.py) |" in page
    assert "| AA-2 | The second, with a comma. | **none** |" in page
    assert "| BB-1 | Not yet. | *later* |" in page
    assert page.index("| code | says | tests |") > page.index("| rule | says | tests |")


def test_the_page_names_five_tests_and_counts_the_others(tmp_path: Path) -> None:
    seven = "".join(f'\n\n@pytest.mark.rule("AA-1")\ndef test_{n}():\n    pass\n' for n in range(7))
    page = (tree(tmp_path, "import pytest\n" + seven) / PAGE).read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith("| AA-1 ")]
    assert row.count("](../tests/") == 5
    assert row.endswith("<br>and 2 more |")


def test_every_link_of_the_real_page_leads_to_a_file() -> None:
    root = Path(__file__).parent.parent
    links = set(re.findall(r"\]\(([^)#]+)\)", (root / PAGE).read_text(encoding="utf-8")))
    assert links
    assert {link for link in links if not (root / PAGE.parent / link).exists()} == set()


def test_the_list_of_rules_is_in_order_and_counts_on_without_a_rule_twice() -> None:
    assert faults_of_list() == []
    numbers: dict[tuple[str, str], list[int]] = {}
    for rule in rules_of():
        area, number = rule.id.rsplit("-", 1)
        numbers.setdefault((rule.page, area), []).append(int(number))
    assert {key: found for key, found in numbers.items() if found != sorted(found)} == {}
