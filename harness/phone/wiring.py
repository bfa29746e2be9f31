"""How the app's own code is set up: the options of its queries, what it tells TanStack, how long it waits.

Owns the named set-ups and where each is taken from. It must not act on them.
"""

from dataclasses import dataclass, field
from typing import Literal

from harness.errors import UsageError
from harness.phone.javascript.query_versions import APPS_OWN, QUERY_VERSIONS, QueryOptions, QueryRelease
from harness.timeline.events import Build

AppName = Literal["as-it-is", "leads-alone", "wired", "session", "documents"]


SessionUse = Literal["ignored", "handled", "without_redirect_url"]
"""`handled`: the app follows the link of a success itself. `without_redirect_url`: it names no redirectUrl,
so that an iOS session keeps watch for no scheme."""


@dataclass(frozen=True, slots=True)
class AppWiring:
    """One set-up; the fields' defaults are the app's public code of February 2026."""

    query: QueryRelease = APPS_OWN
    status: QueryOptions = field(default_factory=lambda: QueryOptions(gc_time_s=0, retries=1))
    """The defaults of its query client: `staleTime` 0, `gcTime` 0, `retry` 1."""
    leads: QueryOptions = field(
        default_factory=lambda: QueryOptions(gc_time_s=0, retries=1, retry_delay_s=2.0)
    )
    """The CRM tab's leads, which have a `retryDelay` of their own."""
    net_info: bool = False
    """Whether it tells TanStack of the network (`onlineManager`); React Native alone does not."""
    app_state: bool = False
    """Whether it tells TanStack of AppState (`focusManager`), so that coming back refetches what is stale."""
    tab_refetches: bool = True
    """Whether the CRM tab asks again whenever it gets the focus (`useFocusEffect`)."""
    tab_stays: bool = False
    """Whether the callback screen leads back to the CRM tab that was there, which stays mounted; else
    `router.replace` puts a new one over it."""
    session: SessionUse = "ignored"
    """What becomes of the result of `openAuthSessionAsync`, in a host that has one."""
    timeout_s: float = 30.0
    """axios' timeout, which an answer is really waited for."""

    def __post_init__(self) -> None:
        if self.query not in QUERY_VERSIONS:
            known = ", ".join(QUERY_VERSIONS)
            raise UsageError(f"TanStack Query {self.query!r} is not known here; choose one of {known}")


AS_IT_IS = AppWiring()
DOCUMENTS = AppWiring(
    query="5.106",
    status=QueryOptions(stale_time_s=300.0),
    leads=QueryOptions(stale_time_s=300.0),
    net_info=True,
    tab_refetches=False,
    timeout_s=10.0,
)
"""An app that the two documents leave room for: with TanStack's `staleTime` of 0 coming back to the tab would
always have refreshed, and they report that it did not, so its data is trusted for five minutes."""
WIRED = AppWiring(net_info=True, app_state=True, tab_stays=True)
"""The app if it told TanStack of the phone, as TanStack's page on React Native advises."""


@dataclass(frozen=True, slots=True)
class NamedApp:
    """A build and its set-up."""

    build: Build
    wiring: AppWiring


APPS: dict[AppName, NamedApp] = {
    "as-it-is": NamedApp("current", AS_IT_IS),
    "leads-alone": NamedApp("leads_alone", AS_IT_IS),
    "wired": NamedApp("current", WIRED),
    "session": NamedApp("current", AppWiring(session="handled")),
    "documents": NamedApp("current", DOCUMENTS),
}
"""`leads-alone` is the newest state of the public code, whose CRM tab shows leads and asks no status;
`session` follows the result of its browser session."""


def wiring_of(build: Build) -> AppWiring:
    """Return the set-up that a build has: the app from before the fix is the documents'."""
    return DOCUMENTS if build == "before_fix" else AS_IT_IS


def app_named(name: str) -> NamedApp:
    """Return an app; UsageError names those that exist."""
    for known, app in APPS.items():
        if known == name:
            return app
    raise UsageError(f"no app is called {name!r}; choose one of {', '.join(APPS)}")
