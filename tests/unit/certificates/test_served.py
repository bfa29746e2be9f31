"""The user's own certificate is checked before anything listens."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from harness.certificates.served import served_with
from harness.errors import UsageError


@dataclass(frozen=True, slots=True)
class Files:
    """A certificate and its key, as files."""

    certificate: Path
    key: Path


def own(folder: Path, *names: str, days: int = 90) -> Files:
    """Write a certificate for these names."""
    now = datetime.now(UTC)
    leaf = trustme.CA().issue_cert(
        *names, not_before=now - timedelta(days=99), not_after=now + timedelta(days=days)
    )
    files = Files(folder / f"{names[0]}.pem", folder / f"{names[0]}.key")
    leaf.cert_chain_pems[0].write_to_path(files.certificate)
    leaf.private_key_pem.write_to_path(files.key)
    return files


@pytest.mark.parametrize(
    "host", ["test.example", "a.test.example", "192.168.7.20", "TEST.example", "localhost"]
)
def test_one_for_the_host_is_served(tmp_path: Path, host: str) -> None:
    """By name, wildcard or address; this machine's own name needs none."""
    files = own(tmp_path, "test.example", "*.test.example", "192.168.7.20")
    assert served_with(files.certificate, files.key, [host]).authority is None


@pytest.mark.parametrize("host", ["other.example", "a.b.test.example", "192.168.7.21"])
def test_one_for_another_host_is_refused(tmp_path: Path, host: str) -> None:
    """With what it is for."""
    files = own(tmp_path, "test.example", "*.test.example", "192.168.7.20")
    with pytest.raises(
        UsageError, match=rf"is not for {host}; it is for test\.example, \*\.test\.example, 192"
    ):
        served_with(files.certificate, files.key, [host])


def test_one_that_is_over_is_refused(tmp_path: Path) -> None:
    """With the day."""
    files = own(tmp_path, "test.example", days=-1)
    with pytest.raises(UsageError, match=r"is over since \d{4}-\d\d-\d\d"):
        served_with(files.certificate, files.key, ["test.example"])


def test_another_ones_key_is_refused(tmp_path: Path) -> None:
    """Before a client would see it."""
    files, other = own(tmp_path, "test.example"), own(tmp_path, "other.example")
    with pytest.raises(UsageError, match="is not the key of"):
        served_with(files.certificate, other.key, ["test.example"])


@pytest.mark.parametrize(
    "content", ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"]
)
def test_what_is_no_certificate_is_refused(tmp_path: Path, content: str) -> None:
    """And a file that is not there."""
    files = own(tmp_path, "test.example")
    files.certificate.write_text(content)
    for certificate in (files.certificate, tmp_path / "missing.pem"):
        with pytest.raises(UsageError, match="cannot be used as certificate and key"):
            served_with(certificate, files.key, ["test.example"])
