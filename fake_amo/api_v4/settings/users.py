"""Who works in the account and what they may do, for its administrators only: /api/v4/users and /roles.

Owns how a user and a role look; nobody in the fake has a role. Must not know sessions or passwords.
"""

from typing import Any

from fake_amo.api_v4.entities.filters import narrowed_by
from fake_amo.api_v4.entities.resource import Draft, Key, Resource, text, whole
from fake_amo.api_v4.gate.calls import NOTHING, Caller, for_administrators, hal, link, list_of, paging_of
from fake_amo.http.messages import Call, Reply
from fake_amo.site.site import Site
from fake_amo.state.dataset import User
from fake_amo.state.entities import Role

USER_WITH = ("role", "group", "uuid", "amojo_id", "user_rank", "phone_number")
_MAY = {"view": "A", "edit": "A", "add": "A", "delete": "A", "export": "A"}
_GROUP = {"id": 0, "name": "Отдел продаж", "uuid": None}


@for_administrators
@narrowed_by()
def list_users(site: Site, call: Call, caller: Caller) -> Reply:
    """Return one page of the account's users, administrators first."""
    page = paging_of(site, call)
    if isinstance(page, Reply):
        return page
    users = _users(site, caller)
    shown = [_shown(site, call, caller, each) for each in users[page.offset : page.offset + page.limit]]
    more = len(users) > page.offset + page.limit
    return list_of(call, page, "users", shown, more=more, total=len(users))


@for_administrators
def show_user(site: Site, call: Call, caller: Caller) -> Reply:
    """Return one user of the account, or 204 where there is none."""
    found = next((each for each in _users(site, caller) if each.id == int(call.parts[0])), None)
    return NOTHING if found is None else hal(_shown(site, call, caller, found))


def _users(site: Site, caller: Caller) -> list[User]:
    return [site.store.user(each) for each in (*caller.account.admin_ids, *caller.account.member_ids)]


def _shown(site: Site, call: Call, caller: Caller, user: User) -> dict[str, Any]:
    asked = call.with_names
    shown: dict[str, Any] = {
        "id": user.id,
        "name": user.name,
        "email": user.login,
        "lang": site.profile.language,
        "rights": {
            **{name: dict(_MAY) for name in ("leads", "contacts", "companies", "tasks")},
            "mail_access": True,
            "catalog_access": True,
            "files_access": True,
            "status_rights": [],
            "catalog_rights": None,
            "custom_fields_rights": None,
            "oper_day_reports_view_access": True,
            "oper_day_user_tracking": True,
            "is_admin": user.id in caller.account.admin_ids,
            "is_free": False,
            "is_active": True,
            "group_id": None,
            "role_id": None,
        },
    }
    shown |= {name: None for name in ("uuid", "amojo_id", "user_rank", "phone_number") if name in asked}
    shown["_links"] = link(f"{call.origin}/api/v4/users/{user.id}")
    kinds: dict[str, tuple[str, list[Any]]] = {"role": ("roles", []), "group": ("groups", [_GROUP])}
    embedded = dict(value for name, value in kinds.items() if name in asked)
    return shown | ({"_embedded": embedded} if embedded else {})


def _made_role(draft: Draft, role_id: int) -> Role:
    return Role(role_id, **draft.changes)


ROLES = Resource(
    name="roles",
    path="roles",
    step="users",
    schema="Role",
    table=lambda caller: caller.tables.roles,
    keys=(
        whole("id"),
        text("name", written=True, required=True),
        Key("rights", {"type": "object"}, written=True, required=True),
    ),
    make=_made_role,
    filters={},
    methods=frozenset({"GET", "POST", "PATCH", "DELETE"}),
    gate=for_administrators,
    shows_written=("name", "rights"),
)
