"""Nothing that a backend answers to the app, the probe or the browser is the harness's trouble."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest

from harness.config.settings import BackendConfig, Http
from harness.runs.results import RunResult
from harness.runs.rules import Rules
from harness.runs.runner import play
from harness.stage.scenario import choose
from harness.stage.world import Setup, Stage
from tests.e2e.odd_backend import Pieces, answer, odd_backend

SCENARIOS = ("connect_happy_path", "state_of_another_user", "callback_delivered_twice", "refresh_race")
PAGE = b"""<!DOCTYPE html><title>AMO</title>
<button onclick="location.href='foryoure://amo-crm/callback?success=true'">Return to App</button>"""
CONFIG = BackendConfig(name="odd", http=Http(connect="/connect", headers={"Authorization": "{user}"}))
EVERYWHERE: dict[str, Pieces] = {
    "nothing": [b""],
    "garbage": [b"\x00\x01 nonsense\r\n\r\n"],
    "204": [b"HTTP/1.1 204 No Content\r\n\r\n"],
    "a page": [answer(PAGE)],
    "an error": [answer(b"oops", "text/plain", "500 Internal Server Error")],
    "redirects without end": [answer(b"", status="302 Found", Location="?x")],
    "a number": [answer(b"5", "application/json")],
    "no URL": [answer(b'{"url": "not a url", "connected": false, "leads": []}', "application/json")],
    "the app's URL": [answer(b'{"url": "foryoure://amo-crm/x", "connected": "yes"}', "application/json")],
    "wrong types": [answer(b'{"url": 5, "connected": 1, "leads": {}, "next_page": 2}', "application/json")],
    "JSON without end": [answer(b"[" * 100_000, "application/json")],
    "no UTF-8": [answer(b"\xff\xfe{", "application/json")],
}


@contextmanager
def played_with(stage: Stage, pieces: Pieces) -> Generator[Stage]:
    """Yield the stage with a backend that answers everything alike."""
    with odd_backend({}, otherwise=pieces) as backend, stage.recast(Setup(CONFIG), backend) as recast:
        yield recast


@pytest.mark.parametrize("pieces", EVERYWHERE.values(), ids=EVERYWHERE)
def test_no_answer_ends_a_run_with_exit_3(stage: Stage, pieces: Pieces) -> None:
    """A scenario that cannot go on says what the backend did; what was seen is judged."""
    with played_with(stage, pieces) as recast:
        results = tuple(play(recast, scenario).result for scenario in choose(SCENARIOS))
    assert [each.harness_errors for each in results] == [()] * len(SCENARIOS)
    run = RunResult({"name": "x"}, "odd", results, rules=Rules())
    assert run.exit_code in (0, 1)
