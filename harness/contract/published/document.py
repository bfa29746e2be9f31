"""The contract as a page to read: `python -m harness.contract.published.document > docs/contract.md`.

Owns the page's wording. It must not know more of a clause than its registration says.
"""

import inspect
import sys
from collections.abc import Iterable

from harness.contract import CONTRACT, Clause

HEAD = """\
# The contract

Written by `python -m harness.contract.published.document`; change the clauses, not this page.

Each clause is a pure function from the timeline of one scenario to `passed`, `failed` or `not_observed`.
Silence never passes: where the timeline does not show what a clause needs, the clause is `not_observed` and
says what was missing.

**Words.** *Page*: what the browser shows after the callback request, http redirects followed. *Departure*:
any attempt of a page to open the app's scheme, by whatever mechanism. *Tap*: a user gesture on the page's
button.

**Levels.** `must` fails the run. `should` goes beyond the two documents below and warns; `--strict` makes it
fail.

**Sources.** S1: “Callback з ручним поверненням в додаток”. S2: “Виправлення 403 помилки та оновлення статусу
після верифікації”. Where they disagree, the later decision in the code stands: no `code` in the deep link.

Texts, paths, scheme and names are defaults; a backend's configuration replaces them, never the meaning of a
clause.

| id | level | clause | source | what is judged |
|---|---|---|---|---|
"""


def document(clauses: Iterable[Clause] = CONTRACT) -> str:
    """Return the page in Markdown."""
    return HEAD + "".join(f"{_row(clause)}\n" for clause in clauses)


def _row(clause: Clause) -> str:
    told = " ".join((inspect.getdoc(clause.judge) or "").split())
    judged = told.removeprefix("Judge ").rstrip(".")
    cells = (clause.id, clause.level, clause.title, clause.source, judged)
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


if __name__ == "__main__":
    sys.stdout.write(document())
