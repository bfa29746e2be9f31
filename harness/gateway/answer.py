"""The backend's answer to one exchange, read with h11 out of the bytes that pass.

Owns where its head ends and where it ends as a whole, and the headers that are changed: a `Location` at the
backend's own origin or beyond ASCII and `X-Forwarded-Proto`, as every reverse proxy does it, in the request
the content encodings that a browser offers (`harness.gateway.content`), on plain http the `Secure` of cookies
and `upgrade-insecure-requests`, and what makes WebKit say that a frame leaves for an app (`FRAMES_POLICY`).
Where the exchange's route has an observer, its script goes into pages, and a clock into workers' files
(`harness.gateway.alteration`).
No socket, no clock.
"""

import re
import string
from urllib.parse import quote

import h11

from harness.gateway.alteration import Alteration, Insertion, is_altered
from harness.gateway.content import LIMIT, header, offered
from harness.gateway.exchange import Exchange, may_be_shown

LONGEST_HEAD = 1_000_000
OK = 200
HOP_BY_HOP = frozenset({b"proxy-connection", b"proxy-authorization", b"te", b"upgrade"})
_INTERIM = re.compile(rb"HTTP/1\.\d 1\d\d")
_END_OF_HEAD = re.compile(rb"\n\r?\n")
_LOCATION = re.compile(rb"(?im)^(location:[ \t]*)[^\r\n]*")
_UPGRADE = re.compile(rb"(?im)^(content-security-policy:[^\r\n]*?)\bupgrade-insecure-requests\b")
"""In production the page is on https, where this changes nothing; here no file of its would be found."""
_SECURE = re.compile(
    rb"(?im)^(set-cookie:(?![ \t]*__(?:host|secure)-)[^\r\n]*?);[ \t]*secure[ \t]*(?=[;\r\n])([^\r\n]*)"
)
"""In production it comes back; here no browser would take it. One whose name demands it is left alone."""
_OF_ANY_SITE = re.compile(rb"(?i);[ \t]*samesite[ \t]*=[ \t]*none[ \t]*(?=;|\Z)")
"""Without `Secure` Chromium takes no such cookie; one that says nothing comes back from amoCRM as well."""


FRAMES_POLICY = "frame-src http: https: data: blob: about: amo-harness:; report-to amo-harness"
"""Nothing is refused by it and nothing reported: the page gets a `securitypolicyviolation`, by which the host
(`webview_page.js`) tells a frame that leaves for another app from the page itself."""


class Answer:
    """An answer as it comes. `take` and `end` raise h11.ProtocolError for what is not HTTP."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._backend = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)
        self._head = b""
        """What has come of a head that is not whole yet."""
        self.has_begun = False
        """Whether a byte of the answer itself has come, and not only early hints before it."""
        self.status = 0
        self.headers: list[tuple[str, str]] = []
        self.body = bytearray()
        self.is_complete = False
        self.keeps_alive = False
        self.alteration: Alteration | None = None
        """Of what a script is put into."""
        self._data = b""
        """What has come of the body since it was last passed on."""

    def ask(self, head: h11.Request, body: bytes) -> bytes:
        """Return the request as the backend gets it."""
        headers = [
            (bytes(name), offered(bytes(value)) if bytes(name) == b"accept-encoding" else bytes(value))
            for name, value in head.headers
            if bytes(name) not in HOP_BY_HOP
        ]
        if not any(name == b"host" for name, _ in headers):
            headers.append((b"host", self._exchange.gateway_url.partition("//")[2].encode()))
        if self._exchange.gateway_url.startswith("https:"):
            headers.append((b"x-forwarded-proto", b"https"))
        request = h11.Request(method=head.method, target=head.target, headers=headers)
        out = self._backend.send(request) or b""
        if body:
            out += self._backend.send(h11.Data(data=body)) or b""
        return out + (self._backend.send(h11.EndOfMessage()) or b"")

    def take(self, data: bytes) -> bytes:
        """Take bytes of the backend's; returns those that are ready for the browser, heads only whole."""
        if self.status:
            return self._altered(self._passed(data))
        self._head += data
        hints = self._hints()
        self.has_begun = self.has_begun or (bool(self._head) and not _INTERIM.match(self._head))
        if not self.has_begun:
            return hints
        if not self._head.startswith(b"HTTP/"[: len(self._head)]):
            raise h11.RemoteProtocolError("it does not begin with HTTP/")
        end = _END_OF_HEAD.search(self._head)
        if end is None:
            if len(self._head) > LONGEST_HEAD:
                raise h11.RemoteProtocolError(f"its head is longer than {LONGEST_HEAD} bytes")
            return hints
        whole, self._head = self._head, b""
        passed = self._passed(whole)
        head = self._watched(self._localized(passed[: end.end()]))
        return hints + self._begun(head, passed[end.end() :])

    def end(self) -> bytes:
        """Take the end of the connection, return what is ready then.

        h11.RemoteProtocolError where it is not the answer's.
        """
        rest, self._head = self._head, b""
        if rest:
            self._follow(rest)
        if not self.is_complete:
            self._follow(b"")
        self.keeps_alive = False  # for the browser, too, the end of this connection is the end of the answer
        return self._altered(b"")

    def _begun(self, head: bytes, body: bytes) -> bytes:
        """Return what is ready of the head and what has come with it."""
        insertion = self._insertion()
        if insertion is None:
            return head + body
        self.alteration = Alteration(head, self.headers, insertion)
        return self._altered(body)

    def _insertion(self) -> Insertion | None:
        shown = may_be_shown(self.status, self.headers) and is_altered(self.status, self.headers)
        if shown and (observer := self._exchange.observer):
            return observer
        return self._exchange.worker_clock if self.status == OK else None

    def _altered(self, body: bytes) -> bytes:
        """Return what is ready of a piece of the body, which is all of it where the page is not altered."""
        data, self._data = self._data, b""
        if self.alteration is None:
            return body
        self.keeps_alive = False
        ready = self.alteration.take(body, data)
        return ready + self.alteration.end() if self.is_complete else ready

    def _hints(self) -> bytes:
        """Take early hints off what has come, and return them: they pass at once."""
        hints = b""
        while _INTERIM.match(self._head) and (end := _END_OF_HEAD.search(self._head)):
            hints += self._head[: end.end()]
            self._head = self._head[end.end() :]
        if hints:
            self._follow(hints)
        return hints

    def _passed(self, data: bytes) -> bytes:
        """Follow bytes of the answer; what comes after its end is dropped, with the connection."""
        self._follow(data)
        surplus = len(self._backend.trailing_data[0]) if self.is_complete else 0
        self.keeps_alive = self.keeps_alive and not surplus
        return data[: len(data) - surplus]

    def _follow(self, data: bytes) -> None:
        self._backend.receive_data(data)
        while (event := self._backend.next_event()) is not h11.NEED_DATA:
            if isinstance(event, h11.Response):
                self.status = event.status_code
                self.headers = [(n.decode(), _read(n, v)) for n, v in event.headers]
            elif isinstance(event, h11.Data):
                self._data += event.data
                self.body += event.data[: max(0, LIMIT - len(self.body))]
            elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
                self.is_complete = True
                self.keeps_alive = self._backend.their_state is h11.DONE
                return
            elif event is h11.PAUSED:
                raise h11.RemoteProtocolError("it switches to another protocol")

    def _localized(self, head: bytes) -> bytes:
        """Point an absolute `Location` behind the gateway to it, and one at amoCRM to the fake."""
        if self._exchange.gateway_url.startswith("http:"):
            head = _SECURE.sub(_on_http, _UPGRADE.sub(rb"\1", head))
        location = moved = header(self.headers, "location")
        is_ours = location.startswith(self._exchange.gateway_url)
        if location.startswith(("http:", "https:", "//")) and not is_ours:
            moved = self._exchange.behind(location) or self._exchange.route.in_browser(location)
        if moved == location and head.isascii():
            return head
        return _LOCATION.sub(lambda found: found[1] + moved.encode("latin-1"), head, count=1)

    def _watched(self, head: bytes) -> bytes:
        """Have the browser tell of frames that leave for another app."""
        if not self._exchange.tells_of_frames:
            return head
        status, end, rest = head.partition(b"\n")
        policy = f"Content-Security-Policy-Report-Only: {FRAMES_POLICY}\r\n".encode()
        return status + end + policy + rest


def _read(name: bytes, value: bytes) -> str:
    """Return a header's value, an address as browsers read it: each byte beyond ASCII percent-encoded.

    WebKitGTK alone takes such bytes for Latin-1 characters, and asks for another address (whatwg/fetch #883).
    """
    text = value.decode("latin-1")
    return quote(value, safe=string.punctuation + " ") if name == b"location" and not text.isascii() else text


def _on_http(cookie: re.Match[bytes]) -> bytes:
    """Return a `Set-Cookie` that was Secure as a browser takes it on plain http."""
    return _OF_ANY_SITE.sub(b"", cookie[1] + cookie[2])
