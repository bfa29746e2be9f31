"""What a check shows of what was said holds no credentials, and enough to see what was wrong."""

import httpx
import pytest

from harness.preflight.talk import Talk, hear


def heard(request: httpx.Request, answer: httpx.Response) -> str:
    talk = Talk()
    talk.mask.add("code", "c0de-of-amo-crm")
    hear_request, hear_answer = hear(talk)
    hear_request(request)
    hear_answer(answer)
    return "\n".join(talk.take())


@pytest.mark.parametrize(
    "request_",
    [
        httpx.Request("GET", "http://a/x", headers={"Authorization": "Bearer s3cret-value"}),
        httpx.Request("GET", "http://a/x", headers={"Authorization": "s3cret-value"}),
        httpx.Request("GET", "http://a/x", headers={"Cookie": "sid=s3cret-value; b=s3cret-value"}),
        httpx.Request("POST", "http://a/login", json={"user": "test", "password": "s3cret-value"}),
        httpx.Request("POST", "http://a/login", content="login=test&passwd=s3cret-value"),
        httpx.Request("GET", "http://a/x?access_token=s3cret-value&page=1"),
        httpx.Request("GET", "http://a/x?code=c0de-of-amo-crm"),
    ],
    ids=["bearer", "bare", "cookies", "json", "form", "query", "known"],
)
def test_nothing_that_is_sent_shows_a_credential(request_: httpx.Request) -> None:
    """Whatever carries it; the address and the method are there."""
    said = heard(request_, httpx.Response(200))
    assert "s3cret-value" not in said
    assert "c0de-of-amo-crm" not in said
    assert said.startswith(f"> {request_.method} http://a/")
    assert "‹" in said


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={"data": {"accessToken": "s3cret-value", "expires": 5}}),
        httpx.Response(200, headers={"Set-Cookie": "sid=s3cret-value; Path=/; HttpOnly"}),
        httpx.Response(302, headers={"Location": "/x?token=s3cret-value"}),
    ],
    ids=["json", "cookie", "location"],
)
def test_nothing_that_is_answered_shows_a_credential(answer: httpx.Response) -> None:
    """What it is called stays."""
    said = heard(httpx.Request("GET", "http://a/x"), answer)
    assert "s3cret-value" not in said
    assert "‹hidden›" in said


def test_what_is_no_credential_is_shown_and_cut_short() -> None:
    """A page of an error is long."""
    answer = httpx.Response(500, text="Traceback: no such table\n" + "x" * 5000)
    said = heard(httpx.Request("GET", "http://a/x"), answer)
    assert "< 500 Internal Server Error" in said
    assert "< Traceback: no such table xxx" in said
    assert len(said) < 600
