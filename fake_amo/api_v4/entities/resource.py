"""What describes one resource of API v4: its keys, what may be written, by what it is found.

Owns the description's shape and its small vocabulary. Reading, writing, routes and the OpenAPI document
follow from it. Must not know any single resource.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fake_amo.api_v4.gate.calls import Caller, Endpoint, Paging, authorised, for_administrators
from fake_amo.http.messages import Call
from fake_amo.site.routing import Handler
from fake_amo.state.tables import Table

Schema = dict[str, Any]
"""JSON Schema of one key."""


@dataclass(frozen=True, slots=True)
class View:
    """For whom, and in which list, an entity is shown."""

    call: Call
    caller: Caller
    paging: Paging | None = None

    @property
    def asked(self) -> frozenset[str]:
        """What `with=` names."""
        return self.call.with_names

    def address(self, path: str, entity_id: int | str, *, paged: bool) -> str:
        """Return the address of an entity, with the page of its list where it is shown in one."""
        page = f"?page={self.paging.page}&limit={self.paging.limit}" if self.paging and paged else ""
        return f"{self.call.origin}/api/v4/{path}/{entity_id}{page}"

    def reference(self, path: str, entity_id: int) -> dict[str, Any]:
        """Return how another entity is named: its id and its address."""
        return {
            "id": entity_id,
            "_links": {"self": {"href": f"{self.call.origin}/api/v4/{path}/{entity_id}"}},
        }


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an entity, in the order in which amoCRM shows them."""

    name: str
    schema: Schema
    read: Callable[[View, Any], Any] | None = None
    """None: the entity's attribute of that name."""
    written: bool = False
    """Whether a request may give it a value of the schema's type."""
    required: bool = False
    """Whether an entity cannot be created without it."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The schema's types, the usual one first."""
        kinds: str | list[str] = self.schema["type"]
        return (kinds,) if isinstance(kinds, str) else tuple(kinds)


def whole(name: str, *, written: bool = False, nullable: bool = False, required: bool = False) -> Key:
    """Return a key that holds a whole number."""
    kind: Any = ["integer", "null"] if nullable else "integer"
    return Key(name, {"type": kind}, None, written, required)


def text(name: str, *, written: bool = False, required: bool = False) -> Key:
    """Return a key that holds text."""
    return Key(name, {"type": "string"}, None, written, required)


def flag(name: str, *, written: bool = False) -> Key:
    """Return a key that holds true or false."""
    return Key(name, {"type": "boolean"}, None, written)


def constant(name: str, value: Any) -> Key:
    """Return a key that is the same in every entity of the fake."""
    kind: Any = ["integer", "null"] if value is None else "integer"
    kind = "boolean" if isinstance(value, bool) else kind
    return Key(name, {"type": kind}, lambda _view, _entity: value)


def account_id() -> Key:
    """Return the key that says whose account it is."""
    return Key("account_id", {"type": "integer"}, lambda view, _entity: view.caller.account.id)


@dataclass(slots=True)
class Draft:
    """One entity as a request gives it: the changes to make, or what is wrong with them."""

    caller: Caller
    now: int
    request_id: str
    item: dict[str, Any] = field(default_factory=dict[str, Any])
    entity: Any = None
    """What is changed; None where something is created."""
    changes: dict[str, Any] = field(default_factory=dict[str, Any])
    errors: list[dict[str, str]] = field(default_factory=list[dict[str, str]])

    def refuse(self, path: str, code: str, detail: str) -> None:
        """Note one mistake, by amoCRM's code and the path of what is wrong."""
        self.errors.append({"code": code, "path": path, "detail": detail})

    def refuse_type(self, path: str, wanted: str) -> None:
        """Note a value of the wrong type."""
        self.refuse(path, "InvalidType", f"This value should be of type {wanted}.")

    def refuse_choice(self, path: str) -> None:
        """Note a value that is none of those there are."""
        self.refuse(path, "NotSupportedChoice", "The value you selected is not a valid choice.")

    def refuse_missing(self, path: str) -> None:
        """Note that something is not there."""
        self.refuse(path, "FieldMissing", "This field is missing.")

    def refuse_unexpected(self, path: str) -> None:
        """Note that something is there that must not be."""
        self.refuse(path, "FieldNotExpected", "This field was not expected.")

    def as_problem(self) -> dict[str, Any]:
        """Return it as amoCRM lists it under `validation-errors`."""
        return {"request_id": self.request_id, "errors": self.errors}

    def now_or(self, name: str) -> Any:
        """Return what a key will hold: as it was given, else as it is."""
        return self.changes.get(name, getattr(self.entity, name, None))


Test = Callable[[Any], bool]
Pairs = list[tuple[tuple[str, ...], str]]
"""What a query gives one filter: the keys in brackets after its name, and the value."""
Filter = Callable[[Caller, Pairs], Test]
"""Returns the test that an entity must pass; raises UnsupportedFilter for brackets that it does not have."""


class UnsupportedFilter(ValueError):  # noqa: N818 - says what the filter is
    """A filter, or a form of one, that the fake does not model; refused by its name."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of API v4."""

    name: str
    """The key under `_embedded`, such as `leads`."""
    path: str
    """Behind /api/v4/; its variable, where it has one, is the attribute that says whose an entity is."""
    step: str
    """Its step of the faults menu."""
    schema: str
    """Its name in the OpenAPI document."""
    table: Callable[[Caller], Table[Any]]
    keys: tuple[Key, ...]
    make: Callable[[Draft, int], Any]
    """Makes a checked draft an entity with that id."""
    filters: Mapping[str, Filter]
    orders: tuple[str, ...] = ("id",)
    embedded: Callable[[View, Any], dict[str, Any]] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Keys that `with=` adds beside the others."""
    with_names: tuple[str, ...] = ()
    searched: Callable[[Any], list[str]] | None = None
    """The texts in which `query` is looked for."""
    rules: Callable[[Draft], None] | None = None
    """What is checked after the types."""
    custom: str | None = None
    """The type of entity whose custom fields and tags it has; may hold the variable of the path."""
    tagged: bool = True
    """Whether what has custom fields has tags as well."""
    scope: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Attributes that all of its entities have."""
    single: str = ""
    """The word in events and webhooks, such as `lead`; empty: nobody is told of a change."""
    methods: frozenset[str] = frozenset({"GET", "POST", "PATCH"})
    gate: Callable[[Endpoint], Handler] = authorised
    """Which calls its endpoints see."""
    id_name: str = "id"
    """The attribute by which one entity is found."""
    missing: bool = False
    """Whether a single entity that there is not is 404; else it is 204."""
    own_path: str = ""
    """Where one entity is, if not under `path`: a note is always under the entity that it is on."""
    pages_in_links: bool = False
    """Whether the address of an entity in a list carries the list's page."""
    shows_written: tuple[str, ...] = ()
    """The keys that the answer to a write shows besides the id."""

    @property
    def admins_only(self) -> bool:
        """Whether its endpoints see administrators' calls alone."""
        return self.gate is for_administrators

    @property
    def path_of_one(self) -> str:
        """The path of one entity; a variable that ends in `id` stands for digits."""
        return f"{self.path}/{{{'id' if self.id_name == 'id' else self.name}}}"

    @property
    def owner(self) -> str:
        """The attribute that the variable of its path gives all of its entities; empty: there is none."""
        found = re.search(r"{(\w+)}", self.path)
        return found[1] if found else ""
