"""Each broken build of the app fails the clauses that it names, and no other about the app."""

import pytest

from harness.contract import CONTRACT
from harness.phone import Phone
from harness.phone.faults import APP_FAULTS, AppFault
from harness.timeline import Recorder
from tests.http.phone.conftest import MakePhone
from tests.http.phone.tiny_backend import EXCHANGE, TinyBackend

LINK = "foryoure://amo-crm/callback"
LINKS = {"success": "?success=true&state=s", "error": "?error=x", "code": "?code=abc&state=s", "nothing": ""}
JUDGED = ("APP-01", "APP-02", "APP-04", "APP-05", "APP-06")
"""APP-03 needs a callback through the gateway to be judged; here it is read off the screen."""


def broken_by(make_phone: MakePhone, backend: TinyBackend, settings: dict[str, object]) -> set[str]:
    """Play every kind of link on a phone of its own and return the clauses that fail."""
    backend.says(EXCHANGE, {"message": "spent"}, status=400)
    broken: set[str] = set()
    for query in LINKS.values():
        recorder = Recorder()
        phone = make_phone(recorder=recorder, **settings)
        backend.disconnect()
        phone.open_crm_tab()
        backend.connect({"id": 1})
        play(phone, query)
        timeline = recorder.timeline()
        broken |= {
            clause.id
            for clause in CONTRACT
            if clause.id in JUDGED and clause.judge(timeline).result == "failed"
        }
        shown = phone.screen
        if query == LINKS["success"] and shown.name == "crm" and not (shown.connected and shown.leads):
            broken.add("APP-03")
    return broken


def play(phone: Phone, query: str) -> None:
    """Follow a link as a user does."""
    phone.deliver(f"{LINK}{query}")
    phone.clock.advance(1)
    if (phone.screen.name, phone.screen.state) == ("callback", "error"):
        phone.tap_retry()


@pytest.mark.parametrize("fault", APP_FAULTS.values(), ids=list(APP_FAULTS))
def test_fault_breaks_what_it_names(make_phone: MakePhone, backend: TinyBackend, fault: AppFault) -> None:
    """No more and no less."""
    assert broken_by(make_phone, backend, dict(fault.settings)) == set(fault.breaks)


def test_app_of_the_seeds_breaks_nothing(make_phone: MakePhone, backend: TinyBackend) -> None:
    """The correct build is left alone."""
    assert broken_by(make_phone, backend, {}) == set()


def test_every_must_clause_about_the_app_has_a_fault() -> None:
    """APP-07 is about the backend's states."""
    named = {clause for fault in APP_FAULTS.values() for clause in fault.breaks}
    assert named == {"APP-01", "APP-02", "APP-03", "APP-04", "APP-05", "APP-06"}
