"""What a person reads in a terminal says what results.json says."""

import io
from dataclasses import replace
from pathlib import Path

import pytest

from harness.contract import Finding
from harness.report.console import SIGNS, Console
from harness.runs.results import RunResult, ScenarioResult
from harness.runs.rules import Rules
from harness.saved.results_file import document
from harness.timeline.events import ScenarioStarted
from harness.timeline.page_events import Departure, TapFailed
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline
from tests.unit.report.runs import FAILED, PASSED, UNSEEN, played, run_of, timeline_of

KNOWN = {"CB-06": "tracked as ADM-12"}
LEFT_OUT = replace(played(), left_out="the backend does not offer: users")


def line_of(run: RunResult) -> str:
    """The line that the console shows for the run's only scenario, as soon as it has ended."""
    stream = io.StringIO()
    Console(out=None, rules=run.rules, stream=stream).scenario_finished(run.scenarios[0], Timeline())
    return stream.getvalue().splitlines()[0]


@pytest.mark.parametrize(
    ("scenario", "rules", "shown"),
    [
        pytest.param(played(CB_06=PASSED), Rules(), "✓", id="passed"),
        pytest.param(played(CB_06=FAILED), Rules(), "✗", id="failed"),
        pytest.param(played(CB_06=FAILED), Rules(known_failures=KNOWN), "~", id="failed as known"),
        pytest.param(
            played(CB_06=FAILED, CB_07=FAILED), Rules(known_failures=KNOWN), "✗", id="known and another"
        ),
        pytest.param(played(SEC_04=FAILED), Rules(), "✓", id="only warns"),
        pytest.param(played(SEC_04=FAILED), Rules(strict=True), "✗", id="strict"),
        pytest.param(played(SEC_04=FAILED), Rules(levels={"SEC-04": "must"}), "✗", id="raised"),
        pytest.param(played(CB_06=UNSEEN), Rules(promises_count=True), "✗", id="promise not kept"),
        pytest.param(LEFT_OUT, Rules(), "·", id="left out"),
    ],
)
def test_the_sign_of_a_scenario_is_that_of_its_result(
    scenario: ScenarioResult, rules: Rules, shown: str
) -> None:
    """One source decides, whatever the user excuses or asks for."""
    run = replace(run_of(scenario), rules=rules)
    [row] = document(run)["scenarios"]
    assert SIGNS[row["result"]][0] == shown
    assert line_of(run).strip().startswith(f"{shown} left_alone")


def printed(
    run: RunResult, *, columns: int = 120, verbose: bool = False, url: str = "foryoure://x"
) -> list[str]:
    """The lines that the console says when the run has ended."""
    stream = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(columns))
        console = Console(out=Path("runs/mine"), rules=run.rules, stream=stream, verbose=verbose)
    for scenario in run.scenarios:
        console.scenario_finished(scenario, timeline_of(url))
    stream.truncate(0)
    console.run_finished(run)
    return stream.getvalue().lstrip("\0").splitlines()


@pytest.mark.parametrize(
    ("unsaved", "told"),
    [
        ((), "report show_it send_it again"),
        (("report.html",), "report"),
        (("results.json",), "report"),
        (("report.html", "results.json", "timelines/one.json"), ""),
        (("timelines/one.json",), "report show_it send_it again"),
    ],
)
def test_the_last_lines_name_no_file_that_was_not_saved(unsaved: tuple[str, ...], told: str) -> None:
    """On a full disk nothing can be shown, sent or played again."""
    why = tuple(f"runs/mine/{each}: cannot be written (No space left on device)" for each in unsaved)
    lines = printed(replace(run_of(played("one", CB_06=TROUBLED)), unsaved=why))
    last = [line for line in lines if line.startswith(("report ", "show it ", "send it ", "again "))]
    assert " ".join(line.replace(" it", "_it").split()[0] for line in last) == told
    assert not [each for each in unsaved if each in "".join(last[:1])]


LONG = " ".join(f"word{number}" for number in range(200))
TROUBLED = Finding("failed", LONG, f"“{LONG}” and not “this”", (1,))
EVERYWHERE = [played(name, CB_06=TROUBLED) for name in ("one", "two", "three", "four", "five")]


def blocks(lines: list[str]) -> list[list[str]]:
    """The lines of each cause."""
    text = "\n".join(lines).partition("to change")[0]
    return [each.strip().splitlines() for each in text.split("\n\n") if each.strip().startswith("✗")]


@pytest.mark.parametrize("columns", [80, 120])
def test_a_failing_clause_takes_a_dozen_lines_at_most(columns: int) -> None:
    """However long its values are and wherever else it fails; no line is longer than the terminal."""
    [block] = blocks(printed(run_of(*EVERYWHERE), columns=columns, url=f"foryoure://{LONG}"))
    assert len(block) <= 12
    assert max(map(len, block)) <= columns
    assert any("also in two, three, four and 1 more" in line for line in block)


def test_a_value_is_cut_at_200_characters_unless_everything_is_asked_for() -> None:
    """Its whole is in results.json and report.html; what is quoted loses its middle, not what follows it."""
    plain = replace(TROUBLED, actual=f"{LONG} at last")
    for scenario, end, is_said in (
        (played(CB_06=plain), "at last", False),
        (EVERYWHERE[0], "word199” and not “this”", True),
    ):
        said = " ".join(" ".join(printed(run_of(scenario))).split())
        assert (end in said) is is_said
        assert "word100" not in said
        whole = " ".join(" ".join(printed(run_of(scenario), verbose=True)).split())
        assert end in whole
        assert "word100" in whole


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_reason_of_an_event_is_not_cut_off(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes further lines where a terminal has no room for it; what gives no reason stays one line."""
    monkeypatch.setenv("COLUMNS", columns)
    why = "there is a button of these words, and it is covered by something else that lies on it all the time"
    moments = iter(range(3))
    recorder = Recorder(lambda: next(moments))
    recorder.record(ScenarioStarted(id="left_alone"))
    recorder.record(TapFailed(number=1, target="Return to App", reason=why))
    recorder.record(Departure(url="foryoure://" + "x" * 200))
    stream = io.StringIO()
    run = run_of(played(CB_06=FAILED))
    console = Console(out=None, rules=run.rules, stream=stream)
    console.scenario_finished(run.scenarios[0], recorder.timeline())
    console.run_finished(run)
    assert why in " ".join(stream.getvalue().split())
    [departure] = [line for line in stream.getvalue().splitlines() if "webview.departure" in line]
    assert departure.endswith("x…")


def test_a_warning_is_one_line_unless_everything_is_asked_for() -> None:
    """With its reason and where; `-v` tells it as a failure is told."""
    run = run_of(played("one", SEC_04=FAILED), played("two", SEC_04=FAILED))
    assert [line for line in printed(run) if "SEC-04" in line] == [
        "! SEC-04  it left by meta refresh (in 2 scenarios)"
    ]
    assert any(line.startswith("    change   ") for line in printed(run, verbose=True))


def test_the_end_says_what_to_change_the_verdict_and_where_to_look() -> None:
    """Each broken clause once, by cause: what a red pipeline shows last."""
    shown = replace(FAILED, due_to="no button", actual="there is no button")
    run = run_of(
        played(CB_05=shown, CB_08=shown, CB_07=replace(UNSEEN, due_to="CB-05")), played("two", CB_06=FAILED)
    )
    lines = printed(run)
    end = lines[lines.index("to change, causes first:") + 1 :]
    assert [line for line in end if line.startswith("✗")] == [
        "✗ CB-05, CB-08  a page of the callback lacks the button",
        "✗ CB-06  it left by meta refresh",
    ]
    assert [line for line in end if line.startswith("    → ")] != []
    assert end[-5].startswith("FAILED  3 failed (2 causes)")
    assert end[-4:] == [
        "report   runs/mine/report.html  runs/mine/results.json",
        "show it  amo-harness show runs/mine",
        "send it  amo-harness pack runs/mine  (one file), or report.html alone",
        "again    amo-harness replay left_alone --from runs/mine",
    ]
    assert "    so       CB-07 could not be seen" in lines


def test_scenarios_that_stopped_for_one_reason_are_told_together() -> None:
    """A port that differs makes no other reason."""
    reasons = [f"http://127.0.0.1:{port}/x did not answer" for port in (40001, 50002)]
    stopped = [replace(played(f"s{number}"), stopped=reasons[number % 2]) for number in range(5)]
    [line] = [line for line in printed(run_of(*stopped)) if "stopped" in line]
    assert line == f"· 5 scenarios stopped (s0, s1, s2 and 2 more): {reasons[0]}"


def test_what_passed_and_what_was_not_seen_is_listed_and_told_when_asked_for() -> None:
    """The titles and the reasons are `-v`'s."""
    run = run_of(played(CB_06=PASSED, DL_01=UNSEEN))
    lines = printed(run)
    assert "✓ passed: CB-06" in lines
    assert any(line.startswith("· not observed: CB-01 ") for line in lines)
    told = printed(run, verbose=True)
    assert any(line.startswith("✓ CB-06    No departure without a tap") for line in told)
    assert "· DL-01    not seen: no page opened a link" in told


def test_a_promise_that_no_scenario_kept_is_one_line() -> None:
    """Not one for each scenario."""
    run = run_of(*(played(name, CB_07=UNSEEN) for name in ("a", "b", "c", "d")), promises_count=True)
    [line] = [line for line in printed(run) if "promised" in line]
    assert line == "✗ a, b, c and 1 more promised and did not bring into view CB-07: no page opened a link"


def test_remarks_of_one_kind_are_one_line() -> None:
    """What is left over of every fault of a story says the same; `-v` has them all."""
    left = tuple(f"fault left over: {name}" for name in ("reset", "silence", "timeout"))
    run = run_of(replace(played(CB_06=PASSED), remarks=(*left, "GET /x is not modelled")))
    assert [line for line in printed(run) if line.startswith("remark")] == [
        "remark   fault left over: reset and 2 more  (in 1 scenario)",
        "remark   GET /x is not modelled  (in 1 scenario)",
    ]
    assert sum(line.startswith("remark") for line in printed(run, verbose=True)) == 4


class Terminal(io.StringIO):
    """A stream that is one."""

    def isatty(self) -> bool:
        """It is."""
        return True


def test_a_terminal_obeys_no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """The signs keep their colour; whatever a path would do to the terminal is shown."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    run, stream = run_of(played(CB_06=FAILED)), Terminal()
    console = Console(out=Path("out\x1b[2J\u202e"), rules=run.rules, stream=stream)
    console.scenario_finished(run.scenarios[0], Timeline())
    console.run_finished(run)
    assert "\x1b[31m✗\x1b[0m" in stream.getvalue()
    assert "out␛[2J[U+202E]" in stream.getvalue()
    assert "\x1b[2J" not in stream.getvalue()
