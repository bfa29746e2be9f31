"""Control characters of a backend, a file, an address or an argument are shown, and not obeyed."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from amo_harness.whereabouts import hidden
from harness.backends.ports import free_port
from harness.contract.published.data import contract_data
from tests.browser.processes import started
from tests.e2e.hostile_backend import answer, hostile_backend, says
from tests.unit.commands.test_any_words import ODD, said

OBEYED = {"\x1b", "\u202e", "\x9b", "\x07", "\r"}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that the command is called from, with a name of that kind."""
    here = tmp_path / ODD
    here.mkdir()
    monkeypatch.chdir(here)


def ended(*words: str) -> str:
    """Return what a command says that is stopped once it has said something."""
    command = [sys.executable, "-m", "amo_harness", *words]
    with started(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        return first + process.stdout.read()


def test_of_a_backend_that_is_checked() -> None:
    """In what it answers, in what was said to it, and in its headers."""
    body = json.dumps({"connected": ODD}, ensure_ascii=False).encode()
    header = "Set-Cookie: a\x1b[2J=b\r\nLocation: /\x9bx\r\n"
    with hostile_backend({}, says(answer(body, headers=header, status="500 \x1b[31m"))) as backend:
        Path("backend.toml").write_text(f'[http]\nurl = "{backend.url}"', encoding="utf-8")
        code, text = said(["check", "--amo-port", str(free_port()), "--gateway-port", str(free_port())])
    assert code == 2
    assert "wrong " in text
    assert not OBEYED & set(text), text


def test_of_a_contract_to_compare_with() -> None:
    """In its version and in whatever changed."""
    old = contract_data()
    old["version"] = ODD
    old["clauses"] = [{**old["clauses"][0], "title": ODD}, {**old["clauses"][1], "id": ODD}]
    Path("old.json").write_text(json.dumps(old), encoding="utf-8")
    code, text = said(["contract", "--diff", "old.json"])
    assert code == 1
    assert not OBEYED & set(text), text


def test_of_a_link() -> None:
    """JSON keeps what they were; letters of any language stay legible."""
    for written, is_in_it in ((ODD, r"\u202e"), ("О", "О")):
        code, text = said(["link", f"foryoure://amo-crm/callback?error={written}"])
        assert code == 0
        assert is_in_it in text
        assert json.loads(text)["params"] == {"error": written}
        assert not OBEYED & set(text), text


@pytest.mark.parametrize(
    "words",
    [
        ["serve", "--public-url", f"https://{ODD[:5]}.example", "--amo-public-url", "https://x.example"],
        ["serve", "--lan", "127.0.0.1", "--tls", "--tls-name", ODD],
        ["serve", "--backend", ODD],
        ["serve", "--out", f"/dev/null/{ODD}"],
        ["amo", ODD],
        ["amo", "--world", ODD],
        ["lab", "--answers", f"/dev/null/{ODD}"],
        ["lab", "--lan", ODD],
    ],
    ids=" ".join,
)
def test_of_an_argument(words: list[str]) -> None:
    """It is refused in a sentence."""
    code, text = said(words)
    assert code == 2
    assert not OBEYED & set(text), text


def test_of_what_the_lab_and_fake_amo_print() -> None:
    """Where answers go, and what a program reads, whose JSON keeps what they were."""
    text = ended("lab", "--answers", ODD)
    assert "answers in a␛[31m" in text
    assert not OBEYED & set(text), text
    text = ended("amo", "--redirect-uri", f"https://x/{ODD}")
    assert not OBEYED & set(text), text


def test_of_a_folder_that_stands_before_ours() -> None:
    """And of the one that the machine is looked at from."""
    text = hidden({"harness": Path(ODD), "scenarios": Path("тека")})
    assert not OBEYED & set(text)
    assert "(тека)" in text
    _, text = said(["doctor"])
    assert "runs are kept below" in text
    assert not OBEYED & set(text), text
