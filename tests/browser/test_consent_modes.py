"""fake_amo's consent page in a popup, as a site opens it: which window the answer reaches, and how."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from fake_amo import FakeAmo
from fake_amo.http.serving import Receive, Scope, Send, serve
from harness.engines.launched.chromium_arguments import chromium_arguments
from harness.engines.tabs.presence import launched_executable

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

SITE = b"""<!doctype html><title>site</title><a id="open" href="#">connect</a><script>
window.messages = []; addEventListener("message", event => messages.push(event.data));
document.getElementById("open").onclick = () => {
  window.open(decodeURIComponent(location.hash.slice(1)), "consent", "width=750,height=580");
  return false;
};
</script>"""


async def site_page(_scope: Scope, receive: Receive, send: Send) -> None:
    """Answer every path with the site's page."""
    await receive()
    headers = [(b"content-type", b"text/html"), (b"content-length", str(len(SITE)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": SITE})


@pytest.fixture(scope="module")
def browser_with_popups(playwright: Playwright) -> Generator[Browser]:
    """Chromium: what happens between two windows is the same in every browser."""
    executable = launched_executable(playwright, "chromium")
    if executable is None:
        pytest.skip("no Chromium on this machine")
    browser = playwright.chromium.launch(executable_path=executable, args=chromium_arguments())
    yield browser
    browser.close()


@contextmanager
def opened(browser: Browser, mode: str, *, button: bool) -> Generator[tuple[FakeAmo, Page, Page]]:
    """Yield the fake, the site's page and the popup with the consent page."""
    with serve(site_page) as site, FakeAmo() as amo:
        amo.set_redirect_uri(f"{site.url}/callback")
        origin = f"&origin={quote(site.url, safe='')}" if button else ""
        consent = f"{amo.url}/oauth?client_id={amo.client_id}&state=s&mode={mode}{origin}"
        page = browser.new_page()
        page.goto(f"{site.url}/#{quote(consent, safe='')}")
        with page.expect_popup() as popup:
            page.click("#open")
        yield amo, page, popup.value
        page.close()


def query_of(url: str) -> dict[str, list[str]]:
    """Return the parameters of an address."""
    return parse_qs(urlsplit(url).query)


@pytest.mark.parametrize(("decision", "parameter"), [("#allow", "code"), ("#decline", "error")])
def test_popup_closes_and_its_opener_moves(
    browser_with_popups: Browser, decision: str, parameter: str
) -> None:
    """mode=popup: the redirect URI opens in the window that opened the popup."""
    with opened(browser_with_popups, "popup", button=False) as (amo, page, popup):
        with popup.expect_event("close"):
            popup.click(decision)
        page.wait_for_url(f"{amo.redirect_uri}?**")
        assert {parameter, "state"} <= set(query_of(page.url))


@pytest.mark.parametrize("decision", ["#allow", "#decline"])
def test_popup_of_the_site_button_sends_a_message(browser_with_popups: Browser, decision: str) -> None:
    """The button listens: {url} on allow, {client_id, error} on decline; its page stays."""
    with opened(browser_with_popups, "popup", button=True) as (amo, page, popup):
        before = page.url
        with popup.expect_event("close"):
            popup.click(decision)
        page.wait_for_function("messages.length > 0")
        (message,) = page.evaluate("messages")
        assert page.url == before
        told: dict[str, Any] = message
        if decision == "#allow":
            assert set(told) == {"url"}
            assert query_of(told["url"])["code"][0].startswith("def50200")
        else:
            assert told == {"client_id": amo.client_id, "error": "access_denied"}


def test_post_message_ends_inside_the_popup(browser_with_popups: Browser) -> None:
    """mode=post_message: the redirect happens in the opened window; the opener is left alone."""
    with opened(browser_with_popups, "post_message", button=False) as (amo, page, popup):
        before = page.url
        popup.click("#allow")
        popup.wait_for_url(f"{amo.redirect_uri}?**")
        assert (page.url, page.evaluate("messages")) == (before, [])
