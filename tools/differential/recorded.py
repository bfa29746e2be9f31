"""The part of the comparison that the tests repeat without Node: links and schedules with what was measured.

Owns the two files and their shape. It must not choose what the tests make of them.
"""

import json
from pathlib import Path
from typing import Any

from harness.phone.javascript.query_versions import QUERY_VERSIONS
from tools.differential.comparing import measured_links, measured_schedules
from tools.differential.links import CLASSES, links
from tools.differential.packages import HERE
from tools.differential.schedules import schedules

FOLDER = HERE.parent.parent / "tests" / "unit" / "phone" / "recorded"
LINKS = FOLDER / "links.json"
SCHEDULES = FOLDER / "schedules.json"
NAMED = FOLDER / "named_links.json"
"""Links that somebody reported or read about; the rest is drawn."""
SEED = 2027
"""One whose schedules tell every two neighbouring releases apart."""
LINKS_A_CLASS = 40
SCHEDULE_COUNT = 40


def write(node: Path) -> None:
    """Measure and write both files."""
    named: list[str] = json.loads(NAMED.read_text(encoding="utf-8"))
    drawn = [link for _, link in links(SEED, LINKS_A_CLASS * len(CLASSES))]
    chosen = list(dict.fromkeys(named + drawn))
    measured = measured_links(node, chosen)
    _write(LINKS, [_link(link, by_sdk) for link, by_sdk in zip(chosen, measured, strict=True)])
    played = [schedule for _, schedule in schedules(SEED, SCHEDULE_COUNT)]
    logs = {
        name: measured_schedules(node, version.package, played) for name, version in QUERY_VERSIONS.items()
    }
    _write(
        SCHEDULES,
        [
            {"schedule": schedule, "logs": _grouped({name: logs[name][place] for name in logs})}
            for place, schedule in enumerate(played)
        ],
    )


def _link(link: str, by_sdk: dict[str, Any]) -> dict[str, Any]:
    return {"link": link, "found": _grouped(by_sdk)}


def _grouped(by_name: dict[str, Any]) -> list[list[Any]]:
    """Return `[names, what]` for each different thing, so that it is written once."""
    groups: dict[str, list[str]] = {}
    for name, what in by_name.items():
        groups.setdefault(json.dumps(what), []).append(name)
    return [[names, json.loads(what)] for what, names in groups.items()]


def _write(path: Path, entries: list[Any]) -> None:
    lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
