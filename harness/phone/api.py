"""The app's `amoCrmApi`: its four calls, and what it reads in their answers.

Owns the `app.response` events. It must not decide what an answer means for a screen.
"""

from typing import Any

import httpx

from harness.api_client.reading import Reading, at, flag, json_of, rows
from harness.errors import BackendError
from harness.phone.connection import ApiError, Call, Connection
from harness.phone.javascript.clock import Clock
from harness.phone.settings import PhoneSettings
from harness.timeline.events import AppResponse

MOST_PAGES = 500


class AmoCrmApi:
    """The calls of one start of the app; `ApiError` is what each may raise."""

    def __init__(self, settings: PhoneSettings, connection: Connection, clock: Clock) -> None:
        self._settings = settings
        self._http = settings.http
        self._connection = connection
        self._clock = clock

    async def authorization_url(self) -> str:
        """Ask where the browser must go. BackendError when the answer has no `url`."""
        path = self._http.connect
        if path is None:
            return self._settings.make_authorization_url()
        document = await self._send(self._connection.call("auth_url", "GET", path))
        url = at(document, "url")
        if not isinstance(url, str) or not url:
            raise BackendError(
                f"GET {path} answered without `url`, the authorization URL that the app must open: "
                'answer {"url": …}, or leave [http].connect out'
            )
        return url

    async def status(self) -> bool:
        """`GET status`: whether the backend says connected; what cannot be read is not connected."""
        document = await self._send(self._connection.call("status", "GET", self._http.status))
        return bool(self._connected(document).value)

    async def leads(self) -> tuple[Any, ...]:
        """`GET leads`, page after page. ApiError when an answer holds no list."""
        found: list[Any] = []
        page: Any = None
        for _ in range(MOST_PAGES):
            params = None if page is None else {self._http.leads_page: str(page)}
            document = await self._send(
                self._connection.call("leads", "GET", self._http.leads, params=params)
            )
            reading = self._leads(document)
            if reading.value is None:
                raise ApiError(str(reading.trouble))
            found.extend(reading.value)
            following = at(document, self._http.leads_next)
            if following in (None, page) or not reading.value:
                return tuple(found)
            page = following
        raise ApiError(f"the leads go on after {MOST_PAGES} pages")

    async def exchange_code(self, code: str) -> None:
        """`POST exchange-code`, which only the app from before the fix calls."""
        await self._send(
            self._connection.call("exchange_code", "POST", self._http.exchange, json={"code": code})
        )

    async def _send(self, call: Call) -> Any:
        answer = await self._connection.send(call, self._clock)
        document = json_of(answer.text)
        self._record(call, answer, document)
        if not answer.is_success:
            message = at(document, "message")
            raise ApiError(
                f"Request failed with status code {answer.status_code}",
                status=answer.status_code,
                server_message=message if isinstance(message, str) and message else None,
            )
        return document

    def _connected(self, document: Any) -> Reading:
        return flag(document, self._http.connected, "[http].connected")

    def _leads(self, document: Any) -> Reading:
        return rows(document, self._http.leads_list, "[http].leads_list")

    def _record(self, call: Call, answer: httpx.Response, document: Any) -> None:
        connected = leads = Reading()
        if answer.is_success and call.purpose == "status":
            connected = self._connected(document)
        if answer.is_success and call.purpose == "leads":
            leads = self._leads(document)
        self._connection.record(
            AppResponse(
                id=call.number,
                purpose=call.purpose,
                status=answer.status_code,
                connected=connected.value,
                leads=None if leads.value is None else len(leads.value),
                body=answer.text,
                unreadable=connected.trouble or leads.trouble,
            )
        )
