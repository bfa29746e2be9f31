"""What differs between amoCRM then, amoCRM now and Kommo: one frozen profile each.

Owns texts, domains and the switches on which sources disagree by date or by brand. Holds no state.
Sources of every value: FACTS.md.
"""

from dataclasses import dataclass
from typing import Literal

Language = Literal["ru", "en"]


@dataclass(frozen=True, slots=True)
class Profile:
    """One vendor at one time."""

    name: str
    zone: str
    """The registrable domain; `www.` before it is the common host, an account's subdomain its own."""
    platform: int
    """The `platform` parameter of the redirect: 1 amocrm.ru, 2 Kommo and its zone of before, amocrm.com."""
    language: Language
    client_errors: Literal["hints", "bare"]
    """How a refused client is told so: 400 with a hint (2022 and later), or a bare 401 (2020-21)."""
    platform_sent: bool
    """False: the redirect carries no `platform`, as in 2021."""
    server_time: bool
    """True: token answers carry `server_time`."""
    late_claims: bool
    """True: access tokens carry `hash_uuid` and `api_domain`, as since August 2024."""

    @property
    def main_host(self) -> str:
        """The common host that shows the consent page."""
        return f"www.{self.zone}"

    @property
    def api_host(self) -> str:
        """What `api_domain` names when the fake is reached by the vendor's own host names."""
        return f"api-b.{self.zone}"


_NOW = Profile(
    name="amocrm",
    zone="amocrm.ru",
    platform=1,
    language="ru",
    client_errors="hints",
    platform_sent=True,
    server_time=True,
    late_claims=True,
)

PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        _NOW,
        Profile("amocrm-2022", "amocrm.ru", 1, "ru", "hints", True, False, False),
        Profile("amocrm-2020", "amocrm.ru", 1, "ru", "bare", False, False, False),
        Profile("amocrm-com", "amocrm.com", 2, "en", "hints", True, True, True),
        Profile("kommo", "kommo.com", 2, "en", "hints", True, True, True),
    )
}


ZONES = ("amocrm.ru", "amocrm.com", "kommo.com")
"""Every domain of the vendor's brands: under one that is not the profile's there is no account."""


def profile_of_zone(zone: str) -> Profile:
    """Return the newest profile of a zone, one of `ZONES`."""
    return next(each for each in (_NOW, *PROFILES.values()) if each.zone == zone)


def profile_named(name: str) -> Profile:
    """Return the profile of that name, or raise ValueError naming the ones there are."""
    try:
        return PROFILES[name]
    except KeyError:
        raise ValueError(f"no profile {name!r}; there are {', '.join(PROFILES)}") from None
