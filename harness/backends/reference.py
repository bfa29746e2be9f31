"""The reference backend in process, whose application is made anew for every scenario.

Owns that server. As a process of its own, which can be killed, it is had from `harness.backends.foreign`.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from backend_under_test import BackendEvent, Parts, Settings, Texts, create_app
from fake_amo import FakeAmo
from fake_amo.http.guard import AllowedHosts
from fake_amo.http.serving import AsgiApp, Receive, RunningServer, Scope, Send, serve
from harness.backends.backend import Addresses
from harness.timeline.current import CurrentRecorder
from harness.timeline.events import BackendOutput, BackendStarted, BackendTold
from harness.timeline.recorder import Recorder

LAST_REQUESTS_S = 2.0


class _Exchangeable:
    """An ASGI application whose inside can be exchanged while the server stays."""

    def __init__(self) -> None:
        self.inner: AsgiApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.inner is None:
            raise RuntimeError("no application has been prepared yet")
        await self.inner(scope, receive, send)


class InProcessBackend:
    """The reference backend, or one with other parts, in a thread of this process."""

    storage_lasts = False
    resets = True
    shares_amo_clock = True
    sees_every_host = False
    offers = frozenset({"callback", "connect", "users", "status", "leads", "calls"})

    def __init__(
        self,
        settings: Settings,
        server: RunningServer,
        slot: _Exchangeable,
        recording: CurrentRecorder,
        *,
        name: str,
        parts: Parts | None = None,
    ) -> None:
        self.name = name
        self.is_reference = parts is None
        self._settings, self._parts = settings, parts
        self._server, self._slot, self._recording = server, slot, recording
        self._app: Any = None

    @property
    def url(self) -> str:
        """The backend's origin."""
        return self._server.url

    @contextmanager
    def made_into(self, parts: Parts, texts: Texts | None = None) -> "Generator[InProcessBackend]":
        """Yield a backend with these parts and words on the same server, for as long as the block lasts."""
        settings = self._settings if texts is None else replace(self._settings, texts=texts)
        made = InProcessBackend(
            settings, self._server, self._slot, self._recording, name=self.name, parts=parts
        )
        try:
            yield made
        finally:
            made.close()

    def prepare(self, *, patience_s: float) -> None:
        """Make the application anew, with an empty database."""
        self._end_app()
        recorder = self._recording.now
        self._app = create_app(
            replace(self._settings, amo_timeout_s=patience_s),
            parts=self._parts,
            on_event=lambda event: _record(event, recorder),
        )
        self._slot.inner = self._app
        recorder.record(BackendStarted(backend=self.name, url=self.url, how="in process"))

    def kill_and_restart(self) -> None:
        """Nothing in this process can be killed."""
        raise RuntimeError("the backend in process cannot be killed; its scenario needs `process`")

    def in_browser(self, url: str) -> str:
        """Return the URL as it is: the reference knows the fake by its own address."""
        return url

    def take_defects(self) -> list[str]:
        """Take what the reference's application let out; of a broken one that is a finding, not a defect.

        An application answers 500 first and lets the exception out afterwards.
        """
        self._server.wait_until_idle(timeout_s=LAST_REQUESTS_S)
        errors, self._server.errors[:] = list(self._server.errors), []
        return [] if self._parts else [f"the reference backend: {error}" for error in errors]

    def _end_app(self) -> None:
        if self._app is not None:
            self._app.state.close()
            self._app = None

    def close(self) -> None:
        """End the application that was prepared last."""
        self._end_app()


def _record(event: BackendEvent, recorder: Recorder) -> None:
    if event.kind == "log_line":
        recorder.record(BackendOutput(line=str(event.data["line"])), at_ns=event.at_ns)
    else:
        recorder.record(BackendTold(what=event.kind, details=event.data), at_ns=event.at_ns)


@contextmanager
def reference_backend(
    amo: FakeAmo,
    addresses: Addresses,
    recording: CurrentRecorder,
) -> Generator[InProcessBackend]:
    """Yield the reference backend, connected to the fake; it answers to the redirect URI's name alone."""
    settings = Settings(
        amo_url=amo.url,
        client_id=amo.client_id,
        client_secret=amo.client_secret,
        redirect_uri=addresses.redirect_uri,
        clock=amo.now,
        account_hosts=tuple(each.host for each in amo.accounts),
    )
    slot = _Exchangeable()
    name = urlsplit(addresses.redirect_uri).hostname or ""
    named = AllowedHosts(frozenset({name} if "." in name else ()))  # an address of IPv6 is always answered
    with serve(slot, allowed_hosts=named) as server:
        backend = InProcessBackend(settings, server, slot, recording, name="reference")
        try:
            yield backend
        finally:
            backend.close()
