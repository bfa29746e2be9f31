"""A phone in a scenario's words: the app, the browser that it opened, and the host between them.

Owns handing a URL from the app to the browser and a departure from the browser to the app.
"""

from collections.abc import Callable
from dataclasses import replace

from harness.engines import Departure
from harness.phone import Phone
from harness.stage.callback_page import CallbackPage
from harness.stage.consent import Consent
from harness.timeline.events import Start

SUCCESS_IS_SHOWN_S = 1.0
BACKEND_IS_WAITED_FOR_S = 60.0
"""On the phone's clock: the app asks again where answers fail, and a user waits for it."""


class PhoneSide:
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
        self.app = app
        self.page = page
        self.consent = consent
        self._authorization_url = authorization_url
        self._in_browser = in_browser
        self._host_is_named = host_is_named

    def open_crm_tab(self) -> None:
        """Open the app on its CRM tab."""
        self.app.open_crm_tab()

    def tap_connect(self) -> None:
        """Tap "connect": the app asks for the authorization URL and the browser opens it.

        An app that is told that it is connected has nothing to tap; the browser then opens amoCRM as if
        the user had come from elsewhere, so that the story goes on and shows what else is wrong.
        """
        if self.app.screen.state == "disconnected":
            self.page.open(self._in_browser(self.app.tap_connect()))
        else:
            self.page.open(self._authorization_url())

    def tap_return(self, *, start: Start = "warm") -> None:
        """Tap the button on the callback's page; what leaves it goes through the host to the app.

        `start` is `cold` where the system had ended the app in the meantime.
        """
        for departure in self.page.tap_return():
            self.app.departed(self._with_gesture(departure), start=start)

    def return_to_crm_tab(self, *, start: Start = "warm") -> None:
        """Tap the button and go on as a user does: wait out a success, tap "try again" on an error."""
        self.tap_return(start=start)
        self._go_on()

    def follow_link(self, url: str) -> None:
        """Open a link that came by another way than the page, and go on as a user does."""
        self.app.deliver(url)
        self._go_on()

    def link_comes_again(self) -> None:
        """The system hands over once more the link that opened the app, if one did, and the user goes on."""
        if self.app.last_link is not None:
            self.app.deliver(self.app.last_link)
        self._go_on()

    def come_back_by_hand(self) -> None:
        """Go from the browser to the app without a tap on the page."""
        self.app.come_back_by_hand()

    def lose_network(self) -> None:
        """Be without a network from now on."""
        self.app.change_network("offline")

    def find_network(self) -> None:
        """Have a network again."""
        self.app.change_network("online")

    def _go_on(self) -> None:
        if self.app.screen.name == "callback" and self.app.screen.state == "error":
            self.app.tap_retry()
        if (self.app.screen.name, self.app.screen.state) == ("callback", "processing"):
            self.app.clock.advance_at_most(BACKEND_IS_WAITED_FOR_S, until=self._is_decided)
        self.wait(seconds=SUCCESS_IS_SHOWN_S)

    def _is_decided(self) -> bool:
        return self.app.screen.state != "processing"

    def wait(self, seconds: float) -> None:
        """Let the phone's clock run."""
        self.app.clock.advance(seconds)

    def start_again(self) -> None:
        """End the app and start it from its icon, on its CRM tab."""
        self.app.restart_app()
        self.app.open_crm_tab()

    def _with_gesture(self, departure: Departure) -> Departure:
        """A tap is a gesture: an engine that does not tell is believed, unless a host was named."""
        if departure.user_gesture is None and not self._host_is_named:
            return replace(departure, user_gesture=True)
        return departure
