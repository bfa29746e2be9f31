"""backend.toml goes into a pack with its secrets masked, and is legible otherwise."""

import tomllib
from pathlib import Path

import pytest

from harness.runs.runner import Setting
from harness.saved.backend_copy import FILE_NAME, BackendCopy, masked

SECRET = "s3cr3t-9f8e7d"


@pytest.mark.parametrize(
    "line",
    [
        f'JWT_SECRET = "{SECRET}"',
        f"jwt_secret = '{SECRET}'",
        f'"API-KEY" = "{SECRET}"',
        f'STRIPE_KEY="{SECRET}"',
        f'DATABASE_URL = "postgres://crm:{SECRET}@127.0.0.1/crm_{{worker}}"',
        f'Authorization = "Bearer {SECRET}"',
        f'Cookie = "{SECRET}"',
        f'body = \'{{"user": "test", "password": "{SECRET}"}}\'',
        f'body = "{{\\"password\\": \\"{SECRET}\\"}}"',
        f'command = ["node", "app.js", "--token={SECRET}"]',
        f"# the old password: {SECRET}",
        'PEPPER = "0123456789abcdefABCDEF"',
    ],
)
def test_a_secret_is_masked(line: str) -> None:
    """By its name, or in an address; also where it stands once more without one."""
    text = masked(f"{line}\n# again {SECRET}\n")
    assert "‹env:" in text
    assert "0123456789abcdef" not in text
    assert SECRET not in text.splitlines()[0]
    if SECRET in line:
        assert SECRET not in text


@pytest.mark.parametrize(
    "line",
    [
        'AMO_CLIENT_SECRET = "{client_secret}"',
        'Authorization = "Bearer {user}"',
        'command = ["node", "server.js"]',
        'NODE_ENV = "production"',
        'url = "http://127.0.0.1:{port}"',
        'callback = "/api/amo-crm/callback"',
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    """Placeholders, commands, addresses."""
    assert masked(line) == line


def test_the_same_secret_has_the_same_mask() -> None:
    """A reader sees that two variables hold one value; a short one is masked where it stands."""
    rows = tomllib.loads(
        masked(f'A_SECRET = "{SECRET}"\nB_TOKEN = "{SECRET}"\nDB_PASSWORD = "abc"\nname = "abc"')
    )
    assert rows["A_SECRET"] == rows["B_TOKEN"] != rows["DB_PASSWORD"]
    assert (rows["DB_PASSWORD"][:5], rows["name"]) == ("‹env:", "abc")


def test_it_is_kept_when_a_run_starts(tmp_path: Path) -> None:
    """Beside the results; the built-in reference has none."""
    (tmp_path / "backend.toml").write_text(f'JWT_SECRET = "{SECRET}"', encoding="utf-8")
    setting = Setting("webkitgtk", "2.50", (), (), "b")
    BackendCopy(tmp_path / "none", None).run_started(setting, ())
    assert not (tmp_path / "none").exists()
    BackendCopy(tmp_path, tmp_path / "backend.toml").run_started(setting, ())
    assert "JWT_SECRET" in (tmp_path / FILE_NAME).read_text(encoding="utf-8")
