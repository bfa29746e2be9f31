"""People who exist as soon as they sign in, as many as the settings allow, each with an account of their own.

Owns how they are numbered and what they have, all of it following from the number. Must not keep anything:
who came is in the store.
"""

import re
from dataclasses import replace

from fake_amo.state.dataset import Account, Integration, User, World
from fake_amo.state.entities import Lead
from fake_amo.state.store import Store

LOGIN = "user-{number}@crowd.example"
PASSWORD = "correct horse"  # noqa: S105 - a made-up person's, published here
LEADS = 3
_LOGIN = re.compile(r"user-([1-9]\d{0,5})@crowd\.example")
_FIRST_USER, _FIRST_ACCOUNT, _FIRST_LEAD = 20_000_000, 50_000_000, 3_000_000_000
_LEADS_APART = 10


def account_name(number: int) -> str:
    """Return what the account of a member is called; no other text of the fake holds it."""
    return f"Компанія №{number:06d}"


def lead_name(number: int, place: int) -> str:
    """Return what a lead of a member's account is called."""
    return f"Угода №{number:06d}-{place}"


def account_id(number: int) -> int:
    """Return the id of a member's account."""
    return _FIRST_ACCOUNT + number


class Crowd:
    """The people that a fake lets in besides those of its world."""

    def __init__(self, world: World, size: int) -> None:
        """Let in so many; their accounts have the pipelines of the world's first one."""
        self._pattern = world.accounts[0]
        self._size = size

    def admit(self, store: Store, login: str) -> User | None:
        """Return the member of that login, known to the store from now on; None for nobody's login."""
        found = _LOGIN.fullmatch(login)
        number = int(found[1]) if found else 0
        if not 0 < number <= self._size:
            return None
        user = User(_FIRST_USER + number, f"Учасник №{number:06d}", login, PASSWORD)
        store.admit(user, self._account(number, user))
        return user

    def _account(self, number: int, user: User) -> Account:
        return replace(
            self._pattern,
            id=account_id(number),
            subdomain=f"crowd-{number}",
            name=account_name(number),
            admin_ids=(user.id,),
            member_ids=(),
            contacts=(),
            companies=(),
            leads=tuple(self._lead(number, place, user) for place in range(1, LEADS + 1)),
        )

    def _lead(self, number: int, place: int, user: User) -> Lead:
        pipeline, made_at = self._pattern.pipelines[0], self._pattern.created_at
        return Lead(
            id=_FIRST_LEAD + _LEADS_APART * number + place,
            name=lead_name(number, place),
            price=1000 * place,
            status_id=pipeline.statuses[1].id,
            pipeline_id=pipeline.id,
            responsible_user_id=user.id,
            created_at=made_at,
            updated_at=made_at,
            created_by=user.id,
            updated_by=user.id,
        )


def open_to_all(integrations: tuple[Integration, ...]) -> tuple[Integration, ...]:
    """Return the integrations as public ones, which any account may install."""
    return tuple(replace(each, owner_account_id=None) for each in integrations)
