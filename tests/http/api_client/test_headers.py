"""Headers of `[http.headers]`: whoever asks the backend for a user sends the same ones."""

import pytest

from harness.api_client.session import Sessions
from harness.backends.foreign import offers_of
from harness.config.settings import Http
from harness.gateway.probe import Callers, Probe, Visitors
from harness.phone import Phone, PhoneSettings
from harness.timeline.recorder import Recorder
from tests.http.phone.tiny_backend import AUTH_URL, STATUS, tiny_backend

WRITTEN = [
    pytest.param("Bearer {user}", "Bearer test-2", id="a user"),
    pytest.param("Bearer {{user}}", "Bearer {user}", id="doubled braces are one brace"),
    pytest.param("{{user}} is {user}", "{user} is test-2", id="both"),
    pytest.param('{"as": "{user}"}', '{"as": "test-2"}', id="braces of JSON are themselves"),
    pytest.param("Bearer test", "Bearer test", id="the same for everybody"),
]


@pytest.mark.parametrize(("written", "sent"), WRITTEN)
def test_the_app_and_the_probe_send_the_same_headers(written: str, sent: str) -> None:
    """What a brace means is decided in one place, whoever asks."""
    with tiny_backend() as backend:
        http = Http(url=backend.url, connect=AUTH_URL, headers={"Authorization": written})
        recorder = Recorder()
        callers = Callers(Visitors(), Sessions(http, lambda: backend.url))
        phone = Phone(PhoneSettings(http=http, base_url=backend.url, user="test-2"), recorder)
        probe = Probe(http, lambda: backend.url, recorder, callers)
        with phone:
            phone.open_crm_tab()
            probe.state_for("test-2")
            probe.close()
    by_path = {one.path: one.authorization for one in backend.asked}
    assert (by_path[STATUS], by_path[AUTH_URL]) == (sent, sent)


@pytest.mark.parametrize(
    ("written", "offered"),
    [("Bearer {user}", True), ("Bearer {{user}}", False), ("Bearer test", False)],
    ids=["a user", "the text {user}", "nobody"],
)
def test_users_are_offered_where_a_header_names_them(written: str, offered: bool) -> None:
    """Doubled braces are a text, so they tell no two users apart."""
    assert ("users" in offers_of(Http(headers={"Authorization": written}))) is offered
