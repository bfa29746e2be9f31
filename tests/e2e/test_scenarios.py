"""The whole story on the real engine: the reference backend keeps every promise."""

from pathlib import Path

import pytest

from harness.contract import CONTRACT
from harness.runs.results import RunResult
from harness.runs.rules import Rules
from harness.runs.runner import Played
from harness.stage.scenario import all_scenarios
from harness.stage.world import Stage
from harness.timeline.amo_events import ConsentGiven, TokenRequest
from harness.timeline.events import AppRequest, Event, LinkDelivered
from harness.timeline.gateway_events import FirstByte, GatewayRequest, Released, StatusProbe
from harness.timeline.masking import masks_in
from harness.timeline.page_events import ConsentTap, Departure, LeftAlone, PageOpened, PageShown, Tap
from tests.e2e.conftest import Play
from tests.repo.tree import ROOT
from tools.left_alone import rows_of

LEFT_ALONE = (ROOT / "docs/left_alone.md").read_text(encoding="utf-8")
SCENARIOS = list(all_scenarios())
ENOUGH_SCENARIOS = 30


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_reference_backend_keeps_every_clause(play_scenario: Play, name: str) -> None:
    """Nothing fails, `should` clauses included, the harness does its work, every promised clause is seen."""
    result = play_scenario(name).result
    assert result.harness_errors == ()
    assert {i: result.findings[i] for i in result.failures} == {}
    assert result.unseen == ()
    assert not result.left_out


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_pages_that_it_leaves_alone_are_in_the_table(play_scenario: Play, name: str) -> None:
    """docs/left_alone.md has those rows for the scenario and no other (`make docs`)."""
    told = [line for line in LEFT_ALONE.splitlines() if line.startswith(f"| `{name}` |")]
    assert [row.line for row in rows_of(name, play_scenario(name).timeline)] == told


def test_every_clause_is_promised_by_a_scenario() -> None:
    """No clause depends on luck to come into view."""
    promised = {clause for scenario in all_scenarios().values() for clause in scenario.brings}
    assert promised == {clause.id for clause in CONTRACT}


def test_there_are_enough_scenarios() -> None:
    """The story has at least 30 parts."""
    assert len(SCENARIOS) >= ENOUGH_SCENARIOS


def test_the_journey_is_on_one_clock(play_scenario: Play) -> None:
    """Events of the browser's process, the servers' threads and the app stand in the order they happened."""
    story = play_scenario("connect_happy_path").timeline
    order: list[type[Event]] = [
        AppRequest,
        PageOpened,
        ConsentTap,
        ConsentGiven,
        GatewayRequest,
        TokenRequest,
        FirstByte,
        StatusProbe,
        Released,
        PageShown,
        LeftAlone,
        Tap,
        Departure,
        LinkDelivered,
    ]
    events = [story.first(kind) for kind in order]
    assert None not in events
    moments = [event.at_ns for event in events if event is not None]
    assert moments == sorted(moments)


def test_no_secret_is_on_a_saved_timeline(play_scenario: Play, stage: Stage, tmp_path: Path) -> None:
    """Codes, tokens and the secret appear as masks only; the same value has the same mask."""
    timeline = play_scenario("connect_happy_path").timeline
    timeline.save(tmp_path / "story.json")
    text = (tmp_path / "story.json").read_text(encoding="utf-8")
    assert stage.amo.client_secret not in text
    assert "def50200" not in text
    assert "eyJ0eXAi" not in text
    assert len(set(masks_in(text, "code"))) == 1


def _run_of(*played: Played, strict: bool = False) -> RunResult:
    return RunResult({"name": "x"}, "reference", tuple(each.result for each in played), Rules(strict=strict))


def test_a_run_of_the_reference_passes_strictly(play_scenario: Play) -> None:
    """The verdict of a correct backend is `passed`, exit code 0, also with --strict."""
    run = _run_of(play_scenario("connect_happy_path"), strict=True)
    assert (run.verdict, run.exit_code) == ("passed", 0)
