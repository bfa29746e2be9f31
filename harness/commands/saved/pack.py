"""`amo-harness pack` and `amo-harness show`: a run as one file to send, and its report in a browser."""

import argparse
import os
import shlex
import shutil
import sys
import webbrowser
from pathlib import Path

from harness.commands.saved.outputs import tell
from harness.errors import UsageError
from harness.exit_codes import ExitCode
from harness.report.page.html import FILE_NAME, HtmlFile
from harness.report.words.visible import shown
from harness.runs.results import BY_HAND
from harness.saved.packing import SUFFIX, folder_of, is_pack, pack
from harness.saved.place import HOME, latest_run
from harness.saved.run_folder import judge_again, read_run

SHOWN = HOME / "shown"
"""Where the reports are made of packs that others sent."""


def pack_command(options: argparse.Namespace) -> int:
    """Pack a run's folder into one file, and say how it is read."""
    named: Path = options.path or latest_run()
    if is_pack(named):
        raise UsageError(f"{named} is a pack already: send it as it is")
    saved = read_run(named)
    folder = saved.folder.resolve()
    file: Path = options.out or Path(f"amo-harness-{folder.name}{SUFFIX}")
    size = pack(folder, file)
    named_file = shown(shlex.quote(str(file)))
    told = "codes, tokens and secrets masked; pictures that show one are left out"
    print(shown(f"{file}  {size / 1e6:.1f} MB, {told}"))
    print(f"read it  amo-harness show {named_file}")
    print(f"judge    amo-harness judge {named_file}")
    if saved.document["engine"].get("name") != BY_HAND:  # nobody plays again what a person walked
        print(f"replay   amo-harness replay SCENARIO --from {named_file} --backend FILE")
    return ExitCode.PASSED


def show_command(options: argparse.Namespace) -> int:
    """Open a run's report in a browser, where there is one; its place is printed in any case."""
    path: Path = options.path or latest_run()
    report = (_report_of_pack(path) if is_pack(path) else _report_of(path)).resolve()
    print(shown(str(report)))
    if can_open():
        webbrowser.open(report.as_uri())
    return ExitCode.PASSED


def _report_of(path: Path) -> Path:
    """Return the report in a run's folder, or a report itself."""
    if path.name == FILE_NAME and path.is_file():
        return path
    report = read_run(path).folder / FILE_NAME
    if not report.is_file():
        raise UsageError(f"{report}: there is no such file; `amo-harness run` writes one at its end")
    return report


def _report_of_pack(file: Path) -> Path:
    """Make the report anew from the timelines of a pack: a page that somebody else has sent is not opened."""
    folder = SHOWN / file.stem
    with folder_of(file) as unpacked:
        again = judge_again(unpacked)
        shutil.rmtree(folder, ignore_errors=True)
        try:
            shutil.copytree(unpacked, folder)
        except OSError as error:
            raise UsageError(f"{folder}: cannot be written ({error.strerror})") from error
    tell(again, [HtmlFile(folder)])
    return folder / FILE_NAME


def can_open() -> bool:
    """Tell whether a browser can be opened for whoever asks: he named one, or has a screen."""
    if os.environ.get("BROWSER"):
        return True
    if os.environ.get("CI") or not sys.stdout.isatty():
        return False
    has_screen = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return has_screen or not sys.platform.startswith("linux")
