"""A running gateway, and a recorder that hears of it."""

from collections.abc import Iterator

import pytest

from harness.gateway.gateway import Gateway, open_gateway
from harness.timeline.recorder import Recorder

CALLBACK = "/api/amo-crm/callback"
PAGE = {"Accept": "text/html"}


@pytest.fixture
def recorder() -> Recorder:
    """The recorder of the exchanges."""
    return Recorder()


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """A gateway, which must have no defect of its own."""
    with open_gateway(callback_path=CALLBACK, patience_s=0.5) as running:
        yield running
        assert running.take_defects() == []
