from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from harness.report.html import HtmlFile, document
from harness.runs.results import RunResult
from tests.unit.report.runs import FAILED, HOSTILE, PASSED, played, run_of, timeline_of


class Seen(HTMLParser):
    """The elements of a page with their attributes, and its text by element id."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        self.text += data

    def values(self, tag: str, attribute: str) -> list[str | None]:
        """The values of an attribute, in the page's order."""
        return [found[attribute] for name, found in self.elements if name == tag and attribute in found]


def page_of(run: RunResult, url: str = "foryoure://x", pictures: dict[str, list[str]] | None = None) -> Seen:
    timelines = {scenario.id: timeline_of(url) for scenario in run.scenarios}
    return Seen(document(run, timelines, pictures or {}))


def test_a_failure_is_told_with_the_events_around_it() -> None:
    """Clause, expected, actual, the proof marked, and the way to the scenario."""
    page = page_of(run_of(played(CB_06=FAILED, CB_07=PASSED)), url="foryoure://amo-crm/callback")
    assert "failed · my-backend" in page.text
    for said in ("no departure", "it left by meta refresh", "webview.departure", "webkitgtk 2.50.6"):
        assert said in page.text
    assert page.values("a", "href") == ["#CB-06", "#left_alone", "#left_alone"]
    assert [name for name, _ in page.elements].count("mark") == 2, "under the cause and under the clause"


def test_every_clause_and_scenario_has_a_row_to_link_to() -> None:
    """Also those that were not observed: what was not looked at must not look like a pass."""
    page = page_of(run_of(played(CB_06=PASSED)))
    rows = page.values("tr", "id")
    assert {"CB-06", "A11Y-01", "left_alone"} <= set(rows)
    assert "not observed" in page.text


def test_hostile_texts_stay_text() -> None:
    """Wherever a text comes from: backend, finding, event, error, reason, picture's name."""
    finding = replace(FAILED, expected=HOSTILE, actual=HOSTILE)
    scenario = replace(played(CB_06=finding, CB_07=finding), title=HOSTILE, harness_errors=(HOSTILE,))
    run = replace(run_of(scenario, known={"CB-07": HOSTILE}), backend=HOSTILE)
    page = page_of(run, url=HOSTILE, pictures={"left_alone": [HOSTILE]})
    assert "script" not in {name for name, _ in page.elements}
    assert page.text.count("<script>alert(1)</script>") >= 8
    assert page.values("img", "src") == [HOSTILE, HOSTILE]


def test_the_page_needs_no_script_and_loads_nothing_but_screenshots() -> None:
    """One file, which says so to the browser as well."""
    page = page_of(
        run_of(played(CB_06=FAILED)), pictures={"left_alone": ["screenshots/left_alone/01-page.png"]}
    )
    loaded = {name for name, found in page.elements if "src" in found or name in ("link", "script", "iframe")}
    assert loaded == {"img"}
    assert any("script-src 'none'" in (policy or "") for policy in page.values("meta", "content"))
    assert not any(name.startswith("on") for _, found in page.elements for name in found)


def test_screenshots_are_linked_relatively(tmp_path: Path) -> None:
    """The folder can be moved, or downloaded as an artifact."""
    folder = tmp_path / "screenshots" / "left_alone"
    folder.mkdir(parents=True)
    for name in ("02-page.png", "01-consent.png"):
        (folder / name).write_bytes(b"")
    HtmlFile(tmp_path).run_finished(run_of(played(CB_06=PASSED)))
    page = Seen((tmp_path / "report.html").read_text(encoding="utf-8"))
    expected = ["screenshots/left_alone/01-consent.png", "screenshots/left_alone/02-page.png"]
    assert page.values("img", "src") == expected


def test_what_fails_a_run_beside_its_clauses_is_said() -> None:
    """An unexpected pass, an interruption, an error of the harness."""
    run = run_of(replace(played(CB_06=PASSED), harness_errors=()), known={"CB-06": "ADM-12"})
    assert "CB-06 is listed in known_failures but passed: remove the entry" in page_of(run).text
    assert "interrupted: 1 scenarios were finished" in page_of(replace(run, interrupted=True)).text
    broken = run_of(replace(played(), harness_errors=("the browser ended",)))
    assert "left_alone: the browser ended" in page_of(broken).text
