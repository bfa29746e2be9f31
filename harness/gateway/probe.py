"""A look at the backend from beside the browser: the status while a first byte is held, a turn, a state.

Owns the harness's own requests to the backend. What the app asks is `harness.phone`'s.
"""

import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from harness.api_client.reading import at, json_of
from harness.api_client.trust import trust_for
from harness.backends.backend import Backend
from harness.config.settings import FIRST_USER, Http
from harness.errors import BackendError
from harness.gateway.gateway import Exchange
from harness.timeline.recorder import Recorder

TIMEOUT_S = 5.0
BARRIER_TURNS = 3


class Probe:
    """Asks the backend as the user whose phone is at the callback."""

    def __init__(self, http: Http, backend: Backend, recorder: Recorder) -> None:
        self._http, self._backend, self._recorder = http, backend, recorder
        self._client = httpx.Client(verify=trust_for(backend.url), trust_env=False, timeout=TIMEOUT_S)
        self.user = FIRST_USER
        self.before: Callable[[Exchange], None] | None = None
        """What else happens while the first byte is held, such as the backend's death."""

    def __call__(self, exchange: Exchange) -> None:
        """Look at the status while an answer's first byte is held; recorded as `gateway.probe`."""
        if self.before is not None:
            self.before(exchange)
        self._recorder.record("gateway", "probe", exchange=exchange.number, user=self.user, **self._status())

    def _status(self) -> dict[str, Any]:
        try:
            answer = self._get(self._http.status, self.user)
        except httpx.HTTPError as trouble:
            return {"http_status": None, "connected": None, "reason": str(trouble) or type(trouble).__name__}
        return {
            "http_status": answer.status_code,
            "connected": at(json_of(answer.text), self._http.connected),
            "body": answer.text,
        }

    def state_for(self, user: str) -> str:
        """Return a state that the backend issues for this user; one of our own where it issues none."""
        if self._http.connect is None:
            return secrets.token_urlsafe(24)
        url = at(json_of(self._get(self._http.connect, user).text), "url")
        states = parse_qs(urlsplit(str(url)).query).get("state", [])
        if not states:
            raise BackendError(f"{self._http.connect} answered without a `url` that carries a state")
        return states[0]

    def ask_for_leads(self) -> int:
        """Ask for the first page of leads beside the app; returns the HTTP status."""
        return self._get(self._http.leads, self.user).status_code

    def barrier(self) -> None:
        """Let the backend answer something else, so that it has had its turn."""
        for _ in range(BARRIER_TURNS):
            self._get(self._http.ready, self.user)

    def _get(self, path: str, user: str) -> httpx.Response:
        return self._client.get(self._backend.url + path, headers=self._http.headers_for(user))

    def close(self) -> None:
        """Close the connection."""
        self._client.close()
