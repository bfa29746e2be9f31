"""Compares the simulated phone with the packages of the real app: `make differential`.

Owns the command, and the document with its numbers. Needs npm; nothing else of the project does for it.
"""

import argparse
import sys

from harness.phone.javascript.query_versions import QUERY_VERSIONS
from harness.phone.links.sdk import SDKS
from tools.differential import recorded
from tools.differential.comparing import Counts, compare_links, compare_schedules, measured_links
from tools.differential.links import links
from tools.differential.packages import HERE, install
from tools.differential.schedules import schedules
from tools.node import NodeError

PAGE = HERE.parent.parent / "docs" / "differential.md"
LINK_COUNT = 20_000
SCHEDULE_COUNT = 2_000
SEED = 1


def main() -> int:
    """Run the comparison; 0 when it was made, whatever it found, and 2 when npm or Node is missing."""
    options = _options()
    try:
        node = install()
        if options.record:
            recorded.write(node)
            return 0
        drawn = links(options.seed, options.links)
        by_sdk = compare_links(drawn, measured_links(node, (link for _, link in drawn)))
        by_release = compare_schedules(node, schedules(options.seed, options.schedules))
    except NodeError as error:
        print(error, file=sys.stderr)
        return 2
    page = _page(by_sdk, by_release, options)
    print(page)
    if options.write:
        PAGE.write_text(page, encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.differential", description=__doc__)
    parser.add_argument("--links", type=int, default=LINK_COUNT, help="random links a SDK")
    parser.add_argument("--schedules", type=int, default=SCHEDULE_COUNT, help="random schedules a release")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--write", action="store_true", help="write docs/differential.md")
    parser.add_argument("--record", action="store_true", help="only write what the tests repeat")
    return parser.parse_args()


def _page(by_sdk: dict[int, Counts], by_release: dict[str, Counts], options: argparse.Namespace) -> str:
    kinds = sorted({kind for count in by_sdk.values() for kind in (count.equal | count.different)})
    of_queries = sorted({kind for count in by_release.values() for kind in (count.equal | count.different)})
    return "\n".join(
        [
            _INTRODUCTION,
            f"## {options.links:,} random links a SDK, seed {options.seed}",
            "",
            *_table("SDK", {f"{number}": count for number, count in by_sdk.items()}, kinds, _SDK_NOTES),
            "",
            *_examples(by_sdk),
            f"## {options.schedules:,} random schedules a release, seed {options.seed}",
            "",
            *_table("release", by_release, of_queries, _QUERY_NOTES),
            "",
            *_examples(by_release),
            _LIMITS,
        ]
    )


def _table(title: str, counts: dict[str, Counts], kinds: list[str], notes: dict[str, str]) -> list[str]:
    lines = [
        f"| {title} | held against | equal | different | {' | '.join(kinds)} |",
        "|---" * (4 + len(kinds)) + "|",
    ]
    for name, count in counts.items():
        cells = [
            f"{count.different[kind]} of {count.equal[kind] + count.different[kind]:,}" for kind in kinds
        ]
        equal, different = count.equal.total(), count.different.total()
        lines.append(f"| {name} | {notes[name]} | {equal:,} | {different} | {' | '.join(cells)} |")
    return lines


def _examples(counts: dict[int, Counts] | dict[str, Counts]) -> list[str]:
    lines = [
        f"- {name}: {'; '.join(f'`{example}`' for example in count.examples)}"
        for name, count in counts.items()
        if count.examples
    ]
    return ["Some of what differs:", "", *lines, ""] if lines else []


_SDK_NOTES = {f"{number}": f"expo-router {sdk.expo_router}, {sdk.url.name}" for number, sdk in SDKS.items()}
_QUERY_NOTES = {
    name: f"query-core {version.package} (the same: {version.also})"
    for name, version in QUERY_VERSIONS.items()
}
_INTRODUCTION = """# The simulated app beside the real packages

Written by `make differential`, which fetches the packages with npm and plays the same links and schedules
with them and with the simulated phone. Real are expo-router's own route tree (`getRoutes` of an app with
`(tabs)/crm`, `(tabs)/index` and `amo-crm/callback`), its way from a link to a screen, the `URL` that Expo
ships with the SDK, and @tanstack/query-core. Copied are the few lines of `useLocalSearchParams`, which are a
React hook. A column counts what differs, by class. The tests repeat a part of it that was recorded:
`python -m tools.differential --record` writes that anew.
"""
_LIMITS = """Known to differ: on SDK 58 the page for unknown addresses has no parameter of a name that
JavaScript's objects inherit (`constructor`). Not modelled: which names outside ASCII whatwg-url-minimum 0.2.0
refuses as the host of another URL inside a link. Releases of TanStack Query between the named ones differ
from both neighbours in one of these ways: 5.90.15 to 5.91.1 already take a failed refetch for out of date,
5.104 and 5.105 already begin in the background.
"""

if __name__ == "__main__":
    sys.exit(main())
