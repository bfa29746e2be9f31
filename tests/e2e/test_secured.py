"""serve --tls: phones are served on https, by a kept authority that a page on http makes them trust."""

import ssl
from pathlib import Path

import httpx
import pytest

from harness.certificates.authority import kept_authority
from harness.certificates.served import served_by
from harness.errors import UsageError
from harness.serve.reaching.secure import Wish
from tests.e2e.by_hand import PHONES, Sat, sitting
from tests.http.serve.walker import press

HTML = {"Accept": "text/html", "User-Agent": "Mozilla/5.0", "Sec-Fetch-Site": "same-origin"}


def phone(ca_file: Path) -> httpx.Client:
    """A phone's browser that trusts one authority, and no other."""
    trust = ssl.create_default_context(cafile=str(ca_file))
    return httpx.Client(verify=trust, headers=HTML, timeout=20)


def to_the_page(sat: Sat, browser: httpx.Client) -> httpx.Response:
    """Open the app, connect, allow, and follow amoCRM to the callback's page."""
    start = sat.serving.start_url
    press(browser, start, "open")
    consent = press(browser, start, "connect").headers["location"]
    assert consent.startswith(f"https://{PHONES}:")
    browser.get(consent)
    allowed = browser.post(consent, data={"decision": "allow"})
    return browser.get(allowed.headers["location"])


def test_the_whole_way_is_on_https_by_the_kept_authority(tmp_path: Path) -> None:
    """The start page, amoCRM's page and the callback; the backend finds the fake where it did."""
    with sitting(tmp_path / "run", tls=Wish(ca_dir=tmp_path / "kept")) as sat:
        authority = kept_authority((PHONES,), tmp_path / "kept")
        assert not authority.is_new
        with phone(authority.ca_file) as browser:
            assert sat.serving.start_url.startswith(f"https://{PHONES}:")
            page = to_the_page(sat, browser)
            undecided = browser.post(f"{sat.serving.sitting.servers.amo_origin}/oauth?client_id=none")
        assert "Return to App" in page.text
        assert undecided.headers["location"].startswith(f"{sat.serving.sitting.servers.amo_origin}/")
        (played,) = sat.finish()
    assert played.result.harness_errors == ()
    assert [played.result.findings[each].result for each in ("CB-01", "CB-02", "CB-03")] == ["passed"] * 3


def test_a_phone_that_trusts_nothing_yet_is_walked_through_it_on_http(tmp_path: Path) -> None:
    """The page leads on to the start page; both sides show one fingerprint."""
    with sitting(tmp_path / "run", tls=Wish(ca_dir=tmp_path / "kept")) as sat:
        trust_url, authority = sat.serving.trust_url, sat.serving.authority
        assert authority is not None
        page = httpx.get(trust_url)
        assert trust_url.startswith(f"http://{PHONES}:")
        assert authority.fingerprint in page.text
        assert sat.serving.start_url in page.text
        profile = httpx.get(f"{trust_url}/amo-harness.mobileconfig")
        assert profile.headers["content-type"] == "application/x-apple-aspen-config"
        with pytest.raises(httpx.ConnectError, match="certificate"):
            httpx.get(sat.serving.start_url)


def test_a_users_own_certificate_is_shown_as_it_is(tmp_path: Path) -> None:
    """There is nothing to trust then, so there is no page for it."""
    own = kept_authority((PHONES,), tmp_path / "theirs")
    files = [tmp_path / name for name in ("own.pem", "own.key")]
    certificate, key = _leaf(own.ca_file, own.key_pem)
    files[0].write_bytes(certificate)
    files[1].write_bytes(key)
    with sitting(tmp_path / "run", tls=Wish(*files)) as sat, phone(own.ca_file) as browser:
        assert browser.get(sat.serving.start_url).status_code == 200
        assert (sat.serving.trust_url, sat.serving.authority) == ("", None)


def _leaf(ca_file: Path, key_pem: bytes) -> tuple[bytes, bytes]:
    import trustme  # noqa: PLC0415 - of this test alone

    made = trustme.CA.from_pem(ca_file.read_bytes(), key_pem).issue_cert(PHONES)
    return made.cert_chain_pems[0].bytes(), made.private_key_pem.bytes()


def test_a_certificate_for_another_host_is_refused_before_anything_is_served(tmp_path: Path) -> None:
    """By one sentence that names the host."""
    other = kept_authority(("10.0.0.9",), tmp_path)
    with pytest.raises(UsageError, match="go together"):
        Wish(certificate=tmp_path / "own.pem")
    assert served_by(other).certificate
    certificate, key = _leaf(other.ca_file, other.key_pem)
    (tmp_path / "own.pem").write_bytes(certificate)
    (tmp_path / "own.key").write_bytes(key)
    with pytest.raises(UsageError, match=r"is not for 127\.0\.0\.9"):
        Wish(tmp_path / "own.pem", tmp_path / "own.key").served("127.0.0.9")
