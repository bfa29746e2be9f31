"""How reports cut and fold what they say: long values, lists of names, lines of a terminal.

Owns these rules. Whatever is cut here stands in full in results.json and report.html.
"""

import re
import shutil
import textwrap
from collections.abc import Iterable, Mapping, Sequence

from harness.runs.causes import Cause
from harness.runs.results import ScenarioResult

LONGEST_VALUE = 200
"""Characters of one value on the console."""
NAMES_SHOWN = 3
TELLING = 20
"""Characters of a title that say enough by themselves."""
NARROWEST, WIDEST = 60, 120
LONGEST_QUOTED, QUOTED_HEAD, QUOTED_TAIL = 64, 40, 18
_QUOTED = re.compile("“([^”]*)”")
_PORT = re.compile(r"(?<=:)\d{4,5}\b")


def limited(text: str, limit: int = LONGEST_VALUE) -> str:
    """Return a value as one line of at most `limit` characters.

    What is quoted is shortened in its middle first: behind a long address stands why it matters.
    """
    line = " ".join(text.split())
    if len(line) > limit:
        line = _QUOTED.sub(_with_its_middle_left_out, line)
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _with_its_middle_left_out(quoted: re.Match[str]) -> str:
    value = quoted.group(1)
    return (
        f"“{value[:QUOTED_HEAD]}…{value[-QUOTED_TAIL:]}”" if len(value) > LONGEST_QUOTED else quoted.group()
    )


def limited_line(line: str, width: int) -> str:
    """Return a line of a table, indented as it is, of at most `width` characters."""
    return line if len(line) <= width else line[: width - 1] + "…"


def names(every: Sequence[str]) -> str:
    """Return the first three names, and how many there are besides."""
    shown, others = ", ".join(every[:NAMES_SHOWN]), len(every) - NAMES_SHOWN
    return shown if others <= 0 else f"{shown} and {others} more"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 scenario`, `3 scenarios`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def terminal_width() -> int:
    """Return the columns to fold to: the terminal's, or `COLUMNS`; 120 where the output is none."""
    return min(max(shutil.get_terminal_size((WIDEST, 24)).columns, NARROWEST), WIDEST)


def folded(head: str, text: str, width: int, *, most: int | None = None) -> list[str]:
    """Return a text after its head, folded so that later lines stand below its beginning.

    `most` is the number of lines after which the rest is left out.
    """
    room = max(width - len(head), NARROWEST // 3)
    lines = textwrap.wrap(text, room, break_on_hyphens=False, max_lines=most, placeholder=" …") or [""]
    return [f"{head if number == 0 else ' ' * len(head)}{line}" for number, line in enumerate(lines)]


def by_reason(reasons: Iterable[tuple[str, str]]) -> Mapping[str, list[str]]:
    """Group names by reason; two reasons that differ in a port alone are one."""
    groups: dict[str, list[str]] = {}
    first: dict[str, str] = {}
    for name, reason in reasons:
        key = first.setdefault(_PORT.sub("", reason), reason)
        groups.setdefault(key, []).append(name)
    return groups


def stopped_lines(scenarios: Iterable[ScenarioResult], *, longest: int = 2 * LONGEST_VALUE) -> list[str]:
    """Return a line for each reason that stopped scenarios: `12 scenarios stopped (a, b, c …): why`."""
    groups = by_reason((each.id, each.stopped) for each in scenarios if each.stopped)
    return [
        f"{counted(len(ids), 'scenario')} stopped ({names(ids)}): {limited(reason, longest)}"
        for reason, ids in groups.items()
    ]


def remark_lines(remarks: Mapping[str, Sequence[str]], *, verbose: bool) -> list[str]:
    """Return a line for each kind of remark, which is what stands before its colon; `verbose`: for each."""
    kinds: dict[str, list[str]] = {}
    for remark in remarks:
        kinds.setdefault(remark if verbose else remark.partition(":")[0], []).append(remark)
    lines: list[str] = []
    for every in kinds.values():
        places = {place for remark in every for place in remarks[remark]}
        others = f" and {len(every) - 1} more" if len(every) > 1 else ""
        lines.append(f"{every[0]}{others}  (in {counted(len(places), 'scenario')})")
    return lines


def because_of(cause: Cause) -> str:
    """Say which other clauses a cause kept from holding, and from being seen; empty: none."""
    broken = [each for each in cause.ids if each not in cause.shown_by]
    told = [f"{', '.join(broken)} could not hold"] if broken else []
    told += [f"{', '.join(cause.unseen)} could not be seen"] if cause.unseen else []
    return "; ".join(told)


def short_title(cause: Cause) -> str:
    """Return what is asked for in a few words: of a clause's title, what stands before its details."""
    title = cause.title.partition(";")[0]
    before, colon, _ = title.partition(": ")
    return before if colon and len(before) >= TELLING else title
