"""Journeys that are set up beforehand, named after the scenarios of which they are a person's part.

Owns what a person is asked to do in each, in sentences, and which buttons are pressed beforehand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from harness.serve.faults.menu import ACTIONS
from harness.serve.hand.journey import Plan

CONNECT = "On the phone open the CRM tab, and tap “Підключити”."
ALLOW = "On amoCRM's page tap “Разрешить” (“Allow”)."
RETURN = "On the backend's page tap “Return to App”; without the app, then say so on the start page."
LOOK = "Look at what the page says."
LEADS = "Look whether the leads are there."
AGAIN = "Then close the app and open it again, twice, and look whether the leads are there."


@dataclass(frozen=True, slots=True)
class Preset:
    """A plan for a person, and the buttons that are pressed as the journey begins."""

    plan: Plan
    pressed: tuple[str, ...] = ()

    @property
    def needs_process(self) -> bool:
        """Whether the backend must be a process of the harness's."""
        return any(ACTIONS[each].needs_process for each in self.pressed)


def _preset(scenario: str, title: str, *said: str, pressed: tuple[str, ...] = ()) -> Preset:
    return Preset(Plan(scenario, title, said), pressed)


_ALL = (
    _preset("connect_happy_path", "Connect, and see the leads", CONNECT, ALLOW, RETURN, LEADS),
    _preset(
        "left_alone",
        "Leave the page alone",
        CONNECT,
        ALLOW,
        "Touch nothing on the page for ten minutes.",
        "Meanwhile lock the phone and unlock it, switch to another app and back.",
        "Nothing may have left the page by itself.",
        RETURN,
    ),
    _preset(
        "user_declines",
        "Decline access",
        CONNECT,
        "On amoCRM's page tap “Отказаться” (“Decline”).",
        LOOK,
        RETURN,
    ),
    _preset(
        "code_missing", "The redirect brings no code", CONNECT, ALLOW, LOOK, RETURN, pressed=("no-code",)
    ),
    _preset(
        "exchange_refused",
        "amoCRM refuses the code",
        CONNECT,
        ALLOW,
        LOOK,
        RETURN,
        pressed=("refuse-code_revoked",),
    ),
    _preset(
        "exchange_is_slow",
        "The token answer takes three seconds",
        CONNECT,
        ALLOW,
        "Wait: the page may come only after three seconds; sooner, it may say that the backend gave up.",
        RETURN,
        pressed=("slow",),
    ),
    _preset(
        "amo_does_not_answer",
        "amoCRM does not answer",
        CONNECT,
        ALLOW,
        "Wait until the backend gives up, and look at what the page says.",
        "On the dashboard press “Release”.",
        RETURN,
        pressed=("hold",),
    ),
    _preset(
        "amo_unreachable", "The connection is cut", CONNECT, ALLOW, LOOK, RETURN, pressed=("cut-before",)
    ),
    _preset(
        "callback_reloaded",
        "Reload the callback",
        CONNECT,
        ALLOW,
        "Reload the page, as by pulling it down: it may show no failure.",
        RETURN,
        LEADS,
    ),
    _preset(
        "tap_twice",
        "Tap twice",
        CONNECT,
        ALLOW,
        RETURN,
        "Go back to the browser and tap the button once more.",
    ),
    _preset(
        "user_comes_back_by_hand",
        "Come back without the button",
        CONNECT,
        ALLOW,
        "Do not tap the button: go back to the app by hand (without the app, “I came back by myself”).",
        "Close the app and open it again.",
        LEADS,
    ),
    _preset(
        "backend_dies_at_first_byte",
        "The backend dies at the page's first byte",
        CONNECT,
        ALLOW,
        "The page may stay away: go back to the app by hand.",
        "Close the app and open it again: it must say connected.",
        pressed=("kill",),
    ),
    _preset(
        "leads_empty",
        "An account without leads",
        CONNECT,
        ALLOW,
        RETURN,
        "The app must be connected, with no leads.",
        pressed=("no-leads",),
    ),
    _preset("leads_many", "10,000 leads", CONNECT, ALLOW, RETURN, LEADS, pressed=("many-leads",)),
    _preset(
        "token_expires",
        "The access token expires",
        CONNECT,
        ALLOW,
        RETURN,
        "On the dashboard press “The access token expires”.",
        AGAIN,
    ),
    _preset(
        "integration_revoked",
        "The integration is switched off",
        CONNECT,
        ALLOW,
        RETURN,
        "On the dashboard press “Switched off”.",
        "Close the app and open it again, twice: then it must not go on as if it were connected.",
    ),
    _preset(
        "rate_limited",
        "Too many requests",
        CONNECT,
        ALLOW,
        RETURN,
        "On the dashboard press “429”.",
        AGAIN,
    ),
)
PRESETS: Mapping[str, Preset] = MappingProxyType({each.plan.id: each for each in _ALL})
"""By the scenario's name."""
