"""What amoCRM sends by itself: installs, the disconnect hook, entity webhooks."""

import hashlib
import hmac
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from fake_amo import AmoEvent, AmoSettings, FakeAmo
from fake_amo.oauth import hooks
from fake_amo.state.dataset import World, default_world
from tests.http.fake_amo.dialogue import Dialogue
from tests.http.fake_amo.receiver import receiving


def hooked(url: str) -> World:
    """Return the default world with both hooks at that address."""
    world = default_world()
    hooks = {"disconnect_hook": f"{url}/gone?x=1", "webhook": f"{url}/changed"}
    return replace(world, integrations=(replace(world.integrations[0], **hooks),))


@pytest.mark.parametrize("status", [200, 302, 500])
def test_widget_install_calls_the_redirect_uri_itself(
    talk: Dialogue, events: list[AmoEvent], status: int
) -> None:
    """FACTS: INSTALL-WIDGET - once, with from_widget and without state; the answer is ignored."""
    with receiving(status) as backend:
        talk.amo.set_redirect_uri(f"{backend.url}/cb?tenant=7")
        delivery = talk.amo.install_widget()
    ((method, path, headers, _),) = backend.received
    pairs = parse_qsl(urlsplit(path).query)
    assert (method, delivery.status) == ("GET", status)
    assert [name for name, _ in pairs] == [
        *("tenant", "code", "referer", "platform", "client_id", "from_widget")
    ]
    assert headers["user-agent"] == "amoService-oAuth-Code-Sender/1.0"
    code = dict(pairs)["code"]
    assert talk.exchange(code).status_code == 200
    sent = next(event for event in events if event.kind == "hook_sent")
    assert (sent.data["status"], dict(sent.secrets)) == (status, {"code": code})


@pytest.mark.parametrize("trickle", [False, True])
def test_widget_install_gives_up_at_its_deadline(
    amo: FakeAmo, monkeypatch: pytest.MonkeyPatch, trickle: bool
) -> None:
    """FACTS: INSTALL-WIDGET - 3 s for the whole answer, also where bytes keep trickling; no second try."""
    assert hooks.TIMEOUT_S == 3.0
    monkeypatch.setattr(hooks, "TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as backend:
        amo.set_redirect_uri(f"http://127.0.0.1:{backend.getsockname()[1]}/cb")
        with ThreadPoolExecutor(1) as pool:
            delivery = pool.submit(amo.install_widget)
            connection, _ = backend.accept()
            began = time.monotonic()
            with suppress(OSError):  # the fake hangs up: that is the point
                while trickle and not delivery.done() and time.monotonic() < began + 20:
                    connection.sendall(b"H")
                    time.sleep(0.01)
            outcome = delivery.result(20)
            connection.close()
            assert time.monotonic() - began < 20
        assert outcome.status is None
        assert outcome.error
        backend.setblocking(False)
        with pytest.raises(BlockingIOError):
            backend.accept()


@pytest.mark.parametrize("uri", ["foryoure://amo-crm/callback", "http://127.0.0.1:9/cb"])
def test_install_that_cannot_be_delivered_says_why(amo: FakeAmo, uri: str) -> None:
    """Another scheme, a port where nobody listens."""
    amo.set_redirect_uri(uri)
    delivery = amo.install_widget()
    assert delivery.status is None
    assert delivery.error


def test_disconnect_hook_is_signed(http: httpx.Client) -> None:
    """FACTS: HOOK-DISCONNECT - HMAC-SHA256 of client id and account id, keyed with the secret."""
    with receiving() as backend, FakeAmo(AmoSettings(world=hooked(backend.url))) as amo:
        talk = Dialogue(amo, http)
        tokens = talk.tokens()
        delivery = amo.disconnect()
        assert delivery is not None
        assert delivery.status == 200
        assert talk.api("/api/v4/account", tokens["access_token"]).status_code == 401
        account_id = default_world().accounts[0].id
        message = f"{amo.client_id}|{account_id}".encode()
        signature = hmac.new(amo.client_secret.encode(), message, hashlib.sha256).hexdigest()
    ((method, path, headers, _),) = backend.received
    expected = f"x=1&client_uuid={amo.client_id}&account_id={account_id}&signature={signature}"
    assert (method, path) == ("GET", f"/gone?{expected}")
    assert headers["user-agent"] == "amoService-oAuth-Code-Sender/1.0"


def test_webhook_posts_a_form() -> None:
    """FACTS: HOOK-WEBHOOK - with the account and a request id."""
    with receiving() as backend, FakeAmo(AmoSettings(world=hooked(backend.url))) as amo:
        amo.send_webhook("update")
        lead = default_world().accounts[0].leads[0]
    ((method, path, headers, body),) = backend.received
    fields = dict(parse_qsl(body.decode()))
    assert (method, path) == ("POST", "/changed?")
    assert headers["user-agent"] == "amoCRM-Webhooks/3.0"
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert headers["x-amocrm-requestid"]
    assert fields["leads[update][0][id]"] == str(lead.id)
    assert fields["account[subdomain]"] == "testaccount"
    assert fields["account[_links][self]"] == "https://testaccount.amocrm.ru"


def test_no_hook_sends_nothing(amo: FakeAmo) -> None:
    """An integration without hooks is told so by None."""
    assert amo.disconnect() is None
    assert amo.send_webhook() is None


def test_wrong_names_are_refused(amo: FakeAmo) -> None:
    """Every operation names what there is."""
    with pytest.raises(ValueError, match="no webhook event 'born'; there are add, update, delete, status"):
        amo.send_webhook("born")
    with pytest.raises(ValueError, match="no lead 1 in testaccount"):
        amo.send_webhook(lead_id=1)
    with pytest.raises(ValueError, match="no account 'x'; there are testaccount"):
        amo.mint_code(account="x")
    with pytest.raises(ValueError, match="no integration 'x'; there are"):
        amo.mint_code(client_id="x")
    with pytest.raises(ValueError, match="there is an account at 'testaccount' already"):
        amo.rename_account("testaccount")
    with pytest.raises(ValueError, match="'nonsense' is not an absolute URI"):
        amo.set_redirect_uri("nonsense")
    with pytest.raises(ValueError, match="a space or a control character"):
        amo.set_redirect_uri("http://x/\r\nset-cookie: a=b")
    with pytest.raises(ValueError, match="only moves forward"):
        amo.advance(minutes=-1)
