"""Looks at a page that is judged alone: whether something is there at all.

Owns that look, and what of an address the gateway can lead to. Must not judge the page.
"""

from urllib.parse import parse_qsl, urlsplit

import httpx

from harness.api_client.bounded import BoundedClient
from harness.api_client.trust import trust_for
from harness.errors import BackendError, UsageError

TIMEOUT_S = 10.0
AS_BROWSER = {"Accept": "text/html"}


def page_address(url: str) -> tuple[str, str, dict[str, str]]:
    """Return a page's origin, path and query; UsageError for what is no http address."""
    try:
        parts = urlsplit(url)
        is_page = parts.scheme == "http" and bool(parts.hostname) and (parts.port or 80) > 0
    except ValueError:
        is_page, parts = False, urlsplit("")
    if not is_page or parts.username:
        raise UsageError(
            f"--page {url} is no http address such as http://127.0.0.1:3000/callback: what lies behind https "
            "must be served plainly on this machine"
        )
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return f"{parts.scheme}://{parts.netloc}", parts.path or "/", query


def check_page(url: str) -> None:
    """Raise BackendError where nothing answers; whatever is answered is judged."""
    try:
        with BoundedClient(timeout_s=TIMEOUT_S, trust=trust_for(url)) as client:
            client.ask("GET", url, headers=AS_BROWSER, head_alone=True)
    except httpx.ConnectError as error:
        raise BackendError(f"nothing listens where --page {url} points ({error}); start it first") from error
    except httpx.HTTPError:
        return  # it is there, and how it answers is the contract's
