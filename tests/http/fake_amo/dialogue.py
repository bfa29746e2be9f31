"""A client that speaks with one fake in plain HTTP: the words that the tests share."""

import socket
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from fake_amo import FakeAmo

FORM = {"content-type": "application/x-www-form-urlencoded"}


class Dialogue:
    """Requests to one fake, with its default integration's credentials."""

    def __init__(self, amo: FakeAmo, http: httpx.Client) -> None:
        self.amo = amo
        self.http = http

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Get a path of the fake."""
        return self.http.get(self.amo.url + path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        """Post to a path of the fake."""
        return self.http.post(self.amo.url + path, **options)

    def consent(
        self, path: str = "/oauth", headers: dict[str, str] | None = None, **query: str
    ) -> httpx.Response:
        """Open the consent page."""
        query = {"client_id": self.amo.client_id} | query
        return self.get(f"{path}?{urlencode(query)}", headers=headers)

    def decide(self, decision: str, fields: dict[str, str] | None = None, **query: str) -> httpx.Response:
        """Post the consent form."""
        query = {"client_id": self.amo.client_id} | query
        return self.post(f"/oauth?{urlencode(query)}", data={"decision": decision} | (fields or {}))

    def allow(self, **query: str) -> httpx.Response:
        """Allow access in the only account."""
        return self.decide("allow", None, **query)

    def code(self) -> str:
        """Allow access and return the code."""
        return dict(answer_of(self.allow()))["code"]

    def credentials(self) -> dict[str, str]:
        """Return what every token request carries."""
        amo = self.amo
        return {
            "client_id": amo.client_id,
            "client_secret": amo.client_secret,
            "redirect_uri": amo.redirect_uri,
        }

    def ask_tokens(
        self, headers: dict[str, str] | None = None, auth: Any = None, **fields: Any
    ) -> httpx.Response:
        """Ask the token endpoint; a field given as None is left out."""
        body = {name: value for name, value in (self.credentials() | fields).items() if value is not None}
        return self.post("/oauth2/access_token", json=body, headers=headers, auth=auth)

    def exchange(
        self, code: str | None, headers: dict[str, str] | None = None, **fields: Any
    ) -> httpx.Response:
        """Exchange a code."""
        return self.ask_tokens(headers, **({"grant_type": "authorization_code", "code": code} | fields))

    def refresh(
        self, token: str | None, headers: dict[str, str] | None = None, **fields: Any
    ) -> httpx.Response:
        """Spend a refresh token."""
        return self.ask_tokens(headers, **({"grant_type": "refresh_token", "refresh_token": token} | fields))

    def tokens(self) -> dict[str, Any]:
        """Return a fresh pair."""
        answer = self.exchange(self.amo.mint_code())
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    def api(self, path: str, token: str | None = None, method: str = "GET", **options: Any) -> httpx.Response:
        """Call the API, with a fresh token if none is given."""
        headers = {"authorization": f"Bearer {token or self.tokens()['access_token']}"}
        headers |= options.pop("headers", None) or {}
        return self.http.request(method, self.amo.url + path, headers=headers, **options)

    def control(self, method: str, path: str = "", **options: Any) -> httpx.Response:
        """Call the control API."""
        return self.http.request(method, self.amo.control_url + path, **options)


def answer_of(response: httpx.Response) -> list[tuple[str, str]]:
    """Return the parameters of a redirect, in order."""
    query = urlsplit(response.headers["location"]).query
    return parse_qsl(query, keep_blank_values=True, errors="surrogateescape")


def raw_exchange(amo: FakeAmo, request: bytes) -> bytes:
    """Send bytes, read until the other side closes, and return what came; a reset raises ConnectionError."""
    host, port = amo.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(request)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received


def hint_of(answer: httpx.Response, status: int) -> str | None:
    """Return the hint of a refusal of that status, having checked its type."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    hint: str | None = answer.json().get("hint")
    return hint
