"""What a run of load shows: curves, sections, and a limit that was asked for."""

import json
from pathlib import Path

import pytest

from harness.load.judging.figures import MOST_REASONS, OTHER_REASONS, Course, Second, percentile
from harness.load.judging.journey import Journey
from harness.load.outcome.result import Figures, Step, figures_in, lost, too_slow
from harness.load.telling.fragment import sections
from harness.load.telling.graphs import MOST_POINTS, curve, thinned
from harness.runs.results import Beside, RunResult

STEPS = (Step("leads", 10, 0, 5, 900, 950), Step("amoCRM consent", 10, 0, 5, 5_000, 5_000))


def test_a_limit_is_about_the_backends_steps() -> None:
    """AmoCRM's own are nobody's fault here."""
    assert too_slow(Figures(STEPS, too_busy=False), 1_000).outcome == "passed"
    slow = too_slow(Figures(STEPS, too_busy=False), 500)
    assert (slow.outcome, slow.said) == ("failed", "p95 of leads 900 ms")


def test_a_machine_that_is_too_busy_decides_nothing() -> None:
    """Its times are marked, and no limit is broken by them."""
    assert too_slow(Figures(STEPS, too_busy=True), 500).outcome == "not_observed"


@pytest.mark.parametrize(("workers", "gone", "errors"), [(0, 0, 0), (2, 0, 0), (2, 1, 1)])
def test_a_worker_that_was_lost_leaves_no_run_whole(
    workers: int, gone: int, errors: int, tmp_path: Path
) -> None:
    """What it had not handed over may have been the failure."""
    figures = {"too_busy": False, "workers": workers, "workers_lost": gone}
    (tmp_path / "figures.json").write_text(json.dumps(figures), encoding="utf-8")
    said = lost(figures_in(tmp_path))
    assert len(said) == errors
    assert all("1 of 2 workers" in each for each in said)


def test_foreign_text_is_escaped_in_the_report() -> None:
    """What a user was told may be anything."""
    broken = Beside("INV-OWN", "Own leads", "failed", "<script>alert(1)</script>", "change it")
    run = RunResult({}, "backend", (), besides=(broken,))
    course = Course(began_ns=0, ended_ns=2 * 10**9, seconds={0: Second(3, 1.0), 2: Second(5, 2.0)})
    invariants, figures = sections(run, course, Figures(STEPS, too_busy=True))
    assert "<script" not in invariants.markup
    assert "&lt;script&gt;" in invariants.markup
    assert "too busy" in figures.markup
    assert figures.markup.count("<svg") == 2


def test_a_curve_has_no_more_points_than_can_be_seen() -> None:
    """The highest of each piece stays."""
    values = [float(each % 97) for each in range(10_000)]
    assert len(thinned(values)) <= MOST_POINTS
    assert max(thinned(values)) == max(values)
    assert curve("nothing", "ms", [0.0, 0.0]) == ""


def test_reasons_that_are_all_different_are_counted_together() -> None:
    """The first ones by name."""
    course = Course()
    for number in range(10 * MOST_REASONS):
        course.take(Journey(1, "test", "connect", f"reason {number}", ()))
    assert len(course.unfinished) == MOST_REASONS + 1
    assert course.unfinished[OTHER_REASONS] == 9 * MOST_REASONS


def test_percentiles_of_what_was_seen() -> None:
    """Of none it is 0."""
    assert percentile([], 0.95) == 0
    assert percentile([float(each) for each in range(100)], 0.95) == 95
