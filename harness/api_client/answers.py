"""What the app makes of the backend's answers: whether it is connected, which page of leads comes next.

Owns these two readings for every client of the harness: the app, the probe beside the browser, the
preflight. Must not send anything.
"""

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from harness.addresses import parts_of
from harness.api_client.reading import Reading, at, flag
from harness.config.settings import Http

NOT_FOUND = 404
LONGEST_PAGE = 18
"""Digits of a page's number; Python reads none of more than 4300."""


def is_success(status: int) -> bool:
    """Tell whether an answer is a success, as axios takes it."""
    return 200 <= status < 300  # noqa: PLR2004 - HTTP's own classes


def may_say_connected(http: Http, status: int) -> bool:
    """Tell whether a status answer of this HTTP status says something: a success, or a 404 that says no."""
    return is_success(status) or (http.connected_when != "true" and status == NOT_FOUND)


def connected_in(http: Http, status: int, document: Any) -> Reading:
    """Return whether an answer to the status call says connected, or why it cannot be read."""
    if not may_say_connected(http, status):
        return Reading(unreadable=f"the status was answered with HTTP {status}")
    if http.connected_when == "true":
        return flag(document, http.connected, "[http].connected")
    if status == NOT_FOUND:
        return Reading(value=False)
    if http.connected_when == "200":
        return Reading(value=True)
    value = at(document, http.connected)
    if http.connected_when == "present":
        return Reading(value=bool(value))  # PHP has false for no row, and [] for an empty object
    return Reading(value=_as_text(value) == http.connected_when.removeprefix("="))


def what_says_connected(http: Http) -> str:
    """Say what a status answer must be like."""
    match http.connected_when:
        case "true":
            return f"200 with true or false at `{http.connected}`"
        case "200":
            return "2xx when connected and 404 when not"
        case _:
            return f"200, or 404 when not connected, with `{http.connected}`"


def _as_text(value: Any) -> str:
    try:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return ""  # it goes too deep to be a page, or a word


def next_leads_path(http: Http, asked: str, pages: int, document: Any, linked: str = "") -> str | None:
    """Return the path and query of the page of leads that follows; None where there is none.

    `asked` is what this answer was asked by, `pages` how many have been read, this one included, `linked` the
    address that its header `Link` calls the next one.
    """
    if http.leads_pages:
        count = at(document, http.leads_pages)
        goes_on = isinstance(count, int) and pages < count
        return _with_parameter(asked, http.leads_page, str(pages + 1)) if goes_on else None
    following = at(document, http.leads_next)
    if following is None or following is False or following == "":
        following = linked
    if not following:
        return None
    # `true` says that there is one, and a number follows the last.
    text = str(_page_in(asked, http.leads_page) + 1) if following is True else _as_text(following)
    if text.startswith(("/", "?", "http://", "https://")):
        target = parts_of(text, asked)
        if target is None:
            return None
        path = f"{target.path}?{target.query}" if target.query else target.path
        page = dict(parse_qsl(target.query)).get(http.leads_page)
        if page and text.startswith("http") and target.path != urlsplit(asked).path:
            path = _with_parameter(asked, http.leads_page, page)  # amoCRM's own address, handed on as it came
    else:
        path = _with_parameter(asked, http.leads_page, text)
    return None if path == asked else path


def _page_in(path: str, name: str) -> int:
    asked = dict(parse_qsl(urlsplit(path).query)).get(name, "")
    return int(asked) if asked.isdecimal() and len(asked) <= LONGEST_PAGE else 1


def _with_parameter(path: str, name: str, value: str) -> str:
    parts = urlsplit(path)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != name]
    return f"{parts.path}?{urlencode([*query, (name, value)])}"
