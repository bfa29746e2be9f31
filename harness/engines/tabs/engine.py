"""What every engine and every tab can do, whichever browser is behind.

Owns the vocabulary that the rest of the harness speaks with engines. Must not know any particular engine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from harness.config.settings import STORES, link_of
from harness.errors import HarnessError, NotSimulated

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from harness.config.engine_names import EngineName

PHONE_WIDTH = 390  # CSS px of an iPhone 13 to 16
PHONE_HEIGHT = 844
PHONE_USER_AGENT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.6 Mobile/15E148 Safari/604.1"
)
ANDROID_USER_AGENT = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 "
    "Mobile Safari/537.36"
)
"""Chrome's, which has told no device and no release of Android since its version 110."""


class EngineUnavailable(HarnessError):  # noqa: N818 - a state of this machine, not a fault
    """An engine cannot be started here; the message says what is missing and the command that installs it."""


class EngineDied(HarnessError):  # noqa: N818 - says what happened
    """The engine ended, crashed or stopped answering; the message has its last words."""


class BrowserCrashed(NotSimulated):
    """The browser itself crashed over a page: nothing follows of a phone's. The next tab has another one."""


class PageLost(HarnessError):  # noqa: N818 - says what happened
    """The page or its process ended or stopped answering, while the engine lives: others can be opened."""


class PageTooSlow(PageLost):
    """The page did not answer in time, and a busy machine may be why."""


class PageStarved(PageTooSlow):
    """Its process wanted the processor and did not get it: others of this machine had it."""


class CannotTap(HarnessError):  # noqa: N818 - says what is the case
    """What is to be tapped did not become visible in time."""


class NothingToTap(CannotTap):
    """What is to be tapped is not in the page, and is not waited for."""


class NavigationFailed(HarnessError):  # noqa: N818 - says what happened
    """A page could not be opened: refused, reset, no answer in time, or one page after another."""


class NotShown(NavigationFailed):
    """The browser got an answer that it shows no page of, a file to keep: none will come in its place."""


class NavigationTooSlow(NavigationFailed):
    """A page did not come in time, and a busy machine may be why."""


@dataclass(frozen=True, slots=True)
class Trusted:
    """A server's certificate that a browser takes for one host, though no authority of its own issued it.

    Every other host's is verified as ever.
    """

    host: str
    certificate: str
    """PEM."""
    origin: str
    """Where that server is: a browser may connect there before it is told to."""


@dataclass(frozen=True, slots=True)
class Dialog:
    """A window of the page's own that a phone's user would have to close: yes after a tap, else no."""

    kind: str
    """`alert`, `confirm`, `prompt` or `print`."""
    text: str
    at_ns: int  # CLOCK_MONOTONIC


@dataclass(frozen=True, slots=True)
class Departure:
    """One attempt of the page to leave for an app. The page itself stays.

    An app is behind a scheme that is not the web's, and behind a universal link or a store's address.

    `mechanism` is `redirect` (3xx), `link`, `form`, `iframe`, `refresh` (meta or header), `new_window`,
    `reload`, `history`, or else `navigation` (in WebKitGTK refreshes and iframes too); None where
    the engine does not tell. So is `user_gesture`.
    """

    url: str
    mechanism: str | None
    user_gesture: bool | None
    same_tab: bool | None
    at_ns: int  # CLOCK_MONOTONIC
    observer: str


WEB_SCHEMES = frozenset({"http", "https", "about", "data", "blob", "file", "javascript"})


def is_departure(url: str, app_links: tuple[str, ...] = STORES) -> bool:
    """Whether a navigation to `url` leaves the browser; one without a scheme does not.

    `app_links` are beginnings of addresses of the web that open an app.
    """
    scheme, colon, _ = url.partition(":")
    if scheme.lower() in ("http", "https"):
        return link_of(url, app_links) is not None
    return bool(colon) and scheme.lower() not in WEB_SCHEMES


@dataclass(frozen=True, slots=True)
class Aim:
    """What to tap, as a function of the page's language: `find` is `(argument) => Element or null`.

    A `Locator` does as well, but makes Playwright bring its selector engine into each new document, which
    costs WebKitGTK about 40 ms. Where `find` finds nothing it is asked again until the time is over, or, if
    the element `must_be_there`, `NothingToTap` is raised at once.
    """

    find: str
    argument: str = ""
    must_be_there: bool = False


def never() -> bool:
    """Do not give up before the time is over."""
    return False


class Tab(Protocol):
    """A fresh, isolated browser tab (cookies, storage) of a phone's size.

    Each of its methods raises PageLost when there is no page any more that could answer, EngineDied when the
    browser is gone. What a page does never raises an error of Playwright's here.
    """

    @property
    def page(self) -> Page:
        """Playwright's page of this tab."""
        ...

    @property
    def commits(self) -> int:
        """How many pages have been shown so far."""
        ...

    @property
    def dialogs(self) -> Sequence[Dialog]:
        """The dialogs that its pages opened so far, a hundred at most."""
        ...

    @property
    def own_loads(self) -> Sequence[str]:
        """Addresses of pages that a page of this tab, not the harness, began to load."""
        ...

    @property
    def framed(self) -> Sequence[str]:
        """Addresses for other apps that frames of its pages were given, where a departure does not tell."""
        ...

    @property
    def stalled_s(self) -> float:
        """How long its page was kept from the processor since the last tap began, where the engine tells."""
        ...

    @property
    def sendings(self) -> Sequence[str]:
        """Addresses at other origins than its page's that a page of this tab asked for, 200 at most."""
        ...

    def evaluate(self, script: str, argument: object = None) -> Any:
        """Run a function of the page's language in the page, and return what it returns.

        If the page is replaced meanwhile, the next one is asked; NavigationFailed, if one after another is.
        """
        ...

    def look(self, script: str, argument: object = None) -> Any:
        """Run a function that only reads the page, where the engine can out of reach of its own scripts.

        Such a function sees the document and nothing that the page has put on `window`. Else as `evaluate`.
        """
        ...

    def examine(self, script: str, argument: object = None) -> Any:
        """Run a function that only reads and takes its time: its timers run though the page's clock stands.

        Else as `look`; where the engine has no world of ours, page time passes meanwhile.
        """
        ...

    def departures(self) -> list[Departure]:
        """Return all so far: one for each attempt, however many observers saw it."""
        ...

    def wait_for_departure(self, *, after: int = 0, timeout_s: float) -> Departure | None:
        """Return departure number `after` (from 0) once there is one, None when the time is over.

        What a slower observer adds to it (the gesture in Chromium) is in `departures` after `settle`.
        """
        ...

    def wait_for_commit(self, *, after: int, timeout_s: float) -> str:
        """Wait until more than `after` pages have been shown; return the address of the page."""
        ...

    def settle(self, *, frame: bool = True) -> None:
        """Return when all that the page has asked for so far has been reported, by default after a frame."""
        ...

    def tap(self, target: Locator | Aim, *, timeout_s: float = 5.0) -> None:
        """Tap the middle of an element, scrolled into view; as with a finger, what is there gets it.

        CannotTap, if it does not become visible in time.
        """
        ...

    def touch(self, x: float, y: float, *, up_px: float = 0, held_s: float = 0) -> None:
        """Put a finger on a point of the viewport (CSS px), draw it up by `up_px`, and lift it.

        It stays for `held_s` of page time.
        """
        ...

    def stop_clock(self) -> None:
        """Have the clock of every page from the next one on stand still, at the time of the day.

        It stands until `let_pass`; to stop it twice changes nothing.
        """
        ...

    def let_pass(self, seconds: float) -> None:
        """Let page time pass on a clock that stands still; what it sets off has no user gesture."""
        ...

    def end_animations(self) -> int:
        """Bring what runs by another clock than the page's timers to its end; return how much there was.

        Animations, transitions, SVG's own, sounds and videos; an endless one is taken a round on.
        """
        ...

    def still_open(self) -> Sequence[str]:
        """Name what can call the page at any moment, and where: `EventSource /events`, `load /later`."""
        ...

    def load_up(self) -> None:
        """Give the page what it needs until a person taps: its loads, and a second of page time."""
        ...

    def come_to_rest(self, *, page_time_s: float = 2.0) -> None:
        """Let what a tap began end as on a phone, then let page time pass.

        Real time for the second in which WebKit hands the tap's gesture on, and for what the tap loads.
        """
        ...

    def goto(self, url: str, *, timeout_s: float = 15.0, give_up: Callable[[], bool] = never) -> None:
        """Open `url` as an app does; return at its commit, or when it has departed instead of being shown.

        NavigationFailed where neither comes in time, or before `give_up`, asked again and again, says so.
        """
        ...

    def wait_for_first_paint(self, *, timeout_s: float = 10.0) -> float | None:
        """Return first contentful paint in ms since the navigation began, None when the time is over."""
        ...

    def switch_away(self) -> None:
        """Let the user leave the browser: the page is hidden."""
        ...

    def switch_back(self) -> None:
        """Let the user return to it, if they have left: the page is visible again."""
        ...

    def surround(self, *, otherwise: bool) -> Sequence[str]:
        """Turn the phone, darken its colours and still its animations, or back; return which of them it did.

        `rotation`, `dark`, `still`: what the page's media queries and its viewport say.
        """
        ...

    def screenshot(self, path: Path) -> None:
        """Write the viewport as PNG."""
        ...

    def close(self) -> None:
        """Close the tab and free what it holds; closing twice is no error."""
        ...


class Engine(Protocol):
    """One running browser."""

    @property
    def name(self) -> str:
        """The name it is chosen by."""
        ...

    @property
    def version(self) -> str:
        """The browser's version, empty when it does not tell."""
        ...

    @property
    def tap_is_trusted(self) -> bool:
        """Whether taps arrive as real input (`isTrusted`)."""
        ...

    @property
    def has_one_tab(self) -> bool:
        """Whether there is never more than one tab, so that no two phones can be had at once."""
        ...

    @property
    def tells_gesture(self) -> bool:
        """Whether each of its departures has WebKit's own flag of a user gesture, on which phones act."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What a reader of a report has to know about this engine."""
        ...

    choice_log: Sequence[str]

    def open_tab(self, on_departure: Callable[[Departure], None] | None = None) -> Tab:
        """Open a tab; the next is warmed after its first page. `on_departure` may run in another thread."""
        ...

    def check(self) -> None:
        """Raise EngineDied if the browser is gone; may take a second when it is not. To explain an error."""
        ...

    def warm(self) -> None:
        """Make the next `open_tab` fast."""
        ...

    def close(self) -> None:
        """End the browser and all that belongs to it."""
        ...


@dataclass(frozen=True, slots=True)
class EngineReport:
    """One line of `amo-harness engines`."""

    name: EngineName
    available: bool
    version: str
    why_not: str
    install: str
