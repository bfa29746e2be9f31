"""Whose host a request was sent to: the common one, an account's, one that is gone, or the fake's own.

Owns the reading of the Host header. Must not answer anything.
"""

from dataclasses import dataclass
from typing import Literal

from fake_amo.http.messages import Call
from fake_amo.site.site import Site
from fake_amo.state.dataset import Account
from fake_amo.state.profiles import ZONES


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request arrived.

    own: the fake's plain address, which stands for every host at once; main: www.amocrm.ru; bare:
    amocrm.ru; api: api-b.amocrm.ru; account: an account's subdomain, or the port that it has alone; gone:
    a subdomain nobody has, or a host of the vendor's other brands.
    """

    kind: Literal["own", "main", "bare", "api", "account", "gone"]
    account: Account | None = None


def place_of(site: Site, call: Call) -> Place:
    """Return the place of a request; hosts that are nobody's name count as the fake's own address."""
    name = call.host_name
    profile = site.profile
    if name == profile.main_host:
        return Place("main")
    if name == profile.zone:
        return Place("bare")
    if name == profile.api_host:
        return Place("api")
    for zone in (profile.zone, "localhost"):
        if name.endswith(f".{zone}"):
            account = site.store.account_by_subdomain(name.removesuffix(f".{zone}"))
            return Place("gone") if account is None else Place("account", account)
    if any(name == zone or name.endswith(f".{zone}") for zone in ZONES):
        return Place("gone")
    return _behind_door(site, call)


def _behind_door(site: Site, call: Call) -> Place:
    """Return the account that is served alone on the port that was asked, else the fake's own address."""
    subdomain = site.doors.get(int(call.host_port[1:] or 0))
    if subdomain is None:
        return Place("own")
    account = site.store.account_by_subdomain(subdomain)
    return Place("gone") if account is None else Place("account", account)
