"""Print what report.html weighs and how long a browser takes to open it.

    python benchmarks/report_page.py [DIR] [--rounds N]

Of the run in DIR, the latest where none is named: bytes by part, and medians in milliseconds over fresh tabs,
from the navigation's start to the first paint and to the end of loading.
"""

from __future__ import annotations

import argparse
import re
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

from harness.engines import EngineUnavailable, open_engine
from harness.saved.place import latest_run

if TYPE_CHECKING:
    from harness.config.engine_names import EngineName

ENGINES: tuple[EngineName, ...] = ("webkitgtk", "chromium")
PARTS = {
    "pictures": r'src="data:[^"]*"',
    "drawings": r"(?s)<svg.*?</svg>",
    "events": r'(?s)<ol class="rows">.*?</ol>',
    "archive": r'(?s)<template id="archive">.*?</template>',
    "script": r"(?s)<script>.*?</script>",
    "style": r"(?s)<style>.*?</style>",
}
LOADED = """async () => {
  const [entry] = performance.getEntriesByType("navigation");
  while (!entry.loadEventEnd) await new Promise((go) => setTimeout(go, 5));
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  return [paint ? paint.startTime : NaN, entry.loadEventEnd];
}"""


def main() -> None:
    """Measure one report and print it."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("folder", nargs="?", type=Path)
    arguments.add_argument("--rounds", type=int, default=9)
    asked = arguments.parse_args()
    report: Path = ((asked.folder or latest_run()) / "report.html").resolve()
    text = report.read_text(encoding="utf-8")
    print(f"{report}: {report.stat().st_size / 1e6:.2f} MB")
    for name, pattern in PARTS.items():
        print(f"  {name:<9} {sum(len(each.encode()) for each in re.findall(pattern, text)) / 1e3:8.1f} kB")
    for engine in ENGINES:
        try:
            paint, load = opening(engine, report, asked.rounds)
        except EngineUnavailable as error:
            print(f"{engine}: {error}")
            continue
        print(f"{engine:<10} first paint {paint:6.1f} ms   loaded {load:6.1f} ms")


def opening(engine: EngineName, report: Path, rounds: int) -> tuple[float, float]:
    """Return the medians of the first paint and of the end of loading, in milliseconds."""
    paints: list[float] = []
    loads: list[float] = []
    with open_engine(engine) as started:
        for _ in range(rounds):
            tab = started.open_tab()
            tab.goto(report.as_uri())
            paint, load = tab.evaluate(LOADED)
            paints.append(paint)
            loads.append(load)
            tab.close()
    return statistics.median(paints), statistics.median(loads)


if __name__ == "__main__":
    main()
