"""What the user of a run picks about the phone, in plain words that a command line and results.json can hold.

Owns their names and their check. What they mean is `harness.phone`'s.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from harness.phone import HostChoices, host_named
from harness.phone.hosts.host import NoGesture, Outcome
from harness.phone.links.sdk import sdk_numbered
from harness.phone.settings import DEFAULT_HOST


@dataclass(frozen=True, slots=True)
class PhoneChoice:
    """One phone for a whole run; None is what the simulator does anyway."""

    host: str | None = None
    no_gesture: NoGesture | None = None
    unknown: Outcome | None = None
    app_installed: bool = True
    sdk: int | None = None

    @property
    def document(self) -> dict[str, Any]:
        """What was picked, and nothing else."""
        default = asdict(PhoneChoice())
        return {name: value for name, value in asdict(self).items() if value != default[name]}

    @property
    def words(self) -> list[str]:
        """The options of `amo-harness run` that pick the same."""
        picked = self.document
        installed = picked.pop("app_installed", True)
        if "host" in picked:
            picked["phone"] = picked.pop("host")
        words = [
            word for name, value in picked.items() for word in (f"--{name.replace('_', '-')}", str(value))
        ]
        return words if installed else [*words, "--app-not-installed"]


def phone_settings(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of PhoneSettings that a `PhoneChoice.document` asks for.

    Whoever picks how a host behaves has named the host, be it the default one. UsageError for a host or an
    SDK that does not exist, and for a question that the host does not ask.
    """
    choice = PhoneChoice(**chosen)
    fields: dict[str, Any] = {}
    choices = HostChoices(choice.no_gesture, choice.unknown, choice.app_installed)
    if choice.host is not None or choices != HostChoices():
        host = host_named(choice.host or DEFAULT_HOST)
        host.check(choices)
        fields |= {"host": host.name, "choices": choices}
    if choice.sdk is not None:
        fields["sdk"] = sdk_numbered(choice.sdk).number
    return fields
