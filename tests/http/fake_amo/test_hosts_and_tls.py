"""https by SNI with a throw-away CA, and what is left when the fake ends."""

import socket
import ssl
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from fake_amo import AmoEvent, AmoSettings, FakeAmo
from fake_amo.http.serving import ServingError
from tests.browser.processes import started, wait_for
from tests.http.fake_amo.dialogue import Dialogue, answer_of


def shown_names(amo: FakeAmo, name: str) -> set[str]:
    """Return the names of the certificate that is shown for a host name, having verified it."""
    context = ssl.create_default_context(cafile=amo.ca_file)
    port = int(str(amo.tls_url).rpartition(":")[2])
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname=name) as secured,
    ):
        names = cast("tuple[tuple[str, str], ...]", (secured.getpeercert() or {})["subjectAltName"])
    return {value for _, value in names}


@dataclass
class Elsewhere:
    """A client that believes it talks to amoCRM: every host name is resolved to the fake."""

    amo: FakeAmo
    client: httpx.Client

    def ask(self, method: str, host: str, path: str, **options: Any) -> httpx.Response:
        """Ask a host by its own name, in TLS and in HTTP."""
        headers = {"host": host} | options.pop("headers", {})
        url = f"{self.amo.tls_url}{path}"
        return self.client.request(method, url, headers=headers, extensions={"sni_hostname": host}, **options)


@pytest.mark.parametrize("name", ["www.amocrm.ru", "testaccount.amocrm.ru", "other.kommo.com", "127.0.0.1"])
def test_certificate_is_for_the_name_asked_for(name: str) -> None:
    """FACTS: HOST-SNI - any name that is resolved to the fake verifies against its CA."""
    with FakeAmo(AmoSettings(tls=True)) as amo:
        assert name in shown_names(amo, name)


@pytest.mark.parametrize("name", ["testaccount.amocrm.ru", "127.0.0.1"])
def test_certificate_is_one_that_an_iphone_takes(name: str) -> None:
    """FACTS: TLS-LIFETIME - good now and yesterday, 397 days in all, for servers, with its name beside."""
    with FakeAmo(AmoSettings(tls=True)) as amo:
        context = ssl.create_default_context(cafile=amo.ca_file)
        port = int(str(amo.tls_url).rpartition(":")[2])
        with (
            socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
            context.wrap_socket(plain, server_hostname=name) as secured,
        ):
            raw = secured.getpeercert(binary_form=True)
    assert raw is not None
    shown = x509.load_der_x509_certificate(raw)
    assert shown.not_valid_before_utc < datetime.now(UTC) < shown.not_valid_after_utc
    assert shown.not_valid_after_utc - shown.not_valid_before_utc <= timedelta(days=397)
    usage = shown.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert ExtendedKeyUsageOID.SERVER_AUTH in usage


def test_answered_connection_that_the_client_keeps_is_cut() -> None:
    """It waits for the client's end of TLS already: ended once more, Python 3.11.2 could not cut it."""
    with FakeAmo(AmoSettings(tls=True)) as amo:
        context = ssl.create_default_context(cafile=amo.ca_file)
        port = int(str(amo.tls_url).rpartition(":")[2])
        plain = socket.create_connection(("127.0.0.1", port), timeout=20)
        secured = context.wrap_socket(plain, server_hostname="www.amocrm.ru")
        secured.sendall(b"GET / HTTP/1.1\r\nhost: www.amocrm.ru\r\nconnection: close\r\n\r\n")
        assert secured.recv(12).startswith(b"HTTP/1.1 ")
    secured.close()


def test_client_with_a_hard_coded_host_works() -> None:
    """FACTS: HOST-SNI - consent on www.amocrm.ru, token and API on the account's host."""
    with FakeAmo(AmoSettings(tls=True)) as amo:
        context = ssl.create_default_context(cafile=amo.ca_file)
        with httpx.Client(verify=context, trust_env=False) as client:
            outside = Elsewhere(amo, client)
            query = f"client_id={amo.client_id}&state=s"
            form = {"decision": "allow"}
            allowed = dict(answer_of(outside.ask("POST", "www.amocrm.ru", f"/oauth?{query}", data=form)))
            assert allowed["referer"] == "testaccount.amocrm.ru"
            fields = {
                "client_id": amo.client_id,
                "client_secret": amo.client_secret,
                "redirect_uri": amo.redirect_uri,
                "grant_type": "authorization_code",
                "code": allowed["code"],
            }
            host = allowed["referer"]
            tokens = outside.ask("POST", host, "/oauth2/access_token", json=fields).json()
            bearer = {"authorization": f"Bearer {tokens['access_token']}"}
            account = outside.ask("GET", host, "/api/v4/account", headers=bearer).json()
    assert account["_links"]["self"]["href"] == "https://testaccount.amocrm.ru/api/v4/account"


@pytest.mark.parametrize("host", ["testaccount.kommo.com", "testaccount.amocrm.com", "kommo.com"])
def test_no_account_is_under_another_brands_zone(talk: Dialogue, host: str) -> None:
    """FACTS: TOKEN-GONE, HOST-FOREIGN-ZONE - neither tokens nor data; the code stays good."""
    code = talk.amo.mint_code()
    refused = talk.exchange(code, {"host": host})
    assert (refused.status_code, refused.json()["detail"]) == (404, "Account not found")
    token = talk.exchange(code).json()["access_token"]
    assert talk.api("/api/v4/account", token, headers={"host": host}).status_code == 404


def test_request_that_the_host_alone_refuses_is_told(talk: Dialogue, events: list[AmoEvent]) -> None:
    """FACTS: HOST-FOREIGN-ZONE, TOKEN-GONE - with the host: what it carried was sent there all the same."""
    code = talk.amo.mint_code()
    talk.exchange(code, {"host": "testaccount.kommo.com"})
    talk.api("/api/v4/leads", "a token", headers={"host": "nobody.amocrm.ru"})
    told = [each for each in events if each.kind in {"token_request", "api_request"}]
    assert [(each.data["host"], each.data["status"]) for each in told] == [
        ("testaccount.kommo.com", 404),
        ("nobody.amocrm.ru", 404),
    ]
    assert dict(told[0].secrets)["code"] == code


def test_each_brand_knows_its_own_zone(http: httpx.Client) -> None:
    """FACTS: HOST-FOREIGN-ZONE - the other way round."""
    with FakeAmo(AmoSettings(profile="kommo")) as amo:
        talk = Dialogue(amo, http)
        assert talk.exchange(amo.mint_code(), {"host": "testaccount.amocrm.ru"}).status_code == 404
        assert talk.exchange(amo.mint_code(), {"host": "testaccount.kommo.com"}).status_code == 200


def test_ca_file_goes_with_the_fake() -> None:
    """It is there while the fake runs, readable, and gone afterwards."""
    with FakeAmo(AmoSettings(tls=True)) as amo:
        ca_file = Path(str(amo.ca_file))
        assert ca_file.read_text(encoding="ascii").startswith("-----BEGIN CERTIFICATE-----")
    assert not ca_file.parent.exists()


def test_ca_file_of_a_killed_fake_goes_with_it() -> None:
    """SIGKILL leaves no time to clean up: somebody else does."""
    script = (
        "from fake_amo import FakeAmo, AmoSettings\n"
        "amo = FakeAmo(AmoSettings(tls=True)).__enter__()\n"
        "print(amo.ca_file, flush=True)\n"
        "input()\n"
    )
    pipe = subprocess.PIPE
    with started([sys.executable, "-c", script], stdin=pipe, stdout=pipe) as fake:
        assert fake.stdout is not None
        left = Path(fake.stdout.readline().strip())
        assert left.exists()
        fake.kill()
    assert wait_for(lambda: not left.parent.exists())


def test_plain_fake_has_neither(amo: FakeAmo) -> None:
    """No https without asking for it."""
    assert (amo.tls_url, amo.ca_file) == (None, None)


def test_port_that_is_taken_is_refused_by_name(amo: FakeAmo) -> None:
    """One sentence, and nothing is left running."""
    port = int(amo.url.rpartition(":")[2])
    with pytest.raises(ServingError, match=f"cannot listen on 127.0.0.1:{port}: .*; port 0 takes a free one"):
        FakeAmo(AmoSettings(port=port)).__enter__()


def test_many_fakes_in_one_process(http: httpx.Client) -> None:
    """Each with a world, a clock and a port of its own."""
    with FakeAmo() as one, FakeAmo() as two:
        one.set_redirect_uri("https://one.example/cb")
        one.advance(days=1)
        assert two.redirect_uri != one.redirect_uri
        assert one.clock.now() - two.clock.now() == pytest.approx(86400, abs=5)
        assert {http.get(each.url).status_code for each in (one, two)} == {200}
