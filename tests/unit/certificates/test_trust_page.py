"""The page that walks a phone's owner through trusting the authority, and the profile."""

import plistlib
from pathlib import Path

import pytest

from harness.certificates.authority import Authority, kept_authority
from harness.certificates.trust_page import CERTIFICATE_PATH, PATH, PROFILE_PATH, trust_files


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """One of a machine with a hostile name."""
    return kept_authority(("192.168.7.20", "<b>.local"), tmp_path)


def test_page_says_each_step_and_what_to_compare(authority: Authority) -> None:
    """Where iOS hides it, with the fingerprint that the terminal shows as well."""
    page = trust_files(authority, "https://192.168.7.20:8443/?a=1&b=2")[PATH].body.decode()
    for text in (
        "VPN &amp; Device Management",
        "Certificate Trust Settings",
        "Remove Profile",
        authority.fingerprint,
        authority.title,
        f'href="{PROFILE_PATH}"',
        'href="https://192.168.7.20:8443/?a=1&amp;b=2"',
    ):
        assert text in page, text
    assert "<b>" not in page
    assert "{" not in page.partition("</style>")[2]


def test_profile_installs_the_authority_and_ends_with_it(authority: Authority) -> None:
    """The same authority makes the same profile, which replaces itself; the phone can remove it."""
    file = trust_files(authority, "/")[PROFILE_PATH]
    assert file.content_type == "application/x-apple-aspen-config"
    profile = plistlib.loads(file.body)
    (payload,) = profile["PayloadContent"]
    assert payload["PayloadType"] == "com.apple.security.root"
    assert payload["PayloadContent"] == authority.der == trust_files(authority, "/")[CERTIFICATE_PATH].body
    assert profile["RemovalDate"] == authority.certificate.not_valid_after_utc.replace(tzinfo=None)
    assert profile["PayloadRemovalDisallowed"] is False
    assert trust_files(authority, "/")[PROFILE_PATH].body == file.body


def test_nothing_of_it_runs_or_is_framed(authority: Authority) -> None:
    """It comes over plain http, so it is read by people alone."""
    for path, file in trust_files(authority, "/").items():
        headers = dict(file.headers)
        assert headers["content-security-policy"].startswith("default-src 'none'"), path
        assert "script-src" not in headers["content-security-policy"], path
        assert (headers["x-frame-options"], headers["referrer-policy"]) == ("DENY", "no-referrer"), path
