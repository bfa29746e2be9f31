"""The gateway's exchanges: each request with what became of it.

Owns putting the gateway's events together, and which exchanges follow from one callback. It must not judge.
"""

import math
from collections.abc import Iterable, Mapping
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
from harness.timeline.page_events import PageOpened, PageShown
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
        """Whether no browser shows the answer: a download, empty by its status, or a way to no address."""
        if self.location and parts_of(self.location) is None:
            return True
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
        return bool(self.location) and _is_at(self.location, request, self.request.path)


def cookie_left_out(request: GatewayRequest, before: Iterable[Exchange]) -> str:
    """Say which cookie the browser left out of a request, and why; or nothing. `before` gave it cookies."""
    if request.cookies is None:
        return ""
    sent, kept = request.cookies, dict[str, str]()
    for each in before:
        for name, attributes in map(_cookie, each.headers("set-cookie") if each.request.is_browser else ()):
            kept[name] = _why_left_out(name, attributes, each.request.path, request.path)
    lost = (name for name, why in kept.items() if why and name not in sent)
    return next((f"the browser left out the cookie `{name}`: {kept[name]}" for name in lost), "")


def _cookie(line: str) -> tuple[str, dict[str, str]]:
    """Return the name and the attributes of a Set-Cookie."""
    pair, *others = line.split(";")
    attributes = (each.partition("=") for each in others)
    return pair.partition("=")[0].strip(), {name.strip().lower(): v.strip() for name, _, v in attributes}


def _why_left_out(name: str, attributes: Mapping[str, str], given_at: str, asked: str) -> str:
    """Say why a browser that comes from amoCRM sends no such cookie to a path, RFC 6265 §5; or nothing."""
    path = attributes.get("path", "")
    path = path if path.startswith("/") else given_at.rpartition("/")[0] or "/"
    if attributes.get("max-age") == "0":  # it was taken back
        return ""
    if attributes.get("samesite", "").lower() == "strict":
        return "it is SameSite=Strict, and the browser comes from amoCRM's site"
    if asked != path and not asked.startswith(path.rstrip("/") + "/"):
        return f"its Path is {path}"
    if "domain" in attributes:
        return f"its Domain is {attributes['domain']}"
    is_secure = name.lower().startswith(("__host-", "__secure-"))  # of others the gateway takes `Secure` off
    return "it is Secure, and the redirect URI is http here, without [http].public_https" if is_secure else ""


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


@dataclass(frozen=True, eq=False)
class Chain:
    """A callback's exchange with those that its redirects led to, also when they are loaded again."""

    exchanges: list[Exchange]

    @property
    def request(self) -> GatewayRequest:
        """Its request."""
        return self.exchanges[0].request

    @property
    def code(self) -> str:
        """Its code, masked."""
        return self.exchanges[0].given("code")

    def leads_to(self, exchange: Exchange) -> bool:
        """Tell whether it follows a redirect here."""
        return any(each.leads_to(exchange.request) for each in self.exchanges)

    def has(self, exchange: Exchange) -> bool:
        """Tell whether it was loaded here already."""
        asked = (exchange.request.path, exchange.request.query)
        return any((each.request.path, each.request.query) == asked for each in self.exchanges)

    @property
    def answered(self) -> float:
        """The index at which the visit was over; infinite where it never was."""
        return math.inf if (end := self.exchanges[-1].end) is None else end


def chains_in(exchanges: Iterable[Exchange], timeline: Timeline) -> list[Chain]:
    """Return the chains; none is what amoCRM calls after an installation, and what only looks."""
    chains: list[Chain] = []
    for exchange in exchanges:
        if exchange.given("from_widget") or exchange.request.look:
            continue
        if exchange.request.is_callback:
            stripped = _stripped(chains, timeline, exchange)
            if stripped is None:
                chains.append(Chain([exchange]))
            else:
                stripped.exchanges.append(exchange)
            continue
        led = [chain for chain in reversed(chains) if chain.leads_to(exchange)]
        first = [chain for chain in led if not chain.has(exchange)]
        if led and not first and exchange.given("code"):
            chains.append(Chain([exchange]))  # the address that the code was handed on to, loaded again
        elif led:
            (first or led)[0].exchanges.append(exchange)
    return chains


def _stripped(chains: list[Chain], timeline: Timeline, exchange: Exchange) -> Chain | None:
    """Return the chain whose page had taken the code out of its address, and is loaded again there."""
    begun = (*timeline.of(PageShown), *timeline.of(PageOpened))
    before = (each for each in begun if each.index < exchange.request.index)
    page = max(before, key=lambda each: each.index, default=None)
    if exchange.given("code") or not isinstance(page, PageShown) or not _is_at(page.url, exchange.request):
        return None
    return next((c for c in chains if c.code and any(e.number == page.exchange for e in c.exchanges)), None)


def _is_at(address: str, request: GatewayRequest, seen_from: str = "") -> bool:
    """Tell whether a request asks for what is at an address."""
    target = parts_of(address, seen_from)
    if target is None:
        return False
    query = {name: tuple(v) for name, v in parse_qs(target.query, keep_blank_values=True).items()}
    return unquote(target.path or "/") == unquote(request.path) and query == dict(request.query)
