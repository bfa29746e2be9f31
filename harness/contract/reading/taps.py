"""Taps on the page's button, and the departures that they set off.

Owns telling a tap's departures from those that a page makes by itself. It must not judge them.
"""

from dataclasses import dataclass

from harness.contract.reading.words import quoted, squeeze
from harness.timeline import page_events
from harness.timeline.page_events import (
    Departure,
    DialogOpened,
    PageShown,
    TapFailed,
    TapSettled,
    TouchedBeside,
    WentElsewhere,
)
from harness.timeline.timeline import Timeline

HOW_TOUCHED = {
    "touch": "by a touch beside the button",
    "double_touch": "by two touches beside the button",
    "swipe": "as a finger drew up the page",
    "long_touch": "by a long touch beside the button",
}
"""How a touch beside the button opens a link, in words."""


@dataclass(frozen=True, slots=True)
class Tap:
    """One tap on the page's button. `settled` is None where what it set off was not waited for."""

    event: page_events.Tap | TapFailed
    departures: tuple[Departure, ...]
    settled: TapSettled | None
    asked: DialogOpened | None = None
    """The dialog that the tap opened; one that opens after the tap's own event gets no yes."""
    href: str | None = None
    """The address that the button had when its page was looked at; None: it is no link."""
    is_first: bool = True
    """Whether the page had the button when it was looked at, and nobody has tapped it since."""

    @property
    def number(self) -> int:
        """Taps count from 1."""
        return self.event.number

    @property
    def failure(self) -> TapFailed | None:
        """Why the button could not be tapped; None where it was."""
        return self.event if isinstance(self.event, TapFailed) else None

    @property
    def gesture_lost(self) -> str:
        """How this machine may have ended the tap's gesture before the page left; empty: it did not."""
        if self.settled is None or not self.settled.stalled_s:
            return ""
        if all(each.user_gesture is not False for each in self.departures):
            return ""
        return f"the page got no processor for {self.settled.stalled_s:g} s after tap {self.number}"

    @property
    def way_in_words(self) -> str:
        """Say to which other page or dialog the tap led, if it did, else what address the button has."""
        if self.asked is not None:
            return f": {self.asked.dialog}() stands there: {quoted(self.asked.text)}"
        way = self.settled.went_to if self.settled else ""
        if not way and self.href is not None:
            return f": the button's address is {quoted(self.href)}"
        said = f": the page went to {quoted(way)}" if way else ""
        return f"{said} (an associated domain is named in [deep_link] universal)" if "https:" in way else said


def taps_in(timeline: Timeline, button: str) -> tuple[Tap, ...]:
    """Return the taps on the button of this wording, those that failed too."""
    tapped = sorted((*timeline.of(page_events.Tap), *timeline.of(TapFailed)), key=lambda event: event.index)
    return tuple(_tap(timeline, event) for event in tapped if squeeze(event.target) == squeeze(button))


def _tap(timeline: Timeline, event: page_events.Tap | TapFailed) -> Tap:
    settled = next((each for each in timeline.of(TapSettled) if each.number == event.number), None)
    until = settled.index if settled else float("inf")
    set_off = (each for each in timeline.of(Departure) if each.tap == event.number and each.index < until)
    opened = (each for each in timeline.of(DialogOpened) if event.index < each.index < until)
    shown = [each for each in timeline.of(PageShown) if each.index < event.index]
    button = shown[-1].button if shown else None
    since = (each for kind in (page_events.Tap, WentElsewhere) for each in timeline.of(kind))
    is_first = button is not None and not any(shown[-1].index < e.index < event.index for e in since)
    return Tap(event, tuple(set_off), settled, next(opened, None), button and button.href, is_first)


def departures_by_themselves_in(timeline: Timeline) -> tuple[Departure, ...]:
    """Return the departures that no tap set off, also those after everything of a tap had settled."""
    of_taps = {d.index for event in timeline.of(page_events.Tap) for d in _tap(timeline, event).departures}
    return tuple(each for each in timeline.of(Departure) if each.index not in of_taps)


def touch_before(timeline: Timeline, departure: Departure) -> TouchedBeside | None:
    """Return the touch beside the button that a departure followed; None where something else came last."""
    last: TouchedBeside | None = None
    for event in timeline.events:
        if event.index >= departure.index:
            break
        if isinstance(event, TouchedBeside):
            last = event
        elif isinstance(event, page_events.Tap | PageShown):
            last = None
    return last
