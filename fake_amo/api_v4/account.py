"""GET /api/v4/account: every key of the account, and what `with=` adds.

Owns the account's shape. Must not know tokens or paging.
"""

from collections.abc import Callable
from typing import Any

from fake_amo.api_v4.gate.calls import Caller, authorised, hal, link
from fake_amo.http.messages import Call, Reply
from fake_amo.site.site import Site


@authorised
def show_account(site: Site, call: Call, caller: Caller) -> Reply:
    """Return the account of the token."""
    account = caller.account
    body: dict[str, Any] = {
        "id": account.id,
        "name": account.name,
        "subdomain": account.subdomain,
        "created_at": account.created_at,
        "created_by": 0,
        "updated_at": account.created_at,
        "updated_by": 0,
        "current_user_id": caller.user_id,
        "country": account.country,
        "currency": account.currency,
        "currency_symbol": account.currency_symbol,
        "customers_mode": caller.tables.customers_mode,
        "is_unsorted_on": True,
        "mobile_feature_version": 0,
        "is_loss_reason_enabled": True,
        "is_helpbot_enabled": False,
        "is_technical_account": False,
        "contact_name_display_order": 1,
    }
    asked = call.with_names
    body |= {name: value(site, caller) for name, value in _PLAIN.items() if name in asked}
    body["_links"] = link(f"{call.origin}{call.path}")
    embedded = {name: value(site, caller) for name, value in _EMBEDDED.items() if name in asked}
    if embedded:
        body["_embedded"] = embedded
    return hal(body)


_Part = Callable[[Site, Caller], Any]


def _handle(caller: Caller) -> str:
    """Return a UUID-shaped name that follows from the account."""
    return f"{caller.account.id:08x}-0000-4000-8000-{caller.account.id:012x}"


_PLAIN: dict[str, _Part] = {
    "amojo_id": lambda _site, caller: _handle(caller),
    "uuid": lambda _site, caller: _handle(caller),
    "version": lambda _site, _caller: 17,
    "invoices_settings": lambda _site, _caller: {"lang": None, "payer_type": None},
    "is_api_filter_enabled": lambda _site, _caller: True,
    "drive_url": lambda site, _caller: f"https://drive-b.{site.profile.zone}",
}
_EMBEDDED: dict[str, _Part] = {
    "amojo_rights": lambda _site, _caller: {"can_direct": True, "can_create_groups": True},
    "users_groups": lambda _site, _caller: [{"id": 0, "name": "Отдел продаж", "uuid": None}],
    "task_types": lambda _site, _caller: [
        {"id": 1, "name": "Связаться", "color": None, "icon_id": None, "code": "FOLLOW_UP"},
        {"id": 2, "name": "Встреча", "color": None, "icon_id": None, "code": "MEETING"},
    ],
    "entity_names": lambda _site, _caller: {
        "leads": {
            "ru": {
                "gender": "f",
                "plural_form": {"dative": "сделкам", "default": "сделки"},
                "singular_form": {"dative": "сделке", "default": "сделка"},
            }
        }
    },
    "datetime_settings": lambda _site, _caller: {
        "date_pattern": "d.m.Y H:i",
        "short_date_pattern": "d.m.Y",
        "short_time_pattern": "H:i",
        "date_format": "d.m.Y",
        "time_format": "H:i:s",
        "timezone": "Europe/Kyiv",
        "timezone_offset": "+02:00",
    },
}
ACCOUNT_WITH = (*_PLAIN, *_EMBEDDED)
"""What `with=` may name."""
