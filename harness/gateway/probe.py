"""A look at the backend from beside the browser: the status while a first byte is held, a turn, a state.

Owns the harness's own requests to the backend, and as which user each is sent. What the app asks is
`harness.phone`'s.
"""

import secrets
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx

from harness.api_client.reading import at, flag, json_of
from harness.api_client.trust import trust_for
from harness.config.settings import FIRST_USER, Http
from harness.errors import BackendError
from harness.gateway.exchange import Exchange, leads_on, target_of
from harness.timeline.page_events import GatewayRequest, GatewayResponse, StatusProbe
from harness.timeline.recorder import Recorder

TIMEOUT_S = 5.0
BARRIER_TURNS = 3


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


class Probe:
    """Asks the backend as the user whose phone is at the callback."""

    def __init__(
        self, http: Http, backend_url: Callable[[], str], recorder: Recorder, visitors: Visitors
    ) -> None:
        self._http, self._backend_url, self._recorder = http, backend_url, recorder
        self._visitors = visitors
        self._client = httpx.Client(verify=trust_for(backend_url()), trust_env=False, timeout=TIMEOUT_S)

    def look(self, exchange: Exchange) -> None:
        """Look at the status while an answer's first byte is held; recorded as `gateway.probe`."""
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
            if leads_on(answer.status, answer.headers) and target_of(asked.path, answer.headers) == target:
                if asked.is_callback:
                    return next(iter(asked.query.get("state", ())), None)
                target = asked.path
        return None

    def _status(self, exchange: Exchange, user: str) -> StatusProbe:
        try:
            answer = self._get(self._http.status, user)
        except httpx.HTTPError as error:
            return StatusProbe(exchange=exchange.number, user=user, reason=str(error) or type(error).__name__)
        connected = flag(json_of(answer.text), self._http.connected, "[http].connected")
        return StatusProbe(
            exchange=exchange.number,
            user=user,
            http_status=answer.status_code,
            connected=connected.value,
            unreadable=connected.trouble,
            body=answer.text,
        )

    def state_for(self, user: str) -> str:
        """Return a state that the backend issues for this user; one of our own where it issues none."""
        if self._http.connect is None:
            return secrets.token_urlsafe(24)
        try:
            url = at(json_of(self._get(self._http.connect, user).text), "url")
        except httpx.HTTPError as error:
            raise BackendError(f"{self._http.connect} gave no answer: {error}") from error
        states = parse_qs(urlsplit(str(url)).query).get("state", [])
        if not states:
            raise BackendError(f"{self._http.connect} answered without a `url` that carries a state")
        return states[0]

    def ask_for_leads(self) -> None:
        """Ask for the first page of leads beside the app, as the first user; what comes is not looked at."""
        self._ask(self._http.leads)

    def barrier(self) -> None:
        """Let the backend answer something else, so that it has had its turn."""
        for _ in range(BARRIER_TURNS):
            self._ask(self._http.ready)

    def _ask(self, path: str) -> None:
        try:
            self._get(path, FIRST_USER)
        except httpx.HTTPError:
            return  # a backend that does not answer has had its turn as well; the app's own calls tell of it

    def _get(self, path: str, user: str) -> httpx.Response:
        return self._client.get(self._backend_url() + path, headers=self._http.headers_for(user))

    def close(self) -> None:
        """Close the connection."""
        self._client.close()
