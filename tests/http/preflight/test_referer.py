"""A callback that believes a `referer` of amoCRM's alone: the look beforehand says what lets it be judged."""

import pytest

from harness.preflight.checks import preflight
from tests.http.preflight.test_preflight import config, wrong


def test_a_callback_that_believes_amocrms_hosts_alone_is_told_of_intercept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without it `referer` names the fake's own address, which nobody has to believe."""
    monkeypatch.setattr("harness.preflight.delivery.TOKEN_REQUEST_TIMEOUT_S", 0.3)
    (found,) = wrong(preflight(config(BELIEVES=".amocrm.ru")))
    assert found.startswith("wrong  token request: expected the callback sends the code to amoCRM; seen: ")
    assert "where `referer` is testaccount.amocrm.ru, and not where it is 127.0.0.1:" in found
    assert "Set [start].intercept = true" in found
    assert wrong(preflight(config(BELIEVES=".amocrm.ru", intercept=True))) == []


def test_a_callback_that_believes_nobody_is_left_to_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    """It exchanges nothing wherever it is, which is no matter of its configuration."""
    monkeypatch.setattr("harness.preflight.delivery.TOKEN_REQUEST_TIMEOUT_S", 0.3)
    assert wrong(preflight(config(BELIEVES="nobody"))) == []
