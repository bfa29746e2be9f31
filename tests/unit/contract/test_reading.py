"""Readings of a timeline that the clauses share: what kind of visit, whose page, whose tap."""

from collections.abc import Callable

import pytest

from harness.contract.reading.reading import Reading
from harness.contract.reading.visits import Kind, Visit
from harness.timeline.amo_events import AmoEvent, ApiRequest, FaultUsed, NotModelled, TokenRequest
from harness.timeline.events import AppResponse, BackendKilled, LinkDelivered, ScenarioEnded, StoryStep
from harness.timeline.gateway_events import Broken, FirstByte, GatewayResponse, StatusProbe
from harness.timeline.page_events import TapFailed
from tests.unit.contract.story import (
    AUTH_URL,
    CODE,
    OTHER_CODE,
    STATE,
    Story,
    begins,
    code_missing,
    declined,
    granted,
    happy_path,
    refused,
    unreachable,
)


def read(story: Story) -> Reading:
    """Return what is read of a story."""
    return Reading(story.timeline())


def with_fault(story: Story, step: str, kind: str, *, harmless: bool = False) -> Story:
    """Return the story in which the fake goes wrong while the callback is being answered."""
    return story.say_before(TokenRequest, FaultUsed(step=step, fault=kind, is_harmless=harmless))


def answered(status: int | None) -> Story:
    """Return a visit whose token request was answered so."""
    return begins().callback(code=CODE, state=STATE).asks_amo(status=status).answers()


def silent(fault: str = "silence", *, another_visit_between: bool = False) -> Story:
    """Return a visit before which the story says that amoCRM never answers."""
    story = begins().say(StoryStep(what="amoCRM goes wrong", fault=fault))
    if another_visit_between:
        story.callback(code=OTHER_CODE).asks_amo(OTHER_CODE).answers()
    return story.callback(code=CODE, state=STATE).asks_amo().answers()


def killed(*, after_the_page: bool = False) -> Story:
    """Return a visit during or after which the harness kills the backend."""
    story = begins().callback(code=CODE, state=STATE).asks_amo()
    if not after_the_page:
        return story.gateway(FirstByte).say(BackendKilled(why="")).gateway(Broken, reason="reset")
    return story.answers().say(BackendKilled(why=""))


def broken() -> Story:
    """Return a visit in which the backend breaks off."""
    return begins().callback(code=CODE).asks_amo().gateway(Broken, reason="reset")


def foreign(*, ends: Callable[[Story], Story]) -> Story:
    """Return a visit whose state is nobody's, and whose code is exchanged all the same."""
    story = begins().say(StoryStep(what="another state", state_kind="unknown"))
    return ends(story.callback(code=CODE, state="forged").asks_amo().answers(connected=False))


KINDS: dict[str, tuple[Story, Kind]] = {
    "tokens": (happy_path(), "granted"),
    "tokens beside an error": (begins().callback(code=CODE, error="x").asks_amo().answers(), "granted"),
    "tokens in spite of a slow amoCRM": (with_fault(granted(), "token", "slow", harmless=True), "granted"),
    "tokens, another fault than silence": (silent(fault="slow"), "granted"),
    "tokens, a fault after the page": (
        granted().say(FaultUsed(step="leads", fault="reset")),
        "granted",
    ),
    "tokens for a foreign state": (foreign(ends=Story.shows_success), "granted"),
    "a foreign state refused late": (foreign(ends=Story.shows_failure), "failed"),
    "a foreign state refused late, in other words": (
        foreign(
            ends=lambda story: story.shows("No", title="").taps_return("foryoure://amo-crm/callback?error=x")
        ),
        "failed",
    ),
    "a foreign state, and no word of refusal": (
        foreign(ends=lambda story: story.shows("Hm", title="")),
        "granted",
    ),
    "tokens, then a kill": (killed(after_the_page=True), "granted"),
    "tokens, and silence for an earlier visit": (silent(another_visit_between=True), "granted"),
    "refused": (refused(), "refused"),
    "refused with the lowest status": (answered(400), "refused"),
    "refused with the highest status": (answered(499), "refused"),
    "refused as documented": (with_fault(refused(), "token", "problem"), "refused"),
    "declined": (declined(), "declined"),
    "no code": (code_missing(), "missing"),
    "an empty code": (begins().callback(code="", state=STATE).answers(), "missing"),
    "another error": (begins().callback(error="server_error").answers(), "failed"),
    "reset": (unreachable(), "failed"),
    "a server error": (answered(500), "failed"),
    "no answer": (answered(None), "failed"),
    "no answer for long": (silent(), "failed"),
    "tokens that cannot be read": (with_fault(granted(), "token", "malformed_json"), "failed"),
    "another call refused": (with_fault(granted(), "account", "problem"), "failed"),
    "not sent": (begins().callback(code=CODE).answers(), "failed"),
    "broken off": (broken(), "failed"),
    "killed": (killed(), "interrupted"),
}


@pytest.mark.parametrize(("story", "kind"), KINDS.values(), ids=KINDS)
def test_the_kind_of_a_visit_follows_from_facts(story: Story, kind: Kind) -> None:
    """What the callback was given, what amoCRM answered, and what was made to go wrong."""
    assert [visit.kind for visit in read(story).visits][-1] == kind


def kinds(story: Story) -> list[Kind]:
    """Return the kinds of a story's visits."""
    return [visit.kind for visit in read(story).visits]


def test_a_callback_that_is_loaded_again_is_a_repeat() -> None:
    """The first visit is judged as ever; what comes after it is SEC-05's."""
    assert kinds(happy_path().callback(code=CODE, state=STATE).answers()) == ["granted", "repeat"]


def test_deliveries_that_cross_are_repeats_of_each_other() -> None:
    """Which of them the backend handled first is unknown, so none is judged as the first."""
    story = begins().callback(code=CODE).callback(code=CODE).asks_amo().answers()
    story.exchanges = 1
    assert kinds(story.answers()) == ["repeat", "repeat"]


def test_what_a_repeat_brings_about_is_not_the_first_visits() -> None:
    """A code that is refused, and then granted when the callback comes again, was refused at first."""
    story = refused().callback(code=CODE, state=STATE).asks_amo().answers()
    first, again = read(story).visits
    assert (first.kind, again.kind) == ("refused", "repeat")
    assert [len(each.token_requests) for each in (first, again)] == [1, 1]


def test_another_code_is_another_visit() -> None:
    """Each has its own token request."""
    story = happy_path().callback(code=OTHER_CODE).asks_amo(OTHER_CODE, status=400).answers()
    first, second = read(story).visits
    assert (first.kind, second.kind) == ("granted", "refused")
    assert [len(each.token_requests) for each in (first, second)] == [1, 1]


def test_a_visit_without_a_code_answers_for_what_was_sent_meanwhile() -> None:
    """Up to the next callback, and not for a code that another callback brought."""
    story = begins().callback(state=STATE).asks_amo("made-up", status=400).answers()
    story.callback(code=CODE).asks_amo().asks_amo("made-up", status=401).answers()
    story.callback(state="x").answers()
    requests = [[each.status for each in v.token_requests] for v in read(story).visits]
    assert requests == [[400], [200], []]


def test_the_marketplaces_own_call_is_no_visit() -> None:
    """Nobody looks at the answer to it."""
    assert read(begins().callback(code=CODE, from_widget="1").answers()).visits == ()


def only(story: Story) -> Visit:
    """Return a story's only visit."""
    (visit,) = read(story).visits
    return visit


def redirected_to(location: str, path: str, **query: str) -> Story:
    """Return a callback that answers a redirect, and the request that comes next."""
    story = begins().callback(code=CODE).asks_amo()
    story.answers("", status=303, headers=(("Location", location),))
    return story.follows(path, **query).answers().shows_success()


@pytest.mark.parametrize(
    ("location", "path", "query"),
    [
        ("/done?id=7&x=", "/done", {"id": "7", "x": ""}),
        ("http://127.0.0.1:1/done", "/done", {}),
        ("done", "/api/amo-crm/done", {}),
        ("?page=1", "/api/amo-crm/callback", {"page": "1"}),
    ],
)
def test_a_redirect_is_followed_to_its_page(location: str, path: str, query: dict[str, str]) -> None:
    """Absolute or relative, the answer that the browser shows is the visit's."""
    visit = only(redirected_to(location, path, **query))
    assert visit.landing.number == 2
    assert visit.page is not None


def handed_on() -> Story:
    """Return a callback that redirects with its code to the same path and a slash, and the page there."""
    story = (
        begins().callback(code=CODE).answers("", status=307, headers=(("Location", f"?code={CODE}&to=1"),))
    )
    return story.follows("/api/amo-crm/callback", code=CODE, to="1").asks_amo().answers().shows_success()


def test_an_address_that_the_code_was_handed_on_to_is_the_callback_when_it_is_loaded_again() -> None:
    """Frameworks add a slash and keep the query: what Safari loads again is not the callback's own path."""
    first, again = read(
        handed_on()
        .follows("/api/amo-crm/callback", code=CODE, to="1")
        .asks_amo(status=400)
        .answers()
        .shows_failure("x")
    ).visits
    assert (first.kind, again.kind) == ("granted", "repeat")
    assert (len(first.token_requests), len(again.token_requests)) == (1, 1)
    assert len(first.hops) == 1


def test_a_page_without_the_code_belongs_to_its_visit_also_when_it_is_loaded_again() -> None:
    """Nothing is delivered anew by it."""
    visit = only(redirected_to("/done?id=7", "/done", id="7").follows("/done", id="7").answers())
    assert len(visit.exchanges) == 3


@pytest.mark.parametrize(("path", "query"), [("/favicon.ico", {}), ("/done", {"id": "8"}), ("/done", {})])
def test_other_requests_are_not_the_visits(path: str, query: dict[str, str]) -> None:
    """Neither another path nor the same with another query."""
    visit = only(redirected_to("/done?id=7", path, **query))
    assert len(visit.exchanges) == 1
    assert visit.page is None


def test_what_came_before_the_redirect_does_not_follow_it() -> None:
    """A page that was loaded earlier is another story."""
    story = begins().follows("/done").answers()
    story.callback(code=CODE).asks_amo().answers("", status=303, headers=(("Location", "/done"),))
    assert len(only(story).exchanges) == 1


@pytest.mark.parametrize("status", [200, 299, 400])
def test_only_a_redirect_leads_on(status: int) -> None:
    """A `Location` beside another status is not followed."""
    story = begins().callback(code=CODE).asks_amo()
    story.answers("", status=status, headers=(("Location", "/done"),)).follows("/done").answers()
    assert len(only(story).exchanges) == 1


def test_a_departure_belongs_to_the_page_that_was_shown() -> None:
    """A delivery that no browser made has no page to depart from."""
    story = granted().callback(code=CODE, state=STATE).answers().taps_return()
    first, second = read(story).visits
    assert len(first.departures) == 1
    assert second.departures == ()


def test_a_departure_before_its_page_could_be_seen_belongs_to_the_visit() -> None:
    """A page that leaves at once is still the page of its callback."""
    story = begins().callback(code=CODE).asks_amo().answers().departs()
    assert len(only(story).departures) == 1


def test_departures_of_a_tap_end_when_it_has_settled() -> None:
    """Whatever departs later departs by itself."""
    reading = read(happy_path().departs(tap=1))
    (tap,) = reading.taps
    assert len(tap.departures) == 1
    assert len(reading.departures_by_themselves) == 1


def test_a_departure_for_which_a_tap_failed_has_no_tap() -> None:
    """A tap that did not happen sets nothing off."""
    story = granted().say(TapFailed(number=1, target="Return to App", reason=""))
    assert len(read(story.departs(tap=1)).departures_by_themselves) == 1


@pytest.mark.parametrize(
    "body",
    [
        '{"url": "%s"}',
        '{"data": {"links": ["x", "%s"]}}',
        "%s",
        '{"n": 1, "flag": true, "none": null, "url": "%s"}',
    ],
)
def test_states_are_found_in_the_answers_that_gave_them(body: str) -> None:
    """Wherever the authorization URL stands in the answer."""
    story = Story().say(AppResponse(purpose="auth_url", status=200, body=body % f"{AUTH_URL}a%2Bb", user="7"))
    (state,) = read(story).issued_states
    assert state == "a+b"


def test_the_owner_of_a_visit_is_who_was_given_its_state() -> None:
    """Whoever's status was probed; where no state was issued, the probed one it is."""
    story = granted().change(StatusProbe, user="2")
    assert only(story).owner == "1"
    story.drop(AppResponse, purpose="auth_url")
    assert only(story).owner == "2"
    story.drop(StatusProbe)
    assert only(story).owner is None


EXCUSES: dict[str, tuple[AmoEvent, bool]] = {
    "no answer": (ApiRequest(status=None), True),
    "not paid": (ApiRequest(status=402), True),
    "forbidden": (ApiRequest(status=403), True),
    "too many": (ApiRequest(status=429), True),
    "a server error": (ApiRequest(status=500), True),
    "served": (ApiRequest(status=200), False),
    "nothing there": (ApiRequest(status=204), False),
    "to be refreshed": (ApiRequest(status=401), False),
    "refresh refused": (TokenRequest(grant_type="refresh_token", status=401), True),
    "refreshed": (TokenRequest(grant_type="refresh_token", status=200), False),
    "a code refused": (TokenRequest(grant_type="authorization_code", status=400), False),
    "made to fail": (FaultUsed(step="leads", fault="reset"), True),
    "made slow": (FaultUsed(step="leads", fault="slow", is_harmless=True), False),
    "unknown to the fake": (NotModelled(path="/x"), False),
}


@pytest.mark.parametrize(("event", "excuses"), EXCUSES.values(), ids=EXCUSES)
def test_what_amocrm_did_may_excuse_the_backend(event: AmoEvent, *, excuses: bool) -> None:
    """Only between the two moments in question, and never a token that the backend could have refreshed."""
    story = Story().say(StoryStep(what="since")).say(event).say(ScenarioEnded())
    reading = read(story)
    _, started, since, done, ended = reading.timeline
    assert (reading.amo_excuse(after=since, before=ended) == done) is excuses
    assert reading.amo_excuse(after=started, before=since) is None
    assert reading.amo_excuse(after=done, before=ended) is None


def test_a_link_is_read_as_the_apps_router_gave_it() -> None:
    """In the order in which the app looks: error, success, code."""
    story = Story()
    for params in ({"error": "x", "success": "true"}, {"success": "true", "code": "x"}, {"code": "x"}, {}):
        story.link_arrives("x", **params)
    story.say(LinkDelivered(url="dropped"))
    assert [each.kind for each in read(story).deliveries] == [
        "error",
        "success",
        "code",
        "nothing",
        "unrouted",
    ]


def test_an_answer_that_nobody_followed_is_the_landing() -> None:
    """A redirect to the app leads nowhere that the gateway sees."""
    story = granted().change(GatewayResponse, status=302, headers=(("Location", "foryoure://x"),))
    assert only(story).landing.location == "foryoure://x"
