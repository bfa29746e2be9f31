"""A real app's calls through the gateway, as the clauses read them."""

import pytest

from harness.config.settings import reference_config
from harness.phone.links.sdk import DEFAULT_SDK
from harness.serve.hand.real_app import RealApp, link_in
from harness.timeline.events import AppRequest, AppResponse, Event, LinkDelivered, LinkRouted
from harness.timeline.gateway_events import GatewayRequest, GatewayResponse

LINK = "foryoure://amo-crm/callback?success=true&state=s"


def asked(number: int, path: str, *, method: str = "GET", browser: bool = False) -> GatewayRequest:
    return GatewayRequest(exchange=number, method=method, path=path, is_browser=browser)


@pytest.fixture
def recorded() -> list[Event]:
    return []


@pytest.fixture
def app(recorded: list[Event]) -> RealApp:
    return RealApp(reference_config(), DEFAULT_SDK, recorded.append)


def test_a_status_call_is_told_with_what_it_says(app: RealApp, recorded: list[Event]) -> None:
    """Before any page no link is inferred."""
    app.hear(asked(1, reference_config().http.status))
    app.hear(GatewayResponse(exchange=1, status=200, body='{"connected": false}'))
    (request, answer) = recorded
    assert isinstance(request, AppRequest)
    assert isinstance(answer, AppResponse)
    assert (answer.purpose, answer.connected, app.has_called) == ("status", False, True)


def test_an_app_that_asks_again_after_the_page_has_come_back_by_its_link(
    app: RealApp, recorded: list[Event]
) -> None:
    """Once, and as something inferred."""
    page = f'<button onclick="window.open(&quot;{LINK.replace("&", "&amp;")}&quot;)">Return</button>'
    app.hear(GatewayResponse(exchange=1, status=200, body=page, is_page=True, is_browser=True))
    for number in (2, 3):
        app.hear(asked(number, reference_config().http.status))
    delivered = [each for each in recorded if isinstance(each, LinkDelivered)]
    routed = [each for each in recorded if isinstance(each, LinkRouted)]
    assert [(each.url, each.is_inferred) for each in delivered] == [(LINK, True)]
    assert [each.params["success"] for each in routed] == ["true"]


def test_a_browsers_own_calls_are_not_the_apps(app: RealApp, recorded: list[Event]) -> None:
    """A page that polls the status is no app; nor is a path that the configuration does not know."""
    app.hear(asked(1, reference_config().http.status, browser=True))
    app.hear(asked(2, "/health"))
    assert recorded == []


@pytest.mark.parametrize(
    "body",
    [
        f'<a href="{LINK.replace("&", "&amp;")}">',
        f"location = '{LINK}'",
        'x="' + LINK.replace("&", r"\u0026") + '"',
    ],
    ids=["attribute", "script", "escaped"],
)
def test_the_pages_link_is_found_as_it_was_sent(body: str) -> None:
    """Its escapes are undone; a page without one has none."""
    assert link_in(body, "foryoure") == LINK
    assert link_in("<p>nothing</p>", "foryoure") == ""
