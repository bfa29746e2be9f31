"""Where others than this machine find the servers of a run: in its network, or by a tunnel of its user.

Owns that choice as a value. Binds nothing; all interfaces at once are never a choice.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from fake_amo.http.guard import AllowedHosts


@dataclass(frozen=True, slots=True)
class Reach:
    """How a phone reaches the servers; by itself not at all: they are on loopback alone."""

    lan: str = ""
    """An IP address of this machine, on which they listen beside loopback, at the same ports."""
    gateway_url: str = ""
    """Origin of a tunnel that leads to the gateway's port."""
    amo_url: str = ""
    """Origin of a tunnel that leads to fake amoCRM's port."""
    name: str = ""
    """A name of the DNS that leads to `lan`, which phones open in its place."""
    steers_amo: bool = True
    """Whether fake amoCRM has its control API, which it never has where others than this machine reach it."""

    @property
    def names(self) -> frozenset[str]:
        """The names of the public DNS under which they are reached."""
        hosts = (urlsplit(each).hostname for each in (self.gateway_url, self.amo_url))
        return frozenset(each for each in (*hosts, self.name) if each)

    @property
    def allowed_hosts(self) -> AllowedHosts:
        """To which names the gateway answers."""
        return AllowedHosts(self.names)


LOOPBACK_ALONE = Reach()
