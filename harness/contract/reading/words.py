"""How a text is read and quoted, and the app's own words.

Owns these alone.
"""

import json
import re

CONNECT_PROMPT = "Підключіть АМО CRM"
ERROR_TEXT = "Помилка авторизації. Спробуйте ще раз."
_NOTHING = re.compile(r"\[object \w+\]|\b(?:undefined|null|none|nan)\b", re.IGNORECASE)
_LABEL = re.compile(r"\b(?:error|reason|details?|message|code|помилка|причина)\b", re.IGNORECASE)
NO_CODE_TEXT = "Код авторизації відсутній."
STACK_TRACE = re.compile(
    r"Traceback \(most recent call last\)|^\s*File \".+\", line \d+"
    r"|^\s*at .+:\d+:\d+\)?$|^\s*at [\w.$<>]+\(\w+\.\w+:\d+\)"
    r"|^\s*#\d+ .+\.php\(\d+\)|^goroutine \d+ \[",
    re.MULTILINE,
)
"""How Python, Node and Java, PHP and Go print theirs."""


_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]")
"""Where a word may break, what joins, and what keeps iOS from making a picture of a sign."""


def squeeze(text: str) -> str:
    """Return a text as a reader sees it: white space is one space, and what has no width is nothing."""
    return " ".join(_UNSEEN.sub("", text).split())


def is_called(wording: str, *said: str) -> bool:
    """Tell whether one of these texts is that wording; arrows and icons around it are no words."""
    return _bare(wording) in map(_bare, said)


def _bare(text: str) -> str:
    """Return a text from its first letter or digit to its last; all of it where it has none."""
    words = [place for place, character in enumerate(text) if character.isalnum()]
    return squeeze(text[words[0] : words[-1] + 1] if words else text)


def says_nothing(text: str) -> bool:
    """Tell whether a text is empty, or a program's word for nothing (`undefined`, `[object Object]`)."""
    left = _NOTHING.sub(" ", text)
    left = left if left == text else _LABEL.sub(" ", left)
    return not any(character.isalnum() for character in left)


def quoted(text: str | None, *, limit: int = 120) -> str:
    """Return a text in quotes for a sentence, cut where it is long."""
    shown = squeeze(text or "")
    return f"“{shown if len(shown) <= limit else shown[: limit - 1] + '…'}”"


def is_json(text: str) -> bool:
    """Tell whether a text is a JSON object or array."""
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False
