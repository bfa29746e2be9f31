"""The consent page and the way back, over loopback."""

import re

import httpx
import pytest

from fake_amo import AmoEvent, AmoSettings, FakeAmo
from fake_amo.state.dataset import World
from tests.http.fake_amo.dialogue import Dialogue, answer_of
from tests.http.fake_amo.worlds import two_accounts


@pytest.mark.parametrize("path", ["/oauth", "/oauth/", "/es/oauth/", "/br/oauth/", "/id/oauth", "//oauth"])
def test_consent_page_answers_at_every_address(talk: Dialogue, path: str) -> None:
    """FACTS: CONSENT-URL - with and without the slash, and under Kommo's locale prefixes."""
    page = talk.consent(path)
    assert page.status_code == 200
    assert 'id="allow"' in page.text


def test_league_parameters_are_tolerated(talk: Dialogue) -> None:
    """FACTS: CONSENT-EXTRA-PARAMS - and a redirect_uri in the query is ignored."""
    extra = {
        "response_type": "code",
        "approval_prompt": "auto",
        "redirect_uri": "https://evil.example/cb",
        "scope": "",
        "mode": "post_message",
    }
    assert talk.consent("/oauth", None, **extra).status_code == 200
    assert talk.allow(**extra).headers["location"].startswith(talk.amo.redirect_uri + "?")


def test_consent_page_also_answers_on_an_account_host(talk: Dialogue) -> None:
    """FACTS: CONSENT-ACCOUNT-HOST - some clients open it there."""
    assert 'id="allow"' in talk.consent(headers={"host": "testaccount.amocrm.ru"}).text


def test_authorize_of_the_standard_is_not_there(talk: Dialogue) -> None:
    """FACTS: CONSENT-NOT-AUTHORIZE - /oauth2/authorize answers 405, and that is no trouble."""
    answer = talk.get("/oauth2/authorize")
    assert (answer.status_code, answer.json()["title"]) == (405, "Method Not Allowed")


@pytest.mark.parametrize("client_id", ["", "f157e43c-0000-4000-8000-000000000000", "nonsense"])
def test_unknown_client_is_led_to_the_main_page(talk: Dialogue, client_id: str) -> None:
    """FACTS: CONSENT-UNKNOWN-CLIENT - no error page, neither on opening nor on posting."""
    opened = talk.consent(client_id=client_id)
    assert (opened.status_code, opened.headers["location"]) == (302, f"{talk.amo.url}/")
    assert talk.allow(client_id=client_id).headers["location"] == f"{talk.amo.url}/"
    assert "amoCRM" in talk.get("/").text


def test_page_shows_integration_rights_account_and_both_buttons(
    talk: Dialogue, events: list[AmoEvent]
) -> None:
    """FACTS: CONSENT-PAGE - name, logo, rights, account, allow and decline."""
    page = talk.consent(state="s", mode="popup").text
    assert "Foryoure" in page
    assert 'role="img" aria-label="Foryoure"' in page
    assert "Доступ к данным аккаунта" in page
    assert "Тестова компанія (testaccount)" in page
    assert re.search(r'<button id="allow"[^>]*>Разрешить<', page)
    assert re.search(r'<button id="decline"[^>]*>Отказаться<', page)
    assert [event.kind for event in events] == ["consent_shown"]
    assert events[0].data["accounts"] == ["testaccount"]


@pytest.mark.parametrize(
    ("accepts", "button"),
    [
        ("", "Разрешить"),
        ("en-US,en;q=0.9", "Allow"),
        ("uk-UA,uk;q=0.9,en;q=0.5,ru;q=0.7", "Разрешить"),
        ("de", "Разрешить"),
        ("en;q=x,ru", "Разрешить"),
    ],
)
def test_language_follows_the_browser(talk: Dialogue, accepts: str, button: str) -> None:
    """FACTS: CONSENT-LANGUAGE - Russian or English by weight, else the vendor's own."""
    assert f">{button}<" in talk.consent(headers={"accept-language": accepts}).text


def test_sign_in_comes_first_where_nobody_is_signed_in(http: httpx.Client) -> None:
    """FACTS: CONSENT-SIGN-IN - wrong password, right password, then the page the browser came for."""
    with FakeAmo(AmoSettings(sign_in="asked")) as amo:
        talk = Dialogue(amo, http)
        form = talk.consent(state="q").text
        assert 'id="login"' in form
        assert 'id="allow"' not in form
        query = f"client_id={amo.client_id}&state=q"
        wrong = talk.post(f"/oauth/login?{query}", data={"login": "owner@example.com", "password": "x"})
        assert "Неверный логин или пароль" in wrong.text
        right = talk.post(
            f"/oauth/login?{query}", data={"login": "owner@example.com", "password": "correct horse"}
        )
        assert (right.status_code, right.headers["location"]) == (303, f"{amo.url}/oauth?{query}")
        assert 'id="allow"' in http.get(right.headers["location"]).text
        assert dict(answer_of(talk.allow(state="q")))["state"] == "q"


def test_a_decision_without_a_session_leads_back_to_sign_in(http: httpx.Client) -> None:
    """Nobody can grant access by posting the form alone."""
    with FakeAmo(AmoSettings(sign_in="asked")) as amo:
        answer = Dialogue(amo, http).allow(state="q")
        assert answer.status_code == 303
        assert "code=" not in answer.headers["location"]


def test_sign_in_may_come_filled_in(http: httpx.Client) -> None:
    """With sign_in=prefilled one press signs in."""
    with FakeAmo(AmoSettings(sign_in="prefilled")) as amo:
        form = Dialogue(amo, http).consent().text
    assert 'value="owner@example.com"' in form
    assert 'value="correct horse"' in form


@pytest.fixture
def crowded() -> World:
    return two_accounts()


def test_accounts_on_offer_are_those_one_may_decide_for(crowded: World, http: httpx.Client) -> None:
    """FACTS: CONSENT-ACCOUNTS - an admin's own; as a mere member only where it is installed already."""
    public, private = crowded.integrations
    with FakeAmo(AmoSettings(world=crowded)) as amo:
        talk = Dialogue(amo, http)
        page = talk.consent(client_id=public.client_id).text
        assert "(first)" in page
        assert "(second)" in page
        assert "(guest)" not in page
        assert "(second)" not in talk.consent(client_id=private.client_id).text
        amo.mint_code(public.client_id, "guest")
        assert "(guest)" in talk.consent(client_id=public.client_id).text


def test_an_account_must_be_chosen_where_there_are_several(crowded: World, http: httpx.Client) -> None:
    """FACTS: CONSENT-ACCOUNTS - and only one on offer can be."""
    with FakeAmo(AmoSettings(world=crowded, account_host="{subdomain}.localhost:{port}")) as amo:
        talk = Dialogue(amo, http)
        assert talk.allow().status_code == 303
        guest = next(each for each in crowded.accounts if each.subdomain == "guest")
        assert talk.decide("allow", {"account_id": str(guest.id)}).status_code == 303
        second = next(each for each in crowded.accounts if each.subdomain == "second")
        answer = dict(answer_of(talk.decide("allow", {"account_id": str(second.id)})))
        assert answer["referer"].startswith("second.localhost:")


def test_nobody_without_an_account_gets_an_allow_button(crowded: World, http: httpx.Client) -> None:
    """FACTS: CONSENT-ACCOUNTS - somebody with no account on offer reads so."""
    with FakeAmo(AmoSettings(world=crowded, sign_in="asked")) as amo:
        talk = Dialogue(amo, http)
        talk.post("/oauth/login", data={"login": "stranger@example.com", "password": "correct horse"})
        page = talk.consent().text
    assert 'id="no-accounts"' in page
    assert 'id="allow"' not in page


def test_allow_sends_the_captured_parameters_in_order(talk: Dialogue, events: list[AmoEvent]) -> None:
    """FACTS: REDIRECT-ORDER - code, state, referer, platform, client_id."""
    answer = talk.allow(state="s")
    pairs = answer_of(answer)
    assert answer.status_code == 302
    assert [name for name, _ in pairs] == ["code", "state", "referer", "platform", "client_id"]
    assert dict(pairs)["client_id"] == talk.amo.client_id
    code = dict(pairs)["code"]
    assert [event.kind for event in events] == ["code_issued", "consent_given", "redirected"]
    assert all(event.secrets == {"code": code} for event in events)
    assert events[-1].data["url"] == answer.headers["location"]


def test_state_is_left_out_where_none_was_sent(talk: Dialogue) -> None:
    """FACTS: REDIRECT-NO-STATE - on allow and on decline."""
    assert "state" not in dict(answer_of(talk.allow()))
    assert "state" not in dict(answer_of(talk.decide("decline")))
    assert dict(answer_of(talk.allow(state="")))["state"] == ""


@pytest.mark.parametrize(
    ("profile", "platform"), [("amocrm", "1"), ("amocrm-2022", "1"), ("amocrm-2020", None), ("kommo", "2")]
)
def test_platform_says_which_vendor(http: httpx.Client, profile: str, platform: str | None) -> None:
    """FACTS: REDIRECT-PLATFORM - 1 amoCRM, 2 Kommo, none in 2021."""
    with FakeAmo(AmoSettings(profile=profile)) as amo:
        assert dict(answer_of(Dialogue(amo, http).allow())).get("platform") == platform


def test_referer_is_a_bare_host(talk: Dialogue) -> None:
    """FACTS: REDIRECT-REFERER - the fake's host:port, or the vendor's host where it was reached by one."""
    assert dict(answer_of(talk.allow()))["referer"] == talk.amo.account_host
    url = f"/oauth?client_id={talk.amo.client_id}"
    answer = talk.post(url, data={"decision": "allow"}, headers={"host": "www.amocrm.ru"})
    assert dict(answer_of(answer))["referer"] == "testaccount.amocrm.ru"


def test_redirect_uri_keeps_the_query_it_has(talk: Dialogue) -> None:
    """FACTS: REDIRECT-JOIN - parameters are appended with an ampersand."""
    talk.amo.set_redirect_uri("https://app.example/cb?tenant=7&x=%D1%97")
    location = talk.allow(state="s").headers["location"]
    assert location.startswith("https://app.example/cb?tenant=7&x=%D1%97&code=def50200")


def test_decline_says_so_and_nothing_else(talk: Dialogue, events: list[AmoEvent]) -> None:
    """FACTS: REDIRECT-DENY - error, client_id, state; no code and no referer."""
    answer = talk.decide("decline", state="s")
    expected = [("error", "access_denied"), ("client_id", talk.amo.client_id), ("state", "s")]
    assert answer_of(answer) == expected
    assert [event.kind for event in events] == ["consent_declined", "redirected"]


def test_a_post_without_a_decision_decides_nothing(talk: Dialogue) -> None:
    """A broken form leads back to the page instead of counting as a refusal."""
    answer = talk.decide("perhaps", state="s")
    assert (answer.status_code, "error" in answer.headers["location"]) == (303, False)


def test_popup_hands_the_redirect_to_its_opener(talk: Dialogue) -> None:
    """FACTS: MODE-POPUP - the opener is moved; without an opener it is a plain redirect."""
    plain = talk.allow(mode="popup")
    assert plain.status_code == 302
    popup = talk.decide("allow", {"opener": "1"}, mode="popup", state="s")
    assert popup.status_code == 200
    assert "window.opener.location.href" in popup.text
    assert "code=def50200" in popup.text


def test_popup_of_the_site_button_hands_over_a_message(talk: Dialogue) -> None:
    """FACTS: MODE-BUTTON - {url} on allow, {client_id, error} on decline."""
    query = {"mode": "popup", "origin": "https://app.example/page"}
    allowed = talk.decide("allow", {"opener": "1"}, **query)
    assert re.search(r'\(\{"url": "[^"]*code=def50200[^"]*"\}, true\)', allowed.text)
    declined = talk.decide("decline", {"opener": "1"}, **query)
    assert f'{{"client_id": "{talk.amo.client_id}", "error": "access_denied"}}, true)' in declined.text


def test_post_message_redirects_inside_the_window(talk: Dialogue) -> None:
    """FACTS: MODE-POST-MESSAGE - the integrator's own page posts the message."""
    assert talk.decide("allow", {"opener": "1"}, mode="post_message").status_code == 302


def test_texts_from_outside_stay_texts(talk: Dialogue) -> None:
    """Neither the query nor the world can put markup into the page."""
    page = talk.consent(state='"><script>alert(1)</script>').text
    assert "<script>alert" not in page


def test_kommo_is_a_profile(http: httpx.Client) -> None:
    """FACTS: KOMMO - English page, kommo.com hosts."""
    with FakeAmo(AmoSettings(profile="kommo")) as amo:
        talk = Dialogue(amo, http)
        assert ">Allow<" in talk.consent(headers={"accept-language": ""}).text
        assert "Kommo" in talk.get("/").text
        url = f"/oauth?client_id={amo.client_id}"
        answer = talk.post(url, data={"decision": "allow"}, headers={"host": "www.kommo.com"})
        assert dict(answer_of(answer))["referer"] == "testaccount.kommo.com"
