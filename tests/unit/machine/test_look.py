"""What a machine lacks for a run is named, with the remedy; what it has is left alone."""

import os
import socket
from pathlib import Path

import pytest

from harness.engines import EngineReport, install_command
from harness.machine.look import of_engines, of_fonts, of_localhost, of_node, of_ports, of_proxies, of_results

HERE = EngineReport("webkitgtk", available=True, version="2.50.6", why_not="", install="")
MISSING = EngineReport("webkit", available=False, version="", why_not="it is missing", install="")
CHROMIUM = EngineReport("chromium", available=True, version="150", why_not="", install="")


def test_the_engine_that_a_run_would_take_is_named() -> None:
    """One that a run never takes unasked is none."""
    assert of_engines([MISSING, HERE, CHROMIUM]).told == "webkitgtk 2.50.6; also here: chromium"
    none = of_engines([MISSING, CHROMIUM])
    assert (none.state, none.remedy) == ("wrong", install_command())
    assert "webkit: it is missing" in none.told


def test_the_one_command_is_aptitudes_where_there_is_apt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elsewhere Playwright's."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert install_command().endswith("-m playwright install --with-deps webkit")
    (tmp_path / "apt-get").touch(mode=0o755)
    assert install_command() == "sudo apt-get install -y gir1.2-webkit2-4.1 python3-gi xvfb"


def test_fonts_are_looked_for_where_the_browser_does(tmp_path: Path) -> None:
    """In any folder below, whatever the case of their names."""
    assert of_fonts((tmp_path,)).remedy.startswith("sudo apt-get install -y fonts-dejavu-core")
    (tmp_path / "truetype").mkdir()
    (tmp_path / "truetype" / "Sans.TTF").touch()
    assert (of_fonts((tmp_path,)).state, of_fonts((tmp_path,)).told) == ("ok", "1 files")


def test_a_machine_whose_loopback_is_down_cannot_play(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here it is up."""
    assert of_ports().state == "ok"

    def refuse(*_: object, **__: object) -> socket.socket:
        raise OSError("Cannot assign requested address")

    monkeypatch.setattr(socket, "create_server", refuse)
    down = of_ports()
    assert (down.state, down.remedy) == ("wrong", "bring loopback up: ip link set lo up")


def test_a_localhost_that_is_elsewhere_is_told() -> None:
    """It is known by its address."""
    assert of_localhost(lambda _: "127.0.1.1").state == "ok"
    assert of_localhost(lambda _: "10.0.0.5").remedy.startswith("add `127.0.0.1 localhost`")


def test_proxies_are_named_whatever_their_case() -> None:
    """Their addresses may hold a password, so they are not printed."""
    assert of_proxies({"http_proxy": ""}).state == "ok"
    seen = of_proxies({"https_proxy": "http://me:secret@proxy:3128", "ALL_PROXY": "x"})
    assert (seen.state, seen.told.partition(" set")[0]) == ("note", "HTTPS_PROXY, ALL_PROXY")
    assert "secret" not in seen.told


def test_a_missing_node_is_worth_knowing_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is there says its version."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert of_node().state == "note"
    (tmp_path / "node").write_text("#!/bin/sh\necho v22.1.0\n")
    (tmp_path / "node").chmod(0o755)
    assert of_node().told == f"v22.1.0, {tmp_path}{os.sep}node"


def no_access(path: Path, _mode: int) -> bool:
    return path != Path.cwd()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run's own folder is made where the command is called from."""
    monkeypatch.chdir(tmp_path)
    assert (of_results().state, of_results().told) == ("ok", f"runs are kept below {tmp_path}")
    monkeypatch.setattr(os, "access", no_access)
    assert (of_results().state, of_results().remedy) == ("note", "name another folder: run --out FOLDER")
