"""What a run of load is to be: told once to every process that drives it.

Owns the plan and its way through a file or a message. Must not drive.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from harness.config.settings import DeepLink, Http, SignIn
from harness.load.driving.marks import Marks

Shape = Literal["steady", "herd", "expiry", "soak", "trouble"]
SHAPES: tuple[Shape, ...] = get_args(Shape)
PLAN = "AMO_HARNESS_LOAD_PLAN"
"""The environment variable that names the file."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One run."""

    shape: Shape
    users: int
    """How many at once."""
    backend_urls: tuple[str, ...]
    """The origins of the backend's instances, asked in turn."""
    public_url: str
    """The redirect URI's origin: a name for all of them, as a load balancer's is."""
    amo_url: str
    client_id: str
    key: str
    """Of the marks."""
    client_secret: str
    """To be found where it leaks."""
    out: str
    """The file that journeys are written to."""
    figures: str
    """The file that Locust's figures are written to in the end."""
    tells_users_apart: bool = True
    """Whether the backend has users; else everybody is its only one."""
    http: Http = field(default_factory=Http)
    deep_link: DeepLink = field(default_factory=DeepLink)
    expires_in_s: float = 0.0
    """In the shape `expiry`: how long the first tokens live."""
    people: int = 0
    """How many users the backend knows; 0: whoever comes."""
    strangers: tuple[str, ...] = ()
    """What `referer` may say so that a careless check takes somebody's host for amoCRM's; none: not asked."""
    workers: int = 0
    """How many processes drive, where one alone does not do everything."""

    @property
    def marks(self) -> Marks:
        """What stands for secrets."""
        return Marks(self.key, self.client_secret)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)

    def save(self, path: Path) -> None:
        """Write it where nobody else reads it."""
        path.touch(mode=0o600)
        path.write_text(json.dumps(self.as_json()), encoding="utf-8")


_BUILT = ("http", "deep_link", "backend_urls", "strangers")


def plan_from(data: Mapping[str, Any]) -> Plan:
    """Return the plan that this data stands for."""
    http = dict(data["http"])
    http["sign_in"] = SignIn(**http["sign_in"])
    rest = {name: value for name, value in data.items() if name not in _BUILT}
    return Plan(
        http=Http(**http),
        deep_link=deep_link_from(data["deep_link"]),
        backend_urls=tuple(data["backend_urls"]),
        strangers=tuple(data["strangers"]),
        **rest,
    )


def deep_link_from(data: Mapping[str, Any]) -> DeepLink:
    """Return the link that this data stands for."""
    rest = {name: value for name, value in data.items() if name != "universal"}
    return DeepLink(universal=tuple(data.get("universal", ())), **rest)


def read_plan(path: Path) -> Plan:
    """Read the plan of a file."""
    return plan_from(json.loads(path.read_text(encoding="utf-8")))
