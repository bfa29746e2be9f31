"""What the harness asks a page itself, the same way in every engine.

Owns asking by the scripts in `scripts/` that run in the page's own world, robust against Playwright's fake
clock there. Must not know how taps are delivered or departures observed.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from harness.engines.tabs.engine import Aim, CannotTap, NavigationFailed, NothingToTap
from harness.errors import HarnessError

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

_POLL_MS = 4
_ARRIVES_S = 2.0
"""How long an element that moves to its place within a second is waited for."""
MOST_NAMED, LONGEST_NAME = 20, 100
"""Of what a page keeps open: how many, and characters of each."""
WORKERS = f"x{secrets.token_hex(8)}"
"""What pages and workers know each other by: nobody can guess it."""


@cache
def script(name: str) -> str:
    """Return one of the scripts in `scripts/`: each is one expression, and its first lines say what it is."""
    return files("harness.engines.tabs").joinpath("scripts", f"{name}.js").read_text(encoding="utf-8")


def worker_clock() -> bytes:
    """Return what a worker's file begins with, so that its time passes with the page's."""
    return f";({script('workers/worker_time')})({json.dumps(WORKERS)}, true);".encode()


@cache
def page_time() -> str:
    """Return `page_time.js` with what it needs, and `closed_roots.js`, as `(NAME, PASSED_MS) => …`."""
    given = f"{json.dumps(WORKERS)}, {json.dumps(script('workers/worker_time'))}, builtins"
    workers = f"(builtins) => ({script('workers/page_workers')})({given})"
    time = f"({script('page_time')})(name, passed_ms, {workers})"
    return f"(name, passed_ms) => {{ ({script('closed_roots')})(); {time}; }}"


def named(opened: Sequence[str], loading: Sequence[str], page_url: str) -> tuple[str, ...]:
    """Name what a page keeps open; `opened` is as `page_workers.js` tells it, `loading` are addresses.

    What is at the page's own origin is told by its path, a script that the page holds by its kind alone.
    """
    parts = urlsplit(page_url)
    origin = f"{parts.scheme}://{parts.netloc}/"
    told = [*opened, *(f"load {url}" for url in loading)]
    return tuple(each.replace(f" {origin}", " /")[:LONGEST_NAME] for each in told[:MOST_NAMED])


def evaluate(page: Page, script: str, argument: object, *, timeout_s: float = 5.0) -> Any:
    """Run a function of the page's language in the page; in the next one, if that takes its place meanwhile.

    NavigationFailed, if pages replace each other for as long as the time allows.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            return page.evaluate(script, argument)
        except PlaywrightError as error:
            if not was_replaced(error):
                raise
            if time.monotonic() > deadline:
                raise NavigationFailed(f"one page after another came in place of {page.url}") from error


def change_media(page: Page, *, otherwise: bool) -> None:
    """Have the page's media queries hear of dark colours and of no animations, or of neither."""
    colours, motion = ("dark", "reduce") if otherwise else ("light", "no-preference")
    page.emulate_media(color_scheme=colours, reduced_motion=motion)


def tap_point(
    page: Page, target: Locator | Aim, look: Callable[[str, object], Any], *, timeout_s: float
) -> tuple[float, float]:
    """Return the middle of the element, scrolled into view, once it is visible.

    CannotTap if it is not in time; NothingToTap for an aim at what must be there and is not.
    """
    try:
        if isinstance(target, Aim):
            return _aimed_point(page, target, look, timeout_s=timeout_s)
        return _located_point(target, timeout_s=timeout_s)
    except PlaywrightTimeout as error:
        raise CannotTap(error.message) from error


def _aimed_point(
    page: Page, aim: Aim, ask: Callable[[str, object], Any], *, timeout_s: float
) -> tuple[float, float]:
    middle = script("middle_of_element")
    look = f"""argument => {{
      const found = ({aim.find})(argument);
      return found ? ({middle})(found) : 'absent';
    }}"""
    began = time.monotonic()
    while True:
        answer = ask(look, aim.argument)
        passed_s = time.monotonic() - began
        if isinstance(answer, list):
            x, y, moves = cast("list[float]", answer)
            if not moves or passed_s >= _ARRIVES_S:
                return x, y
        elif answer == "absent" and aim.must_be_there:
            raise NothingToTap("what is to be tapped is not in the page")
        elif passed_s >= timeout_s:
            raise CannotTap(f"what is to be tapped did not become visible within {timeout_s:g} s")
        page.wait_for_timeout(_POLL_MS)


def _located_point(locator: Locator, *, timeout_s: float) -> tuple[float, float]:
    answer: object = locator.evaluate(script("middle_of_element"), timeout=timeout_s * 1000)
    if answer is None:
        locator.wait_for(state="visible", timeout=timeout_s * 1000)
        answer = locator.evaluate(script("middle_of_element"), timeout=timeout_s * 1000)
    if isinstance(answer, list):
        x, y, _ = cast("list[float]", answer)
        return x, y
    box = locator.bounding_box(timeout=timeout_s * 1000)
    if box is None:
        raise HarnessError(f"{locator} vanished before it could be tapped")
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


TOLD = "(key) => window[key]?.told ?? null"
"""Returns what a function that was begun has come to: `answer`, or `failed` and why."""


def begin(script: str, key: str) -> str:
    """Return a function that begins another one, and leaves what that comes to on `window`, for `TOLD`."""
    return f"""argument => {{
      const kept = {{}};
      Object.defineProperty(window, {key!r}, {{ value: kept, configurable: true }});
      Promise.resolve(({script})(argument)).then(
        (answer) => {{ kept.told = {{ answer: answer ?? null }} }},
        (error) => {{ kept.told = {{ failed: String(error) }} }});
    }}"""


def was_replaced(error: PlaywrightError) -> bool:
    """Whether a call failed because another page came in the place of the one that it was for."""
    return "Execution context was destroyed" in error.message


def first_paint(page: Page, *, timeout_s: float) -> float | None:
    """Return first contentful paint in ms since the navigation began, None when the time is over."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            answer: object = page.evaluate(script("first_paint"))
        except PlaywrightError as error:
            if not was_replaced(error):
                raise
            answer = None  # the page was replaced: the next one's paint is meant
        if isinstance(answer, (int, float)):
            return float(answer)
        if time.monotonic() >= deadline:
            return None
        page.wait_for_timeout(_POLL_MS)
