"""`amo-harness diff OLD NEW`: what is fixed, broken, new and gone between two runs."""

import argparse
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from harness.errors import UsageError
from harness.exit_codes import ExitCode
from harness.report.words.visible import shown
from harness.saved.differences import KINDS, Change, changes
from harness.saved.packing import folder_of
from harness.saved.place import HOME, newest_runs
from harness.saved.run_folder import SavedRun, did_not_start, read_run
from harness.timeline.files import NotWritten, write_whole

NAME_WIDTH = 9


def diff_command(options: argparse.Namespace) -> int:
    """Compare two runs; 1 when something broke that is no known failure."""
    with ExitStack() as stack:
        named = two_runs(options.old, options.new)
        old, new = (read_run(stack.enter_context(folder_of(each))) for each in named)
        if options.html is not None:
            _write(options.html, old, new)
        return _tell(named, old, new)


def _write(file: Path, old: SavedRun, new: SavedRun) -> None:
    """Write the page; UsageError where no file can be."""
    from harness.report.comparison.html import document  # noqa: PLC0415 - for whoever asks for the page alone

    try:
        write_whole(file, document(old, new))
    except NotWritten as error:
        raise UsageError(f"--html {error}") from error
    print(shown(f"page {file}"))


def _tell(named: tuple[Path, Path], old: SavedRun, new: SavedRun) -> int:
    print(shown(f"old  {_run_line(old)}  {named[0]}"))
    print(shown(f"new  {_run_line(new)}  {named[1]}"))
    found = changes(old.document, new.document)
    for line in change_lines(found):
        print(shown(line))
    counts = Counter(change.kind for change in found)
    print(", ".join(f"{counts[kind]} {kind}" for kind in KINDS) if found else "nothing changed")
    is_broken = any(change.kind == "broken" and not change.excused for change in found)
    return ExitCode.BROKEN if is_broken else ExitCode.PASSED


def two_runs(old: Path | None, new: Path | None) -> tuple[Path, Path]:
    """Return the runs to compare: those that are named, one with the newest kept run, or the last two."""
    if old is not None and new is not None:
        return old, new
    kept = list(islice((each for each in newest_runs() if not did_not_start(each)), 2))
    if old is not None and kept:
        return old, kept[0]
    if len(kept) < 2:  # noqa: PLR2004 - two are compared
        raise UsageError(
            f"there are no two kept runs in {HOME} to compare; name them: amo-harness diff OLD NEW"
        )
    return kept[1], kept[0]


def _run_line(saved: SavedRun) -> str:
    engine = saved.document["engine"]
    browser = f"{engine.get('name')} {engine.get('version') or ''}".strip()
    return f"{saved.document['verdict']:<10} [{browser}, backend {saved.document['backend']}]"


def change_lines(found: Iterable[Change]) -> Iterable[str]:
    """Yield a line for each change."""
    for change in found:
        told = f": {change.told}" if change.told else ""
        excused = f"  (known: {change.excused})" if change.excused else ""
        yield f"{change.kind:<7} {change.what:<{NAME_WIDTH}} {change.where}{told}{excused}"
