"""The line of a terminal that says what plays now, and the lines of whatever is none."""

import io

import pytest

from harness.report.console import Console
from harness.report.progress import BACK, ProgressLine, is_coloured
from harness.runs.rules import Rules
from harness.runs.runner import Setting
from harness.stage.scenario import choose
from harness.timeline.timeline import Timeline
from tests.unit.report.runs import FAILED, PASSED, played, run_of


class Terminal(io.StringIO):
    """A terminal, as far as a program can ask."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """No wish of whoever runs the tests."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.parametrize(
    ("wishes", "terminal", "file"),
    [
        ({}, True, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        ({"TERM": "dumb"}, False, False),
    ],
    ids=str,
)
def test_colours_are_as_the_environment_wishes(
    wishes: dict[str, str], terminal: bool, file: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_COLOR before FORCE_COLOR; either is a wish where it is not empty."""
    for name, value in wishes.items():
        monkeypatch.setenv(name, value)
    assert is_coloured(Terminal()) is terminal
    assert is_coloured(io.StringIO()) is file


def test_the_line_says_what_plays_and_how_long_it_will_take() -> None:
    """By the recorded times, as fast as this machine has been so far."""
    moments = iter((0.0, 0.0, 4.0))
    stream = Terminal()
    line = ProgressLine(stream, lambda: {"one": 2.0, "two": 1.0, "three": 60.0}, lambda: next(moments))
    line.begin(["one", "two", "three"])
    assert line.text == "  … one  1 of 3, 1 min 03 s left"
    line.go_on("one")
    assert line.text == "  … two  2 of 3, 2 min 02 s left"
    assert stream.getvalue().endswith(BACK)


def test_elsewhere_there_is_no_such_line() -> None:
    """Not a character of it."""
    stream = io.StringIO()
    line = ProgressLine(stream)
    line.begin(["left_alone"])
    line.go_on("left_alone")
    line.show()
    line.take_back()
    assert stream.getvalue() == ""


def console_says(stream: io.StringIO, *, quiet: bool = False) -> str:
    """What a run of two scenarios prints, one of which fails."""
    run = run_of(played("left_alone", CB_06=FAILED), played("code_missing", CB_09=PASSED))
    console = Console(out=None, rules=Rules(), stream=stream, quiet=quiet)
    console.run_started(Setting("webkitgtk", "2.50.6", (), (), "x"), choose(["left_alone", "code_missing"]))
    for each in run.scenarios:
        console.scenario_finished(each, Timeline())
    console.run_finished(run)
    return stream.getvalue()


def test_a_terminal_keeps_the_lines_that_a_file_gets(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is taken back is gone; NO_COLOR takes the colours and leaves the line."""
    monkeypatch.setenv("NO_COLOR", "1")
    shown = console_says(Terminal())
    assert "… left_alone  1 of 2" in shown
    assert "\x1b[3" not in shown
    kept = [line.rpartition(BACK)[2] for line in shown.split("\n")]
    assert kept == console_says(io.StringIO()).split("\n")


def test_quiet_says_what_fails_and_the_verdict() -> None:
    """And nothing of what passed."""
    said = console_says(io.StringIO(), quiet=True)
    assert "✗ left_alone" in said
    assert "to change, causes first:" in said
    assert "FAILED  1 failed" in said
    for each in ("code_missing", "judging", "playing", "passed:", "not observed:"):
        assert each not in said.partition("FAILED")[0]
