"""What `[start]` may say: commands, environment, limits; and several mistakes of one file."""

import json
import os
import sys
from pathlib import Path

import pytest

from harness.errors import UsageError
from tests.unit.config.files import START, load, refusal


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        pytest.param("[start]\ncommand = []", 2, "[start].command is empty", id="empty-command"),
        pytest.param(
            "[start]\ncommand = ['no-such-program-x']",
            2,
            '[start].command runs "no-such-program-x": no directory on PATH has it',
            id="no-program",
        ),
        pytest.param(
            "[start]\ncommand = ['./run']",
            2,
            '[start].command runs "./run": there is no such executable file (DIR/run)',
            id="no-file",
        ),
        pytest.param(
            f"[start]\ncommand = ['{sys.executable}', 'serve.py']",
            2,
            '[start].command runs "serve.py", which is not in DIR',
            id="no-script",
        ),
        pytest.param(
            START + "cwd = 'nowhere'", 3, '[start].cwd "nowhere" is no directory (DIR/nowhere)', id="no-cwd"
        ),
        pytest.param(START + "reset = []", 3, "[start].reset is empty; write one such", id="reset-empty"),
        pytest.param(
            START + "reset = ['no-such-program-x']", 3, '[start].reset runs "no-such', id="reset-no-program"
        ),
        pytest.param(
            START + "prepare = ['npm', 'install']",
            3,
            "[start].prepare must be a list, not a text in quotes",
            id="prepare-flat",
        ),
        pytest.param(
            START + "prepare = [['no-such-program-x']]", 3, "[start].prepare runs", id="prepare-no-program"
        ),
        pytest.param(START + "beside = [[]]", 3, "[start].beside is empty", id="beside-empty"),
        pytest.param(
            START + f"beside = [['{sys.executable}', '{{prt}}']]",
            3,
            "[start].beside has an unknown placeholder {prt}; did you mean {port}?",
            id="beside-placeholder",
        ),
        pytest.param(START + "stop = ['no-such-program-x']", 3, "[start].stop runs", id="stop-no-program"),
        pytest.param(
            START + "commands_timeout_s = 0", 3, "commands_timeout_s must be above 0", id="commands-limit"
        ),
        pytest.param(START + "reset = 'POST x'", 3, '[start].reset "x" is not a path', id="reset-path"),
        pytest.param(START + "reset = 'GET /x'", 3, '[start].reset "GET /x" is unknown; choose', id="reset"),
        pytest.param(START + "ready_timeout_s = 0", 3, "must be above 0 and at most 600, not 0", id="zero"),
        pytest.param(
            START + "ready_timeout_s = nan", 3, "must be above 0 and at most 600, not nan", id="nan"
        ),
        pytest.param(
            START + "[start.env]\nA = '1'\nPORT = '{prot}'",
            5,
            "[start].env.PORT has an unknown placeholder {prot}; did you mean {port}?",
            id="placeholder",
        ),
        pytest.param(
            START + "[start.env]\nA = '{HOME}'", 4, "there are {port}, {amo_url},", id="placeholder-far"
        ),
        pytest.param(
            f"[start]\ncommand = ['{sys.executable}', '--port={{prt}}']",
            2,
            "[start].command has an unknown placeholder {prt}",
            id="placeholder-in-command",
        ),
        pytest.param(
            START + "[start.env]\n'A B' = '1'", 4, '"A B" is no name of an environment', id="env-name"
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_remedy(
    directory: Path, text: str, line: int, sentence: str
) -> None:
    """One sentence: the file, the line, the key, and what to write instead."""
    said = refusal(directory, text)
    assert said.startswith(f"DIR/backend.toml, line {line}: ")
    assert sentence in said


@pytest.mark.parametrize(
    ("command", "stop"),
    [
        (
            ["docker", "compose", "-f", "dev.yml", "up", "--build"],
            ["docker", "compose", "-f", "dev.yml", "down"],
        ),
        (["podman-compose", "up"], ["podman-compose", "down"]),
        (["docker", "run", "web"], ["docker", "rm", "-f", "NAME"]),
    ],
    ids=["compose", "podman-compose", "run"],
)
def test_containers_that_nothing_ends_are_refused(
    directory: Path, monkeypatch: pytest.MonkeyPatch, command: list[str], stop: list[str]
) -> None:
    """With the command that ends them; one that starts none needs nothing."""
    engine = directory / "bin" / command[0]
    engine.parent.mkdir()
    engine.write_text("#!/bin/sh\n")
    engine.chmod(0o755)
    monkeypatch.setenv("PATH", str(engine.parent), prepend=os.pathsep)
    said = refusal(directory, f"[start]\ncommand = {command}")
    assert f"DIR/backend.toml, line 2: [start] has `{' '.join(command)}`" in said
    assert f"add stop = {json.dumps(stop)}" in said
    assert load(directory, f"[start]\ncommand = {command}\nstop = {stop}").start
    assert load(directory, f"[start]\ncommand = ['{command[0]}', 'logs']").start


def test_the_environment_of_the_file_decides_where_the_program_is_looked_up(directory: Path) -> None:
    """A PATH in [start.env] is the one that the child will have."""
    program = directory / "bin" / "my-server"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    text = f"[start]\ncommand = ['my-server']\nenv = {{ PATH = '{program.parent}' }}"
    assert load(directory, text).start is not None


SEVERAL = f"""nme = "x"
[start]
command = ["{sys.executable}", "server.py"]
ready_timeout_s = "long"
beside = [["no-such-program-x"]]
[start.env]
PORT = "{{prt}}"
[http]
calback = "back"
status = "status"
headers = {{ "A:" = "x", B = "{{usr}}" }}
[texts]
button = ""
"""


def test_several_mistakes_are_told_at_once_in_the_order_of_their_lines(directory: Path) -> None:
    """What is misspelt is judged as what was meant; where a value cannot be read, no more of its table."""
    with pytest.raises(UsageError) as refused:
        load(directory, SEVERAL)
    head, *told = str(refused.value).splitlines()
    assert head.endswith("backend.toml: 8 mistakes")
    assert [(int(line.split()[1][:-1]), line.partition(": ")[2][:38]) for line in told] == [
        (1, 'the top level has no key "nme"; did yo'),
        (4, "[start].ready_timeout_s must be a numb"),
        (8, '[http].callback "back" is not a path s'),
        (9, '[http] has no key "calback"; did you m'),
        (10, '[http].status "status" is not a path s'),
        (11, '[http.headers] "A:" is no name of a he'),
        (11, "[http.headers].B may hold {user} and n"),
        (13, "[texts].button is empty; leave it out "),
    ]


def test_a_value_that_cannot_be_read_hides_no_misspelt_key(directory: Path) -> None:
    """Of its table; a value under a misspelt key is told by the key that is written there."""
    text = "[start]\ncomand = ['x']\nready_timeout_s = 'soon'\n[http]\nstatu = 5"
    with pytest.raises(UsageError) as refused:
        load(directory, text)
    _, *told = str(refused.value).splitlines()
    assert told == [
        '  line 2: [start] has no key "comand"; did you mean "command"?',
        "  line 3: [start].ready_timeout_s must be a number, not a text in quotes",
        '  line 5: [http] has no key "statu"; did you mean "status"?',
        "  line 5: [http].statu must be a text in quotes, not a whole number",
    ]


def test_a_key_that_is_misspelt_brings_about_no_other_mistake(directory: Path) -> None:
    """connect_body is about connect, which is there in all but its spelling."""
    text = START + "[http]\nconect = 'POST /a'\nconnect_body = '{}'"
    assert 'has no key "conect"; did you mean "connect"?' in refusal(directory, text)


def test_commands_are_read_as_lists_of_texts(directory: Path) -> None:
    """One for reset and stop, several for prepare and beside."""
    one = f'["{sys.executable}", "server.py"]'
    start = load(directory, f"{START}reset = {one}\nprepare = [{one}]\nbeside = [{one}]\nstop = {one}").start
    command = (sys.executable, "server.py")
    assert start is not None
    assert (start.reset, start.prepare, start.beside, start.stop) == (
        command,
        (command,),
        (command,),
        command,
    )
    assert start.reset_in_words == f"{sys.executable} server.py"
