"""One token for a whole test, and no limit on how often it is used."""

from collections.abc import Iterator

import httpx
import pytest

from fake_amo import AmoEvent, AmoSettings, Clock, FakeAmo
from tests.http.fake_amo.dialogue import Dialogue
from tests.http.fake_amo.entities.desk import Desk


@pytest.fixture
def desk(http: httpx.Client, events: list[AmoEvent]) -> Iterator[Desk]:
    """The default world on a standing clock."""
    settings, clock = AmoSettings(limits=False), Clock(standing_at=1_795_000_000.25)
    with FakeAmo(settings, on_event=events.append, clock=clock) as amo:
        yield Desk(Dialogue(amo, http))


@pytest.fixture
def careless(http: httpx.Client) -> Iterator[Desk]:
    """The same, where calls that are not modelled do not end the test."""
    with FakeAmo(AmoSettings(limits=False, raise_at_exit=False)) as amo:
        yield Desk(Dialogue(amo, http))
