"""The mistakes of one `backend.toml`: each a key and a sentence, gathered so that all are told at once.

Owns how a key is spelt. Must not know any rule.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

KeyPath = tuple[str, ...]


class ConfigError(Exception):  # what is wrong with a value; `load_backend` turns it into UsageError
    """A key and the sentence that says what is wrong with it.

    `blinds`: the value could not be read, so that what else its table says cannot be judged; `is_certain`:
    no other mistake can have brought it about.
    """

    def __init__(
        self, key: KeyPath, sentence: str, *, blinds: bool = False, is_certain: bool = False
    ) -> None:
        super().__init__(sentence)
        self.key = key
        self.blinds, self.is_certain = blinds, blinds or is_certain


@dataclass
class Mistakes:
    """What was found wrong so far."""

    found: list[ConfigError] = field(default_factory=list[ConfigError])

    def add(self, key: KeyPath, sentence: str) -> None:
        """Note a mistake."""
        self.found.append(ConfigError(key, sentence))

    @contextmanager
    def noted(self) -> Generator[None]:
        """Note the ConfigError that ends the block, and go on after it."""
        try:
            yield
        except ConfigError as error:
            self.found.append(error)

    @property
    def worth_telling(self) -> list[ConfigError]:
        """Those that no other one may have brought about."""
        blind = {each.key[:1] for each in self.found if each.blinds}
        return [
            each for each in self.found if each.is_certain or each.key[:1] not in blind or each.key[1:] == ()
        ]


def spell(key: KeyPath) -> str:
    """Spell a key the way the documents do: `[start]`, `[http].url`, `name`."""
    if not key:
        return "the file"
    if len(key) == 1:
        return key[0] if key[0] in ("name", "zone") else f"[{key[0]}]"
    return f"[{key[0]}].{'.'.join(key[1:])}"
