"""The answers beside the host tables: what they settle, contradict, and leave open."""

from typing import Any

import pytest

from harness.lab.table import table
from harness.lab.ways import WAYS, markup_of
from harness.phone.hosts.measured import Measurement
from harness.phone.hosts.tables import ROWS

SAW: dict[str, Any] = {
    "host": "ios-safari",
    "mechanism": "navigation",
    "gesture": False,
    "way": "script",
    "outcome": "prompts",
    "device": "iPhone 15",
    "system": "iOS 18.6",
    "at": "2026-11-26T09:00:00+00:00",
}


def saw(**changes: Any) -> Measurement:
    """Return a measurement with some of its fields replaced."""
    return Measurement(**(SAW | changes))


def lines(*measurements: Measurement) -> list[str]:
    """Return the table's lines about what was measured."""
    return table(measurements).partition("## What a phone could settle")[0].splitlines()


@pytest.mark.parametrize(
    ("changes", "so"),
    [
        ({"outcome": "prompts"}, "settled: another"),
        ({"outcome": "blocked"}, "settled: agrees"),
        ({"gesture": True}, "agrees"),
        ({"gesture": True, "outcome": "blocked"}, "CONTRADICTS"),
        ({"outcome": None, "note": "white | page"}, "no word for it"),
        ({"gesture": True, "outcome": "alert", "app_installed": False}, "agrees"),
    ],
)
def test_each_answer_is_told_beside_the_tables_word(changes: Any, so: str) -> None:
    """Agreeing, settling what was not sure, or contradicting what was."""
    line = lines(saw(**changes))[-2]
    assert line.endswith(f"| {so} |")
    assert "iPhone 15, iOS 18.6 (2026-11-26)" in line
    assert line.count("|") == 7


@pytest.mark.parametrize(("number", "said"), [(0, "0 answers"), (1, "1 answer"), (2, "2 answers")])
def test_the_head_says_how_many_there_are(number: int, said: str) -> None:
    """In words that fit one as well."""
    assert lines(*[saw()] * number)[0] == f"# {said} beside the host tables"


def test_answers_that_differ_say_so() -> None:
    """In one line, with whose they are."""
    other = saw(outcome="blocked", device="iPhone 17")
    line = lines(saw(), other)[-2]
    assert line.endswith("| answers differ |")
    assert "iPhone 15" in line
    assert "iPhone 17" in line


def test_what_is_open_is_listed_until_it_is_measured() -> None:
    """The cells that reports contradict each other about first of all."""
    row = "| ios-safari | script, link or form in the same tab | no |"
    assert row in table(())
    assert row not in table((saw(),)).partition("## What a phone could settle")[2]
    assert "ios-safari | meta refresh | yes" not in table(())
    assert "Nothing has been measured yet." in table(())


def test_ways_are_the_ten_and_more_and_each_has_a_cell() -> None:
    """Whatever the host."""
    assert {(way.mechanism, way.gesture) for way in WAYS} <= set(ROWS)
    assert {way.id for way in WAYS} >= {
        *("script", "timer", "meta-refresh", "refresh-header", "redirect", "redirect-after-tap"),
        *("iframe", "form", "window-open", "button", "touchstart", "touchend"),
    }


def test_a_link_stays_a_link() -> None:
    """In markup and in scripts, whatever is in it."""
    link = "a:\"'</script><b>&"
    for way in WAYS:
        text = markup_of(way, link, "/go")
        assert "<b>" not in text, way.id
        assert text.count("</script>") == bool(way.script), way.id
