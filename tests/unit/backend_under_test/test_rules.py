"""Rules that need no server: account hosts, links, texts, log lines, the page."""

import re
from dataclasses import replace
from urllib.parse import unquote

import pytest

from backend_under_test import DeepLink, Settings
from backend_under_test.authorizations import account_url, new_state
from backend_under_test.deep_link import build_link
from backend_under_test.events import format_line
from backend_under_test.outcome import SENTENCES, Outcome, Reason, tidy
from backend_under_test.pages import Page, PageView

REAL = Settings("https://www.amocrm.ru", "id", "secret", "https://backend.example/api/amo-crm/callback")
PAGE = Page("Title", "Heading", ("One", "Two"), "Return", "foryoure://x", "en", succeeded=True)


@pytest.mark.parametrize(
    ("referer", "expected"),
    [
        ("example.amocrm.ru", "https://example.amocrm.ru"),
        ("example.kommo.com", "https://example.kommo.com"),
        (None, "https://www.amocrm.ru"),
        ("", "https://www.amocrm.ru"),
        ("example.amocrm.ru:8080", None),
        ("example.amocrm.ru/path", None),
        ("a.b.amocrm.ru", None),
        ("example.amocrm.ru.evil.example", None),
        ("evil-amocrm.ru", None),
        ("user@example.amocrm.ru", None),
        ("-x.amocrm.ru", None),
        ("example.amocrm.ru\n", None),
        ("169.254.169.254", None),
    ],
)
def test_real_accounts_are_reached_at_their_own_host(referer: str | None, expected: str | None) -> None:
    """One label under one of amoCRM's domains, and nothing else."""
    assert account_url(REAL, referer) == expected


def test_states_survive_a_router_that_decodes_twice() -> None:
    """APP-07: unreserved characters only, 256 bits."""
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", new_state()) for _ in range(100))


@pytest.mark.parametrize("state", ["", "Привіт", "a b&c=d#e%25+", "x" * 2048, "'\"</script>"])
def test_a_state_in_the_link_decodes_once_to_itself(state: str) -> None:
    """DL-02, whatever state another `new_state` would issue."""
    link = build_link(DeepLink(), Outcome(), state)
    query = re.fullmatch(r"foryoure://amo-crm/callback\?success=true&state=([A-Za-z0-9_.~%+-]*)", link)
    assert query is not None
    assert unquote(query[1]) == state


def decoded_once(value: str) -> str:
    """Percent-decoded once, as the app does it: a plus stays a plus."""
    return re.sub(
        r"(?:%[0-9A-F]{2})+", lambda found: bytes.fromhex(found[0].replace("%", "")).decode(), value
    )


@pytest.mark.parametrize("reason", list(Reason))
def test_an_error_link_has_a_code_that_nothing_can_decode_further(reason: Reason) -> None:
    """SEC-06 and DL-04: `error` alone, letters and underscores."""
    link = build_link(DeepLink(), Outcome.failed(reason), "state")
    assert re.fullmatch(r"foryoure://amo-crm/callback\?error=[a-z_]+", link)


def test_every_reason_has_its_sentence() -> None:
    """The page of a missing code says it in its heading, all others below it."""
    assert {reason for reason in Reason if not SENTENCES[reason]} == {Reason.MISSING_CODE}


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("a\r\n\tb", "a b"),
        ("\x1b[31mred\u202e", "[31mred"),
        ("x" * 300, "x" * 199 + "…"),
        ("secret code", "… code"),
    ],
    ids=["lines", "controls", "long", "secret"],
)
def test_foreign_text_is_tidied(text: str, tidied: str) -> None:
    """One line without controls, bounded, without secrets."""
    assert tidy(text, without=("secret", "")) == tidied


def test_a_log_value_stays_one_value() -> None:
    """SEC-07: newline, escape and quote are escaped."""
    line = format_line("info", "told", {"hint": 'a\nb "c" \x1b é'})
    assert line == 'info told hint="a\\nb \\"c\\" \\u001b \\u00e9"'


@pytest.mark.parametrize("name", ["title", "heading", "button", "link", "language"])
def test_every_text_of_the_page_is_escaped(name: str) -> None:
    """SEC-02: also texts that a configuration brings."""
    html = PageView().html(replace(PAGE, **{name: "\"'</script><img src=x onerror=alert(1)>"}))
    assert "<img" not in html
    assert "&lt;img" in html


def test_only_the_pages_own_script_may_run() -> None:
    """The nonce of the policy is that of the markup, and new for each page."""
    headers = PageView().headers(PAGE)
    assert f"script-src 'nonce-{PAGE.nonce}'" in headers["Content-Security-Policy"]
    assert PageView().html(PAGE).count(f'nonce="{PAGE.nonce}"') == 2
    assert Page("Title", "Heading", (), "Return", "foryoure://x", "en", succeeded=True).nonce != PAGE.nonce


def luminance(colour: str) -> float:
    """WCAG 2.2 relative luminance of `#rgb` or `#rrggbb`."""
    digits = colour.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("text", "background"),
    [("#333", "#f5f5f5"), ("#1b6e20", "#f5f5f5"), ("#b3261e", "#f5f5f5"), ("#0062cc", "#ffffff")],
)
def test_colours_can_be_read(text: str, background: str) -> None:
    """A11Y-01: 4.5:1, for the colours that the page really has."""
    assert f"color: {text};" in PageView().html(PAGE)
    ratio = (luminance(background) + 0.05) / (luminance(text) + 0.05)
    assert ratio >= 4.5
