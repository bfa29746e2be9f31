"""The scripts that look at a page or drive it: JavaScript in files of its own, each one function.

Owns reading them. What they do is said in each.
"""

from functools import cache
from importlib.resources import files


@cache
def script(name: str) -> str:
    """Return the function in `javascript/{name}.js`."""
    return files("harness.stage.page").joinpath(f"javascript/{name}.js").read_text(encoding="utf-8")


@cache
def snapshot() -> str:
    """Return the function from the button's wording to what the page is."""
    parts = f"({script('find_button')}), ({script('refreshes')})"
    return f"(wording) => ({script('page_snapshot')})(wording, {parts})"
