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
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

MASK = re.compile(r"‹(?P<label>[a-z_]+):(?P<digest>[0-9a-f]{8})(?P<part>:part)?›")
SHORTEST_SECRET = 4
CHUNK = 24
"""A run of 2 × CHUNK - 1 characters of a long secret always holds one whole aligned chunk."""


def masks_in(text: str, *labels: str) -> tuple[str, ...]:
    """Return the masks found in a text, of these labels or of any."""
    return tuple(m.group() for m in MASK.finditer(text) if not labels or m["label"] in labels)


def _spellings(value: str) -> set[str]:
    encoded = base64.b64encode(value.encode()).decode()
    return {
        value,
        quote(value, safe=""),
        quote(quote(value, safe=""), safe=""),
        html.escape(value),
        json.dumps(value)[1:-1],
        encoded,
        encoded.rstrip("="),
        quote(encoded, safe=""),
    }


class SecretMask:
    """The secrets known in a run. Safe to use from several threads."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(16)
        self._lock = threading.Lock()
        self._masks: dict[str, str] = {}
        self._chunks: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def add(self, label: str, value: str) -> str:
        """Make a value known under a label (lower-case letters); returns its mask."""
        mask = self.mask_of(label, value)
        if len(value) < SHORTEST_SECRET or value in self._masks:
            return self._masks.get(value, mask)
        with self._lock:
            self._masks |= dict.fromkeys(_spellings(value), mask)
            self._chunks |= dict.fromkeys(self._chunks_of(value), mask.replace("›", ":part›"))
            self._pattern = None
        return mask

    def mask_of(self, label: str, value: str) -> str:
        """Return the mask that a value has under a label."""
        digest = hmac.new(self._key, value.encode(), hashlib.sha256).hexdigest()[:8]
        return f"‹{label}:{digest}›"

    def apply(self, value: Any) -> Any:
        """Return the value with every known secret masked, in keys and values of any depth."""
        if isinstance(value, str):
            return self._apply_to_text(value)
        if isinstance(value, Mapping):
            return {self.apply(k): self.apply(v) for k, v in value.items()}  # pyright: ignore[reportUnknownVariableType]
        if isinstance(value, (list, tuple)):
            return [self.apply(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        return value

    def _chunks_of(self, value: str) -> set[str]:
        """Aligned pieces of a long secret, without the heads that all of its kind share."""
        if len(value) < 3 * CHUNK:
            return set()
        return {value[i : i + CHUNK] for i in range(CHUNK * 4, len(value) - CHUNK + 1, CHUNK)}

    def _apply_to_text(self, text: str) -> str:
        if len(text) < SHORTEST_SECRET or not self._masks:
            return text
        with self._lock:
            if self._pattern is None:
                whole = sorted(self._masks, key=len, reverse=True)
                self._pattern = re.compile("|".join(map(re.escape, whole)))
            masked = self._pattern.sub(lambda found: self._masks[found.group()], text)
            for chunk, mask in self._chunks.items() if len(masked) >= CHUNK else ():
                masked = masked.replace(chunk, mask)
        return masked
