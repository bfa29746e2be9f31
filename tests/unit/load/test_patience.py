"""A backend that has more to do than it can gives up answers of amoCRM unread; which is no race."""

import json
from pathlib import Path
from typing import Any

import pytest

from backend_under_test.settings import DeepLink
from harness.config.settings import reference_config
from harness.load.driving.marks import shown
from harness.load.judging.invariants import Invariants
from harness.load.judging.journey import Journey, Row
from harness.load.judging.judging import BY_HTTP, Case, Judgement, judge_case
from harness.load.judging.ledger import Ledger
from tests.unit.load.test_ledger import ACCOUNT, SECOND, issued, token_request

CODE = "c0de" * 4


def asks_leads(number: int, began_s: float, over_s: float | None, status: int = 200) -> list[Row]:
    """A call of the app; without an end nobody saw its answer."""
    facts = {"purpose": "leads", "id": number, "user": "test"}
    asked: Row = ("app.request", int(began_s * SECOND), facts)
    if over_s is None:
        return [asked]
    return [asked, ("app.response", int(over_s * SECOND), {**facts, "status": status})]


def journey(*rows: Row) -> Journey:
    """A visit."""
    return Journey(1, "test", "visit", "", tuple(sorted(rows, key=lambda row: row[1])))


def asked_again(at_s: float, *journeys: Journey) -> Invariants:
    """Judge a refresh that is granted at 10 s and asked for again at another moment."""
    ledger = Ledger(grace=False)
    invariants = Invariants(ledger, one_account=False, limits=True)
    for told in (
        issued(0, 0, "authorization_code"),
        token_request(10, "r0"),
        issued(10, 1),
        token_request(at_s, "r0", 401),
    ):
        invariants.server_side(told)
        ledger.take(told)
    for each in journeys:
        invariants.journey(each, ACCOUNT, [])
    invariants.finish()
    return invariants


@pytest.mark.parametrize(
    ("again_s", "calls", "excused"),
    [
        pytest.param(19, asks_leads(1, 0, 21, 409), True, id="by the call that waited"),
        pytest.param(19, [*asks_leads(1, 0, 18, 503), *asks_leads(2, 18.5, 20)], True, id="after it failed"),
        pytest.param(19, asks_leads(1, 0, None), True, id="by a call that was cut off"),
        pytest.param(11, asks_leads(1, 0, 21, 409), False, id="too soon for a limit"),
        pytest.param(19, [*asks_leads(1, 0, 10.5), *asks_leads(2, 18, 20)], False, id="the first was served"),
        pytest.param(
            19, [*asks_leads(1, 0, 10.5, 503), *asks_leads(2, 18, 20)], False, id="it failed at once"
        ),
        pytest.param(19, asks_leads(1, 18, 20), False, id="nobody had waited"),
    ],
)
def test_asking_again_is_excused_where_a_limit_ran_out(
    again_s: float, calls: list[Row], excused: bool
) -> None:
    """The app's own call must have waited all the time, or have failed after it."""
    invariants = asked_again(again_s, journey(*calls))
    assert invariants.results["INV-REFRESH"].outcome == ("passed" if excused else "failed")
    assert invariants.given_up == int(excused)


def test_whose_tokens_were_given_up_is_not_connected_any_more() -> None:
    """AmoCRM has spent the token, and nobody has the next ones."""
    looks: Row = (
        "app.response",
        22 * SECOND,
        {"purpose": "status", "id": 9, "status": 200, "connected": False},
    )
    for again_s, outcome in ((19, "not_observed"), (11, "failed")):
        invariants = asked_again(again_s, journey(*asks_leads(1, 0, 21, 409), looks))
        assert invariants.results["INV-CONNECTED"].outcome == outcome


def page(link: str) -> dict[str, Any]:
    """A callback's page with its button."""
    body = f'<title>AMO CRM</title><p>Return to App</p><script>go("{link}")</script>'
    headers = [["content-type", "text/html; charset=utf-8"], ["cache-control", "no-store"]]
    return {"status": 200, "headers": [*headers, ["referrer-policy", "no-referrer"]], "body": body}


def connecting(folder: Path, page_s: float, query: str) -> Judgement:
    """Judge a code whose tokens are granted at 2 s and whose page comes at a moment; not connected then."""
    marks = {"exchange": 1, "is_callback": True}
    link = f"{DeepLink().url}?{query}"
    user = {"user": "test", "http_status": 200, "connected": False}
    given = {"code": [shown("code", CODE)], "state": ["s"]}
    rows: list[Any] = [
        ["gateway.request", 1, {"path": "/api/amo-crm/callback", "query": given, **marks}],
        ["gateway.first_byte", page_s, marks],
        ["gateway.probe", page_s, {**user, "unreadable": None, "body": "{}", **marks}],
        ["gateway.released", page_s, marks],
        ["gateway.response", page_s, {**page(link), **marks}],
        [
            "app.request",
            page_s + 1,
            {"purpose": "status", "id": 1, "method": "GET", "path": "/", "user": "test"},
        ],
        [
            "app.response",
            page_s + 2,
            {"purpose": "status", "id": 1, "status": 200, "user": "test", "body": "{}", "connected": False},
        ],
    ]
    told: list[Any] = [
        [0, "code_issued", {"account_id": ACCOUNT}, {"code": CODE}],
        [2, "token_request", {"grant_type": "authorization_code", "status": 200}, {"code": CODE}],
        [
            2,
            "tokens_issued",
            {"grant_type": "authorization_code", "account_id": ACCOUNT},
            {"access_token": "a0", "refresh_token": "r0"},
        ],
    ]
    users, server = folder / "users.ndjson", folder / "server.ndjson"
    story = [[kind, int(at_s * SECOND), facts] for kind, at_s, facts in rows]
    users.write_text(json.dumps({"n": 1, "u": "test", "k": "connect", "why": "", "e": story}) + "\n")
    server.write_text("".join(json.dumps([int(at * SECOND), *rest]) + "\n" for at, *rest in told))
    config = reference_config()
    return judge_case(
        Case(users, server, "steady", config, frozenset({"status", "leads"}), 1, True, False, True)
    )


def failed(judgement: Judgement) -> set[str]:
    """Return what does not hold."""
    invariants = {each for each, result in judgement.invariants.items() if result.outcome == "failed"}
    return invariants | {each for each in BY_HTTP if judgement.counts.get(each, {}).get("failed")}


def test_a_page_that_tells_that_a_limit_ran_out_is_no_lie(tmp_path: Path) -> None:
    """Not connected, and said so: amoCRM's answer lay there for nine seconds."""
    judgement = connecting(tmp_path, 11, "error=amo_timeout")
    assert judgement.given_up == 1
    assert not failed(judgement)


@pytest.mark.parametrize(
    ("page_s", "query"),
    [(2.5, "error=amo_timeout"), (11, "success=true&state=s")],
    ids=["too soon", "success"],
)
def test_a_page_before_its_tokens_stays_broken(page_s: float, query: str, tmp_path: Path) -> None:
    """Sooner than any limit, or where the page says that the account is connected."""
    judgement = connecting(tmp_path, page_s, query)
    assert judgement.given_up == 0
    assert {"INV-STORED", "INV-CONNECTED"} <= failed(judgement)
