"""A person with a phone: a real browser that walks the pages of a sitting, from another address."""

from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from playwright.sync_api import expect

from backend_under_test import Parts
from backend_under_test.mutations.edits import Change
from backend_under_test.mutations.faults import FAULTS
from fake_amo import FakeAmo
from harness.backends.backend import Addresses, OpenBackend
from harness.backends.reach import Reach
from harness.backends.reference import InProcessBackend, reference_backend
from harness.config.settings import reference_config
from harness.engines import Aim, Tab
from harness.engines.webkitgtk.tab import WebKitGtkTab
from harness.runs.runner import Played
from harness.serve.opening import Ports, Serving, Wanted, open_serving
from harness.serve.reaching.secure import Wish
from harness.timeline.current import CurrentRecorder
from tests.browser.processes import wait_for

expect.set_options(timeout=30_000)  # ms: what a busy machine needs
PHONES = "127.0.0.2"
WITH_TEXT = """(text) => [...document.querySelectorAll('button, a')].find(
  each => each.textContent.trim() === text)"""
IN_THIS_TAB = "Open it in this tab instead"


@contextmanager
def _broken(
    change: Change, amo: FakeAmo, addresses: Addresses, recording: CurrentRecorder
) -> Generator[InProcessBackend]:
    with (
        reference_backend(amo, addresses, recording) as backend,
        backend.made_into(change(Parts())) as made,
    ):
        yield made


def backend_with(fault: str) -> OpenBackend:
    """Return how the reference is opened, correct or with a fault."""
    return partial(_broken, FAULTS[fault].apply) if fault else reference_backend


def backend_of(change: Change) -> OpenBackend:
    """Return how another backend is opened, made of the reference by a change."""
    return partial(_broken, change)


@dataclass(frozen=True, slots=True)
class Sat:
    """A sitting in another thread, and what becomes of it."""

    serving: Serving
    plays: "Future[list[Played]]"

    def finish(self) -> list[Played]:
        """Finish as the dashboard does, and return the journeys."""
        self.serving.sitting.finish()
        return self.plays.result(20)


@contextmanager
def sitting(
    folder: Path,
    *,
    backend: OpenBackend = reference_backend,
    observed: bool = False,
    lan: str = PHONES,
    reach: Reach | None = None,
    ports: Ports | None = None,
    tls: Wish | None = None,
) -> Generator[Sat]:
    """Yield a sitting whose first journey is under way; its folder is made, as the command makes it."""
    folder.mkdir(exist_ok=True)
    reach = reach or Reach(lan=lan)
    wanted = Wanted(
        reach=reach, ports=ports or Ports(), observed=observed, answers=folder / "lab.json", tls=tls
    )
    with (
        open_serving(reference_config(), backend, wanted, folder) as serving,
        ThreadPoolExecutor(1) as pool,
    ):
        sat = Sat(serving, pool.submit(lambda: list(serving.sitting.plays())))
        assert wait_for(lambda: serving.sitting.is_under_way)
        try:
            yield sat
        finally:
            serving.sitting.finish()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a browser in front of a sitting."""

    tab: Tab
    serving: Serving

    def open(self) -> None:
        """Scan the code."""
        self.tab.goto(self.serving.start_url)

    def tap(self, text: str) -> None:
        """Tap what reads so, once it stands where it stays: a person waits for a page's style sheet."""
        assert self.sees(text)
        assert wait_for(lambda: self.tab.look("() => document.readyState") == "complete")
        self.tab.tap(Aim(WITH_TEXT, text))

    def sees(self, *texts: str) -> bool:
        """Wait until the page says one of these."""
        return wait_for(lambda: any(each in self._text() for each in texts))

    def _text(self) -> str:
        return str(self.tab.look("() => document.body ? document.body.innerText : ''"))

    def connect(self) -> None:
        """Open the app, tap "connect", and allow access."""
        self.open()
        self.tap("Open the CRM tab")
        self.goes_to_amocrm()
        self.allows()

    def goes_to_amocrm(self) -> None:
        """Tap "connect" where the app offers it, and be there."""
        assert self.sees("Підключити")
        self.tap(IN_THIS_TAB)
        assert self.sees("requests access")

    def allows(self) -> None:
        """Tap amoCRM's own button."""
        self.tab.tap(Aim("(id) => document.getElementById(id)", "allow"))

    def begins_anew(self) -> None:
        """Go back to the start page from wherever that is, and connect once more."""
        self.open()
        self.tap("I came back by myself")
        self.goes_to_amocrm()
        self.allows()

    def comes_back_by_the_button(self) -> None:
        """Tap the page's button, go back to the start page and say so.

        In Chromium nobody taps it: an invisible dialog of its would take the next tap.
        """
        assert self.sees("Return to App")
        if isinstance(self.tab, WebKitGtkTab):
            self.tap("Return to App")
        self.open()
        self.tap("I tapped the button on the page")
