"""Backends on the stage: each is a URL that can be put back to "not connected".

Owns what every backend can do. The reference in process is `harness.backends.reference`, a process of
its own `harness.backends.process`.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from fake_amo import FakeAmo
from harness.timeline.current import CurrentRecorder

Offer = str
"""What a scenario or a clause may need: `connect`, `process` (can be killed), `storage` (that outlives it),
`users` (more than one)."""


class Backend(Protocol):
    """A backend on the stage, whoever runs it."""

    name: str
    storage_lasts: bool
    resets: bool
    """Whether it can be put back to "not connected"."""
    is_reference: bool
    """Whether it is the harness's own, of which nothing may be passed over in silence."""
    offers: frozenset[Offer]
    shares_amo_clock: bool
    """Whether moving amoCRM's clock moves its own."""
    sees_every_host: bool
    """Whether it can be seen to turn to any host, by a proxy that stands before all of them."""

    @property
    def url(self) -> str:
        """The backend's origin."""
        ...

    def prepare(self, *, patience_s: float) -> None:
        """Get back to "not connected"; what it does from now on belongs to the current recorder's scenario.

        `patience_s` is how long to wait for amoCRM, for a backend that lets itself be told.
        """
        ...

    def kill_and_restart(self) -> None:
        """Kill the backend as a crash would, and start it again."""
        ...

    def in_browser(self, url: str) -> str:
        """Return amoCRM's URL as the phone's browser must open it here."""
        ...

    def take_defects(self) -> list[str]:
        """Take what went wrong in it and is a defect of the harness's own."""
        ...


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the phone's browser finds what stands behind the gateway."""

    redirect_uri: str
    frontend_url: str = ""
    """The origin of the backend's first frontend; empty where it has none."""

    @property
    def public_url(self) -> str:
        """The redirect URI's origin."""
        parts = urlsplit(self.redirect_uri)
        return f"{parts.scheme}://{parts.netloc}"


OpenBackend = Callable[[FakeAmo, Addresses, CurrentRecorder], AbstractContextManager[Backend]]
"""Opens a backend that is connected to the fake, has these addresses, and records to what is current."""
