"""What people saw on their own phones, as a file, and the host tables with it in them.

Owns the file's shape and what a measurement changes: the cell of its host, mechanism and gesture, with its
provenance as that cell's source. Must not serve the page that asks for them (`harness.lab`).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, cast, get_args

from harness.errors import UsageError
from harness.given_files import text_given
from harness.phone.hosts.host import OUTCOMES, Cell, Host, Row
from harness.phone.hosts.tables import HOSTS
from harness.timeline.events import Outcome

VERSION = 1
MOST_MEASUREMENTS = 10_000
LONGEST_TEXT = 500
ROW_NAMES: tuple[Row, ...] = get_args(Row)


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one person saw one browser do with one way to leave. Raises ValueError for what cannot be."""

    host: str
    """Which kind of browser showed the page: a name of the host tables."""
    mechanism: Row
    gesture: bool
    """Whether a tap stood behind it."""
    way: str
    """How exactly the page left, in the lab's words."""
    outcome: Outcome | None
    """None: something that the tables have no word for; `note` says what."""
    device: str
    system: str
    at: str
    """When, ISO 8601."""
    app_installed: bool = True
    user_agent: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        """Check each field by name."""
        _one_of("host", self.host, tuple(HOSTS))
        _one_of("mechanism", self.mechanism, ROW_NAMES)
        _one_of("outcome", self.outcome, (*OUTCOMES, None))
        for name in ("gesture", "app_installed"):
            if not any(getattr(self, name) is each for each in (True, False)):
                raise ValueError(f"{name} must be true or false, not {getattr(self, name)!r}")
        for name in ("way", "device", "system", "at", "user_agent", "note"):
            value: object = getattr(self, name)
            if not isinstance(value, str) or len(value) > LONGEST_TEXT or not value.isprintable():
                raise ValueError(f"{name} must be a line of text of at most {LONGEST_TEXT} characters")
        if not (self.device.strip() and self.system.strip()):
            raise ValueError("device and system must say whose answer it is, such as iPhone 15 and iOS 18.6")
        if self.outcome is None and not self.note:
            raise ValueError("an outcome that is none of the tables' needs a note that says what was seen")

    @property
    def cell(self) -> tuple[Row, bool]:
        """Which cell of its host's table it is about."""
        return self.mechanism, self.gesture

    @property
    def whose(self) -> str:
        """Who saw it, when."""
        return f"{self.device}, {self.system} ({self.at[:10]})"


def read_measurements(path: Path) -> tuple[Measurement, ...]:
    """Return the measurements of a file; UsageError in one sentence for anything that it must not be."""
    try:
        document: object = json.loads(text_given(path))
    except OSError as problem:
        raise UsageError(f"{path} cannot be read: {problem.strerror}") from problem
    except (ValueError, RecursionError) as problem:
        raise UsageError(f"{path} is not JSON: {problem}") from problem
    if not isinstance(document, dict):
        raise UsageError(f"{path} has no measurements: `amo-harness lab` writes such files")
    content = cast("dict[str, Any]", document)
    if content.get("version") != VERSION:
        raise UsageError(f"{path} is of version {content.get('version')!r:.40}, and {VERSION} is read here")
    rows = content.get("measurements")
    if not isinstance(rows, list):
        raise UsageError(f"{path} has no list `measurements`")
    return tuple(_read(path, number, row) for number, row in enumerate(cast("list[object]", rows), 1))


def written(measurements: Iterable[Measurement]) -> str:
    """Return the text of a file with these measurements."""
    rows = [asdict(each) for each in measurements]
    return json.dumps({"version": VERSION, "measurements": rows}, ensure_ascii=False, indent=1) + "\n"


def measured(host: Host, measurements: Iterable[Measurement]) -> Host:
    """Return a host as these measurements have it.

    A cell takes an outcome in which every answer about it agrees, with whose they are as its source; where
    they contradict each other it stays, and its source says so. What was seen without the app counts for taps
    alone, in the cell of an app that is not installed.
    """
    own = [each for each in measurements if each.host == host.name]
    without = [each for each in own if not each.app_installed and each.gesture]
    cells, settled = dict(host.cells), set[tuple[Row, bool]]()
    for cell in host.cells:
        answers = [each for each in own if each.app_installed and each.cell == cell]
        if answers:
            cells[cell] = _answered(cells[cell], answers)
        if agreed(answers) is not None:
            settled.add(cell)
    return replace(
        host,
        cells=cells,
        not_installed=_answered(host.not_installed, without) if without else host.not_installed,
        prompting={cell: each for cell, each in host.prompting.items() if cell not in settled},
    )


def agreed(answers: Iterable[Measurement]) -> Outcome | None:
    """Return the outcome in which all answers agree, None where there is none."""
    outcomes: set[Outcome | None] = {each.outcome for each in answers}
    return outcomes.pop() if len(outcomes) == 1 else None


def _answered(cell: Cell, answers: list[Measurement]) -> Cell:
    outcome = agreed(answers)
    whose = "; ".join(dict.fromkeys(f"{each.whose} {each.way}" for each in answers))
    if outcome is None:
        return replace(cell, source=f"{cell.source}; measurements differ or have no word for it: {whose}")
    seen = cell.seen if cell.outcome == outcome else ""
    return Cell(outcome, "high" if len(answers) > 1 else "medium", f"measured: {whose}", seen=seen)


def _read(path: Path, number: int, row: object) -> Measurement:
    if number > MOST_MEASUREMENTS:
        raise UsageError(f"{path} has more than {MOST_MEASUREMENTS} measurements")
    where = f"{path}: measurement {number}"
    if not isinstance(row, dict):
        raise UsageError(f"{where} is no object")
    content = cast("Mapping[str, Any]", row)
    known = [each.name for each in fields(Measurement)]
    for name in content:
        if name not in known:
            raise UsageError(f"{where} has {name!r:.40}, which no measurement has")
    try:
        return Measurement(**content)
    except TypeError:
        missing = [each for each in known if each not in content and each not in _HAVE_DEFAULTS]
        raise UsageError(f"{where} does not say its {', '.join(missing)}") from None
    except ValueError as problem:
        raise UsageError(f"{where}: {problem}") from None


_HAVE_DEFAULTS = frozenset({"app_installed", "user_agent", "note"})


def _one_of(name: str, value: object, choices: tuple[object, ...]) -> None:
    if value not in choices:
        named = ", ".join(str(each) for each in choices if each is not None)
        raise ValueError(f"no {name} is called {value!r:.40}; there are {named}")
