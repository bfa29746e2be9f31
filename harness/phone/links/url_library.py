"""The three URL libraries that Expo has shipped, and how each reads a query.

Owns their differences. Source: whatwg-url-without-unicode 8.0.0-3 with npm's `buffer` (SDK 51 to 54),
whatwg-url-minimum 0.1.2 with Expo's TextDecoder (55 to 57) and 0.2.0 (58).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from harness.phone.links.percent import PATH, MalformedUriError, decode_component

REPLACEMENT = "\ufffd"
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_SIZES = ((0xC0, 1), (0xE0, 2), (0xF0, 3), (0x100, 4))
"""Up to which first byte a character has how many."""


@dataclass(frozen=True, slots=True)
class UrlLibrary:
    """One release of one library."""

    name: str
    is_first: bool
    """whatwg-url-without-unicode, whose standard is that of 2019."""
    is_last: bool
    """whatwg-url-minimum 0.2.0, which knows the rules for names of hosts."""
    path: frozenset[int]
    """Bytes that are escaped in a path."""
    forbidden_in_host: re.Pattern[str]
    decode: Callable[[str], str]
    """Takes a name or a value of a query to what the app reads; `+` is a blank by then."""

    def search_params(self, search: str) -> list[tuple[str, str]]:
        """Decode an encoded query as `URLSearchParams` does; nothing throws."""
        pairs = (part.partition("=")[::2] for part in search.split("&") if part)
        return [
            (self.decode(name.replace("+", " ")), self.decode(text.replace("+", " "))) for name, text in pairs
        ]


def _by_the_byte(text: str) -> str:
    """As npm's `buffer` does: a sequence that is not whole is replaced byte by byte."""
    raw = unquote_to_bytes(text)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return _sequences(raw)


def _sequences(raw: bytes) -> str:
    out: list[str] = []
    place = 0
    while place < len(raw):
        size = next(size for below, size in _SIZES if raw[place] < below)
        character = _character(raw[place : place + size], size)
        out.append(character or REPLACEMENT)
        place += size if character else 1
    return "".join(out)


def _character(raw: bytes, size: int) -> str:
    try:
        return raw.decode() if len(raw) == size else ""
    except UnicodeDecodeError:
        return ""


def _by_the_sequence(text: str) -> str:
    """Expo's TextDecoder: what cannot go on is replaced once, as the encoding standard has it."""
    return unquote_to_bytes(text).decode("utf-8", "replace")


def _by_the_run(text: str) -> str:
    """0.2.0: escapes that stand together are decoded together or each replaced, the good ones as well."""
    return _ESCAPES.sub(lambda run: _whole_run(run.group()), text)


def _whole_run(run: str) -> str:
    try:
        return decode_component(run)
    except MalformedUriError:
        return REPLACEMENT * (len(run) // 3)


_FIRST_FORBIDDEN = re.compile(r"[\x00\t\n\r #/:?@\[\\\]]")
_FORBIDDEN = re.compile(r"[\x00\t\n\r #/:<>?@\[\\\]^|]")
_CARET = PATH | frozenset(b"^")

WITHOUT_UNICODE = UrlLibrary(
    "whatwg-url-without-unicode 8.0.0-3", True, False, PATH, _FIRST_FORBIDDEN, _by_the_byte
)
MINIMUM_0_1 = UrlLibrary("whatwg-url-minimum 0.1.2", False, False, _CARET, _FORBIDDEN, _by_the_sequence)
MINIMUM_0_2 = UrlLibrary("whatwg-url-minimum 0.2.0", False, True, _CARET, _FORBIDDEN, _by_the_run)
