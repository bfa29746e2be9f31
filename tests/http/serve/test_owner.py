"""A server for its owner alone: the token's way into a cookie, and everybody who is turned away."""

from collections.abc import Iterator, Mapping

import httpx
import pytest

from fake_amo.http.owner import HEADER, PASSED_ON, OwnedApp, Owner, cookie_name, new_token
from fake_amo.http.serving import Receive, RunningServer, Scope, Send, serve

TOKEN = new_token()


class Counting:
    """An application that counts what reaches it."""

    def __init__(self) -> None:
        self.methods: list[str] = []

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer any request."""
        self.methods.append(scope["method"])
        head = [(b"content-type", b"text/html"), (b"cache-control", b"max-age=9")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"owned"})


@pytest.fixture
def inside() -> Counting:
    return Counting()


@pytest.fixture
def server(inside: Counting) -> Iterator[RunningServer]:
    with serve(OwnedApp(inside, Owner(TOKEN, frozenset({"localhost"})))) as running:
        yield running


def ask(
    server: RunningServer, method: str = "GET", path: str = "/", headers: Mapping[str, str] | None = None
) -> httpx.Response:
    own = {"host": f"localhost:{server.port}"}
    return httpx.request(method, f"{server.url}{path}", headers={**own, **(headers or {})})


def cookie(server: RunningServer) -> dict[str, str]:
    return {"cookie": f"{cookie_name(server.port)}={TOKEN}"}


def test_the_printed_address_becomes_a_cookie_and_loses_its_token(
    server: RunningServer, inside: Counting
) -> None:
    """128 bits; HttpOnly, SameSite=Strict, a name with the port; then a 303 without the token."""
    assert len(TOKEN) >= 22
    first = ask(server, path=f"/x?a=1&token={TOKEN}")
    assert (first.status_code, first.headers["location"]) == (303, "/x?a=1")
    given = first.headers["set-cookie"]
    assert given == f"amo-owner-{server.port}={TOKEN}; Path=/; HttpOnly; SameSite=Strict"
    assert inside.methods == []
    assert ask(server, path="/x?a=1", headers=cookie(server)).text == "owned"


def test_every_answer_has_the_headers(server: RunningServer) -> None:
    """Whoever is turned away gets them as well; what the application says of its own is replaced."""
    for answer in (ask(server), ask(server, headers=cookie(server))):
        said = answer.headers["content-security-policy"].split("; ")
        policy = {name: sources for name, _, sources in (each.partition(" ") for each in said)}
        assert {policy.pop(each) for each in ("default-src", "base-uri", "frame-ancestors")} == {"'none'"}
        assert policy.pop("img-src") == "'self' data:"
        assert (set(policy), set(policy.values())) == (
            {"script-src", "style-src", "connect-src", "form-action"},
            {"'self'"},
        )
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        for policy_of in ("opener", "resource"):
            assert answer.headers[f"cross-origin-{policy_of}-policy"] == "same-origin"
        assert answer.headers.get_list("cache-control") == ["no-store"]


@pytest.mark.parametrize("host", ["rebound.example:{port}", "127.0.0.1:{port}", "localhost", "localhost:1"])
def test_a_page_whose_name_was_made_to_lead_here_is_turned_away(
    server: RunningServer, inside: Counting, host: str
) -> None:
    """DNS rebinding: with the cookie, with the token in its query, whatever it is."""
    named = {"host": host.format(port=server.port)}
    for path, headers in (("/", cookie(server)), (f"/?token={TOKEN}", {})):
        assert ask(server, path=path, headers={**headers, **named}).status_code == 421
    assert inside.methods == []


@pytest.mark.parametrize("header", sorted(PASSED_ON))
def test_what_a_tunnel_passes_on_is_turned_away(server: RunningServer, header: str) -> None:
    """Its agent is a client on this machine, and may rewrite `Host`."""
    assert ask(server, headers={**cookie(server), header: "x"}).status_code == 403


def test_without_the_token_nobody_comes_in(server: RunningServer, inside: Counting) -> None:
    """Nor with another one; a program of the owner's brings it in a header."""
    for headers in ({}, {"cookie": f"{cookie_name(server.port)}=wrong"}, {HEADER: "wrong"}):
        assert ask(server, "POST", headers=headers).status_code == 401
    assert ask(server, "POST", f"/?token={TOKEN}").status_code == 401
    assert inside.methods == []
    assert ask(server, "POST", headers={HEADER: TOKEN}).status_code == 200


def test_two_instances_know_their_own_cookies_apart(server: RunningServer) -> None:
    """Cookies know no ports: each instance's has another name, and the other's token opens nothing."""
    other = new_token()
    with serve(OwnedApp(Counting(), Owner(other, frozenset({"localhost"})))) as second:
        both = f"{cookie_name(server.port)}={TOKEN}; {cookie_name(second.port)}={other}"
        assert ask(server, headers={"cookie": both}).status_code == 200
        assert ask(second, headers={"cookie": both}).status_code == 200
        stolen = {"cookie": f"{cookie_name(second.port)}={TOKEN}"}
        assert ask(second, headers=stolen).status_code == 401


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_page_of_another_origin_gets_nothing(
    server: RunningServer, inside: Counting, site: str, method: str
) -> None:
    """Another port of this machine is same-site, and its requests carry the cookie."""
    headers = {**cookie(server), "sec-fetch-site": site, "sec-fetch-mode": "cors"}
    assert ask(server, method, headers=headers).status_code == 403
    assert inside.methods == []


def test_an_older_browsers_change_is_known_by_its_origin(server: RunningServer) -> None:
    """Safari before 16.4 sends no `Sec-Fetch-Site`."""
    own = {**cookie(server), "origin": f"http://localhost:{server.port}"}
    assert ask(server, "POST", headers=own).status_code == 200
    assert ask(server, "POST", headers={**own, "origin": "http://127.0.0.1:9"}).status_code == 403


def test_a_form_of_its_own_page_is_taken_without_a_script(server: RunningServer) -> None:
    """Its page sends no referrer, so browsers say `null` for its origin, and whose page asks beside it."""
    own = {**cookie(server), "origin": "null", "sec-fetch-mode": "navigate"}
    assert ask(server, "POST", headers={**own, "sec-fetch-site": "same-origin"}).status_code == 200
    for foreign in ({}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        assert ask(server, "POST", headers={**own, **foreign}).status_code == 403


def test_a_person_may_be_led_here_and_change_nothing_by_it(server: RunningServer) -> None:
    """A link on another page opens the dashboard; a form of another page does not reach it."""
    led = {**cookie(server), "sec-fetch-site": "same-site", "sec-fetch-mode": "navigate"}
    assert ask(server, headers=led).status_code == 200
    assert ask(server, "POST", headers=led).status_code == 403
