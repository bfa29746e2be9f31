"""`amo-harness lab` at the command line."""

from pathlib import Path

import pytest

from harness.cli import main


def test_table_is_printed_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing is served; a file that is none is one sentence."""
    file = tmp_path / "lab.json"
    file.write_text('{"version": 1, "measurements": []}')
    assert main(["lab", "--table", "--answers", str(file)]) == 0
    assert "| ios-safari | 3xx redirect | no | blocked (low) |" in capsys.readouterr().out
    file.write_text("{}")
    assert main(["lab", "--table", "--answers", str(file)]) == 2
    assert "is of version None" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--lan", "0.0.0.0"], "--lan 0.0.0.0 is no address of this machine"),
        (["--lan", "phone"], "--lan phone is no address of this machine"),
        (["--lan", "192.0.2.7"], "cannot listen on 192.0.2.7"),
        (["--port", "99999"], "--port 99999 is no port"),
        (["--port", "-1"], "--port -1 is no port"),
        (["--port", "6666"], "--port 6666 is a port that browsers refuse to visit"),
        (["--link", "callback"], "--link 'callback' is no link of an app"),
        (["--link", "foryoure://a b"], "has characters that a link percent-encodes"),
        (["--link", "foryoure://a\r\nx: y"], "has characters that a link percent-encodes"),
    ],
)
def test_what_cannot_be_served_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    """All interfaces at once neither."""
    assert main(["lab", "--answers", str(tmp_path / "lab.json"), *words]) == 2
    assert said in capsys.readouterr().err
