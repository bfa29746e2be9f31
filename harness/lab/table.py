"""The answers of the lab beside the host tables, as Markdown.

Owns the comparison and its words. Must not change a table: that is `harness.phone.hosts.measured`'s.
"""

from collections.abc import Iterable, Iterator, Sequence

from harness.phone.hosts.host import Cell, Host
from harness.phone.hosts.measured import Measurement, agreed
from harness.phone.hosts.tables import HOSTS, ROW_TITLES, ROWS

_HEAD = "| browser | mechanism | gesture | host tables | measured | so |\n|---|---|---|---|---|---|"
_CANNOT_BE = ("refresh", True)


def table(measurements: Sequence[Measurement]) -> str:
    """Return each cell that was measured beside the tables' own, and the cells that nobody is sure of."""
    measured = [line for host in HOSTS.values() for line in _measured(host, measurements)]
    wanted = [line for host in HOSTS.values() for line in _wanted(host, measurements)]
    answers = "1 answer" if len(measurements) == 1 else f"{len(measurements)} answers"
    parts = [f"# {answers} beside the host tables", ""]
    parts += [_HEAD, *measured, ""] if measured else ["Nothing has been measured yet.", ""]
    if wanted:
        parts += [
            "## What a phone could settle",
            "",
            "| browser | mechanism | gesture | host tables | why |",
        ]
        parts += ["|---|---|---|---|---|", *wanted, ""]
    return "\n".join(parts)


def _measured(host: Host, measurements: Iterable[Measurement]) -> Iterator[str]:
    own = [each for each in measurements if each.host == host.name]
    for row, gesture in ROWS:
        answers = [each for each in own if each.app_installed and each.cell == (row, gesture)]
        if answers:
            yield _line(host, ROW_TITLES[row], _yes_no(gesture), host.cells[row, gesture], answers)
    without = [each for each in own if not each.app_installed and each.gesture]
    if without:
        yield _line(host, "any, the app not installed", "yes", host.not_installed, without)


def _line(host: Host, title: str, gesture: str, cell: Cell, answers: Sequence[Measurement]) -> str:
    seen = "; ".join(f"{each.outcome or each.note} ({each.whose}, {each.way})" for each in answers)
    return _row(host.name, title, gesture, _said(cell), seen, _so(cell, answers))


def _so(cell: Cell, answers: Sequence[Measurement]) -> str:
    outcome = agreed(answers)
    if len({each.outcome for each in answers}) > 1:
        return "answers differ"
    if outcome is None:
        return "no word for it"
    if outcome == cell.outcome:
        return "agrees" if cell.confidence == "high" else "settled: agrees"
    return "CONTRADICTS" if cell.outcome and cell.confidence == "high" else "settled: another"


def _wanted(host: Host, measurements: Iterable[Measurement]) -> Iterator[str]:
    known = {each.cell for each in measurements if each.host == host.name and each.app_installed}
    for row, gesture in ROWS:
        cell = host.cells[row, gesture]
        is_open = (cell.outcome is None or cell.confidence == "low") and (row, gesture) != _CANNOT_BE
        if is_open and (row, gesture) not in known:
            yield _row(host.name, ROW_TITLES[row], _yes_no(gesture), _said(cell), cell.source)


def _said(cell: Cell) -> str:
    return f"{cell.outcome or 'not known'} ({cell.confidence})"


def _yes_no(gesture: bool) -> str:
    return "yes" if gesture else "no"


def _row(*cells: str) -> str:
    return f"| {' | '.join(each.replace('|', '/') for each in cells)} |"
