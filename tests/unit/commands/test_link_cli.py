"""`amo-harness link` at the command line."""

import json
from pathlib import Path

import pytest

from harness.cli import command_line
from harness.commands.print.link import link_command
from harness.errors import UsageError

LINK = "foryoure://amo-crm/callback"


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    """Return what the command prints."""
    assert link_command(command_line().parse_args(["link", *words])) == 0
    document: dict[str, object] = json.loads(capsys.readouterr().out)
    return document


def test_screen_and_parameters_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """The injection, as the app of the seeds reads it."""
    answer = printed(capsys, f"{LINK}?error=x%26success%3Dtrue")
    assert answer["screen"] == "callback"
    assert answer["params"] == {"error": "x", "success": "true"}
    assert answer["sdk"] == 54


def test_lost_link_is_printed_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    """It is an answer, not an error."""
    answer = printed(capsys, f"{LINK}?error=50%25", "--sdk", "54")
    assert "URIError" in str(answer["dropped"])
    assert "screen" not in answer


def test_same_link_with_another_sdk(capsys: pytest.CaptureFixture[str]) -> None:
    """The guard came with SDK 56."""
    assert printed(capsys, f"{LINK}?error=50%25", "--sdk", "56")["params"] == {"error": "50%"}


def test_letters_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    """Ukrainian stays readable."""
    link_command(command_line().parse_args(["link", f"{LINK}?error=%D0%9E"]))
    assert '"О"' in capsys.readouterr().out


def test_backend_file_says_what_the_apps_link_is(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """With the defaults, this would be another app's link."""
    file = tmp_path / "backend.toml"
    file.write_text(
        '[http]\nurl = "http://127.0.0.1:9"\n[deep_link]\nscheme = "shop"\nhost = "x"\npath = "/y"\n',
        encoding="utf-8",
    )
    assert printed(capsys, "shop://x/y?success=true", "--backend", str(file))["screen"] == "callback"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nothing"], "malformed link 'nothing'"),
        (["tg://resolve"], "the app answers to 'foryoure'"),
        ([LINK, "--sdk", "9"], "Expo SDK 9 is not known here"),
        ([LINK, "--sdk", "0"], "Expo SDK 0 is not known here"),
        ([LINK, "--backend", "missing.toml"], "missing.toml"),
    ],
    ids=["malformed", "another-app", "unknown-sdk", "sdk-0", "no-file"],
)
def test_bad_input_is_one_sentence(capsys: pytest.CaptureFixture[str], words: list[str], says: str) -> None:
    """Nothing is printed; the command line turns it into exit code 2."""
    with pytest.raises(UsageError, match=says):
        link_command(command_line().parse_args(["link", *words]))
    assert capsys.readouterr().out == ""
