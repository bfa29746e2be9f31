"""The matrix of `amo-harness prove`: a row for each fault, the clauses that caught it, and the rates.

Owns its text.
"""

from collections.abc import Sequence

from harness.proofs.prove import LEVELS, Row

ID_WIDTH = 34


def matrix(row: Row) -> str:
    """Return the line of one subject; a row that does not hold says what is wrong with it."""
    sign = "✓" if row.holds else "✗"
    caught = [f"{clause} in {row.failed[clause]}" for clause in row.subject.breaks if clause in row.failed]
    said = ", ".join(caught) if row.subject.breaks else "left alone" if not row.failed else ""
    lines = [f"{sign} {row.subject.id:<{ID_WIDTH}} {said}".rstrip()]
    lines += [f"    not caught by {clause}" for clause in row.missed]
    lines += [f"    blamed by {clause} in {row.failed[clause]}" for clause in row.blamed]
    lines += [f"    error of the harness: {text}" for text in row.harness_errors]
    return "\n".join(lines)


def summary(rows: Sequence[Row], *, duration_s: float, jobs: int) -> str:
    """Return the rates, and the clauses that no fault has shown to fail."""
    faults = [row for row in rows if row.subject.kind != "variant"]
    variants = [row for row in rows if row.subject.kind == "variant"]
    caught = sum(not row.missed and not row.harness_errors for row in faults)
    precise = sum(not row.blamed for row in faults)
    left_alone = sum(row.holds for row in variants)
    lines = [
        "",
        f"faults caught by the clause they name   {caught} of {len(faults)}",
        f"faults that blame no other must clause  {precise} of {len(faults)}",
        f"correct variants left alone             {left_alone} of {len(variants)}",
    ]
    proven = {clause for row in rows for clause in row.subject.breaks if clause in row.failed}
    unproven = [clause for clause in LEVELS if clause not in proven]
    lines.append(f"clauses shown to fail                   {len(proven)} of {len(LEVELS)}")
    if unproven:
        lines.append(f"not shown here                          {' '.join(unproven)}")
    held = all(row.holds for row in rows)
    lines.append(f"{'PROVEN' if held else 'NOT PROVEN'}  in {duration_s:.1f} s with {jobs} jobs")
    return "\n".join(lines)
