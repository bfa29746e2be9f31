"""What a run can be asked for: one table, from which every way to ask and to repeat is made.

Owns the options of a run: name, flags, help, type and default of each stand once, in `RunRequest`. The
command line, the pytest plugin, the `run` object of results.json and the words that ask for the same run
again are all made from there. Must not open, play or check anything. Loaded in every pytest run of whoever
installed the harness, so it imports nothing of ours but names and errors.
"""

import os
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Self, Union, cast, get_args, get_origin, get_type_hints

from harness.config.engine_names import EngineName
from harness.errors import UsageError

REFERENCE = "reference"
"""What names the built-in backend in the place of a backend.toml."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """How one field of `RunRequest` is asked for.

    `flag` is the command line's; `pytest_flag` the plugin's, None where pytest, or a plugin of it, has that
    option already. A field that is true or false by itself is turned over by its flag.
    """

    flag: str
    help: str
    short: str | None = None
    """A letter for the flag, on the command line alone."""
    metavar: str | None = None
    pytest_flag: str | None = None
    is_about_the_phone: bool = False


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a run was asked for, as plain values; what has no default of its own is None."""

    backend: Annotated[
        Path | None,
        Ask(
            flag="--backend",
            metavar="FILE",
            help="backend.toml to judge, or `reference`, the built-in one (default: ./backend.toml, and "
            "where there is none, the reference)",
        ),
    ] = None
    page: Annotated[
        str | None,
        Ask(
            flag="--page",
            metavar="URL",
            help="judge this page alone, whatever serves it; with --backend: by its texts, link and levels",
        ),
    ] = None
    engine: Annotated[
        EngineName,
        Ask(flag="--engine", pytest_flag="--amo-engine", help="browser engine (default: %(default)s)"),
    ] = "auto"
    inspector: Annotated[
        str | None,
        Ask(
            flag="--inspector",
            pytest_flag="--amo-inspector",
            metavar="URL",
            help="drive a real device: http://HOST:PORT of its ios_webkit_debug_proxy",
        ),
    ] = None
    cdp: Annotated[
        str | None,
        Ask(
            flag="--cdp",
            pytest_flag="--amo-cdp",
            metavar="URL",
            help="drive a browser elsewhere by the Chrome protocol: http://HOST:PORT of a bridge",
        ),
    ] = None
    lan: Annotated[
        str | None,
        Ask(
            flag="--lan",
            metavar="IP",
            help="for a device: listen on this address of this machine too, so that it finds the pages",
        ),
    ] = None
    headed: Annotated[bool, Ask(flag="--headed", help="show the browser's window")] = False
    slow: Annotated[
        bool, Ask(flag="--slow", help="show each page for a second before the next step, for who watches")
    ] = False
    pause: Annotated[
        bool, Ask(flag="--pause", help="wait for Enter at the end of each scenario, its pages still open")
    ] = False
    strict: Annotated[
        bool, Ask(flag="--strict", pytest_flag="--amo-strict", help="let `should` clauses fail")
    ] = False
    verbose: Annotated[
        bool,
        Ask(
            flag="--verbose",
            short="-v",
            help="print whole values, the events around each failure, warnings in full, and every clause",
        ),
    ] = False
    quiet: Annotated[
        bool, Ask(flag="--quiet", short="-q", help="print what fails and the verdict, and nothing else")
    ] = False
    exit_first: Annotated[
        bool, Ask(flag="--exitfirst", short="-x", help="end with the first scenario that fails")
    ] = False
    amo_port: Annotated[
        int,
        Ask(
            flag="--amo-port",
            pytest_flag="--amo-port",
            metavar="N",
            help="port of fake amoCRM (default: a free one)",
        ),
    ] = 0
    gateway_port: Annotated[
        int,
        Ask(
            flag="--gateway-port",
            pytest_flag="--amo-gateway-port",
            metavar="N",
            help="port of the redirect URI (default: a free one)",
        ),
    ] = 0
    seed: Annotated[
        int | None,
        Ask(
            flag="--seed",
            pytest_flag="--amo-seed",
            metavar="N",
            help="of fake amoCRM's ids, codes and tokens (default: its own)",
        ),
    ] = None
    jobs: Annotated[
        int,
        Ask(
            flag="--jobs",
            metavar="N",
            help="workers at most; results and their order do not depend on it (default: the cores)",
        ),
    ] = os.cpu_count() or 1
    host: Annotated[
        str | None,
        Ask(
            flag="--phone",
            pytest_flag="--amo-phone",
            metavar="HOST",
            help="browser of the phone, such as ios-safari",
            is_about_the_phone=True,
        ),
    ] = None
    no_gesture: Annotated[
        str | None,
        Ask(
            flag="--no-gesture",
            pytest_flag="--amo-no-gesture",
            metavar="block|prompt",
            help="what ios-safari does with a departure that no tap stands behind",
            is_about_the_phone=True,
        ),
    ] = None
    unknown: Annotated[
        str | None,
        Ask(
            flag="--unknown",
            pytest_flag="--amo-unknown",
            metavar="OUTCOME",
            help="what to assume where nobody knows",
            is_about_the_phone=True,
        ),
    ] = None
    hosts: Annotated[
        Path | None,
        Ask(
            flag="--hosts",
            pytest_flag="--amo-hosts",
            metavar="FILE",
            help="what people saw on their phones (`amo-harness lab` writes it), in the tables' place",
            is_about_the_phone=True,
        ),
    ] = None
    app_installed: Annotated[
        bool,
        Ask(
            flag="--app-not-installed",
            pytest_flag="--amo-app-not-installed",
            help="the app is not on the phone",
            is_about_the_phone=True,
        ),
    ] = True
    sdk: Annotated[
        int | None,
        Ask(
            flag="--sdk",
            pytest_flag="--amo-sdk",
            metavar="N",
            help="Expo SDK of the app",
            is_about_the_phone=True,
        ),
    ] = None
    app: Annotated[
        str | None,
        Ask(
            flag="--app",
            pytest_flag="--amo-app",
            metavar="NAME",
            help="how the app is built and set up: as-it-is, leads-alone, wired, session or documents",
            is_about_the_phone=True,
        ),
    ] = None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Make a request of what a parser found; names of other options are left alone."""
        request = replace(cls(), **{name: values[name] for name in OPTIONS if name in values})
        return replace(request, backend=None) if request.backend == Path(REFERENCE) else request

    @classmethod
    def saved(cls, document: Mapping[str, Any], folder: Path) -> Self:
        """Read the `run` object of the results.json in `folder`; UsageError where it is not whole."""
        missing = [name for name in OPTIONS if name not in document]
        if missing:
            raise UsageError(f"{folder}: results.json does not say how it was run: {', '.join(missing)}")
        return cls.of({name: each.read(document[name], folder) for name, each in OPTIONS.items()})

    def document(self, out: Path) -> dict[str, Any]:
        """Return the `run` object of the results.json in `out`; a file's path counts from there."""
        return {name: each.written(getattr(self, name), out) for name, each in OPTIONS.items()}

    @property
    def words(self) -> list[str]:
        """The words that ask for the same on a command line, in whatever folder; defaults need none."""
        whom = [OPTIONS["backend"].ask.flag, REFERENCE] if self.backend is None and self.page is None else []
        return whom + [word for name, each in OPTIONS.items() for word in each.words(getattr(self, name))]

    @property
    def command(self) -> str:
        """The command line that asks for the same, without the scenario."""
        return shlex.join(["amo-harness", "run", *self.words])


@dataclass(frozen=True, slots=True)
class Option:
    """One row of the table: a field of `RunRequest` and how it is asked for."""

    name: str
    ask: Ask
    kind: type
    default: Any
    choices: tuple[str, ...] = ()

    def words(self, value: Any) -> list[str]:
        """Return the words that give the field this value."""
        if value == self.default:
            return []
        if self.kind is bool:
            return [self.ask.flag]
        text = str(value)
        return [f"{self.ask.flag}={text}"] if text.startswith("-") else [self.ask.flag, text]

    def written(self, value: Any, folder: Path) -> Any:
        """Return the value as JSON holds it in a file of this folder."""
        return os.path.relpath(value.resolve(), folder.resolve()) if isinstance(value, Path) else value

    def read(self, value: Any, folder: Path) -> Any:
        """Return what JSON holds as the field's value; UsageError for one that it cannot have."""
        plain = str if self.kind is Path else self.kind
        fits = type(value) is plain or (value is None and self.default is None)
        fits = fits and not (self.kind is Path and "\0" in (value or ""))
        if not fits or (self.choices and value not in self.choices):
            raise UsageError(f"{folder}: results.json says {value!r} for the run's {self.name}")
        return Path(os.path.normpath(folder / value)) if self.kind is Path and value is not None else value

    def declared(self) -> dict[str, Any]:
        """Return the option as argparse is told of it."""
        told: dict[str, Any] = {"help": self.ask.help, "default": self.default}
        if self.kind is bool:
            return told | {"action": "store_false" if self.default else "store_true"}
        if self.choices:
            return told | {"choices": self.choices}
        return told | {"type": self.kind, "metavar": self.ask.metavar}


def _option(name: str, hint: Any, default: Any) -> Option:
    value_type, ask = cast("tuple[Any, Ask]", get_args(hint))
    if get_origin(value_type) in (Union, UnionType):
        value_type = next(each for each in get_args(value_type) if each is not NoneType)
    if get_origin(value_type) is Literal:
        return Option(name, ask, str, default, get_args(value_type))
    return Option(name, ask, value_type, default)


_HINTS = get_type_hints(RunRequest, include_extras=True)
OPTIONS: Mapping[str, Option] = {
    each.name: _option(each.name, _HINTS[each.name], each.default) for each in fields(RunRequest)
}
"""Every option of a run, by the name of its field."""


def declare(add: Callable[..., object], names: Iterable[str]) -> None:
    """Add options to a parser of the command line by its `add_argument`."""
    for name in names:
        ask = OPTIONS[name].ask
        flags = [ask.flag] if ask.short is None else [ask.short, ask.flag]
        add(*flags, dest=name, **OPTIONS[name].declared())


def declare_for_pytest(add: Callable[..., object]) -> None:
    """Add to pytest, by its `addoption`, every option that is not pytest's own already."""
    for option in OPTIONS.values():
        if option.ask.pytest_flag is not None:
            add(option.ask.pytest_flag, dest=f"amo_{option.name}", **option.declared())


def pytest_values(get: Callable[[str], Any]) -> dict[str, Any]:
    """Return what pytest was given for those options, by the names of their fields."""
    asked = [name for name, option in OPTIONS.items() if option.ask.pytest_flag is not None]
    return {name: get(f"amo_{name}") for name in asked}
