"""The locustfile: our users in Locust, alone, in processes, or as workers of a master.

Owns everything that knows Locust. Importing it patches the interpreter, as Locust does, so nothing outside a
driving process may. People's own locustfiles import `PhoneUser` from here and add tasks to it.
"""

import itertools
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import gevent
from locust import User, constant, events, task
from locust.env import Environment
from locust.exception import StopUser
from locust.runners import (
    STATE_CLEANUP,
    STATE_STOPPED,
    STATE_STOPPING,
    MasterRunner,
    WorkerRunner,
)

from harness.api_client.trust import trust_for
from harness.load.driving.journeys import Surroundings, Traveller
from harness.load.driving.meeting import GO, WAITING, Count, Meetings
from harness.load.driving.plan import PLAN, Plan, plan_from, read_plan
from harness.load.driving.shapes import Course

ROWS, PLAN_WANTED, PLAN_TOLD = "amo_journeys", "amo_plan_wanted", "amo_plan"
ENDING, ENDED = "amo_ending", "amo_ended"
WORKERS_END_WITHIN_S = 60.0
PLAN_COMES_WITHIN_S = 20.0
PAUSE_S = 0.01
_OVER = (STATE_STOPPING, STATE_STOPPED, STATE_CLEANUP)


class Drive:
    """This process's part of a run: the plan, what it has to write, whom it lets meet."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.plan: Plan | None = read_plan(Path(os.environ[PLAN])) if PLAN in os.environ else None
        self._unsent: list[str] = []
        self.slots = itertools.count()
        self.meetings = Meetings(self._one_waits, self._pause)
        self._count: Count | None = None
        self._out: Any = None
        self._ended = 0
        """How many workers have played to their end, and told the last of it."""

    @property
    def known_plan(self) -> Plan:
        """The plan; a worker on another machine waits for its master to tell it."""
        deadline = time.monotonic() + PLAN_COMES_WITHIN_S
        while self.plan is None:
            if time.monotonic() > deadline:
                raise RuntimeError("no plan has been told: start this by `amo-harness load`")
            gevent.sleep(PAUSE_S)
        return self.plan

    def surroundings(self) -> Surroundings:
        """Return what users here need."""
        plan = self.known_plan
        return Surroundings(
            plan,
            timed=self._timed,
            write=self._write,
            together=_together,
            trust=lambda url: trust_for(url, plan.http.authority),
        )

    def _timed(self, step: str, milliseconds: float, size: int, wrong: str) -> None:
        hooks: Any = self.environment.events
        hooks.request.fire(
            request_type="",
            name=step,
            response_time=milliseconds,
            response_length=size,
            exception=RuntimeError(wrong) if wrong else None,
            context={},
        )

    def _write(self, line: str) -> None:
        if isinstance(self.environment.runner, WorkerRunner):
            self._unsent.append(line)
        else:
            self.keep([line])

    def unsent_rows(self) -> list[str]:
        """Hand out what the master has not been told yet."""
        rows, self._unsent = self._unsent, []
        return rows

    def take(self, plan: dict[str, Any]) -> None:
        """Take the master's plan, unless this process has one."""
        self.plan = self.plan or plan_from(plan)

    def keep(self, lines: Sequence[str]) -> None:
        """Write journeys to the file, where this process has it."""
        if self._out is None:
            self._out = Path(self.known_plan.out).open("a", encoding="utf-8")  # noqa: SIM115 - open for the run
        self._out.write("".join(f"{line}\n" for line in lines))
        self._out.flush()

    # --- meeting --------------------------------------------------------------------------------

    def one_waits(self, meeting: int) -> None:
        """Count somebody who waits, on the side that counts."""
        if self._count is None:
            self._count = Count(self.known_plan.users, self._let_go)
        self._count.one_waits(meeting)

    def _one_waits(self, meeting: int) -> None:
        runner = self.environment.runner
        if isinstance(runner, WorkerRunner):
            runner.send_message(WAITING, {"meeting": meeting})
        else:
            self.one_waits(meeting)

    def _let_go(self, meeting: int) -> None:
        runner = self.environment.runner
        if isinstance(runner, MasterRunner):
            runner.send_message(GO, {"meeting": meeting})
        else:
            self.meetings.all_go(meeting)

    def _pause(self) -> None:
        runner = self.environment.runner
        if runner is None or runner.state in _OVER:
            raise StopUser
        gevent.sleep(PAUSE_S)

    # --- the end --------------------------------------------------------------------------------

    def one_has_ended(self, lines: Sequence[str]) -> None:
        """Take the last journeys of a worker."""
        self.keep(lines)
        self._ended += 1

    def end_workers(self, runner: Any) -> None:
        """Have every worker play to its end: Locust's master by itself waits half a second for them."""
        deadline = time.monotonic() + WORKERS_END_WITHIN_S
        clients = runner.clients
        runner.send_message(ENDING)
        while self._ended < len(clients.all) - len(clients.missing) and time.monotonic() < deadline:
            gevent.sleep(PAUSE_S)

    def leave_figures(self) -> None:
        """Write Locust's figures, by step."""
        runner = self.environment.runner
        if isinstance(runner, WorkerRunner) or self.plan is None:
            return
        stats = self.environment.stats
        steps = {
            name: {
                "requests": entry.num_requests,
                "failures": entry.num_failures,
                "p50_ms": entry.get_response_time_percentile(0.5),
                "p95_ms": entry.get_response_time_percentile(0.95),
                "p99_ms": entry.get_response_time_percentile(0.99),
            }
            for (name, _), entry in stats.entries.items()
        }
        too_busy = bool(runner and (runner.cpu_warning_emitted or runner.worker_cpu_warning_emitted))
        document = {
            "steps": steps,
            "too_busy": too_busy,
            "workers": self.plan.workers,
            "workers_lost": max(0, self.plan.workers - self._ended),
            "ended_ns": time.monotonic_ns(),
        }
        Path(self.plan.figures).write_text(json.dumps(document), encoding="utf-8")


_DRIVES: dict[int, Drive] = {}


def drive_of(environment: Environment) -> Drive:
    """Return this environment's part of the run."""
    return _DRIVES.setdefault(id(environment), Drive(environment))


def _together(calls: Sequence[Callable[[], object]]) -> None:
    running: list[Any] = [gevent.spawn(call) for call in calls]
    gevent.joinall(running, raise_error=True)


class PhoneUser(User):
    """A user whose phone does what the plan's shape says; `traveller` is there for own tasks."""

    wait_time = constant(0)

    traveller: Traveller
    course: Course

    def on_start(self) -> None:
        """Take the phone in hand."""
        own: Any = self
        environment: Environment = own.environment
        drive = drive_of(environment)
        slot = next(drive.slots) * _workers(environment) + _own_place(environment)
        self.traveller = Traveller(drive.surroundings(), slot)
        self.course = Course(drive.known_plan, self.traveller, drive.meetings, gevent.sleep)

    @task
    def play(self) -> None:
        """Do the next thing."""
        self.course.turn()

    def on_stop(self) -> None:
        """Look once more, and leave."""
        try:
            self.course.end()
        finally:
            self.traveller.close()


def _workers(environment: Environment) -> int:
    """Return how many workers there are in all."""
    return max(1, drive_of(environment).known_plan.workers)


def _own_place(environment: Environment) -> int:
    is_worker, runner = isinstance(environment.runner, WorkerRunner), cast("Any", environment.runner)
    return int(runner.worker_index) if is_worker else 0


def _begin(environment: Environment, runner: Any, **_: Any) -> None:
    drive = drive_of(environment)
    if isinstance(runner, MasterRunner):
        _begin_master(drive, runner)
    elif isinstance(runner, WorkerRunner):
        _begin_worker(drive, runner)


def _begin_master(drive: Drive, runner: Any) -> None:
    def waits(msg: Any, **_: Any) -> None:
        drive.one_waits(msg.data["meeting"])

    def reported(client_id: str, data: dict[str, Any]) -> None:
        del client_id
        drive.keep(data.get(ROWS, []))

    def wanted(msg: Any, **_: Any) -> None:
        runner.send_message(PLAN_TOLD, drive.known_plan.as_json(), msg.node_id)

    def ended(msg: Any, **_: Any) -> None:
        drive.one_has_ended(msg.data[ROWS])

    def stopping(**_: Any) -> None:
        drive.end_workers(runner)

    runner.register_message(WAITING, waits)
    runner.register_message(PLAN_WANTED, wanted)
    runner.register_message(ENDED, ended)
    _hook("test_stopping", drive.environment)(stopping)
    _hook("worker_report", drive.environment)(reported)


def _begin_worker(drive: Drive, runner: Any) -> None:
    def go(msg: Any, **_: Any) -> None:
        drive.meetings.all_go(msg.data["meeting"])

    def take(msg: Any, **_: Any) -> None:
        drive.take(msg.data)

    def report(client_id: str, data: dict[str, Any]) -> None:
        del client_id
        data[ROWS] = drive.unsent_rows()

    def ending(**_: Any) -> None:
        runner.stop()
        runner.send_message(ENDED, {ROWS: drive.unsent_rows()})

    runner.register_message(GO, go)
    runner.register_message(ENDING, ending)
    runner.register_message(PLAN_TOLD, take)
    if drive.plan is None:
        runner.send_message(PLAN_WANTED)
    _hook("report_to_master", drive.environment)(report)


def _end(environment: Environment, **_: Any) -> None:
    drive_of(environment).leave_figures()


def _hook(name: str, environment: Environment | None = None) -> Callable[[Callable[..., None]], object]:
    """Return what adds a listener to one of Locust's hooks, which have no types."""
    every: Any = events if environment is None else environment.events
    return getattr(every, name).add_listener


_hook("init")(_begin)
_hook("quitting")(_end)
