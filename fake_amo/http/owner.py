"""Whom a server answers that is its owner's alone: whoever brought the token of the address that was printed.

Owns the token, the cookie that it becomes and the headers of every answer. The names that a server has and
which changes it takes are `fake_amo.http.guard`'s; what stands behind it is an ASGI application of others.
"""

import hmac
import secrets
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fake_amo.http.guard import MISDIRECTED, foreign_change, page_headers
from fake_amo.http.serving import AsgiApp, Receive, Scope, Send

TOKEN_BYTES = 16
"""128 bits."""
PARAMETER = "token"
HEADER = "x-owner-token"
"""What a program of the owner's sends in the cookie's place."""
PASSED_ON = frozenset(
    {
        *("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"),
        *("cf-connecting-ip", "cf-ray", "true-client-ip", "x-original-host", "ngrok-trace-id"),
    }
)
"""What proxies and tunnels add to what they pass on; their agent is a client on this machine."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'"
)
_OWN = frozenset(name for name, _ in page_headers(POLICY))
_NOT_THE_OWNER = "this page is its owner's: open the address that the terminal shows, with its token"


def new_token() -> str:
    """Return a token of 128 bits that stands in an address as it is."""
    return secrets.token_urlsafe(TOKEN_BYTES)


@dataclass(frozen=True, slots=True)
class Owner:
    """Who may come in: whoever knows `token` and asks for one of `hosts`, names without a port."""

    token: str
    hosts: frozenset[str]
    policy: str = POLICY


class OwnedApp:
    """An ASGI application that answers its owner alone.

    A request is refused, in this order: for another host (a page whose name was made to lead here), passed
    on by a proxy or tunnel, without the token, and where another origin's page asks. A GET with the token in
    its query is answered 303 without it and with the cookie, HttpOnly and SameSite=Strict; cookies know no
    ports, so its name carries one.
    """

    def __init__(self, app: AsgiApp, owner: Owner) -> None:
        self._app, self._owner = app, owner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        asked = _Asked.of(scope)
        refusal = self._refusal(asked)
        if refusal is None and asked.given_token:
            await _answer(
                send, 303, "", (self._cookie(asked), ("location", asked.without_token)), self._owner
            )
        elif refusal is None:
            await self._app(scope, receive, _with_headers(send, self._owner))
        else:
            status, why = refusal
            await _answer(send, status, why, (), self._owner)

    def _refusal(self, asked: "_Asked") -> tuple[int, str] | None:
        if asked.name not in self._owner.hosts or not asked.is_for_its_port:
            return (
                MISDIRECTED,
                f"{asked.host or 'no host'} is not a name of this server: open what the terminal shows",
            )
        passed_on = sorted(PASSED_ON.intersection(asked.headers))
        if passed_on:
            return 403, f"what was passed on is not answered; this request has {', '.join(passed_on)}"
        if not self._is_owner(asked):
            return 401, _NOT_THE_OWNER
        foreign = _foreign(asked)
        return None if foreign is None else (403, foreign)

    def _is_owner(self, asked: "_Asked") -> bool:
        brought = (
            asked.given_token,
            asked.cookies.get(cookie_name(asked.port), ""),
            asked.headers.get(HEADER, ""),
        )
        wanted = self._owner.token.encode()
        return any(hmac.compare_digest(each.encode("utf-8", "replace"), wanted) for each in brought)

    def _cookie(self, asked: "_Asked") -> tuple[str, str]:
        secure = "; Secure" if asked.scheme == "https" else ""
        value = f"{cookie_name(asked.port)}={self._owner.token}; Path=/; HttpOnly; SameSite=Strict{secure}"
        return "set-cookie", value


def cookie_name(port: int) -> str:
    """Return the name of the cookie of the server on a port."""
    return f"amo-owner-{port}"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the guard reads of a request."""

    method: str
    scheme: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    port: int
    """On which it came."""

    @classmethod
    def of(cls, scope: Scope) -> "_Asked":
        return cls(
            scope["method"],
            scope["scheme"],
            scope["path"],
            tuple(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
            {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
            scope["server"][1],
        )

    @property
    def host(self) -> str:
        return self.headers.get("host", "")

    @property
    def name(self) -> str:
        return self.host.rpartition(":")[0].lower() if ":" in self.host else self.host.lower()

    @property
    def is_for_its_port(self) -> bool:
        return self.host.rpartition(":")[2] == str(self.port)

    @property
    def given_token(self) -> str:
        """The token in the query, of a GET alone."""
        return dict(self.query).get(PARAMETER, "") if self.method == "GET" else ""

    @property
    def without_token(self) -> str:
        rest = urlencode([pair for pair in self.query if pair[0] != PARAMETER])
        return self.path + (f"?{rest}" if rest else "")

    @property
    def cookies(self) -> dict[str, str]:
        pairs = (piece.strip().partition("=") for piece in self.headers.get("cookie", "").split(";"))
        return {name: value for name, _, value in pairs}


def _foreign(asked: _Asked) -> str | None:
    """Return why a page of another origin gets no answer, or None.

    Another port of this machine is another origin of the same site, whose requests carry the cookie: it may
    lead a person here, and nothing else. A browser that does not say whose page
    asks says the origin of a change.
    """
    origin = asked.headers.get("origin")
    # Of a form without a script the origin is "null": our pages send no referrer (Fetch, "Origin" header).
    if origin == "null" and asked.headers.get("sec-fetch-site") == "same-origin":
        return None
    if origin is not None and origin != f"{asked.scheme}://{asked.host}":
        return f"this is not for pages of {origin}"
    if asked.headers.get("sec-fetch-mode") == "navigate" and asked.method == "GET":
        return None
    as_a_change = foreign_change("POST", asked.headers)
    return None if as_a_change is None else as_a_change


def _with_headers(send: Send, owner: Owner) -> Send:
    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            kept = [each for each in message.get("headers", ()) if _name(each) not in _OWN]
            message = {**message, "headers": [*kept, *_encoded(page_headers(owner.policy))]}
        await send(message)

    return sent


def _name(header: tuple[bytes, bytes]) -> str:
    return header[0].decode("latin-1").lower()


def _encoded(headers: tuple[tuple[str, str], ...]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


async def _answer(
    send: Send, status: int, text: str, headers: tuple[tuple[str, str], ...], owner: Owner
) -> None:
    body = f"{text}\n".encode() if text else b""
    about = (("content-type", "text/plain; charset=utf-8"), ("content-length", str(len(body))))
    head = [*_encoded((*about, *headers)), *_encoded(page_headers(owner.policy))]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})
