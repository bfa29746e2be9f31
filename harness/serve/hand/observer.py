"""What the script in the backend's pages says, as events that clauses judge, where that is honest.

Owns reading its messages, which a hostile page may forge about itself, and which page was silent. What nobody
saw is not told: a tap that nothing followed has no end where the browser hides what `location` is set to.
"""

import itertools
import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

from harness.config.settings import DeepLink
from harness.contract.reading.markup import leaves_the_web, read_markup
from harness.timeline.events import Event
from harness.timeline.gateway_events import GatewayResponse, PageAltered
from harness.timeline.page_events import (
    Departure,
    LeftAlone,
    ObserverBegan,
    ObserverSilent,
    Tap,
    TapSettled,
    TouchedBeside,
    VisibilityChanged,
)

OBSERVER = "script in the page"
UNSEEN = "a further departure by `location`"
LONGEST_MESSAGE = 16_000
MOST_MESSAGES = 2000
"""In one journey; a page that says more is not heard any more."""
STATES = ("visible", "hidden", "pagehide", "pageshow")
AHEAD_MS = 86_400_000
Record = Callable[..., None]
Message = Mapping[str, Any]


class _Page:
    """One page that speaks: when its clock began on ours, its taps by the journey's numbers."""

    def __init__(self, exchange: int, origin_ns: int) -> None:
        self.exchange, self.origin_ns = exchange, origin_ns
        self.taps: dict[float, int] = {}
        """Those that have not settled yet, by the page's own number."""
        self.known_taps: dict[float, int] = {}
        self.framed: list[str] = []
        self.last_tap: int | None = None
        self.sees_navigations = False
        self.is_touched = False
        self.was_parsed = False
        """Whether it said so: then no policy in its markup silences the script."""
        self.has_left_since_tap = False


class PageObserver:
    """Hears the pages of one journey. Any thread may bring a message."""

    def __init__(self, app: DeepLink, record: Record) -> None:
        self._app, self._record = app, record
        self._lock = threading.Lock()
        self._pages: dict[str, _Page] = {}
        self._numbers = itertools.count(1)
        self._altered: dict[int, str] = {}
        self._markup = ""
        self._heard = 0

    def hear(self, event: Event) -> None:
        """Take note of what is recorded: of each page that has the script, and the policies in its markup."""
        if isinstance(event, GatewayResponse) and event.is_page:
            self._markup = event.body
        if isinstance(event, PageAltered) and not event.why_not:
            policies = (event.policy, *read_markup(self._markup).security_policies)
            self._altered[event.exchange] = ", ".join(filter(None, policies))

    @property
    def silent(self) -> dict[int, str]:
        """The pages whose script was not heard to the end of the markup: exchange's number and policy."""
        spoken = {page.exchange for page in list(self._pages.values()) if page.was_parsed}
        return {number: policy for number, policy in list(self._altered.items()) if number not in spoken}

    def tell_silent(self) -> None:
        """Record which pages stayed silent; asked for once, at the journey's end."""
        for number, policy in self.silent.items():
            self._record(ObserverSilent(exchange=number, policy=policy))

    def take(self, content: bytes) -> None:
        """Take a message; what is none, or comes from no page of this journey, is dropped."""
        message = _read(content)
        with self._lock:
            self._heard += 1
            if message is None or self._heard > MOST_MESSAGES or message["exchange"] not in self._altered:
                return
            page = self._page_of(message)
            self._tell(page, message, page.origin_ns + int(message["at_ms"] * 1e6))

    def _page_of(self, message: Message) -> _Page:
        """Return the page; the order on its own clock is kept, whatever the network does."""
        name = message["page"]
        if name not in self._pages:
            origin_ns = time.monotonic_ns() - int(message["at_ms"] * 1e6)
            self._pages[name] = _Page(message["exchange"], origin_ns)
        return self._pages[name]

    def _tell(self, page: _Page, message: Message, at_ns: int) -> None:
        match message["kind"]:
            case "began":
                self._began(page, message, at_ns)
            case "tap":
                self._tapped(page, message, at_ns)
            case "beside":
                self._touched(page, message, at_ns)
            case "framed":
                page.sees_navigations = False
                self._record(ObserverBegan(exchange=page.exchange), at_ns=at_ns)
            case "departure":
                self._departed(page, message, at_ns)
            case "settled":
                self._settled(page, message, at_ns)
            case "visibility":
                self._visible(page, message, at_ns)
            case _:
                page.was_parsed = page.was_parsed or message["kind"] == "parsed"

    def _began(self, page: _Page, message: Message, at_ns: int) -> None:
        page.sees_navigations = message.get("sees_navigations") is True
        began = ObserverBegan(exchange=page.exchange, sees_navigations=page.sees_navigations)
        self._record(began, at_ns=at_ns)

    def _tapped(self, page: _Page, message: Message, at_ns: int) -> None:
        """Record a tap, once: its own message and those of its departures overtake each other."""
        number = _number(message, "number")
        if number in page.known_taps:
            return
        self._left_alone(page, message, at_ns)
        page.last_tap = page.taps[number] = page.known_taps[number] = next(self._numbers)
        page.has_left_since_tap = False
        self._record(Tap(number=page.last_tap, target=_text(message, "target")), at_ns=at_ns)

    def _tap_of(self, page: _Page, message: Message) -> int | None:
        """Return the number of the tap before a departure, None where there was none."""
        told = message.get("tap")
        if not isinstance(told, dict):
            return None
        tap = cast("dict[str, Any]", told)
        self._tapped(page, tap, page.origin_ns + int(_number(tap, "at_ms") * 1e6))
        return page.known_taps[_number(tap, "number")]

    def _touched(self, page: _Page, message: Message, at_ns: int) -> None:
        self._left_alone(page, message, at_ns)
        x, y = _number(message, "x"), _number(message, "y")
        self._record(TouchedBeside(how="touch", x=x, y=y), at_ns=at_ns)

    def _left_alone(self, page: _Page, message: Message, at_ns: int) -> None:
        """Record, once a page, for how long nobody had touched it."""
        if not page.is_touched:
            page.is_touched = True
            seconds = max(0, _number(message, "at_ms")) / 1e3
            self._record(LeftAlone(page_time_s=round(seconds, 1), real_time_s=round(seconds, 1)), at_ns=at_ns)

    def _departed(self, page: _Page, message: Message, at_ns: int) -> None:
        url = _text(message, "url")
        if not leaves_the_web(url, self._app):
            return
        tap = self._tap_of(page, message)
        page.has_left_since_tap = True
        if message.get("how") == "iframe":
            page.framed.append(url)
        active, same_tab = message.get("active"), message.get("same_tab")
        departure = Departure(
            url=url,
            mechanism=_text(message, "how") or None,
            user_gesture=active if isinstance(active, bool) else None,
            same_tab=same_tab if isinstance(same_tab, bool) else None,
            observer=OBSERVER,
            tap=tap,
        )
        self._record(departure, at_ns=at_ns)

    def _settled(self, page: _Page, message: Message, at_ns: int) -> None:
        number = page.taps.pop(_number(message, "number"), None)
        if number is not None and (page.sees_navigations or page.has_left_since_tap):
            unseen = () if page.sees_navigations else (UNSEEN,)
            self._record(TapSettled(number=number, unseen=unseen, framed=tuple(page.framed)), at_ns=at_ns)

    def _visible(self, page: _Page, message: Message, at_ns: int) -> None:
        state = message.get("state")
        if state in STATES:
            self._record(VisibilityChanged(state=state), at_ns=at_ns)
        if state in ("hidden", "pagehide") and page.has_left_since_tap:
            for each in list(page.taps):  # the app stands before the page: its timers are stopped
                self._settled(page, {**message, "number": each}, at_ns)


def _read(content: bytes) -> Message | None:
    """Return a message whose kind, page, exchange and moment are what they should be."""
    try:
        read = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict):
        return None
    message = cast("dict[str, Any]", read)
    at_ms, exchange = message.get("at_ms"), message.get("exchange")
    named = isinstance(message.get("kind"), str) and isinstance(message.get("page"), str)
    if not named or type(exchange) is not int or not isinstance(at_ms, int | float):
        return None
    return message if 0 <= at_ms < AHEAD_MS else None


def _text(message: Message, name: str) -> str:
    value = message.get(name)
    return value if isinstance(value, str) else ""


def _number(message: Message, name: str) -> float:
    value = message.get(name)
    return value if isinstance(value, int | float) and abs(value) < AHEAD_MS else 0
