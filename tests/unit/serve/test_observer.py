"""What the script in a page says, as events: what it saw, and nothing that a page makes up of others."""

import json
from typing import Any

import pytest

from harness.config.settings import DeepLink
from harness.contract.reading.reading import Reading
from harness.serve.hand.observer import MOST_MESSAGES, PageObserver
from harness.timeline.events import Event
from harness.timeline.gateway_events import PageAltered
from harness.timeline.page_events import (
    Departure,
    LeftAlone,
    ObserverBegan,
    ObserverSilent,
    Tap,
    TapSettled,
    TouchedBeside,
    VisibilityChanged,
)
from harness.timeline.recorder import Recorder

LINK = "foryoure://amo-crm/callback?success=true"
TAP: dict[str, Any] = {"number": 1, "target": "Return to App", "at_ms": 700.0}


class Said:
    """One page with the script, and what is recorded of it."""

    def __init__(self) -> None:
        self.recorder = Recorder()
        self.observer = PageObserver(DeepLink(), self.recorder.record)
        self.observer.hear(PageAltered(exchange=3, policy="default-src 'self'"))

    def say(self, kind: str, at_ms: object = 10.0, **words: Any) -> None:
        """Bring a message of this page's."""
        self.observer.take(
            json.dumps({"kind": kind, "page": "p", "exchange": 3, "at_ms": at_ms, **words}).encode()
        )

    def kinds(self) -> list[type[Event]]:
        """Return what is recorded."""
        return [type(each) for each in self.recorder.timeline()]


@pytest.fixture
def page() -> Said:
    return Said()


def test_a_tap_and_what_it_set_off_keep_the_pages_order(page: Said) -> None:
    """Whatever order the network brings them in."""
    page.say("began", 1.0, sees_navigations=True)
    page.say("departure", 702.0, url=LINK, how="link", same_tab=True, active=True, tap=TAP)
    page.say("tap", **TAP)
    page.say("settled", 1900.0, number=1)
    assert page.kinds() == [ObserverBegan, LeftAlone, Tap, Departure, TapSettled]
    assert page.recorder.timeline().of(LeftAlone)[0].page_time_s == pytest.approx(0.7)
    assert page.recorder.timeline().of(Departure)[0].tap == page.recorder.timeline().of(Tap)[0].number == 1


def test_a_frame_hides_what_leaves_in_it(page: Said) -> None:
    """Its own way to the app is seen, and is no way of the page's."""
    page.say("began", sees_navigations=True)
    page.say("tap", **TAP)
    page.say("framed", 701.0)
    page.say("departure", 702.0, url=LINK, how="iframe", same_tab=True, active=True, tap=TAP)
    page.say("settled", 1900.0, number=1)
    began = page.recorder.timeline().of(ObserverBegan)
    assert [each.sees_navigations for each in began] == [True, False]
    assert page.recorder.timeline().of(TapSettled)[0].framed == (LINK,)
    assert Reading(page.recorder.timeline()).watched is None
    assert "frames" in Reading(page.recorder.timeline()).unwatched


def test_a_departure_without_a_tap_has_none(page: Said) -> None:
    """And how the browser told of the gesture."""
    page.say("departure", url=LINK, how="window.open", same_tab=False, active=None)
    (left,) = page.recorder.timeline().of(Departure)
    assert (left.tap, left.user_gesture, left.same_tab) == (None, None, False)


@pytest.mark.parametrize("url", ["https://shop.example/", "http://127.0.0.1/next", ""])
def test_a_way_to_another_page_of_the_web_is_no_departure(page: Said, url: str) -> None:
    """Which is for the app."""
    page.say("departure", url=url, how="link", same_tab=True, active=True)
    assert page.kinds() == []


@pytest.mark.parametrize(("sees", "ends"), [(True, 1), (False, 0)])
def test_a_tap_that_nothing_followed_ends_only_where_everything_is_seen(
    page: Said, sees: bool, ends: int
) -> None:
    """A `location` that nobody sees may have been set."""
    page.say("began", sees_navigations=sees)
    page.say("tap", number=1, target="Return to App")
    page.say("settled", 1300.0, number=1)
    assert len(page.recorder.timeline().of(TapSettled)) == ends


def test_an_app_that_comes_before_the_page_ends_the_tap(page: Said) -> None:
    """The page's timers may stand still from then on; the end is told once, with what stayed unseen."""
    page.say("tap", number=1, target="Return to App")
    page.say("departure", url=LINK, how="link", same_tab=True, active=True, tap=TAP)
    page.say("visibility", 500.0, state="hidden")
    page.say("settled", 1300.0, number=1)
    (settled,) = page.recorder.timeline().of(TapSettled)
    assert "location" in settled.unseen[0]
    assert page.recorder.timeline().of(VisibilityChanged)[0].state == "hidden"


def test_a_touch_beside_the_button_is_told_as_one(page: Said) -> None:
    """What leaves next follows from it."""
    page.say("beside", x=10, y=20.5)
    (touch,) = page.recorder.timeline().of(TouchedBeside)
    assert (touch.x, touch.y) == (10, 20.5)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[]", b"null", b'{"kind":"tap"}', b'{"kind":1,"page":"p","exchange":3,"at_ms":1}'],
)
def test_what_is_no_message_is_dropped(page: Said, content: bytes) -> None:
    """From whoever."""
    page.observer.take(content)
    assert page.kinds() == []


@pytest.mark.parametrize(
    "words",
    [
        {"exchange": 4},
        {"exchange": True},
        {"at_ms": -1},
        {"at_ms": 1e300},
        {"at_ms": "1"},
        {"kind": "scenario"},
        {"kind": "visibility", "state": "gone"},
        {"kind": "departure", "url": "https://shop.example/", "tap": {"number": "1"}},
    ],
)
def test_what_no_script_of_ours_says_is_dropped(page: Said, words: dict[str, Any]) -> None:
    """Of a page that has none, at no moment, of no kind."""
    message = {"kind": "beside", "page": "p", "exchange": 3, "at_ms": 1, "x": 1, "y": 1}
    page.observer.take(json.dumps({**message, **words}).encode())
    assert page.kinds() == []


def test_a_page_that_says_without_end_is_not_heard_any_more(page: Said) -> None:
    """A journey stays of bounded size."""
    for _ in range(MOST_MESSAGES + 10):
        page.say("visibility", state="visible")
    assert len(page.recorder.timeline()) == MOST_MESSAGES


@pytest.mark.parametrize(("said", "silent"), [((), 1), (("began",), 1), (("began", "parsed"), 0)])
def test_a_page_that_is_not_heard_to_its_end_is_silent(
    page: Said, said: tuple[str, ...], silent: int
) -> None:
    """A policy in the markup stops a script that has begun; the policy's text is told."""
    for kind in said:
        page.say(kind)
    page.observer.tell_silent()
    told = page.recorder.timeline().of(ObserverSilent)
    assert [each.policy for each in told] == ["default-src 'self'"] * silent


def test_a_page_without_the_script_is_not_waited_for() -> None:
    """It was passed on as it was sent."""
    recorder = Recorder()
    observer = PageObserver(DeepLink(), recorder.record)
    observer.hear(PageAltered(exchange=1, why_not="it is in UTF-16"))
    assert observer.silent == {}


def test_a_message_that_goes_too_deep_is_none() -> None:
    """Any page may send it."""
    said = Said()
    said.observer.take(b'{"kind": "began", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}")
    said.say("tap", number=1, target="Return to App")
    assert said.recorder.timeline().of(Tap)
