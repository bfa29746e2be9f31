"""Calls that the fake does not model: answered, always noted, and never taken for a defect."""

import httpx
import pytest

from fake_amo import AmoEvent, AmoSettings, AmoTrouble, FakeAmo, UnmodelledCall
from tests.http.fake_amo.dialogue import Dialogue

UNMODELLED = [
    ("GET", "/api/v4/nonsense", 404),
    ("DELETE", "/api/v4/account", 405),
    ("PUT", "/api/v4/leads", 405),
    ("GET", "/api/v2/leads", 404),
    ("POST", "/", 405),
]


@pytest.mark.parametrize(
    ("method", "path", "status"), UNMODELLED, ids=[f"{row[0]} {row[1]}" for row in UNMODELLED]
)
def test_call_that_is_not_modelled_is_answered_and_noted(
    http: httpx.Client, method: str, path: str, status: int
) -> None:
    """FACTS: API-404, API-405 - with the address or the methods that there are; no defect."""
    told: list[AmoEvent] = []
    with FakeAmo(AmoSettings(raise_at_exit=False), on_event=told.append) as amo:
        answer = Dialogue(amo, http).api(path, "no token is looked at", method)
        assert (answer.status_code, answer.json()["status"]) == (status, status)
        wanted = f"Cannot {method} {amo.url}{path}!" if status == 404 else "Method Not Allowed"
        assert answer.json()["detail"] == wanted
        assert amo.unmodelled() == [UnmodelledCall(method, path)]
        assert (amo.problems(), amo.trouble) == ([], [])
    assert [(each.kind, each.data["method"], each.data["path"]) for each in told] == [
        ("unrouted", method, path)
    ]


def test_call_is_noted_once_and_told_each_time(http: httpx.Client) -> None:
    """A list of what is missing, not of how often it was missed; a reset empties it."""
    told: list[AmoEvent] = []
    with FakeAmo(on_event=told.append) as amo:
        for _ in range(3):
            http.get(f"{amo.url}/api/v4/nonsense")
        http.get(f"{amo.url}/api/v4/rubbish")
        assert [str(each) for each in amo.unmodelled()] == ["GET /api/v4/nonsense", "GET /api/v4/rubbish"]
        trouble = http.get(f"{amo.control_url}/trouble").json()
        assert trouble["unmodelled"][0] == {"method": "GET", "path": "/api/v4/nonsense"}
        amo.reset()
        assert amo.unmodelled() == []
    assert len(told) == 4


def test_list_of_unmodelled_calls_is_bounded(http: httpx.Client) -> None:
    """Whoever walks through ids does not fill the memory."""
    with FakeAmo(AmoSettings(raise_at_exit=False)) as amo:
        for number in range(1_003):
            http.get(f"{amo.url}/walk/{number}")
        assert len(amo.unmodelled()) == 1_000


def test_leaving_with_an_unmodelled_call_raises(http: httpx.Client) -> None:
    """Silence is failure for whoever uses the fake alone; the setting turns it off."""
    amo = FakeAmo().__enter__()
    http.get(f"{amo.url}/api/v4/nonsense")
    with pytest.raises(AmoTrouble, match="not modelled by the fake: GET /api/v4/nonsense"):
        amo.__exit__(None, None, None)


@pytest.mark.parametrize("path", ["/oauth2/access_token", "/oauth2/authorize"])
def test_405_that_is_known_of_amocrm_is_not_noted(talk: Dialogue, path: str) -> None:
    """FACTS: TOKEN-METHODS, CONSENT-NOT-AUTHORIZE - there the refusal is what is modelled."""
    assert talk.get(path).status_code == 405
    assert talk.amo.unmodelled() == []


@pytest.mark.parametrize(
    "path", ["/favicon.ico", "/apple-touch-icon.png", "/apple-touch-icon-precomposed.png"]
)
def test_what_browsers_fetch_by_themselves_is_not_noted(talk: Dialogue, path: str) -> None:
    """Nobody wrote that call."""
    assert talk.get(path).status_code == 404
    assert talk.amo.unmodelled() == []
