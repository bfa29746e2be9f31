"""The built wheel: what is in it, and that it works where nothing of the checkout is."""

import ast
import re
import zipfile
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from harness.commands.print.pages import MADE, pages
from tests.distribution.conftest import Installed
from tests.repo.tree import ROOT, ours

PACKAGES = ("amo_harness", "harness", "fake_amo", "backend_under_test", "scenarios")
LARGEST = 1_000_000
A_TEST = """
def test_connects(phone, callback_page):
    phone.open_crm_tab()
    phone.tap_connect()
    phone.consent.allow()
    phone.tap_return()
    assert phone.app.screen.state == "success"
"""


def files_in(wheel: Path) -> set[str]:
    """Return the names of what a wheel holds."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    """Scripts, templates, types and tables too; pages that messages name and nothing makes lie beside them.

    Prose about a package is read where its source is.
    """
    files = [path for path in ours("*") if is_of_a_package(path) and path.suffix != ".md"]
    expected = {path.relative_to(ROOT).as_posix() for path in files}
    assert {"harness/py.typed", "harness/engines/webkitgtk/fonts.conf"} <= expected
    assert expected - files_in(wheel) == set()
    named = pages_that_messages_name()
    assert {"hosts", "configuration"} <= named
    lie = {path.removeprefix("amo_harness/documents/").removesuffix(".md") for path in files_in(wheel)}
    assert named - lie <= set(MADE)
    assert lie.isdisjoint(MADE)


def test_the_list_of_files_is_true(wheel: Path) -> None:
    """Each file has the hash and the size that stand there, also those that are shorter than in source."""
    with zipfile.ZipFile(wheel) as archive:
        record = next(name for name in archive.namelist() if name.endswith(".dist-info/RECORD"))
        rows = [row.split(",") for row in archive.read(record).decode().splitlines()]
        files = {name: archive.read(name) for name, _, _ in rows if name != record}
    told = {name: (digest, int(size)) for name, digest, size in rows if name != record}
    hashes = {name: urlsafe_b64encode(sha256(content).digest()) for name, content in files.items()}
    assert told == {
        name: (f"sha256={hashes[name].decode().rstrip('=')}", len(content)) for name, content in files.items()
    }
    script = "harness/engines/tabs/scripts/page_time.js"
    assert 0 < len(files[script]) < (ROOT / script).stat().st_size


def pages_that_messages_name() -> set[str]:
    """Return the pages that texts of the packages send people to, docstrings left out."""
    sources = [path for path in ours("*.py") if is_of_a_package(path)]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sources]
    alone = {id(node.value) for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone
    ]
    return {name for text in texts for name in re.findall(r"\bdocs[/ ](\w+)", text)} & set(pages())


def is_of_a_package(path: Path) -> bool:
    """Tell whether a file of the checkout belongs to what is installed."""
    return path.relative_to(ROOT).parts[0] in PACKAGES


def test_nothing_else_is_in_the_wheel(wheel: Path) -> None:
    """No tests, no tools; with its licence, and small."""
    tops = {name.split("/")[0] for name in files_in(wheel)}
    assert {each for each in tops if not each.endswith(".dist-info")} == set(PACKAGES)
    assert any(name.endswith("/licenses/LICENSE") for name in files_in(wheel))
    assert wheel.stat().st_size <= LARGEST


def test_a_scenario_is_played_in_an_empty_folder(installed: Installed) -> None:
    """By a user without root, whose home has a space in it; what it leaves is theirs."""
    played = installed.run("amo-harness", "run", "connect_happy_path")
    assert played.returncode == 0, played.stdout + played.stderr
    assert "PASSED" in played.stdout
    assert (installed.home / ".amo-harness" / "latest" / "results.json").is_file()


def test_their_own_test_uses_the_plugin(installed: Installed) -> None:
    """`pytest` of the environment finds the plugin by itself."""
    mine = installed.home / "test_mine.py"
    mine.write_text(A_TEST, encoding="utf-8")
    words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--amo-backend", "reference")
    done = installed.run("python", *words, "-k", "test_connects", str(mine))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_a_fault_is_caught(installed: Installed) -> None:
    """`prove` has all that it edits and starts in the wheel."""
    proved = installed.run("amo-harness", "prove", "page_before_exchange", "--jobs", "1")
    assert proved.returncode == 0, proved.stdout + proved.stderr


@pytest.mark.parametrize("words", [("docs", "hosts"), ("scenarios",), ("schema",), ("contract", "--json")])
def test_what_is_printed_comes_from_the_wheel(installed: Installed, words: tuple[str, ...]) -> None:
    """A page, the scenarios of the entry point, what is generated."""
    printed = installed.run("amo-harness", *words)
    assert printed.returncode == 0, printed.stderr
    assert printed.stdout
