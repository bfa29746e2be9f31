"""Which room may import which, in what order they stand, and how many files one may hold."""

import ast
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import PurePosixPath

import pytest

from tests.repo.tree import ROOT

ROOMS: dict[str, dict[str, str]] = {
    "harness": {
        "errors": "",
        "processes": "",
        "certificates": "",
        "timeline/decoding": "",
        "timeline": "timeline/decoding",
        "config": "timeline",
        "api_client": "config timeline",
        "repository": "config",
        "phone/javascript": "",
        "phone/links": "config",
        "phone/hosts": "timeline",
        "phone": "phone/javascript phone/links phone/hosts api_client config timeline",
        "lab": "phone/hosts",
        "engines/tabs": "config",
        "engines/webkitgtk/host": "processes",
        "engines/webkitgtk": "engines/tabs config processes",
        "engines/launched": "engines/tabs config",
        "engines": "engines/tabs engines/webkitgtk engines/launched config",
        "backends": "api_client config processes timeline",
        "gateway": "api_client backends config timeline",
        "machine": "backends engines",
        "preflight": "api_client backends config gateway timeline",
        "contract/reading": "config timeline",
        "contract": "contract/reading config timeline",
        "contract/published": "contract config timeline",
        "stage/page": "contract/reading engines timeline",
        "stage/scene": "api_client backends config gateway phone timeline",
        "stage": "api_client backends config engines gateway phone processes stage/page stage/scene timeline",
        "runs/shards": "",
        "runs": "runs/shards backends config contract contract/published engines gateway phone preflight"
        " processes stage stage/page timeline",
        "saved": "config contract processes runs runs/shards stage timeline",
        "proofs": "runs/shards backends config contract contract/reading engines phone phone/hosts runs stage"
        " stage/page"
        " timeline",
        "report/words": "contract phone runs stage timeline",
        "report/lanes": "report/words timeline",
        "report/page": "contract runs report/words report/lanes stage timeline",
        "field": "config contract timeline",
        "report/comparison": "report/words saved",
        "report/exports": "contract report/words runs timeline",
        "report": "runs/shards contract phone proofs runs saved report/words stage timeline",
        "load/driving": "api_client config",
        "load/judging": "config contract contract/reading load/driving timeline",
        "load/outcome": "config contract load/driving load/judging runs saved timeline",
        "load/telling": "load/judging load/outcome report report/page report/words runs timeline",
        "load": "api_client backends config load/driving load/judging load/outcome load/telling processes "
        "report report/page runs saved stage timeline",
        "serve/hand": "api_client backends config contract contract/reading gateway phone phone/links "
        "processes runs stage stage/scene timeline",
        "serve/phone": "serve/hand",
        "serve/faults": "serve/hand timeline",
        "serve/reaching": "backends certificates gateway",
        "serve/dashboard": "contract phone/links runs serve/faults serve/hand serve/phone timeline",
        "serve": "backends certificates config gateway lab phone runs serve/dashboard serve/faults "
        "serve/hand serve/phone serve/reaching stage/scene",
        "pytest_plugin": "config engines engines/launched report report/words runs stage timeline",
        "commands/words": "load/driving runs",
        "commands/saved": "config field load/outcome report report/comparison report/exports report/page "
        "report/words runs saved timeline",
        "commands/play": "serve/reaching runs/shards backends commands/saved config processes report "
        "report/exports report/page report/words runs saved stage",
        "commands/proofs": "backends config engines phone phone/hosts proofs report runs runs/shards saved "
        "stage",
        "commands/print": "config contract contract/published engines phone phone/hosts phone/links "
        "report/words runs stage timeline",
        "commands": "processes lab load load/outcome phone/hosts backends commands/words config contract "
        "machine preflight report report/page report/words repository runs saved serve "
        "serve/hand serve/reaching stage timeline",
        "": "commands/words config contract processes report/words runs stage",
    },
    "fake_amo": {
        "http": "",
        "state": "http",
        "site": "http state",
        "oauth": "http state site",
        "api_v4/gate": "http state site oauth",
        "api_v4/entities": "http state site api_v4/gate",
        "api_v4/settings": "http state site api_v4/gate api_v4/entities",
        "api_v4/trade": "http state site api_v4/gate api_v4/entities",
        "api_v4/incoming": "http state site api_v4/gate api_v4/entities",
        "api_v4": "http state site oauth api_v4/gate api_v4/entities api_v4/incoming api_v4/settings "
        "api_v4/trade",
        "control/page": "http state site",
        "control": "http state site oauth api_v4 api_v4/entities api_v4/settings control/page",
        "": "http state site oauth api_v4 api_v4/gate api_v4/entities api_v4/incoming api_v4/settings "
        "api_v4/trade control",
    },
    "backend_under_test": {
        "pages": "",
        "": "pages",
        "mutations": "pages .",
        "mutations/faults": "pages . mutations",
    },
}
"""The rooms of each package from the ground up: a room imports those that its row names, all of them above
it here. `""` is the package's own folder, `.` in a row. `errors` is what the whole harness stands on."""
GROUND = {f"harness/{each}.py": "errors" for each in ("addresses", "errors", "exit_codes", "given_files")}
STILL: set[str] = set()
"""Arrows that are still to be turned; one that is gone must leave this list."""
MOST_FILES = 10
FLAT = "backend_under_test"
"""Its own folder is exempt: the reference backend is copied as it stands."""

Sources = Mapping[str, str]
Arrows = dict[str, set[str]]


def sources(package: str) -> dict[str, str]:
    """Return the modules of a package by their path, with their text."""
    found = sorted((ROOT / package).rglob("*.py"))
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in found}


def named(tree: ast.Module) -> Iterable[tuple[str, ...]]:
    """Yield what a module imports, wherever in it and for whatever, each with the module it may be in."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name,) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((f"{node.module}.{alias.name}", node.module) for alias in node.names)


def arrows_of(modules: Sources) -> Arrows:
    """Return which of the modules each one imports, under TYPE_CHECKING and in functions as well."""
    places = {path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): path for path in modules}
    return {
        path: {
            next(places[name] for name in names if name in places)
            for names in named(ast.parse(text))
            if any(name in places for name in names)
        }
        - {path}
        for path, text in modules.items()
    }


def room_of(path: str) -> str:
    """Return the room of a module."""
    return GROUND.get(path) or "/".join(PurePosixPath(path).parts[1:-1])


def targets(row: str) -> set[str]:
    """Return the rooms that a row names."""
    return {each.removeprefix(".") for each in row.split()}


def wrong_arrows(arrows: Arrows, rows: Mapping[str, str]) -> set[str]:
    """Return the imports that the rows do not allow."""
    allowed = {room: {"errors", room, *targets(row)} for room, row in rows.items()}
    return {
        f"{one} -> {other}"
        for one, others in arrows.items()
        for other in others
        if room_of(other) not in allowed.get(room_of(one), set())
    }


def rows_out_of_order(rows: Mapping[str, str]) -> list[str]:
    """Return the rooms whose row names one that does not stand above it in the table."""
    order = list(rows)
    return [room for number, room in enumerate(order) if not targets(rows[room]) <= set(order[:number])]


def circle_in(arrows: Arrows) -> list[str]:
    """Return modules that import each other in a circle."""
    try:
        tuple(TopologicalSorter(arrows).static_order())
    except CycleError as circle:
        return circle.args[1]
    return []


def overfull(files: Iterable[str]) -> list[str]:
    """Return the folders with more files directly in them than a room may hold."""
    rooms = [str(PurePosixPath(path).parent) for path in files if PurePosixPath(path).name != "__init__.py"]
    return sorted({room for room in rooms if rooms.count(room) > MOST_FILES and room != FLAT})


@pytest.mark.parametrize("package", ROOMS)
def test_the_table_has_every_room_from_the_ground_up(package: str) -> None:
    """No row without a folder, no folder without a row, no arrow upwards."""
    assert set(ROOMS[package]) == {room_of(path) for path in sources(package)}
    assert rows_out_of_order(ROOMS[package]) == []


def test_a_room_imports_only_what_its_row_names() -> None:
    """Whatever the import is for: a type is knowledge as well."""
    wrong = {each for name in ROOMS for each in wrong_arrows(arrows_of(sources(name)), ROOMS[name])}
    assert wrong == STILL


@pytest.mark.parametrize("package", ROOMS)
def test_no_modules_import_each_other_in_a_circle(package: str) -> None:
    """Within a room neither."""
    arrows = arrows_of(sources(package))
    assert circle_in(arrows) == []


def test_a_room_is_small_enough_to_be_looked_through() -> None:
    """At most ten files directly in it, whatever they are; the harness's own folder holds its entry alone."""
    files = [path.relative_to(ROOT).as_posix() for name in ROOMS for path in (ROOT / name).rglob("*.*")]
    assert overfull(each for each in files if "__pycache__" not in each) == []
    at_the_root = {path.stem for path in (ROOT / "harness").glob("*.*")}
    assert at_the_root <= {
        "__init__",
        "__main__",
        "cli",
        "addresses",
        "errors",
        "exit_codes",
        "given_files",
        "py",
    }  # py.typed


HOUSE = {
    "harness/cli.py": "import harness.high.page",
    "harness/errors.py": "",
    "harness/low/__init__.py": "",
    "harness/low/facts.py": "from harness.errors import UsageError",
    "harness/high/page.py": "from harness.low import facts\nimport harness.errors",
}
TABLE = {"errors": "", "low": "", "high": "low", "": "high"}


@pytest.mark.parametrize(
    ("path", "text", "seen"),
    [
        ("harness/low/facts.py", "import harness.high.page", "harness/low/facts.py -> harness/high/page.py"),
        (
            "harness/low/facts.py",
            "if TYPE_CHECKING:\n    from harness.high import page",
            "harness/low/facts.py -> harness/high/page.py",
        ),
        (
            "harness/errors.py",
            "def f():\n    import harness.low",
            "harness/errors.py -> harness/low/__init__.py",
        ),
        ("harness/low/facts.py", "import harness.cli", "harness/low/facts.py -> harness/cli.py"),
        ("harness/new/x.py", "import harness.low.facts", "harness/new/x.py -> harness/low/facts.py"),
    ],
    ids=["upwards", "for a type", "from the ground", "to the entry", "a room without a row"],
)
def test_a_wrong_arrow_is_seen_and_a_right_one_is_not(path: str, text: str, seen: str) -> None:
    """In a house of two rooms."""
    assert wrong_arrows(arrows_of(HOUSE), TABLE) == set()
    assert wrong_arrows(arrows_of({**HOUSE, path: text}), TABLE) == {seen}


def test_a_circle_a_row_out_of_order_and_a_full_room_are_seen() -> None:
    """And their opposites are not."""
    assert circle_in(arrows_of(HOUSE)) == []
    assert circle_in(arrows_of({**HOUSE, "harness/low/facts.py": "import harness.high.page"}))
    assert rows_out_of_order(TABLE) == []
    assert rows_out_of_order({"low": "high", "high": ""}) == ["low"]
    ten = [f"harness/low/{number}.py" for number in range(MOST_FILES)]
    assert overfull([*ten, "harness/low/__init__.py"]) == []
    assert overfull([*ten, "harness/low/page.js"]) == ["harness/low"]
