"""A phone in a scenario's words: the app, the browser that it opened, and the host between them.

Owns handing a URL from the app to the browser and a departure from the browser to the app.
"""

from collections.abc import Callable
from dataclasses import replace

from harness.engines import Departure
from harness.phone import Phone
from harness.stage.callback_page import CallbackPage
from harness.stage.consent import Consent
from harness.stage.scene.app_side import AppSide
from harness.timeline.events import Start


class PhoneSide(AppSide):
    """One user's phone in one scenario."""

    def __init__(
        self,
        app: Phone,
        page: CallbackPage,
        consent: Consent,
        *,
        authorization_url: Callable[[], str],
        in_browser: Callable[[str], str],
        host_is_named: bool,
    ) -> None:
        super().__init__(app)
        self.page = page
        self.consent = consent
        self._authorization_url = authorization_url
        self._in_browser = in_browser
        self._host_is_named = host_is_named

    def tap_connect(self) -> None:
        """Tap "connect": the app asks for the authorization URL and the browser opens it.

        An app that is told that it is connected has nothing to tap; the browser then opens amoCRM as if
        the user had come from elsewhere, so that the story goes on and shows what else is wrong.
        """
        if self.app.screen.state == "disconnected":
            self.page.open(self._in_browser(self.app.tap_connect()))
        else:
            self.page.open(self._in_browser(self._authorization_url()))

    def tap_return(self, *, start: Start = "warm") -> None:
        """Tap the button on the callback's page; what leaves it goes through the host to the app.

        `start` is `cold` where the system had ended the app in the meantime.
        """
        for departure in self.page.tap_return():
            self.app.departed(self._with_gesture(departure), start=start)

    def return_to_crm_tab(self, *, start: Start = "warm") -> None:
        """Tap the button and go on as a user does: wait out a success, tap "try again" on an error."""
        self.tap_return(start=start)
        self.go_on()

    def _with_gesture(self, departure: Departure) -> Departure:
        """A tap is a gesture: an engine that does not tell is believed, unless a host was named."""
        if departure.user_gesture is None and not self._host_is_named:
            return replace(departure, user_gesture=True)
        return departure
