"""Looks at the authorization URL that a backend gives, or sends the phone's browser to.

Owns these checks.
"""

from urllib.parse import parse_qs, urlsplit

import httpx

from harness.addresses import parts_of
from harness.api_client.authorization import app_state, state_in
from harness.api_client.reading import at, json_of
from harness.backends.intercept import is_amo_host, zone_of
from harness.config.placeholders import fill_in
from harness.config.settings import FIRST_USER
from harness.errors import BackendError
from harness.preflight.check import Check
from harness.preflight.landing import is_of_the_backend, leaving
from harness.preflight.surroundings import Surroundings

ITEM = "authorization URL"


def check_connect(around: Surroundings) -> tuple[Check, str]:
    """Look at the authorization URL; also returns the state that it carries, or one of the app's."""
    http = around.config.http
    if http.connect_call is None:
        return Check(ITEM, "", "[http].connect is left out, the app makes its own"), app_state(FIRST_USER)
    method, path = http.connect_call
    if http.connect_in_browser:
        expected = f"GET {path} redirects to amoCRM's consent page"
        answer = leaving(around, _opened(around))
        url = "" if is_of_the_backend(around, parts_of(_redirected(answer))) else _redirected(answer)
        change = (
            "Set [http].connect to the path that does, connect_in_browser = false where it gives the app the "
            "URL, or leave both out."
        )
    else:
        expected = f"{method} {path} answers with amoCRM's consent page at `{http.connect_url}`"
        body = fill_in(http.connect_body, {"user": FIRST_USER})
        answer = around.ask_as_app(path, method=method, body=body)
        url = None if isinstance(answer, str) else at(json_of(answer.text), http.connect_url)
        change = (
            "Set [http].connect to the call that does, [http].connect_url to where it is, or leave both out."
            if not _redirected(answer)
            else "Set [http].connect_in_browser = true where the phone's browser opens it."
        )
    if not http.connect_in_browser and (moved := moved_by_a_slash(answer)):
        change = f"Set [http].connect to {moved}, to which it redirects."
        url = None
    if not isinstance(url, str) or not url:
        return Check(ITEM, expected, _without_a_url(around, answer), change), app_state(FIRST_USER)
    return _wrong_with_url(around, url) or Check(ITEM, expected, f"it points to {_origin(url)}"), state_in(
        url
    )


def _opened(around: Surroundings) -> "httpx.Response | str":
    """Return what the browser is answered that opens the connect path."""
    try:
        path = around.sessions.connect_path()
    except BackendError as error:
        return str(error)
    return around.ask_as_browser(f"{around.public_url}{path}", {})


def _redirected(answer: "httpx.Response | str") -> str:
    if isinstance(answer, str) or not answer.has_redirect_location:
        return ""
    target = parts_of(answer.headers["location"], str(answer.request.url))
    return answer.headers["location"] if target is None else target.geturl()


def moved_by_a_slash(answer: "httpx.Response | str") -> str:
    """Return where a redirect leads that changes nothing but a path's last slash, or nothing."""
    target = parts_of(_redirected(answer))
    if target is None or isinstance(answer, str):
        return ""
    asked = answer.request.url.path
    is_so = target.path != asked and target.path.rstrip("/") == asked.rstrip("/")
    return target._replace(scheme="", netloc="").geturl() if is_so else ""


def _without_a_url(around: Surroundings, answer: "httpx.Response | str") -> str:
    if isinstance(answer, str):
        return answer
    http = around.config.http
    lacking = "a redirect to amoCRM" if http.connect_in_browser else f"a `{http.connect_url}`"
    return f"status {answer.status_code} without {lacking}"


def _wrong_with_url(around: Surroundings, url: str) -> Check | None:
    amo, start = around.amo, around.config.start
    parts = parts_of(url) or urlsplit("")
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    intercepts = start is not None and start.intercept
    zone, own = zone_of(parts.hostname or ""), around.config.zone
    if intercepts and zone not in (None, own):
        return Check(ITEM, f"a host of {own}", str(parts.hostname), f'Write zone = "{zone}".')
    if _origin(url) != amo.url and not (intercepts and is_amo_host(parts.hostname or "")):
        change = "Give the setting that holds amoCRM's address the value {amo_url} in [start.env]"
        change += ", or set [start].intercept = true." if is_amo_host(parts.hostname or "") else "."
        return Check(ITEM, f"the fake amoCRM, {amo.url}", _origin(url) or "no URL", change)
    if parts.path.rstrip("/") != "/oauth":
        return Check(ITEM, "amoCRM's consent page, /oauth", parts.path, "Open /oauth of amoCRM's host.")
    if query.get("client_id") != amo.client_id:
        change = "Give the client id's setting the value {client_id} in [start.env]."
        return Check(ITEM, f"client_id={amo.client_id}", f"client_id={query.get('client_id')}", change)
    if query.get("redirect_uri", around.redirect_uri) != around.redirect_uri:
        return wrong_redirect_uri(around, query["redirect_uri"])
    return None


def wrong_redirect_uri(around: Surroundings, seen: str) -> Check:
    """Return the check for a redirect URI that is not the gateway's."""
    change = "Give the redirect URI's setting the value {redirect_uri} in [start.env]."
    return Check("redirect URI", f"the gateway, {around.redirect_uri}", seen, change)


def _origin(url: str) -> str:
    parts = parts_of(url)
    return f"{parts.scheme}://{parts.netloc}" if parts is not None and parts.netloc else url
