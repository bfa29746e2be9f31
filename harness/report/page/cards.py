"""A cause as the page shows it: what was expected, what was seen, the proof, the picture, what to change.

Owns gathering that from a run. Must not decide what is a cause, nor write markup.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.report.lanes.rows import Row, rows_of
from harness.report.page.pictures import Album, Picture, at_the_moment
from harness.report.words.copies import Copies, copies_of
from harness.report.words.difference import Piece, sides
from harness.report.words.story import said_by_the_page
from harness.report.words.wording import because_of, short_title
from harness.runs.causes import Cause
from harness.runs.results import RunResult
from harness.timeline.events import Event
from harness.timeline.timeline import Timeline

MOST_PROOFS = 8
LONG = 700
"""Characters of a text from which it is shown in a box of its own that scrolls."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of two texts side by side."""

    name: str
    pieces: tuple[Piece, ...]
    is_long: bool


@dataclass(frozen=True, slots=True)
class Card:
    """One cause."""

    cause: Cause
    short: str
    """What is asked for, in a few words."""
    sides: tuple[Side, Side]
    so: str
    """Which other clauses could not hold because of it."""
    page: tuple[str, ...]
    """What the page's own scripts complained of there."""
    rows: tuple[Row, ...]
    picture: Picture | None
    copies: Copies


def card_of(cause: Cause, run: RunResult, timeline: Timeline, album: Album, out: Path) -> Card:
    """Return a cause's card."""
    finding = cause.finding
    expected, actual = sides(finding.expected, finding.actual)
    return Card(
        cause,
        short_title(cause),
        (_side("expected", expected), _side("actual", actual)),
        because_of(cause),
        tuple(said_by_the_page(cause.shown_by[0], timeline, finding.events)),
        tuple(rows_of(timeline, near(timeline, finding.events), finding.events)),
        at_the_moment(album.pictures.get(cause.scenario, ()), finding.events),
        copies_of(cause, run, timeline, out),
    )


def near(timeline: Timeline, proof: Sequence[int]) -> list[Event]:
    """Return the proving events, with the more neighbours the fewer they are."""
    distance = max(2 - len(proof) // 2, 0)
    indexes = {at + by for at in proof[:MOST_PROOFS] for by in range(-distance, distance + 1)}
    return [each for each in timeline if each.index in indexes]


def _side(name: str, pieces: list[Piece]) -> Side:
    return Side(name, tuple(pieces), sum(len(each.text) for each in pieces) > LONG)
