"""The words of the commands that play scenarios."""

import argparse
from pathlib import Path

from harness.commands.words.command import Command, add_outputs
from harness.commands.words.sharing import add_shard
from harness.runs.options import OPTIONS, declare

KEPT_RUNS = ".amo-harness/runs/"


def _add_run(run: argparse.ArgumentParser) -> None:
    run.add_argument(
        "scenarios",
        nargs="*",
        metavar="SCENARIO",
        help="scenarios to play, or clauses, such as CB-06, to play what shows them; all when none is named",
    )
    phone = [name for name, option in OPTIONS.items() if option.ask.is_about_the_phone]
    declare(run.add_argument, [name for name in OPTIONS if name not in phone])
    run.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help=f"folder for results (default: a new one in {KEPT_RUNS}, where the last ten are kept)",
    )
    add_outputs(run)
    run.add_argument(
        "--annotations",
        action="store_true",
        help="annotate failures and write the step's summary for GitHub Actions (there: by itself)",
    )
    run.add_argument(
        "--last-failed",
        "--lf",
        action="store_true",
        help="play what failed in the newest kept run of this backend; everything where nothing did",
    )
    run.add_argument(
        "--watch",
        action="store_true",
        help="play again when the backend's files change: what failed, and once it holds all of it",
    )
    add_shard(run)
    group = run.add_argument_group("phone", "what the user's phone is like (amo-harness docs hosts)")
    declare(group.add_argument, phone)


def _add_replay(replay: argparse.ArgumentParser) -> None:
    replay.add_argument("scenario", metavar="SCENARIO")
    replay.add_argument(
        "--from",
        dest="run_folder",
        type=Path,
        metavar="FOLDER",
        help="the run's folder, or a pack (default: the latest run)",
    )
    replay.add_argument(
        "--backend",
        type=Path,
        metavar="FILE",
        help="backend.toml to play it with, where the run's own is not here, and for every pack",
    )
    declare(replay.add_argument, ["verbose"])


COMMANDS = (
    Command("run", "play scenarios and judge the contract", "play.run:run_command", _add_run),
    Command(
        "replay",
        "play a scenario of a saved run once more, as it was",
        "play.replay:replay_command",
        _add_replay,
    ),
)
