"""The menu of faults, the queue of those asked for, and answers that are held back.

Owns names, parameters and counts; a fault nobody met stays in `pending()`. Must not send or cut anything:
the application does, in the order said in `app.py`.
"""

import itertools
import random
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Self

from fake_amo.site.problems import API_PROBLEMS, TOKEN_PROBLEMS
from fake_amo.state.dataset import check_subdomain

API_STEPS = (
    *("account", "leads", "contacts", "companies", "tasks", "notes", "pipelines", "users"),
    *("custom_fields", "webhooks", "events", "subdomain", "user"),
)
STEPS = ("consent", "redirect", "token", "refresh", *API_STEPS, "api")
"""Where a fault can be met; `api` is any of the API's calls."""


class UnknownFault(ValueError):  # noqa: N818 - reads as what went wrong
    """A step, kind or parameter that the menu does not have; the message lists what it has."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One line of the menu."""

    text: str
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    steps: tuple[str, ...] = STEPS
    instead: bool = False
    """True: the request is answered by the fault and nothing is done."""
    harmless: bool = False
    """True: the answer is what it would have been, apart from when it comes and how long tokens live."""


_ANSWERS = ("token", "refresh", *API_STEPS, "api")
RESET_MOMENTS = ("before", "middle", "after", "delivered")

MENU: dict[str, Kind] = {
    "problem": Kind(
        "answer with the documented error of that name, its hint, detail or status replaced where given",
        ("name",),
        ("hint", "detail", "status"),
        _ANSWERS,
        instead=True,
    ),
    "server_error": Kind("answer with the documented 500", instead=True),
    "nginx_403": Kind("answer with the proxy's HTML 403, as a blocked address gets it", instead=True),
    "html_401": Kind("answer 401 with an HTML login page", instead=True),
    "text_429": Kind("answer 429 with a body that is not JSON", instead=True),
    "slow": Kind("do the work, then answer after that many milliseconds", ("ms",), harmless=True),
    "hold": Kind("do the work, then keep the answer until it is released", harmless=True),
    "reset": Kind(
        "cut the connection: before (nothing done), middle (done, half an answer sent), after (done, the "
        "answer lost) or delivered (done, the answer sent whole, then cut)",
        ("when",),
    ),
    "truncated_json": Kind(
        "do the work, send the first half of the JSON as if it were all", (), (), _ANSWERS
    ),
    "malformed_json": Kind("do the work, send JSON with its last brace missing", (), (), _ANSWERS),
    "content_type": Kind("do the work, name another content type", ("value",)),
    "missing_field": Kind(
        "do the work, leave a field out of the JSON, or a parameter out of the redirect",
        ("field",),
        (),
        ("redirect", *_ANSWERS),
    ),
    "replaced_field": Kind(
        "do the work, put a value in the place of a field's or parameter's own",
        ("field", "value"),
        (),
        ("redirect", *_ANSWERS),
    ),
    "expires_in": Kind(
        "issue an access token that lives that many seconds",
        ("seconds",),
        (),
        ("token", "refresh"),
        harmless=True,
    ),
    "declined": Kind("take whatever is tapped on the consent page for «decline»", (), (), ("redirect",)),
    "revoked_integration": Kind(
        "switch the integration off in the account first", (), (), ("refresh", *API_STEPS, "api")
    ),
    "renamed_account": Kind(
        "move the account to another subdomain first", ("subdomain",), (), ("refresh", *API_STEPS, "api")
    ),
}


@dataclass(eq=False, slots=True)
class Fault:
    """A fault asked for. `left` counts down as requests meet it; None is never used up."""

    id: int
    step: str
    kind: str
    left: int | None
    params: dict[str, Any]
    share: float = 1.0
    """How large a part of the step's requests meets it."""
    met: bool = False
    """True once a request met it."""
    released: Future[None] = field(default_factory=Future[None])
    held: threading.Event = field(default_factory=threading.Event)

    @property
    def harmless(self) -> bool:
        """Whether the answer stays what it would have been (`Kind.harmless`)."""
        return MENU[self.kind].harmless

    @property
    def state(self) -> str:
        """`waiting`, `held` (a hold that keeps an answer now) or `used`."""
        if self.kind == "hold" and self.met and self.held.is_set() and not self.released.done():
            return "held"
        return "used" if self.left == 0 else "waiting"

    def as_dict(self) -> dict[str, Any]:
        """Return what the control API and reports show."""
        return {
            "id": self.id,
            "step": self.step,
            "kind": self.kind,
            "left": self.left,
            "state": self.state,
            **({"params": self.params} if self.params else {}),
        }

    def __str__(self) -> str:
        shown = "".join(f" {name}={value!r}" for name, value in self.params.items())
        return f"{self.kind} at {self.step}{shown}"


@dataclass(frozen=True, slots=True)
class Hold:
    """An answer to be held back, as `FakeAmo.hold` hands it out. Leaving it as a context releases it."""

    fault: Fault

    def wait_until_held(self, timeout_s: float = 5.0) -> None:
        """Return once an answer is held; raises TimeoutError where none came in time or at all."""
        if not self.fault.held.wait(timeout_s) or not self.fault.met:
            raise TimeoutError(f"no answer reached the hold at {self.fault.step} within {timeout_s:g} s")

    def release(self) -> None:
        """Let the answer go; a hold that nobody met is taken back. More than one release is harmless."""
        self.fault.left = 0
        self.fault.held.set()  # wakes whoever waits for an answer that will not come
        if not self.fault.released.done():
            self.fault.released.set_result(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


class Faults:
    """The queue. A request takes the oldest fault of its step, and apart from that the oldest hold."""

    def __init__(self) -> None:
        """Start with nothing asked for."""
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._dice = random.Random("faults")  # noqa: S311 - reproducible trouble, nothing secret
        self._queue: list[Fault] = []
        self._held: list[Fault] = []

    def add(self, step: str, kind: str, *, count: int | None = 1, share: float = 1.0, **params: Any) -> Fault:
        """Ask for a fault at the next `count` requests of a step; None keeps it until it is removed.

        Where `share` is less than 1, chance decides which of the requests meet it.
        Raises UnknownFault, naming what there is.
        """
        check_fault(step, kind, count, params)
        if not 0 < share <= 1:
            raise UnknownFault(f"share: must be above 0 and at most 1, got {share:g}")
        fault = Fault(next(self._ids), step, kind, count, params, share)
        with self._lock:
            self._queue.append(fault)
        return fault

    def hold(self, step: str) -> Hold:
        """Ask for the next answer of a step to be held back."""
        return Hold(self.add(step, "hold"))

    def get(self, fault_id: int) -> Fault:
        """Return a fault that waits or holds; raises UnknownFault."""
        with self._lock:
            for fault in (*self._queue, *self._held):
                if fault.id == fault_id:
                    return fault
        raise UnknownFault(f"no fault {fault_id} is waiting or holding")

    def remove(self, fault_id: int) -> None:
        """Take a fault back, letting go of what it holds; raises UnknownFault."""
        fault = self.get(fault_id)
        Hold(fault).release()
        with self._lock:
            self._queue = [each for each in self._queue if each is not fault]

    def take(self, steps: Iterable[str]) -> tuple[Fault | None, Fault | None]:
        """Return the fault and the hold that a request of these steps meets, each counted down."""
        if not self._queue:
            return None, None
        wanted = tuple(steps)
        with self._lock:
            fault = self._first(lambda each: each.step in wanted and each.kind != "hold")
            hold = self._first(lambda each: each.step in wanted and each.kind == "hold")
            self._queue = [each for each in self._queue if each.left != 0]
            self._held = [each for each in self._held if not each.released.done()]
            if hold is not None:
                self._held.append(hold)
        return fault, hold

    def pending(self) -> list[Fault]:
        """Return the counted faults that no request has met yet: a test that leaves one tested nothing."""
        with self._lock:
            return [each for each in self._queue if each.left]

    def active(self) -> list[Fault]:
        """Return what can still meet a request or holds an answer now, in the order asked for."""
        with self._lock:
            waiting = [each for each in self._queue if each.left != 0]
            holding = [each for each in self._held if each.state == "held"]
        return sorted({each.id: each for each in (*waiting, *holding)}.values(), key=lambda each: each.id)

    def clear(self) -> None:
        """Take every fault back and let every held answer go."""
        with self._lock:
            gone, self._queue, self._held = [*self._queue, *self._held], [], []
        for fault in gone:
            Hold(fault).release()

    def _first(self, matches: Callable[[Fault], bool]) -> Fault | None:
        for fault in self._queue:
            if fault.left != 0 and matches(fault) and (fault.share == 1 or self._dice.random() < fault.share):
                fault.met = True
                fault.left = None if fault.left is None else fault.left - 1
                return fault
        return None


def check_fault(step: str, kind: str, count: int | None, params: dict[str, Any]) -> None:
    """Raise UnknownFault for anything that is not on the menu."""
    if step not in STEPS:
        raise UnknownFault(f"no step {step!r}; there are {', '.join(STEPS)}")
    line = MENU.get(kind)
    if line is None:
        raise UnknownFault(f"no fault {kind!r}; there are {', '.join(MENU)}")
    if step not in line.steps:
        raise UnknownFault(f"{kind} cannot happen at {step}; it can at {', '.join(line.steps)}")
    if count is not None and count < 1:
        raise UnknownFault(f"count: must be at least 1, or left open with None; got {count}")
    for name in line.required:
        if name not in params:
            raise UnknownFault(f"{kind} needs {name}=…: {line.text}")
    for name in params:
        if name not in line.required + line.optional:
            known = ", ".join(line.required + line.optional) or "none"
            raise UnknownFault(f"{kind} has no parameter {name!r}; it has {known}")
    _check_values(step, kind, params)


def _check_values(step: str, kind: str, params: dict[str, Any]) -> None:
    if kind == "problem":
        names = TOKEN_PROBLEMS if step in {"token", "refresh"} else API_PROBLEMS
        if params["name"] not in names:
            raise UnknownFault(f"no problem {params['name']!r} at {step}; there are {', '.join(names)}")
    if kind == "reset" and params["when"] not in RESET_MOMENTS:
        raise UnknownFault(f"reset: when={params['when']!r}; choose one of {', '.join(RESET_MOMENTS)}")
    for name in ("ms", "seconds", "status"):
        value = params.get(name)
        if name in params and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            raise UnknownFault(f"{kind}: {name} must be a whole number from 0, got {value!r}")
    if "subdomain" in params:
        _check_subdomain(params["subdomain"])
    for name in ("field", "hint", "detail"):
        if name in params and not isinstance(params[name], str):
            raise UnknownFault(f"{kind}: {name} must be text, got {params[name]!r}")
    if kind == "content_type" and not _is_header_text(params["value"]):
        raise UnknownFault(f"content_type: value must be printable ASCII, got {params['value']!r}")


def _check_subdomain(value: object) -> None:
    try:
        check_subdomain(value)
    except ValueError as problem:
        raise UnknownFault(str(problem)) from None


def _is_header_text(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable()
