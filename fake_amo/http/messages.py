"""One HTTP request and one HTTP answer as plain values, and the reading of their bodies.

Owns nothing that lives longer than a request. Must not know what any endpoint does.
"""

import base64
import binascii
import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeGuard
from urllib.parse import parse_qsl, quote, urlencode

JSON_TYPE = "application/json"


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Say whether a decoded JSON value is an object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Say whether a decoded JSON value is an array."""
    return isinstance(value, list)


def parse_pairs(text: str) -> list[tuple[str, str]]:
    """Decode a query or form; bytes that are not UTF-8 come back as surrogates and can be encoded again."""
    return parse_qsl(text, keep_blank_values=True, errors="surrogateescape", max_num_fields=1000)


def encode_pairs(pairs: list[tuple[str, str]]) -> str:
    """Encode what `parse_pairs` decoded, byte for byte."""
    return urlencode(pairs, errors="surrogateescape")


@dataclass
class Call:
    """A request as the handlers see it; `who` is filled in while it is handled, for the journal."""

    method: str
    path: str
    raw_query: str
    headers: dict[str, str]
    body: bytes
    scheme: str
    client_host: str
    who: dict[str, Any] = field(default_factory=dict[str, Any])
    parts: tuple[str, ...] = ()
    """The variable segments of the path, as the router matched them."""

    @property
    def host(self) -> str:
        """The Host header, port included."""
        return self.headers.get("host", "")

    @property
    def host_name(self) -> str:
        """The host without its port, in lower case."""
        name = self.host.rpartition(":")[0] if self.host_port else self.host
        return name.lower()

    @property
    def host_port(self) -> str:
        """The port of the Host header with its colon, or nothing."""
        _, colon, port = self.host.rpartition(":")
        return f":{port}" if colon and port.isdigit() else ""

    @property
    def origin(self) -> str:
        """Scheme, host and port as the client addressed them: what links are built from."""
        return f"{self.scheme}://{self.host}"

    @cached_property
    def query(self) -> dict[str, str]:
        """The query's parameters; of a repeated one the last."""
        return dict(self.query_pairs)

    @cached_property
    def query_pairs(self) -> list[tuple[str, str]]:
        """The query's parameters in order."""
        return parse_pairs(self.raw_query)

    @cached_property
    def with_names(self) -> frozenset[str]:
        """What the API's `with=` asks for."""
        return frozenset(part.strip() for part in self.query.get("with", "").split(",") if part.strip())

    @cached_property
    def json(self) -> Any:
        """The decoded JSON body; None where it is not JSON (amoCRM treats it like no body)."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The body's fields, JSON or form, by what it is rather than by what its type claims."""
        if self.body[:1].strip() in {b"{", b"["}:
            return self.json if is_object(self.json) else {}
        return dict(parse_pairs(self.body.decode("utf-8", "surrogateescape")))

    @cached_property
    def cookies(self) -> dict[str, str]:
        """The request's cookies."""
        pairs = (piece.strip().partition("=") for piece in self.headers.get("cookie", "").split(";"))
        return {name: value for name, _, value in pairs if name}

    @property
    def bearer(self) -> str | None:
        """The bearer token, or None."""
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() or None if kind.lower() == "bearer" else None

    @property
    def basic(self) -> tuple[str, str] | None:
        """The Basic credentials, or None where there are none that can be decoded."""
        kind, _, encoded = self.headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            return None
        try:
            user, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None  # League reads credentials that cannot be decoded as none at all
        return (user, password) if colon else None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, whole, before it is sent."""

    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    note: dict[str, Any] = field(default_factory=dict[str, Any])
    """What the journal and the events should say of it; never sent."""

    def with_header(self, name: str, value: str) -> "Reply":
        """Return the same answer with one more header."""
        return replace(self, headers=(*self.headers, (name, value)))


def json_reply(
    status: int, value: object, content_type: str = JSON_TYPE, *, note: dict[str, Any] | None = None
) -> Reply:
    """Return a JSON answer, keys in the order given and text unescaped, as amoCRM writes it."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Reply(status, body, content_type, note=note or {})


def html_reply(status: int, page: str) -> Reply:
    """Return an HTML page."""
    return Reply(status, page.encode("utf-8", "replace"), "text/html; charset=UTF-8")


def text_reply(status: int, text: str) -> Reply:
    """Return a sentence for whoever asked."""
    return Reply(status, f"{text}\n".encode("utf-8", "replace"), "text/plain; charset=UTF-8")


def redirect(url: str, status: int = 302) -> Reply:
    """Return a redirect; characters that no header may carry are percent-encoded."""
    location = quote(url, safe="!#$%&'()*+,/:;=?@[]~|{}^`\"<>\\", errors="surrogateescape")
    return Reply(status, b"", "text/html; charset=UTF-8", (("location", location),))
