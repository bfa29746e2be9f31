"""Silence is failure: what goes wrong around a scenario makes the run fail, and says so."""

from collections.abc import Callable

import httpx
import pytest

from backend_under_test import Parts
from harness.backends.reference import InProcessBackend
from harness.gateway.gateway import Exchange
from harness.runs.results import RunResult, ScenarioResult
from harness.runs.runner import play
from harness.stage.scenario import Scenario
from harness.stage.world import Stage, World


def _scenario(drive: Callable[[World], None], *brings: str) -> Scenario:
    return Scenario("made_up", "made up for a test", brings, drive)


def _run_of(result: ScenarioResult) -> RunResult:
    return RunResult({"name": "x"}, "reference", (result,))


def _asks_for_what_is_not_modelled(world: World) -> None:
    httpx.get(f"{world.stage.amo.url}/api/v4/nothing-of-the-kind", headers={"Authorization": "Bearer x"})


def _leaves_a_fault_over(world: World) -> None:
    world.amo.goes_wrong("token", "server_error")


def _breaks_the_probe(world: World) -> None:
    def break_off(exchange: Exchange) -> None:
        raise RuntimeError(f"exchange {exchange.number}")

    with world.at_first_byte(break_off):
        world.page.open_callback({})


@pytest.mark.parametrize(
    ("drive", "said"),
    [
        pytest.param(_asks_for_what_is_not_modelled, "nothing-of-the-kind", id="unrouted call to the fake"),
        pytest.param(_leaves_a_fault_over, "server_error at token", id="fault left over"),
        pytest.param(_breaks_the_probe, "RuntimeError: exchange 1", id="exception in a server thread"),
    ],
)
def test_an_error_of_the_harness_ends_the_run_with_exit_3_and_is_not_carried_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, drive: Callable[[World], None], said: str
) -> None:
    """What nobody asked for is named, the run is no verdict on the backend, the next scenario is clean."""
    monkeypatch.setattr("harness.stage.callback_page.ARRIVAL_TIMEOUT_S", 5)  # no page follows a broken probe
    result = play(stage, _scenario(drive)).result
    run = _run_of(result)
    assert said in " ".join(result.harness_errors)
    assert (run.verdict, run.exit_code) == ("incomplete", 3)
    assert play(stage, _scenario(lambda world: world.phone.open_crm_tab())).result.harness_errors == ()


def test_a_promise_that_is_not_kept_fails_the_run(stage: Stage) -> None:
    """A scenario that does not bring a `must` clause into view has proved nothing."""
    result = play(stage, _scenario(lambda world: world.phone.open_crm_tab(), "CB-01")).result
    assert result.unseen == ("CB-01",)
    assert _run_of(result).exit_code == 1


def test_a_need_that_is_not_offered_leaves_the_scenario_out(stage: Stage) -> None:
    """It is said, and it is no failure."""
    needy = Scenario("needy", "needs what nobody has", ("CB-01",), _leaves_a_fault_over, ("a magic lamp",))
    result = play(stage, needy).result
    assert result.left_out == "the backend does not offer: a magic lamp"
    assert _run_of(result).exit_code == 0


def _raise() -> str:
    raise ZeroDivisionError


@pytest.mark.parametrize("is_the_reference", [True, False])
def test_a_defect_of_the_reference_is_an_error_and_of_another_a_finding(
    stage: Stage, *, is_the_reference: bool
) -> None:
    """Our own backend must not hide its exceptions; a broken one is judged from outside alone."""
    assert isinstance(stage.backend, InProcessBackend)
    with (
        stage.backend.made_into(Parts(new_state=_raise)) as broken,
        stage.world("x", backend=broken) as world,
    ):
        url, headers = f"{world.backend.url}/api/amo-crm/auth-url", {"Authorization": "Bearer test"}
        answers = [httpx.get(url, headers=headers) for _ in range(2)]
        assert all(answer.is_server_error for answer in answers)  # the second comes after the first's end
        judged = stage.backend if is_the_reference else broken
        assert bool(judged.take_defects()) is is_the_reference
