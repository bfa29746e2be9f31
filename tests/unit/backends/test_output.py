"""What a backend writes is recorded up to a limit, and where it ends is said."""

from harness.backends.commands import CUT_OFF, MOST_OUTPUT, Output
from harness.timeline.current import CurrentRecorder
from harness.timeline.events import BackendOutput
from harness.timeline.recorder import Recorder

LINE = "x" * 99


def test_a_recording_keeps_so_much_and_says_that_there_was_more() -> None:
    """The next recording begins anew: a noisy start costs no scenario its own lines."""
    recording = CurrentRecorder()
    output = Output(recording)
    noisy, next_one = Recorder(), Recorder()
    with recording.during(noisy):
        for _ in range(2 * MOST_OUTPUT // len(LINE)):
            output.hear(LINE)
    with recording.during(next_one):
        output.hear("serving")
    lines = [each.line for each in noisy.timeline().of(BackendOutput)]
    assert (len(lines), set(lines[:-1]), lines[-1]) == (MOST_OUTPUT // (len(LINE) + 1), {LINE}, CUT_OFF)
    assert [each.line for each in next_one.timeline().of(BackendOutput)] == ["serving"]
