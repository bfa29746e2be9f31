"""The app after a deep link: APP-01 to APP-06 as the seeds' `callback.tsx` has them."""

from typing import Any

import pytest

from harness.phone import Phone
from harness.timeline.events import AppEvent, AppRequest, AppRequestFailed, AppResponse, AppScreen, AppTap
from harness.timeline.recorder import Recorder
from tests.http.phone.conftest import MakePhone
from tests.http.phone.tiny_backend import EXCHANGE, LEADS, STATUS, TinyBackend

LINK = "foryoure://amo-crm/callback"
SUCCESS = f"{LINK}?success=true&state=s"
FAILED = "Помилка авторизації. Спробуйте ще раз."
CODE_MISSING = "Код авторизації відсутній."


def story(recorder: Recorder) -> list[str]:
    """What the app did, in order, in a few words."""
    return [_words(event) for event in recorder.timeline().of(AppEvent)]


def _words(event: AppEvent) -> str:
    match event:
        case AppScreen():
            return f"{event.screen} {event.state}"
        case AppRequest() | AppResponse() | AppRequestFailed():
            return f"{event.kind} {event.purpose}"
        case _:
            return event.kind


def test_success_refreshes_status_then_leads_shows_success_then_the_crm_tab(
    phone: Phone, backend: TinyBackend, recorder: Recorder
) -> None:
    """APP-01, APP-02, APP-03: in this order; the tab, which trusts no data, asks once more."""
    backend.connect({"id": 1}, {"id": 2})
    phone.tap_connect()
    before = len(story(recorder))

    phone.deliver(SUCCESS)
    phone.clock.advance(1)

    assert story(recorder)[before:] == [
        "link_delivered",
        "link_routed",
        "callback processing",
        "request status",
        "response status",
        "request leads",
        "response leads",
        "callback success",
        "crm connected",
        "request leads",
        "request status",
        "response leads",
        "response status",
    ]
    assert phone.screen.leads == ({"id": 1}, {"id": 2})
    assert EXCHANGE not in backend.paths()


def test_crm_tab_comes_one_second_after_success(phone: Phone, backend: TinyBackend) -> None:
    """The second is counted on the phone's clock."""
    backend.connect()
    phone.deliver(SUCCESS)
    phone.clock.advance(0.999)
    assert (phone.screen.name, phone.screen.state) == ("callback", "success")
    phone.clock.advance(0.001)
    assert (phone.screen.name, phone.screen.text) == ("crm", "Підключено")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        pytest.param("?error=access_denied", FAILED, id="error"),
        pytest.param("?error=x&success=true", FAILED, id="error-wins-over-success"),
        pytest.param("?error=a&error=b", FAILED, id="error-twice"),
        pytest.param("", CODE_MISSING, id="nothing"),
        pytest.param("?error=", CODE_MISSING, id="empty-error"),
        pytest.param("?success=false", CODE_MISSING, id="success-that-is-not-true"),
        pytest.param("?success=true&success=true", CODE_MISSING, id="success-twice-is-a-list"),
        pytest.param("?code=", CODE_MISSING, id="empty-code"),
        pytest.param("?code=a&code=b", CODE_MISSING, id="code-twice-is-a-list"),
    ],
)
def test_link_that_is_no_success_shows_its_text_and_asks_nothing(
    phone: Phone, backend: TinyBackend, query: str, text: str
) -> None:
    """APP-04, APP-06, with the exact texts of the seeds."""
    asked = len(backend.asked)
    phone.deliver(f"{LINK}{query}")
    assert (phone.screen.name, phone.screen.state, phone.screen.text) == ("callback", "error", text)
    assert len(backend.asked) == asked


def test_retry_leads_to_the_crm_tab(phone: Phone, recorder: Recorder) -> None:
    """APP-04: `handleRetry` replaces the callback screen."""
    phone.deliver(f"{LINK}?error=x")
    phone.tap_retry()
    assert (phone.screen.name, phone.screen.text) == ("crm", "Підключіть АМО CRM")
    assert [tap.target for tap in recorder.timeline().of(AppTap)] == ["retry"]


def test_code_of_an_old_backend_is_refreshed_without_an_exchange(phone: Phone, backend: TinyBackend) -> None:
    """APP-05: new app, old backend."""
    backend.connect({"id": 1})
    phone.deliver(f"{LINK}?code=abc&state=s")
    phone.clock.advance(1)
    assert phone.screen.connected is True
    assert EXCHANGE not in backend.paths()


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        pytest.param({"message": "Доступ заборонено"}, "Доступ заборонено", id="backend-explains"),
        pytest.param({"error": "forbidden"}, "Request failed with status code 403", id="backend-does-not"),
    ],
)
def test_app_from_before_the_fix_exchanges_the_code_and_meets_the_403(
    make_phone: MakePhone, backend: TinyBackend, answer: dict[str, Any], text: str
) -> None:
    """The seeds' problems 1 and 2: the error, and back in the tab still "connect"."""
    phone = make_phone(build="before_fix")
    phone.open_crm_tab()
    backend.connect({"id": 1})
    backend.says(EXCHANGE, answer, status=403)
    phone.deliver(f"{LINK}?code=abc&state=s")
    assert phone.screen.text == text
    assert [(one.method, one.body) for one in backend.asked if one.path == EXCHANGE] == [
        ("POST", '{"code":"abc"}')
    ]
    phone.tap_retry()
    assert phone.screen.text == "Підключіть АМО CRM"


def test_app_from_before_the_fix_works_with_a_backend_that_lets_it_exchange(
    make_phone: MakePhone, backend: TinyBackend
) -> None:
    """Old app, old backend without the fault: straight to the tab, no second of success."""
    phone = make_phone(build="before_fix")
    phone.open_crm_tab()
    backend.connect({"id": 1})
    backend.says(EXCHANGE, {"connected": True})
    phone.deliver(f"{LINK}?code=abc&state=s")
    assert (phone.screen.name, phone.screen.connected) == ("crm", True)


def test_app_from_before_the_fix_knows_no_success(make_phone: MakePhone, backend: TinyBackend) -> None:
    """Old app, new backend: the link has no code, which is all that this app looks for."""
    phone = make_phone(build="before_fix")
    backend.connect()
    phone.deliver(SUCCESS)
    assert phone.screen.text == CODE_MISSING


def test_same_link_delivered_twice_at_once_refreshes_once(phone: Phone, backend: TinyBackend) -> None:
    """The effect's dependencies have not changed, so it does not run again."""
    backend.connect({"id": 1})
    phone.deliver(SUCCESS)
    asked = backend.paths()
    phone.deliver(SUCCESS)
    phone.clock.advance(0.9)
    assert backend.paths() == asked
    phone.clock.advance(0.1)
    assert phone.screen.connected is True


def test_same_link_delivered_again_later_refreshes_again(phone: Phone, backend: TinyBackend) -> None:
    """By then the callback screen is gone: the router opens a new one."""
    backend.connect({"id": 1})
    phone.deliver(SUCCESS)
    phone.clock.advance(5)
    asked = len(backend.asked)
    phone.deliver(SUCCESS)
    assert backend.paths()[asked:] == [STATUS, LEADS]
    phone.clock.advance(1)
    assert (phone.screen.name, phone.screen.connected) == ("crm", True)


def test_error_after_a_success_link_is_shown(phone: Phone, backend: TinyBackend) -> None:
    """A parameter that the effect reads has changed."""
    backend.connect()
    phone.deliver(SUCCESS)
    phone.deliver(f"{LINK}?error=x")
    assert phone.screen.text == FAILED
