"""The app's sessions with the backend: what its own calls carry, signed in once for each user.

Owns the sign-in call and who is signed in. What is done with an answer is others' business. A backend that
was started again may have forgotten everybody: `forget` lets each user sign in anew.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from harness.api_client.bounded import SILENT, BoundedClient, Hear
from harness.api_client.reading import at, json_of
from harness.api_client.trust import trust_for
from harness.config.placeholders import fill_in, placeholders_in
from harness.config.settings import FIRST_USER, Http, SignIn, method_and_path
from harness.errors import BackendError

TIMEOUT_S = 10.0
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """What a user's own calls carry."""

    headers: Mapping[str, str]
    cookies: httpx.Cookies
    """Those of the sign-in's answer; each client has a copy and keeps what comes later itself."""
    token: str | None = None


class Sessions:
    """The sessions of one backend's users."""

    def __init__(self, http: Http, backend_url: Callable[[], str], *, hear: Hear = SILENT) -> None:
        self._http, self._backend_url, self._hear = http, backend_url, hear
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def of(self, user: str = FIRST_USER) -> Session:
        """Return a user's session, signed in now if it was not; BackendError where that is refused."""
        with self._lock:
            if user not in self._sessions:
                self._sessions[user] = self._open(user)
            return self._sessions[user]

    def connect_path(self, user: str = FIRST_USER) -> str:
        """Return the path that a user's browser opens to connect, BackendError where sign-in is refused."""
        says_token = "token" in placeholders_in(self._http.connect or "")
        return self._http.connect_path(user, self.of(user).token if says_token else None)

    def renew(self, user: str, refused: Session) -> Session:
        """Return the session after one whose token was refused: renewed by one call, whoever asks.

        BackendError where that is refused too: nobody is signed in then, and the next call signs in anew.
        """
        with self._lock:
            current = self._sessions.get(user, refused)
            if current is not refused:
                return current
            self._sessions.pop(user, None)
            sign_in = self._http.sign_in
            answer = self._send(sign_in.refresh, user, refused.headers, "")
            token = self._token(sign_in, answer)
            renewed = Session(self._http.headers_for(user, token or ""), refused.cookies, token)
            self._sessions[user] = renewed
            return renewed

    def forget(self) -> None:
        """Let every user sign in again."""
        with self._lock:
            self._sessions.clear()

    def _open(self, user: str) -> Session:
        sign_in = self._http.sign_in
        if not sign_in.call:
            return Session(self._http.headers_for(user), httpx.Cookies())
        body = fill_in(sign_in.body, {"user": user})
        answer = self._send(sign_in.call, user, self._http.headers_for(user), body)
        token = self._token(sign_in, answer)
        return Session(self._http.headers_for(user, token or ""), answer.cookies, token)

    def _send(self, call: str, user: str, headers: Mapping[str, str], body: str) -> httpx.Response:
        method, path = method_and_path(call)
        url = self._backend_url() + path
        headers = {**headers, **(JSON if body else {})}
        try:
            trust = trust_for(url, self._http.authority)
            with BoundedClient(timeout_s=TIMEOUT_S, trust=trust, headers=headers, hear=self._hear) as client:
                answer = client.ask(method, url, content=body or None)
        except httpx.HTTPError as error:
            why = str(error) or type(error).__name__
            raise BackendError(f"signing in: {call} gave no answer ({why})") from error
        if answer.is_error:
            raise BackendError(
                f"signing in: {call} answered {answer.status_code} for the user {user}; see "
                "[http.sign_in], and let the backend know that user after a reset"
            )
        return answer

    def _token(self, sign_in: SignIn, answer: httpx.Response) -> str | None:
        if not sign_in.token:
            return None
        token = at(json_of(answer.text), sign_in.token)
        if not isinstance(token, str) or not token:
            raise BackendError(
                f"signing in: {sign_in.call} answered without a text at `{sign_in.token}`; "
                "set [http.sign_in].token to the token's dotted path"
            )
        if not (token.isascii() and token.isprintable()):
            raise BackendError(
                f"signing in: {sign_in.call} answered a token with characters that no header carries"
            )
        return token
