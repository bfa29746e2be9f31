"""Frozen settings of a run, with one source for each default.

Owns the dataclasses that the command line, the documents, `amo-harness init` and the reader of
`backend.toml` share: an annotation says what a setting means, a default what it is when left out. Must
not read a file or the environment (`harness.config.file` does), nor import anything slow.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from harness.config.placeholders import fill_in, placeholders_in

Level = Literal["must", "should", "off"]
"""How much a clause counts. The contract knows `must` and `should`; a configuration may switch one off."""

FIRST_USER = "test"
"""Who is signed in to the app where `[http.headers]` says `{user}`."""


@dataclass(frozen=True, slots=True)
class DeepLink:
    """The app's address: `{scheme}://{host}{path}`."""

    scheme: Annotated[str, "URL scheme that opens the app"] = "foryoure"
    host: Annotated[str, "host of the deep link"] = "amo-crm"
    path: Annotated[str, "path of the deep link"] = "/callback"

    @property
    def base(self) -> str:
        """The link without its query."""
        return f"{self.scheme}://{self.host}{self.path}"


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
class Http:
    """Where the backend's endpoints are and how their answers are read (dotted paths)."""

    url: Annotated[str, "origin that the backend listens on; {port} is the free port it was given"] = (
        "http://127.0.0.1:{port}"
    )
    ready: Annotated[str, "path that answers 2xx once the backend serves"] = "/health"
    connect: Annotated[
        str | None,
        'path that answers {"url": …}, the authorization URL; left out: the harness opens amoCRM with a '
        "state of its own",
    ] = None
    callback: Annotated[str, "path of the redirect URI"] = "/api/amo-crm/callback"
    status: Annotated[str, "path of the connection status"] = "/api/amo-crm/status"
    exchange: Annotated[str, "path of the old exchange call, which the app must not use"] = (
        "/api/amo-crm/exchange-code"
    )
    leads: Annotated[str, "path of the leads"] = "/api/leads"
    connected: Annotated[str, "dotted path of the flag in the status answer"] = "connected"
    leads_list: Annotated[str, 'dotted path of the list in the leads answer; "": the whole answer'] = "leads"
    leads_next: Annotated[
        str, "dotted path of the next page's number in the leads answer; absent or null there ends the list"
    ] = "next_page"
    leads_page: Annotated[str, "query parameter that asks for a page of leads"] = "page"
    headers: Annotated[
        dict[str, str],
        "headers that the app sends with its own calls; {user} is who is signed in, test or test-2: without "
        "it, what needs two users is not observed",
    ] = field(default_factory=lambda: {"Authorization": "Bearer test"})

    @property
    def tells_users_apart(self) -> bool:
        """Whether the app's headers say who is signed in."""
        return any("user" in placeholders_in(value) for value in self.headers.values())

    def headers_for(self, user: str = FIRST_USER) -> dict[str, str]:
        """Return the headers of a user's own calls."""
        return {name: fill_in(value, {"user": user}) for name, value in self.headers.items()}


@dataclass(frozen=True, slots=True)
class Start:
    """How a foreign backend is started, and how it gets back to "not connected"."""

    command: Annotated[tuple[str, ...], "program and arguments, run without a shell"]
    cwd: Annotated[Path, "working directory, relative to this file"] = Path()
    reset: Annotated[
        str,
        'how it gets back to "not connected": "restart" (with an empty {tmp}), "POST /path", or "none"',
    ] = "restart"
    env: Annotated[dict[str, str], "environment, added to that of amo-harness"] = field(
        default_factory=dict[str, str]
    )
    intercept: Annotated[
        bool, "true for a backend that hard-codes amoCRM's https hosts: they are answered by the fake"
    ] = False
    ready_timeout_s: Annotated[float, "how long it may take to answer its ready path, in seconds"] = 15.0


@dataclass(frozen=True, slots=True)
class BackendConfig:
    """One backend, seen from outside (`backend.toml`)."""

    name: Annotated[str, "what the reports call it"] = "reference"
    start: Annotated[Start | None, "left out: the backend already runs at [http].url"] = None
    http: Annotated[Http, "where its endpoints are and how their answers are read"] = field(
        default_factory=Http
    )
    deep_link: Annotated[DeepLink, "the app's address"] = field(default_factory=DeepLink)
    texts: Annotated[Texts, "wording that replaces the contract's"] = field(default_factory=Texts)
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
    "tmp": "an empty directory for what the backend stores",
}
"""What `{name}` stands for in [start].command and [start.env]; `{port}` in [http].url too."""


def reference_config() -> BackendConfig:
    """Return the reference backend as the harness sees it from outside."""
    return BackendConfig(
        http=Http(connect="/api/amo-crm/auth-url", headers={"Authorization": "Bearer {user}"})
    )
