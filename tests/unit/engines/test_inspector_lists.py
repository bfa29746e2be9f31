"""The lists of pages of the two kinds of inspector are read as they are served."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

import httpx
import pytest

from harness.engines.launched.remote import SAFARI, choose
from harness.engines.tabs.inspector import (
    InspectedPage,
    InspectorBridge,
    InspectorSilent,
    pages_in_html,
    pages_of_webkit,
)

if TYPE_CHECKING:
    from collections.abc import Generator

# As served by WebKitGTK 2.50.6, shortened to the rows.
ROW = (
    '<tr><td class="data"><div class="targetname">{title}</div><div class="targeturl">{url}</div></td>'
    '<td class="input"><input type="button" value="Inspect" onclick="window.open(\'Main.html?ws=\' + '
    "window.location.host + '/socket/1/{number}/WebPage', '_blank', 'location=no');\"></td></tr>"
)


def test_webkits_list_is_read() -> None:
    """Title, address and socket of each page, entities resolved."""
    listing = ROW.format(title="Shop &amp; more", url="https://a.example/?x=1&amp;y=2", number=3)
    listing += ROW.format(title="", url="about:blank#tab-2", number=12)
    assert pages_in_html(f"<table>{listing}</table>", "127.0.0.1:5000") == [
        InspectedPage("Shop & more", "https://a.example/?x=1&y=2", "ws://127.0.0.1:5000/socket/1/3/WebPage"),
        InspectedPage("", "about:blank#tab-2", "ws://127.0.0.1:5000/socket/1/12/WebPage"),
    ]


def test_a_list_without_pages_is_empty() -> None:
    """No row, no page."""
    assert pages_in_html("<h1>Inspectable targets</h1><p>No targets found</p>", "127.0.0.1:5000") == []


@contextlib.contextmanager
def _ending_after(answer: bytes) -> Generator[str]:
    """Serve one connection as an inspector that ends after `answer`; the address, as host:port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

        serving = threading.Thread(target=serve)
        serving.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        serving.join()


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<table>"],
    ids=["before a word", "in its first line", "in its list"],
)
def test_an_inspector_that_ends_in_mid_answer_is_silent(answer: bytes) -> None:
    """Nothing of what reads it gets out: it is told as an inspector that does not answer."""
    with (
        _ending_after(answer) as address,
        pytest.raises(InspectorSilent, match=f"answers at http://{address}"),
    ):
        pages_of_webkit(address)


@pytest.mark.parametrize(
    ("apps", "taken"),
    [(["com.shop", f"PID:{SAFARI}", SAFARI], 1), (["", ""], 0), (["com.shop"], 0)],
    ids=["safari-among-others", "apps-not-told", "another-app-only"],
)
def test_safaris_first_page_is_taken(apps: list[str], taken: int) -> None:
    """Safari's page comes first; without one, the first at all."""
    pages = [InspectedPage(f"{number}", "", "", app) for number, app in enumerate(apps)]
    assert choose(pages) is pages[taken]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "rebound.example"}, 421),
        ({"origin": "http://127.0.0.1:8000"}, 421),
    ],
    ids=["Playwright", "a rebound page", "a page of another origin"],
)
def test_the_bridge_answers_no_page(headers: dict[str, str], status: int) -> None:
    """Whoever has the page's socket drives the browser."""
    bridge = InspectorBridge()
    try:
        choice = bridge.offer(InspectedPage("", "about:blank", "ws://127.0.0.1:1/socket"))
        answer = httpx.get(f"{bridge.url}/json", headers=choice | headers, trust_env=False)
        assert answer.status_code == status
        assert ("ws://" in answer.text) == (status == 200)
    finally:
        bridge.close()
