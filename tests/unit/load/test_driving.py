"""Users meet, are somebody, and are told a plan; whoever reads it has the same one."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from harness.config.settings import Http, SignIn
from harness.load.driving.meeting import Count, Meetings
from harness.load.driving.people import Person, people_told_in
from harness.load.driving.plan import Plan, read_plan
from harness.load.driving.wire import Answer

PLAN = Plan(
    shape="steady",
    users=3,
    backend_urls=("http://127.0.0.1:1", "http://127.0.0.1:2"),
    public_url="http://127.0.0.1:3",
    amo_url="http://127.0.0.1:4",
    client_id="id",
    key="key",
    client_secret="secret",
    out="out",
    figures="figures",
    http=Http(sign_in=SignIn(call="POST /login")),
)


def test_a_plan_survives_its_file(tmp_path: Path) -> None:
    """Nobody else may read it: the secret is in it."""
    PLAN.save(tmp_path / "plan.json")
    assert read_plan(tmp_path / "plan.json") == PLAN
    assert (tmp_path / "plan.json").stat().st_mode & 0o077 == 0


def test_the_last_one_at_a_meeting_lets_all_go() -> None:
    """Of each meeting, and none before its time."""
    went: list[int] = []
    count = Count(3, went.append)
    for meeting in (1, 1, 2, 1, 2):
        count.one_waits(meeting)
    assert went == [1]


def test_whoever_waits_goes_with_the_others() -> None:
    """Asking is told once; going on is not before the word."""
    told: list[int] = []
    pauses = itertools.count()

    def pause() -> None:
        if next(pauses) == 2:
            meetings.all_go(1)

    meetings = Meetings(told.append, pause)
    meetings.wait(1)
    assert told == [1]
    assert next(pauses) == 3


@pytest.mark.parametrize(("number", "user"), [(0, "test"), (1, "test"), (2, "test-2"), (40, "test-40")])
def test_people_are_called_as_the_backend_knows_them(number: int, user: str) -> None:
    """The first two as every scenario calls them."""
    assert Person(number).user == user


@pytest.mark.parametrize("text", ["Угода №000017-1", '"\\u0423\\u0433\\u043e\\u0434\\u0430 \\u2116000017-1"'])
def test_whose_leads_they_are_is_read_in_an_answer(text: str) -> None:
    """As letters, or as JSON escapes them."""
    assert people_told_in(text) == [17]


def test_cookies_of_an_answer() -> None:
    """Names and values alone."""
    answer = replace(Answer(), headers=[("Set-Cookie", "a=1; Path=/"), ("set-cookie", "b=2")])
    assert answer.cookies == {"a": "1", "b": "2"}
