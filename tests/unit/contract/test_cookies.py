"""Which cookie a browser left out of a callback, and why."""

from typing import TypedDict

import pytest

from harness.contract.reading.exchanges import Exchange, cookie_left_out
from harness.timeline.gateway_events import GatewayRequest, GatewayResponse

CALLBACK = "/api/amo-crm/callback"


class Marks(TypedDict):
    """What every event of an exchange has."""

    exchange: int
    is_callback: bool
    is_browser: bool
    is_navigation: bool


def answer(*cookies: str, path: str = "/api/amo-crm/start", is_browser: bool = True) -> Exchange:
    marks = Marks(exchange=1, is_callback=False, is_browser=is_browser, is_navigation=True)
    request = GatewayRequest(path=path, **marks)
    headers = tuple(("Set-Cookie", each) for each in cookies)
    told = GatewayResponse(status=302, headers=headers, **marks)
    return Exchange(request, None, None, told, None, None)


def left_out(*before: Exchange, sent: tuple[str, ...] | None = ()) -> str:
    marks = Marks(exchange=2, is_callback=True, is_browser=True, is_navigation=True)
    return cookie_left_out(GatewayRequest(path=CALLBACK, cookies=sent, **marks), before)


@pytest.mark.parametrize(
    ("cookie", "why"),
    [
        ("sid=1; Path=/; SameSite=strict", "it is SameSite=Strict"),
        ("sid=1; Path=/auth", "its Path is /auth"),
        ("sid=1; Path=/api/amo", "its Path is /api/amo"),
        ("sid=1; Path=/; Domain=example.com", "its Domain is example.com"),
    ],
)
def test_it_is_named_with_the_reason(cookie: str, why: str) -> None:
    """Attributes are read in any case."""
    assert left_out(answer(cookie)).startswith(f"the browser left out the cookie `sid`: {why}")


def test_without_a_path_it_is_for_where_it_was_given() -> None:
    """RFC 6265 §5.1.4."""
    assert left_out(answer("sid=1", path="/auth/start")).endswith("its Path is /auth")
    assert left_out(answer("sid=1", path="/start")) == left_out(answer("sid=1")) == ""


@pytest.mark.parametrize(
    "cookie",
    [
        "sid=1; Path=/",
        "sid=1; Path=/; Secure",
        "sid=1; Path=/api/",
        "sid=1; Path=/; SameSite=Lax",
        "sid; Max-Age=0; Secure",
    ],
)
def test_what_would_have_come_is_no_reason(cookie: str) -> None:
    """Whatever became of it, its attributes have not kept it away; nor has one that was taken back."""
    assert left_out(answer(cookie)) == ""


def test_one_whose_name_demands_https_is_named() -> None:
    """Of any other the gateway takes `Secure` off."""
    said = "the browser left out the cookie `__Host-sid`: it is Secure"
    assert left_out(answer("__Host-sid=1; Path=/; Secure")).startswith(said)


def test_where_nobody_noted_what_came_nothing_is_said() -> None:
    """As in a HAR, under load and in timelines of before."""
    assert left_out(answer("sid=1; SameSite=Strict"), sent=None) == ""


def test_one_that_came_is_not_left_out() -> None:
    """Nor one that the app was given, and not the browser."""
    strict = "sid=1; SameSite=Strict"
    assert left_out(answer(strict), sent=("sid",)) == ""
    assert left_out(answer(strict, is_browser=False)) == ""


def test_the_last_one_of_a_name_counts() -> None:
    """A backend may give it again, and otherwise."""
    assert left_out(answer("sid=1; SameSite=Strict", "sid=1; Path=/; SameSite=Lax")) == ""
