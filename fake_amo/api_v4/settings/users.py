"""GET /api/v4/users, /users/{id} and /roles: who works in the account, for its administrators only.

Owns how a user looks. Must not know sessions or passwords.
"""

from typing import Any

from fake_amo.api_v4.entities.filters import narrowed_by
from fake_amo.api_v4.gate.calls import NOTHING, Caller, authorised, hal, link, list_of, paging_of
from fake_amo.http.messages import Call, Reply
from fake_amo.site.problems import api_problem
from fake_amo.site.site import Site
from fake_amo.state.dataset import User

USER_WITH = ("role", "group", "uuid", "amojo_id", "user_rank", "phone_number")
_MAY = {"view": "A", "edit": "A", "add": "A", "delete": "A", "export": "A"}
_GROUP = {"id": 0, "name": "Отдел продаж", "uuid": None}


@authorised
@narrowed_by()
def list_users(site: Site, call: Call, caller: Caller) -> Reply:
    """Return one page of the account's users, administrators first."""
    refused = _allowed(site, caller)
    if refused is not None:
        return refused
    page = paging_of(site, call)
    if isinstance(page, Reply):
        return page
    users = _users(site, caller)
    shown = [_shown(site, call, caller, each) for each in users[page.offset : page.offset + page.limit]]
    more = len(users) > page.offset + page.limit
    return list_of(call, page, "users", shown, more=more, total=len(users))


@authorised
def show_user(site: Site, call: Call, caller: Caller) -> Reply:
    """Return one user of the account, or 204 where there is none."""
    refused = _allowed(site, caller)
    if refused is not None:
        return refused
    found = next((each for each in _users(site, caller) if each.id == int(call.parts[0])), None)
    return NOTHING if found is None else hal(_shown(site, call, caller, found))


@authorised
@narrowed_by()
def list_roles(site: Site, _call: Call, caller: Caller) -> Reply:
    """Return no roles: the fake's accounts have administrators and others, and no role between."""
    return _allowed(site, caller) or NOTHING


def _allowed(site: Site, caller: Caller) -> Reply | None:
    """Return the 403 for whoever is no administrator (FACTS: API-USERS)."""
    is_admin = caller.user_id in caller.account.admin_ids
    return None if is_admin else api_problem("forbidden", site.profile)


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
