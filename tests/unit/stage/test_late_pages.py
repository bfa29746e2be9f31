"""How long a page is waited for: briefly after what may be none, longer after what is sure to be one."""

import time
from typing import Any

import pytest

from harness.engines import NavigationTooSlow
from harness.stage.page.answers import is_stuck, is_to_come, left_s
from harness.timeline.gateway_events import Broken, GatewayRequest, GatewayResponse
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline

HTML = (("Content-Type", "text/html; charset=utf-8"),)
NS = 1_000_000_000
AGO_S = 6.0
"""When it was answered: longer ago than a page is waited for that may be none."""


def answered(ago_s: float = AGO_S, **facts: Any) -> GatewayResponse:
    """Return a whole page, but for these facts."""
    page: dict[str, Any] = {
        "exchange": 1,
        "status": 200,
        "headers": HTML,
        "body": "<p>Hello",
        "is_page": True,
    } | facts
    return GatewayResponse(**page, at_ns=time.monotonic_ns() - round(ago_s * NS))


def test_a_page_that_was_sent_whole_is_waited_for() -> None:
    """It comes for certain; after twenty seconds the machine was too slow."""
    assert left_s(answered()) > 0
    assert is_to_come(answered())
    with pytest.raises(NavigationTooSlow):
        is_to_come(answered(ago_s=21))


@pytest.mark.parametrize(
    "facts",
    [
        {"is_page": False},
        {"is_whole": False},
        {"headers": ()},
        {"headers": (("Content-Type", "application/octet-stream"),)},
        {"body": " "},
        {"unreadable": "it is not gzip"},
    ],
)
def test_what_may_be_no_page_is_not(facts: dict[str, Any]) -> None:
    """A run of a backend that answers so is not held up."""
    assert left_s(answered(**facts)) <= 0
    assert not is_to_come(answered(**facts))


def test_an_answer_that_broke_off_brings_no_page() -> None:
    """Nor does one that never came."""
    assert not is_to_come(Broken(exchange=1))
    assert not is_to_come(None)


def redirected(times: int, *, ago_s: float = AGO_S, asks_again: bool = False) -> Timeline:
    """Return a visit that was redirected so often, the last time so long ago."""
    recorder = Recorder()
    of: dict[str, Any] = {"is_browser": True, "is_navigation": True}
    began_ns = time.monotonic_ns() - round(ago_s * NS)
    for number in range(times):
        asked = GatewayRequest(exchange=number, method="GET", path="/", **of)
        recorder.record(asked, at_ns=began_ns)
        led = GatewayResponse(exchange=number, status=302, goes_on=True, **of)
        recorder.record(led, at_ns=began_ns)
    if asks_again:
        again = GatewayRequest(exchange=times, method="GET", path="/", **of)
        recorder.record(again, at_ns=began_ns)
    return recorder.timeline()


def test_a_redirect_that_every_browser_follows_is_waited_for() -> None:
    """Of twenty one after another it has given up; one that is followed is waited for anyway."""
    assert not is_stuck(redirected(1))
    assert is_stuck(redirected(1, ago_s=21))
    assert is_stuck(redirected(20))
    assert not is_stuck(redirected(20, asks_again=True))
    assert not is_stuck(redirected(0))
