"""What the router makes of a link, case by case, and what the packages themselves do."""

from typing import Any

import pytest

from harness.config.settings import DeepLink
from harness.errors import UsageError
from harness.phone.links.router import Dropped, Route, RoutedScreen, check_link, route, scheme_of
from harness.phone.links.sdk import SDKS, sdk_numbered

LINK = "foryoure://amo-crm/callback"
APP = DeepLink()
UNGUARDED = (51, 52, 53, 54, 55)
GUARDED = (56, 57, 58)
EVERY = (*UNGUARDED, *GUARDED)
THROWS = "throws URIError"


def params(query: str, sdk: int) -> Any:
    routed = route(f"{LINK}?{query}", sdk_numbered(sdk), APP)
    return THROWS if isinstance(routed, Dropped) and THROWS in routed.reason else routed


def rows(*table: tuple[str, tuple[int, ...], Any]) -> list[Any]:
    return [
        pytest.param(query, sdk, wanted, id=f"{query}-sdk{sdk}")
        for query, sdks, wanted in table
        for sdk in sdks
    ]


@pytest.mark.parametrize(
    ("query", "sdk", "wanted"),
    rows(
        ("success=true&state=x", EVERY, {"success": "true", "state": "x"}),
        ("m=a+b", EVERY, {"m": "a b"}),
        ("m=a%20b", EVERY, {"m": "a b"}),
        ("state=a%2Bb", EVERY, {"state": "a b"}),
        ("state=a%252Bb", EVERY, {"state": "a b"}),
        ("error=x%26success%3Dtrue", EVERY, {"error": "x", "success": "true"}),
        ("m=a%23b&z=1", EVERY, {"m": "a", "#": "b&z=1"}),
        ("error=50%25", UNGUARDED, THROWS),
        ("error=50%25", GUARDED, {"error": "50%"}),
        ("m=%zz", UNGUARDED, THROWS),
        ("m=%zz", GUARDED, {"m": "%zz"}),
        ("a=1&a=2", (51,), {"a": "2"}),
        ("a=1&a=2", EVERY[1:], {"a": ["1", "2"]}),
        ("a=&b", EVERY, {"a": "", "b": ""}),
        ("m=%D0%9E%D1%88%D0%B8%D0%B1%D0%BA%D0%B0", EVERY, {"m": "Ошибка"}),
        ("a=1#frag", EVERY, {"a": "1"}),
        ("error=%EA%26success%3Dtrue", EVERY[:-1], {"error": "\ufffd", "success": "true"}),
        ("error=%EA%26success%3Dtrue", (58,), {"error": "\ufffd\ufffdsuccess=true"}),
        ("error=%E2%82", (51, 52, 53, 54, 58), {"error": "\ufffd\ufffd"}),
        ("error=%E2%82", (55, 56, 57), {"error": "\ufffd"}),
        ("error=%D0%9E%D1%88%D0%B8%D0%B1%D0%BA%D0%B0%FF", EVERY[:-1], {"error": "Ошибка\ufffd"}),
        ("error=%D0%9E%D1%88%D0%B8%D0%B1%D0%BA%D0%B0%FF", (58,), {"error": "\ufffd" * 13}),
    ),
)
def test_query_reaches_the_screen_as_the_fact_table_says(query: str, sdk: int, wanted: Any) -> None:
    """Decoded again and again: a plus cannot survive, an ampersand splits, a percent sign may throw."""
    assert params(query, sdk) == (wanted if wanted == THROWS else Route("callback", wanted))


@pytest.mark.parametrize("sdk", EVERY)
@pytest.mark.parametrize("state", ["abc123", "a-b_c.d~e", "0" * 2048], ids=["plain", "marks", "2-KB"])
def test_unreserved_characters_survive(state: str, sdk: int) -> None:
    """What APP-07 asks of a state."""
    assert params(f"success=true&state={state}", sdk) == Route(
        "callback", {"success": "true", "state": state}
    )


@pytest.mark.parametrize(
    "link",
    ["foryoure:///amo-crm/callback?a=1", "foryoure:amo-crm/callback?a=1", "foryoure://amo-crm/callback/?a=1"],
)
def test_spellings_of_the_same_path_lead_to_the_same_screen(link: str) -> None:
    """Host and path are joined before they are matched."""
    assert route(link, sdk_numbered(52), APP) == Route("callback", {"a": "1"})


@pytest.mark.parametrize("sdk", EVERY)
@pytest.mark.parametrize(
    ("link", "screen"),
    [
        ("foryoure:https://evil.example/amo-crm/callback", "callback"),
        ("foryoure://expo-development-client/?url=foryoure%3A%2F%2Famo-crm%2Fcallback", "callback"),
        ("foryoure://amo-crm/%2e/callback", "callback"),
        ("foryoure:///amo-crm\\callback", "callback"),
        ("foryoure://amo-crm:/callback", "callback"),
        ("foryoure://x/../amo-crm/callback", "not_found"),
        ("foryoure://(tabs)/amo-crm/callback", "not_found"),
        ("foryoure://(tabs)/crm", "crm"),
        ("foryoure:///_sitemap", "sitemap"),
        ("foryoure://", "home"),
    ],
)
def test_spelling_leads_where_expo_router_leads(link: str, screen: RoutedScreen, sdk: int) -> None:
    """Doors that nobody meant, and spellings that look like doors and are none."""
    assert route(link, sdk_numbered(sdk), APP) == Route(screen, {})


@pytest.mark.parametrize("odd", [chr(0xD800), chr(0xDCFF)], ids=["half-a-character", "byte-on-its-own"])
def test_what_is_no_text_is_read_as_the_app_reads_it(odd: str) -> None:
    """JavaScript writes U+FFFD for half a character as soon as it encodes one."""
    assert params(f"m={odd}", 54) == Route("callback", {"m": "\ufffd"})


@pytest.mark.parametrize("link", ["foryoure://AMO-CRM/callback", "foryoure://amo-crm/callback/more"])
def test_other_path_is_the_routers_own_page_for_unknown_addresses(link: str) -> None:
    """Case counts."""
    assert route(link, sdk_numbered(52), APP) == Route("not_found", {})


def test_configured_link_is_the_callback() -> None:
    """Scheme, host and path come from the configuration."""
    other = DeepLink(scheme="shop", host="crm", path="/oauth/done")
    assert route("shop://crm/oauth/done?a=1", sdk_numbered(58), other) == Route("callback", {"a": "1"})


@pytest.mark.parametrize(
    ("link", "says"),
    [
        pytest.param("not a link", "malformed link 'not a link'", id="no-scheme"),
        pytest.param("", "malformed link ''", id="empty"),
        pytest.param("https://amo-crm/callback", "has the scheme 'https'", id="https"),
        pytest.param("x" * 500 + "://a", "…' has the scheme", id="long"),
    ],
)
def test_what_is_no_link_of_the_app_is_refused_with_an_example(link: str, says: str) -> None:
    """The sentence names the link and shows what one looks like."""
    with pytest.raises(UsageError) as refusal:
        check_link(link, APP)
    assert says in str(refusal.value)
    assert "foryoure://amo-crm/callback?success=true" in str(refusal.value)
    assert len(str(refusal.value)) < 900


def test_scheme_is_the_apps_whatever_its_case() -> None:
    """As the system compares schemes."""
    check_link("FORYOURE://amo-crm/callback", APP)
    assert scheme_of("ForYouRe:x") == "foryoure"
    assert scheme_of("nothing") == ""


def test_unknown_sdk_is_refused_with_the_known_ones() -> None:
    """A typo is no crash."""
    with pytest.raises(UsageError, match="SDK 12 is not known here; choose one of 51, 52"):
        sdk_numbered(12)
    assert tuple(SDKS) == EVERY


@pytest.mark.parametrize("sdk", EVERY)
@pytest.mark.parametrize(("long", "short"), [("9" * 5000, "99999"), ("0" * 5000 + "80", "080")])
def test_a_port_of_thousands_of_digits_is_read(sdk: int, long: str, short: str) -> None:
    """Python reads no number of more than 4300 of them; JavaScript does."""
    read, like = (
        route(f"foryoure://amo-crm:{each}/callback?a=1", sdk_numbered(sdk), APP) for each in (long, short)
    )
    assert str(read).replace(long, short) == str(like)
