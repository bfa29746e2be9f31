"""The app against backends of other shapes: no status, no leads, no flag, other pages, a sign-in."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from harness.api_client.session import Sessions
from harness.config.settings import Http, SignIn
from harness.errors import BackendError
from harness.timeline.events import AppResponse
from harness.timeline.recorder import Recorder
from tests.http.phone.conftest import MakePhone
from tests.http.phone.tiny_backend import AUTH_URL, LEADS, STATUS, TinyBackend

SUCCESS = "foryoure://amo-crm/callback?success=true&state=s"
LOGIN = "/auth/login"


def test_without_a_status_the_tab_shows_the_leads_and_nobody_asks_for_one(
    make_phone: MakePhone, backend: TinyBackend
) -> None:
    """`status = ""`: the query is not mounted, so that a success link refreshes the leads alone."""
    phone = make_phone(http=Http(connect=AUTH_URL, status=""))
    phone.open_crm_tab()
    assert phone.screen.state == "disconnected", "the leads could not be had"
    phone.tap_connect()
    backend.connect({"id": 1})
    phone.deliver(SUCCESS)
    phone.clock.advance(3)  # the tab was waiting to ask for the leads again
    assert (phone.screen.state, phone.screen.leads) == ("connected", ({"id": 1},))
    assert STATUS not in backend.paths()


def test_without_leads_the_tab_says_connected_and_has_no_list(
    make_phone: MakePhone, backend: TinyBackend
) -> None:
    """`leads = ""`: the status decides alone."""
    backend.connect()
    phone = make_phone(http=Http(connect=AUTH_URL, leads=""))
    phone.open_crm_tab()
    assert (phone.screen.state, phone.screen.leads) == ("connected", None)
    phone.deliver(SUCCESS)
    phone.clock.advance(1)
    assert phone.screen.name == "crm"
    assert LEADS not in backend.paths()


def test_without_status_and_leads_the_tab_asks_for_nothing(
    make_phone: MakePhone, backend: TinyBackend
) -> None:
    """It has "connect", and a success leads back to it."""
    phone = make_phone(http=Http(connect=AUTH_URL, status="", leads=""))
    phone.open_crm_tab()
    phone.tap_connect()
    phone.deliver(SUCCESS)
    phone.clock.advance(1)
    assert (phone.screen.name, phone.screen.state) == ("crm", "disconnected")
    assert backend.paths() == [AUTH_URL]


SAYS = [
    pytest.param(("=connected", "status"), (200, {"status": "connected"}), True, id="the-text"),
    pytest.param(("=connected", "status"), (200, {"status": "new"}), False, id="another-text"),
    pytest.param(("=1", "amo"), (200, {"amo": 1}), True, id="a-number"),
    pytest.param(("=1", "amo"), (200, {"amo": 0}), False, id="another-number"),
    pytest.param(("=connected", "status"), (404, "no"), False, id="a-value-that-is-not-there"),
    pytest.param(("present", "account"), (200, {"account": {"id": 1}}), True, id="an-object"),
    pytest.param(("present", "account"), (200, {"account": None}), False, id="null"),
    pytest.param(("present", "account"), (200, {"account": list[Any]()}), False, id="an-empty-array-of-php"),
    pytest.param(("present", "account"), (200, {"account": False}), False, id="no-row-of-php"),
    pytest.param(("present", "account"), (404, "nobody"), False, id="absent"),
    pytest.param(("present", "0.id"), (200, [{"id": 7}]), True, id="in-a-list"),
    pytest.param(("present", "0.id"), (200, list[Any]()), False, id="in-an-empty-list"),
    pytest.param(("200", "connected"), (200, "ok"), True, id="the-status-alone"),
    pytest.param(("200", "connected"), (404, "no"), False, id="a-404-alone"),
    pytest.param(("200", "connected"), (500, "oh"), None, id="an-error-says-nothing"),
    pytest.param(("true", "connected"), (404, {"connected": False}), None, id="a-flag-in-an-error"),
    pytest.param(("true", "connected"), (200, {"connected": "yes"}), None, id="a-flag-that-is-none"),
]


@pytest.mark.parametrize(("where", "answer", "connected"), SAYS)
def test_connected_is_read_as_the_configuration_says(
    where: tuple[str, str],
    answer: tuple[int, Any],
    connected: bool | None,
    make_phone: MakePhone,
    backend: TinyBackend,
) -> None:
    """None: it cannot be read, and the timeline has no word of the connection."""
    (when, path), (http_status, document) = where, answer
    backend.says(STATUS, document, status=http_status)
    http = Http(connect=AUTH_URL, leads="", connected=path, connected_when=when)
    phone = make_phone(http=http, recorder=(recorder := Recorder()))
    phone.open_crm_tab()
    phone.clock.advance(10)
    told = recorder.timeline().of(AppResponse)
    assert {each.connected for each in told} == {connected}
    assert phone.screen.state == ("connected" if connected else "disconnected")


PAGES = [
    pytest.param(
        {"leads_pages": "totalPages", "leads_list": "data", "leads": "/api/leads?limit=2"},
        [{"data": [1, 2], "totalPages": 2}, {"data": [3], "totalPages": 2}],
        ["limit=2", "limit=2&page=2"],
        id="by-their-number",
    ),
    pytest.param(
        {"leads_next": "meta.cursor", "leads_page": "after"},
        [{"leads": [1, 2], "meta": {"cursor": "c+1"}}, {"leads": [3], "meta": {"cursor": None}}],
        ["", "after=c%2B1"],
        id="by-a-cursor",
    ),
    pytest.param(
        {"leads_next": "links.next"},
        [
            {"leads": [1, 2], "links": {"next": "https://api.example/api/leads?p=2"}},
            {"leads": [3], "links": {"next": ""}},
        ],
        ["", "p=2"],
        id="by-an-address",
    ),
    pytest.param(
        {"leads_next": "links.next"},
        [{"leads": [1, 2, 3], "links": {"next": "http://[::1/api/leads"}}],
        [""],
        id="by-no-address",
    ),
    pytest.param(
        {"leads_list": "_embedded.leads", "leads_next": "_links.next.href"},
        [
            {
                "_embedded": {"leads": [1, 2]},
                "_links": {"next": {"href": "https://some.amocrm.ru/api/v4/leads?limit=2&page=2"}},
            },
            {"_embedded": {"leads": [3]}, "_links": {}},
        ],
        ["", "page=2"],
        id="by-amocrms-own-address",
    ),
    pytest.param(
        {"leads_next": "hasMore"},
        [{"leads": [1], "hasMore": True}, {"leads": [2], "hasMore": True}, {"leads": [3], "hasMore": False}],
        ["", "page=2", "page=3"],
        id="by-a-flag",
    ),
    pytest.param({"leads_list": ""}, [[1, 2, 3]], [""], id="a-bare-list"),
    pytest.param(
        {"leads_next": "next"},
        [{"leads": [1, 2, 3], "next": 1}, {"leads": list[int](), "next": 2}],
        ["", "page=1"],
        id="until-a-page-is-empty",
    ),
]


@pytest.mark.parametrize(("settings", "answers", "asked"), PAGES)
def test_all_pages_of_leads_are_read(
    settings: dict[str, str],
    answers: Sequence[Any],
    asked: list[str],
    make_phone: MakePhone,
    backend: TinyBackend,
) -> None:
    """Whatever names the next page."""
    backend.connect()
    backend.says(LEADS, *answers)
    phone = make_phone(http=Http(connect=AUTH_URL, **{"leads": LEADS} | settings))  # pyright: ignore[reportArgumentType]
    phone.open_crm_tab()
    assert phone.screen.leads == (1, 2, 3)
    assert [each.query for each in backend.asked if each.path == LEADS] == asked


def test_the_next_page_of_leads_is_read_from_the_link_header(
    make_phone: MakePhone, backend: TinyBackend
) -> None:
    """Where the document names none; other links are none, and one to itself ends the list."""
    backend.connect()
    backend.says(LEADS, {"leads": [1, 2]}, {"leads": [3]})
    links = '</a.css>; rel="preload", <https://api.example/api/leads?after=c%2B1>; rel="next"'
    backend.headers[LEADS] = {"Link": links}
    phone = make_phone(http=Http(connect=AUTH_URL, leads=LEADS))
    phone.open_crm_tab()
    assert phone.screen.leads == (1, 2, 3)
    assert [each.query for each in backend.asked if each.path == LEADS] == ["", "after=c%2B1"]


def test_connect_by_post_with_a_body_and_the_url_deeper_down(
    make_phone: MakePhone, backend: TinyBackend
) -> None:
    """The body names the user, the answer's URL is where the configuration says."""
    backend.says(AUTH_URL, {"data": {"authUrl": "https://www.amocrm.ru/oauth?state=x"}})
    http = Http(
        connect=f"POST {AUTH_URL}", connect_url="data.authUrl", connect_body='{"for": {"user": "{user}"}}'
    )
    phone = make_phone(http=http, user="test-2")
    phone.open_crm_tab()
    assert phone.tap_connect() == "https://www.amocrm.ru/oauth?state=x"
    sent = next(each for each in backend.asked if each.path == AUTH_URL)
    assert (sent.method, json.loads(sent.body)) == ("POST", {"for": {"user": "test-2"}})


def test_a_connect_answer_without_the_url_is_the_backends(make_phone: MakePhone) -> None:
    """The sentence names the setting."""
    phone = make_phone(http=Http(connect=AUTH_URL, connect_url="data.url"))
    phone.open_crm_tab()
    with pytest.raises(BackendError, match=r"without `data\.url`.*\[http\]\.connect_url"):
        phone.tap_connect()


SIGNED_IN = Http(
    connect=AUTH_URL,
    headers={"Authorization": "Bearer {token}"},
    sign_in=SignIn(call=f"POST {LOGIN}", body='{"email": "{user}@app.example"}', token="data.jwt"),
)


def test_the_app_signs_in_once_and_its_calls_carry_the_token_and_the_cookies(
    make_phone: MakePhone, backend: TinyBackend, recorder: Recorder
) -> None:
    """What signing in gave is masked; a cookie that comes later is kept too."""
    backend.says(LOGIN, {"data": {"jwt": "a-token-that-nobody-may-see"}})
    backend.cookies = {LOGIN: "sid=s1; Path=/", STATUS: "seen=1; Path=/"}
    backend.connect()
    phone = make_phone(http=SIGNED_IN)
    phone.open_crm_tab()
    assert [each.path for each in backend.asked] == [LOGIN, STATUS, LEADS]
    login, status, leads = backend.asked
    assert json.loads(login.body) == {"email": "test@app.example"}
    assert login.authorization == ""
    assert {status.authorization, leads.authorization} == {"Bearer a-token-that-nobody-may-see"}
    assert (status.cookie, leads.cookie) == ("sid=s1", "sid=s1; seen=1")
    backend.says(STATUS, {"connected": True, "token": "a-token-that-nobody-may-see"})
    phone.restart_app()
    phone.open_crm_tab()
    assert all("nobody-may-see" not in each.body for each in recorder.timeline().of(AppResponse))


def test_each_user_signs_in_once_and_again_when_everybody_is_forgotten(backend: TinyBackend) -> None:
    """A backend that was started again has forgotten its sessions."""
    backend.says(LOGIN, *({"data": {"jwt": f"jwt-{number}"}} for number in range(1, 5)))
    sessions = Sessions(SIGNED_IN, lambda: backend.url)
    first, second = sessions.of("test"), sessions.of("test-2")
    assert sessions.of("test") is first
    assert (first.token, second.token) == ("jwt-1", "jwt-2")
    sessions.forget()
    assert sessions.of("test").token == "jwt-3"
    assert [json.loads(each.body)["email"] for each in backend.asked] == [
        "test@app.example",
        "test-2@app.example",
        "test@app.example",
    ]


@pytest.mark.parametrize(
    ("status", "answer", "says"),
    [
        pytest.param(401, {}, "answered 401 for the user test; see [http.sign_in]", id="refused"),
        pytest.param(200, {"data": {}}, "without a text at `data.jwt`", id="no-token"),
        pytest.param(200, {"data": {"jwt": "жетон"}}, "characters that no header carries", id="not-ascii"),
    ],
)
def test_a_sign_in_that_fails_is_said(status: int, answer: Any, says: str, backend: TinyBackend) -> None:
    """One sentence, with the setting to look at."""
    backend.says(LOGIN, answer, status=status)
    with pytest.raises(BackendError) as refused:
        Sessions(SIGNED_IN, lambda: backend.url).of()
    assert says in str(refused.value)


REFRESH = "/auth/refresh"
RENEWING = replace(SIGNED_IN, sign_in=replace(SIGNED_IN.sign_in, refresh=f"POST {REFRESH}"))


def test_token_that_is_refused_is_renewed_once_and_the_call_made_again(
    make_phone: MakePhone, backend: TinyBackend
) -> None:
    """The app's API client answers a 401 by one call; the user notices nothing."""
    backend.says(LOGIN, {"data": {"jwt": "old"}})
    backend.says(REFRESH, {"data": {"jwt": "new"}})
    backend.answers[STATUS] = [(401, "{}"), (200, '{"connected": true}')]
    backend.says(LEADS, {"leads": [1]})
    phone = make_phone(http=RENEWING)
    phone.open_crm_tab()
    assert phone.screen.leads == (1,)
    asked = [(each.path, each.authorization) for each in backend.asked]
    assert asked == [
        (LOGIN, ""),
        (STATUS, "Bearer old"),
        (REFRESH, "Bearer old"),
        (STATUS, "Bearer new"),
        (LEADS, "Bearer new"),
    ]


@pytest.mark.parametrize(("http", "refreshes"), [(RENEWING, 1), (SIGNED_IN, 0)], ids=["refused", "has-none"])
def test_app_whose_token_is_not_renewed_meets_the_401(
    make_phone: MakePhone, backend: TinyBackend, recorder: Recorder, http: Http, refreshes: int
) -> None:
    """It asks for a new token once a call, and only where it knows how."""
    backend.says(LOGIN, {"data": {"jwt": "old"}})
    backend.says(REFRESH, {}, status=401)
    backend.says(STATUS, {}, status=401)
    phone = make_phone(http=http)
    phone.open_crm_tab()
    assert backend.paths().count(REFRESH) == refreshes
    assert [each.status for each in recorder.timeline().of(AppResponse)] == [401]
    assert phone.screen.state == "loading"  # its one retry is still to come


def test_an_app_that_cannot_sign_in_goes_on_as_without_an_answer(
    make_phone: MakePhone, backend: TinyBackend
) -> None:
    """Its calls fail, and the tab has "connect"; nothing breaks off."""
    backend.says(LOGIN, {}, status=500)
    phone = make_phone(http=SIGNED_IN)
    phone.open_crm_tab()
    phone.clock.advance(10)
    assert phone.screen.state == "disconnected"


def test_signing_in_costs_no_call_where_it_is_not_used(make_phone: MakePhone, backend: TinyBackend) -> None:
    """The headers are all that is needed."""
    phone = make_phone()
    phone.open_crm_tab()
    assert backend.paths() == [STATUS]
