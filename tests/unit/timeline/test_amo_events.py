"""What fake amoCRM tells becomes events of the timeline: each of its words, and no fact lost."""

from typing import Any

import pytest

from fake_amo.site.events import EVENT_KINDS
from harness.errors import HarnessError
from harness.timeline.amo_events import AmoEvent, TokenRequest, amo_event
from harness.timeline.events import EVENTS

NEEDED: dict[str, dict[str, Any]] = {
    "fault_used": {"step": "token", "kind": "reset"},
    **{key: {"step": "token"} for key in ("token_held", "token_released", "answer_held", "answer_released")},
}
"""Facts without which an event is none."""


def test_the_timeline_has_an_event_for_each_word_of_the_fake_and_no_other() -> None:
    """A word that only one of them has would be lost, or could never be seen."""
    assert {kind for actor, kind in EVENTS if actor == "amo"} == set(EVENT_KINDS)


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_what_an_event_has_no_field_for_is_kept_beside(kind: str) -> None:
    """For the reader; a clause reads fields alone."""
    event = amo_event(kind, NEEDED.get(kind, {}) | {"colour": "red"})
    assert isinstance(event, AmoEvent)
    assert (event.called, event.details) == (f"amo.{kind}", {"colour": "red"})


def test_a_fact_comes_into_its_field() -> None:
    """Under the fake's word for it."""
    event = amo_event("token_request", {"code": "c", "status": 400, "client_ok": True})
    assert event == TokenRequest(code="c", status=400, details={"client_ok": True})


@pytest.mark.parametrize(("kind", "data"), [("token_held", {}), ("fault_used", {"step": "token"})])
def test_an_event_without_what_it_needs_is_refused(kind: str, data: dict[str, Any]) -> None:
    """The fake has then changed its words."""
    with pytest.raises(HarnessError, match=rf"`amo\.{kind}` is told wrongly: .*missing"):
        amo_event(kind, data)


@pytest.mark.parametrize("kind", ["scren", "page"])
def test_a_word_that_is_not_amocrms_is_refused(kind: str) -> None:
    """A misspelt one, or somebody else's."""
    with pytest.raises(HarnessError, match=f"knows no event `amo.{kind}`"):
        amo_event(kind, {})
