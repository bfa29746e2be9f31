"""Lanes as an inline SVG, for the report and for whoever shows a timeline while it grows.

Owns the markup and its style sheet. No script, no style attribute: a strict policy shows it as it is, and
without its style sheet the shapes keep the colours of their attributes.
"""

from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from harness.report.lanes.lanes import Lanes
from harness.report.words.visible import visible

TEMPLATES = "templates"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("harness.report.lanes"),
        autoescape=True,  # labels hold foreign text
        finalize=visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("lanes.svg.jinja")


def drawn(lanes: Lanes, name: str, *, about: str) -> Markup:
    """Return the SVG. `name` is the scenario's, whose events are `#name/24`; `about` says what is shown."""
    return Markup(_template().render(lanes=lanes, name=name, about=about).strip())  # noqa: S704 - escaped there


@cache
def style() -> Markup:
    """Return the style sheet that a page with drawings needs once."""
    sheet = files("harness.report.lanes").joinpath(TEMPLATES, "lanes.css").read_text(encoding="utf-8")
    return Markup(sheet)  # noqa: S704 - a file of ours
