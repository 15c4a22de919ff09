"""The pages on HTTP: their calls are run as they are printed, their table of routes is that of the OpenAPI document.

What lives here: the blocks of README and docs/http.md, read as a shell would read them and sent with httpx (curl is not
on every machine). What does not: the routes themselves.
"""

import io
import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipelines.cli.app import answer
from services.http.route_table import document, placed, render
from tests.conftest import ROOT
from tests.http.served import serving

PAGES = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/http.md")}
SECTIONS = {"README.md": "Over HTTP", "docs/http.md": "Five calls"}


def blocks(page: str) -> tuple[str, str]:
    """The two shell blocks of the section: what is typed first, and the calls."""
    section = PAGES[page].split(f"## {SECTIONS[page]}\n")[1].split("\n## ")[0]
    first, calls = re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    return first, calls


def commands(block: str) -> Iterator[list[str]]:
    """The words of each command; quotes may span lines, as may a line that ends with a backslash."""
    held = ""
    for line in block.replace("\\\n", " ").splitlines():
        held += line + "\n"
        try:
            words = shlex.split(held, comments=True)
        except ValueError:
            continue
        if words:
            yield words
        held = ""
    assert not held.strip(), "a quote is not closed"


def as_sent(words: list[str], variables: dict[str, str]) -> tuple[str, str, dict[str, str], str | None]:
    """Method, address, headers and body of a call with curl."""
    assert words.pop(0) == "curl"
    method, url, headers, body = None, "", {}, None
    given = iter(re.sub(r"\$(\w+)", lambda found: variables[found[1]], word) for word in words)
    for word in given:
        if word in ("-sS", "--retry-connrefused"):
            continue
        if word in ("--retry", "--retry-delay"):
            next(given)
        elif word == "-H":
            name, _, value = next(given).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(given)
        elif word == "-X":
            method = next(given)
        else:
            assert not word.startswith("-"), f"{word} is not known here"
            assert not url, f"two addresses: {url} and {word}"
            url = word
    return method or ("GET" if body is None else "POST"), url, headers, body


def test_both_pages_show_the_same_calls() -> None:
    assert blocks("README.md") == blocks("docs/http.md")


def test_what_the_page_says_is_what_a_stranger_gets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first, calls = blocks("docs/http.md")
    book, secret = prepared(first, tmp_path, monkeypatch)
    with serving(book) as api:
        variables = {"TOKEN": secret}
        answers = [answered(words, variables, api.url) for words in commands(calls)]
    codes, bodies = zip(*(each for each in answers if each is not None), strict=True)
    assert codes == (201, 201, 200, 201, 201)
    family, daughter, eligible, chosen, summary = bodies
    # The medical plan has two mandatory coverages, so each member who takes it holds three records.
    assert [len(member["memberPlans"]) for member in family["members"]] == [3, 3]
    assert [member["memberId"] for member in family["members"]] + daughter["memberIds"] == [
        f"0r600000000000000{number}" for number in (1, 2, 3)
    ]
    assert [entry["memberId"] for entry in eligible["membersPlansDetails"]["values"]] == [
        f"0r600000000000000{number}" for number in (1, 2, 3)
    ]
    assert chosen["isSuccess"]
    assert len(chosen["plans"]) == 3
    counted = summary["groupCensus"]
    assert (counted["totalMembers"], counted["totalDependents"], counted["fullTimeMemberCount"]) == (1, 2, 1)


def prepared(block: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, str]:
    """What the first block leaves behind: the book and the secret of the token. The server is started by the test."""
    secret, book = "", folder
    for words in commands(block):
        if words[:2] == ["export", f"BENEFITS_BOOK=$PWD/{words[1].rpartition('/')[2]}"]:
            book = folder / words[1].rpartition("/")[2]
            monkeypatch.setenv("BENEFITS_BOOK", str(book))
        elif words[0] == "export":
            line = " ".join(words[1:])
            inner, pattern = re.fullmatch(r"TOKEN=\$\(benefits (.*) \| grep -o (\S+)\)", line).groups()  # type: ignore[union-attr]
            said = io.StringIO()
            with redirect_stdout(said):
                typed(inner.split())
            (secret,) = re.findall(pattern, said.getvalue())
        elif words == ["benefits", "serve", "&"]:
            continue
        else:
            assert words.pop(0) == "benefits"
            typed(words)
    return book, secret


def typed(words: list[str]) -> None:
    assert answer(words) == 0


def answered(words: list[str], variables: dict[str, str], url: str) -> tuple[int, Any] | None:
    """The status and JSON of a call; None for a line that sets variables."""
    if words[0] == "export":
        for each in words[1:]:
            name, _, value = each.partition("=")
            variables[name] = re.sub(r"\$(\w+)", lambda found: variables[found[1]], value)
        return None
    method, address, headers, body = as_sent(words, variables)
    address = address.replace("http://127.0.0.1:8000", url)
    got = httpx.request(method, address, headers=headers, content=body, timeout=30)
    return got.status_code, got.json() if got.content else None


def test_the_table_of_routes_is_current() -> None:
    page = PAGES["docs/http.md"]
    assert page == placed(page, render(document())), "type: python -m services.http.route_table"


def test_every_route_stands_in_the_table_once() -> None:
    openapi = document()
    rows = [line for line in render(openapi).splitlines() if line.startswith("| `")]
    assert len(rows) == len(set(rows)) == sum(len(methods) for methods in openapi["paths"].values())


@pytest.mark.parametrize("page", ["docs/http.md"])
def test_links_of_the_page_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", PAGES[page]):
        assert ((ROOT / page).parent / target).exists()
