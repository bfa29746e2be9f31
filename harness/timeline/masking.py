"""Masks of secrets that still let two occurrences be compared.

Owns the one place where a secret is turned into its mask. A mask reads `‹code:1f2e3d4c›`: the label,
and a keyed digest that is the same for the same value in one run and says nothing outside it.
A part of a secret is masked too (`‹code:1f2e3d4c:part›`): half a token in a page is a leak. So is what an
ordinary decoder turns back into one (`harness.timeline.decoding`), three steps deep; what is reversed or
encrypted is not found.
"""

import base64
import hashlib
import hmac
import html
import json
import re
import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any, cast
from urllib.parse import quote

from harness.timeline.decoding.views import SHORTEST_RUN, views_of

MASK = re.compile(r"‹(?P<label>[a-z_]+):(?P<digest>[0-9a-f]{8})(?P<part>:part)?›")
SHORTEST_SECRET = 8
OWN = "env"
"""What a backend's configuration calls secret: nobody is blamed for it, and nobody reads it."""
CHUNK = 24
SHARED_HEAD = 4 * CHUNK
"""JWTs of one kind begin alike (header and issuer), so their heads tell nothing apart."""
JWT = "eyJ"


STEPS = 3
"""How many times one decoding may stand inside another: a JSON text in base64, in base64 once more."""
SIGNS_OF_BASE85 = "!#$%*@^`|~"
"""One of them is in any secret's base85."""
MAY_STAND_ENCODED = frozenset({"session"})
"""Who is signed in is often a user's number, which a `state` may hold in base64."""
_BASE85 = (digits + ascii_uppercase + ascii_lowercase + "!#$%&()*+-;<=>?@^_`{|}~").encode()
_TO_Z85 = bytes.maketrans(
    _BASE85, (digits + ascii_lowercase + ascii_uppercase + ".-:+=^!/*?&<>()[]{}@%$#").encode()
)
"""From Python's base85 to ZeroMQ's."""
_TO_A85 = bytes.maketrans(_BASE85, bytes(range(ord("!"), ord("u") + 1)))
"""To Adobe's, in which four zero bytes would be `z`: no secret has them."""
MOST_REMEMBERED, LONGEST_REMEMBERED = 256, 50_000
"""So many texts, of so many characters each: a body is told of several times."""
_LONG_LINES_END = re.compile(r"\n(?<=\S{40}\n)|\r\n(?<=\S{40}\r\n)|\\n(?<=\S{40}\\n)")
"""Where encoders wrap what they write."""
_MAY_WRAP = r"(?:\r?\n|\\n)?"
_HEX = re.compile(r"[0-9a-fA-F-]+")
_CLAIMS = re.compile(r"eyJ[\w-]+\.([\w-]+)\.[\w-]+", re.ASCII)
_AUDIENCE = re.compile(r'"aud": ?"[^"]*"')
_IDENTIFIER = re.compile(r"(?=[0-9-]*[A-Za-z])(?=[A-Za-z-]*[0-9])[0-9A-Za-z-]{8}")
_LONG_WORD = re.compile(r"[^\s\"'<>&?,;]{24,}")
"""Where a part of a token can be; looking only there costs the same however many tokens there are."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some characters of a secret: where they are in it, and what stands in the place of a part of it."""

    mask: str
    secret: str
    at: int

    def run_in(self, text: str, at: int, since: int) -> tuple[int, int]:
        """Return from where (not before `since`) to where a text with the piece at `at` is the secret."""
        before, after = self.at, self.at + CHUNK
        start, end = at, at + CHUNK
        while start > since and before > 0 and text[start - 1] == self.secret[before - 1]:
            start, before = start - 1, before - 1
        while end < len(text) and after < len(self.secret) and text[end] == self.secret[after]:
            end, after = end + 1, after + 1
        return start, end


def masks_in(text: str, *labels: str) -> tuple[str, ...]:
    """Return the masks found in a text, of these labels or of any but OWN."""
    found = MASK.finditer(text)
    return tuple(m.group() for m in found if (m["label"] in labels if labels else m["label"] != OWN))


def _spellings(value: str) -> set[str]:
    raw = _bytes(value)
    encoded = {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}
    encoded |= {text.rstrip("=") for text in encoded}
    return {
        *_in_either_case(value),
        quote(raw, safe=""),
        quote(quote(raw, safe=""), safe=""),
        html.escape(value),
        json.dumps(value)[1:-1],
        *encoded,
        *(quote(text, safe="") for text in encoded),
    }


def _in_base85(value: str) -> Iterator[str]:
    """Yield a value's whole groups, wherever among others they begin: anything may be base85."""
    raw = _bytes(value)
    for shift in range(4):
        one = base64.b85encode(raw[shift : shift + (len(raw) - shift) // 4 * 4])
        if len(one) >= SHORTEST_RUN:
            for text in (each.decode() for each in (one, one.translate(_TO_A85), one.translate(_TO_Z85))):
                yield from (text, html.escape(text), json.dumps(text)[1:-1])


def _in_either_case(value: str) -> set[str]:
    """Return a value as it is; one of hexadecimal digits is the same in upper case."""
    return {value, value.lower(), value.upper()} if _HEX.fullmatch(value) else {value}


def _pieces(mask: str, value: str) -> dict[str, _Piece]:
    """Return pieces one of which is in any 31 characters of a secret; of a long token's 47, or its last 24.

    Of a long JWT only its tail counts, and no claims that another JWT of that second has as well.
    """
    is_long = len(value) > 2 * SHARED_HEAD
    start, step = SHARED_HEAD if is_long and value.startswith(JWT) else 0, CHUNK if is_long else CHUNK // 3
    places = [*range(start, len(value) - CHUNK + 1, step), *([len(value) - CHUNK] if is_long else [])]
    if value.startswith(JWT):
        places = [at for at in places if _is_its_own(value, at)]
    return {value[at : at + CHUNK]: _Piece(mask.replace("›", ":part›"), value, at) for at in places}


def _is_its_own(jwt: str, at: int) -> bool:
    """Tell whether a piece of a JWT holds more than what others have too: names, times, the audience.

    A backend's own JWT, such as a signed `state`, has the same claims, of the same second.
    """
    claims = _CLAIMS.fullmatch(jwt)
    if claims is None or not claims.start(1) <= at <= claims.end(1) - CHUNK:
        return True
    text = base64.urlsafe_b64decode(claims[1][: len(claims[1]) // 4 * 4]).decode("latin-1")
    text = _AUDIENCE.sub(lambda found: " " * len(found[0]), text)
    first = (at - claims.start(1)) * 3 // 4
    return _IDENTIFIER.search(text, first, first + CHUNK * 3 // 4) is not None


def _replaced(text: str, spellings: Sequence[str], masks: Mapping[str, str]) -> str:
    """Replace the spellings, the first of them first, by their masks; no mask is masked again."""
    if not spellings:
        return text
    first, *others = spellings
    return masks[first].join(_replaced(piece, others, masks) for piece in text.split(first))


def _apart(found: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Return places in their order that do not overlap: whole secrets before parts, long before short."""
    kept: list[tuple[int, int, str]] = []
    for place in sorted(set(found), key=lambda each: (":part" in each[2], each[0] - each[1], each)):
        if all(place[1] <= start or end <= place[0] for start, end, _ in kept):
            kept.append(place)
    return sorted(kept)


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


class SecretMask:
    """The secrets known in a run. Safe to use from several threads."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(16)
        self._lock = threading.Lock()
        self._whole: dict[str, str] = {}
        """Every spelling of a secret and its mask, longest first; replaced whole, so readers are free."""
        self._base85: dict[str, str] = {}
        self._whole_or_base85: dict[str, str] = {}
        self._parts: dict[str, _Piece] = {}
        self._decoded: dict[str, str] = {}
        """What a decoder gives back where a secret was encoded, and its mask."""
        self._remembered: dict[str, str] = {}
        """Texts and what became of them by the secrets that are known now."""

    def add(self, label: str, value: str) -> str:
        """Make a value known under a label (lower-case letters); returns its mask.

        A value that is known already keeps its label; one under SHORTEST_SECRET is not masked in texts.
        """
        mask = self.mask_of(label, value)
        with self._lock:
            if len(value) < SHORTEST_SECRET or value in self._whole:
                return self._whole.get(value, mask)
            whole = self._whole | dict.fromkeys(_spellings(value), mask)
            self._whole = {text: whole[text] for text in sorted(whole, key=len, reverse=True)}
            self._parts = self._parts | _pieces(mask, value)
            if label not in MAY_STAND_ENCODED:
                decoded = {*_in_either_case(value), _bytes(value).decode("latin-1")}
                self._decoded = self._decoded | dict.fromkeys(decoded, mask)
                self._base85 = self._base85 | dict.fromkeys(_in_base85(value), mask)
            self._whole_or_base85 = self._whole | self._base85
            self._remembered = {}  # last: what is being masked by the secrets before goes into the old one
        return mask

    def mask_of(self, label: str, value: str) -> str:
        """Return the mask that a value has under a label."""
        digest = hmac.new(self._key, _bytes(value), hashlib.sha256).hexdigest()[:8]
        return f"‹{label}:{digest}›"

    def apply(self, value: Any) -> Any:
        """Return the value with every known secret masked, in keys and values of any depth."""
        if isinstance(value, str):
            return self._apply_to_text(value)
        if isinstance(value, Mapping):
            rows = cast("Mapping[Any, Any]", value).items()
            return {self.apply(key): self.apply(item) for key, item in rows}
        if isinstance(value, list | tuple):
            return [self.apply(item) for item in cast("Sequence[Any]", value)]
        return value

    def _apply_to_text(self, text: str) -> str:
        remembered = self._remembered  # first: secrets may be added meanwhile
        masked = remembered.get(text)
        if masked is None:
            masked = self._masked(text)
            if len(remembered) >= MOST_REMEMBERED:
                remembered.clear()
            if len(text) <= LONGEST_REMEMBERED:
                remembered[text] = masked
        return masked

    def _masked(self, text: str) -> str:
        """Mask whole secrets, then what is left of others, then what is encoded."""
        may_be_base85 = any(sign in text for sign in SIGNS_OF_BASE85)
        whole = self._whole_or_base85 if may_be_base85 else self._whole
        found = [spelling for spelling in whole if spelling in text]
        text = _replaced(text, found, whole)
        text = self._mask_wrapped(text) if may_be_base85 else text
        text = _LONG_WORD.sub(self._mask_parts, text) if self._parts else text
        return self._mask_encoded(text) if self._decoded and len(text) >= SHORTEST_RUN else text

    def _mask_wrapped(self, text: str) -> str:
        """Mask what is in base85 over several lines."""
        joined = _LONG_LINES_END.sub("", text)
        for each, mask in self._base85.items() if joined != text else ():
            if each in joined:
                text = re.sub(_MAY_WRAP.join(map(re.escape, each)), mask, text)
        return text

    def _mask_encoded(self, text: str) -> str:
        masked, at = "", 0
        for start, end, mask in _apart(self._encoded_in(text, STEPS)):
            masked, at = masked + text[at:start] + mask, end
        return masked + text[at:]

    def _encoded_in(self, text: str, steps: int) -> Iterator[tuple[int, int, str]]:
        """Yield from where to where a text holds a secret that so many decodings give back, and its mask."""
        for view in views_of(text):
            found = [*self._whole_in(view.text), *self._parts_in(view.legible)]
            if steps > 1:
                found += self._encoded_in(view.legible, steps - 1)
            yield from ((*view.place(start, end), mask) for start, end, mask in found)

    def _whole_in(self, text: str) -> Iterator[tuple[int, int, str]]:
        for value, mask in self._decoded.items():
            at = text.find(value)
            while at >= 0:
                yield at, at + len(value), mask
                at = text.find(value, at + len(value))

    def _parts_in(self, text: str) -> Iterator[tuple[int, int, str]]:
        for word in _LONG_WORD.finditer(text):
            masked = self._mask_parts(word)
            if masked != word.group():
                yield word.start(), word.end(), next(MASK.finditer(masked)).group()

    def _mask_parts(self, word: re.Match[str]) -> str:
        parts, text, masked, at, done = self._parts, word.group(), "", 0, 0
        if parts.keys().isdisjoint(text[i : i + CHUNK] for i in range(len(text) - CHUNK + 1)):
            return text
        while at <= len(text) - CHUNK:
            piece = parts.get(text[at : at + CHUNK])
            if piece is None:
                at += 1
                continue
            start, at = piece.run_in(text, at, done)
            masked, done = masked + text[done:start] + piece.mask, at
        return masked + text[done:]
