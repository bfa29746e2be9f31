"""The GitHub Action: its steps, executed as a runner does."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.runs.options import REFERENCE
from tests.distribution.ci_steps import Runner, open_runner, pasted, with_values, without_expressions
from tests.repo.tree import ROOT
from tools.setup import WEBKIT_PACKAGES

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
SHELLS = {step["name"]: step for step in STEPS if "run" in step}
BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
"""What `shell: bash` means."""
HOSTILE = "$(touch stolen) `touch stolen`; touch stolen \"' *"


def values(**inputs: str) -> dict[str, str]:
    """Return what the expressions of the action come to, with some inputs given."""
    given = {name: str(each["default"]) for name, each in ACTION["inputs"].items()} | inputs
    return {f"inputs.{name}": value for name, value in given.items()} | {
        "inputs.harness || github.action_path": given["harness"] or str(ROOT)
    }


def run_step(runner: Runner, name: str, **inputs: str) -> tuple[int, str]:
    """Run a step; returns its exit code and what it said."""
    files = {each: str(runner.folder / each) for each in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    env = with_values(SHELLS[name].get("env", {}), values(**inputs)) | files | {"GITHUB_ACTIONS": "true"}
    done = runner.shell(BASH, SHELLS[name]["run"], env)
    return done.returncode, done.stdout + done.stderr


def test_no_input_is_pasted_into_shell() -> None:
    """Inputs come by the environment, where they are values and never code."""
    assert pasted([step["run"] for step in SHELLS.values()]) == []
    assert pasted(['echo "${{ inputs.backend }}"', "a $[[ inputs.b ]]"]) == [
        "${{ inputs.backend }}",
        "$[[ inputs.b ]]",
    ]


def test_the_packages_are_installed_once(tmp_path: Path) -> None:
    """All that the engine needs, and nothing where they are already."""
    bare = open_runner(tmp_path / "bare", packages=False)
    assert run_step(bare, "WebKit of the distribution")[0] == 0
    assert bare.asked() == [
        "apt-get -qq update",
        f"apt-get -qq install -y --no-install-recommends {' '.join(WEBKIT_PACKAGES)}",
    ]
    ready = open_runner(tmp_path / "ready", packages=True)
    assert run_step(ready, "WebKit of the distribution")[0] == 0
    assert [each for each in ready.asked() if "install" in each] == []


def test_a_run_leaves_its_report_and_says_where(tmp_path: Path) -> None:
    """The named scenario is played, as it is in a folder whose name has a space."""
    runner = open_runner(tmp_path / "a runner", packages=True)
    code, said = run_step(
        runner, "Contract", backend=REFERENCE, scenarios=" link_without_anything  ", out="my results"
    )
    assert code == 0, said
    assert "playing  1 scenario" in said
    report = re.search("^report=(.*)$", (runner.folder / "GITHUB_OUTPUT").read_text("utf-8"), re.MULTILINE)
    assert report
    assert (runner.project / report[1]).is_file()
    assert (runner.project / "my results" / "junit.xml").is_file()
    assert "amo-harness: passed" in (runner.folder / "GITHUB_STEP_SUMMARY").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["backend", "scenarios", "strict"])
def test_an_input_is_never_code(tmp_path: Path, name: str) -> None:
    """Whatever it holds, the shell hands it on as it is; the harness refuses it, the job fails."""
    runner = open_runner(tmp_path, packages=True)
    given = {"backend": REFERENCE, "scenarios": "no_such_scenario", name: HOSTILE}
    code, said = run_step(runner, "Contract", **given)
    assert code == 2, said
    assert not (runner.project / "stolen").exists()


def test_the_artifacts_are_what_the_run_writes() -> None:
    """One file that a browser shows as it is, and the whole folder; also when the contract is broken."""
    report, results = (step for step in STEPS if str(step.get("uses")).startswith("actions/upload-artifact@"))
    assert report["with"]["archive"] is False
    assert without_expressions(report["with"]["path"], values(out="x")) == "x/report.html"
    assert without_expressions(results["with"]["path"], values(out="x")) == "x/"
    assert all(step["if"].startswith("always()") for step in (report, results))
