"""ST-01 to ST-03 on timelines written by hand."""

from dataclasses import replace
from typing import Any

from harness.timeline.amo_events import ApiRequest, FaultUsed, TokenRequest
from harness.timeline.events import (
    AppResponse,
    AppScreen,
    BackendEnded,
    BackendKilled,
    BackendStarted,
    LinkDelivered,
    Purpose,
)
from harness.timeline.gateway_events import Broken, FirstByte, Released
from tests.unit.contract.story import (
    CODE,
    OTHER_CODE,
    STATE,
    Case,
    Story,
    begins,
    granted,
    happy_path,
    refused,
)


def killed(connected: bool | None = True, **started: Any) -> Story:
    """Return a story in which the backend dies at the page's first byte, starts again and is asked."""
    story = begins(**started).consents().callback(code=CODE, state=STATE).asks_amo()
    story.gateway(FirstByte).say(BackendKilled(why="at the first byte"))
    story.say(BackendStarted(backend="story", how="child process")).gateway(Broken, reason="reset")
    return story.asks_status(connected)


def killed_for_good() -> Story:
    """Return a story in which the killed backend does not serve again: its pid file is there."""
    story = killed(connected=None).drop(BackendStarted)
    return story.say(BackendEnded(why="it ended with exit code 2 before it served"))


def two_users(second: bool) -> Story:
    """Return a story in which user 1 connects an account and user 2, who waits, asks for the status."""
    return (
        begins()
        .asks_status(False, user="2")
        .taps_connect("state-2", user="2")
        .callback(code=CODE, state=STATE)
        .asks_amo()
        .answers()
        .asks_status(True)
        .asks_status(second, user="2")
    )


def forbidden(purpose: Purpose) -> Story:
    """Return the happy path in which a call of the app is answered 403 after the return."""
    return happy_path().say(AppResponse(purpose=purpose, status=403))


def before(connected: bool | None) -> Story:
    """Return the happy path with another status before it."""
    return happy_path().change(AppResponse, connected=connected)


def after(connected: bool | None) -> Story:
    """Return the happy path with another status after the return."""
    story = happy_path()
    place = story.places(AppResponse, purpose="status")[1]
    story.events[place] = replace(story.events[place], connected=connected)
    return story


def happy_path_polled() -> Story:
    """Return the happy path of an app that asks for the status while the callback is being answered."""
    story = begins().consents().callback(code=CODE, state=STATE).asks_status(False).asks_amo()
    return story.asks_status(False).answers().shows_success().asks_status(True)


def connected_by_a_refusal() -> Story:
    """Return a story in which the status says connected between a refusal and the tokens."""
    story = refused().asks_status(True).callback(code=OTHER_CODE, state=STATE).asks_amo(OTHER_CODE)
    return story.answers().asks_status(True)


def killed_long_before() -> Story:
    """Return the happy path, not connected after it, with a kill long before."""
    return after(connected=False).say_before(AppScreen, BackendKilled(why=""))


def returned_too_early() -> Story:
    """Return a story in which a link reaches the app, and a 403 it, before tokens are granted."""
    story = begins().link_arrives().say(AppResponse(purpose="leads", status=403))
    return story.callback(code=CODE, state=STATE).asks_amo().answers()


def killed_after_release() -> Story:
    """Return a story in which the backend dies when the browser has its first byte already."""
    return killed(False).say_before(BackendKilled, Released(exchange=1))


def delivered_again(connected: bool) -> Story:
    """Return a story whose callback is delivered twice before the app asks for the status."""
    story = begins().asks_status(False).consents().callback(code=CODE, state=STATE).asks_amo().answers()
    story.shows_success().callback(code=CODE, state=STATE).answers().shows_success()
    return story.asks_status(connected)


PASSED = [
    Case("ST-01", "asked while the callback was being answered", happy_path_polled()),
    Case("ST-01", "no, then yes", happy_path(), "not connected before"),
    Case("ST-01", "each user alone", two_users(second=False)),
    Case("ST-01", "disconnected long after", happy_path().asks_status(False)),
    Case("ST-02", "no 403", happy_path(), "none answered 403"),
    Case(
        "ST-02",
        "a 403 before the return",
        happy_path().say_before(LinkDelivered, AppResponse(status=403, purpose="leads")),
    ),
    Case(
        "ST-02",
        "a 403 because amoCRM closed the account",
        happy_path()
        .say(ApiRequest(method="GET", path="/api/v4/leads", status=402))
        .asks_leads(None, status=403),
    ),
    Case("ST-03", "disconnected long after", killed().asks_status(False)),
    Case("ST-03", "still connected", killed(), "said connected"),
]

FAILED = [
    Case(
        "ST-01",
        "connected before, and not asked after",
        granted().change(AppResponse, connected=True),
        "before, the",
    ),
    Case("ST-01", "connected by a refusal", connected_by_a_refusal(), "before, the status said connected"),
    Case(
        "ST-01", "not connected after, killed long before", killed_long_before(), "after, the status said not"
    ),
    Case("ST-01", "connected by a refusal alone", refused().asks_status(True), "no tokens were granted"),
    Case("ST-01", "connected before", before(connected=True), "before, the status said connected"),
    Case("ST-01", "unreadable before", before(connected=None), "before, the status gave no readable answer"),
    Case("ST-01", "not connected after", after(connected=False), "after, the status said not connected"),
    Case("ST-01", "unreadable after", after(connected=None), "after, the status gave no readable answer"),
    Case("ST-01", "stored under another user", two_users(second=True), "the status of 2 said connected too"),
    Case(
        "ST-01",
        "stale at first",
        after(connected=False).asks_status(True),
        "after, the status said not connected",
    ),
    Case("ST-02", "403 for the leads", forbidden("leads"), "403 for: leads"),
    Case("ST-02", "403 for the status", forbidden("status"), "403 for: status"),
    Case("ST-02", "403 for exchange-code", forbidden("exchange_code"), "403 for: exchange_code"),
    Case(
        "ST-02",
        "403 although amoCRM only asked for a refresh",
        happy_path()
        .say(ApiRequest(method="GET", path="/api/v4/leads", status=401))
        .asks_leads(None, status=403),
    ),
    Case("ST-03", "forgotten", killed(connected=False), "said not connected"),
    Case("ST-03", "it does not serve again", killed_for_good(), "exit code 2 before it served”"),
    Case("ST-03", "no answer", killed(connected=None), "no readable answer"),
]

UNSEEN = [
    Case("ST-01", "lost at a second delivery, which is SEC-05's", delivered_again(False), "after the visit"),
    Case("ST-01", "killed after the page", granted().say(BackendKilled(why="")).asks_status(False)),
    Case("ST-01", "no tokens", refused(), "no callback was granted"),
    Case("ST-01", "not asked after", granted(), "asked for after the visit"),
    Case(
        "ST-01",
        "not asked before",
        happy_path().drop(AppResponse, connected=False),
        "asked for before the visit",
    ),
    Case("ST-01", "not asked at all", happy_path().drop(AppResponse, purpose="status"), "never asked"),
    Case("ST-01", "killed meanwhile, which is ST-03's", killed(connected=False)),
    Case(
        "ST-01",
        "revoked meanwhile",
        granted().say(FaultUsed(step="leads", fault="revoked_integration")).asks_status(False),
    ),
    Case("ST-02", "a return before the tokens", returned_too_early(), "not returned to"),
    Case("ST-02", "no return", granted(), "not returned to"),
    Case("ST-02", "no tokens", refused(), "not returned to"),
    Case("ST-02", "nothing asked", granted().link_arrives(), "asked for nothing"),
    Case(
        "ST-03",
        "killed before the first byte",
        killed(False).drop(FirstByte),
        "was not killed",
    ),
    Case("ST-03", "killed after the first byte was let go", killed_after_release(), "was not killed"),
    Case("ST-03", "not killed", happy_path(), "was not killed"),
    Case("ST-03", "storage that is not meant to last", killed(storage_lasts=False), "not meant to outlive"),
    Case("ST-03", "killed without tokens", killed(connected=False).drop(TokenRequest), "was not killed"),
    Case(
        "ST-03",
        "killed after the page",
        happy_path().say(BackendKilled(why="")).say(BackendStarted(how="child process")).asks_status(False),
        "was not killed",
    ),
    Case(
        "ST-03",
        "not started again",
        killed().drop(BackendStarted, how="child process"),
        "not started",
    ),
    Case("ST-03", "nobody asked", killed().drop(AppResponse, connected=True), "nobody asked"),
]
