"""The timeline: recording, order, asking, saving, loading."""

import json
import os
import threading
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UsageError
from harness.timeline.amo_events import FaultUsed, NotModelled, TokenRequest
from harness.timeline.events import ACTORS, EVENTS, Event, ScenarioEnded
from harness.timeline.files import NotWritten, try_place, write_whole
from harness.timeline.gateway_events import GatewayEvent, Released, StatusProbe
from harness.timeline.masking import masks_in
from harness.timeline.page_events import Button, PageExamined, PageShown, TabClosed, Violation
from harness.timeline.recorder import Recorder
from harness.timeline.timeline import Timeline

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def recorder() -> Recorder:
    """A recorder whose clock ticks once an event."""
    return Recorder(clock_ns=count(100).__next__)


@pytest.fixture
def saved(recorder: Recorder, tmp_path: Path) -> Path:
    """A saved timeline of two events."""
    recorder.record(NotModelled(method="GET", path="/x"))
    recorder.record(ScenarioEnded())
    path = tmp_path / "timeline.json"
    recorder.timeline().save(path)
    return path


def test_events_stand_in_the_order_of_the_clock(recorder: Recorder) -> None:
    """Processes report late; what counts is when it happened. Equal moments keep the order of arrival."""
    recorder.record(TabClosed(), at_ns=30)
    recorder.record(NotModelled(path="first"), at_ns=10)
    recorder.record(Released(exchange=1), at_ns=10)
    timeline = recorder.timeline()
    assert [(e.index, e.at_ns, e.actor) for e in timeline] == [
        (0, 10, "amo"),
        (1, 10, "gateway"),
        (2, 30, "webview"),
    ]


def test_events_are_stamped_with_the_recorders_clock(recorder: Recorder) -> None:
    """Left open, the moment is now."""
    recorder.record(ScenarioEnded())
    recorder.record(ScenarioEnded())
    assert [event.at_ns for event in recorder.timeline()] == [100, 101]


def test_a_timeline_does_not_change_when_more_is_recorded(recorder: Recorder) -> None:
    """A clause judges what had happened when it was asked."""
    before = recorder.timeline()
    recorder.record(ScenarioEnded())
    assert (len(before), len(recorder.timeline())) == (0, 1)


def test_the_vocabulary_has_every_actor() -> None:
    """Nobody may be without words, nor words without somebody."""
    assert {actor for actor, _ in EVENTS} == set(ACTORS)


def test_secrets_are_masked_as_they_are_recorded(recorder: Recorder) -> None:
    """In values of any depth; data may be called like the event's own fields."""
    recorder.secret("code", "the-code")
    told = FaultUsed(step="token", fault="reset", details={"what": [{"url": "?code=the-code"}]})
    recorder.record(told)
    (event,) = recorder.timeline().of(FaultUsed)
    assert (event.called, event.fault) == ("amo.fault_used", "reset")
    assert len(masks_in(event.details["what"][0]["url"], "code")) == 1
    assert "the-code" not in str(event)


def test_threads_may_record_at_once(recorder: Recorder) -> None:
    """Servers, browser and phone run in threads of their own; nothing is lost."""
    threads = [
        threading.Thread(target=lambda: [recorder.record(ScenarioEnded()) for _ in range(100)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [event.index for event in recorder.timeline()] == list(range(400))


def test_waiting_ends_with_the_event_that_was_waited_for(recorder: Recorder) -> None:
    """The one that satisfies the predicate may come from any thread."""
    later = threading.Timer(0.01, lambda: recorder.record(ScenarioEnded()))
    later.start()
    assert recorder.wait_for(lambda seen: len(seen) == 1, timeout_s=20)
    later.join()


def test_waiting_in_vain_says_so(recorder: Recorder) -> None:
    """The caller decides what a missing event means."""
    assert not recorder.wait_for(lambda seen: len(seen) > 0, timeout_s=0.01)


def test_events_can_be_asked_for(recorder: Recorder) -> None:
    """By their type or by one that they are a kind of; first and last of them."""
    for told in (Released(exchange=1), StatusProbe(exchange=1), NotModelled(), Released(exchange=2)):
        recorder.record(told)
    timeline = recorder.timeline()
    assert [each.exchange for each in timeline.of(Released)] == [1, 2]
    assert [each.index for each in timeline.of(GatewayEvent)] == [0, 1, 3]
    assert len(timeline.of(Event)) == len(timeline) == 4
    first, last = timeline.first(Released), timeline.last(Released)
    assert (first and first.index, last and last.index) == (0, 3)
    assert (timeline.of(TabClosed), timeline.first(TabClosed), timeline.last(TabClosed)) == ((), None, None)


def test_a_saved_timeline_is_loaded_as_it_was(recorder: Recorder, tmp_path: Path) -> None:
    """So that it can be judged again: texts of any script, nesting; U+FFFD stands for half a pair."""
    recorder.secret("code", "the-code")
    recorder.record(PageShown(exchange=1, text="Підключіть \ud83d 🙂", button=Button()))
    violations = (
        Violation(rule="color-contrast", element="p", says="Підключіть"),
        Violation(rule="", element=""),
    )
    recorder.record(PageExamined(exchange=1, axe="4.12.1", violations=violations))
    recorder.record(TokenRequest(code="the-code", status=200))
    path = tmp_path / "new" / "timeline.json"
    recorder.timeline().save(path)
    assert Timeline.load(path).events == recorder.timeline().events
    assert [each.name for each in path.parent.iterdir()] == ["timeline.json"]
    assert "the-code" not in path.read_text(encoding="utf-8")


def test_a_timeline_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The file, and what the system says."""
    with pytest.raises(UsageError, match=r"none\.json: cannot be read \(No such file"):
        Timeline.load(tmp_path / "none.json")


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b""], ids=["cut off", "binary", "empty"])
def test_a_file_that_is_no_json_is_named(tmp_path: Path, content: bytes) -> None:
    """One sentence, no stack trace for the user."""
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"x\.json: not a saved timeline \("):
        Timeline.load(path)


def test_a_pipe_and_a_device_are_no_timelines(tmp_path: Path) -> None:
    """A folder from elsewhere may hold anything; nobody waits for it, or reads for ever."""
    pipe, device = tmp_path / "pipe.json", tmp_path / "device.json"
    os.mkfifo(pipe)
    device.symlink_to("/dev/zero")
    for path, what in ((pipe, "a pipe"), (device, "a device")):
        with pytest.raises(UsageError, match=rf"{path.name}: {what}, not a file"):
            Timeline.load(path)


@pytest.mark.parametrize(
    "content",
    ["[]", "null", '{"version": 4, "events": []}', '{"version": 3}', '{"version": 1, "events": {}}'],
)
def test_other_json_is_no_timeline(tmp_path: Path, content: str) -> None:
    """Neither another document nor another version."""
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(UsageError, match=r"x\.json: not a saved timeline of version 3"):
        Timeline.load(path)


def test_an_older_format_is_refused_in_one_sentence(tmp_path: Path) -> None:
    """It had other words; what to do is said."""
    path = tmp_path / "x.json"
    path.write_text('{"version": 1, "events": []}')
    with pytest.raises(UsageError, match=r"format 1, this one reads 3\): play the scenario again"):
        Timeline.load(path)


CHANGES: dict[str, Change] = {
    "a field that the event has not": lambda row: row["data"].update(colour="red"),
    "an unknown field": lambda row: row.update(colour="red"),
    "a missing field": lambda row: row.pop("kind"),
    "another index": lambda row: row.update(index=5),
    "a moment that is text": lambda row: row.update(at_ns="1"),
    "data that is a list": lambda row: row.update(data=[]),
    "an unknown actor": lambda row: row.update(actor="nobody"),
    "an unknown kind": lambda row: row.update(kind="scren"),
    "a kind that is a number": lambda row: row.update(kind=1),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_malformed_event_is_named(saved: Path, change: Change) -> None:
    """A timeline edited by hand says which event is wrong."""
    document = json.loads(saved.read_text())
    change(document["events"][1])
    saved.write_text(json.dumps(document))
    with pytest.raises(UsageError, match=r"timeline\.json: event 1 is malformed \("):
        Timeline.load(saved)


def test_an_event_that_is_no_object_is_named(saved: Path) -> None:
    """The same for something else in its place."""
    document = json.loads(saved.read_text())
    document["events"][0] = "ended"
    saved.write_text(json.dumps(document))
    with pytest.raises(UsageError, match="event 0 is malformed"):
        Timeline.load(saved)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """What was there stays until the new one is complete."""
    path = tmp_path / "file"
    write_whole(path, "old")
    (tmp_path / "file").chmod(0o600)
    write_whole(path, "new")
    assert path.read_text() == "new"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_what_is_no_file_is_not_replaced_by_one(tmp_path: Path) -> None:
    """A device would be gone for the whole machine (`--junit /dev/null` by root), a pipe for its reader."""
    pipe, device, folder = tmp_path / "pipe", tmp_path / "device", tmp_path / "folder"
    os.mkfifo(pipe)
    device.symlink_to("/dev/null")
    folder.mkdir()
    for path, what in ((pipe, "pipe"), (device, "device"), (folder, "folder")):
        for write in (try_place, partial(write_whole, text="x")):
            with pytest.raises(NotWritten, match=rf"{path.name}: cannot be written \(a {what}, not a file\)"):
                write(path)
    with pytest.raises(NotWritten, match="not a file"):
        try_place(Path("/dev/stdout"))
    assert (pipe.is_fifo(), device.is_symlink(), folder.is_dir()) == (True, True, True)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["device", "folder", "pipe"]


def test_a_link_to_a_file_is_a_place_for_one(tmp_path: Path) -> None:
    """So is one that leads nowhere yet."""
    for target in ("there", "nowhere"):
        (tmp_path / "there").write_text("old")
        link = tmp_path / f"link to {target}"
        link.symlink_to(target)
        try_place(link)
        write_whole(link, "new")
        assert link.read_text() == "new"
