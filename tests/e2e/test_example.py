"""The Express example, judged from outside as any backend is: by the command that its README names."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tools.node import EXAMPLE, install_example, node_programs

ENOUGH_S = 170
CI_PAGE = Path(__file__).resolve().parents[2] / "docs" / "ci.md"


@pytest.fixture(scope="module")
def path_with_node() -> str:
    """Install the example's packages; `backend.toml` looks for its `node` on PATH."""
    node = node_programs()[0]
    install_example(node)
    return f"{node.parent}{os.pathsep}{os.environ['PATH']}"


def judge(path: str, out: Path, *words: str, **environment: str) -> dict[str, Any]:
    """Run the harness on the example and return its results, with the exit code beside them."""
    command = [sys.executable, "-m", "harness", "run", *words]
    command += ["--backend", str(EXAMPLE / "backend.toml"), "--strict", "--out", str(out)]
    done = subprocess.run(
        command, env=os.environ | {"PATH": path} | environment, capture_output=True, text=True,
        timeout=ENOUGH_S, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return json.loads((out / "results.json").read_text(encoding="utf-8")) | {"exit_code": done.returncode}


@pytest.fixture
def own_folder(path_with_node: str, tmp_path: Path) -> Path:
    """Return a copy of the example, as a repository that has its `backend.toml` in its root."""
    assert path_with_node
    folder = tmp_path / "repository"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("node_modules"))
    (folder / "node_modules").symlink_to(EXAMPLE / "node_modules")
    return folder


@pytest.mark.timeout(300)
def test_the_example_passes_every_clause_by_the_commands_of_docs_ci(
    path_with_node: str, own_folder: Path
) -> None:
    """The block of docs/ci.md runs as it stands; nothing fails, not even what only warns, or is left out."""
    commands = re.findall(r"```sh\n(.*?)```", CI_PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]
    path = f"{Path(sys.executable).parent}{os.pathsep}{path_with_node}"
    done = subprocess.run(
        ["sh", "-e", "-c", commands], cwd=own_folder, env=os.environ | {"PATH": path},
        capture_output=True, text=True, timeout=ENOUGH_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((own_folder / "results" / "results.json").read_text(encoding="utf-8"))
    assert {row["id"]: row["result"] for row in result["scenarios"] if row["result"] != "passed"} == {}
    assert {row["id"]: row["findings"] for row in result["clauses"] if row["result"] != "passed"} == {}
    cases = ET.parse(own_folder / "results" / "junit.xml").findall(".//testcase")  # noqa: S314 - our own file
    assert len(cases) == len(result["scenarios"])


def test_its_fault_breaks_the_clause_that_it_is_about(path_with_node: str, tmp_path: Path) -> None:
    """With FAULT=auto_redirect the page opens the app without a tap: CB-06, and nothing else."""
    result = judge(path_with_node, tmp_path, "left_alone", FAULT="auto_redirect")
    failed = [row["id"] for row in result["clauses"] if row["result"] in ("failed", "warning")]
    assert (failed, result["exit_code"]) == (["CB-06"], 1)
