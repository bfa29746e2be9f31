"""Foreign text in the page: visible signs, masks as elements, the difference marked, lines to paste."""

import json
import shlex
import zlib
from base64 import b64decode
from pathlib import Path
from typing import Any, cast

import pytest

from harness.contract import Finding
from harness.report.page.archive import packed
from harness.report.page.texts import coded, marked
from harness.report.words.copies import code, copies_of, curl_of, fenced
from harness.report.words.difference import Piece, sides
from harness.report.words.visible import LONGEST_TEXT, visible
from harness.runs.causes import causes
from harness.timeline.events import AppRequest, AppResponse, ScenarioStarted
from harness.timeline.gateway_events import GatewayRequest
from harness.timeline.page_events import PageShown
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline
from tests.unit.report.runs import FAILED, HOSTILE, played, run_of, timeline_of


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain “text” 😀 ✓ Підключіть", "plain “text” 😀 ✓ Підключіть"),
        ("line\nand\ttab", "line\nand\ttab"),
        ("\x00\x1b[31m", "␀␛[31m"),
        ("user\u202egnp.exe\u2066x\u2069", "user[U+202E]gnp.exe[U+2066]x[U+2069]"),
        ("half \ud800 pair", "half [U+D800] pair"),
        ("\u200bzero\ufeff", "[U+200B]zero[U+FEFF]"),
    ],
    ids=["what can be seen", "lines", "controls", "bidi", "lone surrogate", "no width"],
)
def test_what_cannot_be_seen_stands_as_its_name(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_text_is_cut_at_64_kb_and_says_so() -> None:
    """One that fits is whole."""
    assert visible("x" * LONGEST_TEXT) == "x" * LONGEST_TEXT
    cut = visible("x" * 1_000_000)
    assert cut == "x" * LONGEST_TEXT + "… (cut here, of 1,000,000 characters)"


def test_a_mask_is_an_element_and_everything_around_it_text() -> None:
    """The same secret has the same class; what only looks like a mask is text."""
    one, two = marked("<b>‹code:1f2e3d4c›"), marked("‹code:1f2e3d4c:part›")
    assert one == '&lt;b&gt;<i class="m4">‹code:1f2e3d4c›</i>'
    assert two == '<i class="m4">‹code:1f2e3d4c:part›</i>'
    assert marked("‹code:<script>›") == "‹code:&lt;script&gt;›"


def test_backticks_of_ours_are_code() -> None:
    """An odd one out leaves the sentence as it is."""
    assert coded("call `click()` <once>") == "call <code>click()</code> &lt;once&gt;"
    assert coded("a ` alone \u202e") == "a ` alone [U+202E]"


def test_the_difference_of_two_versions_is_marked_word_by_word() -> None:
    expected, actual = sides("the title “AMO Authorization”", "the title “AMO Error”")
    assert expected == [Piece("the title “AMO "), Piece("Authorization", is_other=True), Piece("”")]
    assert actual == [Piece("the title “AMO "), Piece("Error", is_other=True), Piece("”")]


def test_of_two_sentences_only_values_are_marked() -> None:
    """A value that stands on both sides is no difference; a text too long for words loses nothing."""
    expected, actual = sides("the page stays", "“app://x” was opened, said “stays”")
    assert expected == [Piece("the page stays")]
    assert [each.text for each in actual if each.is_other] == ["“app://x”"]
    long = "x " * 100_000
    assert ["".join(each.text for each in side) for side in sides(long, "y")] == [long, "y"]


def recorded(*events: ScenarioStarted | GatewayRequest | AppRequest | AppResponse | PageShown) -> Timeline:
    recorder = Recorder()
    for number, event in enumerate(events):
        recorder.record(event, at_ns=number)
    return recorder.timeline()


STATE = "a'; rm -rf $(x) `y` & \n"


def test_the_deciding_request_is_the_one_that_the_proof_is_about() -> None:
    """The page's own exchange, or the app's call; a shell reads every word of a backend's as one."""
    timeline = recorded(
        ScenarioStarted(id="x"),
        GatewayRequest(
            exchange=1, is_callback=True, path="/cb'", query={"state": (STATE,), "code": ("‹code:1f2e3d4c›",)}
        ),
        PageShown(exchange=1),
        AppRequest(purpose="leads", id=2, path="/api/leads"),
        AppResponse(purpose="leads", id=2, status=500),
    )
    page = curl_of(Finding("failed", events=(2,)), timeline)
    words = shlex.split(page.partition("\n")[2])
    query = "state=a%27%3B+rm+-rf+%24%28x%29+%60y%60+%26+%0A&code=‹code:1f2e3d4c›"
    assert words[:3] == ["curl", "-i", f"$BACKEND/cb'?{query}"]
    assert len(words) == 3
    assert "/api/leads" in curl_of(Finding("failed", events=(4,)), timeline)
    assert "/cb" in curl_of(Finding("failed", events=()), timeline)
    assert curl_of(Finding("failed", events=(0,)), recorded(ScenarioStarted(id="x"))) == ""


def test_a_paragraph_for_an_issue_keeps_foreign_text_in_code() -> None:
    """However many backticks are in it."""
    finding = Finding("failed", "a `page`", f"{HOSTILE} ```", (1,))
    run = run_of(played(CB_06=finding))
    [cause] = causes(run)
    copies = copies_of(cause, run, timeline_of("foryoure://x"), Path("my runs/one"))
    assert "- actual: ```` <script>" in copies.issue
    assert "CB-06" in copies.issue
    assert copies.replay == "amo-harness replay left_alone --from 'my runs/one'"
    assert code("a") == "`a`"
    assert fenced(["````"]) == ["`````", "````", "`````"]


def opened(archive: str) -> dict[str, list[dict[str, Any]]]:
    """What the page's script reads."""
    document = json.loads(zlib.decompress(b64decode(archive)))

    def whole(value: Any) -> Any:
        if isinstance(value, str):
            return document["texts"][int(value[1:])] if value.startswith("\0") else value
        if isinstance(value, list):
            return [whole(each) for each in cast("list[Any]", value)]
        if isinstance(value, dict):
            return {name: whole(each) for name, each in cast("dict[str, Any]", value).items()}
        return value

    return {name: [whole(each) for each in every] for name, every in document["events"].items()}


def test_the_archive_holds_the_whole_data_of_every_event() -> None:
    """Long texts once, bodies cut at 64 kB, and a text that looks like a reference is none."""
    urls = ["\x005", "x" * 5000, "y" * 100_000, HOSTILE]
    archive = packed(
        {"one": timeline_of(urls[0]), "two": timeline_of(urls[1]), "three": timeline_of(urls[2])}
    )
    found = opened(archive)
    assert [found[name][1]["url"] for name in ("one", "two")] == urls[:2]
    assert str(found["three"][1]["url"]).startswith("y" * LONGEST_TEXT + "… (cut here, of 100,000 characters")
    assert len(packed({str(number): timeline_of(urls[1]) for number in range(50)})) < 2_000


def test_a_finding_may_name_events_that_are_not_there() -> None:
    """As in a run whose timelines are gone."""
    assert curl_of(FAILED, Timeline()) == ""
