"""The phone: the app, the browser that it opened, and the host between them.

Owns what the user can do (tap, come back, lose the network) and the `app.*` events that are no HTTP call.
It must not drive a browser: a departure is told to it by whoever does.
"""

from dataclasses import replace
from types import TracebackType
from typing import Literal, Self

from harness.errors import BackendError, NotSimulated, UsageError
from harness.phone.app import OWN_SCREENS, MobileApp, Screens
from harness.phone.connection import ApiError, Connection
from harness.phone.hosts.host import DepartureSeen, HostDecision
from harness.phone.javascript.clock import PhoneClock
from harness.phone.javascript.promise import Promise, spawn
from harness.phone.links import router
from harness.phone.links.intents import link_of_intent
from harness.phone.links.router import Dropped, Route
from harness.phone.links.sdk import sdk_numbered
from harness.phone.screens import Screen
from harness.phone.settings import PhoneSettings
from harness.timeline.events import (
    AppEvent,
    AppScreen,
    AppTap,
    HostDecided,
    LinkDelivered,
    LinkDropped,
    LinkRouted,
    Network,
    NetworkCondition,
    PhoneSwitchedOn,
    SessionResult,
    Start,
)
from harness.timeline.recorder import Recorder

BROWSER = Screen("browser", "open")
INITIAL_URL_WAIT_S = 0.150
LEAST_AWAY_S = 5.0
"""How long nobody is quicker than at amoCRM: what the phone keeps grows older by that in the browser."""
Answer = Literal["open", "cancel"]


class Phone:
    """One phone, switched on with the app at its root. Close it, or use it as a context manager."""

    def __init__(
        self,
        settings: PhoneSettings,
        recorder: Recorder,
        *,
        screens: Screens = OWN_SCREENS,
        clock: PhoneClock | None = None,
    ) -> None:
        self.settings = settings
        self._screens = screens
        self.clock = clock or PhoneClock()
        self._recorder = recorder
        self._host = settings.browser
        self._sdk = sdk_numbered(settings.sdk)
        self._away_s = 0.0
        self._connection = Connection(settings, recorder, lambda: self.clock.now_s + self._away_s)
        self._browser_open = False
        self._last_link: str | None = None
        self._refused: set[str] = set()
        self._recorded: Screen | None = None
        self._record(PhoneSwitchedOn(build=settings.build, sdk=settings.sdk, host=settings.host))
        self._app = self._start_app()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Switch off: end the app and its connections."""
        self._app.end()
        self._connection.close()

    @property
    def screen(self) -> Screen:
        """What the user has before them."""
        return BROWSER if self._browser_open else self._app.view()

    @property
    def last_link(self) -> str | None:
        """The link that last opened the app, since it was last started from its icon."""
        return self._last_link

    @property
    def mounted_tabs(self) -> int:
        """How many CRM tabs the app has mounted, seen or not."""
        return self._app.mounted_tabs

    @property
    def network(self) -> Network:
        """The phone's network."""
        return self._connection.network

    def change_network(self, network: Network) -> None:
        """Have this network from now on."""
        self._connection.change_network(network)
        self._record(NetworkCondition(network=network))
        if self.settings.set_up.net_info:
            self._app.queries.set_online(network != "offline")
        self.clock.settle()

    def open_crm_tab(self) -> None:
        """Open the CRM tab: it asks for the status, and for the leads once connected."""
        self._app.open_crm_tab()
        self._show()

    def tap_connect(self) -> str:
        """Tap "connect": return the URL that the phone's browser must open; the app is behind it now.

        Raises BackendError when the backend gives no URL, UsageError when there is nothing to tap.
        """
        if self.screen.state != "disconnected":
            raise UsageError(f"there is no “connect” to tap on the screen {self.screen.name!r}")
        self._record(AppTap(target="connect"))
        url: Promise[str] = spawn(self._app.life, self._app.api.authorization_url())
        self.clock.advance_until(lambda: url.settled)
        try:
            opened = url.result()
        except ApiError as error:
            raise BackendError(
                f"the app could not ask for the authorization URL: {self.settings.http.connect}: {error}"
            ) from None
        self._browser_open = True
        self._away_s += LEAST_AWAY_S
        self._app_is_before_the_user(not self._host.app_is_behind)
        self._show()
        return opened

    def departed(
        self, departure: DepartureSeen, *, answer: Answer = "open", start: Start = "warm"
    ) -> HostDecision:
        """Tell that the page tried to leave; the host decides, and what it opens reaches the app.

        `answer` is what the user taps if the host prompts. Raises NotSimulated where nobody knows.
        """
        if departure.url in self._refused:
            raise NotSimulated(
                f"the user has cancelled this link before: in 2016 and 2017 {self._host.title} then showed "
                "an error until it was restarted; nobody has reported what it does today. "
                "Try it on a real phone"
            )
        link = self.settings.deep_link.in_scheme(departure.url)
        if self._host.platform == "android":
            link = link_of_intent(link)
        ours = self._is_answered_to(link)
        decision = self._host.decide(departure, self.settings.choices, is_ours=ours)
        self._record(
            HostDecided(url=departure.url, host=decision.host, outcome=decision.outcome, seen=decision.seen)
        )
        if decision.outcome == "prompts" and answer == "cancel":
            self._refused.add(departure.url)
        elif decision.reaches_app:
            self.deliver(link, start)
            self._hear_of_the_link(link)
        elif decision.outcome == "callback":
            self._take_session_result(link)
        return decision

    def deliver(self, url: str, start: Start = "warm") -> None:
        """Hand a link to the app. UsageError for what is no link of the app, which then stays as it was.

        `cold` starts the app with it; `reload` restarts the app's JavaScript, which finds it again.
        """
        router.check_link(url, self.settings.deep_link)
        self._record(LinkDelivered(url=url, start=start, installed=True))
        self._leave_browser()
        self._last_link = url
        if start != "warm":
            self._restart()
            if not self._initial_url_is_known():
                self._drop(url, _LOST_RACE)
                return
        routed = router.route(url, self._sdk, self.settings.deep_link)
        if isinstance(routed, Dropped):
            self._drop(url, routed.reason)
        else:
            self._follow(url, routed)

    def tap_retry(self) -> None:
        """Tap "try again" on the callback screen. UsageError when it is not there."""
        retry = self._app.retry()
        self._record(AppTap(target="retry"))
        retry()
        self._show()

    def come_back_by_hand(self) -> None:
        """Switch from the browser to the app without a link."""
        self._leave_browser()
        self._show()

    def close_session(self, how: Literal["cancel", "dismiss"] = "cancel") -> None:
        """Close the browser session, as its user or the app does. UsageError where the browser is none."""
        if self._host.session is None or not self._browser_open:
            raise UsageError(f"there is no browser session to close: the app opened {self._host.title}")
        self._leave_browser()
        self._record(SessionResult(type=how, handled=self.settings.set_up.session == "handled"))
        self._show()

    def restart_from_recents(self) -> None:
        """End the app and bring it back from the recent ones: Android hands the old link over again."""
        if self._host.platform == "android" and self._last_link is not None:
            self.deliver(self._last_link, "cold")
        else:
            self.restart_app()

    def restart_app(self) -> None:
        """End the app and start it from its icon; the browser, if open, is left behind."""
        self._browser_open = False
        self._last_link = None
        self._restart()
        self._show()

    def reload_app(self) -> None:
        """Reload the app's JavaScript: the last link that opened the app is found and followed again."""
        if self._last_link is None:
            self.restart_app()
        else:
            self.deliver(self._last_link, "reload")

    def _start_app(self) -> MobileApp:
        return MobileApp(self.settings, self._screens, self._connection, self.clock, self._record_screen)

    def _restart(self) -> None:
        self._app.end()
        self._app = self._start_app()

    def _initial_url_is_known(self) -> bool:
        """Whether a starting app learns its link in time, where it has to ask for it."""
        if not self._sdk.asks_for_initial_url and self._host.platform == "ios":
            return True
        delay_s = self.settings.initial_url_delay_s
        self.clock.advance(min(delay_s, INITIAL_URL_WAIT_S))
        return delay_s <= INITIAL_URL_WAIT_S

    def _follow(self, url: str, routed: Route) -> None:
        params = {n: v if isinstance(v, str) else tuple(v) for n, v in routed.params.items()}
        self._record(LinkRouted(url=url, screen=routed.screen, params=params))
        self._app.go_to(routed)
        self._show()

    def _drop(self, url: str, reason: str) -> None:
        self._record(LinkDropped(url=url, reason=reason))
        self._show()

    def _take_session_result(self, url: str) -> None:
        """The browser session's promise resolves: the app follows its link itself, or nothing listens."""
        self._leave_browser()
        self._end_session(url)
        self._show()

    def _hear_of_the_link(self, url: str) -> None:
        """On Android the promise has the link besides the router, unless the app's return came first."""
        if self._host.session != "polyfill":
            return
        if self.settings.return_is_heard_first:
            handled = self.settings.set_up.session == "handled"
            self._record(SessionResult(type="dismiss", handled=handled))
        else:
            self._end_session(url)

    def _end_session(self, url: str) -> None:
        handled = self.settings.set_up.session == "handled"
        self._record(SessionResult(url=url, handled=handled))
        if handled:
            self.deliver(url)

    def _is_answered_to(self, link: str) -> bool:
        """Whether a link is the app's; a session of the system without a redirectUrl watches for none."""
        if self._host.session == "system" and self.settings.set_up.session == "without_redirect_url":
            return False
        return router.scheme_of(link) == self.settings.deep_link.scheme.lower()

    def _leave_browser(self) -> None:
        self._browser_open = False
        self._app_is_before_the_user(True)

    def _app_is_before_the_user(self, is_so: bool) -> None:
        if self.settings.set_up.app_state:
            self._app.queries.set_focused(is_so)

    def _show(self) -> None:
        self._record_screen()
        self.clock.settle()

    def _record(self, event: AppEvent) -> None:
        self._recorder.record(replace(event, user=self.settings.user))

    def _record_screen(self) -> None:
        now = self.screen
        if now == self._recorded:
            return
        self._recorded = now
        self._record(
            AppScreen(
                screen=now.name,
                state=now.state,
                text=now.text,
                leads=None if now.leads is None else len(now.leads),
                at_s=self.clock.now_s,
            )
        )


_LOST_RACE = (
    "the system took longer than 150 ms to tell the starting app its link, "
    "so expo-router opened the root instead"
)
