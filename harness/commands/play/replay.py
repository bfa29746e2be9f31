"""`amo-harness replay SCENARIO`: a scenario of a saved run once more, as it was."""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.commands.play.choosing import Asked
from harness.commands.play.run import play_request
from harness.commands.saved.diff import change_lines
from harness.errors import UsageError
from harness.report.words.visible import shown
from harness.runs.options import OPTIONS, RunRequest
from harness.runs.results import BY_HAND
from harness.saved.backend_copy import FILE_NAME as COPY
from harness.saved.differences import changes
from harness.saved.packing import folder_of, is_pack
from harness.saved.place import latest_run
from harness.saved.run_folder import SavedRun, read_run

FOLDER = "replay"
"""Where a replay leaves its own results, in the folder of the run that it replays."""


def replay_command(options: argparse.Namespace) -> int:
    """Play it with the engine, backend, phone and seed of the saved run; returns the exit code."""
    named: Path = options.run_folder or latest_run()
    with folder_of(named) as folder:
        saved = read_run(folder)
        if saved.document["engine"].get("name") == BY_HAND:
            raise UsageError(f"a person walked what is in {named}: `amo-harness judge {named}` reads it")
        if options.scenario not in saved.scenario_ids:
            raise UsageError(
                f"{options.scenario!r} is no scenario of the run in {named}: "
                f"it played {', '.join(saved.scenario_ids)}"
            )
        request = request_of(saved, options.backend, is_pack=is_pack(named))
        out = None if is_pack(named) else saved.folder / FOLDER
        code = play_request(replace(request, verbose=options.verbose), Asked((options.scenario,)), out)
        found = changes(only(saved.document, options.scenario), read_run(out or latest_run()).document)
    print("the same as in the saved run" if not found else "otherwise than in the saved run:")
    for line in change_lines(found):
        print(shown(f"  {line}"))
    return code


def request_of(saved: SavedRun, backend: Path | None, *, is_pack: bool) -> RunRequest:
    """Return what the saved run was asked for, with the engine that it was played in.

    `backend` is played in the place of its own. UsageError where the run's own is not to be had: what a pack
    says of programs to start and addresses to visit is somebody else's, and never carried out.
    """
    asked = RunRequest.saved(saved.document.get("run", {}), saved.folder)
    engine = OPTIONS["engine"].read(saved.document["engine"].get("name", ""), saved.folder)
    request = replace(
        asked, engine=engine, backend=backend or asked.backend, quiet=False, slow=False, pause=False
    )
    if is_pack and (request.page is not None or request.inspector is not None):
        raise UsageError("a pack of a page alone, or of a device, is not played again: name them to `run`")
    if backend is None and asked.backend is not None and (is_pack or not asked.backend.is_file()):
        raise UsageError(
            f"the backend.toml of this run is not here: name it with --backend FILE ({COPY} in the run is a "
            "copy with its secrets masked)"
        )
    return request


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
