"""The visits of the callback, and of which kind each one is.

Owns telling which exchanges, pages, departures and token requests belong together. It must not judge them.
The kind follows from facts alone: what the callback was given, what amoCRM answered, what was made to go
wrong, and whether a state that is not the backend's own was refused.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from harness.addresses import parts_of
from harness.config.settings import STORES, ZONES, link_of
from harness.contract.reading.amo_side import is_granted, is_refused
from harness.contract.reading.exchanges import Chain, Exchange, chains_in
from harness.contract.reading.link import read_link
from harness.contract.reading.markup import read_markup, sealed_in
from harness.contract.reading.words import squeeze
from harness.timeline.amo_events import FaultUsed, TokenHeld, TokenReleased, TokenRequest
from harness.timeline.events import AppResponse, BackendKilled, Event, StoryStep
from harness.timeline.gateway_events import GatewayRequest
from harness.timeline.page_events import Departure, LoadFailed, PageShown
from harness.timeline.timeline import Timeline

Kind = Literal["granted", "refused", "declined", "missing", "repeat", "failed", "interrupted"]
"""What a visit is: amoCRM granted the tokens, or refused the exchange; the user declined access; the callback
brought neither code nor error; it was delivered again; the backend was killed meanwhile; and failed is
whatever else went wrong, a foreign state that was refused after the exchange too."""
TOO_MANY = 429
MOST_OF_A_PERSON = 3
"""Callbacks that a person makes one after another: whoever limits more of them turns nobody away."""
ERROR_KINDS: tuple[Kind, ...] = ("refused", "declined", "missing")


@dataclass(frozen=True)
class Visit:
    """One delivery of the callback, and what the user came to see of it."""

    kind: Kind
    exchanges: tuple[Exchange, ...]
    """The callback's exchange first, then those that its redirects led to."""
    pages: tuple[PageShown, ...]
    departures: tuple[Departure, ...]
    """What opened the app's scheme, or tried to, while this visit was the one that the browser showed."""
    token_requests: tuple[TokenRequest, ...]
    """The token requests for this visit's code; for a visit without one, whatever was sent meanwhile."""
    faults: tuple[FaultUsed, ...]
    """What amoCRM was made to do wrong while the callback was being answered."""
    steps: tuple[StoryStep, ...]
    """What the story says of this callback: its steps since the callback before."""
    load_failed: LoadFailed | None
    """How the browser could not show the page, and no slow machine was the reason; None where it did."""
    owner: str | None
    """The user to whom the visit's state was issued, else the one whose status was probed, if told."""

    @property
    def request(self) -> GatewayRequest:
        """The callback's request."""
        return self.exchanges[0].request

    @property
    def is_one_too_many(self) -> bool:
        """Whether the backend itself, and not amoCRM, said that there are too many of them."""
        response = self.landing.response
        return (
            response is not None and response.status == TOO_MANY and not (self.token_requests or self.faults)
        )

    @cached_property
    def landing(self) -> Exchange:
        """The exchange that delivered the page."""
        return next((each for each in self.exchanges if not each.location), self.exchanges[-1])

    @cached_property
    def hops(self) -> tuple[Exchange, ...]:
        """The redirects that only hand the code on to another address of the backend, before all else.

        The browser has that code already; what is decided about it is decided where they lead.
        """
        if not self.code:
            return ()
        given = (exchange.given("code") == self.code for exchange in self.exchanges[1:])
        return self.exchanges[: sum(itertools.takewhile(bool, given))]

    @property
    def page(self) -> PageShown | None:
        """The page as it first stood in the browser."""
        return next(iter(self.pages), None)

    @property
    def loads_again(self) -> list[int]:
        """The requests, by index, that loaded its page again."""
        shown = self.page.index if self.page else math.inf
        return [each.request.index for each in self.exchanges if each.request.index > shown]

    def given(self, name: str) -> str:
        """Return a parameter that the callback was given; absent is empty."""
        return self.exchanges[0].given(name)

    @property
    def code(self) -> str:
        """The code that the callback was given, masked; empty where there was none."""
        return self.given("code")

    @property
    def may_have_tokens(self) -> bool:
        """Whether amoCRM granted tokens for this visit's code, whatever became of its answer."""
        return any(map(is_granted, self.token_requests))

    @cached_property
    def text(self) -> str:
        """What the page says: as the browser shows it, else as the backend sent it."""
        return squeeze(self.page.text if self.page else self.landing.markup.text)

    @property
    def led_away(self) -> str:
        """Where in the web the callback leads the browser, away from all pages that are known; else empty."""
        answer, to = self.landing.response, parts_of(self.landing.location)
        if self.page or self.departures or answer is None or answer.goes_on or to is None:
            return ""
        return self.landing.location if to.scheme in ("http", "https") and to.netloc else ""

    @property
    def is_led_to_amo(self) -> bool:
        """Whether that is amoCRM, whose pages have no way into the app."""
        to = parts_of(self.led_away)
        host = to.netloc if to else ""
        return host == self.given("referer") or any(f".{host}".endswith(f".{zone}") for zone in ZONES)

    @cached_property
    def sealed(self) -> str:
        """What the button of a page that shows none may stand in, where nobody here can look into it."""
        if self.page is None or self.page.button is not None:
            return ""
        return sealed_in(self.landing.markup, read_markup(self.page.html), self.page.url)

    @property
    def source(self) -> str:
        """The page's markup as it was sent; as it stands in the browser where that cannot be read."""
        sent = self.landing
        if sent.response is not None and sent.response.unreadable and self.page is not None:
            return self.page.html
        return sent.body if sent.is_html else ""

    def says(self, wording: str) -> bool:
        """Tell whether the page says these words."""
        return squeeze(wording) in self.text

    @property
    def hostile_step(self) -> StoryStep | None:
        """The step that says which values of this callback are hostile."""
        return next((step for step in reversed(self.steps) if step.hostile), None)

    @property
    def foreign_host_step(self) -> StoryStep | None:
        """The step that says whom this callback's `referer` names in amoCRM's place."""
        return next((step for step in reversed(self.steps) if step.foreign_host), None)

    @property
    def is_made_up(self) -> bool:
        """Whether somebody who attacks left out what amoCRM always sends, so that it is nobody's visit."""
        return self.foreign_host_step is not None and not self.given("referer")

    @property
    def foreign_state_step(self) -> StoryStep | None:
        """The step that says that this callback's state is unknown or spent."""
        return next((step for step in reversed(self.steps) if step.state_kind), None)

    @property
    def fault_step(self) -> StoryStep | None:
        """The step that says what amoCRM is made to do wrong."""
        return _fault_step(self.steps)


def _fault_step(steps: Sequence[StoryStep]) -> StoryStep | None:
    return next((step for step in reversed(steps) if step.fault), None)


def _next(event: Event, others: Iterable[Event]) -> float:
    """Return the index of the first of the others that comes after the event."""
    return min((other.index for other in others if other.index > event.index), default=math.inf)


def visits_in(
    timeline: Timeline,
    exchanges: Iterable[Exchange],
    issued_states: Mapping[str, AppResponse],
    failed_heading: str,
) -> tuple[Visit, ...]:
    """Return the visits of the callback in the order of their requests."""
    return _Visits(timeline, chains_in(exchanges, timeline), issued_states, failed_heading).every()


def overlap(deliveries: Sequence[Visit]) -> bool:
    """Tell whether the second delivery came while the first was being answered: each may have sent one."""
    end = deliveries[0].landing.end
    return len(deliveries) > 1 and (end is None or deliveries[1].request.index < end)


class _Visits:
    """All chains of a timeline, each of which becomes a visit."""

    def __init__(
        self,
        timeline: Timeline,
        chains: list[Chain],
        issued_states: Mapping[str, AppResponse],
        failed_heading: str,
    ) -> None:
        self._timeline, self._failed_heading = timeline, failed_heading
        self._chains = chains
        self._issued_states = issued_states
        self._callbacks = [chain.request for chain in chains]
        self._shown = [chain.request for chain in chains if self._pages(chain)] or self._callbacks
        self._codes = {chain.code for chain in chains} - {""}

    def every(self) -> tuple[Visit, ...]:
        """Return them without those that a limit of the backend's turned away, which no person meets."""
        visits = [*map(self._visit, self._chains)]
        first, others = visits[:MOST_OF_A_PERSON], visits[MOST_OF_A_PERSON:]
        return (*first, *(each for each in others if not each.is_one_too_many))

    def _visit(self, chain: Chain) -> Visit:
        sent, faults, steps = self._token_requests(chain), self._faults(chain), self._steps(chain)
        visit = Visit(
            kind=self._kind(chain, sent, faults, steps),
            exchanges=tuple(chain.exchanges),
            pages=self._pages(chain),
            departures=self._departures(chain),
            token_requests=sent,
            faults=faults,
            steps=steps,
            load_failed=self._load_failed(chain),
            owner=self._owner(chain),
        )
        return replace(visit, kind="failed") if self._is_refused_late(visit) else visit

    def _is_refused_late(self, visit: Visit) -> bool:
        """Tell whether a state that is not the backend's own was refused once the code was exchanged.

        The documents do not say what becomes of such a state; that the code was sent is SEC-03's.
        """
        if visit.kind != "granted" or visit.foreign_state_step is None:
            return False
        return visit.says(self._failed_heading) or any(
            "error" in read_link(each.url).names for each in visit.departures
        )

    def _pages(self, chain: Chain) -> tuple[PageShown, ...]:
        numbers = {exchange.number for exchange in chain.exchanges}
        return tuple(page for page in self._timeline.of(PageShown) if page.exchange in numbers)

    def _departures(self, chain: Chain) -> tuple[Departure, ...]:
        """Return what departed for the app since this callback and before the next one that was shown."""
        start = chain.request
        if start not in self._shown:
            return ()
        until = _next(start, self._shown)
        since = (each for each in self._timeline.of(Departure) if start.index < each.index < until)
        return tuple(each for each in since if link_of(each.url, STORES) is None)

    def _token_requests(self, chain: Chain) -> tuple[TokenRequest, ...]:
        asked, code = chain.request, chain.code
        until = _next(asked, (each.request for each in self._chains if not code or each.code == code))
        return tuple(
            sent
            for sent in self._timeline.of(TokenRequest)
            if sent.grant_type == "authorization_code"
            and asked.index < sent.index < until
            and ((sent.code or "") == code if code else sent.code not in self._codes)
        )

    def _faults(self, chain: Chain) -> tuple[FaultUsed, ...]:
        until = min(chain.answered, _next(chain.request, self._callbacks))
        return tuple(
            fault
            for fault in self._timeline.of(FaultUsed)
            if chain.request.index < fault.index < until and not fault.is_harmless
        )

    def _steps(self, chain: Chain) -> tuple[StoryStep, ...]:
        callbacks = (each.index for each in self._timeline.of(GatewayRequest) if each.is_callback)
        asked = chain.request.index
        since = max((index for index in callbacks if index < asked), default=-1)
        return tuple(each for each in self._timeline.of(StoryStep) if since < each.index < asked)

    def _load_failed(self, chain: Chain) -> LoadFailed | None:
        """Return how a page that was sent to the browser could not be shown."""
        was_sent = any(
            each.request.is_browser and each.response is not None and each.response.is_page
            for each in chain.exchanges
        )
        if self._pages(chain) or not was_sent:
            return None
        asked, until = chain.request.index, _next(chain.request, self._callbacks)
        failures = (each for each in self._timeline.of(LoadFailed) if asked < each.index < until)
        return next((each for each in failures if not each.is_slow), None)

    def _owner(self, chain: Chain) -> str | None:
        answer = self._issued_states.get(chain.exchanges[0].given("state"))
        if answer is not None:
            return answer.user
        landing = next((each for each in chain.exchanges if not each.location), chain.exchanges[-1])
        return landing.probe.user if landing.probe else None

    def _kind(
        self,
        chain: Chain,
        sent: Sequence[TokenRequest],
        faults: Iterable[FaultUsed],
        steps: Sequence[StoryStep],
    ) -> Kind:
        asked = chain.request.index
        if any(asked < killed.index < chain.answered for killed in self._timeline.of(BackendKilled)):
            return "interrupted"
        if not chain.code:
            return _kind_without_code(chain.exchanges[0].given("error"))
        if self._is_repeat(chain):
            return "repeat"
        spoilt = any(not _is_documented_refusal(fault) for fault in faults)
        page = max((each.first_byte.index for each in chain.exchanges if each.first_byte), default=0)
        spoilt |= any(asked < each.index < chain.answered for each in self._abandoned(page))
        if spoilt or not sent or _is_silent(steps):
            return "failed"
        if is_refused(sent[-1]) and not any(map(is_granted, sent)):
            return "refused"  # also where the answer broke off
        is_whole = not any(exchange.broken for exchange in chain.exchanges)
        return "granted" if is_whole and any(map(is_granted, sent)) else "failed"

    def _abandoned(self, page: float) -> Iterator[TokenHeld]:
        """Yield the holds that the backend gave up, as one that lasts to the end where a page followed."""
        holds, ends = self._timeline.of(TokenHeld), self._timeline.of(TokenReleased)
        for hold in holds:
            let_go = [each.abandoned for each in ends if hold.index < each.index < _next(hold, holds)]
            if any(let_go) or (not let_go and hold.index < page):
                yield hold

    def _is_repeat(self, chain: Chain) -> bool:
        """Tell whether the same code came before, or came again while this delivery was being answered."""
        twins = [each for each in self._chains if each is not chain and each.code == chain.code]
        return any(each.request.index < chain.answered for each in twins)


def _is_silent(steps: Sequence[StoryStep]) -> bool:
    """Tell whether amoCRM was made never to answer; a hold alone is over before anybody gives up."""
    step = _fault_step(steps)
    return step is not None and step.fault == "silence"


def _kind_without_code(error: str) -> Kind:
    if not error:
        return "missing"
    return "declined" if error == "access_denied" else "failed"


def _is_documented_refusal(fault: FaultUsed) -> bool:
    return fault.step == "token" and fault.fault == "problem"
