"""The body of an answer as a reader sees it: its content encoding undone, its charset read.

Owns which encodings the gateway lets a browser offer, which are those that it can undo: gzip and deflate,
what WebKit offers over plain http. Must not judge a charset (CB-04 does).
"""

import codecs
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

LIMIT = 400_000
"""How many bytes of a body are read, before and after its encoding is undone."""
META_WITHIN = 1024
"""Where the HTML standard looks for a charset."""

Headers = Sequence[tuple[str, str]]
_META_CHARSET = re.compile(rb"""<meta\b[^>]*?\bcharset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NO_TEXT = ("image/", "audio/", "video/", "font/")


@dataclass(frozen=True, slots=True)
class Content:
    """A body as text, or why it cannot be read."""

    text: str
    unreadable: str | None = None
    is_corrupt: bool = False
    """Whether it is not what its content encoding says."""


def header(headers: Headers, name: str) -> str:
    """Return the first header of this name (lower case), or nothing."""
    return next((value for key, value in headers if key.lower() == name), "")


def offered(accept_encoding: bytes) -> bytes:
    """Return what of a browser's Accept-Encoding is passed on: what can be undone here."""
    kept = [each.strip() for each in accept_encoding.split(b",") if _coding(each) in _DECODERS]
    return b", ".join(kept) or b"identity"


def _coding(item: bytes) -> str:
    return item.split(b";")[0].strip().decode("latin-1").lower()


def read_content(body: bytes, headers: Headers) -> Content:
    """Return a body as text; of one that is cut short, what is there."""
    if header(headers, "content-type").lower().startswith(_NO_TEXT):
        return Content("")
    codings = [each.strip().lower() for each in header(headers, "content-encoding").split(",")]
    for coding in reversed([each for each in codings if each not in ("", "identity")]):
        decode = _DECODERS.get(coding)
        if decode is None:
            return Content("", f"the content encoding {coding} was not offered and cannot be undone here")
        try:
            body = decode(body)
        except zlib.error as error:
            why = f"the body is not {coding}, as its content encoding says ({error})"
            return Content("", why, is_corrupt=True)
    return Content(_decoded(body, header(headers, "content-type")))


def _decoded(body: bytes, content_type: str) -> str:
    charset = _charset(body, content_type)
    try:
        return body.decode(charset, errors="replace")
    except (LookupError, ValueError):  # a name that nobody knows, or `undefined`: browsers fall back too
        return body.decode("utf-8", errors="replace")


def _charset(body: bytes, content_type: str) -> str:
    """Return the charset in the order of the HTML standard: byte order mark, header, meta element."""
    for bom, name in _BOMS:
        if body.startswith(bom):
            return name
    found = _HEADER_CHARSET.search(content_type)
    if found:
        return found[1]
    meta = _META_CHARSET.search(body[:META_WITHIN])
    return meta[1].decode("ascii") if meta else "utf-8"


def _inflated(body: bytes, window: int) -> bytes:
    return zlib.decompressobj(window).decompress(body, LIMIT)


def _gunzipped(body: bytes) -> bytes:
    return _inflated(body, zlib.MAX_WBITS | 16)


def _undeflated(body: bytes) -> bytes:
    """Undo deflate as RFC 9110 has it (zlib), or as some servers send it (raw)."""
    try:
        return _inflated(body, zlib.MAX_WBITS)
    except zlib.error:
        return _inflated(body, -zlib.MAX_WBITS)


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": _gunzipped,
    "x-gzip": _gunzipped,
    "deflate": _undeflated,
    "identity": bytes,
}
