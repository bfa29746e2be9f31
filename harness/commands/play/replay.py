"""`amo-harness replay SCENARIO`: a scenario of a saved run once more, as it was."""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness.commands.play.run import play_request
from harness.commands.saved.diff import change_lines
from harness.errors import UsageError
from harness.runs.options import OPTIONS, RunRequest
from harness.saved.differences import changes
from harness.saved.place import latest_run
from harness.saved.run_folder import SavedRun, read_run

FOLDER = "replay"
"""Where a replay leaves its own results, in the folder of the run that it replays."""


def replay_command(options: argparse.Namespace) -> int:
    """Play it with the engine, backend, phone and seed of the saved run; returns the exit code."""
    saved = read_run(options.run_folder or latest_run())
    if options.scenario not in saved.scenario_ids:
        raise UsageError(
            f"{options.scenario!r} is no scenario of the run in {saved.folder}: "
            f"it played {', '.join(saved.scenario_ids)}"
        )
    out = saved.folder / FOLDER
    code = play_request(replace(request_of(saved), verbose=options.verbose), [options.scenario], out)
    found = changes(only(saved.document, options.scenario), read_run(out).document)
    print("the same as in the saved run" if not found else "otherwise than in the saved run:")
    for line in change_lines(found):
        print(f"  {line}")
    return code


def request_of(saved: SavedRun) -> RunRequest:
    """Return what the saved run was asked for, with the engine that it was played in."""
    asked = RunRequest.saved(saved.document.get("run", {}), saved.folder)
    engine = OPTIONS["engine"].read(saved.document["engine"].get("name", ""), saved.folder)
    return replace(asked, engine=engine)


def only(document: Mapping[str, Any], scenario_id: str) -> dict[str, Any]:
    """Return a results.json as if this scenario alone had been played."""
    return {
        **document,
        "scenarios": [row for row in document["scenarios"] if row["id"] == scenario_id],
        "clauses": [
            {**row, "findings": [each for each in row["findings"] if each["scenario"] == scenario_id]}
            for row in document["clauses"]
        ],
    }
