"""A look at the backend from beside the browser: the status while a first byte is held, a turn, a state.

Owns the harness's own requests to the backend, and as which user each is sent. What the app asks is
`harness.phone`'s.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

import httpx

from harness.api_client.answers import connected_in
from harness.api_client.authorization import app_state, state_in
from harness.api_client.bounded import BoundedClient
from harness.api_client.reading import at, json_of
from harness.api_client.session import JSON, Session, Sessions
from harness.api_client.trust import trust_for
from harness.config.placeholders import fill_in
from harness.config.settings import FIRST_USER, Http
from harness.errors import BackendError
from harness.gateway.exchange import Exchange, leads_on, target_of
from harness.timeline.gateway_events import GatewayRequest, GatewayResponse, StatusProbe
from harness.timeline.recorder import Recorder

TIMEOUT_S = 5.0
BARRIER_TURNS = 3
TURN_TIMEOUT_S = 1.0
"""A backend of one process that waits for amoCRM answers nobody else, and must not be kept from amoCRM."""


class Visitors:
    """Whose visit of the callback each `state` belongs to, as those who send browsers there tell."""

    def __init__(self) -> None:
        self._users: dict[str | None, str] = {}

    def expect(self, state: str | None, user: str) -> None:
        """Note that this user's browser is about to bring this state, or none."""
        self._users[state] = user

    def user_of(self, state: str | None) -> str:
        """Return whose it is; the first user's where nobody was expected."""
        return self._users.get(state, FIRST_USER)


@dataclass(frozen=True, slots=True)
class Callers:
    """Who calls: whose visit each callback is, and what each user's own calls carry."""

    visitors: Visitors
    sessions: Sessions


class Probe:
    """Asks the backend as the user whose phone is at the callback."""

    def __init__(
        self, http: Http, backend_url: Callable[[], str], recorder: Recorder, callers: Callers
    ) -> None:
        self._http, self._backend_url, self._recorder = http, backend_url, recorder
        self._visitors, self._sessions = callers.visitors, callers.sessions
        self._clients: dict[str, tuple[Session, BoundedClient]] = {}
        self._lock = threading.Lock()
        self._is_closed = False

    def look(self, exchange: Exchange) -> None:
        """Look at the status while an answer's first byte is held; recorded as `gateway.probe`.

        Of a backend that tells no status nothing is recorded.
        """
        if not self._http.status:
            return
        user = self._visitors.user_of(self._state_of(exchange))
        self._recorder.record(self._status(exchange, user))

    def _state_of(self, exchange: Exchange) -> str | None:
        """Return the state that the callback of this exchange's visit brought, back along its redirects."""
        if exchange.is_callback:
            return exchange.state
        seen = self._recorder.timeline()
        requests = {each.exchange: each for each in seen.of(GatewayRequest)}
        target = self._recorder.mask.apply(exchange.target)
        for answer in reversed(seen.of(GatewayResponse)):
            asked = requests[answer.exchange]
            leads_to = unquote(target_of(asked.path, answer.headers))
            if leads_on(answer.status, answer.headers) and leads_to == unquote(target):
                if asked.is_callback:
                    return next(iter(asked.query.get("state", ())), None)
                target = asked.path
        return None

    def _status(self, exchange: Exchange, user: str) -> StatusProbe:
        try:
            answer = self._get(self._http.status, user)
        except (httpx.HTTPError, BackendError) as error:
            return StatusProbe(exchange=exchange.number, user=user, reason=str(error) or type(error).__name__)
        except (OSError, RuntimeError):  # what httpx makes of connections that another thread closes
            if not self._is_closed:
                raise
            return StatusProbe(exchange=exchange.number, user=user, reason="the scenario was over by then")
        connected = connected_in(self._http, answer.status_code, json_of(answer.text))
        return StatusProbe(
            exchange=exchange.number,
            user=user,
            http_status=answer.status_code,
            connected=connected.value,
            unreadable=connected.unreadable,
            body=answer.text,
        )

    def state_for(self, user: str) -> str:
        """Return a state that the backend issues for this user, empty where its URL carries none.

        Where the app makes the URL itself, one of the app's. BackendError where the backend gives no URL.
        """
        asked = self._http.connect_call
        if asked is None:
            return app_state(user)
        method, path = asked
        body = fill_in(self._http.connect_body, {"user": user})
        try:
            answer = self._get(path, user, method=method, body=body)
        except httpx.HTTPError as error:
            raise BackendError(f"{path} gave no answer: {str(error) or type(error).__name__}") from error
        url = at(json_of(answer.text), self._http.connect_url)
        if not isinstance(url, str) or not url:
            raise BackendError(
                f"{method} {path} answered {answer.status_code} without an authorization URL at "
                f"`{self._http.connect_url}`"
            )
        return state_in(url)

    def ask_for_leads(self) -> None:
        """Ask for the first page of leads beside the app, as the first user; what comes is not looked at."""
        if self._http.leads:
            self._ask(self._http.leads)

    def barrier(self) -> None:
        """Let the backend answer something else, so that it has had its turn."""
        for _ in range(BARRIER_TURNS):
            if not self._ask(self._http.ready, timeout_s=TURN_TIMEOUT_S):
                return

    def _ask(self, path: str, *, timeout_s: float = TIMEOUT_S) -> bool:
        """Return whether it answered; of one that does not the app's own calls tell."""
        try:
            self._get(path, FIRST_USER, timeout_s=timeout_s)
        except (httpx.HTTPError, BackendError):
            return False
        return True

    def _get(
        self, path: str, user: str, *, method: str = "GET", body: str = "", timeout_s: float = TIMEOUT_S
    ) -> httpx.Response:
        content, headers = (body, JSON) if body else (None, None)
        url = self._backend_url() + path
        return self._client_of(user).ask(method, url, content=content, headers=headers, timeout_s=timeout_s)

    def _client_of(self, user: str) -> BoundedClient:
        """Return a user's own client, with that user's session and cookies."""
        session = self._sessions.of(user)
        with self._lock:
            known = self._clients.get(user)
            if known is not None and known[0] is session:
                return known[1]
            if known is not None:
                known[1].close()
            client = BoundedClient(
                timeout_s=TIMEOUT_S,
                trust=trust_for(self._backend_url(), self._http.authority),
                headers=session.headers,
                cookies=session.cookies,
            )
            self._clients[user] = session, client
            return client

    def close(self) -> None:
        """Close the connections; a page that redirects without end may still be looked at."""
        self._is_closed = True
        for _, client in self._clients.values():
            client.close()
