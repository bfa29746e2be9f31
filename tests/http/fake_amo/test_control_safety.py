"""Who may steer the fake: not a page, not a tunnel, not a name that was made to lead here."""

import json
from typing import Any

import httpx
import pytest

from fake_amo import AmoSettings, Clock, FakeAmo
from fake_amo.app import AmoApp
from fake_amo.control.api import OPERATIONS
from fake_amo.site.site import Site
from tests.http.coroutines import run_in_thread
from tests.http.fake_amo.dialogue import Dialogue


def _asked_from(client: str, **headers: str) -> tuple[int, dict[str, Any]]:
    """Ask for the journal as if from another address, through the application itself."""
    site = Site(AmoSettings(control_token="the token"), Clock())
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/__control/journal",
        "query_string": b"",
        "headers": [(k.encode(), v.encode()) for k, v in ({"host": "127.0.0.1:1"} | headers).items()],
        "client": (client, 1234),
        "scheme": "http",
    }
    run_in_thread(AmoApp(site)(scope, receive, send))
    return sent[0]["status"], json.loads(sent[1]["body"])


@pytest.mark.parametrize(
    ("client", "status"),
    [
        ("127.0.0.1", 200),
        ("127.8.9.1", 200),
        ("::1", 200),
        ("::ffff:127.0.0.1", 200),
        ("10.0.0.7", 403),
        ("::ffff:10.0.0.7", 403),
        ("", 403),
    ],
)
def test_control_answers_loopback_only(client: str, status: int) -> None:
    """Whatever address the fake listens on."""
    answered, body = _asked_from(client)
    assert answered == status
    assert status == 200 or f"this call came from {client or 'nowhere'};" in body["error"]


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "via", "cf-connecting-ip"])
def test_control_answers_nothing_that_was_passed_on(header: str) -> None:
    """A tunnel's agent is a client on this machine, and what it brings is not."""
    answered, body = _asked_from("127.0.0.1", **{header: "127.0.0.1"})
    assert (answered, f"this one has {header};" in body["error"]) == (403, True)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:1", 200),
        ("[::1]:1", 200),
        ("first.localhost:1", 200),
        ("127.0.0.2", 200),
        ("rebound.example:1", 403),
        ("127.0.0.1.rebound.example", 403),
        ("abc.ngrok.app", 403),
        ("", 403),
    ],
)
def test_control_answers_on_loopback_names_only(host: str, status: int) -> None:
    """A page whose own name leads to this machine has it for its host and its origin alike."""
    assert _asked_from("127.0.0.1", host=host, origin=f"http://{host}")[0] == status


@pytest.mark.parametrize("client", ["10.0.0.7", "127.0.0.1"])
def test_token_opens_control_to_everybody_else(client: str) -> None:
    """Through a tunnel, from a container; a wrong one opens nothing."""
    elsewhere = {"host": "abc.ngrok.app", "x-forwarded-for": "10.0.0.8"}
    assert _asked_from(client, **elsewhere, **{"x-control-token": "the token"})[0] == 200
    for wrong in ("", "the toke", "the token "):
        answered, body = _asked_from(client, **elsewhere, **{"x-control-token": wrong})
        assert (answered, body["error"].endswith("with x-control-token it would be answered")) == (403, True)


def test_each_fake_has_a_token_of_its_own(talk: Dialogue) -> None:
    """It is printed with the rest, and long enough not to be guessed."""
    with FakeAmo() as other:
        tokens = {amo.about["control_token"] for amo in (talk.amo, other)}
    assert len(tokens) == 2
    assert min(map(len, tokens)) >= 24


def test_pages_cannot_steer_the_fake(talk: Dialogue) -> None:
    """A page under test must not reset its test; the fake's own origin may."""
    refused = talk.control("POST", "/reset", headers={"origin": "https://app.example"})
    assert (refused.status_code, "does not answer pages" in refused.json()["error"]) == (403, True)
    assert talk.control("POST", "/reset", headers={"origin": talk.amo.url}).status_code == 204


@pytest.mark.parametrize("site", ["same-site", "cross-site"])
def test_no_page_of_another_origin_changes_anything(talk: Dialogue, site: str) -> None:
    """A form has no `Origin` in some browsers, and another port of this machine is the same site."""
    refused = talk.control("POST", "/reset", headers={"sec-fetch-site": site})
    assert (refused.status_code, f"this request is {site}" in refused.json()["error"]) == (403, True)
    assert talk.control("POST", "/reset", headers={"sec-fetch-site": "same-origin"}).status_code == 204


def test_no_get_changes_anything(talk: Dialogue) -> None:
    """Whatever can be got is got, and the world, the clock, the faults and the journal are as before."""
    talk.amo.faults.add("token", "hold")
    got = [each for each in OPERATIONS if each.method == "GET"]

    def state() -> list[Any]:
        return [talk.control("GET", f"/{part}").json() for part in ("world", "faults", "journal", "trouble")]

    before = state()
    for operation in got:
        for method in ("GET", "HEAD"):
            path = operation.path.replace("{id}", "1")
            assert talk.control(method, path).status_code == 200, (method, path)
    assert len(got) >= 7
    assert state() == before
    talk.amo.faults.clear()


def test_every_answer_keeps_other_pages_out(talk: Dialogue) -> None:
    """No sniffing, no framing, no referrer, and of the page nothing runs but what is its own."""
    for path in ("", "/page", "/journal", "/nothing"):
        headers = talk.control("GET", path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["x-frame-options"] == "DENY", path
        assert headers["referrer-policy"] == "no-referrer", path
        assert headers["content-security-policy"].startswith("default-src 'none'"), path
        assert headers["cache-control"] == "no-store", path
    assert "unsafe" not in talk.control("GET", "/page").headers["content-security-policy"]


@pytest.mark.parametrize(
    "path", ["/oauth", "/oauth2/access_token", "/api/v4/leads", "/", "/__control/journal"]
)
def test_a_rebound_page_gets_nothing(talk: Dialogue, path: str) -> None:
    """Its own name in `Host`, and it would read codes and tokens as its own; a token it has none."""
    headers = {"host": "rebound.example:8000", "origin": "http://rebound.example:8000"}
    answer = talk.get(path, headers=headers)
    assert answer.status_code == (403 if path.startswith("/__control") else 421)
    assert "rebound.example" in answer.text
    assert talk.amo.journal == []
    assert talk.control("GET", "/trouble").json()["unmodelled"] == []


def test_a_tunnels_name_is_said_beforehand() -> None:
    """Then amoCRM answers there, and the control API still wants its token."""
    with FakeAmo(AmoSettings(allowed_hosts=("abc.ngrok.app",), control_token="t")) as amo:
        host = {"host": "abc.ngrok.app"}
        page = httpx.get(f"{amo.url}/oauth?client_id={amo.client_id}", headers=host, trust_env=False)
        assert page.status_code == 200
        asked = httpx.get(amo.control_url, headers=host, trust_env=False)
        with_token = httpx.get(amo.control_url, headers=host | {"x-control-token": "t"}, trust_env=False)
        assert (asked.status_code, with_token.status_code) == (403, 200)
    with pytest.raises(ValueError, match=r"allowed host 'https://abc\.ngrok\.app'"):
        AmoSettings(allowed_hosts=("https://abc.ngrok.app",))


@pytest.mark.parametrize("template", ["{subdomain}.crm.example:{port}", "crm.example", "crm.example:8080"])
def test_the_accounts_own_hosts_are_answered(template: str) -> None:
    """Whatever the settings call them; beside them no other."""
    with FakeAmo(AmoSettings(account_host=template)) as amo:
        status = {
            host: httpx.get(f"{amo.url}/oauth", headers={"host": host}, trust_env=False).status_code
            for host in (amo.account_host, "evil-crm.example")
        }
    assert (status[amo.account_host] != 421, status["evil-crm.example"]) == (True, 421)


def test_page_is_for_this_machine_alone(talk: Dialogue) -> None:
    """It is answered by the same rules as every control call."""
    page = talk.control("GET", "/page")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=UTF-8")
    assert talk.control("GET", "/page", headers={"host": "rebound.example"}).status_code == 403
