"""Percent-encoding as the URL standard and JavaScript have it: the sets, and the two decoders of JavaScript.

Owns bytes and their escapes. It must not know what a URL is made of.
"""

import re
from urllib.parse import unquote_to_bytes

OPAQUE = frozenset(range(0x20)) | frozenset(range(0x7F, 0x100))
"""Bytes that are escaped in an opaque path and in the host of an app's scheme; every set has them."""
FRAGMENT = OPAQUE | frozenset(b' "<>`')
QUERY = OPAQUE | frozenset(b' "#<>')
SPECIAL_QUERY = QUERY | frozenset(b"'")
PATH = QUERY | frozenset(b"?`{}")
USERINFO = PATH | frozenset(b"/:;=@[\\]^|")

_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_KEPT_BY_DECODE_URI = frozenset(";/?:@&=+$,#")


class MalformedUriError(ValueError):
    """`decodeURIComponent` throws URIError: a stray `%`, or escapes that are not UTF-8."""


def encode(text: str, escaped: frozenset[int]) -> str:
    """Escape each byte of the text that is in the set."""
    return "".join(f"%{byte:02X}" if byte in escaped else chr(byte) for byte in text.encode())


def decode_component(text: str) -> str:
    """Decode as `decodeURIComponent` does. Raises MalformedUriError."""
    raw = text.encode()
    if _BAD_ESCAPE.search(raw):
        raise MalformedUriError(text)
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise MalformedUriError(text) from None


def decode_uri(text: str) -> str:
    """Decode as `decodeURI` does: escapes of what has a meaning in a URL stay. Raises MalformedUriError."""
    kept = _ESCAPE.sub(
        lambda escape: (
            escape.group().replace("%", "%25")
            if chr(int(escape[1], 16)) in _KEPT_BY_DECODE_URI
            else escape.group()
        ),
        text,
    )
    return decode_component(kept)


def well_formed(text: str) -> str:
    """Return the text without half characters, for which JavaScript writes U+FFFD as soon as it encodes."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
