"""Whom a server on this machine answers, without a server."""

import pytest

from fake_amo.http.guard import LOCAL_HOSTS, AllowedHosts, foreign_change, is_loopback, page_headers

TUNNEL = AllowedHosts(frozenset({"abc.ngrok.app", ".amocrm.ru"}))


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1:80", "127.0.0.2", "192.168.1.5:8000", "[::1]:80", "[fe80::1]", "::1"),
        *("localhost:80", "LOCALHOST", "first.localhost:80", "fake-amo:80", "host.docker.internal:80", ""),
        *("abc.ngrok.app", "ABC.ngrok.app:443", "abc.ngrok.app.", "amocrm.ru", "www.amocrm.ru:80"),
    ],
)
def test_own_names_are_answered(host: str) -> None:
    """Addresses, names that no page has, and those that were allowed, however they are written."""
    assert TUNNEL.refusal(host) is None


@pytest.mark.parametrize(
    "host",
    [
        *(
            "rebound.example",
            "rebound.example:80",
            "127.0.0.1.rebound.example:80",
            "localhost.rebound.example",
        ),
        *("x.abc.ngrok.app", "evilamocrm.ru", "amocrm.ru.evil.example", "www.amocrm.ru@evil.example"),
        *("evil.example:80:80", "[evil.example]", "evil.example."),
    ],
)
def test_a_pages_own_name_is_not(host: str) -> None:
    """Whatever of ours it begins or ends with."""
    assert "is not a name of this server" in (TUNNEL.refusal(host) or "")


def test_nothing_is_allowed_by_itself() -> None:
    """A tunnel's name has to be said."""
    assert LOCAL_HOSTS.refusal("abc.ngrok.app")
    assert LOCAL_HOSTS.refusal("localhost") is None


@pytest.mark.parametrize("name", ["", ".", "https://abc.ngrok.app", "abc.ngrok.app:443", "ABC.app", "*.app"])
def test_a_name_that_no_header_could_match_is_refused(name: str) -> None:
    """It would look like protection that lets one in, and let nobody in."""
    with pytest.raises(ValueError, match="allowed host"):
        AllowedHosts(frozenset({name}))


@pytest.mark.parametrize(
    ("method", "site", "is_refused"),
    [
        ("POST", "cross-site", True),
        ("POST", "same-site", True),
        ("DELETE", "cross-site", True),
        ("POST", "same-origin", False),
        ("POST", "none", False),
        ("POST", None, False),
        ("GET", "cross-site", False),
    ],
)
def test_only_own_pages_change_anything(method: str, site: str | None, is_refused: bool) -> None:
    """Another port of this machine is of the same site, and of another origin."""
    headers = {} if site is None else {"sec-fetch-site": site}
    assert (foreign_change(method, headers) is not None) == is_refused


def test_loopback_is_an_address() -> None:
    """Mapped ones too; names are not looked up."""
    own = {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}
    others = {"10.0.0.1", "::ffff:10.0.0.1", "localhost", ""}
    assert {each for each in own | others if is_loopback(each)} == own


def test_a_page_brings_its_policy() -> None:
    """And nobody may frame it, whatever the policy says."""
    headers = dict(page_headers("default-src 'self'"))
    assert headers["content-security-policy"].startswith("default-src 'self'; ")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
