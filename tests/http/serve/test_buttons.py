"""Every button of the dashboard's menu pressed, and what it does seen: at amoCRM, and in the app."""

from pathlib import Path

import httpx
import pytest

from harness.backends.reference import InProcessBackend
from harness.serve.dashboard.live import FREE_TURN, HAS_TURN
from harness.serve.faults.menu import MENU
from harness.timeline.amo_events import ApiRequest, FaultUsed, TokenHeld, TokenReleased, TokenRequest
from harness.timeline.events import AppScreen
from tests.http.serve.desk import Desk, at_a_desk

pytestmark = pytest.mark.usefixtures("little")
LITTLE_MS = 100
"""As `little` has it."""
GROUPS = {group.title: [each.id for each in group.actions] for group in MENU}
ELSEWHERE = {"hold", "release", "slow", "restart", "kill"}
"""Pressed by the presets' walks; what a tester sees in the real app is pressed in `test_sitting`."""
BEFORE_THE_PAGE = [
    each
    for title in ("On amoCRM's page", "When the code is exchanged", "The code is refused")
    for each in GROUPS[title]
    if each not in ELSEWHERE
]
SHOWN = {
    "expire": ("connected", 5),
    "lose-refresh": ("disconnected", None),
    "limit": ("connected", 5),
    "break": ("connected", 5),
    "revoke": ("disconnected", None),
    "rename": ("connected", 5),
    "no-leads": ("connected", 0),
    "many-leads": ("connected", 600),
}
"""What the app shows of the correct backend when it is opened for the second time after a button."""


def last_tab(desk: Desk) -> tuple[str, int | None]:
    """Return the CRM tab as the app has shown it last."""
    tabs = [each for each in desk.journey.timeline().of(AppScreen) if each.screen == "crm"]
    return tabs[-1].state, tabs[-1].leads


def test_every_button_is_pressed() -> None:
    """A new one needs its effect here."""
    pressed = {*BEFORE_THE_PAGE, *SHOWN, *ELSEWHERE, *GROUPS["You see in the real app"]}
    assert pressed == {each for ids in GROUPS.values() for each in ids}


def test_what_goes_wrong_before_the_page_is_met_once(tmp_path: Path) -> None:
    """The dashboard says what is to come; amoCRM does it, and then nothing goes wrong any more."""
    with at_a_desk(tmp_path) as desk:
        for button in BEFORE_THE_PAGE:
            desk.begin()
            assert "nothing goes wrong" in desk.shows(), button
            desk.do(button)
            assert "nothing goes wrong" not in desk.shows(), button
            desk.returns()
            met = [each.fault for each in desk.journey.timeline().of(FaultUsed) if each.fault != "hold"]
            assert len(met) == 1, button
            assert "nothing goes wrong" in desk.shows(), button
        played = desk.finish()
    for button, each in zip(BEFORE_THE_PAGE, played, strict=True):
        assert (each.result.harness_errors, each.result.failures) == ((), ()), button


def test_a_slow_answer_is_kept_for_so_long(tmp_path: Path) -> None:
    """Once: the dashboard says so before, and the next journey's comes at once."""
    with at_a_desk(tmp_path) as desk:
        for pressed in (True, False):
            if pressed:
                desk.do("slow")
                assert "the next token answer takes 0.1 s" in desk.shows()
            desk.returns()
            assert "nothing goes wrong" in desk.shows()
            timeline = desk.journey.timeline()
            (held,), (released,) = timeline.of(TokenHeld), timeline.of(TokenReleased)
            assert (released.at_ns - held.at_ns >= LITTLE_MS * 1e6) is pressed
            desk.begin()
        played = desk.finish()
    assert [each.result.failures for each in played] == [(), ()]


def test_who_gives_up_a_slow_answer_shows_an_error_and_breaks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told as an answer that is kept: whoever waits less than three seconds need not be wrong."""
    monkeypatch.setattr("harness.serve.faults.menu.SLOW_MS", 2500)
    prepare = InProcessBackend.prepare

    def impatient(backend: InProcessBackend, *, patience_s: float) -> None:
        prepare(backend, patience_s=min(0.5, patience_s))

    monkeypatch.setattr(InProcessBackend, "prepare", impatient)
    with at_a_desk(tmp_path) as desk:
        desk.begin("exchange_is_slow")
        assert "Authorization failed" in desk.comes_to_the_page().text
        desk.goes_on()
        (played,) = desk.finish()
    assert (played.result.harness_errors, played.result.failures) == ((), ())
    # Where the journey ended first, nobody had let it go.
    assert [each.abandoned for each in played.timeline.of(TokenReleased)] in ([True], [])


def test_nothing_is_let_go_that_nobody_keeps(tmp_path: Path) -> None:
    """The timeline would say what did not happen."""
    with at_a_desk(tmp_path) as desk:
        before = len(desk.journey.timeline())
        assert desk.press("/do/release") == httpx.codes.CONFLICT
        assert len(desk.journey.timeline()) == before
        desk.do("hold")
        desk.do("release")
        assert desk.press("/do/release") == httpx.codes.CONFLICT


def test_the_dashboard_says_whether_a_phone_has_the_turn(tmp_path: Path) -> None:
    """Before, once one has pressed a button, and after another one was let in."""
    with at_a_desk(tmp_path) as desk:
        assert FREE_TURN in desk.shows()
        desk.person.post("open")
        assert HAS_TURN in desk.shows()
        assert desk.press("/turn") == httpx.codes.SEE_OTHER
        assert FREE_TURN in desk.shows()


def test_what_happens_once_connected_is_seen_in_the_app(tmp_path: Path) -> None:
    """When it is opened for the second time; nothing of it is the correct backend's fault."""
    with at_a_desk(tmp_path) as desk:
        for button, shown in SHOWN.items():
            desk.begin()
            if button == "expire":
                assert desk.press("/do/expire") == httpx.codes.CONFLICT  # there is nothing yet that could
            desk.returns()
            before = len(desk.journey.timeline())
            desk.do(button)
            desk.person.post("again")
            desk.person.post("again")
            assert last_tab(desk) == shown, button
            since = desk.journey.timeline().events[before:]
            assert any(isinstance(each, ApiRequest | TokenRequest) for each in since), button
        played = desk.finish()
    for button, each in zip(SHOWN, played, strict=True):
        assert (each.result.harness_errors, each.result.failures) == ((), ()), button
