"""Which of the gateway's answers a visit ends with: by navigation, never by order.

Owns telling the answer that became the page from its redirects, its parts and what was asked for beside it.
Reads the timeline; drives nothing.
"""

import itertools
import re
import time
from urllib.parse import parse_qs, urlsplit

from harness.engines import NavigationFailed, NavigationTooSlow, PageLost, PageTooSlow
from harness.timeline.gateway_events import Broken, GatewayEvent, GatewayRequest, GatewayResponse
from harness.timeline.page_events import LoadFailed, TooSlow
from harness.timeline.timeline import Timeline

Ending = GatewayResponse | Broken
PAGE_WITHIN_S = 3.0
"""How long a page is waited for after an answer that may be none."""
SURE_PAGE_WITHIN_S = 20.0
"""How long after an answer that every browser goes on from: one that has not by then is a busy machine's."""
MOST_FOLLOWED = 15
"""Redirects one after another that every browser follows; they give up after 20."""
NS = 1e9


def left_s(ending: Ending) -> float:
    """Return how long a page is still waited for after its answer."""
    within_s = SURE_PAGE_WITHIN_S if is_sure(ending) else PAGE_WITHIN_S
    return within_s - (time.monotonic_ns() - ending.at_ns) / NS


def is_sure(ending: Ending | None) -> bool:
    """Tell whether every browser shows this answer as a page, and has been sent the whole of it."""
    if not isinstance(ending, GatewayResponse) or not (ending.is_page and ending.is_whole):
        return False
    kinds = [value for name, value in ending.headers if name.lower() == "content-type"]
    is_html = len(kinds) == 1 and kinds[0].lower().startswith("text/html")
    return is_html and bool(ending.body.strip()) and not ending.unreadable


def endings(timeline: Timeline) -> tuple[Ending, ...]:
    """Return the answers to the browser's navigations after which nothing more comes for them.

    A page, a dead end (204, a download, a redirect to the app or to somebody else) or a broken connection.
    """
    return tuple(
        event
        for event in _of_navigations(timeline)
        if isinstance(event, Broken) or (isinstance(event, GatewayResponse) and not event.goes_on)
    )


def count_answers(timeline: Timeline) -> int:
    """Count the answers to the browser after which nothing more comes for their navigation."""
    return len(endings(timeline))


def is_to_come(ending: Ending | None) -> bool:
    """Tell whether the rest of a page was sent to the browser; NavigationTooSlow once that is late."""
    if ending is None or not is_sure(ending):
        return False
    if left_s(ending) <= 0:
        raise NavigationTooSlow("the browser did not read the whole page in time")
    return True


def too_slow(ending: Ending, failure: Exception) -> TooSlow | None:
    """Return what the timeline is told where nothing but a busy machine keeps a page from being shown."""
    is_late = isinstance(failure, NavigationTooSlow) and is_sure(ending)
    return TooSlow(reason=str(failure)) if is_late else None


def is_stuck(timeline: Timeline) -> bool:
    """Tell whether the browser does not follow a redirect to a page behind the gateway.

    After many it has given up; after few of them the machine is given its time.
    """
    news = _of_navigations(timeline)
    last = news[-1] if news else None
    if not isinstance(last, GatewayResponse) or not last.goes_on:
        return False
    answers = [each for each in reversed(news) if isinstance(each, GatewayResponse)]
    followed = sum(1 for _ in itertools.takewhile(lambda each: each.goes_on, answers))
    within_s = SURE_PAGE_WITHIN_S if followed < MOST_FOLLOWED else PAGE_WITHIN_S
    return (time.monotonic_ns() - last.at_ns) / NS >= within_s


def forbids_scripts(answer: GatewayResponse) -> bool:
    """Tell whether a page may run no script: nothing of it works then, and it cannot be asked anything."""
    policies = (value for name, value in answer.headers if name.lower() == "content-security-policy")
    directives = (each.lower().split() for value in policies for each in re.split("[;,]", value))
    return any(each[0] == "sandbox" and "allow-scripts" not in each for each in directives if each)


def shown(candidates: tuple[Ending, ...], timeline: Timeline, address: str) -> GatewayResponse | None:
    """Return the answer that stands at the browser's address, masked; the last one where none does.

    A page may have given itself another address since it was asked for.
    """
    pages = [each for each in candidates if isinstance(each, GatewayResponse) and each.is_page]
    requests = {each.exchange: each for each in timeline.of(GatewayRequest)}
    for page in reversed(pages):
        if is_at(requests[page.exchange], address):
            return page
    return pages[-1] if pages else None


def _of_navigations(timeline: Timeline) -> list[GatewayEvent]:
    return [each for each in timeline.of(GatewayEvent) if each.is_browser and each.is_navigation]


def is_at(request: GatewayRequest, address: str) -> bool:
    """Tell whether a request was for an address, masked."""
    parts = urlsplit(address)
    query = {name: tuple(each) for name, each in parse_qs(parts.query, keep_blank_values=True).items()}
    return (request.path, dict(request.query)) == (parts.path, query)


def load_failed(url: str, failure: NavigationFailed | PageLost) -> LoadFailed:
    """Return what the timeline is told of a page that did not come."""
    is_slow = isinstance(failure, NavigationTooSlow | PageTooSlow)
    return LoadFailed(url=url, reason=str(failure), is_slow=is_slow)
