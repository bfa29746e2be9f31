"""As much of the WHATWG URL standard as a deep link meets inside the app.

Owns splitting a URL and the two decodings of its query. Python's `urllib.parse` follows another
standard: it neither strips line breaks nor keeps a custom scheme's host as the app sees it.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote_from_bytes, unquote_to_bytes

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_EDGES = "".join(map(chr, range(0x21)))
_FORBIDDEN_IN_HOST = re.compile(r"[\x00\t\n\r #/<>?@\[\\\]^|]")
_FRAGMENT_SAFE = "!\"#$%&'()*+,-./:;=?@[\\]^_{|}~".replace('"', "")
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


class NotAUrlError(ValueError):
    """The text does not parse, where JavaScript's `new URL` throws TypeError."""


class MalformedUriError(ValueError):
    """`decodeURIComponent` throws URIError: a stray `%`, or escapes that are not UTF-8."""


@dataclass(frozen=True, slots=True)
class Url:
    """A parsed URL; `search` and `fragment` without their `?` and `#`."""

    scheme: str
    host: str
    path: str
    search: str
    fragment: str


def clean(text: str) -> str:
    """Strip what every URL parser strips: blanks at the ends, tabs and line breaks anywhere."""
    return re.sub(r"[\t\n\r]", "", text.strip(_EDGES))


def parse(text: str) -> Url:
    """Split a URL of a custom scheme. Raises NotAUrlError."""
    text = clean(text)
    found = _SCHEME.match(text)
    if found is None:
        raise NotAUrlError(f"{text!r} has no scheme")
    rest, _, fragment = text[found.end() :].partition("#")
    rest, _, search = rest.partition("?")
    host = ""
    path = rest
    if rest.startswith("//"):
        authority, slash, tail = rest[2:].partition("/")
        host, path = authority.rpartition("@")[2], slash + tail
    if _FORBIDDEN_IN_HOST.search(host):
        raise NotAUrlError(f"{host!r} cannot be a host")
    return Url(found.group()[:-1].lower(), host, path, search, fragment)


def search_params(search: str) -> list[tuple[str, str]]:
    """Decode a query as `URLSearchParams` does: `+` is a space, broken escapes stay, nothing throws."""
    pairs = (part.partition("=")[::2] for part in search.split("&") if part)
    return [(_form_decoded(name), _form_decoded(value)) for name, value in pairs]


def decode_component(text: str) -> str:
    """Decode as `decodeURIComponent` does. Raises MalformedUriError."""
    raw = text.encode("utf-8", "surrogatepass")
    if _BAD_ESCAPE.search(raw):
        raise MalformedUriError(text)
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise MalformedUriError(text) from None


def encode_fragment(text: str) -> str:
    """Percent-encode what `URL.hash` shows encoded."""
    return quote_from_bytes(text.encode(), safe=_FRAGMENT_SAFE)


def _form_decoded(text: str) -> str:
    return unquote_to_bytes(text.replace("+", " ").encode()).decode("utf-8", "replace")
