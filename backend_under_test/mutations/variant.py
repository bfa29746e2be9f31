"""What a correct variant is.

Owns the type. How parts are replaced is `backend_under_test.mutations.edits`.
"""

from dataclasses import dataclass, field

from backend_under_test.mutations.edits import Change
from backend_under_test.settings import Texts


@dataclass(frozen=True)
class Variant:
    """A correct backend. `texts` are what its settings and the harness's configuration must both have."""

    id: str
    title: str
    apply: Change
    texts: Texts = field(default_factory=Texts)
