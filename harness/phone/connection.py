"""The wire between the app and its backend: session, timeout, network conditions, and their trace.

Owns httpx and the `app.request` and `app.request_failed` events. It must not read what an answer says.
A call runs at its moment of the phone's clock; what a slow network adds is waited for on that clock.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import httpx

from harness.api_client.bounded import AnswerTooLong, BoundedClient
from harness.api_client.cached import PhoneCache
from harness.api_client.session import JSON, Session, Sessions
from harness.api_client.trust import trust_for
from harness.errors import BackendError
from harness.phone.javascript.clock import Clock
from harness.phone.javascript.promise import Rejection, after
from harness.phone.settings import PhoneSettings
from harness.timeline.events import AppEvent, AppRequest, AppRequestFailed, Network, Purpose
from harness.timeline.recorder import Recorder

NETWORK_ERROR = "Network Error"
NOT_SIGNED_IN = 401
NOT_SECRET = frozenset({"accept", "accept-language", "content-type", "user-agent"})
LONG_ENOUGH_TO_BE_A_TOKEN = 16


class ApiError(Rejection):
    """A call that failed, as axios tells it; `server_message` is `error.response.data.message`."""

    def __init__(self, message: str, *, status: int | None = None, server_message: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.server_message = server_message


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the app, numbered over the phone's life."""

    number: int
    purpose: Purpose
    method: str
    path: str
    """With its query."""
    body: str = ""
    """JSON; empty where nothing is sent."""


class Connection:
    """One pool of connections and one cache a phone, shared by every start of its app. To be closed."""

    def __init__(self, settings: PhoneSettings, recorder: Recorder, now_s: Callable[[], float]) -> None:
        self._settings = settings
        self._recorder = recorder
        self._calls = 0
        self._network: Network = "online"
        self._sessions = settings.sessions or Sessions(settings.http, lambda: settings.base_url)
        self._session: Session | None = None
        self._http = BoundedClient(
            settings.base_url,
            timeout_s=settings.set_up.timeout_s,
            trust=trust_for(settings.base_url, settings.http.authority),
            follows_redirects=True,
            cache=PhoneCache(now_s, keeps_404=settings.browser.platform == "android"),
        )

    @property
    def network(self) -> Network:
        """The network that calls have."""
        return self._network

    def change_network(self, network: Network) -> None:
        """Have this network from now on, for calls under way too."""
        self._network = network

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def call(self, purpose: Purpose, method: str, path: str, body: str = "") -> Call:
        """Return the next call."""
        self._calls += 1
        return Call(self._calls, purpose, method, path, body)

    async def send(self, call: Call, clock: Clock) -> httpx.Response:
        """Send and wait for the answer, whatever its status. Raises ApiError when none arrives."""
        path = call.path.partition("?")[0]
        self.record(AppRequest(id=call.number, purpose=call.purpose, method=call.method, path=path))
        try:
            return await self._exchange(call, clock)
        except ApiError as error:
            self.record(AppRequestFailed(id=call.number, purpose=call.purpose, reason=str(error)))
            raise

    def record(self, event: AppEvent) -> None:
        """Put an event of this user's app on the timeline."""
        self._recorder.record(replace(event, user=self._settings.user))

    async def _exchange(self, call: Call, clock: Clock) -> httpx.Response:
        self._check_network()
        latency_s = self._settings.slow_latency_s if self.network == "slow" else 0.0
        timeout_s = self._settings.set_up.timeout_s
        timed_out = ApiError(f"timeout of {round(timeout_s * 1000)}ms exceeded")
        self._sign_in()
        try:
            answer = self._ask(call)
            if answer.status_code == NOT_SIGNED_IN and self._renew():
                answer = self._ask(call)
        except httpx.TimeoutException:
            raise timed_out from None
        except AnswerTooLong as error:
            raise ApiError(f"{call.path}: {error}") from None
        except httpx.HTTPError:
            raise ApiError(NETWORK_ERROR) from None
        await after(clock, min(latency_s, timeout_s))
        if latency_s > timeout_s:
            raise timed_out
        # The network may have gone while the answer was on its way
        self._check_network()
        return answer

    def _ask(self, call: Call) -> httpx.Response:
        content, headers = (call.body, JSON) if call.body else (None, None)
        return self._http.ask(call.method, call.path, content=content, headers=headers)

    def _renew(self) -> bool:
        """Renew the token after a 401, as the app's API client does once a call; False where it cannot."""
        if self._session is None or not self._settings.http.sign_in.refresh:
            return False
        try:
            self._become(self._sessions.renew(self._settings.user, self._session))
        except BackendError:
            self._session = None
            return False
        return True

    def _sign_in(self) -> None:
        """Carry the user's session, signing in where nobody is; ApiError where that is refused."""
        try:
            session = self._sessions.of(self._settings.user)
        except BackendError as refusal:
            raise ApiError(str(refusal)) from None
        if session is not self._session:
            self._become(session)

    def _become(self, session: Session) -> None:
        self._session = session
        _keep_secret(session, self._recorder)
        self._http.become(session.headers, session.cookies)

    def _check_network(self) -> None:
        if self.network == "offline":
            raise ApiError(NETWORK_ERROR)


def _keep_secret(session: Session, recorder: Recorder) -> None:
    """Mask what tells who is signed in; a short value alone would mask ordinary words."""
    for name, text in session.headers.items():
        if name.lower() not in NOT_SECRET:
            recorder.secret("session", text)
    given = [session.token or "", *(each.value or "" for each in session.cookies.jar)]
    given += [text.split(" ")[-1] for name, text in session.headers.items() if name.lower() not in NOT_SECRET]
    for each in given:
        if len(each) >= LONG_ENOUGH_TO_BE_A_TOKEN:
            recorder.secret("session", each)
