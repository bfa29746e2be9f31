"""What goes in comes out: states and redirect URIs that nobody thought of."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fake_amo import FakeAmo
from tests.http.fake_amo.dialogue import FORM

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ANY_STATE = st.text(st.characters(codec="utf-8"), max_size=200)
URI_LETTERS = "abcXYZ019-._~!$'()*+,;:@/%[]"


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeAmo]:
    """One fake for all examples: none of them leaves anything behind."""
    with FakeAmo() as amo:
        yield amo


def allowed(http: httpx.Client, amo: FakeAmo, raw_state: str) -> str:
    """Allow with a state that is encoded already, and return the Location."""
    url = f"{amo.url}/oauth?client_id={amo.client_id}&state={raw_state}"
    answer = http.post(url, content="decision=allow", headers=FORM)
    assert answer.status_code == 302
    return answer.headers["location"]


@QUICK
@given(state=ANY_STATE)
def test_any_state_comes_back(shared: FakeAmo, session_http: httpx.Client, state: str) -> None:
    """FACTS: REDIRECT-STATE - empty, Unicode, reserved characters, control characters."""
    location = allowed(session_http, shared, quote(state, safe=""))
    pairs = parse_qsl(urlsplit(location).query, keep_blank_values=True)
    assert [value for name, value in pairs if name == "state"] == [state]


@QUICK
@given(state=st.binary(max_size=100))
def test_any_bytes_come_back(shared: FakeAmo, session_http: httpx.Client, state: bytes) -> None:
    """FACTS: REDIRECT-STATE - byte for byte, UTF-8 or not, on allow and on decline."""
    raw = urlencode({"state": state}).removeprefix("state=")
    location = allowed(session_http, shared, raw)
    assert f"&state={raw}&" in location


@QUICK
@given(
    path=st.text(st.sampled_from(URI_LETTERS), max_size=60),
    query=st.none() | st.text(st.sampled_from(URI_LETTERS + "?&="), max_size=60),
    scheme=st.sampled_from(["http", "https", "foryoure", "com.example.app"]),
)
def test_any_redirect_uri_is_kept(
    shared: FakeAmo, session_http: httpx.Client, path: str, query: str | None, scheme: str
) -> None:
    """FACTS: REDIRECT-JOIN - to the letter, its own query first."""
    uri = f"{scheme}://app.example/{path}" + ("" if query is None else f"?{query}")
    shared.set_redirect_uri(uri)
    location = allowed(session_http, shared, "s")
    joint = "?" if query is None else "&"
    assert location.startswith(f"{uri}{joint}code=def50200")


@QUICK
@given(path=st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Zs", "Zl", "Zp")), max_size=40))
def test_letters_beyond_ascii_are_percent_encoded(
    shared: FakeAmo, session_http: httpx.Client, path: str
) -> None:
    """FACTS: REDIRECT-JOIN - a header cannot carry them; what they stand for stays."""
    path = path.translate({ord(letter): None for letter in "?#%"})
    shared.set_redirect_uri(f"https://app.example/{path}")
    location = allowed(session_http, shared, "s")
    assert location.isascii()
    assert httpx.URL(location).path == httpx.URL(f"https://app.example/{quote(path, safe='/')}").path
