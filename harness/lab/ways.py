"""The ways in which a page can leave for the app, each as a page of its own that does just that.

Owns the list, what each measures in the host tables, and its markup. Must not serve or ask anything.
"""

import html
import json
from dataclasses import dataclass

from harness.phone.hosts.host import Row

WAITS_MS = 2500
"""A tap's gesture ends one second after the finger (WebKit); what is to have none waits longer."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to leave."""

    id: str
    title: str
    does: str
    """What the person is told of it."""
    mechanism: Row
    gesture: bool
    markup: str = ""
    """What its page contains for it; `{link}` stands for the link, `{go}` for the redirect's address."""
    script: str = ""
    """What its page runs; `link` and `go` are there as strings."""
    refresh_header: bool = False


_BY_ITSELF = "You do nothing: the page leaves by itself."
_WAITS = f"You do nothing: the page leaves by itself after {WAITS_MS / 1000:g} seconds."
_TAP = "Tap the button."
_ELEMENT = "document.getElementById('leave')"
_BUTTON = '<button id="leave" class="do">Tap here</button>'


def _late(script: str) -> str:
    return f"setTimeout(() => {{ {script} }}, {WAITS_MS});"


def _at(event: str) -> str:
    return f"{_ELEMENT}.addEventListener('{event}', () => {{ location.href = link; }}, {{once: true}});"


WAYS: tuple[Way, ...] = (
    Way(
        "script",
        "A script, as the page loads",
        _BY_ITSELF,
        "navigation",
        gesture=False,
        script="location.href = link;",
    ),
    Way("timer", "A timer", _WAITS, "navigation", gesture=False, script=_late("location.href = link;")),
    Way(
        "meta-refresh",
        "A meta refresh",
        _BY_ITSELF,
        "refresh",
        gesture=False,
        markup='<meta http-equiv="refresh" content="0; url={link}">',
    ),
    Way("refresh-header", "A Refresh header", _BY_ITSELF, "refresh", gesture=False, refresh_header=True),
    Way(
        "redirect-after-tap",
        "A redirect (302) after a tap",
        _TAP,
        "redirect",
        gesture=True,
        markup='<a id="leave" class="do" href="{go}">Tap here</a>',
    ),
    Way(
        "redirect",
        "A redirect (302) that nobody tapped for",
        _WAITS,
        "redirect",
        gesture=False,
        script=_late("location.href = go;"),
    ),
    Way(
        "iframe",
        "A frame in the page",
        _BY_ITSELF,
        "iframe",
        gesture=False,
        markup='<iframe title="leaves" src="{link}"></iframe>',
    ),
    Way(
        "form",
        "A form that a script sends",
        _BY_ITSELF,
        "navigation",
        gesture=False,
        markup='<form id="leave" action="{link}" method="post"></form>',
        script=f"{_ELEMENT}.submit();",
    ),
    Way(
        "window-open",
        "A new window",
        _BY_ITSELF,
        "new_window",
        gesture=False,
        script="window.open(link, '_blank');",
    ),
    Way(
        "button",
        "A button",
        _TAP,
        "navigation",
        gesture=True,
        markup=_BUTTON,
        script=f"{_ELEMENT}.onclick = () => {{ window.open(link, '_self'); }};",
    ),
    Way(
        "touchstart",
        "A finger that touches",
        "Lay a finger on the button, and keep it there for two seconds.",
        "navigation",
        gesture=False,
        markup=_BUTTON.replace("Tap", "Touch"),
        script=_at("touchstart"),
    ),
    Way(
        "touchend",
        "A finger that is lifted",
        _TAP,
        "navigation",
        gesture=True,
        markup=_BUTTON,
        script=_at("touchend"),
    ),
)
BY_ID = {each.id: each for each in WAYS}


def markup_of(way: Way, link: str, go: str) -> str:
    """Return what the page of a way contains, for this link and this address of the redirect."""
    filled = way.markup
    for name, value in (("link", link), ("go", go)):
        filled = filled.replace(f"{{{name}}}", html.escape(value, quote=True))
    if not way.script:
        return filled
    # In a script element only its own end tag has to be kept out.
    known = "".join(f"const {name} = {json.dumps(value)};" for name, value in (("link", link), ("go", go)))
    return f"{filled}<script>{known.replace('<', chr(92) + 'u003c')}{way.script}</script>"
