"""JUnit XML, as GitHub's and Jenkins' readers take it: one suite, one test case for each scenario.

Owns that format; written whole or not at all.
"""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from harness.results import RunResult, ScenarioResult, outcome_of
from harness.runner import Quiet
from harness.timeline import write_whole

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot carry, §2.2."""


def failure_text(scenario: ScenarioResult, run: RunResult) -> str:
    """Say what failed in a scenario, clause by clause, for a reader of plain text."""
    lines: list[str] = []
    for clause_id in scenario.failures(None if run.strict else "must"):
        finding = scenario.findings[clause_id]
        known = f" (known: {run.known_failures[clause_id]})" if clause_id in run.known_failures else ""
        lines += [f"{clause_id}{known}", f"  expected {finding.expected}", f"  actual   {finding.actual}"]
    for clause_id in scenario.unseen:
        lines.append(
            f"{clause_id} was promised and did not come into view: {scenario.findings[clause_id].actual}"
        )
    return "\n".join([*lines, *scenario.trouble])


def document(run: RunResult) -> str:
    """Return the XML of a run."""
    outcomes = [(scenario, outcome_of(scenario, run)) for scenario in run.scenarios]
    suite = ET.Element(
        "testsuite",
        name=f"amo-harness {run.backend}",
        tests=str(len(outcomes)),
        failures=str(sum(outcome == "failed" for _, outcome in outcomes)),
        errors=str(sum(outcome == "error" for _, outcome in outcomes)),
        skipped=str(sum(outcome == "left_out" for _, outcome in outcomes)),
        time=f"{run.duration_s:.3f}",
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in (("engine", run.engine.get("name")), ("engine_version", run.engine.get("version"))):
        ET.SubElement(properties, "property", name=name, value=_clean(str(value)))
    for scenario, outcome in outcomes:
        _case(suite, scenario, outcome, run)
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _case(suite: ET.Element, scenario: ScenarioResult, outcome: str, run: RunResult) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        classname=f"amo-harness.{run.backend}",
        name=scenario.id,
        time=f"{scenario.duration_s:.3f}",
    )
    tags = {"failed": "failure", "error": "error", "left_out": "skipped"}
    if outcome in tags:
        text = _clean(failure_text(scenario, run) or scenario.left_out)
        element = ET.SubElement(case, tags[outcome], message=text.partition("\n")[0])
        element.text = text


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)


class JUnitFile(Quiet):
    """Writes the XML when the run ends."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def run_finished(self, run: RunResult) -> None:
        """Write the file."""
        write_whole(self._path, document(run))
