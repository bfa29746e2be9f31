"""The gateway's exchanges: each request with what became of it.

Owns putting the gateway's events together. It must not know which exchanges are a visit, and must not judge.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar
from urllib.parse import parse_qs, unquote

from harness.addresses import parts_of
from harness.contract.reading.markup import Markup, read_markup
from harness.timeline.gateway_events import (
    Broken,
    FirstByte,
    GatewayEvent,
    GatewayRequest,
    GatewayResponse,
    Released,
    StatusProbe,
)
from harness.timeline.timeline import Timeline

G = TypeVar("G", bound=GatewayEvent)


@dataclass(frozen=True)
class Exchange:
    """One request through the gateway and what became of it."""

    request: GatewayRequest
    first_byte: FirstByte | None
    probe: StatusProbe | None
    response: GatewayResponse | None
    released: Released | None
    broken: Broken | None

    @property
    def number(self) -> int:
        """The gateway's number."""
        return self.request.exchange

    @property
    def end(self) -> int | None:
        """The index of the event with which the exchange was over."""
        over = [event.index for event in (self.response, self.broken) if event is not None]
        return max(over, default=None)

    def given(self, name: str) -> str:
        """Return a parameter of the request; absent is empty."""
        return next(iter(self.request.query.get(name, ())), "")

    def headers(self, name: str) -> list[str]:
        """Return the values of the answer's headers of this name (lower case)."""
        rows = self.response.headers if self.response else ()
        return [value for key, value in rows if key.lower() == name]

    @cached_property
    def location(self) -> str:
        """Where a redirecting answer leads; empty where it is none."""
        redirects = self.response is not None and 300 <= self.response.status < 400  # noqa: PLR2004 - 3xx
        return next(iter(self.headers("location")), "") if redirects else ""

    @property
    def is_html(self) -> bool:
        """Whether the answer calls itself HTML."""
        types = self.headers("content-type")
        return bool(types) and types[0].split(";")[0].strip().lower() == "text/html"

    @property
    def is_no_page(self) -> bool:
        """Whether the browser got an answer that no browser shows: a download, or empty by its status."""
        answer = self.response
        asked = self.request.is_browser and self.request.is_navigation
        return asked and answer is not None and not answer.is_page and not self.location

    @property
    def body(self) -> str:
        """The answer's body."""
        return self.response.body if self.response else ""

    @cached_property
    def markup(self) -> Markup:
        """The answer's markup; nothing where the answer is no HTML."""
        return read_markup(self.body) if self.is_html else Markup()

    def leads_to(self, request: GatewayRequest) -> bool:
        """Tell whether this answer's redirect is what a later request follows."""
        target = parts_of(self.location, self.request.path) if self.location else None
        if target is None:
            return False
        query = {name: tuple(v) for name, v in parse_qs(target.query, keep_blank_values=True).items()}
        return unquote(target.path or "/") == unquote(request.path) and query == dict(request.query)


def exchanges_in(timeline: Timeline) -> tuple[Exchange, ...]:
    """Return the gateway's exchanges in the order of their requests."""
    first_bytes, probes = _by_number(timeline, FirstByte), _by_number(timeline, StatusProbe)
    responses, released = _by_number(timeline, GatewayResponse), _by_number(timeline, Released)
    broken = _by_number(timeline, Broken)
    return tuple(
        Exchange(
            request,
            first_bytes.get(request.exchange),
            probes.get(request.exchange),
            responses.get(request.exchange),
            released.get(request.exchange),
            broken.get(request.exchange),
        )
        for request in timeline.of(GatewayRequest)
    )


def _by_number(timeline: Timeline, kind: type[G]) -> dict[int, G]:
    """Return the first event of a type in each exchange."""
    return {event.exchange: event for event in reversed(timeline.of(kind))}
