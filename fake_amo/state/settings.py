"""The settings of one fake, each with its only default.

Owns names and defaults; FACTS.md says what is behind each. Must not read the environment or files.
"""

from dataclasses import dataclass
from typing import Literal

from fake_amo.http.guard import AllowedHosts
from fake_amo.state.dataset import DEFAULT_REDIRECT_URI, DEFAULT_SEED, GENERATED_WORLDS, World
from fake_amo.state.profiles import PROFILES

SignIn = Literal["remembered", "prefilled", "asked"]
Refresh = Literal["strict", "grace"]
LimitsOf = Literal["integration", "installation"]
GENERATED = tuple(GENERATED_WORLDS)
"""Worlds that follow from the seed alone."""


@dataclass(frozen=True, slots=True)
class AmoSettings:
    """How the fake behaves. The command line, the control API and the docs read these fields."""

    host: str = "127.0.0.1"
    """Address to listen on. The control API answers loopback clients, whatever stands here."""
    port: int = 0
    """0 takes a free port."""
    lan: str | None = None
    """One more address of this machine to listen on, at the same port: of the network that a phone is in.
    `url`, and `referer` with it, then name this one."""
    public_url: str | None = None
    """The origin under which it is known, where something in front of it leads here: a tunnel, say."""
    control: bool = True
    """False: there is no control API, for a fake that others than this machine's owner reach."""
    tls: bool = False
    """Serve https as well, with a certificate for whichever host name the client asks for by SNI."""
    tls_port: int = 0
    """0 takes a free port."""
    control_token: str | None = None
    """What a caller of the control API sends as `X-Control-Token` where it is not plainly this machine's own:
    through a tunnel, from a container, under another host name. None: a new one for each fake."""
    allowed_hosts: tuple[str, ...] = ()
    """Names by which it is reached besides addresses, names without a dot, `*.localhost`, `*.internal`, the
    vendor's and `account_host`: a tunnel's, say. Whatever else is in the Host header is a page's own name
    that was made to lead here, and is answered 421. `.name` stands for all below it as well."""
    profile: str = "amocrm"
    """One of `fake_amo.state.profiles.PROFILES`: amocrm, amocrm-2022, amocrm-2020, amocrm-com, kommo."""
    world: World | Literal["default", "large", "two-accounts"] = "default"
    """What exists at the start: five leads, 10,000 leads, two people with an account each, or your own."""
    seed: int = DEFAULT_SEED
    """Of a generated world and of codes and tokens: the same seed, the same ids and names."""
    redirect_uri: str | None = None
    """Registered redirect URI of the first integration; None: the world's own."""
    hooks_trust: str | None = None
    """PEM file of a CA that calls to https addresses trust besides the system's: the redirect URI's own."""
    account_host: str | None = None
    """What `referer` carries when the fake is not reached by a vendor's host name; None: its host:port, and
    where there are several accounts the address on which each of them is served alone. `{subdomain}` and
    `{port}` are filled in, as in `{subdomain}.localhost:{port}`; `{own_port}` is `{port}` for the
    first account, and for each other one a free port on which it is served alone."""
    sign_in: SignIn = "remembered"
    """The consent page's first step: none (a session is there), a filled-in form, or an empty one."""
    limits: bool = True
    """Apply 7 requests/s per integration and 50 per account to the API, on the fake's clock."""
    limits_of: LimitsOf = "integration"
    """What the 7 are counted for: the integration as a whole, or each account that has it installed."""
    crowd: int = 0
    """How many people may sign in besides those of the world, as `user-1@crowd.example` and so on with the
    password `correct horse`; each has an account of their own from then on."""
    refresh: Refresh = "strict"
    """strict: a refresh token works once. grace: until its successor is first used (Kommo 2025)."""
    refresh_revokes_access: bool = True
    """The access token dies with the refresh token that came with it."""
    unpaid_refuses_tokens: bool = True
    """An account whose subscription ran out gets no tokens: the bare 401 of a refused client."""
    failed_exchange_burns_code: bool = False
    """True: a code that was recognised is spent even where the exchange is refused afterwards."""
    code_lifetime_s: int = 20 * 60
    access_lifetime_s: int = 86_400
    refresh_lifetime_s: int = 90 * 86_400
    journal_size: int = 10_000
    """Requests remembered; older ones are forgotten."""
    kept_grants: int = 5_000
    """Codes and token pairs remembered; older ones are no longer recognised."""
    raise_at_exit: bool = True
    """Leaving the `with` block raises AmoTrouble for anything in `trouble` and for faults left over."""

    def __post_init__(self) -> None:
        """Refuse a value that no field can have, by name."""
        if self.profile not in PROFILES:
            raise ValueError(f"profile: no {self.profile!r}; there are {', '.join(PROFILES)}")
        _one_of("sign_in", self.sign_in, ("remembered", "prefilled", "asked"))
        _one_of("refresh", self.refresh, ("strict", "grace"))
        _one_of("limits_of", self.limits_of, ("integration", "installation"))
        if self.crowd < 0:
            raise ValueError(f"crowd: must be at least 0, got {self.crowd}")
        if isinstance(self.world, str):
            _one_of("world", self.world, GENERATED)
        for name in (
            "code_lifetime_s",
            "access_lifetime_s",
            "refresh_lifetime_s",
            "journal_size",
            "kept_grants",
        ):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: must be at least 1, got {getattr(self, name)}")
        if self.redirect_uri is not None:
            check_redirect_uri(self.redirect_uri)
        AllowedHosts(frozenset(self.allowed_hosts))


def check_redirect_uri(uri: str) -> None:
    """Raise ValueError for a redirect URI that no header could carry or that has no scheme."""
    scheme, colon, rest = uri.partition(":")
    if not (colon and rest and scheme.isascii() and scheme[:1].isalpha()):
        raise ValueError(f"redirect_uri: {uri!r} is not an absolute URI, such as {DEFAULT_REDIRECT_URI}")
    if any(ord(letter) <= 0x20 or ord(letter) == 0x7F for letter in uri):  # noqa: PLR2004 - space and DEL
        raise ValueError(f"redirect_uri: {uri!r} contains a space or a control character; percent-encode it")


def _one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name}: no {value!r}; choose one of {', '.join(choices)}")
