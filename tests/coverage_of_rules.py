"""Which test proves which rule of the contract: the list of rules, the citations in the tests, and the page of both.

What lives here: reading `tests/contract_rules.csv` (id, page of the contract, due now or later, what it says), finding
every `@pytest.mark.rule` by reading the source of the tests without running one, and `python -m
tests.coverage_of_rules`, which writes `docs/contract-coverage.md` (`--check` only compares, and fails when a rule that
is due has no test, a cited id is no rule, or the page is behind). What does not: whether a cited test ran and passed,
which a whole run of the suite finds out (`tests/conftest.py`).
"""

import ast
import csv
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
LIST = Path("tests/contract_rules.csv")
PAGE = Path("docs/contract-coverage.md")
REMAKE = "python -m tests.coverage_of_rules"

SHOWN = 5
"""How many tests of a rule the page names."""

LONGEST = 140
"""Characters of what a rule says, on one line of the list."""

NOTED = re.compile(r"^Rules: (?P<ids>.+)$", re.MULTILINE)
"""Where the note of a golden folder names its rules; `tests/test_golden.py` marks its cases from the same line."""

GOLDEN_TEST = "test_the_road_gives_the_worked_premiums"

_NOT_RUN = {"skip", "skipif", "xfail"}

_OPENING = f"""# Which test proves which rule

Every numbered rule and every error code of the contract, in our own words, with the tests that cite it by
`@pytest.mark.rule`. A rule without a test fails `make check`; a citation whose test did not pass fails `make test`.
A rule marked *later* is not built yet. The list of rules is `{LIST}`; this page is written from it by
`{REMAKE}`; do not edit it by hand.
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """One numbered rule or error code of the contract."""

    id: str
    page: str
    due: bool
    says: str

    @property
    def is_code(self) -> bool:
        """Whether it is an error code; rules have two letters and a number."""
        return not re.fullmatch(r"[A-Z]{2}-\d+", self.id)


@dataclass(frozen=True, slots=True, order=True)
class Proof:
    """A test, or the note of a golden case, that cites rules."""

    path: str
    name: str


@dataclass(slots=True)
class Found:
    """What the sources say: the tests of each id, and marks that belong to no test or cannot be read."""

    tests: dict[str, set[Proof]] = field(default_factory=dict)
    stray: list[str] = field(default_factory=list)

    def cite(self, rule: str, test: Proof) -> None:
        """Note one citation."""
        self.tests.setdefault(rule, set()).add(test)


# ------------------------------------------------------------------------------------------------------- the list


def rules_of(root: Path = ROOT) -> list[Rule]:
    """The list, in the order of its file."""
    with (root / LIST).open(newline="", encoding="utf-8") as lines:
        return [Rule(row["id"], row["page"], row["due"] != "later", row["says"]) for row in csv.DictReader(lines)]


def faults_of_list(root: Path = ROOT) -> list[str]:
    """Lines of the list that are not in order: an id twice, words of `due` unknown, text missing or too long."""
    with (root / LIST).open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    ids = [row["id"] for row in rows]
    faults = [f"{LIST}: {each} stands there more than once" for each in sorted({i for i in ids if ids.count(i) > 1})]
    for row in rows:
        if row["due"] not in ("now", "later"):
            faults.append(f"{LIST}: {row['id']} is due {row['due']!r}; say now or later")
        if not 0 < len(row["says"]) <= LONGEST:
            faults.append(f"{LIST}: {row['id']} says {len(row['says'])} characters; 1 to {LONGEST} are asked for")
    return faults


# -------------------------------------------------------------------------------------------------- the citations


def citations(root: Path = ROOT) -> Found:
    """Every citation in the tests and in the notes of the golden folders."""
    found = Found()
    for path in sorted((root / "tests").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if "mark.rule" in source:
            _read_module(ast.parse(source), path.relative_to(root).as_posix(), found)
    for note in sorted((root / "tests" / "golden").glob("*/note.md")):
        named = NOTED.search(note.read_text(encoding="utf-8"))
        for rule in named["ids"].split(",") if named else ():
            found.cite(rule.strip(), Proof(note.relative_to(root).as_posix(), f"{GOLDEN_TEST}[{note.parent.name}]"))
    return found


def _read_module(tree: ast.Module, path: str, found: Found) -> None:
    """Marks of a module hold for all its tests, those of a class for its methods, those of a parameter for its test."""
    tests = list(_tests_of(tree))
    inherited = _marks(
        each.value for each in tree.body if isinstance(each, ast.Assign) and _names(each) == ["pytestmark"]
    )
    shared = {name: each.value for each in tree.body if isinstance(each, ast.Assign) for name in _names(each)}
    read = set(map(id, inherited))
    for name, decorators in tests:
        named = {inner.id for each in decorators for inner in ast.walk(each) if isinstance(inner, ast.Name)}
        marks = _marks([*decorators, *(shared[each] for each in sorted(named & shared.keys()))])
        read |= set(map(id, marks))
        if not _NOT_RUN & set(map(_mark_name, _within(decorators))):
            for rule in _ids([*inherited, *marks]):
                found.cite(rule, Proof(path, name))
    for mark in _marks([tree]):
        if not _is_read_from_notes(mark) and (id(mark) not in read or len(_ids([mark])) != max(1, len(mark.args))):
            found.stray.append(f"{path}:{mark.lineno}: {ast.unparse(mark)} is on no test, or names no ids")


def _tests_of(tree: ast.Module) -> Iterator[tuple[str, list[ast.expr]]]:
    """Each test by name, with the expressions that may mark it."""
    for each in tree.body:
        match each:
            case ast.FunctionDef(name=name) if name.startswith("test_"):
                yield name, each.decorator_list
            case ast.ClassDef(name=name) if name.startswith("Test"):
                for inner in each.body:
                    if isinstance(inner, ast.FunctionDef) and inner.name.startswith("test_"):
                        yield f"{name}::{inner.name}", [*each.decorator_list, *inner.decorator_list]
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as made) if name.startswith("Test"):
                yield name, [made]  # TestMembers = pytest.mark.rule("OB-1")(Machine.TestCase)
            case _:
                pass


def _names(assigned: ast.Assign) -> list[str]:
    return [target.id for target in assigned.targets if isinstance(target, ast.Name)]


def _within(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    return (inner for each in nodes for inner in ast.walk(each))


def _mark_name(node: ast.AST) -> str:
    """`rule` for `pytest.mark.rule`, nothing for other expressions."""
    match node:
        case ast.Attribute(attr=name, value=ast.Attribute(attr="mark")):
            return name
    return ""


def _marks(nodes: Iterable[ast.AST]) -> list[ast.Call]:
    return [call for call in _within(nodes) if isinstance(call, ast.Call) and _mark_name(call.func) == "rule"]


def _ids(marks: Iterable[ast.Call]) -> list[str]:
    return [
        arg.value for mark in marks for arg in mark.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
    ]


def _is_read_from_notes(mark: ast.Call) -> bool:
    """The golden cases mark themselves from their notes, which are read here too."""
    return any(isinstance(inner, ast.Name) and inner.id == "named" for inner in ast.walk(mark))


# ----------------------------------------------------------------------------------------------------- the verdict


def faults(root: Path = ROOT) -> list[str]:
    """All that keeps the check from passing, each with its place and the remedy; nothing when all is well."""
    rules, found = rules_of(root), citations(root)
    known = {rule.id for rule in rules}
    unknown = [
        f"{test.path}::{test.name} cites {cited}, which is no rule of {LIST}"
        for cited in sorted(found.tests.keys() - known)
        for test in sorted(found.tests[cited])
    ]
    untested = [
        f"{rule.id} ({rule.page}) has no test: {rule.says}" for rule in rules if rule.due and rule.id not in found.tests
    ]
    page = root / PAGE
    behind = not page.exists() or page.read_text(encoding="utf-8") != render(rules, found.tests)
    return [
        *faults_of_list(root),
        *found.stray,
        *unknown,
        *untested,
        *([f"{PAGE} is behind the tests: type {REMAKE}"] if behind else []),
    ]


def unproved(proved: Collection[str], root: Path = ROOT) -> list[str]:
    """Rules that are due and cited, but by no test that ran and passed."""
    tests = citations(root).tests
    return [rule.id for rule in rules_of(root) if rule.due and rule.id in tests and rule.id not in proved]


# -------------------------------------------------------------------------------------------------------- the page


def render(rules: list[Rule], tests: Mapping[str, Collection[Proof]]) -> str:
    """The page: how far each page of the contract is covered, then its rules and its codes with their tests."""
    parts = [_OPENING, "| page of the contract | rules and codes | with a test | later |", "|---|---:|---:|---:|"]
    pages = list(dict.fromkeys(rule.page for rule in rules))
    by_page = [(page, [rule for rule in rules if rule.page == page]) for page in pages]
    for page, each in by_page:
        tested = sum(rule.id in tests for rule in each)
        parts.append(f"| [{page}](#{page}) | {len(each)} | {tested} | {sum(not rule.due for rule in each)} |")
    for page, each in by_page:
        parts.append(f"\n## {page}\n")
        for heading, several in (
            ("rule", [r for r in each if not r.is_code]),
            ("code", [r for r in each if r.is_code]),
        ):
            if several:
                parts += [f"| {heading} | says | tests |", "|---|---|---|"]
                parts += [f"| {r.id} | {_cell(r.says)} | {_tests_cell(r, tests.get(r.id, ()))} |" for r in several]
                parts.append("")
    return "\n".join(parts).rstrip("\n") + "\n"


def _tests_cell(rule: Rule, tests: Collection[Proof]) -> str:
    if not tests:
        return "**none**" if rule.due else "*later*"
    links = [
        f"[{_cell(Path(test.path).stem if test.path.endswith('.py') else Path(test.path).parent.name)}::"
        f"{_cell(test.name.split('[')[0])}](../{test.path})"
        for test in sorted(tests)
    ]
    more = [f"and {len(links) - SHOWN} more"] if len(links) > SHOWN else []
    return "<br>".join([*links[:SHOWN], *more])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Write the page, or with `--check` say what is wrong."""
    if arguments == ["--check"]:
        wrong = faults(root)
        for each in wrong:
            print(each, file=sys.stderr)
        if wrong:
            print(f"{len(wrong)} faults in the coverage of the contract", file=sys.stderr)
        return min(len(wrong), 1)
    if arguments:
        print(f"{REMAKE} [--check]", file=sys.stderr)
        return 2
    (root / PAGE).parent.mkdir(exist_ok=True)
    (root / PAGE).write_text(render(rules_of(root), citations(root).tests), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
