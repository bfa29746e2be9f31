"""backend.toml as it was played, kept beside the results with what is secret in it masked.

Owns finding what is secret in such a file, by its names and its addresses. Over-careful on purpose: whoever
plays it again names the file itself.
"""

import re
from pathlib import Path

from harness.config.placeholders import SECRET_NAMES
from harness.runs.runner import Quiet, Setting
from harness.timeline.files import write_whole
from harness.timeline.masking import OWN, SecretMask

FILE_NAME = "backend.played.toml"
LEAST_EVERYWHERE = 8
"""Characters of a value that is masked wherever it stands; a shorter one only where its name stands."""
NAMED = re.compile(
    rf"""(?P<before>[\w-]*(?:{SECRET_NAMES}|api_?-?key|cookie|session|salt|authorization|_key)"""
    r"""[\w-]*(?:\\?["'])?\s*[=:]\s*(?:\\?["']+)?(?:(?:Bearer|Basic)\s+)?)"""
    r"""(?P<value>(?:\{+\w+\}+|[^\s"'\\,}])+)""",
    re.IGNORECASE,
)
IN_ADDRESS = re.compile(r"""(?P<before>://[^/@\s:"']*:)(?P<value>[^/@\s"']+)(?=@)""")
OF_ENV = re.compile(
    r"""^(?P<before>\s*[A-Z][A-Z0-9_]*\s*=\s*["'])(?P<value>[A-Za-z0-9+/_=-]{16,})(?=["'])""", re.MULTILINE
)
"""A variable that holds nothing but letters and digits, sixteen or more: what it is called says nothing."""
PLACEHOLDER = re.compile(r"\{+\w+\}+")


def masked(text: str) -> str:
    """Return a backend.toml with what is secret in it masked, the same value by the same mask."""
    mask = SecretMask()

    def replaced(found: re.Match[str]) -> str:
        value = found["value"]
        if PLACEHOLDER.search(value):
            return found[0]
        told = mask.add(OWN, value) if len(value) >= LEAST_EVERYWHERE else mask.mask_of(OWN, value)
        return found["before"] + told

    for pattern in (IN_ADDRESS, NAMED, OF_ENV):
        text = pattern.sub(replaced, text)
    return "".join(map(mask.apply, text.splitlines(keepends=True)))


class BackendCopy(Quiet):
    """Keeps the file when a run starts."""

    def __init__(self, out: Path, backend: Path | None) -> None:
        self._out, self._backend = out, backend

    def run_started(self, setting: Setting, scenarios: object) -> None:
        """Write it; the built-in reference has none."""
        del setting, scenarios
        if self._backend is not None:
            text = self._backend.read_text(encoding="utf-8", errors="replace")
            write_whole(self._out / FILE_NAME, masked(text))
