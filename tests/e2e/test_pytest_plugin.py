"""The pytest plugin, in pytest processes of its own: beside pytest-playwright, under pytest-xdist."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Playwright

from harness.engines.tabs.presence import launched_executable
from harness.stage.scenario import all_scenarios
from harness.timeline.timeline import FORMAT_VERSION
from tests.e2e.broken_backend import write_broken

PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
ONLY_THESE = ("-p", "amo-harness", "-p", "playwright", "-p", "xdist")
"""The plugins that matter here: every other one that is installed would slow each of these processes."""
DOCUMENTED = Path(__file__).resolve().parents[2] / "docs" / "pytest.md"
OWN_TESTS = """
def test_the_same_page(world, phone, page, callback_page):
    assert callback_page is world.page is phone.page
    assert page is callback_page.tab.page

def test_amo_in_trouble(amo, phone):
    amo.goes_wrong("token", "problem", name="code_revoked")
    phone.open_crm_tab()
    phone.tap_connect()
    phone.consent.allow()
    phone.return_to_crm_tab()
    assert phone.app.screen.state == "connected", "this is what fails"

def test_a_fault_that_nobody_used(amo):
    amo.goes_wrong("token", "problem", name="code_revoked")
"""
THEIR_TEST = """
import pytest

@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, "executable_path": %r, "args": ["--no-sandbox"]}

def test_theirs(page, context, browser_name):
    assert page.context is context
    assert browser_name == "chromium"
    page.set_content("<title>theirs</title>")
    assert page.title() == "theirs"

def test_their_page_alone(page):
    assert "Chrome" in page.evaluate("navigator.userAgent")
"""


def run_pytest(folder: Path, *words: str, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    """Run pytest in a project of somebody else's."""
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [*PYTEST, *ONLY_THESE, *words]
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=timeout_s, check=False
    )


def collected(folder: Path, *words: str) -> list[str]:
    done = run_pytest(folder, "--collect-only", "-q", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if "::" in line]


def test_pytest_split_shares_the_scenarios_between_machines(tmp_path: Path) -> None:
    """As docs/ci.md has it: each is in one group."""
    words = ("-p", "pytest_split.plugin", "--amo-backend", "reference", "--splits", "2", "amo-harness")
    one, other = (collected(tmp_path, *words, "--group", number) for number in ("1", "2"))
    assert one
    assert other
    assert sorted(one + other) == sorted(f"amo-harness::{name}" for name in all_scenarios())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The example of docs/pytest.md, and three tests more."""
    text = DOCUMENTED.read_text(encoding="utf-8")
    [example] = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (tmp_path / "test_own.py").write_text(example + OWN_TESTS, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> str:
    """Where Chromium is, for what only it can show."""
    found = launched_executable(playwright, "chromium")
    if found is None:
        pytest.skip("Chromium is not here")
    return str(found)


def test_a_scenario_is_an_item_and_own_tests_have_a_world(project: Path) -> None:
    """Beside each other in one process; what goes wrong in a world fails its test, and is told.

    The backend is named in pytest's configuration, so that own tests need no option.
    """
    (project / "pytest.ini").write_text("[pytest]\namo_backend = reference\n", encoding="utf-8")
    done = run_pytest(
        project, "amo-harness::code_missing", "test_own.py",
        "--screenshot", "only-on-failure", "--junitxml", "junit.xml", "-rA",
    )  # fmt: skip
    summary = done.stdout.partition("short test summary info")[2]
    assert "PASSED amo-harness::code_missing" in summary
    for own in ("test_the_user_comes_back_connected", "test_the_same_page"):
        assert f"PASSED test_own.py::{own}\n" in summary, "no browser's name: the page is not Playwright's"
    assert "FAILED test_own.py::test_amo_in_trouble - AssertionError: this is what fails" in summary
    assert "ERROR test_own.py::test_a_fault_that_nobody_used" in summary
    assert "amo-harness timeline" in done.stdout
    assert "amo.token_request" in done.stdout
    kept = {str(path.relative_to(project / "test-results")) for path in project.glob("test-results/*/*")}
    assert {name for name in kept if name.startswith("test-own-py-test-amo-in-trouble/")} == {
        f"test-own-py-test-amo-in-trouble/{name}"
        for name in ("01-consent.png", "02-page.png", "03-end.png", "timeline.json")
    }
    assert not any("comes-back" in name or "code-missing" in name for name in kept)
    properties = {
        each.attrib["name"]: each.attrib["value"]
        for each in ET.parse(project / "junit.xml").iter("property")  # noqa: S314 - pytest's own
    }
    assert "CB-08" in properties["amo_passed"].split()


def test_a_failure_tells_the_story(tmp_path: Path) -> None:
    """Clause, expected, actual, events, what was kept, and the command that plays it again.

    The clause is one that only --amo-strict lets fail. CB-08 is a known failure and passes, but a part of
    the scenarios cannot say that it is gone.
    """
    write_broken(tmp_path, "cache_control_missing", CB_08="ADM-13")
    words = ("--amo-backend", "backend.toml", "amo-harness::code_missing", "--amo-strict", "--amo-seed", "7")
    done = run_pytest(tmp_path, *words, "--screenshot", "on", "--output", "kept")
    assert done.returncode == 1
    assert "FAILED amo-harness::code_missing - Failed: SEC-04: " in done.stdout
    story = done.stdout.partition("FAILURES")[2].partition("short test summary")[0]
    for said in ("SEC-04\n  expected ", "\n  actual   ", "gateway.response", "backend broken"):
        assert said in story
    assert "kept   kept/amo-harness-code-missing/01-page.png" in story
    assert "again  amo-harness run --backend backend.toml --strict --seed 7 code_missing" in story
    assert "Traceback" not in done.stdout
    assert "known_failures" not in done.stdout
    timeline = tmp_path / "kept" / "amo-harness-code-missing" / "timeline.json"
    assert json.loads(timeline.read_text(encoding="utf-8"))["version"] == FORMAT_VERSION


ONLY_TWO = """
from harness.stage import scenario
known = scenario.all_scenarios()
for name in set(known) - {"exchange_refused", "code_missing"}:
    del scenario._REGISTRY[name]
"""


PORTS = """
import pytest

@pytest.mark.parametrize("number", range(4))
def test_port(world, worker_id, number):
    with open(f"{worker_id}.txt", "a") as file:
        print(world.gateway.redirect_uri, file=file)
"""

TwoWorkers = tuple[subprocess.CompletedProcess[str], list[set[str]]]


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> TwoWorkers:
    """A whole run on two workers, and the redirect URIs that each of them had."""
    folder = tmp_path_factory.mktemp("two_workers")
    (folder / "conftest.py").write_text(ONLY_TWO, encoding="utf-8")
    (folder / "test_ports.py").write_text(PORTS, encoding="utf-8")
    known = {"CB_09": "ADM-12", "CB_05": "ADM-12", "CB_07": "ADM-12", "DL_04": "ADM-12", "APP_04": "ADM-12"}
    write_broken(folder, "refusal_as_json", **known, CB_08="ADM-13")
    done = run_pytest(folder, "--amo-backend", "backend.toml", "-n", "2", "-rx", timeout_s=170)
    return done, [set(file.read_text().splitlines()) for file in sorted(folder.glob("gw*.txt"))]


@pytest.mark.timeout(180)
def test_known_failures_are_expected_and_an_unexpected_pass_fails_the_run(two_workers: TwoWorkers) -> None:
    """CB-09 fails as known; CB-08 is listed and passes, which only the whole run can tell."""
    done, _ = two_workers
    assert "XFAIL amo-harness::exchange_refused - CB-09: ADM-12" in done.stdout
    assert "5 passed, 1 xfailed" in done.stdout
    assert "CB-08 is listed in known_failures but passed: remove the entry" in done.stdout
    assert done.returncode == 1


def test_what_fails_nothing_is_told(tmp_path: Path) -> None:
    """A clause that only warns after the run; what the backend does not offer is skipped with its reason."""
    file = write_broken(tmp_path, "cache_control_missing")
    file.write_text(file.read_text(encoding="utf-8").replace("{user}", "test"), encoding="utf-8")
    names = ("amo-harness::code_missing", "amo-harness::two_users_at_once")
    done = run_pytest(tmp_path, "--amo-backend", "backend.toml", *names, "-rs")
    assert done.returncode == 0
    assert "1 passed, 1 skipped" in done.stdout
    assert "the backend does not offer: users" in done.stdout
    assert "SEC-04 warns in code_missing" in done.stdout


def test_a_backend_that_cannot_be_judged_is_an_error_and_no_failure(tmp_path: Path) -> None:
    """Preflight says what to change, at once for every item, without a traceback."""
    file = write_broken(tmp_path)
    text = file.read_text(encoding="utf-8").replace("/api/amo-crm/auth-url", "/api/nope")
    file.write_text(text, encoding="utf-8")
    done = run_pytest(tmp_path, "--amo-backend", "backend.toml", "amo-harness::left_alone")
    assert done.returncode == 1
    assert "1 error in" in done.stdout
    assert "Set [http].connect to the call that does" in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.timeout(180)
def test_each_worker_of_xdist_has_a_stage_of_its_own(two_workers: TwoWorkers) -> None:
    """Two workers play at once; their gateways have different ports."""
    _, addresses = two_workers
    assert [len(each) for each in addresses] == [1, 1]
    assert addresses[0] != addresses[1]


def test_arguments_choose_what_is_played(project: Path) -> None:
    """No argument: the tree and every scenario; paths: these alone; node ids and -k: as everywhere."""
    reference = ("--amo-backend", "reference")
    everything = collected(project, *reference)
    assert "test_own.py::test_the_same_page" in everything
    assert {"amo-harness::connect_happy_path", "amo-harness::left_alone"} <= set(everything)
    assert not [each for each in collected(project, *reference, "test_own.py") if "amo-harness" in each]
    (project / "pytest.ini").write_text("[pytest]\namo_backend = reference\n", encoding="utf-8")
    assert not [each for each in collected(project) if "amo-harness" in each], "it serves the fixtures alone"
    named = collected(project, "amo-harness", "-k", "leads_")
    assert sorted(named) == ["amo-harness::leads_empty", "amo-harness::leads_many"]


def test_a_path_in_the_configuration_counts_from_there(project: Path) -> None:
    """Wherever pytest is started."""
    write_broken(project)
    (project / "pytest.ini").write_text("[pytest]\namo_backend = backend.toml\n", encoding="utf-8")
    (project / "deep").mkdir()
    named = collected(project / "deep", "amo-harness", "-k", "leads_")
    assert len(named) == 2


def test_their_page_stays_pytest_playwrights_own(tmp_path: Path, chromium: str) -> None:
    """With a backend named, in the same process as a scenario, and parametrized by --browser as ever."""
    (tmp_path / "test_theirs.py").write_text(THEIR_TEST % chromium, encoding="utf-8")
    done = run_pytest(
        tmp_path, "--amo-backend", "reference", "amo-harness::code_missing", "test_theirs.py", "-rA",
        "--screenshot", "on",
    )  # fmt: skip
    assert "3 passed" in done.stdout, done.stdout
    for name in ("amo-harness::code_missing", "test_theirs.py::test_their_page_alone[chromium]"):
        assert f"PASSED {name}" in done.stdout
    folders = {path.parent.name for path in tmp_path.glob("test-results/*/*.png")}
    assert {"amo-harness-code-missing", "test-theirs-py-test-their-page-alone-chromium"} <= folders


def test_an_engine_that_can_trace_does(tmp_path: Path, chromium: str) -> None:
    """A trace of Playwright's for each tab of the test."""
    del chromium
    done = run_pytest(
        tmp_path, "--amo-backend", "reference", "--amo-engine", "chromium", "amo-harness::code_missing",
        "--tracing", "on",
    )  # fmt: skip
    assert "1 passed" in done.stdout
    [trace] = tmp_path.glob("test-results/amo-harness-code-missing/trace-*.zip")
    assert trace.read_bytes()[:2] == b"PK"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--amo-backend", "nope.toml"], "nope.toml: there is no such file; `amo-harness init` writes one"),
        (["--amo-backend", "reference", "amo-harness::nope"], "there is no scenario 'nope'"),
        (["--amo-backend", "reference", "--amo-phone", "nokia"], "no phone is called 'nokia'"),
        (
            ["--amo-backend", "reference", "--tracing", "on"],
            "--tracing needs --amo-engine webkit or chromium",
        ),
        (["--amo-backend", "reference", "--video", "on"], "--video is not recorded of the harness's browser"),
    ],
    ids=["no file", "no scenario", "no phone", "tracing", "video"],
)
def test_what_is_impossible_is_refused_before_anything_starts(
    tmp_path: Path, words: list[str], said: str
) -> None:
    """One sentence, pytest's exit code for usage."""
    done = run_pytest(tmp_path, *words)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: {said}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_world_without_a_backend_says_what_to_do(project: Path) -> None:
    """And nothing of the harness has been loaded."""
    done = run_pytest(project, "test_own.py::test_a_fault_that_nobody_used")
    assert "the fixture `world` needs a backend: run pytest with --amo-backend" in done.stdout


LIGHT = {"amo_harness", "amo_harness.whereabouts", "amo_harness.pytest_plugin"}
"""All of ours that is there in somebody else's test run: none of the names that others use too."""


def test_an_unrelated_run_loads_nothing_but_the_plugin(tmp_path: Path) -> None:
    """What it costs is the import of the options' names; benchmarks/plugin_cost.py measures it."""
    (tmp_path / "test_theirs.py").write_text(
        "import sys\n"
        "def test_theirs():\n"
        "    ours = ('amo_harness', 'harness', 'fake_amo', 'backend_under_test', 'scenarios')\n"
        "    loaded = {name for name in sys.modules if name.split('.')[0] in ours}\n"
        f"    assert loaded == {LIGHT}\n",
        encoding="utf-8",
    )
    done = subprocess.run(PYTEST, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout
    assert "amo-harness-" in done.stdout, "installed, and loaded by its entry point"
