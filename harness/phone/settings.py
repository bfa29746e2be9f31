"""What a scenario chooses about the phone, with one source for each default.

Owns the choices and refuses impossible ones before anything runs. It must not act on them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from harness.api_client.session import Sessions
from harness.config.settings import FIRST_USER, DeepLink, Http
from harness.errors import UsageError
from harness.phone.hosts.host import Host, HostChoices, NoGesture, Platform
from harness.phone.hosts.measured import Measurement, measured, read_measurements
from harness.phone.hosts.tables import host_named
from harness.phone.links.sdk import DEFAULT_SDK, sdk_numbered
from harness.phone.wiring import AppWiring, app_named, wiring_of
from harness.timeline.events import Build, Outcome

DEFAULT_HOST = "ios-safari"


@dataclass(frozen=True, slots=True)
class PhoneOptions:
    """What is chosen about phones, whoever's they are and whatever backend they talk to."""

    host: str | None = None
    """The browser that the app opens; None: nobody named one, and the default one takes each tap's word."""
    choices: HostChoices = field(default_factory=HostChoices)
    """What the user picks where a host's behaviour is not known."""
    measurements: tuple[Measurement, ...] = ()
    """What people saw hosts do, in the place of the tables' cells."""
    sdk: int = DEFAULT_SDK
    build: Build = "current"
    wiring: AppWiring | None = None
    """How the app's own code is set up; None: as its build is."""

    @property
    def platform(self) -> Platform:
        """Whose phone it is."""
        return host_named(self.host or DEFAULT_HOST).platform


@dataclass(frozen=True, slots=True)
class PhoneSettings:
    """One phone with one user's app on it; every field is a fact about the phone, not about the backend."""

    http: Http
    base_url: str
    deep_link: DeepLink = field(default_factory=DeepLink)
    user: str = FIRST_USER
    authorization_url: Callable[[], str] | None = None
    """Makes the authorization URL for a backend that the app does not ask for it."""
    sessions: Sessions | None = None
    """Who is signed in to the backend; None: a phone that shares this with nobody."""
    host: str = DEFAULT_HOST
    choices: HostChoices = field(default_factory=HostChoices)
    """What the user picks where a host's behaviour is not known."""
    measurements: tuple[Measurement, ...] = ()
    """What people saw hosts do, in the place of the tables' cells."""
    sdk: int = DEFAULT_SDK
    build: Build = "current"
    wiring: AppWiring | None = None
    """How the app's own code is set up; None: as its build is."""
    slow_latency_s: float = 3.0
    """How long an answer takes on a slow network, in seconds of the phone's clock."""
    return_is_heard_first: bool = False
    """Whether expo's code for Android hears of the app's return before it hears the link, which it then takes
    for a dismissal; nobody has measured how often that is."""
    initial_url_delay_s: float = 0.0
    """How long the system takes to tell a cold-started app its link, where the app asks for it."""

    def __post_init__(self) -> None:
        self.browser.check(self.choices)
        sdk_numbered(self.sdk)

    @property
    def set_up(self) -> AppWiring:
        """How the app's own code is set up."""
        return self.wiring or wiring_of(self.build)

    @property
    def browser(self) -> Host:
        """The host, as it was measured."""
        return measured(host_named(self.host), self.measurements)

    def make_authorization_url(self) -> str:
        """Return the URL that the app makes for a backend that it does not ask for it."""
        if self.authorization_url is None:
            raise UsageError(
                "the phone needs an authorization URL: set [http].connect, or give `authorization_url`"
            )
        return self.authorization_url()


def phone_options(
    *,
    host: str | None = None,
    no_gesture: str | None = None,
    unknown: str | None = None,
    app_installed: bool = True,
    sdk: int | None = None,
    app: str | None = None,
    hosts: Path | None = None,
) -> PhoneOptions:
    """Return what was picked about the phone; None is what the simulator does anyway.

    Whoever picks how a host behaves has named the host, be it the default one. UsageError for a host, an
    app or an SDK that does not exist, for a question that the host does not ask, and for a file of
    measurements (`hosts`) that is none.
    """
    choices = HostChoices(
        cast("NoGesture | None", no_gesture), cast("Outcome | None", unknown), app_installed
    )
    picked = app_named(app) if app is not None else None
    measurements = () if hosts is None else read_measurements(hosts)
    named = None
    if host is not None or choices != HostChoices():
        named = measured(host_named(host or DEFAULT_HOST), measurements)
        named.check(choices)  # the words may be any until here
    return PhoneOptions(
        host=named.name if named else None,
        choices=choices,
        measurements=measurements,
        sdk=DEFAULT_SDK if sdk is None else sdk_numbered(sdk).number,
        build=picked.build if picked else "current",
        wiring=picked.wiring if picked else None,
    )
