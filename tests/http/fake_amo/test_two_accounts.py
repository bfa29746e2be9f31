"""Two people with an account each: two hosts, different leads, access by consent or by a minted code."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fake_amo import AmoSettings, FakeAmo
from fake_amo.state.dataset import default_world, two_accounts_world
from tests.http.fake_amo.dialogue import Dialogue, answer_of

SECOND = "second@example.com"


@pytest.fixture
def pair(http: httpx.Client) -> Iterator[Dialogue]:
    """The world of two accounts."""
    with FakeAmo(AmoSettings(world="two-accounts", limits=False)) as amo:
        yield Dialogue(amo, http)


def at_host(talk: Dialogue, host: str, path: str, token: str) -> httpx.Response:
    """Ask an account's own address."""
    return talk.http.get(f"http://{host}{path}", headers={"authorization": f"Bearer {token}"})


def exchanged(talk: Dialogue, host: str, code: str) -> httpx.Response:
    """Exchange a code at an account's own address."""
    body = {**talk.credentials(), "grant_type": "authorization_code", "code": code}
    return talk.http.post(f"http://{host}/oauth2/access_token", json=body)


def leads_of(talk: Dialogue, host: str, token: str) -> list[dict[str, Any]]:
    """Return an account's leads as its own address lists them."""
    leads: list[dict[str, Any]] = at_host(talk, host, "/api/v4/leads", token).json()["_embedded"]["leads"]
    return leads


def test_each_account_has_a_host_a_person_and_leads_of_its_own(pair: Dialogue) -> None:
    """FACTS: ACCOUNT-OWN-HOST - no id and no name in common."""
    first, second = pair.amo.accounts
    assert (first.subdomain, second.subdomain) == ("testaccount", "secondaccount")
    assert (first.login, second.login) == ("owner@example.com", SECOND)
    assert len({first.host, second.host, pair.amo.url.removeprefix("http://")}) == 3
    seen: list[dict[str, Any]] = []
    for account in (first, second):
        token = exchanged(pair, account.host, pair.amo.mint_code(account=account.subdomain)).json()
        seen += leads_of(pair, account.host, token["access_token"])
    assert len(seen) == len({each["id"] for each in seen}) == len({each["name"] for each in seen}) == 5 + 7


def test_token_of_one_account_is_refused_at_the_others_host(pair: Dialogue) -> None:
    """FACTS: ACCOUNT-OWN-HOST, TOKEN-ACCOUNT, API-401 - the exchange, the refresh and the API."""
    first, second = pair.amo.accounts
    code = pair.amo.mint_code(account=first.subdomain)
    assert exchanged(pair, second.host, code).json()["hint"] == "Invalid account"
    tokens = exchanged(pair, first.host, code).json()
    assert at_host(pair, second.host, "/api/v4/leads", tokens["access_token"]).status_code == 401
    assert at_host(pair, first.host, "/api/v4/leads", tokens["access_token"]).status_code == 200
    body = {**pair.credentials(), "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    elsewhere = pair.http.post(f"http://{second.host}/oauth2/access_token", json=body)
    assert elsewhere.json()["hint"] == "Invalid account"


def test_plain_address_stands_for_both(pair: Dialogue) -> None:
    """FACTS: ACCOUNT-OWN-HOST - a client that never reads `referer` gets what its token is for."""
    for account in pair.amo.accounts:
        token = pair.exchange(pair.amo.mint_code(account=account.subdomain)).json()["access_token"]
        assert pair.api("/api/v4/account", token).json()["subdomain"] == account.subdomain


def test_browser_without_a_session_is_whoever_is_expected(pair: Dialogue) -> None:
    """FACTS: CONSENT-ACCOUNTS - `referer` names the account of the person; a reset undoes it."""
    first, second = pair.amo.accounts
    assert dict(answer_of(pair.allow()))["referer"] == first.host
    pair.amo.sign_in_as(SECOND)
    assert "(secondaccount)" in pair.consent().text
    assert dict(answer_of(pair.allow()))["referer"] == second.host
    assert pair.control("PUT", "/signed_in", json={"login": first.login}).status_code == 200
    assert dict(answer_of(pair.allow()))["referer"] == first.host
    pair.amo.sign_in_as(SECOND)
    pair.amo.reset()
    assert dict(answer_of(pair.allow()))["referer"] == first.host
    with pytest.raises(ValueError, match=r"no user 'x'; there are owner@example.com, second@example.com"):
        pair.amo.sign_in_as("x")


def test_form_decides_for_the_person_whom_its_page_named(pair: Dialogue) -> None:
    """FACTS: CONSENT-PAGE - somebody else may be expected by the time when it is sent."""
    user_id = str(two_accounts_world().users[0].id)
    assert f'name="user_id" value="{user_id}"' in pair.consent().text
    pair.amo.sign_in_as(SECOND)
    answer = pair.decide("allow", {"user_id": user_id})
    assert dict(answer_of(answer))["referer"] == pair.amo.accounts[0].host


def test_page_offers_to_sign_in_as_somebody_else(pair: Dialogue) -> None:
    """FACTS: CONSENT-SWITCH - also to somebody who is signed in."""
    query = f"client_id={pair.amo.client_id}&state=s"
    assert f'id="switch-user" href="/oauth/login?client_id={pair.amo.client_id}&amp;state=s"' in (
        pair.consent(state="s").text
    )
    assert 'id="sign-in"' in pair.get(f"/oauth/login?{query}").text
    pair.post(f"/oauth/login?{query}", data={"login": SECOND, "password": "correct horse"})
    assert "Марія Гончар" in pair.consent(state="s").text


def test_account_that_moves_leaves_its_host(pair: Dialogue) -> None:
    """FACTS: ACCOUNT-RENAMED, ACCOUNT-OWN-HOST - nobody is there any more."""
    first, _ = pair.amo.accounts
    token = exchanged(pair, first.host, pair.amo.mint_code()).json()["access_token"]
    pair.amo.rename_account("moved")
    assert at_host(pair, first.host, "/api/v4/account", token).json()["detail"] == "Account not found"
    assert pair.amo.accounts[0].host == pair.amo.url.removeprefix("http://")


def test_either_account_can_be_given_other_leads(pair: Dialogue) -> None:
    """Of its own: neither takes the other's ids or names, and each keeps its pipeline."""
    first, second = pair.amo.accounts
    pair.amo.set_leads(60)
    assert pair.control("PUT", "/leads", json={"account": "secondaccount", "count": 55}).status_code == 200
    seen: dict[str, list[dict[str, Any]]] = {}
    for account in (first, second):
        token = exchanged(pair, account.host, pair.amo.mint_code(account=account.subdomain)).json()
        path = "/api/v4/leads?limit=250"
        body = at_host(pair, account.host, path, token["access_token"]).json()
        seen[account.subdomain] = body["_embedded"]["leads"]
    assert [len(each) for each in seen.values()] == [60, 55]
    for key in ("id", "name", "pipeline_id"):
        one, other = ({each[key] for each in leads} for leads in seen.values())
        assert one.isdisjoint(other)
    assert (
        pair.control("PUT", "/leads", json={"count": 1_000_001}).json()["error"].startswith("count must be")
    )


def test_first_account_is_that_of_the_default_world() -> None:
    """A run with two accounts differs by the second one alone, and by whom the integration is for."""
    alone, both = default_world(), two_accounts_world()
    assert both.accounts[0] == alone.accounts[0]
    assert both.users[0] == alone.users[0]
    assert both.integrations[0].client_id == alone.integrations[0].client_id


def test_one_account_has_no_address_but_the_fakes_own(talk: Dialogue) -> None:
    """FACTS: ACCOUNT-OWN-HOST - nothing changes where nobody can be confused with anybody."""
    (only,) = talk.amo.accounts
    assert only.host == talk.amo.account_host == talk.amo.url.removeprefix("http://")


def test_second_account_alone_can_have_another_port(http: httpx.Client) -> None:
    """FACTS: ACCOUNT-OWN-HOST - the first one keeps the fake's, and each host is its account's."""
    with FakeAmo(AmoSettings(world="two-accounts", account_host="127.0.0.1:{own_port}", limits=False)) as amo:
        talk, (first, second) = Dialogue(amo, http), amo.accounts
        assert first.host == amo.account_host == amo.url.removeprefix("http://")
        assert second.host != first.host
        assert second.host.startswith("127.0.0.1:")
        for each in (first, second):
            assert amo.redirect_query("c", "s", account=each.subdomain)["referer"] == each.host
            token = exchanged(talk, each.host, amo.mint_code(account=each.subdomain)).json()["access_token"]
            shown = at_host(talk, second.host, "/api/v4/account", token).status_code
            assert shown == (200 if each == second else 401)
