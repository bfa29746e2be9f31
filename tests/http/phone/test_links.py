"""How a link reaches the app: warm, cold with its race, after a reload, or not at all."""

import pytest

from harness.errors import UsageError
from harness.phone import Phone
from harness.timeline.events import LinkDelivered, LinkDropped, LinkRouted
from harness.timeline.recorder import Recorder
from tests.http.phone.conftest import MakePhone
from tests.http.phone.tiny_backend import LEADS, STATUS, TinyBackend

LINK = "foryoure://amo-crm/callback"
SUCCESS = f"{LINK}?success=true&state=s"


def test_cold_start_goes_straight_to_the_callback(
    make_phone: MakePhone, backend: TinyBackend, recorder: Recorder
) -> None:
    """No query is mounted there, so nothing is refreshed until the tab mounts a second later."""
    phone = make_phone()
    backend.connect({"id": 1})
    phone.deliver(SUCCESS, "cold")
    assert (phone.screen.name, phone.screen.state, backend.paths()) == ("callback", "success", [])
    phone.clock.advance(1)
    assert backend.paths() == [STATUS, LEADS]
    assert (phone.screen.name, phone.screen.connected) == ("crm", True)
    delivered = recorder.timeline().first(LinkDelivered)
    assert delivered is not None
    assert (delivered.start, delivered.installed) == ("cold", True)


@pytest.mark.parametrize(
    ("host", "sdk", "delay_s", "arrives"),
    [
        pytest.param("ios-safari", 52, 0.0, True, id="ios-sdk52-at-once"),
        pytest.param("ios-safari", 52, 0.149, True, id="ios-sdk52-in-time"),
        pytest.param("ios-safari", 52, 0.151, False, id="ios-sdk52-too-late"),
        pytest.param("ios-safari", 51, 0.151, False, id="ios-sdk51-too-late"),
        pytest.param("ios-safari", 53, 10.0, True, id="ios-sdk53-does-not-ask"),
        pytest.param("ios-safari", 58, 10.0, True, id="ios-sdk58-does-not-ask"),
        pytest.param("android-custom-tab", 58, 0.149, True, id="android-in-time"),
        pytest.param("android-custom-tab", 58, 0.151, False, id="android-too-late"),
    ],
)
def test_cold_start_race_of_150_ms(
    make_phone: MakePhone, recorder: Recorder, *, host: str, sdk: int, delay_s: float, arrives: bool
) -> None:
    """Where the starting app has to ask for its link, it waits 150 ms and then opens its root."""
    phone = make_phone(host=host, sdk=sdk, initial_url_delay_s=delay_s)
    phone.deliver(SUCCESS, "cold")
    dropped = recorder.timeline().first(LinkDropped)
    assert phone.screen.name == ("callback" if arrives else "home")
    assert (dropped is None) is arrives
    if dropped is not None:
        assert "150 ms" in dropped.reason
        assert phone.clock.now_s == 0.15


def test_warm_link_is_not_raced(make_phone: MakePhone) -> None:
    """The running app is told by an event."""
    phone = make_phone(initial_url_delay_s=5.0)
    phone.deliver(SUCCESS)
    assert phone.screen.name == "callback"


def test_cold_start_ends_what_ran_before(make_phone: MakePhone, backend: TinyBackend) -> None:
    """A retry that the old process had set does not happen."""
    phone = make_phone()
    backend.says(STATUS, {"message": "down"}, status=503)
    phone.open_crm_tab()
    phone.deliver(f"{LINK}?error=x", "cold")
    phone.clock.advance(60)
    assert backend.paths() == [STATUS]


def test_reload_replays_the_last_link(phone: Phone, backend: TinyBackend, recorder: Recorder) -> None:
    """The system remembers the link that opened the app last."""
    backend.connect({"id": 1})
    phone.deliver(f"{LINK}?error=x")
    phone.deliver(SUCCESS)
    phone.clock.advance(5)
    phone.reload_app()
    assert (phone.screen.name, phone.screen.state) == ("callback", "success")
    last = recorder.timeline().last(LinkDelivered)
    assert last is not None
    assert (last.start, last.url) == ("reload", SUCCESS)


def test_reload_without_a_link_starts_at_the_root(phone: Phone, recorder: Recorder) -> None:
    """There is nothing to replay."""
    phone.reload_app()
    assert phone.screen.name == "home"
    assert recorder.timeline().of(LinkDelivered) == ()


def test_link_that_the_router_cannot_decode_leaves_the_app_where_it_was(
    phone: Phone, backend: TinyBackend, recorder: Recorder
) -> None:
    """Before SDK 56 a stray percent sign loses the link: delivered, dropped, and another way to look hung."""
    backend.connect()
    phone.deliver(f"{LINK}?error=50%25")
    assert (phone.screen.name, phone.screen.state) == ("crm", "disconnected")
    dropped = recorder.timeline().first(LinkDropped)
    assert dropped is not None
    assert "URIError" in dropped.reason
    assert recorder.timeline().of(LinkRouted) == ()


def test_later_sdk_shows_the_same_link(make_phone: MakePhone) -> None:
    """Guarded from SDK 56 on."""
    phone = make_phone(sdk=58)
    phone.deliver(f"{LINK}?error=50%25")
    assert phone.screen.text == "Помилка авторизації. Спробуйте ще раз."


def test_injected_parameter_is_what_the_screen_reads(phone: Phone, recorder: Recorder) -> None:
    """SEC-06: the error text brings a success with it; the error still wins."""
    phone.deliver(f"{LINK}?error=x%26success%3Dtrue")
    routed = recorder.timeline().first(LinkRouted)
    assert routed is not None
    assert routed.params == {"error": "x", "success": "true"}
    assert phone.screen.state == "error"


@pytest.mark.parametrize(
    ("link", "screen"),
    [("foryoure://crm", "crm"), ("foryoure://", "home"), ("foryoure://AMO-CRM/callback", "not_found")],
)
def test_other_link_of_the_app_leads_where_it_says(phone: Phone, link: str, screen: str) -> None:
    """The callback is one screen of several."""
    phone.deliver(link)
    assert phone.screen.name == screen


@pytest.mark.parametrize("start", ["warm", "cold", "reload"])
@pytest.mark.parametrize("link", ["nothing", "https://example.com/", "other://amo-crm/callback"])
def test_what_is_no_link_of_the_app_leaves_it_as_it_was(
    phone: Phone, recorder: Recorder, link: str, start: str
) -> None:
    """Refused in one sentence, before anything happens."""
    events, screen = len(recorder.timeline()), phone.screen
    with pytest.raises(UsageError):
        phone.deliver(link, start)  # pyright: ignore[reportArgumentType]
    assert (len(recorder.timeline()), phone.screen) == (events, screen)


def test_retry_is_only_there_on_the_error(phone: Phone) -> None:
    """A tap on nothing is a mistake of the scenario."""
    with pytest.raises(UsageError, match="nothing to retry"):
        phone.tap_retry()
