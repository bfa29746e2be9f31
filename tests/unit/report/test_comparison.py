"""`diff --html`: the changes, and the pictures that changed beside each other; every text stays text."""

import json
import re
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli import main
from harness.report.comparison.html import document
from harness.runs.results import RunResult
from harness.saved.results_file import document as results
from harness.saved.run_folder import SavedRun
from tests.unit.report.runs import FAILED, HOSTILE, PASSED, played, run_of

PNG = b"\x89PNG\r\n\x1a\n"
GOOD = run_of(played(CB_06=PASSED), played("fine", CB_06=PASSED))
BAD = run_of(played(CB_06=FAILED), played("fine", CB_06=PASSED), played("added", CB_06=PASSED))


def kept(folder: Path, run: RunResult, **pictures: bytes) -> SavedRun:
    """Keep a run with the pictures of its first moments, by scenario."""
    for scenario, content in pictures.items():
        place = folder / "screenshots" / scenario / "01-page.png"
        place.parent.mkdir(parents=True)
        place.write_bytes(content)
    told = json.loads(json.dumps(results(run)))
    (folder / "results.json").parent.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(told), encoding="utf-8")
    return SavedRun(folder, told)


def test_it_tells_what_changed_and_shows_what_looks_otherwise(tmp_path: Path) -> None:
    """The same picture is not shown; a scenario of one run alone is told, not shown."""
    old = kept(tmp_path / "old", GOOD, left_alone=PNG + b"old", fine=PNG + b"same")
    new = kept(tmp_path / "new", BAD, left_alone=PNG + b"new", fine=PNG + b"same", added=PNG)
    page = document(old, new)
    assert "<h1>1 broken, 1 new</h1>" in page
    assert "expected no departure; actual: it left by meta refresh" in page
    shown = re.findall(r'src="data:image/png;base64,([^"]*)"', page)
    assert shown == [b64encode(PNG + name).decode() for name in (b"old", b"new")]
    assert "no picture in" not in page


def test_two_equal_runs_have_nothing_to_show(tmp_path: Path) -> None:
    """The page says so."""
    page = document(kept(tmp_path / "a", GOOD, fine=PNG), kept(tmp_path / "b", GOOD, fine=PNG))
    assert "<h1>Nothing changed</h1>" in page
    assert "<img" not in page


def test_a_picture_that_is_none_is_not_shown(tmp_path: Path) -> None:
    """A page of somebody else's, for instance, in a folder that was sent."""
    old = kept(tmp_path / "a", GOOD, fine=b"<svg onload=alert(1)>")
    page = document(old, kept(tmp_path / "b", GOOD, fine=PNG))
    assert "no picture in the old run" in page
    assert "svg" not in page


def test_the_page_stays_small(tmp_path: Path) -> None:
    """What is beyond is named."""
    old = kept(tmp_path / "a", GOOD, fine=PNG + bytes(8_000_000))
    page = document(old, kept(tmp_path / "b", GOOD, fine=PNG))
    assert "not shown: the pictures would" in page
    assert len(page) < 20_000


def test_every_text_is_text(tmp_path: Path) -> None:
    """Nothing runs and nothing is loaded: the policy of the page says so too."""
    said = replace(FAILED, actual=f"{HOSTILE}<img src=x onerror=alert(1)>")
    new = replace(run_of(played(CB_06=said)), backend=HOSTILE)
    page = document(kept(tmp_path / "a", run_of(played(CB_06=PASSED))), kept(tmp_path / "b", new))
    assert "<script" not in page
    assert "<img" not in page
    assert "\x1b" not in page
    assert "default-src &#39;none&#39;; img-src data:; style-src &#39;sha256-" in page


def test_the_command_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Besides what it prints; a place where no file can be is named."""
    old, new = kept(tmp_path / "a", GOOD), kept(tmp_path / "b", BAD)
    file = tmp_path / "pages" / "diff.html"
    assert main(["diff", str(old.folder), str(new.folder), "--html", str(file)]) == 1
    assert f"page {file}" in capsys.readouterr().out
    assert "1 broken" in file.read_text(encoding="utf-8")
    assert main(["diff", str(old.folder), str(new.folder), "--html", f"{file}/x"]) == 2
