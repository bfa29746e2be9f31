"""The order of everything that the gateway does, from lists of bytes: no socket, no thread, no waiting."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import h11
import pytest

from fake_amo.http.guard import LOCAL_HOSTS, AllowedHosts
from harness.gateway.conversation import (
    WHOLE_WITHIN_S,
    BackendFailed,
    BackendSent,
    BrowserLeft,
    BrowserSent,
    Command,
    Connect,
    Connected,
    Conversation,
    End,
    Event,
    LeaveBackend,
    Look,
    Looked,
    ReadBackend,
    ReadBrowser,
    SendToBackend,
    SendToBrowser,
    Tell,
    TimeIsUp,
)
from harness.gateway.doors import Door, Entrance
from harness.gateway.exchange import Exchange, Route, open_exchange
from harness.timeline.gateway_events import Broken, GatewayResponse
from harness.timeline.recorder import Recorder

BACKEND = "http://127.0.0.1:4001"
GATEWAY = "http://127.0.0.1:4000"
FRONTEND_DOOR = "http://127.0.0.1:4002"
DOORS = (Door(GATEWAY), Door(FRONTEND_DOOR, "https://app.example.com", "http://localhost:5173"))
ASKED = b"GET /callback?state=s HTTP/1.1\r\nHost: 127.0.0.1:4000\r\nAccept: text/html\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Playbook:
    """A conversation whose commands are written down; what is told is recorded at once."""

    look: Callable[[Exchange], None] | None = None
    allowed_hosts: AllowedHosts = LOCAL_HOSTS
    recorder: Recorder = field(default_factory=Recorder)
    now_s: float = 0.0
    done: list[Command] = field(default_factory=list[Command])

    def __post_init__(self) -> None:
        route = Route(lambda: BACKEND, self.recorder, self.look, numbers=itertools.count(1))

        def open_(request: h11.Request) -> Exchange:
            return open_exchange(request, route, Entrance(DOORS[0], DOORS, "/callback"))

        self.talk = Conversation(
            open_, clock=lambda: self.now_s, patience_s=30.0, allowed_hosts=self.allowed_hosts
        )

    def hear(self, *events: Event) -> list[Command]:
        """Take events one after the other; return what is done about the last."""
        for event in events:
            self.done = list(self.talk.take(event))
            for each in self.done:
                if isinstance(each, Tell):
                    each.record()
        return self.done

    def asks(self) -> list[Command]:
        """The browser asks, and the backend takes the connection."""
        return self.hear(BrowserSent(ASKED), Connected())

    @property
    def told(self) -> list[str]:
        """What is on the timeline."""
        return [event.kind for event in self.recorder.timeline()]

    @property
    def to_browser(self) -> bytes:
        """What the last event sends to the browser."""
        return b"".join(each.data for each in self.done if isinstance(each, SendToBrowser))


def kinds(commands: list[Command]) -> list[type[Command]]:
    return [type(each) for each in commands if not isinstance(each, Tell)]


def test_a_request_is_recorded_before_anything_is_opened() -> None:
    """Then it is passed on, and the answer is waited for."""
    play = Playbook()
    assert play.hear(BrowserSent(ASKED[:20])) == [ReadBrowser()]
    assert play.hear(BrowserSent(ASKED[20:]))[1:] == [Connect(BACKEND)]
    assert play.told == ["request"]
    sent, waits = play.hear(Connected())
    assert isinstance(sent, SendToBackend)
    assert sent.data.startswith(b"GET /callback?state=s HTTP/1.1\r\n")
    assert waits == ReadBackend(30.0)


def test_not_a_byte_reaches_the_browser_before_the_look_is_over() -> None:
    """Not when the whole answer is there either; and whoever has it finds it on the timeline."""
    play = Playbook(look=lambda _: None)
    play.asks()
    assert kinds(play.hear(BackendSent(ANSWER))) == [Look]
    assert play.told == ["request", "first_byte"]
    done = play.hear(Looked())
    assert play.told[2:] == ["released", "response"]
    told_at = [index for index, each in enumerate(done) if isinstance(each, Tell)]
    sent_at = [index for index, each in enumerate(done) if isinstance(each, SendToBrowser)]
    assert max(told_at) < min(sent_at)
    assert play.to_browser == ANSWER
    assert kinds(done)[1:] == [LeaveBackend, ReadBrowser]


@pytest.mark.parametrize("size", [1, 7, 40])
def test_bytes_pass_unchanged_however_they_are_cut(size: int) -> None:
    """A head is passed on whole, a body as it comes."""
    play, passed = Playbook(), b""
    play.asks()
    for start in range(0, len(ANSWER), size):
        play.hear(BackendSent(ANSWER[start : start + size]))
        passed += play.to_browser
    assert passed == ANSWER
    assert play.told == ["request", "first_byte", "released", "response"]


def test_early_hints_pass_at_once_and_are_no_first_byte() -> None:
    """The answer itself has not begun with them."""
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    play = Playbook(look=lambda _: None)
    play.asks()
    play.hear(BackendSent(hints))
    assert (play.to_browser, play.told) == (hints, ["request"])
    assert kinds(play.hear(BackendSent(ANSWER))) == [Look]


@pytest.mark.parametrize(
    ("location", "moved"),
    [
        (f"{BACKEND}/done?a=1", f"{GATEWAY}/done?a=1"),
        ("http://localhost:4001/done", f"{GATEWAY}/done"),
        ("http://[::1]:4001/done", f"{GATEWAY}/done"),
        ("https://app.example.com/done?a=1", f"{FRONTEND_DOOR}/done?a=1"),
        ("//127.0.0.1:5173?a=1", f"{FRONTEND_DOOR}/?a=1"),
        ("http://127.0.0.1:5173/done", f"{FRONTEND_DOOR}/done"),
        ("https://app.example.com:444/done", "https://app.example.com:444/done"),
        ("https://app.example.com.evil.example/done", "https://app.example.com.evil.example/done"),
        (BACKEND, f"{GATEWAY}/"),
        ("done?a=1", "done?a=1"),
        ("http://127.0.0.1:40010/done", "http://127.0.0.1:40010/done"),
        ("foryoure://amo-crm/callback", "foryoure://amo-crm/callback"),
        ("http://[", "http://["),
    ],
)
def test_only_a_location_behind_the_gateway_is_moved(location: str, moved: str) -> None:
    """Under whichever of this machine's names, in whichever piece it comes."""
    answer = (
        f"HTTP/1.1 303 See Other\r\nX-Self: {BACKEND}\r\nlocation: {location}\r\nContent-Length: 0\r\n\r\n"
    )
    play = Playbook()
    play.asks()
    play.hear(BackendSent(answer[:70].encode()), BackendSent(answer[70:].encode()))
    assert play.to_browser.decode() == answer.replace(f"location: {location}", f"location: {moved}")
    (seen,) = play.recorder.timeline().of(GatewayResponse)
    assert seen.goes_on is (moved.startswith((GATEWAY, FRONTEND_DOOR)) or location.startswith("done"))


def test_what_comes_after_the_answer_is_dropped() -> None:
    """With the connection: nobody knows what it belongs to."""
    play = Playbook()
    play.asks()
    assert play.hear(BackendSent(ANSWER + b"HTTP/1.1 500 surplus"))[-1] == End()
    assert play.to_browser == ANSWER


def test_an_answer_without_a_length_ends_the_browsers_connection_too() -> None:
    """Its end is the only one that the browser can see."""
    play = Playbook()
    play.asks()
    play.hear(BackendSent(b"HTTP/1.1 200 OK\r\n\r\nok"))
    assert play.hear(BackendSent(b""))[-1] == End()


def test_an_answer_that_goes_on_is_told_once_it_is_late() -> None:
    """As far as it is there, once, and then waited for longer."""
    play = Playbook()
    play.asks()
    assert play.hear(BackendSent(b"HTTP/1.1 200 OK\r\n\r\nfirst"))[-1] == ReadBackend(WHOLE_WITHIN_S)
    play.now_s = WHOLE_WITHIN_S / 2
    assert play.hear(BackendSent(b" second"))[-1] == ReadBackend(WHOLE_WITHIN_S / 2)
    assert "response" not in play.told
    play.now_s = WHOLE_WITHIN_S
    play.hear(TimeIsUp())
    play.hear(BackendSent(b" third"))
    (seen,) = play.recorder.timeline().of(GatewayResponse)
    assert (seen.body, seen.is_whole) == ("first second", False)
    assert play.hear(TimeIsUp()) == [End(abort=True)]
    assert play.recorder.timeline().of(Broken) == ()


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([TimeIsUp()], "no answer in 30 s"),
        ([BackendSent(b"HTTP/1."), TimeIsUp()], "no more of its answer in 30 s"),
        ([BackendSent(b"")], "the backend closed the connection without an answer"),
        ([BackendSent(ANSWER[:-1]), BackendSent(b"")], "closed the connection in the middle of its answer"),
        ([BackendSent(b"SSH-2.0")], "the backend's answer is not HTTP: it does not begin with HTTP/"),
        (
            [BackendSent(b"HTTP/1.1 200 OK\r\na: " + b"x" * 1_000_001)],
            "its head is longer than 1000000 bytes",
        ),
        ([BackendSent(b"HTTP/1.1 101 Go\r\nUpgrade: x\r\n\r\n")], "not HTTP"),
        ([BackendFailed("the backend breaks off: reset")], "the backend breaks off: reset"),
    ],
    ids=["silence", "half a head", "nothing", "cut", "garbage", "a head without end", "101", "reset"],
)
def test_what_the_backend_breaks_is_named_and_the_browser_sees_it(events: list[Event], reason: str) -> None:
    """As without the gateway, its connection breaks off."""
    play = Playbook()
    play.asks()
    assert play.hear(*events)[-1] == End(abort=True)
    (broken,) = play.recorder.timeline().of(Broken)
    assert reason in broken.reason


def test_a_browser_that_leaves_breaks_nothing() -> None:
    """What had come is told; it is nobody's fault."""
    play = Playbook()
    play.asks()
    play.hear(BackendSent(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart"))
    assert play.hear(BrowserLeft())[-1] == End(abort=True)
    assert play.told[-1] == "response"


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01 TLS", b"GET / HTTP/1.1\r\n\r\n", b""], ids=["TLS", "no host", "end"]
)
def test_what_no_browser_sends_ends_the_connection(sent: bytes) -> None:
    """Nothing is opened for it, and nothing is told."""
    play = Playbook()
    assert kinds(play.hear(BrowserSent(sent))) == [End]
    assert play.told == []


def test_a_rebound_page_never_reaches_the_backend() -> None:
    """Its own name in `Host` is answered by the gateway, told of to nobody, and the connection ends."""
    book = Playbook()
    sent, end = book.hear(BrowserSent(ASKED.replace(b"127.0.0.1:4000", b"rebound.example:4000")))
    assert isinstance(sent, SendToBrowser)
    assert sent.data.startswith(b"HTTP/1.1 421 Misdirected Request\r\n")
    assert (end, book.told) == (End(), [])


def test_the_names_of_the_gateway_lead_on() -> None:
    """One that was allowed, as a tunnel's, beside this machine's own."""
    allowed = AllowedHosts(frozenset({"abc.ngrok.app"}))
    for host, leads in ((b"abc.ngrok.app", True), (b"localhost", True), (b"evil.example", False)):
        book = Playbook(allowed_hosts=allowed)
        done = book.hear(BrowserSent(ASKED.replace(b"127.0.0.1:4000", host)))
        assert any(isinstance(each, Connect) for each in done) == leads, host
