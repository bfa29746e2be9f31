"""Which page of leads the app asks for next, whatever the backend names."""

import pytest

from harness.api_client.answers import connected_in, next_leads_path
from harness.api_client.reading import json_of
from harness.config.settings import Http

HTTP = Http(leads_next="next", connected_when="=yes")
DIGITS = "9" * 5000
"""More than Python reads as a number."""


@pytest.mark.parametrize(
    ("asked", "following", "wanted"),
    [
        ("/api/leads?page=2", True, "/api/leads?page=3"),
        ("/api/leads?page=" + DIGITS, True, "/api/leads?page=2"),
        ("/api/leads", DIGITS, "/api/leads?page=" + DIGITS),
        ("/api/leads", 1e999, "/api/leads?page=Infinity"),
        ("/api/leads", "http://[::1/", None),
        ("/api/leads", "http://127.0.0.1:99999/", None),
    ],
    ids=["next", "after many digits", "many digits", "infinity", "no address", "no port"],
)
def test_the_next_page_is_asked_for(asked: str, following: object, wanted: str | None) -> None:
    """Or none, where what is named is no address."""
    assert next_leads_path(HTTP, asked, 1, {"next": following}) == wanted


def test_a_value_that_goes_deep_is_a_value() -> None:
    """What could just be read may be too deep to be written, where more calls are under way."""

    def deeper(document: object, calls: int) -> None:
        if calls:
            deeper(document, calls - 1)
            return
        next_leads_path(HTTP, "/api/leads", 1, document)
        connected_in(HTTP, 200, document)

    depth = next(n for n in range(990, 0, -1) if isinstance(json_of(nested(n)), dict))
    deeper(json_of(nested(depth)), 100)


def nested(depth: int) -> str:
    """Return an answer that goes so deep."""
    return f'{{"connected": 1, "next": {"[" * depth}{"]" * depth}}}'
