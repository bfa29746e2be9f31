"""Marks that stand for secrets wherever load is recorded: the same in every process of a run.

Owns finding tokens in a text and their keyed digests. A token is known by what it looks like, so that nobody
has to hand round what amoCRM issued; what is encoded otherwise than in percent, JSON or HTML is not found.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

DIGITS: Final = 16
SHOWN: Final = 8
"""How many of them the timeline's masks have."""
CODE_LENGTH, REFRESH_LENGTH = 982, 992
_TOKENS = re.compile(r"def50200[0-9a-f]{16,}|eyJ[\w-]{16,}\.[\w-]{8,}(?:\.[\w-]+)?", re.ASCII | re.IGNORECASE)
_PARTS_OF_A_JWT = 3


def shown(label: str, mark: str) -> str:
    """Return the mask of a mark, as timelines have it."""
    return f"‹{label}:{mark[:SHOWN]}›"


@dataclass(frozen=True, slots=True)
class Marks:
    """The key of a run, and the one secret that has no shape."""

    key: str
    client_secret: str

    def of(self, value: str) -> str:
        """Return the digest of a secret, in hexadecimal digits."""
        return hashlib.blake2b(
            value.encode("utf-8", "surrogatepass"), digest_size=DIGITS // 2, key=self.key.encode()
        ).hexdigest()

    def hide(self, text: str) -> str:
        """Return a text with a mask in the place of each code, token and secret, or part of one."""
        if "def50200" in text or "eyJ" in text or "DEF50200" in text:
            text = _TOKENS.sub(self._mask, text)
        secret = self.client_secret
        if not secret or secret not in text:
            return text
        return text.replace(secret, shown("client_secret", self.of(secret)))

    def _mask(self, found: re.Match[str]) -> str:
        value = found[0]
        if value.startswith("eyJ"):
            mask = shown("access_token", self.of(value))
            is_whole = value.count(".") == _PARTS_OF_A_JWT - 1
        else:
            is_code = len(value) < REFRESH_LENGTH
            mask = shown("code" if is_code else "refresh_token", self.of(value.lower()))
            is_whole = len(value) in (CODE_LENGTH, REFRESH_LENGTH)
        return mask if is_whole else mask.replace("›", ":part›")
