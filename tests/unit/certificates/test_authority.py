"""The authority that is kept: for its names alone, readable by its user alone, made anew where it must be."""

import os
import ssl
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from harness.certificates import authority as module
from harness.certificates.authority import Authority, default_folder, kept_authority
from harness.certificates.served import served_by
from harness.errors import UsageError

LAN = "192.168.7.20"
MACHINE = "tester.local"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """One of a machine on a network."""
    return kept_authority((LAN, MACHINE), tmp_path / "kept")


def refusal(authority: Authority, server: ssl.SSLContext, name: str) -> str | None:
    """Shake hands in memory as a client that asks for this name and trusts the authority; return why not."""
    client = ssl.create_default_context(cafile=str(authority.ca_file))
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    asks = client.wrap_bio(to_client, to_server, server_hostname=name)
    answers = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (asks, answers):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as problem:
                return problem.verify_message
    return None


def foreign(authority: Authority, name: str) -> ssl.SSLContext:
    """Return a server whose certificate the authority's key signed for a name that it was not made for."""
    issuer = trustme.CA.from_pem(authority.ca_file.read_bytes(), authority.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue_cert(name).configure_cert(context)  # pyright: ignore[reportUnknownMemberType]
    return context


@pytest.mark.parametrize("name", [LAN, MACHINE, "localhost", "127.0.0.1"])
def test_its_names_are_trusted(authority: Authority, name: str) -> None:
    """By whoever trusts it, with OpenSSL's strict checks."""
    assert refusal(authority, served_by(authority).context, name) is None


@pytest.mark.parametrize("name", ["amocrm.ru", "evil.example", "192.168.7.21", "10.0.0.1", "::1"])
def test_a_foreign_name_is_refused_though_its_key_signed_it(authority: Authority, name: str) -> None:
    """Whoever steals the key can play nobody but this machine."""
    assert refusal(authority, foreign(authority, name), name) in {
        "permitted subtree violation",
        "excluded subtree violation",
    }


def test_a_name_below_it_is_its_own(authority: Authority) -> None:
    """As a constraint on a name has it (RFC 5280 §4.2.1.10)."""
    assert refusal(authority, foreign(authority, f"a.{MACHINE}"), f"a.{MACHINE}") is None


def test_leaf_is_what_an_iphone_takes(authority: Authority) -> None:
    """At most 397 days, named in its alternatives, for servers, and never longer than its authority."""
    leaf = x509.load_pem_x509_certificate(served_by(authority).certificate.encode())
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=397)
    assert leaf.not_valid_after_utc <= authority.certificate.not_valid_after_utc
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {MACHINE, "localhost"}
    usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert ExtendedKeyUsageOID.SERVER_AUTH in usage


def test_it_is_kept_between_runs(authority: Authority, tmp_path: Path) -> None:
    """For these names; others have their own, and what was trusted comes back with its network."""
    again = kept_authority((LAN, MACHINE), tmp_path / "kept")
    elsewhere = kept_authority(("10.1.1.1", MACHINE), tmp_path / "kept")
    assert (authority.is_new, again.is_new, elsewhere.is_new) == (True, False, True)
    assert again.fingerprint == authority.fingerprint != elsewhere.fingerprint


def test_its_files_are_its_users_alone(authority: Authority) -> None:
    """Whatever the mask is."""
    folder = authority.ca_file.parent
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == {
        "authority.pem": 0o600,
        "authority.key": 0o600,
    }
    assert folder.stat().st_mode & 0o777 == 0o700


def _open_to_all(folder: Path) -> None:
    (folder / "authority.key").chmod(0o644)


def _broken(folder: Path) -> None:
    (folder / "authority.pem").write_text("nonsense")


def _without_key(folder: Path) -> None:
    (folder / "authority.key").unlink()


def _of_another(folder: Path) -> None:
    other = kept_authority(("other.local",), folder.parent)
    (folder / "authority.key").write_bytes(other.key_pem)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_open_to_all, "can be read by others"),
        (_broken, "cannot be read"),
        (_without_key, "cannot be read"),
        (_of_another, "has another one's key"),
    ],
)
def test_a_spoilt_one_is_told_with_its_remedy(
    authority: Authority, tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    """In one sentence; it is never replaced in silence, as a phone trusts it."""
    spoil(authority.ca_file.parent)
    with pytest.raises(UsageError, match=said) as told:
        kept_authority((LAN, MACHINE), tmp_path / "kept")
    assert f"remove {authority.ca_file.parent}, and another is made" in str(told.value)


def test_one_that_ends_soon_is_made_anew(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A month before: a run must not end with it."""
    monkeypatch.setattr(module, "LEFT_DAYS", module.KEPT_DAYS + 1)
    again = kept_authority((LAN, MACHINE), tmp_path / "kept")
    assert (again.is_new, again.fingerprint != authority.fingerprint) == (True, True)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """With the option that names another."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="--ca-dir"):
        kept_authority((LAN,), tmp_path / "file")


def test_it_is_kept_where_settings_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The user's own folder for them, elsewhere where the environment says so."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "amo-harness" / "authorities"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    assert default_folder() == Path.home() / ".config" / "amo-harness" / "authorities"


def test_openssl_reads_the_constraint(authority: Authority) -> None:
    """Critical, with each name and no other, as a second pair of eyes."""
    words = ["openssl", "x509", "-in", str(authority.ca_file), "-noout", "-text"]
    text = subprocess.run(words, check=True, capture_output=True, text=True, env=os.environ).stdout
    assert "X509v3 Name Constraints: critical" in text
    for line in (f"DNS:{MACHINE}", f"IP:{LAN}/255.255.255.255", "CA:TRUE, pathlen:0"):
        assert line in text
    assert authority.certificate.not_valid_after_utc > datetime.now(UTC) + timedelta(days=700)
