"""What one look at a backend came to.

Owns its words. Looks at nothing itself.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `change` is empty where nothing must be changed before the backend is judged."""

    item: str
    expected: str
    seen: str
    change: str = ""
    is_note: bool = False
    """Whether a reader should know it all the same: the contract will say what it breaks."""
    talk: tuple[str, ...] = ()
    """What was sent and answered, secrets masked."""

    @property
    def is_ok(self) -> bool:
        """Whether there is nothing to change."""
        return not self.change

    def __str__(self) -> str:
        if self.is_ok:
            return f"{'note  ' if self.is_note else 'ok    '} {self.item}: {self.seen}"
        said = f"wrong  {self.item}: expected {self.expected}; seen: {self.seen.rstrip('.')}. {self.change}"
        return "\n".join([said, *(f"       {line}" for line in self.talk)])
