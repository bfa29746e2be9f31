"""What the values of `backend.toml` must be like, whatever their type.

Owns the rules, each with the sentence that refuses its breach. Looks at the file system where a value
names a file; must not start or contact anything.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

from harness.config.mistakes import ConfigError, KeyPath, Mistakes, spell
from harness.config.placeholders import fill_in, placeholders_in
from harness.config.settings import (
    ZONES,
    BackendConfig,
    DeepLink,
    Http,
    Level,
    SignIn,
    Start,
    Texts,
    method_and_path,
)
from harness.config.start_rules import check_path, check_start
from harness.errors import UsageError
from harness.given_files import text_given

LEVELS: tuple[str, ...] = get_args(Level)
METHODS = ("GET", "POST", "PUT")

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*\Z")
UNIVERSAL = r"https://[a-z0-9.-]+(:[0-9]{1,5})?"
"""The origin of an associated domain."""
WEB_SCHEMES = ("http", "https", "about", "data", "file", "javascript", "blob", "mailto", "tel")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_QUERY_NAME = re.compile(r"[A-Za-z0-9_.\[\]-]+\Z")


def check_values(
    config: BackendConfig, directory: Path, clause_ids: Collection[str], wrong: Mistakes
) -> BackendConfig:
    """Return the configuration with `[start].cwd` absolute; what is impossible in it goes to `wrong`."""
    if not config.name.strip():
        wrong.add(("name",), "name is empty; say what the reports shall call this backend")
    if config.zone not in ZONES:
        wrong.add(("zone",), f'zone "{config.zone}" is none of amoCRM\'s: choose {", ".join(ZONES)}')
    with wrong.noted():
        config = replace(config, http=_check_ca(config.http, directory))
    _check_http(config.http, wrong, starts=config.start is not None)
    _check_frontends(config.http.frontends, config.start, wrong)
    _check_deep_link(config.deep_link, wrong)
    _check_texts(config.texts, wrong)
    _check_levels(config.levels, clause_ids, wrong)
    _check_known_failures(config.known_failures, clause_ids, wrong)
    if config.start is None:
        return config
    return replace(config, start=check_start(config.start, directory, wrong))


def _check_http(http: Http, wrong: Mistakes, *, starts: bool) -> None:
    with wrong.noted():
        _check_url(http.url, starts=starts)
    _check_paths(http, wrong)
    with wrong.noted():
        _check_connect(http)
    _check_reading(http, wrong)
    with wrong.noted():
        _check_sign_in(http, http.sign_in)
    _check_headers(http, wrong)


def _check_paths(http: Http, wrong: Mistakes) -> None:
    with wrong.noted():
        check_path(("http", "callback"), http.callback)
    for name in ("ready", "exchange", "status", "leads"):
        value = getattr(http, name)
        if value or name in ("ready", "exchange"):
            with wrong.noted():
                check_path(("http", name), value, may_have_query=True)


def _check_connect(http: Http) -> None:
    key = ("http", "connect")
    if http.connect_call is None:
        for name in ("connect_in_browser", "connect_body"):
            if getattr(http, name):
                raise ConfigError(("http", name), f"[http].{name} is about [http].connect, which is left out")
        return
    method, path = http.connect_call
    if method not in METHODS:
        raise ConfigError(key, f'[http].connect "{http.connect}" is not a path, or "POST /path"')
    if http.connect_in_browser:
        known = _told_by(http)
        _check_known(key, spell(key), path, known)
        path = fill_in(path, dict.fromkeys(known, "x"))
    check_path(key, path, may_have_query=True)
    if http.connect_in_browser and method != "GET":
        raise ConfigError(
            key, "[http].connect is opened by the phone's browser, which sends a GET: write the path alone"
        )
    if http.connect_body and method == "GET":
        raise ConfigError(
            ("http", "connect_body"), '[http].connect_body is sent by a POST: write connect = "POST /path"'
        )
    _check_json(("http", "connect_body"), http.connect_body, {"user"})


def _check_sign_in(http: Http, sign_in: SignIn) -> None:
    key = ("http", "sign_in", "call")
    if not sign_in.call:
        for name in ("body", "token", "refresh"):
            if getattr(sign_in, name):
                raise ConfigError(key, f"[http.sign_in] has a {name} and no call; add one: POST /login")
        return
    _check_call(key, sign_in.call)
    if sign_in.refresh:
        _check_call(("http", "sign_in", "refresh"), sign_in.refresh)
    _check_json(("http", "sign_in", "body"), sign_in.body, {"user"})
    _check_dotted(("http", "sign_in", "token"), sign_in.token)
    uses_token = any("token" in placeholders_in(value) for value in http.headers.values())
    if sign_in.refresh and not sign_in.token:
        raise ConfigError(
            ("http", "sign_in", "refresh"),
            "[http.sign_in] has a refresh and no token to renew; say where the answer has it: token = "
            '"data.token"',
        )
    if sign_in.token and not uses_token:
        raise ConfigError(
            ("http", "headers"),
            "no header of [http.headers] carries {token}, which [http.sign_in] asks for: write "
            'Authorization = "Bearer {token}"',
        )


def _check_call(key: KeyPath, call: str) -> None:
    method, path = method_and_path(call)
    if method not in METHODS:
        raise ConfigError(key, f'{spell(key)} "{call}" is not a call such as "POST /auth/login"')
    check_path(key, path, may_have_query=True)


def _check_json(key: KeyPath, text: str, known: set[str]) -> None:
    for unknown in sorted({*placeholders_in(text)} - known):
        raise ConfigError(key, f"{spell(key)} may hold {{user}} and no other placeholder, not {{{unknown}}}")
    if not text:
        return
    try:
        json.loads(fill_in(text, dict.fromkeys(known, "x")))
    except ValueError as error:
        raise ConfigError(key, f"{spell(key)} is not JSON ({error}); it is sent as it stands") from error


def _told_by(http: Http) -> set[str]:
    """Return the placeholders of who is signed in."""
    return {"user", "token"} if http.sign_in.token else {"user"}


def _check_headers(http: Http, wrong: Mistakes) -> None:
    known = _told_by(http)
    for name, value in http.headers.items():
        with wrong.noted():
            _check_header(name, value, known)


def _check_header(name: str, value: str, known: set[str]) -> None:
    key = ("http", "headers", name)
    if not _TOKEN.match(name):
        raise ConfigError(key, f'[http.headers] "{name}" is no name of a header')
    if not value.isascii() or not value.isprintable():
        raise ConfigError(
            key, f"[http.headers].{name} must be printable ASCII; percent-encode or base64 the rest"
        )
    _check_known(key, f"[http.headers].{name}", value, known)


def _check_known(key: KeyPath, said: str, value: str, known: set[str]) -> None:
    for unknown in sorted({*placeholders_in(value)} - known):
        told = "{user} and no other placeholder" if len(known) == 1 else "{user} and {token}"
        hint = "; [http.sign_in].token says where {token} comes from" if unknown == "token" else ""
        raise ConfigError(key, f"{said} may hold {told}, not {{{unknown}}}{hint}")


def _check_reading(http: Http, wrong: Mistakes) -> None:
    """What is read in the answers: dotted paths, and the parameter that asks for a page."""
    for name in ("connected", "connect_url", "leads_list", "leads_next", "leads_pages"):
        with wrong.noted():
            _check_dotted(("http", name), getattr(http, name))
    when = http.connected_when
    if when not in ("true", "present", "200") and not (when.startswith("=") and len(when) > 1):
        wrong.add(
            ("http", "connected_when"),
            f'[http].connected_when "{when}" is unknown; choose "true", "present", "200" or "=VALUE"',
        )
    if not http.leads_next:
        wrong.add(
            ("http", "leads_next"),
            '[http].leads_next is empty; name the field that holds the next page, such as "next_page"',
        )
    if not _QUERY_NAME.match(http.leads_page):
        wrong.add(
            ("http", "leads_page"),
            f'[http].leads_page "{http.leads_page}" is not a query parameter such as "page"',
        )


def _check_dotted(key: KeyPath, value: str) -> None:
    if value and not all(value.split(".")):
        raise ConfigError(
            key,
            f'{spell(key)} "{value}" is not a dotted path such as "data.{key[-1]}" ("": the whole answer)',
        )


def _check_url(url: str, *, starts: bool) -> None:
    key = ("http", "url")
    for name in placeholders_in(url):
        if name != "port":
            raise ConfigError(key, f"[http].url may hold {{port}} and no other placeholder, not {{{name}}}")
        if not starts:
            raise ConfigError(
                key,
                "[http].url has {port}, which only a backend with [start] is given; "
                "add [start], or write the address where the backend runs",
            )
    if not is_origin(url.replace("{port}", "1")):
        raise ConfigError(key, f'[http].url "{url}" is not an origin such as "http://127.0.0.1:3000"')


def _check_ca(http: Http, directory: Path) -> Http:
    """Return the settings with `ca` absolute."""
    if not http.ca:
        return http
    key, file = ("http", "ca"), directory / http.ca
    if not http.url.startswith("https:"):
        raise ConfigError(key, f'[http].ca is about https, and [http].url is "{http.url}": write https://')
    try:
        is_certificate = "-----BEGIN CERTIFICATE-----" in text_given(file, errors="replace")
    except (OSError, UsageError, ValueError) as error:  # ValueError: it holds a NUL
        why = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(key, f'[http].ca "{http.ca}" cannot be read ({why}: {file})') from error
    if not is_certificate:
        raise ConfigError(key, f'[http].ca "{http.ca}" holds no certificate in PEM, "-----BEGIN CERTIFICATE"')
    return replace(http, ca=str(file))


def _check_frontends(frontends: Mapping[str, str], start: Start | None, wrong: Mistakes) -> None:
    for named, served_at in frontends.items():
        for each in (named, served_at):
            if not is_origin(each):
                wrong.add(
                    ("http", "frontends", named),
                    f'[http.frontends] "{each}" is not an origin; write both sides of it such as '
                    '"http://localhost:5173", without a path',
                )
    told = (*start.command, *start.env.values()) if start else ()
    if not frontends and any("frontend_url" in placeholders_in(each) for each in told):
        wrong.add(
            ("start",),
            "[start] says {frontend_url}, and [http.frontends] names none; add the origin that the callback "
            "redirects to, and where it is served",
        )


def is_origin(url: str) -> bool:
    """Tell whether a text is the origin of a web server and nothing more."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False
    return usable and not (parts.path.strip("/") or parts.query or parts.fragment or parts.username)


def _check_deep_link(link: DeepLink, wrong: Mistakes) -> None:
    if not _SCHEME.match(link.scheme):
        wrong.add(
            ("deep_link", "scheme"),
            f'[deep_link].scheme "{link.scheme}" is not a URL scheme such as "foryoure" (lower case, no "://")',
        )
    elif link.scheme in WEB_SCHEMES:
        wrong.add(
            ("deep_link", "scheme"),
            f'[deep_link].scheme "{link.scheme}" opens no app; write the app\'s own scheme',
        )
    if re.search(r"[\s/?#@]", link.host):
        wrong.add(("deep_link", "host"), f'[deep_link].host "{link.host}" is not a host such as "amo-crm"')
    if link.path:
        with wrong.noted():
            check_path(("deep_link", "path"), link.path)
    for each in link.universal:
        if not re.fullmatch(UNIVERSAL, each):
            wrong.add(
                ("deep_link", "universal"),
                f'[deep_link].universal "{each}" is no origin such as "https://app.example.com" (lower case, '
                "no path)",
            )


def _check_texts(texts: Texts, wrong: Mistakes) -> None:
    for each in fields(texts):
        if not getattr(texts, each.name).strip():
            wrong.add(
                ("texts", each.name),
                f"[texts].{each.name} is empty; leave it out to keep the contract's wording",
            )


def _check_levels(levels: Mapping[str, str], clause_ids: Collection[str], wrong: Mistakes) -> None:
    for clause_id, level in levels.items():
        key = ("levels", clause_id)
        with wrong.noted():
            _check_clause("levels", clause_id, key, clause_ids)
        if level not in LEVELS:
            wrong.add(key, f'[levels]."{clause_id}" is "{level}"; choose "must", "should" or "off"')


def _check_clause(table: str, clause_id: str, key: KeyPath, clause_ids: Collection[str]) -> None:
    if clause_id not in clause_ids:
        near = get_close_matches(clause_id.upper(), sorted(clause_ids), n=1, cutoff=0.5)
        remedy = f'did you mean "{near[0]}"?' if near else "`amo-harness contract` lists them"
        raise ConfigError(key, f'[{table}] names "{clause_id}", which is no clause; {remedy}')


def _check_known_failures(known: Mapping[str, str], clause_ids: Collection[str], wrong: Mistakes) -> None:
    for clause_id, why in known.items():
        key = ("known_failures", clause_id)
        with wrong.noted():
            _check_clause("known_failures", clause_id.partition("/")[0], key, clause_ids)
        if not why.strip():
            wrong.add(
                key,
                f'[known_failures]."{clause_id}" is empty; say why the clause fails and where it is tracked',
            )
