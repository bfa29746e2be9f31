"""What readers of JUnit XML demand of it: Jenkins' schema, and the fields that GitHub's actions take."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from harness.errors import UsageError
from harness.report.junit import JUnitFile, document
from harness.runs.causes import CLAUSES
from harness.runs.results import RunResult, ScenarioResult
from tests.unit.report.runs import FAILED, HOSTILE, PASSED, UNSEEN, played, run_of, timeline_of

NUMBER = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?")
TOLD = ({"message", "type"}, set[str](), set[str]())
SCHEMA: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, set(), {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp", "hostname", "id"},
        {"name", "tests", "failures", "errors"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, {"name", "value"}, set()),
    "testcase": (
        {"name", "time", "classname", "group"},
        {"name"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": TOLD,
    "error": TOLD,
    "skipped": TOLD,
}
"""junit-10.xsd of Jenkins' xUnit plugin: attributes allowed and required, and children, of each element."""


def violations(element: ET.Element) -> Iterator[str]:
    """Say where an element or one below it breaks the schema."""
    allowed, required, children = SCHEMA[element.tag]
    yield from (f"{element.tag} has {name}" for name in set(element.attrib) - allowed)
    yield from (f"{element.tag} lacks {name}" for name in required - set(element.attrib))
    if not NUMBER.fullmatch(element.get("time", "")):
        yield f"{element.tag} has the time {element.get('time')}"
    for child in element:
        if child.tag in children:
            yield from violations(child)
        else:
            yield f"{element.tag} holds {child.tag}"


def parsed(run: RunResult) -> ET.Element:
    return ET.fromstring(document(run))  # noqa: S314 - our own output


LEFT_OUT = ScenarioResult("two_users", "Two users", (), left_out="the backend does not offer: users")
TROUBLE = replace(played("again"), harness_errors=("webkitgtk: the browser ended",))
EVERY = run_of(played("fine", CB_06=PASSED), played(CB_06=FAILED, CB_07=UNSEEN), LEFT_OUT, TROUBLE)
RUNS = {
    "every outcome": EVERY,
    "nothing played": run_of(),
    "interrupted": replace(EVERY, interrupted=True),
    "unexpected pass": run_of(played(CB_06=PASSED), known={"CB-06": "ADM-12"}),
    "hostile": replace(run_of(replace(TROUBLE, id=HOSTILE, harness_errors=(HOSTILE,))), backend=HOSTILE),
}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_the_document_keeps_jenkins_schema(run: RunResult) -> None:
    """Whatever a run found, its elements and attributes are those that the schema knows."""
    assert list(violations(parsed(run))) == []


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("<testsuites><testsuite tests='1' failures='0' errors='0'/></testsuites>", "testsuite lacks name"),
        ("<testcase name='a' file='b'/>", "testcase has file"),
        ("<testcase name='a' time='1e-05'/>", "testcase has the time 1e-05"),
        ("<testcase name='a'><properties/></testcase>", "testcase holds properties"),
    ],
)
def test_the_check_of_the_schema_sees_what_breaks_it(broken: str, said: str) -> None:
    """Else the test above could not fail."""
    assert list(violations(ET.fromstring(broken))) == [said]  # noqa: S314 - a constant


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_the_counts_are_those_of_the_cases(run: RunResult) -> None:
    """Jenkins and GitHub count differently: both must come to the same."""
    suite = parsed(run).find("testsuite")
    assert suite is not None
    assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suite.attrib[name]) == len(suite.findall(f"testcase/{tag}"))


def told(run: RunResult) -> dict[str, tuple[str, str]]:
    """The outcome and message of each case that has one, as both GitHub actions read them."""
    cases = parsed(run).iter("testcase")
    return {case.attrib["name"]: (each.tag, each.attrib["message"]) for case in cases for each in case}


def test_each_outcome_is_told_in_one_line() -> None:
    """An annotation shows the message alone, so it names the clause and what was seen."""
    assert told(EVERY) == {
        "left_alone": ("failure", "CB-06: it left by meta refresh"),
        "two_users": ("skipped", "the backend does not offer: users"),
        "again": ("error", "webkitgtk: the browser ended"),
        "never seen CB-07": ("failure", "no page opened a link"),
    }


def test_what_fails_a_run_and_is_no_scenarios_has_a_case_of_its_own() -> None:
    """A run that ends with 1 or 3 is never green in CI."""
    assert told(RUNS["unexpected pass"]) == {
        "known_failures CB-06": ("failure", "CB-06 is listed in known_failures but passed: remove the entry")
    }
    assert told(RUNS["interrupted"])["interrupted"] == ("error", "interrupted: 4 scenarios finished")


@pytest.mark.parametrize(("strict", "failures"), [(False, 0), (True, 1)])
def test_a_should_clause_fails_a_case_only_when_strict(strict: bool, failures: int) -> None:
    """As it does the run."""
    assert len(told(run_of(played(SEC_04=FAILED), strict=strict))) == failures


def test_a_failure_tells_the_events_around_it(tmp_path: Path) -> None:
    """Expected, actual, and the proof with its neighbours; the file is there when the run has ended."""
    file = tmp_path / "deep" / "junit.xml"
    listener = JUnitFile(file)
    run = run_of(played(CB_06=FAILED))
    listener.scenario_finished(run.scenarios[0], timeline_of("foryoure://amo-crm/callback"))
    listener.run_finished(run)
    text = ET.parse(file).findtext(".//failure")  # noqa: S314 - our own output
    assert text is not None
    assert text.splitlines() == [
        "CB-06",
        "  expected no departure",
        "  actual   it left by meta refresh",
        "      0      0.0 ms  scenario.started  id=left_alone",
        "  >   1      1.5 ms  webview.departure  url=foryoure://amo-crm/callback",
        "      2      2.0 ms  scenario.ended",
        f"  change   {CLAUSES['CB-06'].remedy}",
    ]


@pytest.mark.parametrize(
    ("name", "said"), [("", "is a folder: name a file"), ("file/junit.xml", "cannot be written")]
)
def test_a_place_where_no_file_can_be_is_refused_before_the_run(name: str, said: str, tmp_path: Path) -> None:
    """Not after it, when the results are lost."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        JUnitFile(tmp_path / name)


def test_hostile_characters_stay_text() -> None:
    """Markup is escaped, what XML cannot carry is replaced, and the rest comes back as it was."""
    readable = HOSTILE.replace("\x00", "�").replace("\x0b", "�").replace("\x1b", "�").replace("\ud800", "�")
    [case] = parsed(RUNS["hostile"]).iter("testcase")
    assert case.attrib["name"] == readable
    assert case.attrib["classname"] == f"amo-harness.{readable}"
    assert case.findtext("error") == readable
