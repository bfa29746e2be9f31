"""docs/left_alone.md: which pages the scenarios leave alone, for how long, and through which moments.

Owns that table. It is read off timelines of the reference, so that a gap in the scenarios is a gap in it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.contract.reading.reading import Reading
from harness.contract.reading.visits import Kind, Visit
from harness.stage.page.alone import LIFE, ONCE, SURROUNDINGS
from harness.timeline.page_events import LeftAlone, Tap, TouchedBeside
from harness.timeline.timeline import Timeline

HEAD = """# Pages that are left alone

CB-06 says that no page leaves by itself. Each row is a page that a scenario leaves alone, with the time that
passes for it and the moments of a phone that it lives through: what is not here is not seen. What each moment
is, and what still goes unseen, is in [mechanisms.md](mechanisms.md). Written by `make docs`.

*every moment*: {every}. Surroundings: the phone lies on its side, its colours are dark, its animations still.
Finger: touches beside the button, short, twice at once and long, and a swipe; a minute follows. Where the
page keeps something open (a call, a socket, a worker), ten seconds of real time pass as well.
"""
PAGES: dict[Kind, str] = {
    "granted": "success",
    "refused": "the exchange was refused",
    "missing": "no code",
    "declined": "access declined",
    "failed": "something else went wrong",
    "repeat": "loaded again",
    "interrupted": "the backend was killed meanwhile",
}
"""What a page says, by the kind of its visit."""


EVERY = (*LIFE, *ONCE, SURROUNDINGS, "finger")


@dataclass(frozen=True, slots=True)
class Row:
    """One page that was left alone."""

    scenario: str
    page: str
    minutes: float
    """Of page time."""
    moments: tuple[str, ...]

    @property
    def line(self) -> str:
        """The row in Markdown."""
        through = "every moment" if self.moments == EVERY else ", ".join(self.moments) or "–"
        return f"| `{self.scenario}` | {self.page} | {self.minutes:g} min | {through} |"


def rows_of(scenario: str, timeline: Timeline) -> Iterator[Row]:
    """Yield the pages that one scenario left alone, each row once."""
    reading = Reading(timeline)
    found = [Row(scenario, *_what(reading, each)) for each in timeline.of(LeftAlone)]
    yield from dict.fromkeys(found)


def _what(reading: Reading, alone: LeftAlone) -> tuple[str, float, tuple[str, ...]]:
    visit = [each for each in reading.visits if each.request.index < alone.index][-1]
    page = f"{_page(visit)}, {_number(reading, visit, alone)}".removesuffix(", ")
    return page, alone.page_time_s / 60, (*_in_words(alone), *_finger(reading, alone))


def _page(visit: Visit) -> str:
    if visit.foreign_state_step is not None:
        return "a state that is not this user's"
    return PAGES[visit.kind]


def _number(reading: Reading, visit: Visit, alone: LeftAlone) -> str:
    """Say which load of the page it is, and whether the user has been in the app since."""
    tapped = [each for each in reading.timeline.of(Tap) if visit.request.index < each.index < alone.index]
    if tapped:
        return "after the return from the app"
    before = [each for each in reading.visits if each.code and each.code == visit.code]
    number = sum(each.request.index <= visit.request.index for each in before)
    return f"load {number}" if number > 1 else ""


def _in_words(alone: LeftAlone) -> Iterator[str]:
    seen = set(alone.moments)
    yield from (each for each in (*LIFE, *ONCE) if each in seen)
    if {"rotation", "dark", "still"} <= seen:
        yield SURROUNDINGS


def _finger(reading: Reading, alone: LeftAlone) -> Iterator[str]:
    later = reading.after(LeftAlone, alone)
    until = later[0].index if later else len(reading.timeline)
    touched = [each for each in reading.timeline.of(TouchedBeside) if alone.index < each.index < until]
    if touched:
        yield "finger"


def table(rows: Iterable[Row]) -> str:
    """Return the page, in Markdown."""
    lines = ["| scenario | page | page time | through |", "|---|---|---|---|", *(row.line for row in rows)]
    return HEAD.format(every=", ".join(EVERY)) + "\n" + "\n".join(lines) + "\n"
