"""Frozen settings of a run, with one source for each default.

Owns the dataclasses that the command line, the documents, `amo-harness init` and the reader of
`backend.toml` share: an annotation says what a setting means, a default what it is when left out. Must
not read a file or the environment (`harness.config.file` does), nor import anything slow.
"""

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from harness.config.placeholders import fill_in, placeholders_in

Level = Literal["must", "should", "off"]
"""How much a clause counts. The contract knows `must` and `should`; a configuration may switch one off."""

ZONES = ("amocrm.ru", "amocrm.com", "kommo.com")
"""amoCRM's domains, as the fake knows them: `www.` shows the consent page, each account has its own host."""

STORES = (
    "https://apps.apple.com",
    "https://itunes.apple.com",
    "https://play.google.com/store",
    "https://market.android.com",
)
"""Where a phone opens the app store in place of a page."""

FIRST_USER = "test"
"""Who is signed in to the app where `[http.headers]` says `{user}`."""


@dataclass(frozen=True, slots=True)
class DeepLink:
    """The app's address: `{scheme}://{host}{path}`, or that path behind a universal link's origin."""

    scheme: Annotated[str, "URL scheme that opens the app"] = "foryoure"
    host: Annotated[str, "host of the deep link"] = "amo-crm"
    path: Annotated[str, "path of the deep link"] = "/callback"
    universal: Annotated[
        tuple[str, ...],
        "origins of the app's own associated domains, whose addresses open the app as the scheme does: "
        "https://app.example.com/amo-crm/callback is the link foryoure://amo-crm/callback",
    ] = ()

    @property
    def base(self) -> str:
        """The link without its query."""
        return f"{self.scheme}://{self.host}{self.path}"

    @property
    def in_parts(self) -> dict[str, str]:
        """Scheme, host and path."""
        return {"scheme": self.scheme, "host": self.host, "path": self.path}

    @property
    def app_links(self) -> tuple[str, ...]:
        """Where addresses of the web begin that open an app: this one, or a store's."""
        return (*self.universal, *STORES)

    def in_scheme(self, url: str) -> str:
        """Return a universal link as a link of the app's scheme; any other address as it is."""
        origin = link_of(url, self.universal)
        return url if origin is None else f"{self.scheme}:/{url[len(origin) :] or '/'}"


def link_of(url: str, app_links: tuple[str, ...]) -> str | None:
    """Return which of these beginnings an address has; None where a browser shows it as a page."""
    return next((each for each in app_links if url[: len(each)].lower() == each and _ends(url, each)), None)


def _ends(url: str, beginning: str) -> bool:
    return url[len(beginning) : len(beginning) + 1] in ("", "/", "?", "#")


@dataclass(frozen=True, slots=True)
class Texts:
    """The wording that the contract expects on the backend's pages."""

    success_title: Annotated[str, "title of the success page"] = "AMO CRM Authorization"
    success_heading: Annotated[str, "what the success page says first"] = "✓ Authorization successful!"
    success_message: Annotated[str, "what it says next"] = (
        "Your AMO CRM account has been successfully connected."
    )
    tap_hint: Annotated[str, "what it says above the button"] = (
        "Please tap the button below to return to the app:"
    )
    button: Annotated[str, "the button on every page"] = "Return to App"
    missing_title: Annotated[str, "title of the page for a missing code"] = "AMO CRM Authorization"
    missing_heading: Annotated[str, "what that page says first"] = "✗ Authorization code is missing"
    failed_title: Annotated[str, "title of the page for a failed exchange"] = "AMO CRM Authorization Error"
    failed_heading: Annotated[str, "what that page says first"] = "✗ Authorization failed"


@dataclass(frozen=True, slots=True)
class SignIn:
    """How the app signs in: once for each user, and again after the backend was started again."""

    call: Annotated[
        str, 'method and path of the call, such as "POST /auth/login"; "": the headers are all that is needed'
    ] = ""
    body: Annotated[str, "JSON that it sends; {user} is who signs in, test or test-2"] = ""
    token: Annotated[
        str,
        'dotted path of the token in the answer, which {token} in [http.headers] stands for; "": there is '
        "none, and the answer's cookies are all",
    ] = ""
    refresh: Annotated[
        str,
        'method and path of the call that renews the token after a 401, such as "POST /auth/refresh"; it '
        'carries the old token, and its answer has the new one where the first was; "": the app has none',
    ] = ""


def method_and_path(call: str) -> tuple[str, str]:
    """Split a call such as "POST /path"; a path alone is asked for with GET."""
    method, space, path = call.partition(" ")
    return (method, path) if space else ("GET", call)


@dataclass(frozen=True, slots=True)
class Http:
    """Where the backend's endpoints are and how their answers are read (dotted paths)."""

    url: Annotated[
        str,
        "origin that the backend listens on, or http://[::1]:{port}; {port} is the free port it was given",
    ] = "http://127.0.0.1:{port}"
    ready: Annotated[str, "path that answers 2xx once the backend serves"] = "/health"
    ca: Annotated[
        str,
        "PEM file of the authority, or of the certificate, by which the backend's own https is trusted; "
        '"": the system\'s authorities',
    ] = ""
    public_https: Annotated[
        bool,
        "true where {redirect_uri}, {public_url} and {frontend_url} shall be https://localhost, as amoCRM "
        "demands https of production: the harness ends TLS there as a reverse proxy does, with a throw-away "
        "authority that the phone's browser trusts, and tells the backend by X-Forwarded-Proto",
    ] = False
    connect: Annotated[
        str | None,
        'path that answers with the authorization URL, or "POST /path"; left out: the app makes that URL '
        "itself, as it is amoCRM's own, with a state of its own",
    ] = None
    connect_url: Annotated[str, "dotted path of the authorization URL in that answer"] = "url"
    connect_body: Annotated[str, 'JSON that a connect by "POST /path" sends; {user} is who is signed in'] = ""
    connect_in_browser: Annotated[
        bool,
        "true where the phone's browser opens the connect path, which redirects it to amoCRM; the path may "
        "hold {user} or {token}, such as /connect?token={token}: without either, what needs two users is "
        "not observed",
    ] = False
    callback: Annotated[str, "path of the redirect URI"] = "/api/amo-crm/callback"
    status: Annotated[
        str, 'path of the connection status; "": there is none, and what needs it is not observed'
    ] = "/api/amo-crm/status"
    exchange: Annotated[str, "path of the old exchange call, which the app must not use"] = (
        "/api/amo-crm/exchange-code"
    )
    leads: Annotated[
        str,
        'path of the leads, a query such as ?limit=100 included; "": there is none, and what needs it is not '
        "observed",
    ] = "/api/leads"
    connected: Annotated[str, "dotted path of what the status answer says of the connection"] = "connected"
    connected_when: Annotated[
        str,
        'what is there when connected: "true" (against false), "present" (not null, false, 0 or empty), '
        '"=VALUE" (this text or number, against any other), or "200" (nothing is read: the answer\'s status '
        'alone). With all but "true" a 404 says not connected',
    ] = "true"
    leads_list: Annotated[str, 'dotted path of the list in the leads answer; "": the whole answer'] = "leads"
    leads_next: Annotated[
        str,
        "dotted path of the next page in the leads answer: its number, a cursor, its address, or true where "
        "there is one; absent or null there, the header "
        '`Link: <address>; rel="next"` is asked, else the list ends',
    ] = "next_page"
    leads_pages: Annotated[
        str,
        "dotted path of the number of pages in the leads answer, where it has that in place of leads_next",
    ] = ""
    leads_page: Annotated[
        str, "query parameter that asks for a page of leads, or for what a cursor leads to"
    ] = "page"
    headers: Annotated[
        dict[str, str],
        "headers that the app sends with its own calls; {user} is who is signed in, test or test-2: without "
        "it here or in [http.sign_in], what needs two users is not observed; {token} is what signing in gave",
    ] = field(default_factory=lambda: {"Authorization": "Bearer test"})
    sign_in: Annotated[SignIn, "how the app signs in before its own calls"] = field(default_factory=SignIn)
    frontends: Annotated[
        dict[str, str],
        "origins other than its own that the callback redirects to, each with the origin where it is served "
        'here, such as "https://app.example.com" = "http://localhost:5173"; what the browser asks of them '
        "passes through the harness too, and {frontend_url} is the first of them there",
    ] = field(default_factory=dict[str, str])

    @property
    def authority(self) -> Path | None:
        """The file of `ca`, if there is one."""
        return Path(self.ca) if self.ca else None

    @property
    def tells_users_apart(self) -> bool:
        """Whether the app's own calls say who is signed in, and so does what its browser opens to connect."""
        if self.connect_in_browser and not placeholders_in(self.connect or ""):
            return False
        said = [*self.headers.values(), *([self.sign_in.body] if self.sign_in.call else [])]
        return any("user" in placeholders_in(each) for each in said)

    @property
    def connect_call(self) -> tuple[str, str] | None:
        """Method and path of the connect call; None where there is none."""
        return None if self.connect is None else method_and_path(self.connect)

    def connect_path(self, user: str, token: str | None) -> str:
        """Return the path that this user's browser opens to connect."""
        values = {"user": quote(user, safe=""), "token": quote(token or "", safe="")}
        return fill_in(method_and_path(self.connect or "")[1], values)

    @property
    def app_asks_for_the_url(self) -> bool:
        """Whether the app asks the backend for the authorization URL, and does not make it or leave it."""
        return self.connect is not None and not self.connect_in_browser

    def headers_for(self, user: str = FIRST_USER, token: str | None = None) -> dict[str, str]:
        """Return the headers of a user's own calls; without a token, those that need none."""
        values = {"user": user} if token is None else {"user": user, "token": token}
        return {
            name: fill_in(value, values)
            for name, value in self.headers.items()
            if token is not None or "token" not in placeholders_in(value)
        }


@dataclass(frozen=True, slots=True)
class Start:
    """How a foreign backend is started, and how it gets back to "not connected"."""

    command: Annotated[tuple[str, ...], "program and arguments, run without a shell"]
    cwd: Annotated[Path, "working directory, relative to this file"] = Path()
    reset: Annotated[
        str | tuple[str, ...],
        'how it gets back to "not connected": "restart" (with {tmp} as prepare left it, else empty), "POST '
        '/path", a command such as ["npm", "run", "db:reset"], run while [start] command is ended, or "none"',
    ] = "restart"
    env: Annotated[dict[str, str], "environment, added to that of amo-harness"] = field(
        default_factory=dict[str, str]
    )
    intercept: Annotated[
        bool, "true for a backend that hard-codes amoCRM's https hosts: they are answered by the fake"
    ] = False
    ready_timeout_s: Annotated[float, "how long it may take to answer its ready path, in seconds"] = 15.0
    prepare: Annotated[
        tuple[tuple[str, ...], ...],
        'commands run one after the other before the first start, such as [["npm", "run", "migrate"]]',
    ] = ()
    beside: Annotated[
        tuple[tuple[str, ...], ...],
        'commands of further processes, started before it and ended with it, such as [["node", "worker.js"]]',
    ] = ()
    stop: Annotated[
        tuple[str, ...],
        "command run once all of them have ended, for what no signal reaches, such as "
        '["docker", "compose", "down"]',
    ] = ()
    commands_timeout_s: Annotated[
        float, "how long each command of reset, prepare and stop may take, in seconds"
    ] = 60.0
    per_worker: Annotated[
        bool,
        "true: several of it may run side by side, whatever database they name; false: where one database "
        "is named for all, outside {tmp} and without {port} or {worker}, there is one worker",
    ] = False
    instances: Annotated[
        int,
        "how many of it `amo-harness load` starts side by side on one storage, asked in turn; each "
        "listens on a {port} of its own",
    ] = 1
    storage_lasts: Annotated[
        bool,
        "false: what it stores is not meant to outlive its processes, and ST-03, which kills it, is not "
        "observed",
    ] = True

    @property
    def resets_by_asking(self) -> bool:
        """Whether a request or a command resets it: a restart alone begins with an empty {tmp}."""
        return self.reset not in ("restart", "none")

    @property
    def reset_in_words(self) -> str:
        """How it is reset, in one line."""
        return self.reset if isinstance(self.reset, str) else shlex.join(self.reset)


@dataclass(frozen=True, slots=True)
class Scenarios:
    """Which scenarios are played where none is named."""

    only: Annotated[
        tuple[str, ...], "the scenarios to play, left out: all; `amo-harness scenarios` lists them"
    ] = ()
    without: Annotated[
        tuple[str, ...],
        "scenarios not to play; clauses that nothing else is about are listed as not observed for that",
    ] = ()

    def leaves_out(self, scenario_id: str) -> bool:
        """Tell whether a scenario is not played."""
        return scenario_id in self.without or bool(self.only and scenario_id not in self.only)


@dataclass(frozen=True, slots=True)
class BackendConfig:
    """One backend, seen from outside (`backend.toml`)."""

    name: Annotated[str, "what the reports call it"] = "reference"
    start: Annotated[Start | None, "left out: the backend already runs at [http].url"] = None
    http: Annotated[Http, "where its endpoints are and how their answers are read"] = field(
        default_factory=Http
    )
    zone: Annotated[
        str,
        'amoCRM\'s domain: "amocrm.ru", "kommo.com" or its older "amocrm.com"; accounts\' hosts, `referer` '
        "and `platform` follow it, and another domain knows nobody",
    ] = "amocrm.ru"
    deep_link: Annotated[DeepLink, "the app's address"] = field(default_factory=DeepLink)
    texts: Annotated[Texts, "wording that replaces the contract's"] = field(default_factory=Texts)
    scenarios: Annotated[Scenarios, "what is played where the command names no scenario"] = field(
        default_factory=Scenarios
    )
    levels: Annotated[
        dict[str, Level],
        'levels that replace the contract\'s, by clause: "must", "should" or "off"',
    ] = field(default_factory=dict[str, Level])
    known_failures: Annotated[
        dict[str, str],
        "clauses that fail for a known reason, each with the reason; a clause alone, or in one scenario "
        '("LD-01/leads_many"); one that passes after all is an error',
    ] = field(default_factory=dict[str, str])


PLACEHOLDERS: dict[str, str] = {
    "port": "a free port, for the backend to listen on",
    "amo_url": "origin of the fake amoCRM",
    "client_id": "the integration's id",
    "client_secret": "the integration's secret",
    "redirect_uri": "the redirect URI, which leads through the harness",
    "public_url": "its origin, for a backend that adds the callback's path itself",
    "frontend_url": "origin of the first of [http.frontends] there, for a backend that redirects to it or "
    "lets its pages call the API",
    "amo_host": "host of the user's account in amoCRM, as `referer` carries it",
    "amo_hosts": "all that `referer` may carry, with commas between; where it is named, the second user's "
    "account has an address of its own also without [start].intercept",
    "amo_subdomain": "the first label of that host, for a backend that adds the zone itself",
    "worker": "number of the worker, such as for a database of its own: 0 where there is one, and for the "
    "look beforehand, else from 1 on",
    "tmp": "an empty directory for what the backend stores",
}
"""What `{name}` stands for in the commands of [start] and in [start.env]; `{port}` in [http].url too."""


def reference_config() -> BackendConfig:
    """Return the reference backend as the harness sees it from outside."""
    return BackendConfig(
        http=Http(connect="/api/amo-crm/auth-url", headers={"Authorization": "Bearer {user}"})
    )
