"""How long Playwright may take to get hold of a view."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

from harness.engines.tabs.inspector import InspectorBridge
from harness.engines.webkitgtk.attaching import NotAttached, attach

if TYPE_CHECKING:
    from playwright.sync_api import Playwright


def test_a_view_that_playwright_does_not_get_hold_of_is_given_up(playwright: Playwright) -> None:
    """Its inspector lists it and then says nothing: so ends a browser that is killed meanwhile."""
    row = '<div class="targetname">x</div><div class="targeturl">about:blank#tab-1</div>/socket/1/1/WebPage'
    listing = f"HTTP/1.0 200 OK\r\nContent-Length: {len(row)}\r\n\r\n{row}".encode()
    bridge, inspector = InspectorBridge(), socket.create_server(("127.0.0.1", 0))

    def list_once() -> None:
        with inspector.accept()[0] as asked:
            asked.recv(65536)
            asked.sendall(listing)

    thread = threading.Thread(target=list_once, daemon=True)
    thread.start()
    address = f"127.0.0.1:{inspector.getsockname()[1]}"
    try:
        with pytest.raises(NotAttached, match="did not get hold"):
            attach(playwright, bridge, address, address="about:blank#tab-1", within_s=0.3)
    finally:
        inspector.close()
        bridge.close()
        thread.join(20)
