"""GET /__control/page and /__control/world: the fake for people, with its world, its time and its faults.

Owns the page and what it shows of the world. The page steers the fake by the control calls alone, and is
answered by the same rules.
"""

import base64
import hashlib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from fake_amo.http.guard import page_headers
from fake_amo.http.messages import Reply, html_reply
from fake_amo.site.events import iso_time, masked
from fake_amo.site.site import Site
from fake_amo.state.dataset import Account

_HERE = Path(__file__).parent
MOST_GRANTS = 50
MOST_LEADS = 10
"""Of each account, the latest ones."""


@cache
def page_reply() -> Reply:
    """Return the page, which reads everything else by itself; nothing but its own script runs there."""
    style, script = (_HERE.joinpath(name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    page = _HERE.joinpath("page.html").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; style-src {_hash_of(style)}; script-src {_hash_of(script)}; "
        "connect-src 'self'; img-src data:; form-action 'none'"
    )
    reply = html_reply(200, page.replace("{style}", style).replace("{script}", script))
    return replace(reply, headers=page_headers(policy))


def _hash_of(text: str) -> str:
    """Return how a content security policy names what it lets run."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def world_of(site: Site) -> dict[str, Any]:
    """Return the world as it is now, secrets masked: accounts, people, codes and tokens with their ages."""
    return {
        "now": iso_time(site.clock.now()),
        "advanced_s": site.clock.advanced_s,
        "accounts": _accounts(site),
        "users": [
            {"name": each.name, "login": each.login, "expected": each.id == site.store.expected_user_id}
            for each in site.world.users
        ],
        "integrations": [
            {"client_id": each.client_id, "name": each.name, "redirect_uri": each.redirect_uri}
            for each in site.store.integrations.values()
        ],
        "grants": _grants(site),
    }


def _accounts(site: Site) -> list[dict[str, Any]]:
    return [_account(site, each) for each in site.store.accounts.values()]


def _account(site: Site, account: Account) -> dict[str, Any]:
    tables = site.store.tables[account.id]
    leads = tables.leads.living()
    statuses = {
        status.id: status.name for pipeline in tables.pipelines.values() for status in pipeline.statuses
    }
    return {
        "subdomain": account.subdomain,
        "name": account.name,
        "host": site.account_host(account),
        "leads": len(leads),
        "latest_leads": [
            {
                "id": each.id,
                "name": each.name,
                "price": each.price,
                "status": statuses.get(each.status_id, str(each.status_id)),
            }
            for each in reversed(leads[-MOST_LEADS:])
        ],
        "contacts": len(tables.contacts.living()),
        "tasks": len(tables.tasks.living()),
        "webhooks": [webhook.destination for webhook in tables.webhooks.living()],
        "paid": account.id not in site.store.unpaid,
    }


def _grants(site: Site) -> list[dict[str, Any]]:
    """Return the latest codes and tokens, newest first."""
    now, grants = site.clock.now(), site.store.grants
    rows: list[dict[str, Any]] = []
    for code in grants.codes():
        spent = "spent" if code.spent else "good"
        rows.append(_grant(site, masked("code", code.value), code, code.expires_at - now, spent))
    for pair in grants.pairs():
        for label, value, until, revoked in (
            ("access token", pair.access, pair.access_expires_at, pair.access_revoked),
            ("refresh token", pair.refresh, pair.refresh_expires_at, pair.refresh_revoked),
        ):
            state = "revoked" if revoked else "good"
            rows.append(_grant(site, masked(label, value), pair, until - now, state))
    newest = sorted(rows, key=lambda each: each["age_s"])
    return newest[:MOST_GRANTS]


def _grant(site: Site, what: str, granted: Any, good_for_s: float, state: str) -> dict[str, Any]:
    return {
        "what": what,
        "account": site.store.accounts[granted.account_id].subdomain,
        "age_s": round(site.clock.now() - granted.issued_at),
        "good_for_s": round(good_for_s),
        "state": "expired" if good_for_s <= 0 and state == "good" else state,
    }
