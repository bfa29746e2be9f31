"""Documents that are made from the code are as the code makes them; `make docs` writes them."""

import re
from pathlib import Path

import pytest

from harness.contract import CONTRACT, Clause, Finding
from harness.contract.published.sources import SOURCES, names_in, sources_page, unlisted
from tools.docs import PAGES, numbers, stale, with_numbers, with_numbers_of_today, with_table

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_document_is_up_to_date() -> None:
    """`make docs`, then commit what it wrote."""
    assert stale() == []


@pytest.mark.parametrize("name", PAGES)
def test_a_document_that_is_not_is_named(name: str, tmp_path: Path) -> None:
    """Changed by hand, or gone."""
    for each in PAGES:
        copy = tmp_path / each
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes((ROOT / each).read_bytes())
    assert stale(tmp_path) == []
    with (tmp_path / name).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert stale(tmp_path) == [name]
    (tmp_path / name).unlink()
    assert stale(tmp_path) == [name]


def test_the_numbers_of_a_document_are_todays() -> None:
    """Wherever a number stands before the words; other numbers are left alone."""
    now = numbers()
    text = "0 clauses of 12, 7 scenarios, 1 broken backends"
    clauses, scenarios, broken = (now[each] for each in ("clauses", "scenarios", "broken backends"))
    assert with_numbers(text) == f"{clauses} clauses of 12, {scenarios} scenarios, {broken} broken backends"
    assert all(re.search(rf"\d+ {words}", README) for words in now), "README tells all of them"


def test_a_second_release_changes_nothing_about_the_first() -> None:
    """A release keeps its numbers; only what is not released yet tells today's."""
    old = "## 1.0.0\n\n- 12 clauses, 3 scenarios\n"
    for changelog in (f"# Changelog\n\n## Unreleased\n\n- words\n\n{old}", f"# Changelog\n\n{old}"):
        assert with_numbers_of_today(changelog) == changelog
    new = with_numbers_of_today(f"# Changelog\n\n## Unreleased\n\n- 4 scenarios\n\n{old}")
    assert new == f"# Changelog\n\n## Unreleased\n\n- {numbers()['scenarios']} scenarios\n\n{old}"


def test_a_table_takes_the_place_of_the_old_one() -> None:
    """What is written by hand around it stays."""
    old = "# Head\n\nwords\n\n| page | a |\n| --- |\n\nlegend  \n\nWhat to read in it:\n\n- more\n"
    new = with_table(old, "| page | b |\n\nother  ")
    assert new == "# Head\n\nwords\n\n| page | b |\n\nother  \n\nWhat to read in it:\n\n- more\n"
    assert with_table(new, "| page | b |\n\nother  ") == new


def _clause(source: str) -> Clause:
    return Clause("XX-01", "must", "", source, lambda _: Finding("passed"))


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("S1 req. 1, note 1", ["S1"]),
        ("S1, S2", ["S1", "S2"]),
        ("RFC 6749 §5.1, RFC 9700", ["RFC 6749", "RFC 9700"]),
        ("WCAG 2.2 AA", ["WCAG 2.2"]),
        ("common sense: anybody could see it", ["common sense"]),
    ],
)
def test_a_clause_names_its_sources(source: str, names: list[str]) -> None:
    """Each by the first column of the page."""
    assert names_in(source) == names
    assert unlisted([_clause(source)]) == {}


@pytest.mark.parametrize("source", ["S3", "S12, S1", "anybody", "RFC 67490", "S1, RFC 1"])
def test_a_source_that_is_not_listed_is_named(source: str) -> None:
    """And so is one that only begins like a listed one."""
    assert unlisted([_clause(source)]) == {"XX-01": source}


def test_every_source_of_a_clause_is_listed() -> None:
    """And the page has each listed source once."""
    assert unlisted(CONTRACT) == {}
    page = sources_page()
    assert all(page.count(f"\n| {each.name} |") == 1 for each in SOURCES)


def test_every_rfc_that_the_code_names_is_listed() -> None:
    """In code and documents alike."""
    rooms = ("harness", "fake_amo", "backend_under_test", "scenarios", "docs")
    texts = [
        path.read_text(encoding="utf-8")
        for room in rooms
        for kind in ("*.py", "*.md")
        for path in (ROOT / room).rglob(kind)
    ]
    named = {name for text in texts for name in re.findall(r"RFC \d+", text)}
    assert named <= {each.name for each in SOURCES}
