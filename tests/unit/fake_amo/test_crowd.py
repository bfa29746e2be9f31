"""People who are there once they sign in, and how long the fake's own answers took."""

import pytest

from fake_amo import AmoSettings, FakeAmo
from fake_amo.http.times import Times
from fake_amo.site.faults import UnknownFault
from fake_amo.site.limits import Limits


def test_times_are_known_to_a_tenth_and_cost_no_memory() -> None:
    """Percentiles of a histogram that never grows."""
    times = Times()
    for each in range(1, 1001):
        times.add(each / 1000)
    assert times.percentile(0.5) == pytest.approx(0.5, rel=0.11)
    assert times.percentile(0.99) == pytest.approx(0.99, rel=0.11)
    assert Times().percentile(0.99) == 0


def test_a_share_of_the_requests_meets_a_fault() -> None:
    """As chance has it, the same way each time."""
    with FakeAmo(AmoSettings(raise_at_exit=False)) as amo:
        amo.faults.add("leads", "server_error", count=None, share=0.25)
        met = sum(amo.faults.take(("leads",))[0] is not None for _ in range(1000))
        assert 200 < met < 300
        with pytest.raises(UnknownFault, match="share"):
            amo.faults.add("leads", "server_error", share=0)


def test_the_seven_can_be_counted_for_each_account() -> None:
    """Thousands of accounts cannot share seven calls a second."""
    whole, each = Limits(), Limits()
    assert [whole.allow("client", account, 0.0) for account in range(8)] == [True] * 7 + [False]
    assert all(each.allow("client", account, 0.0, each_account=True) for account in range(8))
    assert [each.allow("client", 1, 0.0, each_account=True) for _ in range(7)] == [True] * 6 + [False]


def test_a_crowd_cannot_be_less_than_nobody() -> None:
    """Refused by name."""
    with pytest.raises(ValueError, match="crowd"):
        AmoSettings(crowd=-1)
