"""The URL parser that Expo ships, in its three releases, as far as a deep link meets it inside the app.

Owns splitting a URL, alone or against one of expo-router's two bases, and its normal form. Python's
`urllib.parse` follows another standard, and React Native's engine has no URL of its own. Ported from
whatwg-url-without-unicode 8.0.0-3 and whatwg-url-minimum 0.1.2 and 0.2.0; held against them by
`python -m tools.differential`. Not modelled: which names outside ASCII 0.2.0 refuses as a host.
"""

import re
from dataclasses import dataclass
from typing import Literal

from harness.phone.links.hosts_in_urls import NotAHostError, opaque_host, special_host
from harness.phone.links.percent import FRAGMENT, OPAQUE, QUERY, SPECIAL_QUERY, USERINFO, encode
from harness.phone.links.url_library import UrlLibrary

Base = Literal["https:", "file:"]
"""What a path is read against: expo-router up to 5 uses a made-up https origin, later ones an empty file."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_EDGES = "".join(map(chr, range(0x21)))
_DRIVE = re.compile(r"[A-Za-z][:|]")
_PORTS = {"ftp": 21, "http": 80, "https": 443, "ws": 80, "wss": 443, "file": None}
_ONE_DOT = frozenset({".", "%2e"})
_TWO_DOTS = frozenset({"..", "%2e.", ".%2e", "%2e%2e"})
_MOST_PORTS = 65_535
_LONGEST_PORT = 6


class NotAUrlError(ValueError):
    """The text does not parse, where JavaScript's `new URL` throws TypeError."""


@dataclass(frozen=True, slots=True)
class Url:
    """A parsed URL in its normal form; `search` and `fragment` without their `?` and `#`."""

    scheme: str
    hostname: str
    port: int | None
    path: str
    search: str
    fragment: str
    origin: str = ""
    """Scheme, host and port of a URL of the web; empty for any other."""
    userinfo: str = ""

    @property
    def host(self) -> str:
        """The host with its port, where it has one."""
        return self.hostname if self.port is None else f"{self.hostname}:{self.port}"

    @property
    def href_without_origin(self) -> str:
        """`href.replace(origin, '')`; somebody's name before the host keeps the two from matching."""
        start = f"{self.scheme}://{self.userinfo}@{self.host}" if self.userinfo else ""
        query = f"?{self.search}" if self.search else ""
        return start + self.path + query + (f"#{self.fragment}" if self.fragment else "")


def clean(text: str) -> str:
    """Strip what every URL parser strips: blanks at the ends, tabs and line breaks anywhere."""
    return re.sub(r"[\t\n\r]", "", text.strip(_EDGES))


def scheme_in(text: str) -> str:
    """Return the scheme in lower case; empty when there is none."""
    found = _SCHEME.match(clean(text))
    return found.group()[:-1].lower() if found else ""


def parse(text: str, library: UrlLibrary, base: Base | None = None) -> Url:
    """Return `new URL(text, base)`. Raises NotAUrlError where it throws."""
    return _Parser(library).parse(clean(text), base)


class _Parser:
    def __init__(self, library: UrlLibrary) -> None:
        self._library = library
        self._scheme = ""

    @property
    def _is_special(self) -> bool:
        return self._scheme in _PORTS

    def parse(self, text: str, base: Base | None) -> Url:
        found = _SCHEME.match(text)
        if found is None and base is None:
            raise NotAUrlError(f"{text!r} has no scheme")
        self._scheme = found.group()[:-1].lower() if found else str(base)[:-1]
        before, hash_sign, fragment = text[found.end() if found else 0 :].partition("#")
        rest, question_mark, search = before.partition("?")
        del question_mark
        if found is None or (self._scheme == "file"):
            host, port, userinfo, path = self._relative(rest)
        elif not self._is_special and not rest.startswith("/"):
            host, port, userinfo, path = "", None, "", self._opaque(rest, hash_sign or before != rest)
        else:
            host, port, userinfo, path = self._absolute(rest, base)
        return Url(
            self._scheme,
            host,
            port,
            path,
            encode(search, SPECIAL_QUERY if self._is_special else QUERY),
            encode(fragment.replace("\0", "") if self._library.is_first else fragment, FRAGMENT),
            self._origin(host, port),
            userinfo,
        )

    def _origin(self, host: str, port: int | None) -> str:
        if not self._is_special or self._scheme == "file":
            return ""
        return f"{self._scheme}://{host}" + ("" if port is None else f":{port}")

    def _opaque(self, path: str, goes_on: object) -> str:
        if goes_on and path.endswith(" ") and not self._library.is_first:
            path = path[:-1] + "%20"
        return encode(path, OPAQUE)

    def _absolute(self, rest: str, base: Base | None) -> tuple[str, int | None, str, str]:
        """After the scheme, of a URL of the web or of an app."""
        if self._is_special:
            if base == f"{self._scheme}:" and not rest.startswith("//"):
                return self._relative(rest)
            return self._authority(rest.lstrip("/\\"))
        if rest.startswith("//"):
            return self._authority(rest[2:])
        return "", None, "", self._path(rest[1:])

    def _relative(self, rest: str) -> tuple[str, int | None, str, str]:
        """Against the base, whose own path is `/`; both bases are of schemes that know the backslash."""
        slashes = len(rest) - len(rest.lstrip("/\\"))
        if slashes < 2:  # noqa: PLR2004 - two slashes begin an authority
            return "", None, "", self._path(rest[slashes:])
        if self._scheme != "file":
            return self._authority(rest.lstrip("/\\"))
        # A file's host ends at the first slash, be it empty
        name = re.split(r"[/\\]", rest[2:], maxsplit=1)[0]
        if len(name) == 2 and _DRIVE.match(name):  # noqa: PLR2004 - a drive's letter and its colon
            return "", None, "", self._path(rest[2:])
        tail = rest[2 + len(name) :]
        host = self._special_host(name) if name else ""
        return "" if host == "localhost" else host, None, "", self._path(tail[1:])

    def _authority(self, text: str) -> tuple[str, int | None, str, str]:
        end = re.search(r"[/\\]" if self._is_special else r"/", text)
        authority, tail = (text, None) if end is None else (text[: end.start()], text[end.end() :])
        userinfo, at_sign, host_port = authority.rpartition("@")
        if at_sign and not host_port:
            raise NotAUrlError(f"{authority!r} names nobody's host")
        hostname, port = self._host_and_port(host_port)
        path = "" if tail is None and not self._is_special else self._path(tail or "")
        return hostname, port, self._userinfo(userinfo), path

    def _userinfo(self, text: str) -> str:
        name, _, password = text.partition(":")
        encoded = encode(password, USERINFO)
        return encode(name, USERINFO) + (f":{encoded}" if encoded else "")

    def _host_and_port(self, text: str) -> tuple[str, int | None]:
        name, colon, digits = _split_port(text)
        if (colon and not name) or (self._is_special and not name):
            raise NotAUrlError(f"{text!r} has no host")
        number = digits.lstrip("0")[:_LONGEST_PORT]
        if not re.fullmatch(r"[0-9]*", digits) or int(number or 0) > _MOST_PORTS:
            raise NotAUrlError(f"{digits!r} cannot be a port")
        host = self._special_host(name) if self._is_special else self._opaque_host(name)
        port = int(number or 0) if digits else None
        return host, None if port == _PORTS.get(self._scheme) else port

    def _special_host(self, name: str) -> str:
        try:
            return special_host(name, self._library)
        except NotAHostError as error:
            raise NotAUrlError(str(error)) from None

    def _opaque_host(self, name: str) -> str:
        try:
            return opaque_host(name, self._library)
        except NotAHostError as error:
            raise NotAUrlError(str(error)) from None

    def _path(self, text: str) -> str:
        """The segments after the first slash with their dots resolved."""
        segments: list[str] = []
        parts = re.split(r"[/\\]" if self._is_special else r"/", text)
        for number, part in enumerate(parts, 1):
            self._take(segments, encode(part, self._library.path), is_last=number == len(parts))
        if self._scheme == "file" and self._library.is_first:
            while len(segments) > 1 and not segments[0]:
                del segments[0]
        return "".join(f"/{segment}" for segment in segments)

    def _take(self, segments: list[str], part: str, *, is_last: bool) -> None:
        dots = part.lower()
        is_file = self._scheme == "file"
        if dots in _TWO_DOTS:
            if not (is_file and len(segments) == 1 and re.fullmatch(r"[A-Za-z]:", segments[0])):
                del segments[-1:]
            if is_last:
                segments.append("")
        elif dots in _ONE_DOT:
            if is_last:
                segments.append("")
        elif is_file and not segments and len(part) == 2 and _DRIVE.match(part):  # noqa: PLR2004 - a drive
            segments.append(f"{part[0]}:")
        else:
            segments.append(part)


def _split_port(text: str) -> tuple[str, str, str]:
    """At the first colon outside brackets."""
    inside = False
    for place, sign in enumerate(text):
        if sign == ":" and not inside:
            return text[:place], sign, text[place + 1 :]
        if sign in "[]":
            inside = sign == "["
    return text, "", ""
