"""Where what is known comes from: each source with its name, and the clauses that rest on it.

Owns the list and its page, `docs/sources.md`. A clause names its source in these words first, then the
place in it. What single behaviours of the fake, the hosts and the app rest on stands beside them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from harness.contract import CONTRACT, Clause

_HEAD = """\
# Sources

Written by `make docs`. A clause names its source by the first column, then the place in it; where S1 and S2
disagree, the later decision in the code stands: no `code` in the deep link. *Measured* means that the
behaviour was seen in the thing itself, and not read about.

"""
_FOOT = """
Each behaviour of fake amoCRM has its own source, row by row, in [FACTS.md](../fake_amo/FACTS.md); each cell
of what a phone's browser does with a link in [hosts.md](hosts.md). A word that several of these use
differently is in the [glossary](glossary.md).
"""
_TOKEN = re.compile(r"\b(?:S\d+|RFC \d+)\b")


@dataclass(frozen=True, slots=True)
class Source:
    """One source: the name that a clause begins with, what it is, and what rests on it besides clauses."""

    name: str
    what: str
    also: str = ""


SOURCES = (
    Source("S1", "“Callback з ручним поверненням в додаток”: the callback's pages and the button"),
    Source(
        "S2",
        "“Виправлення 403 помилки та оновлення статусу після верифікації”: the link without a code, and what "
        "the app does on its return",
        "the screens and cached queries of `harness/phone`",
    ),
    Source("RFC 6749", "The OAuth 2.0 Authorization Framework", "`fake_amo/oauth`"),
    Source("RFC 9700", "Best Current Practice for OAuth 2.0 Security"),
    Source("RFC 3986", "Uniform Resource Identifier: Generic Syntax", "links, percent-encoding, origins"),
    Source("RFC 5234", "Augmented BNF for Syntax Specifications", "the link's grammar in contract.json"),
    Source(
        "RFC 5280",
        "X.509 Public Key Infrastructure",
        "for which names a kept authority is good: `harness/certificates`",
    ),
    Source(
        "RFC 5737",
        "IPv4 Address Blocks Reserved for Documentation",
        "which address is nobody's: `harness/serve/reaching`",
    ),
    Source("RFC 6265", "HTTP State Management Mechanism", "which cookies come back to the callback (CB-03)"),
    Source("RFC 6761", "Special-Use Domain Names", "which names no page can have: `fake_amo/http/guard.py`"),
    Source("RFC 7405", "Case-Sensitive String Support in ABNF", "the same"),
    Source("RFC 9110", "HTTP Semantics", "the gateway, and what a HEAD request is"),
    Source("RFC 9111", "HTTP Caching", "what a phone keeps: `harness/api_client/cached.py`"),
    Source(
        "React Native",
        "`RCTHTTPRequestHandler`: URLSession's default configuration, so Apple's `useProtocolCachePolicy`, "
        "which stores successes alone; `OkHttpClientProvider`: a cache of 10 MB for Android's calls",
        "the same",
    ),
    Source("WCAG 2.2", "Web Content Accessibility Guidelines, W3C", "the button's size, axe's rules"),
    Source("amoCRM", "amoCRM's and Kommo's documentation, and what clients report", "`fake_amo/FACTS.md`"),
    Source(
        "expo-router",
        "expo-router's own code and Expo's URL library per SDK, run by `make differential`",
        "[differential.md](differential.md)",
    ),
    Source("Safari", "Mobile Safari, and WebKit as it is built for GTK", "[hosts.md](hosts.md)"),
    Source("public reports", "issues and forum threads in which users and developers tell what they saw"),
    Source("common sense", "nobody needs to write it down: anybody could see it, or exploit its absence"),
)


def names_in(source: str) -> list[str]:
    """Return the listed sources that a clause's source names; the first part of it must be one."""
    parts = re.split(r"[,;:] ", source)
    return [each.name for each in SOURCES if any(re.match(rf"{each.name}(?!\w)", part) for part in parts)]


def unlisted(clauses: Iterable[Clause] = CONTRACT) -> dict[str, str]:
    """Return, by clause, a source that begins with no listed one, or names a document that is not listed."""
    listed = {each.name for each in SOURCES}
    return {
        clause.id: clause.source
        for clause in clauses
        if not any(re.match(rf"{name}(?!\w)", clause.source) for name in listed)
        or not set(_TOKEN.findall(clause.source)) <= listed
    }


def sources_page(clauses: Iterable[Clause] = CONTRACT) -> str:
    """Return `docs/sources.md`."""
    used = [(clause.id, names_in(clause.source)) for clause in clauses]
    rows = ["| source | what it is | clauses | also |", "|---|---|---|---|"]
    for source in SOURCES:
        ids = " ".join(clause_id for clause_id, names in used if source.name in names)
        rows.append(f"| {source.name} | {source.what} | {ids} | {source.also} |")
    return _HEAD + "\n".join(rows) + "\n" + _FOOT
