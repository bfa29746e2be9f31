"""results.json keeps its JSON Schema, and whatever else one holds is refused in a sentence."""

import contextlib
import copy
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.cli import main
from harness.exit_codes import ExitCode
from harness.runs.about import About, now, versions_here
from harness.runs.results import FailedStart, RunResult
from harness.saved.results_file import document
from harness.saved.results_shape import WrongShape, check_shape, results_schema
from harness.saved.run_folder import judge_again
from tests.unit.report.runs import HOSTILE, played, run_of
from tests.unit.saved.test_saved_run import RUNS, departed, saved

SCHEMA = jsonschema_rs.validator_for(json.loads(results_schema()))
ABOUT = About(
    command="amo-harness run --phone ios-safari",
    seed=7,
    phone="ios-safari, Expo SDK 54",
    started=now(),
    versions=versions_here(),
    commit="0123456789ab-dirty",
)
TOLD = replace(RUNS["known"], about=ABOUT)
NOTHING = RunResult({"name": "", "version": ""}, "b", (), not_started=FailedStart("no port", ExitCode.USAGE))
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(("", "..", "../x", "/etc/passwd", "a\0b", "failed", "should", "CB-06", "off", HOSTILE))
    | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(("id", "result", "name", "reason", "exit_code")), inner, max_size=3)
    ),
    max_leaves=4,
)
EASY = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize(
    "run",
    [*RUNS.values(), TOLD, NOTHING, run_of(played(HOSTILE))],
    ids=[*RUNS, "told", "not started", "hostile"],
)
def test_what_a_run_writes_keeps_the_schema(run: RunResult) -> None:
    """Whatever it came to; a scenario's id alone may not be anything."""
    written = json.loads(json.dumps(document(run, {"engine": "auto"})))
    for row in written["scenarios"]:
        row["id"] = "left_alone"
    SCHEMA.validate(written)
    check_shape(written)


def test_the_schema_names_what_a_reader_wants_to_know() -> None:
    """Start, versions, phone and command; each field is explained or plain by its name."""
    written = document(TOLD)
    assert written["about"]["versions"]["contract"].count(".") == 2
    assert (written["about"]["phone"], written["about"]["started"][-1]) == ("ios-safari, Expo SDK 54", "Z")
    schema = json.loads(results_schema())
    assert set(written) == set(schema["properties"])
    assert "fields may be added; none is removed" in schema["$comment"]


def test_a_field_that_nobody_knows_yet_is_passed_over() -> None:
    """A later harness of the same version may write more."""
    later = document(RUNS["broken"]) | {"weather": "fine"}
    SCHEMA.validate(json.loads(json.dumps(later)))
    check_shape(later)


@pytest.mark.parametrize("ident", ["../../etc/passwd", "a/b", "", ".", "a b", "\ud800"])
def test_a_scenarios_id_names_no_other_file(ident: str) -> None:
    """It is the name of its timeline."""
    odd = document(RUNS["broken"])
    odd["scenarios"][0]["id"] = ident
    with pytest.raises(WrongShape, match=r"scenarios\.0\.id"):
        check_shape(odd)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to each value of a document."""
    yield path
    if isinstance(value, dict):
        for key, each in cast("dict[str, Any]", value).items():
            yield from places(each, (*path, key))
    elif isinstance(value, list):
        for number, each in enumerate(cast("list[Any]", value)):
            yield from places(each, (*path, number))


def with_value(whole: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """Return a copy with another value in one place."""
    if not path:
        return value
    changed = copy.deepcopy(whole)
    at = changed
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return changed


WHOLE: dict[str, Any] = json.loads(json.dumps(document(TOLD)))
RUN = {"engine": "webkitgtk", "backend": None}
BASE = WHOLE | {"run": RUN, "clauses": [row for row in WHOLE["clauses"] if row["findings"]][:2]}


def said(words: list[str]) -> tuple[int, str]:
    """Return the exit code and all that was printed."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = main(words)
    return code, out.getvalue()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder."""
    return saved(tmp_path_factory.mktemp("kept"), TOLD, departed())


@EASY
@given(place=st.sampled_from(list(places(BASE))), value=ODD)
def test_any_value_in_any_place_is_read_or_refused(
    kept: Path, place: tuple[str | int, ...], value: Any
) -> None:
    """Or refused, by each command that reads a run: an exit code, and never a stack trace."""
    odd = with_value(BASE, place, value)
    (kept / "results.json").write_text(json.dumps(odd), encoding="utf-8")
    for words in (
        ["judge", str(kept)],
        ["diff", str(kept), str(kept)],
        ["replay", "nothing", "--from", str(kept)],
    ):
        code, told = said(words)
        assert code in (0, 1, 2, 3)
        assert "Traceback" not in told
        assert "defect" not in told


@EASY
@given(place=st.sampled_from(list(places(BASE))), value=ODD)
def test_what_is_read_keeps_the_schema(place: tuple[str | int, ...], value: Any) -> None:
    """Reading and schema are made of one source, and are no wider than each other."""
    odd = with_value(BASE, place, value)
    try:
        check_shape(odd)
    except WrongShape:
        return
    assert SCHEMA.is_valid(json.loads(json.dumps(odd, ensure_ascii=False).encode("utf-8", "replace")))


def test_what_is_told_about_a_run_comes_back(tmp_path: Path) -> None:
    """Whoever judges it again tells the same."""
    assert judge_again(saved(tmp_path, TOLD, departed())).run.about == ABOUT


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    """As it stands beside the documents."""
    assert main(["schema", "--results"]) == 0
    assert capsys.readouterr().out == results_schema()
