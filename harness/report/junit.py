"""JUnit XML, as GitHub's and Jenkins' readers take it: one suite, one test case for each scenario.

Owns that format; written whole or not at all.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal
from xml.etree import ElementTree as ET

from harness.errors import UsageError
from harness.report.words.story import failure_text, headline, unexpected_pass
from harness.runs.results import RunResult, ScenarioOutcome, ScenarioResult, outcome_of
from harness.runs.runner import Quiet
from harness.timeline.files import NotWritten, try_place, write_whole
from harness.timeline.timeline import Timeline

TAGS: Mapping[ScenarioOutcome, Literal["", "failure", "error", "skipped"]] = {
    "passed": "",
    "failed": "failure",
    "error": "error",
    "known_failure": "",
    "left_out": "skipped",
    "stopped": "skipped",
}
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot carry, §2.2."""


@dataclass(frozen=True, slots=True)
class Case:
    """One test case; `outcome` is empty where it passed."""

    name: str
    outcome: Literal["", "failure", "error", "skipped"] = ""
    message: str = ""
    text: str = ""
    duration_s: float = 0.0
    pictures: tuple[Path, ...] = ()
    """Of a scenario that did not pass."""


def cases(run: RunResult, timelines: Mapping[str, Timeline], pictures: Path | None = None) -> Iterator[Case]:
    """Yield a case for each scenario, and one for each reason to fail that is no scenario's.

    `pictures` is the folder that has one for the pictures of each scenario.
    """
    for scenario in run.scenarios:
        outcome = TAGS[outcome_of(scenario, run)]
        text = failure_text(scenario, run, timelines.get(scenario.id, Timeline())) if outcome else ""
        taken = sorted((pictures / scenario.id).glob("*.png")) if pictures and outcome else []
        yield Case(
            scenario.id, outcome, headline(scenario, run), text, scenario.duration_s, pictures=tuple(taken)
        )
    for each in run.besides:
        tag = {"passed": "", "failed": "failure", "not_observed": "skipped"}[each.outcome]
        text = "\n".join(filter(None, (each.title, each.said, each.remedy)))
        yield Case(each.name, tag, each.said, text if tag else "")  # pyright: ignore[reportArgumentType]
    for clause_id in run.unexpected_passes:
        yield Case(f"known_failures {clause_id}", "failure", unexpected_pass(clause_id))
    for unseen in run.unseen:
        yield Case(f"never seen {unseen.clause.id}", "failure", unseen.why_not)
    if run.shortfall:
        name = "not started" if run.not_started else "interrupted" if run.interrupted else "not finished"
        yield Case(name, "error", run.shortfall.partition("\n")[0], run.shortfall)


def document(
    run: RunResult, timelines: Mapping[str, Timeline] = MappingProxyType({}), pictures: Path | None = None
) -> str:
    """Return the XML of a run; with the timelines, a failure tells the events around it.

    With the folder of the pictures, those of what did not pass are attached.
    """
    found = list(cases(run, timelines, pictures))
    counts = Counter(case.outcome for case in found)
    suite = ET.Element(
        "testsuite",
        name=_clean(f"amo-harness {run.backend}"),
        tests=str(len(found)),
        failures=str(counts["failure"]),
        errors=str(counts["error"]),
        skipped=str(counts["skipped"]),
        time=f"{run.duration_s:.3f}",
    )
    properties = ET.SubElement(suite, "properties")
    for name in ("name", "version"):
        ET.SubElement(properties, "property", name=f"engine.{name}", value=_clean(str(run.engine.get(name))))
    for case in found:
        suite.append(_case(case, classname=_clean(f"amo-harness.{run.backend}")))
    suites = ET.Element("testsuites", time=suite.attrib["time"])
    suites.append(suite)
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _case(case: Case, *, classname: str) -> ET.Element:
    element = ET.Element(
        "testcase", classname=classname, name=_clean(case.name), time=f"{case.duration_s:.3f}"
    )
    if case.outcome:
        told = ET.SubElement(element, case.outcome, message=_clean(case.message))
        told.text = _clean(case.text)
    if case.pictures:
        attached = (f"[[ATTACHMENT|{_place(each)}]]" for each in case.pictures)
        ET.SubElement(element, "system-out").text = "\n".join(attached)
    return element


def _place(picture: Path) -> str:
    """Return a file as GitLab and Jenkins find it: from the project's folder, or its whole path."""
    project = Path(os.environ.get("CI_PROJECT_DIR") or Path()).resolve()
    whole = picture.resolve()
    return str(whole.relative_to(project) if whole.is_relative_to(project) else whole)


def _clean(text: str) -> str:
    """Return a text that XML can carry and that attaches nothing."""
    return _FORBIDDEN.sub("\ufffd", text).replace("[[ATTACHMENT|", "[[ATTACHMENT\u200b|")


class JUnitFile(Quiet):
    """Writes the XML when the run ends; `UsageError` before it begins where no file can be.

    `out` is the run's folder, whose pictures are attached to what did not pass.
    """

    def __init__(self, path: Path, out: Path | None = None) -> None:
        if path.is_dir():
            raise UsageError(f"--junit {path} is a folder: name a file")
        try:
            try_place(path)
        except NotWritten as error:
            raise UsageError(f"--junit {error}") from error
        self._path, self._is_begun = path, False
        self._pictures = out and out / "screenshots"
        self._timelines: dict[str, Timeline] = {}

    def scenario_finished(self, result: ScenarioResult, timeline: Timeline) -> None:
        """Keep what happened, for the story of a failure."""
        self._timelines[result.id] = timeline

    def run_so_far(self, run: RunResult) -> None:
        """Write once that nothing is finished: no file of an earlier run stands for one that is killed."""
        if not self._is_begun:
            self.run_finished(run)

    def run_finished(self, run: RunResult) -> None:
        """Write the file."""
        self._is_begun = True
        write_whole(self._path, document(run, self._timelines, self._pictures))
