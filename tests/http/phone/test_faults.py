"""Each broken build of the app fails the clauses that it names, and no other about the app."""

from collections.abc import Callable
from functools import partial

import pytest

from harness.contract import judge
from harness.phone import Phone
from harness.phone.faults import APP_FAULTS, AppFault
from harness.timeline.recorder import Recorder
from tests.http.phone.conftest import MakePhone
from tests.http.phone.tiny_backend import EXCHANGE, TinyBackend

LINK = "foryoure://amo-crm/callback"
LINKS = {"success": "?success=true&state=s", "error": "?error=x", "code": "?code=abc&state=s", "nothing": ""}
JUDGED = ("APP-01", "APP-02", "APP-04", "APP-05", "APP-06")
"""APP-03 needs a callback through the gateway to be judged; here it is read off the screen."""


def play(phone: Phone, kind: str) -> None:
    """Follow a link as a user does."""
    phone.deliver(f"{LINK}{LINKS[kind]}")
    go_on(phone)


def go_on(phone: Phone) -> None:
    """Wait out a success, retry on an error."""
    phone.clock.advance(1)
    if (phone.screen.name, phone.screen.state) == ("callback", "error"):
        phone.tap_retry()


def play_cold(phone: Phone) -> None:
    """The link starts the app."""
    phone.deliver(f"{LINK}{LINKS['success']}", "cold")
    go_on(phone)


def play_twice(phone: Phone) -> None:
    """The link comes twice."""
    phone.deliver(f"{LINK}{LINKS['success']}")
    phone.deliver(f"{LINK}{LINKS['success']}")
    go_on(phone)


def play_offline(phone: Phone) -> None:
    """The network comes back when the app has given up; the user opens the tab again."""
    phone.change_network("offline")
    play(phone, "success")
    phone.clock.advance(60)
    phone.change_network("online")
    if phone.screen.name == "crm":
        phone.open_crm_tab()
    phone.clock.advance(1)


JOURNEYS: dict[str, Callable[[Phone], None]] = {
    **{kind: partial(play, kind=kind) for kind in LINKS},
    "cold": play_cold,
    "twice": play_twice,
    "offline": play_offline,
}
SHOW_LEADS = ("success", "cold", "twice", "offline")


def broken_by(make_phone: MakePhone, backend: TinyBackend, fault: AppFault) -> set[str]:
    """Play every journey on a phone of its own and return the clauses that fail."""
    backend.says(EXCHANGE, {"message": "spent"}, status=400)
    broken: set[str] = set()
    for name, journey in JOURNEYS.items():
        recorder = Recorder()
        phone = make_phone(recorder=recorder, screens=fault.screens, wiring=fault.options.wiring)
        backend.disconnect()
        phone.open_crm_tab()
        backend.connect({"id": 1})
        journey(phone)
        found = judge(recorder.timeline(), JUDGED)
        broken |= {clause_id for clause_id, finding in found.items() if finding.result == "failed"}
        shown = phone.screen
        if name in SHOW_LEADS and shown.name == "crm" and not (shown.connected and shown.leads):
            broken.add("APP-03")
    return broken


@pytest.mark.parametrize("fault", APP_FAULTS.values(), ids=list(APP_FAULTS))
def test_fault_breaks_what_it_names(make_phone: MakePhone, backend: TinyBackend, fault: AppFault) -> None:
    """No more and no less."""
    assert broken_by(make_phone, backend, fault) == set(fault.breaks)


def test_app_of_the_seeds_breaks_nothing(make_phone: MakePhone, backend: TinyBackend) -> None:
    """The correct build is left alone."""
    assert broken_by(make_phone, backend, AppFault("none", "nothing is wrong", ())) == set()


def test_every_must_clause_about_the_app_has_a_fault() -> None:
    """APP-07 is about the backend's states."""
    named = {clause for fault in APP_FAULTS.values() for clause in fault.breaks}
    assert named == {"APP-01", "APP-02", "APP-03", "APP-04", "APP-05", "APP-06"}
