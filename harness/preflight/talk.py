"""What was sent to a backend and what it answered, as a person reads it where a check fails.

Owns that text, and hides what nobody else may read: known secrets by their masks, and whatever stands where
credentials do (headers, fields called token or password).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from harness.api_client.bounded import Hear
from harness.timeline.masking import SecretMask

LONGEST_BODY = 400
HIDDEN = "‹hidden›"
CREDENTIALS = ("authorization", "cookie", "set-cookie", "proxy-authorization")
SHOWN_OF_AN_ANSWER = ("content-type", "location", "set-cookie", "www-authenticate")
# What a mask of ours or of the fake's stands for already is left alone.
_SECRET_FIELD = re.compile(
    r"(?P<name>[\"']?[\w-]*(?:token|secret|passw(?:or)?d|api[_-]?key|jwt)[\w-]*[\"']?\s*[:=]\s*[\"']?)"
    r"(?P<value>(?![<‹])[^\"'&,;\s}{\]]+)",
    re.IGNORECASE,
)


@dataclass
class Talk:
    """What was said since somebody last took it."""

    mask: SecretMask = field(default_factory=SecretMask)
    _lines: list[str] = field(default_factory=list[str])

    def sent(self, method: str, url: str, headers: Mapping[str, str], body: str) -> None:
        """Note a request."""
        self._lines.append(f"> {method} {url}")
        self._lines += [f"> {name}: {_header(name, value)}" for name, value in headers.items()]
        if body:
            self._lines.append(f"> {_short(body)}")

    def answered(self, answer: httpx.Response | str) -> None:
        """Note an answer, or in words why there is none."""
        if isinstance(answer, str):
            self._lines.append(f"< {answer}")
            return
        self._lines.append(f"< {answer.status_code} {answer.reason_phrase}".rstrip())
        shown = [each for each in answer.headers.multi_items() if each[0] in SHOWN_OF_AN_ANSWER]
        self._lines += [f"< {name}: {_header(name, value)}" for name, value in shown]
        if answer.text.strip():
            self._lines.append(f"< {_short(answer.text)}")

    def told(self, line: str) -> None:
        """Note what somebody else said."""
        self._lines.append(line)

    def take(self) -> tuple[str, ...]:
        """Return what was said, secrets masked, and begin anew."""
        taken, self._lines[:] = list(self._lines), []
        return tuple(_without_secrets(self.mask.apply(line)) for line in taken)


def hear(talk: Talk) -> Hear:
    """Return what notes each request and each answer of a client."""

    def request(sent: httpx.Request) -> None:
        headers = {n: v for n, v in sent.headers.items() if n in (*CREDENTIALS, "content-type", "accept")}
        talk.sent(sent.method, str(sent.url), headers, sent.content.decode("utf-8", errors="replace"))

    return request, talk.answered


def _header(name: str, value: str) -> str:
    """Return a header's value; of credentials only of what kind they are."""
    if name.lower() not in CREDENTIALS:
        return value
    if name.lower() in ("cookie", "set-cookie"):
        return "; ".join(_cookie(each) for each in value.split("; "))
    scheme, space, _ = value.partition(" ")
    return f"{scheme} {HIDDEN}" if space else HIDDEN


def _cookie(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    is_attribute = name.lower() in ("path", "domain", "max-age", "expires", "samesite", "httponly", "secure")
    return pair if is_attribute or not equals else f"{name}={HIDDEN}"


def _without_secrets(line: str) -> str:
    return _SECRET_FIELD.sub(rf"\g<name>{HIDDEN}", line)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_BODY else f"{line[:LONGEST_BODY]}…"
