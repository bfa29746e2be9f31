"""Counts where the harness and the packages agree, by SDK or release and by class.

Owns the comparison. It must not fetch anything.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.phone.javascript.query_versions import QUERY_VERSIONS
from harness.phone.links.sdk import SDKS
from tools.differential.links import Link
from tools.differential.our_queries import Entry, play
from tools.differential.ours import found
from tools.differential.packages import run
from tools.differential.schedules import Kind, Schedule

SHOWN = 3


@dataclass(slots=True)
class Counts:
    """How often two agreed, by the class of what was tried, and the first of what differed."""

    equal: Counter[str] = field(default_factory=Counter[str])
    different: Counter[str] = field(default_factory=Counter[str])
    examples: list[str] = field(default_factory=list[str])

    def count(self, kind: str, shown: str, *, same: bool) -> None:
        """Count one."""
        (self.equal if same else self.different)[kind] += 1
        if not same and len(self.examples) < SHOWN:
            self.examples.append(shown)


def measured_links(node: Path, links: Iterable[str]) -> list[dict[str, Any]]:
    """Return what each SDK's packages make of each link, by the SDK's number."""
    return run(node, "measure_expo_router.cjs", given=list(links))


def compare_links(links: list[Link], measured: list[dict[str, Any]]) -> dict[int, Counts]:
    """Return the counts of each SDK."""
    counts = {number: Counts() for number in SDKS}
    for (kind, link), by_sdk in zip(links, measured, strict=True):
        for number, count in counts.items():
            count.count(kind, repr(link), same=found(link, number) == by_sdk[str(number)])
    return counts


def measured_schedules(node: Path, package: str, schedules: Iterable[Schedule]) -> list[list[Entry]]:
    """Return what a release of query-core does with each schedule."""
    return [in_order(log) for log in run(node, "measure_queries.cjs", package, given=list(schedules))]


def compare_schedules(node: Path, schedules: list[tuple[Kind, Schedule]]) -> dict[str, Counts]:
    """Return the counts of each named release."""
    counts: dict[str, Counts] = {}
    for name, version in QUERY_VERSIONS.items():
        count = counts[name] = Counts()
        measured = measured_schedules(node, version.package, (schedule for _, schedule in schedules))
        for place, ((kind, schedule), log) in enumerate(zip(schedules, measured, strict=True)):
            same = in_order(play(schedule, version.name)) == log
            count.count(kind, f"the {place + 1}th schedule", same=same)
    return counts


def in_order(log: list[Entry]) -> list[Entry]:
    """Return a log in an order that does not depend on who of one moment was first; looks come last."""
    return sorted(log, key=lambda entry: (entry[0], entry[1] == "state", entry[1], str(entry[2])))
