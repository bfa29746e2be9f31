"""What a run plays of what it was asked for: names, what failed last, a shard of it.

Owns the choice. Must not open or play anything.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.config.settings import Scenarios
from harness.errors import UsageError
from harness.runs.options import RunRequest
from harness.runs.shards.shard import Part, Shard, part_of
from harness.saved.balance import balance_s
from harness.saved.place import newest_runs
from harness.saved.run_folder import SavedRun, read_run
from harness.stage.scenario import Scenario, choose

BAD = ("failed", "error")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which scenarios were asked for: by name, and which shard of them."""

    names: tuple[str, ...] = ()
    shard: Shard | None = None
    balance: Path | None = None
    """A run whose durations balance the shards; None: those recorded on the reference."""

    @property
    def words(self) -> list[str]:
        """The words that ask for the same on a command line."""
        shard = ["--shard", str(self.shard)] if self.shard is not None else []
        balance = ["--balance", str(self.balance)] if self.balance is not None else []
        return [*self.names, *shard, *balance]


def asked_of(options: argparse.Namespace, request: RunRequest) -> Asked:
    """Return which scenarios the words of `run` ask for; UsageError where they contradict each other."""
    shard = Shard.read(options.shard) if options.shard else None
    if options.balance and shard is None:
        raise UsageError("--balance is for --shard: it says by which run the shards are balanced")
    names = tuple(options.scenarios)
    if options.last_failed:
        if names:
            raise UsageError("--last-failed plays what failed last: name no scenarios besides")
        names = failed_last(request)
        print(f"failed last: {' '.join(names) or 'nothing, so everything is played'}", flush=True)
    return Asked(names, shard, options.balance)


def chosen(asked: Asked, left_out: Scenarios, *, of_a_page_alone: bool) -> tuple[list[Scenario], Part | None]:
    """Return what is to be played, and which part of a whole that is."""
    scenarios = choose(asked.names, of_a_page_alone=of_a_page_alone)
    if asked.shard is None:
        return scenarios, None
    taken_s = {**balance_s(asked.balance)}
    taken_s |= {each.id: 0.0 for each in scenarios if left_out.leaves_out(each.id)}
    whole = tuple(each.id for each in scenarios)
    return part_of(scenarios, asked.shard, lambda each: each.id, taken_s), Part(asked.shard, whole)


def failed_last(request: RunRequest) -> tuple[str, ...]:
    """Return the scenarios that failed in the newest kept run of this backend and could be played there.

    Empty where none did. UsageError where no such run is kept.
    """
    saved = next(filter(None, (_of_the_same(request, each) for each in newest_runs())), None)
    if saved is None:
        raise UsageError("--last-failed: no run of this backend is kept here; play it once without")
    return failed_of(saved.document["scenarios"])


def failed_of(rows: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """Return the scenarios of a results.json that failed."""
    return tuple(row["id"] for row in rows if row["result"] in BAD)


def _of_the_same(request: RunRequest, folder: Path) -> SavedRun | None:
    """Return the run of this folder where it judged the same backend or page and was played at all."""
    try:
        saved = read_run(folder)
        asked = RunRequest.saved(saved.document.get("run", {}), folder)
    except UsageError:  # of another version, or cut off: it says nothing about this backend
        return None
    backend = request.backend and request.backend.resolve()
    same = (asked.backend and asked.backend.resolve(), asked.page) == (backend, request.page)
    return saved if same and saved.scenario_ids else None
