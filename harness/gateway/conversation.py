"""What the gateway says to either side: events in, commands out.

Owns the order of everything that happens to an exchange: it is recorded, passed on, held for a look at the
backend, passed back, and ended in bounded time. No socket, no thread; the time is asked for. Whoever has
the sockets (`harness.gateway.server`) carries the commands out; the last one of a list says what comes next.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import h11

from fake_amo.http.guard import LOCAL_HOSTS, MISDIRECTED, AllowedHosts
from harness.gateway.answer import LONGEST_HEAD, Answer
from harness.gateway.exchange import Exchange

PATIENCE_S = 30.0
"""How long a backend may take until the head of its answer is whole."""
WHOLE_WITHIN_S = 2.0
"""How long after its head an answer may still be coming before it is recorded as far as it is there."""
LONGEST_SILENCE_S = 120.0
"""How long an answer that is recorded already may pause: an event stream."""
MOST_PASSED = 64_000_000
"""How many bytes of an answer are passed on; a browser is not filled up with one that has no end."""


@dataclass(frozen=True, slots=True)
class BrowserSent:
    """Event: bytes of the browser's; none at the end of its side."""

    data: bytes


@dataclass(frozen=True, slots=True)
class BrowserLeft:
    """Event: the browser takes no more bytes."""


@dataclass(frozen=True, slots=True)
class Connected:
    """Event: the backend takes the connection."""


@dataclass(frozen=True, slots=True)
class BackendSent:
    """Event: bytes of the backend's; none at the end of its side."""

    data: bytes


@dataclass(frozen=True, slots=True)
class BackendFailed:
    """Event: the backend cannot be reached, or breaks off."""

    reason: str


@dataclass(frozen=True, slots=True)
class TimeIsUp:
    """Event: what was waited for did not come in time."""


@dataclass(frozen=True, slots=True)
class Looked:
    """Event: the look at the backend is over."""


Event = BrowserSent | BrowserLeft | Connected | BackendSent | BackendFailed | TimeIsUp | Looked


@dataclass(frozen=True, slots=True)
class ReadBrowser:
    """Command: wait for the browser's next bytes."""


@dataclass(frozen=True, slots=True)
class Connect:
    """Command: open a connection to the backend."""

    url: str
    ca: Path | None = None
    """By which it is trusted besides the system's authorities, where it is on https."""


@dataclass(frozen=True, slots=True)
class SendToBackend:
    """Command: send these bytes."""

    data: bytes


@dataclass(frozen=True, slots=True)
class ReadBackend:
    """Command: wait for the backend's next bytes, this long."""

    within_s: float


@dataclass(frozen=True, slots=True)
class Look:
    """Command: let somebody look at the backend while the first byte is held."""

    exchange: Exchange


@dataclass(frozen=True, slots=True)
class SendToBrowser:
    """Command: send these bytes."""

    data: bytes


@dataclass(frozen=True, slots=True)
class LeaveBackend:
    """Command: close the connection to the backend."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Command: record something of an exchange."""

    record: Callable[[], None]


@dataclass(frozen=True, slots=True)
class End:
    """Command: close the browser's connection, or break it off."""

    abort: bool = False


Command = (
    ReadBrowser | Connect | SendToBackend | ReadBackend | Look | SendToBrowser | LeaveBackend | Tell | End
)


class Conversation:
    """One connection of the browser, and the backend behind it, from the first byte to the last."""

    def __init__(
        self,
        open_exchange: Callable[[h11.Request], Exchange | None],
        *,
        clock: Callable[[], float],
        patience_s: float = PATIENCE_S,
        allowed_hosts: AllowedHosts = LOCAL_HOSTS,
    ) -> None:
        self._open_exchange = open_exchange
        self._allowed_hosts = allowed_hosts
        self._clock = clock
        self._patience_s = patience_s
        self._browser = h11.Connection(h11.SERVER, max_incomplete_event_size=LONGEST_HEAD)
        self._request: h11.Request | None = None
        self._request_body = b""
        self._passing: _Passing | None = None

    def begin(self) -> Iterator[Command]:
        """Return what is done first."""
        yield ReadBrowser()

    def take(self, event: Event) -> Iterator[Command]:
        """Return what is done about an event, in its order."""
        if isinstance(event, BrowserSent):
            yield from self._hear_browser(event.data)
        elif isinstance(event, BrowserLeft) or self._passing is None:
            yield from self._told_so_far()
            yield End(abort=True)
        else:
            yield from self._go_on(self._passing, event)

    def _go_on(
        self, passing: "_Passing", event: Connected | BackendSent | BackendFailed | TimeIsUp | Looked
    ) -> Iterator[Command]:
        match event:
            case Connected():
                passing.asked_at = self._clock()
                yield SendToBackend(passing.question)
                yield ReadBackend(self._patience_s)
            case BackendSent(b""):
                yield from self._hear_the_end(passing)
            case BackendSent(data):
                yield from self._hear_backend(passing, data)
            case Looked():
                yield from self._release(passing)
            case TimeIsUp():
                yield from self._lose_patience(passing)
            case BackendFailed(reason):
                yield from self._break(passing, reason)

    # --- the browser ----------------------------------------------------------------------------

    def _hear_browser(self, data: bytes) -> Iterator[Command]:
        try:
            self._browser.receive_data(data)
            yield from self._next_request()
        except h11.ProtocolError:  # what no browser sends
            yield End(abort=True)

    def _next_request(self) -> Iterator[Command]:
        while True:
            event = self._browser.next_event()
            if event is h11.NEED_DATA:
                yield ReadBrowser()
                return
            if isinstance(event, h11.Request):
                self._request, self._request_body = event, b""
            elif isinstance(event, h11.Data):
                self._request_body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage) and self._request is not None:
                yield from self._ask(self._request)
                return
            else:
                yield End()
                return

    def _ask(self, request: h11.Request) -> Iterator[Command]:
        host = dict(request.headers).get(b"host", b"").decode("latin-1")
        if misdirected := self._allowed_hosts.refusal(host):
            yield SendToBrowser(_refusal(misdirected))
            yield End()
            return
        exchange = self._open_exchange(request)
        if exchange is None:  # nobody is being judged at the moment
            yield End(abort=True)
            return
        answer = Answer(exchange)
        self._passing = _Passing(exchange, answer, answer.ask(request, self._request_body))
        yield Tell(exchange.tell_request)
        yield Connect(exchange.backend_url, exchange.route.ca)

    # --- the backend ----------------------------------------------------------------------------

    def _hear_backend(self, passing: "_Passing", data: bytes) -> Iterator[Command]:
        was_begun, answer = passing.answer.has_begun, passing.answer
        try:
            passing.ready += answer.take(data)
        except h11.ProtocolError as error:
            if not was_begun:
                yield Tell(passing.exchange.tell_first_byte)
            yield from self._break(passing, f"the backend's answer is not HTTP: {error}")
            return
        if answer.status and passing.head_at is None:
            passing.head_at = self._clock()
        if was_begun or not answer.has_begun:
            yield from self._pass(passing)
            return
        yield Tell(passing.exchange.tell_first_byte)
        if passing.exchange.is_looked_at:
            yield Look(passing.exchange)
        else:
            yield from self._release(passing)

    def _hear_the_end(self, passing: "_Passing") -> Iterator[Command]:
        try:
            passing.ready += passing.answer.end()
        except h11.ProtocolError:
            is_complete = False
        else:
            is_complete = passing.answer.is_complete
        if is_complete:
            yield from self._pass(passing)
        else:
            where = "in the middle of its answer" if passing.answer.has_begun else "without an answer"
            yield from self._break(passing, f"the backend closed the connection {where}")

    def _release(self, passing: "_Passing") -> Iterator[Command]:
        yield Tell(passing.exchange.tell_released)
        yield from self._pass(passing)

    def _pass(self, passing: "_Passing") -> Iterator[Command]:
        """Pass on what is ready; whoever has the whole answer finds it on the timeline."""
        is_over = passing.answer.is_complete
        if is_over or self._is_late(passing):
            yield from self._told_so_far()
        if passing.ready:
            ready, passing.ready = passing.ready, b""
            passing.passed += len(ready)
            yield SendToBrowser(ready)
        if is_over:
            yield from self._finish(passing.answer)
        elif passing.passed > MOST_PASSED:
            yield from self._break(passing, f"its answer has more than {MOST_PASSED // 1_000_000} MB")
        else:
            yield ReadBackend(self._pause_s(passing))

    def _finish(self, answer: Answer) -> Iterator[Command]:
        """Tell the browser's side that the answer went out, without writing it twice."""
        self._passing = None
        yield LeaveBackend()
        if not answer.keeps_alive or self._browser.our_state is h11.MUST_CLOSE:
            yield End()
            return
        self._browser.send(h11.Response(status_code=204, headers=[]))
        self._browser.send(h11.EndOfMessage())
        if self._browser.our_state is not h11.DONE:
            yield End()
            return
        self._browser.start_next_cycle()
        yield from self._next_request()

    def _break(self, passing: "_Passing", reason: str) -> Iterator[Command]:
        """The browser sees a broken connection, as it would without the gateway."""
        yield from self._told_so_far()
        yield Tell(lambda: passing.exchange.tell_broken(reason))
        yield End(abort=True)

    # --- time -----------------------------------------------------------------------------------

    def _lose_patience(self, passing: "_Passing") -> Iterator[Command]:
        if self._is_late(passing) and not passing.is_told:
            yield from self._told_so_far()
            yield ReadBackend(self._pause_s(passing))
        elif passing.is_told:
            yield End(abort=True)
        else:
            what = "no more of its answer" if passing.answer.has_begun else "no answer"
            yield from self._break(passing, f"{what} in {self._patience_s:g} s")

    def _is_late(self, passing: "_Passing") -> bool:
        return passing.head_at is not None and self._clock() - passing.head_at >= WHOLE_WITHIN_S

    def _pause_s(self, passing: "_Passing") -> float:
        if passing.is_told:
            return LONGEST_SILENCE_S
        if passing.head_at is None:
            return max(0.0, passing.asked_at + self._patience_s - self._clock())
        return max(0.0, passing.head_at + WHOLE_WITHIN_S - self._clock())

    def _told_so_far(self) -> Iterator[Command]:
        """Record the answer as far as it is there, once."""
        passing = self._passing
        if passing is None or passing.is_told or not passing.answer.status:
            return
        passing.is_told = True
        answer = passing.answer
        status, headers, body, is_whole = (
            answer.status,
            answer.headers,
            bytes(answer.body),
            answer.is_complete,
        )
        yield Tell(lambda: passing.exchange.tell_response(status, headers, body, is_whole=is_whole))
        alteration = answer.alteration
        if alteration is not None and passing.exchange.observer is not None:
            yield Tell(lambda: passing.exchange.tell_altered(headers, alteration.why_not))


def _refusal(why: str) -> bytes:
    """Return the gateway's own answer to whoever asks for a host that it is not."""
    body = f"{why}\n".encode("latin-1", "replace")
    head = f"HTTP/1.1 {MISDIRECTED} Misdirected Request\r\nContent-Type: text/plain\r\nConnection: close\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@dataclass(slots=True)
class _Passing:
    """The exchange that is under way."""

    exchange: Exchange
    answer: Answer
    question: bytes
    ready: bytes = b""
    """Bytes for the browser that wait for the look at the backend, or for a moment."""
    asked_at: float = 0.0
    head_at: float | None = None
    passed: int = 0
    """How many bytes the browser was sent."""
    is_told: bool = False
