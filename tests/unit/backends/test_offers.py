"""What a configuration offers to scenarios, and what it then need not show."""

from dataclasses import replace

import pytest

from harness.backends.foreign import offers_of_config
from harness.config.settings import BackendConfig, Start
from harness.contract import Finding
from harness.runs.rules import Rules
from tests.unit.report.runs import played, run_of

STARTED = BackendConfig(start=Start(("node", "server.js")))
FORGETFUL = BackendConfig(start=Start(("node", "server.js"), storage_lasts=False))
NEVER_KILLED = Finding("not_observed", actual="the backend was not killed")


@pytest.mark.parametrize(
    ("config", "offers"),
    [
        pytest.param(STARTED, {"process", "storage"}, id="started"),
        pytest.param(FORGETFUL, {"process"}, id="storage-in-memory"),
        pytest.param(BackendConfig(), set[str](), id="already-running"),
    ],
)
def test_storage_that_lasts_is_offered_where_it_is_said_to(config: BackendConfig, offers: set[str]) -> None:
    """Of a process that the harness can kill."""
    assert offers_of_config(config) & {"process", "storage"} == offers


@pytest.mark.parametrize(("config", "fails"), [(STARTED, True), (FORGETFUL, False)], ids=["lasts", "not"])
def test_storage_that_is_not_meant_to_last_need_not_survive(config: BackendConfig, fails: bool) -> None:
    """ST-03 is a `must` that a whole run has to see, unless the configuration says so."""
    run = replace(run_of(played(ST_03=NEVER_KILLED)), rules=Rules(offers=offers_of_config(config)))
    assert [each.clause.id for each in run.unseen] == (["ST-03"] if fails else [])
    assert (run.exit_code == 1) is fails
    off = replace(run, rules=replace(run.rules, levels={"ST-03": "off"}))
    assert off.exit_code == 0
