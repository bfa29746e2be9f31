"""Follows the callback's redirects to where its page is, and looks whether that passes through the harness.

Owns these checks: a page elsewhere is neither recorded nor held, and would look like none at all. Must not
judge the page.
"""

from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

import httpx

from harness.addresses import parts_of
from harness.gateway.doors import is_same_server
from harness.preflight.check import Check
from harness.preflight.surroundings import Surroundings

MOST_REDIRECTS = 10


def check_frontends(around: Surroundings) -> Iterator[Check]:
    """Look whether something answers where each frontend is served."""
    for named, served_at in around.config.http.frontends.items():
        answer = around.ask_as_browser(f"{served_at}/", {})
        expected = f"{named} is served at {served_at}"
        change = "Start it beside the backend, or correct [http.frontends]."
        seen = answer if isinstance(answer, str) else f"GET {served_at}/ answers {answer.status_code}"
        yield Check("frontend", expected, seen, change if isinstance(answer, str) else "")


def leaving(around: Surroundings, answer: "httpx.Response | str") -> "httpx.Response | str":
    """Follow an answer as a browser does; returns the last that came from the backend or a frontend."""
    for _ in range(MOST_REDIRECTS):
        if isinstance(answer, str) or not answer.has_redirect_location:
            return answer
        target = parts_of(answer.headers["location"], str(answer.request.url))
        if target is None or not is_of_the_backend(around, target):
            return answer
        answer = around.ask_as_browser(target.geturl(), {})
    return answer


def is_of_the_backend(around: Surroundings, target: SplitResult | None) -> bool:
    """Tell whether an address passes through the harness to the backend, or to one of its frontends."""
    known = (around.public_url, *around.doors)
    return target is not None and any(is_same_server(target, urlsplit(each)) for each in known)


def check_landing(around: Surroundings, answer: "httpx.Response | str") -> Iterator[Check]:
    """Follow the callback's answer; tells of a redirect to a web page that is somebody else's."""
    answer = leaving(around, answer)
    if isinstance(answer, str) or not answer.has_redirect_location:
        return
    target = parts_of(answer.headers["location"], str(answer.request.url))
    if target is None or target.scheme not in ("http", "https"):
        return  # no address, or into the app: the contract says what that breaks
    if not is_of_the_backend(around, target) and not is_same_server(target, urlsplit(around.amo.url)):
        yield _elsewhere(around, target)


def _elsewhere(around: Surroundings, target: SplitResult) -> Check:
    origin = f"{target.scheme}://{target.netloc}"
    return Check(
        "callback",
        f"its page comes from the backend, or from one of [http.frontends], through {around.public_url}",
        f"the callback redirects to {origin}, which the harness does not see",
        f'Add to [http.frontends]: "{origin}" = "http://localhost:PORT", the origin where it is served here.',
    )
