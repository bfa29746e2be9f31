"""From the browser back to the app: what the host lets through, and what the app then shows."""

from dataclasses import dataclass

import pytest

from harness.errors import NotSimulated
from harness.phone import HostChoices, Phone
from harness.timeline.events import HostDecided, LinkDelivered, LinkRouted, SessionResult
from harness.timeline.recorder import Recorder
from tests.http.phone.conftest import MakePhone
from tests.http.phone.tiny_backend import TinyBackend

SUCCESS = "foryoure://amo-crm/callback?success=true&state=s"
CONNECT = "Підключіть АМО CRM"


@dataclass(frozen=True)
class Departure:
    """What an engine reports."""

    url: str = SUCCESS
    mechanism: str | None = "navigation"
    user_gesture: bool | None = True
    same_tab: bool | None = True


def gone_to_browser(make_phone: MakePhone, backend: TinyBackend, host: str, **settings: object) -> Phone:
    """A phone whose user has allowed access in the browser: the backend is connected, the app unaware."""
    phone = make_phone(host=host, **settings)
    phone.open_crm_tab()
    phone.tap_connect()
    backend.connect({"id": 1})
    return phone


@pytest.mark.parametrize(
    ("host", "seen"),
    [
        ("ios-safari", "Open in “App”?"),
        ("ios-safari-view-controller", "the app opens under the browser's sheet, which the app must dismiss"),
        ("rn-webview", "the app opens"),
        ("android-custom-tab", "the app opens"),
    ],
)
def test_tap_that_opens_the_app_ends_connected(
    make_phone: MakePhone, backend: TinyBackend, recorder: Recorder, host: str, seen: str
) -> None:
    """Whether the host asks first or not."""
    phone = gone_to_browser(make_phone, backend, host)
    assert phone.departed(Departure()).seen == seen
    phone.clock.advance(1)
    assert (phone.screen.name, phone.screen.connected) == ("crm", True)
    decided = recorder.timeline().first(HostDecided)
    assert decided is not None
    assert (decided.host, decided.url, decided.seen) == (host, SUCCESS, seen)


@pytest.mark.parametrize(
    ("host", "gesture"),
    [
        ("ios-safari", False),
        ("ios-safari-view-controller", False),
        ("ios-wkwebview", True),
        ("ios-wkwebview", False),
    ],
)
def test_departure_that_dies_leaves_the_browser_in_front(
    make_phone: MakePhone, backend: TinyBackend, recorder: Recorder, host: str, gesture: bool
) -> None:
    """The reported symptom: the page stays, and the app learns nothing."""
    phone = gone_to_browser(make_phone, backend, host)
    decision = phone.departed(Departure(user_gesture=gesture))
    assert decision.seen == "page stays, nothing happens"
    assert phone.screen.name == "browser"
    assert recorder.timeline().of(LinkDelivered) == ()


def test_session_result_reaches_no_screen_of_the_app(
    make_phone: MakePhone, backend: TinyBackend, recorder: Recorder
) -> None:
    """The link is the promise's value: connected at the backend, and the app still says connect."""
    phone = gone_to_browser(make_phone, backend, "ios-auth-session")
    assert phone.departed(Departure(user_gesture=False)).outcome == "callback"
    phone.clock.advance(60)
    assert (phone.screen.name, phone.screen.text) == ("crm", CONNECT)
    result = recorder.timeline().first(SessionResult)
    assert result is not None
    assert (result.url, result.handled) == (SUCCESS, False)
    assert recorder.timeline().of(LinkRouted) == ()


def test_cancelled_prompt_keeps_the_user_in_the_browser(make_phone: MakePhone, backend: TinyBackend) -> None:
    """And what Safari does with the same link next, nobody has reported since 2017."""
    phone = gone_to_browser(make_phone, backend, "ios-safari")
    assert phone.departed(Departure(), answer="cancel").outcome == "prompts"
    assert phone.screen.name == "browser"
    with pytest.raises(NotSimulated, match="cancelled this link before"):
        phone.departed(Departure())
    phone.departed(Departure(url=f"{SUCCESS}2"))
    assert phone.screen.name == "callback"


def test_app_that_is_not_installed_is_not_opened(make_phone: MakePhone, backend: TinyBackend) -> None:
    """The alert is all that the user sees."""
    phone = gone_to_browser(make_phone, backend, "ios-safari", choices=HostChoices(app_installed=False))
    assert phone.departed(Departure()).outcome == "alert"
    assert phone.screen.name == "browser"


def test_link_of_another_scheme_does_not_reach_the_app(make_phone: MakePhone, backend: TinyBackend) -> None:
    """A backend that leaves for the wrong scheme strands its user."""
    phone = gone_to_browser(make_phone, backend, "ios-safari")
    assert phone.departed(Departure(url="other://amo-crm/callback?success=true")).outcome == "alert"
    assert phone.screen.name == "browser"


def test_departure_that_is_not_simulated_leaves_the_phone_as_it_was(
    make_phone: MakePhone, backend: TinyBackend, recorder: Recorder
) -> None:
    """Nothing is recorded, nothing is delivered."""
    phone = gone_to_browser(make_phone, backend, "ios-safari")
    events = len(recorder.timeline())
    with pytest.raises(NotSimulated):
        phone.departed(Departure(mechanism="iframe"))
    assert (len(recorder.timeline()), phone.screen.name) == (events, "browser")


def test_coming_back_by_hand_shows_the_tab_as_it_stood(make_phone: MakePhone, backend: TinyBackend) -> None:
    """React Native tells TanStack nothing; started anew, the app learns that it is connected."""
    phone = gone_to_browser(make_phone, backend, "ios-safari")
    phone.come_back_by_hand()
    phone.clock.advance(60)
    assert (phone.screen.name, phone.screen.text) == ("crm", CONNECT)
    phone.restart_app()
    assert phone.screen.name == "home"
    phone.open_crm_tab()
    assert (phone.screen.text, phone.screen.leads) == ("Підключено", ({"id": 1},))
