"""Shared readings of a timeline: what was expected, the visits of the callback, taps and departures.

Owns turning events into the things that the contract speaks of. It must not judge them. What kind of
visit one is follows from facts alone: what the callback was given, what amoCRM answered, what was made
to go wrong.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, cast
from urllib.parse import parse_qs, urljoin, urlsplit

from harness.config.settings import DeepLink, Texts
from harness.contract.reading.markup import Markup, read_markup
from harness.timeline.events import Event
from harness.timeline.timeline import Timeline

Kind = Literal["granted", "refused", "declined", "missing", "repeat", "trouble", "interrupted"]
"""What a visit is: amoCRM granted the tokens, or refused the exchange; the user declined access; the callback
brought neither code nor error; it was delivered again; the backend was killed meanwhile; and trouble is
whatever else went wrong."""
ERROR_KINDS: tuple[Kind, ...] = ("refused", "declined", "missing")


def squeeze(text: str) -> str:
    """Return a text as a reader sees it: white space is one space."""
    return " ".join(text.split())


def quoted(text: str, *, limit: int = 120) -> str:
    """Return a text in quotes for a sentence, cut where it is long."""
    shown = squeeze(text)
    return f"“{shown if len(shown) <= limit else shown[: limit - 1] + '…'}”"


def expected_texts(timeline: Timeline) -> Texts:
    """Return the wording that this backend was configured with, else the contract's."""
    return Texts(**_configured(timeline, "texts"))


def expected_link(timeline: Timeline) -> DeepLink:
    """Return the app's address that this backend was configured with, else the contract's."""
    return DeepLink(**_configured(timeline, "deep_link"))


def _configured(timeline: Timeline, section: str) -> dict[str, str]:
    started = timeline.first("scenario", "started")
    return cast("dict[str, str]", started.get(section) or {}) if started else {}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request through the gateway and what became of it."""

    request: Event
    first_byte: Event | None
    probe: Event | None
    response: Event | None
    released: Event | None
    broken: Event | None

    @property
    def number(self) -> int:
        """The gateway's number."""
        return self.request.get("exchange")

    @property
    def end(self) -> int | None:
        """The index of the event with which the exchange was over."""
        over = [event.index for event in (self.response, self.broken) if event is not None]
        return max(over, default=None)

    def headers(self, name: str) -> list[str]:
        """Return the values of the answer's headers of this name (lower case)."""
        rows: list[list[str]] = self.response.get("headers", []) if self.response else []
        return [value for key, value in rows if key.lower() == name]

    @property
    def location(self) -> str:
        """Where a redirecting answer leads; empty where it is none."""
        redirects = self.response is not None and 300 <= http_status(self.response) < 400  # noqa: PLR2004 - 3xx
        return next(iter(self.headers("location")), "") if redirects else ""

    @property
    def is_html(self) -> bool:
        """Whether the answer calls itself HTML."""
        types = self.headers("content-type")
        return bool(types) and types[0].split(";")[0].strip().lower() == "text/html"

    @property
    def body(self) -> str:
        """The answer's body."""
        return self.response.as_text("body") if self.response else ""

    @property
    def markup(self) -> Markup:
        """The answer's markup; nothing where the answer is no HTML."""
        return read_markup(self.body) if self.is_html else Markup()

    def leads_to(self, request: Event) -> bool:
        """Tell whether this answer's redirect is what a later request follows."""
        if not self.location:
            return False
        target = urlsplit(urljoin(self.request.as_text("path"), self.location))
        query = parse_qs(target.query, keep_blank_values=True)
        return target.path == request.as_text("path") and query == (request.get("query") or {})


@dataclass(frozen=True)
class Visit:
    """One delivery of the callback, and what the user came to see of it."""

    kind: Kind
    exchanges: tuple[Exchange, ...]
    """The callback's exchange first, then those that its redirects led to."""
    pages: tuple[Event, ...]
    departures: tuple[Event, ...]
    """What opened the app's scheme, or tried to, while this visit was the one that the browser showed."""
    token_requests: tuple[Event, ...]
    """The token requests for this visit's code; for a visit without one, whatever was sent meanwhile."""
    faults: tuple[Event, ...]
    """What amoCRM was made to do wrong while the callback was being answered."""

    @property
    def request(self) -> Event:
        """The callback's request."""
        return self.exchanges[0].request

    @property
    def landing(self) -> Exchange:
        """The exchange that delivered the page."""
        return next((each for each in self.exchanges if not each.location), self.exchanges[-1])

    @property
    def page(self) -> Event | None:
        """The page as it first stood in the browser."""
        return next(iter(self.pages), None)

    @property
    def code(self) -> str:
        """The code that the callback was given, masked; empty where there was none."""
        return given(self.request, "code")

    @property
    def may_have_tokens(self) -> bool:
        """Whether amoCRM granted tokens for this visit's code, whatever became of its answer."""
        return any(map(is_granted, self.token_requests))

    @property
    def text(self) -> str:
        """What the page says: as the browser shows it, else as the backend sent it."""
        return squeeze(self.page.as_text("text") if self.page else self.landing.markup.text)

    def says(self, wording: str) -> bool:
        """Tell whether the page says these words."""
        return squeeze(wording) in self.text


def http_status(event: Event) -> int:
    """Return the status of an answer; 0 where none was sent."""
    return int(event.get("status") or 0)


def is_granted(token_request: Event) -> bool:
    """Tell whether amoCRM answered a token request with tokens."""
    return http_status(token_request) == 200  # noqa: PLR2004 - OK


def spoils_answer(fault: Event) -> bool:
    """Tell whether what amoCRM was made to do wrong changed an answer; the fake says which faults do not."""
    return fault.get("is_harmless") is not True


def given(request: Event, name: str) -> str:
    """Return a parameter that a callback request was given; absent is empty."""
    query: dict[str, list[str]] = request.get("query") or {}
    return next(iter(query.get(name, [])), "")


def told(timeline: Timeline, request: Event, key: str) -> Event | None:
    """Return the step of the story that says this of a callback request: the last since the one before."""
    earlier = timeline.of("gateway", "request", is_callback=True)
    since = max((each.index for each in earlier if each.index < request.index), default=-1)
    steps = [each for each in timeline.of("scenario", "did") if since < each.index < request.index]
    return next((each for each in reversed(steps) if each.get(key)), None)


def exchanges(timeline: Timeline) -> Iterator[Exchange]:
    """Yield the gateway's exchanges in the order of their requests."""
    seen: dict[tuple[int, str], Event] = {}
    for event in timeline.of("gateway"):
        seen.setdefault((event.get("exchange"), event.kind), event)
    for request in timeline.of("gateway", "request"):
        first_byte, probe, response, released, broken = (
            seen.get((request.get("exchange"), kind))
            for kind in ("first_byte", "probe", "response", "released", "broken")
        )
        yield Exchange(request, first_byte, probe, response, released, broken)


@lru_cache(maxsize=1)
def visits(timeline: Timeline) -> tuple[Visit, ...]:
    """Return the visits of the callback in the order of their requests."""
    chains = _chains(timeline)
    shown = [chain for chain in chains if _pages(timeline, chain)] or chains
    return tuple(_visit(timeline, chain, chains, shown) for chain in chains)


Chain = list[Exchange]


def _chains(timeline: Timeline) -> list[Chain]:
    """Return each callback exchange with those that its redirects led to, also when they are loaded again.

    What amoCRM itself calls after an installation from its marketplace is nobody's visit.
    """
    chains: list[Chain] = []
    for exchange in exchanges(timeline):
        if given(exchange.request, "from_widget"):
            continue
        if exchange.request.get("is_callback"):
            chains.append([exchange])
            continue
        for chain in reversed(chains):
            if any(each.leads_to(exchange.request) for each in chain):
                chain.append(exchange)
                break
    return chains


def _visit(timeline: Timeline, chain: Chain, chains: list[Chain], shown: list[Chain]) -> Visit:
    sent = _token_requests(timeline, chain, chains)
    faults = _faults(timeline, chain, chains)
    return Visit(
        kind=_kind(timeline, chain, chains, sent, faults),
        exchanges=tuple(chain),
        pages=_pages(timeline, chain),
        departures=_departures(timeline, chain, shown),
        token_requests=sent,
        faults=faults,
    )


def _pages(timeline: Timeline, chain: Chain) -> tuple[Event, ...]:
    numbers = {exchange.number for exchange in chain}
    return tuple(page for page in timeline.of("webview", "page") if page.get("exchange") in numbers)


def _departures(timeline: Timeline, chain: Chain, shown: list[Chain]) -> tuple[Event, ...]:
    """Return what departed since this callback and before the next one that a browser showed."""
    if chain not in shown:
        return ()
    start = chain[0].request
    until = _next(start, (each[0].request for each in shown))
    return tuple(each for each in timeline.of("webview", "departure") if start.index < each.index < until)


def _token_requests(timeline: Timeline, chain: Chain, chains: list[Chain]) -> tuple[Event, ...]:
    asked = chain[0].request
    code = given(asked, "code")
    delivered = {given(each[0].request, "code") for each in chains}
    until = _next(asked, (each[0].request for each in chains if not code or _code(each) == code))
    return tuple(
        sent
        for sent in timeline.of("amo", "token_request", grant_type="authorization_code")
        if asked.index < sent.index < until
        and (sent.as_text("code") == code if code else sent.as_text("code") not in delivered - {""})
    )


def _code(chain: Chain) -> str:
    return given(chain[0].request, "code")


def _next(event: Event, others: Iterable[Event]) -> float:
    """Return the index of the first of the others that comes after the event."""
    return min((other.index for other in others if other.index > event.index), default=float("inf"))


def _answered(chain: Chain) -> float:
    """Return the index at which the visit was over; infinite where it never was."""
    end = chain[-1].end
    return float("inf") if end is None else end


def _faults(timeline: Timeline, chain: Chain, chains: list[Chain]) -> tuple[Event, ...]:
    start = chain[0].request.index
    until = min(_answered(chain), _next(chain[0].request, (each[0].request for each in chains)))
    return tuple(
        fault
        for fault in timeline.of("amo", "fault_used")
        if start < fault.index < until and spoils_answer(fault)
    )


def _kind(
    timeline: Timeline, chain: Chain, chains: list[Chain], sent: tuple[Event, ...], faults: tuple[Event, ...]
) -> Kind:
    asked = chain[0].request
    if any(asked.index < killed.index < _answered(chain) for killed in timeline.of("backend", "killed")):
        return "interrupted"
    if not given(asked, "code"):
        return _kind_without_code(given(asked, "error"))
    if _is_repeat(chain, chains):
        return "repeat"
    spoilt = [fault for fault in faults if not _is_documented_refusal(fault)]
    if spoilt or not sent or _is_silent(timeline, asked) or any(exchange.broken for exchange in chain):
        return "trouble"
    if any(map(is_granted, sent)):
        return "granted"
    return "refused" if 400 <= http_status(sent[-1]) < 500 else "trouble"  # noqa: PLR2004 - 4xx


def _is_silent(timeline: Timeline, asked: Event) -> bool:
    """Tell whether amoCRM was made never to answer; a hold alone is over before anybody gives up."""
    did = told(timeline, asked, "fault")
    return did is not None and did.get("fault") == "silence"


def _kind_without_code(error: str) -> Kind:
    if not error:
        return "missing"
    return "declined" if error == "access_denied" else "trouble"


def _is_documented_refusal(fault: Event) -> bool:
    return fault.as_text("step") == "token" and fault.as_text("kind") == "problem"


def _is_repeat(chain: Chain, chains: list[Chain]) -> bool:
    """Tell whether the same code came before, or came again while this delivery was being answered."""
    twins = [each for each in chains if each is not chain and _code(each) == _code(chain)]
    return any(each[0].request.index < _answered(chain) for each in twins)


@dataclass(frozen=True, slots=True)
class Tap:
    """One tap on the page's button. `settled` is None where what it set off was not waited for."""

    number: int
    event: Event
    departures: tuple[Event, ...]
    settled: Event | None
    failure: Event | None


def taps(timeline: Timeline) -> tuple[Tap, ...]:
    """Return the taps on the page's button, those that failed too."""
    wording = squeeze(expected_texts(timeline).button)
    on_button = [
        event
        for event in timeline.of("webview")
        if event.kind in ("tap", "tap_failed") and squeeze(event.as_text("target")) == wording
    ]
    return tuple(_tap(timeline, event) for event in on_button)


def _tap(timeline: Timeline, event: Event) -> Tap:
    number = event.get("number")
    settled = timeline.first("webview", "tap_settled", number=number)
    until = settled.index if settled else float("inf")
    set_off = tuple(each for each in timeline.of("webview", "departure", tap=number) if each.index < until)
    return Tap(number, event, set_off, settled, event if event.kind == "tap_failed" else None)


def departures_by_themselves(timeline: Timeline) -> tuple[Event, ...]:
    """Return the departures that no tap set off, also those after everything of a tap had settled."""
    of_taps = {each.index for tap in timeline.of("webview", "tap") for each in _tap(timeline, tap).departures}
    return tuple(each for each in timeline.of("webview", "departure") if each.index not in of_taps)


def button_of(page: Event) -> dict[str, Any]:
    """Return what the browser tells of the page's button; empty where there is none."""
    return page.get("button") or {}
