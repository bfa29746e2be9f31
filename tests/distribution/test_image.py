"""The image's description: what it says, and that `make image-test` can carry all of it out.

The image itself takes minutes and root: `make image-test` makes it, in this file is what is quick.
"""

import json
import re

import pytest

from tests.repo.tree import ROOT
from tools import image
from tools.setup import WEBKIT_PACKAGES

TEXT = image.DOCKERFILE.read_text(encoding="utf-8")
STEPS = (ROOT / "container" / "steps.sh").read_text(encoding="utf-8")


def test_every_step_that_the_file_runs_is_one_of_the_script() -> None:
    """Each once, and none of the script's is left out."""
    ran = [words[-1] for name, words in image.read_dockerfile(TEXT).steps if name == "RUN"]
    assert ran == re.findall(r"^(\w+)\(\) \{", STEPS, re.MULTILINE)


def test_what_is_copied_may_be_copied() -> None:
    """The ignore file lets through what the file copies, and nothing else of the checkout."""
    ignored = (ROOT / "container" / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    copied = [words for name, words in image.read_dockerfile(TEXT).steps if name == "COPY"]
    assert ignored[0] == "*"
    assert sorted(f"!{each.rstrip('/')}" for words in copied for each in words[:-1]) == sorted(ignored[1:])


def test_the_image_runs_without_root_what_the_wheel_installed() -> None:
    """As a user of its own, in the folder that a project is mounted at; healthy is what a run would say."""
    told = image.read_dockerfile(TEXT)
    assert (told.user, told.folder) == ("amo", "/work")
    assert told.command == ["amo-harness", "run"]
    assert told.health == ["amo-harness", "engines"]
    assert told.env["HOME"] == "/tmp"  # noqa: S108 - the one place that can be written
    assert set(WEBKIT_PACKAGES) <= set(STEPS.split())


def test_an_instruction_that_nobody_carries_out_is_refused() -> None:
    """Else the test would hold another image to its promises than the one that is built."""
    with pytest.raises(image.ImageError, match="instruction VOLUME"):
        image.read_dockerfile(TEXT + "VOLUME /data\n")


def test_a_step_that_fails_says_its_last_words() -> None:
    """Not the thousand lines before them."""
    with pytest.raises(image.ImageError) as failed:
        image.run(["sh", "-c", "seq 1000; exit 7"])
    assert str(failed.value).startswith("`sh -c 'seq 1000; exit 7'` ended with 7:\n981\n")


def test_the_devcontainer_is_the_same_image() -> None:
    """Built by the same file, from the same folder, for the same user."""
    told = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    folder = ROOT / ".devcontainer"
    assert (folder / told["build"]["dockerfile"]).resolve() == image.DOCKERFILE
    assert (folder / told["build"]["context"]).resolve() == ROOT
    assert told["remoteUser"] == image.read_dockerfile(TEXT).user
