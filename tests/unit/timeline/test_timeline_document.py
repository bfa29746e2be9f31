"""The written vocabulary: generated from the events, each of them with its fields and what they mean."""

from collections.abc import Mapping
from typing import Any, Literal

import pytest

from harness.timeline.amo_events import FaultUsed
from harness.timeline.events import AppScreen
from harness.timeline.gateway_events import StatusProbe
from harness.timeline.page_events import Button, PageShown
from harness.timeline.vocabulary import ACTORS, EVENTS
from tools.timeline_document import in_words, meaning, timeline_page


def test_every_event_stands_on_the_page() -> None:
    """Once, under its actor."""
    titles = [line.removeprefix("### ") for line in timeline_page().splitlines() if line.startswith("### ")]
    by_actor = sorted(EVENTS, key=lambda event: ACTORS.index(event[0]))
    assert titles == [*map(".".join, by_actor), "Button", "Violation"]


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.__name__)
def test_every_event_says_what_it_is(event: type) -> None:
    """In a docstring of its own."""
    assert event.__doc__
    assert not event.__doc__.startswith(f"{event.__name__}(")


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (str, "text"),
        (int | None, "whole number or null"),
        (Literal["a", "b"], "`a`, `b`"),
        (tuple[tuple[str, str], ...], "list of: pair of: text"),
        (Mapping[str, tuple[str, ...]], "object of: list of: text"),
        (Mapping[str, Any], "object of: anything"),
        (Button | None, "Button, below or null"),
    ],
    ids=str,
)
def test_a_type_is_told_as_what_json_holds(hint: Any, words: str) -> None:
    """For a reader who writes no Python."""
    assert in_words(hint) == words


@pytest.mark.parametrize(
    ("kind", "field", "words"),
    [
        (StatusProbe, "reason", "Why there is no answer."),
        (StatusProbe, "exchange", "Its number, from 1."),
        (PageShown, "first_paint_ms", "First contentful paint since the navigation began."),
        (FaultUsed, "details", "What the fake tells besides, for the reader alone."),
        (AppScreen, "state", ""),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_fields_meaning_is_what_is_written_under_it(kind: type, field: str, words: str) -> None:
    """Also under the field of a type that it is a kind of; where nothing is written, nothing is said."""
    assert meaning(kind, field) == words
