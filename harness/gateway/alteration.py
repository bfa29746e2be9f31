"""A script of the harness's in the pages that a person's browser gets, where `serve --observe` asks for it.

Owns which answers are altered and how: the script's element is put where the page's head begins, a policy in
a header lets through that one script and where it tells, the content encoding is undone, and the body goes in
chunks, so that one which breaks off is seen to. A worker's file begins with its clock, in the same way. No
socket. What is recorded is what the backend sent.
"""

import re
import zlib
from dataclasses import dataclass
from typing import Protocol

import h11

from harness.gateway.content import Headers, header

HTML = "text/html"
PLACE_WITHIN = 65_536
"""How many bytes of a page are searched for its head."""
_PLACE = re.compile(
    rb"(?is)\A(?:\xef\xbb\xbf)?(?:\s|<!--.*?-->|<!doctype[^>]*>|<html\b[^>]*>|<head\b[^>]*>)*"
)
_BEFORE_A_SCRIPT = re.compile(rb"(?s)\A(?:\xef\xbb\xbf)?(?:\s|/\*.*?\*/|//[^\n]*\n)*")
_STRICT = re.compile(rb"""(['"])use strict\1[ \t]*(?:;|\r?\n)""")
_FRAMING = re.compile(
    rb"(?im)^(?:content-length|content-encoding|transfer-encoding|connection|keep-alive|etag):[^\n]*\n"
)
_POLICY = re.compile(rb"(?im)^(content-security-policy:[ \t]*)([^\r\n]*)")
_NONCE = re.compile(r"'nonce-([A-Za-z0-9+/=_-]+)'", re.IGNORECASE)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
NO_BODY = 304
FRAMED = b"\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"


WINDOWS = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
AS_IT_IS = ("", "identity")


def policies_in(headers: Headers) -> str:
    """Return every Content-Security-Policy of these headers in one line; empty where there is none."""
    return ", ".join(value for name, value in headers if name.lower() == "content-security-policy")


def is_altered(status: int, headers: Headers) -> bool:
    """Tell whether an answer that a browser shows gets the script: a page of HTML with a body."""
    is_html = header(headers, "content-type").lower().lstrip().startswith(HTML)
    return is_html and status != NO_BODY


@dataclass(frozen=True, slots=True)
class Observer:
    """The script of one page: its address, where it tells what it sees, and of which exchange's page."""

    script_url: str
    told_url: str
    exchange: int

    def element(self, policies: str) -> bytes:
        """Return its element, which carries a nonce where the page's policies name one."""
        nonce = _NONCE.search(policies)
        carried = f' nonce="{nonce[1]}"' if nonce else ""
        return f'<script src="{self.script_url}" data-exchange="{self.exchange}"{carried}></script>'.encode()

    def let_through(self, policies: str) -> str:
        """Return the value of a Content-Security-Policy header that lets this script load and tell."""
        return ", ".join(self._let_through(each) for each in policies.split(","))

    def place_in(self, plain: bytes, *, is_all: bool) -> int | None:
        """Return where the page's head begins."""
        found = _PLACE.match(plain)
        place = 0 if found is None else found.end()
        rest = plain[place : place + 4]
        ends = b"-->" if rest == b"<!--" else b">" if rest.startswith(b"<") else b""
        is_whole = bool(rest) and (not ends or ends in plain[place:])
        return place if is_whole or is_all or len(plain) > PLACE_WITHIN else None

    def _let_through(self, policy: str) -> str:
        directives = [each.split() for each in policy.split(";") if each.strip()]
        sources = {names[0].lower(): names[1:] for names in reversed(directives)}
        for name, fallbacks, url in (
            ("script-src-elem", ("script-src-elem", "script-src", "default-src"), self.script_url),
            ("connect-src", ("connect-src", "default-src"), self.told_url),
        ):
            allowed = next((sources[each] for each in fallbacks if each in sources), None)
            if allowed is not None and not (url is self.script_url and _NONCE.search(" ".join(allowed))):
                sources[name] = [*(each for each in allowed if each.lower() != "'none'"), url]
        return "; ".join(" ".join((name, *values)) for name, values in sources.items())


class Insertion(Protocol):
    """What is put into an answer."""

    def element(self, policies: str) -> bytes:
        """Return it, for a page of these policies."""
        ...

    def let_through(self, policies: str) -> str:
        """Return the value of a Content-Security-Policy header that lets it run."""
        ...

    def place_in(self, plain: bytes, *, is_all: bool) -> int | None:
        """Return where it goes; None where more has to be seen first, which there is not where `is_all`."""
        ...


@dataclass(frozen=True, slots=True)
class WorkerClock:
    """What a worker's file begins with: after what makes the whole of it strict."""

    script: bytes

    def element(self, policies: str) -> bytes:
        """Return the script."""
        del policies
        return self.script

    def let_through(self, policies: str) -> str:
        """Return the policies as they are: it is part of a script that they let through."""
        return policies

    def place_in(self, plain: bytes, *, is_all: bool) -> int | None:
        """Return where the script's first statement is, as soon as that is seen."""
        begun = _BEFORE_A_SCRIPT.match(plain)
        place = begun.end() if begun else 0
        if strict := _STRICT.match(plain, place):
            return strict.end()
        rest = plain[place:]
        is_cut = rest.startswith((b"/*", b"//")) or len(rest) < len("'use strict' \r\n")
        return None if is_cut and not is_all and len(plain) <= PLACE_WITHIN else place


class Undoing(Protocol):
    """What undoes a content encoding, piece by piece."""

    def decompress(self, data: bytes, /) -> bytes:
        """Return what can be read of these bytes; zlib.error for what is none of the encoding."""
        ...


class Alteration:
    """One answer on its way. `take` raises h11.RemoteProtocolError for a body that breaks off inside."""

    def __init__(self, head: bytes, headers: Headers, insertion: Insertion) -> None:
        self._as_sent, self._head, self._insertion = head, head, insertion
        self._element = insertion.element(policies_in(headers))
        self._coding = header(headers, "content-encoding").strip().lower()
        self._undoing: Undoing | None = None if self._coding in AS_IT_IS else _undoing(self._coding)
        self._plain = b""
        self._is_placed = False
        self.why_not = ""
        """Why the page is passed on as it was sent after all."""
        if self._undoing is None and self._coding not in AS_IT_IS:
            self.why_not = f"its content encoding {self._coding} cannot be undone here"

    def take(self, as_sent: bytes, data: bytes) -> bytes:
        """Take a piece of the answer, as it was sent and without its framing; return what is ready."""
        if self._is_placed:
            return _chunk(self._undone(data))
        self._as_sent += as_sent
        if self.why_not:
            return self._passed_on()
        try:
            self._plain += self._undone(data)
        except h11.RemoteProtocolError as error:
            self.why_not = str(error)
            return self._passed_on()
        if self._plain.startswith(_UTF_16):
            self.why_not = "it is in UTF-16"
            return self._passed_on()
        place = self._insertion.place_in(self._plain, is_all=False)
        return b"" if place is None else self._put(place)

    def end(self) -> bytes:
        """Return the rest, once the answer is over."""
        if self.why_not:
            return b""
        begun = b"" if self._is_placed else self._put(self._insertion.place_in(self._plain, is_all=True) or 0)
        return begun + LAST_CHUNK

    def _put(self, place: int) -> bytes:
        self._is_placed = True
        head = _POLICY.sub(self._let_through, _FRAMING.sub(b"", self._head)).rstrip(b"\r\n")
        return head + FRAMED + _chunk(self._plain[:place] + self._element + self._plain[place:])

    def _let_through(self, found: re.Match[bytes]) -> bytes:
        return found[1] + self._insertion.let_through(found[2].decode("latin-1")).encode("latin-1")

    def _passed_on(self) -> bytes:
        passed, self._as_sent = self._as_sent, b""
        return passed

    def _undone(self, data: bytes) -> bytes:
        if self._undoing is None:
            return data
        try:
            return self._undoing.decompress(data)
        except zlib.error as error:
            if self._coding == "deflate" and not self._plain and not self._is_placed:
                self._undoing = zlib.decompressobj(-zlib.MAX_WBITS)  # as some servers send it
                self._coding = "raw deflate"
                return self._undone(data)
            raise h11.RemoteProtocolError(f"its body is not {self._coding} ({error})") from error


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data) if data else b""


def _undoing(coding: str) -> Undoing | None:
    window = WINDOWS.get(coding)
    return None if window is None else zlib.decompressobj(window)
