"""What `amo-harness link` prints."""

import json

import pytest

from harness.config.settings import DeepLink
from harness.errors import UsageError
from harness.phone import describe_link

LINK = "foryoure://amo-crm/callback?error=x%26success%3Dtrue"


def test_routed_link_has_screen_and_params() -> None:
    """The injection of §6, as a user would look at it."""
    assert describe_link(LINK, 58) == {
        "url": LINK,
        "sdk": 58,
        "expo_router": "58.0.6",
        "screen": "callback",
        "params": {"error": "x", "success": "true"},
    }


def test_dropped_link_has_its_reason() -> None:
    """No screen, no parameters: the app only comes to the front."""
    answer = describe_link("foryoure://amo-crm/callback?error=50%25", 54)
    assert set(answer) == {"url", "sdk", "expo_router", "dropped"}
    assert "expo-router 6.0.24 throws URIError" in answer["dropped"]


def test_answer_is_json() -> None:
    """Whatever is in the link."""
    answer = describe_link("foryoure://amo-crm/callback?a=1&a=2&b=%D0%9E")
    assert json.loads(json.dumps(answer)) == answer


@pytest.mark.parametrize(
    ("url", "sdk"), [("nothing", 52), ("tg://resolve", 52), ("foryoure://amo-crm/callback", 9)]
)
def test_bad_input_is_a_usage_error(url: str, sdk: int) -> None:
    """Malformed, another app's, an SDK that does not exist."""
    with pytest.raises(UsageError):
        describe_link(url, sdk)


def test_other_apps_link_is_routed_with_its_configuration() -> None:
    """`[deep_link]` decides what the callback is."""
    assert describe_link("shop://x/y", 52, DeepLink("shop", "x", "/y"))["screen"] == "callback"
