"""What holds for every test."""

import os

import pytest
from hypothesis import HealthCheck, settings

# A run annotates where it finds a runner of GitHub's; those of the tests are nobody's business there.
os.environ.pop("GITHUB_ACTIONS", None)

# How long an example takes is the machine's affair; each test has its own limit.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that need a longer limit than others: no worker is to wait for one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("timeout") is None)
