"""Events of fake amoCRM, as it tells of itself, and the one place where its words become them.

Owns their part of the vocabulary; `harness.timeline.events` owns the type and the list.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from harness.errors import HarnessError
from harness.timeline.events import EVENTS, Event, says


@dataclass(frozen=True, slots=True, kw_only=True)
class AmoEvent(Event):
    """Something that amoCRM did."""

    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the fake tells besides, for the reader alone."""


@says("amo", "sign_in_shown")
@dataclass(frozen=True, slots=True, kw_only=True)
class SignInShown(AmoEvent):
    """amoCRM asks who the user is."""


@says("amo", "signed_in")
@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(AmoEvent):
    """The user signed in."""


@says("amo", "consent_shown")
@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentShown(AmoEvent):
    """The consent page is shown."""

    client_id: str | None = None
    state: str | None = None


@says("amo", "consent_given")
@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven(AmoEvent):
    """The user allows access."""

    code: str | None = None
    """Masked."""
    state: str | None = None


@says("amo", "consent_declined")
@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentDeclined(AmoEvent):
    """The user declines access."""

    state: str | None = None


@says("amo", "redirected")
@dataclass(frozen=True, slots=True, kw_only=True)
class Redirected(AmoEvent):
    """The browser is sent to the redirect URI."""

    url: str = ""
    state: str | None = None


@says("amo", "code_issued")
@dataclass(frozen=True, slots=True, kw_only=True)
class CodeIssued(AmoEvent):
    """A code is issued."""

    code: str | None = None
    """Masked."""
    account_id: int | None = None


@says("amo", "token_request")
@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest(AmoEvent):
    """The backend asks for tokens; stamped when its answer is decided, before that is held or sent."""

    grant_type: str | None = None
    """`authorization_code` or `refresh_token`."""
    code: str | None = None
    """Masked."""
    refresh_token: str | None = None
    """Masked."""
    status: int | None = None
    """Of the answer; None: no answer is sent."""
    problem: str | None = None
    """Name of the documented error that is answered."""
    hint: str | None = None
    """What amoCRM says in that error."""


@says("amo", "tokens_issued")
@dataclass(frozen=True, slots=True, kw_only=True)
class TokensIssued(AmoEvent):
    """Tokens are issued. Both are masked."""

    access_token: str | None = None
    refresh_token: str | None = None
    grant_type: str | None = None
    account_id: int | None = None
    expires_in: int | None = None
    """Seconds."""

    @property
    def is_by_refresh(self) -> bool:
        """Whether a refresh token bought them."""
        return self.grant_type == "refresh_token"


@says("amo", "token_held")
@dataclass(frozen=True, slots=True, kw_only=True)
class TokenHeld(AmoEvent):
    """The answer to the token request before it is kept back. `step` is `token` or `refresh`."""

    step: str


@says("amo", "token_released")
@dataclass(frozen=True, slots=True, kw_only=True)
class TokenReleased(AmoEvent):
    """It is let go; stamped before a byte of the answer is sent."""

    step: str
    abandoned: bool = False
    """Whether the backend had hung up before: it waits no longer than its own time limit."""


@says("amo", "answer_held")
@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerHeld(AmoEvent):
    """An answer of the API is kept back."""

    step: str
    """Which call, such as `leads`."""


@says("amo", "answer_released")
@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerReleased(AmoEvent):
    """It is let go."""

    step: str
    abandoned: bool = False
    """Whether the backend had hung up before."""


@says("amo", "api_request")
@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRequest(AmoEvent):
    """The backend calls the API."""

    method: str = "GET"
    path: str = ""
    status: int | None = None
    """Of the answer; None: no answer is sent."""
    account_id: int | None = None


@says("amo", "fault_used")
@dataclass(frozen=True, slots=True, kw_only=True)
class FaultUsed(AmoEvent):
    """amoCRM goes wrong, as a scenario asked."""

    step: str
    """Where in the journey, such as `token` or `leads`."""
    fault: str
    """A name on the fake's menu of faults."""
    is_harmless: bool = False
    """Whether it leaves the answer what it is."""


@says("amo", "hook_sent")
@dataclass(frozen=True, slots=True, kw_only=True)
class HookSent(AmoEvent):
    """amoCRM calls by itself."""

    url: str = ""
    status: int | None = None
    """What it was answered; None: nothing."""


@says("amo", "clock_advanced")
@dataclass(frozen=True, slots=True, kw_only=True)
class AmoClockAdvanced(AmoEvent):
    """amoCRM's clock is moved by hand; other clocks are not."""

    seconds: float = 0.0
    """By how much."""


@says("amo", "fake_failed")
@dataclass(frozen=True, slots=True, kw_only=True)
class FakeFailed(AmoEvent):
    """The fake itself failed."""

    text: str = ""


@says("amo", "unrouted")
@dataclass(frozen=True, slots=True, kw_only=True)
class NotModelled(AmoEvent):
    """A call that the fake does not model."""

    method: str = ""
    path: str = ""


FIELD_OF: Mapping[str, Mapping[str, str]] = {"fault_used": {"kind": "fault", "harmless": "is_harmless"}}
"""By kind: the fake's word for a fact, and the field that it becomes where that is called otherwise."""


def amo_event(kind: str, told: Mapping[str, Any]) -> AmoEvent:
    """Return the event for what the fake tells; facts without a field of their own become `details`.

    HarnessError for a kind that there is not, and where a fact is missing that the event must have.
    """
    event = EVENTS.get(("amo", kind))
    if event is None or not issubclass(event, AmoEvent):
        raise HarnessError(f"the timeline knows no event `amo.{kind}`: add it to {__name__}")
    names = FIELD_OF.get(kind, {})
    facts: dict[str, Any] = {names.get(name, name): value for name, value in told.items()}
    own = {each.name for each in fields(event)} - {each.name for each in fields(AmoEvent)}
    try:
        return event(
            **{name: value for name, value in facts.items() if name in own},
            details={name: value for name, value in facts.items() if name not in own},
        )
    except TypeError as error:
        raise HarnessError(f"`amo.{kind}` is told wrongly: {error}") from error
