"""How a command of `amo-harness` ends: the four codes, their names and what each of them says.

Owns the numbers and their sentences; whoever ends a process takes them from here. Must import nothing.
"""

from enum import IntEnum
from typing import Self


class ExitCode(IntEnum):
    """The exit code of a command. A backend can cause 1 and, before the first scenario, 2; never 3."""

    meaning: str
    """What the code says, in one sentence."""

    PASSED = 0, "every must clause passed"
    BROKEN = 1, "the contract is broken"
    USAGE = 2, "usage, configuration or preflight"
    HARNESS = 3, "the harness itself could not do its work"

    def __new__(cls, number: int, meaning: str) -> Self:
        """Make a member that is its number and carries its meaning."""
        member = int.__new__(cls, number)
        member._value_ = number
        member.meaning = meaning
        return member


EXIT_CODES_IN_WORDS = ", ".join(f"{int(each)} {each.meaning}" for each in ExitCode)
"""All four in one line, for a command line's help."""
