"""A11Y-01: the page can be read and used by everybody.

Owns this clause.
"""

import re
from collections.abc import Iterator
from typing import Any

from harness.config.settings import Texts
from harness.contract.clause import Finding, clause, finding, not_observed, over_all
from harness.contract.reading.visits import button_of, expected_texts, quoted, squeeze, visits
from harness.timeline.events import Event
from harness.timeline.timeline import Timeline

LOWEST_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3."""
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
"""BCP 47, as far as a page's language needs it."""


@clause(
    "A11Y-01",
    "should",
    "The page states its language, the button has its name, text contrast is at least 4.5:1",
    source="WCAG 2.2 AA",
)
def can_be_read_by_everybody(timeline: Timeline) -> Finding:
    """Judge each page of the callback."""
    texts = expected_texts(timeline)
    pages = [page for visit in visits(timeline) for page in visit.pages if page.get("button")]
    return over_all(
        (_readable(page, texts) for page in pages), "no page of the callback with a button was shown"
    )


def _readable(page: Event, texts: Texts) -> Finding:
    wrong = list(_wrong_with(page, texts))
    rows: list[dict[str, Any]] = page.get("contrasts") or []
    ratios = [float(row["ratio"]) for row in rows if row.get("ratio") is not None]
    if not wrong and not ratios:
        return not_observed("the contrast of no text on the page could be measured")
    return finding(
        f"a language, a button named {quoted(texts.button)}, text contrast of {LOWEST_CONTRAST}:1 or more",
        wrong,
        f"language {quoted(page.as_text('lang'))}, lowest contrast {min(ratios, default=0):g}:1",
        page,
    )


def _wrong_with(page: Event, texts: Texts) -> Iterator[str]:
    if not LANGUAGE_TAG.fullmatch(page.as_text("lang").strip()):
        yield f"the page's language is {quoted(page.as_text('lang'))}"
    if squeeze(str(button_of(page).get("name") or "")) != squeeze(texts.button):
        yield f"the button's name is {quoted(str(button_of(page).get('name') or ''))}"
    rows: list[dict[str, Any]] = page.get("contrasts") or []
    for row in rows:
        if row.get("ratio") is not None and float(row["ratio"]) < LOWEST_CONTRAST:
            yield f"{quoted(str(row.get('text')), limit=40)} has a contrast of {float(row['ratio']):g}:1"
