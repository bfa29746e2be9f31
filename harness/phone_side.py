"""The phone in a scenario's words: the app, its browser and the host between them.

Owns handing a URL from the app to the browser and a departure from the browser to the app.
"""

from harness.callback_page import CallbackPage
from harness.phone import Phone


class PhoneSide:
    """The user's phone in one scenario."""

    def __init__(self, app: Phone, page: CallbackPage) -> None:
        self.app = app
        self._page = page

    def open_crm_tab(self) -> None:
        """Open the app on its CRM tab."""
        self.app.open_crm_tab()

    def tap_connect(self) -> None:
        """Tap "connect": the app asks for the authorization URL and the browser opens it."""
        self._page.open(self.app.tap_connect())

    def tap_return(self) -> None:
        """Tap the button on the callback's page; what leaves it goes through the host to the app."""
        for departure in self._page.tap_return():
            self.app.departed(departure)

    def wait(self, seconds: float) -> None:
        """Let the phone's clock run."""
        self.app.clock.advance(seconds)
