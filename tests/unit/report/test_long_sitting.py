"""A sitting has no end: what it leaves on disk is not kept in memory, and its report shows all of it."""

import gc
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.commands.serve import reports
from harness.contract import judge
from harness.report.page.html import HtmlFile
from harness.report.words.kept import MOST_KEPT
from harness.runs.options import RunRequest
from harness.runs.results import BY_HAND, RunResult, ScenarioResult
from harness.runs.rules import Rules
from harness.runs.runner import Played, Setting, run
from harness.saved.results_file import ResultsFile
from harness.saved.run_folder import judge_again
from harness.stage.scenario import all_scenarios
from harness.timeline.timeline import Timeline
from tests.unit.report.runs import timeline_of

RULES = Rules(promises_count=False)
SETTING = Setting(BY_HAND, "", (), (), "reference")
JOURNEY_BYTES = 2_000
"""What may stay of a journey; the findings of one alone take 8 kB, its timeline 20 kB and more."""


def walked(number: int) -> Played:
    timeline = timeline_of(f"foryoure://amo-crm/callback?success=true&state={number}")
    name = f"journey_{number:03}"
    return Played(ScenarioResult(name, "A journey by hand", (), findings=judge(timeline)), timeline)


def sat(folder: Path, plays: Iterator[Played]) -> RunResult:
    return run(SETTING, (), plays, reports(folder, RunRequest(), RULES), rules=RULES)


def test_two_hundred_journeys_leave_nothing_behind_in_memory(tmp_path: Path) -> None:
    """Neither their timelines, but for the last ones, nor what was found in them."""
    held: list[weakref.ref[Timeline]] = []
    grown = kept = 0

    def plays() -> Iterator[Played]:
        nonlocal grown, kept
        for number in range(200):
            if number == 2 * MOST_KEPT:
                gc.collect()
                tracemalloc.start()
            played = walked(number)
            held.append(weakref.ref(played.timeline))
            yield played
            del played
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        kept = sum(each() is not None for each in held)

    result = sat(tmp_path, plays())
    assert kept <= MOST_KEPT + 1
    assert grown < JOURNEY_BYTES * (200 - 2 * MOST_KEPT) + 200_000
    assert len(result.scenarios) == 200
    assert judge_again(tmp_path).run.scenarios[7] == result.scenarios[7]


def test_a_report_is_the_same_whether_timelines_were_kept_or_read_back(tmp_path: Path) -> None:
    """To the byte; those of scenarios that left none are not looked for."""
    files = ResultsFile(tmp_path)
    plays = [*(walked(number) for number in range(4)), Played(ScenarioResult("none", "", ()), Timeline())]
    told = RunResult({"name": BY_HAND, "version": ""}, "reference", tuple(each.result for each in plays))
    pages: list[bytes] = []
    for most_kept in (60, 1):
        page = HtmlFile(tmp_path, saved=files.timeline, most_kept=most_kept)
        for each in plays:
            files.scenario_finished(each.result, each.timeline)
            page.scenario_finished(each.result, each.timeline)
        page.run_finished(told)
        pages.append((tmp_path / "report.html").read_bytes())
    assert pages[0] == pages[1]
    assert b"webview.departure" in pages[0]


def _cut(path: Path) -> None:
    path.write_text("{", encoding="utf-8")


@pytest.mark.parametrize("damage", [Path.unlink, _cut], ids=["gone", "damaged"])
def test_a_timeline_that_cannot_be_read_back_loses_neither_run_nor_report(
    tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    """The run says which, and is incomplete; everything else is told."""

    def plays() -> Iterator[Played]:
        for number in range(MOST_KEPT + 2):
            yield walked(number)
        damage(tmp_path / "timelines" / "journey_000.json")

    result = sat(tmp_path, plays())
    (lost,) = result.unsaved
    assert "report.html is without what happened in journey_000 (" in lost
    assert str(tmp_path / "timelines" / "journey_000.json") in lost
    assert len(result.scenarios) == MOST_KEPT + 2
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'id="journey_000/1"' not in page
    assert 'id="journey_001/1"' in page


def test_a_whole_run_reads_nothing_back() -> None:
    """Its end is as quick as it was."""
    assert len(all_scenarios()) <= MOST_KEPT
