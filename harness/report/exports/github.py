"""GitHub Actions: an annotation for each cause, the step's summary, and no command from foreign text.

Owns GitHub's words: commands are lines `::name key=value::text`, `%`, CR and LF escaped, in values `:` and
`,` too. A runner takes such a line from anybody, also behind blanks, so they are stopped, by a word that
nobody can guess, while texts of others are printed.
"""

import os
import secrets
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from harness.errors import HarnessError
from harness.report.words.cause_text import counts_in_words, unexplained
from harness.report.words.visible import shown
from harness.report.words.wording import limited
from harness.runs.causes import Cause, causes
from harness.runs.results import RunResult
from harness.runs.runner import Quiet
from harness.timeline.files import NotWritten

SHOWN = 10
"""Annotations of a kind that GitHub shows of one step."""
LONGEST_TEXT = 4_000
LONGEST_SUMMARY = 900_000
"""Bytes; GitHub refuses a step's summary of more than 1 MiB."""
MARKUP = r"""<>&"'\`*_{}[]()#+-.!|~$@:"""
SUMMARY = "GITHUB_STEP_SUMMARY"


def is_on_github() -> bool:
    """Tell whether a runner of GitHub Actions reads what is printed."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def escaped(text: str) -> str:
    """Return a text as a command carries one."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return escaped(text).replace(":", "%3A").replace(",", "%2C")


def command(name: str, title: str, text: str) -> str:
    """Return a line that makes an annotation."""
    return f"::{name} title={_property(limited(title))}::{escaped(text[:LONGEST_TEXT])}"


class Workflow:
    """What is said to the runner; commands are stopped but for our own."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._word = secrets.token_hex(16)

    def _say(self, line: str) -> None:
        print(shown(line), file=self._stream, flush=True)

    def stop(self) -> None:
        """Have the runner take no command until our word comes."""
        self._say(f"::stop-commands::{self._word}")

    def resume(self) -> None:
        """Have it take commands again."""
        self._say(f"::{self._word}::")

    def tell(self, lines: Sequence[str]) -> None:
        """Give commands of ours between texts of others."""
        self.resume()
        for line in lines:
            self._say(line)
        self.stop()


@contextmanager
def annotating(*, wanted: bool, stream: TextIO | None = None) -> Generator["Annotations | None"]:
    """Yield what annotates a run, if that is wanted; foreign text within the block is no command.

    A block that ends by an error is annotated with it, and commands stay stopped, for what is printed of it.
    """
    if not wanted:
        yield None
        return
    workflow = Workflow(stream)
    workflow.stop()
    try:
        yield Annotations(workflow)
    except HarnessError as error:
        workflow.tell([command("error", "amo-harness could not judge", str(error))])
        raise
    workflow.resume()


class Annotations(Quiet):
    """Annotates what fails and what warns when the run ends, and appends to the step's summary."""

    def __init__(self, workflow: Workflow) -> None:
        self._workflow = workflow

    def run_finished(self, run: RunResult) -> None:
        """Say it; a run that did not start says so by its error."""
        if run.not_started is not None:
            return
        self._workflow.tell(list(annotations(run)))
        place = os.environ.get(SUMMARY)
        if place:
            _append(Path(place), summary(run))


def annotations(run: RunResult) -> Iterator[str]:
    """Yield a command for each cause, and for each clause that had to be seen and was not."""
    found = causes(run)
    failing = [command("error", *_told(each)) for each in found if each.fails]
    failing += [
        command("error", f"{each.clause.id} was never seen", each.why_not) for each in unexplained(run, found)
    ]
    failing += [command("error", "amo-harness", text) for text in run.harness_errors]
    failing += [command("error", "amo-harness", run.shortfall)] if run.shortfall else []
    yield from failing[:SHOWN]
    yield from [command("warning", *_told(each)) for each in found if not each.fails][:SHOWN]


def _told(cause: Cause) -> tuple[str, str]:
    finding = cause.finding
    title = f"{', '.join(cause.shown_by)} {cause.title}"
    text = f"in {cause.scenario}\nexpected {finding.expected}\nactual {finding.actual}\nchange {cause.remedy}"
    return title, text


def summary(run: RunResult) -> str:
    """Return the step's summary in Markdown: every foreign text in it is escaped HTML."""
    found = causes(run)
    engine = f"{run.engine.get('name')} {run.engine.get('version') or ''}".strip()
    lines = [
        f"## amo-harness: {run.verdict}",
        "",
        f"<p>{_text(counts_in_words(run, found))}, backend <b>{_text(run.backend)}</b>, {_text(engine)}</p>",
        "",
    ]
    for cause in found:
        lines += _row(cause)
    for text in (*run.harness_errors, *([run.shortfall] if run.shortfall else [])):
        lines += [f"<p>{_text(text)}</p>", ""]
    return "\n".join(lines).encode("utf-8", "replace")[:LONGEST_SUMMARY].decode("utf-8", "ignore") + "\n"


def _row(cause: Cause) -> list[str]:
    mark = "❌" if cause.fails else "⚠️"
    rows = (
        ("in", ", ".join((cause.scenario, *cause.also_in))),
        ("expected", cause.finding.expected),
        ("actual", cause.finding.actual),
        ("change", cause.remedy),
    )
    cells = "".join(f"<tr><th>{name}</th><td>{_text(text)}</td></tr>" for name, text in rows)
    return [
        f"<p>{mark} <b>{', '.join(cause.ids)}</b> {_text(cause.title)}</p>",
        f"<table>{cells}</table>",
        "",
    ]


def _text(text: str) -> str:
    """Return a text as one line of HTML in which Markdown finds nothing of its own."""
    line = limited(text, LONGEST_TEXT)
    return "".join(f"&#{ord(each)};" if each in MARKUP else each for each in line)


def _append(file: Path, text: str) -> None:
    try:
        with file.open("a", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        raise NotWritten(f"{file}: cannot be written ({error.strerror})") from error
