"""A run as one file: what goes in comes out, and nothing that another hand has put there."""

import contextlib
import io
import json
import stat
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.cli import main
from harness.errors import UsageError
from harness.runs.options import RunRequest
from harness.saved.packing import MOST_BYTES_OF_ONE, folder_of, pack, unpack
from harness.saved.run_folder import judge_again
from tests.browser.processes import started, wait_for
from tests.unit.saved.test_saved_run import RUNS, departed, saved

Zip = zipfile.ZipFile
RESULTS = ("results.json", b"{}")


@pytest.fixture(name="run")
def made(tmp_path: Path) -> Path:
    """A run's folder, with what a run leaves in it and something of the user's."""
    folder = saved(tmp_path / "run", RUNS["broken"], departed())
    for name in ("report.html", "backend.played.toml", "screenshots/left_alone/01-page.png", "notes.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")
    (folder / "timelines" / "other.json").symlink_to("/etc/passwd")
    return folder


def test_a_pack_holds_what_a_run_left_and_no_more(run: Path, tmp_path: Path) -> None:
    """No file of the user's, nothing that a link leads to, and the same bytes each time."""
    pack(run, tmp_path / "one.zip")
    pack(run, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert Zip(tmp_path / "one.zip").namelist() == [
        "backend.played.toml",
        "report.html",
        "results.json",
        "screenshots/left_alone/01-page.png",
        "timelines/left_alone.json",
    ]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["one.zip", "run", "two.zip"]


def test_what_was_packed_is_judged_as_before(run: Path, tmp_path: Path) -> None:
    """The folder that it is unpacked into lasts as long as the block; a folder is yielded as it is."""
    pack(run, tmp_path / "run.zip")
    with folder_of(tmp_path / "run.zip") as folder:
        assert judge_again(folder).run.clauses == RUNS["broken"].clauses
    assert not folder.exists()
    with folder_of(run) as same:
        assert same == run


UNPACKED = """
import sys, time
from pathlib import Path
from harness.saved.packing import folder_of
with folder_of(Path(sys.argv[1])) as folder:
    print(folder, flush=True)
    time.sleep(600)
"""


def test_a_killed_command_leaves_nothing_of_what_it_unpacked(run: Path, tmp_path: Path) -> None:
    """As `replay` of a pack may be, which plays for a while."""
    pack(run, tmp_path / "run.zip")
    words = [sys.executable, "-c", UNPACKED, str(tmp_path / "run.zip")]
    with started(words, stdout=subprocess.PIPE) as reading:
        assert reading.stdout is not None
        folder = Path(reading.stdout.readline().strip())
        assert (folder / "results.json").exists()
        reading.kill()
    assert wait_for(lambda: not folder.exists())


@pytest.mark.parametrize("words", [["judge"], ["diff", "run.zip"]])
def test_commands_read_a_pack(
    words: list[str],
    run: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As they read a folder."""
    monkeypatch.chdir(tmp_path)
    assert main(["pack", str(run), "--out", "run.zip"]) == 0
    assert main([*words, "run.zip"]) == (1 if words == ["judge"] else 0)
    assert ("CB-06" if words == ["judge"] else "nothing changed") in capsys.readouterr().out


def test_a_pack_is_never_played_at_its_word(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its backend.toml names programs to start: the user names his own."""
    monkeypatch.chdir(tmp_path)
    text = (run / "results.json").read_text(encoding="utf-8")
    asked = '"run": {\n    "backend_file": null\n  }'
    assert asked in text
    request = RunRequest(backend=Path("backend.played.toml"), engine="webkitgtk")
    told = json.dumps(request.document(Path()))
    (run / "results.json").write_text(text.replace(asked, f'"run": {told}'), encoding="utf-8")
    main(["pack", str(run), "--out", "run.zip"])
    assert main(["replay", "left_alone", "--from", "run.zip"]) == 2
    assert "name it with --backend FILE" in capsys.readouterr().err


def test_the_report_of_a_pack_is_made_anew(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands in the pack's own report may be anything."""
    monkeypatch.chdir(tmp_path)
    (run / "report.html").write_text("<script>evil()</script>", encoding="utf-8")
    main(["pack", str(run), "--out", "run.zip"])
    capsys.readouterr()
    assert main(["show", "run.zip"]) == 0
    shown = Path(capsys.readouterr().out.strip())
    assert shown == tmp_path / ".amo-harness" / "shown" / "run" / "report.html"
    assert "evil()" not in shown.read_text(encoding="utf-8")
    assert main(["show", str(run)]) == 0
    assert capsys.readouterr().out.strip() == str(run / "report.html")


@pytest.mark.parametrize("command", ["judge", "show", "export --junit x.xml"])
def test_broken_results_in_a_pack_are_told_by_its_name(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by that of a folder which is gone by then; nothing is left of it, and nothing replaced by it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sent.zip").write_bytes(
        zipped(lambda z: z.writestr("results.json", '{"version": 1,'), results=False)
    )
    assert main([*command.split(), "sent.zip"]) == 2
    assert capsys.readouterr().err.startswith("amo-harness: sent.zip/results.json: not JSON")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["sent.zip"]


def link(whole: Zip) -> None:
    """A symbolic link in the place of a timeline."""
    member = zipfile.ZipInfo("timelines/x.json")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    whole.writestr(member, "/etc/passwd")


HOSTILE: dict[str, tuple[Callable[[Zip], object], str]] = {
    "upwards": (lambda z: z.writestr("../evil", ""), "it holds '../evil'"),
    "upwards in a name": (lambda z: z.writestr("timelines/../../evil.json", ""), "which no run leaves"),
    "absolute": (lambda z: z.writestr("/etc/evil", ""), "'/etc/evil'"),
    "backslashes": (lambda z: z.writestr("timelines\\..\\evil.json", ""), "which no run leaves"),
    "a drive": (lambda z: z.writestr("C:/evil", ""), "'C:/evil'"),
    "a folder": (lambda z: z.writestr("timelines/", ""), "'timelines/'"),
    "another file": (lambda z: z.writestr("evil.py", ""), "'evil.py'"),
    "a hidden file": (lambda z: z.writestr("timelines/.json", ""), "which no run leaves"),
    "a bomb": (
        lambda z: z.writestr("report.html", bytes(MOST_BYTES_OF_ONE + 1)),
        "report.html is larger than 64,000,000 bytes",
    ),
    "a crowd": (
        lambda z: [z.writestr(f"timelines/{n}.json", "") for n in range(5001)],
        "5,000 files",
    ),
}


def zipped(put: Callable[[Zip], object], *, results: bool = True) -> bytes:
    """Return a zip with results.json and something else."""
    whole = io.BytesIO()
    with Zip(whole, "w", zipfile.ZIP_DEFLATED) as opened:
        if results:
            opened.writestr(*RESULTS)
        put(opened)
    return whole.getvalue()


def refused(content: bytes, tmp_path: Path) -> str:
    """Return the sentence by which a file is refused; nothing of it lies beside its folder."""
    (tmp_path / "sent.zip").write_bytes(content)
    (tmp_path / "into").mkdir()
    with pytest.raises(UsageError) as told:
        unpack(tmp_path / "sent.zip", tmp_path / "into")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["into", "sent.zip"]
    return str(told.value)


@pytest.mark.parametrize(("put", "said"), HOSTILE.values(), ids=HOSTILE)
def test_what_no_run_leaves_is_refused(put: Callable[[Zip], object], said: str, tmp_path: Path) -> None:
    """Before anything of it is written, but for a member that says another size than it has."""
    assert said in refused(zipped(put), tmp_path)


def test_a_link_is_written_as_the_text_that_it_is(tmp_path: Path) -> None:
    """Names decide, kinds do not: what a zip calls a link becomes a file."""
    (tmp_path / "sent.zip").write_bytes(zipped(link))
    unpack(tmp_path / "sent.zip", tmp_path / "into")
    assert not (tmp_path / "into" / "timelines" / "x.json").is_symlink()


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """Nobody could say which of the two is judged."""
    content = zipped(lambda z: z.writestr("results.jsox", "{}")).replace(b"results.jsox", b"results.json")
    assert "a name twice" in refused(content, tmp_path)


def test_a_size_that_is_a_lie_is_found_out(tmp_path: Path) -> None:
    """The list says four bytes; reading stops there, or at the checksum."""
    size = 70_000_000
    content = zipped(lambda z: z.writestr("report.html", bytes(size)))
    lying = content.replace(struct.pack("<L", size), struct.pack("<L", 4))
    assert "not a pack of a run" in refused(lying, tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a zip file"),
        (b"PK\x03\x04", "not a zip file"),
        (zipped(lambda _: None, results=False), "there is no results.json in it"),
        (zipped(lambda z: z.writestr("report.html", "x" * 999))[:-30], "not a zip file"),
        (
            zipped(lambda _: None).replace(b"PK\x05\x06", b"PK\x06\x07" + bytes(16) + b"PK\x05\x06"),
            "5,000 files",
        ),
    ],
    ids=["empty", "a head", "no results", "truncated", "a large directory"],
)
def test_what_is_no_pack_is_named(content: bytes, said: str, tmp_path: Path) -> None:
    """In one sentence, with the file."""
    told = refused(content, tmp_path)
    assert told.startswith(str(tmp_path / "sent.zip"))
    assert said in told


GOOD = zipped(lambda z: z.writestr("report.html", "<p>report</p>"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=4))
def test_any_damage_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, at: int, damage: bytes
) -> None:
    """Never another exception, and never a file elsewhere."""
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "sent.zip").write_bytes(GOOD[:at] + damage + GOOD[at + len(damage) :])
    (folder / "into").mkdir()
    with contextlib.suppress(UsageError):
        unpack(folder / "sent.zip", folder / "into")
    assert sorted(each.name for each in folder.iterdir()) == ["into", "sent.zip"]
