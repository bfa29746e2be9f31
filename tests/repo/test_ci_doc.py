import re
from pathlib import Path

from tools.setup import WEBKIT_PACKAGES

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def harness_commands(block: str) -> list[str]:
    """The harness's command lines in a block, in their order."""
    return re.findall(r"^\s*(?:- (?:run: )?)?(amo-harness .+)$", block, re.MULTILINE)


def test_both_jobs_run_the_commands_that_are_explained() -> None:
    """The commands that tests/e2e/test_example.py executes are those of the jobs."""
    shell = next(block for language, block in BLOCKS if language == "sh")
    jobs = [block for language, block in BLOCKS if language == "yaml"]
    assert len(jobs) == 2
    assert len(harness_commands(shell)) == 2
    assert all(harness_commands(job) == harness_commands(shell) for job in jobs)


def test_both_jobs_install_the_packages_that_set_up_installs() -> None:
    """A package that the engine needs is in the documents at once."""
    lines = re.findall(r"apt-get install -y --no-install-recommends (.+)$", TEXT, re.MULTILINE)
    assert len(lines) == 2
    assert all(set(WEBKIT_PACKAGES) <= set(line.split()) for line in lines)


def test_the_files_that_the_jobs_install_from_are_here() -> None:
    """A renamed lock breaks the documents, not somebody's job."""
    named = set(re.findall(r"amo-harness/([\w.-]+)", TEXT))
    assert "requirements.lock" in named
    assert all((ROOT / name).exists() for name in named - {"amo-harness.git"})
