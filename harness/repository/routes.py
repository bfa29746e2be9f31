"""Where a backend answers: its routes, and which of them the callback, the status and others may be.

Owns how frameworks write a route. A route is taken for the callback only where its path or what follows it
in the code says so.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from harness.repository.files import Place, Repository, Source

_QUOTED = r"[\"'`](?P<path>[^\"'`\s]*)[\"'`]"
_CALL = re.compile(
    rf"(?:\.(?:get|all|GET|HandleFunc|Handle)|\bhttp\.HandleFunc|Route::(?:get|any|match))\(\s*(?:\[[^\]]*\],\s*)?{_QUOTED}"
)
_DECORATOR = re.compile(rf"@\w+\.(?:get|route|api_route)\(\s*{_QUOTED}")
_NEST = re.compile(r"@(?:Get|All)\(\s*(?:[\"'`](?P<path>[^\"'`\s]*)[\"'`])?\s*\)")
_CONTROLLER = re.compile(r"@Controller\(\s*(?:\{\s*path:\s*)?(?:[\"'`](?P<path>[^\"'`]*)[\"'`])?")
_DJANGO = re.compile(r"\b(?:re_)?path\(\s*r?[\"']\^?(?P<path>[\w/.<>:-]*)\$?[\"']")
_PREFIX = re.compile(
    r"(?:APIRouter|Blueprint)\([^)]*?(?:url_)?prefix\s*=\s*[\"'](?P<path>[^\"']*)[\"']", re.DOTALL
)
_GLOBAL_PREFIX = re.compile(r"setGlobalPrefix\(\s*[\"'](?P<path>[^\"']*)[\"']")
_MOUNT = re.compile(r"\.use\(\s*[\"'`](?P<path>/[^\"'`\s]*)[\"'`]\s*,\s*(?:\w+\s*,\s*)*(?P<router>\w+)\s*\)")
_NEXT = re.compile(r"(?:src/)?(?:app/(?P<app>.*)/route|pages/(?P<pages>api/.*))\.[jt]s\Z")
FOLLOWING = 1200
"""How much of the code after a route is looked at, as far as the next one."""
_NEXT_ROUTE = re.compile(
    r"\.(?:get|post|put|patch|delete|all|use)\(\s*[\"'`]/|@(?:Get|Post|Put|Patch|Delete|All)\(|Route::\w+\(",
    re.IGNORECASE,
)
_READS_CODE = re.compile(r"query\W{1,4}(?:\w+\W{1,3})?code\b|[\"']code[\"']|\bcode\b\s*[:,}]|\bcode: str\b")
_AMO = re.compile(r"amo|kommo", re.IGNORECASE)
_OF_ANOTHER = re.compile(r"google|facebook|github|yandex|telegram|bitrix|apple|webhook|hook", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Route:
    """A path that answers a GET, where that is written, and the code that follows."""

    path: str
    place: Place
    code: str = ""


def routes(repository: Repository) -> tuple[Route, ...]:
    """Return the routes that can be read, in the order of the files."""
    mounts = dict(_mounts(repository))
    everywhere = next((m["path"] for s in repository.sources if (m := _GLOBAL_PREFIX.search(s.text))), "")
    found = [
        each
        for source in repository.sources
        for each in _of_file(source, source.path.removeprefix(repository.within), mounts, everywhere)
    ]
    return tuple({(each.path, each.place): each for each in found if each.path}.values())


def _of_file(source: Source, path: str, mounts: Mapping[str, str], everywhere: str) -> Iterator[Route]:
    """Yield the routes of a file, whose path counts from where the backend is."""
    if source.suffix == ".php" and re.search(r"\$_GET\[[\"']code", source.text):
        yield Route("/" + path.removeprefix("public/"), Place(source.path), source.text)
    if of_next := _NEXT.match(path):
        yield Route("/" + (of_next["app"] or of_next["pages"]), Place(source.path), source.text)
    prefix = _PREFIX.search(source.text)
    own = prefix["path"] if prefix else mounts.get(_stem(source.path), "")
    yield from _written(source, _CALL, lambda path: _joined(own, path))
    if source.suffix == ".py":
        yield from _written(source, _DECORATOR, lambda path: _joined(own, path))
        yield from _written(source, _DJANGO, lambda path: _joined("", path))
    controller = _CONTROLLER.search(source.text)
    if controller:
        base = _joined(everywhere, controller["path"] or "")
        yield from _written(source, _NEST, lambda path: _joined(base, path))


def _written(source: Source, pattern: re.Pattern[str], whole: Callable[[str], str]) -> Iterator[Route]:
    for each in pattern.finditer(source.text):
        path = each["path"] or ""
        is_path = pattern is not _CALL or path.startswith("/")
        if is_path and not re.search(r"[:<{*]", path):
            following = source.text[each.end() : each.end() + FOLLOWING]
            own = _NEXT_ROUTE.split(following, maxsplit=1)[0]
            yield Route(whole(path), source.place(each.start()), each[0] + own)


def _mounts(repository: Repository) -> Iterator[tuple[str, str]]:
    """Yield the file that a router is imported from, and where it is mounted."""
    for source in repository.sources:
        for each in _MOUNT.finditer(source.text):
            router = re.escape(each["router"])
            imported = re.search(
                rf"(?:import\s+(?:\{{[^}}]*\b)?{router}\b[^;\n]*?from\s*|{router}\s*=\s*require\()\s*[\"'](?P<file>[^\"']+)",
                source.text,
            )
            if imported:
                yield _stem(imported["file"]), each["path"]


def _stem(path: str) -> str:
    """Return a module's name without folders and ending."""
    name = PurePosixPath(path).name
    return re.sub(r"\.\w+\Z", "", name) if re.search(r"\.(m?js|cjs|m?ts|cts|py)\Z", name) else name


def _joined(*parts: str) -> str:
    words = [each.strip("/") for each in parts if each.strip("/")]
    end = "/" if parts[-1].endswith("/") and words else ""
    return "/" + "/".join(words) + end


def callbacks(found: tuple[Route, ...], known_path: str = "") -> tuple[Route, ...]:
    """Return the routes that amoCRM may redirect to, the likeliest first."""
    rated = [(rating, each) for each in found if (rating := _rating(each, known_path)) >= LEAST]
    rated.sort(key=lambda pair: -pair[0])
    return tuple(each for rating, each in rated if rating >= rated[0][0] - NEARLY)


LEAST, NEARLY = 4, 1
"""What a route must be rated at least, and how far behind the likeliest one it may be."""


def _rating(route: Route, known_path: str) -> int:
    if _OF_ANOTHER.search(route.path):
        return 0
    says = [
        (
            8,
            bool(known_path)
            and known_path.rstrip("/").endswith(route.path.rstrip("/"))
            and len(route.path) > 1,
        ),
        (3, "callback" in route.path.lower()),
        (1, bool(re.search(r"oauth|redirect|auth|token|login|install", route.path, re.IGNORECASE))),
        (2, bool(_READS_CODE.search(route.code))),
        (1, bool(_AMO.search(route.path))),
        (1, bool(_AMO.search(route.code) or _AMO.search(route.place.file))),
    ]
    return sum(points for points, is_so in says if is_so)


_ABOUT = {
    "ready": re.compile(r"/(?:health|healthz|healthcheck|ping|ready|readyz|live|livez)/?\Z", re.IGNORECASE),
    "status": re.compile(r"(?:amo|kommo|crm|integration).*/(?:status|connected|state)/?\Z", re.IGNORECASE),
    "leads": re.compile(r"/(?:leads|deals)/?\Z", re.IGNORECASE),
    "connect": re.compile(
        r"(?:amo|kommo|crm|oauth|auth).*[/_-](?:auth[-_]?url|auth|authorize|connect|start|login|url)/?\Z",
        re.IGNORECASE,
    ),
}


def about(what: str, found: tuple[Route, ...]) -> tuple[Route, ...]:
    """Return the routes whose path says that they are `ready`, `status`, `leads` or `connect`."""
    return tuple(each for each in found if _ABOUT[what].search(each.path))
