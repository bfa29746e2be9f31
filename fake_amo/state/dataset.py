"""What exists in amoCRM before anybody calls: people, accounts, integrations, leads. Frozen and reproducible.

Owns the shapes and the generation of a world from a seed number. Must not change after it was made: the
store works on copies, so that a reset costs nothing.
"""

import random
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache

from fake_amo.state.entities import (
    LOST,
    WON,
    Choice,
    Company,
    Contact,
    CustomField,
    CustomValue,
    FieldValue,
    Lead,
    LossReason,
    Pipeline,
    Status,
    Tag,
)

DEFAULT_SEED = 20241118
MOST_LEADS = 1_000_000
"""What one generated account may have: more would take minutes to make."""
DEFAULT_REDIRECT_URI = "http://127.0.0.1:8000/api/amo-crm/callback"
_MADE_AT = 1_730_000_000
_SCOPES = ("push_notifications", "files", "crm", "files_delete", "notifications")


@dataclass(frozen=True, slots=True)
class User:
    """A person who can sign in."""

    id: int
    name: str
    login: str
    password: str


@dataclass(frozen=True, slots=True)
class Account:
    """A customer of amoCRM, on a subdomain of its own."""

    id: int
    subdomain: str
    name: str
    admin_ids: tuple[int, ...]
    member_ids: tuple[int, ...] = ()
    created_at: int = _MADE_AT
    country: str = "UA"
    currency: str = "UAH"
    currency_symbol: str = "₴"
    pipelines: tuple[Pipeline, ...] = ()
    lead_fields: tuple[CustomField, ...] = ()
    contacts: tuple[Contact, ...] = ()
    companies: tuple[Company, ...] = ()
    leads: tuple[Lead, ...] = ()
    deals: tuple[str, ...] = ()
    """What generated leads are named after."""


@dataclass(frozen=True, slots=True)
class Integration:
    """An OAuth client."""

    client_id: str
    client_secret: str
    name: str
    redirect_uri: str
    scopes: tuple[str, ...] = _SCOPES
    owner_account_id: int | None = None
    """A private integration's only account; None for a public one."""
    disconnect_hook: str | None = None
    """Where amoCRM says that an account switched the integration off."""
    webhook: str | None = None
    """Where amoCRM posts changes of entities."""


@dataclass(frozen=True, slots=True)
class World:
    """All of it. The first user, account and integration are the default ones."""

    users: tuple[User, ...]
    accounts: tuple[Account, ...]
    integrations: tuple[Integration, ...]
    seed: int = DEFAULT_SEED
    name: str = field(default="default")


def check_subdomain(text: object) -> None:
    """Raise ValueError for what cannot be an account's subdomain."""
    if not isinstance(text, str) or not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", text):
        raise ValueError(f"subdomain: {text!r} is not one; use lower-case latin letters, digits and hyphens")


def _channel(field_id: int, name: str, code: str, *codes: str) -> CustomField:
    """Return a built-in field of several values, each of a kind such as WORK."""
    choices = tuple(Choice(field_id + 1 + place, each, each) for place, each in enumerate(codes))
    return CustomField(field_id, name, code, "multitext", choices, is_predefined=True)


_PHONE = _channel(700_101, "Телефон", "PHONE", "WORK", "WORKDD", "MOB", "FAX", "HOME", "OTHER")
_EMAIL = _channel(700_111, "Email", "EMAIL", "WORK", "PRIV", "OTHER")
CONTACT_FIELDS = (
    CustomField(700_121, "Должность", "POSITION", "text", is_predefined=True),
    _PHONE,
    _EMAIL,
)
COMPANY_FIELDS = (
    _PHONE,
    _EMAIL,
    CustomField(700_123, "Web", "WEB", "url", is_predefined=True),
    CustomField(700_125, "Адрес", "ADDRESS", "textarea", is_predefined=True),
)
_SOURCE_FIELD = CustomField(700_001, "Джерело", "UTM_SOURCE", "tracking_data")
LEAD_FIELDS = (
    _SOURCE_FIELD,
    CustomField(700_003, "Місто"),
    CustomField(
        700_005,
        "Тип клієнта",
        "CLIENT_TYPE",
        "select",
        (Choice(710_001, "Новий"), Choice(710_003, "Постійний"), Choice(710_005, "VIP", "VIP")),
    ),
    CustomField(
        700_007,
        "Цікавиться",
        "INTERESTS",
        "multiselect",
        (Choice(710_011, "Вікна"), Choice(710_013, "Двері"), Choice(710_015, "Меблі")),
    ),
    CustomField(700_009, "Площа", "AREA", "numeric"),
    CustomField(700_011, "Зустріч", "MEETING", "date"),
    CustomField(700_013, "Договір", "CONTRACT", "checkbox"),
)
LOSS_REASONS = tuple(
    LossReason(4_000_001 + 2 * place, name, 10 * (place + 1), _MADE_AT, _MADE_AT)
    for place, name in enumerate(("Дорого", "Не вийшли на зв'язок", "Обрали інших"))
)
_FIRST = ("Олена", "Андрій", "Ірина", "Тарас", "Наталія", "Богдан", "Юлія", "Максим", "Софія", "Роман")
_LAST = (
    "Шевченко",
    "Коваль",
    "Бондар",
    "Мельник",
    "Ткачук",
    "Кравець",
    "Лисенко",
    "Поліщук",
    "Савчук",
    "Гнатюк",
)
_DEALS = (
    "Вікна",
    "Двері",
    "Меблі",
    "Сайт",
    "Реклама",
    "Доставка",
    "Ремонт",
    "Навчання",
    "Страхування",
    "Оренда",
)
_OTHER_DEALS = ("Весілля", "Ювілей", "Концерт", "Виставка", "Форум", "Фестиваль", "Екскурсія")
_ACCOUNTS_APART = 40_000_000
"""How far apart the ids of leads and contacts of two generated accounts are: one id, one entity."""


def default_world(seed: int = DEFAULT_SEED) -> World:
    """Return the world of five leads: one user, one account, one private integration."""
    return generated_world(seed, leads=5, name="default")


def large_world(seed: int = DEFAULT_SEED) -> World:
    """Return the world of 10,000 leads."""
    return generated_world(seed, leads=10_000, name="large")


@lru_cache(maxsize=8)
def generated_world(seed: int, leads: int, name: str) -> World:
    """Return the world that follows from a seed: the same seed, the same ids and names."""
    dice = random.Random(f"{seed}/world")  # noqa: S311 - reproducible names, nothing secret
    user = User(dice.randrange(6_000_000, 9_000_000), "Олена Шевченко", "owner@example.com", "correct horse")
    account = made_account(dice, "testaccount", "Тестова компанія", (user.id,), leads)
    integration = made_integration(dice, "Foryoure", owner_account_id=account.id)
    return World((user,), (account,), (integration,), seed, name)


@lru_cache(maxsize=8)
def two_accounts_world(seed: int = DEFAULT_SEED) -> World:
    """Return the default world with a second person, who has an account with other leads of her own.

    The integration is public, so that either may allow access, each in the one account of hers.
    """
    first = default_world(seed)
    dice = random.Random(f"{seed}/second")  # noqa: S311 - reproducible names, nothing secret
    user = User(dice.randrange(9_000_000, 12_000_000), "Марія Гончар", "second@example.com", "correct horse")
    account = made_account(
        dice, "secondaccount", "Друга компанія", (user.id,), 7, number=1, deals=_OTHER_DEALS
    )
    public = replace(first.integrations[0], owner_account_id=None)
    return World((*first.users, user), (*first.accounts, account), (public,), seed, "two-accounts")


GENERATED_WORLDS: dict[str, Callable[[int], World]] = {
    "default": default_world,
    "large": large_world,
    "two-accounts": two_accounts_world,
}
"""Worlds that follow from the seed alone."""


def made_integration(
    dice: random.Random,
    name: str,
    *,
    redirect_uri: str = DEFAULT_REDIRECT_URI,
    owner_account_id: int | None = None,
) -> Integration:
    """Return an integration with a UUID v4 and 64 alphanumerics, as amoCRM hands them out."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    client_id = str(uuid.UUID(bytes=dice.randbytes(16), version=4))
    secret = "".join(dice.choices(letters, k=64))
    return Integration(client_id, secret, name, redirect_uri, owner_account_id=owner_account_id)


def made_account(
    dice: random.Random,
    subdomain: str,
    name: str,
    admin_ids: tuple[int, ...],
    leads: int,
    *,
    account_id: int | None = None,
    member_ids: tuple[int, ...] = (),
    number: int = 0,
    deals: tuple[str, ...] = _DEALS,
) -> Account:
    """Return an account with one pipeline and that many generated leads and as many contacts, at most 50.

    `number` says which of the world's accounts it is: no two of them share an id of a lead or contact.
    """
    pipeline = _pipeline(dice)
    owner_id = (admin_ids or member_ids)[0]
    apart = number * _ACCOUNTS_APART
    contacts = tuple(_contact(dice, apart, place, owner_id) for place in range(min(leads, 50)))
    companies = (_company(apart, name, owner_id),) if leads else ()
    first_id = apart + dice.randrange(10_000_000, 20_000_000)
    made = _Leads(first_id, pipeline, owner_id, contacts, deals)
    return Account(
        id=dice.randrange(28_000_000, 32_000_000) if account_id is None else account_id,
        subdomain=subdomain,
        name=name,
        admin_ids=admin_ids,
        member_ids=member_ids,
        pipelines=(pipeline,),
        lead_fields=LEAD_FIELDS,
        contacts=contacts,
        companies=companies,
        leads=tuple(made.lead(dice, place) for place in range(leads)),
        deals=deals,
    )


def made_leads(account: Account, count: int, seed: int) -> tuple[Lead, ...]:
    """Return that many generated leads for an account; the same count and seed, the same leads."""
    owner_id = (account.admin_ids or account.member_ids)[0]
    first_id = min((each.id for each in account.leads), default=10_000_000 + account.id % 1000 * 10_000)
    made = _Leads(first_id, account.pipelines[0], owner_id, account.contacts, account.deals or _DEALS)
    return _generated_leads(made, count, seed)


@lru_cache(maxsize=8)
def _generated_leads(made: "_Leads", count: int, seed: int) -> tuple[Lead, ...]:
    dice = random.Random(f"{seed}/{made.first_id}/leads")  # noqa: S311 - reproducible names, nothing secret
    return tuple(made.lead(dice, place) for place in range(count))


def _pipeline(dice: random.Random) -> Pipeline:
    first = dice.randrange(60_000_000, 70_000_000)
    stages = ("Первинний контакт", "Переговори", "Ухвалюють рішення", "Узгодження договору")
    statuses = (
        Status(first, "Неразобранное", 10, type=1, color="#c1c1c1", is_editable=False),
        *(Status(first + 4 * (n + 1), stage, 20 + 10 * n) for n, stage in enumerate(stages)),
        Status(WON, "Успешно реализовано", 10000, color="#CCFF66", is_editable=False),
        Status(LOST, "Закрыто и не реализовано", 11000, color="#D5D8DB", is_editable=False),
    )
    return Pipeline(dice.randrange(7_000_000, 8_000_000), "Воронка", 1, is_main=True, statuses=statuses)


def _contact(dice: random.Random, apart: int, place: int, owner_id: int) -> Contact:
    first_name, last_name = dice.choice(_FIRST), dice.choice(_LAST)
    phone = f"+38050{dice.randrange(10_000_000):07d}"
    return Contact(
        id=40_000_000 + apart + 2 * place,
        name=f"{first_name} {last_name}",
        first_name=first_name,
        last_name=last_name,
        responsible_user_id=owner_id,
        created_at=_MADE_AT + place,
        updated_at=_MADE_AT + place,
        created_by=owner_id,
        updated_by=owner_id,
        custom_values=(_at_work(_PHONE, phone), _at_work(_EMAIL, f"contact{place}@example.com")),
    )


def _company(apart: int, customer: str, owner_id: int) -> Company:
    return Company(
        id=45_000_000 + apart,
        name=f"Постачальник «{customer}»",
        responsible_user_id=owner_id,
        created_at=_MADE_AT,
        updated_at=_MADE_AT,
        created_by=owner_id,
        updated_by=owner_id,
        custom_values=(_at_work(_PHONE, "+380441234567"),),
    )


def _at_work(channel: CustomField, value: str) -> CustomValue:
    work = channel.choices[0]
    return CustomValue(channel.id, (FieldValue(value, work.id, work.code),))


@dataclass(frozen=True, slots=True)
class _Leads:
    """What the leads of one account have in common."""

    first_id: int
    pipeline: Pipeline
    owner_id: int
    contacts: tuple[Contact, ...]
    deals: tuple[str, ...]

    def lead(self, dice: random.Random, number: int) -> Lead:
        status = self.pipeline.statuses[1 + number % (len(self.pipeline.statuses) - 1)]
        made_at = _MADE_AT + 60 * number
        closed_at = made_at + 3600 if status.id in {WON, LOST} else None
        tag = Tag(500 + number % 3, ("сайт", "дзвінок", "виставка")[number % 3])
        return Lead(
            id=self.first_id + 2 * number,
            name=f"{dice.choice(self.deals)} #{number + 1}",
            price=dice.randrange(1, 500) * 100,
            status_id=status.id,
            pipeline_id=self.pipeline.id,
            responsible_user_id=self.owner_id,
            created_at=made_at,
            updated_at=closed_at or made_at + 1800,
            closed_at=closed_at,
            created_by=self.owner_id,
            updated_by=self.owner_id,
            contact_ids=(self.contacts[number % len(self.contacts)].id,) if self.contacts else (),
            tags=(tag,) if number % 2 else (),
            custom_values=(CustomValue(_SOURCE_FIELD.id, (FieldValue("google"),)),) if number % 3 else (),
        )
