"""The releases of TanStack Query that behave differently where the app can see it, each by name.

Owns their differences and the options of a query. Found by playing 2,000 schedules with every release that
could be had (`python -m tools.differential`), read in the sources of @tanstack/query-core.
"""

from dataclasses import dataclass
from typing import Literal

QueryRelease = Literal["4", "5.84", "5.90", "5.91", "5.106"]
APPS_OWN: QueryRelease = "5.90"
"""The app's own: ^5.90.5 in its public code of February 2026."""
Joined = Literal["nobody", "the next", "whoever is last"]


@dataclass(frozen=True, slots=True)
class QueryVersion:
    """What one release does; `package` is the one that it is held against."""

    name: QueryRelease
    package: str
    also: str
    """Which other releases do the same."""
    joined: Joined
    """Whom whoever awaits a replaced fetch waits for."""
    bare_key_is_filters: bool = True
    """`invalidateQueries(['leads'])` means every query; v4 takes the key."""
    awaits_the_network: bool = False
    """An invalidation while offline waits until the network is back."""
    failed_is_invalidated: bool = False
    """After a refetch that failed, the data counts as out of date."""
    gives_up_paused_first_fetch: bool = False
    """The last unmount takes back a first fetch that waits for the network."""
    replaced_fetch_still_pauses: bool = True
    """A replaced fetch that wakes up offline says "paused" in the name of the one that replaced it."""
    starts_without_focus: bool = False
    """A fetch that waited for the network to begin begins in the background as well."""


QUERY_VERSIONS: dict[str, QueryVersion] = {
    version.name: version
    for version in (
        QueryVersion("4", "4.44.0", "4.x", "nobody", bare_key_is_filters=False, awaits_the_network=True),
        QueryVersion("5.84", "5.85.1", "5.81 to 5.85.1", "nobody"),
        QueryVersion("5.90", "5.90.5", "5.85.2 to 5.90.14", "the next"),
        QueryVersion(
            "5.91",
            "5.100.14",
            "5.91.2 to 5.103",
            "the next",
            failed_is_invalidated=True,
            gives_up_paused_first_fetch=True,
        ),
        QueryVersion(
            "5.106",
            "5.108.0",
            "5.106 and later",
            "whoever is last",
            failed_is_invalidated=True,
            gives_up_paused_first_fetch=True,
            replaced_fetch_still_pauses=False,
            starts_without_focus=True,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class QueryOptions:
    """Options of a query; the fields' defaults are TanStack's."""

    stale_time_s: float = 0.0
    """How long a mount trusts data."""
    gc_time_s: float = 300.0
    """How long data stays that nothing mounted shows."""
    retries: int = 3
    retry_delay_s: float | None = None
    """None: 1, 2, 4 s and so on, 30 s at most."""

    def delay_s(self, failures: int) -> float:
        """Return how long to wait after so many failures before this one."""
        return min(2.0**failures, 30.0) if self.retry_delay_s is None else self.retry_delay_s
