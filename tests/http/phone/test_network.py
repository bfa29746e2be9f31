"""The app's calls: what they carry, what they read, and what becomes of them without a network."""

import json
import socket
from dataclasses import asdict, replace

import pytest

from harness.config.settings import Http
from harness.errors import BackendError, UsageError
from harness.phone import Phone
from harness.phone.api import MOST_PAGES
from harness.phone.wiring import DOCUMENTS, AppWiring
from harness.timeline.events import AppRequest, AppRequestFailed, AppResponse, AppTap, NetworkCondition
from harness.timeline.recorder import Recorder
from tests.http.phone.conftest import MakePhone
from tests.http.phone.tiny_backend import AUTH_URL, LEADS, STATUS, TinyBackend

SUCCESS = "foryoure://amo-crm/callback?success=true&state=s"
SESSION = "Bearer a-session-token-of-some-length"


def test_calls_carry_the_session_and_the_timeline_does_not(
    make_phone: MakePhone, backend: TinyBackend, recorder: Recorder
) -> None:
    """Even when the backend repeats it."""
    backend.says(STATUS, {"connected": False, "you_sent": SESSION})
    http = Http(connect=AUTH_URL, headers={"Authorization": SESSION, "Accept": "application/json"})
    make_phone(http=http, user="olena").open_crm_tab()
    assert backend.asked[0].authorization == SESSION
    written = json.dumps([asdict(event) for event in recorder.timeline()], ensure_ascii=False)
    assert "a-session-token" not in written
    assert "‹session:" in written
    assert "application/json" not in written
    response = recorder.timeline().first(AppResponse)
    assert response is not None
    assert response.user == "olena"


def test_user_is_named_in_the_headers(make_phone: MakePhone, backend: TinyBackend) -> None:
    """`{user}` in a configured header is the phone's user."""
    http = Http(connect=AUTH_URL, headers={"Authorization": "Bearer token-of-{user}"})
    make_phone(http=http, user="olena").open_crm_tab()
    assert backend.asked[0].authorization == "Bearer token-of-olena"


def test_connect_asks_for_the_authorization_url(phone: Phone, recorder: Recorder) -> None:
    """The app is behind the browser then."""
    assert phone.tap_connect() == "https://www.amocrm.ru/oauth?client_id=x&state=s"
    assert phone.screen.name == "browser"
    asked = recorder.timeline().of(AppRequest)
    assert [(each.purpose, each.method, each.path) for each in asked][-1] == ("auth_url", "GET", AUTH_URL)
    assert [tap.target for tap in recorder.timeline().of(AppTap)] == ["connect"]


def test_backend_without_connect_gets_an_url_made_by_the_harness(make_phone: MakePhone) -> None:
    """No call is made for it."""
    phone = make_phone(http=Http(connect=None), authorization_url=lambda: "http://amo/oauth?state=mine")
    phone.open_crm_tab()
    assert phone.tap_connect() == "http://amo/oauth?state=mine"


def test_phone_that_has_no_authorization_url_says_what_to_set(make_phone: MakePhone) -> None:
    """Neither asked for nor made."""
    phone = make_phone(http=Http(connect=None))
    phone.open_crm_tab()
    with pytest.raises(UsageError, match=r"set \[http\]\.connect"):
        phone.tap_connect()


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        pytest.param(200, "{}", "answered without `url`", id="no-url"),
        pytest.param(200, "<html>", "answered without `url`", id="no-json"),
        pytest.param(500, "{}", "status code 500", id="error"),
    ],
)
def test_backend_that_gives_no_authorization_url_cannot_be_judged(
    phone: Phone, backend: TinyBackend, status: int, body: str, says: str
) -> None:
    """The sentence names the path; the app stays where it was."""
    backend.says_raw(AUTH_URL, status, body)
    with pytest.raises(BackendError, match=f"{AUTH_URL}.*{says}"):
        phone.tap_connect()
    assert phone.screen.state == "disconnected"


def test_connect_cannot_be_tapped_where_it_is_not_shown(phone: Phone) -> None:
    """The app is behind the browser."""
    phone.tap_connect()
    with pytest.raises(UsageError, match="no “connect” to tap on the screen 'browser'"):
        phone.tap_connect()


@pytest.mark.parametrize(
    ("body", "unreadable"),
    [
        pytest.param('{"ok": true}', "nothing at `data.connected`", id="absent"),
        pytest.param('{"data": {"connected": "yes"}}', '"yes" at `data.connected`', id="not-a-flag"),
        pytest.param("<html>", "no JSON object", id="no-json"),
    ],
)
def test_status_that_cannot_be_read_is_recorded_and_not_connected(
    make_phone: MakePhone, backend: TinyBackend, recorder: Recorder, body: str, unreadable: str
) -> None:
    """A finding about the backend or its configuration, never a crash of the app."""
    backend.says_raw(STATUS, 200, body)
    phone = make_phone(http=Http(connect=AUTH_URL, connected="data.connected"))
    phone.open_crm_tab()
    response = recorder.timeline().first(AppResponse)
    assert response is not None
    assert response.connected is None
    assert unreadable in (response.unreadable or "")
    assert phone.screen.state == "disconnected"


def test_dotted_paths_reach_into_the_answers(make_phone: MakePhone, backend: TinyBackend) -> None:
    """Other backends nest their answers."""
    backend.says(STATUS, {"data": {"amo": {"connected": True}}})
    backend.says(LEADS, {"data": {"items": [{"id": 7}]}})
    phone = make_phone(http=Http(connect=AUTH_URL, connected="data.amo.connected", leads_list="data.items"))
    phone.open_crm_tab()
    assert phone.screen.leads == ({"id": 7},)


def test_leads_that_never_end_are_given_up(make_phone: MakePhone, backend: TinyBackend) -> None:
    """A backend that always names another page does not hold the phone."""
    backend.says(STATUS, {"connected": True})
    backend.says(LEADS, *({"leads": [page], "next_page": page} for page in range(2, MOST_PAGES + 3)))
    phone = make_phone()
    phone.open_crm_tab()
    assert backend.paths().count(LEADS) == MOST_PAGES
    assert phone.screen.leads is None


def test_a_page_of_leads_that_comes_again_is_the_last(make_phone: MakePhone, backend: TinyBackend) -> None:
    """A backend that does not look at the page that is asked for, and names one more each time."""
    backend.says(STATUS, {"connected": True})
    backend.says(LEADS, *({"leads": [{"id": 1}, {"id": 2}], "next_page": page} for page in range(2, 5)))
    phone = make_phone()
    phone.open_crm_tab()
    assert backend.paths().count(LEADS) == 2
    assert phone.screen.leads is not None


def test_no_content_is_no_leads(make_phone: MakePhone, backend: TinyBackend, recorder: Recorder) -> None:
    """204, as amoCRM answers it."""
    backend.says(STATUS, {"connected": True})
    backend.says_raw(LEADS, 204, "")
    phone = make_phone()
    phone.open_crm_tab()
    assert phone.screen.leads == ()
    answers = [each for each in recorder.timeline().of(AppResponse) if each.purpose == "leads"]
    assert [(each.leads, each.more_leads) for each in answers] == [(0, False)]


def test_null_is_no_list_of_leads(make_phone: MakePhone, backend: TinyBackend, recorder: Recorder) -> None:
    """An app that reads `leads` of it fails; a 204 has said that there are none."""
    backend.says(STATUS, {"connected": True})
    backend.says_raw(LEADS, 200, "null")
    phone = make_phone()
    phone.open_crm_tab()
    assert phone.screen.leads is None
    answers = [each for each in recorder.timeline().of(AppResponse) if each.purpose == "leads"]
    assert {each.leads for each in answers} == {None}


def test_leads_can_be_the_whole_answer(make_phone: MakePhone, backend: TinyBackend) -> None:
    """An empty path."""
    backend.says(STATUS, {"connected": True})
    backend.says(LEADS, [{"id": 7}])
    phone = make_phone(http=Http(connect=AUTH_URL, leads_list=""))
    phone.open_crm_tab()
    assert phone.screen.leads == ({"id": 7},)


def test_leads_without_a_list_are_retried_and_not_shown(
    make_phone: MakePhone, backend: TinyBackend, recorder: Recorder
) -> None:
    """The tab is connected and has no rows; each answer says what is missing."""
    backend.says(STATUS, {"connected": True})
    backend.says(LEADS, {"rows": []})
    phone = make_phone()
    phone.open_crm_tab()
    phone.clock.advance(60)
    assert (phone.screen.connected, phone.screen.leads) == (True, None)
    answers = [each for each in recorder.timeline().of(AppResponse) if each.purpose == "leads"]
    assert len(answers) == 2
    assert all("[http].leads_list" in (each.unreadable or "") for each in answers)


def test_leads_are_read_page_after_page(make_phone: MakePhone, backend: TinyBackend) -> None:
    """As long as the answer names a next page."""
    backend.says(STATUS, {"connected": True})
    backend.says(
        LEADS,
        {"leads": [1, 2], "next_page": 2},
        {"leads": [3], "next_page": 3},
        {"leads": [4], "next_page": None},
    )
    phone = make_phone()
    phone.open_crm_tab()
    assert phone.screen.leads == (1, 2, 3, 4)
    assert [one.query for one in backend.asked if one.path == LEADS] == ["", "page=2", "page=3"]


def test_pages_of_leads_are_asked_for_as_the_configuration_says(
    backend: TinyBackend, make_phone: MakePhone
) -> None:
    """The next page's field and the parameter are the backend's, not the phone's."""
    http = Http(connect=AUTH_URL, leads_list="data", leads_next="meta.next", leads_page="from")
    phone = make_phone(http=http)
    backend.says(STATUS, {"connected": True})
    backend.says(LEADS, {"data": [1], "meta": {"next": 7}}, {"data": [2], "meta": {}})
    phone.open_crm_tab()
    assert phone.screen.leads == (1, 2)
    assert [one.query for one in backend.asked if one.path == LEADS] == ["", "from=7"]


def test_page_that_leads_to_itself_ends_the_list(make_phone: MakePhone, backend: TinyBackend) -> None:
    """A wrong backend does not hold the phone for ever."""
    backend.says(STATUS, {"connected": True})
    backend.says(LEADS, {"leads": [1], "next_page": 2})
    phone = make_phone()
    phone.open_crm_tab()
    assert phone.screen.leads == (1, 1)


def test_failing_status_is_retried_and_then_still_says_connect(
    make_phone: MakePhone, backend: TinyBackend
) -> None:
    """Once, after a second, as the app's `retry` says; it has no other word for it."""
    backend.says(STATUS, {"message": "down"}, status=503)
    phone = make_phone()
    phone.open_crm_tab()
    assert phone.screen.state == "loading"
    phone.clock.advance(7)
    assert (len(backend.asked), phone.screen.text) == (2, "Підключіть АМО CRM")


def test_offline_return_shows_success_and_connects_when_online(
    make_phone: MakePhone, backend: TinyBackend
) -> None:
    """v5 does not wait for a paused fetch; the refetch goes out as soon as there is a network."""
    phone = make_phone(wiring=DOCUMENTS)
    phone.open_crm_tab()
    backend.connect({"id": 1})
    asked = len(backend.asked)
    phone.change_network("offline")
    phone.deliver(SUCCESS)
    phone.clock.advance(1)
    assert (phone.screen.name, phone.screen.state) == ("crm", "disconnected")
    assert len(backend.asked) == asked
    phone.change_network("online")
    assert (phone.screen.connected, phone.screen.leads) == (True, ({"id": 1},))


def test_offline_return_hangs_in_v4_until_online(make_phone: MakePhone, backend: TinyBackend) -> None:
    """The await stays pending, and the user looks at the spinner."""
    phone = make_phone(wiring=replace(DOCUMENTS, query="4"))
    phone.open_crm_tab()
    backend.connect()
    phone.change_network("offline")
    phone.deliver(SUCCESS)
    phone.clock.advance(60)
    assert (phone.screen.name, phone.screen.state) == ("callback", "processing")
    phone.change_network("online")
    phone.clock.advance(1)
    assert (phone.screen.name, phone.screen.connected) == ("crm", True)


def test_app_that_does_not_know_the_network_tries_and_fails(
    make_phone: MakePhone, backend: TinyBackend, recorder: Recorder
) -> None:
    """Without NetInfo each call fails at once; after three retries the app shows success all the same."""
    phone = make_phone(wiring=replace(DOCUMENTS, net_info=False))
    phone.open_crm_tab()
    phone.change_network("offline")
    asked = len(backend.asked)
    phone.deliver(SUCCESS)
    phone.clock.advance(6.9)
    assert phone.screen.state == "processing"
    phone.clock.advance(0.1)
    assert phone.screen.state == "success"
    failed = [each for each in recorder.timeline().of(AppRequestFailed) if each.purpose == "status"]
    assert [each.reason for each in failed] == ["Network Error"] * 4
    assert len(backend.asked) == asked


def test_slow_network_answers_later(make_phone: MakePhone, backend: TinyBackend, recorder: Recorder) -> None:
    """Three seconds of the phone's clock for each call, and none of ours."""
    backend.connect({"id": 1})
    phone = make_phone()
    phone.change_network("slow")
    phone.open_crm_tab()
    phone.clock.advance(2.9)
    assert phone.screen.state == "loading"
    phone.clock.advance(0.1)
    assert (phone.screen.state, phone.screen.leads) == ("connected", None)
    phone.clock.advance(3)
    assert phone.screen.leads == ({"id": 1},)
    assert phone.network == "slow"
    condition = recorder.timeline().first(NetworkCondition)
    assert condition is not None
    assert condition.network == "slow"


def test_connect_on_a_slow_network_waits(phone: Phone) -> None:
    """The user waits too, on the phone's clock."""
    phone.change_network("slow")
    before_s = phone.clock.now_s
    phone.tap_connect()
    assert phone.clock.now_s == before_s + 3


def test_network_slower_than_the_timeout_fails(
    make_phone: MakePhone, backend: TinyBackend, recorder: Recorder
) -> None:
    """As axios words it."""
    phone = make_phone(slow_latency_s=40.0)
    phone.change_network("slow")
    phone.open_crm_tab()
    phone.clock.advance(30)
    failed = recorder.timeline().first(AppRequestFailed)
    assert failed is not None
    assert failed.reason == "timeout of 30000ms exceeded"
    assert len(backend.asked) == 1


def test_network_lost_while_the_answer_is_on_its_way_fails_the_call(
    make_phone: MakePhone, recorder: Recorder
) -> None:
    """The backend has done its part; the app will never know."""
    phone = make_phone()
    phone.change_network("slow")
    phone.open_crm_tab()
    phone.clock.advance(1)
    phone.change_network("offline")
    phone.clock.advance(2)
    failed = recorder.timeline().first(AppRequestFailed)
    assert failed is not None
    assert failed.reason == "Network Error"
    assert recorder.timeline().of(AppResponse) == ()


def test_backend_that_is_not_there_is_a_network_error(make_phone: MakePhone, recorder: Recorder) -> None:
    """Refused connections look like no network to the app."""
    phone = make_phone(base_url="http://127.0.0.1:1")
    phone.open_crm_tab()
    failed = recorder.timeline().first(AppRequestFailed)
    assert failed is not None
    assert failed.reason == "Network Error"


def test_backend_that_never_answers_is_a_timeout(make_phone: MakePhone, recorder: Recorder) -> None:
    """The only wait that is real; it is as short as the test says."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        make_phone(base_url=f"http://127.0.0.1:{port}", wiring=AppWiring(timeout_s=0.05)).open_crm_tab()
    failed = recorder.timeline().first(AppRequestFailed)
    assert failed is not None
    assert failed.reason == "timeout of 50ms exceeded"
