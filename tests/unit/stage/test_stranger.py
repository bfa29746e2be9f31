"""Somebody else's host: where it listens, so that a careless check takes it for amoCRM's."""

import pytest

from harness.backends.ports import SHORT_PORTS, longer_ports, short_ports
from harness.stage.stranger import open_stranger
from harness.timeline.recorder import Recorder


@pytest.mark.parametrize("port", [SHORT_PORTS.start, SHORT_PORTS.stop - 1])
def test_a_short_port_has_longer_ones_that_begin_with_it(port: int) -> None:
    """A check of the beginning alone takes each of them for it, and each can be listened on."""
    assert {str(each)[:4] for each in longer_ports(port)} == {str(port)}
    assert max(longer_ports(port)) < 2**16


def test_a_long_port_has_none() -> None:
    """It is amoCRM's where the user has named one, or where none of the short ones is free."""
    assert longer_ports(45537) == longer_ports(SHORT_PORTS.stop) == []


def test_its_address_begins_with_amocrms_own() -> None:
    """It listens on one of the longer ports."""
    own = f"127.0.0.1:{short_ports()[0]}"
    with open_stranger(Recorder(), own) as address:
        assert address.startswith(own)


def test_without_a_short_port_it_takes_any() -> None:
    """A name has no port, and a long one no longer ones."""
    for own in ("", "testaccount.amocrm.ru", "127.0.0.1:45537"):
        with open_stranger(Recorder(), own) as address:
            assert address.startswith("127.0.0.1:")
