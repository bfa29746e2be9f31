from base64 import b64decode
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from harness.report.page.html import HtmlFile, document
from harness.report.page.pictures import Album, Picture, album_of
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


def page_of(run: RunResult, url: str = "foryoure://x", album: Album | None = None) -> Seen:
    timelines = {scenario.id: timeline_of(url) for scenario in run.scenarios}
    return Seen(document(run, timelines, album))


def with_pictures(folder: Path, **contents: list[bytes]) -> Path:
    """A run's folder with these screenshots by scenario."""
    for name, every in contents.items():
        place = folder / "screenshots" / name
        place.mkdir(parents=True)
        for number, content in enumerate(every, 1):
            (place / f"{number:02d}-page.png").write_bytes(content)
    return folder


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
    assert "not seen: no scenario that was played is about it" in page.text


def test_hostile_texts_stay_text() -> None:
    """Wherever a text comes from: backend, finding, event, error, reason, picture's name."""
    finding = replace(FAILED, expected=HOSTILE, actual=HOSTILE)
    scenario = replace(played(CB_06=finding, CB_07=finding), title=HOSTILE, harness_errors=(HOSTILE,))
    run = replace(run_of(scenario, known={"CB-07": HOSTILE}), backend=HOSTILE)
    page = page_of(run, url=HOSTILE, album=Album({"left_alone": (Picture(HOSTILE, HOSTILE, HOSTILE),)}))
    assert "script" not in {name for name, _ in page.elements}
    assert page.text.count("<script>alert(1)</script>") >= 8
    assert page.values("img", "src") == [HOSTILE]


def test_the_page_needs_no_script_and_loads_nothing(tmp_path: Path) -> None:
    """One file, which says so to the browser as well."""
    album = album_of(["left_alone"], with_pictures(tmp_path, left_alone=[b"one"]))
    page = page_of(run_of(played(CB_06=FAILED)), album=album)
    assert page.values("img", "src") == ["data:image/png;base64,b25l"]
    loaded = {name for name, found in page.elements if "src" in found or name in ("link", "script", "iframe")}
    assert loaded == {"img"}
    assert any("script-src 'none'" in (policy or "") for policy in page.values("meta", "content"))
    assert not any(name.startswith("on") for _, found in page.elements for name in found)


def test_each_distinct_picture_is_in_the_page_once(tmp_path: Path) -> None:
    """The last picture of a cause's scenario stands with the cause; what was shown is linked later."""
    out = with_pictures(tmp_path, left_alone=[b"consent", b"broken"], other=[b"consent", b"other"])
    HtmlFile(out).run_finished(run_of(played(CB_06=FAILED), played("other", CB_06=PASSED)))
    page = Seen((out / "report.html").read_text(encoding="utf-8"))
    shown = [b64decode((src or "").partition(",")[2]) for src in page.values("img", "src")]
    assert shown == [b"broken", b"consent", b"other"]
    keys = page.values("img", "id")
    links = [link for link in page.values("a", "href") if (link or "").startswith("#picture-")]
    assert links == [f"#{keys[0]}", f"#{keys[1]}"]


def test_too_many_pictures_stay_outside_and_the_page_says_so(tmp_path: Path) -> None:
    """Linked relatively: the folder can be moved, or downloaded as an artifact."""
    out = with_pictures(tmp_path, left_alone=[b"0123456789"])
    album = album_of(["left_alone"], out, most_bytes=9)
    page = page_of(run_of(played(CB_06=PASSED)), album=album)
    assert page.values("img", "src") == ["screenshots/left_alone/01-page.png"]
    assert "send the folder, not the page alone" in page.text
    inside = page_of(run_of(played(CB_06=PASSED)), album=album_of(["left_alone"], out, most_bytes=10))
    assert "send the folder" not in inside.text


def test_every_event_of_a_scenario_can_be_linked() -> None:
    """Also of one that passed: `#left_alone/1` is its second event."""
    page = page_of(run_of(played(CB_06=PASSED)))
    assert page.values("span", "id") == ["left_alone/0", "left_alone/1", "left_alone/2"]
    assert "webview.departure" in page.text


def test_what_fails_a_run_beside_its_clauses_is_said() -> None:
    """An unexpected pass, an interruption, an error of the harness."""
    run = run_of(replace(played(CB_06=PASSED), harness_errors=()), known={"CB-06": "ADM-12"})
    assert "CB-06 is listed in known_failures but passed: remove the entry" in page_of(run).text
    assert "interrupted: 1 scenarios were finished" in page_of(replace(run, interrupted=True)).text
    broken = run_of(replace(played(), harness_errors=("the browser ended",)))
    assert "left_alone: the browser ended" in page_of(broken).text
