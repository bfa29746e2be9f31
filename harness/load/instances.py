"""Several instances of one backend, side by side on one storage.

Owns how the second and each further one is started: as the first was, with the first one's `{tmp}`, and
without what is prepared or runs beside it once for all.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from harness.backends.process import Environment, ForeignProcess
from harness.config.placeholders import placeholders_in
from harness.config.settings import BackendConfig, Start
from harness.errors import UsageError
from harness.timeline.current import CurrentRecorder


def _on_storage_of(start: Start, first: ForeignProcess) -> Start:
    storage = str(first.storage)

    def there(text: str) -> str:
        return text.replace("{tmp}", storage)

    return replace(
        start,
        command=tuple(map(there, start.command)),
        env={name: there(value) for name, value in start.env.items()},
        prepare=(),
        beside=(),
        stop=(),
    )


@contextmanager
def open_instances(
    config: BackendConfig,
    start: Start,
    values: Mapping[str, str],
    recording: CurrentRecorder,
    *,
    count: int,
    environment: Callable[[], Environment | None] = lambda: None,
) -> Generator[tuple[ForeignProcess, ...]]:
    """Yield so many running instances, the first one prepared.

    UsageError where they would all listen at one address.
    """
    if count > 1 and "port" not in placeholders_in(config.http.url):
        raise UsageError(
            f"{count} instances need a port each: write {{port}} into [http].url, and into [start] where it "
            "listens"
        )
    with ExitStack() as stack:
        running: list[ForeignProcess] = []
        for number in range(count):
            own = start if not number else _on_storage_of(start, running[0])
            name = config.name if count == 1 else f"{config.name} {number + 1}"
            process = ForeignProcess(own, config.http, values, recording, name, environment=environment())
            running.append(stack.enter_context(process))
        yield tuple(running)
