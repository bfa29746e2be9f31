"""What `amo-harness link` prints."""

import json

import pytest

from harness.config.settings import DeepLink
from harness.errors import UsageError
from harness.phone import SDKS, describe_link
from harness.phone.links.doors import Door

LINK = "foryoure://amo-crm/callback?error=x%26success%3Dtrue"


def test_routed_link_has_screen_and_params() -> None:
    """The injection of §6, as a user would look at it."""
    answer = describe_link(LINK, 58)
    assert answer.pop("doors")
    assert answer == {
        "url": LINK,
        "sdk": 58,
        "expo_router": "58.0.6",
        "url_library": "whatwg-url-minimum 0.2.0",
        "screen": "callback",
        "params": {"error": "x", "success": "true"},
    }


def test_dropped_link_has_its_reason() -> None:
    """No screen, no parameters: the app only comes to the front."""
    answer = describe_link("foryoure://amo-crm/callback?error=50%25", 54)
    assert set(answer) == {"url", "sdk", "expo_router", "url_library", "dropped", "doors"}
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


@pytest.mark.parametrize("odd", [chr(0xD800), chr(0xDCFF)], ids=["half-a-character", "byte-on-its-own"])
def test_what_is_no_text_is_answered_as_the_app_reads_it(odd: str) -> None:
    """And can be printed."""
    answer = describe_link(f"foryoure://amo-crm/callback?m={odd}")
    assert answer["params"] == {"m": "\ufffd"}
    assert json.dumps(answer, ensure_ascii=False).encode()


@pytest.mark.parametrize("sdk", SDKS)
def test_doors_are_those_that_the_router_opens(sdk: int) -> None:
    """Each is answered for as any link is; what an SDK keeps shut is not named."""
    doors = describe_link(LINK, sdk)["doors"]
    for door in doors:
        answer = describe_link(door["link"], sdk)
        injects = door["leads_to"] == "success=true"
        assert answer["params"].get("success") == "true" if injects else answer["screen"] == door["leads_to"]
    assert "foryoure:https://evil.example/amo-crm/callback?success=true" in [door["link"] for door in doors]
    assert [door["link"] for door in doors if door["leads_to"] == "sitemap"] == ["foryoure:///_sitemap"]


def test_door_that_an_sdk_keeps_shut_is_not_named() -> None:
    """A colon with something behind it is a port, and no callback."""
    shut = Door("foryoure://amo-crm:80/callback", "callback", "")
    assert describe_link(shut.link)["screen"] == "not_found"
    assert shut.link not in [door["link"] for door in describe_link(LINK)["doors"]]


def test_doors_are_the_configured_links() -> None:
    """Scheme, host and path are the app's."""
    links = [door["link"] for door in describe_link("shop://x/y", 54, DeepLink("shop", "x", "/y"))["doors"]]
    assert "shop:https://evil.example/x/y?success=true" in links
    assert "shop:///_sitemap" in links
