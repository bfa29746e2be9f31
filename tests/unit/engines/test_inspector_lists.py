"""The lists of pages of the two kinds of inspector are read as they are served."""

from __future__ import annotations

import httpx
import pytest

from harness.engines.launched.remote import SAFARI, choose
from harness.engines.tabs.inspector import InspectedPage, InspectorBridge, pages_in_html

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
