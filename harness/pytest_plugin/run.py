"""What the pytest plugin does once a backend is named: its items, their stage, and the summary.

Owns playing scenarios as pytest items, and the world of people's own tests. Must not judge: what fails an
item is what fails a scenario of `amo-harness run`.
"""

import re
from collections.abc import Collection, Generator, Iterator, Mapping
from os.path import relpath
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.pytest_plugin.artifacts import Artifacts, check_options
from harness.report.words.story import failure_text, headline, timeline_lines, unexpected_pass
from harness.report.words.visible import shown
from harness.runs.opening import config_of, phone_of, rules_of
from harness.runs.options import REFERENCE, RunRequest, pytest_values
from harness.runs.results import RunResult, ScenarioResult, outcome_of
from harness.runs.rules import Rules
from harness.runs.runner import Played, play
from harness.stage.scenario import Scenario, all_scenarios, choose
from harness.stage.world import Stage, World

COLLECTOR = "amo-harness"
OURS = ("world", "phone", "amo", "callback_page")
PLAYWRIGHTS_OWN = ("browser", "browser_type", "context", "new_context")
_CHOSEN = re.compile(rf"(?:.*/)?{COLLECTOR}(?:::(?P<id>\w+))?\Z")
WORLD = pytest.StashKey[World]()
FAILED = pytest.StashKey[bool]()


def _needs(amo_stage: Stage, amo_artifacts: Artifacts) -> None:
    """Tell pytest which fixtures a scenario needs."""
    del amo_stage, amo_artifacts


def _node(kind: Any, parent: pytest.Collector, **words: Any) -> Any:
    """Make a node of the tree; `from_parent` passes words on that its own signature does not know."""
    return kind.from_parent(parent, **words)


class ScenarioCollector(pytest.Collector):
    """Collects the scenarios; it is no file of the tree."""

    def __init__(self, scenarios: list[Scenario], **words: Any) -> None:
        super().__init__(**words)
        self._scenarios = scenarios

    def collect(self) -> Iterator["ScenarioItem"]:
        """Yield an item for each scenario."""
        for scenario in self._scenarios:
            yield _node(ScenarioItem, self, name=scenario.id, callobj=_needs, scenario=scenario)


class ScenarioItem(pytest.Function):
    """One scenario as a test."""

    def __init__(self, scenario: Scenario, **words: Any) -> None:
        super().__init__(**words)  # pyright: ignore[reportUnknownMemberType] - pytest leaves `parent` untyped
        self.scenario = scenario

    def runtest(self) -> None:
        """Play it; what it found is the outcome."""
        needed: dict[str, Any] = self.funcargs
        self.config.stash[RUN_KEY].play(self, needed["amo_stage"], needed["amo_artifacts"])

    def reportinfo(self) -> tuple[str, None, str]:
        """Return what pytest calls it."""
        return COLLECTOR, None, f"{COLLECTOR} {self.scenario.id}"


class AmoRun:
    """The plugin of a test run that has a backend."""

    def __init__(self, config: pytest.Config, backend: str) -> None:
        asked = pytest_values(config.getoption)
        asked["backend"] = None if backend == REFERENCE else Path(backend)
        asked["headed"] = config.getoption("--headed", default=False)  # pytest-playwright's
        self.request = RunRequest.of(asked)
        try:
            check_options(config, self.request.engine)
            phone_of(self.request)
            self.backend = config_of(self.request, _named(config))
            self.chosen = _chosen(config)
            self.rules = rules_of(self.request, self.backend)
        except HarnessError as error:
            raise pytest.UsageError(str(error)) from error
        self.findings: dict[str, dict[str, str]] = {}
        self.stopped: set[str] = set()
        config.stash[RUN_KEY] = self

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> None:
        """Take our own node ids from the arguments: pytest would look for files of that name."""
        session.config.args[:] = [each for each in session.config.args if not _is_ours(each)]

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Put our collector beside the tree's."""
        report = yield
        if isinstance(collector, pytest.Session) and self.chosen and report.passed:
            ours = _node(
                ScenarioCollector, collector, name=COLLECTOR, nodeid=COLLECTOR, scenarios=self.chosen
            )
            report.result = [*report.result, ours]
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> Generator[None, object, object]:
        """Keep pytest-playwright from repeating, by `--browser`, a test whose page is ours."""
        names = metafunc.fixturenames
        if "page" not in names or not asks_for_ours(names) or not set(PLAYWRIGHTS_OWN).isdisjoint(names):
            return (yield)
        place = names.index("page")
        names.remove("page")
        try:
            return (yield)
        finally:
            names.insert(place, "page")

    def play(self, item: ScenarioItem, stage: Stage, artifacts: Artifacts) -> None:
        """Play an item's scenario and give the item its outcome."""
        played = play(stage, item.scenario)
        result = played.result
        if result.left_out:
            pytest.skip(result.left_out)
        item.user_properties += _properties(result, self.rules)
        run = self._alone(result, stage)
        outcome = outcome_of(result, run)
        failed = outcome in ("failed", "error")
        kept = artifacts.keep(item.nodeid, played.timeline, failed=failed)
        if failed:
            pytest.fail(self._story(played, run, kept), pytrace=False)
        if result.stopped:
            pytest.skip(shown(result.stopped))
        known = [(each, run.rules.excuse(each, result.id)) for each in run.rules.failing(result.failures)]
        if known:
            pytest.xfail("; ".join(f"{clause_id}: {why}" for clause_id, why in known))

    def _alone(self, result: ScenarioResult, stage: Stage) -> RunResult:
        """A run of this scenario alone: the same rules decide what fails it."""
        return RunResult(
            engine={"name": stage.engine.name, "version": stage.engine.version},
            backend=stage.backend.name,
            scenarios=(result,),
            rules=self.rules,
            whole=False,
        )

    def _story(self, played: Played, run: RunResult, kept: list[Path]) -> str:
        result = played.result
        engine = f"{run.engine['name']} {run.engine['version']}".strip()
        lines = [headline(result, run), "", f"{result.title}  [{engine}, backend {run.backend}]"]
        lines += failure_text(result, run, played.timeline).splitlines()
        lines += [f"kept   {relpath(path)}" for path in kept]
        lines.append(f"again  {self.request.command} {result.id}")
        return shown("\n".join(lines))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put what happened in the world beside the failure of somebody's own test."""
        report = yield
        world = item.stash.get(WORLD, None)
        if world is not None and report.failed:
            item.stash[FAILED] = True
            lines = timeline_lines(world.recorder.timeline())
            report.sections.append((f"{COLLECTOR} timeline", shown("\n".join(lines))))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what each scenario found, also where a worker played it."""
        if report.when == "call" and report.nodeid.startswith(f"{COLLECTOR}::"):
            self.findings[report.nodeid.partition("::")[2]] = {
                name: str(value) for name, value in report.user_properties
            }
            if report.skipped and report.user_properties and not hasattr(report, "wasxfail"):
                self.stopped.add(report.nodeid.partition("::")[2])

    def unexpected_passes(self) -> list[str]:
        """Known failures that passed wherever they were seen, once every scenario was played."""
        if not self.backend.known_failures or not set(all_scenarios()) <= set(self.findings):
            return []
        return [each for each in self.backend.known_failures if self._has_passed(each)]

    def _has_passed(self, key: str) -> bool:
        """Tell whether a known failure, of a clause or of one in a scenario, passed wherever it was seen."""
        clause, _, scenario = key.partition("/")
        told = [found for name, found in self.findings.items() if scenario in ("", name)]
        passed, failed = (
            any(clause in found.get(name, "").split() for found in told)
            for name in (PASSED_PROPERTY, FAILED_PROPERTY)
        )
        return passed and not failed

    def unseen(self) -> list[str]:
        """Clauses that fail a run and that it never saw."""
        return never_seen(self.findings, self.stopped, self.rules)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a run in which a known failure passed; a worker leaves that to whoever started it."""
        if not hasattr(session.config, "workerinput") and session.exitstatus == pytest.ExitCode.OK:
            wrong = self.unexpected_passes() or self.unseen()
            session.exitstatus = pytest.ExitCode.TESTS_FAILED if wrong else pytest.ExitCode.OK

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what no item's outcome shows: warnings, and known failures that passed."""
        lines = [
            f"{clause} warns in {scenario}"
            for scenario, found in self.findings.items()
            for clause in found.get(WARNED_PROPERTY, "").split()
        ]
        lines += [unexpected_pass(clause) for clause in self.unexpected_passes()]
        lines += [f"{clause} was never seen, and must be" for clause in self.unseen()]
        if lines:
            terminalreporter.section(COLLECTOR)
        for line in lines:
            terminalreporter.line(line)


RUN_KEY = pytest.StashKey[AmoRun]()
PASSED_PROPERTY, FAILED_PROPERTY, WARNED_PROPERTY = "amo_passed", "amo_failed", "amo_warned"


def never_seen(
    findings: Mapping[str, Mapping[str, str]], stopped: Collection[str], rules: Rules
) -> list[str]:
    """Return what fails a run, what the backend offers to show, and what a whole run never saw.

    Of a part, what those of its scenarios are about that were stopped half-way. `findings` has the
    properties of each scenario's item by name.
    """
    scenarios = all_scenarios()
    counts = set(findings) if set(scenarios) <= set(findings) else set(stopped)
    seen = {clause for found in findings.values() for told in found.values() for clause in told.split()}
    tried = {
        clause
        for name, found in findings.items()
        if name in counts and any(found.values())
        for clause in scenarios[name].brings
    }
    return [each for each in rules.failing(sorted(tried - seen)) if rules.is_offered(each)]


def _properties(result: ScenarioResult, rules: Rules) -> list[tuple[str, str]]:
    """What a scenario found, in a form that reports and pytest-xdist carry."""
    passed = [clause for clause, finding in result.findings.items() if finding.result == "passed"]
    warned = rules.warning(result.failures)
    return [
        (PASSED_PROPERTY, " ".join(passed)),
        (FAILED_PROPERTY, " ".join(result.failures)),
        (WARNED_PROPERTY, " ".join(warned)),
    ]


def asks_for_ours(names: list[str]) -> bool:
    """Tell whether a test that needs these fixtures is about our world."""
    return not set(OURS).isdisjoint(names)


def _is_ours(argument: str) -> bool:
    """Tell whether an argument names our items; a file of that name goes first."""
    return bool(_CHOSEN.match(argument)) and not Path(argument.partition("::")[0]).exists()


def _named(config: pytest.Config) -> list[str]:
    """Return the scenarios that the arguments name."""
    matches = [match for each in config.args if _is_ours(each) and (match := _CHOSEN.match(each))]
    return [match["id"] for match in matches if match["id"]]


def _chosen(config: pytest.Config) -> list[Scenario]:
    """Return the scenarios that the arguments name, or all where no argument names anything."""
    ours = [match for each in config.args if _is_ours(each) and (match := _CHOSEN.match(each))]
    ids = [match["id"] for match in ours]
    if ours:
        return choose([] if None in ids else ids)
    names_files = config.args_source is pytest.Config.ArgsSource.ARGS
    return [] if names_files or not config.getoption("--amo-backend") else choose([])
