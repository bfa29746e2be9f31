"""The app's `amoCrmApi`: its four calls, and what it reads in their answers.

Owns the `app.response` events. It must not decide what an answer means for a screen.
"""

import json
from http import HTTPStatus
from typing import Any

import httpx

from harness.api_client.answers import connected_in, is_success, may_say_connected, next_leads_path
from harness.api_client.cached import KEPT_BY
from harness.api_client.reading import Reading, at, json_of, rows
from harness.config.placeholders import fill_in
from harness.errors import BackendError
from harness.phone.connection import ApiError, Call, Connection
from harness.phone.javascript.clock import Clock
from harness.phone.settings import PhoneSettings
from harness.timeline.events import AppResponse

MOST_PAGES = 500
NO_LEADS: dict[str, Any] = {}
"""What stands for an answer 204, as amoCRM itself says that there are none; `null` says nothing."""


class AmoCrmApi:
    """The calls of one start of the app; `ApiError` is what each may raise."""

    def __init__(self, settings: PhoneSettings, connection: Connection, clock: Clock) -> None:
        self._settings = settings
        self._http = settings.http
        self._connection = connection
        self._clock = clock

    @property
    def has_status(self) -> bool:
        """Whether the backend tells of the connection."""
        return bool(self._http.status)

    @property
    def has_leads(self) -> bool:
        """Whether the backend has leads for the app."""
        return bool(self._http.leads)

    async def authorization_url(self) -> str:
        """Ask where the browser must go. BackendError when the answer has no such URL."""
        asked = self._http.connect_call
        if asked is None or not self._http.app_asks_for_the_url:
            return self._settings.make_authorization_url()
        method, path = asked
        body = fill_in(self._http.connect_body, {"user": self._settings.user})
        document, _ = await self._send(self._connection.call("auth_url", method, path, body=body))
        url = at(document, self._http.connect_url)
        if not isinstance(url, str) or not url:
            raise BackendError(
                f"{method} {path} answered without `{self._http.connect_url}`, the authorization URL that "
                "the app must open: set [http].connect_url to where it is, or leave [http].connect out"
            )
        return url

    async def status(self) -> bool:
        """`GET status`: whether the backend says connected; what cannot be read is not connected."""
        call = self._connection.call("status", "GET", self._http.status)
        answer = await self._connection.send(call, self._clock)
        document = json_of(answer.text)
        self._record(call, answer, document)
        if not may_say_connected(self._http, answer.status_code):
            raise _refused(answer, document)
        return bool(self._connected(answer, document).value)

    async def leads(self) -> tuple[Any, ...]:
        """`GET leads`, page after page, to one that comes again. ApiError when an answer holds no list."""
        found: list[Any] = []
        seen: set[str] = set()
        path = self._http.leads
        for pages in range(1, MOST_PAGES + 1):
            document, linked = await self._send(self._connection.call("leads", "GET", path), leads_page=pages)
            reading = self._leads(document)
            if reading.value is None:
                raise ApiError(str(reading.unreadable))
            found.extend(reading.value)
            following = next_leads_path(self._http, path, pages, document, linked)
            if following is None or not reading.value or _came_before(reading.value, seen):
                return tuple(found)
            path = following
        raise ApiError(f"the leads go on after {MOST_PAGES} pages")

    async def exchange_code(self, code: str) -> None:
        """`POST exchange-code`, which only the app from before the fix calls."""
        body = json.dumps({"code": code}, separators=(",", ":"))  # as JavaScript writes it
        await self._send(self._connection.call("exchange_code", "POST", self._http.exchange, body=body))

    async def _send(self, call: Call, leads_page: int = 0) -> tuple[Any, str]:
        """Return what the answer holds, and which address it links to as the next one."""
        answer = await self._connection.send(call, self._clock)
        is_empty = bool(leads_page) and answer.status_code == HTTPStatus.NO_CONTENT
        document = NO_LEADS if is_empty else json_of(answer.text)
        self._record(call, answer, document, leads_page)
        if not is_success(answer.status_code):
            raise _refused(answer, document)
        return document, _linked(answer)

    def _connected(self, answer: httpx.Response, document: Any) -> Reading:
        return connected_in(self._http, answer.status_code, document)

    def _leads(self, document: Any) -> Reading:
        if document is NO_LEADS:
            return Reading([])
        return rows(document, self._http.leads_list, "[http].leads_list")

    def _record(self, call: Call, answer: httpx.Response, document: Any, leads_page: int = 0) -> None:
        connected = leads = Reading()
        more = None
        if call.purpose == "status" and may_say_connected(self._http, answer.status_code):
            connected = self._connected(answer, document)
        if answer.is_success and call.purpose == "leads":
            leads = self._leads(document)
            following = next_leads_path(self._http, call.path, leads_page, document, _linked(answer))
            more = following is not None
        self._connection.record(
            AppResponse(
                id=call.number,
                purpose=call.purpose,
                status=answer.status_code,
                connected=connected.value,
                leads=None if leads.value is None else len(leads.value),
                more_leads=more,
                body=answer.text,
                headers=tuple(answer.headers.multi_items()),
                unreadable=connected.unreadable or leads.unreadable,
                kept_by=answer.extensions.get(KEPT_BY),
            )
        )


def _linked(answer: httpx.Response) -> str:
    return answer.links.get("next", {}).get("url", "")


def _came_before(page: list[Any], seen: set[str]) -> bool:
    """Tell whether a page whose leads differ from each other is one of those `seen`; it is from now on."""
    leads = [repr(each) for each in page]
    whole = "".join(leads)
    if len(set(leads)) == 1 < len(leads):
        return False  # nothing tells these leads apart
    is_known = whole in seen
    seen.add(whole)
    return is_known


def _refused(answer: httpx.Response, document: Any) -> ApiError:
    message = at(document, "message")
    return ApiError(
        f"Request failed with status code {answer.status_code}",
        status=answer.status_code,
        server_message=message if isinstance(message, str) and message else None,
    )
