"""What pytest keeps of a test: pictures, traces and the timeline, as pytest-playwright's options have it.

Owns `--output`, `--screenshot` and `--tracing` where they concern the harness's browser, and the sentence
for what its engines cannot do. They are pytest-playwright's options; without it their defaults hold.
"""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from harness.config.engine_names import LAUNCHED, EngineName
from harness.engines.launched.engine import LaunchedEngine
from harness.errors import UsageError
from harness.stage.world import Stage
from harness.timeline.timeline import Timeline

DEFAULT_OUTPUT = "test-results"


def slug(node_id: str) -> str:
    """Return a node id as a folder's name, spelt as pytest-playwright spells its own."""
    return re.sub(r"[^a-z0-9]+", "-", node_id.lower()).strip("-")


def check_options(config: pytest.Config, engine: EngineName) -> None:
    """Refuse, by name, what pytest-playwright offers and the engine cannot do."""
    if config.getoption("--tracing", "off") != "off" and engine not in LAUNCHED:
        raise UsageError(
            f"--tracing needs --amo-engine {' or '.join(LAUNCHED)}: over WebKit's inspector, which "
            f"{engine} may use, Playwright cannot record the screenshots of a trace"
        )
    if config.getoption("--video", "off") != "off":
        raise UsageError(
            "--video is not recorded of the harness's browser: leave it out, or use --screenshot on"
        )


class Artifacts:
    """Collects in `scratch` while a test runs, and moves what is wanted to the output folder."""

    def __init__(self, config: pytest.Config, scratch: Path) -> None:
        self._output = Path(config.getoption("--output", None) or DEFAULT_OUTPUT)
        self._screenshot = str(config.getoption("--screenshot", "off"))
        self._tracing = str(config.getoption("--tracing", "off"))
        self._scratch = scratch

    @property
    def pictures(self) -> Path | None:
        """Where pictures go while a test runs; None: none are taken."""
        return None if self._screenshot == "off" else self._scratch

    def begin(self, stage: Stage) -> None:
        """Tell the engine where traces go, if there are to be any."""
        if self._tracing != "off" and isinstance(stage.engine, LaunchedEngine):
            stage.engine.keep_traces(self._scratch / "traces")

    def keep(self, node_id: str, timeline: Timeline, *, failed: bool) -> list[Path]:
        """Move what the options ask for to the test's folder, and a failure's timeline; drop the rest."""
        folder = self._output / slug(node_id)
        kept = [
            *_settle(
                self._scratch.glob("screenshots/*/*.png"), folder, _wanted(self._screenshot, failed=failed)
            ),
            *_settle(self._scratch.glob("traces/*.zip"), folder, _wanted(self._tracing, failed=failed)),
        ]
        if failed:
            timeline.save(folder / "timeline.json")
            kept.append(folder / "timeline.json")
        return kept


def _wanted(option: str, *, failed: bool) -> bool:
    return option == "on" or (failed and option != "off")


def _settle(files: Iterable[Path], folder: Path, wanted: bool) -> list[Path]:
    kept: list[Path] = []
    for file in sorted(files):
        if wanted:
            folder.mkdir(parents=True, exist_ok=True)
            kept.append(Path(shutil.move(file, folder / file.name)))
        else:
            file.unlink()
    return kept
