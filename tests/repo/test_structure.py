"""The structure that the design promises: which way imports point, and how large things may grow."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.repo.tree import ROOT, ours

OURS = ("amo_harness", "harness", "fake_amo", "backend_under_test", "scenarios", "tests")
MAY_IMPORT = {
    "scenarios": {"scenarios", "harness"},
    "harness": {"harness", "fake_amo", "backend_under_test"},
    "amo_harness": {"amo_harness", "harness"},
    "fake_amo": {"fake_amo"},
    "backend_under_test": {"backend_under_test"},
}
"""The arrows: scenarios -> harness -> {fake_amo, backend_under_test} -> nothing of ours."""
THE_COMMAND = "harness/__main__.py"
"""`python -m harness` is the command, which begins in `amo_harness`."""
LONGEST_FILE = 400
LONGEST_FUNCTION = 60


PYTHON = ours("*.py")


@cache
def tree_of(path: Path) -> ast.Module:
    """Return a module as it is parsed, once for all tests."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imported_packages(module: ast.Module) -> set[str]:
    """Return the top-level names that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def wrong_arrows(package: str, module: ast.Module) -> set[str]:
    """Return the packages of ours that a module of `package` must not import and does."""
    return (imported_packages(module) & set(OURS)) - MAY_IMPORT[package]


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_point_one_way(package: str) -> None:
    """A module imports only what its package may know."""
    wrong = {
        str(path.relative_to(ROOT)): arrows
        for path in PYTHON
        if path.relative_to(ROOT).parts[0] == package and (arrows := wrong_arrows(package, tree_of(path)))
    }
    assert wrong == ({THE_COMMAND: {"amo_harness"}} if package == "harness" else {})


@pytest.mark.parametrize(
    ("package", "source", "expected"),
    [
        ("fake_amo", "from harness.timeline.timeline import Timeline", {"harness"}),
        ("backend_under_test", "def f():\n    import fake_amo.http.serving", {"fake_amo"}),
        ("harness", "import scenarios", {"scenarios"}),
        ("harness", "from fake_amo import FakeAmo\nimport json", set[str]()),
    ],
)
def test_a_wrong_arrow_is_seen(package: str, source: str, expected: set[str]) -> None:
    """The check itself finds an import that must not be, at any depth."""
    assert wrong_arrows(package, ast.parse(source)) == expected


def test_only_the_engines_know_playwright() -> None:
    """Playwright sits behind `harness/engines`; elsewhere only its error type and locators are named."""
    allowed = {"Error", "Locator", "Page", "Playwright", "expect"}
    found: dict[str, set[str]] = {}
    for path in PYTHON:
        where = path.relative_to(ROOT)
        if where.parts[0] != "harness" or where.parts[1] == "engines":
            continue
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("playwright"):
                extra = {alias.name for alias in node.names} - allowed
                if extra:
                    found[str(where)] = extra
    assert found == {}


def test_no_file_outgrows_its_room() -> None:
    """A hand-written file has at most 400 lines."""
    sizes = {str(p.relative_to(ROOT)): len(p.read_text(encoding="utf-8").splitlines()) for p in PYTHON}
    assert {name: size for name, size in sizes.items() if size > LONGEST_FILE} == {}


def test_no_function_outgrows_a_screen() -> None:
    """A function has at most 60 lines."""
    long: list[str] = []
    for path in PYTHON:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name} {lines}")
    assert long == []


def test_no_lock_names_a_registry() -> None:
    """A lock installs the same versions from whichever registry the machine uses."""
    for path in ours("*.lock", "package-lock.json"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://(?!.*(github|opencollective|funding))", text), path.name


def hopeful_sleeps(tree: ast.Module) -> list[int]:
    """Return the lines that let time pass once, in hope; a loop that looks until a deadline may pause."""
    polling = {
        inner
        for loop in ast.walk(tree)
        if isinstance(loop, ast.While)
        for inner in ast.walk(loop)
        if isinstance(inner, ast.Call)
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and node not in polling
        and ast.unparse(node.func) in ("time.sleep", "sleep", "page.wait_for_timeout")
    ]


def test_no_test_and_no_scenario_sleeps() -> None:
    """Nothing lets time pass in the hope that something has happened by then."""
    sleeps = {
        str(path.relative_to(ROOT)): lines
        for path in PYTHON
        if path.relative_to(ROOT).parts[0] in ("tests", "scenarios")
        and (lines := hopeful_sleeps(tree_of(path)))
    }
    assert sleeps == {}


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("import time\ntime.sleep(1)\nassert done", [2]),
        ("import time\nwhile not done():\n    time.sleep(0.01)", list[int]()),
    ],
)
def test_a_hopeful_sleep_is_seen(source: str, lines: list[int]) -> None:
    """The check itself tells a hope from a look."""
    assert hopeful_sleeps(ast.parse(source)) == lines


def reached_through(source: str) -> list[str]:
    """Return where a scenario reaches past the world's own verbs, or sets what is not its own."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.append(f"{ast.unparse(node)} = …")
        elif isinstance(node, ast.Attribute) and ast.unparse(node).startswith("world."):
            path = ast.unparse(node)
            if path.count(".") > MOST_STEPS or "._" in path or path in NOT_A_SCENARIOS:
                found.append(path)
    return found


MOST_STEPS = 2
"""`world.phone.tap_connect`: the world, one of its sides, a verb."""
NOT_A_SCENARIOS = ("world.stage", "world.backend", "world.gateway", "world.recorder")


def test_scenarios_reach_through_nothing() -> None:
    """A scenario speaks in the story's words: it asks for what happens, and the world has its own ways."""
    paths = [path for path in PYTHON if path.relative_to(ROOT).parts[0] == "scenarios"]
    found = {path.name: reached_through(path.read_text(encoding="utf-8")) for path in paths}
    assert {name: each for name, each in found.items() if each} == {}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("world.amo.held_for_s = 1", ["world.amo.held_for_s = …"]),
        ("world.amo.fake.advance(days=1)", ["world.amo.fake.advance"]),
        ("world.backend.kill_and_restart()", ["world.backend"]),
        ("world._probe.look(None)", ["world._probe.look", "world._probe"]),
        ("world.phone.tap_connect()", []),
        ("world.amo.days_pass(1)", []),
    ],
)
def test_a_scenario_that_reaches_through_is_seen(line: str, expected: list[str]) -> None:
    """The check itself tells a verb from a part."""
    assert reached_through(line) == expected
