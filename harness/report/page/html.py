"""report.html: the whole run as one file to read and to send, which needs no script and loads nothing.

Owns what the page shows and where; the markup is in `templates`, where every text is escaped. Written whole
or not at all.
"""

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from harness.report.lanes.lanes import Lanes
from harness.report.page.archive import packed
from harness.report.page.cards import card_of
from harness.report.page.clauses import families
from harness.report.page.pictures import Album, ShownOnce, album_of
from harness.report.page.scenes import scenes_of
from harness.report.page.sections import Section, Sections, none_but_the_page
from harness.report.page.texts import coded, marked
from harness.report.page.verdict import facts, sentence
from harness.report.words.cause_text import counts_in_words, unexplained
from harness.report.words.kept import MOST_KEPT, Kept, ReadBack
from harness.report.words.story import unexpected_pass
from harness.report.words.visible import LONGEST_TEXT, visible
from harness.report.words.wording import remark_lines, stopped_lines
from harness.runs.causes import causes
from harness.runs.results import RunResult, ScenarioResult, first_of
from harness.runs.runner import Quiet
from harness.timeline.files import NotWritten, write_whole
from harness.timeline.timeline import Timeline

FILE_NAME = "report.html"
MOST_BYTES = 10_000_000
"""Of the whole page; one that is larger opens slowly and is refused by mail, so its pictures stay outside."""


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("harness.report.page"),
        autoescape=True,  # every text is foreign until escaped
        finalize=visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["marked"], environment.filters["coded"] = marked, coded
    return environment.get_template(name)


@cache
def _own(name: str) -> Markup:
    """Return a file of ours that the page carries as it is."""
    text = files("harness.report.page").joinpath("templates", name).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - no text of anybody else's


def drawn(lanes: Lanes, name: str, *, about: str) -> Markup:
    """Return lanes as an SVG without a script; unstyled its shapes keep the colours of their attributes.

    `name` is the scenario's, whose events are `#name/24`; `about` says what is shown.
    """
    markup = _template("lanes.svg.jinja").render(lanes=lanes, name=name, about=about)
    return Markup(markup.strip())  # noqa: S704 - escaped there


def _hash(text: str) -> str:
    """Return what a policy calls a script or a style sheet, CSP 3 §6.7.3."""
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def document(
    run: RunResult,
    timelines: Mapping[str, Timeline],
    album: Album | None = None,
    *,
    out: Path = Path(),
    sections: Sequence[Section] = (),
) -> str:
    """Return the page of a run whose other files are in `out`, with the pictures of an album."""
    found, pictures = causes(run), album or Album({})
    cards = [card_of(each, run, timelines.get(each.scenario, Timeline()), pictures, out) for each in found]
    style = Markup().join((_own("report.css"), *(Markup(each.style) for each in sections)))  # noqa: S704 - ours
    script = _own("report.js")
    return _template("report.html.jinja").render(
        run=run,
        policy={"script": _hash(script), "style": _hash(style)},
        style=style,
        script=script,
        sentence=sentence(run, found),
        facts=list(facts(run)),
        counts=counts_in_words(run, found),
        failing=[each for each in cards if each.cause.fails],
        warning=[each for each in cards if not each.cause.fails],
        unexplained=unexplained(run, found),
        stopped=stopped_lines(run.scenarios, longest=LONGEST_TEXT),
        notices=_notices(run),
        remarks=remark_lines(run.remarks, verbose=True),
        sections=sections,
        families=families(run),
        scenes=scenes_of(run, timelines, pictures),
        drawn=drawn,
        once=ShownOnce(),
        album=pictures,
        archive=packed(timelines),
    )


def _notices(run: RunResult) -> list[str]:
    """Return what is wrong with a run beside its clauses."""
    passes = [unexpected_pass(each) for each in run.unexpected_passes]
    return [*passes, *filter(None, [run.shortfall]), *run.harness_errors]


class HtmlFile(Quiet):
    """Writes the page into the run's folder when the run ends.

    `saved` reads timelines back that are not kept; where one is lost, NotWritten says so of a page that is
    there.
    """

    def __init__(
        self,
        out: Path,
        *,
        sections: Sections = none_but_the_page,
        most_bytes: int = MOST_BYTES,
        saved: ReadBack | None = None,
        most_kept: int = MOST_KEPT,
    ) -> None:
        self._out, self._sections, self._most_bytes = out, sections, most_bytes
        self._kept = Kept(saved, most_kept)

    def scenario_finished(self, result: ScenarioResult, timeline: Timeline) -> None:
        """Keep what happened, for the story of a failure."""
        self._kept.keep(result.id, timeline)

    def run_finished(self, run: RunResult) -> None:
        """Write the file, its pictures beside it where they would make it too large to be sent."""
        self._kept.lost.clear()
        timelines = {each.id: self._kept.of(each.id) for each in run.scenarios}
        page = self._page(run, timelines, is_inside=True)
        if len(page) > self._most_bytes:
            page = self._page(run, timelines, is_inside=False)
        write_whole(self._out / FILE_NAME, page)
        if self._kept.lost:
            raise NotWritten(f"{FILE_NAME} is without what happened in {first_of(self._kept.lost)}")

    def _page(self, run: RunResult, timelines: Mapping[str, Timeline], *, is_inside: bool) -> str:
        album = album_of(timelines, self._out, is_inside=is_inside)
        return document(run, timelines, album, out=self._out, sections=self._sections(run))
