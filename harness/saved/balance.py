"""By which seconds the shards of a run are balanced: a kept run's, or those recorded on the reference.

Owns reading them. How they split a run is `harness.runs.shards`'.
"""

from collections.abc import Mapping
from pathlib import Path

from harness.runs.shards.recorded import recorded_durations_s
from harness.saved.run_folder import SavedRun, read_run


def durations_s(saved: SavedRun) -> dict[str, float]:
    """Return how long each scenario of a run took."""
    rows = saved.document["scenarios"]
    return {row["id"]: float(row.get("duration_s", 0.0)) for row in rows}


def balance_s(run: Path | None) -> Mapping[str, float]:
    """Return the seconds of each scenario: of the run in this folder, or as recorded where none is named."""
    return recorded_durations_s() if run is None else durations_s(read_run(run))
