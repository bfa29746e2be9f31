"""What people do with a phone beside the story: reload, go back, two tabs, leave, change networks."""

import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx
import pytest

from harness.runs.runner import Played
from tests.e2e.by_hand import backend_with
from tests.http.serve.desk import Desk, at_a_desk
from tests.http.serve.walker import BROWSER, press

Way = Callable[[Desk], object]


def _callback(desk: Desk) -> str:
    return desk.comes_back_from_amo()


def reloads_twice(desk: Desk) -> None:
    page = desk.comes_to_the_page()
    for _ in range(2):
        desk.person.client.get(page.url)


def goes_back_and_allows_again(desk: Desk) -> None:
    """Back to amoCRM's page, which is asked once more, and forward by a second code."""
    desk.person.post("open")
    amo = desk.person.post("connect").headers["location"]
    for _ in range(2):
        desk.person.client.get(desk.person.client.post(amo, data={"decision": "allow"}).headers["location"])


def connects_in_two_tabs(desk: Desk) -> None:
    """Both of the same phone; the one that was opened first is allowed last."""
    first = _callback(desk)
    desk.person.post("back")
    amo = desk.person.post("connect").headers["location"]
    second = desk.person.client.post(amo, data={"decision": "allow"}).headers["location"]
    desk.person.client.get(second)
    desk.person.client.get(first)


def changes_its_address(desk: Desk) -> None:
    """From the mobile network to the Wi-Fi: the same cookies, another address."""
    callback = _callback(desk)
    wifi = httpx.HTTPTransport(local_address="127.0.0.5")
    with httpx.Client(transport=wifi, cookies=desk.person.client.cookies, timeout=60) as moved:
        moved.headers.update({"user-agent": BROWSER, "accept": "text/html"})
        moved.get(callback)
        assert press(moved, desk.sat.serving.start_url, "tapped").status_code == httpx.codes.SEE_OTHER
        assert press(moved, desk.sat.serving.start_url, "wait").status_code == httpx.codes.SEE_OTHER


WAYS = (reloads_twice, goes_back_and_allows_again, connects_in_two_tabs, changes_its_address)


def _broken(played: Played) -> dict[str, str]:
    assert played.result.harness_errors == ()
    return {each: played.result.findings[each].actual for each in played.result.failures}


@pytest.mark.parametrize("way", WAYS, ids=lambda each: each.__name__)
def test_none_of_it_blames_a_correct_backend(tmp_path: Path, way: Way) -> None:
    """And what is then to be seen is seen."""
    with at_a_desk(tmp_path) as desk:
        way(desk)
        if desk.person.is_shown("tapped"):
            desk.goes_on()
        if desk.person.is_shown("retry"):  # a state is spent once: the second page says so
            desk.person.post("retry")
        (played,) = desk.finish()
    assert _broken(played) == {}
    status = played.result.findings["ST-01"]
    assert status.result == "passed" or "a second delivery (SEC-05)" in status.actual
    shows_leads = played.result.findings["APP-03"].result == "passed"
    assert shows_leads is (way is not goes_back_and_allows_again)  # where the way back was an error's


@pytest.mark.parametrize("way", WAYS, ids=lambda each: each.__name__)
def test_nor_hides_a_broken_one(tmp_path: Path, way: Way) -> None:
    """It stores nothing: CB-02 says so whatever else is done."""
    with at_a_desk(tmp_path, backend=backend_with("stored_never")) as desk:
        way(desk)
        (played,) = desk.finish()
    assert "CB-02" in _broken(played)


@pytest.mark.parametrize("fault", ["", "page_before_exchange"], ids=["correct", "page_before_exchange"])
@pytest.mark.parametrize("ends", ["finish", "next"])
def test_a_journey_that_ends_while_an_answer_is_held_is_judged_by_what_was_seen(
    tmp_path: Path, ends: str, fault: str
) -> None:
    """The page was still held back, or was sent before it could know; the sitting ends, and nothing hangs."""

    def comes(desk: Desk, callback: str) -> None:
        with contextlib.suppress(httpx.HTTPError):
            desk.person.client.get(callback)

    with at_a_desk(tmp_path, backend=backend_with(fault)) as desk:
        desk.do("hold")
        callback = _callback(desk)
        waits = desk.meanwhile(partial(comes, desk, callback))
        desk.sees_an_answer_held()
        if ends == "next":
            desk.begin()
        played = desk.finish()
        waits()
    assert set().union(*map(_broken, played)) == ({"CB-01", "CB-02"} if fault else set())
