"""Every preset played to its end: nothing turns red on a correct backend, and its clause on a broken one."""

import contextlib
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend_under_test.mutations.faults import FAULTS
from harness.backends.backend import OpenBackend
from harness.backends.foreign import foreign_backend, reference_start
from harness.config.settings import BackendConfig, reference_config
from harness.runs.runner import Played
from harness.serve.faults.presets import PRESETS
from harness.timeline.events import BackendEnded, BackendKilled
from tests.e2e.by_hand import backend_with
from tests.http.serve.desk import Desk, at_a_desk

DIES = "backend_dies_at_first_byte"
TAP: dict[str, Any] = {"number": 1, "target": "Return to App", "at_ms": 700.0}
Walk = Callable[[Desk], None]


def returns(desk: Desk) -> None:
    desk.returns()


def declines(desk: Desk) -> None:
    desk.returns("decline")


def waits_until_it_is_let_go(desk: Desk) -> None:
    """Come to the page once the tester presses Release."""
    callback = desk.comes_back_from_amo()
    comes = desk.meanwhile(partial(desk.person.client.get, callback))
    desk.sees_an_answer_held()
    assert "kept until “Release”" in desk.shows()
    desk.do("release")
    comes()
    desk.goes_on()


def reloads(desk: Desk) -> None:
    page = desk.comes_to_the_page()
    desk.person.client.get(page.url)
    desk.goes_on()


def taps_again(desk: Desk) -> None:
    """What the script tells in a browser with a Navigation API: a tap and its departure, twice."""
    page = desk.comes_to_the_page()
    desk.says_in(page, "began", sees_navigations=True)
    for number, at_ms in enumerate((700.0, 3000.0), 1):
        tap = {**TAP, "number": number, "at_ms": at_ms}
        left = {
            "url": desk.journey.page_link(),
            "how": "window.open",
            "same_tab": True,
            "active": True,
            "tap": tap,
        }
        desk.says_in(page, "tap", **tap)
        desk.says_in(page, "departure", at_ms + 1, **left)
        if "createElement" in page.text:  # the broken page's button opens a frame as well
            desk.says_in(page, "departure", at_ms + 2, **{**left, "how": "iframe"})
        desk.says_in(page, "settled", at_ms + 1200, number=number)
        desk.goes_on()


def comes_by_hand(desk: Desk) -> None:
    """Whatever the page was: it may stay away."""
    with contextlib.suppress(httpx.HTTPError):
        desk.comes_to_the_page()
    desk.person.post("back")
    desk.person.post("again")


def looks_twice(button: str, desk: Desk) -> None:
    """Connect; what then happens to the tokens the backend meets at one opening, and tells at the next."""
    desk.returns()
    desk.do(button)
    desk.person.post("again")
    desk.person.post("again")


WALKS: dict[str, tuple[Walk, str, str]] = {
    "connect_happy_path": (returns, "stored_never", "CB-02"),
    "left_alone": (returns, "departs_by_meta_refresh", "CB-06"),
    "user_declines": (declines, "decline_asks_amo", "CB-11"),
    "code_missing": (returns, "missing_code_asks_amo", "CB-08"),
    "exchange_refused": (returns, "refusal_connects", "CB-09"),
    "exchange_is_slow": (returns, "page_before_exchange", "CB-01"),
    "amo_does_not_answer": (waits_until_it_is_let_go, "answer_begun_before_exchange", "CB-01"),
    "amo_unreachable": (returns, "amo_down_as_json", "CB-10"),
    "callback_reloaded": (reloads, "reload_refused", "SEC-05"),
    "tap_twice": (taps_again, "button_departs_twice", "CB-07"),
    "user_comes_back_by_hand": (comes_by_hand, "status_never_connected", "ST-01"),
    DIES: (comes_by_hand, "stored_in_memory", "ST-03"),
    "leads_empty": (returns, "leads_without_end", "LD-01"),
    "leads_many": (returns, "leads_first_page_only", "LD-01"),
    "token_expires": (partial(looks_twice, "expire"), "never_refreshes", "TOK-01"),
    "integration_revoked": (partial(looks_twice, "revoke"), "revoked_says_connected", "TOK-03"),
    "rate_limited": (partial(looks_twice, "limit"), "limit_disconnects", "TOK-04"),
}
"""How each is walked, a fault, and the clause that catches it."""
ANY = [each for each in WALKS if each != DIES]
"""What needs no process that can be killed."""


pytestmark = pytest.mark.usefixtures("little")


def is_in_order(played: Played) -> bool:
    """Nothing red, and each clause that is grey says why."""
    result = played.result
    assert (result.harness_errors, result.failures) == ((), ()), result.id
    return all(each.actual for each in result.findings.values())


def test_every_preset_is_walked() -> None:
    """None is offered that nobody has played to its end."""
    assert list(WALKS) == list(PRESETS)


def test_on_a_correct_backend_nothing_turns_red(tmp_path: Path) -> None:
    """All of them in one sitting, one after the other; what each sets up is used up by its walk."""
    with at_a_desk(tmp_path, observed=True) as desk:
        for name in ANY:
            desk.begin(name)
            WALKS[name][0](desk)
        played = desk.finish()
    assert [each.result.id.partition("_")[2].partition("_")[2] for each in played] == ANY
    for each in played:
        assert is_in_order(each)
        assert not any("left over" in remark for remark in each.result.remarks)


@pytest.mark.parametrize("preset", ANY)
def test_a_broken_backend_is_caught_by_the_presets_clause(tmp_path: Path, preset: str) -> None:
    """By the same walk."""
    walk, fault, clause = WALKS[preset]
    with at_a_desk(tmp_path, backend=backend_with(fault), observed=True) as desk:
        desk.begin(preset)
        walk(desk)
        (played,) = desk.finish()
    assert played.result.harness_errors == ()
    assert clause in played.result.failures
    assert clause in FAULTS[fault].breaks


def process(command: str, *words: str) -> OpenBackend:
    """Return how the reference is opened as a process of its own."""
    start, http = reference_start()
    start = replace(start, command=(sys.executable, "-m", command, *words), ready_timeout_s=60.0)
    http = replace(reference_config().http, connect=http.connect)
    return partial(foreign_backend, BackendConfig(name="by itself", start=start, http=http))


def test_a_backend_that_is_killed_at_the_pages_first_byte_goes_on(tmp_path: Path) -> None:
    """The dashboard says that it will be; what it had stored it has."""
    with at_a_desk(tmp_path, backend=process("backend_under_test")) as desk:
        desk.begin(DIES)
        assert "is killed at the next page" in desk.shows()
        comes_by_hand(desk)
        assert "is killed at the next page" not in desk.shows()
        desk.journey.tell(BackendEnded(exit_code=-9))
        assert "was killed by signal 9, by itself" in desk.shows()
        desk.do("restart")
        assert "signal 9, by itself" not in desk.shows()
        (played,) = desk.finish()
    assert is_in_order(played)
    (remark,) = played.result.remarks
    assert remark.startswith("the backend ended by itself: it was killed by signal 9, after ")
    assert played.result.findings["ST-03"].result == "passed"
    assert len(played.timeline.of(BackendKilled)) == 2


def test_one_that_keeps_its_tokens_in_memory_is_caught(tmp_path: Path) -> None:
    """By the same walk; the button of the menu does what the preset does."""
    broken = process("backend_under_test.mutations.faults", WALKS[DIES][1])
    with at_a_desk(tmp_path, backend=broken) as desk:
        desk.do("kill")
        comes_by_hand(desk)
        (played,) = desk.finish()
    assert WALKS[DIES][2] in played.result.failures


def test_what_ends_no_process_cannot_be_pressed(tmp_path: Path) -> None:
    """Of a backend that the harness did not start: said beside the buttons, and by whoever presses them."""
    with at_a_desk(tmp_path) as desk:
        assert desk.shows().count("so it cannot be ended here") == 4
        assert desk.press("/next", preset=DIES) == httpx.codes.CONFLICT
        assert desk.press("/do/kill") == desk.press("/do/restart") == httpx.codes.CONFLICT
        assert desk.finish() == []
