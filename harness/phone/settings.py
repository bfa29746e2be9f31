"""What a scenario chooses about the phone, with one source for each default.

Owns the choices and refuses impossible ones before anything runs. It must not act on them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from harness.api_client.session import Sessions
from harness.config.settings import FIRST_USER, DeepLink, Http
from harness.errors import UsageError
from harness.phone.hosts.host import HostChoices
from harness.phone.hosts.tables import host_named
from harness.phone.javascript.queries import Generation
from harness.phone.links.sdk import DEFAULT_SDK, sdk_numbered
from harness.timeline.events import Build

DEFAULT_HOST = "ios-safari"


@dataclass(frozen=True, slots=True)
class PhoneOptions:
    """What is chosen about phones, whoever's they are and whatever backend they talk to."""

    host: str | None = None
    """The browser that the app opens; None: nobody named one, and the default one takes each tap's word."""
    choices: HostChoices = field(default_factory=HostChoices)
    """What the user picks where a host's behaviour is not known."""
    sdk: int = DEFAULT_SDK
    build: Build = "current"
    net_info: bool = True
    """Whether the app tells TanStack of the network (`onlineManager`); React Native alone does not."""


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
    sdk: int = DEFAULT_SDK
    build: Build = "current"
    query: Generation = "v5"
    stale_time_s: float = 300.0
    """How long a mount trusts cached data. TanStack's default is 0, with which coming back to the tab
    would always have refreshed; the seeds report that it did not."""
    net_info: bool = True
    """Whether the app tells TanStack of the network (`onlineManager`); React Native alone does not."""
    timeout_s: float = 10.0
    slow_latency_s: float = 3.0
    """How long an answer takes on a slow network, in seconds of the phone's clock."""
    initial_url_delay_s: float = 0.0
    """How long the system takes to tell a cold-started app its link, where the app asks for it."""

    def __post_init__(self) -> None:
        host_named(self.host).check(self.choices)
        sdk_numbered(self.sdk)

    def make_authorization_url(self) -> str:
        """Return the URL that the app makes for a backend that it does not ask for it."""
        if self.authorization_url is None:
            raise UsageError(
                "the phone needs an authorization URL: set [http].connect, or give `authorization_url`"
            )
        return self.authorization_url()
