"""What others ask of the backend at the same time as the phone: a twin callback, racers for the leads.

Owns those requests and that they overlap for certain. What comes of them is on the timeline.
"""

import threading
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import quote, urlencode

import httpx

from harness.api_client.bounded import BoundedClient
from harness.errors import HarnessError
from harness.gateway.exchange import Look
from harness.gateway.gateway import Gateway
from harness.stage.amo_side import HeldAnswer
from harness.timeline.amo_events import TokenHeld
from harness.timeline.events import AppRequest
from harness.timeline.gateway_events import GatewayRequest
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline

TIMEOUT_S = 35.0
RACE_TIMEOUT_S = 2.0
STATUS_WAITS_S = 0.3  # without an answer for so long it waits for the refresh, and the leads behind it
ACCEPT_PAGE = {"Accept": "text/html"}
LOOKS: Mapping[Look, tuple[str, Mapping[str, str]]] = {
    "HEAD": ("HEAD", ACCEPT_PAGE),
    "prefetch": ("GET", ACCEPT_PAGE | {"Sec-Purpose": "prefetch", "Purpose": "prefetch"}),
    "preview": ("GET", ACCEPT_PAGE | {"User-Agent": "TelegramBot (like TwitterBot)"}),
}
"""What a look is, on the wire."""


def deliver(gateway: Gateway, query: Mapping[str, str], comes_from: str = "") -> None:
    """Ask for the callback beside the browser, as by a link on that page; the answer is on the timeline.

    Redirects are followed as a browser does.
    """
    url = f"{gateway.redirect_uri}?{urlencode(query, quote_via=quote)}"
    headers = ACCEPT_PAGE | ({"Referer": comes_from} if comes_from else {})
    try:
        with BoundedClient(timeout_s=TIMEOUT_S, trust=gateway.trust, follows_redirects=True) as client:
            client.ask("GET", url, headers=headers)
    except httpx.HTTPError:
        return  # the gateway has recorded how the backend broke off


def only_look(gateway: Gateway, query: Mapping[str, str], look: Look) -> None:
    """Ask for the callback as a HEAD request, a prefetching browser or a messenger's preview does."""
    url = f"{gateway.redirect_uri}?{urlencode(query, quote_via=quote)}"
    method, headers = LOOKS[look]
    try:
        with BoundedClient(timeout_s=TIMEOUT_S, trust=gateway.trust) as client:
            client.ask(method, url, headers=headers)
    except httpx.HTTPError:
        return  # the gateway has recorded how the backend broke off


@contextmanager
def twin_delivery(
    gateway: Gateway,
    query: Mapping[str, str],
    turn: Callable[[], None],
    held: HeldAnswer,
    recorder: Recorder,
) -> Generator[None]:
    """While the block sends the browser to the callback, send the same callback beside it.

    The token answer that `held` keeps is let go only when both have arrived and the backend has had its
    turn with them, so they overlap for certain.
    """
    before = _callbacks(recorder.timeline())

    def let_go_when_both_are_here() -> None:
        recorder.wait_for(lambda seen: _callbacks(seen) >= before + 2, timeout_s=TIMEOUT_S)
        turn()
        held.release()

    threads = [
        threading.Thread(target=deliver, args=(gateway, query), daemon=True),
        threading.Thread(target=let_go_when_both_are_here, daemon=True),
    ]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join(TIMEOUT_S)
        if thread.is_alive():
            raise HarnessError("a callback delivered beside the browser was not answered in time")


@contextmanager
def race_for_leads(
    ask: Callable[[], object], turn: Callable[[], None], racers: int, held: HeldAnswer, recorder: Recorder
) -> Generator[None]:
    """While the block asks for the leads with an expired token, let `racers` others be waiting for them.

    The refresh that `held` keeps is let go once everybody has asked, or waits for the status that comes
    first, and the backend has had its turn.
    """
    before = len(recorder.timeline().of(AppRequest))

    def let_go() -> None:
        recorder.wait_for(lambda seen: bool(seen.of(AppRequest)[before:]), timeout_s=RACE_TIMEOUT_S)
        recorder.wait_for(lambda seen: _asks_for_leads(seen, before), timeout_s=STATUS_WAITS_S)
        turn()
        held.release()

    with ThreadPoolExecutor(racers + 1) as pool:
        asked = [pool.submit(ask) for _ in range(racers)]
        recorder.wait_for(_refresh_is_held, timeout_s=RACE_TIMEOUT_S)
        turn()
        asked.append(pool.submit(let_go))
        yield
        for each in asked:
            each.result(TIMEOUT_S)


def _asks_for_leads(seen: Timeline, before: int) -> bool:
    return any(each.purpose == "leads" for each in seen.of(AppRequest)[before:])


def _callbacks(seen: Timeline) -> int:
    return sum(each.is_callback for each in seen.of(GatewayRequest))


def _refresh_is_held(seen: Timeline) -> bool:
    return any(each.step == "refresh" for each in seen.of(TokenHeld))
