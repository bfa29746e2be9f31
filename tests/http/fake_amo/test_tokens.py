"""The token endpoint: both grants, every refusal, the order of checks."""

import base64
import itertools
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from fake_amo import AmoEvent, AmoSettings, Clock, FakeAmo
from fake_amo.site.problems import TOKEN_PROBLEMS
from tests.http.fake_amo.dialogue import FORM, Dialogue, hint_of
from tests.http.fake_amo.worlds import two_accounts

RU = {
    "title": "Некорректный запрос",
    "type": "https://developers.amocrm.ru/v3/errors/OAuthProblemJson",
    "detail": "В запросе отсутствует ряд параметров или параметры невалидны",
}


def test_code_becomes_a_pair_of_tokens(talk: Dialogue, events: list[AmoEvent]) -> None:
    """FACTS: TOKEN-SUCCESS - keys in the captured order, never cached."""
    answer = talk.exchange(talk.amo.mint_code())
    body = answer.json()
    assert answer.status_code == 200
    assert list(body) == ["token_type", "expires_in", "server_time", "access_token", "refresh_token"]
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 86400)
    assert answer.headers["content-type"] == "application/json; charset=UTF-8"
    assert answer.headers["cache-control"] == "no-store"
    request, issued = events[-2:]
    assert (request.kind, request.data["status"], request.data["client_ok"]) == ("token_request", 200, True)
    assert set(request.secrets) == {"code", "client_secret"}
    assert (issued.kind, set(issued.secrets)) == ("tokens_issued", {"access_token", "refresh_token"})


@pytest.mark.parametrize(("profile", "sent"), [("amocrm", True), ("amocrm-2022", False), ("kommo", True)])
def test_server_time_comes_with_newer_profiles(http: httpx.Client, profile: str, sent: bool) -> None:
    """FACTS: TOKEN-SERVER-TIME - between expires_in and access_token."""
    with FakeAmo(AmoSettings(profile=profile)) as amo:
        assert ("server_time" in Dialogue(amo, http).tokens()) is sent


class _Hastening(Clock):
    """Stands most of a second later each time that somebody looks at it, as where a machine is busy."""

    def __init__(self) -> None:
        super().__init__(standing_at=1_795_000_000.0)
        self._looks = itertools.count(1)

    def now(self) -> float:
        return super().now() + 0.9 * next(self._looks)


def test_a_life_is_told_as_it_was_issued(http: httpx.Client, events: list[AmoEvent]) -> None:
    """Issued in one second and answered in the next, a token of one second has not lived 0 of them."""
    with FakeAmo(on_event=events.append, clock=_Hastening()) as amo:
        amo.faults.add("token", "expires_in", seconds=1)
        tokens = Dialogue(amo, http).tokens()
    assert tokens["expires_in"] == events[-1].data["expires_in"] == 1


def test_sizes_are_the_real_ones(talk: Dialogue) -> None:
    """FACTS: TOKEN-SIZES, CODE-FORMAT - 982 hex digits, 992, and a JWT over 1,000."""
    code = talk.code()
    tokens = talk.exchange(code).json()
    assert (len(code), code[:8]) == (982, "def50200")
    assert (len(tokens["refresh_token"]), tokens["refresh_token"][:8]) == (992, "def50200")
    assert 1000 < len(tokens["access_token"]) < 1150
    assert bytes.fromhex(code)
    assert bytes.fromhex(tokens["refresh_token"])


def test_form_bodies_are_accepted(talk: Dialogue) -> None:
    """FACTS: TOKEN-BODIES - form and JSON alike."""
    fields = talk.credentials() | {"grant_type": "authorization_code", "code": talk.amo.mint_code()}
    assert talk.post("/oauth2/access_token", content=urlencode(fields), headers=FORM).status_code == 200


def test_credentials_may_come_as_basic(talk: Dialogue) -> None:
    """FACTS: TOKEN-BASIC - where the body lacks them."""
    amo = talk.amo
    good = base64.b64encode(f"{amo.client_id}:{amo.client_secret}".encode()).decode()
    for value, status in ((f"Basic {good}", 200), ("Basic !!!", 400), ("Basic YWJj", 400)):
        answer = talk.exchange(amo.mint_code(), {"authorization": value}, client_id=None, client_secret=None)
        assert answer.status_code == status, value


def test_no_user_agent_is_needed(talk: Dialogue) -> None:
    """FACTS: TOKEN-NO-UA - any client gets an answer."""
    assert talk.exchange(talk.amo.mint_code(), {"user-agent": ""}).status_code == 200


UNKNOWN = "f157e43c-0000-4000-8000-000000000000"
REFUSALS: list[tuple[str, dict[str, Any], int, str | None]] = [
    (
        "grant_type missing",
        {"grant_type": None},
        400,
        "Check that all required parameters have been provided",
    ),
    (
        "grant_type unknown",
        {"grant_type": "password"},
        400,
        "Check that all required parameters have been provided",
    ),
    ("client_id missing", {"client_id": None}, 400, "Check the `client_id` parameter"),
    ("client_id malformed", {"client_id": "nonsense"}, 400, "Check the `client_id` parameter"),
    ("client_id no text", {"client_id": 7}, 400, "Check the `client_id` parameter"),
    ("client_id unknown", {"client_id": UNKNOWN}, 401, None),
    ("secret wrong", {"client_secret": "x"}, 400, "Check the `client_secret` parameter"),
    ("secret missing", {"client_secret": None}, 400, "Check the `client_secret` parameter"),
    ("redirect missing", {"redirect_uri": None}, 400, "Check the `redirect_uri` parameter"),
    (
        "redirect wrong",
        {"redirect_uri": "https://x.example/"},
        400,
        "Redirect URI is not associated with client",
    ),
]
IDS = [name for name, *_ in REFUSALS]


@pytest.mark.parametrize(("changes", "status", "hint"), [row[1:] for row in REFUSALS], ids=IDS)
def test_every_refusal_of_the_client(
    talk: Dialogue, changes: dict[str, Any], status: int, hint: str | None
) -> None:
    """FACTS: TOKEN-ERRORS - status and hint, for both grants."""
    tokens = talk.tokens()
    assert hint_of(talk.exchange(talk.amo.mint_code(), None, **changes), status) == hint
    assert hint_of(talk.refresh(tokens["refresh_token"], None, **changes), status) == hint


def test_refusal_of_a_request_reads_as_captured(talk: Dialogue) -> None:
    """FACTS: TOKEN-ENVELOPE - hint first, byte for byte, no charset."""
    answer = talk.exchange("nonsense")
    expected = {"hint": "Cannot decrypt the authorization code"} | RU | {"status": 400}
    assert answer.json() == expected
    assert list(answer.json()) == ["hint", "title", "type", "status", "detail"]
    assert "Некорректный запрос".encode() in answer.content
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "changes",
    [{"client_id": UNKNOWN}, {"client_secret": "x"}, {"redirect_uri": "https://x.example/"}],
    ids=["unknown client", "wrong secret", "wrong redirect URI"],
)
def test_old_profile_tells_a_refused_client_nothing(http: httpx.Client, changes: dict[str, str]) -> None:
    """FACTS: TOKEN-ERRORS-OLD - a bare 401 without a hint."""
    with FakeAmo(AmoSettings(profile="amocrm-2020")) as amo:
        answer = Dialogue(amo, http).exchange(amo.mint_code(), None, **changes)
    assert hint_of(answer, 401) is None
    assert "hint" not in answer.json()
    assert answer.json()["title"] == "Некорректный клиент"
    assert answer.json()["detail"] == "Авторизация клиента не прошла"


def test_kommo_refuses_in_english(http: httpx.Client) -> None:
    """FACTS: KOMMO - same type and hints, English title and detail."""
    with FakeAmo(AmoSettings(profile="kommo")) as amo:
        body = Dialogue(amo, http).exchange("nonsense").json()
    assert body["title"] == "Invalid request"
    assert body["detail"].startswith("The request is missing a required parameter")
    assert body["type"] == RU["type"]


def test_code_is_refused_when_missing_or_garbled(talk: Dialogue) -> None:
    """FACTS: TOKEN-ERRORS - missing, garbage, and what is no text."""
    assert hint_of(talk.exchange(None), 400) == "Check the `code` parameter"
    assert hint_of(talk.exchange("def50200"), 400) == "Cannot decrypt the authorization code"
    assert (
        hint_of(talk.ask_tokens(grant_type="authorization_code", code=[1]), 400)
        == "Check the `code` parameter"
    )


def test_code_works_once(talk: Dialogue) -> None:
    """FACTS: CODE-SINGLE-USE - a second exchange is told that it was revoked."""
    code = talk.amo.mint_code()
    assert talk.exchange(code).status_code == 200
    assert hint_of(talk.exchange(code), 400) == "Authorization code has been revoked"


def test_code_lives_twenty_minutes(talk: Dialogue) -> None:
    """FACTS: CODE-LIFETIME - good in the last second, expired at 20 minutes."""
    early, late = talk.amo.mint_code(), talk.amo.mint_code()
    talk.amo.advance(minutes=19, seconds=59)
    assert talk.exchange(early).status_code == 200
    talk.amo.advance(seconds=1)
    assert hint_of(talk.exchange(late), 400) == "Authorization code has expired"


def test_refused_exchange_does_not_burn_the_code(talk: Dialogue) -> None:
    """FACTS: CODE-NOT-BURNT - a wrong secret or redirect URI leaves it good."""
    code = talk.amo.mint_code()
    assert talk.exchange(code, None, client_secret="x").status_code == 400
    assert talk.exchange(code, redirect_uri="https://x.example/").status_code == 400
    assert talk.exchange(code).status_code == 200


def test_refused_exchange_can_be_made_to_burn_the_code(http: httpx.Client) -> None:
    """FACTS: CODE-NOT-BURNT - the other reading, by a setting."""
    with FakeAmo(AmoSettings(failed_exchange_burns_code=True)) as amo:
        talk = Dialogue(amo, http)
        code = amo.mint_code()
        assert talk.exchange(code, None, client_secret="x").status_code == 400
        assert hint_of(talk.exchange(code), 400) == "Authorization code has been revoked"


def test_code_of_another_client_is_refused(http: httpx.Client) -> None:
    """FACTS: TOKEN-ERRORS - for codes and for refresh tokens."""
    world = two_accounts()
    other = world.integrations[1]
    with FakeAmo(AmoSettings(world=world)) as amo:
        talk = Dialogue(amo, http)
        mine = {"client_id": other.client_id, "client_secret": other.client_secret}
        code = talk.exchange(amo.mint_code(), None, **mine)
        assert hint_of(code, 400) == "Authorization code was not issued to this client"
        refresh = talk.refresh(talk.tokens()["refresh_token"], None, **mine)
        assert hint_of(refresh, 401) == "Token is not linked to client"


def test_redirect_uri_is_compared_to_the_last_slash(talk: Dialogue) -> None:
    """FACTS: TOKEN-REDIRECT-EXACT - a trailing slash is another URI, on refresh too."""
    uri = talk.amo.redirect_uri + "/"
    hint = "Redirect URI is not associated with client"
    assert hint_of(talk.exchange(talk.amo.mint_code(), redirect_uri=uri), 400) == hint
    assert hint_of(talk.refresh(talk.tokens()["refresh_token"], redirect_uri=uri), 400) == hint


def test_code_keeps_the_redirect_uri_of_its_day(talk: Dialogue) -> None:
    """FACTS: TOKEN-ORDER - the last check of a code: registered since, but not when it was issued."""
    code = talk.amo.mint_code()
    talk.amo.set_redirect_uri("https://app.example/new")
    assert hint_of(talk.exchange(code), 400) == "Invalid redirect URI"


def test_order_of_checks_for_a_code(talk: Dialogue) -> None:
    """FACTS: TOKEN-ORDER - with everything wrong, repairing one thing at a time."""
    amo = talk.amo
    spent = amo.mint_code()
    talk.exchange(spent)
    amo.advance(minutes=21)
    wrong: dict[str, Any] = {
        "grant_type": "x",
        "client_id": "x",
        "client_secret": "x",
        "redirect_uri": "x",
        "code": None,
    }
    repairs: list[tuple[dict[str, Any], str]] = [
        ({}, "grant_type_unsupported"),
        ({"grant_type": "authorization_code"}, "client_id_invalid"),
        ({"client_id": UNKNOWN}, "client_unknown"),
        ({"client_id": amo.client_id}, "client_secret_wrong"),
        ({"client_secret": amo.client_secret}, "redirect_uri_wrong"),
        ({"redirect_uri": amo.redirect_uri}, "code_missing"),
        ({"code": "garbage"}, "code_undecryptable"),
        ({"code": spent}, "code_expired"),
    ]
    for repair, expected in repairs:
        wrong |= repair
        problem = TOKEN_PROBLEMS[expected]
        assert hint_of(talk.ask_tokens(**wrong), problem.status) == problem.hint, expected


def test_order_of_checks_for_a_refresh_token(talk: Dialogue) -> None:
    """FACTS: REFRESH-ORDER - expired comes before revoked."""
    spent = talk.tokens()["refresh_token"]
    talk.refresh(spent)
    assert hint_of(talk.refresh(spent), 401) == "Token has been revoked"
    talk.amo.advance(days=91)
    assert hint_of(talk.refresh(spent), 401) == "Token has expired"
    assert hint_of(talk.refresh("garbage"), 401) == "Cannot decrypt the refresh token"
    assert hint_of(talk.refresh(None), 400) == "Check the `refresh_token` parameter"
    assert hint_of(talk.refresh("garbage", client_secret="x"), 400) == "Check the `client_secret` parameter"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_are_not_allowed(talk: Dialogue, method: str) -> None:
    """FACTS: TOKEN-METHODS - 405 as the API says it."""
    answer = talk.http.request(method, f"{talk.amo.url}/oauth2/access_token")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json() == {
        "title": "Method Not Allowed",
        "type": "https://httpstatus.es/405",
        "status": 405,
        "detail": "Method Not Allowed",
    }


def test_host_decides_whose_tokens_are_asked_for(http: httpx.Client) -> None:
    """FACTS: TOKEN-HOST, TOKEN-ACCOUNT, TOKEN-GONE - the common host, another account's, nobody's."""
    with FakeAmo(AmoSettings(world=two_accounts())) as amo:
        talk = Dialogue(amo, http)
        code = amo.mint_code(account="first")
        assert hint_of(talk.exchange(code, {"host": "www.amocrm.ru"}), 400) == "Send request to account"
        assert hint_of(talk.exchange(code, {"host": "second.amocrm.ru"}), 400) == "Invalid account"
        gone = talk.exchange(code, {"host": "nobody.amocrm.ru"})
        assert (gone.status_code, gone.json()["detail"]) == (404, "Account not found")
        answer = talk.exchange(code, {"host": "First.amocrm.ru:443"})
        assert answer.status_code == 200
        refresh = answer.json()["refresh_token"]
        assert hint_of(talk.refresh(refresh, {"host": "second.amocrm.ru"}), 400) == "Invalid account"


def test_bare_domain_moves_to_the_common_host(talk: Dialogue) -> None:
    """FACTS: HOST-BARE - a 301 in HTML, whatever was asked."""
    answer = talk.exchange("x", {"host": "amocrm.ru"})
    assert answer.status_code == 301
    assert answer.headers["location"] == "http://www.amocrm.ru/oauth2/access_token"
    assert answer.headers["content-type"].startswith("text/html")
