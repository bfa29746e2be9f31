"""Foreign text as the page shows it: every character visible, every mask an element of its own.

Owns making a text harmless for a reader's eye: what cannot be seen, or turns the order of what can, stands
as its name. Escaping is Jinja's, for whatever comes out of here as plain text.
"""

import re
from typing import Any

from markupsafe import Markup, escape

from harness.timeline.masking import MASK

LONGEST_TEXT = 65_536
"""Characters of one text in the page; a body can be larger, and its saved timeline has the whole."""
HUES = 8
_C0, _C0_SIGNS = 0x20, 0x2400
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)


def visible(value: Any) -> Any:
    """Return a text with a sign in the place of each character that is none; other values as they are."""
    if type(value) is not str:  # markup of ours has been through here
        return value
    text = value if len(value) <= LONGEST_TEXT else _cut(value)
    return text if text.isprintable() else _UNSEEN.sub(_named, text)


def _cut(text: str) -> str:
    return f"{text[:LONGEST_TEXT]}… (cut here, of {len(text):,} characters)"


def _named(found: re.Match[str]) -> str:
    code = ord(found.group())
    return chr(_C0_SIGNS + code) if code < _C0 else f"[U+{code:04X}]"


def marked(value: object) -> Markup:
    """Return a text as markup in which each mask is an element, coloured by its secret."""
    text, html, at = str(visible(str(value))), Markup(), 0
    for mask in MASK.finditer(text):
        html += escape(text[at : mask.start()]) + masked(mask.group(), mask["digest"])
        at = mask.end()
    return html + escape(text[at:])


def masked(mask: str, digest: str) -> Markup:
    """Return one mask as an element: the same secret has the same hue everywhere."""
    return Markup('<i class="m{}">{}</i>').format(int(digest, 16) % HUES, mask)


def coded(text: str) -> Markup:
    """Return a sentence of ours as markup, what stands in backticks as code."""
    parts = str(visible(text)).split("`")
    pieces = [
        Markup("<code>{}</code>").format(each) if number % 2 else escape(each)
        for number, each in enumerate(parts)
    ]
    return Markup().join(pieces) if len(parts) % 2 else escape(text)
