"""Random deep links, the same for the same seed, each of a class that the numbers are told by.

Owns the grammar. It must not know what a link is taken for.
"""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from urllib.parse import quote

Link = tuple[str, str]
"""Its class and the link."""
Draw = Callable[[Random], str]

WORDS: dict[str, list[str]] = json.loads(
    Path(__file__).with_name("vocabulary.json").read_text(encoding="utf-8")
)
HALF = 0.5
OFTEN = 0.9
SELDOM = 0.2


def _some(random: Random, texts: list[str], most: int) -> str:
    return "".join(random.choice(texts) for _ in range(random.randrange(1, most)))


def _encoded(random: Random) -> str:
    once = quote(_some(random, WORDS["texts"] + WORDS["escapes"], 4), safe="")
    return quote(once, safe="") if random.random() < SELDOM else once


def _query(random: Random) -> str:
    pairs = [
        random.choice(WORDS["names"])
        + ("=" + _some(random, WORDS["escapes"] + WORDS["texts"], 5) if random.random() < OFTEN else "")
        for _ in range(random.randrange(1, 4))
    ]
    return "?" + random.choice("&&&;").join(pairs)


def _own(random: Random) -> str:
    """What a backend makes: its texts percent-encoded."""
    kind = random.choice(("success=true&state=", "error="))
    return f"foryoure://amo-crm/callback?{kind}{_encoded(random)}"


def _escapes(random: Random) -> str:
    fragment = random.choice(("", "", "", "#", "#a%zz", "#é <"))
    return f"foryoure://amo-crm/callback{_query(random)}{fragment}"


def _authority(random: Random) -> str:
    slashes = random.choice(("//", "//", "//", "///", "/", ""))
    path = random.choice(("/callback", "/amo-crm/callback", "/crm", "/", "", "/../callback", "\\callback"))
    tail = random.choice(("", "?success=true", "?", "#x"))
    host = random.choice(WORDS["hosts"])
    return f"foryoure:{slashes}{host}{path}{tail}"


def _path(random: Random) -> str:
    segments = "/".join(
        random.choice(WORDS["segments"] if random.random() < HALF else ["amo-crm", "callback"])
        for _ in range(random.randrange(1, 6))
    )
    start = random.choice(("//", "///", "", "/", "////"))
    tail = random.choice(("", "?success=true", "?a=%26b", "#x"))
    return f"foryoure:{start}{segments}{random.choice(('', '', '/', '//'))}{tail}"


def _another_url(random: Random) -> str:
    start = random.choice(("", "", "/", "//", "///"))
    path = random.choice(
        ("/amo-crm/callback", "/crm", "", "/", "amo-crm/callback", "\\amo-crm\\callback", "/_sitemap")
    )
    tail = random.choice(("", "?success=true", "?error=%2526", "#x"))
    origin = random.choice(WORDS["origins"])
    return f"foryoure:{start}{origin}{path}{tail}"


def _development_client(random: Random) -> str:
    inner = random.choice((_own, _escapes, _authority, _path, _another_url, _web, _bare))(random)
    name = random.choice(("expo", "expo", "expo", "EXPO"))
    port = random.choice(("", "", "", ":8081"))
    before = random.choice(("", "", "", "a=b&"))
    kept = "%/:?=" if random.random() < SELDOM else ""
    slash = random.choice(("/", "/x", ""))
    return f"foryoure://{name}-development-client{port}{slash}?{before}url={quote(inner, safe=kept)}"


def _web(random: Random) -> str:
    tail = random.choice(("", "?success=true", "?error=x%26success%3Dtrue#f"))
    return random.choice(WORDS["origins"]) + f"/amo-crm/callback{tail}"


def _bare(random: Random) -> str:
    return random.choice(WORDS["bare"])


def _odd(random: Random) -> str:
    link = random.choice((_own, _authority, _path))(random)
    for _ in range(random.randrange(1, 4)):
        place = random.randrange(len("foryoure:"), len(link) + 1)
        link = link[:place] + random.choice(WORDS["odd"]) + link[place:]
    return link


CLASSES: dict[str, Draw] = {
    "links that a backend makes": _own,
    "escapes in a query": _escapes,
    "hosts, ports and users": _authority,
    "paths": _path,
    "another URL after the scheme": _another_url,
    "the development client": _development_client,
    "blanks and control characters": _odd,
}


def links(seed: int, count: int) -> list[Link]:
    """Return so many links, the classes in turn."""
    random = Random(seed)  # noqa: S311 - to be the same again, not to be secret
    names = list(CLASSES)
    return [(name := names[place % len(names)], CLASSES[name](random)) for place in range(count)]
