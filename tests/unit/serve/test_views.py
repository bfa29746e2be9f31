"""What the dashboard calls a clause: as the run that the sitting becomes will count it."""

import pytest

from harness.contract import CONTRACT, Finding
from harness.runs.results import ScenarioResult
from harness.runs.rules import Rules
from harness.serve.dashboard.views import clause_rows, counts, failures_of

SHOULD = "SEC-04"
FINDINGS = {clause.id: Finding("not_observed") for clause in CONTRACT} | {SHOULD: Finding("failed")}


@pytest.mark.parametrize(
    ("rules", "shown"),
    [
        (Rules(), "warning"),
        (Rules(strict=True), "failed"),
        (Rules(levels={SHOULD: "must"}), "failed"),
        (Rules(levels={SHOULD: "must"}, known_failures={SHOULD: "until May"}), "warning"),
        (Rules(levels={SHOULD: "off"}), ""),
    ],
    ids=["should", "strict", "must", "excused", "off"],
)
def test_what_only_warns_is_not_called_broken(rules: Rules, shown: str) -> None:
    """By --strict, the configuration's levels and what is excused, in the list and of earlier journeys."""
    rows = clause_rows(FINDINGS, rules)
    assert [row.result for row in rows if row.id == SHOULD] == [each for each in (shown,) if each]
    numbers = {result: number for result, _, number in counts(rows)}
    assert numbers["failed"] == (shown == "failed")
    assert numbers.get("warning") == (1 if shown == "warning" else None)
    broken, warns = failures_of(ScenarioResult("x", "x", (), findings=FINDINGS), rules)
    assert (broken, warns) == (
        [SHOULD] if shown == "failed" else [],
        [SHOULD] if shown == "warning" else [],
    )
