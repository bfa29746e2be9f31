"""The calls of a real app, whose API base URL is the gateway: on the timeline as the simulated app's are.

Owns telling them from a browser's, and that an app which asks again after the page has come back by its link.
What that link is made of by a router is `harness.phone.links`'s; nothing is judged.
"""

import html
import re
from collections.abc import Callable

from harness.api_client.answers import connected_in, may_say_connected
from harness.api_client.reading import Reading, json_of, rows
from harness.config.settings import FIRST_USER, BackendConfig, method_and_path
from harness.phone.links import router
from harness.phone.links.router import Dropped
from harness.phone.links.sdk import sdk_numbered
from harness.timeline.events import (
    AppRequest,
    AppRequestFailed,
    AppResponse,
    Event,
    LinkDelivered,
    LinkDropped,
    LinkRouted,
    Purpose,
)
from harness.timeline.gateway_events import Broken, GatewayRequest, GatewayResponse

Record = Callable[[Event], None]
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


class RealApp:
    """Hears the gateway, and records what an app behind it asks and is answered."""

    def __init__(self, config: BackendConfig, sdk: int, record: Record) -> None:
        self._config, self._record = config, record
        self._sdk = sdk_numbered(sdk)
        self._purposes = _purposes(config)
        self._asked: dict[int, AppRequest] = {}
        self._link = ""
        self.has_called = False
        """Whether a real app has asked for anything."""

    def hear(self, event: Event) -> None:
        """Take note of what is recorded."""
        if isinstance(event, GatewayResponse) and event.is_browser and event.is_page:
            self._link = link_in(event.body, self._config.deep_link.scheme) or self._link
        elif isinstance(event, GatewayRequest) and not event.is_browser and not event.is_callback:
            self._hear_request(event)
        elif isinstance(event, GatewayResponse | Broken) and event.exchange in self._asked:
            self._hear_answer(self._asked.pop(event.exchange), event)

    def _hear_request(self, event: GatewayRequest) -> None:
        purpose = self._purposes.get((event.method, event.path))
        if purpose is None:
            return
        self.has_called = True
        if self._link and purpose != "auth_url":
            link, self._link = self._link, ""
            self._comes_back(link)
        asked = AppRequest(
            user=FIRST_USER, purpose=purpose, id=event.exchange, method=event.method, path=event.path
        )
        self._asked[event.exchange] = asked
        self._record(asked)

    def _comes_back(self, url: str) -> None:
        """An app that was in the background asks by itself only once it was opened."""
        self._record(LinkDelivered(user=FIRST_USER, url=url, is_inferred=True))
        routed = router.route(url, self._sdk, self._config.deep_link)
        if isinstance(routed, Dropped):
            self._record(LinkDropped(user=FIRST_USER, url=url, reason=routed.reason))
            return
        params = {n: v if isinstance(v, str) else tuple(v) for n, v in routed.params.items()}
        self._record(LinkRouted(user=FIRST_USER, url=url, screen=routed.screen, params=params))

    def _hear_answer(self, asked: AppRequest, answer: GatewayResponse | Broken) -> None:
        if isinstance(answer, Broken):
            self._record(
                AppRequestFailed(user=FIRST_USER, purpose=asked.purpose, id=asked.id, reason=answer.reason)
            )
            return
        http, document = self._config.http, json_of(answer.body)
        connected = leads = Reading()
        if asked.purpose == "status" and may_say_connected(http, answer.status):
            connected = connected_in(http, answer.status, document)
        if asked.purpose == "leads" and answer.status < 300:  # noqa: PLR2004 - 2xx
            leads = rows(document, http.leads_list, "[http].leads_list")
        self._record(
            AppResponse(
                user=FIRST_USER,
                id=asked.id,
                purpose=asked.purpose,
                status=answer.status,
                connected=connected.value,
                leads=None if leads.value is None else len(leads.value),
                body=answer.body,
                headers=answer.headers,
                unreadable=connected.unreadable or leads.unreadable,
            )
        )


def _purposes(config: BackendConfig) -> dict[tuple[str, str], Purpose]:
    http = config.http
    found: dict[tuple[str, str], Purpose] = {("POST", http.exchange): "exchange_code"}
    if http.status:
        found["GET", http.status] = "status"
    if http.leads:
        found["GET", http.leads.partition("?")[0]] = "leads"
    if http.connect is not None and not http.connect_in_browser:
        found[method_and_path(http.connect)] = "auth_url"
    return found


def link_in(body: str, scheme: str) -> str:
    """Return the first link of the app in a page's source, its escapes undone; empty where there is none."""
    plain = html.unescape(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), body)).replace("\\/", "/")
    found = re.search(rf"{re.escape(scheme)}:[^\s\"'<>`\\]+", plain, re.IGNORECASE)
    return found[0] if found else ""
