"""Any list of words is answered: with an exit code from 0 to 3, and never with a stack trace."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.cli import COMMANDS, main
from harness.exit_codes import ExitCode

PLAYS = {"lab", "run", "load", "prove", "reproduce", "replay", "check", "init", "engines", "doctor", "serve"}
"""Commands that open browsers and servers or write files where their words are right."""
QUIET = sorted(set(COMMANDS) - PLAYS)
WRONG = (
    "--phone=nokia",
    "--amo-port=99999",
    "--gateway-port=-1",
    "--inspector=foo",
    "--jobs=0",
    "--sdk=1",
    "--shard=3/2",
    "--seed=x",
)
FLAGS = (
    "--json",
    "--diff",
    "--backend",
    "--strict",
    "--junit",
    "--sdk",
    "--from",
    "--out",
    "--shard",
    "--quiet",
    "-q",
    "--version",
    "bash",
    "-h",
    "--",
    "--x",
)
TEXTS = st.one_of(st.sampled_from(FLAGS), st.sampled_from(sorted(COMMANDS)), st.text(max_size=9))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("id", "level", "paths", "x")), inner, max_size=3)
    ),
    max_leaves=6,
)
EASY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def said(words: list[str]) -> tuple[int, str]:
    """Return the exit code and all that was printed."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            code = main(words)
        except SystemExit as end:  # argparse's own
            code = int(end.code or 0)
    return code, out.getvalue()


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file that a word could name by chance."""
    monkeypatch.chdir(tmp_path)


@EASY
@given(st.sampled_from(QUIET), st.lists(TEXTS, max_size=4))
def test_any_words_of_a_command_that_only_reads(command: str, words: list[str]) -> None:
    """Whatever follows it."""
    code, told = said([command, *words])
    assert code in (0, 1, 2, 3)
    assert "Traceback" not in told


@EASY
@given(st.sampled_from(WRONG), st.lists(st.sampled_from(("--strict", "--headed")), max_size=3))
def test_any_wrong_value_of_a_run(wrong: str, words: list[str]) -> None:
    """It is refused before anything starts, by its name."""
    code, told = said(["run", *words, wrong])
    assert code == 2
    assert "Traceback" not in told
    assert wrong.partition("=")[2] in told


@EASY
@given(st.dictionaries(st.sampled_from(("clauses", "deep_link", "openapi")), JSON, min_size=3, max_size=3))
def test_any_contract_to_compare_with(parts: dict[str, Any]) -> None:
    """Not one of ours, or one that differs."""
    Path("old.json").write_text(json.dumps({"format": 1, "version": "1", **parts}), encoding="utf-8")
    code, told = said(["contract", "--diff", "old.json"])
    assert code in (1, 2)
    assert "Traceback" not in told


def test_a_document_too_deep_to_read_is_named() -> None:
    """By each command that reads one."""
    Path("deep.json").write_text("[" * 100_000, encoding="utf-8")
    for words in (["judge", "deep.json"], ["contract", "--diff", "deep.json"], ["diff", "deep.json", "x"]):
        code, told = said(words)
        assert code == 2
        assert "deep.json: not JSON" in told
        assert "Traceback" not in told


ODD = "a\x1b[31m\u202eb\x9b\x07c"


@pytest.mark.parametrize(
    "words",
    [
        ["judge", ODD],
        ["show", ODD],
        ["diff", ODD, ODD],
        ["contract", "--backend", ODD],
        ["check", "--backend", ODD],
        ["run", ODD],
        ["run", f"--engine={ODD}"],
        ["run", f"--inspector={ODD}"],
        ["run", "--out", f"/dev/null/{ODD}"],
        ["explain", ODD],
        [ODD],
    ],
    ids=" ".join,
)
def test_control_characters_of_an_argument_are_shown_and_not_obeyed(words: list[str]) -> None:
    """In a path as in a word: a terminal neither changes its colour nor turns a line round."""
    code, text = said(words)
    assert code == ExitCode.USAGE
    assert "b" in text
    assert not set(text) & set(ODD[1] + "\u202e\x9b\x07"), text


LONG = "x" * 5000


@pytest.mark.parametrize(
    "words",
    [
        ["judge", LONG],
        ["judge", "--har", LONG],
        ["show", LONG],
        ["diff", LONG, LONG],
        ["pack", LONG],
        ["export", LONG, "--junit", "x.xml"],
        ["merge", LONG, LONG],
        ["replay", "left_alone", "--from", LONG],
        ["check", "--backend", LONG],
        ["contract", "--diff", LONG],
        ["run", "--hosts", LONG],
        ["run", "--out", LONG],
        ["lab", "--table", "--answers", LONG],
        ["amo", "--world", LONG],
    ],
    ids=lambda words: " ".join(words).replace(LONG, "LONG"),
)
def test_a_path_longer_than_any_file_has_is_told(words: list[str]) -> None:
    """By its name, and it is no defect."""
    code, text = said(words)
    assert code == ExitCode.USAGE
    assert LONG in text
    assert "Traceback" not in text
