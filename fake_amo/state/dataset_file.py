"""A world from a TOML file: people, accounts, integrations, leads; every mistake refused by its name.

Owns the format, described in fake_amo/FACTS.md under "World files". Must not start anything.
"""

import os
import random
import re
import tomllib
from collections.abc import Callable, Collection
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, cast

from fake_amo.http.messages import is_array, is_object
from fake_amo.state.dataset import (
    DEFAULT_REDIRECT_URI,
    DEFAULT_SEED,
    MOST_LEADS,
    Account,
    Integration,
    User,
    World,
    check_subdomain,
    made_account,
    made_integration,
)
from fake_amo.state.entities import Lead
from fake_amo.state.settings import check_redirect_uri

MOST_BYTES = 16_000_000
MOST_PARTS = 100
"""Of a key: a parser takes minutes for one of a hundred thousand."""
_DOTTED = re.compile(r"""(?:\.[ \t]*(?:[\w-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')[ \t]*)+""")
Table = dict[str, Any]


class WorldFileError(ValueError):
    """A world file that cannot be read or says something impossible; the message names file and key."""


def load_world(path: Path, seed: int | None = None) -> World:
    """Return the world of a TOML file; `seed` replaces the file's own. Raises WorldFileError."""
    try:
        text = _read(path)
        if any(each[0].count(".") > MOST_PARTS for each in _DOTTED.finditer(text)):
            raise RecursionError
        table = tomllib.loads(text)
    except OSError as problem:
        raise WorldFileError(f"{path}: {problem.strerror or problem}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise WorldFileError(f"{path}: not a TOML file: {problem}") from None
    except RecursionError:
        raise WorldFileError(f"{path}: not a TOML file that can be read: it is nested too deeply") from None
    try:
        return world_from(table, seed, name=path.stem)
    except ValueError as problem:
        raise WorldFileError(f"{path}: {problem}") from None


def _read(path: Path) -> str:
    """Return the text without waiting for it: some files of /proc have nothing until something happens."""
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        is_larger = path.stat().st_size > MOST_BYTES
        content = cast("bytes | None", b"" if is_larger else file.read(MOST_BYTES + 1))
    if content is None:
        raise WorldFileError(f"{path}: nothing can be read from it")
    if is_larger or len(content) > MOST_BYTES:
        raise WorldFileError(f"{path}: larger than {MOST_BYTES:,} bytes")
    return content.decode()


def world_from(table: Table, seed: int | None = None, *, name: str = "custom") -> World:
    """Return the world of a parsed table. Raises ValueError naming the key."""
    _only(table, {"seed", "users", "accounts", "integrations"}, "the file")
    own_seed = _value(table, "seed", int, DEFAULT_SEED, "the file") if seed is None else seed
    dice = random.Random(f"{own_seed}/world")  # noqa: S311 - reproducible names, nothing secret
    users = [_user(dice, each, where) for each, where in _tables(table, "users")]
    _distinct((each.login for each in users), "users: login")
    accounts = [
        _account(dice, each, where, users, number)
        for number, (each, where) in enumerate(_tables(table, "accounts"))
    ]
    _distinct((each.subdomain for each in accounts), "accounts: subdomain")
    _distinct((str(each.id) for each in accounts), "accounts: id")
    integrations = [
        _integration(dice, each, where, accounts) for each, where in _tables(table, "integrations")
    ]
    _distinct((each.client_id for each in integrations), "integrations: client_id")
    return World(tuple(users), tuple(accounts), tuple(integrations), own_seed, name)


def _user(dice: random.Random, table: Table, where: str) -> User:
    _only(table, {"id", "name", "login", "password"}, where)
    generated_id = dice.randrange(6_000_000, 9_000_000)
    return User(
        _value(table, "id", int, generated_id, where),
        _value(table, "name", str, "Користувач", where),
        _value(table, "login", str, None, where),
        _value(table, "password", str, "correct horse", where),
    )


def _account(dice: random.Random, table: Table, where: str, users: list[User], number: int) -> Account:
    own = {"id", "subdomain", "name", "admins", "members", "leads"}
    plain = {"created_at", "country", "currency", "currency_symbol"}
    _only(table, own | plain, where)
    subdomain = _value(table, "subdomain", str, None, where)
    _named(where, lambda: check_subdomain(subdomain))
    admins = _people(table, "admins", where, users)
    members = _people(table, "members", where, users)
    if not admins + members:
        raise ValueError(f"{where}: admins or members must name a user's login")
    leads = table.get("leads", 5)
    count = _count(leads, where)
    account = made_account(
        dice,
        subdomain,
        _value(table, "name", str, subdomain, where),
        admins,
        count,
        account_id=_value(table, "id", int, dice.randrange(28_000_000, 32_000_000), where),
        member_ids=members,
        number=number,
    )
    wanted = {
        key: _value(table, key, int if key == "created_at" else str, None, where) for key in plain & {*table}
    }
    account = replace(account, **wanted)
    if is_array(leads):
        listed = [_lead(account, place, each, f"{where}.leads[{place}]") for place, each in enumerate(leads)]
        _distinct((str(each.id) for each in listed), f"{where}.leads: id")
        account = replace(account, leads=tuple(listed))
    return account


def _count(leads: object, where: str) -> int:
    """Return how many leads to generate; those of a list borrow their values from generated ones."""
    if is_array(leads):
        return len(leads)
    if isinstance(leads, int) and not isinstance(leads, bool) and 0 <= leads <= MOST_LEADS:
        return leads
    raise ValueError(f"{where}: leads must be a number up to {MOST_LEADS} or a list of tables, got {leads!r}")


def _lead(account: Account, place: int, table: object, where: str) -> Lead:
    if not is_object(table):
        raise ValueError(f"{where}: must be a table such as {{name = 'Вікна', price = 100}}, got {table!r}")
    types = {"name": str, "is_deleted": bool}
    known = {each.name for each in fields(Lead)} - {"contact_ids", "company_id", "tags", "custom_values"}
    _only(table, known, where)
    given = {key: _value(table, key, types.get(key, int), None, where) for key in table}
    lead = replace(account.leads[place], **given)
    statuses = {status.id for pipeline in account.pipelines for status in pipeline.statuses}
    if lead.status_id not in statuses:
        raise ValueError(f"{where}: status_id must be one of {sorted(statuses)}, got {lead.status_id}")
    return lead


def _integration(dice: random.Random, table: Table, where: str, accounts: list[Account]) -> Integration:
    plain = {"client_id", "client_secret", "disconnect_hook", "webhook"}
    _only(table, plain | {"name", "redirect_uri", "scopes", "owner"}, where)
    made = made_integration(
        dice,
        _value(table, "name", str, None, where),
        redirect_uri=_value(table, "redirect_uri", str, DEFAULT_REDIRECT_URI, where),
    )
    _named(where, lambda: check_redirect_uri(made.redirect_uri))
    given: Table = {key: _value(table, key, str, None, where) for key in plain & {*table}}
    if "scopes" in table:
        given["scopes"] = tuple(_texts(table, "scopes", where))
    if "owner" in table:
        owner = _value(table, "owner", str, None, where)
        ids = {each.subdomain: each.id for each in accounts}
        if owner not in ids:
            raise ValueError(f"{where}: owner names no account, {owner!r}; there are {', '.join(ids)}")
        given["owner_account_id"] = ids[owner]
    return replace(made, **given)


def _people(table: Table, key: str, where: str, users: list[User]) -> tuple[int, ...]:
    ids = {each.login: each.id for each in users}
    for login in _texts(table, key, where):
        if login not in ids:
            raise ValueError(f"{where}: {key} names no user, {login!r}; there are {', '.join(ids)}")
    return tuple(ids[login] for login in _texts(table, key, where))


def _texts(table: Table, key: str, where: str) -> list[str]:
    values = table.get(key, [])
    if not is_array(values) or not all(isinstance(each, str) for each in values):
        raise ValueError(f"{where}: {key} must be a list of texts, got {values!r}")
    return values


def _tables(table: Table, key: str) -> list[tuple[Table, str]]:
    values = table.get(key)
    if not is_array(values) or not values or not all(is_object(each) for each in values):
        raise ValueError(f"{key}: needs at least one [[{key}]] table")
    return [(each, f"{key}[{place}]") for place, each in enumerate(values)]


def _value(table: Table, key: str, kind: type, default: Any, where: str) -> Any:
    if key not in table and default is not None:
        return default
    if key not in table:
        raise ValueError(f"{where}: {key} is missing")
    value = table[key]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"{where}: {key} must be of type {kind.__name__}, got {value!r}")
    return value


def _only(table: Table, known: Collection[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise ValueError(f"{where}: unknown key {key!r}; known are {', '.join(sorted(known))}")


def _distinct(values: Any, where: str) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise ValueError(f"{where} {value!r} is there twice")
        seen.add(value)


def _named(where: str, check: Callable[[], None]) -> None:
    try:
        check()
    except ValueError as problem:
        raise ValueError(f"{where}: {problem}") from None
