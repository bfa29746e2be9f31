"""A release: the same bytes from the same files, one version, and locks that hold what they say."""

import hashlib
import os
import re
import shutil
import tomllib
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.repo.tree import ROOT
from tools import dist
from tools.slim import without_comments, without_docs, without_remarks
from tools.tight import tighten

EPOCH = "1795000000"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = {
    "requirements.lock": PROJECT["project"]["dependencies"],
    "requirements-dev.lock": [
        *PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"]["dev"],
    ],
    "requirements-release.lock": PROJECT["dependency-groups"]["release"],
}


def copy_of_the_checkout(target: Path) -> Path:
    """Lay the files of a release elsewhere, written later, as a stricter user's and with leftovers beside."""
    left_out = shutil.ignore_patterns("__pycache__", "node_modules", "dist")
    for name in ("amo_harness", "harness", "fake_amo", "backend_under_test", "scenarios", "docs"):
        shutil.copytree(ROOT / name, target / name, ignore=left_out, copy_function=shutil.copyfile)
    for path in (*ROOT.glob("*.md"), *(ROOT / each for each in ("LICENSE", "pyproject.toml", ".gitignore"))):
        shutil.copyfile(path, target / path.name)
    shutil.copyfile(ROOT / "requirements.lock", target / "requirements.lock")
    for path in target.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    (target / "left over.txt").write_text("not ours", encoding="utf-8")
    return target


def test_twice_the_same_bytes(tmp_path: Path) -> None:
    """Wherever and whenever it is built, whatever the modes of the files and whatever lies beside them."""
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    here = dist.build(tmp_path / "one", EPOCH)
    there = dist.build(tmp_path / "two", EPOCH, copy_of_the_checkout(elsewhere))
    assert [file.name for file in here] == [file.name for file in there]
    assert [file.read_bytes() for file in here] == [file.read_bytes() for file in there]


def test_a_tightened_archive_holds_the_same(tmp_path: Path) -> None:
    """Names, moments, modes and contents; it is smaller, and whoever checks its sums finds them right."""
    loose, tight = tmp_path / "loose.whl", tmp_path / "tight.whl"
    with zipfile.ZipFile(loose, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in (("a/b.py", "def f(): return 1\n" * 500), ("empty", ""), ("c", "short")):
            info = zipfile.ZipInfo(name, (2026, 11, 26, 13, 14, 58))
            info.external_attr = 0o100644 << 16
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    shutil.copyfile(loose, tight)
    tighten(tight)
    assert held(tight) == held(loose)
    assert tight.stat().st_size < loose.stat().st_size


def test_a_script_keeps_all_but_its_lines_of_comments() -> None:
    """And but its margins: text that looks like one, and what stands beside code, too."""
    script = "// what it is\n  const a = `\n  // text\n`; // why\n  // more\n/* not a line */ go();\n"
    assert without_comments(script) == "const a = `\n  // text\n`; // why\n/* not a line */ go();\n"


def test_a_module_keeps_its_lines() -> None:
    """Its comments go, not what a text says."""
    module = 'a = "# noqa"  # noqa: X1 - why\nb = 1  # for readers\n# fmt: off\nc = 2  # pyright: ignore[x]\n'
    assert without_remarks(module) == 'a = "# noqa"\nb = 1\n\nc = 2\n'


def test_a_module_keeps_what_its_users_read() -> None:
    """What is private or a field's loses its docstrings, line for line; else none goes."""
    module = '''"""Module."""
A = 1
"""Private: of a constant,
on two lines."""
class C:
    """Class."""
    c: int = 2
    """Private: of a field."""
    def __init__(self):
        """Prepare."""
        self.a = 1
    async def _b(self):
        """Private: two
        lines."""
        return """no docs"""
class _D:
    """Private."""
    a = 1
    def b(self):
        """Private."""
        return 1
def public():
    """Public."""
    def handler():
        """Told of a path."""
        return 1
    return handler
def _lone():
    """All that there is."""
def _short(): """On its line."""; return 1
'''
    left = re.sub(r'(?s) *"""Private.*?"""\n', lambda docs: "\n" * docs[0].count("\n"), module)
    assert module.count("\n") == left.count("\n")
    assert without_docs(module) == left


def test_a_module_keeps_what_pydantic_reads_of_it() -> None:
    """Its fields' docstrings, which are the schema's descriptions."""
    config = "model_config = ConfigDict(use_attribute_docstrings=True)"
    module = f'class M(BaseModel):\n    {config}\n    a: int\n    """A."""\n'
    assert without_docs(module) == module


def held(archive: Path) -> list[tuple[object, ...]]:
    """Return what an archive holds."""
    with zipfile.ZipFile(archive) as read:
        assert read.testzip() is None
        return [(i.filename, i.date_time, i.external_attr, read.read(i)) for i in read.infolist()]


def test_a_wheel_that_has_grown_is_refused(tmp_path: Path) -> None:
    """With its size, and not above the limit by a byte."""
    wheel = tmp_path / "a.whl"
    wheel.write_bytes(b"x" * dist.LARGEST_WHEEL)
    dist.refuse_a_large_wheel(wheel)
    wheel.write_bytes(b"x" * (dist.LARGEST_WHEEL + 1))
    with pytest.raises(dist.DistError, match="1000001 bytes"):
        dist.refuse_a_large_wheel(wheel)


def test_a_step_that_fails_says_what_it_said() -> None:
    """And which step it was."""
    with pytest.raises(dist.DistError, match=r"(?s)`sh -c echo no; exit 3` failed:\nno$"):
        dist.run("sh", "-c", "echo no; exit 3")


def test_the_moment_is_the_one_that_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """SOURCE_DATE_EPOCH, as the other tools of a distribution read it."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    assert dist.moment() == EPOCH


def test_the_sums_are_what_sha256sum_reads(tmp_path: Path) -> None:
    """Two spaces between digest and name, the names in order."""
    for name in ("b", "a"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    lines = dist.checksums([tmp_path / "b", tmp_path / "a"]).splitlines()
    assert lines == [f"{hashlib.sha256(each.encode()).hexdigest()}  {each}" for each in ("a", "b")]


def test_only_the_project_file_has_the_version() -> None:
    """What is installed reads it from the installation; documents that name a version name this one."""
    told = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    named = re.findall(r"(?:amo-harness@|contract@|ref: |--branch )v(\d\S+)", told)
    assert set(named) == {dist.version()}
    assert "dynamic" not in PROJECT["project"]


def pins(lock: str) -> dict[str, tuple[str, list[str]]]:
    """Return the version and the hashes of each package of a lock; the highest where there are several."""
    found: dict[str, tuple[str, list[str]]] = {}
    for head, rest in re.findall(r"^(\S+==\S+)[^\n]*\\\n((?:    --hash=.*\n?)+)", lock, re.MULTILINE):
        name, _, number = head.partition("==")
        found[canonicalize_name(name)] = (number, re.findall(r"--hash=(\S+)", rest))
    return found


def not_held(needed: Iterable[str], lock: str) -> list[str]:
    """Return the requirements that a lock does not pin, or pins to a version that they do not allow."""
    pinned = pins(lock)
    requirements = [Requirement(each) for each in needed]
    return [
        str(each)
        for each in requirements
        if (name := canonicalize_name(each.name)) != "amo-harness"
        and (name not in pinned or not each.specifier.contains(pinned[name][0]))
    ]


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_of_a_lock_has_a_hash(name: str) -> None:
    """An installation compares what it gets; nothing in the lock is without."""
    text = (ROOT / name).read_text(encoding="utf-8")
    heads = re.findall(r"^[A-Za-z0-9][^\n]*", text, re.MULTILINE)
    assert heads
    assert [each for each in heads if "==" not in each] == []
    assert {canonicalize_name(each.partition("==")[0]) for each in heads} == set(pins(text))
    hashes = [each for _, found in pins(text).values() for each in found]
    assert [each for each in hashes if not re.fullmatch("sha256:[0-9a-f]{64}", each)] == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_what_the_project_needs(name: str) -> None:
    """A new dependency that nobody locked is seen here, not by whoever installs."""
    assert not_held(LOCKS[name], (ROOT / name).read_text(encoding="utf-8")) == []


def test_what_a_lock_lacks_is_seen() -> None:
    """A package that is missing, and one that is too old."""
    lock = f"a==1.0 \\\n    --hash=sha256:{'0' * 64}\n"
    assert not_held(["a>=1", "A<2"], lock) == []
    assert not_held(["a>=2", "b"], lock) == ["a>=2", "b"]


def test_the_base_install_has_not_grown() -> None:
    """Twelve packages; each further one is somebody's conflict, and belongs into an extra."""
    assert len(PROJECT["project"]["dependencies"]) == 12


def test_git_is_asked_for_the_moment_of_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that two builds of one commit agree without anything being set."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    assert re.fullmatch(r"\d{10}", dist.moment())
    assert os.environ.get("SOURCE_DATE_EPOCH") is None
