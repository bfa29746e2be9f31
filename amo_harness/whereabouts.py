"""Where the packages of amo-harness are found: its own, or others of the same names that stand before them.

Owns that look at `sys.path`, and putting our own first. Must not import any of the packages: whatever has
been imported under a name stays there.
"""

import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
"""The folder that holds the packages of amo-harness, installed or checked out."""
PACKAGES = ("harness", "fake_amo", "backend_under_test", "scenarios")


def strangers(names: Iterable[str] = PACKAGES) -> dict[str, Path]:
    """Return, by the name of ours that it takes, where a package or module of somebody else's lies."""
    return {name: place for name in names if (place := _place_of(name)) and place not in _ours(name)}


def _place_of(name: str) -> Path | None:
    """Return where an import of this name leads, or has led."""
    try:
        spec = find_spec(name)
    except ValueError:  # imported, and by no import of Python's own
        return None
    if spec is None:
        return None
    found = spec.origin or next(iter(spec.submodule_search_locations or ()), None)
    return Path(found).resolve() if found else None


def _ours(name: str) -> tuple[Path, Path]:
    return HOME / name / "__init__.py", HOME / name


def put_ours_first() -> None:
    """Move the folders of `sys.path` that hold others of these names behind our own."""
    hiding = [each for each in sys.path if _hides_ours(Path(each or "."))]
    sys.path[:] = [each for each in sys.path if each not in hiding] + hiding


def _hides_ours(folder: Path) -> bool:
    if folder.resolve() == HOME:
        return False
    return any(
        (folder / name / "__init__.py").exists() or (folder / f"{name}.py").exists() for name in PACKAGES
    )


def hidden(others: dict[str, Path]) -> str:
    """Say what stands before our packages, and the remedy."""
    told = ", ".join(f"`{name}` ({place})" for name, place in others.items())
    told = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in told)
    return (
        f"amo-harness cannot work here: others stand before its packages {told}; run `pytest` in the "
        "place of `python -m pytest`, take that folder off PYTHONPATH, or rename what lies there"
    )
