"""How many loads of a view are going on: documents, scripts, pictures, fetch and XMLHttpRequest alike.

Owns counting what WebKit reports. Must not import anything but `gi` and the standard library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gi.repository import WebKit2


class Loads:
    """The loads of one view."""

    def __init__(self, view: WebKit2.WebView) -> None:
        self._open: set[int] = set()
        self._last = 0
        self.mark = 0  # loads with a greater number began since it was set
        view.connect("resource-load-started", self._on_started)

    def _on_started(
        self, _view: WebKit2.WebView, load: WebKit2.WebResource, _request: WebKit2.URIRequest
    ) -> None:
        self._last += 1
        number = self._last
        self._open.add(number)
        load.connect("finished", lambda *_: self._open.discard(number))

    def begin_count(self) -> None:
        """Count from now on, for `since`."""
        self.mark = self._last

    @property
    def all(self) -> int:
        """How many are going on."""
        return len(self._open)

    @property
    def since(self) -> int:
        """How many of those that began since `begin_count` are going on."""
        return sum(number > self.mark for number in self._open)
