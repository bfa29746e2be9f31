"""What the harness asks a page itself, the same way in every engine.

Owns the scripts that run in the page's own world, robust against Playwright's fake clock there.
Must not know how taps are delivered or departures observed.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from harness.engines.tabs.engine import Aim, NothingToTap
from harness.errors import HarnessError

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

# [x, y] of the middle in CSS px of the viewport; null when nothing is there to aim at; "frame" in an iframe.
_AIM = """element => {
  const box = () => [...element.getClientRects()].find(each => each.width && each.height);
  let at = box();
  if (!at || getComputedStyle(element).visibility !== 'visible') return null;
  if (at.left < 0 || at.top < 0 || at.right > innerWidth || at.bottom > innerHeight) {
    element.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
    at = box();
  }
  return window === window.top ? [at.left + at.width / 2, at.top + at.height / 2] : 'frame';
}"""
# The page's `performance` may be Playwright's fake one, whose lists are empty. The observer is always real,
# but only Chromium hands buffered entries over at once; elsewhere the departure probe keeps the real one.
_FIRST_PAINT = """() => {
  const observer = new PerformanceObserver(() => {});
  observer.observe({type: 'paint', buffered: true});
  const kept = (window.__departureProbe ?? window).performance.getEntriesByType('paint');
  const found = [...observer.takeRecords(), ...kept].find(each => each.name === 'first-contentful-paint');
  observer.disconnect();
  return found ? found.startTime : null;
}"""
_POLL_MS = 4
# Real timers, whatever the page's clock: kept aside by the departure probe before anything else runs.
SETTLE = """async () => {
  const {setTimeout, requestAnimationFrame} = window.__departureProbe ?? window;
  await new Promise(done => {
    requestAnimationFrame(done);
    if (document.readyState === 'loading') setTimeout(done, 50);  // maybe no frame before the first layout
  });
  for (let turn = 0; turn < 2; turn++) await new Promise(done => setTimeout(done, 0));
}"""
SWITCH_AWAY_AND_BACK = """() => {
  const show = state => {
    const hidden = state === 'hidden';
    Object.defineProperty(document, 'visibilityState', {configurable: true, get: () => state});
    Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
    document.dispatchEvent(new Event('visibilitychange', {bubbles: true}));
  };
  window.dispatchEvent(new FocusEvent('blur'));
  show('hidden');
  show('visible');
  delete document.visibilityState;
  delete document.hidden;
  window.dispatchEvent(new FocusEvent('focus'));
}"""


def tap_point(page: Page, target: Locator | Aim, *, timeout_s: float) -> tuple[float, float]:
    """Return the middle of the element, scrolled into view, once it is visible. Playwright's errors pass.

    `NothingToTap` is raised for an aim at what must be there and is not.
    """
    if isinstance(target, Aim):
        return _aimed_point(page, target, timeout_s=timeout_s)
    return _located_point(target, timeout_s=timeout_s)


def _aimed_point(page: Page, aim: Aim, *, timeout_s: float) -> tuple[float, float]:
    script = (
        f"argument => {{ const found = ({aim.find})(argument); return found ? ({_AIM})(found) : 'absent'; }}"
    )
    deadline = time.monotonic() + timeout_s
    while not isinstance(answer := cast("object", page.evaluate(script, aim.argument)), list):
        if answer == "absent" and aim.must_be_there:
            raise NothingToTap("what is to be tapped is not in the page")
        if time.monotonic() >= deadline:
            raise PlaywrightTimeout(f"what is to be tapped did not become visible within {timeout_s:g} s")
        page.wait_for_timeout(_POLL_MS)
    x, y = cast("list[float]", answer)
    return x, y


def _located_point(locator: Locator, *, timeout_s: float) -> tuple[float, float]:
    answer: object = locator.evaluate(_AIM, timeout=timeout_s * 1000)
    if answer is None:
        locator.wait_for(state="visible", timeout=timeout_s * 1000)
        answer = locator.evaluate(_AIM, timeout=timeout_s * 1000)
    if isinstance(answer, list):
        x, y = cast("list[float]", answer)
        return x, y
    box = locator.bounding_box(timeout=timeout_s * 1000)
    if box is None:
        raise HarnessError(f"{locator} vanished before it could be tapped")
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def first_paint(page: Page, *, timeout_s: float) -> float | None:
    """Return first contentful paint in ms since the navigation began, None when the time is over."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            answer: object = page.evaluate(_FIRST_PAINT)
        except PlaywrightError as error:
            if "Execution context was destroyed" not in str(error):
                raise
            answer = None  # the page was replaced: the next one's paint is meant
        if isinstance(answer, (int, float)):
            return float(answer)
        if time.monotonic() >= deadline:
            return None
        page.wait_for_timeout(_POLL_MS)
