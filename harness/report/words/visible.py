"""Foreign text made harmless for a reader's eye.

What cannot be seen, or turns the order of what can, stands as its name. Must not escape: that is a template's
work, for whatever comes out of here.
"""

import re
from typing import Any

LONGEST_TEXT = 65_536
"""Characters of one text in a page; a body can be larger, and its saved timeline has the whole."""
_C0, _C0_SIGNS = 0x20, 0x2400
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)


def visible(value: Any) -> Any:
    """Return a text with a sign in the place of each character that is none; other values as they are."""
    if type(value) is not str:  # markup of ours has been through here
        return value
    return shown(value if len(value) <= LONGEST_TEXT else _cut(value))


def shown(text: str) -> str:
    """Return the whole of a text with such signs: what a terminal would obey, it shows."""
    return text if text.isprintable() else _UNSEEN.sub(_named, text)


def _cut(text: str) -> str:
    return f"{text[:LONGEST_TEXT]}… (cut here, of {len(text):,} characters)"


def _named(found: re.Match[str]) -> str:
    code = ord(found.group())
    return chr(_C0_SIGNS + code) if code < _C0 else f"[U+{code:04X}]"
