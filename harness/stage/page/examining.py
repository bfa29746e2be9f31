"""What axe finds on the callback's pages: each distinct one is examined once, when all else of it is over.

Owns asking axe, and telling pages apart by what axe looks at. axe is the extra `a11y`'s; judges nothing.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

from harness.engines import NavigationFailed, PageLost, Tab
from harness.stage.page.scripts import script
from harness.timeline.page_events import PageExamined, Violation
from harness.timeline.recorder import Recorder

PACKAGE = "axe_playwright_python"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""axe's tags of WCAG 2.2 A and AA."""
MOST_VIOLATIONS = 50
LONGEST_PAGE = 200_000
"""Characters of markup; axe would hold a longer page up for seconds, and then it is given up."""
FREE = re.compile(r"on\w+|data-.*|nonce|value")
"""Attributes of whose values axe sees no more than whether there is one."""
MARKUP_NOW = "() => document.documentElement.outerHTML"
NO_CONTENT = frozenset({"script", "noscript", "template"})


def axe_is_here() -> bool:
    """Tell whether the package that brings axe is installed."""
    return find_spec(PACKAGE) is not None


def machine_offers() -> frozenset[str]:
    """Return what this machine offers besides a backend, in the words of a clause's `needs`."""
    return frozenset({"axe"}) if axe_is_here() else frozenset()


@cache
def _axe() -> str:
    source = files(PACKAGE).joinpath("axe.min.js").read_text(encoding="utf-8")
    return f"async (options) => {{ {source}; return await ({script('examine')})(options) }}"


class Examiner:
    """Remembers what axe found on each distinct page, for as long as a stage lasts."""

    def __init__(self) -> None:
        self._known: dict[str, PageExamined] = {}
        self._changing: set[str] = set()
        """What pages were at first whose scripts had made others of them by the time that axe looked."""

    def examine(self, tab: Tab, html: str, exchange: int, recorder: Recorder) -> None:
        """Record what axe finds on the page that a tab shows, whose markup this was; nothing without axe."""
        if not axe_is_here():
            return
        first = key = outline(html)
        if first in self._changing:
            key = _outline_now(tab)
        found = self._known.get(key)
        if found is None:
            found = _masked(_examined(tab, html), recorder)
            if found.axe and (now := _outline_now(tab)) != first:
                self._changing.add(first)
                key = now
        if found.axe and key:
            self._known[key] = found
        recorder.record(replace(found, exchange=exchange))


def _outline_now(tab: Tab) -> str:
    """Return the outline of the page as it stands now; empty where it is gone."""
    try:
        return outline(tab.look(MARKUP_NOW))
    except (PageLost, NavigationFailed):
        return ""


def _examined(tab: Tab, html: str) -> PageExamined:
    if len(html) > LONGEST_PAGE:
        return PageExamined(exchange=0, why_not=f"the page has {len(html):,} characters of markup")
    try:
        found = tab.examine(_axe(), {"rules": RULES, "most": MOST_VIOLATIONS})
    except (PageLost, NavigationFailed) as failure:
        return PageExamined(exchange=0, why_not=str(failure))
    return PageExamined(exchange=0, axe=found["version"], violations=tuple(_violations(found)))


def _violations(found: Mapping[str, Any]) -> Iterator[Violation]:
    for row in found["violations"]:
        yield Violation(rule=row["rule"], element=row["element"], says=row["says"])


def _masked(examined: PageExamined, recorder: Recorder) -> PageExamined:
    """Return it with this scenario's secrets masked: it stands in later ones, which do not know them."""
    mask = recorder.mask.apply
    rows = (replace(each, element=mask(each.element), says=mask(each.says)) for each in examined.violations)
    return replace(examined, violations=tuple(rows))


class _Outline(HTMLParser):
    """Collects what axe looks at: elements with their attributes, styles, and where there is text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the element."""
        self._within = tag
        self.parts.append(f"<{tag}")
        self.parts += [_attribute(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        """Keep where it ends."""
        self._within = ""
        self.parts.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        """Keep a style whole, of another text whether it is none, one character or more."""
        if self._within == "style":
            self.parts.append(data)
        elif self._within not in NO_CONTENT and (text := data.strip()):
            self.parts.append("text" if len(text) > 1 else "sign")


def _attribute(name: str, value: str) -> str:
    if FREE.fullmatch(name):
        return f"{name}={bool(value.strip())}"
    return f"{name}={re.split('[?#]', value, maxsplit=1)[0]}"


def outline(html: str) -> str:
    """Return what two pages have in common that axe cannot tell apart: their words and links may differ."""
    parser = _Outline()
    parser.feed(html)
    parser.close()
    return "\n".join(parser.parts)
