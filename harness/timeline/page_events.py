"""Events of the phone's browser.

Owns their part of the vocabulary; `harness.timeline.events` owns the type and the list.
"""

from dataclasses import dataclass
from typing import Literal

from harness.timeline.events import Event, says


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """The page's button as the browser tells of it; sizes in CSS px."""

    text: str = ""
    name: str = ""
    """Its accessible name."""
    tag: str = ""
    visible: bool = True
    enabled: bool = True
    in_viewport: bool = True
    covered: bool | None = False
    """Whether something else gets a tap on its middle; None: it is outside the viewport."""
    width: float = 0.0
    height: float = 0.0
    href: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """What axe objects to in one element of a page."""

    rule: str
    """axe's name of the rule, such as `color-contrast`."""
    element: str
    """A selector of the element."""
    says: str = ""
    """axe's sentence."""


@says("webview", "opened")
@dataclass(frozen=True, slots=True, kw_only=True)
class PageOpened(Event):
    """The phone's browser begins to load an address."""

    url: str


@says("webview", "consent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentTap(Event):
    """What the user does on amoCRM's page."""

    did: Literal["allow", "decline"]
    url: str = ""


@says("webview", "page")
@dataclass(frozen=True, slots=True, kw_only=True)
class PageShown(Event):
    """The callback's page as it stands at first paint."""

    exchange: int
    """The gateway's number of the answer that is shown."""
    url: str = ""
    http_status: int = 0
    """Of the answer that is shown."""
    content_type: str = ""
    charset: str = ""
    """As the browser reads the page."""
    title: str = ""
    text: str = ""
    """What is visible."""
    html: str = ""
    """As it stands in the browser."""
    lang: str = ""
    """The document's language."""
    referrer_policy: str = ""
    refreshes: tuple[str, ...] = ()
    """The `content` of each meta refresh in the document and its frames, as the browser has parsed them."""
    first_paint_ms: float | None = None
    """First contentful paint since the navigation began."""
    timers_run: bool = False
    """Whether a timer of the page may have run before."""
    button: Button | None = None
    """None: there is no such button."""


@says("webview", "examined")
@dataclass(frozen=True, slots=True, kw_only=True)
class PageExamined(Event):
    """The callback's page as axe sees it, once all else about the page is over.

    Of pages that differ in nothing that axe looks at, one is examined, and what it found stands for all.
    """

    exchange: int
    """The gateway's number of the answer that is shown."""
    axe: str = ""
    """axe's version."""
    violations: tuple[Violation, ...] = ()
    """Of the rules of WCAG 2.2 A and AA, fifty at most."""
    why_not: str = ""
    """Why the page could not be examined."""


@says("webview", "load_failed")
@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFailed(Event):
    """The browser can not show an address."""

    url: str
    reason: str = ""
    is_slow: bool = False
    """Whether it only did not come in time, for which a busy machine may be the reason."""


@says("webview", "lost")
@dataclass(frozen=True, slots=True, kw_only=True)
class PageGone(Event):
    """A page that stood there stops answering, crashes or takes too much memory: nobody can tap it."""

    url: str
    reason: str = ""
    is_slow: bool = False
    """Whether it only did not answer in time, for which a busy machine may be the reason."""


@says("webview", "too_slow")
@dataclass(frozen=True, slots=True, kw_only=True)
class TooSlow(Event):
    """The browser got too little of this machine to show a page: what follows may lack it."""

    reason: str = ""


@says("webview", "dialog")
@dataclass(frozen=True, slots=True, kw_only=True)
class DialogOpened(Event):
    """The page opens a dialog, which on a phone stands before everything until somebody answers it."""

    dialog: str
    """`alert`, `confirm` or `prompt`."""
    text: str = ""
    at_once: bool = False
    """Whether nobody can have tapped by then: as the page loads, or in its first second before a tap."""


@says("webview", "left_alone")
@dataclass(frozen=True, slots=True, kw_only=True)
class LeftAlone(Event):
    """Nobody touches the page for a while."""

    page_time_s: float
    """On the page's own clock."""
    moments: tuple[str, ...] = ()
    """Moments of a page's life that it goes through meanwhile."""
    real_time_s: float = 0
    """Waited for what the page kept open, which runs by no clock of the page's."""
    still_open: tuple[str, ...] = ()
    """What it kept open to the end, with where it is: `EventSource /events`, `Worker`, `load /later`."""
    refreshes: tuple[str, ...] = ()
    """The `content` of each meta refresh in the document and its frames, and of the headers of these."""


@says("webview", "touched_beside")
@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedBeside(Event):
    """A finger touches the page where nothing is to be tapped; what leaves next follows from that."""

    how: str
    """`touch`, `double_touch`: two at once, `swipe`: drawn up the page, `long_touch`: for a second."""
    x: float
    """CSS px of the viewport, as `y`."""
    y: float


@says("webview", "went_elsewhere")
@dataclass(frozen=True, slots=True, kw_only=True)
class WentElsewhere(Event):
    """The page takes itself away to another page of the web."""

    url: str
    has_button: bool
    """Whether it is at the same origin and the button stands there."""
    at_home: bool = False
    """Whether it is at the same origin."""


@says("webview", "departure")
@dataclass(frozen=True, slots=True, kw_only=True)
class Departure(Event):
    """The page tries to open the app.

    One that comes after `TapSettled` of its tap departs by itself.
    """

    url: str
    mechanism: str | None = None
    """How the page leaves, such as `navigation`, `redirect` or `iframe`; None: the engine does not tell."""
    user_gesture: bool | None = None
    """WebKit's own flag; None: the engine does not tell."""
    same_tab: bool | None = None
    """Whether the page itself leaves, and no window or frame of it; None: the engine does not tell."""
    observer: str = ""
    """Which of the engine's observers reported it."""
    tap: int | None = None
    """Number of the last tap before it; None: no tap before it."""


@says("webview", "tap")
@dataclass(frozen=True, slots=True, kw_only=True)
class Tap(Event):
    """The user taps the page's button. Taps count from 1."""

    number: int
    target: str
    """The button's wording."""
    trusted: bool = True
    """Whether the page sees it as a person's (`isTrusted`)."""


@says("webview", "tap_failed")
@dataclass(frozen=True, slots=True, kw_only=True)
class TapFailed(Event):
    """A tap does not reach the button."""

    number: int
    target: str
    reason: str = ""
    absent: bool = False
    """Whether there is no such button at all."""


@says("webview", "tap_settled")
@dataclass(frozen=True, slots=True, kw_only=True)
class TapSettled(Event):
    """Everything that a tap set off is reported."""

    number: int
    went_to: str = ""
    """The page of the web that came, or would have come, in the place of this one."""
    framed: tuple[str, ...] = ()
    """Addresses for other apps that were given to frames of the page."""
    unseen: tuple[str, ...] = ()
    """Ways to leave that nobody could see meanwhile."""
    stalled_s: float = 0
    """How long others kept the page from the processor meanwhile, in real time, by which gestures end."""


@says("webview", "script_ran")
@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptRan(Event):
    """Text that came from outside is executed."""

    marker: str = ""
    """Which of the texts it was."""


@says("webview", "complained")
@dataclass(frozen=True, slots=True, kw_only=True)
class PageComplained(Event):
    """A script of the page fails, or writes to the console; no clause asks for it, a reader does."""

    level: str
    """`uncaught` for an error that nothing catches and a promise that is refused, else the console's own."""
    text: str
    where: str = ""
    """Address and line, where the engine tells."""


@says("webview", "observer_began")
@dataclass(frozen=True, slots=True, kw_only=True)
class ObserverBegan(Event):
    """The harness's script runs in a page that a person's browser shows; told again of one with a frame."""

    exchange: int
    """The gateway's number of the answer that is shown."""
    sees_navigations: bool = False
    """Whether it sees every way to an app; else nobody sees what `location` is set to, or a frame does."""


@says("webview", "observer_silent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ObserverSilent(Event):
    """A page had the harness's script, which was not heard to the end of the markup: a policy stopped it."""

    exchange: int
    policy: str = ""
    """The page's Content-Security-Policy, of its headers and its markup."""


@says("webview", "visibility")
@dataclass(frozen=True, slots=True, kw_only=True)
class VisibilityChanged(Event):
    """A page comes to the front, goes behind something, or is left."""

    state: Literal["visible", "hidden", "pagehide", "pageshow"]


@says("webview", "reloaded")
@dataclass(frozen=True, slots=True, kw_only=True)
class Reloaded(Event):
    """The browser loads the callback's address again."""

    url: str = ""


@says("webview", "closed")
@dataclass(frozen=True, slots=True, kw_only=True)
class TabClosed(Event):
    """The tab is closed."""
