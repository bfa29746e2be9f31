"""What an account holds, from leads to talks, and what describes them. Frozen values.

Owns the shapes. Must not know how amoCRM shows or checks them: that is api_v4's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

WON, LOST = 142, 143
"""Status ids that mean won and lost in every pipeline (FACTS: API-PIPELINES)."""


@dataclass(frozen=True, slots=True)
class Status:
    """A stage of a pipeline."""

    id: int
    name: str
    sort: int
    type: int = 0
    color: str = "#99ccff"
    is_editable: bool = True


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A funnel of leads."""

    id: int
    name: str
    sort: int
    is_main: bool
    statuses: tuple[Status, ...]
    is_unsorted_on: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values that a field of choices may have."""

    id: int
    value: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field that leads, contacts or companies of an account have besides their own."""

    id: int
    name: str
    code: str | None = None
    type: str = "text"
    choices: tuple[Choice, ...] = ()
    is_predefined: bool = False


@dataclass(frozen=True, slots=True)
class FieldValue:
    """One value of a custom field; of a field of choices with the choice's id and code."""

    value: Any
    enum_id: int | None = None
    enum_code: str | None = None


@dataclass(frozen=True, slots=True)
class CustomValue:
    """What an entity has in one custom field."""

    field_id: int
    values: tuple[FieldValue, ...]


@dataclass(frozen=True, slots=True)
class Tag:
    """A label: one id and one name in all entities of a type."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Lead:
    """A deal, with the keys that amoCRM shows."""

    id: int
    name: str
    price: int
    status_id: int
    pipeline_id: int
    responsible_user_id: int
    created_at: int
    updated_at: int
    closed_at: int | None = None
    created_by: int = 0
    updated_by: int = 0
    loss_reason_id: int | None = None
    contact_ids: tuple[int, ...] = ()
    """The main one first."""
    company_id: int | None = None
    tags: tuple[Tag, ...] = ()
    custom_values: tuple[CustomValue, ...] = ()
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """A person that leads are about."""

    id: int
    name: str
    first_name: str
    last_name: str
    responsible_user_id: int
    created_at: int
    updated_at: int
    created_by: int = 0
    updated_by: int = 0
    company_id: int | None = None
    tags: tuple[Tag, ...] = ()
    custom_values: tuple[CustomValue, ...] = ()
    is_unsorted: bool = False
    """Whether it is part of an incoming lead that nobody has accepted yet."""
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Company:
    """A firm that leads and contacts belong to."""

    id: int
    name: str
    responsible_user_id: int
    created_at: int
    updated_at: int
    created_by: int = 0
    updated_by: int = 0
    tags: tuple[Tag, ...] = ()
    custom_values: tuple[CustomValue, ...] = ()
    is_unsorted: bool = False
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who buys again, with the sum and the time of the next purchase."""

    id: int
    name: str
    responsible_user_id: int
    created_at: int
    updated_at: int
    created_by: int = 0
    updated_by: int = 0
    next_price: int = 0
    next_date: int = 0
    status_id: int = 0
    periodicity: int = 0
    contact_ids: tuple[int, ...] = ()
    company_id: int | None = None
    tags: tuple[Tag, ...] = ()
    custom_values: tuple[CustomValue, ...] = ()
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Catalog:
    """A list of an account's own: products, invoices, or whatever it keeps."""

    id: int
    name: str
    created_at: int
    updated_at: int
    created_by: int = 0
    updated_by: int = 0
    sort: int = 10
    type: str = "regular"
    can_add_elements: bool = True
    can_show_in_cards: bool = False
    can_link_multiple: bool = True
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Element:
    """One thing in a catalog."""

    id: int
    catalog_id: int
    name: str
    created_at: int
    updated_at: int
    created_by: int = 0
    updated_by: int = 0
    custom_values: tuple[CustomValue, ...] = ()
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Unsorted:
    """A lead that came in from a form or by telephone and waits to be accepted or declined."""

    id: int
    uid: str
    category: str
    pipeline_id: int
    created_at: int
    source_uid: str
    source_name: str
    metadata: Mapping[str, Any]
    lead_id: int
    contact_ids: tuple[int, ...] = ()
    company_ids: tuple[int, ...] = ()
    decision: str = ""
    """`accepted` or `declined`; empty while it waits."""
    decided_at: int = 0

    @property
    def is_deleted(self) -> bool:
        """Whether it is decided: lists leave it out then."""
        return bool(self.decision)

    @property
    def updated_at(self) -> int:
        """When it was decided, or came in."""
        return self.decided_at or self.created_at


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation in a chat with a contact, about a lead or about nothing."""

    id: int
    contact_id: int
    lead_id: int | None
    created_at: int
    updated_at: int
    origin: str = "telegram"
    is_in_work: bool = True
    is_read: bool = False
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be done by a user until a time, about an entity or about none."""

    id: int
    text: str
    complete_till: int
    responsible_user_id: int
    created_at: int
    updated_at: int
    created_by: int = 0
    updated_by: int = 0
    entity_id: int | None = None
    entity_type: str | None = None
    task_type_id: int = 1
    duration: int = 0
    is_completed: bool = False
    result: Mapping[str, Any] = field(default_factory=dict[str, Any])
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on an entity; what `params` holds depends on its type."""

    id: int
    entity_type: str
    entity_id: int
    note_type: str
    params: Mapping[str, Any]
    responsible_user_id: int
    created_at: int
    updated_at: int
    created_by: int = 0
    updated_by: int = 0
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that asked to be told of changes."""

    id: int
    destination: str
    settings: tuple[str, ...]
    created_by: int
    created_at: int
    updated_at: int
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class LossReason:
    """Why a lead was lost."""

    id: int
    name: str
    sort: int
    created_at: int
    updated_at: int
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Where leads come from, by the integration's own name for it."""

    id: int
    name: str
    external_id: str
    pipeline_id: int | None = None
    default: bool = False
    services: tuple[Any, ...] = ()
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Role:
    """What some of an account's users may do."""

    id: int
    name: str
    rights: dict[str, Any]
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the account's list of events."""

    id: str
    type: str
    entity_type: str
    entity_id: int
    created_by: int
    created_at: int
    value_after: tuple[Mapping[str, Any], ...] = ()
    value_before: tuple[Mapping[str, Any], ...] = ()
