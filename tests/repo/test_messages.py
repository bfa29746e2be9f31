"""The pages that messages send people to: each is one that the installed command can print."""

import ast
import re

import pytest

from harness.cli import main
from harness.commands.print.pages import pages, title_of
from tests.repo.tree import ROOT

A_FILE = re.compile(r"\bdocs/[\w-]+\.md")
A_PAGE = re.compile(r"amo-harness docs ([a-z-]+)")


def strings(source: str) -> list[str]:
    """Return what a module can say: its strings, without what documents the code itself."""
    tree = ast.parse(source)
    told = {
        id(body[0].value)
        for node in ast.walk(tree)
        if isinstance(body := getattr(node, "body", None), list) and body and isinstance(body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
    ]


@pytest.fixture(scope="module")
def said_by() -> dict[str, list[str]]:
    """What each module can say."""
    return {
        str(path.relative_to(ROOT)): strings(path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "harness").rglob("*.py"))
    }


def files_named(said: list[str]) -> set[str]:
    """Return the files of a checkout that messages name, which whoever installed a wheel does not have."""
    return {found for each in said for found in A_FILE.findall(each)}


def pages_named(said: list[str]) -> set[str]:
    """Return the pages that messages name as the command prints them."""
    return {found for each in said for found in A_PAGE.findall(each)}


def test_no_message_names_a_file_of_the_checkout(said_by: dict[str, list[str]]) -> None:
    """Whoever installed a wheel reads a page by `amo-harness docs`."""
    assert {path: files for path, said in said_by.items() if (files := files_named(said))} == {}


def test_every_page_that_a_message_names_is_there(said_by: dict[str, list[str]]) -> None:
    """A page that was renamed takes the messages along."""
    named = set[str]().union(*(pages_named(said) for said in said_by.values()))
    assert named
    assert named <= set(pages())


def test_both_checks_read_strings_and_no_docstrings() -> None:
    """A module's own words about `docs/` are for whoever reads the code."""
    said = strings('"""Writes docs/a.md."""\nX = "see docs/b.md"\nY = f"run amo-harness docs c {X}"\n')
    assert files_named(said) == {"docs/b.md"}
    assert pages_named(said) == {"c"}


def test_a_page_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """By its name, and by the path that a document has."""
    for words in ("hosts", "docs/hosts.md"):
        assert main(["docs", words]) == 0
        assert capsys.readouterr().out == (ROOT / "docs" / "hosts.md").read_text(encoding="utf-8")


def test_the_pages_are_listed_with_their_titles(capsys: pytest.CaptureFixture[str]) -> None:
    """One a line; a title is the first line without its mark."""
    assert main(["docs"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(pages())
    assert title_of("# What it is\n\nmore\n") == "What it is"


def test_a_page_that_is_not_there_is_refused_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """With what may have been meant."""
    assert main(["docs", "host"]) == 2
    assert capsys.readouterr().err == "amo-harness: there is no page host; did you mean hosts?\n"
