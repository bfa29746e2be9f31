"""A backend that dies in the middle of an answer to `check`: one sentence says so, wherever it was."""

import sys
from dataclasses import replace

import pytest

from harness.config.settings import Start, reference_config
from harness.preflight.checks import preflight
from tests.e2e.odd_backend import answer, odd_backend

CONFIG = reference_config()
AUTH_URL, STATUS, LEADS = "/api/amo-crm/auth-url", CONFIG.http.status, CONFIG.http.leads
BODIES = {
    "/health": b"ok",
    STATUS: b'{"connected": false}',
    LEADS: b'{"leads": []}',
    AUTH_URL: b'{"url": "http://127.0.0.1:1/oauth?client_id=x&state=s"}',
    CONFIG.http.callback: b"<!DOCTYPE html><title>x</title><p>no</p>",
}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
FRAMINGS = ("length", "chunks", "until it closes")
EVERY = 10
"""Bytes from one death to the next: each was played once, which takes a minute."""


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.preflight.delivery.TOKEN_REQUEST_TIMEOUT_S", 0.1)


def framed(body: bytes, framing: str) -> bytes:
    """Return an answer whose end is told in this way."""
    if framing == "length":
        return answer(body, "application/json")
    if framing == "chunks":
        return HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    return HEAD + b"\r\n" + body


def said_of(item: str, answers: dict[str, bytes]) -> str:
    """Return what is said of one item of a backend that answers so."""
    with odd_backend({each: [told] for each, told in answers.items()}) as backend:
        config = replace(CONFIG, start=None, http=replace(CONFIG.http, url=backend.url))
        (check,) = (each for each in preflight(config) if each.item == item)
        return check.seen


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize(
    ("item", "path"), [("status", STATUS), ("leads", LEADS), ("authorization URL", AUTH_URL)]
)
def test_each_death_is_said_in_one_sentence(item: str, path: str, framing: str) -> None:
    """The answer is cut after every tenth of its bytes; a whole one is not complained of."""
    whole = {each: framed(body, framing) for each, body in BODIES.items()}
    for length in range(0, len(whole[path]), EVERY):
        said = said_of(item, whole | {path: whole[path][:length]})
        assert "gave no answer" in said or "is no JSON object" in said or "without a" in said, said
    said = said_of(item, whole)
    assert "no answer" not in said
    assert "JSON" not in said


def test_a_secret_of_the_users_own_is_masked_in_its_last_words() -> None:
    """Which [start.env] has by a name that says so; what is none stays as it is."""
    says = "import os, sys; sys.exit(os.environ['MY_SECRET_KEY'] + ' ' + os.environ['MODE'])"
    env = {"MY_SECRET_KEY": "k3y-of-the-django-app", "MODE": "development-1"}
    start = Start(command=(sys.executable, "-c", says), env=env)
    said = " ".join(each.seen for each in preflight(replace(CONFIG, start=start)))
    assert "k3y" not in said
    assert "‹env:" in said
    assert "development-1" in said
