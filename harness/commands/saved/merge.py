"""`amo-harness merge DIR… --out DIR`: the parts that several machines have played, as one run."""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.commands.saved.judge import tell
from harness.errors import UsageError
from harness.report.console import Console
from harness.report.junit import JUnitFile
from harness.report.page.html import HtmlFile
from harness.report.words.plain_text import Lasting
from harness.runs.options import RunRequest
from harness.runs.runner import Listener
from harness.saved.merging import merged, read_parts
from harness.saved.place import opened
from harness.saved.results_file import ResultsFile
from harness.saved.run_folder import SavedRun

PICTURES = "screenshots"


def merge_command(options: argparse.Namespace) -> int:
    """Judge the parts' timelines again and write every report anew; returns the whole run's exit code."""
    parts = read_parts(options.parts)
    whole = merged(parts)
    with opened(options.out) as place:
        _refuse_a_part_of_itself(place.folder, parts)
        place.clean()
        for part in parts:
            _take_pictures(part.folder, place.folder)
        asked = RunRequest.saved(parts[0].document["run"], parts[0].folder)
        listeners: list[Listener] = [
            ResultsFile(place.folder, asked.document(place.folder)),
            HtmlFile(place.folder),
            *([JUnitFile(options.junit)] if options.junit else []),
            Console(
                out=place.folder,
                rules=whole.run.rules,
                stream=Lasting(sys.stdout),
                verbose=options.verbose,
                quiet=options.quiet,
            ),
        ]
        tell(whole, listeners)
    return whole.run.exit_code


def _refuse_a_part_of_itself(out: Path, parts: Sequence[SavedRun]) -> None:
    """Raise UsageError where the whole would be written over one of its parts."""
    for part in parts:
        if out.resolve() in (part.folder.resolve(), *part.folder.resolve().parents):
            raise UsageError(f"--out {out}: there lies the part {part.folder}; name another folder")


def _take_pictures(part: Path, out: Path) -> None:
    if (part / PICTURES).is_dir():
        shutil.copytree(part / PICTURES, out / PICTURES, dirs_exist_ok=True)
