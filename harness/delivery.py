"""Deliveries of the callback that are not the phone's browser: a twin at the same time, amoCRM's server.

Owns those requests to the gateway. They are recorded there, as everybody's are.
"""

import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from urllib.parse import quote, urlencode

import httpx

from fake_amo.faults import Hold
from harness.errors import HarnessError
from harness.phone.connection import trust_for
from harness.timeline import Recorder

TIMEOUT_S = 35.0
ACCEPT_PAGE = {"Accept": "text/html"}


def deliver(redirect_uri: str, query: Mapping[str, str]) -> None:
    """Ask for the callback beside the browser; what comes back is on the timeline."""
    url = f"{redirect_uri}?{urlencode(query, quote_via=quote)}"
    try:
        httpx.get(url, headers=ACCEPT_PAGE, timeout=TIMEOUT_S, trust_env=False, verify=trust_for(url))
    except httpx.TransportError:
        return  # the gateway has recorded how the backend broke off


@contextmanager
def twin_delivery(
    redirect_uri: str, query: Mapping[str, str], hold: Hold | None, recorder: Recorder
) -> Generator[None]:
    """While the block sends the browser to the callback, send the same callback beside it.

    The token answer that `hold` keeps is let go only when both have arrived, so they overlap for certain.
    """
    before = len(recorder.timeline().of("gateway", "request", is_callback=True))

    def let_go_when_both_are_here() -> None:
        recorder.wait_for(
            lambda seen: len(seen.of("gateway", "request", is_callback=True)) >= before + 2,
            timeout_s=TIMEOUT_S,
        )
        if hold is not None:
            hold.release()

    threads = [
        threading.Thread(target=deliver, args=(redirect_uri, query), daemon=True),
        threading.Thread(target=let_go_when_both_are_here, daemon=True),
    ]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join(TIMEOUT_S)
        if thread.is_alive():
            raise HarnessError("a callback delivered beside the browser was not answered in time")
