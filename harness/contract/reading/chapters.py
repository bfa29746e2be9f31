"""What followed a step of the story that says what amoCRM does to the tokens, up to the next such step.

Owns cutting the timeline there. It must not judge.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from harness.timeline.amo_events import AmoClockAdvanced, TokenRequest
from harness.timeline.events import AppResponse, AppScreen, Event, ScenarioStarted, StoryStep
from harness.timeline.timeline import Timeline

E = TypeVar("E", bound=Event)
SETTLED = ("connected", "disconnected", "error")
"""States of the CRM tab in which it waits for nothing."""


@dataclass(frozen=True, eq=False)
class Chapter:
    """A part of the story in which the tokens are expired, revoked, limited, or their refresh is lost."""

    step: StoryStep
    has_grant: bool
    """Whether amoCRM had granted tokens before."""
    events: Sequence[Event]
    """What followed, up to the next chapter."""
    clocks_agree: bool = False
    """Whether moving amoCRM's clock moves the backend's own."""

    def happened(self, kind: type[E]) -> tuple[E, ...]:
        """Return the events of a type."""
        return tuple(each for each in self.events if isinstance(each, kind))

    @property
    def responses(self) -> tuple[AppResponse, ...]:
        """What the backend answered the app."""
        return self.happened(AppResponse)

    @property
    def settled_tabs(self) -> tuple[AppScreen, ...]:
        """The CRM tabs that wait for nothing more."""
        return tuple(e for e in self.happened(AppScreen) if e.screen == "crm" and e.state in SETTLED)

    @property
    def refreshes(self) -> tuple[TokenRequest, ...]:
        """The backend's requests for new tokens by a refresh token."""
        return tuple(each for each in self.happened(TokenRequest) if each.grant_type == "refresh_token")

    @property
    def only_amo_saw_it(self) -> bool:
        """Whether the expiry was made by moving amoCRM's clock alone, and the backend refreshed nothing."""
        moved = bool(self.happened(AmoClockAdvanced))
        return moved and not self.clocks_agree and not self.refreshes


def chapters_in(timeline: Timeline) -> tuple[Chapter, ...]:
    """Return the chapters in their order."""
    steps = [each for each in timeline.of(StoryStep) if each.tokens is not None]
    ends = [*(each.index for each in steps[1:]), len(timeline)][: len(steps)]
    granted = [e.index for e in timeline.of(TokenRequest) if e.status == 200]  # noqa: PLR2004 - OK
    started = timeline.first(ScenarioStarted)
    clocks_agree = started is not None and started.shares_amo_clock
    return tuple(
        Chapter(
            step,
            any(index < step.index for index in granted),
            timeline.events[step.index + 1 : end],
            clocks_agree,
        )
        for step, end in zip(steps, ends, strict=True)
    )
