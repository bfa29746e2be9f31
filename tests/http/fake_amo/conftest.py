"""A running fake for each test, and one HTTP client for all of them."""

from collections.abc import Iterator

import httpx
import pytest

from fake_amo import AmoEvent, Clock, FakeAmo
from fake_amo.site.events import EVENT_KINDS
from tests.http.fake_amo.dialogue import Dialogue


@pytest.fixture(scope="session")
def session_http() -> Iterator[httpx.Client]:
    """One client: making its TLS context costs more than most tests here."""
    with httpx.Client(verify=False, trust_env=False, timeout=30) as client:  # noqa: S501 - loopback only
        yield client


@pytest.fixture
def http(session_http: httpx.Client) -> httpx.Client:
    """The client without anybody's cookies."""
    session_http.cookies.clear()
    return session_http


@pytest.fixture
def events() -> Iterator[list[AmoEvent]]:
    """What the fake told its listener; only kinds that are announced."""
    told: list[AmoEvent] = []
    yield told
    assert {event.kind for event in told} <= set(EVENT_KINDS)


@pytest.fixture
def amo(events: list[AmoEvent]) -> Iterator[FakeAmo]:
    """A fake with default settings on a standing clock; trouble left in it fails the test."""
    with FakeAmo(on_event=events.append, clock=Clock(standing_at=1_795_000_000.25)) as running:
        yield running


@pytest.fixture
def talk(amo: FakeAmo, http: httpx.Client) -> Dialogue:
    """A client of that fake."""
    return Dialogue(amo, http)
