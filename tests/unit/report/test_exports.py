"""A run in other tools' forms: HAR, Trace Event JSON, JUnit as junitparser reads it, GitHub's commands."""

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped

from harness.cli import main
from harness.errors import BackendError, UsageError
from harness.report.exports import har, trace
from harness.report.exports.github import SUMMARY, annotating, annotations, escaped, summary
from harness.report.junit import JUnitFile
from harness.runs.about import About
from harness.runs.results import RunResult, ScenarioResult
from harness.timeline.events import AppRequest, AppResponse, BackendStarted, ScenarioEnded, ScenarioStarted
from harness.timeline.gateway_events import Broken, FirstByte, GatewayRequest, GatewayResponse, Released
from harness.timeline.page_events import PageShown, Tap, TapSettled
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline
from tests.unit.report.runs import FAILED, HOSTILE, PASSED, UNSEEN, played, run_of
from tests.unit.saved.test_saved_run import RUNS, departed, saved

MS = 1_000_000
HTML = (("Content-Type", "text/html"), ("Location", ""))
LEFT_OUT = ScenarioResult("two_users", "Two users", (), left_out="the backend does not offer: users")
RUN = replace(
    run_of(played("left_alone", CB_06=replace(FAILED, events=(3,))), LEFT_OUT),
    about=About(started="2026-11-26T08:00:00Z", versions={"amo-harness": "0.1.0"}, command="amo-harness run"),
)


def story() -> Timeline:
    """An exchange that is held for 3 ms, one that breaks, a call of the app, a tap."""
    moments = iter(range(0, 100 * MS, MS))
    recorder = Recorder(lambda: next(moments))
    for event in (
        ScenarioStarted(id="left_alone"),
        BackendStarted(how="child process", url="http://127.0.0.1:3000"),
        GatewayRequest(exchange=1, path="/cb", query={"code": ("‹code:1›",), "state": ("a b",)}),
        FirstByte(exchange=1),
        GatewayRequest(exchange=2, path="/logo.png"),
        Broken(exchange=2, reason="connection reset"),
        Released(exchange=1),
        GatewayResponse(exchange=1, status=200, headers=HTML, body="<p>Дякую</p>"),
        PageShown(exchange=1, url="http://127.0.0.1:8080/cb?code=1"),
        Tap(number=1, target="Return to App"),
        TapSettled(number=1),
        AppRequest(id=1, purpose="status", path="/status"),
        AppResponse(id=1, purpose="status", status=200, body="{}"),
        ScenarioEnded(),
    ):
        recorder.record(event)
    return recorder.timeline()


TIMELINES = {"left_alone": story(), "two_users": Timeline()}


def entries() -> list[dict[str, Any]]:
    return json.loads(har.document(RUN, TIMELINES))["log"]["entries"]


def test_a_har_has_what_the_browser_and_the_app_asked() -> None:
    """In their order, with what the HAR viewer shows: address, query, status, body, times."""
    page, picture, status = entries()
    assert page["request"]["url"] == "http://127.0.0.1:8080/cb?code=%E2%80%B9code%3A1%E2%80%BA&state=a+b"
    assert page["request"]["queryString"][1] == {"name": "state", "value": "a b"}
    assert page["response"]["content"] == {"size": 17, "mimeType": "text/html", "text": "<p>Дякую</p>"}
    assert (page["startedDateTime"], page["time"]) == ("2026-11-26T08:00:00.002+00:00", 5)
    assert (page["timings"]["wait"], page["timings"]["receive"]) == (1, 4)
    assert page["comment"] == "left_alone; held back for 3.0 ms"
    assert (picture["response"]["status"], picture["comment"]) == (0, "left_alone; broken: connection reset")
    assert (status["request"]["url"], status["response"]["status"]) == ("http://127.0.0.1:3000/status", 200)


REQUIRED = {
    "entry": {"startedDateTime", "time", "request", "response", "cache", "timings"},
    "request": {
        "method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize",
    },
    "response": {
        "status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize",
        "bodySize",
    },
}  # fmt: skip
"""HAR 1.2: what an entry must have."""


def test_a_har_keeps_version_1_2() -> None:
    """Names and types that its readers demand."""
    log = json.loads(har.document(RUN, TIMELINES))["log"]
    assert (log["version"], log["creator"]["name"], log["browser"]["name"]) == (
        "1.2",
        "amo-harness",
        "webkitgtk",
    )
    for entry in log["entries"]:
        assert REQUIRED["entry"] <= set(entry)
        assert REQUIRED["request"] <= set(entry["request"])
        assert REQUIRED["response"] <= set(entry["response"])
        assert entry["time"] >= 0


@pytest.mark.parametrize("started", ["", "nonsense", "0001-01-01T00:00:00+23:59"])
def test_a_run_that_does_not_say_when_has_a_har_too(started: str) -> None:
    """Its order counts then."""
    run = replace(RUN, about=About(started=started))
    [first, *_] = json.loads(har.document(run, TIMELINES))["log"]["entries"]
    assert first["startedDateTime"].startswith("1970-01-01T00:00:00")


def marks() -> list[dict[str, Any]]:
    return json.loads(trace.document(RUN, TIMELINES))["traceEvents"]


def test_a_trace_keeps_its_format() -> None:
    """Every mark has what the document asks of its kind; each span that begins ends, under the same id."""
    spans: dict[tuple[str, str, str], list[str]] = {}
    for mark in marks():
        assert {"ph", "name", "pid", "args"} <= set(mark)
        if mark["ph"] != "M":
            assert mark["ts"] >= 0
            assert isinstance(mark["tid"], int)
        if mark["ph"] == "X":
            assert mark["dur"] >= 0
        if mark["ph"] == "i":
            assert mark["s"] in ("g", "p", "t")
        if mark["ph"] in "be":
            spans.setdefault((mark["cat"], mark["id"], mark["name"]), []).append(mark["ph"])
    assert list(spans.values()) == [["b", "e"]] * 3


def test_a_trace_shows_the_exchange_the_held_span_and_the_broken_clause() -> None:
    """In microseconds from the first event, on the lanes of who did it."""
    by_name = {(mark["name"], mark["ph"]): mark for mark in marks()}
    lanes = {mark["args"]["name"]: mark["tid"] for mark in marks() if mark["name"] == "thread_name"}
    assert (by_name["GET /cb", "b"]["ts"], by_name["GET /cb", "e"]["ts"]) == (2000, 7000)
    assert (by_name["held back", "b"]["ts"], by_name["held back", "e"]["ts"]) == (3000, 6000)
    assert by_name["tap 1", "X"]["dur"] == 1000
    broken = by_name["CB-06 is broken", "i"]
    assert (broken["ts"], broken["tid"]) == (3000, lanes["contract"])
    assert by_name["page", "i"]["tid"] == lanes["webview"]
    assert by_name["process_name", "M"]["args"] == {"name": "left_alone"}


def test_a_kept_run_is_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each form that is asked for, and nothing where none is."""
    folder = saved(tmp_path / "run", RUNS["broken"], departed())
    files = {name: tmp_path / f"run.{name}" for name in ("har", "trace", "junit")}
    assert main(["export", str(folder), *(f"--{name}={file}" for name, file in files.items())]) == 0
    assert capsys.readouterr().out.count("is written") == 3
    assert json.loads(files["trace"].read_text(encoding="utf-8"))["otherData"]["verdict"] == "failed"
    assert json.loads(files["har"].read_text(encoding="utf-8"))["log"]["entries"] == []
    assert files["junit"].is_file()
    assert main(["export", str(folder)]) == 2
    for flag in ("--har", "--trace"):
        assert main(["export", str(folder), f"{flag}={files['har']}/x"]) == 2


# --- JUnit ---


def read_back(run: RunResult, out: Path) -> dict[str, Any]:
    """Return the cases as junitparser reads the file, by name."""
    file = out / "junit.xml"
    JUnitFile(file, out).run_finished(run)
    reader: Any = JUnitXml  # comes with types in part
    found = reader.fromfile(str(file))
    return {str(case.name): case for suite in found for case in suite}


def test_junitparser_reads_each_outcome(tmp_path: Path) -> None:
    """As GitLab's reader does."""
    trouble = replace(played("again"), harness_errors=("webkitgtk: the browser ended",))
    run = run_of(played("fine", CB_06=PASSED), played(CB_06=FAILED, CB_07=UNSEEN), LEFT_OUT, trouble)
    cases = read_back(run, tmp_path)
    assert cases["fine"].is_passed
    assert [type(cases[name].result[0]) for name in ("left_alone", "two_users", "again")] == [
        Failure,
        Skipped,
        Error,
    ]
    assert cases["left_alone"].result[0].message == "CB-06: it left by meta refresh"
    assert cases["left_alone"].time == 0.25


def test_pictures_of_a_failure_are_attached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By their place in the project, which GitLab shows them from; what passed has none."""
    for name in ("left_alone", "fine"):
        (tmp_path / "screenshots" / name).mkdir(parents=True)
        for picture in ("02-after.png", "01-page.png"):
            (tmp_path / "screenshots" / name / picture).write_bytes(b"PNG")
    monkeypatch.setenv("CI_PROJECT_DIR", str(tmp_path))
    run = run_of(played("fine", CB_06=PASSED), played(CB_06=FAILED))
    cases = read_back(run, tmp_path)
    assert str(cases["left_alone"].system_out).splitlines() == [
        "[[ATTACHMENT|screenshots/left_alone/01-page.png]]",
        "[[ATTACHMENT|screenshots/left_alone/02-after.png]]",
    ]
    assert cases["fine"].system_out is None
    monkeypatch.setenv("CI_PROJECT_DIR", str(tmp_path / "elsewhere"))
    assert f"[[ATTACHMENT|{tmp_path}/screenshots" in str(read_back(run, tmp_path)["left_alone"].system_out)


def test_a_foreign_text_attaches_nothing(tmp_path: Path) -> None:
    """A page may say the words that attach a file."""
    said = replace(FAILED, actual="[[ATTACHMENT|/etc/passwd]]")
    read_back(run_of(played(CB_06=said)), tmp_path)
    assert "[[ATTACHMENT|" not in (tmp_path / "junit.xml").read_text(encoding="utf-8")


# --- GitHub Actions ---

INJECTION = "x\n::set-output name=a::b\r\n  ::add-mask::secret\n##[error]y%0A::error::z, a: b"


def commands(text: str) -> list[tuple[str, str]]:
    """Return name and text of each command that a runner takes, as it reads lines; stopped ones are none."""
    found: list[tuple[str, str]] = []
    word = ""
    for line in re.split(r"\r\n|\r|\n", text):
        match = re.match(r"\s*::([\w-]+)( [^:]*)?::(.*)", line)
        if match is None:
            continue
        if word:
            word = "" if match[1] == word else word
        elif match[1] == "stop-commands":
            word = match[3]
        else:
            found.append((match[1], match[3]))
    return found


def test_an_annotation_names_the_clause() -> None:
    """What fails is an error, what warns a warning."""
    run = run_of(played(CB_06=FAILED, SEC_04=FAILED))
    error, warning = annotations(run)
    assert error.startswith("::error title=CB-06 No departure without a tap")
    assert "::in left_alone%0Aexpected no departure%0Aactual it left by meta refresh%0Achange " in error
    assert warning.startswith("::warning title=SEC-04")
    assert list(annotations(run_of(played(CB_06=PASSED)))) == []


def test_no_text_of_a_page_becomes_a_command() -> None:
    """Neither in an annotation nor printed between: commands are stopped by a word nobody knows."""
    run = run_of(replace(played(CB_06=replace(FAILED, actual=INJECTION)), harness_errors=(INJECTION,)))
    out = io.StringIO()
    with annotating(wanted=True, stream=out) as listener:
        assert listener is not None
        print(INJECTION, "\n::error::forged", file=out)
        listener.run_finished(run)
        print("::error::forged again", file=out)
    said = commands(out.getvalue())
    assert [name for name, _ in said] == ["error", "error"]
    assert "forged" not in str(said)
    assert escaped("a%\r\nb") == "a%25%0D%0Ab"
    stopped = set(re.findall(r"::stop-commands::(\w+)", out.getvalue()))
    assert len(stopped) == 1
    assert len(stopped.pop()) == 32


def test_a_run_that_does_not_start_is_annotated() -> None:
    """And commands stay stopped, for the sentence that is printed of it has foreign words."""
    out = io.StringIO()
    with pytest.raises(BackendError), annotating(wanted=True, stream=out):
        raise BackendError("the backend said\n::error::forged")
    print("::error::forged", file=out)
    assert commands(out.getvalue()) == [("error", "the backend said%0A::error::forged")]


def test_without_the_wish_nothing_is_said() -> None:
    """Most terminals are nobody's runner."""
    out = io.StringIO()
    with annotating(wanted=False, stream=out) as listener:
        assert listener is None
    assert out.getvalue() == ""


def test_the_summary_has_the_verdict_and_what_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Appended to what the step has; a run without a failure says so."""
    file = tmp_path / "summary.md"
    file.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv(SUMMARY, str(file))
    with annotating(wanted=True, stream=io.StringIO()) as listener:
        assert listener is not None
        listener.run_finished(run_of(played(CB_06=FAILED)))
    text = file.read_text(encoding="utf-8")
    assert text.startswith("before\n## amo-harness: failed\n")
    assert "<b>CB-06</b>" in text
    assert "it left by meta refresh" in text
    assert "## amo-harness: passed" in summary(run_of(played(CB_06=PASSED)))


def test_foreign_text_is_no_markup_in_the_summary() -> None:
    """Neither HTML nor Markdown: no link, no picture, no mention."""
    hostile = f"{HOSTILE} ![x](http://evil) @admin | `code` </table>"
    text = summary(replace(run_of(played(CB_06=replace(FAILED, actual=hostile))), backend=hostile))
    own = re.sub(r"</?(p|b|table|tr|th|td)>|^## ", "", text, flags=re.MULTILINE)
    assert not set("<>`@|![]") & set(own)
    assert len(summary(run_of(played(CB_06=replace(FAILED, actual="😀" * 2_000_000)))).encode()) < 1_000_000


def test_har_without_harfile_says_how_to_get_it() -> None:
    """Before anything is played."""
    with pytest.raises(UsageError, match="python -m pip install harfile"):
        har.harfile("no_such_package_here")
