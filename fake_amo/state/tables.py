"""The tables of one account: entities kept in the orders in which they are listed, found, added, changed.

Owns storage. Must not know HTTP, how an entity is shown or what may be written into it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Generic, Protocol, TypeVar

from fake_amo.state.dataset import COMPANY_FIELDS, CONTACT_FIELDS, LOSS_REASONS, Account
from fake_amo.state.entities import (
    Catalog,
    Company,
    Contact,
    Customer,
    CustomField,
    Element,
    Happening,
    Lead,
    LossReason,
    Note,
    Pipeline,
    Role,
    Source,
    Tag,
    Talk,
    Task,
    Unsorted,
    Webhook,
)


class Entity(Protocol):
    """What every entity has; the rest is its own."""

    @property
    def id(self) -> int:
        """Its number."""
        ...

    @property
    def is_deleted(self) -> bool:
        """Whether lists leave it out."""
        ...


E = TypeVar("E", bound=Entity)
Wanted = Callable[[Any], bool]
_FIRST_ID = 10_000_000
_ID_STEP = 2
_MOST_HAPPENINGS = 10_000
_TALKS = 3
_PRODUCT_FIELDS = (
    ("Артикул", "SKU", "text"),
    ("Описание", "DESCRIPTION", "textarea"),
    ("Цена", "PRICE", "price"),
    ("Группа", "GROUP", "category"),
)
"""What a list of products has from the beginning (FACTS: API-CATALOGS)."""


def _is_there(entity: Entity) -> bool:
    return not entity.is_deleted


def _is_sorted(entity: Contact | Company) -> bool:
    return not (entity.is_deleted or entity.is_unsorted)


class Table(Generic[E]):
    """Entities by id, with the list orders remembered until something changes."""

    def __init__(
        self,
        entities: Sequence[E],
        first_id: int = _FIRST_ID,
        is_listed: Callable[[E], bool] = _is_there,
    ) -> None:
        """Start from entities that are never changed in place; `first_id` is that of an empty table."""
        self._first = entities
        self._first_id = first_id
        self._is_listed = is_listed
        self._by_id: dict[int, E] | None = None
        self._highest: int | None = None
        self._ordered: dict[str, list[E]] = {}

    def get(self, entity_id: int) -> E | None:
        """Return an entity, deleted or not, or None."""
        return self._table().get(entity_id)

    def put(self, entity: E) -> E:
        """Add an entity, or replace the one with its id, and return it."""
        self._table()[entity.id] = entity
        self._highest = max(self._highest or 0, entity.id)
        self._ordered.clear()
        return entity

    def change(self, entity: E, **changes: Any) -> E:
        """Replace some values of an entity and return it as it is now."""
        return self.put(replace(entity, **changes))  # pyright: ignore[reportArgumentType, reportUnknownVariableType, reportUnknownArgumentType] - every entity is a dataclass

    def remove(self, entity_id: int) -> None:
        """Forget an entity."""
        self._table().pop(entity_id, None)
        self._ordered.clear()

    def living(self) -> list[E]:
        """Return what is not deleted, by id."""
        return self._in_order("id")

    def every(self) -> list[E]:
        """Return all there are and were."""
        return list(self._table().values())

    def next_id(self) -> int:
        """Return an id that no entity has or had."""
        if self._highest is None:
            self._highest = max(self._table(), default=self._first_id)
        return self._highest + _ID_STEP

    def page(
        self, *, offset: int, limit: int, order: str, descending: bool, wanted: Wanted | None
    ) -> tuple[list[E], bool]:
        """Return one page and whether another follows; unfiltered, a page costs the same in any table."""
        entities = self._in_order(order)
        if wanted is None and not descending:
            return entities[offset : offset + limit], len(entities) > offset + limit
        if wanted is None:
            last = len(entities) - offset
            return entities[max(0, last - limit) : max(0, last)][::-1], last > limit
        matching = filter(wanted, reversed(entities) if descending else entities)
        found = list(islice(matching, offset, offset + limit + 1))
        return found[:limit], len(found) > limit

    def deleted(self, *, offset: int, limit: int) -> tuple[list[E], bool]:
        """Return one page of what was deleted, and whether another follows."""
        gone = sorted((each for each in self._table().values() if each.is_deleted), key=lambda each: each.id)
        return gone[offset : offset + limit], len(gone) > offset + limit

    def _table(self) -> dict[int, E]:
        if self._by_id is None:
            self._by_id = {each.id: each for each in self._first}
        return self._by_id

    def _in_order(self, order: str) -> list[E]:
        if order not in self._ordered:
            living = [each for each in self._table().values() if self._is_listed(each)]
            self._ordered[order] = sorted(living, key=lambda each: (getattr(each, order), each.id))
        return self._ordered[order]


class Tags:
    """The tags of one type of entity: each name has one id (FACTS: API-TAGS)."""

    def __init__(self, first: Iterable[Tag], first_id: int) -> None:
        """Start with those that entities carry."""
        self._by_name = {each.name: each for each in first}
        self._first_id = first_id

    def named(self, name: str) -> Tag:
        """Return the tag of that name, made where there is none."""
        if name not in self._by_name:
            highest = max((each.id for each in self._by_name.values()), default=self._first_id)
            self._by_name[name] = Tag(highest + 1, name)
        return self._by_name[name]

    def find(self, name: str) -> Tag | None:
        """Return the tag of that name, or None."""
        return self._by_name.get(name)

    def get(self, tag_id: int) -> Tag | None:
        """Return the tag of that id, or None."""
        return next((each for each in self._by_name.values() if each.id == tag_id), None)

    def every(self) -> list[Tag]:
        """Return all tags by id."""
        return sorted(self._by_name.values(), key=lambda each: each.id)


class AccountTables:
    """Everything that one account holds and its users may change."""

    def __init__(self, account: Account) -> None:
        """Start with what the account has in the world; nothing is copied before it is asked for."""
        self._account = account
        self.leads: Table[Lead] = Table(account.leads)
        self.contacts: Table[Contact] = Table(account.contacts, 2 * _FIRST_ID, _is_sorted)
        self.companies: Table[Company] = Table(account.companies, 3 * _FIRST_ID, _is_sorted)
        self.tasks: Table[Task] = Table((), 5 * _FIRST_ID)
        self.notes: Table[Note] = Table((), 6 * _FIRST_ID)
        self.loss_reasons: Table[LossReason] = Table(LOSS_REASONS)
        self.sources: Table[Source] = Table((), 9 * _FIRST_ID)
        self.roles: Table[Role] = Table((), 10 * _FIRST_ID)
        self.customers: Table[Customer] = Table((), 4 * _FIRST_ID)
        self.catalogs: Table[Catalog] = Table((), 7_001)
        self.elements: Table[Element] = Table((), 7 * _FIRST_ID)
        self.unsorted: Table[Unsorted] = Table((), 1)
        self.talks: Table[Talk] = Table(_talks(account), 1)
        self.elements_of: dict[tuple[str, int], dict[int, float]] = {}
        """By type and id of an entity: how much of each element of a catalog it is linked with."""
        self.customers_mode = "unavailable"
        self.webhooks: Table[Webhook] = Table((), 8 * _FIRST_ID)
        self.pipelines: dict[int, Pipeline] = {each.id: each for each in account.pipelines}
        self.happenings: list[Happening] = []
        self._tags: dict[str, Tags] = {}
        self._fields: dict[str, dict[int, CustomField]] = {}

    def of_type(self, name: str) -> Table[Any] | None:
        """Return the table of `leads`, `contacts`, `companies` or `customers`, or None for another name."""
        known: dict[str, Table[Any]] = {
            "leads": self.leads,
            "contacts": self.contacts,
            "companies": self.companies,
            "customers": self.customers,
        }
        return known.get(name)

    def tags(self, entity_type: str) -> Tags:
        """Return the tags of a type of entity."""
        if entity_type not in self._tags:
            table = self.of_type(entity_type)
            carried = {tag for each in (table.living() if table else ()) for tag in each.tags}
            self._tags[entity_type] = Tags(sorted(carried, key=lambda tag: tag.id), 900)
        return self._tags[entity_type]

    def fields(self, entity_type: str) -> dict[int, CustomField]:
        """Return the custom fields of a type of entity by id, of a catalog those of `catalogs/{id}`."""
        if entity_type not in self._fields:
            own = {
                "leads": self._account.lead_fields,
                "contacts": CONTACT_FIELDS,
                "companies": COMPANY_FIELDS,
            }
            self._fields[entity_type] = {each.id: each for each in own.get(entity_type, ())}
        return self._fields[entity_type]

    def set_customers_mode(self, mode: str) -> None:
        """Remember in which mode customers are, as the account says it."""
        self.customers_mode = mode

    def add_product_fields(self, catalog_id: int) -> None:
        """Give a list of products the fields that it has from the beginning."""
        first = product_field_id(catalog_id) + 2
        fields = self.fields(f"catalogs/{catalog_id}")
        for place, (name, code, kind) in enumerate(_PRODUCT_FIELDS):
            field_id = first + 2 * place
            fields[field_id] = CustomField(field_id, name, code, kind, is_predefined=True)

    def replace_leads(self, leads: Sequence[Lead]) -> None:
        """Put other leads in the place of all there are."""
        self.leads = Table(leads)

    def add_happening(self, happening: Happening) -> None:
        """Add a line to the list of events, forgetting the oldest beyond 10,000."""
        self.happenings.append(happening)
        del self.happenings[:-_MOST_HAPPENINGS]


def product_field_id(catalog_id: int) -> int:
    """Return a number below the ids of a catalog's fields."""
    return 700_501 + 100 * catalog_id


def _talks(account: Account) -> list[Talk]:
    """Return the conversations of an account: its first contacts wrote about the first lead of theirs."""
    talks: list[Talk] = []
    for place, contact in enumerate(account.contacts[:_TALKS]):
        lead = next((each for each in account.leads[:100] if contact.id in each.contact_ids), None)
        made = (contact.created_at, contact.updated_at)
        talks.append(Talk(101 + place, contact.id, None if lead is None else lead.id, *made))
    return talks
