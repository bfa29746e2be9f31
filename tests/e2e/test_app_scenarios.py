"""Ways back into the app: each scenario catches the fault that it is there for, and ends as the seeds say."""

from collections.abc import Callable
from functools import cache

import pytest

from harness.errors import UsageError
from harness.proofs.prove import all_subjects, made_into
from harness.runs.runner import Played, play
from harness.stage.scenario import choose
from harness.stage.world import Stage
from harness.timeline.amo_events import TokenRequest
from harness.timeline.events import (
    AppRequest,
    AppResponse,
    AppScreen,
    LinkDelivered,
    LinkDropped,
    NetworkCondition,
)
from harness.timeline.timeline import Timeline
from tests.e2e.conftest import Play

CONNECT = "Підключіть АМО CRM"
NO_CODE = "Код авторизації відсутній."

CAUGHT = [
    ("app_cold_start", "app_goes_back_to_the_tab", "APP-01"),
    ("app_link_twice", "app_hangs_on_second_link", "APP-01"),
    ("old_app_new_backend", "spent_code_in_link", "ST-02"),
    ("new_app_old_backend", "app_exchanges_old_code", "APP-05"),
    ("new_app_old_backend", "app_drops_old_code", "APP-05"),
    ("link_without_anything", "app_spins_on_nothing", "APP-06"),
    ("error_text_with_percent", "amo_reason_in_link", "SEC-06"),
    ("error_text_that_injects", "amo_reason_in_link", "SEC-06"),
    ("offline_on_return", "app_is_not_told_of_the_network", "APP-03"),
    ("user_comes_back_by_hand", "stored_never", "ST-01"),
    ("user_comes_back_by_hand", "departs_on_visibilitychange", "CB-06"),
]

PlayBroken = Callable[[str, str], Played]


@pytest.fixture(scope="module")
def play_broken(stage: Stage) -> PlayBroken:
    """Play a scenario with a fault in place: once, for all tests that read its timeline."""

    @cache
    def played(scenario: str, fault: str) -> Played:
        with made_into(stage, all_subjects()[fault]) as broken:
            return play(broken, choose([scenario])[0])

    return played


def screens(timeline: Timeline) -> list[tuple[str, str, str]]:
    return [(each.screen, each.state, each.text) for each in timeline.of(AppScreen)]


def purposes(timeline: Timeline) -> list[str]:
    return [event.purpose for event in timeline.of(AppRequest)]


@pytest.mark.parametrize(("scenario", "fault", "clause"), CAUGHT)
def test_scenario_catches_its_fault(play_broken: PlayBroken, scenario: str, fault: str, clause: str) -> None:
    """Alone, without help from any other scenario."""
    result = play_broken(scenario, fault).result
    assert result.harness_errors == ()
    assert clause in result.failures


def test_old_app_still_says_connect_until_it_is_started_again(play_scenario: Play) -> None:
    """The new link has no code for it; the tokens are there all the same."""
    timeline = play_scenario("old_app_new_backend").timeline
    shown = screens(timeline)
    error = shown.index(("callback", "error", NO_CODE))
    assert shown[error + 1] == ("crm", "disconnected", CONNECT)
    assert shown[-1] == ("crm", "connected", "Підключено")
    assert "exchange_code" not in purposes(timeline)


def test_old_app_meets_403_at_the_old_backend(play_broken: PlayBroken) -> None:
    """The defect of the second document: the code of the link is spent."""
    timeline = play_broken("old_app_new_backend", "spent_code_in_link").timeline
    assert ("callback", "error", "Request failed with status code 403") in screens(timeline)
    answers = [each for each in timeline.of(AppResponse) if each.purpose == "exchange_code"]
    assert [answer.status for answer in answers] == [403]


def test_new_app_is_connected_by_the_old_backends_own_page(play_broken: PlayBroken) -> None:
    """The link that the page really opens has the same end as the one that the scenario delivers."""
    played = play_broken("connect_happy_path", "spent_code_in_link")
    assert screens(played.timeline)[-1] == ("crm", "connected", "Підключено")
    assert "exchange_code" not in purposes(played.timeline)
    assert played.result.findings["APP-05"].result == "passed"
    assert played.result.findings["CB-03"].result == "passed"


def test_code_of_an_old_link_is_spent_once(play_scenario: Play) -> None:
    """By the callback; the app leaves it alone."""
    timeline = play_scenario("new_app_old_backend").timeline
    assert len(timeline.of(TokenRequest)) == 1
    assert screens(timeline)[-1][:2] == ("crm", "connected")


def test_percent_in_the_reason_loses_the_link(play_broken: PlayBroken) -> None:
    """Before SDK 56 the router throws: the app comes to the front and shows nothing new."""
    timeline = play_broken("error_text_with_percent", "amo_reason_in_link").timeline
    assert len(timeline.of(LinkDropped)) == len(timeline.of(LinkDelivered))


def test_injected_success_reaches_the_app(play_broken: PlayBroken) -> None:
    """What was refused is a success to the app: that is what SEC-06 is about."""
    timeline = play_broken("error_text_that_injects", "amo_reason_in_link").timeline
    assert ("callback", "success", "") in screens(timeline)


def test_app_without_network_catches_up(play_scenario: Play) -> None:
    """It says connect for as long as it cannot ask, and asks by itself once it can."""
    timeline = play_scenario("offline_on_return").timeline
    (online,) = (each for each in timeline.of(NetworkCondition) if each.network == "online")
    before = [each for each in timeline.of(AppScreen) if each.index < online.index]
    assert before[-1].text == CONNECT
    assert screens(timeline)[-1][:2] == ("crm", "connected")


def test_user_who_comes_back_by_hand_sees_the_tab_as_it_stood(play_scenario: Play) -> None:
    """Nothing is refreshed, so it still says connect; no link was opened."""
    timeline = play_scenario("user_comes_back_by_hand").timeline
    assert timeline.of(LinkDelivered) == ()
    shown = screens(timeline)
    assert shown[shown.index(("browser", "open", "")) + 1] == ("crm", "disconnected", CONNECT)


@pytest.mark.parametrize(
    "url", ["nothing", "http://[", "tg://resolve?domain=x"], ids=["no-scheme", "malformed", "another-app"]
)
def test_bad_link_leaves_the_app_as_it_was(stage: Stage, url: str) -> None:
    """A clear error, and neither a screen nor an event."""
    with stage.world("a_bad_link") as world:
        world.phone.open_crm_tab()
        before = (world.phone.app.screen, len(world.recorder.timeline()))
        with pytest.raises(UsageError, match="expected one like foryoure://amo-crm/callback"):
            world.phone.follow_link(url)
        assert (world.phone.app.screen, len(world.recorder.timeline())) == before
