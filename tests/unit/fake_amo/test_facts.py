"""FACTS.md, the tests and the code speak of the same behaviours; the README of the same faults."""

import re
from dataclasses import fields
from pathlib import Path

from fake_amo.control.calls import CALLS
from fake_amo.site.faults import MENU, STEPS
from fake_amo.state.profiles import Profile
from fake_amo.state.settings import AmoSettings

ROOT = Path(__file__).parents[3]
FACTS = (ROOT / "fake_amo" / "FACTS.md").read_text(encoding="utf-8")
README = (ROOT / "fake_amo" / "README.md").read_text(encoding="utf-8")
_ID = r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*"


def named_in(folder: Path) -> set[str]:
    """Return the ids that Python files name after `FACTS:`."""
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*.py")]
    lists = [found for text in texts for found in re.findall(rf"FACTS: ({_ID}(?:, {_ID})*)", text)]
    return {each for found in lists for each in found.split(", ")}


LISTED = set(re.findall(rf"^\| ({_ID}) \|", FACTS, flags=re.MULTILINE))


def test_every_fact_is_shown_by_a_test_and_every_test_by_a_fact() -> None:
    """An id without a test is a claim; a test's id that is not listed has no source."""
    shown = named_in(ROOT / "tests" / "http" / "fake_amo") | named_in(ROOT / "tests" / "unit" / "fake_amo")
    assert shown == LISTED
    assert len(LISTED) > 70


def test_code_names_facts_that_are_there() -> None:
    """A comment's id leads to its source."""
    assert named_in(ROOT / "fake_amo") <= LISTED


def test_no_fact_is_listed_twice() -> None:
    """One behaviour, one row."""
    rows = re.findall(rf"^\| ({_ID}) \|", FACTS, flags=re.MULTILINE)
    assert len(rows) == len(LISTED)


def test_every_disagreement_is_a_setting() -> None:
    """The table of doubts names settings and profile fields that exist."""
    table = FACTS.partition("## Where sources disagree")[2]
    named = set(re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE))
    known = {each.name for each in fields(AmoSettings)} | {each.name for each in fields(Profile)}
    assert named <= known
    assert len(named) > 8


def test_readme_has_the_whole_menu() -> None:
    """Every fault with its parameters, every step, every control call that changes something."""
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", README, flags=re.MULTILINE))
    assert list(rows) == list(MENU)
    for name, kind in MENU.items():
        parameters = re.findall(r"`(\w+)`", rows[name].partition(":")[0])
        assert parameters == [*kind.required, *kind.optional]
    assert all(f"`{step}`" in README for step in STEPS)
    assert all(f"`{each.method} {each.path}" in README for each in CALLS if each.method in {"POST", "PUT"})
