"""One server for the stub of amoCRM and one for the backend, each serving what the test at hand puts in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI

from backend_under_test import BackendEvent, Parts, Settings, create_app
from fake_amo.http.serving import AsgiApp, Receive, Scope, Send, serve
from tests.http.backend_under_test.amo_stub import AmoStub

CODE = "def50200" + "c0de" * 200
SECRET = "S3cr3t" * 10
CALLBACK = "/api/amo-crm/callback"


@dataclass
class Switch:
    """An ASGI application that serves another one."""

    url: str = ""
    app: AsgiApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Delegate."""
        assert self.app is not None
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def amo_switch() -> Iterator[Switch]:
    switch = Switch()
    with serve(switch) as server:
        switch.url = server.url
        yield switch


@pytest.fixture(scope="session")
def backend_switch() -> Iterator[Switch]:
    switch = Switch()
    with serve(switch) as server:
        switch.url = server.url
        yield switch


@pytest.fixture(scope="session")
def client(backend_switch: Switch) -> Iterator[httpx.Client]:
    """The app's and the browser's way to the backend."""
    with httpx.Client(base_url=backend_switch.url, timeout=20) as client:
        yield client


@pytest.fixture
def amo(amo_switch: Switch) -> AmoStub:
    """A stub that has seen nothing yet, served at `amo_switch.url`."""
    stub = AmoStub()
    amo_switch.app = cast("AsgiApp", stub.app)
    return stub


@dataclass
class Running:
    """A backend that serves, and a client that speaks as the app and as the phone's browser."""

    settings: Settings
    app: FastAPI
    client: httpx.Client
    events: list[BackendEvent]
    now_s: list[float]

    def state(self, session: str = "test") -> str:
        """Ask for an authorization URL and take the state out of it."""
        url = str(self.get("/api/amo-crm/auth-url", session).json()["url"])
        return httpx.URL(url).params["state"]

    def get(self, path: str, session: str = "test", **query: Any) -> httpx.Response:
        """What the app gets."""
        return self.client.get(path, params=query, headers={"Authorization": f"Bearer {session}"})

    def callback(self, **query: str) -> httpx.Response:
        """What the browser gets when amoCRM sends it back."""
        return self.client.get(CALLBACK, params=self.query(**query))

    def query(self, **query: str) -> dict[str, str]:
        """What amoCRM's redirect carries: always the account's host too."""
        return {"referer": urlsplit(self.settings.amo_url).netloc, **query}

    def connect(self, session: str = "test", code: str = CODE) -> httpx.Response:
        """The whole authorization of one user."""
        return self.callback(code=code, state=self.state(session))

    def connected(self, session: str = "test") -> bool:
        """What the status says."""
        return bool(self.get("/api/amo-crm/status", session).json()["connected"])

    def log_lines(self) -> list[str]:
        """The backend's output."""
        return [str(event.data["line"]) for event in self.events if event.kind == "log_line"]


StartBackend = Callable[..., Running]


@dataclass
class Launcher:
    """Starts backends at one address, one after another, and closes each."""

    switch: Switch
    defaults: Settings
    client: httpx.Client
    started: list[FastAPI] = field(default_factory=list[FastAPI])

    def __call__(self, *, parts: Parts | None = None, **changes: Any) -> Running:
        """A backend in place of the one before; `changes` are fields of Settings."""
        self.close()
        events: list[BackendEvent] = []
        now_s = [1_700_000_000.0]
        settings = replace(self.defaults, clock=lambda: now_s[0], **changes)
        app = create_app(settings, parts=parts, on_event=events.append)
        self.started.append(app)
        self.switch.app = cast("AsgiApp", app)
        return Running(settings, app, self.client, events, now_s)

    def close(self) -> None:
        """Close what runs."""
        while self.started:
            self.started.pop().state.close()


@pytest.fixture
def start_backend(
    amo_switch: Switch, backend_switch: Switch, client: httpx.Client, amo: AmoStub, tmp_path: Path
) -> Iterator[Launcher]:
    """Starts a backend that talks to `amo`."""
    settings = Settings(
        amo_url=amo_switch.url,
        client_id="11111111-2222-4333-8444-555555555555",
        client_secret=SECRET,
        redirect_uri=f"{backend_switch.url}{CALLBACK}",
        database_url=f"sqlite:///{tmp_path}/backend.db",
        amo_timeout_s=5,
    )
    launcher = Launcher(backend_switch, settings, client)
    yield launcher
    amo.gate.set()
    launcher.close()


@pytest.fixture
def backend(start_backend: Launcher) -> Running:
    """The reference backend."""
    return start_backend()
