"""What the page says first: the verdict in a sentence, and what the run was.

Owns that wording; the verdict itself is the run's.
"""

from collections.abc import Iterator, Sequence

from harness.report.words.wording import counted
from harness.runs.causes import Cause
from harness.runs.results import RunResult, count


def sentence(run: RunResult, found: Sequence[Cause]) -> str:
    """Return the verdict as one sentence that stands alone."""
    if run.not_started is not None:
        return "The run could not start"
    causes, counts = sum(cause.fails for cause in found), count(run.clauses)
    if broken := counts.get("failed", 0):
        verb = "breaks" if causes == 1 else "break"
        return f"{counted(causes, 'cause')} {verb} {counted(broken, 'clause')} of the contract"
    if found_besides := run.broken_besides:
        return f"{counted(len(found_besides), 'invariant')} broken: {found_besides[0].title.lower()}"
    if run.broken:
        return "The contract could not be seen to be kept"
    if run.verdict == "incomplete":
        return "The run is not whole, so it says nothing for sure"
    passed = counts.get("passed", 0)
    others = "" if passed == len(run.clauses) else ", and none that counts is broken"
    return f"The contract is kept: {passed} of {len(run.clauses)} clauses passed{others}"


def facts(run: RunResult) -> Iterator[tuple[str, str]]:
    """Yield what somebody needs to repeat the run, by name; what is not known is left out."""
    about, engine = run.about, run.engine
    rows = {
        "backend": run.backend,
        "commit": about.commit,
        "engine": f"{engine.get('name') or ''} {engine.get('version') or ''}".strip(),
        "phone": about.phone,
        "seed": "" if about.seed is None else str(about.seed),
        "started": about.started.replace("T", " ").replace("Z", " UTC"),
        "took": f"{run.duration_s:.1f} s, {counted(len(run.scenarios), 'scenario')}",
        "rules": "strict: `should` clauses fail" if run.rules.strict else "",
        "on": ", ".join(f"{name} {value}" for name, value in about.versions.items()),
        "command": about.command,
    }
    return ((name, value) for name, value in rows.items() if value)
