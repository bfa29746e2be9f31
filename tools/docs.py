"""Writes every document that is made from the code: `make docs`.

Owns the list of them. What is in each is its writer's; the table of docs/reproduce.md comes from a run in
WebKit, which takes a quarter of a minute.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from harness.commands.prove import open_proof
from harness.config.example import configuration_page
from harness.contract.published.data import contract_json
from harness.contract.published.document import contract_page
from harness.contract.published.sources import sources_page
from harness.engines import EngineUnavailable
from harness.errors import UsageError
from harness.phone.hosts.tables import hosts_page
from harness.proofs.reproduce import reproduce
from harness.report.defects import as_markdown
from harness.timeline.document import timeline_page

ROOT = Path(__file__).resolve().parent.parent
PAGES: Mapping[str, Callable[[], str]] = {
    "contract.json": contract_json,
    "docs/contract.md": contract_page,
    "docs/sources.md": sources_page,
    "docs/configuration.md": configuration_page,
    "docs/hosts.md": hosts_page,
    "docs/timeline.md": timeline_page,
}
"""Documents that follow from the code alone, with what writes them."""
REPRODUCED = "docs/reproduce.md"
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


def _reproduced() -> str:
    with open_proof("auto") as stage:
        return with_table((ROOT / REPRODUCED).read_text(encoding="utf-8"), as_markdown(reproduce(stage)))


def _write(name: str, text: str) -> None:
    path = ROOT / name
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(text, encoding="utf-8")
    print(f"{name}: {'as it was' if text == before else 'written'}")


def main() -> int:
    """Write them all; 1 when a run in WebKit was not possible here, so that one of them is as it was."""
    for name, page in PAGES.items():
        _write(name, page())
    try:
        _write(REPRODUCED, _reproduced())
    except (EngineUnavailable, UsageError) as missing:
        print(f"{REPRODUCED}: left as it was: {missing}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
