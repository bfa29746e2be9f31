"""Delivers a real code to the callback and looks for it at the fake's token endpoint.

Owns these checks. What the callback does with it is the contract's to judge; wrong is only what the
configuration gave the backend, or forgot to give.
"""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from http.cookiejar import Cookie
from typing import Any

import httpx

from fake_amo import FakeAmo, JournalEntry
from fake_amo.site.events import masked
from harness.backends.intercept import zone_of
from harness.config.placeholders import placeholders_in
from harness.config.settings import Start
from harness.config.start_rules import starts_containers
from harness.preflight.authorization import wrong_redirect_uri
from harness.preflight.check import Check
from harness.preflight.landing import check_landing
from harness.preflight.surroundings import Surroundings

TOKEN_PATH = "/oauth2/access_token"  # noqa: S105 - a path
TOKEN_REQUEST_TIMEOUT_S = 5.0
PAUSE_S = 0.02
HOSTS_NETWORK = re.compile(r"""(network_mode\s*:\s*["']?|--net(work)?=|\A)host\b""")
WHERE_AMO_IS = frozenset({"amo_url", "amo_host", "amo_hosts", "amo_subdomain"})
WHO_WE_ARE = frozenset({"client_id", "client_secret"})


NONE_CAME = "none within"


def sent_nothing(check: Check) -> bool:
    """Tell whether a check says that a callback sent no code, for no reason that the configuration shows."""
    return check.is_note and check.seen.startswith(NONE_CAME)


def check_referer(around: Surroundings, state: str, refused: str) -> Iterator[Check]:
    """Deliver a code with a `referer` of amoCRM's own to a callback that sent none for another."""
    amo = around.amo
    code = amo.mint_code()
    query = amo.redirect_query(code, state)
    list(check_landing(around, around.ask_as_browser(around.redirect_uri, query)))
    if _sent(amo, masked("code", code), known=0) is None:
        return
    seen = f"it does so where `referer` is {query['referer']}, and not where it is {refused}"
    change = (
        "Set [start].intercept = true, so that `referer` names a host of amoCRM's, or let it take the host "
        "that {amo_host} in [start.env] stands for as well."
    )
    yield Check("token request", "the callback sends the code to amoCRM", seen, change)


def check_delivery(around: Surroundings, state: str) -> list[Check]:
    """Deliver a code with this state through the gateway, as amoCRM's redirect does."""
    amo = around.amo
    code = amo.mint_code()
    query = amo.redirect_query(code, state)
    around.talk.mask.add("code", code)
    known = len(_token_requests(amo))
    untaken = [each.name for each in around.browser.cookies if _is_lost(each, around)]
    answer = around.ask_as_browser(around.redirect_uri, query)
    landing = list(check_landing(around, answer))  # first: a slash may be between amoCRM and who takes codes
    sent = _sent(amo, masked("code", code), known)
    for each in _token_requests(amo)[known:]:
        around.talk.told(f"> amoCRM was sent {each.method} {each.path} with {_in_words(each.fields)}")
        around.talk.told(f"< amoCRM answered {each.status or 'nothing: the connection was cut'}")
    if sent is None:
        return [_nothing_sent(around, answer, untaken), *landing]
    if sent.fields.get("redirect_uri") != around.redirect_uri:
        return [wrong_redirect_uri(around, str(sent.fields.get("redirect_uri"))), *landing]
    seen = f"the callback was called through {around.redirect_uri}"
    return [
        Check("redirect URI", "the gateway", seen),
        _granted(around, sent, masked("code", code)),
        *landing,
    ]


def _granted(around: Surroundings, sent: JournalEntry, code: str) -> Check:
    amo = around.amo
    item, expected = "token request", "amoCRM grants the tokens"
    zone = zone_of(sent.host)
    if zone not in (None, around.config.zone):
        seen = f"it was sent to {sent.host}, and amoCRM answered {sent.status}: no account has that host"
        return Check(item, expected, seen, f'Write zone = "{zone}", or let it use the host of `referer`.')
    if sent.fields.get("client_id") != amo.client_id:
        seen = f"client_id={sent.fields.get('client_id')}"
        change = "Give the client id's setting the value {client_id} in [start.env]."
        return Check(item, f"client_id={amo.client_id}", seen, change)
    if sent.fields.get("client_secret") != masked("client_secret", amo.client_secret):
        change = "Give the client secret's setting the value {client_secret} in [start.env]."
        return Check(item, "the integration's client_secret", "another one", change)
    if sent.fields.get("code") != code:
        seen = "the callback sent a code that is not the one it was given: the contract says what that breaks"
        return Check(item, expected, seen, is_note=True)
    if sent.status != HTTPStatus.OK:
        change = "Compare the request's fields with amoCRM's documentation of /oauth2/access_token."
        return Check(item, expected, f"it answered {sent.status}", change)
    return Check(item, expected, "it reached the fake amoCRM, which granted the tokens")


def _in_words(fields: Mapping[str, Any]) -> str:
    """Return a token request's fields, which the fake has masked."""
    return ", ".join(f"{name}={value}" for name, value in fields.items()) or "no fields"


def _token_requests(amo: FakeAmo) -> list[JournalEntry]:
    return [each for each in amo.journal if each.path.endswith(TOKEN_PATH)]


def _sent(amo: FakeAmo, code: str, known: int) -> JournalEntry | None:
    """Wait for a token request after those known, preferably with this code and granted.

    A backend may send it after its page, or more than once: both break clauses, not the preflight.
    """
    deadline = time.monotonic() + TOKEN_REQUEST_TIMEOUT_S
    while True:
        new = _token_requests(amo)[known:]
        sent = [each for each in new if each.fields.get("code") == code] or new
        if sent:
            return next((each for each in sent if each.status == HTTPStatus.OK), sent[0])
        if time.monotonic() > deadline:
            return None
        time.sleep(PAUSE_S)


def _nothing_sent(around: Surroundings, answer: "httpx.Response | str", untaken: Sequence[str] = ()) -> Check:
    """Say that no token request came; wrong where the configuration, and not the backend, may be why.

    `untaken` are the cookies that no browser takes from where they were given.
    """
    refused = ", ".join(map(str, around.refusals()))
    answered = f"it {answer}" if isinstance(answer, str) else f"the callback answered {answer.status_code}"
    seen = f"{NONE_CAME} {TOKEN_REQUEST_TIMEOUT_S:g} s; {answered}" + (
        f"; refused: {refused}" if refused else ""
    )
    item = "token request"
    expected = f"the callback sends the code to {around.amo.url}{TOKEN_PATH}"
    start = around.config.start
    change = ""
    if refused:
        change = (
            "Let the backend reach amoCRM's own host by https with the CA that [start].intercept gives it."
        )
    elif start is not None and not _is_told_where_amo_is(start):
        change = (
            "Give the setting that holds amoCRM's address the value {amo_url} in [start.env], or set [start]."
            "intercept = true if it is fixed."
        )
    elif start is not None and _is_on_a_network_of_its_own(start):
        change = (
            "In a container 127.0.0.1 is the container: give it this machine's network, `network_mode: host`."
        )
    elif untaken:
        seen += f", and was sent no cookie `{untaken[0]}`: it is Secure, and the redirect URI is http here"
        change = "Set [http].public_https = true: the redirect URI is on https then, as in production."
    if change:
        return Check(item, expected, seen, change)
    if start is not None and start.intercept:
        seen += (
            ", and no connection to amoCRM's hosts; `amo-harness docs configuration` lists the clients that "
            "come here"
        )
    if around.config.http.connect is None:
        seen += "; the state was the app's own: if the backend issues states, name the path in [http].connect"
    return Check(item, expected, f"{seen}: the contract says what that breaks", is_note=True)


def _is_lost(cookie: Cookie, around: Surroundings) -> bool:
    """Tell whether no browser takes a cookie from where it was given."""
    return cookie.secure and not around.config.http.public_https


def _is_on_a_network_of_its_own(start: Start) -> bool:
    """Tell whether containers are started, and nothing in their files gives them this machine's network."""
    command = starts_containers(start)
    named = (start.cwd / each for each in command if each.endswith((".yml", ".yaml")))
    files = (each for each in (*named, *start.cwd.glob("*compose*.y*ml")) if each.is_file())
    texts = [*command, *(each.read_text(errors="replace") for each in files)]
    return bool(command) and not any(HOSTS_NETWORK.search(each) for each in texts)


def _is_told_where_amo_is(start: Start) -> bool:
    """Tell whether the backend knows the fake, or knows nothing of amoCRM at all: a page alone."""
    told = {name for text in (*start.command, *start.env.values()) for name in placeholders_in(text)}
    return start.intercept or bool(told & WHERE_AMO_IS) or not told & WHO_WE_ARE
