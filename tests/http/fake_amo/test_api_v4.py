"""API v4 over loopback: errors, limits, account, contacts, pipelines, look-ups."""

import re
from typing import Any

import httpx
import pytest

from fake_amo import AmoEvent, AmoSettings, FakeAmo
from fake_amo.api_v4.account import ACCOUNT_WITH
from tests.http.fake_amo.dialogue import Dialogue
from tests.http.fake_amo.worlds import two_accounts

ACCOUNT_KEYS = [
    *("id", "name", "subdomain", "created_at", "created_by", "updated_at", "updated_by", "current_user_id"),
    *("country", "currency", "currency_symbol", "customers_mode", "is_unsorted_on", "mobile_feature_version"),
    *("is_loss_reason_enabled", "is_helpbot_enabled", "is_technical_account", "contact_name_display_order"),
    "_links",
]


def problem_of(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Return the body of a refusal of that status, having checked what all have."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["type"] == f"https://httpstatus.es/{status}"
    return body


@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Basic eDp5", "Bearer"])
def test_no_living_token_is_401(talk: Dialogue, header: str | None) -> None:
    """FACTS: API-401 - missing, invalid, of another kind: all the same."""
    headers = {} if header is None else {"authorization": header}
    body = problem_of(talk.get("/api/v4/account", headers=headers), 401)
    assert (body["title"], body["detail"]) == ("Unauthorized", "Неверный логин или пароль")


def test_expired_token_is_401(talk: Dialogue) -> None:
    """FACTS: API-401 - after 24 hours on the fake's clock."""
    token = talk.tokens()["access_token"]
    talk.amo.advance(hours=23, minutes=59)
    assert talk.api("/api/v4/account", token).status_code == 200
    talk.amo.advance(minutes=1)
    problem_of(talk.api("/api/v4/account", token), 401)


def test_token_of_another_account_is_401(http: httpx.Client) -> None:
    """FACTS: API-401 - a token counts on its own account's host only."""
    with FakeAmo(AmoSettings(world=two_accounts())) as amo:
        talk = Dialogue(amo, http)
        token = talk.tokens()["access_token"]
        assert talk.api("/api/v4/account", token, headers={"host": "first.amocrm.ru"}).status_code == 200
        problem_of(talk.api("/api/v4/account", token, headers={"host": "second.amocrm.ru"}), 401)


def test_unpaid_account_is_402(talk: Dialogue) -> None:
    """FACTS: API-402 - until it is paid again."""
    token = talk.tokens()["access_token"]
    talk.amo.set_paid(paid=False)
    body = problem_of(talk.api("/api/v4/leads", token), 402)
    assert (body["title"], body["detail"]) == ("Payment Required", "Payment required")
    talk.amo.set_paid(paid=True)
    assert talk.api("/api/v4/leads", token).status_code == 200


def test_api_is_not_on_the_common_host(talk: Dialogue) -> None:
    """FACTS: API-404-WWW - an HTML page."""
    answer = talk.api("/api/v4/account", headers={"host": "www.amocrm.ru"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=UTF-8")


def test_wrong_method_is_405(http: httpx.Client) -> None:
    """FACTS: API-405 - with the methods that there are; that it is noted is in test_unmodelled."""
    with FakeAmo(AmoSettings(raise_at_exit=False)) as amo:
        answer = Dialogue(amo, http).api("/api/v4/account", method="DELETE")
    assert problem_of(answer, 405)["detail"] == "Method Not Allowed"
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize("path", ["/api/v4/leads", "/api/v4/contacts"])
def test_limit_above_250_is_422(talk: Dialogue, path: str) -> None:
    """FACTS: API-422 - 250 itself is fine."""
    token = talk.tokens()["access_token"]
    body = problem_of(talk.api(f"{path}?limit=251", token), 422)
    assert (body["title"], body["detail"]) == ("Unprocessable Entity", "Limit 250 per page")
    assert talk.api(f"{path}?limit=250", token).status_code == 200


def test_eighth_request_in_a_second_is_429(talk: Dialogue) -> None:
    """FACTS: API-LIMITS, API-429 - seven per integration; a second later there is room again."""
    token = talk.tokens()["access_token"]
    answers = [talk.api("/api/v4/account", token) for _ in range(8)]
    assert [each.status_code for each in answers] == [200] * 7 + [429]
    body = problem_of(answers[-1], 429)
    assert (body["title"], body["retry_after"]) == ("Too Many Requests", 300)
    assert "retry-after" not in answers[-1].headers
    talk.amo.advance(seconds=1)
    assert talk.api("/api/v4/account", token).status_code == 200


def test_limits_can_be_switched_off(http: httpx.Client) -> None:
    """FACTS: API-LIMITS - for tests that are in a hurry."""
    with FakeAmo(AmoSettings(limits=False)) as amo:
        talk = Dialogue(amo, http)
        token = talk.tokens()["access_token"]
        assert {talk.api("/api/v4/account", token).status_code for _ in range(20)} == {200}


def test_headers_are_those_of_amocrm(talk: Dialogue) -> None:
    """FACTS: HEADERS, API-CONTENT-TYPE - Date of the fake's clock, nginx, an id, no charset."""
    answer = talk.api("/api/v4/account")
    headers = answer.headers
    assert headers["content-type"] == "application/hal+json"
    assert headers["date"] == "Wed, 18 Nov 2026 11:06:40 GMT"
    assert headers["server"] == "nginx"
    assert headers["expires"] == "Thu, 19 Nov 1981 08:52:00 GMT"
    assert headers["cache-control"] == "no-store, no-cache, must-revalidate"
    assert re.fullmatch("[0-9a-f]{32}", headers["x-request-id"])
    assert len(headers.get_list("date")) == 1
    talk.amo.advance(days=1)
    assert talk.get("/").headers["date"].startswith("Thu, 19 Nov 2026")


def test_double_slashes_are_one(talk: Dialogue) -> None:
    """FACTS: API-DOUBLE-SLASH - some clients send //api/v4/ paths."""
    assert talk.api("//api//v4/account").status_code == 200


def test_account_has_every_key(talk: Dialogue) -> None:
    """FACTS: API-ACCOUNT - the base keys in order, links of the request's own host."""
    body = talk.api("/api/v4/account").json()
    assert list(body) == ACCOUNT_KEYS
    assert body["subdomain"] == "testaccount"
    assert body["_links"] == {"self": {"href": f"{talk.amo.url}/api/v4/account"}}
    elsewhere = talk.api("/api/v4/account", headers={"host": "testaccount.amocrm.ru"}).json()
    assert elsewhere["_links"]["self"]["href"] == "http://testaccount.amocrm.ru/api/v4/account"


def test_account_adds_what_with_names(talk: Dialogue) -> None:
    """FACTS: API-ACCOUNT-WITH - the plain ones beside the others, the rest under _embedded."""
    body = talk.api(f"/api/v4/account?with={','.join(ACCOUNT_WITH)},nonsense").json()
    embedded = {"amojo_rights", "users_groups", "task_types", "entity_names", "datetime_settings"}
    assert set(body["_embedded"]) == embedded
    assert set(ACCOUNT_WITH) - embedded <= set(body)
    assert set(talk.api("/api/v4/account?with=version").json()) - {"version"} == set(ACCOUNT_KEYS)


def test_contacts_are_listed(talk: Dialogue) -> None:
    """FACTS: API-CONTACTS - phone and email as fields with enum codes, paged like leads, by id."""
    token = talk.tokens()["access_token"]
    body = talk.api("/api/v4/contacts?limit=2&with=leads", token).json()
    first = body["_embedded"]["contacts"][0]
    assert list(first) == [
        *("id", "name", "first_name", "last_name", "responsible_user_id", "group_id", "created_by"),
        *("updated_by", "created_at", "updated_at", "closest_task_at", "is_deleted", "is_unsorted"),
        *("custom_fields_values", "account_id", "_links", "_embedded"),
    ]
    fields = {each["field_code"]: each["values"][0] for each in first["custom_fields_values"]}
    assert fields["PHONE"]["value"].startswith("+38050")
    assert fields["EMAIL"]["enum_code"] == "WORK"
    assert len(first["_embedded"]["leads"]) == 1
    assert body["_links"]["next"]["href"] == f"{talk.amo.url}/api/v4/contacts?with=leads&page=2&limit=2"
    one = talk.api(f"/api/v4/contacts/{first['id']}", token).json()
    assert one["_links"]["self"]["href"] == f"{talk.amo.url}/api/v4/contacts/{first['id']}"
    found = talk.api(f"/api/v4/contacts?query={fields['EMAIL']['value']}", token).json()
    assert [each["id"] for each in found["_embedded"]["contacts"]] == [first["id"]]
    by_id = talk.api(f"/api/v4/contacts?filter[id][]={first['id']}", token).json()
    assert len(by_id["_embedded"]["contacts"]) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/api/v4/leads?page=9",
        "/api/v4/leads?query=nothing%20like%20it",
        "/api/v4/leads/1",
        "/api/v4/contacts?page=9",
        "/api/v4/contacts/1",
        "/api/v4/leads/pipelines/1",
    ],
)
def test_nothing_found_is_204_without_a_body(talk: Dialogue, path: str) -> None:
    """FACTS: API-EMPTY-204 - for empty lists and for missing entities."""
    answer = talk.api(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-type" not in answer.headers
    assert "content-length" not in answer.headers


def test_pipelines_come_with_their_statuses(talk: Dialogue) -> None:
    """FACTS: API-PIPELINES - unpaged, 142 won, 143 lost, the unsorted status of type 1."""
    token = talk.tokens()["access_token"]
    body = talk.api("/api/v4/leads/pipelines", token).json()
    assert list(body) == ["_total_items", "_links", "_embedded"]
    (pipeline,) = body["_embedded"]["pipelines"]
    statuses = pipeline["_embedded"]["statuses"]
    assert [each["id"] for each in statuses][-2:] == [142, 143]
    assert [each["type"] for each in statuses] == [1, 0, 0, 0, 0, 0, 0]
    assert {each["pipeline_id"] for each in statuses} == {pipeline["id"]}
    assert talk.api(f"/api/v4/leads/pipelines/{pipeline['id']}", token).json() == pipeline


def test_subdomain_of_a_bearer_token(talk: Dialogue) -> None:
    """FACTS: LOOKUP-BEARER - on the common host too."""
    token = talk.tokens()["access_token"]
    body = talk.api("/oauth2/account/subdomain", token).json()
    assert list(body) == ["id", "subdomain", "domain", "top_level_domain"]
    assert (body["subdomain"], body["domain"]) == ("testaccount", talk.amo.account_host)
    common = talk.api("/oauth2/account/subdomain", token, headers={"host": "www.amocrm.ru"}).json()
    assert (common["domain"], common["top_level_domain"]) == ("testaccount.amocrm.ru", "ru")


def test_subdomain_of_a_refresh_token_follows_a_rename(talk: Dialogue) -> None:
    """FACTS: LOOKUP-REFRESH, ACCOUNT-RENAMED - the old host is gone, the look-up gives the new one."""
    tokens = talk.tokens()
    talk.amo.rename_account("moved")
    gone = talk.api("/api/v4/account", tokens["access_token"], headers={"host": "testaccount.amocrm.ru"})
    assert gone.status_code == 404
    look_up = {"x-refresh-token": tokens["refresh_token"]}
    host = {"host": "api-b.amocrm.ru"}
    answer = talk.get("/oauth2/account/current/subdomain", headers=look_up | host)
    assert (answer.json()["subdomain"], answer.json()["domain"]) == ("moved", "moved.amocrm.ru")
    moved = talk.api("/api/v4/account", tokens["access_token"], headers={"host": "moved.amocrm.ru"})
    assert moved.status_code == 200


@pytest.mark.parametrize("path", ["/oauth2/account/subdomain", "/oauth2/account/current/subdomain"])
def test_look_up_without_its_header_is_denied(talk: Dialogue, path: str) -> None:
    """FACTS: LOOKUP-DENIED - and a token that is none is 401."""
    answer = talk.get(path)
    assert answer.status_code == 403
    assert answer.json() == {
        "title": "Access denied",
        "type": "https://developers.amocrm.ru/v3/errors/AccessDenied",
        "status": 403,
        "detail": "You need an authorization header",
    }
    wrong = {"authorization": "Bearer x", "x-refresh-token": "x"}
    problem_of(talk.get(path, headers=wrong), 401)


def test_user_of_a_token(talk: Dialogue) -> None:
    """FACTS: LOOKUP-USER - what League's provider asks for."""
    body = talk.api("/v3/user").json()
    assert (list(body), body["email"]) == (["id", "name", "email"], "owner@example.com")


def test_disabled_integration_is_401(talk: Dialogue) -> None:
    """FACTS: INTEGRATION-DISABLED - access and refresh end; allowing again starts anew."""
    tokens = talk.tokens()
    assert talk.amo.disconnect() is None
    problem_of(talk.api("/api/v4/account", tokens["access_token"]), 401)
    assert talk.refresh(tokens["refresh_token"]).json()["hint"] == "Token has been revoked"
    assert talk.api("/api/v4/account", talk.tokens()["access_token"]).status_code == 200


def test_each_call_is_told(talk: Dialogue, events: list[AmoEvent]) -> None:
    """An event carries method, path, query, status, and the token as a secret."""
    token = talk.tokens()["access_token"]
    talk.api("/api/v4/leads?limit=1", token)
    event = events[-1]
    assert (event.kind, dict(event.secrets)) == ("api_request", {"access_token": token})
    shown = {name: event.data[name] for name in ("method", "path", "query", "status")}
    assert shown == {"method": "GET", "path": "/api/v4/leads", "query": "limit=1", "status": 200}
