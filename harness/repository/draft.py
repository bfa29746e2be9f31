"""The `backend.toml` of a repository: what was found in it, each with where, and nothing else.

Owns what of the findings becomes a setting and what only a remark. Must not write a file.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.config.example import EXAMPLE, Remarks, backend_toml
from harness.config.mistakes import KeyPath
from harness.config.settings import BackendConfig, DeepLink, Http, Start
from harness.repository.environment import Variable, databases, of_the_harness, variables
from harness.repository.files import Place, Repository
from harness.repository.routes import Route, about, callbacks, routes
from harness.repository.starting import start_command

_FIXED = re.compile(
    r"https://(?!developers|support)[^\n]{0,80}?\b(?P<zone>amocrm\.ru|amocrm\.com|kommo\.com)"
)
_VENDOR = re.compile(r"amo_?crm|kommo", re.IGNORECASE)
_LINK = re.compile(r"[\"'`](?P<scheme>[a-z][a-z0-9+.-]{2,})://(?P<host>[\w-]+)(?P<path>/[\w/-]*)?\?")
_WEB = re.compile(r"https?|wss?|postgres\w*|mysql|mongodb.*|redis|amqps?|file|ftp|sqlite|data|chrome.*")
MOST_NAMED = 3
UNFOUND = "not found here"


@dataclass(frozen=True, slots=True)
class Draft:
    """A configuration with the evidence of each setting; `is_empty` where nothing was found."""

    config: BackendConfig
    remarks: Remarks
    is_empty: bool

    @property
    def text(self) -> str:
        """The commented file."""
        return backend_toml(self.config, self.remarks)


def draft_of(folder: Path) -> Draft:
    """Read a repository; the example where there is nothing that says anything of a backend."""
    repository = _backend_in(Repository(folder))
    command = start_command(repository)
    if command is None and not repository.sources:
        return Draft(EXAMPLE, {}, is_empty=True)
    read = variables(repository)
    if repository.within:
        read = tuple({each.name: each for each in (*variables(Repository(folder)), *read)}.values())
    set_here = of_the_harness(read)
    hosts = list(_fixed_hosts(repository))
    zones = {zone for _, zone in hosts}
    intercept = hosts[0][0] if hosts and "amo_url" not in set_here else None
    http, link, remarks = _answers(repository, set_here)
    remarks[("start", "command")] = command.evidence if command else f"{UNFOUND}: write how it is started"
    remarks[("start", "intercept")] = f"{intercept}: amoCRM's own host is written there" if intercept else ""
    remarks |= {("start", "env", each.name): str(each.place) for each in set_here.values()}
    for kind in ("port", "client_id", "client_secret", "redirect_uri"):
        if kind not in set_here and not (kind == "port" and command and "{port}" in " ".join(command.words)):
            remarks[("start", "env", f"?{kind}")] = f"{UNFOUND}: the variable for {{{kind}}}"
    for each in databases(read):
        told = "a database: name one of this run's own, in {tmp} or with {worker}"
        remarks[("start", "env", f"#{each.name}")] = f"{each.place}: {told}"
    env = {each.name: f"{{{kind}}}" for kind, each in set_here.items()}
    start = Start(
        command=command.words if command else (),
        cwd=Path(repository.within),
        env=env,
        intercept=intercept is not None,
    )
    zone = zones.pop() if len(zones) == 1 else BackendConfig().zone
    remarks[("zone",)] = str(hosts[0][0]) if zone != BackendConfig().zone else ""
    config = BackendConfig(name=folder.resolve().name, zone=zone, start=start, http=http, deep_link=link)
    return Draft(config, {key: said for key, said in remarks.items() if said}, is_empty=False)


def _backend_in(whole: Repository) -> Repository:
    """Return the folder of the backend: the repository's own, or the first one in it that knows amoCRM."""
    if start_command(whole) is not None:
        return whole
    within = (each for each in whole.folders() if start_command(each) and _knows_amo(each))
    return next(within, whole)


def _knows_amo(repository: Repository) -> bool:
    return any(_VENDOR.search(each.text) for each in repository.sources)


def _answers(
    repository: Repository, set_here: Mapping[str, Variable]
) -> tuple[Http, DeepLink, dict[KeyPath, str]]:
    """Return where it answers and what opens the app, with the evidence."""
    found = routes(repository)
    remarks: dict[KeyPath, str] = {}
    http = Http(callback=_callback(found, set_here.get("redirect_uri"), remarks))
    for what in ("ready", "status", "leads", "connect"):
        named = about(what, found)
        remarks[("http", what)] = f"may be {_listed(named)}" if named else f"{UNFOUND}"
    link = DeepLink()
    for place, scheme, host, path in _links(repository):
        remarks[("deep_link", "scheme")] = str(place)
        link = DeepLink(scheme, host, path)
        break
    return http, link, remarks


def _callback(found: tuple[Route, ...], variable: Variable | None, remarks: dict[KeyPath, str]) -> str:
    key = ("http", "callback")
    shown = variable.path if variable else ""
    likely = callbacks(found, shown)
    if shown and variable:
        seconded = f"; {likely[0].place}" if likely else ""
        remarks[key] = f"{variable.place}: the path of {variable.name}{seconded}"
        return shown
    if likely:
        others = f"; or {_listed(likely[1:])}" if likely[1:] else ""
        remarks[key] = f"{likely[0].place}{others}"
        return likely[0].path
    remarks[key] = UNFOUND
    return Http().callback


def _listed(found: tuple[Route, ...]) -> str:
    return ", ".join(f'"{each.path}" ({each.place})' for each in found[:MOST_NAMED])


def _fixed_hosts(repository: Repository) -> Iterator[tuple[Place, str]]:
    """Yield where amoCRM's https hosts are fixed in the code, outside comments, and their zone."""
    for source in repository.sources:
        for each in _FIXED.finditer(source.text):
            line = source.text[source.text.rfind("\n", 0, each.start()) + 1 : each.start()]
            if not re.match(r"\s*(//|#|\*|/\*)", line):
                yield source.place(each.start()), each["zone"]


def _links(repository: Repository) -> Iterator[tuple[Place, str, str, str]]:
    for source in repository.sources:
        for each in _LINK.finditer(source.text):
            if not _WEB.fullmatch(each["scheme"]):
                yield source.place(each.start()), each["scheme"], each["host"], each["path"] or ""
