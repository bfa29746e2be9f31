"""What a sitting leaves is a run's folder: judge and diff read it, and nothing offers to play it."""

import io
from pathlib import Path

import httpx
import pytest

from harness.cli import main
from harness.report.console import Console
from harness.report.page.html import HtmlFile
from harness.runs.options import RunRequest
from harness.runs.results import BY_HAND
from harness.runs.rules import Rules
from harness.runs.runner import Setting, run
from harness.saved.results_file import ResultsFile
from harness.serve.opening import Serving
from tests.e2e.by_hand import backend_with, sitting
from tests.http.serve.walker import press

BROWSER = {
    "User-Agent": "Mozilla/5.0 (iPhone)",
    "Accept": "text/html",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Site": "same-origin",
}


def walk(serving: Serving) -> None:
    """Connect and come back, as a person's browser asks for it."""
    start = serving.start_url
    with httpx.Client(headers=BROWSER, timeout=20) as browser:
        press(browser, start, "open")
        consent = press(browser, start, "connect").headers["location"]
        allowed = browser.post(consent, data={"decision": "allow"})
        browser.get(allowed.headers["location"]).raise_for_status()
        press(browser, start, "tapped")
        press(browser, start, "wait")


def kept(folder: Path, fault: str) -> str:
    """Walk one journey, keep it in a folder, and return what the console says."""
    with sitting(folder, backend=backend_with(fault)) as sat:
        walk(sat.serving)
        played = sat.finish()
    said, rules = io.StringIO(), Rules(promises_count=False)
    listeners = [
        ResultsFile(folder, RunRequest().document(folder)),
        HtmlFile(folder),
        Console(out=folder, rules=rules, stream=said),
    ]
    run(Setting(BY_HAND, "", (), (), "reference"), (), iter(played), listeners, rules=rules)
    return said.getvalue()


def test_judge_diff_and_the_report_read_a_sittings_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the verdict that the sitting came to; what broke between two of them is told."""
    good, broken = tmp_path / "good", tmp_path / "broken"
    first = kept(good, "")
    assert "PASSED" in first, first
    said = kept(broken, "stored_never")
    assert "FAILED" in said
    assert "replay" not in said
    assert (main(["judge", str(good)]), main(["judge", str(broken)])) == (0, 1)
    assert "judged otherwise" not in capsys.readouterr().out
    assert (main(["diff", str(good), str(good)]), main(["diff", str(good), str(broken)])) == (0, 1)
    assert "CB-02" in capsys.readouterr().out
    report = (broken / "report.html").read_text(encoding="utf-8")
    assert f"amo-harness judge {broken}" in report
    assert "amo-harness replay" not in report
    assert main(["pack", str(broken), "--out", str(tmp_path / "sent.zip")]) == 0
    assert "replay" not in capsys.readouterr().out
    assert main(["replay", "journey_001", "--from", str(broken)]) == 2
    assert "a person walked" in capsys.readouterr().err
