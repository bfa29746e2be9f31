"""What amoCRM and the backend do next, and what a tester sees: buttons, and what each does to a journey.

Owns the menu. What each fault is, is fake amoCRM's (`fake_amo.site.faults`); nothing here serves or judges.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from fake_amo.site.problems import TOKEN_PROBLEMS
from harness.errors import UsageError
from harness.serve.hand.journey import Journey
from harness.timeline.amo_events import TokensIssued
from harness.timeline.events import StoryStep

SLOW_MS = 3000
MANY_LEADS = 10_000
MOVED = "moved"
"""The subdomain of an account that was renamed."""
Does = Callable[[Journey], None]


@dataclass(frozen=True, slots=True)
class Action:
    """One button."""

    id: str
    label: str
    does: Does
    needs_process: bool = False
    """Whether the backend must be a process of the harness's."""


@dataclass(frozen=True, slots=True)
class Group:
    """Buttons that belong together."""

    title: str
    actions: tuple[Action, ...]


def _goes_wrong(step: str, kind: str, parameters: Mapping[str, str], journey: Journey) -> None:
    journey.amo.goes_wrong(step, kind, **parameters)


def wrong(step: str, kind: str, **parameters: str) -> Does:
    """Return what lets amoCRM go wrong once at a step."""
    return partial(_goes_wrong, step, kind, MappingProxyType(parameters))


def _declines(journey: Journey) -> None:
    journey.tell(StoryStep(what="the next decision on the consent page counts as «decline»"))
    journey.servers.amo.faults.add("redirect", "declined")


def _brings_no_code(journey: Journey) -> None:
    journey.tell(StoryStep(what="the next redirect brings no code"))
    journey.servers.amo.faults.add("redirect", "missing_field", field="code")


def _answers_slowly(journey: Journey) -> None:
    journey.tell(StoryStep(what=f"the next token answer takes {SLOW_MS / 1000:g} s"))
    journey.gate.delay(SLOW_MS / 1000)


def _holds(journey: Journey) -> None:
    journey.tell(StoryStep(what="the next token answer is kept until it is let go"))
    journey.gate.keep()


def _lets_go(journey: Journey) -> None:
    if not journey.gate.keeps:
        raise UsageError("no token answer is kept: press “Hold” before the code is exchanged")
    journey.tell(StoryStep(what="the token answer is let go"))
    journey.gate.let_go()


def _expires(journey: Journey) -> None:
    if not journey.timeline().of(TokensIssued):
        raise UsageError("amoCRM has granted no tokens in this journey yet: connect first")
    journey.amo.access_token_expires()


def _renames(journey: Journey) -> None:
    journey.tell(StoryStep(what=f"the account moves to the subdomain {MOVED}"))
    journey.servers.amo.rename_account(MOVED)


def _refuses(name: str) -> Action:
    return Action(f"refuse-{name}", name.replace("_", " "), wrong("token", "problem", name=name))


MENU: tuple[Group, ...] = (
    Group(
        "On amoCRM's page",
        (
            Action("decline", "Decline", _declines),
            Action("no-code", "No code in the redirect", _brings_no_code),
        ),
    ),
    Group(
        "When the code is exchanged",
        (
            Action("slow", "Slow", _answers_slowly),
            Action("hold", "Hold", _holds),
            Action("release", "Release", _lets_go),
            Action("cut-before", "Cut before", wrong("token", "reset", when="before")),
            Action("cut-middle", "Cut in the middle", wrong("token", "reset", when="middle")),
            Action("cut-after", "Cut after", wrong("token", "reset", when="after")),
            Action("down", "500", wrong("token", "server_error")),
            Action("blocked", "nginx 403", wrong("token", "nginx_403")),
            Action("half", "Half a JSON", wrong("token", "truncated_json")),
            Action("no-token", "No access token", wrong("token", "missing_field", field="access_token")),
        ),
    ),
    Group("The code is refused", tuple(map(_refuses, (n for n in TOKEN_PROBLEMS if "refresh" not in n)))),
    Group(
        "Once connected",
        (
            Action("expire", "The access token expires", _expires),
            Action("lose-refresh", "…and its refresh is lost", lambda j: j.amo.refresh_answer_gets_lost()),
            Action("limit", "429", lambda journey: journey.amo.limits_requests()),
            Action("break", "500 for leads", lambda journey: journey.amo.breaks_down()),
            Action("revoke", "Switched off", lambda journey: journey.amo.switches_integration_off()),
            Action("rename", "Account renamed", _renames),
            Action("no-leads", "No leads", lambda journey: journey.amo.has_leads(0)),
            Action("many-leads", "10,000 leads", lambda journey: journey.amo.has_leads(MANY_LEADS)),
        ),
    ),
    Group(
        "You see in the real app",
        (
            Action("app-leads", "The leads", lambda journey: journey.real_app_shows("leads")),
            Action("app-prompt", "Підключіть АМО CRM", lambda journey: journey.real_app_shows("prompt")),
            Action("app-nothing", "Neither", lambda journey: journey.real_app_shows("nothing")),
        ),
    ),
    Group(
        "The backend",
        (
            Action("restart", "Restart", Journey.restart_backend, needs_process=True),
            Action("kill", "Kill at the first byte", Journey.kill_at_first_byte, needs_process=True),
        ),
    ),
)
ACTIONS: Mapping[str, Action] = MappingProxyType({each.id: each for group in MENU for each in group.actions})
"""Every button by its id."""
