"""The contract as a page to read, `docs/contract.md`.

Owns the page's wording. It must not know more of a clause than its registration says.
"""

import inspect
from collections.abc import Iterable

from harness.contract import CONTRACT, Clause

HEAD = """\
# The contract

Written by `make docs`; change the clauses, not this page.

Each clause is a pure function from the timeline of one scenario to `passed`, `failed` or `not_observed`.
Silence never passes: where the timeline does not show what a clause needs, the clause is `not_observed` and
says what was missing.

**Words.** *Page*: what the browser shows after the callback request, http redirects followed. *Departure*:
any attempt of a page to open the app's scheme, by whatever mechanism. *Tap*: a user gesture on the page's
button. [The glossary](glossary.md) has the others.

**Levels.** `must` fails the run. `should` goes beyond S1 and S2 and warns; `--strict` makes it fail, and
`[levels]` in a backend's configuration replaces the level of any clause.

**Sources.** S1 and S2 are the two documents that the contract comes from; [sources.md](sources.md) has them
and every other.

Texts, paths, scheme and names are defaults; a backend's configuration replaces them, never the meaning of a
clause.

| id | level | clause | source | what is judged | what to change where it is broken |
|---|---|---|---|---|---|
"""


def contract_page(clauses: Iterable[Clause] = CONTRACT) -> str:
    """Return the page in Markdown."""
    return HEAD + "".join(f"{_row(clause)}\n" for clause in clauses)


def _row(clause: Clause) -> str:
    told = " ".join((inspect.getdoc(clause.judge) or "").split())
    judged = told.removeprefix("Judge ").rstrip(".")
    cells = (clause.id, clause.level, clause.title, clause.source, judged, clause.remedy)
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"
