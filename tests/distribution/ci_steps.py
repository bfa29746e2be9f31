"""Executes the shell of a CI description as its runner would, with programs of ours on PATH.

Owns the runner's part: environment, files that steps write to, expressions. The shell is the description's
own, the harness is the real one; only what installs things is replaced by a note of what it was asked.
"""

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}|\$\[\[(.*?)\]\]")
LIMIT_S = 50
INSTALLERS = ("sudo", "apt-get", "dpkg")
HARNESS = f'exec "{sys.executable}" -m amo_harness "$@"\n'
UV = 'while [ "$1" != amo-harness ]; do shift; done\nshift\n' + HARNESS
"""What `uv tool run … amo-harness WORDS` comes to where the harness is installed already."""


@dataclass(frozen=True)
class Runner:
    """A folder that a job runs in, with the programs of its machine beside it."""

    folder: Path

    @property
    def project(self) -> Path:
        """Return the folder of the project that is judged."""
        return self.folder / "project"

    def install(self, name: str, body: str) -> None:
        """Put a program on the job's PATH."""
        path = self.folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{body}", encoding="utf-8")
        path.chmod(0o755)

    def asked(self) -> list[str]:
        """Return what the programs that install things were asked."""
        asked = self.folder / "asked"
        return asked.read_text(encoding="utf-8").splitlines() if asked.exists() else []

    def shell(
        self, words: Sequence[str], script: str, env: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run a step's shell in the project, with nothing of our own environment but where WebKit is."""
        given = {"PATH": f"{self.folder / 'bin'}:/usr/bin:/bin", "HOME": str(self.folder), "LANG": "C.UTF-8"}
        return subprocess.run(
            [*words, script],
            cwd=self.project,
            env=given | dict(env),
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )


def open_runner(folder: Path, *, packages: bool) -> Runner:
    """Return a runner whose machine has the distribution's packages, or has not."""
    runner = Runner(folder)
    runner.project.mkdir(parents=True)
    note = f'echo "$(basename "$0") $*" >> "{folder}/asked"\n'
    for name in INSTALLERS:
        runner.install(name, note)
    runner.install("sudo", 'exec "$@"\n')
    if not packages:
        runner.install("dpkg", "exit 1\n")
    runner.install("uv", UV)
    return runner


def without_expressions(text: str, values: Mapping[str, str]) -> str:
    """Return a value with each expression replaced; KeyError for one that nobody gave a value."""
    return EXPRESSION.sub(lambda found: values[(found[1] or found[2]).strip()], text)


def with_values(env: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, str]:
    """Return an environment as the runner hands it to a step."""
    return {name: without_expressions(str(value), values) for name, value in env.items()}


def pasted(scripts: Sequence[str]) -> list[str]:
    """Return the expressions that stand in shell, where a value would be read as code."""
    return [found[0] for script in scripts for found in EXPRESSION.finditer(script)]
