"""One database for all workers means one worker, which is said."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from harness.backends.databases import shared_database, written_beside
from harness.commands.play.run import sensible_jobs
from harness.config.settings import BackendConfig, Start
from harness.runs.options import RunRequest

SHARED = [
    pytest.param({"DATABASE_URL": "postgres://u:p@127.0.0.1:5432/app"}, "DATABASE_URL", id="a-url"),
    pytest.param({"ANY": "postgresql+asyncpg://127.0.0.1/app"}, "ANY", id="a-driver"),
    pytest.param({"PORT": "{port}", "PGHOST": "127.0.0.1", "PGDATABASE": "app"}, "PGHOST", id="in-parts"),
    pytest.param({"REDIS_URL": "redis://127.0.0.1"}, "REDIS_URL", id="redis"),
    pytest.param({"DATABASE_URL": "file:./dev.db"}, "DATABASE_URL", id="a-file-for-all"),
    pytest.param({"DB_PATH": "data/app.db"}, "DB_PATH", id="a-path-for-all"),
    pytest.param({"DATA_FILE": "/var/lib/app/data.json"}, "DATA_FILE", id="a-file-of-data"),
    pytest.param({"AMO_TOKENS_PATH": "tokens.json"}, "AMO_TOKENS_PATH", id="a-file-of-tokens"),
    pytest.param({"ANY": "./app.sqlite3"}, "ANY", id="a-name-that-ends-so"),
]
OWN = [
    pytest.param({"DATABASE_URL": "postgres://127.0.0.1/app_{worker}"}, id="one-a-worker"),
    pytest.param({"PGHOST": "127.0.0.1", "PGDATABASE": "app_{worker}"}, id="one-part-is-enough"),
    pytest.param({"DATABASE_URL": "sqlite:///{tmp}/app.db"}, id="a-file-of-its-own"),
    pytest.param({"DATABASE_URL": "sqlite:///:memory:"}, id="in-memory"),
    pytest.param({"DATA_FILE": "{tmp}/data.json"}, id="data-of-its-own"),
    pytest.param({"CERT_FILE": "/etc/ssl/cert.pem", "STATE_SECRET": "s"}, id="other-files"),
    pytest.param({"DATABASE_URL": "sqlite::memory:", "DB_HOST": ""}, id="in-memory-of-others"),
    pytest.param({"AMO_URL": "{amo_url}", "SITE": "https://example.org"}, id="no-database"),
]


def start(env: dict[str, str]) -> Start:
    return Start(("node", "server.js"), env=env)


@pytest.mark.parametrize(("env", "name"), SHARED)
def test_one_database_for_all_means_one_worker_and_is_said(
    env: dict[str, str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whichever way it is named."""
    config = BackendConfig(start=start(env))
    assert sensible_jobs(RunRequest(backend=Path("backend.toml"), jobs=2), config, 40) == 1
    (said,) = capsys.readouterr().out.splitlines()
    assert said.startswith(f"one worker: [start.env].{name} names one database for all; with {{worker}}")


@pytest.mark.parametrize("env", OWN)
def test_a_database_of_its_own_lets_several_work(
    env: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is said then."""
    config = BackendConfig(start=start(env))
    assert shared_database(start(env)) == ""
    assert sensible_jobs(RunRequest(backend=Path("backend.toml"), jobs=2), config, 40) == 2
    assert capsys.readouterr().out == ""


def test_one_worker_is_not_told_that_there_is_one() -> None:
    """Who asked for one has it."""
    config = BackendConfig(start=start({"DATABASE_URL": "mysql://127.0.0.1/app"}))
    assert sensible_jobs(RunRequest(backend=Path("backend.toml"), jobs=1), config, 40) == 1


def test_a_backend_that_says_that_several_may_run_is_believed() -> None:
    """Its own script may give each one a database."""
    mine = replace(start({"DATABASE_URL": "postgres://127.0.0.1/app"}), per_worker=True)
    assert shared_database(mine) == ""


def test_what_the_command_and_the_file_beside_it_name_counts(tmp_path: Path) -> None:
    """A `.env` is what most backends read; what [start.env] says instead goes first."""
    by_word = Start(("app", "--database=mysql://127.0.0.1/app"))
    assert shared_database(by_word) == "[start].command"
    (tmp_path / ".env").write_text("# ours\nexport DATABASE_URL='postgres://127.0.0.1/app' # one\nPORT=1\n")
    beside = Start(("app",), cwd=tmp_path)
    assert shared_database(beside) == "DATABASE_URL in .env"
    assert shared_database(replace(beside, env={"DATABASE_URL": "sqlite:///{tmp}/app.db"})) == ""


def test_a_file_that_the_look_at_a_backend_left_beside_it_means_one_worker(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing in the configuration names it; what was there before, and what is built, is not data."""
    config = BackendConfig(start=replace(start({"PORT": "{port}"}), cwd=tmp_path))
    request = RunRequest(backend=Path("backend.toml"), jobs=2)
    for name in ("package.json", "old.json", "dist/built.json", "node_modules/x.json", "server.js"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    os.utime(tmp_path / "old.json", (1, 1))
    assert sensible_jobs(request, config, 40, checked_since_s=2) == 2
    (tmp_path / "data.json").write_text("{}")
    assert sensible_jobs(request, config, 40) == 2
    assert sensible_jobs(request, config, 40, checked_since_s=2) == 1
    assert capsys.readouterr().out.startswith("one worker: data.json in the backend's folder")
    apart = replace(config, start=replace(config.start or start({}), per_worker=True))
    assert sensible_jobs(request, apart, 40, checked_since_s=2) == 2


def test_what_a_reset_deletes_beside_the_backend_means_one_worker(tmp_path: Path) -> None:
    """Nothing is left of it after the look; the folder still knows that something was there."""
    (tmp_path / "data").mkdir()
    mine = Start(("node", "server.js"), cwd=tmp_path, reset="POST /reset", env={"PORT": "{port}"})
    for folder in (tmp_path / "data", tmp_path):
        os.utime(folder, (1, 1))
    assert written_beside(mine, 2) == ""
    (tmp_path / "data/tokens").touch()
    (tmp_path / "data/tokens").unlink()
    assert written_beside(mine, 2) == "what the reset deletes"
    assert written_beside(replace(mine, env={"FILE": "{tmp}/tokens"}), 2) == ""
    assert written_beside(replace(mine, reset="restart"), 2) == ""


def test_a_command_that_resets_is_for_all_workers_where_nothing_is_a_workers_own() -> None:
    """What it resets is outside the process."""
    mine = Start(("node", "server.js"), reset=("rm", "-f", "data.json"), env={"PORT": "{port}"})
    assert shared_database(mine) == "[start].reset"
    assert shared_database(replace(mine, reset=("rm", "-f", "{tmp}/data.json"))) == ""
    assert shared_database(replace(mine, env={"APP_DIR": "data-{worker}"})) == ""
