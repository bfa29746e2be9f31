"""Each invariant catches the races that it is there for, and leaves the reference alone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from backend_under_test.authorizations import Authorizations
from backend_under_test.callback import Callback
from backend_under_test.mutations.fault import Fault
from backend_under_test.mutations.faults import FAULTS
from backend_under_test.mutations.races import RACES
from backend_under_test.parts import Parts
from harness.load.driving.plan import Shape
from tests.http.load.alone import Alone, alone, people

Drive = Callable[[Alone], None]


def connects(driven: Alone) -> None:
    """Three people connect, one after the other."""
    for person in people(3):
        driven.traveller.connect(person)


def comes_again(driven: Alone) -> None:
    """Two people connect, and the first one looks again."""
    first, second = people(2)
    driven.traveller.connect(first)
    driven.traveller.connect(second)
    driven.traveller.visit(first)


def strays(driven: Alone) -> None:
    """One connects, and comes back without a code, with a state of nobody's, from a host of somebody's."""
    person = people(1)[0]
    driven.traveller.connect(person)
    driven.traveller.stray(person)


def declines(driven: Alone) -> None:
    """One connects, another declines."""
    first, second = people(2)
    driven.traveller.connect(first)
    driven.traveller.decline(second)


def tokens_are_over(driven: Alone) -> None:
    """Everybody's tokens have ended when three devices call at once; half of the answers are slow."""
    driven.amo.faults.add("token", "expires_in", count=None, seconds=1)
    driven.amo.faults.add("refresh", "slow", count=1, ms=300)
    for person in people(2):
        driven.traveller.connect(person, calls=0)
        driven.traveller.visit(person)
        driven.traveller.look_at_the_end(person)


def a_refresh_is_lost(driven: Alone) -> None:
    """The first answer to a refresh never comes."""
    driven.amo.faults.add("token", "expires_in", count=None, seconds=1)
    driven.amo.faults.add("refresh", "reset", count=1, when="after")
    person = people(1)[0]
    driven.traveller.connect(person, calls=0)
    driven.traveller.visit(person, calls=1)
    driven.traveller.look_at_the_end(person)


def the_slower_one_writes_last(driven: Alone) -> None:
    """Two devices refresh at once, the first one's answer comes last."""
    driven.amo.faults.add("token", "expires_in", count=None, seconds=1)
    driven.amo.faults.add("refresh", "slow", count=1, ms=300)
    person = people(1)[0]
    driven.traveller.connect(person, calls=0)
    driven.traveller.visit(person)
    driven.traveller.look_at_the_end(person)


def amo_is_busy(driven: Alone) -> None:
    """AmoCRM answers a call with 429."""
    person = people(1)[0]
    driven.amo.faults.add("leads", "problem", count=1, name="too_many_requests")
    driven.traveller.connect(person)
    driven.traveller.look_at_the_end(person)


CASES: dict[str, tuple[Drive, Shape, int]] = {
    "race_no_lock": (tokens_are_over, "expiry", 1),
    "race_lock_of_a_process": (tokens_are_over, "expiry", 2),
    "race_short_lock": (tokens_are_over, "expiry", 1),
    "race_loser_disconnects": (tokens_are_over, "expiry", 1),
    "race_written_late": (tokens_are_over, "expiry", 1),
    "race_last_write_wins": (the_slower_one_writes_last, "trouble", 1),
    "race_one_account": (connects, "steady", 1),
    "race_cached_by_address": (connects, "steady", 1),
    "race_lost_is_dead": (a_refresh_is_lost, "trouble", 1),
    "race_stored_late": (connects, "herd", 1),
    "race_sent_twice": (connects, "herd", 1),
    "race_many_calls": (tokens_are_over, "steady", 1),
}


@pytest.mark.parametrize("name", RACES)
def test_each_race_is_caught(name: str, tmp_path: Path) -> None:
    """A seeded fault breaks the invariants that it names."""
    drive, shape, instances = CASES[name]
    with alone(tmp_path, shape, parts=RACES[name].apply(Parts()), instances=instances) as driven:
        drive(driven)
        judgement = driven.judged()
    broken = {each for each, result in judgement.invariants.items() if result.outcome == "failed"}
    assert set(RACES[name].breaks) <= broken, judgement.invariants


@pytest.mark.parametrize(
    ("drive", "shape", "instances"),
    [
        pytest.param(connects, "steady", 1, id="connects"),
        pytest.param(declines, "steady", 1, id="declines"),
        pytest.param(comes_again, "steady", 1, id="comes again"),
        pytest.param(strays, "steady", 2, id="strays"),
        pytest.param(tokens_are_over, "expiry", 1, id="expiry"),
        pytest.param(tokens_are_over, "expiry", 2, id="expiry on two instances"),
        pytest.param(a_refresh_is_lost, "trouble", 2, id="lost refresh"),
        pytest.param(the_slower_one_writes_last, "trouble", 2, id="slow refresh"),
        pytest.param(amo_is_busy, "trouble", 1, id="429"),
    ],
)
def test_the_reference_is_left_alone(drive: Drive, shape: Shape, instances: int, tmp_path: Path) -> None:
    """Nothing is broken, and something of each story was seen."""
    with alone(tmp_path, shape, instances=instances) as driven:
        drive(driven)
        judgement = driven.judged()
    assert not [b.said for result in judgement.invariants.values() for b in result.breaches]
    assert not judgement.failing
    assert not judgement.course.unfinished
    assert judgement.invariants["INV-CODE"].seen


@pytest.mark.parametrize(
    ("fault", "drive", "clause"),
    [
        (FAULTS["missing_code_as_json"], strays, "CB-08"),
        (FAULTS["state_unchecked"], strays, "SEC-03"),
        (FAULTS["referer_believed"], strays, "SEC-08"),
        (RACES["race_cached_by_address"], comes_again, "SEC-09"),
    ],
    ids=lambda each: getattr(each, "id", None),
)
def test_what_only_some_journeys_show_is_caught(
    fault: Fault, drive: Drive, clause: str, tmp_path: Path
) -> None:
    """The clause fails in a journey that is kept."""
    with alone(tmp_path, parts=fault.apply(Parts())) as driven:
        drive(driven)
        judgement = driven.judged()
    shown = [each.findings[clause].result for each in judgement.failing if clause in each.findings]
    assert "failed" in shown
    assert judgement.counts[clause]["failed"]


def test_a_lost_refresh_ends_a_connection_where_amo_spends_it_once(tmp_path: Path) -> None:
    """Nobody could have done better: under strict rotation the new tokens are nobody's."""
    with alone(tmp_path, "steady") as driven:
        a_refresh_is_lost(driven)
        judgement = driven.judged()
    assert judgement.invariants["INV-CONNECTED"].outcome != "failed"


def test_what_http_shows_of_the_contract_is_seen(tmp_path: Path) -> None:
    """One journey brings the clauses into view, the order of answer and page among them."""
    with alone(tmp_path) as driven:
        driven.amo.faults.add("token", "slow", count=1, ms=50)
        connects(driven)
        driven.amo.faults.add("token", "problem", count=1, name="code_expired")
        driven.traveller.connect(people(5)[4])
        driven.traveller.decline(people(6)[5])
        strays(driven)
        judgement = driven.judged()
    results = {each: finding.result for each, finding in judgement.findings.items()}
    wanted = (
        "CB-01 CB-02 CB-03 CB-04 CB-08 CB-09 CB-11 DL-01 DL-02 DL-03 DL-04 ST-01 ST-02 SEC-01 SEC-03 SEC-04 "
        "SEC-08 SEC-09"
    )
    assert {each: results[each] for each in wanted.split()} == dict.fromkeys(wanted.split(), "passed")


NO_ADDRESSES = ("http://[::1/", "http://127.0.0.1:99999/", "ftp://127.0.0.1/", "//[")


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_an_authorization_url_that_is_no_address_ends_the_journey(url: str, tmp_path: Path) -> None:
    """In a sentence, and what was seen before it is judged."""

    class Nowhere(Authorizations):
        def start(self, user: str) -> str:
            return super().start(user) and url

    with alone(tmp_path, parts=Parts(authorizations=Nowhere)) as driven:
        assert not driven.traveller.connect(people(1)[0])
        judgement = driven.judged()
    assert "the authorization URL is no address" in "".join(driven.lines)
    assert judgement.course.unfinished


@pytest.mark.parametrize("target", NO_ADDRESSES)
def test_a_callback_that_leads_to_no_address_is_where_the_user_stays(target: str, tmp_path: Path) -> None:
    """The journey goes on, and the callback is judged as it was seen."""

    class Leads(Callback):
        async def answer(self, request: Request) -> Response:
            page = await super().answer(request)
            return Response(page.body, 302, {"Location": target})

    with alone(tmp_path, parts=Parts(callback=Leads)) as driven:
        assert driven.traveller.connect(people(1)[0])
        judgement = driven.judged()
    assert [each.findings["CB-04"].result for each in judgement.failing] == ["failed"]
