"""What followed a step of the story that says what amoCRM does to the tokens, up to the next such step.

A token that the story made short may end for the backend before any step says so: its early refresh is one.

Owns cutting the timeline there. It must not judge.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from harness.timeline.amo_events import AmoClockAdvanced, TokenRequest, TokensIssued
from harness.timeline.events import (
    AppResponse,
    AppScreen,
    Event,
    ScenarioStarted,
    StoryStep,
    TokenState,
)
from harness.timeline.timeline import Timeline

E = TypeVar("E", bound=Event)
SETTLED = ("connected", "disconnected", "error")
"""States of the CRM tab in which it waits for nothing."""
MADE_SHORT_BELOW_S = 60
"""Life of an access token below which a story has made it short: amoCRM's live for a day."""


@dataclass(frozen=True, eq=False)
class Chapter:
    """A part of the story in which the tokens are expired, revoked, limited, or their refresh is lost."""

    step: Event
    """What it begins with."""
    tokens: TokenState
    has_grant: bool
    """Whether amoCRM had granted tokens before."""
    events: Sequence[Event]
    """That and what followed, up to the next chapter."""
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


def early_refresh(timeline: Timeline) -> TokenRequest | None:
    """Return the first refresh of a token that the story made short, where no step had ended its life yet.

    Backends refresh minutes before a token ends, which for such a one is at once.
    """
    short = next((each.index for each in timeline.of(TokensIssued) if is_made_short(each)), math.inf)
    until = next((each.index for each in timeline.of(StoryStep) if each.tokens is not None), math.inf)
    asked = (each for each in timeline.of(TokenRequest) if each.grant_type == "refresh_token")
    return next((each for each in asked if short < each.index < until), None)


def is_made_short(issued: TokensIssued) -> bool:
    """Tell whether a story has made the access token short."""
    return issued.expires_in is not None and issued.expires_in < MADE_SHORT_BELOW_S


def chapters_in(timeline: Timeline) -> tuple[Chapter, ...]:
    """Return the chapters in their order."""
    steps: list[tuple[Event, TokenState]] = [
        (each, each.tokens) for each in timeline.of(StoryStep) if each.tokens is not None
    ]
    if early := early_refresh(timeline):
        steps.insert(0, (early, "expired"))
    ends = [*(step.index for step, _ in steps[1:]), len(timeline)][: len(steps)]
    granted = [e.index for e in timeline.of(TokenRequest) if e.status == 200]  # noqa: PLR2004 - OK
    started = timeline.first(ScenarioStarted)
    clocks_agree = started is not None and started.shares_amo_clock
    return tuple(
        Chapter(
            step,
            tokens,
            any(index < step.index for index in granted),
            timeline.events[step.index : end],
            clocks_agree,
        )
        for (step, tokens), end in zip(steps, ends, strict=True)
    )
