"""`amo-harness diff OLD NEW`: what is fixed, broken, new and gone between two runs."""

import argparse
from collections import Counter
from collections.abc import Iterable

from harness.exit_codes import ExitCode
from harness.saved.differences import KINDS, Change, changes
from harness.saved.run_folder import SavedRun, read_run

NAME_WIDTH = 9


def diff_command(options: argparse.Namespace) -> int:
    """Compare two runs; 1 when something broke that is no known failure."""
    old, new = read_run(options.old), read_run(options.new)
    print(f"old  {_run_line(old)}")
    print(f"new  {_run_line(new)}")
    found = changes(old.document, new.document)
    for line in change_lines(found):
        print(line)
    counts = Counter(change.kind for change in found)
    print(", ".join(f"{counts[kind]} {kind}" for kind in KINDS) if found else "nothing changed")
    is_broken = any(change.kind == "broken" and not change.excused for change in found)
    return ExitCode.BROKEN if is_broken else ExitCode.PASSED


def _run_line(saved: SavedRun) -> str:
    engine = saved.document["engine"]
    browser = f"{engine.get('name')} {engine.get('version') or ''}".strip()
    return f"{saved.document['verdict']:<10} [{browser}, backend {saved.document['backend']}]  {saved.folder}"


def change_lines(found: Iterable[Change]) -> Iterable[str]:
    """Yield a line for each change."""
    for change in found:
        told = f": {change.told}" if change.told else ""
        excused = f"  (known: {change.excused})" if change.excused else ""
        yield f"{change.kind:<7} {change.what:<{NAME_WIDTH}} {change.where}{told}{excused}"
