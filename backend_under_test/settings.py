"""What the backend must be told before it starts, and nothing that it finds out by itself.

Owns the defaults: the process, the tests and the documentation read these fields. Must not read the
environment (`__main__` does) nor open anything.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urlsplit

AMO_DOMAINS = ("amocrm.ru", "amocrm.com", "kommo.com")
"""Domains under which real accounts live, `{account}.amocrm.ru`."""


class SettingsError(ValueError):
    """A value that the backend cannot start with; the message names it and the remedy."""


@dataclass(frozen=True)
class DeepLink:
    """The address at which the phone's app takes the user back."""

    scheme: str = "foryoure"
    host: str = "amo-crm"
    path: str = "/callback"

    @property
    def url(self) -> str:
        """The link without its query."""
        return f"{self.scheme}://{self.host}{self.path}"


@dataclass(frozen=True)
class Texts:
    """Every word of the callback's pages that is the same for each user."""

    success_title: str = "AMO CRM Authorization"
    success_heading: str = "✓ Authorization successful!"
    success_message: str = "Your AMO CRM account has been successfully connected."
    tap_hint: str = "Please tap the button below to return to the app:"
    button: str = "Return to App"
    missing_title: str = "AMO CRM Authorization"
    missing_heading: str = "✗ Authorization code is missing"
    failed_title: str = "AMO CRM Authorization Error"
    failed_heading: str = "✗ Authorization failed"
    language: str = "en"


def _test_sessions() -> Mapping[str, str]:
    return MappingProxyType({"test": "user-1", "test-2": "user-2"})


@dataclass(frozen=True)
class Settings:
    """One running backend.

    `amo_url` is the origin that serves the consent page. When it lies under one of `account_domains` the
    token and API calls go to the account's own host, as real amoCRM demands; otherwise (a fake, a proxy)
    they go to `amo_url` too.
    `sessions` maps each bearer token that the app may send to the user that it stands for: signing in is
    another service's work, so the list is given. `clock` answers Unix seconds.
    Raises SettingsError when a value is impossible.
    """

    amo_url: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    database_url: str = "sqlite://"
    deep_link: DeepLink = field(default_factory=DeepLink)
    texts: Texts = field(default_factory=Texts)
    sessions: Mapping[str, str] = field(default_factory=_test_sessions, repr=False)
    account_domains: tuple[str, ...] = AMO_DOMAINS
    account_hosts: tuple[str, ...] = ()
    """Accounts elsewhere, of a fake: host or host:port, each reached by the scheme of `amo_url`."""
    amo_timeout_s: float = 10.0
    state_ttl_s: float = 3600.0
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        _require_http_url("amo_url", self.amo_url)
        _require_http_url("redirect_uri", self.redirect_uri)
        object.__setattr__(self, "amo_url", self.amo_url.rstrip("/"))
        for name in ("client_id", "client_secret"):
            if not getattr(self, name):
                raise SettingsError(f"{name} is empty: give the value shown in the integration's settings.")
        if not self.sessions:
            raise SettingsError("sessions is empty: give at least one bearer token and its user.")
        for name in ("amo_timeout_s", "state_ttl_s"):
            if not getattr(self, name) > 0:
                raise SettingsError(f"{name} must be a number of seconds above 0.")
        if not re.fullmatch(r"[a-z][a-z0-9+.-]*", self.deep_link.scheme):
            raise SettingsError(f"deep_link.scheme {self.deep_link.scheme!r} is no URL scheme.")


def _require_http_url(name: str, value: str) -> None:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(f"{name} {value!r} is no http(s) URL: give one such as https://www.amocrm.ru.")
