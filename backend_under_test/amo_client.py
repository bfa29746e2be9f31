"""amoCRM as this backend needs it: two grants at the token endpoint and the list of leads.

Owns the wire format, the time limit and what each bad answer means. Must not store anything, retry, or
follow an address that an answer gives.
"""

import asyncio
import re
import ssl
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
from starlette import status

from backend_under_test.outcome import SENTENCES, Reason
from backend_under_test.settings import Settings

MAX_LEADS_PAGE = 250
"""amoCRM answers 422 above it."""

_LONGEST_LIFE_S = 10 * 365 * 86_400
_VISIBLE = re.compile("[!-~]+")

# Each account has a host of its own, so a kept connection is rarely of use. httpx looks at all of them for
# each request, and closes surplus ones that another request may have just been given.
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=0)


class AmoError(Exception):
    """No result from amoCRM; `reason` and `sentence` are fit for the user, but not yet tidied."""

    def __init__(self, reason: Reason, sentence: str = "") -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.sentence = sentence or SENTENCES[reason]


class AmoRefusedError(AmoError):
    """AmoCRM understood the request and said no (4xx at the token endpoint, 401 at the API)."""

    def __init__(self, status: int, sentence: str = "") -> None:
        super().__init__(Reason.REFUSED, sentence)
        self.status = status


class AmoBusyError(AmoError):
    """AmoCRM answered 429: ask again after `retry_after_s` seconds."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(Reason.AMO_BUSY)
        self.retry_after_s = retry_after_s


class AmoLostError(AmoError):
    """No usable answer: it may or may not have done what it was asked."""


@dataclass(frozen=True)
class Tokens:
    """An answer of the token endpoint; `expires_in_s` counts from now."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in_s: int


@dataclass(frozen=True)
class LeadsPage:
    """One page of leads as amoCRM sent them, and whether there is another."""

    leads: list[dict[str, Any]]
    has_next: bool


class AmoClient:
    """One pool of connections, to be closed by `aclose` in `loop`, the event loop that used it."""

    def __init__(self, settings: Settings) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.settings = settings
        self._http = httpx.AsyncClient(
            verify=_tls(settings.amo_url),
            timeout=settings.amo_timeout_s,
            limits=_LIMITS,
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": "backend-under-test/1.0"},
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def exchange_code(self, account_url: str, code: str) -> Tokens:
        """`grant_type=authorization_code`. Raises AmoError."""
        return await self._grant(account_url, grant_type="authorization_code", code=code)

    async def refresh(self, account_url: str, refresh_token: str) -> Tokens:
        """`grant_type=refresh_token`. Raises AmoError."""
        return await self._grant(account_url, grant_type="refresh_token", refresh_token=refresh_token)

    async def leads(self, account_url: str, access_token: str, *, page: int, limit: int) -> LeadsPage:
        """`GET /api/v4/leads`, pages counted from 1. Raises AmoError."""
        answer = await self._send(
            "GET",
            f"{account_url}/api/v4/leads",
            params={"page": page, "limit": limit},
            headers={"Authorization": f"Bearer {access_token}"},
        )
        if answer.status_code == status.HTTP_204_NO_CONTENT:
            return LeadsPage([], has_next=False)
        if answer.status_code == status.HTTP_401_UNAUTHORIZED:
            raise AmoRefusedError(answer.status_code)
        if answer.status_code != status.HTTP_200_OK:
            raise AmoLostError(Reason.AMO_NONSENSE)
        return _leads_page(answer)

    async def _grant(self, account_url: str, **grant: str) -> Tokens:
        body = {
            "client_id": self.settings.client_id,
            "client_secret": self.settings.client_secret,
            "redirect_uri": self.settings.redirect_uri,
            **grant,
        }
        answer = await self._send("POST", f"{account_url}/oauth2/access_token", json=body)
        if answer.is_client_error:
            raise AmoRefusedError(answer.status_code, _problem(answer))
        if answer.status_code != status.HTTP_200_OK:
            raise AmoLostError(Reason.AMO_NONSENSE)
        return _tokens(answer)

    async def _send(self, method: str, url: str, **request: Any) -> httpx.Response:
        self.loop = asyncio.get_running_loop()
        try:
            # httpx limits each read; a server that sends a byte now and then needs a limit on the whole.
            async with asyncio.timeout(self.settings.amo_timeout_s):
                answer = await self._http.request(method, url, **request)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise AmoLostError(Reason.AMO_TIMEOUT) from error
        except httpx.DecodingError as error:
            raise AmoLostError(Reason.AMO_NONSENSE) from error
        except httpx.TransportError as error:
            raise AmoLostError(Reason.AMO_UNREACHABLE) from error
        if answer.status_code == status.HTTP_429_TOO_MANY_REQUESTS:
            raise AmoBusyError(_retry_after_s(answer))
        return answer


def _tls(amo_url: str) -> ssl.SSLContext:
    """The system's trust for https; for http a context that trusts nobody, which costs no disk reads."""
    if urlsplit(amo_url).scheme == "https":
        return ssl.create_default_context()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _json_object(answer: httpx.Response) -> dict[str, Any]:
    try:
        found: object = answer.json()
    except ValueError as error:
        raise AmoLostError(Reason.AMO_NONSENSE) from error
    if not isinstance(found, dict):
        raise AmoLostError(Reason.AMO_NONSENSE)
    return cast("dict[str, Any]", found)


def _tokens(answer: httpx.Response) -> Tokens:
    found = _json_object(answer)
    access, refresh, life_s = (found.get(key) for key in ("access_token", "refresh_token", "expires_in"))
    if not (_is_token(access) and _is_token(refresh) and _is_life(life_s)):
        raise AmoLostError(Reason.AMO_NONSENSE)
    return Tokens(str(access), str(refresh), int(str(life_s)))


def _is_token(value: object) -> bool:
    """What can be sent back in a header: visible ASCII."""
    return isinstance(value, str) and _VISIBLE.fullmatch(value) is not None


def _is_life(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LONGEST_LIFE_S


def _problem(answer: httpx.Response) -> str:
    """The most exact of the problem's texts; amoCRM leaves `hint` out when it rejects the client."""
    try:
        found = _json_object(answer)
    except AmoLostError:
        return ""
    texts = (found.get(key) for key in ("hint", "detail", "title"))
    return next((text for text in texts if isinstance(text, str) and text.strip()), "")


def _retry_after_s(answer: httpx.Response, default_s: int = 60) -> int:
    """From the body (documented), else the header (seen), else a minute: a 429 may carry neither."""
    try:
        told: object = _json_object(answer).get("retry_after")
    except AmoLostError:
        told = None
    told = answer.headers.get("Retry-After") if told is None else told
    return int(str(told)) if str(told).isascii() and str(told).isdigit() else default_s


def _leads_page(answer: httpx.Response) -> LeadsPage:
    found = _json_object(answer)
    try:
        leads: object = found["_embedded"]["leads"]
        links: object = found.get("_links", {})
    except (KeyError, TypeError) as error:
        raise AmoLostError(Reason.AMO_NONSENSE) from error
    if not isinstance(leads, list) or not isinstance(links, dict):
        raise AmoLostError(Reason.AMO_NONSENSE)
    rows = cast("list[object]", leads)
    if not all(isinstance(row, dict) for row in rows):
        raise AmoLostError(Reason.AMO_NONSENSE)
    return LeadsPage(cast("list[dict[str, Any]]", rows), has_next="next" in links)
