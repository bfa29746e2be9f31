"""Frozen settings of a run, with one source for each default.

Owns the dataclasses that the command line, the documents and the TOML file share, and is the only
reader of environment variables and of `backend.toml`.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class DeepLink:
    """The app's address: `{scheme}://{host}{path}`."""

    scheme: str = "foryoure"
    host: str = "amo-crm"
    path: str = "/callback"

    @property
    def base(self) -> str:
        """The link without its query."""
        return f"{self.scheme}://{self.host}{self.path}"


@dataclass(frozen=True, slots=True)
class Texts:
    """The wording that the contract expects on the backend's pages."""

    success_title: str = "AMO CRM Authorization"
    success_heading: str = "✓ Authorization successful!"
    success_message: str = "Your AMO CRM account has been successfully connected."
    tap_hint: str = "Please tap the button below to return to the app:"
    button: str = "Return to App"
    missing_title: str = "AMO CRM Authorization"
    missing_heading: str = "✗ Authorization code is missing"
    failed_title: str = "AMO CRM Authorization Error"
    failed_heading: str = "✗ Authorization failed"


@dataclass(frozen=True, slots=True)
class Http:
    """Where the backend's endpoints are and how their answers are read (dotted paths)."""

    url: str = "http://127.0.0.1:{port}"
    ready: str = "/health"
    connect: str | None = "/api/amo-crm/auth-url"
    callback: str = "/api/amo-crm/callback"
    status: str = "/api/amo-crm/status"
    exchange: str = "/api/amo-crm/exchange-code"
    leads: str = "/api/leads"
    connected: str = "connected"
    leads_list: str = "leads"
    headers: dict[str, str] = field(default_factory=lambda: {"Authorization": "Bearer test"})


@dataclass(frozen=True, slots=True)
class Start:
    """How a foreign backend is started, and how it gets back to "not connected"."""

    command: tuple[str, ...]
    cwd: Path = Path()
    reset: str = "restart"
    env: dict[str, str] = field(default_factory=dict[str, str])
    intercept: bool = False
    ready_timeout_s: float = 15.0


@dataclass(frozen=True, slots=True)
class BackendConfig:
    """One backend, seen from outside (`backend.toml`)."""

    name: str = "reference"
    start: Start | None = None
    http: Http = field(default_factory=Http)
    deep_link: DeepLink = field(default_factory=DeepLink)
    texts: Texts = field(default_factory=Texts)
    known_failures: dict[str, str] = field(default_factory=dict[str, str])


EngineName = Literal["auto", "webkitgtk", "webkit", "remote", "chromium"]
