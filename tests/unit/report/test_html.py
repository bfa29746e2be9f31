import json
from base64 import b64decode, b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from zlib import decompress

from markupsafe import Markup

from harness.exit_codes import ExitCode
from harness.report.page.html import HtmlFile, document
from harness.report.page.pictures import Album, Picture, album_of, moments
from harness.report.page.sections import Section
from harness.report.words.visible import LONGEST_TEXT
from harness.runs.about import About
from harness.runs.results import FailedStart, RunResult
from harness.timeline.events import AppResponse, PictureLeftOut
from harness.timeline.page_events import PageShown
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline
from tests.unit.report.runs import FAILED, HOSTILE, PASSED, played, run_of, timeline_of


class Seen(HTMLParser):
    """The elements of a page with their attributes, and its text by element id."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._is_ours = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.elements.append((tag, dict(attrs)))
        self._is_ours = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        """Go back to what is read."""
        self._is_ours = self._is_ours and tag not in ("script", "style")

    def handle_data(self, data: str) -> None:
        """Keep a text, but for the page's own script and style sheet."""
        self.text += "" if self._is_ours else data

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
    for said in (
        "1 cause breaks 1 clause of the contract",
        "no departure",
        "it left by meta refresh",
        "webview.departure",
        "webkitgtk 2.50.6",
        "amo-harness replay left_alone --from",
    ):
        assert said in page.text
    proofs = [found for name, found in page.elements if name == "li" and found.get("class") == "proof"]
    assert len(proofs) == 2, "under the cause and in the scenario"
    assert {"#CB-06", "#left_alone", "#left_alone/1"} <= set(page.values("a", "href"))


def test_every_clause_and_scenario_has_a_row_to_link_to() -> None:
    """Also those that were not observed: what was not looked at must not look like a pass."""
    page = page_of(run_of(played(CB_06=PASSED)))
    assert {"CB-06", "A11Y-01"} <= set(page.values("div", "id"))
    assert "left_alone" in page.values("details", "id")
    assert "not observed" in page.text
    assert "not seen: no scenario that was played is about it" in page.text


def test_hostile_texts_stay_text() -> None:
    """Wherever a text comes from: backend, finding, event, error, reason, picture's name."""
    finding = replace(FAILED, expected=HOSTILE, actual=HOSTILE)
    scenario = replace(played(CB_06=finding, CB_07=finding), title=HOSTILE, harness_errors=(HOSTILE,))
    run = replace(run_of(scenario, known={"CB-07": HOSTILE}), backend=HOSTILE)
    page = page_of(run, url=HOSTILE, album=Album({"left_alone": (Picture(HOSTILE, HOSTILE, HOSTILE),)}))
    assert [name for name, _ in page.elements].count("script") == 1, "the page's own"
    assert page.text.count("<script>alert(1)</script>") >= 8
    assert not any(sign in page.text for sign in "\x00\x0b\x1b\ud800")
    assert "␀␋␛[31m [U+D800]" in page.text
    assert all((link or "").startswith("#") for link in page.values("a", "href"))


def test_the_page_needs_no_script_and_loads_nothing(tmp_path: Path) -> None:
    """One file, which says so to the browser as well."""
    album = album_of({"left_alone": Timeline()}, with_pictures(tmp_path, left_alone=[b"one"]))
    page = page_of(run_of(played(CB_06=FAILED)), album=album)
    assert page.values("img", "src") == ["data:image/png;base64,b25l"]
    assert {name for name, found in page.elements if "src" in found or name in ("link", "iframe")} == {"img"}
    [policy] = [each for each in page.values("meta", "content") if "default-src" in (each or "")]
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert not any(name.startswith("on") or name == "style" for _, found in page.elements for name in found)


def test_each_distinct_picture_is_in_the_page_once(tmp_path: Path) -> None:
    """The last picture of a cause's scenario stands with the cause; what was shown is linked later."""
    out = with_pictures(tmp_path, left_alone=[b"consent", b"broken"], other=[b"consent", b"other"])
    HtmlFile(out).run_finished(run_of(played(CB_06=FAILED), played("other", CB_06=PASSED)))
    # no timeline says when a picture was taken, so the last one stands for the moment
    page = Seen((out / "report.html").read_text(encoding="utf-8"))
    shown = [b64decode((src or "").partition(",")[2]) for src in page.values("img", "src")]
    assert shown == [b"broken", b"consent", b"other"]
    keys = page.values("img", "id")
    links = [link for link in page.values("a", "href") if (link or "").startswith("#picture-")]
    assert links == [f"#{keys[0]}", f"#{keys[1]}"]


def test_too_many_pictures_stay_outside_and_the_page_says_so(tmp_path: Path) -> None:
    """Linked relatively: the folder can be moved, or downloaded as an artifact."""
    out = with_pictures(tmp_path, left_alone=[b"0123456789"])
    run = run_of(played(CB_06=PASSED))
    HtmlFile(out, most_bytes=200_000).run_finished(run)
    inside = Seen((out / "report.html").read_text(encoding="utf-8"))
    assert "send the folder" not in inside.text
    HtmlFile(out, most_bytes=20_000).run_finished(run)
    page = Seen((out / "report.html").read_text(encoding="utf-8"))
    assert page.values("img", "src") == ["screenshots/left_alone/01-page.png"]
    assert "send the folder, not the page alone" in page.text
    assert any("img-src data: 'self' file:" in (each or "") for each in page.values("meta", "content"))


def test_every_event_of_a_scenario_can_be_linked() -> None:
    """Also of one that passed: `#left_alone/1` is its second event."""
    page = page_of(run_of(played(CB_06=PASSED)))
    rows = [each for each in page.values("li", "id") if each]
    assert rows == ["left_alone/0", "left_alone/1", "left_alone/2"]
    assert "webview.departure" in page.text


def test_what_fails_a_run_beside_its_clauses_is_said() -> None:
    """An unexpected pass, an interruption, an error of the harness."""
    run = run_of(replace(played(CB_06=PASSED), harness_errors=()), known={"CB-06": "ADM-12"})
    assert "CB-06 is listed in known_failures but passed: remove the entry" in page_of(run).text
    assert "interrupted: 1 scenario finished" in page_of(replace(run, interrupted=True)).text
    broken = run_of(replace(played(), harness_errors=("the browser ended",)))
    assert "left_alone: the browser ended" in page_of(broken).text


def test_a_section_of_another_room_stands_before_the_causes(tmp_path: Path) -> None:
    """With its rules in the one style sheet that the policy names."""
    section = Section(
        "load", "Invariants", Markup("<p class=graph>no token twice</p>"), ".graph { color: red }"
    )
    HtmlFile(tmp_path, sections=lambda _: [section]).run_finished(run_of(played(CB_06=FAILED)))
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    style = text.partition("<style>")[2].partition("</style>")[0]
    assert ".graph { color: red }" in style
    assert f"sha256-{b64encode(sha256(style.encode()).digest()).decode()}" in text
    assert text.index("no token twice") < text.index("What to change, causes first")
    assert "#load" in Seen(text).values("a", "href")


def test_a_run_that_could_not_start_says_why_and_shows_no_pass() -> None:
    """Neither a clause nor a scenario looks as if it had been seen."""
    failed = FailedStart("the backend does not answer", ExitCode.USAGE)
    page = page_of(replace(run_of(), not_started=failed))
    assert "The run could not start" in page.text
    assert "not started: the backend does not answer" in page.text
    classes = {name for _, found in page.elements for name in (found.get("class") or "").split()}
    assert "not_observed" in classes
    assert "passed" not in classes


def test_a_reason_is_whole_in_the_file() -> None:
    """Where the console shortens it."""
    why = f"{'the page did not answer ' * 40}because it loops"
    page = page_of(run_of(replace(played(), stopped=why)))
    assert f"1 scenario stopped (left_alone): {why}" in page.text


def test_the_run_is_told_so_that_somebody_can_repeat_it() -> None:
    """What is not known is not there."""
    about = About(command="amo-harness run --strict", seed=7, versions={"Python": "3.11"}, commit="1f2e")
    page = page_of(replace(run_of(played(CB_06=PASSED)), about=about))
    for said in ("command amo-harness run --strict", "seed 7", "on Python 3.11", "commit 1f2e"):
        assert said in page.text
    assert "commit" not in page_of(run_of(played(CB_06=PASSED))).text


def test_a_picture_that_was_left_out_moves_no_other() -> None:
    """Each of those that are there is still of its own event."""
    left_out = PictureLeftOut(picture="02-page", why="‹code:1f2e3d4c› is legible on it", index=2)
    pages = [PageShown(exchange=number, index=number) for number in (0, 1, 3)]
    told = Timeline((pages[0], pages[1], left_out, pages[2]))
    assert list(moments(["01-page", "03-page"], told)) == [0, 3]
    assert list(moments(["01-page", "03-page"], Timeline(tuple(pages)))) == [None, None]


def test_the_whole_data_of_a_large_run_is_in_the_page() -> None:
    """However much that is: base64 has no sign that could be markup, so nothing cuts or escapes it."""
    texts = [sha256(str(each).encode()).hexdigest() * 20 for each in range(1_500)]
    recorder = Recorder()
    for text in texts:
        recorder.record(AppResponse(purpose="leads", status=200, body=text))
    page = document(run_of(played(CB_06=PASSED)), {"left_alone": recorder.timeline()})
    packed = page.partition('<template id="archive"><!--')[2].partition("-->")[0]
    assert len(packed) > LONGEST_TEXT
    archive = json.loads(decompress(b64decode(packed)))
    assert archive["texts"] == texts
