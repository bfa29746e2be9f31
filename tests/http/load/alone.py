"""Users of load without Locust: threads in its place, the backend and the fake served in this process."""

import itertools
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from backend_under_test.app import create_app
from backend_under_test.parts import Parts
from backend_under_test.settings import Settings
from fake_amo import FakeAmo
from fake_amo.http.serving import serve
from harness.api_client.trust import trust_for
from harness.config.settings import reference_config
from harness.load.driving.journeys import Surroundings, Traveller
from harness.load.driving.marks import Marks
from harness.load.driving.people import Person
from harness.load.driving.plan import Plan, Shape
from harness.load.judging.judging import Case, Judgement, judge_case
from harness.load.judging.server_side import Ear
from harness.load.opening import Hearing, offers_by_http
from harness.load.weather import amo_settings, is_graceful
from harness.stage.stranger import open_stranger

KEY = "a key of the tests"
PUBLIC = "http://127.0.0.1:1"


class EverybodySignsIn(dict[str, str]):
    """Sessions of whoever comes."""

    def get(self, token: str, default: Any = None) -> Any:
        """Return a user of that name."""
        return token or default


@dataclass
class Alone:
    """What a test drives, and the judgement of what it did."""

    amo: FakeAmo
    plan: Plan
    folder: Path
    ear: Ear
    lines: list[str]

    def __post_init__(self) -> None:
        """Have nobody travel yet."""
        self._slots = itertools.count()
        around = Surroundings(self.plan, _not_timed, self.lines.append, together, trust_for)
        self.traveller = Traveller(around, next(self._slots))
        self._around = around

    def another(self) -> Traveller:
        """Return a further user of Locust's."""
        return Traveller(self._around, next(self._slots) + 1)

    def judged(self) -> Judgement:
        """Judge everything so far."""
        self.ear.flush()
        users = self.folder / "users.ndjson"
        users.write_text("".join(f"{line}\n" for line in self.lines), encoding="utf-8")
        config = reference_config()
        return judge_case(
            Case(
                users,
                self.folder / "server.ndjson",
                self.plan.shape,
                config,
                offers_by_http(config),
                self.amo.accounts[0].id,
                tells_users_apart=True,
                grace=is_graceful(self.plan.shape),
                limits=True,
            )
        )


def _not_timed(_step: str, _ms: float, _size: int, _wrong: str) -> None:
    """Measure nothing."""


def together(calls: Sequence[Callable[[], object]]) -> None:
    """Do several things at once, in threads."""
    threads = [threading.Thread(target=call) for call in calls]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


@contextmanager
def alone(
    folder: Path, shape: Shape = "steady", *, parts: Parts | None = None, instances: int = 1
) -> Generator[Alone]:
    """Yield users before so many instances of a backend; by itself amoCRM does nothing wrong."""
    config = reference_config()
    settings = amo_settings(config, shape, 10, host="127.0.0.1", tells_users_apart=True)
    callback = f"{PUBLIC}{config.http.callback}"
    with ExitStack() as stack:
        ear = stack.enter_context(Ear(folder / "server.ndjson", Marks(KEY, "")))
        amo = stack.enter_context(FakeAmo(replace(settings, redirect_uri=callback), on_event=ear.hear))
        stranger = stack.enter_context(open_stranger(Hearing(Marks(KEY, ""), ear)))
        own = Settings(
            amo.url,
            amo.client_id,
            amo.client_secret,
            callback,
            database_url=f"sqlite:///{folder / 'backend.db'}",
            sessions=EverybodySignsIn({"*": "*"}),
        )
        apps = [create_app(own, parts=parts) for _ in range(instances)]
        servers = [stack.enter_context(serve(app)) for app in apps]
        for app in apps:
            stack.callback(app.state.close)
        plan = Plan(
            shape=shape,
            users=10,
            backend_urls=tuple(each.url for each in servers),
            public_url=PUBLIC,
            amo_url=amo.url,
            client_id=amo.client_id,
            key=KEY,
            client_secret=amo.client_secret,
            out="",
            figures="",
            strangers=(stranger,),
            http=config.http,
            deep_link=config.deep_link,
        )
        driven = Alone(amo, plan, folder, ear, [])
        stack.callback(driven.traveller.close)
        yield driven
        amo.faults.clear()


def people(count: int) -> list[Person]:
    """Return so many people."""
    return [Person(number) for number in range(1, count + 1)]
