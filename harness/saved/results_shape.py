"""What a results.json holds: its fields, their types, the JSON Schema of it, and reading by that.

Owns the shape of version 1. Within a version fields may come, and none goes, changes its name or its type;
whoever reads one passes over fields that he does not know. Anything else makes another version.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from harness.config.settings import Level
from harness.contract.clause import Verdict
from harness.runs.results import ClauseOutcome, ScenarioOutcome

VERSION = 1
ID = r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$"
"""A scenario's id names a file of the run."""
SHARD = r"^[1-9][0-9]{0,3}/[1-9][0-9]{0,3}$"
AS_WRITTEN = ConfigDict(use_attribute_docstrings=True, allow_inf_nan=False)
RULE = (
    "Within a version fields may be added; none is removed, renamed or given another type. Whoever reads a "
    "results.json passes over fields that he does not know. Any other change is another version."
)


class WrongShape(Exception):  # noqa: N818 - what is wrong with a document
    """A document that is no results.json of this version; the message names the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """The browser that played."""

    __pydantic_config__ = AS_WRITTEN
    name: str = ""
    """As `--engine` knows it; empty where none was opened."""
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutRun:
    """What a reader needs to repeat the run; empty where it is not known."""

    __pydantic_config__ = AS_WRITTEN
    command: str = ""
    """The command line that asks for the same."""
    seed: int | None = None
    """Of fake amoCRM's ids, codes and tokens."""
    phone: str = ""
    """The phone's browser and the app's SDK; empty: no phone in particular."""
    started: str = ""
    """ISO 8601, in UTC, to the second."""
    versions: dict[str, str] = field(default_factory=dict[str, str])
    """By name: `amo-harness`, `contract`, whose first number rises when a backend that passed may fail, and
    what they run on."""
    commit: str = ""
    """Of the backend's folder, `-dirty` where something in it is not committed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotStarted:
    """Why nothing could be played."""

    __pydantic_config__ = AS_WRITTEN
    reason: str
    exit_code: Literal[0, 1, 2, 3]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOfRun:
    """Which part of a run on several machines this is; `merge` makes one of all."""

    __pydantic_config__ = AS_WRITTEN
    shard: Annotated[str, Field(pattern=SHARD)]
    """Its number, from 1, and how many there are: `2/5`."""
    whole: list[str]
    """The scenarios of all parts, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedBy:
    """The rules by which the run was counted."""

    __pydantic_config__ = AS_WRITTEN
    known_failures: dict[str, str] = field(default_factory=dict[str, str])
    """Reason by clause (`LD-01`), or by clause and scenario (`LD-01/leads_many`)."""
    levels: dict[str, Level] = field(default_factory=dict[str, Level])
    """Levels that replaced the contract's."""
    offers: list[str] | None = None
    """What the backend offered, in the words of a clause's needs; null: everything."""
    promises_count: bool = False
    """Whether a scenario had to bring into view what it promises: on the built-in reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """What a clause says of one scenario."""

    __pydantic_config__ = AS_WRITTEN
    scenario: str
    result: Verdict
    expected: str
    actual: str
    events: list[int] = field(default_factory=list[int])
    """The proof: places in the scenario's timeline, from 0."""
    due_to: str = ""
    """A shared cause's name or a clause's id, where that alone kept it from holding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseRow:
    """One clause of the contract over all scenarios."""

    __pydantic_config__ = AS_WRITTEN
    id: str
    level: Level
    """In this run."""
    title: str
    result: ClauseOutcome
    findings: list[FindingRow]
    """Where it came into view."""
    known_failure: str = ""
    """Why its failures are excused."""
    not_observed: str = ""
    """Why nothing brought it into view."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRow:
    """One scenario, in the order of the run."""

    __pydantic_config__ = AS_WRITTEN
    id: Annotated[str, Field(pattern=ID)]
    """Its timeline is `timelines/ID.json`, its pictures are in `screenshots/ID/`."""
    result: ScenarioOutcome
    title: str = ""
    brings: list[str] = field(default_factory=list[str])
    """The clauses that it is about."""
    duration_s: float = 0.0
    left_out: str = ""
    """What the backend, the engine or the configuration does not offer for it."""
    stopped: str = ""
    """What the backend did, so that the story could not go on."""
    remarks: list[str] = field(default_factory=list[str])
    not_brought_into_view: list[str] = field(default_factory=list[str])
    """Promised clauses that it did not show."""
    harness_errors: list[str] = field(default_factory=list[str])
    """What the harness itself could not do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BesideRow:
    """Something that must hold in the run and that no clause is about, such as an invariant of `load`."""

    __pydantic_config__ = AS_WRITTEN
    name: str
    title: str
    outcome: Verdict
    said: str
    """What was seen."""
    remedy: str = ""
    scenario: str = ""
    """Where it shows; empty: in no single scenario."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A run of amo-harness."""

    __pydantic_config__ = AS_WRITTEN
    version: Literal[1]
    engine: Browser
    backend: str
    """Its name."""
    verdict: Literal["passed", "failed", "incomplete"]
    clauses: list[ClauseRow]
    """All of the contract, in its order."""
    scenarios: list[ScenarioRow]
    about: AboutRun = field(default_factory=AboutRun)
    besides: list[BesideRow] = field(default_factory=list[BesideRow])
    """What else had to hold; one that failed fails the run."""
    duration_s: float = 0.0
    strict: bool = False
    """Whether `should` clauses failed the run."""
    interrupted: bool = False
    whole: bool = False
    """Whether every scenario was asked for."""
    expected: list[str] = field(default_factory=list[str])
    """The scenarios that were to be played."""
    part: PartOfRun | None = None
    not_started: NotStarted | None = None
    unsaved: list[str] = field(default_factory=list[str])
    """Files of the run that could not be written, each with the reason."""
    run: dict[str, Any] = field(default_factory=dict[str, Any])
    """What was asked for, option by option, as `replay` reads it; a file's path counts from this folder."""
    rules: CountedBy = field(default_factory=CountedBy)
    remarks: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """What a reader should know, each with the scenarios in which it came up."""
    not_observed_by_configuration: list[str] = field(default_factory=list[str])
    """Clauses that `[scenarios]` leaves out every scenario about."""


@cache
def _reader() -> Any:
    return TypeAdapter(Results)


def check_shape(document: Mapping[str, Any]) -> None:
    """Raise WrongShape for what is no results.json of this version."""
    text = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    try:
        _reader().validate_json(text, strict=True)
    except ValueError as error:
        where, what = (line.strip() for line in str(error).splitlines()[1:3])
        raise WrongShape(f"{where}: {what.partition(' [type=')[0]}") from error


def results_schema() -> str:
    """Return the JSON Schema of a results.json."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$comment": RULE}
    schema = {**head, **_reader().json_schema(), "title": "results.json of amo-harness"}
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
