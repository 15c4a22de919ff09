"""The code under test: layers, the tree, charters, sizes, and SQL that is named, bound and used.

What lives here: what ARCHITECTURE.md promises, as tests that read the source. What does not: what the code does.
"""

import ast
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from services.book import Book
from services.queries import parts, statements

ROOT = Path(__file__).parent.parent
PACKAGES = ("rating", "schemas", "services", "assets", "pipelines")

THIRD_PARTY = {
    "rating": {"numpy"},
    "schemas": {"pyarrow", "polars", "pandera"},
    "services": {"duckdb", "pyarrow", "polars", "numpy", "pandera", "orjson"},
    "services/http": {"fastapi", "fastapi_offline", "starlette", "pydantic"},
    "services/intake": {"charset_normalizer", "fastexcel"},
    "services/shelf": {"xlsxwriter", "fastexcel"},
    "services/export.py": {"xlsxwriter"},
    "services/pictures.py": {"matplotlib"},
    "assets": {"dagster"},
    "pipelines": {"dagster", "typer", "rich", "uvicorn"},
}
"""What each folder may import that is not ours; a folder's list adds to that of the one around it."""

OURS = {
    "rating": set(),
    "schemas": {"rating"},
    "services": {"rating", "schemas"},
    "assets": {"services"},
    "pipelines": {"assets", "services"},
}
"""What each package may import of ours, besides itself."""

LONGEST_MODULE = 400
LONGEST_FUNCTION = 60
"""Lines of a body, its docstring not counted."""

DATA_MODULES = {"schemas/shelf_rules.py"}
"""Modules that are one long list of declarations."""


def sources(*folders: str) -> list[Path]:
    """Every Python file of the folders."""
    return [
        path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")) if "__pycache__" not in path.parts
    ]


def name_of(path: Path) -> str:
    """The path as the repository knows it."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    """The parsed module."""
    return ast.parse(path.read_text(encoding="utf-8"), name_of(path))


@cache
def nodes_of(path: Path) -> tuple[Any, ...]:
    """Every node of the module, walked once for all who look."""
    return tuple(ast.walk(tree_of(path)))


def imported(path: Path) -> set[str]:
    """Top-level names that a module imports."""
    found: set[str] = set()
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)} imports relatively"
            found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_imports_only_what_the_table_of_layers_allows(package: str) -> None:
    wrong = []
    for path in sources(package):
        allowed = {package} | OURS[package]
        for folder, names in THIRD_PARTY.items():
            if name_of(path) == folder or name_of(path).startswith(folder + "/"):
                allowed |= names
        wrong += [
            f"{name_of(path)} imports {name}" for name in sorted(imported(path) - allowed - sys.stdlib_module_names)
        ]
    assert not wrong, "\n".join(wrong)


def test_schemas_take_only_the_vocabulary_from_the_core() -> None:
    for path in sources("schemas"):
        for node in nodes_of(path):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "rating":
                assert node.module == "rating.codes", f"{name_of(path)} imports {node.module}"


def test_the_import_linter_contracts_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    made = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr


# ------------------------------------------------------------------------------------------------------- the tree


def listed_in_architecture() -> set[str]:
    """Paths of the tree in ARCHITECTURE.md: files end in a suffix, several may stand on one line."""
    blocks = re.findall(
        r"^```\w*\n(.*?)^```", (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    drawn = next(block for block in blocks if "├──" in block)
    found: set[str] = set()
    folders: list[tuple[int, str]] = []
    for line in drawn.splitlines():
        match = re.match(r"^(?P<indent>[│ ]*)(?:[├└]──) (?P<names>.+)$", line)
        if match is None:
            continue
        depth = len(match["indent"])
        folders = [(at, folder) for at, folder in folders if at < depth]
        above = "".join(folder for _, folder in folders)
        for name in match["names"].split():
            if name.endswith("/"):
                folders.append((depth, name))
                break
            if not re.search(r"\.(py|sql|json|yaml|toml|md|lock|typed)$", name):
                break
            found.add(above + name)
    return found


def test_the_tree_in_architecture_is_the_tree() -> None:
    is_module = re.compile(rf"^({'|'.join(PACKAGES)})/.*\.(py|sql)$")
    listed = {path for path in listed_in_architecture() if is_module.match(path)}
    present = {
        name_of(path)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.suffix in (".py", ".sql") and not (path.name == "__init__.py" and path.parent.name == "sql")
    }
    present = {path for path in present if not path.endswith("/__init__.py")}
    listed = {path for path in listed if not path.endswith("/__init__.py")}
    assert listed - present == set(), "ARCHITECTURE.md lists what is not there"
    assert present - listed == set(), "ARCHITECTURE.md leaves these out"


def test_the_top_folders_are_the_ones_of_the_house() -> None:
    known = {*PACKAGES, "tests", "samples", "docs", "benchmarks", "data", "published", "build", "dist"}
    found = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith((".", "__"))}
    assert found <= known, found - known


# -------------------------------------------------------------------------------------------------------- modules


def test_every_module_opens_with_a_charter() -> None:
    poor = []
    for path in sources(*PACKAGES):
        said = ast.get_docstring(tree_of(path)) or ""
        is_method = name_of(path).startswith("rating/methods/") and path.name != "__init__.py"
        if len(said) < 60 or not (is_method or path.name == "__init__.py" or "lives here" in said):
            poor.append(name_of(path))
    assert not poor, f"no charter: {poor}"


def test_modules_and_functions_stay_small() -> None:
    long = []
    for path in sources(*PACKAGES):
        n_lines = len(path.read_text(encoding="utf-8").splitlines())
        if n_lines > LONGEST_MODULE and name_of(path) not in DATA_MODULES:
            long.append(f"{name_of(path)}: {n_lines} lines")
        for node in nodes_of(path):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                n_body = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
                if n_body > LONGEST_FUNCTION:
                    long.append(f"{name_of(path)}: {node.name} has {n_body} lines")
    assert not long, "\n".join(long)


def test_no_module_is_a_drawer() -> None:
    drawers = {"utils", "util", "helpers", "common", "misc"}
    assert not [name_of(path) for path in sources(*PACKAGES) if path.stem in drawers]


def test_importing_anything_does_nothing() -> None:
    script = (
        "import os, sys, importlib, pathlib, polars, duckdb, dagster, matplotlib\n"
        "before = dict(os.environ)\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
        "assert dict(os.environ) == before\n"
        "assert not any(pathlib.Path().iterdir()), list(pathlib.Path().iterdir())\n"
    )
    names = [
        name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in sources(*PACKAGES)
    ]
    env = {
        "PYTHONPATH": str(ROOT),
        "PATH": "",
        "HOME": "/nonexistent",
        "PYTHONWARNINGS": "ignore",
        "MPLCONFIGDIR": "/tmp",
    }
    folder = ROOT / "build" / "empty"
    folder.mkdir(parents=True, exist_ok=True)
    made = subprocess.run([sys.executable, "-c", script, *names], cwd=folder, env=env, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr


# ------------------------------------------------------------------------------------------------------------ SQL

RENDERS_DDL = {"schemas/table.py", "services/book.py"}
"""The two places that render our own declarations to CREATE and COMMENT; no value of a user comes near them."""

SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+(\.\w+)?\s+SET|DELETE\s+FROM|CREATE\s+(OR|TABLE|TEMP|VIEW|SCHEMA))\b",
    re.DOTALL,
)


def test_sql_stands_only_in_sql_files_and_is_never_put_together_from_text() -> None:
    found = []
    for path in sources(*PACKAGES):
        if name_of(path) in RENDERS_DDL:
            continue
        for node in nodes_of(path):
            if isinstance(node, ast.JoinedStr) and SQL.search(ast.unparse(node)):
                found.append(f"{name_of(path)}:{node.lineno}")
            is_query = (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("execute", "sql")
            )
            first = node.args[0] if is_query and node.args else None
            is_control = isinstance(first, ast.Constant) and first.value in ("BEGIN", "COMMIT", "ROLLBACK")
            if isinstance(first, ast.Constant | ast.JoinedStr | ast.BinOp) and not is_control:
                found.append(f"{name_of(path)}:{node.lineno}")
    assert not found, f"SQL outside services/sql: {found}"


def test_no_rows_are_walked_through_python() -> None:
    banned = {"map_elements", "executemany", "iterrows", "itertuples"}
    found = [
        f"{name_of(path)}:{node.lineno} {node.attr}"
        for path in sources(*PACKAGES)
        for node in nodes_of(path)
        if isinstance(node, ast.Attribute) and node.attr in banned
    ]
    assert not found, found


def lent_names() -> set[str]:
    """Names of columns that Python lends to statements, and of temporary tables and views that statements make."""
    found: set[str] = set()
    for path in sources("services"):
        for node in nodes_of(path):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if node.func.attr == "lend":
                    found |= {keyword.arg for keyword in node.keywords if keyword.arg}
                if (
                    node.func.attr in ("register", "create_view")
                    and node.args
                    and isinstance(node.args[0], ast.Constant)
                ):
                    found.add(str(node.args[0].value))
    for body in statements().values():
        found |= set(
            re.findall(r"CREATE (?:OR REPLACE )?TEMP(?:ORARY)? (?:TABLE|VIEW)\s+(?:IF NOT EXISTS\s+)?(\w+)", body)
        )
    return found


BOUND_LATER = re.compile(r"(ATTACH|DETACH|COPY|USE|CHECKPOINT|DROP|INSTALL|LOAD|SET)\b")
"""Statements that PREPARE does not take, or that bind only once a file is attached."""


def test_every_statement_parses_and_binds_to_the_tables_of_a_fresh_book(book: Book) -> None:
    lent = lent_names()
    wrong = []
    with book.write() as tx:
        for name, body in statements().items():
            bare = body_of(body)
            if name.startswith("analytics.") or "{" in bare:
                continue  # built with the book; or the name of one of our own tables is put in first
            try:
                assert len(duckdb.extract_statements(body)) == 1, "holds more than one statement"
                if BOUND_LATER.match(bare) or re.search(r"\b(source|target)\.", bare):
                    continue
                query = re.sub(r"^CREATE (OR REPLACE )?TEMP (TABLE|VIEW)\s+\w+\s+AS\s+", "", bare)
                tx.connection.execute(f"PREPARE checked AS {query}")
                tx.connection.execute("DEALLOCATE checked")
            except duckdb.CatalogException as fault:
                missing = re.search(r"Table with name (\w+) does not exist", str(fault))
                if missing is None or missing[1] not in lent:
                    wrong.append(f"{name}: {str(fault).splitlines()[0]}")
            except (duckdb.Error, AssertionError) as fault:
                wrong.append(f"{name}: {str(fault).splitlines()[0]}")
    assert not wrong, "\n".join(wrong)


def test_every_part_of_statements_is_put_into_several() -> None:
    assert parts()
    wrong = [name for name, text in parts().items() if sum(body.count(text) for body in statements().values()) < 2]
    assert not wrong, f"parts that fewer than two places say: {wrong}"
    unread = [name for name, body in {**statements(), **parts()}.items() if re.search(r"\{\w+\.\w+\}", body)]
    assert not unread, f"parts left by name only: {unread}"


def body_of(statement: str) -> str:
    """A statement without the comments above it."""
    return re.sub(r"^(\s*--[^\n]*\n)+", "", statement).strip()


def test_every_statement_is_used_and_every_use_names_a_statement() -> None:
    said: set[str] = set()
    patterns: list[str] = []
    for path in [*sources("services", "assets", "pipelines"), *sources("tests")]:
        for node in nodes_of(path):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                said.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(p.value) if isinstance(p, ast.Constant) and isinstance(p.value, str) else r"\w+"
                    for p in node.values
                ]
                patterns.append("".join(parts))
    areas = {name.split(".")[0] for name in statements()}
    named = [re.compile(pattern) for pattern in patterns if pattern.split(r"\.")[0] in areas]
    unused = [
        name
        for name in statements()
        if not name.startswith("analytics.") and name not in said and not any(p.fullmatch(name) for p in named)
    ]
    assert not unused, f"statements that nothing runs: {unused}"
    in_code = {
        node.args[0].value
        for path in sources("services")
        for node in nodes_of(path)
        if isinstance(node, ast.Call)
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
        and isinstance(node.func, ast.Attribute | ast.Name)
        and (node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id)
        in ("run", "row", "rows", "table", "frame", "statement")
    }
    missing = sorted(
        name for name in in_code if name.split(".")[0] in areas and "." in name and name not in statements()
    )
    assert not missing, f"uses of statements that are not there: {missing}"


# ---------------------------------------------------------------------------------------------- stands by itself


def test_nothing_names_a_machine_or_a_registry() -> None:
    words = [f"{os.sep}{name}{os.sep}" for name in ("work", "root", "home")] + ["index" + "-url "]
    hosts = re.compile(
        r"https?://(?!github\.com|docs\.|www\.|localhost|127\.0\.0\.1|json-schema|schemas\.)[\w.-]*(pypi|registry|artifactory|mirror)[\w.-]*"
    )
    found = []
    not_ours = {".git", ".venv", "data", "build", "published", ".ruff_cache", ".pytest_cache", ".hypothesis"}
    tops = [path for path in ROOT.iterdir() if path.name not in not_ours]
    for path in (path for top in tops for path in ([top] if top.is_file() else top.rglob("*"))):
        relative = path.relative_to(ROOT)
        if path.is_dir():
            continue
        if (
            path.suffix not in (".py", ".sql", ".md", ".toml", ".yaml", ".json", ".csv", ".lock", "")
            or "__pycache__" in relative.parts
        ):
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        found += [
            f"{relative}: {word}"
            for word in words
            if word in text and not (word.startswith("index") and path.suffix == ".py")
        ]
        found += [f"{relative}: {host[0]}" for host in [hosts.search(text)] if host]
    assert not found, "\n".join(found)


def test_every_package_of_the_lock_carries_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = re.findall(r"^[A-Za-z0-9][\w.\[\]-]*==[^\n]*\\\n    --hash=sha256:", lock, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[A-Za-z0-9][\w.\[\]-]*==", lock, re.MULTILINE))
    assert "--index" not in lock
