"""Settings refuse what cannot work."""

from typing import Any

import pytest

from backend_under_test import DeepLink, Settings, SettingsError

GOOD: dict[str, Any] = {
    "amo_url": "https://www.amocrm.ru/",
    "client_id": "id",
    "client_secret": "hidden",
    "redirect_uri": "https://backend.example/api/amo-crm/callback",
}


def test_a_trailing_slash_of_amo_url_is_dropped() -> None:
    """Paths are appended to it."""
    assert Settings(**GOOD).amo_url == "https://www.amocrm.ru"


def test_the_secret_is_not_in_the_repr() -> None:
    """Settings end up in tracebacks."""
    assert "hidden" not in repr(Settings(**GOOD))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"amo_url": "ftp://x"}, "amo_url"),
        ({"amo_url": "http://x:99999"}, "amo_url"),
        ({"redirect_uri": ""}, "redirect_uri"),
        ({"client_id": ""}, "client_id"),
        ({"client_secret": ""}, "client_secret"),
        ({"sessions": {}}, "sessions"),
        ({"amo_timeout_s": 0}, "amo_timeout_s"),
        ({"state_ttl_s": float("nan")}, "state_ttl_s"),
        ({"deep_link": DeepLink(scheme="for youre")}, "deep_link.scheme"),
    ],
    ids=["scheme", "port", "redirect-uri", "id", "secret", "sessions", "timeout", "ttl", "deep-link"],
)
def test_an_impossible_value_is_named(change: dict[str, Any], told: str) -> None:
    """One sentence that begins with the field's name."""
    with pytest.raises(SettingsError, match=rf"^{told}\b"):
        Settings(**{**GOOD, **change})
