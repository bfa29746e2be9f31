"""Writes every document that is made from the code, and every number that a document tells: `make docs`.

Owns the list of them. What is in each is its writer's; the tables of docs/reproduce.md and docs/left_alone.md
come from a run in WebKit, which takes a minute.
"""

import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from harness.commands.check import published_schema
from harness.commands.proofs.prove import open_proof
from harness.config.example import configuration_page
from harness.contract import CONTRACT
from harness.contract.published.data import contract_json
from harness.contract.published.document import contract_page
from harness.contract.published.sources import sources_page
from harness.engines import EngineUnavailable
from harness.errors import UsageError
from harness.phone.hosts.tables import hosts_page
from harness.proofs.prove import all_subjects
from harness.proofs.reproduce import reproduce
from harness.report.defects import as_markdown
from harness.runs.runner import play
from harness.saved.results_shape import results_schema
from harness.stage.scenario import all_scenarios
from harness.stage.world import Stage
from tools.left_alone import rows_of, table
from tools.mechanisms import mechanisms_page
from tools.timeline_document import timeline_page

ROOT = Path(__file__).resolve().parent.parent


def numbers() -> dict[str, int]:
    """Return what there is of what a document counts, by the words that follow the number."""
    subjects = Counter(subject.kind for subject in all_subjects().values())
    return {
        "clauses": len(CONTRACT),
        "scenarios": len(all_scenarios()),
        "broken backends": subjects["fault"],
        "broken apps": subjects["app"],
        "correct backends": subjects["variant"],
        "of which look different": subjects["variant"] - 1,  # the reference is one of them
    }


def with_numbers(text: str) -> str:
    """Return a text that tells today's numbers."""
    for words, number in numbers().items():
        text = re.sub(rf"\d+(?= {words}\b)", str(number), text)
    return text


def unreleased(changelog: str) -> tuple[str, str]:
    """Return what a changelog says of today, and the releases, which tell what was true then."""
    release = re.search(r"^## (?!Unreleased)", changelog, re.MULTILINE)
    place = release.start() if release else len(changelog)
    return changelog[:place], changelog[place:]


def with_numbers_of_today(changelog: str) -> str:
    """Return a changelog whose part that is not released tells today's numbers."""
    today, releases = unreleased(changelog)
    return with_numbers(today) + releases


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


PAGES: Mapping[str, Callable[[], str]] = {
    "README.md": lambda: with_numbers(_read("README.md")),
    "CHANGELOG.md": lambda: with_numbers_of_today(_read("CHANGELOG.md")),
    "contract.json": contract_json,
    "docs/contract.md": contract_page,
    "docs/sources.md": sources_page,
    "docs/configuration.md": configuration_page,
    "docs/backend.schema.json": published_schema,
    "docs/results.schema.json": results_schema,
    "docs/hosts.md": hosts_page,
    "docs/mechanisms.md": mechanisms_page,
    "docs/timeline.md": timeline_page,
}
"""Documents that follow from the code alone, with what writes them."""
REPRODUCED = "docs/reproduce.md"
LEFT_ALONE = "docs/left_alone.md"
_BEFORE, _AFTER = "\n\n| page |", "\n\nWhat to read in it:"


def stale(root: Path = ROOT) -> list[str]:
    """Return the documents that are not as their writers write them now."""
    return [
        name
        for name, page in PAGES.items()
        if not (root / name).exists() or (root / name).read_text(encoding="utf-8") != page()
    ]


def with_table(document: str, table: str) -> str:
    """Return docs/reproduce.md with this table in the place of its own."""
    head, _, rest = document.partition(_BEFORE)
    foot = rest.partition(_AFTER)[2]
    return head + "\n\n" + table.strip("\n") + _AFTER + foot


def left_alone(stage: Stage) -> str:
    """Return docs/left_alone.md, of a run of every scenario on the reference."""
    played = [play(stage, each) for each in all_scenarios().values()]
    return table(row for each in played for row in rows_of(each.result.id, each.timeline))


def _in_webkit() -> Mapping[str, str]:
    with open_proof("auto") as stage:
        return {
            REPRODUCED: with_table(_read(REPRODUCED), as_markdown(reproduce(stage))),
            LEFT_ALONE: left_alone(stage),
        }


def _write(name: str, text: str) -> None:
    path = ROOT / name
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(text, encoding="utf-8")
    print(f"{name}: {'as it was' if text == before else 'written'}")


def main() -> int:
    """Write them all; 1 when a run in WebKit was not possible here, so that two of them are as they were."""
    for name, page in PAGES.items():
        _write(name, page())
    try:
        for name, text in _in_webkit().items():
            _write(name, text)
    except (EngineUnavailable, UsageError) as missing:
        print(f"{REPRODUCED}, {LEFT_ALONE}: left as they were: {missing}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
