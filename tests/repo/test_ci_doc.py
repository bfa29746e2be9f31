"""docs/ci.md: its jobs run what it explains, install what the engine needs, and name inputs that exist."""

import re
from pathlib import Path
from typing import Any

import yaml

from tools.setup import WEBKIT_PACKAGES

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
YAML = [block for language, block in BLOCKS if language == "yaml"]


class Loader(yaml.SafeLoader):
    """YAML with GitLab's `!reference`."""


def _words(loader: yaml.SafeLoader, node: yaml.Node) -> list[Any]:
    assert isinstance(node, yaml.SequenceNode)
    return loader.construct_sequence(node)


Loader.add_constructor("!reference", _words)


def read(text: str) -> list[Any]:
    """Return the documents of a YAML text."""
    return list(yaml.load_all(text, Loader))


def harness_commands(block: str) -> list[str]:
    """The harness's command lines in a block, in their order."""
    return re.findall(r"^\s*(?:- (?:run: )?)?(amo-harness .+)$", block, re.MULTILINE)


def test_both_jobs_by_hand_run_the_commands_that_are_explained() -> None:
    """The commands that tests/e2e/test_example.py executes are those of the jobs."""
    shell = next(block for language, block in BLOCKS if language == "sh")
    jobs = [block for block in YAML if harness_commands(block)]
    assert len(jobs) == 2
    assert len(harness_commands(shell)) == 2
    assert all(harness_commands(job) == harness_commands(shell) for job in jobs)


def test_both_jobs_by_hand_install_the_packages_that_set_up_installs() -> None:
    """A package that the engine needs is in the documents at once."""
    lines = re.findall(r"apt-get install -y --no-install-recommends (.+)$", TEXT, re.MULTILINE)
    assert len(lines) == 2
    assert all(set(WEBKIT_PACKAGES) <= set(line.split()) for line in lines)


def test_the_files_that_the_jobs_install_from_are_here() -> None:
    """A renamed lock breaks the documents, not somebody's job."""
    named = set(re.findall(r"amo-harness/(\w[\w-]*\.[a-z]+)\b", TEXT))
    assert "requirements.lock" in named
    assert all((ROOT / name).exists() for name in named - {"amo-harness.git"})


def test_the_action_and_the_component_take_what_the_jobs_give_them() -> None:
    """An input with a wrong name would only be warned about, or break somebody's pipeline."""
    action = read((ROOT / "action.yml").read_text(encoding="utf-8"))[0]["inputs"]
    component = read((ROOT / "templates" / "contract.yml").read_text(encoding="utf-8"))[0]["spec"]["inputs"]
    github, gitlab = (read(block)[0] for block in YAML if "amo-harness@v" in block or "contract@v" in block)
    assert set(github["jobs"]["contract"]["steps"][-1]["with"]) <= set(action)
    assert set(gitlab["include"][0]["inputs"]) <= set(component)
    table = TEXT.partition("| input | meaning | default |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == list(action)
    assert all(f"`{name}`" in TEXT for name in component)


def test_every_action_that_is_used_is_pinned_to_one_version() -> None:
    """The same major everywhere; documents, workflows and the action do not drift apart."""
    files = [ROOT / "action.yml", ROOT / "docs" / "ci.md", *(ROOT / ".github").rglob("*.yml")]
    used = {each for file in files for each in re.findall(r"uses: (\S+@\S+)", file.read_text("utf-8"))}
    names = [each.partition("@")[0] for each in used]
    assert len(files) > 2
    assert sorted(names) == sorted(set(names))
