"""How long each scenario took on the built-in reference, as a run of it has recorded.

Owns the file durations.json, which `python -m tools.durations RUN` writes: the same everywhere for a version,
so that machines which do not know of each other balance their shards alike.
"""

import json
from collections.abc import Mapping
from pathlib import Path

FILE = Path(__file__).with_name("durations.json")


def recorded_durations_s() -> Mapping[str, float]:
    """Return the recorded seconds by scenario."""
    return json.loads(FILE.read_text(encoding="utf-8"))
