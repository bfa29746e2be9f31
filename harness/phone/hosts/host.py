"""What the browser that shows the page does with a departure: opens the app, asks, or lets it die.

Owns the decision and its honesty: a cell that nobody knows raises `NotSimulated` unless the user picks.
The gesture is what the engine reported, never a guess. The tables themselves: `harness.phone.hosts.tables`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

from harness.errors import NotSimulated, UsageError
from harness.timeline.events import Outcome

Confidence = Literal["high", "medium", "low"]
Row = Literal["navigation", "refresh", "redirect", "iframe", "new_window"]
NoGesture = Literal["block", "prompt"]
Platform = Literal["ios", "android"]
Session = Literal["system", "polyfill"]

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
REACHES_APP: frozenset[Outcome] = frozenset({"opens", "prompts"})
NOTHING = "page stays, nothing happens"
SEEN: dict[Outcome, str] = {
    "opens": "the app opens",
    "prompts": "Open in “App”?",
    "blocked": NOTHING,
    "dropped": NOTHING,
    "callback": "the browser closes, the app gets the link as the session's result",
    "alert": "Cannot Open Page: Safari cannot open the page because the address is invalid",
}
_ROWS: dict[str, Row] = {
    "navigation": "navigation",
    "link": "navigation",
    "form": "navigation",
    "reload": "navigation",
    "history": "navigation",
    "refresh": "refresh",
    "redirect": "redirect",
    "iframe": "iframe",
    "new_window": "new_window",
}
"""The words of `harness.engines` and the row of the tables that each belongs to."""
_SAME_TAB_ROWS: tuple[Row, ...] = ("navigation", "refresh", "redirect")


class DepartureSeen(Protocol):
    """What an engine reports of one attempt to leave the page (`harness.engines.Departure`)."""

    @property
    def url(self) -> str:
        """The link."""
        ...

    @property
    def mechanism(self) -> str | None:
        """How the page left, where the engine tells."""
        ...

    @property
    def user_gesture(self) -> bool | None:
        """Whether the user's tap stands behind it, where the engine tells."""
        ...

    @property
    def same_tab(self) -> bool | None:
        """Whether the page itself left, and not a window or frame that it opened."""
        ...


@dataclass(frozen=True, slots=True)
class Cell:
    """What one host does with one mechanism; `outcome` None is unknown, and `source` says what is known."""

    outcome: Outcome | None
    confidence: Confidence
    source: str
    seen: str = ""

    @property
    def user_sees(self) -> str:
        """What happens on the screen."""
        return self.seen or (SEEN[self.outcome] if self.outcome else "not known")


@dataclass(frozen=True, slots=True)
class HostChoices:
    """What the user picks about a host."""

    no_gesture: NoGesture | None = None
    """Mobile Safari alone: reports disagree on a departure without a gesture. None is `block`."""
    unknown: Outcome | None = None
    """What happens in the cells that nobody knows."""
    app_installed: bool = True


@dataclass(frozen=True, slots=True)
class HostDecision:
    """What the host did with a departure; `reaches_app` when the system hands the link to the app."""

    host: str
    outcome: Outcome
    seen: str
    confidence: Confidence
    source: str
    reaches_app: bool


@dataclass(frozen=True, slots=True)
class Host:
    """One kind of browser that an app opens, as a table (mechanism, gesture) → cell."""

    name: str
    title: str
    platform: Platform
    cells: Mapping[tuple[Row, bool], Cell]
    not_installed: Cell
    prompting: Mapping[tuple[Row, bool], Cell] = field(default_factory=dict[tuple[Row, bool], Cell])
    """Cells that `no_gesture="prompt"` replaces."""
    other_scheme: Cell | None = None
    """A link that is not the app's; None: as if its app were not installed, for none is."""
    app_is_behind: bool = False
    """Whether the app is in the background while this browser shows, so that AppState tells of its return."""
    session: Session | None = None
    """Whether the app awaits a result of it, and who watches for the link: the system, or expo's own code."""
    note: str = ""

    def check(self, choices: HostChoices) -> None:
        """Raise UsageError for a choice that this host does not offer."""
        if choices.no_gesture is not None and not self.prompting:
            raise UsageError(f"no_gesture is a question about ios-safari; {self.name} has no such choice")
        if choices.no_gesture not in (None, *get_args(NoGesture)):
            raise UsageError(f"no_gesture cannot be {choices.no_gesture!r}; choose block or prompt")
        if choices.unknown not in (None, *OUTCOMES):
            raise UsageError(
                f"unknown cells cannot be {choices.unknown!r}; choose one of {', '.join(OUTCOMES)}"
            )

    def decide(self, departure: DepartureSeen, choices: HostChoices, *, is_ours: bool = True) -> HostDecision:
        """Return what this host does. Raises NotSimulated where nobody knows and the user picked nothing.

        `is_ours` tells whether the link's scheme is the app's: no other app is on this phone.
        """
        cells = [self._cell(row, gesture, choices) for row, gesture in _candidates(departure)]
        outcomes = {cell.outcome for cell in cells}
        if len(outcomes) > 1:
            raise NotSimulated(self._undecided(departure, cells))
        cell = cells[0]
        if cell.outcome in (*REACHES_APP, "callback"):
            cell = self._answered(cell, choices, is_ours)
        outcome = cell.outcome or choices.unknown
        if outcome is None:
            raise NotSimulated(self._unknown(departure, cell))
        seen = cell.user_sees if cell.outcome else SEEN[outcome]
        reaches = outcome in REACHES_APP and choices.app_installed and is_ours
        return HostDecision(self.name, outcome, seen, cell.confidence, cell.source, reaches)

    def _cell(self, row: Row, gesture: bool, choices: HostChoices) -> Cell:
        if choices.no_gesture == "prompt" and (row, gesture) in self.prompting:
            return self.prompting[row, gesture]
        return self.cells[row, gesture]

    def _answered(self, cell: Cell, choices: HostChoices, is_ours: bool) -> Cell:
        """What comes of a cell in which the host turns to whoever answers to the scheme."""
        if is_ours:
            return cell if choices.app_installed else self.not_installed
        return self.other_scheme or self.not_installed

    def _unknown(self, departure: DepartureSeen, cell: Cell) -> str:
        return (
            f"nobody knows what {self.title} does with {_described(departure)}: {cell.source}. "
            f"Try it on a real phone, or pick what to assume: unknown = {' | '.join(OUTCOMES)}"
        )

    def _undecided(self, departure: DepartureSeen, cells: list[Cell]) -> str:
        possible = ", ".join(sorted({cell.outcome or "unknown" for cell in cells}))
        return (
            f"the engine does not tell enough of {_described(departure)}, and {self.title} does different "
            f"things with what it may be ({possible}). Use an engine that reports the mechanism and the "
            "user gesture (webkitgtk does)"
        )


def _candidates(departure: DepartureSeen) -> list[tuple[Row, bool]]:
    gestures: tuple[bool, ...] = (
        (True, False) if departure.user_gesture is None else (departure.user_gesture,)
    )
    if departure.mechanism is not None:
        if departure.mechanism not in _ROWS:
            raise NotSimulated(f"no host's table has a row for the mechanism {departure.mechanism!r}")
        rows: tuple[Row, ...] = (_ROWS[departure.mechanism],)
    elif departure.same_tab is None:
        rows = (*_SAME_TAB_ROWS, "new_window")
    else:
        rows = _SAME_TAB_ROWS if departure.same_tab else ("new_window",)
    # WebKit clears the gesture of every refresh, so that pair does not occur where the row is a guess
    pairs: list[tuple[Row, bool]] = [(row, gesture) for row in rows for gesture in gestures]
    return [pair for pair in pairs if len(rows) == 1 or pair != ("refresh", True)]


def _described(departure: DepartureSeen) -> str:
    gesture = {True: "a user gesture", False: "no user gesture", None: "an unknown user gesture"}
    return (
        f"{departure.mechanism or 'a departure of unknown mechanism'} with {gesture[departure.user_gesture]}"
    )
