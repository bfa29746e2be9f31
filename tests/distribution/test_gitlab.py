"""The GitLab component: its script, executed as a runner does."""

from pathlib import Path
from typing import Any

import pytest

from harness.runs.options import REFERENCE
from tests.distribution.ci_steps import HARNESS, Runner, open_runner, pasted, with_values
from tests.repo.test_ci_doc import read
from tests.repo.tree import ROOT
from tools.setup import WEBKIT_PACKAGES

SPEC, COMPONENT = read((ROOT / "templates" / "contract.yml").read_text(encoding="utf-8"))
JOB: dict[str, Any] = COMPONENT["amo-contract"]
BEFORE: list[str] = COMPONENT[".amo-contract-set-up"]["before_script"]
SCRIPT: list[str] = JOB["script"]
HOSTILE = "$(touch stolen) `touch stolen`; touch stolen \"' *"


def values(**inputs: str) -> dict[str, str]:
    """Return what the inputs come to, with some of them given."""
    declared = SPEC["spec"]["inputs"]
    given = {name: str(each["default"]).lower() for name, each in declared.items()} | inputs
    return {f"inputs.{name}": value for name, value in given.items()}


def run_job(runner: Runner, **inputs: str) -> tuple[int, str]:
    """Run the script in one shell, as GitLab does; returns its exit code and what it said."""
    variables = with_values(JOB["variables"], values(**inputs))
    environment = runner.project / ".amo-contract" / "bin"
    environment.mkdir(parents=True)
    runner.install("amo-harness", HARNESS)
    (environment / "amo-harness").symlink_to(runner.folder / "bin" / "amo-harness")
    done = runner.shell(("bash", "-eo", "pipefail", "-c"), "\n".join(SCRIPT), variables)
    return done.returncode, done.stdout + done.stderr


def test_the_job_begins_with_the_set_up() -> None:
    """By the name under which a job of somebody's own refers to it as well."""
    assert JOB["before_script"] == [[".amo-contract-set-up", "before_script"]]


def test_no_input_is_pasted_into_the_script() -> None:
    """Inputs come by variables, where they are values and never code."""
    assert pasted([*BEFORE, *SCRIPT]) == []


def test_everything_is_installed_before(tmp_path: Path) -> None:
    """All that the engine needs, and the harness that the input names, as one word."""
    runner = open_runner(tmp_path, packages=False)
    python = 'echo "$(basename "$0") $*" >> ' + f'"{tmp_path}/asked"\n'
    runner.install("python3", python + 'mkdir -p "$3/bin" && ln -s "$0" "$3/bin/python"\n')
    variables = with_values(JOB["variables"], values(harness="amo-harness @ file:///a b.whl"))
    done = runner.shell(("bash", "-eo", "pipefail", "-c"), "\n".join(BEFORE), variables)
    assert done.returncode == 0, done.stderr
    asked = runner.asked()
    assert set(WEBKIT_PACKAGES) <= set(asked[1].split())
    assert asked[2] == "python3 -m venv .amo-contract"
    assert asked[3].endswith(" amo-harness @ file:///a b.whl")


def test_a_run_leaves_what_the_artifacts_name(tmp_path: Path) -> None:
    """The named scenario is played; JUnit stands where the merge request reads it."""
    runner = open_runner(tmp_path / "a runner", packages=True)
    code, said = run_job(runner, backend=REFERENCE, scenarios="link_without_anything", strict="true")
    assert code == 0, said
    assert "playing  1 scenario" in said
    assert (runner.project / JOB["artifacts"]["reports"]["junit"]).is_file()
    assert all((runner.project / each / "report.html").is_file() for each in JOB["artifacts"]["paths"])


@pytest.mark.parametrize("name", ["backend", "scenarios", "strict"])
def test_an_input_is_never_code(tmp_path: Path, name: str) -> None:
    """Whatever it holds, the shell hands it on as it is; the harness refuses it, the job fails."""
    runner = open_runner(tmp_path, packages=True)
    given = {"backend": REFERENCE, "scenarios": "no_such_scenario", name: HOSTILE}
    code, said = run_job(runner, **given)
    assert code == 2, said
    assert not (runner.project / "stolen").exists()


def test_every_input_is_used() -> None:
    """An input that leads nowhere would be silently ignored."""
    text = (ROOT / "templates" / "contract.yml").read_text(encoding="utf-8")
    assert [name for name in SPEC["spec"]["inputs"] if f"$[[ inputs.{name} ]]" not in text] == []
