"""The app in a user's words, whichever browser the user has: open it, follow a link, come back, go on.

Owns what a user does in the app alone. Must not know a browser or how a departure was seen.
"""

from collections.abc import Callable

from harness.config.settings import BackendConfig
from harness.phone import Phone, PhoneOptions, PhoneSettings
from harness.phone.settings import DEFAULT_HOST
from harness.stage.scene.servers import Scene

SUCCESS_IS_SHOWN_S = 1.0
BACKEND_IS_WAITED_FOR_S = 60.0
"""On the phone's clock: the app asks again where answers fail, and a user waits for it."""


class AppSide:
    """One user's app in one scenario."""

    def __init__(self, app: Phone) -> None:
        self.app = app

    def open_crm_tab(self) -> None:
        """Open the app on its CRM tab."""
        self.app.open_crm_tab()

    def follow_link(self, url: str) -> None:
        """Open a link that came by another way than the page, and go on as a user does."""
        self.app.deliver(url)
        self.go_on()

    def link_comes_again(self) -> None:
        """The system hands over once more the link that opened the app, if one did, and the user goes on."""
        if self.app.last_link is not None:
            self.app.deliver(self.app.last_link)
        self.go_on()

    def come_back_by_hand(self) -> None:
        """Go from the browser to the app without a tap on the page."""
        self.app.come_back_by_hand()

    def lose_network(self) -> None:
        """Be without a network from now on."""
        self.app.change_network("offline")

    def find_network(self) -> None:
        """Have a network again."""
        self.app.change_network("online")

    def start_again(self) -> None:
        """End the app and start it from its icon, on its CRM tab."""
        self.app.restart_app()
        self.app.open_crm_tab()

    def wait(self, seconds: float) -> None:
        """Let the phone's clock run."""
        self.app.clock.advance(seconds)

    def look_at_the_tab_again(self) -> None:
        """Go from the CRM tab to another and back; an app that is elsewhere is left there."""
        if self.app.screen.name == "crm":
            self.app.open_crm_tab()

    def go_on(self) -> None:
        """Go on as a user does: wait out a success, tap "try again" on an error."""
        if self.app.screen.name == "callback" and self.app.screen.state == "error":
            self.app.tap_retry()
        if (self.app.screen.name, self.app.screen.state) == ("callback", "processing"):
            self.app.clock.advance_at_most(BACKEND_IS_WAITED_FOR_S, until=self._is_decided)
        self.wait(seconds=SUCCESS_IS_SHOWN_S)

    def _is_decided(self) -> bool:
        return self.app.screen.state != "processing"


def phone_settings(
    config: BackendConfig,
    scene: Scene,
    options: PhoneOptions,
    user: str,
    authorization_url: Callable[[], str],
) -> PhoneSettings:
    """Return a user's phone in a scene; `authorization_url` is for an app that asks nothing."""
    return PhoneSettings(
        http=config.http,
        base_url=scene.backend.url,
        deep_link=config.deep_link,
        user=user,
        authorization_url=authorization_url,
        sessions=scene.callers.sessions,
        host=options.host or DEFAULT_HOST,
        choices=options.choices,
        measurements=options.measurements,
        sdk=options.sdk,
        build=options.build,
        wiring=options.wiring,
    )
