"""Which environment variables a backend reads, and which of them are the port and amoCRM's.

Owns the names and what they are taken for. Values are never kept: an example file may hold somebody's
secrets. Of a redirect URI alone the path is read.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.repository.files import Place, Repository

EXAMPLES = (".env.example", ".env.sample", ".env.template", ".env.dist", "env.example", "example.env", ".env")
_NAME = r"[\"'](?P<name>[A-Z][A-Z0-9_]+)[\"']"
_READ = re.compile(
    rf"process\.env(?:\.(?P<js>[A-Z][A-Z0-9_]+)|\[{_NAME}\])"
    r"|(?:os\.environ(?:\.get)?|os\.getenv|getenv|\benv|\$_ENV|\$_SERVER|os\.Getenv|os\.LookupEnv|ENV(?:\.fetch)?"
    r"|[cC]onfig(?:Service)?\.(?:get|getOrThrow)(?:<\w+>)?)\s*[\[(]\s*[\"'](?P<call>[A-Z][A-Z0-9_]+)[\"']"
)
_HANDED_ON = re.compile(r"\benv(?:\.(?P<dot>[A-Z][A-Z0-9_]+)|\s*,\s*[\"'](?P<word>[A-Z][A-Z0-9_]+)[\"'])")
"""Where the environment is an argument: `env.PORT`, `required(env, "AMO_CLIENT_ID")`."""
_TAKEN = re.compile(r"\{(?P<names>[^{}]+)\}\s*=\s*process\.env\b")
_FIELD = re.compile(
    r"^\s+(?P<name>[a-zA-Z]\w+)\s*:\s*(?:str|int|SecretStr|HttpUrl|AnyHttpUrl|Optional)\b", re.MULTILINE
)
_LINE = re.compile(r"^\s*(?:export\s+)?(?P<name>[A-Z][A-Z0-9_]*)\s*=\s*(?P<value>.*)$", re.MULTILINE)

_VENDOR = r"(?:.*_)?(?:AMO|AMOCRM|AMO_CRM|KOMMO)(?:_.*)?"
_AMO = r"(?:.*_)?(?:AMO|AMOCRM|AMO_CRM|KOMMO|INTEGRATION)(?:_.*)?"
"""An integration's id and secret are amoCRM's; its address may be the backend's own."""
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("port", re.compile(r"(?:(?:APP|SERVER|HTTP|API|NODE|WEB|BACKEND|LISTEN)_)?PORT\Z")),
    ("client_id", re.compile(rf"(?:{_AMO}_)?(?:CLIENT|INTEGRATION)_?(?:ID|UUID)\Z|INTEGRATION_ID\Z")),
    (
        "client_secret",
        re.compile(rf"(?:{_AMO}_)?(?:CLIENT|INTEGRATION)_?SECRET\Z|{_AMO}_SECRET(?:_KEY)?\Z"),
    ),
    ("redirect_uri", re.compile(rf"(?:{_AMO}_)?(?:REDIRECT|CALLBACK)_?UR[IL]\Z")),
    ("amo_subdomain", re.compile(rf"{_VENDOR}_SUBDOMAIN\Z|{_VENDOR}_ACCOUNT_NAME\Z")),
    ("amo_url", re.compile(rf"{_VENDOR}_(?:BASE_|API_|OAUTH_|AUTH_)?UR[IL]\Z")),
    ("amo_host", re.compile(rf"{_VENDOR}_(?:BASE_|API_)?(?:DOMAIN|HOST)\Z")),
)
_OF_ANOTHER = re.compile(
    r"GOOGLE|FACEBOOK|GITHUB|YANDEX|VK_|TELEGRAM|BITRIX|APPLE|DISCORD|SLACK|PADDLE|KEYCLOAK|AUTH0|MICROSOFT"
)
_DATABASE = re.compile(r"(?:DATABASE|DB|POSTGRES|PG|MYSQL|MONGO(?:DB)?|REDIS)(?:_?UR[IL]|_HOST|HOST)\Z")


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that the backend reads, and where it says so."""

    name: str
    place: Place
    path: str = ""
    """Of a redirect URI: the path that an example shows."""


def variables(repository: Repository) -> tuple[Variable, ...]:
    """Return each variable once, where it is first read; those of an example file first."""
    found: dict[str, Variable] = {}
    for each in (*_in_examples(repository), *_in_code(repository)):
        found.setdefault(each.name, each)
    return tuple(found.values())


def of_the_harness(found: tuple[Variable, ...]) -> Mapping[str, Variable]:
    """Return the variables that the harness has to set, by what each stands for; each is taken once."""
    taken: dict[str, Variable] = {}
    for kind, pattern in _KINDS:
        fitting = [e for e in found if pattern.match(e.name) and not _OF_ANOTHER.search(e.name)]
        fitting.sort(
            key=lambda each: (not re.match(_VENDOR, each.name), not re.match(_AMO, each.name), len(each.name))
        )
        if fitting and fitting[0] not in taken.values():
            taken[kind] = fitting[0]
    return taken


def databases(found: tuple[Variable, ...]) -> tuple[Variable, ...]:
    """Return the variables that name a database."""
    return tuple(each for each in found if _DATABASE.match(each.name))


def _in_examples(repository: Repository) -> Iterator[Variable]:
    for name in EXAMPLES:
        text = repository.read(name) or ""
        for each in _LINE.finditer(text):
            place = repository.place(name, text.count("\n", 0, each.start("name")) + 1)
            yield Variable(each["name"], place, _path_in(each["name"], each["value"]))


def _path_in(name: str, value: str) -> str:
    if not re.search(r"(REDIRECT|CALLBACK)", name):
        return ""
    try:
        path = urlsplit(value.strip().strip("\"'")).path
    except ValueError:
        return ""
    return path if re.fullmatch(r"/[\w./-]+", path) and path.strip("/") else ""


def _in_code(repository: Repository) -> Iterator[Variable]:
    for source in repository.sources:
        for each in _READ.finditer(source.text):
            name = each["js"] or each["name"] or each["call"]
            yield Variable(name, source.place(each.start()))
        for each in _HANDED_ON.finditer(source.text):
            yield Variable(each["dot"] or each["word"], source.place(each.start()))
        for each in _TAKEN.finditer(source.text):
            for name in re.findall(r"\b[A-Z][A-Z0-9_]+\b", each["names"]):
                yield Variable(name, source.place(each.start()))
        if source.suffix == ".py" and "BaseSettings" in source.text:
            for each in _FIELD.finditer(source.text):
                yield Variable(each["name"].upper(), source.place(each.start("name")))
