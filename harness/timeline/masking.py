"""Masks of secrets that still let two occurrences be compared.

Owns the one place where a secret is turned into its mask. A mask reads `‹code:1f2e3d4c›`: the label,
and a keyed digest that is the same for the same value in one run and says nothing outside it.
A part of a secret is masked too (`‹code:1f2e3d4c:part›`): half a token in a page is a leak.
"""

import base64
import hashlib
import hmac
import html
import json
import re
import secrets
import threading
from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import quote

MASK = re.compile(r"‹(?P<label>[a-z_]+):(?P<digest>[0-9a-f]{8})(?P<part>:part)?›")
SHORTEST_SECRET = 8
CHUNK = 24
SHARED_HEAD = 4 * CHUNK
"""Long tokens of one kind begin alike (a JWT's header and issuer), so their heads tell nothing apart."""


_LONG_WORD = re.compile(r"[^\s\"'<>&?,;]{24,}")
"""Where a part of a token can be; looking only there costs the same however many tokens there are."""


def masks_in(text: str, *labels: str) -> tuple[str, ...]:
    """Return the masks found in a text, of these labels or of any."""
    return tuple(m.group() for m in MASK.finditer(text) if not labels or m["label"] in labels)


def _spellings(value: str) -> set[str]:
    raw = _bytes(value)
    encoded = {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}
    encoded |= {text.rstrip("=") for text in encoded}
    return {
        value,
        quote(raw, safe=""),
        quote(quote(raw, safe=""), safe=""),
        html.escape(value),
        json.dumps(value)[1:-1],
        *encoded,
        *(quote(text, safe="") for text in encoded),
    }


def _chunks(value: str) -> set[str]:
    """Return pieces one of which is in any 31 characters of a secret, or in any 47 of a long token's tail."""
    start, step = (SHARED_HEAD, CHUNK) if len(value) > 2 * SHARED_HEAD else (0, CHUNK // 3)
    return {value[i : i + CHUNK] for i in range(start, len(value) - CHUNK + 1, step)}


def _replaced(text: str, spellings: Sequence[str], masks: Mapping[str, str]) -> str:
    """Replace the spellings, the first of them first, by their masks; no mask is masked again."""
    if not spellings:
        return text
    first, *others = spellings
    return masks[first].join(_replaced(piece, others, masks) for piece in text.split(first))


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


class SecretMask:
    """The secrets known in a run. Safe to use from several threads."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(16)
        self._lock = threading.Lock()
        self._whole: dict[str, str] = {}
        """Every spelling of a secret and its mask, longest first; replaced whole, so readers are free."""
        self._parts: dict[str, str] = {}

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
            self._parts = self._parts | dict.fromkeys(_chunks(value), mask.replace("›", ":part›"))
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
        """Mask whole secrets, then what is left of others."""
        whole = self._whole
        found = [spelling for spelling in whole if spelling in text]
        text = _replaced(text, found, whole)
        return _LONG_WORD.sub(self._mask_parts, text) if self._parts else text

    def _mask_parts(self, word: re.Match[str]) -> str:
        parts, text, masked, at = self._parts, word.group(), "", 0
        while at < len(text):
            mask = parts.get(text[at : at + CHUNK])
            masked += mask or text[at]
            at += CHUNK if mask else 1
        return masked
