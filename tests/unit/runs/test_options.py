"""One table of options: whatever a run was asked for can be asked for again, in every way."""

import json
import shlex
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cli import command_line
from harness.errors import UsageError
from harness.runs.options import OPTIONS, Option, RunRequest, declare_for_pytest, pytest_values

OUT = Path("/somewhere/results")
NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=9)
FILES = NAMES.filter(lambda name: name not in (".", "..")).map(lambda name: Path("/elsewhere") / name)
PLAIN: dict[type, st.SearchStrategy[Any]] = {
    Path: FILES,
    str: st.text(max_size=9).filter(lambda text: text != "--"),  # which argparse drops, wherever it stands
    int: st.integers(),
    bool: st.booleans(),
}


def values_of(option: Option) -> st.SearchStrategy[Any]:
    """Every value that an option can be given, its default among them."""
    values = st.sampled_from(option.choices) if option.choices else PLAIN[option.kind]
    return st.one_of(st.just(option.default), values)


REQUESTS = st.fixed_dictionaries({name: values_of(option) for name, option in OPTIONS.items()}).map(
    RunRequest.of
)


def asked_on_a_command_line(words: list[str]) -> RunRequest:
    return RunRequest.of(vars(command_line().parse_args(["run", *words])))


def saved_and_read(request: RunRequest) -> RunRequest:
    return RunRequest.saved(json.loads(json.dumps(request.document(OUT))), OUT)


@given(REQUESTS)
def test_what_was_asked_for_is_asked_for_again(request: RunRequest) -> None:
    """Command line, request, results.json, request, words, command line: the same at each step."""
    assert asked_on_a_command_line(request.words) == request
    assert saved_and_read(request) == request
    program, command, *words = shlex.split(saved_and_read(request).command)
    assert (program, command) == ("amo-harness", "run")
    assert asked_on_a_command_line(words) == request


@pytest.mark.parametrize("name", OPTIONS)
def test_each_option_alone_makes_the_whole_way(name: str) -> None:
    """The property above could pass over an option that nothing ever changes; here each is changed."""
    option = OPTIONS[name]
    other = {Path: Path("/elsewhere/a b.toml"), str: "-x y", int: 4711, bool: not option.default}[option.kind]
    request = replace(RunRequest(), **{name: option.choices[-1] if option.choices else other})
    assert request != RunRequest()
    assert len(OPTIONS[name].words(getattr(request, name))) in (1, 2)
    assert asked_on_a_command_line(request.words) == request
    assert saved_and_read(request) == request


def test_defaults_need_no_words_but_whom_it_is_about() -> None:
    """What nobody asked for is not in the line that plays a scenario again."""
    assert RunRequest().command == "amo-harness run --backend reference"


@given(REQUESTS)
def test_pytest_is_asked_in_the_same_way(request: RunRequest) -> None:
    """Each option with a flag of the plugin's means there what it means on the command line."""
    parser = ArgumentParser()
    declare_for_pytest(parser.add_argument)
    flags = {option.ask.flag: option.ask.pytest_flag for option in OPTIONS.values()}
    ours = {name: option for name, option in OPTIONS.items() if option.ask.pytest_flag}
    words = [
        f"{flags[flag]}{equals}{value}"
        for name, option in ours.items()
        for word in [option.words(getattr(request, name))]
        for flag, equals, value in [_one_word(word)]
        if word
    ]
    found = pytest_values(vars(parser.parse_args(words)).__getitem__)
    assert found == {name: getattr(request, name) for name in ours}
    others = {"backend", "exit_first", "headed", "jobs", "lan", "page", "pause", "quiet", "slow", "verbose"}
    assert set(OPTIONS) - set(ours) == others, "pytest's, a plugin's of it, or the command's alone"


def _one_word(words: list[str]) -> tuple[str, str, str]:
    """An option's words as flag, `=` and value, which argparse takes too."""
    if len(words) < 2:
        flag, equals, value = "".join(words).partition("=")
        return flag, equals, value
    return words[0], "=", words[1]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"seed": None, "engine": "firefox"}, "says 'firefox' for the run's engine"),
        ({"seed": "7"}, "says '7' for the run's seed"),
        ({"strict": 1}, "says 1 for the run's strict"),
        ({"backend": 3}, "says 3 for the run's backend"),
        ({"jobs": None}, "says None for the run's jobs"),
    ],
    ids=["engine", "text for a number", "number for a truth", "number for a file", "nothing"],
)
def test_a_file_that_says_what_no_run_can_be_is_refused(broken: dict[str, Any], said: str) -> None:
    """In one sentence, before anything is played."""
    with pytest.raises(UsageError, match=said):
        RunRequest.saved(RunRequest().document(OUT) | broken, OUT)


def test_a_file_that_does_not_say_how_it_was_run_is_refused() -> None:
    """As one written before there was such an option."""
    document = RunRequest().document(OUT)
    del document["seed"], document["host"]
    with pytest.raises(UsageError, match="does not say how it was run: seed, host"):
        RunRequest.saved(document, OUT)
