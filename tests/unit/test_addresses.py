"""Addresses that others write: what a browser can go to, and what is none."""

import pytest

from harness.addresses import has_host, parts_of


@pytest.mark.parametrize(
    ("url", "is_there"),
    [
        *(
            (each, True)
            for each in ("http://x", "https://xn--80ak.example:8/", "http://[::1]:80/", "http://a_b/")
        ),
        *(
            (each, True)
            for each in ("http://\u043e\u043a.example/", "http://x.ex%61mple/", "http://u:p@x/?a=%00")
        ),
        *(
            (each, False)
            for each in ("http://x\0/", "http://x%00/", "http://a b/", "http://a%20b/", "http://%25/")
        ),
        *((each, False) for each in ("http:///a", "http://<x>/", "/path", "http://x\x7f/")),
    ],
)
def test_a_host_is_what_a_browser_takes_for_one(url: str, is_there: bool) -> None:
    """Of the standard's forbidden characters it makes an error page of its own."""
    parts = parts_of(url)
    assert parts is not None
    assert has_host(parts) is is_there
