"""Every event's whole data, small enough to travel in the page: JSON, deflated, in base64.

Owns that format, which the page's script opens when somebody asks for an event: `{"texts": [...],
"events": {scenario: [data, ...]}}`. A text that is long stands once among `texts`; in its place stands NUL
and its number there, and so does a text that begins with NUL itself.
"""

import json
import zlib
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, cast

from harness.report.words.visible import LONGEST_TEXT
from harness.timeline.timeline import Timeline
from harness.timeline.vocabulary import data_of

LONG = 40
"""Characters from which a text is worth a reference."""
REFERENCE = "\x00"


class _Texts:
    """The long texts of a page, each once."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._places: dict[str, int] = {}

    def shortened(self, value: Any) -> Any:
        """Return a value of JSON with references in the place of its long texts."""
        if isinstance(value, str):
            is_plain = len(value) < LONG and not value.startswith(REFERENCE)
            return value if is_plain else f"{REFERENCE}{self._place(value)}"
        if isinstance(value, Mapping):
            rows = cast("Mapping[Any, Any]", value).items()
            return {str(key): self.shortened(each) for key, each in rows}
        if isinstance(value, list | tuple):
            return [self.shortened(each) for each in cast("list[Any]", value)]
        return value

    def _place(self, text: str) -> int:
        if text not in self._places:
            self._places[text] = len(self.all)
            self.all.append(text if len(text) <= LONGEST_TEXT else _cut(text))
        return self._places[text]


def _cut(text: str) -> str:
    return f"{text[:LONGEST_TEXT]}… (cut here, of {len(text):,} characters; the saved timeline has the whole)"


def packed(timelines: Mapping[str, Timeline]) -> str:
    """Return the data of every event of a run, by scenario and in their order."""
    texts = _Texts()
    events = {
        name: [texts.shortened(data_of(each)) for each in timeline] for name, timeline in timelines.items()
    }
    document = json.dumps({"texts": texts.all, "events": events}, separators=(",", ":"))
    return b64encode(zlib.compress(document.encode(), 9)).decode()
