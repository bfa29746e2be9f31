"""The part of report.html that a run of load adds, before everything else: invariants, figures, curves.

Owns that markup; every text in it is escaped.
"""

from collections.abc import Iterator, Sequence

from markupsafe import Markup, escape

from harness.load.judging.figures import Course
from harness.load.outcome.result import Figures
from harness.load.telling.graphs import curve
from harness.report.page.sections import Section
from harness.runs.results import Beside, RunResult

SIGNS = {"passed": "✓", "failed": "✗", "not_observed": "·"}


def sections(run: RunResult, course: Course, figures: Figures) -> Sequence[Section]:
    """Return them: the invariants, then the figures."""
    listed = Markup("<ul>{}</ul>").format(Markup("\n").join(_invariant(each) for each in run.besides))
    return (
        Section("invariants", "Over everything at once", listed),
        Section("figures", "Figures", _figures(course, figures)),
    )


def _figures(course: Course, figures: Figures) -> Markup:
    parts = [
        Markup("<p>{}</p>").format(sentence(course)),
        *_busy(figures),
        _table(figures),
        curve("journeys a second", "a second", [float(each) for each in course.journeys_a_second()]),
        curve("p95 of the callback's first byte", "ms", course.callback_p95_ms()),
    ]
    return Markup("\n").join(parts)


def sentence(course: Course) -> str:
    """Say how much was done, in one line."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(course.by_kind.items()))
    pace = course.whole / course.duration_s if course.duration_s else 0.0
    every = f"{sum(course.by_kind.values())} journeys ({kinds}) in {course.duration_s:.1f} s"
    return f"{every}; {pace:.1f} whole journeys a second"


def _invariant(each: Beside) -> Markup:
    where = Markup(' (<a href="#{0}">{0}</a>)').format(each.scenario) if each.scenario else Markup("")
    change = Markup("<br><b>Change</b> {}").format(each.remedy) if each.outcome == "failed" else Markup("")
    return Markup('<li class="{}"><b>{} {}</b> {}: {}{}{}</li>').format(
        each.outcome, SIGNS[each.outcome], each.name, each.title, each.said, where, change
    )


def _busy(figures: Figures) -> Iterator[Markup]:
    if figures.too_busy:
        yield Markup(
            '<p class="aside">The machine was too busy for these times to mean anything; '
            "the verdict stands.</p>"
        )


def _table(figures: Figures) -> Markup:
    rows = Markup("").join(
        Markup("<tr><th scope=row>{}<td>{}<td>{}<td>{:g}<td>{:g}<td>{:g}</tr>").format(
            step.name, step.requests, step.failures, step.p50_ms, step.p95_ms, step.p99_ms
        )
        for step in figures.steps
    )
    fake = escape(
        f"fake amoCRM itself: p99 {figures.fake_p99_ms:.1f} ms over {figures.fake_requests} requests, "
        f"at work for {100 * figures.fake_share:.0f} % of the time"
    )
    head = Markup("<tr><th>step<th>requests<th>failed<th>p50 ms<th>p95 ms<th>p99 ms</tr>")
    return Markup("<table>{}{}</table><p>{}</p>").format(head, rows, fake)
