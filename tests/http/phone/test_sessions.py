"""Browser sessions whose result an app may follow, Android's two ways to hear of a link, and AppState."""

from dataclasses import replace

import pytest

from harness.errors import NotSimulated, UsageError
from harness.phone.wiring import AS_IT_IS, WIRED
from harness.timeline.events import LinkDelivered, SessionResult
from harness.timeline.recorder import Recorder
from tests.http.phone.conftest import MakePhone
from tests.http.phone.test_hosts_and_app import CONNECT, SUCCESS, Departure, gone_to_browser
from tests.http.phone.tiny_backend import STATUS, TinyBackend

HANDLED = replace(AS_IT_IS, session="handled")
INTENT = (
    "intent://amo-crm/callback?success=true&state=s#Intent;scheme=foryoure;package=com.x;"
    "S.browser_fallback_url=https%3A%2F%2Fx;end"
)


def results(recorder: Recorder) -> list[tuple[str, bool]]:
    """How the app's browser sessions ended, and whether anything listened."""
    return [(each.type, each.handled) for each in recorder.timeline().of(SessionResult)]


def test_app_that_follows_the_sessions_result_ends_connected(
    make_phone: MakePhone, backend: TinyBackend, recorder: Recorder
) -> None:
    """What `openAuthSessionAsync` gave it leads to its own callback screen."""
    phone = gone_to_browser(make_phone, backend, "ios-auth-session", wiring=HANDLED)
    phone.departed(Departure(user_gesture=False))
    phone.clock.advance(1)
    assert (phone.screen.name, phone.screen.connected) == ("crm", True)
    assert results(recorder) == [("success", True)]


@pytest.mark.parametrize("how", ["cancel", "dismiss"])
def test_closed_session_leaves_the_app_as_it_was(
    make_phone: MakePhone, backend: TinyBackend, recorder: Recorder, how: str
) -> None:
    """The account is connected; the app was told nothing and still says connect."""
    phone = gone_to_browser(make_phone, backend, "ios-auth-session", wiring=HANDLED)
    phone.close_session("cancel" if how == "cancel" else "dismiss")
    assert phone.screen.text == CONNECT
    assert results(recorder) == [(how, True)]
    assert recorder.timeline().of(LinkDelivered) == ()


def test_only_a_session_can_be_closed(make_phone: MakePhone, backend: TinyBackend) -> None:
    """Mobile Safari is another app."""
    phone = gone_to_browser(make_phone, backend, "ios-safari")
    with pytest.raises(UsageError, match="no browser session to close: the app opened Mobile Safari"):
        phone.close_session()


def test_session_without_a_redirect_url_watches_for_no_scheme(
    make_phone: MakePhone, backend: TinyBackend
) -> None:
    """What it does with a link then, nobody knows for certain."""
    wiring = replace(AS_IT_IS, session="without_redirect_url")
    phone = gone_to_browser(make_phone, backend, "ios-auth-session", wiring=wiring)
    with pytest.raises(NotSimulated, match="AppAuth #232"):
        phone.departed(Departure())


@pytest.mark.parametrize(
    ("is_heard_first", "result"), [(False, "success"), (True, "dismiss")], ids=["the-link", "the-return"]
)
def test_androids_session_races_the_apps_return(
    make_phone: MakePhone,
    backend: TinyBackend,
    recorder: Recorder,
    is_heard_first: bool,
    result: str,
) -> None:
    """The router has the link either way; an app that follows the result as well handles it twice."""
    phone = gone_to_browser(
        make_phone, backend, "android-auth-session", wiring=HANDLED, return_is_heard_first=is_heard_first
    )
    phone.departed(Departure())
    phone.clock.advance(1)
    assert results(recorder) == [(result, True)]
    assert len(recorder.timeline().of(LinkDelivered)) == (1 if is_heard_first else 2)
    assert (phone.screen.name, phone.screen.connected) == ("crm", True)


@pytest.mark.parametrize(("host", "screen"), [("android-custom-tab", "crm"), ("ios-safari", "browser")])
def test_intent_is_a_link_on_android_alone(
    make_phone: MakePhone, backend: TinyBackend, host: str, screen: str
) -> None:
    """To an iPhone it is a scheme that no app answers to."""
    phone = gone_to_browser(make_phone, backend, host)
    phone.departed(Departure(url=INTENT))
    phone.clock.advance(1)
    assert phone.screen.name == screen


@pytest.mark.parametrize(
    ("host", "delivered"), [("android-custom-tab", ["warm", "cold"]), ("ios-safari", ["warm"])]
)
def test_recent_apps_hand_the_old_link_over_again_on_android(
    make_phone: MakePhone, backend: TinyBackend, recorder: Recorder, host: str, delivered: list[str]
) -> None:
    """The intent that started the task is the task's own; iOS starts the app at its root."""
    phone = gone_to_browser(make_phone, backend, host)
    phone.departed(Departure())
    phone.clock.advance(1)
    phone.restart_from_recents()
    assert [each.start for each in recorder.timeline().of(LinkDelivered)] == delivered
    assert all(each.url == SUCCESS for each in recorder.timeline().of(LinkDelivered))


@pytest.mark.parametrize(
    ("host", "asks"),
    [("ios-safari", True), ("android-custom-tab", True), ("ios-safari-view-controller", False)],
)
def test_app_that_hears_of_appstate_asks_again_when_it_is_back(
    make_phone: MakePhone, backend: TinyBackend, host: str, asks: bool
) -> None:
    """Coming back by hand is enough, where the browser was another app."""
    phone = gone_to_browser(make_phone, backend, host, wiring=WIRED)
    asked = backend.paths().count(STATUS)
    phone.come_back_by_hand()
    phone.clock.advance(1)
    assert (backend.paths().count(STATUS) > asked) is asks
    assert phone.screen.connected is asks


def test_app_that_does_not_hear_of_appstate_stays_as_it_was(
    make_phone: MakePhone, backend: TinyBackend
) -> None:
    """React Native tells TanStack nothing."""
    phone = gone_to_browser(make_phone, backend, "ios-safari")
    phone.come_back_by_hand()
    phone.clock.advance(1)
    assert phone.screen.text == CONNECT


@pytest.mark.parametrize(("stays", "tabs"), [(True, 1), (False, 2)], ids=["stays", "replaced"])
def test_tab_that_stays_is_gone_back_to(
    make_phone: MakePhone, backend: TinyBackend, stays: bool, tabs: int
) -> None:
    """Else `router.replace` puts a second one over it, and both ask when the status is out of date."""
    phone = gone_to_browser(make_phone, backend, "ios-safari", wiring=replace(AS_IT_IS, tab_stays=stays))
    phone.departed(Departure())
    phone.clock.advance(1)
    assert phone.screen.connected is True
    assert phone.mounted_tabs == tabs
