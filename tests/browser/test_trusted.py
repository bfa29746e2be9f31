"""A browser that takes one server's certificate, and no other's."""

from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Playwright

from fake_amo.http.serving import Receive, Scope, Send, serve
from fake_amo.http.tls import ThrowAwayCa
from harness.config.engine_names import EngineName
from harness.engines import EngineUnavailable, NavigationFailed, Trusted, open_engine
from harness.engines.webkitgtk.engine import WebKitGtkEngine
from tests.browser.processes import descendants

HEADERS = [
    (b"content-type", b"text/html"),
    (b"content-length", b"4"),
    (b"strict-transport-security", b"max-age=600"),
]


async def page(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer every request, and ask for https from then on."""
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b"<p>a"})


@contextmanager
def secured() -> Generator[tuple[str, str]]:
    """Yield a server's origin and its certificate, of an authority of its own."""
    with ThrowAwayCa() as ca, serve(page, ssl=ca.server_context("localhost")) as server:
        yield f"https://localhost:{server.port}", ca.certificate("localhost")


@pytest.mark.parametrize("name", ["webkitgtk", "chromium"])
def test_one_certificate_is_taken_and_no_other(playwright: Playwright, name: EngineName) -> None:
    """Of the same host at another port too: every other server is verified as ever."""
    with secured() as (origin, certificate), secured() as (other, _):
        trusted = Trusted("localhost", certificate, origin)
        with open_engine(name, playwright=playwright, trusted=trusted) as engine:
            tab = engine.open_tab()
            tab.goto(origin)
            assert urlsplit(tab.page.url).netloc == urlsplit(origin).netloc
            with pytest.raises(NavigationFailed):
                tab.goto(other)


def test_a_browser_keeps_to_https_where_it_was_told_to(playwright: Playwright) -> None:
    """HSTS, as on a phone: for the rest of the scenario, and not in the next one's browser."""
    with secured() as (origin, certificate):
        plain = origin.replace("https:", "http:")
        trusted = Trusted("localhost", certificate, origin)
        with open_engine("webkitgtk", playwright=playwright, trusted=trusted) as engine:
            first, second = engine.open_tab(), engine.open_tab()
            first.goto(origin)
            first.goto(f"{plain}/again")
            assert first.page.url == f"{origin}/again"
            with pytest.raises(NavigationFailed):
                second.goto(plain)


def test_tabs_that_trust_share_a_network_process(playwright: Playwright) -> None:
    """Each would start one of its own, for a tenth of a second of the processor's time."""
    with secured() as (origin, certificate):
        trusted = Trusted("localhost", certificate, origin)
        with open_engine("webkitgtk", playwright=playwright, trusted=trusted) as engine:
            assert isinstance(engine, WebKitGtkEngine)
            for tab in (engine.open_tab(), engine.open_tab()):
                tab.goto(origin)
            names = [each.name for each in descendants(engine.host_pid)]
            assert names.count("WebKitNetworkProcess"[:15]) == 1


@pytest.mark.parametrize("name", ["webkit", "remote"])
def test_an_engine_that_cannot_take_one_certificate_alone_says_so(name: EngineName) -> None:
    """It would have to take every server's."""
    inspector = "http://127.0.0.1:9" if name == "remote" else None
    trusted = Trusted("localhost", "", "https://localhost:1")
    with (
        pytest.raises(EngineUnavailable, match="use --engine webkitgtk or chromium"),
        open_engine(name, inspector=inspector, trusted=trusted),
    ):
        pass
