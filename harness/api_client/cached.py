"""What a phone keeps of answers, as URLSession and OkHttp do for React Native: RFC 9111's private cache.

Owns the rules and what is kept. It must not send anything. What only has `Last-Modified` is never fresh here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from harness.api_client.answers import NOT_FOUND

KEPT_BY = "kept_by"
"""The extension of an answer that was kept: the header by which it was given again."""
NOT_MODIFIED = 304
_UNASKED = {"no-cache", "no-store"}
_FRESH = ("Cache-Control", "Expires")
_VALIDATORS = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: httpx.Response
    asked_with: Mapping[str, str | None]
    """The request's headers that `Vary` names."""
    until_s: float


class PhoneCache:
    """The answers that one phone keeps, for as long as its clock `now_s` and their headers say."""

    def __init__(self, now_s: Callable[[], float], *, keeps_404: bool) -> None:
        self._now_s = now_s
        self._statuses = {200, 203, 204, *({NOT_FOUND} if keeps_404 else ())}
        self._kept: dict[str, _Kept] = {}

    def look_up(self, request: httpx.Request) -> httpx.Response | None:
        """Return what is still fresh; else make the request ask whether what is kept still holds."""
        kept = self._kept.get(str(request.url)) if request.method == "GET" else None
        if kept is None or any(request.headers.get(name) != asked for name, asked in kept.asked_with.items()):
            return None
        if self._now_s() < kept.until_s and not _UNASKED & _directives(request.headers).keys():
            return _again(kept.answer, request, _FRESH)
        for validator, condition in _VALIDATORS.items():
            if validator in kept.answer.headers:
                request.headers.setdefault(condition, kept.answer.headers[validator])
        return None

    def take(self, request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        """Keep an answer that may be kept; return it, or what was kept where it says that this holds."""
        url = str(request.url)
        if request.method != "GET" or answer.request is not request:
            return answer
        if answer.status_code == NOT_MODIFIED and url in self._kept:
            kept = self._kept[url].answer
            kept.headers.update(answer.headers)
            answer = _again(kept, request, _VALIDATORS)
        self._kept.pop(url, None)
        vary = [name.strip() for name in answer.headers.get("vary", "").split(",") if name.strip()]
        told = _directives(answer.headers)
        if answer.status_code in self._statuses and "no-store" not in told and "*" not in vary:
            asked_with = {name: request.headers.get(name) for name in vary}
            self._kept[url] = _Kept(answer, asked_with, self._now_s() + _lives_s(answer.headers, told))
        return answer


def _again(kept: httpx.Response, request: httpx.Request, due_to: Iterable[str]) -> httpx.Response:
    why = next((f"{name}: {kept.headers[name]}" for name in due_to if name in kept.headers), "")
    given = httpx.Response(kept.status_code, headers=kept.headers, content=kept.content, request=request)
    given.extensions[KEPT_BY] = why
    return given


def _directives(headers: httpx.Headers) -> dict[str, str]:
    parts = (each.strip().lower().partition("=") for each in headers.get("cache-control", "").split(","))
    return {name: value.strip('"') for name, _, value in parts}


def _lives_s(headers: httpx.Headers, told: Mapping[str, str]) -> float:
    """Return for how many seconds an answer is fresh, which nothing tells of one that is not."""
    if "no-cache" in told:
        return 0
    given_s = _seconds(told["max-age"]) if "max-age" in told else _until_expires_s(headers)
    return given_s - _seconds(headers.get("age", "0"))


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() else 0


def _until_expires_s(headers: httpx.Headers) -> float:
    expires = _moment(headers.get("expires", ""))
    if expires is None:
        return 0
    return (expires - (_moment(headers.get("date", "")) or datetime.now(UTC))).total_seconds()


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
